"""The ledger's tables, as numbered steps from one schema to the next.

The number of steps taken stands in the file (``user_version``), and whose file it is as well
(``application_id``). A step and its number are one transaction, so a ledger is at one schema
or at the next, never in between.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from persistence.database import transaction
from persistence.errors import NewerSchemaError, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from persistence.database import Database

__all__ = [
    "APPLICATION_ID",
    "MIGRATIONS",
    "SCHEMA_1_AS_NEWEST",
    "check_schema",
    "migrate",
]

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

# What makes a ledger of many years as quick as a young one: parties found by person and time,
# people by name, and totals per day. ``longest`` bounds how long after an instant a session may
# end that began before it; ``counted_to`` is the last row (rowid) whose days are counted.
_LONG_LIFE = """
CREATE TABLE facts (
    name TEXT PRIMARY KEY NOT NULL,
    value
) WITHOUT ROWID;
CREATE TABLE players (
    user_id INTEGER NOT NULL,
    ended_at INTEGER NOT NULL,
    record_id TEXT NOT NULL REFERENCES records (id) ON DELETE CASCADE,
    PRIMARY KEY (user_id, ended_at, record_id)
) WITHOUT ROWID;
INSERT INTO players
    SELECT party_players.user_id, records.ended_at, records.id
    FROM party_players JOIN records ON records.id = party_players.record_id;
DROP TABLE party_players;
ALTER TABLE players RENAME TO party_players;
CREATE INDEX party_players_by_record ON party_players (record_id);
CREATE TABLE people (
    folded TEXT NOT NULL,
    user_id INTEGER NOT NULL,
    username TEXT NOT NULL,
    PRIMARY KEY (folded, user_id, username)
) WITHOUT ROWID;
CREATE INDEX people_by_id ON people (user_id);
CREATE TABLE daily_totals (
    user_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    day INTEGER NOT NULL,
    guild_id INTEGER NOT NULL,
    microseconds INTEGER NOT NULL,
    PRIMARY KEY (user_id, kind, day, guild_id)
) WITHOUT ROWID;
CREATE INDEX daily_totals_by_day ON daily_totals (day);
INSERT INTO facts SELECT 'longest', coalesce(max(ended_at - started_at), 0) FROM records;
INSERT INTO facts VALUES ('zone', NULL);
INSERT INTO facts VALUES ('counted_to', 0);
"""

MIGRATIONS: Final[tuple[str, ...]] = (_TABLES, _LONG_LIFE)
"""Step n takes schema n to schema n + 1. What a released version has written never changes."""

SCHEMA_1_AS_NEWEST: Final = """
CREATE TEMP VIEW party_players AS
    SELECT main.party_players.user_id, records.ended_at, records.id AS record_id
    FROM main.party_players JOIN main.records ON records.id = main.party_players.record_id;
CREATE TEMP VIEW facts AS
    SELECT 'longest' AS name, (SELECT coalesce(max(ended_at - started_at), 0) FROM main.records)
        AS value
    UNION ALL SELECT 'zone', NULL UNION ALL SELECT 'counted_to', 0;
CREATE TEMP VIEW people AS
    SELECT username AS folded, user_id, username FROM main.records WHERE username IS NOT NULL;
"""
"""For whoever reads a ledger that no newer bot has opened yet: views in place of its tables."""


_COLUMNS: Final = """
SELECT tables.name, columns.name
FROM sqlite_schema AS tables, pragma_table_xinfo(tables.name) AS columns
WHERE tables.type = 'table' AND columns.hidden = 0 AND tables.sql NOT LIKE 'CREATE VIRTUAL %'
AND tables.name NOT LIKE 'sqlite!_%' ESCAPE '!'
"""


_WHOSE: Final = """
SELECT (SELECT user_version FROM pragma_user_version),
    (SELECT application_id FROM pragma_application_id),
    (SELECT count(*) FROM sqlite_schema)
"""
"""In one statement: between two, its owner could make the ledger."""


def check_schema(connection: Database, path: Path, migrations: Sequence[str] = MIGRATIONS) -> int:
    """Return the schema of the ledger; 0 where it is empty.

    A trigger would change what is written, and a view in a table's place what is read: both are
    programs, and none of a file's is run.

    Raises:
        NewerSchemaError: a newer version wrote it.
        UnreadableError: it is another program's database, or its tables are not ours.
        sqlite3.DatabaseError: it is no database, or a damaged one.
    """
    try:
        told: tuple[int, int, int] = connection.execute(_WHOSE).fetchone()
    except sqlite3.DatabaseError:
        _refuse_newer(connection, path, len(migrations))
        raise
    schema, owner, tables = told
    if owner != APPLICATION_ID and (tables or schema or owner):
        raise UnreadableError(path, "it is another program's database")
    if schema > len(migrations):
        raise NewerSchemaError(path, schema, len(migrations))
    for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'"):
        raise UnreadableError(path, f"it holds the trigger {name!r}, which Latido never made")
    if schema:
        missing = _columns_at(tuple(migrations[:schema])) - set(connection.execute(_COLUMNS))
        for table, column in sorted(missing):
            raise UnreadableError(path, f"its table {table} with the column {column} is missing")
    return schema


def _refuse_newer(connection: Database, path: Path, known: int) -> None:
    """Raise that a newer version wrote it, where tables of newer SQL look damaged to this SQLite.

    Of the two numbers none is in a table.
    """
    (owner,) = connection.execute("PRAGMA application_id").fetchone()
    (schema,) = connection.execute("PRAGMA user_version").fetchone()
    if owner == APPLICATION_ID and schema > known:
        raise NewerSchemaError(path, schema, known)


def migrate(connection: Database, path: Path, migrations: Sequence[str] = MIGRATIONS) -> None:
    """Take the ledger to the newest schema, one step at a time.

    Raises:
        NewerSchemaError: a newer version wrote it.
        UnreadableError: it is another program's database.
        sqlite3.Error: a step failed; the ledger is at the schema before it.
    """
    schema = check_schema(connection, path, migrations)
    for number, step in enumerate(migrations[schema:], start=schema + 1):
        with transaction(connection):
            for statement in step.split(";"):
                if statement.strip():
                    connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {number}")


@lru_cache
def _columns_at(migrations: tuple[str, ...]) -> frozenset[tuple[str, str]]:
    """Return the tables and columns of a ledger that has taken these steps."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript("".join(migrations))
        return frozenset(connection.execute(_COLUMNS))
