"""When enough people played together: a party's timeline, from those of its players.

At an instant a party is present when enough of its players are, absent when not even the
unknown ones could make it enough, and unknown in between.
"""

from __future__ import annotations

from itertools import pairwise
from operator import itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from machines.attendance import attendance_of, attendance_since
from machines.timeline import Stretch, Timeline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from machines.attendance import Attendance
    from machines.instant import Instant
    from machines.session import PartySession

__all__ = ["ended_together", "seen_together", "together"]

_LATELY: Final = 16
"""Stretches of each player in which the last time together is looked for first."""


class _Part(NamedTuple):
    start: Instant
    end: Instant
    present: bool
    credited: bool


def together(party: PartySession, until: Instant, attendance: Attendance | None = None) -> Timeline:
    """Return the timeline of ``party``, crediting nothing before its start or after ``until``.

    ``attendance``: that of its players, where it has been added up already.
    """
    if attendance is None:
        attendance = attendance_of(party.players, party.min_players)
    parts = list(_parts(party, until, attendance))
    credited = [part for part in parts if part.credited]
    started_at = min((part.start for part in credited), default=party.started_at)
    ended_at = max((part.end for part in credited), default=started_at)
    stretches: list[Stretch] = []
    cursor = started_at
    for part in parts:
        if cursor < part.start <= ended_at:
            stretches.append(Stretch(cursor, part.start, "away"))
        if not part.present:
            _append_unknown(stretches, part)
        cursor = max(cursor, part.end)
    unbounded = attendance.unbounded >= party.min_players
    return Timeline(started_at, ended_at, stretches, unbounded)


def ended_together(
    party: PartySession, until: Instant, attendance: Attendance | None = None
) -> Instant:
    """Return where the time that :func:`together` credits ends.

    It most likely did a moment ago: no more of the players' histories is gone through than says so.
    """
    if attendance is not None:
        return together(party, until, attendance).ended_at
    left_at = _left_at(party)
    if left_at is not None and party.started_at < left_at <= until:
        return left_at
    lately = _LATELY
    while earlier := [p.stretches[-lately].end for p in party.players if len(p.stretches) > lately]:
        since = max(earlier)
        recent = attendance_since(party.players, party.min_players, since)
        ended_at = together(party, until, recent).ended_at
        if ended_at > since:
            return ended_at
        lately *= _LATELY
    return together(party, until).ended_at


def seen_together(
    party: PartySession, until: Instant, attendance: Attendance | None = None
) -> Instant:
    """Return up to when :func:`together` says for certain that there were enough."""
    if attendance is None:
        attendance = attendance_of(party.players, party.min_players)
    parts = _parts(party, until, attendance)
    sure = (part.end for part in parts if part.present and part.credited)
    return max(sure, default=party.started_at)


def _left_at(party: PartySession) -> Instant | None:
    """Return when they became too few, where it takes no more than who has left to say so.

    None where somebody has come back or is unknown since, or has left twice.
    """
    gone = sorted((p.ended_at for p in party.players if p.ended_at is not None), reverse=True)
    needed = party.min_players - (len(party.players) - len(gone))
    if not 0 < needed <= len(gone):
        return None
    left_at = gone[needed - 1]
    there = [p for p in party.players if p.ended_at is None or p.ended_at >= left_at]
    is_plain = all(
        p.started_at < left_at and not (p.stretches and p.stretches[-1].end >= left_at)
        for p in there
    )
    return left_at if is_plain and len({p.user_id for p in there}) == len(there) else None


def _append_unknown(stretches: list[Stretch], part: _Part) -> None:
    last = stretches[-1] if stretches else None
    if last is not None and last.value == "unknown" and last.end == part.start:
        stretches[-1] = Stretch(last.start, part.end, "unknown")
    else:
        stretches.append(Stretch(part.start, part.end, "unknown"))


def _parts(party: PartySession, until: Instant, attendance: Attendance) -> Iterator[_Part]:
    """Yield when enough were there or may have been.

    Whoever plays on does so up to the last instant of which any player's timeline says something:
    the party may be told to be over at an earlier one, the leaving of another being unknown from
    there on. Outside the party's start and end, enough players for certain are another party of
    theirs: neither credited nor unknown.
    """
    edges = [(party.started_at, 0, 0, 0), (until, 0, 0, 0), *attendance.edges_until(until)]
    edges.sort(key=itemgetter(0))
    present = unknown = credited = 0
    enough = party.min_players
    said: tuple[bool, bool] | None = None
    since = edges[0][0]
    for (at, more_present, more_unknown, more_credited), (end, *_) in pairwise(edges):
        present += more_present
        unknown += more_unknown
        credited += more_credited
        if at == end:
            continue
        says = None
        if present + unknown >= enough:
            inside = party.started_at <= at < until
            says = (present >= enough, inside and credited >= enough)
        if says != said:
            if said is not None:
                yield _Part(since, at, *said)
            said, since = says, at
    if said is not None:
        yield _Part(since, edges[-1][0], *said)
