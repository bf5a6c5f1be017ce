"""Ends: when people's last sessions of something ended, in some thirty bytes each.

Everybody may leave, and nobody looks at an empty bot for hours: so long all of them are remembered.
An entry of a dict would take a sixth of what a session does, so they are numbers side by side, in
parts of few people: enough that a part itself hardly counts, and so few that to go through one is
little. Which part somebody is in follows from who they are.
"""

from __future__ import annotations

from array import array
from itertools import chain, compress
from operator import gt, not_
from typing import TYPE_CHECKING, Final, NamedTuple

from machines import Instant, seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from engine.games import GameName

    _Part = array[int]
    _Row = tuple[int, Instant, Instant]

__all__ = ["LONG_AGO", "End", "Ends"]

_MOST: Final = 48
"""Ends in a part, beyond which there is to be one part more."""

_ROW: Final = 3
"""Numbers of an end: whose and of what it is, and its two instants."""

LONG_AGO: Final = seconds(24 * 3_600)
"""An end so long ago bounds hardly anything: no look that is still under way is as old."""

_NOBODY: Final = array("q")
"""A part without ends, one for all: a part that changes in length is replaced."""

_NO_SIGN: Final = (1 << 63) - 1


class End(NamedTuple):
    """When a session ended, and the last instant of which its person is known to be absent.

    They differ where somebody was found gone, which may be long after they were last known to be
    there; and where the session was closed over a gap although its person was there again, for
    that proves no absence: then it is the last instant before at which they were known.
    Both are instants of the clock as it first was, before it was set.
    """

    at: Instant
    proof: Instant


class Ends:
    """The last end of each person's sessions in voice, and of each game, by guild."""

    def __init__(self) -> None:
        """Remember nothing."""
        self._parts: dict[int, list[_Part]] = {}

    def __bool__(self) -> bool:
        """Return whether any is remembered."""
        return bool(self._parts)

    def find(self, guild_id: int, user_id: int, name: GameName | None) -> End | None:
        """Return a person's last end in voice, or of a game."""
        parts = self._parts.get(guild_id)
        if parts is None:
            return None
        whose = _number_of(user_id, name)
        part = parts[_place_of(whose, len(parts))]
        everybody = part[::_ROW]
        if whose not in everybody:
            return None
        row = everybody.index(whose) * _ROW
        return End(part[row + 1], part[row + 2])

    def put(self, guild_id: int, user_id: int, name: GameName | None, end: End) -> None:
        """Remember an end, unless a later one of the same is remembered.

        Those of more than a day ago make room for it, or they would pile up where nobody looks
        at everybody.
        """
        parts = self._parts.get(guild_id)
        if parts is None:
            parts = self._parts[guild_id] = [_NOBODY]
        whose = _number_of(user_id, name)
        place = _place_of(whose, len(parts))
        part = parts[place]
        everybody = part[::_ROW]
        if whose not in everybody:
            parts[place] = part = part + array("q", (whose, *end))
        else:
            row = everybody.index(whose) * _ROW
            if part[row + 1] <= end.at:
                part[row + 1], part[row + 2] = end
        if len(part) <= _ROW * _MOST:
            return
        long_ago = end.at - LONG_AGO
        if min(part[1::_ROW]) <= long_ago:
            parts[place] = _later(part, long_ago, long_ago)
        else:
            _add_part(parts)

    def forgetting(self, guild_id: int, voice: Instant, games: Instant) -> Iterator[None]:
        """Forget what was over at an instant, in voice and of games, yielding after each part.

        What is put meanwhile stays, where it ended later, and so does what was found over later.
        """
        parts = self._parts.get(guild_id, [])
        place = 0
        while place < len(parts):  # there may be more by then
            parts[place] = _later(parts[place], voice, games)
            place += 1
            yield
        if not any(parts) and self._parts.get(guild_id) is parts:
            del self._parts[guild_id]

    def forget(self, guild_id: int) -> None:
        """Forget a guild."""
        self._parts.pop(guild_id, None)


def _number_of(user_id: int, name: GameName | None) -> int:
    """Return a number for somebody in voice, or for their game: that one is below zero.

    Of two games of one person, or of two people who came to Discord within the same second, these
    are different but for a chance of one in billions.
    """
    return user_id if name is None else ~((user_id ^ hash(name)) & _NO_SIGN)


def _place_of(whose: int, parts: int) -> int:
    """Return in which of so many parts a number is; only one part changes as one is added.

    That is linear hashing: of the last places that there would be in a power of two of parts,
    those that there are not yet are those of half as many.
    """
    places = 1 << (parts - 1).bit_length()
    place = hash((whose,)) & (places - 1)  # many ids end in the same digits
    return place if place < parts else place - places // 2


def _add_part(parts: list[_Part]) -> None:
    """Add one part, and let go over to it whoever is in it now."""
    places = 1 << len(parts).bit_length() - 1
    divided = len(parts) - places
    part = parts[divided]
    goes = [*map(places.__and__, map(hash, zip(part[::_ROW], strict=True)))]
    parts[divided] = _part_of(compress(_rows(part), map(not_, goes)))
    parts.append(_part_of(compress(_rows(part), goes)))


def _later(part: _Part, voice: Instant, games: Instant) -> _Part:
    """Return the part without what was known to be over at these instants."""
    are_games = map((0).__gt__, part[::_ROW])
    until = map((voice, games).__getitem__, are_games)
    known = map(max, part[1::_ROW], part[2::_ROW])
    return _part_of(compress(_rows(part), map(gt, known, until)))


def _rows(part: _Part) -> Iterator[_Row]:
    return zip(part[::_ROW], part[1::_ROW], part[2::_ROW], strict=True)


def _part_of(rows: Iterable[_Row]) -> _Part:
    numbers = [*chain.from_iterable(rows)]  # of a list an array takes no more room than it needs
    return array("q", numbers) if numbers else _NOBODY
