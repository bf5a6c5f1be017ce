"""Events, from the JSON text of the gateway through the real discord.py to whoever listens.

They come in bursts, or one at a time without a pause. With pauses, as they come to a bot:
``tests/benchmarks/paced.py``.
"""

from __future__ import annotations

import contextlib
import math
import time
from functools import partial
from itertools import chain, cycle, islice
from typing import TYPE_CHECKING, NamedTuple
from unittest import mock

from integrations.evidence.contradictions import Contradictions
from tests.benchmarks.connected_bot import (
    ConnectedBot,
    connected,
    processor_time,
    settled,
)
from tests.benchmarks.event_cases import (
    common_cases,
    gets_role,
    of_calls,
    of_changing_games,
    of_pairs,
    rarer_cases,
    writes,
)
from tests.benchmarks.figures import MICROSECONDS, Figure, Section, point
from tests.benchmarks.our_cog import our_cog, over_a_standstill, written
from tests.benchmarks.population import Population, hour_ago
from tests.benchmarks.promises import (
    CHANGES_NOTHING,
    TRANSITION,
    TRANSITION_ALONE,
    TRANSITION_AMONG,
    TRANSITION_BARE,
    TRANSITION_BUSY,
    TRANSITION_QUIET,
    TRANSITION_SELDOM,
    TWO_BARE,
    TWO_TRANSITIONS,
    WHOLE_STAY,
)
from tests.benchmarks.rivals.events_only import EmptyListeners, EventsOnly
from tests.benchmarks.rivals.proposal import ProposalCog
from tests.benchmarks.rounds import frozen, in_turns, less, share_beyond, spread_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
    from pathlib import Path

    from integrations.cog import SessionCog
    from tests.benchmarks.event_cases import Case
    from tests.benchmarks.rounds import Turn

__all__ = ["figures_of", "measure"]

SIZES = (1_000, 10_000, 100_000)
_ROUNDS = {1_000: 7, 10_000: 3, 100_000: 5}
_ROUNDS_ALONE = 11
"""Of events that are told by themselves: a turn of the loop for each, which differs more."""

_ROUNDS_OF_RARER = 5
_TURNS = 5
"""How many everybody has in a round."""

_ALONE_AT = 1_000
"""The size at which each event is also told by itself, with nothing behind it."""

_EVENTS = 200
"""How many a turn takes."""

_MICRO = 1_000_000

_GUILDS_OF_PAIRS = 5
"""In so many guilds of :data:`_ALONE_AT` people each game is played by two."""

_LARGE = 100_000
"""Where the others stay away: one costs the same at any size, the other a second an event."""

_SLOW_EVENTS = {1_000: 6, 10_000: 2}
"""How many events the proposal gets a round: it writes every session at each of them."""


_AMONG_MESSAGES = "among messages and the like"
_BEFORE_ROLES = "with a change of somebody's roles behind each"


_BARE = {
    **dict.fromkeys(
        (
            TRANSITION,
            TRANSITION_ALONE,
            TRANSITION_AMONG,
            TRANSITION_BUSY,
            TRANSITION_QUIET,
            TRANSITION_SELDOM,
            WHOLE_STAY,
        ),
        TRANSITION_BARE,
    ),
    TWO_TRANSITIONS: TWO_BARE,
}
"""What is promised beside a bot that listens to nothing, by what is beyond an empty listener."""

_BEYOND_EMPTY, _BEYOND_BARE = "beyond an empty listener", "beyond a bot that listens to nothing"
_OF_BOTH = "discord.py on it and a tenth on the other"
_FIRST = ", the first of both"

_PROPOSAL = "proposal"
_HARNESS = "the measurement itself"
_WITHOUT_OTHERS = (_HARNESS, "discord.py", "empty listener", "Latido")


async def _at_once() -> None:
    """Nothing is left to be done once the listeners have run."""


async def _caught_up(cog: SessionCog) -> None:
    """Wait until all is written, and news is no longer taken to be as old as a standstill."""
    await written(cog)
    await over_a_standstill(cog)


async def _compared(cog: SessionCog) -> None:
    """Compare now what was told of calls and did not fit at once: it counts where it was told."""
    cog.sources.contradictions._compare_due(math.inf)  # noqa: SLF001 - as a timer does 2 s later
    await _caught_up(cog)


class _Contestant(NamedTuple):
    """Who takes turns, how it hears, and what says that all that follows of events is done."""

    bot: ConnectedBot
    hears: Callable[[Sequence[str], int], Awaitable[None]]
    is_done: Callable[[], Awaitable[None]] = _at_once


class _Hearer(NamedTuple):
    """A contestant, and what it is told next: it goes on from turn to turn where it stopped.

    What began anew would have somebody move to where they are: a sign of a lost event, for which
    Latido would look.
    """

    contestant: _Contestant
    texts: Iterator[str]


