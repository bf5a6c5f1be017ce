"""Why a write is refused, by SQLite or the disk, and what helps."""

from __future__ import annotations

import errno
import os
import sqlite3
from typing import TYPE_CHECKING, Final

from persistence.ledger_parts import parts_of

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["is_damage", "is_locked", "is_read_only", "what_helps"]

_DAMAGE: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_LOCKED: Final = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_NO_ROOM: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def is_damage(error: Exception) -> bool:
    """Say whether the file itself is damaged, rather than the disk full or the access gone."""
    return _code_of(error) in _DAMAGE


def is_locked(error: BaseException | None) -> bool:
    """Say whether another program holds the database, for longer than it was waited for."""
    return _code_of(error) in _LOCKED


def is_read_only(error: Exception) -> bool:
    """Say whether the file may not be written, which SQLite knows of from when it was opened."""
    return _code_of(error) == sqlite3.SQLITE_READONLY


def what_helps(error: Exception, path: Path) -> str:
    """Return what there is to do where a file cannot be written, in the imperative."""
    if is_locked(error):
        return f"another program holds {path.name}: close it"
    if is_read_only(error):
        parts = [each for each in parts_of(path) if each.exists() and not os.access(each, os.W_OK)]
        names = ", ".join(each.name for each in parts or [path])
        return f"make {names} and {path.parent} writable"
    if _code_of(error) == sqlite3.SQLITE_FULL or getattr(error, "errno", None) in _NO_ROOM:
        return f"free space in {path.parent}"
    return f"free space or repair access to {path.parent}"


def _code_of(error: BaseException | None) -> int | None:
    """Return SQLite's primary result code (https://sqlite.org/rescode.html)."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF
