"""DATA_DIR is taken away while the program runs: told once, and filled when it is back."""

from __future__ import annotations

import asyncio
import shutil
import signal
from typing import TYPE_CHECKING

from persistence import verify

if TYPE_CHECKING:
    from pathlib import Path

    from tests.end_to_end.conftest import Run
    from tests.end_to_end.scene import Scene

FAILED = "Error al persistir sesiones"


def take_away(folder: Path) -> None:
    """Move a folder away at once, whatever is being written in it, and remove it there."""
    shutil.rmtree(folder.rename(folder.with_name("gone")), ignore_errors=True)


async def test_nothing_is_lost_and_one_line_says_what_to_do(scene: Scene, program: Run) -> None:
    async with program() as running:
        await running.watches()
        scene.pino.joins(scene.general)
        await scene.kept()
        await asyncio.to_thread(take_away, scene.data_dir)
        scene.agu.joins(scene.general)
        await running.says(FAILED)
        for _ in range(3):
            scene.pino.moves(scene.sala)
            scene.pino.moves(scene.general)
            await scene.heard()
        scene.pino.leaves()
        await scene.heard()
        scene.data_dir.mkdir()
        await running.says("Otra vez se puede escribir en DATA_DIR")
        assert running.said.count(FAILED) == 1
        (record,) = await scene.recorded(kind="voice")
        assert record.user_id == scene.pino.id
        assert [getattr(session, "user_id", None) for session in scene.live()] == [scene.agu.id]
        assert await running.stops(signal.SIGTERM) == 0
    assert list(verify(scene.data_dir)) == []


async def test_a_stop_that_cannot_write_says_so_and_exits_with_1(
    scene: Scene, program: Run
) -> None:
    async with program() as running:
        await running.watches()
        scene.pino.joins(scene.general)
        await scene.kept()
        await asyncio.to_thread(take_away, scene.data_dir)
        assert await running.stops(signal.SIGTERM) == 1
        [said] = [each for each in running.lines if "se detiene sin poder persistir" in each]
        assert "kept in memory" not in said, "it is, and nobody will try again"
        assert said.endswith(" El próximo arranque sigue desde lo último que quedó escrito")
    assert not scene.data_dir.exists()
