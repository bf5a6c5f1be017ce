"""The clock of the evening: it starts at eight, and a minute of it takes a second or so."""

from __future__ import annotations

import asyncio
import time

__all__ = ["StoryClock"]

_EIGHT = 20 * 60


class StoryClock:
    """Turns seconds into minutes of the evening.

    Attributes:
        pace: seconds a minute of the evening takes.
    """

    def __init__(self, pace: float) -> None:
        """Start it now, at eight in the evening."""
        self.pace = pace
        self._began = self._reached = time.monotonic()
        self._minute = 0.0

    async def reach(self, minute: float) -> None:
        """Wait until ``minute`` of the script.

        What made the script late (a process that took long to start) does not shorten what
        comes after: from one minute to another passes at least the time between them.
        """
        due = self._reached + (minute - self._minute) * self.pace
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        self._reached, self._minute = time.monotonic(), minute

    def label(self) -> str:
        """Return the time of the evening, as "20:05"."""
        minutes = _EIGHT + int((time.monotonic() - self._began) / self.pace)
        return f"{minutes // 60 % 24}:{minutes % 60:02}"
