"""What discord.py really does. Each test pins a fact that Latido is built on.

When a new discord.py fails one of them, the module named in the test must be looked at.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self
from unittest.mock import AsyncMock

import aiohttp
import discord
import pytest
from discord.ext import commands, tasks
from discord.gateway import DiscordWebSocket, KeepAliveHandler
from discord.http import Route
from discord.state import AutoShardedConnectionState

from integrations.loopback import LoopbackDiscord
from tests.contracts import raw_bot
from tests.contracts.raw_bot import AGU, GENERAL, GUILD, LOUNGE, PINO, RawBot
from tests.integrations.loopback import bots as loopback_bots

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping


@pytest.fixture
async def bot() -> AsyncIterator[RawBot]:
    async with RawBot(enable_raw_presences=True) as made:
        yield made


def people_in_voice(guild: discord.Guild) -> set[int]:
    return {each.id for place in guild.voice_channels for each in place.members}


async def test_a_leave_that_was_never_sent_leaves_the_person_in_the_cache(bot: RawBot) -> None:
    """integrations/evidence/look_ups.py asks Discord itself."""
    guild = bot.is_ready_in(raw_bot.guild((PINO, GENERAL)))
    bot.hears("VOICE_STATE_UPDATE", raw_bot.voice(AGU, GENERAL))
    bot.hears("VOICE_STATE_UPDATE", raw_bot.voice(AGU, None))
    assert people_in_voice(guild) == {PINO}


async def test_a_new_ready_clears_the_cache_and_guild_create_fills_it(bot: RawBot) -> None:
    bot.is_ready_in(raw_bot.guild((PINO, GENERAL), (AGU, GENERAL)))
    guild = bot.is_ready_in(raw_bot.guild((AGU, LOUNGE)))
    assert people_in_voice(guild) == {AGU}


async def test_an_outage_does_not_clear_the_voice_states(bot: RawBot) -> None:
    """integrations/gateway/guild_payload.py reads the payload, not the cache."""
    guild = bot.is_ready_in(raw_bot.guild((PINO, GENERAL)))
    bot.hears("GUILD_DELETE", {"id": str(GUILD), "unavailable": True})
    assert guild.unavailable
    bot.hears("GUILD_CREATE", raw_bot.guild((AGU, GENERAL)))
    assert people_in_voice(guild) == {PINO, AGU}


async def test_whoever_an_outage_has_left_in_voice_is_in_a_channel_of_before(bot: RawBot) -> None:
    """integrations/gateway/translation.py tells them from those who are there by it."""
    guild = bot.is_ready_in(raw_bot.guild((PINO, GENERAL), (AGU, GENERAL)))
    before = guild.get_channel(GENERAL)
    bot.hears("GUILD_DELETE", {"id": str(GUILD), "unavailable": True})
    bot.hears("GUILD_CREATE", raw_bot.guild((AGU, GENERAL)))
    bot.hears("CHANNEL_UPDATE", {**raw_bot.channel(GENERAL, "Otra"), "guild_id": str(GUILD)})
    after = guild.get_channel(GENERAL)
    assert after is not before
    assert _channel_of(guild, PINO) is before
    assert _channel_of(guild, AGU) is after
    bot.hears("VOICE_STATE_UPDATE", raw_bot.voice(PINO, GENERAL))
    assert _channel_of(guild, PINO) is after


def _channel_of(guild: discord.Guild, user_id: int) -> object:
    state = guild._voice_state_for(user_id)
    assert state is not None
    return state.channel


async def test_presence_update_is_dispatched_for_cached_members_only(bot: RawBot) -> None:
    bot.is_ready_in(raw_bot.guild(members=(PINO,)))
    bot.hears("PRESENCE_UPDATE", raw_bot.presence(AGU, "VALORANT"))
    assert (bot.times("raw_presence_update"), bot.times("presence_update")) == (1, 0)
    bot.hears("PRESENCE_UPDATE", raw_bot.presence(PINO, "VALORANT"))
    assert (bot.times("raw_presence_update"), bot.times("presence_update")) == (2, 1)


async def test_raw_presences_are_dispatched_only_where_the_bot_asked_for_them() -> None:
    async with RawBot() as plain:
        plain.is_ready_in(raw_bot.guild())
        plain.hears("PRESENCE_UPDATE", raw_bot.presence(PINO, "VALORANT"))
        assert plain.times("raw_presence_update") == 0
        assert plain._connection.raw_presence_flag is False


async def test_a_voice_state_that_was_handed_over_changes_with_the_next_event(
    bot: RawBot,
) -> None:
    """integrations/gateway/internals.py hands over the payload instead."""
    bot.is_ready_in(raw_bot.guild())
    bot.hears("VOICE_STATE_UPDATE", raw_bot.voice(PINO, GENERAL))
    bot.hears("VOICE_STATE_UPDATE", raw_bot.voice(PINO, LOUNGE))
    first, _ = [args for name, args in bot.told if name == "voice_state_update"]
    assert first[2].channel.id == LOUNGE


@pytest.mark.parametrize("changed", ["mute", "deaf", "self_mute", "self_video", "self_stream"])
async def test_voice_state_update_is_dispatched_for_a_mere_switch(
    bot: RawBot, changed: str
) -> None:
    bot.is_ready_in(raw_bot.guild((PINO, GENERAL)))
    bot.hears("VOICE_STATE_UPDATE", raw_bot.voice(PINO, GENERAL, **{changed: True}))
    assert bot.times("voice_state_update") == 1


async def test_a_channel_that_is_not_cached_is_handed_over_as_a_leave(bot: RawBot) -> None:
    """integrations/gateway/internals.py hands over the payload instead."""
    guild = bot.is_ready_in(raw_bot.guild((PINO, GENERAL)))
    bot.hears("VOICE_STATE_UPDATE", raw_bot.voice(PINO, 999))
    _, (moved, _, after) = bot.told[-1]
    assert after.channel is None
    assert moved.voice is None
    assert people_in_voice(guild) == set()


async def test_a_removed_member_keeps_their_voice_state(bot: RawBot) -> None:
    """integrations/listeners.py takes the removal as a leave of its own."""
    guild = bot.is_ready_in(raw_bot.guild((PINO, GENERAL)))
    bot.hears("GUILD_MEMBER_REMOVE", {"guild_id": str(GUILD), "user": raw_bot.user(PINO)})
    assert guild.get_member(PINO) is None
    assert guild._voice_state_for(PINO) is not None
    assert bot.times("raw_member_remove") == 1


async def test_guild_available_comes_before_ready(bot: RawBot) -> None:
    bot.is_ready_in(raw_bot.guild())
    await asyncio.wait_for(bot.wait_until_ready(), 5)
    names = [name for name, _ in bot.told]
    assert names.index("guild_available") < names.index("ready")


def test_ready_waits_two_seconds_for_a_further_guild() -> None:
    client = discord.Client(intents=discord.Intents.none())
    assert client._connection.guild_ready_timeout == 2.0


async def test_parsers_can_be_replaced_while_connected(bot: RawBot) -> None:
    """integrations/gateway/internals.py wraps two of them."""
    assert isinstance(bot._connection.parsers, dict)
    source = inspect.getsource(DiscordWebSocket.received_message)
    assert "self._discord_parsers[event]" in source
    assert "ws._discord_parsers = client._connection.parsers" in inspect.getsource(
        DiscordWebSocket.from_client
    )


async def test_unknown_events_are_looked_up_and_passed_over(bot: RawBot) -> None:
    names = {"CHANNEL_INFO", "VOICE_CHANNEL_START_TIME_UPDATE"}
    assert names.isdisjoint(bot._connection.parsers)


def test_the_keep_alive_handler_notes_every_frame() -> None:
    """integrations/gateway/internals.py, LastFrames."""
    source = inspect.getsource(DiscordWebSocket.received_message)
    assert source.index("self._keep_alive.tick()") < source.index("if op != self.DISPATCH")
    assert "self._last_recv = time.perf_counter()" in inspect.getsource(KeepAliveHandler.tick)


def test_the_keep_alive_handler_notes_what_was_asked_and_what_was_answered() -> None:
    """integrations/gateway/internals.py, _Heartbeats."""
    received = inspect.getsource(DiscordWebSocket.received_message)
    assert "self._keep_alive.ack()" in received
    assert "await self.send_as_json(beat)" in received
    assert "self.ws.send_heartbeat(" in inspect.getsource(KeepAliveHandler.run)
    assert "self._last_send = time.perf_counter()" in inspect.getsource(KeepAliveHandler.beat)


def test_a_heartbeat_is_sent_by_the_event_loop_as_often_as_its_keep_alive_handler_says() -> None:
    """integrations/gateway/internals.py, _Heartbeats, and pulse.py, Pulse."""
    received = inspect.getsource(DiscordWebSocket.received_message)
    assert "interval = data['heartbeat_interval'] / 1000.0" in received
    assert "KeepAliveHandler(ws=self, interval=interval" in received
    run = inspect.getsource(KeepAliveHandler.run)
    assert "self._stop_ev.wait(self.interval)" in run
    assert "asyncio.run_coroutine_threadsafe(coro, loop=self.ws.loop)" in run


async def test_a_connection_has_one_reader() -> None:
    """integrations/gateway/internals.py, _read_on: the bot's own reading is left alone."""
    async with LoopbackDiscord() as stand_in:
        bot = loopback_bots.Bot()
        async with loopback_bots.running(stand_in, bot):
            with pytest.raises(RuntimeError, match="receive"):
                await bot.ws.poll_event()
            assert bot.ws.open


