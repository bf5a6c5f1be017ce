"""Text of a ledger that is no UTF-8: it is handed on, so that it hides no row beside it.

SQLite keeps the bytes that it was given, and does not look whether they are text
(https://sqlite.org/quirks.html); Python would raise in the midst of a question for all rows.
"""

from __future__ import annotations

from operator import methodcaller
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import sqlite3

__all__ = ["is_text", "let_through"]

_as_it_is: Final = methodcaller("decode", "utf-8", "surrogateescape")


def let_through(connection: sqlite3.Connection) -> sqlite3.Connection:
    """Let a connection return a lone surrogate for each byte that is not UTF-8.

    No text that the ledger writes holds any (:func:`~persistence.well_formed.well_formed`).
    """
    connection.text_factory = _as_it_is
    return connection


def is_text(value: object) -> bool:
    """Say whether a value is no text that was damaged."""
    if not isinstance(value, str) or value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
