"""The ledger's file: opened, brought to the newest schema, or set aside.

Before a migration a copy is made, and kept until the migration is done.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from persistence.atomic_file import free_name, put_aside
from persistence.errors import LedgerError, UnreadableError, reason_of
from persistence.ledger_parts import parts_of
from persistence.ledger_schema import MIGRATIONS, check_schema, migrate
from persistence.refusals import what_helps
from persistence.storage_warnings import unreadable_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from persistence.database import Database
    from persistence.disk import Disk
    from persistence.iso_time import Clock
    from persistence.protocols import StorageWarning

__all__ = ["copy_before", "open_ledger", "set_aside"]

_BUSY_SECONDS: Final = 5.0


def open_ledger(
    path: Path, disk: Disk, now: Clock, migrations: Sequence[str] = MIGRATIONS
) -> tuple[Database, list[StorageWarning]]:
    """Open the ledger; make it, or take it to the newest schema.

    What is no ledger is moved aside, and a new one begun.

    Raises:
        LedgerError: it can neither be opened nor be moved aside.
        NewerSchemaError: a newer version wrote it; it is untouched.
    """
    warnings: list[StorageWarning] = []
    try:
        _make_way_beside(path, disk, now)
        try:
            connection = _connect(path, disk, now, migrations)
        except UnreadableError as error:
            warnings.append(set_aside(path, disk, now, error))
            connection = _connect(path, disk, now, migrations)
    except (OSError, sqlite3.Error, UnreadableError) as error:
        reason = reason_of(error) if isinstance(error, OSError) else error
        raise LedgerError(
            f"{path} cannot be opened ({reason}): {what_helps(error, path)}."
        ) from error
    return connection, warnings


def set_aside(
    path: Path, disk: Disk, now: Clock, error: UnreadableError | sqlite3.Error
) -> StorageWarning:
    """Move a ledger that cannot be used aside, and say so.

    Raises:
        OSError: it cannot be moved.
    """
    if isinstance(error, sqlite3.Error):
        error = UnreadableError(path, str(error))
    return unreadable_file(error, _move_aside(path, disk, now))


def copy_before(path: Path, schema: int) -> Path:
    """Return the name of the copy that is kept while ``schema`` is left behind."""
    return path.with_name(f"{path.name}.schema-{schema}")


def _connect(path: Path, disk: Disk, now: Clock, migrations: Sequence[str]) -> Database:
    if not disk.exists(path):
        # An empty file is an empty database; made here, it is its owner's alone, and SQLite
        # gives the files it puts beside it the same mode. Its name is durable with the first
        # commit: SQLite syncs the folder when it begins a write-ahead log.
        disk.create(path).close()
    if not disk.is_file(path):
        raise UnreadableError(path, "it is no file")
    connection = disk.open_database(path, _BUSY_SECONDS)
    try:
        schema = check_schema(connection, path, migrations)  # before a PRAGMA that would write
        connection.execute("PRAGMA journal_mode = WAL").fetchone()
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        # Nothing that was deleted stays legible, in free pages neither.
        connection.execute("PRAGMA secure_delete = ON").fetchone()
        _migrate(connection, path, disk, now, schema, migrations)
    except sqlite3.DatabaseError as error:
        connection.close()
        if isinstance(error, sqlite3.OperationalError):
            raise
        raise UnreadableError(path, str(error)) from error
    except BaseException:
        connection.close()
        raise
    return connection


def _migrate(
    connection: Database,
    path: Path,
    disk: Disk,
    now: Clock,
    schema: int,
    migrations: Sequence[str],
) -> None:
    if 0 < schema < len(migrations):
        copy = copy_before(path, schema)
        if disk.exists(copy) and not disk.is_ours(copy):
            put_aside(disk, copy, "unreadable", now())
        with suppress(FileNotFoundError):
            disk.remove(copy)
        disk.create(copy).close()
        connection.execute("VACUUM INTO ?", (str(copy),))
        disk.sync_folder(path.parent)
    migrate(connection, path, migrations)
    for older in range(1, len(migrations)):
        # Also that of a migration whose process died before it came to this.
        if disk.is_ours(copy_before(path, older)):
            disk.remove(copy_before(path, older))


def _make_way_beside(path: Path, disk: Disk, now: Clock) -> None:
    """Move aside what SQLite could not use in the place of the files beside the ledger."""
    for part in parts_of(path):
        if part != path and disk.exists(part) and not disk.is_ours(part):
            disk.rename(part, free_name(disk, part, "unreadable", now()))


def _move_aside(path: Path, disk: Disk, now: Clock) -> Path:
    """Move a damaged ledger, with what SQLite keeps beside it, to names that say when."""
    target = free_name(disk, path, "unreadable", now())
    for part in parts_of(path):
        if disk.exists(part):
            disk.rename(part, part.with_name(part.name.replace(path.name, target.name, 1)))
    disk.sync_folder(path.parent)
    return target
