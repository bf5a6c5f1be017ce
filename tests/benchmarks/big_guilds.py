"""Big guilds: GUILD_CREATE and a day of events, and an audit of the same guild.

The share of the time that is ours is measured in guilds of both sizes within each round, so that
how much it grows is known however fast the machine is just then.
"""

from __future__ import annotations

import gc
from collections import defaultdict
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from persistence import HistoryFilter
from tests.benchmarks.audits import measure_audit
from tests.benchmarks.connected_bot import ConnectedBot, connected, processor_time, settled
from tests.benchmarks.figures import DAY, Figure, Section, point
from tests.benchmarks.guild_day import RECORDS, day_in
from tests.benchmarks.our_cog import our_cog, written
from tests.benchmarks.population import Population
from tests.benchmarks.promises import AUDIT_MEMORY, SHARE
from tests.benchmarks.rivals.events_only import EmptyListeners
from tests.benchmarks.rounds import less, orders_of, ratio, share_beyond, spread_of
from tests.benchmarks.scripted_clock import ScriptedClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from integrations.cog import SessionCog
    from tests.benchmarks.guild_day import Act

__all__ = ["measure"]

FEW, MANY = SIZES = (1_000, 50_000)
_CREATES = {FEW: 10, MANY: 1}
"""So many guilds are met in a round: a small one alone would be soon over."""
_ROUNDS = 3
_DAYS = 3
_DAY = 86_400.0
_OURS, _EMPTY = "Latido", "empty listener"


@dataclass
class _Took:
    """What each took in guilds of each size, round by round."""

    rounds: dict[tuple[str, int], list[float]] = field(default_factory=lambda: defaultdict(list))

    def shares(self, size: int) -> list[float]:
        """Return our share of all the time there is, round by round."""
        took = zip(self.rounds[_OURS, size], self.rounds[_EMPTY, size], strict=True)
        return [(ours - empty) / ours for ours, empty in took]

    def in_milliseconds(self, case: str) -> Iterator[Figure]:
        """Yield what Latido takes of the processor, beyond an empty listener."""
        for size in SIZES:
            seconds = less(self.rounds[_OURS, size], self.rounds[_EMPTY, size])
            spread = spread_of([each * 1_000 for each in seconds])
            yield Figure.of(case, size, _OURS, spread, DAY)

    def tell(self, section: Section, case: str, each: str, parts: dict[int, int]) -> None:
        """Add the shares, and what a member or an event (``each``) takes in all."""
        for size in SIZES:
            ours = self.rounds[_OURS, size]
            share = share_beyond(ours, self.rounds[_EMPTY, size], ours)
            section.figures.append(
                Figure.of(case, size, _OURS, share, "share of all the time there is")
            )
            costs = [seconds / parts[size] for seconds in ours]
            point(section, f"{case}, per {each}", size, costs, "one guild, all through discord.py")
        grown = ratio(self.shares(MANY), self.shares(FEW))
        to = f"the share at {FEW:,}"
        section.figures.append(Figure.of(f"{case}: our share", MANY, _OURS, grown, to, SHARE))


async def measure(folder: Path) -> Section:
    """Measure guilds of both sizes."""
    section = Section()
    texts = {size: people.guilds[0].text() for size, people in _populations().items()}
    creates = await _creates(texts, folder / "creates")
    populations = _populations()  # anew: the collector need not go through them between creates
    members = {size: times * size for size, times in _CREATES.items()}
    creates.tell(section, "GUILD_CREATE", "member", members)
    events = sum(len(act.texts) for act in day_in(populations[FEW]))
    days = await _days(populations, folder / "days")
    days.tell(section, "a day of its events", "event", dict.fromkeys(SIZES, events))
    section.figures += days.in_milliseconds(f"a day of its events, {events:,} of them")
    for size, population in populations.items():
        await measure_audit(
            section,
            population.guilds[0],
            folder / f"audit{size}",
            AUDIT_MEMORY if size == MANY else None,
        )
    return section


