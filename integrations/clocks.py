"""Clocks: what time it is, and what happened to time since somebody last looked.

Three clocks tell four cases apart. The wall clock can be set; CLOCK_MONOTONIC cannot, but
stands still while the machine is asleep; CLOCK_BOOTTIME runs on. Where all three agree on how
long it has been and that is long, the process itself stood still.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from machines import SECOND, Instant, from_datetime

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Clocks", "Jump", "utc_now"]

_NOTICEABLE = 0.5
"""Seconds by which two clocks must disagree to mean something."""


def utc_now() -> datetime:
    """Return the present, aware and in UTC."""
    return datetime.now(UTC)


def boot_time() -> float:
    """Return the seconds since the machine started, asleep or not."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)


class Jump(NamedTuple):
    """What happened between two readings.

    Attributes:
        stepped_by: microseconds by which the wall clock was set; 0 where it was not.
        slept_since: the last instant before the machine fell asleep, on today's clock.
        stalled_since: the last instant at which this process is known to have run.
    """

    stepped_by: int = 0
    slept_since: Instant | None = None
    stalled_since: Instant | None = None


@dataclass(frozen=True, slots=True)
class _Reading:
    wall: Instant
    monotonic: float
    boot: float


class Clocks:
    """Reads the clocks and compares each reading with the one before."""

    def __init__(
        self,
        wall: Callable[[], datetime] = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
        boot: Callable[[], float] = boot_time,
    ) -> None:
        """Take the first reading."""
        self._wall = wall
        self._monotonic = monotonic
        self._boot = boot
        self._last = self._read()
        self._before_sleep: _Reading | None = None

    def now(self) -> Instant:
        """Return the present."""
        return from_datetime(self._wall())

    def look(self, longest_pause: float) -> Jump:
        """Take a reading; say what happened since the last one.

        Args:
            longest_pause: seconds after which a process that reads regularly has stood still.
        """
        before, now = self._last, self._read()
        self._last = now
        ran = now.monotonic - before.monotonic
        asleep = (now.boot - before.boot) - ran
        passed = ran
        slept = asleep > _NOTICEABLE
        if slept:
            passed += asleep
        step = (now.wall - before.wall) - round(passed * SECOND)
        if abs(step) < _NOTICEABLE * SECOND:
            step = 0
        then = before.wall + step
        if slept:
            self._before_sleep = _Reading(then, before.monotonic, before.boot)
        elif step and self._before_sleep is not None:
            held = self._before_sleep
            self._before_sleep = _Reading(held.wall + step, held.monotonic, held.boot)
        stalled = slept or ran > longest_pause
        return Jump(step, then if slept else None, then if stalled else None)

    def wall_of(self, monotonic: float) -> Instant:
        """Return when CLOCK_MONOTONIC stood at ``monotonic`` seconds."""
        anchor = self._read()
        held = self._before_sleep
        if held is not None and monotonic <= held.monotonic:
            anchor = held
        return anchor.wall - max(0, round((anchor.monotonic - monotonic) * SECOND))

    def _read(self) -> _Reading:
        return _Reading(from_datetime(self._wall()), self._monotonic(), self._boot())
