"""The figures of the storekeeper: how writing things down goes, for whoever watches."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

from persistence import PersistenceError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["StoreFigures"]


class StoreFigures(msgspec.Struct, kw_only=True):
    """How writing has gone so far.

    Attributes:
        writes: how many batches became durable.
        failures: how many could not be written, and were kept.
        given_up: how many records were lost because memory held no more.
        untold: how many events and lines of the log were, of what could not be written yet.
        duration: how long the last batch took, in seconds.
        total: how long all of them took, in seconds.
    """

    writes: int = 0
    failures: int = 0
    given_up: int = 0
    untold: int = 0
    duration: float = 0.0
    total: float = 0.0

    _counting: threading.Lock = msgspec.field(default_factory=threading.Lock)

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count the batch that is written within, in whichever thread."""
        began = time.monotonic()
        try:
            yield
        except PersistenceError:
            with self._counting:
                self.failures += 1
            raise
        with self._counting:
            self.writes += 1
            self.duration = time.monotonic() - began
            self.total += self.duration
