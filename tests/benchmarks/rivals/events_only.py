"""A cog of twenty lines that only hears events, as most bots that count time do."""

from __future__ import annotations

import time

import discord
from discord.ext import commands

__all__ = ["EmptyListeners", "EventsOnly"]


class EmptyListeners(commands.Cog):
    """Hears the events that Latido hears, and does nothing.

    But for presences of people whom discord.py has not cached: to hear those (``raw_presences``)
    is to hear every other twice.
    """

    @commands.Cog.listener("on_voice_state_update")
    @commands.Cog.listener("on_presence_update")
    @commands.Cog.listener("on_raw_member_remove")
    @commands.Cog.listener("on_guild_update")
    @commands.Cog.listener("on_guild_channel_delete")
    async def on_anything(self, *_told: object) -> None:
        """Do nothing."""


class EventsOnly(commands.Cog):
    """Starts a clock at the beginning, stops it at the end."""

    def __init__(self) -> None:
        """Start with nobody."""
        self.since: dict[tuple[int, int, str | None], float] = {}
        self.seconds: list[float] = []

    @commands.Cog.listener()
    async def on_voice_state_update(
        self, member: discord.Member, before: discord.VoiceState, after: discord.VoiceState
    ) -> None:
        """Somebody joined, moved or left."""
        if before.channel is None and after.channel is not None:
            self.since[member.guild.id, member.id, None] = time.time()
        elif before.channel is not None and after.channel is None:
            self._ends(member, None)

    @commands.Cog.listener()
    async def on_presence_update(self, before: discord.Member, after: discord.Member) -> None:
        """Somebody opened or closed a game."""
        was, now = _games(before), _games(after)
        for game in now - was:
            self.since[after.guild.id, after.id, game] = time.time()
        for game in was - now:
            self._ends(after, game)

    def _ends(self, member: discord.Member, game: str | None) -> None:
        since = self.since.pop((member.guild.id, member.id, game), None)
        if since is not None:
            self.seconds.append(time.time() - since)


def _games(member: discord.Member) -> set[str | None]:
    playing = discord.ActivityType.playing
    return {shown.name for shown in member.activities if shown.type is playing}