async def measure(folder: Path) -> Section:
    """Measure every case at every size."""
    section = Section()
    for size in SIZES:
        population = Population.of(size, guilds=max(1, size // 1_000), began=hour_ago())
        async with _contestants(population, folder / str(size)) as bots:
            with frozen():  # once, not for each case
                await bots["Latido"].is_done()
                for case in common_cases(population):
                    hearers = _hearers_of(bots, case)
                    await _measure(section, case, size, hearers, _ROUNDS[size])
                    hearers = {name: hearers[name] for name in _WITHOUT_OTHERS}
                    if case.is_written and size in {_ALONE_AT, _LARGE}:
                        await _measure_whole(section, case, size, hearers)
                    if size == _ALONE_AT:
                        alone = case.one_at_a_time()
                        await _measure(section, alone, size, hearers, _ROUNDS_ALONE)
                        if case.is_written:
                            for behind, others in _others(population).items():
                                await _measure_among(section, case, size, hearers, behind, others)
                if size == _ALONE_AT:
                    for case in (*rarer_cases(population), of_changing_games(population)):
                        await _measure_rarer(section, case, size, _few_of(bots))
    population = Population.of(_ALONE_AT, guilds=_GUILDS_OF_PAIRS, began=hour_ago())
    async with _contestants(population, folder / "pairs") as bots:
        with frozen():
            await bots["Latido"].is_done()
            await _measure_rarer(section, of_pairs(population), _ALONE_AT, _few_of(bots))
    population = Population.of(_ALONE_AT, guilds=1, began=hour_ago())
    async with _contestants(population, folder / "calls", hears_calls=True) as bots:
        with frozen():
            await bots["Latido"].is_done()
            for case in of_calls(population.guilds[0]):
                await _measure_rarer(section, case, _ALONE_AT, _few_of(bots))
    return section


def _others(population: Population) -> dict[str, list[str]]:
    """Return what comes behind each event of somebody, by what that is called."""
    people = population.in_voice
    return {
        _AMONG_MESSAGES: [writes(person) for person in people],
        _BEFORE_ROLES: [gets_role(person, role_id) for role_id in (1, 2) for person in people],
    }


def _few_of(bots: dict[str, _Contestant]) -> dict[str, _Contestant]:
    return {name: bots[name] for name in _WITHOUT_OTHERS}


def _hearers_of(bots: dict[str, _Contestant], case: Case) -> dict[str, _Hearer]:
    return {name: _Hearer(bot, cycle(case.texts)) for name, bot in bots.items()}


async def _measure_rarer(
    section: Section, case: Case, size: int, bots: dict[str, _Contestant]
) -> None:
    """Measure a case before which something has to be told, in bursts and by itself."""
    for name, contestant in bots.items():
        if name != _HARNESS:  # it is the bot of another
            await contestant.bot.hears(case.before)
        await contestant.is_done()
    hearers = _hearers_of(bots, case)
    look = _looks_nowhere if case.is_sign else Contradictions._look  # noqa: SLF001 - there is no Discord to ask
    with mock.patch.object(Contradictions, "_look", look):
        await _measure(section, case, size, hearers, _ROUNDS_OF_RARER)
        await _measure(section, case.one_at_a_time(), size, hearers, _ROUNDS_OF_RARER)


def _looks_nowhere(_contradictions: Contradictions, _guild_id: int, *, deep: bool) -> None:
    """Do nothing of what a sign of a lost event asks for."""


async def _measure(
    section: Section, case: Case, size: int, hearers: dict[str, _Hearer], rounds: int
) -> None:
    turns: dict[str, Turn] = {}
    for name, hearer in hearers.items():
        events = _SLOW_EVENTS[size] if name == _PROPOSAL else _EVENTS
        turns[name] = _turn(hearer, events, case.at_once)
    told = await in_turns(turns, rounds, each=_TURNS, seldom={_PROPOSAL})
    section.figures += figures_of(case, size, told, in_microseconds=case.at_once == 1)
    point(section, case.name, size, told["Latido"])


async def _measure_among(
    section: Section,
    case: Case,
    size: int,
    hearers: dict[str, _Hearer],
    behind: str,
    others: list[str],
) -> None:
    """Measure a case with others behind its events, against what each of both may cost.

    That is what discord.py spends on the first, which has a transition, and a tenth of what it
    spends on the second, which has none.
    """
    turns: dict[str, Turn] = {}
    for name, (contestant, texts) in hearers.items():
        told_of_both = chain.from_iterable(zip(texts, cycle(others)))
        turns[name] = _turn(_Hearer(contestant, told_of_both), _EVENTS, case.at_once, each=2)
    for name in (_HARNESS, "discord.py"):
        turns[f"{name}{_FIRST}"] = _turn(hearers[name], _EVENTS, case.at_once)
    told = await in_turns(turns, _ROUNDS[size], each=_TURNS)
    first = less(told[f"discord.py{_FIRST}"], told[f"{_HARNESS}{_FIRST}"])
    second = less(less(told["discord.py"], told[_HARNESS]), first)
    allowed = [
        one + other * CHANGES_NOTHING.at_most for one, other in zip(first, second, strict=True)
    ]
    for beyond, other, promise in (
        (_BEYOND_EMPTY, "empty listener", TRANSITION_AMONG),
        (_BEYOND_BARE, "discord.py", TRANSITION_BARE),
    ):
        spread = share_beyond(told["Latido"], told[other], allowed)
        what, unit = f"{case.name}: {behind}", f"{_OF_BOTH}, {beyond}"
        section.figures.append(Figure.of(what, size, "Latido", spread, unit, promise))


async def _measure_whole(
    section: Section, case: Case, size: int, hearers: dict[str, _Hearer]
) -> None:
    """Measure what a case costs the whole process until all of it is on the disk."""
    turns: dict[str, Turn] = {
        name: _turn(hearer, _EVENTS, case.at_once, clock=time.process_time)
        for name, hearer in hearers.items()
    }
    told = await in_turns(turns, _ROUNDS[size], each=_TURNS)
    name = f"{case.name}: all threads, until it is on the disk"
    section.figures.append(next(figures_of(case._replace(name=name, promise=None), size, told)))


def figures_of(
    case: Case, size: int, told: dict[str, list[float]], *, in_microseconds: bool = False
) -> Iterator[Figure]:
    empty, harness = told["empty listener"], told[_HARNESS]
    whole = less(told["discord.py"], harness)
    spread = share_beyond(told["Latido"], empty, whole)
    to = f"discord.py itself, {_BEYOND_EMPTY}"
    yield Figure.of(case.name, size, "Latido", spread, to, case.promise)
    if case.promise in _BARE:
        bare = share_beyond(told["Latido"], told["discord.py"], whole)
        unheard = f"discord.py itself, {_BEYOND_BARE}"
        yield Figure.of(case.name, size, "Latido", bare, unheard, _BARE[case.promise])
    if in_microseconds:
        ours = less(told["Latido"], told["discord.py"])
        for who, seconds in (("Latido", ours), ("discord.py", whole)):
            each = spread_of([one * _MICRO for one in seconds])
            yield Figure.of(case.name, size, who, each, MICROSECONDS)
    nothing = share_beyond(empty, told["discord.py"], whole)
    yield Figure.of(case.name, size, "empty listener", nothing, "discord.py itself, beyond it")
    for name in [name for name in told if name in {"events only", _PROPOSAL}]:
        beyond = share_beyond(told[name], empty, whole)
        yield Figure.of(case.name, size, name, beyond, to)


def _turn(
    hearer: _Hearer,
    events: int,
    at_once: int,
    each: int = 1,
    clock: Callable[[], float] = processor_time,
) -> Turn:
    """Return a turn of so many events of a case, each told in as many frames as ``each`` says."""

    async def turn() -> float:
        told = list(islice(hearer.texts, events * each))
        began = clock()
        await hearer.contestant.hears(told, at_once)
        await hearer.contestant.is_done()
        return (clock() - began) / events

    return turn


@contextlib.asynccontextmanager
async def _contestants(
    population: Population, folder: Path, *, hears_calls: bool = False
) -> AsyncIterator[dict[str, _Contestant]]:
    """Yield the contestants, connected; of ours everything is written, and no check comes."""
    ours = ConnectedBot()
    cog = our_cog(ours, folder / "data", health_check_every=3_600, channel_info=hears_calls)
    theirs = ConnectedBot()
    proposal = ProposalCog(theirs, folder)
    proposal.holds(population)
    async with contextlib.AsyncExitStack() as stack:
        enter = stack.enter_async_context
        plain = await enter(connected(population))
        listening = await enter(connected(population, EmptyListeners()))
        await enter(connected(population, cog, bot=ours))
        bots = {
            _HARNESS: _Contestant(plain, plain.hears_nothing),
            "discord.py": _Contestant(plain, plain.hears),
            "empty listener": _Contestant(listening, listening.hears),
            "Latido": _Contestant(
                ours,
                ours.hears,
                is_done=partial(_compared if hears_calls else _caught_up, cog),
            ),
        }
        if len(population.people) < _LARGE:
            believing = await enter(connected(population, EventsOnly()))
            await enter(connected(population, proposal, bot=theirs))
            bots["events only"] = _Contestant(believing, believing.hears)
            bots[_PROPOSAL] = _Contestant(theirs, theirs.hears, proposal.confirms_nobody)
        await settled()
        await written(cog)
        yield bots
        assert not cog.sources.contradictions.looks  # nothing that was told hints at a lost event
