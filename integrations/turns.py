"""Turns: how long a piece of work may hold the event loop before others have theirs."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

__all__ = ["in_turns", "turn"]

_TURN = 0.001
"""Seconds. What follows from a piece of work (log lines, what is to be written) comes on top."""

_AT_LEAST = 32
"""Pieces of work that one turn takes in any case, however slow the machine is at the moment."""

_Item = TypeVar("_Item")


def turn() -> Callable[[], bool]:
    """Return what says whether a turn is over, when asked at each piece of work.

    The turn begins when that is asked for the first time: most work is over before.
    """
    asked, ends_at = 0, 0.0

    def is_over() -> bool:
        nonlocal asked, ends_at
        asked += 1
        if asked == 1:
            ends_at = time.perf_counter() + _TURN
        return asked > _AT_LEAST and time.perf_counter() >= ends_at

    return is_over


async def in_turns(items: Iterable[_Item]) -> AsyncIterator[_Item]:
    """Yield the items, and let others have their turn whenever one is over."""
    is_over = turn()
    for item in items:
        yield item
        if is_over():
            await asyncio.sleep(0)
            is_over = turn()
