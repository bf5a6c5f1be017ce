"""The live guild: everything that can be found out about a guild's sessions in one check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine import GuildReport, MergedReport
from integrations.turns import in_turns
from machines import GameSession, VoiceSession

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import discord

    from engine import PresenceObserved, VoiceObserved
    from integrations.evidence.look_ups import Budget, LookUps
    from integrations.gateway.translation import Translation
    from machines import AnySession, Instant

__all__ = ["LiveGuilds"]


class LiveGuilds:
    """Looks at guilds through every source there is, the freshest first.

    The work grows with the sessions, not with the members.

    Attributes:
        looked: told of the people in voice whom Discord was asked about, one report each.
    """

    def __init__(
        self,
        bot: discord.Client,
        translation: Translation,
        look_ups: LookUps,
        now: Callable[[], Instant],
    ) -> None:
        """Look as ``bot``."""
        self._bot = bot
        self._translation = translation
        self._look_ups = look_ups
        self._now = now
        self.looked: Callable[[list[GuildReport]], None] | None = None

    async def look(
        self,
        guild_id: int,
        sessions: Iterable[AnySession],
        budget: Budget,
        *,
        seen_since: Instant | None = None,
    ) -> MergedReport | None:
        """Return what can be found out about these sessions; None where nothing can.

        A guild that is unavailable says nothing. Whoever was seen at ``seen_since`` or later
        is not looked up.
        """
        guild = self._bot.get_guild(guild_id)
        if guild is None or not self.speaks_of(guild_id):
            return None
        asked = list(sessions)
        cached = await self._cached(guild, asked)
        unseen = [s for s in asked if seen_since is None or s.last_seen < seen_since]
        voice = await self._look_ups.voice(guild, unseen, budget)
        if self.looked is not None:
            self.looked(voice)
        games = await self._look_ups.games(guild, unseen, budget)
        return MergedReport(guild_id=guild_id, reports=(*voice, *games, cached))

    def speaks_of(self, guild_id: int) -> bool:
        """Return whether a guild is there, and its events are heard.

        What a look has found meanwhile is of no use where it is not: nothing that follows
        would be heard, so it must not end a gap.
        """
        guild = self._bot.get_guild(guild_id)
        return guild is not None and not guild.unavailable

    async def _cached(self, guild: discord.Guild, sessions: list[AnySession]) -> GuildReport:
        """Return what the cache says of the people of ``sessions``; the uncached are unknown."""
        voice: dict[int, VoiceObserved] = {}
        games: dict[int, PresenceObserved] = {}
        looked_voice: set[int] = set()
        asked_at = self._now()
        presences = self._bot.intents.presences
        async for session in in_turns(sessions):
            if not isinstance(session, VoiceSession | GameSession):
                continue
            member = guild.get_member(session.user_id)
            if member is None:
                continue
            if isinstance(session, GameSession):
                if presences:
                    games[member.id] = self._translation.presence(member, None)
                continue
            looked_voice.add(member.id)
            channel = None if member.voice is None else member.voice.channel
            seen = self._translation.looked_up(member, channel)
            if seen.channel is not None:
                voice[member.id] = seen
        return GuildReport(
            guild_id=guild.id,
            source="cache",
            at=self._now(),
            asked_at=asked_at,
            voice=voice,
            games=games,
            looked_voice=frozenset(looked_voice),
        )
