"""Admission: which people and channels are tracked at all.

So say the settings, and the people themselves: nothing of somebody who opted out gets further
than this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

    import discord

    from engine import Settings

__all__ = ["Admission"]


class Admission:
    """The settings about bots, roles and channels. Somebody not admitted is in no channel.

    Attributes:
        opted_out: the ids of people who opted out.
        ignored_roles: the ids of roles whose members are not tracked.
    """

    def __init__(self, settings: Settings, opted_out: AbstractSet[int] = frozenset()) -> None:
        """Take over ``ignore_bots``, ``ignored_roles``, ``ignored_channels``, the AFK channel.

        Args:
            settings: the settings.
            opted_out: the ids of people who opted out; looked into each time, so it may change.
        """
        self.opted_out = opted_out
        self._bots = settings.ignore_bots
        self.ignored_roles = settings.ignored_roles
        self._channels = settings.ignored_channels
        self._afk = settings.ignore_afk_channel

    def takes(self, guild_id: int, user_id: int) -> bool:
        """Return whether this person may be tracked, for all that is known from the ids.

        The role that everybody in a guild has is called by the guild's id: no payload lists it.
        """
        return user_id not in self.opted_out and guild_id not in self.ignored_roles

    def person(self, guild_id: int, user_id: int, *, bot: bool, role_ids: Iterable[int]) -> bool:
        """Return whether this person is tracked in a guild."""
        if user_id in self.opted_out or (bot and self._bots):
            return False
        roles = self.ignored_roles
        return not roles or (guild_id not in roles and roles.isdisjoint(role_ids))

    def lets_in(self, member: discord.Member, role_ids: Iterable[int]) -> bool:
        """Return whether a member who is not tracked is so once these are their roles."""
        return self._is_tracked_by(member, role_ids) and not self._is_tracked(member)

    def leaves_out(self, member: discord.Member, role_ids: Iterable[int]) -> bool:
        """Return whether a member who is tracked is so no longer once these are their roles."""
        return self._is_tracked(member) and not self._is_tracked_by(member, role_ids)

    def left_out_by(
        self, role_id: int, guild_id: int, members: Iterable[discord.Member]
    ) -> AbstractSet[int]:
        """Return who of a guild's members is not tracked for this role, and for nothing else."""
        others = self.ignored_roles - {role_id}
        if guild_id in others:
            return frozenset()
        left_out = [
            member
            for member in members
            if member.get_role(role_id) is not None and not (self._bots and member.bot)
        ]
        if others:
            left_out = [member for member in left_out if not any(map(member.get_role, others))]
        return {member.id for member in left_out} - self.opted_out

    def _is_tracked(self, member: discord.Member) -> bool:
        return self._is_tracked_by(member, (role.id for role in member.roles))

    def _is_tracked_by(self, member: discord.Member, role_ids: Iterable[int]) -> bool:
        return self.person(member.guild.id, member.id, bot=member.bot, role_ids=role_ids)

    def channel(self, channel_id: int, afk_channel_id: int | None) -> bool:
        """Return whether time in this channel counts."""
        if channel_id in self._channels:
            return False
        return not (self._afk and channel_id == afk_channel_id)
