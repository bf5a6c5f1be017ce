"""What is written to the ledger: records added, pruned by age, forgotten by person.

Every function is one transaction, small enough not to hold up the next.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple, cast

import msgspec

from persistence.arrays import encode_array
from persistence.beside_the_loop import beside_the_loop
from persistence.catching_up import catch_up
from persistence.daily_totals import (
    add_names,
    add_to_days,
    days_of,
    people_in,
    players_in,
    recount,
)
from persistence.database import transaction
from persistence.days import day_began, day_of, next_day_begins, to_day
from persistence.ledger_facts import count_anew, facts_of
from persistence.ledger_rows import COLUMNS, Row, players_from, row_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, tzinfo

    from machines import Instant, Kind, Player, Record
    from persistence.database import Database

__all__ = [
    "Entry",
    "Forgotten",
    "add",
    "entry_of",
    "forget",
    "mend",
    "oldest_end",
    "prunable_at",
    "prune",
    "write_anew",
]

_INSERT: Final = (
    f"INSERT INTO records ({', '.join(COLUMNS)})"  # noqa: S608
    f" VALUES ({', '.join('?' * len(COLUMNS))}) ON CONFLICT (id) DO NOTHING"
)
_INSERT_PLAYER: Final = "INSERT INTO party_players (user_id, ended_at, record_id) VALUES (?, ?, ?)"
_LONGER: Final = "UPDATE facts SET value = ? WHERE name = 'longest' AND value < ?"
_STARTED: Final = COLUMNS.index("started_at")
_ENDED: Final = COLUMNS.index("ended_at")


class Entry(NamedTuple):
    """A record as it was when it was handed over, ready to be written."""

    row: Row
    record: Record


class Forgotten(NamedTuple):
    """What was removed of a person: their records, and their part in those of parties."""

    records: int
    parties: int


def entry_of(record: Record) -> Entry:
    """Return ``record`` as it is now."""
    return Entry(row_of(record), msgspec.structs.replace(record))


def add(connection: Database, entries: Iterable[Entry], zone: tzinfo) -> None:
    """Add records; one whose id is there already changes nothing."""
    with transaction(connection):
        added: list[Record] = []
        for row, record in beside_the_loop(entries):
            if _insert(connection, row, record):
                added.append(record)
        add_to_days(connection, added, zone)


def mend(connection: Database, entries: Iterable[Entry], zone: tzinfo) -> None:
    """Put records in the place of those with the same ids, which cannot be read."""
    with transaction(connection):
        touched: dict[tuple[int, Kind], set[date]] = defaultdict(set)
        for row, record in beside_the_loop(entries):
            connection.execute("DELETE FROM records WHERE id = ?", (record.id,))
            _insert(connection, row, record)
            for user_id in beside_the_loop(people_in(record)):
                touched[user_id, record.kind] |= days_of(record, zone)
        # Totals may hold what the damaged ones said, from before that.
        recount(connection, touched, zone)


def prune(connection: Database, before: Instant, zone: tzinfo, limit: int) -> int:
    """Remove up to ``limit`` records that ended before an instant's day began; return how many.

    What is left of that day and of those after it is whole. The totals of earlier ones are counted
    anew by :func:`~persistence.catching_up.catch_up`: what goes on into that day is kept, and so is
    what its own early days come to. With the last of all go the names of people of whom nothing is
    left.
    """
    began = day_began(before, zone)
    with transaction(connection):
        records = connection.execute(
            "DELETE FROM records WHERE id IN"
            " (SELECT id FROM records WHERE ended_at < ? ORDER BY ended_at LIMIT ?)",
            (began, limit),
        ).rowcount
        if records or not facts_of(connection).is_sound:
            count_anew(connection, to_day(day_of(began, zone)))
        if records and not _is_any_before(connection, began):
            connection.execute(
                "DELETE FROM people WHERE"
                " NOT EXISTS (SELECT 1 FROM records WHERE records.user_id = people.user_id)"
                " AND NOT EXISTS"
                " (SELECT 1 FROM party_players WHERE party_players.user_id = people.user_id)"
            )
    return records


def prunable_at(ended_at: Instant, zone: tzinfo) -> Instant:
    """Return from which instant on :func:`prune` removes a record that ended then."""
    try:
        return next_day_begins(ended_at, zone)
    except (ValueError, OverflowError):  # no such instant: it goes with those that are
        return ended_at + 1


def oldest_end(connection: Database) -> Instant | None:
    """Return when the first of all records ended; None where there is none."""
    (ended,) = connection.execute(
        "SELECT min(ended_at) FROM records WHERE typeof(ended_at) = 'integer'"
    ).fetchone()
    return cast("Instant | None", ended)


def forget(connection: Database, user_id: int) -> Forgotten:
    """Remove a person: their records, their part in parties, their totals and their names.

    A party goes on without them; with the last player it goes as well, and where it is damaged.
    """
    with transaction(connection):
        parties = connection.execute(
            "SELECT DISTINCT record_id FROM party_players WHERE user_id = ?"
            " AND EXISTS (SELECT 1 FROM records WHERE records.id = party_players.record_id)",
            (user_id,),
        ).fetchall()
        for (record_id,) in beside_the_loop(parties):
            (text,) = connection.execute(
                "SELECT players FROM records WHERE id = ?", (record_id,)
            ).fetchone()
            others = _others(text, user_id)
            if others:
                connection.execute(
                    "UPDATE records SET players = ? WHERE id = ?",
                    (encode_array(others), record_id),
                )
            else:
                connection.execute("DELETE FROM records WHERE id = ?", (record_id,))
        connection.execute("DELETE FROM party_players WHERE user_id = ?", (user_id,))
        records = connection.execute("DELETE FROM records WHERE user_id = ?", (user_id,)).rowcount
        connection.execute("DELETE FROM daily_totals WHERE user_id = ?", (user_id,))
        connection.execute("DELETE FROM people WHERE user_id = ?", (user_id,))
    _empty_log(connection)
    return Forgotten(records, len(parties))


def write_anew(connection: Database, step: int) -> None:
    """Write all pages anew, so that none holds what is in no row any more.

    What is deleted SQLite overwrites (``secure_delete``), but not what it has moved as it shared
    out rows anew between pages. To write all anew may give rows other numbers, so days that are
    counted up to one of them are counted to their end before, so many records at a time.
    """
    while catch_up(connection, step):
        pass
    connection.execute("VACUUM")
    _empty_log(connection)


def _empty_log(connection: Database) -> None:
    """Empty the write-ahead log, which holds pages as they were."""
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


def _insert(connection: Database, row: Row, record: Record) -> bool:
    """Add one record with its players and names, but no totals; say if its id was free."""
    if not connection.execute(_INSERT, row).rowcount:
        return False
    # Rows one by one: between two of them others may have their turn.
    connection.executemany(
        _INSERT_PLAYER,
        ((user_id, record.ended_at, record.id) for user_id in beside_the_loop(players_in(record))),
    )
    length = row[_ENDED] - row[_STARTED]
    connection.execute(_LONGER, (length, length))
    add_names(connection, record)
    return True


def _is_any_before(connection: Database, instant: Instant) -> bool:
    (is_any,) = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM records WHERE ended_at < ?)", (instant,)
    ).fetchone()
    return bool(is_any)


def _others(text: object, user_id: int) -> list[Player]:
    """Return the other players; nobody where it cannot be read: nothing can be left out of it."""
    if not isinstance(text, str):
        return []
    try:
        players = beside_the_loop(players_from(text))
        return [player for player in players if player.user_id != user_id]
    except (ValueError, RecursionError):
        return []
