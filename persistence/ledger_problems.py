"""What keeps a ledger, or a record in it, from being read: why, and what helps."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Final, NamedTuple

from persistence.beside_the_loop import beside_the_loop
from persistence.errors import UnreadableError, may_be_read, not_allowed
from persistence.ledger_parts import parts_of
from persistence.ledger_rows import COLUMNS, record_from
from persistence.reading import problem_of
from persistence.refusals import is_damage
from persistence.well_formed import well_formed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from machines import Record
    from persistence.database import Database
    from persistence.errors import LedgerError

__all__ = [
    "WHAT_HELPS",
    "UnreadableRecord",
    "damage_found",
    "damage_told_by",
    "records_in",
    "unreadable",
    "unreadable_in",
    "why_not_read",
]

WHAT_HELPS: Final = (
    "save what can be read with latido export --output FILE, then put a backup back with latido "
    "restore BACKUP --replace, the bot stopped; only where there is none, move it away: a new one "
    "is begun, without its history but for what was saved (latido import FILE)"
)
"""What there is to do about a ledger that is damaged."""

_ALL: Final = f"SELECT {', '.join(COLUMNS)} FROM records"  # noqa: S608


class UnreadableRecord(NamedTuple):
    """A row of the ledger that holds no record.

    Attributes:
        id: its session's id, as far as that is text.
        problem: what is wrong with it.
    """

    id: str
    problem: str


def why_not_read(path: Path, error: sqlite3.Error | UnreadableError) -> str:
    """Return one sentence: why a ledger cannot be read, and what helps."""
    problem = error.problem if isinstance(error, UnreadableError) else error
    cannot = f"{path} cannot be read ({problem})"
    if isinstance(error, UnreadableError) or is_damage(error):
        return f"{cannot}: {WHAT_HELPS}."
    for part in parts_of(path):
        if not may_be_read(part):
            return not_allowed(part)
    return f"{cannot}: free space and repair access to {path.parent}, then try again."


def damage_told_by(error: LedgerError, ledger: Path) -> UnreadableError | None:
    """Return how a ledger is damaged; None where it only may not, or not now, be read."""
    cause = error.__cause__
    if isinstance(cause, UnreadableError):
        return cause
    if isinstance(cause, sqlite3.Error) and is_damage(cause):
        return UnreadableError(ledger, str(cause))
    return None


def damage_found(rows: Iterable[tuple[object]]) -> list[str]:
    """Return what SQLite's ``integrity_check`` or ``quick_check`` finds, on a line each."""
    lines = [line for (text,) in rows for line in str(text).splitlines()]
    return [well_formed(line) for line in lines if line != "ok" and not line.startswith("***")]


def records_in(
    connection: Database, order: str = ""
) -> Iterator[tuple[str, Record | UnreadableRecord]]:
    """Yield the id of every record and the record, or what is wrong with its row.

    Args:
        connection: to the ledger.
        order: the columns to order by, else as they lie there.
    """
    rows = connection.execute(f"{_ALL} ORDER BY {order}" if order else _ALL)
    for row in beside_the_loop(rows):
        try:
            yield row[0], record_from(row)
        except ValueError as error:
            broken = unreadable(row, error)
            yield broken.id, broken


def unreadable(row: Sequence[object], error: ValueError) -> UnreadableRecord:
    """Return which row it is that cannot be read, and why; both can be written anywhere."""
    return UnreadableRecord(well_formed(str(row[0])), well_formed(problem_of(error)))


def unreadable_in(connection: Database) -> list[UnreadableRecord]:
    """Return which records of a ledger cannot be read: each is tried."""
    return [each for _id, each in records_in(connection) if isinstance(each, UnreadableRecord)]
