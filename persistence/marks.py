"""Marks: what files are searched for to find out whether they hold anything of a person."""

from __future__ import annotations

import re
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from persistence.beside_the_loop import beside_the_loop
from persistence.well_formed import well_formed

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["Marks", "marks_of"]

_PIECE = 64 * 1024
_OVERLAP = 1024
_LONG_ID = 2**32


class Marks(NamedTuple):
    """What a file is searched for."""

    number: bytes
    """The person's id as text, of which no longer number is one."""

    others: list[bytes]
    """The id as SQLite holds it, and the names."""

    def are_in(self, data: bytes) -> bool:
        """Return whether some bytes hold any of them.

        One after the other, for to look for all in one expression takes a hundred times as long.
        """
        if any(mark in data for mark in beside_the_loop(self.others)):
            return True
        return self.number in data and bool(re.search(rb"(?<!\d)%b(?!\d)" % self.number, data))

    def are_in_file(self, path: Path) -> bool:
        """Return whether a file does; what the bot is writing is gone once it is in its place."""
        tail = b""
        with suppress(FileNotFoundError), path.open("rb") as opened:
            for piece in beside_the_loop(iter(partial(opened.read, _PIECE), b"")):
                if self.are_in(tail + piece):
                    return True
                tail = piece[-_OVERLAP:]
        return False


def marks_of(user_id: int, names: Iterable[str]) -> Marks:
    """Return what a file is searched for that may hold something of a person."""
    others = [well_formed(name).encode() for name in names if name]
    if user_id >= _LONG_ID:
        others.append(user_id.to_bytes(8))
    return Marks(b"%d" % user_id, others)
