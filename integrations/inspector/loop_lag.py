"""How long the event loop keeps callers waiting, measured only while somebody asks for it."""

from __future__ import annotations

import asyncio

__all__ = ["LoopLag"]

EVERY = 0.5
"""Seconds between two measurements."""

AFTER = 90.0
"""Seconds after the last question for which measuring goes on."""


class LoopLag:
    """Wakes now and then and notes how late it was.

    An idle bot must stay idle: it begins with the first question, and ends some time after the
    last one.
    """

    def __init__(self) -> None:
        """Measure nothing yet."""
        self._timer: asyncio.TimerHandle | None = None
        self._due = self._until = 0.0
        self._worst = 0.0

    @property
    def is_on(self) -> bool:
        """Whether it is measuring."""
        return self._timer is not None

    def measure(self) -> None:
        """Measure from now on."""
        loop = asyncio.get_running_loop()
        self._until = loop.time() + AFTER
        if self._timer is None:
            self._wake_later(loop)

    def take(self) -> float:
        """Return the worst since the last call, in seconds, and begin anew."""
        worst, self._worst = self._worst, 0.0
        return worst

    def stop(self) -> None:
        """Measure no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wake_later(self, loop: asyncio.AbstractEventLoop) -> None:
        self._due = loop.time() + EVERY
        self._timer = loop.call_at(self._due, self._wake)

    def _wake(self) -> None:
        self._timer = None
        loop = asyncio.get_running_loop()
        self._worst = max(self._worst, loop.time() - self._due)
        if loop.time() < self._until:
            self._wake_later(loop)
