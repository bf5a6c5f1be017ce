"""Work in a thread, beside an event loop that must not wait for it.

Only one thread at a time runs Python, and one that never waits lets go every 5 ms
(``sys.setswitchinterval``): whenever the loop has been idle it would wait that long. So work
that takes longer pauses by itself.
"""

from __future__ import annotations

import contextlib
import gc
import threading
import time
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = [
    "beside_the_loop",
    "grows_old",
    "let_go_of",
    "some_at_a_time",
    "without_full_collections",
]

_WORK: Final = 0.001
"""Seconds from one pause to the next."""

_PAUSE: Final = 0.00005
"""Seconds: long enough for a loop that waits for its turn to take it."""

_NEVER: Final = 2**31 - 1
"""A threshold that Python's collector does not come to."""

_counting = threading.Lock()
_kept: list[int] = []
"""The collector's threshold before each who keeps it from what is old: folders in one process."""

_Item = TypeVar("_Item")
_Held = TypeVar("_Held")


def beside_the_loop(items: Iterable[_Item]) -> Iterator[_Item]:
    """Yield the items, with a pause every millisecond; none in the main thread."""
    if threading.current_thread() is threading.main_thread():
        yield from items
        return
    pause_at = time.perf_counter() + _WORK
    for item in items:
        yield item
        if time.perf_counter() >= pause_at:
            time.sleep(_PAUSE)
            pause_at = time.perf_counter() + _WORK


def some_at_a_time(items: Sequence[_Item], count: int) -> Iterator[Sequence[_Item]]:
    """Yield so many of the items at a time, with pauses in between: for calls that take many.

    A call into what is compiled keeps Python to itself until it returns, whoever waits.
    """
    for first in beside_the_loop(range(0, len(items), count)):
        yield items[first : first + count]


def grows_old(holder: _Held) -> _Held:
    """Return what will hold very much, once Python's collector of cycles counts it as old.

    The collector goes through what is young again and again, and through what is old seldom.
    """
    gc.collect(1)
    return holder


@contextlib.contextmanager
def without_full_collections() -> Iterator[None]:
    """Keep Python's collector of cycles from all that is old; what is young it goes through.

    Where very much comes to be at once that is in no cycle, it would go through all of that in
    one go, with Python to itself: a list of a hundred thousand takes eight milliseconds.
    """
    _keep_from_old()
    try:
        yield
    finally:
        _let_at_old()


def _keep_from_old() -> None:
    with _counting:
        young, middle, old = gc.get_threshold()
        _kept.append(old)
        gc.set_threshold(young, middle, _NEVER)


def _let_at_old() -> None:
    """Let the collector be as it was, once nobody keeps it from anything any more."""
    with _counting:
        before = min(_kept)  # whoever came behind another found it at never
        _kept.pop()
        young, middle, old = gc.get_threshold()
        if not _kept and old == _NEVER:  # else somebody else has set it meanwhile
            gc.set_threshold(young, middle, before)


def let_go_of(held: dict[Any, Any] | list[Any]) -> None:
    """Empty a container bit by bit: to drop a hundred thousand things at once takes long too."""
    drop = held.popitem if isinstance(held, dict) else held.pop
    for _each in beside_the_loop(range(len(held))):
        drop()
