"""Memory: what a live session costs, all in, and what is left once it is over.

Counted is every allocation (tracemalloc), beyond those of a bot without Latido that hears the same
just before, in the same process: so a string that discord.py holds as well counts as nothing, and
one that it does not hold is a session's own, whoever made it. There are the sessions, the ways to
find them, deadlines, what was heard, what waits to be written, and the snapshot. The
sessions are weighed twice: ten to nineteen minutes old, when the cooldowns of all notices run but
what was heard as people came is forgotten, and two hours later, when none does. In guilds of ten
they are weighed as they have just come as well, and so is what is left where all go again at once,
while the cooldowns of their notices run, and when none does any more. What is left once they
are over is weighed while nobody looks at their guilds: so when they ended is still remembered,
as it is for hours in a bot that has emptied. Their records are not put into the ledger, which is
SQLite's memory and none of Python's: the month does.

In guilds of ten people hardly anybody plays the same as another, so that each game of theirs is
held by itself.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import tracemalloc
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from integrations.turns import others_first
from tests.benchmarks.connected_bot import ConnectedBot, connected
from tests.benchmarks.figures import LATIDO, Figure, Section
from tests.benchmarks.our_cog import our_cog, without_ledger
from tests.benchmarks.population import Population
from tests.benchmarks.promises import GIVES_BACK, MEMORY
from tests.benchmarks.rounds import spread_of
from tests.benchmarks.scripted_clock import ScriptedClock
from tests.benchmarks.traced import traced, written

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from integrations.cog import SessionCog

__all__ = ["guilds_of_ten", "held_of", "measure"]

SIZES = (100_000,)
_OF_TEN = 10_000
"""A session of them costs the same among more: tables are as full at a tenth of 100,000."""

_OF_TEN_AT_ONCE = 5_000

_IN_TENS = ", in guilds of ten"

_HOUR, _MINUTE = 3600.0, 60.0
_MOVES = 3
_COMING = 500.0
"""Seconds in which all come: with ten minutes more, less than the shortest cooldown."""

_SOON = 300.0
"""Seconds: whoever was in voice has no session any more by then, but the cooldown of its notice."""

_JUST_NOW = 30.0
"""Seconds: they count by then, and whatever was heard of them is remembered."""


async def measure(folder: Path) -> Section:
    """Measure a session's bytes, and what everybody's leaving gives back."""
    section = Section()
    for size in SIZES:
        population = Population.of(size, guilds=size // 1_000, idle_each=0)
        async with held_of(population, folder / str(size)) as held:
            await held.come()
            await held.grow_old()
            await held.go()
        section.figures += [*_each_of("", size, held), _left("", size, held)]
    return section


async def guilds_of_ten(folder: Path) -> Section:
    """Measure a session's bytes where what is held for a guild, and a game in it, counts most."""
    section = Section()
    population = Population.of(_OF_TEN, guilds=_OF_TEN // 10, idle_each=0)
    async with held_of(population, folder) as held:
        await held.come()
        await held.grow_old()
        await held.go()
    section.figures += [*_each_of(_IN_TENS, _OF_TEN, held), _left(_IN_TENS, _OF_TEN, held)]
    section.figures += await _come_and_gone(folder / "at once")
    return section


async def _come_and_gone(folder: Path) -> list[Figure]:
    population = Population.of(_OF_TEN_AT_ONCE, guilds=_OF_TEN_AT_ONCE // 10, idle_each=0)
    async with held_of(population, folder) as held:
        await held.come(within=_JUST_NOW, ago=_JUST_NOW)
    case = "memory of a session that has just come, all in, in guilds of ten"
    young = spread_of([held.young_each])
    of_voice = _of_voice(population)
    async with held_of(of_voice, folder / "moves") as moving:
        await moving.come()
        await moving.move(_MOVES)
        await moving.grow_old()
    async with held_of(of_voice, folder / "voice") as held:
        await held.come(within=_JUST_NOW, ago=_JUST_NOW)
        await held.go(counts_soon=True)
    return [
        Figure.of(case, _OF_TEN_AT_ONCE, LATIDO, young, "KiB", MEMORY),
        Figure.of(
            f"memory of a session in voice that has moved {_MOVES} times, in guilds of ten",
            len(of_voice.people),
            LATIDO,
            spread_of([moving.live_each]),
            "KiB",
        ),
        *[
            Figure.of(
                f"memory left {later} after all have gone who had just come to voice",
                len(of_voice.people),
                LATIDO,
                spread_of([left / held.young]),
                "what all of them took",
            )
            for later, left in {"five minutes": held.left_soon, "an hour": held.left}.items()
        ],
    ]


def _of_voice(population: Population) -> Population:
    """Return a population without those who play: their graces outlast cooldowns."""
    return Population(
        tuple(
            replace(guild, people=tuple(p for p in guild.people if p.channel_id is not None))
            for guild in population.guilds
        )
    )


def _each_of(where: str, size: int, held: _Held) -> Iterator[Figure]:
    weighed = {
        "a live session": held.live_each,
        "a session whose notice has just gone out": held.young_each,
    }
    for what, each in weighed.items():
        case = f"memory of {what}, all in{where}"
        yield Figure.of(case, size, LATIDO, spread_of([each]), "KiB", MEMORY)


def _left(where: str, size: int, held: _Held) -> Figure:
    left = spread_of([held.left / held.live])
    case = f"memory left once all are over{where}"
    return Figure.of(case, size, LATIDO, left, "what all of them took", GIVES_BACK)


class _Held:
    """What is held of people who come and go, in bytes beyond what a bot without Latido holds."""

    def __init__(
        self,
        population: Population,
        bot: ConnectedBot,
        cog: SessionCog,
        clock: ScriptedClock,
        without: _Without,
    ) -> None:
        self._population = population
        self._bot, self._cog, self._clock = bot, cog, clock
        self._without = without
        self._before = traced()
        self._is_muted = False
        self.young = self.live = self.left_soon = self.left = self.sessions = 0

    @property
    def young_each(self) -> float:
        """What a session took while the cooldown of its notice ran, in KiB."""
        return self.young / self.sessions / 1024

    @property
    def live_each(self) -> float:
        """What it took later, in KiB."""
        return self.live / self.sessions / 1024

    async def come(self, within: float = _COMING, ago: float = _HOUR / 6) -> None:
        """Let everybody come within some seconds, and count so many seconds after the last.

        The cooldowns of their notices run then.
        """
        await _come(self._bot, self._population, self._clock, within)
        await self._lasts(ago)
        self.sessions = sum(self._cog.engine.counts().values())
        assert self.sessions >= len(self._population.people)
        self.young = traced() - self._before - self._without.here

    async def move(self, times: int) -> None:
        """Let everybody in voice go to the next channel, so many times, a minute between two."""
        for number in range(1, times + 1):
            for guild in self._population.guilds:
                channels = guild.channel_ids
                await self._bot.hears(
                    [
                        person.voice_update(
                            channels[(channels.index(person.channel_id) + number) % len(channels)]
                        )
                        for person in guild.people
                        if person.channel_id is not None
                    ]
                )
            await self._lasts(_MINUTE)

    async def grow_old(self) -> None:
        """Let two hours pass, and count."""
        await self._lasts(_HOUR)
        await self._lasts(_HOUR)
        self.live = traced() - self._before - self._without.here

    async def go(self, *, counts_soon: bool = False) -> None:
        """Let everybody go, and count what is left while nobody looks: an hour later, or soon, too.

        To free what they held takes as long whenever it is counted, and counting it once more.
        """
        with without_ledger():
            await _go(self._bot, self._population, self._clock)
            if counts_soon:
                self.left_soon = await self._left_after(_SOON)
            self.left = await self._left_after(_HOUR)
        assert not self._cog.engine.registry.count

    async def _left_after(self, seconds: float) -> int:
        """Return what is left that much later, once somebody without a session was heard of."""
        bot, clock, cog = self._bot, self._clock, self._cog
        clock.passes(seconds)
        clock.catches_up()
        await written(cog)
        await bot.hears([self._population.people[0].voice_update(None)])
        cog._tracker.clear_away()  # noqa: SLF001 - as with the next heartbeat of discord.py
        while cog.engine.has_more_to_do:
            await others_first()
        await written(cog)
        return traced() - self._before - self._without.gone

    async def _lasts(self, seconds: float) -> None:
        """Let time pass, at the end of which somebody mutes or unmutes themselves."""
        self._clock.passes(seconds)
        self._clock.catches_up()
        somebody, self._is_muted = self._population.people[0], not self._is_muted
        text = somebody.voice_update(somebody.channel_id, muted=self._is_muted)
        await self._bot.hears([text])
        await written(self._cog)


class _Without(NamedTuple):
    """What a bot without Latido holds of the same people, in bytes.

    Attributes:
        here: while they are here.
        gone: once they are gone.
    """

    here: int
    gone: int


@contextlib.asynccontextmanager
async def held_of(population: Population, folder: Path) -> AsyncIterator[_Held]:
    """Trace what is held from when the guilds are there, and nobody in them."""
    logging.disable(logging.WARNING)  # a line that is written and gone costs only time here
    gc.disable()  # so does the collector: whatever counts the memory calls it first
    without = await _held_without(population)
    bot = ConnectedBot(raw_presences=True)
    cog = our_cog(bot, folder)
    clock = ScriptedClock()
    clock.drives(cog)
    async with _empty_guilds(population, bot, cog):
        await written(cog)
        tracemalloc.start()
        yield _Held(population, bot, cog, clock, without)
        tracemalloc.stop()
    gc.enable()


async def _held_without(population: Population) -> _Without:
    bot, clock = ConnectedBot(raw_presences=True), ScriptedClock()
    async with _empty_guilds(population, bot):
        tracemalloc.start()
        before = traced()
        await _come(bot, population, clock)
        here = traced() - before
        await _go(bot, population, clock)
        gone = traced() - before
        tracemalloc.stop()
    return _Without(here, gone)


@contextlib.asynccontextmanager
async def _empty_guilds(
    population: Population, bot: ConnectedBot, *cogs: SessionCog
) -> AsyncIterator[None]:
    async with connected(Population(()), *cogs, bot=bot):
        for guild in population.guilds:
            await bot.hears([guild.empty()])
        yield


async def _come(
    bot: ConnectedBot, population: Population, clock: ScriptedClock, within: float = _COMING
) -> None:
    for guild in population.guilds:
        await bot.hears([person.comes() for person in guild.people])
        clock.passes(within / len(population.guilds))
    clock.catches_up()


async def _go(bot: ConnectedBot, population: Population, clock: ScriptedClock) -> None:
    for guild in population.guilds:
        texts = [
            p.voice_update(None) if p.channel_id is not None else p.presence_update(None)
            for p in guild.people
        ]
        await bot.hears(texts)
        clock.passes(1.0)
