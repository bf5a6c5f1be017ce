"""The parts of discord.py without a public face: what is relied on, and life without it."""

from __future__ import annotations

import asyncio
import logging
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import discord
import pytest

from integrations.clocks import Clocks
from integrations.gateway.guild_payload import GuildPayload, VoiceUpdate
from integrations.gateway.internals import (
    GUILD_EVENT,
    VOICE_EVENT,
    LastFrames,
    has_raw_presences,
    tap,
)
from tests.contracts import raw_bot
from tests.contracts.raw_bot import GENERAL, LOUNGE, PINO, RawBot

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def bot() -> AsyncIterator[RawBot]:
    async with RawBot(enable_raw_presences=True) as made:
        yield made
        await asyncio.sleep(0)  # discord.py's task that waits for further guilds begins


def heard(bot: RawBot, event: str) -> list[Any]:
    return [args[0] for name, args in bot.told if name == event]


async def test_the_parsers_are_a_dict_with_both_events_and_the_tap_holds_on_to_them(
    bot: RawBot,
) -> None:
    parsers = bot._connection.parsers  # noqa: SLF001 - what is relied on
    assert isinstance(parsers, dict)
    before = dict(parsers)
    untap = tap(bot)
    assert untap is not None
    assert {name for name in parsers if parsers[name] is not before[name]} == {
        "GUILD_CREATE",
        "VOICE_STATE_UPDATE",
    }
    untap()
    assert parsers == before


async def test_each_payload_is_told_after_discord_py_has_taken_it_in(bot: RawBot) -> None:
    tap(bot)
    bot.is_ready_in(raw_bot.guild((PINO, GENERAL)))
    (payload,) = heard(bot, GUILD_EVENT)
    assert isinstance(payload, GuildPayload)
    assert [state.user_id for state in payload.voice_states] == [PINO]
    names = [name for name, _ in bot.told]
    assert names.index("connect") < names.index(GUILD_EVENT)


async def test_each_voice_update_keeps_its_own_values_and_where_the_person_was_before(
    bot: RawBot,
) -> None:
    tap(bot)
    bot.is_ready_in(raw_bot.guild())
    for channel_id in (GENERAL, LOUNGE, None):
        bot.hears("VOICE_STATE_UPDATE", raw_bot.voice(PINO, channel_id))
    updates = heard(bot, VOICE_EVENT)
    assert all(isinstance(update, VoiceUpdate) for update in updates)
    moves = [(update.was_in, update.channel_id) for update in updates]
    assert moves == [(None, GENERAL), (GENERAL, LOUNGE), (LOUNGE, None)]


async def test_a_guild_that_is_out_is_not_told(bot: RawBot) -> None:
    tap(bot)
    bot.hears("READY", {"user": raw_bot.user(99), "guilds": [], "session_id": "s"})
    bot.hears("GUILD_CREATE", {**raw_bot.guild(), "unavailable": True})
    assert heard(bot, GUILD_EVENT) == []


async def test_a_payload_that_is_not_as_documented_is_said_and_passed_on(
    bot: RawBot, caplog: pytest.LogCaptureFixture
) -> None:
    tap(bot)
    bot.is_ready_in(raw_bot.guild())
    odd = raw_bot.voice(PINO, GENERAL)
    odd["member"] = {**odd["member"], "nick": 5}
    with caplog.at_level(logging.WARNING, "latido"):
        bot.hears("VOICE_STATE_UPDATE", odd)
    assert heard(bot, VOICE_EVENT) == []
    assert bot.times("voice_state_update") == 1
    assert "VOICE_STATE_UPDATE is not as Discord documents it" in caplog.text


async def test_two_taps_are_undone_one_by_one(bot: RawBot) -> None:
    parsers = bot._connection.parsers  # noqa: SLF001 - what is relied on
    before = dict(parsers)
    first, second = tap(bot), tap(bot)
    assert first is not None
    assert second is not None
    second()
    first()
    assert parsers == before


@pytest.mark.parametrize(
    "connection",
    [
        SimpleNamespace(),
        SimpleNamespace(parsers=None),
        SimpleNamespace(parsers={"GUILD_CREATE": print}),
        SimpleNamespace(parsers={"GUILD_CREATE": print, "VOICE_STATE_UPDATE": None}),
    ],
)
def test_where_discord_py_has_changed_there_is_no_tap(connection: object) -> None:
    assert tap(cast("discord.Client", SimpleNamespace(_connection=connection))) is None


async def test_raw_presences_are_asked_of_the_connection(bot: RawBot) -> None:
    assert has_raw_presences(bot)
    assert not has_raw_presences(discord.Client(intents=discord.Intents.all()))
    changed = SimpleNamespace(_connection=SimpleNamespace())
    assert not has_raw_presences(cast("discord.Client", changed))


@pytest.mark.parametrize(
    "connection",
    [
        SimpleNamespace(),
        SimpleNamespace(_get_websocket=lambda **_: None),
        SimpleNamespace(_get_websocket=lambda **_: SimpleNamespace()),
        SimpleNamespace(_get_websocket=lambda **_: SimpleNamespace(_keep_alive=None)),
    ],
)
async def test_without_a_keep_alive_handler_the_last_frame_is_not_known(
    connection: object,
) -> None:
    frames = LastFrames(cast("discord.Client", SimpleNamespace(_connection=connection)), Clocks())
    assert not frames.remember(None)
    await frames.refresh(None, 0.01)
    assert frames.at(None) is None


async def test_a_handler_that_notes_no_frames_tells_nothing() -> None:
    handler = SimpleNamespace()
    connection = SimpleNamespace(_get_websocket=lambda **_: SimpleNamespace(_keep_alive=handler))
    frames = LastFrames(cast("discord.Client", SimpleNamespace(_connection=connection)), Clocks())
    assert frames.remember(None)
    assert frames.at(None) is None
