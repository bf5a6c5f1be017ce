"""How long, without counting any instant twice: unions and intersections of intervals.

A record may have ten thousand pieces, so a thread that goes through them pauses in between.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from machines import Instant, Record, spans
from persistence.beside_the_loop import beside_the_loop

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from machines import Player, Span, Stretch

__all__ = [
    "Interval",
    "clipped",
    "credited_to",
    "credited_to_players",
    "length_between",
    "length_of_union",
    "spans_of_player",
    "spans_with_pauses",
    "union_of",
]

Interval = tuple[Instant, Instant]
"""From an instant up to another."""

_START: Final = itemgetter(0)
_END: Final = itemgetter(1)


def spans_with_pauses(
    started_at: Instant, ended_at: Instant, stretches: Sequence[Stretch]
) -> Iterator[Span]:
    """Yield what :func:`machines.spans` does; a thread pauses before the first of many as well."""
    if not stretches:  # as most have none, and there is one span at most
        return spans(started_at, ended_at, stretches)
    return beside_the_loop(spans(started_at, ended_at, beside_the_loop(stretches)))


def spans_of_player(player: Player, record: Record) -> Iterator[Span]:
    """Yield one player's time in a party, in which a thread pauses."""
    ended_at = record.ended_at if player.ended_at is None else player.ended_at
    return spans_with_pauses(player.started_at, max(player.started_at, ended_at), player.stretches)


def credited_to(user_id: int, record: Record) -> Iterator[Interval]:
    """Yield the intervals that a record credits to a person.

    Of a party these are the parts that both the party and the person's own time in it credit.
    """
    whole = _credited(spans_with_pauses(record.started_at, record.ended_at, record.stretches))
    if record.kind != "party":
        yield from whole
        return
    own: list[Interval] = []
    for player in beside_the_loop(record.players):
        if player.user_id == user_id:
            own += _credited(spans_of_player(player, record))
    yield from _in_common(whole, own)


def credited_to_players(record: Record) -> dict[int, list[Interval]]:
    """Return what a party's record credits to each of its players, in one go."""
    whole = _credited(spans_with_pauses(record.started_at, record.ended_at, record.stretches))
    own: dict[int, list[Interval]] = {}
    for player in beside_the_loop(record.players):
        own.setdefault(player.user_id, []).extend(_credited(spans_of_player(player, record)))
    return {user_id: _in_common(whole, parts) for user_id, parts in beside_the_loop(own.items())}


def clipped(
    intervals: Iterable[Interval], since: Instant | None, until: Instant | None
) -> Iterator[Interval]:
    """Yield the parts of ``intervals`` that lie between two instants."""
    for start, end in intervals:
        first = start if since is None else max(start, since)
        last = end if until is None else min(end, until)
        if first < last:
            yield first, last


def union_of(intervals: Iterable[Interval]) -> Iterator[Interval]:
    """Yield the instants that lie in any of ``intervals``, in order and free of overlaps."""
    since: Instant | None = None
    until: Instant = 0
    for start, end in sorted(intervals):
        if since is None:
            since, until = start, end
        elif start <= until:
            until = max(until, end)
        else:
            yield since, until
            since, until = start, end
    if since is not None:
        yield since, until


def length_of_union(intervals: Iterable[Interval]) -> int:
    """Return how long any of ``intervals`` lasts, in microseconds."""
    return sum(end - start for start, end in beside_the_loop(union_of(intervals)))


def length_between(
    intervals: Sequence[Interval], since: Instant | None, until: Instant | None
) -> int:
    """Return how much of ``intervals`` lies between two instants, in microseconds.

    They are in order and free of overlaps, so only those that reach in are gone through.
    """
    parts = clipped(_reaching_in(intervals, since, until), since, until)
    return sum(end - start for start, end in beside_the_loop(parts))


def _credited(parts: Iterable[Span]) -> list[Interval]:
    return [(part.start, part.end) for part in parts if part.credited]


def _in_common(whole: list[Interval], own: list[Interval]) -> list[Interval]:
    """Return what of a player's own intervals, in any order, lies in those of the whole party."""
    theirs = list(beside_the_loop(union_of(own)))
    if not theirs:
        return []
    ours = _reaching_in(whole, theirs[0][0], theirs[-1][1])
    return list(beside_the_loop(_intersection(ours, theirs)))


def _reaching_in(
    intervals: Sequence[Interval], since: Instant | None, until: Instant | None
) -> Sequence[Interval]:
    """Return those of intervals in order and free of overlaps that lie between two instants."""
    first = 0 if since is None else bisect_right(intervals, since, key=_END)
    last = None if until is None else bisect_left(intervals, until, key=_START)
    return intervals[first:last]


def _intersection(ours: Sequence[Interval], theirs: Sequence[Interval]) -> Iterator[Interval]:
    """Yield what two lists have in common; each is in order and free of overlaps."""
    here = there = 0
    while here < len(ours) and there < len(theirs):
        start = max(ours[here][0], theirs[there][0])
        end = min(ours[here][1], theirs[there][1])
        if start < end:
            yield start, end
        if ours[here][1] < theirs[there][1]:
            here += 1
        else:
            there += 1
