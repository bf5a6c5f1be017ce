"""The figures of the health check: how it goes, for whoever watches the watcher."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import msgspec

from machines import Instant, Kind

__all__ = ["CheckDone", "CheckFigures"]

_KEPT = 5
"""So many checks are remembered."""


class CheckDone(NamedTuple):
    """A check that has come to its end.

    Attributes:
        at: when it did.
        drift: how many sessions were wrong, or were missing.
        unknown: how many sessions it could learn nothing about.
    """

    at: Instant
    drift: int
    unknown: int


class CheckFigures(msgspec.Struct, kw_only=True):
    """How the checks have gone so far.

    Attributes:
        checks: how many were begun.
        last_success_at: when the last one came to its end; None before the first.
        duration: how long that one took, in seconds.
        lag: how much later than planned it began, in seconds.
        exceptions: how many errors checks have met, in all.
        cut_off: how many checks took too long and were ended.
        unknown: how many sessions the last one could learn nothing about.
        tracked: how many sessions were held when the last one began, by kind.
        drift: how many of them were wrong, or were missing among them, by kind.
        latest: the last few checks, the newest first.
    """

    checks: int = 0
    last_success_at: Instant | None = None
    duration: float = 0.0
    lag: float = 0.0
    exceptions: int = 0
    cut_off: int = 0
    unknown: int = 0
    tracked: Counter[Kind] = msgspec.field(default_factory=Counter)
    drift: Counter[Kind] = msgspec.field(default_factory=Counter)
    latest: list[CheckDone] = msgspec.field(default_factory=list)

    def ended(self, at: Instant) -> None:
        """Write down that the check whose figures these are has come to its end."""
        self.last_success_at = at
        done = CheckDone(at, self.drift.total(), self.unknown)
        self.latest = [done, *self.latest[: _KEPT - 1]]
