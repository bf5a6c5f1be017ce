"""Counting again: who did not count for a role, or for where they are, and does from now on.

They may be in voice, or play, already: what is heard of them next is not their coming. And who
counted, and does not for a role that they are given, counts until then.
"""

from __future__ import annotations

from itertools import chain, product
from typing import TYPE_CHECKING, Any

import discord

from engine import MemberRemoved, OptedIn, PeopleCounted
from integrations.gateway.event_payload import MemberUpdate, RoleDelete, decoded

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from integrations.gateway.surroundings import Surroundings
    from machines import Instant

__all__ = ["CountingAgain"]

_VOCAL = discord.VoiceChannel | discord.StageChannel


def _people_in(channel: discord.abc.GuildChannel | None) -> frozenset[int]:
    """Return who is in a channel: whoever is in that of before an outage has left it.

    See :func:`~integrations.gateway.translation.channel_of`.
    """
    if not isinstance(channel, _VOCAL):
        return frozenset()
    states = channel.voice_states
    return frozenset([user_id for user_id, state in states.items() if state.channel is channel])


class CountingAgain:
    """Tells the tracker of them; what looks say of them already comes before it."""

    def __init__(self, around: Surroundings) -> None:
        """Tell the tracker."""
        self._bot = around.bot
        self._tracker = around.tracker
        self._admission = around.admission
        self._connections = around.connections
        self._placing = around.placing
        self._sources = around.sources

    def roles_change(self, data: dict[str, Any]) -> None:
        """A member has other roles, as a GUILD_MEMBER_UPDATE says."""
        told = decoded(data, MemberUpdate)
        guild = self._bot.get_guild(told.guild_id)
        member = None if guild is None else guild.get_member(told.user.id)
        if member is None:
            return
        if self._admission.lets_in(member, told.roles):
            self._count(member)
        elif self._admission.leaves_out(member, told.roles):
            self._count_no_more(member)

    def role_delete(self, data: dict[str, Any]) -> None:
        """There is no such role any more; of its members no other news comes.

        Those are passed over of whom discord.py knows that they are in no channel and do nothing.
        """
        gone = decoded(data, RoleDelete)
        guild = self._bot.get_guild(gone.guild_id)
        if guild is not None and gone.role_id in self._admission.ignored_roles:
            self._count_many(guild, self._let_in_without(guild, gone.role_id), games=True)

    def afk_was(self, guild: discord.Guild, channel_id: int, afk_channel_id: int | None) -> None:
        """A channel is the AFK channel no more: whoever is in it counts, unless it is ignored."""
        counted = self._admission.channel
        if counted(channel_id, channel_id) or not counted(channel_id, afk_channel_id):
            return
        self._count_many(guild, _people_in(guild.get_channel(channel_id)), games=False)

    def _let_in_without(self, guild: discord.Guild, role_id: int) -> AbstractSet[int]:
        """Return who counts once there is no such role, and is in voice or does something.

        There may be fifty thousand members: nothing is asked of those who are idle.
        """
        in_voice = self._sources.occupancy.everybody(guild.id)
        if in_voice is None:
            channels = (*guild.voice_channels, *guild.stage_channels)
            in_voice = set(chain.from_iterable(map(_people_in, channels)))
        busy = {member.id: member for member in guild.members if member.activities}
        others = filter(None, map(guild.get_member, set(in_voice) - busy.keys()))
        return self._admission.left_out_by(role_id, guild.id, chain(busy.values(), others))

    def _count_many(self, guild: discord.Guild, user_ids: AbstractSet[int], *, games: bool) -> None:
        since = self._comes_first(guild, user_ids, games=games)
        self._tracker.observe(
            PeopleCounted(guild_id=guild.id, user_ids=frozenset(user_ids), games=games, since=since)
        )

    def _count(self, member: discord.Member) -> None:
        since = self._comes_first(member.guild, {member.id}, games=True)
        self._tracker.observe(OptedIn(guild_id=member.guild.id, user_id=member.id, since=since))

    def _count_no_more(self, member: discord.Member) -> None:
        """They are where nothing counts: as if they had left the guild."""
        guild_id, since = member.guild.id, self._comes_first(member.guild, {member.id}, games=True)
        self._tracker.observe(MemberRemoved(guild_id=guild_id, user_id=member.id, since=since))

    def _comes_first(
        self, guild: discord.Guild, user_ids: AbstractSet[int], *, games: bool
    ) -> Instant | None:
        """Do what comes before news of people; return since when that may have happened.

        Of thousands nothing is asked where no look at their guild has anything to say.
        """
        self._placing.finish(guild.id)
        if guild.id in self._sources.held or self._tracker.looks.is_at(guild.id):
            for user_id, of_games in product(user_ids, {False, games}):
                self._sources.person_heard(guild.id, user_id, games=of_games)
        return self._connections.late_since(guild.shard_id)