def test_the_keep_alive_handler_is_dropped_before_the_disconnect_is_told() -> None:
    source = inspect.getsource(DiscordWebSocket.poll_event)
    assert source.index("self._keep_alive = None") < source.index("raise ConnectionClosed")


def test_the_addresses_are_global_to_the_process() -> None:
    """integrations/gateway/address.py sets both before the login."""
    assert isinstance(Route.BASE, str)
    assert "DiscordWebSocket.DEFAULT_GATEWAY" in inspect.getsource(
        DiscordWebSocket.from_client
    ) or "cls.DEFAULT_GATEWAY" in inspect.getsource(DiscordWebSocket.from_client)
    assert "get_bot_gateway" not in inspect.getsource(discord.Client)
    assert "get_bot_gateway" in inspect.getsource(discord.AutoShardedClient)


async def test_a_server_error_is_tried_again_for_25_seconds(
    bot: RawBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """integrations/evidence/look_ups.py gives up earlier, by its own time limit."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    class Failing:
        status, reason = 500, "Internal Server Error"
        headers: Mapping[str, str] = MappingProxyType({})

        async def __aenter__(self) -> Self:
            return self

        async def __aexit__(self, *_: object) -> None: ...

        async def text(self, **_: object) -> str:
            return "no"

    monkeypatch.setattr("discord.http.asyncio.sleep", sleep)
    monkeypatch.setattr("discord.http.json_or_text", AsyncMock(return_value="no"))
    session = AsyncMock(spec=aiohttp.ClientSession)
    session.request = lambda *_, **__: Failing()
    monkeypatch.setattr(bot.http, "_HTTPClient__session", session)
    monkeypatch.setattr(bot.http, "_global_over", asyncio.Event())
    bot.http._global_over.set()
    with pytest.raises(discord.DiscordServerError):
        await bot.http.get_voice_state(GUILD, PINO)
    assert [pause for pause in slept if pause] == [1, 3, 5, 7, 9]


async def test_a_member_query_by_id_asks_for_five_unless_told(
    bot: RawBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """integrations/evidence/look_ups.py passes limit=100 and a time limit."""
    guild = bot.is_ready_in(raw_bot.guild())
    asked = AsyncMock(return_value=[])
    monkeypatch.setattr(bot._connection, "query_members", asked)
    await guild.query_members(user_ids=[PINO, AGU])
    assert asked.await_args is not None
    assert asked.await_args.kwargs["limit"] == 5
    assert "timeout=30.0" in inspect.getsource(type(bot._connection).query_members)


async def test_a_new_ready_ends_a_member_query_with_what_has_come_and_makes_its_guild_anew(
    bot: RawBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """integrations/evidence/look_ups.py, _games_of, takes that for no answer."""
    guild = bot.is_ready_in(raw_bot.guild())
    gateway = AsyncMock()
    monkeypatch.setattr(bot._connection, "_get_websocket", lambda _guild_id: gateway)
    query = asyncio.create_task(guild.query_members(user_ids=[PINO], presences=True))
    for _turn in range(3):  # until it has been sent, and is waited for
        await asyncio.sleep(0)
    assert gateway.request_chunks.await_count == 1
    bot.is_ready_in(raw_bot.guild())
    assert await asyncio.wait_for(query, 5) == []
    assert bot.get_guild(GUILD) is not guild
    of_shard = inspect.getsource(AutoShardedConnectionState.parse_ready)
    assert "self.clear_chunk_requests(shard_id)" in of_shard
    assert "self._add_guild_from_data(guild_data)" in of_shard


async def test_a_member_query_with_presences_needs_the_intent() -> None:
    async with RawBot(intents=discord.Intents(guilds=True, members=True)) as blind:
        guild = blind.is_ready_in(raw_bot.guild())
        with pytest.raises(discord.ClientException):
            await guild.query_members(user_ids=[PINO], presences=True)


async def test_a_listed_member_without_a_presence_is_offline(bot: RawBot) -> None:
    guild = bot.is_ready_in(raw_bot.guild())
    found = guild.get_member(PINO)
    assert found is not None
    assert (found.status, found.activities) == (discord.Status.offline, ())


def test_a_whole_guild_is_never_chunked_by_the_check_as_that_may_never_end() -> None:
    assert "wait_for" not in inspect.getsource(discord.Guild.chunk)


async def test_a_task_loop_ends_for_good_on_an_error_of_ones_own() -> None:
    """integrations/evidence/health_check.py is no discord.ext.tasks loop for this reason."""
    runs = 0

    @tasks.loop(seconds=0)
    async def loop() -> None:
        nonlocal runs
        runs += 1
        raise LookupError

    async def swallow(*_: object) -> None: ...

    loop.error(swallow)
    task = loop.start()
    with pytest.raises(LookupError):
        await task
    assert runs == 1
    assert not loop.is_running()


async def test_handlers_are_tasks_of_their_own_and_begin_in_order() -> None:
    """integrations/listeners.py hands over before its first await."""
    begun: list[int] = []

    class Listening(commands.Cog):
        @commands.Cog.listener()
        async def on_first(self, number: int) -> None:
            begun.append(number)
            await asyncio.sleep(0)

    async with commands.Bot("!", intents=discord.Intents.none()) as listening:
        await listening.add_cog(Listening())
        for number in range(5):
            listening.dispatch("first", number)
        assert begun == []
        await asyncio.sleep(0)
        assert begun == [0, 1, 2, 3, 4]
        await asyncio.sleep(0)


async def test_an_error_of_unloading_a_cog_is_swallowed() -> None:
    """integrations/cog.py keeps it in ``unsaved``."""

    class Failing(commands.Cog):
        async def cog_unload(self) -> None:
            raise LookupError

    async with commands.Bot("!", intents=discord.Intents.none()) as failing:
        await failing.add_cog(Failing())
        assert await failing.remove_cog("Failing") is not None


def test_a_refused_gateway_is_logged_with_a_traceback_at_each_retry() -> None:
    """integrations/bot.py rewords it."""
    assert "_log.exception('Attempting a reconnect" in inspect.getsource(discord.Client.connect)
    assert logging.getLogger("discord.client").name == discord.client._log.name


async def test_a_guild_of_ready_is_known_and_unavailable(bot: RawBot) -> None:
    """integrations/listeners.py tells the guilds that READY lists from those it does not."""
    guilds: list[dict[str, Any]] = [{"id": str(GUILD), "unavailable": True}]
    bot.hears("READY", {"user": raw_bot.user(raw_bot.BOT), "guilds": guilds, "session_id": "s"})
    (guild,) = bot.guilds
    assert (guild.id, guild.unavailable) == (GUILD, True)
