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

    from machines import Instant, Kind
    from persistence.database import Database
    from persistence.ledger_facts import Anew, Facts

__all__ = ["catch_up", "set_zone"]

_SELECT: Final = ", ".join(f"records.{column}" for column in COLUMNS)
_BY_ROW: Final = f"SELECT {_SELECT} FROM records WHERE rowid = ?"  # noqa: S608
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

_EARLIEST: Final = -(2**63)
_LATEST: Final = 2**62


def set_zone(connection: Database, zone: str) -> None:
    """Count days in ``zone`` from now on; if that is new, all have to be counted anew."""
    with transaction(connection):
        count_in(connection, zone)


def catch_up(connection: Database, limit: int) -> bool:
    """Count the days of the next ``limit`` records that are not counted; say if there are more.

    What a time zone no longer counts may lie two days off.
    """
    facts = facts_of(connection)
    if facts.zone is None or facts.all_counted:
        return False
    zone = ZoneInfo(facts.zone)
    if facts.anew is not None:
        _count_anew(connection, facts, facts.anew, zone, limit)
        return True
    with transaction(connection):
        rows = connection.execute(
            f"SELECT rowid, {_SELECT} FROM records WHERE rowid > ? ORDER BY rowid LIMIT ?",  # noqa: S608
            (facts.counted_to, limit),
        ).fetchall()
        touched: dict[tuple[int, Kind], set[date]] = defaultdict(set)
        for _rowid, *row in rows:
            record = readable(tuple(row))
            if record is not None:
                add_names(connection, record)
                days = days_of(record, zone, margin=2)
                for user_id in beside_the_loop(people_in(record)):
                    touched[user_id, record.kind] |= days
        recount(connection, touched, zone)
        counted_to = rows[-1][0] if rows else None
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
        touched: dict[tuple[int, Kind], set[date]] = defaultdict(set)
        last, counted = None, 0
        for reaches_in, ended_at, row in beside_the_loop(rows):
            if counted == limit:
                break
            if reaches_in:
                _touch(touched, connection, row, anew, zone)
                counted += 1
            last = anew._replace(ended_at=ended_at, row=row)
        recount(connection, touched, zone)
        put_anew(connection, last)


def _touch(
    touched: dict[tuple[int, Kind], set[date]],
    connection: Database,
    row: int,
    anew: Anew,
    zone: tzinfo,
) -> None:
    """Add what a record touches of the days that are to be counted anew."""
    record = readable(connection.execute(_BY_ROW, (row,)).fetchone())
    if record is None:
        return
    days = {day for day in days_of(record, zone) if to_day(day) < anew.before}
    for user_id in beside_the_loop(people_in(record)):
        touched[user_id, record.kind] |= days


def _beginning_of(day: int, zone: tzinfo) -> Instant:
    return _LATEST if day == EVERY_DAY else bounds(to_date(day), zone)[0]
