"""Slash commands get to Discord, whenever the cog was added and whatever comes between."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from integrations.cog import SessionCog
from integrations.commands import cog as commands_cog
from integrations.loopback import LoopbackDiscord
from integrations.loopback.pointing import pointed_at

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import pytest


class Tree(app_commands.CommandTree[commands.Bot]):
    """Cannot send its commands at first."""

    tried = 0

    async def sync(
        self, *, guild: discord.abc.Snowflake | None = None
    ) -> list[app_commands.AppCommand]:
        """Fail once, as the tree of a bot with a check or a translator of its own may."""
        self.tried += 1
        if self.tried == 1:
            raise app_commands.MissingApplicationID
        return await super().sync(guild=guild)


@asynccontextmanager
async def logged_in(stand_in: LoopbackDiscord, folder: Path) -> AsyncIterator[commands.Bot]:
    """Yield a bot whose cog is added before it is logged in; then run it until they are there."""
    intents = discord.Intents.default()
    bot = commands.Bot(commands.when_mentioned, intents=intents, tree_cls=Tree)
    with pointed_at(stand_in.api_url):
        await bot.add_cog(SessionCog(bot, data_dir=folder, sync_commands=True))
        running = asyncio.create_task(bot.start(stand_in.token))
        await stand_in.until(lambda: running.done() or bool(stand_in.commands()))
        yield bot
        await bot.close()
        await asyncio.gather(running, return_exceptions=True)


async def test_where_the_cog_was_added_before_the_login_they_are_sent_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(commands_cog, "_FIRST_PAUSE", 0.0)
    async with LoopbackDiscord() as stand_in, logged_in(stand_in, tmp_path):
        assert {command["name"] for command in stand_in.commands()} >= {"tiempo", "porque"}
    assert str(app_commands.MissingApplicationID()) in caplog.text  # said, and tried again
