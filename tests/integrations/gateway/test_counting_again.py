"""A channel that is the AFK channel no more: whoever is in it has not come at their next mute."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unittest import mock

import msgspec
import pytest
import pytest_asyncio

from integrations.gateway.connection import Connections
from tests.benchmarks.our_cog import written
from tests.benchmarks.population import Population, hour_ago
from tests.integrations.gateway.fed_bot import QUIET, FedBot, fed, payload

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from engine import Settings
    from machines import GameSession, VoiceSession

PEOPLE = Population.of(6, guilds=1, began=hour_ago(), channels=2)
GUILD = PEOPLE.guilds[0]
SPEAKER = PEOPLE.in_voice[0]
HERE, THERE = GUILD.channel_ids[:2]


async def becomes_afk(bot: FedBot, channel_id: int | None) -> None:
    """Name another channel, and let ten minutes pass."""
    named = None if channel_id is None else str(channel_id)
    bot.hears("GUILD_UPDATE", payload(GUILD.update(afk_channel_id=named)))
    bot.clock.passes(600)
    bot.clock.catches_up()
    await written(bot.cog)


def mutes(bot: FedBot) -> None:
    bot.hears("VOICE_STATE_UPDATE", payload(SPEAKER.voice_update(HERE, muted=True)))


def sessions(bot: FedBot) -> list[VoiceSession | GameSession]:
    return bot.cog.engine.sessions_of(GUILD.id, SPEAKER.id)


@pytest.fixture
def settings() -> Settings:
    return QUIET


@pytest_asyncio.fixture
async def bot(tmp_path: Path, settings: Settings) -> AsyncIterator[FedBot]:
    """A bot that has known everybody for a minute, one of whom is in the AFK channel."""
    async with fed(tmp_path, PEOPLE, settings) as bot:
        assert SPEAKER.channel_id == HERE
        bot.clock.passes(60)
        await becomes_afk(bot, HERE)
        assert not sessions(bot)
        yield bot


@pytest.mark.parametrize("other", [THERE, None])
async def test_they_count_from_then_on_and_have_not_come_when_they_mute(
    bot: FedBot, other: int | None
) -> None:
    counted_at = bot.cog.now()
    await becomes_afk(bot, other)
    mutes(bot)
    [session] = sessions(bot)
    assert (session.state, session.earliest_start) == ("recovered", counted_at)
    assert not session.unbounded


async def test_what_is_replayed_may_have_been_so_since_the_connection_was_cut(bot: FedBot) -> None:
    cut_at = bot.cog.now()
    bot.clock.passes(40)
    with mock.patch.object(Connections, "late_since", return_value=cut_at):
        bot.hears("GUILD_UPDATE", payload(GUILD.update(afk_channel_id=None)))
    mutes(bot)
    [session] = sessions(bot)
    assert session.earliest_start == cut_at


async def test_whoever_comes_to_it_then_is_seen_to_come(bot: FedBot) -> None:
    bot.hears("VOICE_STATE_UPDATE", payload(SPEAKER.voice_update(None)))
    await becomes_afk(bot, THERE)
    mutes(bot)
    [session] = sessions(bot)
    assert (session.state, session.stretches) == ("pending", ())


async def test_whoever_left_it_while_discord_was_down_is_seen_to_come(bot: FedBot) -> None:
    """discord.py has them in the channel of before still."""
    bot.hears("GUILD_DELETE", {"id": str(GUILD.id), "unavailable": True})
    told = GUILD.create() | {"afk_channel_id": str(HERE)}
    others = [each for each in told["voice_states"] if each["user_id"] != str(SPEAKER.id)]
    bot.hears("GUILD_CREATE", {**told, "voice_states": others})
    await written(bot.cog)
    bot.clock.passes(60)
    await becomes_afk(bot, None)
    bot.hears("VOICE_STATE_UPDATE", payload(SPEAKER.voice_update(HERE)))
    [session] = sessions(bot)
    assert (session.state, session.stretches) == ("pending", ())


@pytest.mark.parametrize(
    "settings", [msgspec.structs.replace(QUIET, ignored_channels=frozenset({HERE}))]
)
async def test_one_that_is_ignored_all_the_same_counts_no_more_than_before(bot: FedBot) -> None:
    await becomes_afk(bot, THERE)
    mutes(bot)
    assert not sessions(bot)
    bot.hears("VOICE_STATE_UPDATE", payload(SPEAKER.voice_update(None)))
    bot.hears("VOICE_STATE_UPDATE", payload(SPEAKER.voice_update(GUILD.channel_ids[-1])))
    assert not [each for each in sessions(bot) if each.state != "pending"]


@pytest.mark.parametrize(
    "settings", [msgspec.structs.replace(QUIET, ignored_channels=frozenset({HERE}))]
)
async def test_nobody_comes_to_count_in_one_that_is_ignored(bot: FedBot) -> None:
    await becomes_afk(bot, THERE)
    await becomes_afk(bot, None)
    bot.hears("VOICE_STATE_UPDATE", payload(SPEAKER.voice_update(THERE)))
    [session] = sessions(bot)
    assert (session.state, session.stretches) == ("pending", ())
