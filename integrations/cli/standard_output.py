"""Standard output that is full, closed or broken: one sentence instead of a traceback."""

from __future__ import annotations

import io
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO, cast

from integrations.errors import LatidoError
from persistence.errors import reason_of

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["OutputError", "standard_output"]


class OutputError(LatidoError):
    """What a command prints cannot be written to standard output."""

    def __init__(self, reason: str) -> None:
        """Say why, and what would help."""
        super().__init__(
            f"Standard output cannot be written ({reason}): send it to where there is room and "
            "where you may write."
        )


class _Watched(io.RawIOBase):
    """What standard output writes to; the first time that it fails is said, and is the last.

    What is in the buffers is of no use to anybody then, and Python would try it again at its exit.
    """

    name = "<stdout>"

    def __init__(self, raw: io.RawIOBase | None) -> None:
        """Write to ``raw``; None: it is closed, and its number may by now be another file's."""
        super().__init__()
        self._raw = raw
        self._is_broken = False

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return self._raw is not None and self._raw.isatty()

    def fileno(self) -> int:
        if self._raw is None:
            raise io.UnsupportedOperation("standard output is closed")
        return self._raw.fileno()

    def write(self, data: object, /) -> int | None:
        written = cast("bytes", data)  # or another buffer, for which Python 3.11 has no type
        if self._is_broken:
            return memoryview(written).nbytes
        if self._raw is None:
            self._is_broken = True
            raise OutputError("it is closed")
        try:
            return self._raw.write(written)
        except OSError as error:
            self._is_broken = True
            if isinstance(error, BrokenPipeError):  # whoever read it has seen enough
                raise
            raise OutputError(reason_of(error)) from error


@contextmanager
def standard_output() -> Iterator[None]:
    """Watch standard output, and have all of it written at the end.

    Raises:
        OutputError: it cannot be written.
        BrokenPipeError: nobody reads it any more.
    """
    if sys.stdout is sys.__stdout__:  # else somebody took its place, and looks after that
        sys.stdout = _watched(sys.stdout)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a name must not end a table
    try:
        yield
    finally:
        sys.stdout.flush()


def _watched(stream: TextIO | None) -> TextIO:
    """Return a stream like this one that watches over what it writes to; None: it is closed."""
    if stream is None:
        return io.TextIOWrapper(io.BufferedWriter(_Watched(None)), encoding="utf-8")
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    below, encoding = stream.buffer, stream.encoding
    if not isinstance(below, io.BufferedWriter):  # as `python -u` has it
        return io.TextIOWrapper(_Watched(below), encoding=encoding, write_through=True)
    watched = io.BufferedWriter(_Watched(below.raw))
    return io.TextIOWrapper(watched, encoding=encoding, line_buffering=stream.line_buffering)
