"""The live guild: everything that can be found out about a guild's sessions in one check."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING

from engine import GuildReport, MergedReport
from integrations.gateway.translation import channel_of
from machines import Evidence, GameSession, PartySession

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import discord

    from engine import GameRules, PresenceObserved, VoiceObserved
    from integrations.evidence.look_ups import Budget, LookUps
    from integrations.gateway.hears import Hears
    from integrations.gateway.translation import Translation
    from machines import AnySession, Instant, Kind, Source

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
        hears: Hears,
    ) -> None:
        """Look as ``bot``; of what it does not hear its cache knows nothing."""
        self._bot = bot
        self._translation = translation
        self._look_ups = look_ups
        self._now = now
        self._unheard = hears.unheard
        self.looked: Callable[[list[GuildReport]], None] | None = None

    async def look(
        self,
        guild_id: int,
        sessions: Iterable[AnySession],
        budget: Budget,
        *,
        seen_since: Instant | None = None,
        games: bool = True,
    ) -> MergedReport | None:
        """Return what can be found out about these sessions; None where nothing can.

        A guild that is unavailable says nothing. Whoever was seen at ``seen_since`` or later
        is not looked up, and nobody's ``games`` are where they do not matter.
        """
        guild = self._bot.get_guild(guild_id)
        if guild is None or not self.speaks_of(guild_id):
            return None
        cached = _Cached(self._bot, guild, self._translation, self._now, self._unheard)
        asked = await self._look_ups.within_reach(sessions, budget, seen_since)
        voice = await self._look_ups.voice(guild, asked, budget)
        if self.looked is not None:
            self.looked(voice)
        played = await self._look_ups.games(guild, asked, budget) if games else []
        return MergedReport(guild_id=guild_id, reports=(*voice, *played), otherwise=cached)

    def speaks_of(self, guild_id: int) -> bool:
        """Return whether a guild is there, and its events are heard.

        What a look has found meanwhile is of no use where it is not: nothing that follows
        would be heard, so it must not end a gap.
        """
        guild = self._bot.get_guild(guild_id)
        return guild is not None and not guild.unavailable


class _Cached:
    """What discord.py's cache says of people, looked up for whoever is asked about.

    The uncached are unknown, and so is everybody once the guild is out, or the connection has
    begun anew and its cache with it. Whatever else changes the cache meanwhile is an event, which
    the engine hears as well and believes sooner.
    """

    source: Source = "cache"

    def __init__(
        self,
        bot: discord.Client,
        guild: discord.Guild,
        translation: Translation,
        now: Callable[[], Instant],
        unheard: frozenset[Kind],
    ) -> None:
        self.guild_id = guild.id
        self.at = self.earliest = now()
        self._bot = bot
        self._guild = guild
        self._translation = translation
        self._now = now
        self._rules: GameRules | None = None
        self._unheard = unheard

    def under(self, rules: GameRules) -> _Cached:
        """Return the same with the games as the settings name them."""
        known = copy(self)
        known._rules = rules  # noqa: SLF001 - its own
        return known

    def about(self, session: AnySession) -> Evidence:
        """Say where the cache has the person of ``session``."""
        member = None
        is_heard = session.kind not in self._unheard
        if self._is_kept and is_heard and not isinstance(session, PartySession):
            member = self._guild.get_member(session.user_id)
        if member is None:
            return Evidence("unknown", self.at, "cache")
        return self._report_of(member, session).about(session)

    @property
    def _is_kept(self) -> bool:
        kept = self._bot.get_guild(self.guild_id)
        return kept is self._guild and not self._guild.unavailable

    def _report_of(self, member: discord.Member, session: AnySession) -> GuildReport:
        voice: dict[int, VoiceObserved] = {}
        games: dict[int, PresenceObserved] = {}
        if isinstance(session, GameSession):
            games[member.id] = self._translation.presence(member, None)
        else:
            voice[member.id] = self._translation.looked_up(member, channel_of(member))
        return GuildReport(
            guild_id=self.guild_id,
            source="cache",
            at=self._now(),
            asked_at=self.earliest,
            voice=voice,
            games=games,
            looked_voice=frozenset(voice),
            rules=self._rules,
        )
