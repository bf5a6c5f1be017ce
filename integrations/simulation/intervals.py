"""Sets of instants, as disjoint half-open intervals in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "Interval",
    "Intervals",
    "at_least",
    "clip",
    "complement",
    "contains",
    "intersect",
    "joined",
    "measure",
    "pushed",
    "subtract",
    "union",
]

Interval = tuple[int, int]
Intervals = list[Interval]


def union(parts: Iterable[Interval]) -> Intervals:
    """Return the instants that lie in any of ``parts``."""
    merged: Intervals = []
    for start, end in sorted(parts):
        if start >= end:
            continue
        if merged and start <= merged[-1][1]:
            if end > merged[-1][1]:
                merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged


def intersect(one: Intervals, other: Intervals) -> Intervals:
    """Return the instants that lie in both."""
    both: Intervals = []
    i = j = 0
    while i < len(one) and j < len(other):
        start = max(one[i][0], other[j][0])
        end = min(one[i][1], other[j][1])
        if start < end:
            both.append((start, end))
        if one[i][1] < other[j][1]:
            i += 1
        else:
            j += 1
    return both


def subtract(one: Intervals, other: Intervals) -> Intervals:
    """Return the instants of ``one`` that do not lie in ``other``."""
    rest: Intervals = []
    j = 0
    for first, end in one:
        start = first
        while j < len(other) and other[j][1] <= start:
            j += 1
        k = j
        while k < len(other) and other[k][0] < end:
            if other[k][0] > start:
                rest.append((start, other[k][0]))
            start = max(start, other[k][1])
            k += 1
        if start < end:
            rest.append((start, end))
    return rest


def complement(parts: Intervals, domain: Interval) -> Intervals:
    """Return the instants of ``domain`` that do not lie in ``parts``."""
    return subtract([domain], parts)


def clip(parts: Intervals, domain: Interval) -> Intervals:
    """Return the instants of ``parts`` that lie in ``domain``."""
    return intersect(parts, [domain])


def pushed(parts: Intervals, before: int, after: int) -> Intervals:
    """Return the intervals, each beginning ``before`` earlier and ending ``after`` later.

    Negative numbers make them shorter; what then is nothing is left out.
    """
    return union((start - before, end + after) for start, end in parts)


def joined(parts: Intervals, within: int) -> Intervals:
    """Return the intervals with the pauses of at most ``within`` between them closed."""
    whole: Intervals = []
    for start, end in parts:
        if whole and start - whole[-1][1] <= within:
            whole[-1] = (whole[-1][0], end)
        else:
            whole.append((start, end))
    return whole


def at_least(parts: Intervals, length: int) -> Intervals:
    """Return the intervals that last ``length`` or longer."""
    return [(start, end) for start, end in parts if end - start >= length]


def measure(parts: Iterable[Interval]) -> int:
    """Return how long they last, all together."""
    return sum(end - start for start, end in parts)


def contains(parts: Iterable[Interval], instant: int) -> bool:
    """Return whether ``instant`` lies in any of them."""
    return any(start <= instant < end for start, end in parts)
