"""Untracked: since when people count who did not, and of whom nothing was heard or seen since.

They may have been in voice, or have played, all the time: when they are heard of next they have
not come just then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from machines import Instant

__all__ = ["Counting", "Untracked"]

_Where = tuple[int, bool]
"""A guild, and whether it is about voice there."""


class Counting(NamedTuple):
    """When somebody came to count: at some instant from ``earliest`` up to ``latest``.

    The two differ where news of it was late, as what is replayed after a cut.
    """

    earliest: Instant
    latest: Instant


class _Person:
    """One of them: since when, in a guild or in all of those in which they were not heard since."""

    __slots__ = ("everywhere", "heard_in", "in_guilds", "is_many")

    def __init__(self) -> None:
        self.everywhere: Counting | None = None
        self.in_guilds: dict[_Where, Counting] = {}
        self.heard_in: set[_Where] = set()
        self.is_many = False
        """Whether all who came to count at once are this one: it says no more of them than that."""

    def says_more_than(self, where: _Where) -> bool:
        """Return whether it is of more than of somebody who came to count there with many."""
        return not self.is_many or where not in self.in_guilds

    @property
    def is_known(self) -> bool:
        return self.everywhere is None and not self.in_guilds


class Untracked(dict[int, _Person]):
    """Who they are, by their id; a dict, for with each event it is asked whether there is anybody.

    Instants are those of one clock, whoever asks has made it so.
    """

    def put(self, guild_id: int, user_id: int, since: Counting, *, voice: bool) -> None:
        """Somebody did not count in a guild until then, in voice or with their games."""
        person = self.get(user_id)
        if person is None or person.is_many:
            before = {} if person is None else person.in_guilds
            person = self[user_id] = _Person()
            person.in_guilds.update(before)
        person.in_guilds[guild_id, voice] = since

    def put_all(self, guild_id: int, user_ids: Iterable[int], since: Counting) -> None:
        """All of them did not count in voice until then; of thousands that takes a moment."""
        ids, where = frozenset(user_ids), (guild_id, True)
        known = [user_id for user_id in self.keys() & ids if self[user_id].says_more_than(where)]
        for user_id in known:
            self.put(guild_id, user_id, since, voice=True)
        many = _Person()
        many.in_guilds[where], many.is_many = since, True
        self.update(dict.fromkeys(ids.difference(known), many))

    def put_everywhere(self, user_id: int, since: Counting) -> None:
        """Somebody did not count until then, in whatever guild they may be."""
        person = self[user_id] = _Person()
        person.everywhere = since

    def until(self, guild_id: int, user_id: int, *, voice: bool) -> Counting | None:
        """Return until when somebody did not count, None where more is known of them since."""
        person = self.get(user_id)
        if person is None:
            return None
        where = guild_id, voice
        if where in person.in_guilds:
            return person.in_guilds[where]
        return None if where in person.heard_in else person.everywhere

    def remove(self, guild_id: int, user_id: int, *, voice: bool) -> None:
        """What somebody does in a guild is known by now."""
        person = self.get(user_id)
        if person is None:
            return
        if person.is_many:
            if (guild_id, voice) in person.in_guilds:
                del self[user_id]
            return
        person.in_guilds.pop((guild_id, voice), None)
        if person.everywhere is not None:
            person.heard_in.add((guild_id, voice))
        if person.is_known:
            del self[user_id]

    def forget(self, guild_id: int) -> None:
        """The bot is no longer in a guild."""
        for user_id, person in tuple(self.items()):
            for voice in (True, False):
                person.in_guilds.pop((guild_id, voice), None)
            if person.is_known:
                del self[user_id]
