"""What is done in a crowd: everything that a user would name, from a mute to a removed guild."""

from __future__ import annotations

import gc
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from engine import ChannelDeleted, GuildRemoved, SessionEngine, Settings
from integrations.inspector.rows import session_row
from machines import from_datetime
from persistence import DataDir, HistoryFilter
from tests.benchmarks.crowd import Stopwatch
from tests.benchmarks.population import frame

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence
    from pathlib import Path

    from machines import Instant
    from tests.benchmarks.crowd import Crowd
    from tests.benchmarks.population import Guild, Person, Population

    Costs = tuple[str, list[float]]

__all__ = ["deeds_of"]

_ROUNDS = 5
_QUIET_ROUNDS = 15
"""More than a heartbeat takes, which may fall on some of them: it writes of each guild."""
_AT_ONCE = 100
_REMOVED = 40
_MANY = 1_000
_GUILDS = 100
_ASKED = 20
_CONFIRMED = 12.0
_A_WHILE = 120.0
_OVER = 3600.0
_DAY = timedelta(days=1)


async def deeds_of(crowd: Crowd, copy: Path) -> AsyncIterator[Costs]:
    """Do everything once a crowd is seen; yield each operation with its costs, round by round.

    The last of it leaves nobody there.
    """
    for name, rounds in _quiet(crowd.population):
        yield name, [await crowd.does(texts) / len(texts) for texts in rounds]
    people = crowd.population.idle[:_AT_ONCE]
    joins, leaves = [p.voice_update(p.guild_id + 1) for p in people], [*map(_leaves, people)]
    starts, stops = [p.presence_update("Juego 1") for p in people], [*map(_stops, people)]
    for begins, ends, coming, going in (
        ("somebody joins", "somebody leaves", joins, leaves),
        ("a game starts", "a game stops", starts, stops),
    ):
        began, ended = [], []
        for _round in range(_ROUNDS):
            began.append(await crowd.does(coming, _CONFIRMED) / len(people))
            ended.append(await crowd.does(going, _OVER) / len(people))
        yield begins, began
        yield ends, ended
    yield "the live list of a guild, per session", _lists(crowd)
    yield "a check, per session", await _checks(crowd)
    for name, cost in _kept(crowd, copy):
        yield name, cost
    async for each in _partings(crowd):
        yield each


def _quiet(population: Population) -> Iterator[tuple[str, list[list[str]]]]:
    """Yield what happens while everybody stays: a batch of events a round."""
    some, players = population.in_voice[:_AT_ONCE], population.playing[:_AT_ONCE]
    others, turns = population.idle[:_AT_ONCE], range(_QUIET_ROUNDS)
    yield (
        "somebody mutes",
        [[p.voice_update(p.channel_id, muted=turn % 2 == 0) for p in some] for turn in turns],
    )
    yield (
        "a game's details change",
        [[p.presence_update(p.game, details=f"{turn}-1") for p in players] for turn in turns],
    )
    yield (
        "a presence without a game",
        [
            [p.presence_update(None, status=("idle", "dnd")[turn % 2]) for p in others]
            for turn in turns
        ],
    )
    yield (
        "somebody moves",
        [[p.voice_update(p.guild_id + 1 + turn % 2) for p in some] for turn in turns],
    )


def _cost(work: Callable[[], object]) -> float:
    watch = Stopwatch()
    with watch.running():
        work()
    return watch.cost()


