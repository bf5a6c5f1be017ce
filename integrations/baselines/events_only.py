"""The bot to compare with: it only hears events, as most bots that count time do.

It starts a clock when somebody joins or opens a game, stops it when they leave or close it,
and keeps nothing over a restart. It is a real discord.py client, in a process of its own::

    python -m integrations.baselines.events_only RECORDS

with DISCORD_TOKEN and DISCORD_API_URL in the environment; RECORDS gets a JSON object a line.
"""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import discord
import msgspec

from integrations.gateway.address import find_address, point_at
from integrations.launch import load_launch
from integrations.private_files import open_to_write
from machines import Kind

__all__ = ["Counted", "EventsOnlyBot", "counted_in"]

_ENOUGH_FOR_A_PARTY = 2


class Counted(msgspec.Struct, frozen=True):
    """What it writes down: ``seconds`` of one person, or of a party (``user_id`` None)."""

    kind: Kind
    guild_id: int
    user_id: int | None
    game_name: str | None
    seconds: float


def counted_in(file: Path) -> list[Counted]:
    """Return what a bot wrote down; nothing where it never wrote."""
    if not file.exists():
        return []
    return msgspec.json.Decoder(Counted).decode_lines(file.read_bytes())


class EventsOnlyBot(discord.Client):
    """Counts from the event of a beginning to the event of an end."""

    def __init__(self, records: Path) -> None:
        """Append what ends to the file ``records``."""
        intents = discord.Intents.none()
        intents.guilds = intents.voice_states = intents.presences = intents.members = True
        super().__init__(intents=intents, max_messages=None)
        self._records = records
        self._since: dict[tuple[Kind, int, int | None, str | None], datetime] = {}

    async def on_voice_state_update(
        self, member: discord.Member, before: discord.VoiceState, after: discord.VoiceState
    ) -> None:
        """Somebody joined, moved or left."""
        if before.channel is None and after.channel is not None:
            self._begins("voice", member.guild.id, member.id, None)
        elif before.channel is not None and after.channel is None:
            self._ends("voice", member.guild.id, member.id, None)

    async def on_presence_update(self, before: discord.Member, after: discord.Member) -> None:
        """Somebody opened or closed a game."""
        for game in _games(after) - _games(before):
            self._begins("game", after.guild.id, after.id, game)
            if self._players(after.guild.id, game) == _ENOUGH_FOR_A_PARTY:
                self._begins("party", after.guild.id, None, game)
        for game in _games(before) - _games(after):
            self._ends("game", after.guild.id, after.id, game)
            if self._players(after.guild.id, game) < _ENOUGH_FOR_A_PARTY:
                self._ends("party", after.guild.id, None, game)

    def _players(self, guild_id: int, game: str) -> int:
        return sum(
            (kind, guild, name) == ("game", guild_id, game) for kind, guild, _, name in self._since
        )

    def _begins(self, kind: Kind, guild_id: int, user_id: int | None, game: str | None) -> None:
        self._since[kind, guild_id, user_id, game] = datetime.now(UTC)

    def _ends(self, kind: Kind, guild_id: int, user_id: int | None, game: str | None) -> None:
        since = self._since.pop((kind, guild_id, user_id, game), None)
        if since is None:
            return  # it began before this process did
        seconds = (datetime.now(UTC) - since).total_seconds()
        counted = Counted(kind, guild_id, user_id, game, seconds)
        with os.fdopen(open_to_write(self._records, os.O_APPEND), "ab") as file:
            file.write(msgspec.json.encode(counted) + b"\n")


def _games(member: discord.Member) -> set[str]:
    return {
        activity.name
        for activity in member.activities
        if activity.type is discord.ActivityType.playing and activity.name
    }


async def _main(records: Path) -> None:
    launch = load_launch(os.environ)
    point_at(await find_address(launch))
    async with EventsOnlyBot(records) as bot:
        await bot.start(launch.token)


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1])))
