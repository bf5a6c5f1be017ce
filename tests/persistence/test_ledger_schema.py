"""The ledger's schema goes forward one whole step at a time."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from persistence.ledger_schema import MIGRATIONS, check_schema, migrate

if TYPE_CHECKING:
    from collections.abc import Iterable

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


class Read:
    """A connection that is read beside a writer who makes the ledger just after some answer."""

    in_transaction = False

    def __init__(self, reader: sqlite3.Connection, writer: sqlite3.Connection, after: int) -> None:
        self._reader = reader
        self._writer = writer
        self._left = after

    def execute(self, statement: str, values: Any = (), /) -> Rows:  # noqa: ANN401 - as Database
        rows = self._reader.execute(statement, values).fetchall()
        self._left -= 1
        if self._left == 0:
            migrate(self._writer, ANYWHERE)
        return Rows(rows)

    def executemany(self, statement: str, rows: Iterable[Any], /) -> object:
        return self._reader.executemany(statement, rows)

    def close(self) -> None:
        self._reader.close()


class Rows(list[Any]):
    """An answer."""

    @property
    def rowcount(self) -> int:
        return -1

    def fetchone(self) -> Any:  # noqa: ANN401 - as Answer
        return self[0] if self else None

    def fetchall(self) -> list[Any]:
        return list(self)


@pytest.mark.parametrize("after", [1, 2, 3, 4])
def test_a_ledger_that_comes_to_be_while_it_is_read_is_empty_or_ours(
    after: int, tmp_path: Path
) -> None:
    path = tmp_path / "latido.db"
    with (
        closing(sqlite3.connect(path, isolation_level=None)) as writer,
        closing(sqlite3.connect(path, isolation_level=None)) as reader,
    ):
        found = check_schema(Read(reader, writer, after), path)
        assert found in {0, len(MIGRATIONS)}
