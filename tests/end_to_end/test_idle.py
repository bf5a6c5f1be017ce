"""With nobody in voice and nobody in a game, a running ``latido`` does nothing at all."""

from __future__ import annotations

import asyncio
import json
import signal
from collections import Counter
from typing import TYPE_CHECKING

from tests.end_to_end.program import Program

if TYPE_CHECKING:
    from pathlib import Path

    from tests.end_to_end.scene import Scene

WATCHED_FOR = 4.0
"""Seconds in which nothing may happen; with a session there is something ten times a second."""

CALM = 1.5
"""Seconds without a call of ours after which nothing is left to do of starting, or of a session:
the last look at the clocks comes within one second."""


class Counted:
    """A program that counts, and its counts."""

    def __init__(self, program: Program, file: Path, data_dir: Path) -> None:
        self.program = program
        self._file = file
        self._data_dir = data_dir

    async def calls(self) -> Counter[str]:
        """Return the calls of ours so far, by name."""
        told = len(self._lines())
        self.program.process.send_signal(signal.SIGUSR1)
        await self.program.scene.until(lambda: len(self._lines()) > told)
        return Counter(json.loads(self._lines()[-1]))

    async def is_calm(self) -> None:
        """Wait until nothing of ours runs any more."""
        async with asyncio.timeout(20):
            before = await self.calls()
            await asyncio.sleep(CALM)
            while before != (after := await self.calls()):
                before = after
                await asyncio.sleep(CALM)

    async def calls_in_a_while(self) -> Counter[str]:
        """Return the calls of the next seconds."""
        before = await self.calls()
        await asyncio.sleep(WATCHED_FOR)
        return await self.calls() - before

    def files(self) -> dict[str, int]:
        """Return when each file of the data folder was last written to."""
        return {file.name: file.stat().st_mtime_ns for file in self._data_dir.iterdir()}

    def _lines(self) -> list[str]:
        """Return the lines that are there whole: a long one is written in several pieces."""
        text = self._file.read_text(encoding="utf-8") if self._file.exists() else ""
        return text[: text.rfind("\n") + 1].splitlines()


async def test_nothing_of_ours_runs_before_the_first_session_nor_after_the_last(
    scene: Scene, tmp_path: Path
) -> None:
    file = tmp_path / "counts"
    environment = {"COUNTS": str(file)}
    scene.discord.gateway.heartbeat_interval = 1.0  # discord.py's, which goes on
    module = "tests.end_to_end.counted_program"
    program = await Program.start(scene, tmp_path, ("run",), environment, module)
    counted = Counted(program, file, scene.data_dir)
    try:
        await program.says("Conectado como")
        await counted.is_calm()
        before = counted.files()
        assert await counted.calls_in_a_while() == Counter()
        assert counted.files() == before

        scene.pino.joins(scene.general)
        await scene.kept(1)
        assert await counted.calls_in_a_while()  # there is a heartbeat to keep
        scene.pino.leaves()
        await scene.recorded(1)

        await counted.is_calm()
        before = counted.files()
        assert await counted.calls_in_a_while() == Counter()
        assert counted.files() == before
        assert await program.stops(signal.SIGTERM) == 0
    finally:
        await program.is_gone()
