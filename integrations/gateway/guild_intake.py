"""The intake of guilds and their channels: what there is of them, and what befalls them.

It hears the payloads as :class:`~integrations.gateway.intake.Intake` does, whose part it is: each
is taken in at once, behind the news of people that came before it.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from engine import ChannelDeleted, ChannelUncounted, GuildRemoved
from integrations.gateway.arrivals import Arrival
from integrations.gateway.event_payload import (
    VOICE_CHANNELS,
    ChannelDelete,
    GuildDelete,
    GuildUpdate,
    decoded,
)
from integrations.gateway.guild_payload import GuildFacts, people_listed
from integrations.gateway.internals import hold_frames
from integrations.words.catalogue import say

if TYPE_CHECKING:
    from collections.abc import Callable

    import discord

    from integrations.gateway.counting_again import CountingAgain
    from integrations.gateway.hears import Hears
    from integrations.gateway.surroundings import Surroundings
    from machines import Instant

    Befalls = ChannelDeleted | ChannelUncounted

__all__ = ["GuildIntake"]

_log = logging.getLogger("latido")


class GuildIntake:
    """What the gateway says of guilds and channels, handed to whoever it concerns."""

    def __init__(
        self,
        around: Surroundings,
        counting_again: CountingAgain,
        hears: Hears,
        observe: Callable[[Befalls | GuildRemoved], Instant],
    ) -> None:
        """Hear for the tracker; ``observe`` applies news now, behind what looks say."""
        self._bot = around.bot
        self._language = around.settings.log_language
        self._tracker = around.tracker
        self._admission = around.admission
        self._connections = around.connections
        self._placing = around.placing
        self._sources = around.sources
        self._counting_again = counting_again
        self._hears = hears
        self._observe = observe

    def create(self, data: dict[str, Any]) -> None:
        """Discord said everything about a guild: the freshest evidence there is."""
        guild = decoded(data, GuildFacts)
        if guild.unavailable is True:
            return
        cached = self._bot.get_guild(guild.id)
        if cached is not None:
            guild.id = cached.id  # all that is held of it is held by that: no number of its own
        self._connections.is_available(guild.id)
        self._tracker.heard_at()  # it finds what has happened to the clocks
        at = self._tracker.now()  # what is heard behind it is of no moment that goes on
        arrival = Arrival(
            guild,
            data,
            self._admission,
            at,
            partial(self._bot.get_guild, guild.id),
            self._hears,
            self._placing.place(
                guild.id, [each.id for each in guild.channels], people_listed(data)
            ),
        )
        self._sources.guild_seen(arrival)
        if not arrival.found.is_set():
            hold_frames(self._bot, guild.id, arrival.found)
        self._sources.something_heard(at)

    def update(self, data: dict[str, Any]) -> None:
        """A guild's name, or settings, or AFK channel is another one."""
        update = decoded(data, GuildUpdate)
        guild = self._bot.get_guild(update.id)
        if guild is not None:
            self.afk_is(guild, guild.afk_channel, update.afk_channel_id)

    def afk_is(
        self, guild: discord.Guild, before: discord.abc.Snowflake | None, channel_id: int | None
    ) -> None:
        """Whoever is in what has become the AFK channel is in none that counts.

        Who is in the one before counts, and is found by their next event, or the next look.
        """
        if before is not None and before.id == channel_id:
            return
        if before is not None:
            self._counting_again.afk_was(guild, before.id, channel_id)
        if channel_id is None or self._admission.channel(channel_id, channel_id):
            return
        self._sources.channel_uncounted(guild.id)
        since = self.late_since(guild)
        self._befall(ChannelUncounted(guild_id=guild.id, channel_id=channel_id, since=since))

    def delete(self, data: dict[str, Any]) -> None:
        """A guild's servers are down, or the bot is no longer in it."""
        gone = decoded(data, GuildDelete)
        guild = self._bot.get_guild(gone.id)
        if guild is None:
            return
        if gone.unavailable:
            self.out(guild)
        else:
            self.left(guild)

    def out(self, guild: discord.Guild) -> None:
        """A guild's servers are down: nothing is known of it until it comes back."""
        self._say("guild.unavailable", guild.name)
        self._connections.is_unavailable(guild.id, guild.shard_id)

    def left(self, guild: discord.Guild) -> None:
        """The bot is no longer in a guild."""
        self._say("guild.removed", guild.name)
        self._sources.forget(guild.id)
        self._observe(GuildRemoved(guild_id=guild.id, since=self.late_since(guild)))
        self._connections.is_left(guild.id)

    def channel_delete(self, data: dict[str, Any]) -> None:
        """A channel is gone, and with it whoever was in it."""
        gone = decoded(data, ChannelDelete)
        if gone.guild_id is not None and gone.type in VOICE_CHANNELS:
            self.channel_gone(gone.guild_id, gone.id)

    def channel_gone(self, guild_id: int, channel_id: int) -> None:
        """There is no such voice channel any more."""
        self._sources.channel_deleted(guild_id, channel_id)
        guild = self._bot.get_guild(guild_id)
        since = self.late_since(guild)
        self._befall(ChannelDeleted(guild_id=guild_id, channel_id=channel_id, since=since))

    def _befall(self, befalls: Befalls) -> None:
        """Apply what befalls a channel, unless that means nothing: it may happen all the time."""
        self._placing.finish(befalls.guild_id)
        if self._tracker.engine.may_befall(befalls.guild_id, befalls.channel_id):
            self._observe(befalls)

    def late_since(self, guild: discord.Guild | None) -> Instant | None:
        """Return since when what comes in of a guild may have happened; None where that is now."""
        return None if guild is None else self._connections.late_since(guild.shard_id)

    def _say(self, key: str, guild: str) -> None:
        _log.info("%s", say(self._language, key, guild=guild))
