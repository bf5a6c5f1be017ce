"""When enough people played together: a party's timeline, from those of its players.

At an instant a party is present when enough of its players are, absent when not even the
unknown ones could make it enough, and unknown in between.
"""

from __future__ import annotations

from itertools import pairwise
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from machines.timeline import Span, Stretch, Timeline, spans

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from machines.instant import Instant
    from machines.session import PartySession, Player

    _Edge = tuple[Instant, int, int, int]
    """An instant, and how many more are present, unknown, and credited from there on."""

__all__ = ["together"]


class _Part(NamedTuple):
    start: Instant
    end: Instant
    present: bool
    credited: bool


def together(party: PartySession, until: Instant) -> Timeline:
    """Return the timeline of ``party``, crediting nothing before its start or after ``until``."""
    parts = list(_parts(party, until))
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
    unbounded = {player.user_id for player in party.players if player.unbounded}
    return Timeline(started_at, ended_at, stretches, len(unbounded) >= party.min_players)


def _append_unknown(stretches: list[Stretch], part: _Part) -> None:
    last = stretches[-1] if stretches else None
    if last is not None and last.value == "unknown" and last.end == part.start:
        stretches[-1] = Stretch(last.start, part.end, "unknown")
    else:
        stretches.append(Stretch(part.start, part.end, "unknown"))


def _parts(party: PartySession, until: Instant) -> Iterator[_Part]:
    """Yield when enough were there or may have been, sweeping over the people's spans.

    Outside the party's start and end, enough players for certain are another party of theirs:
    neither credited nor unknown.
    """
    edges = [(party.started_at, 0, 0, 0), (until, 0, 0, 0), *_edges(party.players, until)]
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


def _edges(players: list[Player], until: Instant) -> Iterator[_Edge]:
    """Yield where people begin and end to count: each once, however many sessions they had."""
    first, last = _reach(players, until)
    sessions: dict[int, list[Player]] = {}
    for player in players:
        sessions.setdefault(player.user_id, []).append(player)
    for of_person in sessions.values():
        if len(of_person) == 1:
            yield from _edges_of(of_person[0], first, last)
        else:
            yield from _united(each for one in of_person for each in _edges_of(one, first, last))


def _edges_of(player: Player, first: Instant, last: Instant) -> Iterator[_Edge]:
    """Yield where one session begins and ends to count as present, unknown, credited."""
    start = player.started_at
    end = last if player.ended_at is None else player.ended_at
    stretches = player.stretches
    if player.unbounded:
        stretches = (Stretch(first, start, "unknown"), *stretches)
    if len(stretches) > 1 and any(a.end > b.start for a, b in pairwise(stretches)):
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


def _edges_of_spans(parts: Iterable[Span]) -> Iterator[_Edge]:
    for part in parts:
        here, maybe = part.value == "present", part.value == "unknown"
        yield part.start, here, maybe, part.credited
        yield part.end, -here, -maybe, -part.credited


def _united(edges: Iterable[_Edge]) -> Iterator[_Edge]:
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


def _reach(players: list[Player], until: Instant) -> tuple[Instant, Instant]:
    """Return the first and the last instant of which any player's timeline says something.

    Who plays on does so up to the last one at least: the party may be told to be over at an
    earlier instant, the leaving of another being unknown from there on.
    """
    starts = [player.started_at for player in players]
    ends = [player.ended_at for player in players if player.ended_at is not None]
    stretches = [stretch for player in players for stretch in player.stretches]
    first = min([until, *starts, *(stretch.start for stretch in stretches)])
    last = max([until, *starts, *ends, *(stretch.end for stretch in stretches)])
    return first, last
