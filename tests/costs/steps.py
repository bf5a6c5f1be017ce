"""Counting what is done rather than timing it: the lines of ours that run."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from _typeshed import TraceFunction

__all__ = ["Lines", "counted_lines"]

_ROOT = Path(__file__).parent.parent.parent
_FOLDERS = ("machines", "engine", "persistence")


class Lines:
    """How many lines of some folders have run."""

    def __init__(self, folders: tuple[str, ...]) -> None:
        """Start at zero."""
        self.count = 0
        self._ours = tuple(str(_ROOT / folder) for folder in folders)

    def calls(self, frame: FrameType, _event: str, _argument: object) -> TraceFunction | None:
        """Follow a call of ours; a loop runs its lines as often as it turns."""
        return self.runs if frame.f_code.co_filename.startswith(self._ours) else None

    def runs(self, _frame: FrameType, event: str, _argument: object) -> TraceFunction | None:
        """Count a line."""
        self.count += event == "line"
        return self.runs


@contextmanager
def counted_lines(*also: str) -> Iterator[Lines]:
    """Count every line of machines, engine and persistence, and ``also`` these, in this thread."""
    lines, before = Lines((*_FOLDERS, *also)), sys.gettrace()
    sys.settrace(lines.calls)
    try:
        yield lines
    finally:
        sys.settrace(before)
