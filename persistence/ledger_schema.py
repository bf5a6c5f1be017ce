"""The ledger's tables, as numbered steps from one schema to the next.

The number of steps taken stands in the file (``user_version``), and whose file it is as well
(``application_id``). A step and its number are one transaction, so a ledger is at one schema
or at the next, never in between.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from persistence.errors import NewerSchemaError, UnreadableError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["APPLICATION_ID", "MIGRATIONS", "check_schema", "migrate"]

APPLICATION_ID: Final = 0x4C41_5449
"""``LATI``: tells the ledger from another program's database."""

_TABLES = """
CREATE TABLE records (
    id TEXT PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL,
    guild_id INTEGER NOT NULL,
    user_id INTEGER,
    username TEXT,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    confirmed_at INTEGER,
    last_seen INTEGER NOT NULL,
    ended_at INTEGER NOT NULL,
    seconds REAL NOT NULL,
    uncertain_seconds REAL,
    unbounded INTEGER NOT NULL,
    channel_id INTEGER,
    channel_name TEXT,
    game_name TEXT,
    app_id INTEGER,
    activity_type TEXT,
    max_players INTEGER,
    stretches TEXT NOT NULL,
    stays TEXT NOT NULL,
    players TEXT NOT NULL
);
CREATE TABLE party_players (
    user_id INTEGER NOT NULL,
    record_id TEXT NOT NULL REFERENCES records (id) ON DELETE CASCADE,
    PRIMARY KEY (user_id, record_id)
) WITHOUT ROWID;
CREATE INDEX party_players_by_record ON party_players (record_id);
CREATE INDEX records_by_person ON records (user_id, guild_id, kind, ended_at);
CREATE INDEX records_by_person_and_end ON records (user_id, ended_at);
CREATE INDEX records_by_guild ON records (guild_id, ended_at);
CREATE INDEX records_by_end ON records (ended_at);
"""

MIGRATIONS: Final[tuple[str, ...]] = (_TABLES,)
"""Step n takes schema n to schema n + 1. What a released version has written never changes."""


def check_schema(
    connection: sqlite3.Connection, path: Path, migrations: Sequence[str] = MIGRATIONS
) -> int:
    """Return the schema of the ledger; 0 where it is empty.

    Raises:
        NewerSchemaError: a newer version wrote it.
        UnreadableError: it is another program's database.
        sqlite3.DatabaseError: it is no database, or a damaged one.
    """
    (schema,) = connection.execute("PRAGMA user_version").fetchone()
    (owner,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if owner != APPLICATION_ID and (tables or schema or owner):
        raise UnreadableError(path, "it is another program's database")
    if schema > len(migrations):
        raise NewerSchemaError(path, schema, len(migrations))
    return int(schema)


def migrate(
    connection: sqlite3.Connection, path: Path, migrations: Sequence[str] = MIGRATIONS
) -> None:
    """Take the ledger to the newest schema, one step at a time.

    Raises:
        NewerSchemaError: a newer version wrote it.
        UnreadableError: it is another program's database.
        sqlite3.Error: a step failed; the ledger is at the schema before it.
    """
    schema = check_schema(connection, path, migrations)
    for number, step in enumerate(migrations[schema:], start=schema + 1):
        connection.executescript(
            f"BEGIN IMMEDIATE; {step}"
            f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {number}; COMMIT;"
        )
