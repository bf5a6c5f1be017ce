"""The files that an SQLite database consists of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["parts_of"]

_SUFFIXES: Final = ("-wal", "-shm", "-journal", "")


def parts_of(path: Path) -> list[Path]:
    """Return the names of a database and of what SQLite keeps beside it, itself last."""
    return [path.with_name(path.name + suffix) for suffix in _SUFFIXES]
