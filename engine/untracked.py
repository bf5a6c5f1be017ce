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

    def copy(self) -> _Person:
        """Return one that knows the same of one person, and is of nobody else."""
        copied = _Person()
        copied.everywhere = self.everywhere
        copied.in_guilds = self.in_guilds.copy()
        copied.heard_in = self.heard_in.copy()
        return copied

    @property
    def is_known(self) -> bool:
        return self.everywhere is None and not self.in_guilds


class Untracked(dict[int, _Person]):
    """Who they are, by their id; a dict, for with each event it is asked whether there is anybody.

    Instants are those of one clock, whoever asks has made it so.
    """

    def put(self, guild_id: int, user_id: int, since: Counting, *, voice: bool) -> None:
        """Somebody did not count in a guild until then, in voice or with their games."""
        self._alone(user_id).in_guilds[guild_id, voice] = since

    def put_all(
        self, guild_id: int, user_ids: Iterable[int], since: Counting, *, voice: bool
    ) -> None:
        """None of them counted until then; of thousands that takes a moment."""
        ids, where = frozenset(user_ids), (guild_id, voice)
        known = self.keys() & ids
        alike: dict[_Person, set[int]] = {_Person(): set(ids - known)}
        for user_id in known:
            person = self[user_id]
            if person.is_many:
                alike.setdefault(person, set()).add(user_id)
            else:
                person.in_guilds[where] = since
        for before, user_ids_alike in alike.items():
            person = before.copy()
            person.in_guilds[where], person.is_many = since, True
            self.update(dict.fromkeys(user_ids_alike, person))

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
            if (guild_id, voice) not in person.in_guilds:
                return
            person = self._alone(user_id)
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

    def _alone(self, user_id: int) -> _Person:
        """Return what is known of one person, which is known of nobody else from now on."""
        person = self.get(user_id)
        if person is None or person.is_many:
            person = self[user_id] = _Person() if person is None else person.copy()
        return person
