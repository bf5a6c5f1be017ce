"""Totals per person, day and kind, kept ready while records come in.

A day's total is the union of what its records credit, in one guild and over all guilds
(``guild_id`` -1), so it cannot be summed up: whenever a record touches a day, that day of that
person is counted anew from the few records that lie in it.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple
from zoneinfo import ZoneInfo

from machines import SECOND
from persistence.beside_the_loop import beside_the_loop, let_go_of
from persistence.days import bounds, days_between, to_day
from persistence.ledger_facts import count_in, facts_of
from persistence.ledger_rows import COLUMNS, record_from
from persistence.totals import clipped, credited_to, credited_to_players, length_of_union

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date, tzinfo

    from machines import Kind, Record
    from persistence.database import Database
    from persistence.totals import Interval


__all__ = [
    "ALL_GUILDS",
    "DailyTotal",
    "Days",
    "add_names",
    "catch_up",
    "count_days",
    "recount",
    "set_zone",
    "touched_by",
]

ALL_GUILDS: Final = -1
"""The ``guild_id`` of totals over all guilds."""

_SELECT: Final = ", ".join(f"records.{column}" for column in COLUMNS)
_OF_PERSON: Final = (
    f"SELECT {_SELECT} FROM records"  # noqa: S608
    " WHERE user_id = ? AND ended_at > ? AND ended_at < ? AND started_at < ? AND +kind = ?"
)
_OF_PLAYER: Final = (
    "SELECT records.id FROM party_players JOIN records ON records.id = party_players.record_id"
    " WHERE party_players.user_id = ? AND party_players.ended_at > ?"
    " AND party_players.ended_at < ? AND records.started_at < ? AND +records.kind = ?"
)


_BY_ID: Final = f"SELECT {_SELECT} FROM records WHERE id = ?"  # noqa: S608
_REMEMBERED: Final = 200_000
"""Players to whom it is remembered what their parties credit, for the next of them: some 50 MB."""


class _Credited(NamedTuple):
    """What a record credits to people, by their id, and where."""

    guild_id: int
    to: dict[int, list[Interval]]


class _Parties:
    """What parties credit: read once for all of their players, who come one after the other."""

    def __init__(self, connection: Database) -> None:
        """Read from this ledger."""
        self._connection = connection
        self._held: dict[str, _Credited | None] = {}
        self._players = 0

    def get(self, record_id: str) -> _Credited | None:
        """Return what a party credits; None where its row is damaged, which ``verify`` tells."""
        if record_id not in self._held:
            record = _readable(self._connection.execute(_BY_ID, (record_id,)).fetchone())
            to = {} if record is None else credited_to_players(record)
            credited = None if record is None else _Credited(record.guild_id, to)
            if self._players > _REMEMBERED:
                self.let_go()
            self._held[record_id] = credited
            self._players += 1 + len(to)
        return self._held[record_id]

    def let_go(self) -> None:
        """Remember nothing any more, bit by bit."""
        for credited in self._held.values():
            if credited is not None:
                let_go_of(credited.to)
        self._held.clear()
        self._players = 0


class Days(NamedTuple):
    """Days of one person, in one kind of session."""

    user_id: int
    kind: Kind
    days: set[date]


class DailyTotal(NamedTuple):
    """What a person's sessions of one kind come to on one day, in seconds."""

    day: date
    kind: Kind
    seconds: float


def count_days(user_id: int, records: Iterable[Record], zone: tzinfo) -> list[DailyTotal]:
    """Return the totals per day and kind that records give a person, by day."""
    parts: dict[tuple[date, Kind], list[Interval]] = defaultdict(list)
    for record in records:
        for start, end in credited_to(user_id, record):
            for day in days_between(start, end, zone):
                parts[day, record.kind] += clipped([(start, end)], *bounds(day, zone))
    totals = [
        DailyTotal(day, kind, length_of_union(intervals) / SECOND)
        for (day, kind), intervals in sorted(parts.items())
    ]
    return [total for total in totals if total.seconds]


def touched_by(record: Record, zone: tzinfo, margin: int = 0) -> Iterator[Days]:
    """Yield the days whose totals a record is part of."""
    days = set(days_between(record.started_at, record.ended_at, zone, margin))
    people = record.player_ids if record.user_id is None else [record.user_id]
    for user_id in people:
        yield Days(user_id, record.kind, days)


