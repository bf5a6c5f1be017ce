"""Wake-ups: what can wait a moment waits for the same one.

To wake an event loop up costs more than most of what it is woken up for: by then the processor's
caches are full of others' code. So news of people, deadlines and the looks at the clocks go by
instants that are the same for all of them, and what follows is written together. Nothing counts
later for it: a deadline has its own instant, and news that at which it was heard.

The bots of one machine have a clock in common, and wake up at different instants all the same.
"""

from __future__ import annotations

import math
import random

__all__ = ["next_wake_up", "wakes_up_every"]

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