def _populations() -> dict[int, Population]:
    return {
        size: Population.of(size // 10, guilds=1, idle_each=size - size // 10) for size in SIZES
    }


async def _creates(texts: dict[int, str], folder: Path) -> _Took:
    """Measure how bots that have just logged in hear of a guild, in changing order."""
    took = _Took()
    contestants = [(who, size) for who in (_EMPTY, _OURS) for size in texts]
    orders = orders_of([each for each in contestants for _time in range(_CREATES[each[1]])])
    for number in range(-1, _ROUNDS):
        round_ = dict.fromkeys(contestants, 0.0)
        for turn, (who, size) in enumerate(next(orders)):
            round_[who, size] += await _create(who, texts[size], folder / f"{number} {turn}")
        for contestant, seconds in round_.items():
            if number >= 0:  # one round goes before, and does not count
                took.rounds[contestant].append(seconds)
    return took


async def _create(who: str, text: str, folder: Path) -> float:
    bot = ConnectedBot(raw_presences=who == _OURS)
    cog = our_cog(bot, folder) if who == _OURS else EmptyListeners()
    async with connected(Population(()), cog, bot=bot):
        gc.collect()
        gc.freeze()
        began = processor_time()
        await bot.hears([text])
        await (settled() if isinstance(cog, EmptyListeners) else written(cog))
        took = processor_time() - began
        gc.unfreeze()
    return took


class _Member(NamedTuple):
    """A bot that is in a guild, and the cog that goes by the clock where it is ours."""

    bot: ConnectedBot
    cog: SessionCog | None
    clock: ScriptedClock

    async def hears(self, act: Act) -> float:
        """Return what it takes until all is done that follows, once the time has passed, too."""
        began = processor_time()
        await self.bot.hears(act.texts)
        await self._done()
        took = processor_time() - began
        self.clock.passes(act.then)
        began = processor_time()
        self.clock.catches_up()
        await self._done()
        return took + processor_time() - began

    async def _done(self) -> None:
        await (settled() if self.cog is None else written(self.cog))

    def recorded(self) -> dict[str, int]:
        """Return how many sessions of each kind are in the ledger."""
        assert self.cog is not None
        counted = dict.fromkeys(RECORDS, 0)
        for record in self.cog.ledger.history(HistoryFilter()):
            counted[record.kind] += 1
        return counted


async def _days(populations: dict[int, Population], folder: Path) -> _Took:
    """Measure days, each act of which all bots hear one after the other, in changing order."""
    took = _Took()
    async with AsyncExitStack() as stack:
        members = {
            (who, size): await _joined(stack, who, population, folder / str(size))
            for who in (_EMPTY, _OURS)
            for size, population in populations.items()
        }
        gc.collect()
        gc.freeze()  # what discord.py holds of the members is not looked through at each event
        orders = orders_of(list(members))
        for number in range(-1, _DAYS):
            day = dict.fromkeys(members, 0.0)
            for acts in zip(*map(day_in, populations.values()), strict=True):
                told = dict(zip(populations, acts, strict=True))
                for contestant in next(orders):
                    act = told[contestant[1]]
                    day[contestant] += await members[contestant].hears(act)
            for contestant, seconds in day.items():
                if number >= 0:  # a day goes before, and does not count
                    took.rounds[contestant].append(seconds)
        gc.unfreeze()
        for size in SIZES:
            expected = {kind: each * (_DAYS + 1) for kind, each in RECORDS.items()}
            assert members[_OURS, size].recorded() == expected
    return took


async def _joined(stack: AsyncExitStack, who: str, population: Population, folder: Path) -> _Member:
    """Return a bot that has logged in to the guild and stays until the end."""
    bot, clock = ConnectedBot(raw_presences=who == _OURS), ScriptedClock()
    if who == _EMPTY:
        await stack.enter_async_context(connected(population, EmptyListeners(), bot=bot))
        return _Member(bot, None, clock)
    cog = our_cog(bot, folder, health_check_every=_DAY * _DAYS)  # no check falls into the day
    clock.drives(cog)
    await stack.enter_async_context(connected(population, cog, bot=bot))
    await written(cog)
    return _Member(bot, cog, clock)
