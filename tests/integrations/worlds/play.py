"""A world from its beginning to its end, by the number that it is drawn by."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from persistence import HistoryFilter
from tests.benchmarks.our_cog import written
from tests.benchmarks.scripted_clock import ScriptedClock
from tests.integrations.worlds.judgement import judged
from tests.integrations.worlds.loop import run_by
from tests.integrations.worlds.stage import staged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from machines import Record
    from tests.integrations.worlds.disturbances import Disturbance
    from tests.integrations.worlds.stage import Stage

__all__ = ["World", "play"]

_DISTURBANCES = 7
_QUIET = 300
"""Seconds: long enough that somebody comes and goes far from anything that goes wrong."""

_FAULTS = ("forbidden", "session_errors", "source_errors")
_COMES_TO_REST = 150
"""Seconds: longer than any grace, and than what a standstill may leave unread."""


class World(NamedTuple):
    """What is left of a world.

    Attributes:
        story: all that happened in it.
        records: what the bot has written down.
        wrong: what of that was not so, told as it is to be read; empty where all was.
    """

    story: list[str]
    records: list[Record]
    wrong: list[str]


def play(seed: int, disturbances: Sequence[Disturbance]) -> World:
    """Play the world of a number, in which some of these go wrong again and again."""
    clock = ScriptedClock()
    with tempfile.TemporaryDirectory() as folder:
        return run_by(clock, _played(seed, disturbances, clock, Path(folder)))


async def _played(
    seed: int, disturbances: Sequence[Disturbance], clock: ScriptedClock, folder: Path
) -> World:
    async with staged(seed, clock, folder) as stage:
        for _time in range(_DISTURBANCES):
            await stage.goes_on(
                _QUIET if stage.chance.happens(0.2) else stage.chance.randint(1, 90)
            )
            before = stage.now()
            await stage.chance.choice(disturbances)(stage)
            stage.disturbed.append((before, stage.now()))
        await _ends(stage)
        records = list(stage.bot.cog.ledger.history(HistoryFilter()))
        wrong = judged(stage, records) or _odd(stage)
        return World(stage.story.lines, records, wrong)


async def _ends(stage: Stage) -> None:
    await stage.goes_on(1, is_quiet=True)  # or somebody stops what they have begun just now
    stage.plaza.comes_to_rest()
    await stage.goes_on(_COMES_TO_REST, is_quiet=True)
    await written(stage.bot.cog)


def _odd(stage: Stage) -> list[str]:
    """Return what no record shows, with the whole story."""
    engine = stage.bot.cog.engine
    odd = [f"never ended: {each}" for each in engine.sessions()]
    odd += [f"{engine.counters[what]} {what}" for what in _FAULTS if engine.counters[what]]
    return [*odd, *stage.story.lines] if odd else []
