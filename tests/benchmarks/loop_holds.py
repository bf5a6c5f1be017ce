"""How long the event loop is held: by single callbacks, and as a heartbeat on it sees it.

A task named :data:`LEFT_OUT` is not counted: it plays Discord, or is discord.py's own work.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from asyncio.events import Handle
from dataclasses import dataclass
from typing import TYPE_CHECKING
from unittest import mock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["LEFT_OUT", "LoopHolds", "watched_loop"]

LEFT_OUT = "left out"
"""The name of a task whose holds are not ours."""

_BEAT = 0.001
_MILLI = 1_000


@dataclass
class LoopHolds:
    """What was seen, in milliseconds.

    Attributes:
        longest: the longest that one callback used the processor: nothing else disturbs that.
        by: which one it was.
        late: the latest that a heartbeat came, other threads and processes included.
        over: how many callbacks took longer than 5 ms.
    """

    longest: float = 0.0
    by: str = ""
    late: float = 0.0
    over: int = 0

    def took(self, milliseconds: float, handle: Handle) -> None:
        """Take in one callback."""
        name = _name_of(handle)
        if name == LEFT_OUT:
            return
        if milliseconds > self.longest:
            # Not its repr: that writes out whatever a future has brought.
            self.longest, self.by = milliseconds, name
        self.over += milliseconds > 5

    async def beat(self) -> None:
        """Beat until cancelled."""
        while True:
            before = time.perf_counter()
            await asyncio.sleep(_BEAT)
            gap = (time.perf_counter() - before - _BEAT) * _MILLI
            self.late = max(self.late, gap)


@contextlib.contextmanager
def watched_loop() -> Iterator[LoopHolds]:
    """Watch every callback of the running loop."""
    holds = LoopHolds()
    original: Callable[[Handle], None] = Handle._run  # noqa: SLF001 - every callback passes it

    def run(handle: Handle) -> None:
        began = time.thread_time()
        original(handle)
        if not is_over:  # what whoever watched does next is theirs
            holds.took((time.thread_time() - began) * _MILLI, handle)

    is_over = False
    beating = asyncio.get_running_loop().create_task(holds.beat())
    try:
        with mock.patch.object(Handle, "_run", run):
            yield holds
    finally:
        is_over = True
        beating.cancel()


def _name_of(handle: Handle) -> str:
    callback = handle._callback  # type: ignore[attr-defined]  # noqa: SLF001 - who is called
    task = getattr(callback, "__self__", None)
    name = task.get_name() if isinstance(task, asyncio.Task) else ""
    return name or getattr(callback, "__qualname__", type(callback).__name__)
