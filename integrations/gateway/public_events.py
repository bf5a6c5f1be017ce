"""Public events: the listeners of discord.py, where its parsers cannot be tapped.

They say less than the payloads: a channel that is not cached is handed over as no channel, a
leaving that was missed stays in the cache, and each is heard in a task of its own. So they are
a fallback, and the bot says that it has to do with them.

The cache is believed behind READY, where discord.py makes each guild anew. A gap of which no READY
tells, that of a guild that was out or of a machine that slept, is ended by an audit alone; until
then REST and Request Guild Members say of each person who has a session whether they are there.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import discord

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine
    from typing import Protocol

    from discord.ext import commands

    from integrations.gateway.connection import Connections
    from integrations.gateway.intake import Intake
    from integrations.gateway.translation import Translation
    from machines import Kind

    class LookAtCache(Protocol):
        """Looks at what discord.py holds of a guild, which is new where nothing older is in it."""

        def __call__(self, guild: discord.Guild, *, is_new: bool) -> Awaitable[None]: ...


__all__ = ["PublicEvents", "has_raw_presences"]


def has_raw_presences(bot: discord.Client) -> bool:
    """Return whether ``on_raw_presence_update`` will fire (``enable_raw_presences=True``)."""
    return bool(getattr(bot._connection, "raw_presence_flag", False))  # noqa: SLF001


class PublicEvents:
    """Turns what discord.py dispatches into observations."""

    def __init__(
        self,
        bot: commands.Bot | commands.AutoShardedBot,
        *,
        intake: Intake,
        translation: Translation,
        connections: Connections,
        look_at_cache: LookAtCache,
        presences: bool,
    ) -> None:
        """Hear for ``intake``; activities too where there are ``presences``."""
        self._bot = bot
        self._intake = intake
        self._translation = translation
        self._connections = connections
        self._look_at_cache = look_at_cache
        self._kept: set[int] = set()
        self._heard_now: set[tuple[Kind, int, int]] = set()
        self._listeners: list[Callable[..., Coroutine[Any, Any, None]]] = [
            self.on_voice_state_update,
            self.on_raw_member_remove,
            self.on_guild_available,
            self.on_guild_join,
            self.on_guild_update,
            self.on_guild_unavailable,
            self.on_guild_remove,
            self.on_guild_channel_delete,
            self.on_connect,
            self.on_shard_connect,
            self.on_resumed,
            self.on_shard_resumed,
        ]
        if presences and has_raw_presences(bot):
            self._listeners.append(self.on_raw_presence_update)
        elif presences:
            self._listeners.append(self.on_presence_update)

    def listen(self) -> Callable[[], None]:
        """Begin to listen; return a function that ends it."""
        self._kept.update(guild.id for guild in self._bot.guilds)
        for listener in self._listeners:
            self._bot.add_listener(listener)

        def stop() -> None:
            for listener in self._listeners:
                self._bot.remove_listener(listener)

        return stop

    # People

    async def on_voice_state_update(
        self, member: discord.Member, before: discord.VoiceState, after: discord.VoiceState
    ) -> None:
        """Somebody joined, moved or left."""
        since = self._connections.late_since(member.guild.shard_id)
        if self._follows_another("voice", member):
            self._intake.observe(self._translation.voice(member, before, before, since))
        self._intake.observe(self._translation.voice(member, before, after, since))

    async def on_raw_presence_update(self, raw: discord.RawPresenceUpdateEvent) -> None:
        """Somebody's activities changed; fires for members who are not cached as well."""
        if raw.guild is None:
            return
        since = self._connections.late_since(raw.guild.shard_id)
        seen = self._translation.raw_presence(raw, since)
        if seen is not None:
            self._intake.observe(seen)

    async def on_presence_update(self, before: discord.Member, after: discord.Member) -> None:
        """Somebody's activities changed, where the bot has no raw presences."""
        since = self._connections.late_since(after.guild.shard_id)
        if self._follows_another("game", after):
            self._intake.observe(self._translation.presence(before, since))
        self._intake.observe(self._translation.presence(after, since))

    def _follows_another(self, kind: Kind, member: discord.Member) -> bool:
        """Return whether news of somebody was read along with earlier news of the same.

        The tasks that hear them run once all is read, and ``after`` is what the cache holds: of
        each of them what the last has said. So what the earlier one said stands in ``before``.
        """
        if not self._heard_now:
            asyncio.get_running_loop().call_soon(self._heard_now.clear)  # behind these tasks
        key = (kind, member.guild.id, member.id)
        follows = key in self._heard_now
        self._heard_now.add(key)
        return follows

    async def on_raw_member_remove(self, payload: discord.RawMemberRemoveEvent) -> None:
        """Somebody left the guild: discord.py keeps their voice state, we do not."""
        self._intake.person_gone(payload.guild_id, payload.user.id)

    # Guilds and channels

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """A guild came back.

        After READY, and where it is joined, discord.py makes it anew: it holds what its
        GUILD_CREATE said and what came since. After an outage discord.py goes on with the one
        that it had (``_get_create_guild``), and whoever has left meanwhile may still be in it.
        """
        if self._bot.get_guild(guild.id) is not guild:
            return  # its members were awaited, and READY came: it comes anew
        self._connections.is_available(guild.id)
        is_new = guild.id not in self._kept
        self._kept.add(guild.id)
        await self._look_at_cache(guild, is_new=is_new)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """The bot joined a guild."""
        await self.on_guild_available(guild)

    async def on_guild_update(self, before: discord.Guild, after: discord.Guild) -> None:
        """A guild's name, or settings, or AFK channel is another one."""
        afk = after.afk_channel
        self._intake.guilds.afk_is(after, before.afk_channel, None if afk is None else afk.id)

    async def on_guild_unavailable(self, guild: discord.Guild) -> None:
        """A guild's servers are down: nothing is known of it until it comes back."""
        self._kept.add(guild.id)
        self._intake.guilds.out(guild)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """The bot is no longer in a guild."""
        self._kept.discard(guild.id)
        self._intake.guilds.left(guild)

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """A channel is gone, and with it whoever was in it."""
        if isinstance(channel, discord.VoiceChannel | discord.StageChannel):
            self._intake.guilds.channel_gone(channel.guild.id, channel.id)

    # The connection

    async def on_connect(self) -> None:
        """A new session of the gateway began (READY): nothing is replayed."""
        self._begins(None)

    async def on_shard_connect(self, shard_id: int) -> None:
        """A shard began a new session of the gateway."""
        self._begins(shard_id)

    async def on_resumed(self) -> None:
        """The connection goes on, and what was missed has been replayed."""
        self._connections.resumes(None)

    async def on_shard_resumed(self, shard_id: int) -> None:
        """A shard's connection goes on."""
        self._connections.resumes(shard_id)

    def _begins(self, shard_id: int | None) -> None:
        """Take note that discord.py makes all guilds of a connection anew."""
        self._connections.begins(shard_id)
        serves = self._connections.serves
        self._kept = {each for each in self._kept if not serves(each, shard_id)}
