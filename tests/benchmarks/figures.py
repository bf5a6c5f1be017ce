"""Figures: what a section of the measurements hands back."""

from __future__ import annotations

from operator import attrgetter
from statistics import median
from typing import TYPE_CHECKING

import msgspec

from tests.benchmarks.promises import HEARTBEAT, HELD, Promise
from tests.benchmarks.rounds import spread_of

if TYPE_CHECKING:
    from tests.benchmarks.loop_holds import LoopHolds
    from tests.benchmarks.rounds import Spread

__all__ = [
    "AT_REST",
    "DAY",
    "HELD_UP",
    "LATIDO",
    "MICROSECONDS",
    "ON_DISK",
    "Figure",
    "Section",
    "point",
]

LATIDO = "Latido"
HELD_UP = "milliseconds, as far as this process held it up"
"""What a heartbeat was late."""

MICROSECONDS = "microseconds of processor"
"""What an event takes: Latido beyond a bot that listens to nothing, which is discord.py beyond the
measurement."""

AT_REST = "microseconds of processor a second"
"""What the loop takes while sessions go on and nothing comes, beyond a bot without any."""

DAY = "milliseconds of processor, beyond an empty listener"
"""What a day takes."""

ON_DISK = "KiB on the disk"
"""What a session takes that is written down."""


class Figure(msgspec.Struct, kw_only=True):
    """A line of the table.

    Attributes:
        case: what was done, in words that a user would recognise.
        size: how many sessions, people or members.
        who: whose figure it is.
        median: that of the rounds.
        low: the lowest of the rounds.
        high: the highest.
        unit: what it is so many times, or in which unit it is.
        promise: what is promised of it, if anything is.
        by: of a hold, the callback or task that was the longest.
    """

    case: str
    size: int
    who: str
    median: float
    low: float
    high: float
    unit: str
    promise: Promise | None = None
    by: str = ""

    @classmethod
    def of(
        cls,
        case: str,
        size: int,
        who: str,
        spread: Spread,
        unit: str,
        promise: Promise | None = None,
    ) -> Figure:
        """Return the figure of a spread."""
        middle, low, high = spread
        return cls(
            case=case,
            size=size,
            who=who,
            median=middle,
            low=low,
            high=high,
            unit=unit,
            promise=promise,
        )

    @classmethod
    def held(
        cls,
        case: str,
        size: int,
        longest: list[float],
        who: str = LATIDO,
        promise: Promise | None = HELD,
    ) -> Figure:
        """Return how long the loop was held at a time: the longest of each round, in ms."""
        return cls.of(case, size, who, spread_of(longest), "milliseconds of processor", promise)

    @classmethod
    def of_holds(cls, case: str, size: int, seen: list[LoopHolds]) -> Figure:
        """Return what :meth:`held` does, and by whom the longest was."""
        figure = cls.held(case, size, [each.longest for each in seen])
        figure.by = max(seen, key=attrgetter("longest")).by
        return figure

    @classmethod
    def woken(cls, case: str, size: int, seen: list[LoopHolds]) -> Figure:
        """Return how late whoever sleeps on the loop was woken: the latest of each round, in ms."""
        late = spread_of([each.held_up for each in seen])
        return cls.of(case, size, LATIDO, late, HELD_UP, HEARTBEAT)

    @property
    def judged(self) -> float:
        """What a promise is asked of: the highest where it is for ever, else the median."""
        return self.high if self.promise is not None and self.promise.ever else self.median

    @property
    def is_met(self) -> bool | None:
        """Whether it is what was promised; None where nothing was."""
        return None if self.promise is None else self.judged <= self.promise.at_most


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
