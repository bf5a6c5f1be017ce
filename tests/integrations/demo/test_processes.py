"""What the demo's bots are started with."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from integrations.demo.processes import environment_for

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_settings_of_the_person_at_the_keyboard_do_not_reach_the_bots(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "theirs")
    monkeypatch.setenv("DISCORD_API_URL", "https://example.org/api/v10")
    monkeypatch.setenv("LATIDO_CONFIRM_AFTER", "77")
    environment = environment_for({"DISCORD_TOKEN": "ours", "LATIDO_VOICE_GRACE": "1"})
    kept = {name for name in environment if name.startswith(("DISCORD", "LATIDO", "DATA_DIR"))}
    assert kept == {"DISCORD_TOKEN", "LATIDO_VOICE_GRACE"}
    assert environment["DISCORD_TOKEN"] == "ours"
    assert environment["PATH"] == os.environ["PATH"]


def test_the_bots_find_the_packages_from_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", ".")
    done = subprocess.run(
        [sys.executable, "-m", "integrations.cli", "--version"],
        env=environment_for({}), cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
