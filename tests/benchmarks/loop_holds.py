"""How long the event loop is held: by single callbacks, and as a heartbeat on it sees it.

A task named :data:`LEFT_OUT` is not counted, nor what a heartbeat is late for its sake: it plays
Discord, or is discord.py's own work.

A heartbeat is late where callbacks or threads of this process held it up, and where the machine
had others to serve. The former takes processor time of this process: what it was late counts no
further than that. While the loop is ready to run and waits for a processor (Linux says how long),
threads of this process may go on; that is left out as well. So is what the machine itself, where it
is one of several on a host, was kept from running: that looks like processor time from within.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from asyncio.events import Handle
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["LEFT_OUT", "LoopHolds", "watched_loop"]

LEFT_OUT = "left out"
"""The name of a task whose holds are not ours."""

_BEAT = 0.001
_MILLI = 1_000
_NANO = 1_000_000_000
_SCHEDULED = Path("/proc/thread-self/schedstat")
_PROCESSORS = Path("/proc/stat")
_STOLEN = 8
"""Where /proc/stat says how long others on the host had the processors, in ticks (``man proc``)."""


@dataclass
class LoopHolds:
    """What was seen, in milliseconds.

    Attributes:
        longest: the longest that one callback used the processor: nothing else disturbs that.
        by: which one it was.
        late: the latest that a heartbeat came, other threads and processes included.
        held_up: the latest that one came, as far as this process held it up.
        over: how many callbacks took longer than 5 ms.
    """

    longest: float = 0.0
    by: str = ""
    late: float = 0.0
    held_up: float = 0.0
    over: int = 0
    _left_out: float = 0.0

    def took(self, milliseconds: float, handle: Handle) -> None:
        """Take in one callback."""
        name = _name_of(handle)
        if name == LEFT_OUT:
            self._left_out += milliseconds / _MILLI
            return
        if milliseconds > self.longest:
            # Not its repr: that writes out whatever a future has brought.
            self.longest, self.by = milliseconds, name
        self.over += milliseconds > 5

    async def beat(self) -> None:
        """Beat until cancelled."""
        while True:
            self._left_out = 0.0
            waited, used, before = _waited(), time.process_time(), time.perf_counter()
            await asyncio.sleep(_BEAT)
            late = time.perf_counter() - before - _BEAT - self._left_out
            self.came(late, time.process_time() - used - self._left_out, _waited() - waited)

    def came(self, late: float, used: float, waited: float) -> None:
        """Take in a heartbeat, in seconds.

        Args:
            late: what it was late.
            used: what this process, with all its threads, used of the processor meanwhile.
            waited: how long meanwhile the loop was ready to run and waited for a processor, or the
                machine for its host.
        """
        self.late = max(self.late, late * _MILLI)
        self.held_up = max(self.held_up, (min(late, used) - waited) * _MILLI)


@contextlib.contextmanager
def watched_loop(*, beats: bool = True) -> Iterator[LoopHolds]:
    """Watch every callback of the running loop; with ``beats``, a heartbeat beside them."""
    holds = LoopHolds()
    original: Callable[[Handle], None] = Handle._run  # noqa: SLF001 - every callback passes it

    def run(handle: Handle) -> None:
        began = time.thread_time()
        original(handle)
        if not is_over:  # what whoever watched does next is theirs
            holds.took((time.thread_time() - began) * _MILLI, handle)

    is_over = False
    beating = asyncio.create_task(holds.beat()) if beats else None
    try:
        with mock.patch.object(Handle, "_run", run):
            yield holds
    finally:
        is_over = True
        if beating is not None:
            beating.cancel()


def _waited() -> float:
    """Return how many seconds this thread has waited for a processor so far, or its machine has.

    0 if nobody counts.
    """
    try:
        waited = int(_SCHEDULED.read_bytes().split()[1]) / _NANO
        with _PROCESSORS.open("rb") as processors:
            stolen = int(processors.readline().split()[_STOLEN])
    except OSError:
        return 0.0
    return waited + stolen / os.sysconf("SC_CLK_TCK")


def _name_of(handle: Handle) -> str:
    callback = handle._callback  # type: ignore[attr-defined]  # noqa: SLF001 - who is called
    task = getattr(callback, "__self__", None)
    name = task.get_name() if isinstance(task, asyncio.Task) else ""
    return name or getattr(callback, "__qualname__", type(callback).__name__)
