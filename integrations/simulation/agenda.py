"""The agenda: what is to happen at which instant of virtual time. Nobody ever waits."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Agenda"]


class Agenda:
    """Does one thing after the other, in order of time; ``now`` is the instant of the last."""

    def __init__(self, start: int) -> None:
        """Begin at ``start`` with nothing to do."""
        self.now = start
        self._heap: list[tuple[int, int, Callable[[], None]]] = []
        self._count = 0

    def at(self, when: int, action: Callable[[], None]) -> None:
        """Do ``action`` at ``when``, or at once where that has passed."""
        self._count += 1
        heapq.heappush(self._heap, (max(when, self.now), self._count, action))

    def run_until(self, end: int) -> None:
        """Do everything that is due by ``end``."""
        while self._heap and self._heap[0][0] <= end:
            self.now, _, action = heapq.heappop(self._heap)
            action()
        self.now = max(self.now, end)
