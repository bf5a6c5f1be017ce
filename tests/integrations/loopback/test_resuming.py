"""Connections that break, and what discord.py then gets."""

import asyncio

import pytest

from integrations.loopback import LoopbackDiscord
from integrations.loopback.server import PATIENCE
from integrations.loopback.sessions import REPLAY_LIMIT
from tests.integrations.loopback.bots import Bot, raw_session, running
from tests.integrations.loopback.conftest import Plaza


async def test_a_resume_replays_what_was_missed_before_resumed(
    stand_in: LoopbackDiscord, plaza: Plaza, bot: Bot
) -> None:
    async with running(stand_in, bot):
        stand_in.cut()
        plaza.pino.joins(plaza.general)
        await stand_in.until(lambda: bot.times("resumed"))
        events = [name for name, _ in bot.seen]
        assert events.index("voice_state_update") < events.index("resumed")
        assert bot.times("ready") == 1
    assert stand_in.gateway.starts.used == 1


async def test_a_session_that_cannot_be_resumed_is_identified_anew(
    stand_in: LoopbackDiscord, plaza: Plaza, bot: Bot
) -> None:
    plaza.pino.joins(plaza.general)
    async with running(stand_in, bot):
        stand_in.cut(resumable=False)
        plaza.pino.leaves()
        await stand_in.until(lambda: bot.times("ready") == 2)
        assert bot.guilds[0].voice_channels[0].members == []
        assert bot.moves == []  # nothing is replayed
        assert bot.times("resumed") == 0
    assert stand_in.gateway.starts.used == 2


async def test_op_7_makes_the_bot_reconnect_and_resume(
    stand_in: LoopbackDiscord, plaza: Plaza, bot: Bot
) -> None:
    async with running(stand_in, bot):
        stand_in.ask_to_reconnect()
        await stand_in.until(lambda: bot.times("resumed"))
        plaza.pino.joins(plaza.general)
        await stand_in.until(lambda: bot.times("voice_state_update"))
    assert stand_in.gateway.starts.used == 1


@pytest.mark.usefixtures("plaza")
async def test_op_9_that_is_resumable_is_resumed(stand_in: LoopbackDiscord, bot: Bot) -> None:
    async with running(stand_in, bot):
        stand_in.invalidate_sessions(resumable=True)
        await stand_in.until(lambda: bot.times("resumed"))


@pytest.mark.usefixtures("plaza")
async def test_op_9_that_is_not_is_identified_anew(stand_in: LoopbackDiscord, bot: Bot) -> None:
    async with running(stand_in, bot):
        stand_in.invalidate_sessions()
        await stand_in.until(lambda: bot.times("ready") == 2)


@pytest.mark.usefixtures("plaza")
async def test_a_close_code_of_the_stand_in_s_leaves_the_session_resumable(
    stand_in: LoopbackDiscord, bot: Bot
) -> None:
    async with running(stand_in, bot):
        stand_in.cut(code=1000)
        await stand_in.until(lambda: bot.times("resumed"))


@pytest.mark.usefixtures("plaza")
async def test_a_client_that_says_goodbye_has_no_session_any_more(
    stand_in: LoopbackDiscord,
) -> None:
    async with raw_session(stand_in) as session:
        ready = await session.until("READY")
    await stand_in.until(lambda: not stand_in.gateway.connections)
    async with raw_session(stand_in, intents=None) as session:
        asked = {"token": stand_in.token, "session_id": ready["session_id"], "seq": 1}
        await session.send(6, asked)
        assert await session.next() == {"op": 9, "d": False, "s": None, "t": None}


async def test_a_sequence_number_from_the_future_is_closed_with_4007(
    stand_in: LoopbackDiscord,
) -> None:
    async with raw_session(stand_in) as old, raw_session(stand_in, intents=None) as new:
        ready = await old.until("READY")
        asked = {"token": stand_in.token, "session_id": ready["session_id"], "seq": 99}
        await new.send(6, asked)
        assert await new.close_code() == 4007


async def test_a_session_too_far_behind_cannot_be_resumed(
    stand_in: LoopbackDiscord, plaza: Plaza
) -> None:
    async with raw_session(stand_in) as old, raw_session(stand_in, intents=None) as new:
        ready = await old.until("READY")
        for _ in range(REPLAY_LIMIT):
            plaza.pino.presence_is_repeated()
        asked = {"token": stand_in.token, "session_id": ready["session_id"], "seq": 1}
        await new.send(6, asked)
        assert (await new.next())["op"] == 9


async def test_a_frozen_gateway_acknowledges_nothing_and_then_everything(
    stand_in: LoopbackDiscord, plaza: Plaza
) -> None:
    async with raw_session(stand_in) as session:
        await session.until("GUILD_CREATE")
        stand_in.faults.freeze()
        await session.send(1, 2)
        plaza.pino.joins(plaza.general)
        pending = asyncio.ensure_future(session.next())
        done, _ = await asyncio.wait([pending], timeout=0.1)
        assert not done
        stand_in.faults.thaw()
        came = {(await pending)["t"], (await session.next())["t"], (await session.next())["t"]}
    assert came == {None, "VOICE_STATE_UPDATE", "VOICE_CHANNEL_START_TIME_UPDATE"}


async def test_a_bot_on_a_frozen_gateway_gives_up_and_resumes_when_it_thaws(
    stand_in: LoopbackDiscord, plaza: Plaza
) -> None:
    stand_in.gateway.heartbeat_interval = 0.4
    bot = Bot(heartbeat_timeout=1.0)
    async with running(stand_in, bot):
        stand_in.faults.freeze()
        plaza.pino.joins(plaza.general)
        before = bot.times("disconnect")
        await stand_in.until(lambda: bot.times("disconnect") > before)
        stand_in.gateway.heartbeat_interval = bot._connection.heartbeat_timeout = PATIENCE  # noqa: SLF001 - no public name
        stand_in.faults.thaw()
        await stand_in.until(lambda: bot.times("resumed") and bot.moves)
        assert bot.moves == [(None, plaza.general.id)]


async def test_a_resume_replays_each_missed_event_once_in_order(
    stand_in: LoopbackDiscord, plaza: Plaza
) -> None:
    async with raw_session(stand_in) as old, raw_session(stand_in, intents=None) as new:
        ready = await old.until("READY")
        await old.until("GUILD_CREATE")
        plaza.pino.joins(plaza.general, start_time_lost=True)
        plaza.pino.mutes()
        asked = {"token": stand_in.token, "session_id": ready["session_id"], "seq": 3}
        await new.send(6, asked)
        replayed = [await new.next() for _ in range(2)]
    assert [(m["s"], m["t"]) for m in replayed] == [(4, "VOICE_STATE_UPDATE"), (5, "RESUMED")]
    assert replayed[0]["d"]["self_mute"] is True
