"""Attendance: when how many people were there, as far as it takes to say when they were enough.

Of more than enough nobody asks how many they were. So few changes are left of what a thousand
people did, and what is left of several crowds adds up to what is left of all of them together.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import chain, pairwise
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from machines.instant import Instant
from machines.timeline import Span, Stretch, overlap, spans

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from machines.session import Player

__all__ = ["Attendance", "Edge", "add_up", "attendance_of", "attendance_since"]

Edge = tuple[Instant, int, int, int]
"""An instant, and how many more are present, unknown, and credited from there on."""

_BEFORE_ALL: Final = -(2**63)
_AFTER_ALL: Final = 2**63
"""Stand for the first and last instant of which anything is said, until all is known."""

_AT, _STARTED_AT, _END = itemgetter(0), attrgetter("started_at"), attrgetter("end")


class Attendance(NamedTuple):
    """When how many people were there; of each count no more than ``enough``.

    Attributes:
        edges: where the counts change, in order.
        first: the first instant of which anybody's timeline says something.
        last: the last one.
        people: how many they were in all.
        forgotten: how many of those nobody knows by now who they were.
        unbounded: of how many of them nothing says since when they had been there.
    """

    edges: list[Edge]
    first: Instant
    last: Instant
    people: int
    forgotten: int
    unbounded: int

    def edges_until(self, until: Instant) -> Iterator[Edge]:
        """Yield where the counts change; whoever is there still is so up to ``until`` at least."""
        first, last = min(self.first, until), max(self.last, until)
        for at, present, unknown, credited in self.edges:
            yield min(max(at, first), last), present, unknown, credited


def attendance_of(players: Sequence[Player], enough: int) -> Attendance:
    """Return when how many of these were there, each once, however many sessions they had."""
    of_person: dict[int, list[Player]] = {}
    for player in players:
        of_person.setdefault(player.user_id, []).append(player)
    stretches = [stretch for player in players for stretch in player.stretches]
    starts = [*map(_STARTED_AT, players), *(stretch.start for stretch in stretches)]
    ends = [player.ended_at for player in players if player.ended_at is not None]
    return Attendance(
        _capped(_edges(of_person.values()), enough),
        min(starts, default=_AFTER_ALL),
        max([*starts, *ends, *(stretch.end for stretch in stretches)], default=_BEFORE_ALL),
        len(of_person),
        sum(user_id < 0 for user_id in of_person),
        len({player.user_id for player in players if player.unbounded}),
    )


def attendance_since(players: Sequence[Player], enough: int, since: Instant) -> Attendance:
    """Return when how many of these were there after an instant; what was before it is left out.

    A long history costs no more than a short one: its stretches end one after the other.
    """
    return attendance_of([_since(player, since) for player in players], enough)


def add_up(crowds: Sequence[Attendance], enough: int) -> Attendance:
    """Return the attendance of several crowds; nobody may be in two of them."""
    return Attendance(
        _capped(chain.from_iterable(each.edges for each in crowds), enough),
        min((each.first for each in crowds), default=_AFTER_ALL),
        max((each.last for each in crowds), default=_BEFORE_ALL),
        sum(each.people for each in crowds),
        sum(each.forgotten for each in crowds),
        sum(each.unbounded for each in crowds),
    )


def _since(player: Player, since: Instant) -> Player:
    stretches = player.stretches
    first = bisect_right(stretches, since, key=_END)
    return msgspec.structs.replace(player, stretches=stretches[first:]) if first else player


def _capped(edges: Iterable[Edge], enough: int) -> list[Edge]:
    """Return the edges at which a count changes that is no more than enough."""
    kept: list[Edge] = []
    present = unknown = credited = 0
    said = (0, 0, 0)
    in_order = sorted(edges, key=_AT)
    in_order.append((_AFTER_ALL + 1, 0, 0, 0))  # so that the last of them is followed by one
    for (at, more_present, more_unknown, more_credited), (following, *_) in pairwise(in_order):
        present += more_present
        unknown += more_unknown
        credited += more_credited
        if at == following:
            continue
        says = (min(present, enough), min(unknown, enough), min(credited, enough))
        if says != said:
            kept.append((at, says[0] - said[0], says[1] - said[1], says[2] - said[2]))
            said = says
    return kept


def _edges(people: Iterable[list[Player]]) -> Iterator[Edge]:
    """Yield where people begin and end to count: each once, however many sessions they had."""
    for sessions in people:
        if len(sessions) == 1:
            yield from _edges_of(sessions[0])
        else:
            yield from _united(each for one in sessions for each in _edges_of(one))


def _edges_of(player: Player) -> Iterator[Edge]:
    """Yield where one session begins and ends to count as present, unknown, credited."""
    start = player.started_at
    end = _AFTER_ALL if player.ended_at is None else player.ended_at
    stretches = player.stretches
    if player.unbounded:
        stretches = (Stretch(_BEFORE_ALL, start, "unknown"), *stretches)
    if len(stretches) > 1 and overlap(stretches):
        yield from _edges_of_spans(spans(start, end, stretches))
        return
    # They lie apart, so each changes the whole by itself: spans would take ten times as long.
    if start < end:
        yield start, 1, 0, 1
        yield end, -1, 0, -1
    for stretch in stretches:
        from_, to = max(start, stretch.start), min(end, stretch.end)
        credited = stretch.value == "unknown"
        if credited and stretch.start < stretch.end:
            yield stretch.start, 0, 1, 0
            yield stretch.end, 0, -1, 0
        if from_ < to:
            yield from_, -1, 0, credited - 1
            yield to, 1, 0, 1 - credited


def _edges_of_spans(parts: Iterable[Span]) -> Iterator[Edge]:
    for part in parts:
        here, maybe = part.value == "present", part.value == "unknown"
        yield part.start, here, maybe, part.credited
        yield part.end, -here, -maybe, -part.credited


def _united(edges: Iterable[Edge]) -> Iterator[Edge]:
    """Yield the edges of several sessions of one person as those of one: sure beats unknown."""
    sessions = [0, 0, 0]
    said = (0, 0, 0)
    for at, *more in sorted(edges):
        sessions = [held + each for held, each in zip(sessions, more, strict=True)]
        present, unknown, credited = (held > 0 for held in sessions)
        says = (int(present), int(unknown and not present), int(credited))
        if says != said:
            yield at, says[0] - said[0], says[1] - said[1], says[2] - said[2]
            said = says
