"""What the ledger asks of a database connection, and how it changes anything: whole, or not at all.

``sqlite3.Connection`` is one; the tests have another, whose writes are recorded.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Answer", "Database", "transaction"]


class Answer(Protocol):
    """The rows of a statement, or how many it changed."""

    @property
    def rowcount(self) -> int:
        """How many rows an INSERT, UPDATE or DELETE changed."""
        ...

    def fetchone(self) -> Any:  # noqa: ANN401 - a row holds what SQLite holds
        """Return the next row; None after the last."""
        ...

    def fetchall(self) -> list[Any]:
        """Return all the rows left."""
        ...

    def __iter__(self) -> Iterator[Any]:
        """Yield the rows left."""
        ...


class Database(Protocol):
    """A connection to SQLite without transactions of its own. Methods raise sqlite3.Error."""

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        ...

    def execute(self, statement: str, values: Any = ..., /) -> Answer:  # noqa: ANN401
        """Carry out one statement with these values for its question marks."""
        ...

    def executemany(self, statement: str, rows: Iterable[Any], /) -> object:
        """Carry out one statement for each row of values."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


@contextmanager
def transaction(connection: Database) -> Iterator[None]:
    """Let all that is written within be there at once, or nothing of it where it raises."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
