"""When enough people played together: a party's timeline, from those of its players.

At an instant a party is present when enough of its players are, absent when not even the
unknown ones could make it enough, and unknown in between.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from machines.timeline import Stretch, Timeline, spans

if TYPE_CHECKING:
    from collections.abc import Iterator

    from machines.instant import Instant
    from machines.session import PartySession, Player

__all__ = ["together"]


class _Edge(NamedTuple):
    at: Instant
    user_id: int
    present: int
    unknown: int
    credited: int


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
    """Yield when enough were there or may have been, sweeping over the players' spans.

    A person counts once, however many sessions they had. Outside the party's start and end,
    enough players for certain are another party of theirs: neither credited nor unknown.
    """
    edges = sorted(_edges(party.players, until))
    counts: dict[int, list[int]] = {}
    present = unknown = credited = 0
    enough = party.min_players
    for index, edge in enumerate(edges):
        held = counts.setdefault(edge.user_id, [0, 0, 0])
        present -= held[0] > 0
        unknown -= held[0] == 0 and held[1] > 0
        credited -= held[2] > 0
        held[0] += edge.present
        held[1] += edge.unknown
        held[2] += edge.credited
        present += held[0] > 0
        unknown += held[0] == 0 and held[1] > 0
        credited += held[2] > 0
        if index + 1 == len(edges) or edges[index + 1].at == edge.at:
            continue
        end = edges[index + 1].at
        for start, stop in _cut(edge.at, end, party.started_at, until):
            inside = party.started_at <= start and stop <= until
            if present + unknown >= enough:
                yield _Part(
                    start,
                    stop,
                    present=present >= enough,
                    credited=inside and credited >= enough,
                )


def _cut(
    start: Instant, end: Instant, first: Instant, last: Instant
) -> Iterator[tuple[Instant, Instant]]:
    points = sorted({start, end, *(p for p in (first, last) if start < p < end)})
    yield from pairwise(points)


def _edges(players: list[Player], until: Instant) -> Iterator[_Edge]:
    first, last = _reach(players, until)
    for player in players:
        ended_at = last if player.ended_at is None else player.ended_at
        stretches = list(player.stretches)
        if player.unbounded:
            stretches.append(Stretch(first, player.started_at, "unknown"))
        for span in spans(player.started_at, ended_at, stretches):
            here = span.value == "present"
            maybe = span.value == "unknown"
            yield _Edge(span.start, player.user_id, here, maybe, span.credited)
            yield _Edge(span.end, player.user_id, -here, -maybe, -span.credited)


def _reach(players: list[Player], until: Instant) -> tuple[Instant, Instant]:
    """Return the first and the last instant of which any player's timeline says something.

    Who plays on does so up to the last one at least: the party may be told to be over at an
    earlier instant, the leaving of another being unknown from there on.
    """
    first = last = until
    for player in players:
        starts = [stretch.start for stretch in player.stretches]
        ends = [stretch.end for stretch in player.stretches]
        first = min(first, player.started_at, *starts)
        last = max(last, player.started_at, player.ended_at or last, *ends)
    return first, last
