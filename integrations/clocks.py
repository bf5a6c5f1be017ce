"""Clocks: what time it is, and what happened to time since somebody last looked.

Three clocks tell four cases apart. The wall clock can be set; CLOCK_MONOTONIC cannot, but
stands still while the machine is asleep; CLOCK_BOOTTIME runs on. Where all three agree on how
long it has been and that is long, the process itself stood still.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, NamedTuple

from machines import SECOND, Instant

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Clocks", "Jump", "wall_clock"]

_NOTICEABLE = 0.5
"""Seconds by which two clocks must disagree to mean something."""

_NOTED = _NOTICEABLE * SECOND

_AT_ONCE = _NOTICEABLE / 10
"""Seconds in which all clocks are read as of one instant."""

_MOMENT = 0.001
"""Seconds for which the present stays the same instant: events come many in a millisecond."""


def wall_clock() -> Instant:
    """Return the present, as the wall clock has it."""
    return time.time_ns() // 1_000


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


class _Reading(NamedTuple):
    wall: Instant
    monotonic: float


class Clocks:
    """Reads the clocks and compares each reading with the one before.

    Attributes:
        last_wall: the present, as it was when the clocks were last read.
        monotonic: returns the seconds that the machine has been awake: nobody sets that clock.
        moment_ends: up to when, by it, the present stays ``last_wall`` for what plainly happens.
    """

    def __init__(
        self,
        wall: Callable[[], Instant] = wall_clock,
        monotonic: Callable[[], float] = time.monotonic,
        boot: Callable[[], float] = boot_time,
    ) -> None:
        """Take the first reading.

        Args:
            wall: returns the present.
            monotonic: returns seconds that the machine has been awake.
            boot: returns seconds since the machine started.
        """
        self._wall = wall
        self.monotonic = monotonic
        self._boot = boot
        self._looked, self._asleep = self._read()
        self.last_wall, self._last_monotonic = self._looked
        self._before_sleep: _Reading | None = None
        self.moment_ends = 0.0

    def now(self) -> Instant:
        """Return the present; no moment goes on, for it would be earlier."""
        self.moment_ends = 0.0
        return self._wall()

    def as_last_read(self) -> Instant:
        """Return the present as the wall clock has it, had nobody set it since the last reading."""
        ran = self.monotonic() - self._last_monotonic
        return self.last_wall + round(ran * SECOND)

    def has_run(self) -> None:
        """Take it that the process has run all the time since the last reading.

        Whether the clock was set meanwhile, or the machine slept, is left to the next one.
        """
        monotonic = self.monotonic()
        self.last_wall += round((monotonic - self._last_monotonic) * SECOND)
        self._last_monotonic = monotonic

    def begin_moment(self, longest_pause: float, quiet_until: float = -math.inf) -> Instant | None:
        """Return what :meth:`glance` does; for less than a millisecond that stays the present.

        What happens to the clocks meanwhile is left to the next one.
        """
        now = self.glance(longest_pause, quiet_until)
        if now is not None:
            self.moment_ends = self._last_monotonic + _MOMENT
        return now

    def glance(self, longest_pause: float, quiet_until: float = -math.inf) -> Instant | None:
        """Return the present, where plainly nothing has happened since the last reading.

        None where something has, or may have: :meth:`look` says what. A machine that slept
        while its clock was set back by just as much is noticed by a look alone.

        Args:
            longest_pause: seconds after which a process that reads regularly has stood still.
            quiet_until: up to when, by CLOCK_MONOTONIC, it need not have read.
        """
        wall, monotonic = self._wall(), self.monotonic()
        ran = monotonic - self._last_monotonic
        if abs(wall - self.last_wall - ran * SECOND) >= _NOTED:
            return None
        if ran > longest_pause and monotonic > quiet_until:
            return None
        self.last_wall, self._last_monotonic = wall, monotonic
        return wall

    def look(self, longest_pause: float, quiet_until: float = -math.inf) -> Jump:
        """Take a reading; say what happened since the last one.

        Args:
            longest_pause: seconds after which a process that reads regularly has stood still.
            quiet_until: up to when, by CLOCK_MONOTONIC, it need not have read.
        """
        before, looked = _Reading(self.last_wall, self._last_monotonic), self._looked
        slept_before = self._asleep
        now, self._asleep = self._read()
        self.last_wall, self._last_monotonic = self._looked = now
        ran = now.monotonic - before.monotonic
        asleep = self._asleep - slept_before
        passed = now.monotonic - looked.monotonic
        slept = asleep > _NOTICEABLE
        if slept:
            passed += asleep
        step = (now.wall - looked.wall) - round(passed * SECOND)
        if abs(step) < _NOTICEABLE * SECOND:
            step = 0
        then = before.wall + step
        if slept:
            self._before_sleep = _Reading(then, before.monotonic)
        elif step and self._before_sleep is not None:
            held = self._before_sleep
            self._before_sleep = _Reading(held.wall + step, held.monotonic)
        stalled = slept or (ran > longest_pause and now.monotonic > quiet_until)
        return Jump(step, then if slept else None, then if stalled else None)

    def wall_of(self, monotonic: float) -> Instant:
        """Return when CLOCK_MONOTONIC stood at ``monotonic`` seconds."""
        anchor, _asleep = self._read()
        held = self._before_sleep
        if held is not None and monotonic <= held.monotonic:
            anchor = held
        return anchor.wall - max(0, round((anchor.monotonic - monotonic) * SECOND))

    def _read(self) -> tuple[_Reading, float]:
        """Read all clocks as of one instant; return also for how long the machine has slept.

        Where the process is stopped between two of them, the one read first seems to have been
        set: so they are read again.
        """
        while True:
            began = self._boot()
            reading = _Reading(self._wall(), self.monotonic())
            ended = self._boot()
            if ended - began < _AT_ONCE:
                return reading, ended - reading.monotonic
