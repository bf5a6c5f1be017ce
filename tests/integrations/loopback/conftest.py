"""A stand-in with one guild in it, the same for all."""

from collections.abc import AsyncIterator

import msgspec
import pytest

from integrations.loopback import Guild, LoopbackDiscord, Person, TextChannel, VoiceChannel
from tests.integrations.loopback.bots import Bot


class Plaza(msgspec.Struct):
    """A guild with two voice channels, a text channel, and two people."""

    guild: Guild
    general: VoiceChannel
    music: VoiceChannel
    chat: TextChannel
    pino: Person
    agu: Person


@pytest.fixture
async def stand_in() -> AsyncIterator[LoopbackDiscord]:
    async with LoopbackDiscord() as discord:
        yield discord


@pytest.fixture
def plaza(stand_in: LoopbackDiscord) -> Plaza:
    guild = stand_in.add_guild("Plaza")
    return Plaza(
        guild,
        guild.add_voice_channel("General"),
        guild.add_voice_channel("Music"),
        guild.add_text_channel("chat"),
        stand_in.add_user("Pino", guild),
        stand_in.add_user("agu", guild),
    )


@pytest.fixture
def bot() -> Bot:
    return Bot()
