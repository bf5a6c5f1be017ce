"""Ends: when people's last sessions of something ended, in some twenty bytes each.

Everybody may leave, and nobody looks at an empty bot for hours: so long all of them are remembered.
An entry of a dict would take a sixth of what a session does, so they are numbers side by side, in
parts of few people: enough that a part itself hardly counts, and so few that to go through one is
little. Which part somebody is in follows from who they are. There may be very many guilds with few
people each, so a part is plain bytes, which take least room, and the only one of a guild is in no
list.
"""

from __future__ import annotations

from itertools import compress, starmap
from operator import not_
from struct import Struct
from typing import TYPE_CHECKING, Final, NamedTuple

from machines import Instant, seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from engine.games import GameName

    _Part = bytes
    _Parts = list[_Part]
    _Row = tuple[int, Instant]

__all__ = ["LONG_AGO", "End", "Ends"]

_ROW: Final = Struct("2q")
"""Numbers of an end: whose and of what it is, and when. A second row behind it, of the same, is
its proof where that is another instant, as it seldom is."""

_WHOSE: Final = Struct("q")
"""The first of them."""

_FULL: Final = 48 * _ROW.size
"""Bytes of a part, beyond which there is to be one part more."""

_AT_ONCE: Final = 1_000
"""Guilds of which all ends are let go of in one piece: half a millisecond."""

LONG_AGO: Final = seconds(24 * 3_600)
"""An end so long ago bounds hardly anything: no look that is still under way is as old."""

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
        self._parts: dict[int, _Part | _Parts] = {}
        self._latest: Instant = 0

    def __bool__(self) -> bool:
        """Return whether any is remembered."""
        return bool(self._parts)

    def find(self, guild_id: int, user_id: int, name: GameName | None) -> End | None:
        """Return a person's last end in voice, or of a game."""
        parts = self._of(guild_id)
        whose = _number_of(user_id, name)
        part = parts[_place_of(whose, len(parts))]
        first, behind = _rows_of(whose, part)
        if first < 0:
            return None
        last = behind - _ROW.size
        return End(_ROW.unpack_from(part, first)[1], _ROW.unpack_from(part, last)[1])

    def put(self, guild_id: int, user_id: int, name: GameName | None, end: End) -> None:
        """Remember an end, unless a later one of the same is remembered.

        Those of more than a day ago make room for it, or they would pile up where nobody looks
        at everybody.
        """
        at, proof = end
        if at > self._latest or proof > self._latest:
            self._latest = max(at, proof)
        whose = _number_of(user_id, name)
        parts = self._of(guild_id)
        place = _place_of(whose, len(parts)) if len(parts) > 1 else 0
        part = parts[place]
        first, behind = _rows_of(whose, part)
        if first >= 0 and _ROW.unpack_from(part, first)[1] > at:
            return
        new = _ROW.pack(whose, at)
        if proof != at:
            new += _ROW.pack(whose, proof)
        parts[place] = part = part + new if first < 0 else part[:first] + new + part[behind:]
        if len(part) > _FULL:
            _make_room(parts, place, at - LONG_AGO)
        self._parts[guild_id] = parts if len(parts) > 1 else parts[0]

    def forgetting(self, guild_id: int, voice: Instant, games: Instant) -> Iterator[None]:
        """Forget what was over at an instant, in voice and of games, yielding after each part.

        What is put meanwhile stays, where it ended later, and so does what was found over later.
        """
        place = 0
        while place < len(parts := self._of(guild_id)):  # there may be more by then
            parts[place] = _later(parts[place], voice, games)
            self._hold(guild_id, parts)
            place += 1
            yield

    def let_go(self, at: Instant) -> None:
        """Remember fewer of them once all are of more than a day ago: some in one piece."""
        if at - LONG_AGO < self._latest:
            return
        for _guild in range(min(_AT_ONCE, len(self._parts))):
            self._parts.popitem()
        if not self._parts:
            self._parts.clear()  # a dict that was emptied keeps room for all that it has held

    def forget(self, guild_id: int) -> None:
        """Forget a guild."""
        self._parts.pop(guild_id, None)

    def _of(self, guild_id: int) -> _Parts:
        """Return the parts of a guild, one at least."""
        held = self._parts.get(guild_id, b"")
        return [held] if isinstance(held, bytes) else held

    def _hold(self, guild_id: int, parts: _Parts) -> None:
        """Hold these parts of a guild, unless nobody is in them."""
        if any(parts):
            self._parts[guild_id] = parts if len(parts) > 1 else parts[0]
        else:
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


def _rows_of(whose: int, part: _Part) -> tuple[int, int]:
    """Return from where to where in a part an end is; from below 0 where it is not there."""
    key = _WHOSE.pack(whose)
    first = part.find(key)
    while first >= 0 and first % _ROW.size:  # an instant is a number as well
        first = part.find(key, first + 1)
    behind = first + _ROW.size
    return first, behind + _ROW.size if part.startswith(key, behind) else behind


def _make_room(parts: _Parts, place: int, long_ago: Instant) -> None:
    """Let a part be smaller: without what was long ago, or else with one part more."""
    numbers = memoryview(parts[place]).cast("q")
    if min(numbers[1::2]) <= long_ago:
        parts[place] = _later(parts[place], long_ago, long_ago)
    if len(parts[place]) > _FULL:
        _add_part(parts)


def _add_part(parts: _Parts) -> None:
    """Add one part, and let go over to it whoever is in it now."""
    places = 1 << len(parts).bit_length() - 1
    divided = len(parts) - places
    rows = [*_ROW.iter_unpack(parts[divided])]
    everybody = memoryview(parts[divided]).cast("q")[::2]
    goes = [*map(places.__and__, map(hash, zip(everybody, strict=True)))]
    parts[divided] = _part_of(compress(rows, map(not_, goes)))
    parts.append(_part_of(compress(rows, goes)))


def _later(part: _Part, voice: Instant, games: Instant) -> _Part:
    """Return the part without what was known to be over at these instants."""
    rows = [*_ROW.iter_unpack(part)]
    stay = {whose for whose, at in rows if at > (games if whose < 0 else voice)}
    return _part_of(row for row in rows if row[0] in stay)


def _part_of(rows: Iterable[_Row]) -> _Part:
    return b"".join(starmap(_ROW.pack, rows))
