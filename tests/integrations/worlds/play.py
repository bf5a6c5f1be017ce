"""A world from its beginning to its end, by its kind and the number that it is drawn by."""

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
    from machines import Record
    from tests.integrations.worlds.kinds import Kind
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


def play(seed: int, kind: Kind) -> World:
    """Play the world of a number, in which things go wrong again and again."""
    clock = ScriptedClock()
    with tempfile.TemporaryDirectory() as base:
        folder = Path(base, "data")
        folder.mkdir()
        return run_by(clock, _played(seed, kind, clock, folder))


async def _played(seed: int, kind: Kind, clock: ScriptedClock, folder: Path) -> World:
    async with staged(seed, clock, folder, kind) as stage:
        for _time in range(_DISTURBANCES):
            await stage.goes_on(
                _QUIET if stage.chance.happens(0.2) else stage.chance.randint(1, 90)
            )
            before, disturbance = stage.now(), stage.chance.choice(kind.disturbances)
            stage.story.tell(f"-- {disturbance.__name__}")
            await disturbance(stage)
            stage.disturbed.append((before, stage.now()))
        await _ends(stage)
        records = list(stage.bot.cog.ledger.history(HistoryFilter()))
        wrong = judged(stage, records) or _odd(stage)
        told = [f"Again: {again(seed, kind)}", *wrong[:3], f"{stage.settings}", *wrong[3:]]
        return World(stage.story.lines, records, told if wrong else [])


def again(seed: int, kind: Kind) -> str:
    """Return the command that plays a world again."""
    return f"python -m tests.integrations.worlds {kind.name} {seed}"


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
