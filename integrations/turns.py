"""Turns: how long a piece of work may hold the event loop before others have theirs."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable
    from typing import Any

__all__ = ["in_turns", "let_go", "turn"]

_TURN = 0.000_5
"""Seconds. What follows from a piece of work (log lines, what is to be written) comes on top."""

_AT_LEAST = 32
"""Pieces of work that one turn takes, however slow the machine is at the moment."""

_TOO_LONG = 0.000_5
"""Seconds beyond its end in which a turn takes no more of them: single pieces are that large."""

_Item = TypeVar("_Item")


def turn() -> Callable[[], bool]:
    """Return what says whether a turn is over, when asked at each piece of work.

    The turn begins when that is asked for the first time: most work is over before.
    """
    asked, ends_at = 0, 0.0

    def is_over() -> bool:
        nonlocal asked, ends_at
        asked += 1
        now = time.perf_counter()
        if asked == 1:
            ends_at = now + _TURN
        return now >= ends_at and (asked > _AT_LEAST or now >= ends_at + _TOO_LONG)

    return is_over


def _begun() -> Callable[[], bool]:
    """Return a turn that has begun already: its first piece may be as large as all of it."""
    is_over = turn()
    is_over()
    return is_over


async def in_turns(items: Iterable[_Item]) -> AsyncIterator[_Item]:
    """Yield the items, and let others have their turn whenever one is over.

    After many of them others have theirs in any case, so that what follows begins a new one.
    """
    is_over, number = _begun(), 0
    for number, item in enumerate(items, 1):  # noqa: B007 - how many there were
        yield item
        if is_over():
            await asyncio.sleep(0)
            is_over = _begun()
    if number > _AT_LEAST:
        await asyncio.sleep(0)


async def let_go(*holders: dict[Any, Any] | list[Any]) -> None:
    """Empty what holds many things, a turn at a time: to free all of them takes long as well.

    In a thread, :func:`persistence.beside_the_loop.let_go_of` does so.
    """
    for holder in holders:
        drop = holder.popitem if isinstance(holder, dict) else holder.pop
        async for _turn in in_turns(range(len(holder))):
            drop()
