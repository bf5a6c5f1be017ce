"""The cog's ears: each listener turns an event of discord.py into an observation.

They only translate, and hand over with no await before that, so that events are applied in
the order in which they came.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import discord
from discord.ext import commands

from engine import ChannelDeleted, GuildRemoved, MemberRemoved
from integrations.gateway.guild_payload import report_of
from integrations.words.catalogue import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine import SessionEngine, Settings
    from integrations.evidence.channel_info import CallUpdate
    from integrations.evidence.sources import EvidenceSources
    from integrations.gateway.admission import Admission
    from integrations.gateway.connection import Connections
    from integrations.gateway.guild_payload import GuildPayload, VoiceUpdate
    from integrations.gateway.placing import Placing
    from integrations.gateway.translation import Translation
    from integrations.tracker import Tracker
    from integrations.words.wording import Value

__all__ = ["Listeners"]

_log = logging.getLogger("latido")


class Listeners(commands.Cog):
    """What the cog hears. Whoever inherits it sets the attributes before it is added to a bot."""

    bot: commands.Bot | commands.AutoShardedBot
    settings: Settings
    engine: SessionEngine
    sources: EvidenceSources
    _tracker: Tracker
    _translation: Translation
    _admission: Admission
    _connections: Connections
    _placing: Placing
    _presences: bool
    _raw_presences: bool
    _untap: Callable[[], None] | None

    # Voice and presence

    @commands.Cog.listener()
    async def on_latido_voice_state(self, update: VoiceUpdate) -> None:
        """Somebody joined, moved, left, or merely changed their microphone."""
        guild = None if update.guild_id is None else self.bot.get_guild(update.guild_id)
        if guild is None:
            return
        since = self._connections.replaying_since(guild.shard_id)
        self.sources.person_heard(guild.id, update.user_id)
        self._tracker.observe(self._translation.voice_update(guild, update, since))
        self.sources.voice_changed(update)

    @commands.Cog.listener()
    async def on_latido_call(self, update: CallUpdate) -> None:
        """A call began in a voice channel, or is over: does what is held agree?"""
        self.sources.call_changed(update)

    @commands.Cog.listener()
    async def on_voice_state_update(
        self,
        member: discord.Member,
        before: discord.VoiceState,
        after: discord.VoiceState,
    ) -> None:
        """Somebody joined, moved or left; heard here only where the payload cannot be had."""
        if self._untap is not None:
            return
        since = self._connections.replaying_since(member.guild.shard_id)
        self._tracker.observe(self._translation.voice(member, before, after, since))

    @commands.Cog.listener()
    async def on_raw_presence_update(self, raw: discord.RawPresenceUpdateEvent) -> None:
        """Somebody's activities changed; fires for members who are not cached as well."""
        if not self._presences or raw.guild is None:
            return
        since = self._connections.replaying_since(raw.guild.shard_id)
        seen = self._translation.raw_presence(raw, since)
        if seen is not None:
            self._tracker.observe(seen)

    @commands.Cog.listener()
    async def on_presence_update(self, _before: discord.Member, after: discord.Member) -> None:
        """Somebody's activities changed, where the bot has no raw presences."""
        if self._raw_presences or not self._presences:
            return
        since = self._connections.replaying_since(after.guild.shard_id)
        self._tracker.observe(self._translation.presence(after, since))

    @commands.Cog.listener()
    async def on_raw_member_remove(self, payload: discord.RawMemberRemoveEvent) -> None:
        """Somebody left the guild: discord.py keeps their voice state, we do not."""
        guild = self.bot.get_guild(payload.guild_id)
        since = self._connections.replaying_since(None if guild is None else guild.shard_id)
        self.sources.person_heard(payload.guild_id, payload.user.id)
        removed = MemberRemoved(guild_id=payload.guild_id, user_id=payload.user.id, since=since)
        self._tracker.observe(removed)

    # Guilds and channels

    @commands.Cog.listener()
    async def on_latido_guild_create(self, payload: GuildPayload) -> None:
        """Discord said everything about a guild: the freshest evidence there is."""
        self._connections.is_available(payload.id)
        self._placing.place(payload)
        at = self._tracker.now()
        report = report_of(payload, self._admission, at, presences=self._presences)
        self.sources.guild_seen(payload, report)

    @commands.Cog.listener()
    async def on_guild_available(self, guild: discord.Guild) -> None:
        """A guild came back; looked at here only where its payload cannot be had."""
        self._connections.is_available(guild.id)
        if self._untap is None:
            self._look_at_cache(guild)

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """The bot joined a guild."""
        await self.on_guild_available(guild)

    @commands.Cog.listener()
    async def on_guild_unavailable(self, guild: discord.Guild) -> None:
        """A guild's servers are down: nothing is known of it until it comes back."""
        self._say(logging.INFO, "guild.unavailable", guild=guild.name)
        self._connections.is_unavailable(guild.id, guild.shard_id)

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """The bot is no longer in a guild."""
        self._say(logging.INFO, "guild.removed", guild=guild.name)
        self.sources.forget(guild.id)
        self._tracker.observe(GuildRemoved(guild_id=guild.id))

    @commands.Cog.listener()
    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """A channel is gone, and with it whoever was in it."""
        if isinstance(channel, discord.VoiceChannel | discord.StageChannel):
            self.sources.channel_deleted(channel.guild.id, channel.id)
            deleted = ChannelDeleted(guild_id=channel.guild.id, channel_id=channel.id)
            self._tracker.observe(deleted)

    # The connection

    @commands.Cog.listener()
    async def on_connect(self) -> None:
        """A new session of the gateway began (READY): nothing is replayed."""
        self._connections.begins(None)

    @commands.Cog.listener()
    async def on_shard_connect(self, shard_id: int) -> None:
        """A shard began a new session of the gateway."""
        self._connections.begins(shard_id)

    @commands.Cog.listener()
    async def on_disconnect(self) -> None:
        """The connection is gone; whether it can be resumed is not known yet."""
        self._connections.is_cut(None)
        self.sources.is_cut(None)

    @commands.Cog.listener()
    async def on_shard_disconnect(self, shard_id: int) -> None:
        """A shard's connection is gone."""
        self._connections.is_cut(shard_id)
        self.sources.is_cut(shard_id)

    @commands.Cog.listener()
    async def on_resumed(self) -> None:
        """The connection goes on, and what was missed has been replayed."""
        self._connections.resumes(None)

    @commands.Cog.listener()
    async def on_shard_resumed(self, shard_id: int) -> None:
        """A shard's connection goes on."""
        self._connections.resumes(shard_id)

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Every guild that will come has come: close the sessions of those that have not."""
        self._close_unlisted(None)
        self._placing.give_up()

    @commands.Cog.listener()
    async def on_shard_ready(self, shard_id: int) -> None:
        """Every guild of a shard has come."""
        self._close_unlisted(shard_id)

    # What several of them do

    def _look_at_cache(self, guild: discord.Guild) -> None:
        if not guild.unavailable:
            at = self._tracker.now()
            report = self._translation.cached_report(guild, at, presences=self._presences)
            self._tracker.validate(report)

    def _close_unlisted(self, shard_id: int | None) -> None:
        for guild_id in self.engine.guild_ids():
            listed = self._connections.lists(guild_id)
            if not listed and self._connections.serves(guild_id, shard_id):
                self.sources.forget(guild_id)
                self._tracker.observe(GuildRemoved(guild_id=guild_id))

    def _say(self, level: int, key: str, **values: Value) -> None:
        _log.log(level, "%s", say(self.settings.log_language, key, **values))
