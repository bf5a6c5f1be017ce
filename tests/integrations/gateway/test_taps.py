"""Taps hear each frame at once, beside discord.py, and harm nothing whatever they meet."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from integrations.gateway.event_payload import decoded
from integrations.gateway.guild_payload import VoiceUpdate
from integrations.gateway.taps import EVENTS, Tap, can_tap, precede, tap
from tests.contracts import raw_bot
from tests.contracts.raw_bot import GENERAL, LOUNGE, PINO, RawBot

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import discord


@pytest.fixture
async def bot() -> AsyncIterator[RawBot]:
    async with RawBot() as made:
        yield made
        await asyncio.sleep(0)  # discord.py's task that waits for further guilds begins


def ignore(_data: object) -> None:
    """Hear, and do nothing."""


async def test_every_event_can_be_tapped_and_let_go_of(bot: RawBot) -> None:
    parsers = bot._connection.parsers  # noqa: SLF001 - what is relied on
    before = dict(parsers)
    untap = tap(bot, [Tap(event, ignore) for event in EVENTS])
    assert untap is not None
    assert {name for name in parsers if parsers[name] is not before[name]} == set(EVENTS)
    untap()
    assert parsers == before


async def test_two_who_tap_are_let_go_of_one_by_one(bot: RawBot) -> None:
    parsers = bot._connection.parsers  # noqa: SLF001 - what is relied on
    before = dict(parsers)
    taps = [Tap("VOICE_STATE_UPDATE", ignore)]
    first, second = tap(bot, taps), tap(bot, taps)
    assert first is not None
    assert second is not None
    second()
    first()
    assert parsers == before


async def test_a_tap_hears_within_the_call_before_or_after_discord_py(bot: RawBot) -> None:
    seen: list[tuple[str, int | None]] = []

    def cached() -> int | None:
        guild = bot.get_guild(raw_bot.GUILD)
        member = None if guild is None else guild.get_member(PINO)
        voice = None if member is None else member.voice
        return None if voice is None or voice.channel is None else voice.channel.id

    tap(bot, [Tap("VOICE_STATE_UPDATE", lambda _: seen.append(("before", cached())), True)])
    tap(bot, [Tap("VOICE_STATE_UPDATE", lambda _: seen.append(("after", cached())))])
    bot.is_ready_in(raw_bot.guild())
    for channel_id in (GENERAL, LOUNGE):
        bot.hears("VOICE_STATE_UPDATE", raw_bot.voice(PINO, channel_id))
    assert seen == [("before", None), ("after", GENERAL), ("before", GENERAL), ("after", LOUNGE)]


async def test_each_hears_the_values_of_its_own_frame(bot: RawBot) -> None:
    heard: list[int | None] = []
    tap(
        bot,
        [
            Tap(
                "VOICE_STATE_UPDATE",
                lambda data: heard.append(decoded(data, VoiceUpdate).channel_id),
            )
        ],
    )
    bot.is_ready_in(raw_bot.guild())
    for channel_id in (GENERAL, LOUNGE, None):
        bot.hears("VOICE_STATE_UPDATE", raw_bot.voice(PINO, channel_id))
    assert heard == [GENERAL, LOUNGE, None]


async def test_who_precedes_comes_before_discord_py_and_every_tap_but_for_some_events(
    bot: RawBot,
) -> None:
    parsers = bot._connection.parsers  # noqa: SLF001 - what is relied on
    somebody_elses = parsers["GIFT_CODE_UPDATE"] = ignore
    before = dict(parsers)
    seen: list[str] = []
    untap = tap(bot, [Tap("READY", lambda _: seen.append("tap"), True)])
    unprecede = precede(
        bot,
        lambda _: seen.append("first"),
        but_for={"VOICE_STATE_UPDATE"},
        instead={"TYPING_START": lambda _: seen.append("instead")},
    )
    assert untap is not None
    bot.is_ready_in(raw_bot.guild())
    assert seen == ["first", "tap", "first"]  # READY, and its guild
    bot.hears("VOICE_STATE_UPDATE", raw_bot.voice(PINO, GENERAL))
    assert parsers["GIFT_CODE_UPDATE"] is somebody_elses
    assert len(seen) == 3
    bot.hears("TYPING_START", {"channel_id": "1", "user_id": "2", "timestamp": 3})
    assert seen[3:] == ["instead"]
    unprecede()
    untap()
    assert parsers == before


@pytest.mark.parametrize("comes_first", [True, False])
async def test_a_payload_that_is_not_as_documented_is_said_and_passed_on(
    bot: RawBot, caplog: pytest.LogCaptureFixture, *, comes_first: bool
) -> None:
    tap(
        bot,
        [Tap("VOICE_STATE_UPDATE", lambda data: ignore(decoded(data, VoiceUpdate)), comes_first)],
    )
    bot.is_ready_in(raw_bot.guild())
    odd = raw_bot.voice(PINO, GENERAL)
    odd["member"] = {**odd["member"], "nick": 5}
    with caplog.at_level(logging.WARNING, "latido"):
        bot.hears("VOICE_STATE_UPDATE", odd)
    assert bot.times("voice_state_update") == 1
    assert "VOICE_STATE_UPDATE is not as Discord documents it" in caplog.text


@pytest.mark.parametrize("comes_first", [True, False])
async def test_a_tap_that_fails_ends_no_connection_and_is_logged_with_its_traceback(
    bot: RawBot, caplog: pytest.LogCaptureFixture, *, comes_first: bool
) -> None:
    def fail(_data: object) -> None:
        msg = "nobody is listening"
        raise RuntimeError(msg)

    tap(bot, [Tap("VOICE_STATE_UPDATE", fail, comes_first)])
    bot.is_ready_in(raw_bot.guild())
    bot.hears("VOICE_STATE_UPDATE", raw_bot.voice(PINO, GENERAL))
    assert bot.times("voice_state_update") == 1
    assert "RuntimeError: nobody is listening" in caplog.text


@pytest.mark.parametrize(
    "connection",
    [
        SimpleNamespace(),
        SimpleNamespace(parsers=None),
        SimpleNamespace(parsers={"GUILD_CREATE": print}),
        SimpleNamespace(parsers=dict.fromkeys(EVENTS, print) | {"READY": None}),
    ],
)
def test_where_discord_py_has_changed_nothing_is_tapped(connection: object) -> None:
    changed = cast("discord.Client", SimpleNamespace(_connection=connection))
    assert not can_tap(changed)
    assert tap(changed, [Tap("GUILD_CREATE", ignore)]) is None


def test_a_discord_py_as_it_is_can_be_tapped() -> None:
    parsers: dict[str, Any] = dict.fromkeys(EVENTS, print)
    connection = SimpleNamespace(parsers=parsers)
    assert can_tap(cast("discord.Client", SimpleNamespace(_connection=connection)))


async def test_a_tap_that_is_let_go_of_hears_nothing_though_another_holds_on_to_it(
    bot: RawBot,
) -> None:
    heard: list[object] = []
    untap = tap(bot, [Tap("VOICE_STATE_UPDATE", heard.append)])
    assert untap is not None
    parsers: Any = bot._connection.parsers  # noqa: SLF001 - what is relied on
    ours = parsers["VOICE_STATE_UPDATE"]
    parsers["VOICE_STATE_UPDATE"] = partial(ours)
    untap()
    bot.is_ready_in(raw_bot.guild())
    bot.hears("VOICE_STATE_UPDATE", raw_bot.voice(PINO, GENERAL))
    assert heard == []
    assert bot.times("voice_state_update") == 1
