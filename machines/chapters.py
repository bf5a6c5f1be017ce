"""Chapters: a party that never ends is written down in parts, of which one begins as another ends.

What a party comes to at an instant follows from what its players did at that instant. So where
each player's history is cut in two at one instant, the two parties come to what one would have.
"""

from __future__ import annotations

from hashlib import blake2b
from heapq import merge
from itertools import chain, islice
from typing import TYPE_CHECKING, Final

import msgspec

from machines.session import GameSession, PartySession, Player
from machines.timeline import Stretch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from machines.instant import Instant

__all__ = [
    "is_cut_by",
    "most_at_once",
    "next_chapter",
    "next_chapter_id",
    "part_after",
    "part_before",
]

_SHELF: Final = 1_000
"""Comings and goings that are put in order at once."""


def next_chapter_id(party_id: str) -> str:
    """Return the id of what a party goes on as.

    It follows from the party's own, so that whoever has to do it again, after a kill, does the
    same.
    """
    return blake2b(party_id.encode(), digest_size=16).hexdigest()


def next_chapter(party: PartySession, at: Instant, players: Iterable[Player]) -> PartySession:
    """Return what a party goes on as from an instant on, with these players: new, to be begun."""
    return PartySession(
        id=next_chapter_id(party.id),
        guild_id=party.guild_id,
        started_at=at,
        confirmed_at=at,
        last_seen=max(party.last_seen, at),
        announced=party.announced,
        continues=True,
        game_name=party.game_name,
        app_id=party.app_id,
        min_players=party.min_players,
        players=list(players),
        max_players=party.max_players,
    )


def is_cut_by(player: Player | GameSession, at: Instant) -> bool:
    """Return whether the history of somebody who plays can be cut at an instant.

    Not so where they came after it and may have been there before: their part of it would be that
    of somebody who was never there.
    """
    if player.started_at < at:
        return True
    return not player.unbounded and all(part.start >= at for part in player.stretches)


def part_before(player: Player, at: Instant) -> Player | None:
    """Return what a player did until an instant, if anything."""
    if player.started_at >= at:
        return None
    ended_at = at if player.ended_at is None else min(player.ended_at, at)
    if ended_at == player.ended_at and all(part.end <= at for part in player.stretches):
        return player
    stretches = tuple(
        part if part.end <= at else Stretch(part.start, at, part.value)
        for part in player.stretches
        if part.start < at
    )
    return msgspec.structs.replace(player, ended_at=ended_at, stretches=stretches)


def part_after(player: Player, at: Instant) -> Player | None:
    """Return what a player did from an instant on, if anything."""
    is_gone = player.ended_at is not None and player.ended_at <= at
    if is_gone and all(part.end <= at for part in player.stretches):
        return None
    return player if player.started_at >= at else player.since(at)


def most_at_once(players: Iterable[Player]) -> Iterator[int]:
    """Yield how many of these were there at once at most, as far as that is counted by then.

    The last says it; each is a bit of work. Whoever was away was not there.
    """
    shelves: list[list[tuple[Instant, int]]] = []
    edges = chain.from_iterable(map(_comings_and_goings, players))
    while some := sorted(islice(edges, _SHELF)):
        shelves.append(some)
        yield 0
    here = most = 0
    for _at, more in merge(*shelves):  # whoever goes comes before those who come at that instant
        here += more
        most = max(most, here)
        yield most


def _comings_and_goings(player: Player) -> Iterator[tuple[Instant, int]]:
    yield player.started_at, 1
    if player.ended_at is not None:
        yield player.ended_at, -1
    for part in player.stretches:
        if part.value == "away":
            yield part.start, -1
            yield part.end, 1
