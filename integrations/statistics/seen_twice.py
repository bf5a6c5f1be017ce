"""Parties that were seen in several servers: each server has one of its own of the same evening.

Games are heard of in every server that the bot shares with a person, so whoever plays together and
is together in two of them has a party in each. Where parties are listed, that is one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from machines import Instant, Record

    Party = Sequence[Record]
    """Its chapters in order, one at least."""

__all__ = ["Apart", "apart"]

_TOGETHER = 2
"""So many people in both, who played the same at the same time, were in one party."""


class Apart(NamedTuple):
    """The first so many parties of which each is another, and how many before the last were not."""

    parties: list[Party]
    seen_twice: int


def apart(parties: Iterable[Party], count: int) -> Apart:
    """Return the first ``count`` parties without those that were seen in another server before."""
    chosen: list[Party] = []
    seen_twice = 0
    for party in parties:
        if len(chosen) == count:
            break
        if any(_is_the_same(party, other) for other in chosen):
            seen_twice += 1
        else:
            chosen.append(party)
    return Apart(chosen, seen_twice)


def _is_the_same(party: Party, other: Party) -> bool:
    """Return whether two are one party: of one game, people and time, seen in two servers."""
    if party[0].guild_id == other[0].guild_id or party[0].game_name != other[0].game_name:
        return False
    overlap, shortest = _overlap(party, other), min(_length(party), _length(other))
    if 2 * overlap < shortest or overlap <= 0:
        return False
    return len(_people(party) & _people(other)) >= _TOGETHER


def _length(party: Party) -> Instant:
    return party[-1].ended_at - party[0].started_at


def _overlap(party: Party, other: Party) -> Instant:
    begins = max(party[0].started_at, other[0].started_at)
    return min(party[-1].ended_at, other[-1].ended_at) - begins


def _people(party: Party) -> set[int]:
    """Return who was in a party, but for those of whom nobody knows any more who they were."""
    return {one.user_id for chapter in party for one in chapter.players if one.user_id >= 0}
