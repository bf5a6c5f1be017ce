"""Wake-ups: what can wait a moment waits for the same one.

To wake an event loop up costs more than most of what it is woken up for: by then the processor's
caches are full of others' code. So news of people, deadlines and the looks at the clocks go by
instants that are the same for all of them, and what follows is written together. Nothing counts
later for it: a deadline has its own instant, and news that at which it was heard.

The bots of one machine have a clock in common, and wake up at different instants all the same.
"""

from __future__ import annotations

import asyncio
import math
import random
from typing import TYPE_CHECKING

from engine import NEVER

if TYPE_CHECKING:
    from collections.abc import Callable

    from machines import Instant

__all__ = ["WakeUp", "next_wake_up", "wakes_up_every"]

_SELDOM = 1.0
_OFTEN = 0.05
"""Seconds from one wake-up to the next, at most and at least."""

_PHASE = random.random()  # noqa: S311 - no secret
"""Seconds by which this process wakes up after a full second, or a part of one."""


def wakes_up_every(event_delay: float) -> float:
    """Return the seconds from one wake-up to the next, where there is anything to do.

    Args:
        event_delay: seconds by which Discord's events may come late; half of that more is nothing.
    """
    return min(_SELDOM, max(_OFTEN, event_delay / 2))


def next_wake_up(at: float, every: float) -> float:
    """Return the first wake-up, by the event loop's clock, that does not come before ``at``.

    Args:
        at: seconds by that clock.
        every: seconds from one wake-up to the next.
    """
    return math.ceil((at - _PHASE) / every) * every + _PHASE


class WakeUp:
    """The next time that the event loop is woken up: for a deadline, for news, or for both.

    Attributes:
        due: a deadline from this instant on need not be asked for; :data:`~engine.NEVER` where the
            loop is not woken up at all.
        is_for_news: news waits for it.
    """

    def __init__(self, work: Callable[[], None], event_delay: float) -> None:
        """Call ``work`` then; it is over once that has cancelled it, or asked for the next.

        Args:
            work: what is done.
            event_delay: as of :func:`wakes_up_every`.
        """
        self._work = work
        self._every = wakes_up_every(event_delay)
        self._timer: asyncio.TimerHandle | None = None
        self.due: Instant = NEVER
        self.is_for_news = False

    @property
    def at(self) -> float | None:
        """When it is, by the event loop's clock; None where the loop is not woken up."""
        return None if self._timer is None else self._timer.when()

    def for_news(self, now: Instant) -> None:
        """Be there with the next one, if not sooner: what is due by then stays as it was."""
        self.is_for_news = True
        at = next_wake_up(asyncio.get_running_loop().time(), self._every)
        if self._timer is None or at < self._timer.when():
            self._be_there(now, at)

    def for_deadline(self, due: Instant, wait: float) -> None:
        """Be there in so many seconds or a little later; now, where there are none left.

        That is what there was no time for in this turn: it is done in the next. Where a wake-up is
        to come sooner it does, and it is asked again then: more news may wait for it.
        """
        now = asyncio.get_running_loop().time()
        at = now if wait <= 0 else next_wake_up(now + wait, self._every)
        self._be_there(due, at if self._timer is None else min(at, self._timer.when()))

    def cancel(self) -> None:
        """Be there for nothing."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer, self.due, self.is_for_news = None, NEVER, False

    def _be_there(self, due: Instant, at: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self.due = asyncio.get_running_loop().call_at(at, self._work), due
