"""What the gateway refuses, and with which close code."""

from contextlib import AsyncExitStack

import discord
import pytest
from aiohttp import WSServerHandshakeError

from integrations.loopback import LoopbackDiscord
from integrations.loopback.gateway import CONNECTION_LIMIT
from integrations.loopback.pointing import pointed_at
from tests.integrations.loopback.bots import Bot, ShardedBot, raw_session, running
from tests.integrations.loopback.conftest import Plaza


async def test_a_wrong_token_is_refused_at_login(stand_in: LoopbackDiscord, bot: Bot) -> None:
    right = stand_in.token
    stand_in.token = "another"
    with pointed_at(stand_in.api_url):
        async with bot:
            with pytest.raises(discord.LoginFailure):
                await bot.start(right)
    assert [r.status for r in stand_in.journal.requests] == [401]


@pytest.mark.parametrize("make", [Bot, ShardedBot])
async def test_intents_that_are_not_switched_on_are_refused_with_4014(
    stand_in: LoopbackDiscord, make: type[Bot | ShardedBot]
) -> None:
    stand_in.allow_intents(presences=False)
    with pytest.raises(discord.PrivilegedIntentsRequired):
        async with running(stand_in, make()):
            pass


async def test_a_bot_without_the_refused_intents_is_let_in(
    stand_in: LoopbackDiscord, plaza: Plaza
) -> None:
    stand_in.allow_intents(presences=False, members=False)
    bot = Bot(intents=discord.Intents(guilds=True, voice_states=True))
    async with running(stand_in, bot):
        plaza.pino.joins(plaza.general)
        await stand_in.until(lambda: bot.times("voice_state_update"))


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"token": "wrong"}, 4004),
        ({"intents": 1 << 30}, 4013),
        ({"shard": [2, 2]}, 4010),
        ({"intents": "many"}, 4002),
    ],
)
async def test_an_identify_that_is_wrong_gets_its_close_code(
    stand_in: LoopbackDiscord, fields: dict[str, object], code: int
) -> None:
    right: dict[str, object] = {"token": stand_in.token, "intents": 1, "properties": {}}
    async with raw_session(stand_in, intents=None) as session:
        await session.send(2, right | fields)
        assert await session.close_code() == code


@pytest.mark.parametrize(
    ("op", "data", "code"),
    [(99, None, 4001), (2, {"token": "x"}, 4005), (8, {"limit": 1}, 4002), (8, [], 4002)],
)
async def test_a_message_of_a_session_that_is_wrong_gets_its_close_code(
    stand_in: LoopbackDiscord, op: int, data: object, code: int
) -> None:
    async with raw_session(stand_in) as session:
        await session.send(op, data)
        assert await session.close_code() == code


async def test_messages_before_identify_are_refused(stand_in: LoopbackDiscord) -> None:
    async with raw_session(stand_in, intents=None) as session:
        await session.send(8, {})
        assert await session.close_code() == 4003


@pytest.mark.parametrize("text", ["{", '"op"', "x" * 5000])
async def test_what_cannot_be_read_is_refused(stand_in: LoopbackDiscord, text: str) -> None:
    async with raw_session(stand_in) as session:
        await session.send_text(text)
        assert await session.close_code() == 4002


async def test_another_version_is_refused(stand_in: LoopbackDiscord) -> None:
    async with raw_session(stand_in, intents=None, query="v=6") as session:
        assert await session.close_code() == 4012


async def test_more_than_120_messages_a_minute_are_refused(stand_in: LoopbackDiscord) -> None:
    async with raw_session(stand_in) as session:
        for _ in range(121):
            await session.send(1, None)
        assert await session.close_code() == 4008


@pytest.mark.usefixtures("plaza")
async def test_identifies_can_be_refused_for_a_while(stand_in: LoopbackDiscord, bot: Bot) -> None:
    stand_in.faults.refuse_identifies(times=2)
    async with running(stand_in, bot):
        assert len(stand_in.journal.received_ops(2)) == 3
    assert stand_in.gateway.starts.used == 1


async def test_the_day_s_identifies_can_run_out(stand_in: LoopbackDiscord) -> None:
    stand_in.gateway.starts.remaining = 1
    async with raw_session(stand_in) as first, raw_session(stand_in) as second:
        await first.until("READY")
        assert await second.close_code() == 4004


async def test_identifies_within_the_window_are_refused_where_a_script_wants_it(
    stand_in: LoopbackDiscord,
) -> None:
    stand_in.gateway.starts.window = 5
    async with raw_session(stand_in) as first, raw_session(stand_in) as second:
        await first.until("READY")
        assert (await second.next())["op"] == 9


@pytest.mark.usefixtures("plaza")
async def test_a_gateway_that_is_down_refuses_websockets_until_it_recovers(
    stand_in: LoopbackDiscord, bot: Bot
) -> None:
    async with running(stand_in, bot):
        stand_in.faults.gateway_down = True
        stand_in.cut()
        await stand_in.until(lambda: bot.times("disconnect"))
        stand_in.faults.recover()
        await stand_in.until(lambda: bot.times("resumed"))


async def test_there_is_a_limit_to_the_websockets_at_once(stand_in: LoopbackDiscord) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(CONNECTION_LIMIT):
            await stack.enter_async_context(raw_session(stand_in, intents=None))
        with pytest.raises(WSServerHandshakeError, match="503"):
            await stack.enter_async_context(raw_session(stand_in))
