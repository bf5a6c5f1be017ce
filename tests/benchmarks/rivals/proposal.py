"""The proposal's code as it is written: its persistence, its check, and where it calls them.

What it leaves open (its managers) is filled with the least that works: a session begins,
counts ten seconds later, and ends. One session per person, as its keys say.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import discord
from discord.ext import commands

if TYPE_CHECKING:
    from pathlib import Path

    from tests.benchmarks.population import Population

__all__ = ["ProposalCog"]

_CONFIRM_AFTER = 10.0


@dataclass
class _Voice:
    user_id: int
    username: str
    channel_id: int
    channel_name: str
    guild_id: int
    is_confirmed: bool = False
    start_time: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass
class _Game:
    user_id: int
    username: str
    game_name: str
    app_id: int | None
    guild_id: int
    activity_type: str = "playing"
    is_confirmed: bool = False
    start_time: datetime = field(default_factory=lambda: datetime.now(UTC))


class ProposalCog(commands.Cog):
    """Its ``EventsCog`` with its ``SessionHealthCheck``."""

    def __init__(self, bot: commands.Bot, folder: Path) -> None:
        """Hold no session."""
        folder.mkdir(parents=True, exist_ok=True)
        self.bot = bot
        self.file = folder / "active_sessions.json"
        self.voice: dict[int, _Voice] = {}
        self.games: dict[int, _Game] = {}
        self.ended: list[tuple[int, float]] = []
        self.timers: set[asyncio.TimerHandle] = set()

    def holds(self, population: Population) -> None:
        """Hold a confirmed session of everybody."""
        for person in population.people:
            name = person.member["user"]["global_name"]
            if person.channel_id is not None:
                self.voice[person.id] = _Voice(
                    person.id, name, person.channel_id, "Sala", person.guild_id, is_confirmed=True
                )
            elif person.game is not None:
                self.games[person.id] = _Game(
                    person.id, name, person.game, None, person.guild_id, is_confirmed=True
                )

    async def cog_unload(self) -> None:
        """Wait for nothing any more."""
        await self.confirms_nobody()

    async def confirms_nobody(self) -> None:
        """Forget whom to confirm: ten seconds later it would be in somebody else's turn."""
        for timer in self.timers:
            timer.cancel()
        self.timers.clear()

    # cogs/events.py

    @commands.Cog.listener()
    async def on_voice_state_update(
        self, member: discord.Member, before: discord.VoiceState, after: discord.VoiceState
    ) -> None:
        """Somebody joined, moved or left."""
        if after.channel and before.channel is None:
            self._start_voice(member, after.channel)
        elif after.channel and before.channel and after.channel.id != before.channel.id:
            session = self.voice.get(member.id)
            if session is not None:
                session.channel_id, session.channel_name = after.channel.id, after.channel.name
                self.persist_all_sessions()
        if after.channel is None and before.channel:
            self._end(self.voice.pop(member.id, None))
            self.persist_all_sessions()

    @commands.Cog.listener()
    async def on_presence_update(self, before: discord.Member, after: discord.Member) -> None:
        """Somebody's presence changed: persisted each time, as it is written."""
        was, now = _playing(before), _playing(after)
        if now is not None and was is None:
            self._later(self._start_game(after, now))
        elif now is None and was is not None:
            self._end(self.games.pop(after.id, None))
        self.persist_all_sessions()

    # core/health_check.py

    def persist_all_sessions(self) -> None:
        """Write every session to the disk."""
        data: dict[str, Any] = {
            "voice_sessions": {},
            "game_sessions": {},
            "party_sessions": {},
            "last_updated": datetime.now(UTC).isoformat(),
        }
        for user_id, voice in self.voice.items():
            if voice.is_confirmed:
                data["voice_sessions"][user_id] = {
                    "username": voice.username,
                    "channel_id": voice.channel_id,
                    "channel_name": voice.channel_name,
                    "guild_id": voice.guild_id,
                    "start_time": voice.start_time.isoformat(),
                    "is_confirmed": voice.is_confirmed,
                }
        for user_id, game in self.games.items():
            if game.is_confirmed:
                data["game_sessions"][user_id] = {
                    "username": game.username,
                    "game_name": game.game_name,
                    "app_id": game.app_id,
                    "activity_type": game.activity_type,
                    "guild_id": game.guild_id,
                    "start_time": game.start_time.isoformat(),
                    "is_confirmed": game.is_confirmed,
                }
        with self.file.open("w", encoding="utf-8") as file:
            json.dump(data, file, indent=2, ensure_ascii=False)

    def restore_sessions_on_startup(self) -> None:
        """Read every session from the disk."""
        with self.file.open("r", encoding="utf-8") as file:
            persisted = json.load(file)
        for user_id, data in persisted.get("voice_sessions", {}).items():
            self.voice[int(user_id)] = _Voice(
                int(user_id),
                data["username"],
                data["channel_id"],
                data["channel_name"],
                data.get("guild_id", 0),
                data.get("is_confirmed", False),
                datetime.fromisoformat(data["start_time"]),
            )
        for user_id, data in persisted.get("game_sessions", {}).items():
            self.games[int(user_id)] = _Game(
                int(user_id),
                data["username"],
                data["game_name"],
                data.get("app_id"),
                data.get("guild_id", 0),
                data["activity_type"],
                data.get("is_confirmed", False),
                datetime.fromisoformat(data["start_time"]),
            )

    async def check(self) -> int:
        """Its ``health_check_task``, with the checks and the recovery of its sketches."""
        fixed = 0
        for voice in list(self.voice.values()):
            member = self._member(voice.guild_id, voice.user_id)
            channel = None if member is None or member.voice is None else member.voice.channel
            if channel is None or channel.id != voice.channel_id:
                self._end(self.voice.pop(voice.user_id))
                fixed += 1
        for game in list(self.games.values()):
            member = self._member(game.guild_id, game.user_id)
            if member is None or not any(a.name == game.game_name for a in member.activities):
                self._end(self.games.pop(game.user_id))
                fixed += 1
        for guild in self.bot.guilds:
            for voice_channel in guild.voice_channels:
                for member in voice_channel.members:
                    if member.id not in self.voice:
                        self._start_voice(member, voice_channel)
        self.persist_all_sessions()
        return fixed

    def _member(self, guild_id: int, user_id: int) -> discord.Member | None:
        guild = self.bot.get_guild(guild_id)
        return None if guild is None else guild.get_member(user_id)

    def _start_voice(
        self, member: discord.Member, channel: discord.VoiceChannel | discord.StageChannel
    ) -> None:
        session = _Voice(member.id, member.display_name, channel.id, channel.name, member.guild.id)
        self.voice[member.id] = session
        self._later(session)

    def _start_game(self, member: discord.Member, name: str) -> _Game:
        session = _Game(member.id, member.display_name, name, None, member.guild.id)
        self.games[member.id] = session
        return session

    def _later(self, session: _Voice | _Game) -> None:
        def confirm() -> None:
            self.timers.discard(timer)
            held = self.voice if isinstance(session, _Voice) else self.games
            if held.get(session.user_id) is session:
                session.is_confirmed = True
                self.persist_all_sessions()

        timer = asyncio.get_running_loop().call_later(_CONFIRM_AFTER, confirm)
        self.timers.add(timer)

    def _end(self, session: _Voice | _Game | None) -> None:
        if session is not None and session.is_confirmed:
            seconds = (datetime.now(UTC) - session.start_time).total_seconds()
            self.ended.append((session.user_id, seconds))


def _playing(member: discord.Member) -> str | None:
    playing = discord.ActivityType.playing
    return next((shown.name for shown in member.activities if shown.type is playing), None)
