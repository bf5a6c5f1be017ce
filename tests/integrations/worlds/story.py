"""The story of a world: all that happens in it, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from machines import SECOND

if TYPE_CHECKING:
    from collections.abc import Callable

    from machines import Instant

__all__ = ["Story"]


class Story:
    """Lines that begin with the second of the world in which they were told."""

    def __init__(self, now: Callable[[], Instant]) -> None:
        """Begin it now."""
        self._now = now
        self.began = now()
        self.lines: list[str] = []

    def tell(self, line: str) -> None:
        """Something happens now."""
        self.lines.append(f"{self.second(self._now()):8.2f}  {line}")

    def second(self, at: Instant) -> float:
        """Return how many seconds after its beginning an instant lies."""
        return (at - self.began) / SECOND
