"""A clock that says what it is told, for the three that a cog reads."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from integrations.clocks import Clocks
from machines import from_datetime, seconds

if TYPE_CHECKING:
    from integrations.cog import SessionCog
    from machines import Instant

__all__ = ["START", "ScriptedClock"]

START = from_datetime(datetime(2025, 12, 29, 20, 0, tzinfo=UTC))


class ScriptedClock:
    """Passes when told to; a cog that it drives looks often enough not to have stood still.

    Attributes:
        set_by: seconds by which its wall clock has been set.
    """

    def __init__(self) -> None:
        """Start an evening."""
        self._seconds = self.set_by = 0.0
        self._cog: SessionCog | None = None

    def drives(self, cog: SessionCog) -> None:
        """Let a cog that is not loaded yet go by this clock."""
        tracker = cog._tracker  # noqa: SLF001 - a bot never sets its clock
        tracker.clock_watch.clocks = tracker.clocks = Clocks(
            self._wall, self.monotonic, self.monotonic
        )
        cog._connections._frames._clocks = tracker.clocks  # noqa: SLF001 - as above
        self._cog = cog

    def passes(self, duration: float) -> None:
        """Let time pass, in steps in which a running process would have looked."""
        if self._cog is None:
            self._seconds += duration
            return
        tracker = self._cog._tracker  # noqa: SLF001 - as its tick does
        # Not quite as long as it may be: a sum of fractions is now and then a bit more.
        until, at_once = self._seconds + duration, 0.9 * tracker.clock_watch._pause  # noqa: SLF001 - as above
        while self._seconds < until:
            self._seconds = min(until, self._seconds + at_once)
            tracker.stalled_since()

    def stands_still(self, duration: float) -> None:
        """Let time pass in which the process does not run."""
        self._seconds += duration

    def is_set(self, by: float) -> None:
        """Set the wall clock, and no other."""
        self.set_by += by

    def catches_up(self) -> None:
        """Fire what has come due, for the cog's own timer waits for a real clock."""
        if self._cog is None:
            return
        tracker = self._cog._tracker  # noqa: SLF001 - as its timer does
        while (due := self._cog.engine.due_at) is not None and due <= self._wall():
            tracker._wake_up.cancel()  # noqa: SLF001 - it goes off
            tracker._advance()  # noqa: SLF001 - as its timer does

    def _wall(self) -> Instant:
        return START + seconds(self._seconds + self.set_by)

    def monotonic(self) -> float:
        """Return the seconds that have passed, which nobody sets."""
        return self._seconds
