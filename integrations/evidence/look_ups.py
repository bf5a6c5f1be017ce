"""Look-ups: asking Discord about people, one by one, within a budget and a time limit.

discord.py's cache holds what the events said; when an event was lost, only Discord itself can
tell. Get User Voice State answers for one person, Request Guild Members for a hundred.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from heapq import heappop, heappush, heappushpop, nsmallest
from typing import TYPE_CHECKING

import aiohttp
import discord
import msgspec

from engine import GuildReport, PresenceObserved, VoiceObserved
from integrations.turns import in_turns
from machines import GameSession, VoiceSession

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from integrations.gateway.translation import Translation
    from machines import AnySession, Instant, Source

__all__ = ["Budget", "LookUps"]

_NOT_IN_VOICE = 10065
"""The JSON error code "Unknown Voice State" of Get User Voice State."""

_LONGEST_LOOK_UP = 5.0
"""Seconds. discord.py itself retries a 500 for 25."""

_PER_REQUEST = 100
"""People in one Request Guild Members (Discord's documentation of the opcode)."""

_REQUESTS_A_MINUTE = 40
"""Of the 120 sends a minute that a gateway connection allows, so many at most are ours."""

_MINUTE = 60.0
"""Seconds."""

_FAILURES = 3
"""Failures on end after which a source rests for this check."""

_UNANSWERED = (
    discord.HTTPException,
    aiohttp.ClientError,
    msgspec.ValidationError,  # a proxy's page in place of Discord's JSON
    TimeoutError,
    OSError,
)

_log = logging.getLogger("latido.integrations")


class _VoiceState(msgspec.Struct):
    channel_id: int | None


class Budget:
    """What one check may still ask: so many look-ups by REST, and of no source that rests.

    A source rests once it has failed in three guilds on end; the next check tries it again.
    """

    def __init__(self, left: int) -> None:
        """Allow ``left`` look-ups."""
        self.left = left
        self._failed_on_end: Counter[Source] = Counter()

    def rests(self, source: Source) -> bool:
        """Return whether this source is not to be asked any more."""
        return self._failed_on_end[source] >= _FAILURES

    def note(self, source: Source, *, answered: bool) -> None:
        """Take note of whether a source answered."""
        self._failed_on_end[source] = 0 if answered else self._failed_on_end[source] + 1

    def spend(self) -> bool:
        """Take one; return whether there was one left."""
        if self.left <= 0:
            return False
        self.left -= 1
        return True


class _Longest:
    """Of all sessions that are added, the few that were not seen for longest."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._number = 0
        self._heap: list[tuple[Instant, int, AnySession]] = []

    def add(self, session: AnySession) -> None:
        self._number += 1
        push = heappush if len(self._heap) < self._most else heappushpop
        push(self._heap, (-session.last_seen, -self._number, session))

    async def sessions(self) -> list[AnySession]:
        """Return them, the longest unseen first; none is held any more."""
        seen_later_first = (heappop(self._heap)[2] for _each in range(len(self._heap)))
        ordered = [session async for session in in_turns(seen_later_first)]
        ordered.reverse()
        return ordered


class LookUps:
    """Asks Discord, and gives up rather than hold up the check."""

    def __init__(
        self,
        bot: discord.Client,
        translation: Translation,
        now: Callable[[], Instant],
        health_check_every: float,
        monotonic: Callable[[], float],
    ) -> None:
        """Ask as ``bot``; a look-up takes five seconds or ``health_check_every`` at most.

        ``monotonic`` returns seconds by a clock that nobody sets.
        """
        self._bot = bot
        self._translation = translation
        self._now = now
        self._limit = min(_LONGEST_LOOK_UP, health_check_every)
        self._monotonic = monotonic
        self._sent: deque[float] = deque()

    async def within_reach(
        self, sessions: Iterable[AnySession], budget: Budget, seen_since: Instant | None
    ) -> list[AnySession]:
        """Return those sessions that can be asked about in one check.

        Whoever was seen at ``seen_since`` or later is not asked about; of the others in voice,
        and of those in a game, those who were not seen for longest are.
        """
        voice = _Longest(budget.left)
        games = _Longest(_REQUESTS_A_MINUTE * _PER_REQUEST)
        async for session in in_turns(sessions):
            if seen_since is not None and session.last_seen >= seen_since:
                continue
            if isinstance(session, VoiceSession):
                voice.add(session)
            elif isinstance(session, GameSession):
                games.add(session)
        return [*await voice.sessions(), *await games.sessions()]

    async def voice(
        self, guild: discord.Guild, sessions: Iterable[AnySession], budget: Budget
    ) -> list[GuildReport]:
        """Ask for the voice states of people, the longest unseen first.

        The first failure ends it for this guild: its look-ups share one rate limit.
        """
        people = [s for s in sessions if isinstance(s, VoiceSession)]
        reports: list[GuildReport] = []
        for session in nsmallest(budget.left, people, key=lambda s: s.last_seen):
            if budget.rests("rest") or not budget.spend():
                break
            report = await self._voice_of(guild, session)
            budget.note("rest", answered=report is not None)
            if report is None:
                break
            reports.append(report)
        return reports

    async def games(
        self, guild: discord.Guild, sessions: Iterable[AnySession], budget: Budget
    ) -> list[GuildReport]:
        """Ask for the activities of people, a hundred at a time, and never in a hurry."""
        if not self._bot.intents.presences:
            return []
        user_ids = list({s.user_id: None for s in sessions if isinstance(s, GameSession)})
        reports: list[GuildReport] = []
        for start in range(0, len(user_ids), _PER_REQUEST):
            if budget.rests("members") or not self._may_send():
                break
            report = await self._games_of(guild, user_ids[start : start + _PER_REQUEST])
            budget.note("members", answered=report is not None)
            if report is None:
                break
            reports.append(report)
        return reports

    def _may_send(self) -> bool:
        now = self._monotonic()
        while self._sent and self._sent[0] <= now - _MINUTE:
            self._sent.popleft()
        if len(self._sent) >= _REQUESTS_A_MINUTE:
            return False
        self._sent.append(now)
        return True

    async def _voice_of(self, guild: discord.Guild, session: VoiceSession) -> GuildReport | None:
        asked_at = self._now()
        user_id = session.user_id
        try:
            async with asyncio.timeout(self._limit):
                state = await self._bot.http.get_voice_state(guild.id, user_id)
            found = msgspec.convert(state, _VoiceState, strict=False)
        except discord.NotFound as error:
            if error.code != _NOT_IN_VOICE:
                self._no_answer(guild, error)
                return None
            return self._voice_report(guild, session, None, asked_at)
        except _UNANSWERED as error:
            self._no_answer(guild, error)
            return None
        return self._voice_report(guild, session, found.channel_id, asked_at)

    def _voice_report(
        self,
        guild: discord.Guild,
        session: VoiceSession,
        channel_id: int | None,
        asked_at: Instant,
    ) -> GuildReport:
        as_it_is_now = self._bot.get_guild(guild.id) or guild  # READY makes each guild anew
        seen = self._seen(as_it_is_now, session, channel_id)
        return GuildReport(
            guild_id=guild.id,
            source="rest",
            at=self._now(),
            asked_at=asked_at,
            voice={} if seen is None or seen.channel is None else {session.user_id: seen},
            looked_voice=frozenset({session.user_id}),
        )

    def _seen(
        self, guild: discord.Guild, session: VoiceSession, channel_id: int | None
    ) -> VoiceObserved | None:
        if channel_id is None:
            return None
        member = guild.get_member(session.user_id)
        channel = guild.get_channel(channel_id)
        if member is not None and channel is not None:
            return self._translation.looked_up(member, channel)
        return VoiceObserved(
            guild_id=guild.id,
            user_id=session.user_id,
            username=session.username,
            channel=self._translation.counted_channel(guild, channel_id),
            joined=False,
        )

    async def _games_of(self, guild: discord.Guild, user_ids: list[int]) -> GuildReport | None:
        """Return what people play; None where Discord has not said it.

        A READY ends each query under way with what has come of it, mostly nothing
        (``ConnectionState.clear_chunk_requests``), and makes every guild anew.
        """
        asked_at = self._now()
        try:
            async with asyncio.timeout(self._limit):
                members = await guild.query_members(
                    user_ids=user_ids, limit=_PER_REQUEST, presences=True, cache=False
                )
        except (*_UNANSWERED, discord.DiscordException, RuntimeError) as error:
            self._no_answer(guild, error)
            return None
        if self._bot.get_guild(guild.id) is not guild:
            return None
        games: dict[int, PresenceObserved] = {
            member.id: self._translation.presence(member, None) for member in members
        }
        return GuildReport(
            guild_id=guild.id,
            source="members",
            at=self._now(),
            asked_at=asked_at,
            games=games,
            looked_games=frozenset(user_ids),
        )

    def _no_answer(self, guild: discord.Guild, error: Exception) -> None:
        described = str(error) or type(error).__name__
        _log.debug("Guild %s: a look-up was not answered: %s", guild.id, described)
