"""The ledger's schema goes forward one whole step at a time."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from persistence.ledger_schema import MIGRATIONS, migrate

ANYWHERE = Path("latido.db")


@pytest.fixture
def connection() -> sqlite3.Connection:
    return sqlite3.connect(":memory:", isolation_level=None)


def schema(connection: sqlite3.Connection) -> int:
    (number,) = connection.execute("PRAGMA user_version").fetchone()
    return int(number)


def test_every_step_is_taken_once_and_in_order(connection: sqlite3.Connection) -> None:
    with closing(connection):
        migrate(connection, ANYWHERE, MIGRATIONS)
        assert schema(connection) == len(MIGRATIONS)
        steps = (*MIGRATIONS, "ALTER TABLE records ADD COLUMN mood TEXT;")
        migrate(connection, ANYWHERE, steps)
        migrate(connection, ANYWHERE, steps)
        assert schema(connection) == len(steps)
        assert connection.execute("SELECT mood FROM records").fetchall() == []


def test_a_step_that_fails_leaves_the_schema_before_it(connection: sqlite3.Connection) -> None:
    with closing(connection):
        migrate(connection, ANYWHERE, MIGRATIONS)
        broken = (*MIGRATIONS, "CREATE TABLE half (id TEXT); INSERT INTO nowhere VALUES (1);")
        with pytest.raises(sqlite3.OperationalError, match="nowhere"):
            migrate(connection, ANYWHERE, broken)
        assert schema(connection) == len(MIGRATIONS)
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_schema")}
        assert "half" not in tables