def recount(connection: Database, touched: Iterable[Days], zone: tzinfo) -> None:
    """Count these days anew, in the transaction that is open."""
    gathered: dict[tuple[int, Kind], set[date]] = defaultdict(set)
    for user_id, kind, days in touched:
        gathered[user_id, kind] |= days
    parties = _Parties(connection)
    for (user_id, kind), days in beside_the_loop(gathered.items()):
        for run in _runs(days):
            _recount_run(connection, user_id, kind, run, zone, parties)
    parties.let_go()


def set_zone(connection: Database, zone: str) -> None:
    """Count days in ``zone`` from now on; if that is new, all have to be counted anew."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        count_in(connection, zone)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def catch_up(connection: Database, limit: int) -> bool:
    """Count the days of the next ``limit`` records that are not counted; say if there are more.

    It is what takes over a ledger of an older schema, or a change of the time zone, a step at
    a time. What a time zone no longer counts may lie two days off.
    """
    facts = facts_of(connection)
    if facts.counted_to is None or facts.zone is None:
        return False
    zone = ZoneInfo(facts.zone)
    connection.execute("BEGIN IMMEDIATE")
    try:
        rows = connection.execute(
            f"SELECT rowid, {_SELECT} FROM records WHERE rowid > ? ORDER BY rowid LIMIT ?",  # noqa: S608
            (facts.counted_to, limit),
        ).fetchall()
        touched: list[Days] = []
        for _rowid, *row in rows:
            record = _readable(tuple(row))
            if record is not None:
                add_names(connection, record)
                touched += touched_by(record, zone, margin=2)
        recount(connection, touched, zone)
        counted_to = rows[-1][0] if rows else None
        connection.execute("UPDATE facts SET value = ? WHERE name = 'counted_to'", (counted_to,))
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return bool(rows)


def add_names(connection: Database, record: Record) -> None:
    """Remember by which names the people of a record are found."""
    named = [(player.user_id, player.username) for player in record.players]
    if record.user_id is not None and record.username is not None:
        named.append((record.user_id, record.username))
    connection.executemany(
        "INSERT INTO people (folded, user_id, username) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        [(name.casefold(), user_id, name) for user_id, name in named],
    )


def _recount_run(
    connection: Database,
    user_id: int,
    kind: Kind,
    run: list[date],
    zone: tzinfo,
    parties: _Parties,
) -> None:
    first, last = bounds(run[0], zone)[0], bounds(run[-1], zone)[1]
    by_guild: dict[int, list[Interval]] = {ALL_GUILDS: []}
    for credited in _records_of(connection, user_id, kind, (first, last), parties):
        intervals = list(clipped(credited.to.get(user_id, ()), first, last))
        by_guild[ALL_GUILDS] += intervals
        by_guild.setdefault(credited.guild_id, []).extend(intervals)
    connection.execute(
        "DELETE FROM daily_totals WHERE user_id = ? AND kind = ? AND day BETWEEN ? AND ?",
        (user_id, kind, to_day(run[0]), to_day(run[-1])),
    )
    rows = []
    for day in run:
        start, end = bounds(day, zone)
        for guild_id, intervals in by_guild.items():
            length = length_of_union(clipped(intervals, start, end))
            if length:
                rows.append((user_id, kind, to_day(day), guild_id, length))
    connection.executemany("INSERT INTO daily_totals VALUES (?, ?, ?, ?, ?)", rows)


def _records_of(
    connection: Database, user_id: int, kind: Kind, within: Interval, parties: _Parties
) -> Iterator[_Credited]:
    """Yield what each record credits that reaches into an interval."""
    first, last = within
    wanted = (user_id, first, last + facts_of(connection).longest, last, kind)
    if kind == "party":
        for (record_id,) in connection.execute(_OF_PLAYER, wanted).fetchall():
            credited = parties.get(record_id)
            if credited is not None:
                yield credited
        return
    for row in connection.execute(_OF_PERSON, wanted):
        record = _readable(row)
        if record is not None:
            yield _Credited(record.guild_id, {user_id: list(credited_to(user_id, record))})


def _readable(row: tuple[object, ...]) -> Record | None:
    """Return the record of a row; None where it is damaged, which ``verify`` tells."""
    try:
        return record_from(row)
    except ValueError:
        return None


def _runs(days: set[date]) -> Iterator[list[date]]:
    """Yield the days as runs without a gap, in order."""
    run: list[date] = []
    for day in sorted(days):
        if run and day - run[-1] > timedelta(days=1):
            yield run
            run = []
        run.append(day)
    if run:
        yield run
