"""The ledger: the ended sessions, each once, in SQLite.

Write-ahead log with ``synchronous = FULL``: a commit that has returned survives a loss of
power (https://sqlite.org/pragma.html#pragma_synchronous), and readers neither wait for the
writer nor hold it up (https://sqlite.org/wal.html).
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from typing import TYPE_CHECKING, Final, NamedTuple

from persistence.disk import Disk, OsDisk
from persistence.errors import LedgerError, LedgerWriteError, UnreadableError, reason_of
from persistence.iso_time import file_stamp, wall_clock
from persistence.ledger_reader import LedgerReader
from persistence.ledger_rows import COLUMNS, Row, row_of
from persistence.ledger_schema import check_schema, migrate
from persistence.storage_warnings import unreadable_file

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from machines import Record
    from persistence.iso_time import Clock
    from persistence.protocols import StorageWarning

__all__ = ["SqliteLedger"]

_BUSY_SECONDS: Final = 5.0
_INSERT: Final = (
    f"INSERT INTO records ({', '.join(COLUMNS)})"  # noqa: S608
    f" VALUES ({', '.join('?' * len(COLUMNS))}) ON CONFLICT (id) DO NOTHING"
)
_INSERT_PLAYER: Final = "INSERT INTO party_players (user_id, record_id) VALUES (?, ?)"


class _Pending(NamedTuple):
    """A record on its way to the ledger, as it was when it was handed over."""

    row: Row
    player_ids: list[int]


class SqliteLedger(LedgerReader):
    """A :class:`Ledger` in one folder, which it must be the only one to write to."""

    def __init__(self, folder: Path, connection: sqlite3.Connection) -> None:
        """Write through ``connection``; use :meth:`open`."""
        super().__init__(folder)
        self._writer = connection
        self._pending: dict[str, _Pending] = {}
        self._turn = asyncio.Lock()
        self._writing = threading.Lock()

    @classmethod
    def open(
        cls, folder: Path, *, disk: Disk | None = None, now: Clock = wall_clock
    ) -> tuple[SqliteLedger, list[StorageWarning]]:
        """Open the ledger of a folder; make it, or take it to the newest schema.

        A file that is no ledger is moved aside, and a new one begun.

        Raises:
            LedgerError: it can neither be opened nor be moved aside.
            NewerSchemaError: a newer version wrote it; it is untouched.
        """
        disk = OsDisk() if disk is None else disk
        path = LedgerReader(folder).path
        warnings: list[StorageWarning] = []
        try:
            try:
                connection = _connect(path, disk)
            except UnreadableError as error:
                kept_as = _move_aside(path, disk, now)
                warnings.append(unreadable_file(error, kept_as))
                connection = _connect(path, disk)
        except (OSError, sqlite3.Error, UnreadableError) as error:
            reason = reason_of(error) if isinstance(error, OSError) else error
            raise LedgerError(
                f"{path} cannot be opened ({reason}): free space or repair access to {folder}."
            ) from error
        return cls(folder, connection), warnings

    @property
    def pending(self) -> int:
        """How many records are not durable yet."""
        return len(self._pending)

    async def append(self, records: Iterable[Record]) -> None:
        """Write records, durably. What failed before is tried again as well.

        Raises:
            LedgerWriteError: it failed; the records are kept for the next call.
        """
        self._take(records)
        async with self._turn:
            # The call before may have written these along with its own.
            if self._pending:
                await asyncio.to_thread(self._commit)

    def append_now(self, records: Iterable[Record]) -> None:
        """Write records as :meth:`append` does, without an event loop.

        Raises:
            LedgerWriteError: it failed; the records are kept for the next call.
        """
        self._take(records)
        self._commit()

    def close(self) -> None:
        """Let go of the file."""
        with self._writing:
            self._writer.close()

    def _take(self, records: Iterable[Record]) -> None:
        for record in records:
            self._pending[record.id] = _Pending(row_of(record), record.player_ids)

    def _commit(self) -> None:
        with self._writing:
            batch = dict(self._pending)
            if not batch:
                return
            try:
                self._insert(batch)
            except sqlite3.Error as error:
                raise LedgerWriteError(
                    f"{self.path} cannot be written ({error}): free space or repair access to "
                    f"{self.path.parent}; {len(batch)} ended sessions are kept in memory and "
                    "written with the next try."
                ) from error
            for record_id, written in batch.items():
                if self._pending.get(record_id) is written:
                    del self._pending[record_id]

    def _insert(self, batch: dict[str, _Pending]) -> None:
        self._writer.execute("BEGIN IMMEDIATE")
        try:
            for record_id, pending in batch.items():
                if self._writer.execute(_INSERT, pending.row).rowcount:
                    players = [(user_id, record_id) for user_id in pending.player_ids]
                    self._writer.executemany(_INSERT_PLAYER, players)
            self._writer.execute("COMMIT")
        except sqlite3.Error:
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
            raise


def _connect(path: Path, disk: Disk) -> sqlite3.Connection:
    if not disk.exists(path):
        # An empty file is an empty database; made here, it is its owner's alone, and SQLite
        # gives the files it puts beside it the same mode.
        disk.create(path).close()
    connection = sqlite3.connect(
        path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        check_schema(connection, path)  # before the first PRAGMA that would write
        connection.execute("PRAGMA journal_mode = WAL").fetchone()
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        migrate(connection, path)
        disk.sync_folder(path.parent)
    except sqlite3.DatabaseError as error:
        connection.close()
        if isinstance(error, sqlite3.OperationalError):
            raise
        raise UnreadableError(path, str(error)) from error
    except BaseException:
        connection.close()
        raise
    return connection


def _move_aside(path: Path, disk: Disk, now: Clock) -> Path:
    """Move a damaged ledger, with what SQLite keeps beside it, to names that say when."""
    name = f"{path.name}.unreadable-{file_stamp(now())}"
    number = 1
    target = path.with_name(name)
    while disk.exists(target):
        number += 1
        target = path.with_name(f"{name}-{number}")
    for suffix in ("-wal", "-shm", ""):
        if disk.exists(path.with_name(path.name + suffix)):
            disk.rename(path.with_name(path.name + suffix), target.with_name(target.name + suffix))
    disk.sync_folder(path.parent)
    return target