def _lists(crowd: Crowd) -> list[float]:
    """Return what it costs to list a guild's sessions as the inspector does, per session."""
    guild = crowd.population.guilds[0]
    listed = list(crowd.cog.engine.sessions(guild.id))
    times = max(1, 1_000 // len(listed))

    def lists() -> None:
        for _time in range(times):
            rows = [session_row(each, None) for each in crowd.cog.engine.sessions(guild.id)]
            assert len(rows) == len(listed)

    return [_cost(lists) / times / len(listed) for _round in range(_ROUNDS)]


def _rounds(crowd: Crowd) -> range:
    """Return the rounds of what concerns everybody: many are a good sample by themselves."""
    return range(1 if len(crowd.population.people) > _MANY else 3)


async def _checks(crowd: Crowd) -> list[float]:
    rounds = _rounds(crowd)
    if len(rounds) > 1:
        await crowd.cog.check_now()  # the first one warms up what the next ones use
    costs = []
    for _round in rounds:
        crowd.clock.passes(_A_WHILE)  # somebody may be asked again
        asked, watch = crowd.bot.asked, Stopwatch()
        with watch.running():
            await crowd.cog.check_now()
            await crowd.is_written()
        costs.append(watch.cost() / len(crowd.population.people))
        assert crowd.bot.asked > asked
    return costs


def _kept(crowd: Crowd, copy: Path) -> Iterator[Costs]:
    """Yield what a snapshot of all sessions takes, restoring them, and what closes many at once."""
    sessions = crowd.sessions
    now = crowd.cog._tracker.now()  # noqa: SLF001 - the clock it goes by
    state = crowd.cog.engine.live_state(now)
    engine = SessionEngine(Settings())

    def write() -> None:
        with DataDir.open(copy) as data_dir:
            data_dir.live.replace(state)
            data_dir.live.flush_now()

    def restore() -> None:
        nonlocal engine
        engine = SessionEngine(Settings())
        with DataDir.open(copy) as data_dir:
            engine.restore(data_dir.restore().state, now)

    gc.collect()
    yield "a snapshot, per session", [_cost(write) / sessions for _round in _rounds(crowd)]
    gc.collect()
    yield "a restore, per session", [_cost(restore) / sessions for _round in _rounds(crowd)]
    gc.collect()
    guilds = crowd.population.guilds[-_GUILDS:]
    yield "half of the channels are deleted, per person in them", [_deletes(engine, guilds, now)]
    yield "a guild is removed, per session there", [_removes(engine, guilds, now)]


def _deletes(engine: SessionEngine, guilds: Sequence[Guild], now: Instant) -> float:
    before = _held(engine, guilds)

    def delete() -> None:
        for guild in guilds:
            for channel_id in guild.channel_ids[::2]:
                engine.observe(ChannelDeleted(guild_id=guild.id, channel_id=channel_id), now)

    cost = _cost(delete)
    people = before - _held(engine, guilds)
    assert people
    return cost / people


def _removes(engine: SessionEngine, guilds: Sequence[Guild], now: Instant) -> float:
    sessions = _held(engine, guilds)

    def remove() -> None:
        for guild in guilds:
            engine.observe(GuildRemoved(guild_id=guild.id), now)

    cost = _cost(remove)
    assert _held(engine, guilds) == 0
    return cost / sessions


def _held(engine: SessionEngine, guilds: Sequence[Guild]) -> int:
    return sum(1 for guild in guilds for _session in engine.sessions(guild.id))


async def _partings(crowd: Crowd) -> AsyncIterator[Costs]:
    """Yield what it takes to lose members, and everybody."""
    removed = crowd.population.in_voice[: _ROUNDS * _REMOVED]
    costs = []
    for number in range(_ROUNDS):
        gone = removed[number::_ROUNDS]
        costs.append(await crowd.does([_removal(person) for person in gone], _OVER) / len(gone))
    yield "a member is removed", costs
    gone_already = set(removed)
    left = [person for person in crowd.population.people if person not in gone_already]
    comes, goes = [*map(_comes, left)], [*map(_goes, left)]
    before = crowd.sessions
    leaving = [await crowd.does(goes, _OVER) / len(left)]
    assert crowd.sessions == before - len(left)
    for each in _asked(crowd, [person.id for person in left[:_ASKED]]):
        yield each
    for _round in _rounds(crowd)[1:]:
        await crowd.does(comes, _CONFIRMED)
        leaving.append(await crowd.does(goes, _OVER) / len(left))
    yield "everybody leaves at once, per person", leaving


def _comes(person: Person) -> str:
    if person.channel_id is None:
        return person.presence_update(person.game)
    return person.voice_update(person.channel_id)


def _goes(person: Person) -> str:
    return _stops(person) if person.channel_id is None else _leaves(person)


def _leaves(person: Person) -> str:
    return person.voice_update(None)


def _stops(person: Person) -> str:
    return person.presence_update(None)


def _asked(crowd: Crowd, user_ids: list[int]) -> Iterator[Costs]:
    """Yield what questions to a ledger take in which everybody has been written down."""
    ledger = crowd.cog.ledger
    since = from_datetime(datetime(2025, 12, 29, tzinfo=UTC))
    until = from_datetime(datetime(2025, 12, 29, tzinfo=UTC) + _DAY)

    def history() -> None:
        for user_id in user_ids:
            assert list(ledger.history(HistoryFilter(user_id=user_id, since=since, limit=50)))

    def totals() -> None:
        for user_id in user_ids:
            for kind in ("voice", "game"):
                ledger.total_seconds(user_id, kind=kind, since=since, until=until)

    yield "the history of a person", [_cost(history) / len(user_ids) for _round in range(_ROUNDS)]
    yield "a day's total of a person", [_cost(totals) / len(user_ids) for _round in range(_ROUNDS)]


def _removal(person: Person) -> str:
    gone = {"guild_id": str(person.guild_id), "user": person.member["user"]}
    return frame("GUILD_MEMBER_REMOVE", gone)
