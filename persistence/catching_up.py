"""Days that are counted anew, some records at a time: until all are, totals come from the records.

It is what takes over a ledger of an older schema, or a change of the time zone, and what makes up
the totals after old records went.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from persistence.beside_the_loop import beside_the_loop
from persistence.daily_totals import add_names, days_of, people_in, readable, recount
from persistence.database import transaction
from persistence.days import bounds, to_date, to_day
from persistence.ledger_facts import EVERY_DAY, count_in, facts_of, put_anew
from persistence.ledger_rows import COLUMNS

if TYPE_CHECKING:
    from datetime import date, tzinfo

    from machines import Instant, Kind, Record
    from persistence.database import Database
    from persistence.ledger_facts import Anew, Facts

__all__ = ["catch_up", "set_zone"]

_RECORD: Final = f"SELECT {', '.join(COLUMNS)} FROM records WHERE rowid = ?"  # noqa: S608
_ROWS: Final = "SELECT rowid FROM records WHERE rowid > ? ORDER BY rowid LIMIT ?"
_CLEAR: Final = (
    "DELETE FROM daily_totals WHERE (user_id, kind, day, guild_id) IN"
    " (SELECT user_id, kind, day, guild_id FROM daily_totals WHERE day < ? LIMIT ?)"
)
_NEXT: Final = (
    "SELECT started_at < ?, ended_at, rowid FROM records"
    " WHERE (ended_at, rowid) > (?, ?) AND ended_at <= ? ORDER BY ended_at, rowid LIMIT ?"
)
_EASILY: Final = 10
"""Totals that are removed, or records that are passed over, in the time in which one is counted."""

_MANY: Final = 10_000
"""People of the records of one step, beyond which no other is taken: all parties of the days of a
crowd are to be remembered together, or each would be read once for everybody in it."""

_EARLIEST: Final = -(2**63)
_LATEST: Final = 2**62


class _Touched:
    """Days of people in kinds of session that are to be counted anew, for records lie in them.

    Attributes:
        days: by person and kind.
        people: how many people the records are of, each counted with each.
    """

    def __init__(self) -> None:
        self.days: dict[tuple[int, Kind], set[date]] = defaultdict(set)
        self.people = 0

    def take(self, record: Record, days: set[date]) -> None:
        """Take in what a record touches."""
        for user_id in beside_the_loop(people_in(record)):
            self.days[user_id, record.kind] |= days
            self.people += 1


def set_zone(connection: Database, zone: str) -> None:
    """Count days in ``zone`` from now on; if that is new, all have to be counted anew."""
    with transaction(connection):
        count_in(connection, zone)


def catch_up(connection: Database, limit: int) -> bool:
    """Count the days of the next records that are not counted; say if there are more.

    It is ``limit`` of them; of large parties fewer. What a time zone no longer counts may lie two
    days off.
    """
    facts = facts_of(connection)
    if facts.zone is None or facts.all_counted:
        return False
    zone = ZoneInfo(facts.zone)
    if facts.anew is not None:
        _count_anew(connection, facts, facts.anew, zone, limit)
        return True
    with transaction(connection):
        rows = connection.execute(_ROWS, (facts.counted_to, limit)).fetchall()
        touched, counted_to = _Touched(), None
        for (counted_to,) in rows:
            record = _record_in(connection, counted_to)
            if record is not None:
                add_names(connection, record)
                touched.take(record, days_of(record, zone, margin=2))
            if touched.people >= _MANY:
                break
        recount(connection, touched.days, zone)
        connection.execute("UPDATE facts SET value = ? WHERE name = 'counted_to'", (counted_to,))
    return bool(rows)


def _count_anew(connection: Database, facts: Facts, anew: Anew, zone: tzinfo, limit: int) -> None:
    """Remove some totals of the days that are to be counted anew; with none left, count some.

    A record that began before these days were over ended within the longest session's length of it.
    """
    with transaction(connection):
        if anew.ended_at is None:
            removed = connection.execute(_CLEAR, (anew.before, _EASILY * limit)).rowcount
            if removed < _EASILY * limit:
                put_anew(connection, anew._replace(ended_at=_EARLIEST))
            return
        over = _beginning_of(anew.before, zone)
        rows = connection.execute(
            _NEXT, (over, anew.ended_at, anew.row, over + facts.longest, _EASILY * limit)
        ).fetchall()
        touched, last, counted = _Touched(), None, 0
        for reaches_in, ended_at, row in beside_the_loop(rows):
            if counted == limit or touched.people >= _MANY:
                break
            record = _record_in(connection, row) if reaches_in else None
            if record is not None:
                days = {day for day in days_of(record, zone) if to_day(day) < anew.before}
                touched.take(record, days)
            counted += reaches_in
            last = anew._replace(ended_at=ended_at, row=row)
        recount(connection, touched.days, zone)
        put_anew(connection, last)


def _record_in(connection: Database, row: int) -> Record | None:
    """Return the record in a row; None where it is damaged."""
    return readable(connection.execute(_RECORD, (row,)).fetchone())


def _beginning_of(day: int, zone: tzinfo) -> Instant:
    return _LATEST if day == EVERY_DAY else bounds(to_date(day), zone)[0]
