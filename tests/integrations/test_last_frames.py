"""Asking a connection for a sign of life, as the real discord.py does it."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from integrations.clocks import Clocks
from integrations.gateway.internals import LastFrames
from integrations.loopback import LoopbackDiscord
from tests.integrations.loopback.bots import Bot, running

if TYPE_CHECKING:
    import pytest


async def test_a_heartbeat_sent_between_two_of_discord_py_leaves_its_latency_true(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with LoopbackDiscord() as discord:
        discord.add_guild("Plaza")
        bot = Bot()
        async with running(discord, bot):
            handler = bot.ws._keep_alive  # noqa: SLF001 - no public name
            assert handler is not None
            handler._last_send = time.perf_counter() - 3600  # noqa: SLF001 - as above
            frames = LastFrames(bot, Clocks())
            assert frames.remember(None)
            answers = len(discord.journal.received_ops(1))
            with caplog.at_level(logging.WARNING, "discord.gateway"):
                await frames.refresh(None, 5)
            assert len(discord.journal.received_ops(1)) == answers + 1
            assert bot.latency < 3600
    assert "Can't keep up" not in caplog.text
