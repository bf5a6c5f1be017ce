"""The cog's ears for what no payload says: a connection that is gone, and everything come.

All that Discord sends is heard by ``integrations/gateway/intake.py``.
"""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING

from discord.ext import commands

from engine import GuildRemoved
from integrations.gateway.placing import NOWHERE
from integrations.turns import in_turns, others_first
from integrations.words.catalogue import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    import discord

    from engine import Settings
    from integrations.evidence.sources import EvidenceSources
    from integrations.gateway.connection import Connections
    from integrations.gateway.hears import Hears
    from integrations.gateway.placing import Placing
    from integrations.gateway.translation import Translation
    from integrations.tracker import Tracker
    from integrations.words.wording import Value

__all__ = ["Listeners"]

_log = logging.getLogger("latido")
_faults = logging.getLogger("latido.integrations")


class Listeners(commands.Cog):
    """What the cog hears. Whoever inherits it sets the attributes before it is added to a bot."""

    bot: commands.Bot | commands.AutoShardedBot
    settings: Settings
    sources: EvidenceSources
    _tracker: Tracker
    _translation: Translation
    _connections: Connections
    _placing: Placing
    _hears: Hears
    _is_closing: bool
    _unlooked: dict[int, bool]

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
        """The cache knows by now what was missed: look where a cut has kept the cog from it."""
        unlooked, self._unlooked = self._unlooked, {}
        async for guild_id, is_new in in_turns(unlooked.items()):
            guild = self.bot.get_guild(guild_id)
            if guild is None or self._is_closing:
                continue
            try:  # where its shard is still cut, it waits on
                await self._look_at_cache(guild, is_new=is_new)
            except Exception as error:  # noqa: BLE001 - the others are looked at all the same
                self._unlooked[guild.id] = is_new
                _faults.error("Guild %s: the cache was not looked at", guild.id, exc_info=error)

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Every guild has come, or is out: close the sessions of those that the bot is not in."""
        await self._close_unlisted(None)
        await self._give_up_unless_some_are_out()

    @commands.Cog.listener()
    async def on_shard_ready(self, shard_id: int) -> None:
        """Every guild of a shard has come, or is out."""
        await self._close_unlisted(shard_id)

    @commands.Cog.listener()
    async def on_guild_available(self, _guild: discord.Guild) -> None:
        """A guild that was out is back; it may have been the last."""
        if self._placing.is_waiting and self.bot.is_ready():
            await self._give_up_unless_some_are_out()

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """One that does not say that it is available again is taken for joined by discord.py."""
        await self.on_guild_available(guild)

    @commands.Cog.listener()
    async def on_guild_remove(self, _guild: discord.Guild) -> None:
        """The bot is no longer in a guild, which may have been the last that was out."""
        if self._placing.is_waiting and self.bot.is_ready():
            await self._give_up_unless_some_are_out()

    # What several of them do

    @contextlib.contextmanager
    def _hearing_cuts(self) -> Iterator[None]:
        """Hear of cuts and their ends while it is loaded: discord.py adds its ears after that."""
        listeners = (self.on_disconnect, self.on_shard_disconnect, self.on_resumed)
        for listener in listeners:
            self.bot.add_listener(listener)
        try:
            yield
        finally:
            for listener in listeners:
                self.bot.remove_listener(listener)

    async def _look_at_cache(self, guild: discord.Guild, *, is_new: bool = False) -> None:
        """Look at what discord.py holds of a guild; where it is ``is_new``, that is to be believed.

        Then discord.py has made it of a GUILD_CREATE, and all that came since is in it: it holds
        nothing of before.
        """
        if guild.unavailable:
            return
        if self._placing.is_waiting:
            people = (member.id for member in list(guild.members))
            channels = [channel.id for channel in guild.channels]
            async for _piece in in_turns(self._placing.place(guild.id, channels, people)):
                pass
        if self._connections.cut_since(guild.shard_id) is not None:
            self._unlooked[guild.id] = is_new
            return  # the cache is as old as the cut
        at = self._tracker.now()
        report = await self._translation.cached_report(
            guild, at, self._hears, source="guild_create" if is_new else "cache"
        )
        if self.bot.get_guild(guild.id) is guild and not guild.unavailable:
            await self._tracker.looks.begin(report)

    async def _was_ready(self) -> None:
        """Do what is done once a bot is ready, where it was before anybody listened to it."""
        await self.on_resumed()  # one that has just been read is told of later
        if isinstance(self.bot, commands.AutoShardedBot):
            for shard_id in self.bot.shards:
                await self.on_shard_ready(shard_id)
        await self.on_ready()

    async def _give_up_unless_some_are_out(self) -> None:
        """Close whoever has found no guild: a guild that is out may be theirs."""
        lists = self._connections.lists
        if not any(guild.unavailable and lists(guild.id) for guild in self.bot.guilds):
            await self._placing.give_up()

    async def _close_unlisted(self, shard_id: int | None) -> None:
        """Let go of the guilds of a connection that the bot is not in, and of who was there."""
        if self._connections.is_up(shard_id):  # all that is in the cache has come over it
            unlooked, serves = self._unlooked, self._connections.serves
            self._unlooked = {k: v for k, v in unlooked.items() if not serves(k, shard_id)}
        await self._placing.finish_all()
        engine = self._tracker.engine
        known = dict.fromkeys((*engine.guild_ids(), *engine.watched_guild_ids()))
        async for guild_id in in_turns(known):
            if self._is_closing:
                return
            listed = guild_id == NOWHERE or self._connections.lists(guild_id)
            if not listed and self._connections.serves(guild_id, shard_id):
                self.sources.forget(guild_id)
                self._tracker.observe(GuildRemoved(guild_id=guild_id))
                await others_first()  # that was a turn already

    def _say(self, level: int, key: str, **values: Value) -> None:
        _log.log(level, "%s", say(self.settings.log_language, key, **values))
