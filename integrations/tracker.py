"""The tracker: the engine with its clock, its timer, and a place for its effects.

Everything that comes in goes through here, one call at a time and without an await, so the
order in which events came is the order in which they are applied.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from machines import from_datetime

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine import LiveReport, Observation, SessionEngine
    from machines import Effect, Instant, LiveState

__all__ = ["Tracker", "utc_now"]

_LONGEST_WAIT = 3600.0
"""Seconds. A deadline further away is asked for again, in case the clock is set meanwhile."""


def utc_now() -> datetime:
    """Return the present, aware and in UTC."""
    return datetime.now(UTC)


class Tracker:
    """Drives the engine in an event loop: tells it the time, and hands on its effects."""

    def __init__(
        self,
        engine: SessionEngine,
        carry_out: Callable[[list[Effect]], None],
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        """Drive ``engine``; give ``carry_out`` the effects, in order.

        Args:
            engine: the engine.
            carry_out: takes the effects of each step; must not call back into the tracker.
            clock: returns the present.
        """
        self.engine = engine
        self._carry_out = carry_out
        self._clock = clock
        self._timer: asyncio.TimerHandle | None = None
        self._due: datetime | None = None

    def now(self) -> Instant:
        """Return the present as an instant."""
        return from_datetime(self._clock())

    def restore(self, state: LiveState) -> None:
        """Take up the sessions of an earlier process."""
        self._after(self.engine.restore(state, self._clock()))

    def observe(self, observation: Observation) -> None:
        """Apply an observation now."""
        self._after(self.engine.observe(observation, self._clock()))

    def validate(self, report: LiveReport) -> list[Effect]:
        """Fire ``validate`` at a guild's sessions; return the effects, already handed on."""
        effects = self.engine.validate(report, self._clock())
        self._after(effects)
        return effects

    def live_state(self) -> LiveState:
        """Return what a restart needs."""
        return self.engine.live_state(self._clock())

    def stop(self) -> None:
        """Wait for no deadline any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = self._due = None

    def _advance(self) -> None:
        self._timer = self._due = None
        self._after(self.engine.advance(self._clock()))

    def _after(self, effects: list[Effect]) -> None:
        self._carry_out(effects)
        self._wait_for_deadline()

    def _wait_for_deadline(self) -> None:
        due = self.engine.next_deadline
        if due == self._due:
            return
        self.stop()
        if due is None:
            return
        wait = (due - self._clock()).total_seconds()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(min(max(wait, 0.0), _LONGEST_WAIT), self._advance)
        self._due = due
