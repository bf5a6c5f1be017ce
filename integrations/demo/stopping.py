"""Told to stop, by Ctrl-C or by a signal: the demo cleans up, whatever it is at."""

from __future__ import annotations

import asyncio
import atexit
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator
    from types import FrameType
    from typing import TypeVar

    _Result = TypeVar("_Result")

__all__ = ["Stopping"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


class Stopping:
    """Heeds the signals that end a program at a terminal, the first of them alone.

    Whoever presses Ctrl-C again would else cut the cleaning up short. Up to the end of the process
    none of the others does anything, for its last moments are part of that. Once all has been
    played there is nothing but that to be done, so none is heeded any more.
    """

    def __init__(self) -> None:
        """Hear nothing yet."""
        self._is_told = False
        self._heeds_none = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[object] | None = None

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Hear them within.

        Raises:
            KeyboardInterrupt: one came before anything was run by :meth:`run`.
        """
        before = {number: signal.signal(number, self._stop) for number in _SIGNALS}
        try:
            yield
        finally:
            if self._is_told:
                atexit.register(_ignore_all)  # the interpreter gives up handlers in the end
            else:
                for number, handler in before.items():
                    signal.signal(number, handler)

    def run(self, playing: Coroutine[object, object, _Result]) -> _Result:
        """Run what is cancelled by the signal.

        Raises:
            asyncio.CancelledError: it was.
        """

        async def play() -> _Result:
            self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
            try:
                return await playing
            finally:
                self._heeds_none = True

        return asyncio.run(play())

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        if self._heeds_none:
            return
        self._is_told = self._heeds_none = True
        if self._task is None or self._loop is None:
            raise KeyboardInterrupt
        self._loop.call_soon_threadsafe(self._task.cancel)


def _ignore_all() -> None:
    """Have the system ignore them.

    Where it is told so while one is on its way, Python prints that nobody has heard that one: so
    not while somebody may still press Ctrl-C again and again.
    """
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)
