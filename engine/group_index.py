"""Which group a session belongs to, and how early the next party of a group may begin."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from engine.emptying import emptied
from engine.games import GameName, name_of
from engine.groups import Group
from engine.observation import ActivitySeen
from machines import GameSession

if TYPE_CHECKING:
    from collections.abc import Iterator

    from machines import Instant, PartySession, Record

__all__ = ["GroupIndex"]

_Held = Group | tuple[Group, ...]
"""The groups of one name. Nearly always there is one: a tuple for each would be half of a group."""


class GroupIndex:
    """The groups of all guilds, by their game.

    When their last parties ended is held in instants of the clock as it first was, so that
    nothing has to be gone through when it is set.

    Attributes:
        of_session: the group of each game session, and of each party, by its id.
    """

    def __init__(self) -> None:
        """Start with no group."""
        self.of_session: dict[str, Group] = {}
        self._groups: dict[int, dict[GameName, _Held]] = {}
        self._ends: dict[tuple[int, GameName], Instant] = {}
        self._shifted = 0

    def guild_ids(self) -> list[int]:
        """Return the guilds that have any."""
        return list(self._groups)

    def in_guild(self, guild_id: int) -> Iterator[Group]:
        """Go through the groups of a guild."""
        return chain.from_iterable(map(_each_of, self._groups.get(guild_id, {}).values()))

    def group_for(self, session: GameSession | PartySession) -> Group:
        """Return the group that a session is of, made where it is new."""
        name = _name_of(session)
        in_guild = self._groups.setdefault(session.guild_id, {})
        groups = _each_of(in_guild.get(name, ()))
        for group in groups:
            if group.admits(session):
                return group
        floor = self._ends.get((session.guild_id, name))
        group = Group(session.guild_id, name, session.app_id, floor=floor)
        in_guild[name] = (*groups, group) if groups else group
        return group

    def like(self, party: PartySession, guild_id: int) -> Iterator[Group]:
        """Go through the groups of a guild that a party could be of."""
        for group in _each_of(self._groups.get(guild_id, {}).get(_name_of(party), ())):
            if group.app_id == party.app_id or None in (group.app_id, party.app_id):
                yield group

    def forget(self, group: Group) -> None:
        """Forget a group that nobody is in."""
        in_guild = self._groups.get(group.guild_id, {})
        held = _each_of(in_guild.get(group.name, ()))
        others = tuple(other for other in held if other is not group)
        if others:
            in_guild[group.name] = others
            return
        in_guild.pop(group.name, None)
        if not in_guild:
            self._groups.pop(group.guild_id, None)
            if not self._groups:
                self._groups.clear()  # a dict that was emptied keeps room for all that it has held

    def leave(self, session_id: str) -> None:
        """A game session, or a party, is of no group any more."""
        del self.of_session[session_id]
        if not self.of_session:
            self.of_session.clear()  # as below

    def let_go(self) -> Iterator[None]:
        """Hold no group any more, a session at a time."""
        yield from emptied(self.of_session)
        while self._groups:
            _, in_guild = self._groups.popitem()
            while in_guild:
                for group in _each_of(in_guild.popitem()[1]):
                    yield from group.let_go_of_all()
                yield

    def remember_ended(self, record: Record) -> None:
        """Take up when a party of an earlier process ended: the next one begins no earlier."""
        if record.kind != "party" or record.game_name is None:
            return
        played = ActivitySeen(record.game_name, record.app_id)
        guild_id, name = record.guild_id, name_of(played)
        ended_at = record.ended_at - self._shifted
        self._ends[guild_id, name] = max(ended_at, self._ends.get((guild_id, name), ended_at))
        for group in _each_of(self._groups.get(guild_id, {}).get(name, ())):
            group.floor = max(ended_at, group.floor or ended_at)

    def has_ended(self, group: Group, at: Instant) -> None:
        """A party of a group is over: the next one begins no earlier."""
        group.floor = at - self._shifted

    def floor_of(self, group: Group, first: Instant) -> Instant:
        """Return when the next party of a group can begin; ``first`` where nothing is known."""
        return first if group.floor is None else group.floor + self._shifted

    def shift(self, by: int) -> None:
        """Move every instant by ``by`` microseconds: the clock was set."""
        self._shifted += by


def _name_of(session: GameSession | PartySession) -> GameName:
    if type(session) is GameSession:
        return name_of(session)
    return name_of(ActivitySeen(session.game_name, session.app_id))


def _each_of(held: _Held) -> tuple[Group, ...]:
    return held if isinstance(held, tuple) else (held,)
