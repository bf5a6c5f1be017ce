"""How long, without counting any instant twice: unions and intersections of intervals.

A record may have ten thousand pieces, so a thread that goes through them pauses in between.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import chain, pairwise
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, TypeVar

from machines import Instant, Record, Span, spans
from persistence.beside_the_loop import beside_the_loop

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from machines import Player, Stretch

_Part = TypeVar("_Part", bound=tuple[Any, ...])
"""Begins at its first item and ends at its second: an interval, or a span."""

__all__ = [
    "Interval",
    "clipped",
    "credited_to",
    "credited_to_players",
    "length_between",
    "length_of_union",
    "spans_of_player",
    "spans_with_pauses",
    "time_of",
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


def spans_of_player(player: Player, until: Instant) -> Iterator[Span]:
    """Yield one player's time in a party, in which a thread pauses.

    Whoever is there still is so ``until`` then.
    """
    ended_at = until if player.ended_at is None else player.ended_at
    return spans_with_pauses(player.started_at, max(player.started_at, ended_at), player.stretches)


def time_of(user_id: int, record: Record) -> Iterator[Span]:
    """Yield what a record says of a person's time, in order; some of it may be away.

    Of a party it is what it says of both, the party and the person in it: sure where both are
    there, and unknown where one may be.
    """
    whole = spans_with_pauses(record.started_at, record.ended_at, record.stretches)
    if record.kind != "party":
        return whole
    ours = _there(whole)
    until = _last_of(ours, record)
    own = [
        spans_of_player(player, until)
        for player in beside_the_loop(record.players)
        if player.user_id == user_id
    ]
    return _in_common(ours, own)


def credited_to(user_id: int, record: Record) -> Iterator[Interval]:
    """Yield the intervals that a record credits to a person.

    Of a party these are the parts that both the party and the person's own time in it credit.
    """
    return _credited(time_of(user_id, record))


def credited_to_players(record: Record) -> dict[int, tuple[Interval, ...]]:
    """Return what a party's record credits to each of its players, in one go.

    There may be very many, so each has tuples: those of numbers are none of the collector's, which
    else goes through all that the whole bot holds when so much has come.
    """
    whole = _there(spans_with_pauses(record.started_at, record.ended_at, record.stretches))
    until = _last_of(whole, record)
    own: dict[int, tuple[Player, ...]] = {}
    for player in beside_the_loop(record.players):
        own[player.user_id] = (*own.get(player.user_id, ()), player)
    return {
        user_id: tuple(
            _credited(_in_common(whole, [spans_of_player(part, until) for part in parts]))
        )
        for user_id, parts in beside_the_loop(own.items())
    }


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


def _last_of(party: Sequence[Span], record: Record) -> Instant:
    """Return up to when a party may have gone on: whoever is there still is so until then."""
    return party[-1].end if party else record.ended_at


def _credited(parts: Iterable[Span]) -> Iterator[Interval]:
    return ((part.start, part.end) for part in parts if part.credited)


def _there(parts: Iterable[Span]) -> list[Span]:
    """Return the parts, which pause, in which somebody was there, or may have been."""
    return [part for part in parts if part.value != "away"]


def _in_common(whole: list[Span], own: Sequence[Iterable[Span]]) -> Iterator[Span]:
    """Yield what is so of a whole party and of one player, who may have been in it several times.

    ``whole``: where the party was, or may have been.
    """
    theirs = _there(own[0]) if len(own) == 1 else list(beside_the_loop(_united(own)))
    if not theirs:
        return iter(())
    ours = _reaching_in(whole, theirs[0].start, theirs[-1].end)
    return beside_the_loop(_intersection(ours, theirs))


def _united(sessions: Iterable[Iterable[Span]]) -> Iterator[Span]:
    """Yield the time of several sessions of one person as that of one: sure beats unknown."""
    edges: list[tuple[Instant, int, int, int]] = []
    for part in beside_the_loop(chain.from_iterable(map(_there, sessions))):
        counts, is_sure = part.credited, part.value == "present"
        edges.append((part.start, 1, counts, is_sure))
        edges.append((part.end, -1, -counts, -is_sure))
    edges.sort()
    maybe = credited = present = 0
    for (at, more_maybe, more_credited, more_present), (end, *_) in pairwise(edges):
        maybe += more_maybe
        credited += more_credited
        present += more_present
        if maybe and at < end:
            yield Span(at, end, "present" if present else "unknown", credited > 0)


def _reaching_in(
    parts: Sequence[_Part], since: Instant | None, until: Instant | None
) -> Sequence[_Part]:
    """Return those of parts in order and free of overlaps that lie between two instants."""
    first = 0 if since is None else bisect_right(parts, since, key=_END)
    last = None if until is None else bisect_left(parts, until, key=_START)
    return parts[first:last]


def _intersection(ours: Sequence[Span], theirs: Sequence[Span]) -> Iterator[Span]:
    """Yield what is so of two; each is in order and free of overlaps."""
    here = there = 0
    while here < len(ours) and there < len(theirs):
        one, other = ours[here], theirs[there]
        start, end = max(one.start, other.start), min(one.end, other.end)
        if start < end:
            is_sure = one.value == other.value == "present"
            counts = one.credited and other.credited
            yield Span(start, end, "present" if is_sure else "unknown", counts)
        if one.end < other.end:
            here += 1
        else:
            there += 1
