"""A month of coming and going: as many people are there as ever, never the same ones twice.

What a tracker remembers of people who are gone shows here: memory is counted on the tenth day
and on the last, with as many sessions going on. By the tenth, what fills up once has filled up:
SQLite's list of cursors, asyncio's of timers that were cancelled. Nobody looks at everybody all
that time, as where audits are off: only health checks ask about whoever has a session.
"""

from __future__ import annotations

import gc
import logging
import sqlite3
import tracemalloc
from contextlib import closing
from typing import TYPE_CHECKING

from machines import SECOND
from persistence.iso_time import to_text
from persistence.ledger_reader import LEDGER_NAME
from tests.benchmarks.connected_bot import ConnectedBot, connected
from tests.benchmarks.figures import LATIDO, ON_DISK, Figure, Section
from tests.benchmarks.our_cog import our_cog
from tests.benchmarks.population import Guild, Person, Population
from tests.benchmarks.promises import MONTH
from tests.benchmarks.rounds import spread_of
from tests.benchmarks.scripted_clock import ScriptedClock
from tests.benchmarks.traced import ours, written

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["arrival", "departure", "measure", "shift_of"]

_DAYS = 30
_FIRST_COUNTED = 10
_SHIFTS = 2
_PEOPLE = 100
_TEXTS_KEPT = 5_000
"""More seconds than the text of which is kept ready: that room is taken from the start."""
_BREAK = 900.0
"""Seconds between two shifts: every grace is over, so that parties end."""
_SHIFT = 24 * 3600 / _SHIFTS - _BREAK


async def measure(folder: Path) -> Section:
    """Measure the memory after thirty days, beside that after ten."""
    logging.disable(logging.WARNING)  # a line that is written and gone costs only time here
    gc.disable()  # so does the collector: whatever counts the memory calls it first
    bot = ConnectedBot(raw_presences=True)
    cog = our_cog(bot, folder)
    clock = ScriptedClock()
    clock.drives(cog)
    here = shift_of(0)
    days = []
    async with connected(Population((here,)), cog, bot=bot):
        tracemalloc.start()
        for second in range(_TEXTS_KEPT):
            to_text(cog.now() - second * SECOND)
        for shift in range(1, _DAYS * _SHIFTS + 1):
            await bot.hears([departure(person) for person in here.people])
            clock.passes(_BREAK)
            clock.catches_up()
            here = shift_of(shift)
            await bot.hears([arrival(person) for person in here.people])
            clock.passes(_SHIFT)
            clock.catches_up()
            bot.truth = {person.id: person for person in here.people}
            await cog.check_now()
            await written(cog)
            if shift in (_FIRST_COUNTED * _SHIFTS, _DAYS * _SHIFTS):
                counts = cog.engine.counts()
                assert counts["voice"] + counts["game"] == _PEOPLE
                days.append(ours())
        tracemalloc.stop()
    first, last = days
    case, grown = "memory after a month of people coming and going", spread_of([last / first])
    figure = Figure.of(case, _PEOPLE, "Latido", grown, "memory after ten days", MONTH)
    return Section(figures=[figure, _on_disk(folder / LEDGER_NAME)])


def _on_disk(ledger: Path) -> Figure:
    """Return what each session that has ended takes in the file of a ledger."""
    with closing(sqlite3.connect(ledger)) as connection:
        (records,) = connection.execute("SELECT count(*) FROM records").fetchone()
    each = spread_of([ledger.stat().st_size / records / 1024])
    return Figure.of("an ended session in the ledger", records, LATIDO, each, ON_DISK)


def shift_of(number: int) -> Guild:
    """Return the guild with people whom nobody has seen before."""
    population = Population.of(_PEOPLE, guilds=1, idle_each=0)
    [guild] = population.guilds
    first = guild.people[0].id + number * _PEOPLE
    return Guild(
        guild.id,
        tuple(
            Person(first + place, guild.id, person.channel_id, person.game)
            for place, person in enumerate(guild.people)
        ),
        (),
    )


def arrival(person: Person) -> str:
    if person.channel_id is not None:
        return person.voice_update(person.channel_id)
    return person.presence_update(person.game)


def departure(person: Person) -> str:
    if person.channel_id is not None:
        return person.voice_update(None)
    return person.presence_update(None)
