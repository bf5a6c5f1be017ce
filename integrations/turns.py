"""Turns: how long a piece of work may hold the event loop before others have theirs.

Whoever sleeps is woken in one round of the loop and runs in the next. Work that were to go on
in each round would take three turns before them: the one in which they came due, and one in each
of those rounds. So the next turn waits in the same queue as they do, behind them.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable
    from typing import Any

__all__ = [
    "ENGINE_PIECES",
    "NextTurn",
    "begun_turn",
    "in_turns",
    "let_go",
    "let_go_of_last",
    "others_first",
    "turn",
]

_TURN = 0.000_5
"""Seconds. What follows from a piece of work (log lines, what is to be written) comes on top."""

ENGINE_PIECES = 200
"""Pieces of the engine's work in one turn: what follows from them is carried out once it is over,
and takes longer than they do."""

_AT_LEAST = 8
"""Pieces of work that one turn takes, however slow the machine is at the moment."""

_TOO_LONG = 0.000_5
"""Seconds beyond its end in which a turn takes no more of them: single pieces are that large."""

_Item = TypeVar("_Item")


async def others_first() -> None:
    """Wait until everybody whose sleep is over by now has had their turn."""
    _grow_old()
    loop = asyncio.get_running_loop()
    woken = loop.create_future()
    timer = loop.call_later(0, _wake, woken)
    try:
        await woken
    finally:
        timer.cancel()


class NextTurn:
    """A call that comes once others have had their turn: see :func:`others_first`."""

    def __init__(self, work: Callable[..., object], *args: object) -> None:
        """Call ``work`` with these, in the running loop."""
        self._loop = asyncio.get_running_loop()
        self._handle: asyncio.Handle = self._loop.call_later(0, self._come, work, args)

    def cancel(self) -> None:
        """Call it no more."""
        self._handle.cancel()

    def _come(self, work: Callable[..., object], args: tuple[object, ...]) -> None:
        self._handle = self._loop.call_soon(work, *args)


def turn(at_most: int = sys.maxsize) -> Callable[[], bool]:
    """Return what says whether a turn is over, when asked at each piece of work.

    The turn begins when that is asked for the first time: most work is over before.

    Args:
        at_most: pieces that it takes, for the sake of what follows from each once it is over.
    """
    asked, ends_at = 0, 0.0

    def is_over() -> bool:
        nonlocal asked, ends_at
        asked += 1
        now = time.perf_counter()
        if asked == 1:
            ends_at = now + _TURN
        is_late = now >= ends_at and (asked > _AT_LEAST or now >= ends_at + _TOO_LONG)
        return is_late or asked >= at_most

    return is_over


def begun_turn(at_most: int = sys.maxsize) -> Callable[[], bool]:
    """Return a :func:`turn` that has begun: its first piece may be as large as all of it."""
    is_over = turn(at_most + 1)  # it is asked once before there is a piece
    is_over()
    return is_over


async def in_turns(items: Iterable[_Item]) -> AsyncIterator[_Item]:
    """Yield the items, and let others have their turn whenever one is over.

    After many of them others have theirs in any case, so that what follows begins a new one.
    """
    is_over, number = begun_turn(), 0
    for number, item in enumerate(items, 1):  # noqa: B007 - how many there were
        yield item
        if is_over():
            await others_first()
            is_over = begun_turn()
    if number > _AT_LEAST:
        await others_first()


async def let_go(*holders: dict[Any, Any] | list[Any] | set[Any]) -> None:
    """Empty what holds many things, a turn at a time: to free all of them takes long as well.

    In a thread, :func:`persistence.beside_the_loop.let_go_of` does so.
    """
    for holder in holders:
        drop = holder.popitem if isinstance(holder, dict) else holder.pop
        async for _turn in in_turns(range(len(holder))):
            drop()


async def let_go_of_last(lists: list[list[Any]]) -> None:
    """Drop the last of these, a turn at a time; what somebody else holds as well stays whole."""
    last = [lists.pop()]
    if _holders(last) == _ONE:
        await let_go(last[0])


def _holders(box: list[list[Any]]) -> int:
    return sys.getrefcount(box[0])


_ONE = _holders([[]])


def _grow_old() -> None:
    """Have the collector go through what is young: after one turn that is little.

    What has outlived so many turns is gone through as often as the collector would by itself. It
    begins with neither while what is young is gone through by hand.
    """
    if gc.isenabled():
        is_much = gc.get_count()[1] > gc.get_threshold()[1]
        gc.collect(1 if is_much else 0)


def _wake(sleeper: asyncio.Future[None]) -> None:
    if not sleeper.done():
        sleeper.set_result(None)
