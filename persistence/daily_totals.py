"""Totals per person, day and kind, kept ready while records come in.

A day's total is the union of what its records credit, in one guild and over all guilds
(``guild_id`` -1), so it cannot be summed up: of a new record only what no other credits is added,
and for that the few are read that share an instant with it. Days that are counted
anew (:func:`recount`) are so from all the records that lie in them.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from datetime import timedelta
from itertools import chain
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from machines import SECOND
from persistence.beside_the_loop import beside_the_loop, let_go_of
from persistence.days import bounds, days_between, to_day
from persistence.ledger_facts import facts_of
from persistence.ledger_rows import COLUMNS, record_from
from persistence.totals import (
    clipped,
    credited_to,
    credited_to_players,
    length_between,
    length_of_union,
    union_of,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterable, Iterator, Sequence
    from datetime import date, tzinfo

    from machines import Instant, Kind, Record
    from persistence.database import Database
    from persistence.totals import Interval


__all__ = [
    "ALL_GUILDS",
    "DailyTotal",
    "add_names",
    "add_to_days",
    "count_days",
    "days_of",
    "named_in",
    "people_in",
    "players_in",
    "readable",
    "recount",
]

ALL_GUILDS: Final = -1
"""The ``guild_id`` of totals over all guilds."""

_SELECT: Final = ", ".join(f"records.{column}" for column in COLUMNS)
_OF_PERSON: Final = (
    f"SELECT {_SELECT} FROM records"  # noqa: S608
    " WHERE user_id = ? AND ended_at > ? AND ended_at < ? AND started_at < ? AND +kind = ?"
)
_OF_PLAYER: Final = (
    "SELECT records.id, records.started_at, records.ended_at"
    " FROM party_players JOIN records ON records.id = party_players.record_id"
    " WHERE party_players.user_id = ? AND party_players.ended_at > ?"
    " AND party_players.ended_at < ? AND records.started_at < ? AND +records.kind = ?"
)
_times_of_person: Final = itemgetter(
    COLUMNS.index("id"), COLUMNS.index("started_at"), COLUMNS.index("ended_at")
)
_FIRST, _LAST = itemgetter(0), itemgetter(1)
_STARTED_AT: Final = attrgetter("started_at")
_BY_ID: Final = f"SELECT {_SELECT} FROM records WHERE id = ?"  # noqa: S608
_ADD: Final = (
    "INSERT INTO daily_totals (user_id, kind, day, guild_id, microseconds) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (user_id, kind, day, guild_id)"
    " DO UPDATE SET microseconds = microseconds + excluded.microseconds"
)
_REMEMBERED: Final = 200_000
"""Players to whom it is remembered what their parties credit, for the next of them: some 50 MB."""


class _Credited(NamedTuple):
    """What a record credits to people, by their id, and where."""

    guild_id: int
    to: dict[int, tuple[Interval, ...]]


class _Ledger:
    """What records credit. A party is read once for all of its players, who come in a row."""

    def __init__(self, connection: Database) -> None:
        """Read from this ledger."""
        self._connection = connection
        self._longest = facts_of(connection).longest
        self._parties: dict[str, _Credited | None] = {}
        self._players = 0

    def credited(
        self, user_id: int, kind: Kind, within: Sequence[Interval], but: Container[str] = ()
    ) -> Iterator[list[_Credited]]:
        """Yield, for each of some intervals, what each record of a person credits that meets it.

        Those whose id is in ``but`` are left out, and damaged ones, which ``verify`` tells.

        Args:
            user_id: the person.
            kind: the kind of session.
            within: the intervals, apart from each other and in order of time.
            but: ids of records to leave out.
        """
        of_party = kind == "party"
        for near in _near_each_other(within, self._longest):
            first, last = near[0][0], near[-1][1]
            wanted = (user_id, first, last + self._longest, last, kind)
            rows = self._connection.execute(_OF_PLAYER if of_party else _OF_PERSON, wanted)
            found: list[list[_Credited]] = [[] for _ in near]
            for row in beside_the_loop(rows):
                record_id, *times = row if of_party else _times_of_person(row)
                places = _met(near, *times)
                if not places or record_id in but:
                    continue
                credited = self._of_player(user_id, record_id) if of_party else _credited_in(row)
                if credited is not None:
                    for place in places:
                        found[place].append(credited)
            yield from found

    def let_go(self) -> None:
        """Remember no party any more, bit by bit."""
        for credited in self._parties.values():
            if credited is not None:
                let_go_of(credited.to)
        self._parties.clear()
        self._players = 0

    def _of_player(self, user_id: int, record_id: str) -> _Credited | None:
        """Return what a party credits to one player: it outlives what is remembered of it."""
        party = self._party(record_id)
        if party is None:
            return None
        return _Credited(party.guild_id, {user_id: party.to.get(user_id, ())})

    def _party(self, record_id: str) -> _Credited | None:
        if record_id not in self._parties:
            credited = _credited_in(self._connection.execute(_BY_ID, (record_id,)).fetchone())
            if self._players > _REMEMBERED:
                self.let_go()
            self._parties[record_id] = credited
            self._players += 1 if credited is None else 1 + len(credited.to)
        return self._parties[record_id]


class _Days(NamedTuple):
    """Days of one person, in one kind of session."""

    user_id: int
    kind: Kind
    days: set[date]


class DailyTotal(NamedTuple):
    """What a person's sessions of one kind come to on one day.

    Attributes:
        day: the day, in the time zone that was asked for.
        kind: the kind.
        seconds: the time credited, in seconds.
    """

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


def add_to_days(connection: Database, added: Sequence[Record], zone: tzinfo) -> None:
    """Take records that were just written into the totals, in the transaction that is open.

    Days that are not counted yet are counted anew later, with these records.
    """
    of_people: dict[tuple[int, Kind], tuple[Record, ...]] = {}
    for record in beside_the_loop(added):
        for user_id in beside_the_loop(people_in(record)):
            theirs = (user_id, record.kind)
            of_people[theirs] = (*of_people.get(theirs, ()), record)
    ours = {record.id: _credited_by(record) for record in beside_the_loop(added)}
    ledger = _Ledger(connection)
    for (user_id, kind), records in beside_the_loop(of_people.items()):
        groups = list(_that_meet(records))
        within = [(each[0].started_at, max(one.ended_at for one in each)) for each in groups]
        there_before = ledger.credited(user_id, kind, within, but=ours)
        for together, there in beside_the_loop(zip(groups, there_before, strict=True)):
            new = [ours[record.id] for record in together]
            days = set().union(*(days_of(record, zone) for record in together))
            _add(connection, _Days(user_id, kind, days), there, new, zone)
    ledger.let_go()
    let_go_of(of_people)
    for credited in ours.values():
        let_go_of(credited.to)


def add_names(connection: Database, record: Record) -> None:
    """Remember by which names the people of a record are found."""
    connection.executemany(
        "INSERT INTO people (folded, user_id, username) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        ((name.casefold(), user_id, name) for user_id, name in beside_the_loop(named_in(record))),
    )


def players_in(record: Record) -> Collection[int]:
    """Return the players of a party, each once, in the order in which they came."""
    return dict.fromkeys(player.user_id for player in beside_the_loop(record.players))


def people_in(record: Record) -> Collection[int]:
    """Return the people whose time a record is: its players, or the one it is about."""
    return players_in(record) if record.user_id is None else (record.user_id,)


def named_in(record: Record) -> Iterator[tuple[int, str]]:
    """Yield who is named in a record, and how: its players, and the one it is about."""
    for player in record.players:
        yield player.user_id, player.username
    if record.user_id is not None and record.username is not None:
        yield record.user_id, record.username


def days_of(record: Record, zone: tzinfo, margin: int = 0) -> set[date]:
    """Return the days that a record touches, and ``margin`` days on either side."""
    return set(days_between(record.started_at, record.ended_at, zone, margin))


def _that_meet(records: Iterable[Record]) -> Iterator[list[Record]]:
    """Yield a person's records in order of time, those that overlap in one list.

    So a thousand of one hour are added up in one go.
    """
    together: list[Record] = []
    until = 0
    for record in sorted(records, key=_STARTED_AT):
        if together and record.started_at >= until:
            yield together
            together = []
        until = max(until, record.ended_at) if together else record.ended_at
        together.append(record)
    yield together


def _near_each_other(intervals: Iterable[Interval], longest: int) -> Iterator[list[Interval]]:
    """Yield intervals in lists: a record that meets one may meet the next of its list as well.

    What meets them is read once for all of a list, in whatever order records come.
    """
    near: list[Interval] = []
    for first, last in intervals:
        if near and first >= near[-1][1] + longest:
            yield near
            near = []
        near.append((first, last))
    if near:
        yield near


def _met(intervals: list[Interval], started: Instant, ended: Instant) -> range:
    """Return which of some intervals, apart and in order, share an instant with a record."""
    return range(
        bisect_right(intervals, started, key=_LAST), bisect_left(intervals, ended, key=_FIRST)
    )


def recount(connection: Database, touched: dict[tuple[int, Kind], set[date]], zone: tzinfo) -> None:
    """Count these days of people in kinds of session anew."""
    ledger = _Ledger(connection)
    for (user_id, kind), days in beside_the_loop(touched.items()):
        runs = list(_runs(days))
        within = [(bounds(run[0], zone)[0], bounds(run[-1], zone)[1]) for run in runs]
        for run, there in zip(runs, ledger.credited(user_id, kind, within), strict=True):
            connection.execute(
                "DELETE FROM daily_totals WHERE user_id = ? AND kind = ? AND day BETWEEN ? AND ?",
                (user_id, kind, to_day(run[0]), to_day(run[-1])),
            )
            _add(connection, _Days(user_id, kind, set(run)), [], there, zone)
    ledger.let_go()


def _add(
    connection: Database, to: _Days, there: list[_Credited], new: list[_Credited], zone: tzinfo
) -> None:
    """Add to some days what new records credit and those that were there before do not."""
    edges = [(to_day(day), *bounds(day, zone)) for day in to.days]
    rows = []
    for guild_id in {ALL_GUILDS, *(one.guild_id for one in new)}:
        before = _union_in(guild_id, to.user_id, there)
        after = _union_in(guild_id, to.user_id, [*there, *new])
        for day, start, end in edges:
            length = length_between(after, start, end) - length_between(before, start, end)
            if length:
                rows.append((to.user_id, to.kind, day, guild_id, length))
    connection.executemany(_ADD, rows)


def _union_in(guild_id: int, user_id: int, credited: Iterable[_Credited]) -> Sequence[Interval]:
    """Return what records credit to a person in a guild, without overlaps."""
    found = [one.to.get(user_id, ()) for one in credited if guild_id in {ALL_GUILDS, one.guild_id}]
    if len(found) == 1:
        return found[0]  # one record credits nothing twice
    return list(beside_the_loop(union_of(chain.from_iterable(found))))


def _credited_by(record: Record) -> _Credited:
    if record.user_id is None:
        return _Credited(record.guild_id, credited_to_players(record))
    return _Credited(record.guild_id, {record.user_id: tuple(credited_to(record.user_id, record))})


def _credited_in(row: tuple[object, ...]) -> _Credited | None:
    record = readable(row)
    return None if record is None else _credited_by(record)


def readable(row: tuple[object, ...]) -> Record | None:
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
