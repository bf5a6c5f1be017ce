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

_Item = TypeVar("_Item")


def turn() -> Callable[[], bool]:
    """Begin a turn; return what says whether it is over."""
    ends_at = time.perf_counter() + _TURN

    def is_over() -> bool:
        return time.perf_counter() >= ends_at

    return is_over


async def in_turns(items: Iterable[_Item]) -> AsyncIterator[_Item]:
    """Yield the items, and let others have their turn whenever one is over."""
    is_over = turn()
    for item in items:
        yield item
        if is_over():
            await asyncio.sleep(0)
            is_over = turn()
