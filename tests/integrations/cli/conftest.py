"""A command line to run, in a folder and an environment of its own, and a ledger to read."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest

from integrations.cli import main
from persistence import DataDir
from tests.integrations.cli.examples import (
    HALF_PAST_TEN,
    MINUTE,
    game_record,
    live_state,
    party_record,
    voice_record,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Outcome(NamedTuple):
    """How a command ended, and what it printed."""

    status: int
    out: str
    err: str


@pytest.fixture
def latido(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Outcome]:
    """Run ``latido`` with some arguments, with ``tmp_path`` as working directory, in English."""
    for variable in os.environ:
        if variable.startswith(("LATIDO_", "DISCORD_", "DATA_DIR")):
            monkeypatch.delenv(variable)
    monkeypatch.setenv("LATIDO_LOG_LANGUAGE", "en")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["latido", *arguments])
        with pytest.raises(SystemExit) as exited:
            main()
        printed = capsys.readouterr()
        return Outcome(int(exited.value.code or 0), printed.out, printed.err)

    return run


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A data folder with three live sessions and three ended ones, its bot long gone."""
    folder = tmp_path / "data"

    async def fill(opened: DataDir) -> None:
        await opened.ledger.append([voice_record(), game_record(), party_record()])
        opened.live.replace(live_state())
        await opened.live.flush()

    with DataDir(folder, now=lambda: HALF_PAST_TEN + 30 * MINUTE) as opened:
        asyncio.run(fill(opened))
    return folder
