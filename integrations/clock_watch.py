"""The watch on the clocks: what time it is for whatever comes in, and how old that may be.

Where the process has stood still, what comes in then has waited, for nobody knows how long: it may
be as old as the standstill, until all that waited has been read. Where the machine slept, or the
wall clock was set, the engine is told before anything else.

While there are sessions the clocks are looked at every ``event_delay`` seconds, so that it is
known since when; without any, when something comes, heartbeats of discord.py's own included
(``integrations/gateway/pulse.py``).
"""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, NamedTuple

from integrations.wake_ups import next_wake_up, wakes_up_every

if TYPE_CHECKING:
    from collections.abc import Callable

    from integrations.clocks import Clocks
    from machines import Instant

__all__ = ["ClockWatch", "Happenings"]

_SHORTEST_TICK = 1.0
"""Seconds between two looks at the clocks, at least."""


class Happenings(NamedTuple):
    """Who is told of what happens to the clocks, in this order.

    Attributes:
        look_begins: they are about to be compared; what was heard counts by them as they were.
        clock_was_set: by how many microseconds; and up to when, by the clock as it is now, what
            came due was watched: not while the machine slept or the process stood still.
        has_slept: since when the machine was asleep, and the present.
    """

    look_begins: Callable[[], None]
    clock_was_set: Callable[[int, Instant], None]
    has_slept: Callable[[Instant, Instant], None]


class ClockWatch:
    """Looks at the clocks, and tells of what has happened to them.

    Attributes:
        clocks: tell the present.
        stalled_since: since when what comes in now may have been waiting; None where it is new.
            As it was when the clocks were last looked at.
        set_by: how far the wall clock has been set so far, in microseconds.
        held_at: the instant at which what is being taken in was heard; None where that is now.
        stood_still: is told since when the process has, before anything else is done; returns
            whether all has been read that had waited for another standstill before.
        has_read_all: says whether all that came meanwhile has come in; asked with each tick until
            it has.
    """

    def __init__(
        self,
        clocks: Clocks,
        event_delay: float,
        has_sessions: Callable[[], bool],
        happenings: Happenings,
    ) -> None:
        """Watch ``clocks`` closely while anybody ``has_sessions``.

        Args:
            clocks: tell the present.
            event_delay: seconds between two looks.
            has_sessions: says whether anybody has one.
            happenings: hear of what has happened.
        """
        self.clocks = clocks
        self.stalled_since: Instant | None = None
        self.set_by = 0
        self.held_at: Instant | None = None
        self.stood_still: Callable[[Instant], bool] | None = None
        self.has_read_all: Callable[[], bool] = _nothing_is_unread
        self._has_sessions = has_sessions
        self._happenings = happenings
        self._every = max(_SHORTEST_TICK, event_delay)
        self._pause = 2 * self._every
        self._wakes_up_every = wakes_up_every(event_delay)
        self._idle_until = math.inf
        self._tick: asyncio.TimerHandle | None = None
        self._standstills = 0
        self._is_unread = False

    def look(self) -> Instant:
        """Take in what has happened to the clocks; return the present, or :attr:`held_at`."""
        if self.held_at is not None:
            return self.held_at
        quiet_until = self._quiet_until() if self._tick is None else -math.inf
        now = self.clocks.glance(self._pause, quiet_until)
        return self._look_closely(quiet_until) if now is None else now

    def plain_now(self) -> Instant | None:
        """Return the present, where what comes in now plainly happened then.

        None where it may have waited, or where something may have happened to the clocks since
        they were last read: :meth:`look` finds out.
        """
        if self.stalled_since is not None:
            return None
        if self.held_at is not None:
            return self.held_at
        clocks = self.clocks
        if clocks.monotonic() < clocks.moment_ends:
            return clocks.last_wall
        quiet_until = self._quiet_until() if self._tick is None else -math.inf
        return clocks.begin_moment(self._pause, quiet_until)

    def keep_in_step(self) -> None:
        """Look now and then, now that there is, or may be, somebody with a session."""
        if self._tick is None:
            self.clocks.has_run()  # nobody need have looked since there was somebody
            self._tick_later()

    def look_until_all_is_read(self) -> None:
        """Look now and then until ``has_read_all``, also where nobody has a session."""
        self._is_unread = True
        if self._tick is None:
            self._tick_later()

    def seen_to_run_by(self, due: float) -> None:
        """Take it that the clocks are looked at by then, also where nobody has a session.

        Where they are not, the process has stood still since they were last looked at.

        Args:
            due: seconds by CLOCK_MONOTONIC; infinity where nobody can say.
        """
        self._idle_until = due + self._pause

    def stop(self) -> None:
        """Look now and then no more."""
        if self._tick is not None:
            self._tick.cancel()
            self._tick = None

    def _quiet_until(self) -> float:
        """Return up to when nobody need have looked, as no tick has been waited for."""
        return -math.inf if self._has_sessions() else self._idle_until

    def _tick_later(self) -> None:
        loop = asyncio.get_running_loop()
        at = next_wake_up(loop.time() + self._every - self._wakes_up_every, self._wakes_up_every)
        self._tick = loop.call_at(at, self._on_tick)

    def _on_tick(self) -> None:
        self._happenings.look_begins()
        try:
            standstills = self._standstills
            self._look_closely()
            is_asked = self._is_unread and self._standstills == standstills
            if is_asked and self.has_read_all():
                self.stalled_since = None  # what had waited has come
                self._is_unread = False
        finally:
            self._tick = None
            if self._has_sessions() or self._is_unread:
                self._tick_later()

    def _look_closely(self, quiet_until: float = -math.inf) -> Instant:
        self._happenings.look_begins()
        jump = self.clocks.look(self._pause, quiet_until)
        now = self.clocks.now()
        if jump.stepped_by:
            self.set_by += jump.stepped_by
            if self.stalled_since is not None:
                self.stalled_since += jump.stepped_by
            until = now if jump.stalled_since is None else jump.stalled_since
            self._happenings.clock_was_set(jump.stepped_by, until)
        if jump.stalled_since is not None:
            self._stands_still(jump.stalled_since, tell=jump.slept_since is None)
        if jump.slept_since is not None:
            self._happenings.has_slept(jump.slept_since, now)
        return now

    def _stands_still(self, since: Instant, *, tell: bool) -> None:
        """The process has stood still: what comes in now may have waited, until all is read."""
        self._standstills += 1
        is_read = False  # what came before an earlier standstill may wait still
        if tell and self.stood_still is not None:
            is_read = self.stood_still(since)
        if is_read or self.stalled_since is None:
            self.stalled_since = since
        self.look_until_all_is_read()


def _nothing_is_unread() -> bool:
    """Say that all that came while the process stood still has come in."""
    return True
