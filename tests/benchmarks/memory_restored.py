"""Memory after a restart: what a session costs that a process before this one has begun.

All in, as of :mod:`tests.benchmarks.memory`: beyond what a bot without Latido holds that has logged
in to the same guilds. People have come one after the other, so that each session has instants of
its own. A quarter of an hour passes between the two processes, so that each holds that nobody knows
of that time: since they were last heard of, which is another instant for each of them as well.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import tracemalloc
from typing import TYPE_CHECKING

from tests.benchmarks.connected_bot import ConnectedBot, connected
from tests.benchmarks.figures import LATIDO, Figure, Section
from tests.benchmarks.our_cog import our_cog
from tests.benchmarks.population import Population
from tests.benchmarks.promises import MEMORY
from tests.benchmarks.rounds import spread_of
from tests.benchmarks.scripted_clock import ScriptedClock
from tests.benchmarks.traced import traced, written

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from integrations.cog import SessionCog

__all__ = ["measure", "restored"]

_PEOPLE = 12_500
"""A session of them costs the same among more: dicts, which grow to twice as much, are as full at
an eighth of 100,000, and sets, which grow to four times as much, hold guilds. Among fewer what does
not grow weighs."""

_COMING = 500.0
_CONFIRMED = 600.0
_AWAY = 900.0
_HOUR = 3600.0


async def measure(folder: Path) -> Section:
    """Measure a restored session's bytes, in guilds of a thousand people and of ten."""
    section = Section()
    for each, where in ((1_000, ""), (10, ", in guilds of ten")):
        population = Population.of(_PEOPLE, guilds=_PEOPLE // each, idle_each=0)
        kibibytes = await restored(population, folder / str(each)) / 1024
        case = f"memory of a session that was restored, all in{where}"
        spread = spread_of([kibibytes])
        section.figures.append(Figure.of(case, _PEOPLE, LATIDO, spread, "KiB", MEMORY))
    return section


async def restored(population: Population, folder: Path) -> float:
    """Return the bytes of a session of these people two hours after a restart."""
    logging.disable(logging.WARNING)  # as of ``held_of``
    gc.disable()
    clock = ScriptedClock()
    async with _loaded(Population(()), folder, clock) as (bot, cog):
        await bot.hears([guild.empty() for guild in population.guilds])
        for person in population.people:
            await bot.hears([person.comes()])
            clock.passes(_COMING / len(population.people))
        clock.catches_up()
        clock.passes(_CONFIRMED)
        clock.catches_up()
        await written(cog)
    clock.stands_still(_AWAY)
    for guild in population.guilds:
        guild.text()  # which a guild keeps: neither bot makes it while that is counted
    tracemalloc.start()
    before = traced()
    async with connected(population):
        without = traced() - before
    before = traced()
    async with _loaded(population, folder, clock) as (bot, cog):
        for is_muted in (True, False):  # somebody is heard, so that all else is forgotten
            clock.passes(_HOUR)
            clock.catches_up()
            somebody = population.people[0]
            await bot.hears([somebody.voice_update(somebody.channel_id, muted=is_muted)])
            await written(cog)
        held = traced() - before - without
        sessions = cog.engine.counts().total()
        assert sessions >= len(population.people)
    tracemalloc.stop()
    gc.enable()
    return held / sessions


@contextlib.asynccontextmanager
async def _loaded(
    population: Population, folder: Path, clock: ScriptedClock
) -> AsyncIterator[tuple[ConnectedBot, SessionCog]]:
    """Yield a bot that has logged in, and its cog."""
    bot = ConnectedBot()
    cog = our_cog(bot, folder)
    clock.drives(cog)
    async with connected(population, cog, bot=bot):
        await written(cog)
        yield bot, cog
