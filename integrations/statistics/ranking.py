"""Rankings: who spent the most time, ties sharing a place."""

from __future__ import annotations

import heapq
from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from integrations.statistics.sums import Total, of_each
from persistence.beside_the_loop import beside_the_loop

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from integrations.statistics.period import Window
    from machines import Kind, Record

__all__ = ["Place", "rank"]

_AT_ONCE = 1_000
"""People who are sorted in one go: a fraction of a millisecond."""


class _Ranked(msgspec.Struct, order=True, frozen=True, gc=False):
    """Somebody's total behind what it is sorted by; nobody is there twice."""

    less: int
    name: str
    user_id: int
    total: Total


class Place(msgspec.Struct, frozen=True, gc=False):
    """A place in a ranking; people with the same whole seconds share it."""

    place: int
    user_id: int
    total: Total


def rank(records: Iterable[Record], kind: Kind, window: Window) -> list[Place]:
    """Return everybody with any time of ``kind`` inside ``window``, the longest first.

    Who may have had some, for all that anybody knows, is there as well, with less than a second.

    Of people who tie, the next place is as many further on as they are: 1, 2, 2, 4.
    """
    totals = of_each((one for one in records if one.kind == kind), window)
    ranked = (
        _Ranked(-int(total.seconds), total.username.casefold(), user_id, total)
        for user_id, total in totals
        if total.seconds >= 1 or total.uncertain_seconds >= 1
    )
    places: list[Place] = []
    for number, one in enumerate(_in_order(ranked), start=1):
        tied = places and int(places[-1].total.seconds) == int(one.total.seconds)
        places.append(Place(places[-1].place if tied else number, one.user_id, one.total))
    return places


def _in_order(ranked: Iterable[_Ranked]) -> Iterator[_Ranked]:
    """Yield them sorted, some at a time: to sort all at once would keep Python's lock."""
    waiting = iter(beside_the_loop(ranked))
    runs: list[Iterator[_Ranked]] = []
    while run := sorted(islice(waiting, _AT_ONCE), reverse=True):
        runs.append(_from_the_end(run))
    return iter(beside_the_loop(heapq.merge(*runs)))


def _from_the_end(run: list[_Ranked]) -> Iterator[_Ranked]:
    while run:
        yield run.pop()
