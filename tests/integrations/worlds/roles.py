"""Guilds with a role whose members do not count, and with channels in which nobody does."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from tests.benchmarks.population import frame
from tests.integrations.worlds.plaza import WIDE, Plaza, Square

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.benchmarks.population import Person

__all__ = ["QUIET_ROLES", "SIDE_ROOMS", "RoledPlaza"]

_FIRST_ROLE = 5_001
_ROLES, _CHANNELS = 200, 400

QUIET_ROLES = frozenset(range(_FIRST_ROLE, _FIRST_ROLE + _ROLES))
"""The roles that do not count: there is one at a time, and another once it is deleted."""

SIDE_ROOMS = frozenset(
    guild.id + 1 + number for guild in WIDE.guilds for number in range(2, _CHANNELS, 4)
)
"""The channels that do not count."""


class RoledPlaza(Plaza):
    """People are given a role by which they do not count, and it is taken from them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Plaza's
        super().__init__(*args, **kwargs)
        self._role = dict.fromkeys((each.id for each in self.squares), _FIRST_ROLE)

    def create(self, square: Square) -> dict[str, Any]:
        told = super().create(square)
        roles_of = {str(each.id): each.member["roles"] for each in square.members.values()}
        members = [
            {**each, "roles": roles_of.get(each["user"]["id"], [])} for each in told["members"]
        ]
        return {**told, "members": members, "roles": [_role(self._role[square.id])]}

    def _draws_deed(self) -> Callable[[], None]:
        if self._chance.happens(0.15):
            return self._chance.choice(
                (
                    self._somebody_changes_role,
                    self._somebody_changes_role,
                    self._somebody_changes_role,
                    self._role_is_deleted,
                    self._nowhere_is_afk,
                )
            )
        return super()._draws_deed()

    def _of(self, person_id: int, square: Square) -> Person:
        member = square.members.get(person_id)
        roles = () if member is None else member.roles
        return dataclasses.replace(super()._of(person_id, square), roles=roles)

    def _update(self, square: Square) -> str:
        afk = None if square.afk is None else str(square.afk)
        return square.guild.update(afk_channel_id=afk, roles=[_role(self._role[square.id])])

    def _is_out(self, person_id: int, square: Square) -> bool:
        member = square.members.get(person_id)
        has_role = member is not None and self._role[square.id] in member.roles
        return has_role or super()._is_out(person_id, square)

    def _counts_in(self, square: Square, channel_id: int | None) -> bool:
        return channel_id not in SIDE_ROOMS and super()._counts_in(square, channel_id)

    def _somebody_changes_role(self) -> None:
        square = self.some_square()
        if not square.members:
            return
        person_id = self._chance.choice(sorted(square.members))
        role, member = self._role[square.id], square.members[person_id]
        is_given = role not in member.roles
        self._story.tell(f"{person_id} {'is given' if is_given else 'loses'} the role")
        roles = (role,) if is_given else ()
        square.members[person_id] = dataclasses.replace(member, roles=roles)
        self._is_so_from_now_on(person_id, square)
        told = {**self._of(person_id, square).member, "guild_id": str(square.id)}
        self._sends(square.id, frame("GUILD_MEMBER_UPDATE", told))
        if not is_given:
            self._goes_on(person_id, square)

    def _role_is_deleted(self) -> None:
        square = self.some_square()
        role = self._role[square.id]
        self._story.tell(f"the role {role} is deleted")
        gone = {"guild_id": str(square.id), "role_id": str(role)}
        had_it = [each for each in square.members.values() if role in each.roles]
        self._role[square.id] = role + 1
        for member in had_it:
            square.members[member.id] = dataclasses.replace(member, roles=())
        for member in had_it:
            self._is_so_from_now_on(member.id, square)
        self._sends(square.id, frame("GUILD_ROLE_DELETE", gone))
        made = {"guild_id": str(square.id), "role": _role(role + 1)}
        self._sends(square.id, frame("GUILD_ROLE_CREATE", made))
        for member in had_it:
            self._goes_on(member.id, square)

    def _nowhere_is_afk(self) -> None:
        square = self.some_square()
        before, square.afk = square.afk, None
        if before is None:
            return
        self._story.tell("no channel is for those who are away any more")
        square.counts_since.append(self._now())
        there = [each for each in square.members if self.place_of(each, square) == before]
        for person_id in there:
            self._is_in(person_id, square, before)
        self._sends(square.id, self._update(square))
        for person_id in there:
            muted = self._of(person_id, square).voice_update(before, muted=True)
            self._sends(square.id, muted)

    def _is_so_from_now_on(self, person_id: int, square: Square) -> None:
        self.counted.append((person_id, self._now()))
        channel_id = self.place_of(person_id, square)
        if channel_id is not None:
            self._is_in(person_id, square, channel_id)
        self._is_shown(person_id, square, self._plays[person_id].game)

    def _goes_on(self, person_id: int, square: Square) -> None:
        """Somebody is heard of again."""
        person, channel_id = self._of(person_id, square), self.place_of(person_id, square)
        self._sends(square.id, person.presence_update(self._plays[person_id].game))
        if channel_id is not None:
            self._sends(square.id, person.voice_update(channel_id, muted=True))


def _role(role_id: int) -> dict[str, Any]:
    return {"id": str(role_id), "name": "quiet", "permissions": "0", "position": 1, "color": 0}
