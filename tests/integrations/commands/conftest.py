"""A bot with the commands, on a stand-in for Discord with three people and a history."""

from __future__ import annotations

import asyncio
import base64
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import discord
import pytest
from discord.ext import commands

from engine import Settings
from integrations.cog import SessionCog
from integrations.commands import OwnData, SessionCommands
from integrations.commands.drawing import _Drawing
from integrations.commands.privacy_command import Held
from integrations.loopback import LoopbackDiscord
from integrations.loopback.pointing import pointed_at
from integrations.loopback.server import PATIENCE
from machines import SECOND, Record, Stay, from_datetime
from persistence import DataDir

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable
    from pathlib import Path

    from integrations.commands.privacy_command import Privacy
    from integrations.loopback import (
        Answer,
        Guild,
        Person,
        TextChannel,
        VoiceChannel,
    )
    from machines import Instant

HOUR = 3600 * SECOND
BLANK = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
"""A PNG of one pixel."""

SETTINGS: dict[str, Any] = {"confirm_after": 0.05, "announce_after": 0.01, "timezone": "UTC"}


class Remembered:
    """What is kept about people, as the privacy commands see it."""

    def __init__(self) -> None:
        self.hidden: set[int] = set()
        self.forgotten: list[int] = []
        self.needed: list[int] = []
        self.unreadable = 0

    def opted_out(self) -> set[int]:
        return self.hidden

    async def held_about(self, user_id: int, _now: Instant, at_most: int) -> Held:
        self.needed.append(at_most)
        if user_id in self.forgotten:
            return Held(0, b"")
        return Held(2, b'{"id":"a"}\n{"id":"b"}\n', self.unreadable)

    async def forget(self, user_id: int) -> int:
        self.forgotten.append(user_id)
        return 2

    async def opt_out(self, user_id: int) -> None:
        self.hidden.add(user_id)

    async def opt_in(self, user_id: int) -> None:
        self.hidden.discard(user_id)


class Bot(commands.Bot):
    """A bot with the cog, that identifies without delay."""

    cog: SessionCog
    commands_cog: SessionCommands

    async def setup_hook(self) -> None:
        await self.add_cog(self.cog)
        await self.add_cog(self.commands_cog)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Not discord.py's five seconds before a second IDENTIFY."""


@dataclass
class Stage:
    """The stand-in, its people and places, and the folder of the bot's data."""

    discord: LoopbackDiscord
    guild: Guild
    general: VoiceChannel
    chat: TextChannel
    pino: Person
    agu: Person
    zeta: Person
    folder: Path

    def record(
        self,
        person: Person,
        hours: float,
        *,
        game: str | None = None,
        hours_ago: float = 0,
        channel: tuple[int, str] | None = None,
    ) -> Record:
        """Return a session that was over some hours ago, of one game or else of voice."""
        end = from_datetime(datetime.now(UTC)) - round(hours_ago * HOUR)
        start = end - round(hours * HOUR)
        record = Record(
            id=f"{person.id}-{start}-{game}",
            kind="voice" if game is None else "game",
            guild_id=self.guild.id,
            state="ended",
            reason="left",
            started_at=start,
            confirmed_at=start + 10 * SECOND,
            last_seen=end,
            ended_at=end,
            seconds=hours * 3600,
            uncertain_seconds=0.0,
            user_id=person.id,
            username=person.name,
        )
        if game is None:
            channel_id, name = channel or (self.general.id, self.general.name)
            record.channel_id, record.channel_name = channel_id, name
            record.stays = (Stay(channel_id, name, start, start),)
        else:
            record.game_name, record.activity_type = game, "playing"
        return record

    def remember(self, records: Iterable[Record]) -> None:
        """Write records into the ledger, before the bot is started."""
        with DataDir(self.folder) as opened:
            opened.ledger.append_now(records)

    async def ask(
        self, person: Person, command: str, locale: str = "es-ES", **asked: object
    ) -> Answer:
        """Give a command and return the answer."""
        administrator = asked.pop("administrator", True) is True
        return await self.discord.invoke(
            person,
            self.chat,
            command,
            options=asked,
            locale=locale,
            administrator=administrator,
            wait=PATIENCE,
        )


@pytest.fixture
def blank_charts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have charts drawn as nothing at once, for what is about the text beside them.

    To start the process that draws them takes longer than all the rest of such a test.
    """

    def run(drawing: _Drawing, _is_awaited: Callable[[], bool]) -> list[bytes]:
        return [BLANK] * len(drawing._sheet.orders)  # noqa: SLF001 - what is to be drawn

    monkeypatch.setattr(_Drawing, "run", run)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with LoopbackDiscord() as stand_in:
        guild = stand_in.add_guild("Plaza")
        people = [stand_in.add_user(name, guild) for name in ("Pino", "agu", "Zeta")]
        general, chat = guild.add_voice_channel("General"), guild.add_text_channel("chat")
        pino, agu, zeta = people
        yield Stage(stand_in, guild, general, chat, pino, agu, zeta, tmp_path / "data")


@asynccontextmanager
async def running(
    stage: Stage, privacy: Privacy | None = None, **settings: object
) -> AsyncIterator[Bot]:
    """Run the bot, its commands sent to Discord, from ready to closed."""
    intents = discord.Intents.none()
    intents.guilds = intents.voice_states = intents.presences = intents.members = True
    with pointed_at(stage.discord.api_url):
        bot = Bot(
            command_prefix=commands.when_mentioned,
            intents=intents,
            enable_raw_presences=True,
            guild_ready_timeout=0.05,
        )
        bot.cog = SessionCog(
            bot, Settings(**SETTINGS | settings), data_dir=stage.folder, slash_commands=False
        )
        bot.commands_cog = SessionCommands(
            bot.cog, OwnData(bot.cog) if privacy is None else privacy, sync=True
        )
        task = asyncio.create_task(bot.start(stage.discord.token))
        try:
            await stage.discord.until(
                lambda: task.done() or (bot.is_ready() and stage.discord.commands())
            )
            if task.done():
                task.result()
            yield bot
        finally:
            await bot.close()
            await asyncio.gather(task, return_exceptions=True)


def text_of(answer: Answer) -> str:
    """Return all text of an answer: content, titles, descriptions, fields, footers."""
    parts = [answer.content]
    for embed in answer.embeds:
        assert isinstance(embed, dict)
        parts += [str(embed.get("title", "")), str(embed.get("description", ""))]
        parts += [f"{field['name']}\n{field['value']}" for field in embed.get("fields", [])]
        parts.append(embed.get("footer", {}).get("text", ""))
    return "\n".join(part for part in parts if part)


def files_of(answer: Answer) -> dict[str, bytes]:
    """Return the files of an answer, by name."""
    assert answer.message is not None
    return dict(answer.message.files)
