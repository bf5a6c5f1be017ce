"""The figures of the storekeeper: how writing things down goes, for whoever watches."""

from __future__ import annotations

import msgspec

__all__ = ["StoreFigures"]


class StoreFigures(msgspec.Struct, kw_only=True):
    """How writing has gone so far.

    Attributes:
        writes: how many batches became durable.
        failures: how many could not be written, and were kept.
        given_up: how many records were lost because memory held no more.
        duration: how long the last batch took, in seconds.
        total: how long all of them took, in seconds.
    """

    writes: int = 0
    failures: int = 0
    given_up: int = 0
    duration: float = 0.0
    total: float = 0.0

    def wrote(self, seconds: float) -> None:
        """Count a batch that became durable after ``seconds``."""
        self.writes += 1
        self.duration = seconds
        self.total += seconds
