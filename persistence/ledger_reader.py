"""Reading the ledger, beside the process that writes it and without ever blocking it.

Every question opens a read-only connection of its own, so it may be asked from any thread
and sees the ledger as it is at that instant, never half a change (WAL mode).
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Final

from machines import SECOND, Instant, Kind, Record
from persistence.errors import LedgerError, UnreadableError
from persistence.ledger_rows import COLUMNS, record_from
from persistence.ledger_schema import check_schema
from persistence.protocols import HistoryFilter
from persistence.totals import clipped, credited_to, length_of_union

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

__all__ = ["LEDGER_NAME", "LedgerReader"]

LEDGER_NAME = "latido.db"
_BUSY_SECONDS: Final = 5.0
_IDS_AT_ONCE: Final = 500
_SELECT: Final = f"SELECT {', '.join(f'records.{column}' for column in COLUMNS)} FROM records"  # noqa: S608


class LedgerReader:
    """The ledger of a folder, to be read. Where there is none yet, it is empty."""

    def __init__(self, folder: Path) -> None:
        """Read the ledger of ``folder``, which is DATA_DIR."""
        self.path = folder / LEDGER_NAME

    def contains(self, ids: Collection[str]) -> set[str]:
        """Return those of ``ids`` that are in the ledger.

        Raises:
            LedgerError: it cannot be read.
            NewerSchemaError: a newer version wrote it.
        """
        wanted = list(ids)
        found: set[str] = set()
        with self.connection() as connection:
            if connection is None:
                return found
            for first in range(0, len(wanted), _IDS_AT_ONCE):
                some = wanted[first : first + _IDS_AT_ONCE]
                marks = ", ".join("?" * len(some))
                rows = connection.execute(f"SELECT id FROM records WHERE id IN ({marks})", some)  # noqa: S608
                found.update(row[0] for row in rows)
        return found

    def history(self, wanted: HistoryFilter) -> Iterator[Record]:
        """Yield the records that pass, by the instant they ended.

        Raises:
            LedgerError: it cannot be read.
            NewerSchemaError: a newer version wrote it.
        """
        where, values = _conditions(wanted)
        order = "DESC" if wanted.newest_first else "ASC"
        limit = -1 if wanted.limit is None else wanted.limit
        query = f"{_SELECT}{where} ORDER BY ended_at {order}, id {order} LIMIT ?"
        with self.connection() as connection:
            if connection is None:
                return
            for row in connection.execute(query, [*values, limit]):
                yield self._record(row)

    def total_seconds(
        self,
        user_id: int,
        *,
        kind: Kind,
        guild_id: int | None = None,
        since: Instant | None = None,
        until: Instant | None = None,
    ) -> float:
        """Return the time credited to a person between two instants, in seconds.

        Time that several records credit at once counts once.

        Raises:
            LedgerError: the ledger cannot be read.
            NewerSchemaError: a newer version wrote it.
        """
        wanted = HistoryFilter(
            user_id=user_id, guild_id=guild_id, kind=kind, since=since, until=until
        )
        intervals = (
            interval
            for record in self.history(wanted)
            for interval in clipped(credited_to(user_id, record), since, until)
        )
        return length_of_union(intervals) / SECOND

    def knows_user(self, user_id: int) -> bool:
        """Say whether any record is about this person.

        Raises:
            LedgerError: the ledger cannot be read.
            NewerSchemaError: a newer version wrote it.
        """
        query = (
            "SELECT EXISTS (SELECT 1 FROM records WHERE user_id = ?)"
            " OR EXISTS (SELECT 1 FROM party_players WHERE user_id = ?)"
        )
        with self.connection() as connection:
            if connection is None:
                return False
            return bool(connection.execute(query, (user_id, user_id)).fetchone()[0])

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection | None]:
        """Open the ledger, read-only, for one question; None where there is none yet.

        Raises:
            LedgerError: it cannot be read.
            NewerSchemaError: a newer version wrote it.
        """
        if not self.path.exists():
            yield None
            return
        address = f"{self.path.absolute().as_uri()}?mode=ro"
        try:
            connection = sqlite3.connect(
                address, uri=True, timeout=_BUSY_SECONDS, check_same_thread=False
            )
            with closing(connection):
                yield connection if check_schema(connection, self.path) else None
        except (sqlite3.Error, UnreadableError) as error:
            raise LedgerError(
                f"{self.path} cannot be read ({error}): put a backup in its place, or move it "
                "away and let a new one be begun."
            ) from error

    def _record(self, row: tuple[object, ...]) -> Record:
        try:
            return record_from(row)
        except ValueError as error:
            raise LedgerError(
                f"{self.path}: the record {row[0]!r} cannot be read ({error}): "
                "see what latido verify says."
            ) from error


def _conditions(wanted: HistoryFilter) -> tuple[str, list[int | str]]:
    """Return the WHERE clause of a filter and its values."""
    parts: list[str] = []
    values: list[int | str] = []
    if wanted.user_id is not None:
        party = "records.id IN (SELECT record_id FROM party_players WHERE user_id = ?)"
        if wanted.kind == "party":
            parts.append(party)
            values.append(wanted.user_id)
        elif wanted.kind is None:
            parts.append(f"(records.user_id = ? OR {party})")
            values += [wanted.user_id, wanted.user_id]
        else:
            parts.append("records.user_id = ?")
            values.append(wanted.user_id)
    tests: tuple[tuple[str, int | str | None], ...] = (
        ("guild_id = ?", wanted.guild_id),
        ("kind = ?", wanted.kind),
        ("ended_at >= ?", wanted.since),
        ("started_at < ?", wanted.until),
    )
    for test, value in tests:
        if value is not None:
            parts.append(test)
            values.append(value)
    return (f" WHERE {' AND '.join(parts)}" if parts else ""), values
