"""Memory: what a live session costs, all in, and what is left once it is over.

Counted is every allocation (tracemalloc) but those that discord.py made: the sessions, the
ways to find them, deadlines, what was heard, what waits to be written, and the snapshot. The
sessions are two hours old, so that no cooldown of a notice runs any more; once they are over
every guild is looked at once more, as the hourly audit does, which forgets when they ended. Their
records are not put into the ledger, which is SQLite's memory and none of Python's: the month does.
"""

from __future__ import annotations

import gc
import logging
import tracemalloc
from typing import TYPE_CHECKING

from tests.benchmarks.connected_bot import ConnectedBot, connected
from tests.benchmarks.figures import Figure, Section
from tests.benchmarks.our_cog import our_cog, without_ledger
from tests.benchmarks.population import Population
from tests.benchmarks.promises import GIVES_BACK, MEMORY
from tests.benchmarks.rounds import spread_of
from tests.benchmarks.scripted_clock import ScriptedClock
from tests.benchmarks.traced import traced, written

if TYPE_CHECKING:
    from pathlib import Path

    from tests.benchmarks.population import Guild

__all__ = ["guilds_of_ten", "measure"]

SIZES = (100_000,)
_HOUR = 3600.0


async def measure(folder: Path) -> Section:
    """Measure a session's bytes, and what everybody's leaving gives back."""
    return await _measured(folder, in_a_guild=1_000, where="")


async def guilds_of_ten(folder: Path) -> Section:
    """Measure the same where what is held for each guild, and each game in it, counts most."""
    return await _measured(folder, in_a_guild=10, where=", in guilds of ten")


async def _measured(folder: Path, *, in_a_guild: int, where: str) -> Section:
    section = Section()
    logging.disable(logging.WARNING)  # a line that is written and gone costs only time here
    gc.disable()  # so does the collector: whatever counts the memory calls it first
    for size in SIZES:
        population = Population.of(size, guilds=size // in_a_guild, idle_each=0)
        each, left = await _bytes(population, folder / str(size))
        section.figures += [
            Figure.of(
                f"memory of a live session, all in{where}",
                size,
                "Latido",
                spread_of([each / 1024]),
                "KiB",
                MEMORY,
            ),
            Figure.of(
                f"memory left once all are over{where}",
                size,
                "Latido",
                spread_of([left]),
                "what all of them took",
                GIVES_BACK,
            ),
        ]
    gc.enable()
    return section


async def _bytes(population: Population, folder: Path) -> tuple[float, float]:
    """Return the bytes of each session, and what share of all of them is left in the end."""
    bot = ConnectedBot(raw_presences=True)
    cog = our_cog(bot, folder)
    clock = ScriptedClock()
    clock.drives(cog)
    async with connected(Population(()), cog, bot=bot):
        for guild in population.guilds:
            await bot.hears([_empty(guild)])
        await written(cog)
        tracemalloc.start()
        before = traced()
        await _come(bot, population, clock)
        await written(cog)
        sessions = sum(cog.engine.counts().values())
        assert sessions >= len(population.people)
        live = traced() - before
        with without_ledger():
            await _go(bot, population, clock)
            clock.catches_up()
            await written(cog)
        assert not cog.engine.registry.count
        for guild in population.guilds:
            clock.passes(150.0)
            await bot.hears([_empty(guild)])
        await bot.hears([population.people[0].voice_update(None)])
        await written(cog)
        left = traced() - before
        tracemalloc.stop()
    return live / sessions, left / live


async def _come(bot: ConnectedBot, population: Population, clock: ScriptedClock) -> None:
    for guild in population.guilds:
        texts = [
            p.voice_update(p.channel_id) if p.channel_id is not None else p.presence_update(p.game)
            for p in guild.people
        ]
        await bot.hears(texts)
        clock.passes(15.0)
    clock.catches_up()
    somebody = population.people[0]
    for muted in (True, False):
        clock.passes(_HOUR)
        await bot.hears([somebody.voice_update(somebody.channel_id, muted=muted)])


async def _go(bot: ConnectedBot, population: Population, clock: ScriptedClock) -> None:
    for guild in population.guilds:
        texts = [
            p.voice_update(None) if p.channel_id is not None else p.presence_update(None)
            for p in guild.people
        ]
        await bot.hears(texts)
        clock.passes(1.0)
    clock.passes(_HOUR)


def _empty(guild: Guild) -> str:
    everybody = frozenset(person.id for person in guild.people)
    return guild.text(without=everybody)
