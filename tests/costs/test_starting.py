"""What starting loads: nobody pays for libraries that they do not use."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from persistence import DataDir
from tests.persistence.examples import voice

ROOT = Path(__file__).parent.parent.parent
OF_THE_COMMAND_LINE = {"typer", "click", "rich", "integrations.cli", "integrations.demo"}
OF_THE_INSPECTOR = {"aiohttp.web", "prometheus_client", "integrations.inspector"}
OF_THE_EXTRAS = {"matplotlib", "numpy", "pyarrow"}


_TELL_LOADED = """
import atexit, json, sys
atexit.register(lambda: print(json.dumps([*sys.modules]), file=sys.stderr))
"""


def loaded_by(code: str, *arguments: str) -> set[str]:
    """The modules that a Python of its own has loaded after running ``code``."""
    done = subprocess.run(  # noqa: S603 - our own interpreter with our own code
        [sys.executable, "-c", _TELL_LOADED + code, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    loaded: list[str] = json.loads(done.stderr.splitlines()[-1])
    return set(loaded)


def test_a_bot_that_embeds_latido_loads_nothing_of_the_command_line_or_the_inspector() -> None:
    loaded = loaded_by("from latido import SessionCog, Settings")
    assert "discord" in loaded
    assert not loaded & (OF_THE_COMMAND_LINE | OF_THE_INSPECTOR | OF_THE_EXTRAS)


@pytest.mark.parametrize("command", [["--help"], ["sessions", "--json"], ["history", "--json"]])
def test_commands_that_only_read_do_not_load_discord(command: list[str], tmp_path: Path) -> None:
    with DataDir.open(tmp_path) as data_dir:
        data_dir.live.put(voice())
        data_dir.live.flush_now()
    code = "import sys; from integrations.cli import main; sys.exit(main())"
    where = [] if command == ["--help"] else ["--data-dir", str(tmp_path)]
    loaded = loaded_by(code, *command, *where)
    assert "typer" in loaded
    assert not loaded & ({"discord", "aiohttp"} | OF_THE_EXTRAS)


def test_reading_settings_and_records_loads_neither_discord_nor_the_command_line() -> None:
    loaded = loaded_by("from latido import Record, SessionEngine, Settings")
    assert not loaded & ({"discord", "aiohttp", "sqlite3"} | OF_THE_COMMAND_LINE)
