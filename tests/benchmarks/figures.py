"""Figures: what a section of the measurements hands back."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from tests.benchmarks.rounds import Spread

__all__ = ["Figure", "Section", "point"]


class Figure(msgspec.Struct, kw_only=True):
    """A line of the table.

    Attributes:
        case: what was done, in words that a user would recognise.
        size: how many sessions, people or members.
        who: whose figure it is.
        ratio: the median of the rounds.
        low: the lowest of the rounds.
        high: the highest.
        to: what the ratio is to.
        at_most: what it may be, where something is asked of it.
    """

    case: str
    size: int
    who: str
    ratio: float
    low: float
    high: float
    to: str
    at_most: float | None = None

    @classmethod
    def of(
        cls, case: str, size: int, who: str, spread: Spread, to: str, at_most: float | None = None
    ) -> Figure:
        """Return the figure of a spread."""
        return cls(
            case=case,
            size=size,
            who=who,
            ratio=spread.middle,
            low=spread.low,
            high=spread.high,
            to=to,
            at_most=at_most,
        )

    @property
    def holds(self) -> bool | None:
        """Whether it is what it may be; None where nothing is asked."""
        return None if self.at_most is None else self.ratio <= self.at_most


class Point(msgspec.Struct):
    """A point of the chart: an operation's cost at a size, in any unit of its own.

    ``panel`` is the part of the chart it belongs to: how the people are spread.
    """

    operation: str
    size: int
    cost: float
    panel: str = "guilds of a thousand people each"


class Section(msgspec.Struct):
    """Everything that a section measured, and what that took: in all, and of the processor."""

    figures: list[Figure] = []
    points: list[Point] = []
    seconds: float = 0.0
    processor_seconds: float = 0.0


def point(
    section: Section, operation: str, size: int, costs: list[float], panel: str | None = None
) -> None:
    """Add the cost of an operation to a section."""
    added = Point(operation, size, median(costs))
    section.points.append(added if panel is None else msgspec.structs.replace(added, panel=panel))
