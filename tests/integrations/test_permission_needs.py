"""What the bot may not do in a guild: each channel is asked about once, and others have turns."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, cast
from unittest.mock import Mock

import discord

from engine import Settings
from integrations import turns
from integrations.permission_needs import needs_in

if TYPE_CHECKING:
    import pytest

MANY = 200


class Asked:
    """A guild of voice channels that counts how often it is asked about each."""

    def __init__(self, **rights: bool) -> None:
        self.times: Counter[int] = Counter()
        self.others = 0
        self._rights = discord.Permissions(**rights)
        self.channels = [self._channel(number) for number in range(MANY)]

    def _channel(self, number: int) -> discord.VoiceChannel:
        channel = Mock(spec=discord.VoiceChannel, id=number)
        channel.name = f"room {number}"

        def permissions_for(_member: object) -> discord.Permissions:
            self.times[number] += 1
            return self._rights

        channel.permissions_for = permissions_for
        return cast(discord.VoiceChannel, channel)

    async def let_in(self) -> None:
        while True:
            await asyncio.sleep(0)
            self.others += 1


def me() -> discord.Member:
    return Mock(spec=discord.Member)


async def test_each_channel_is_asked_about_once() -> None:
    asked = Asked(view_channel=True, connect=False)
    [need] = await needs_in(asked.channels, me(), Settings())
    assert need.key == "health.no_connect"
    assert need.channels == [*(f"room {number}" for number in range(5)), "…"]
    assert asked.times == dict.fromkeys(range(MANY), 1)


async def test_others_have_their_turn_between_channels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "_TURN", 0.0)
    asked = Asked(view_channel=False)
    others = asyncio.create_task(asked.let_in())
    [need] = await needs_in(asked.channels, me(), Settings())
    assert need.key == "health.no_view"
    assert asked.others >= MANY // 20
    others.cancel()
