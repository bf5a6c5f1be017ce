"""A real discord.py bot connects, and finds the world as it is."""

import asyncio

import discord
import pytest

from integrations.loopback import LoopbackDiscord
from integrations.loopback.gateway import ANSWERS_AFTER
from tests.integrations.loopback.bots import ALL_OF_THEM, Bot, names, raw_session, running
from tests.integrations.loopback.conftest import Plaza


async def test_a_bot_becomes_ready_and_its_cache_holds_the_guild(
    stand_in: LoopbackDiscord, plaza: Plaza, bot: Bot
) -> None:
    plaza.guild.add_voice_channel("AFK", afk=True)
    role = plaza.guild.add_role("regular")
    plaza.guild.change_member(plaza.agu, nick="Zeta", roles=[role])
    plaza.pino.joins(plaza.general)
    plaza.pino.plays("VALORANT", application_id=700136079562375258)

    async with running(stand_in, bot):
        (guild,) = bot.guilds
        assert guild.name == "Plaza"
        assert names(guild.members) == {"Pino", "agu", "Latido"}
        assert {c.name for c in guild.voice_channels} == {"General", "Music", "AFK"}
        assert guild.afk_channel is not None
        assert guild.afk_channel.name == "AFK"
        agu, pino = guild.get_member(plaza.agu.id), guild.get_member(plaza.pino.id)
        assert agu is not None
        assert agu.display_name == "Zeta"
        assert [r.name for r in agu.roles] == ["@everyone", "regular"]
        assert pino is not None
        assert pino.voice is not None
        assert pino.voice.channel is not None
        assert pino.voice.channel.id == plaza.general.id
        (game,) = pino.activities
        assert isinstance(game, discord.Activity | discord.Game)
        assert game.name == "VALORANT"
        assert bot.application_id == stand_in.bot.id


async def test_permissions_follow_what_the_script_allows(
    stand_in: LoopbackDiscord, plaza: Plaza, bot: Bot
) -> None:
    plaza.chat.allows(send=False)
    async with running(stand_in, bot):
        guild = bot.guilds[0]
        chat = guild.get_channel(plaza.chat.id)
        assert chat is not None
        assert not chat.permissions_for(guild.me).send_messages
        plaza.chat.allows()
        await stand_in.until(lambda: chat.permissions_for(guild.me).send_messages)


async def test_a_guild_made_while_connected_is_joined(
    stand_in: LoopbackDiscord, plaza: Plaza, bot: Bot
) -> None:
    async with running(stand_in, bot):
        other = stand_in.add_guild("Market")
        other.add_member(plaza.pino)
        await stand_in.until(lambda: bot.times("member_join"))
        assert bot.times("guild_join") == 1
        other.removes_bot()
        await stand_in.until(lambda: bot.times("guild_remove"))
        assert [guild.name for guild in bot.guilds] == ["Plaza"]
        other.adds_bot()
        await stand_in.until(lambda: bot.times("guild_join") == 2)


async def test_a_second_session_of_the_same_bot_sees_the_same_and_disturbs_nothing(
    stand_in: LoopbackDiscord, plaza: Plaza, bot: Bot
) -> None:
    plaza.pino.joins(plaza.general)
    async with running(stand_in, bot):
        async with raw_session(stand_in) as audit:
            ready = await audit.until("READY")
            assert [g["id"] for g in ready["guilds"]] == [str(plaza.guild.id)]
            created = await audit.until("GUILD_CREATE")
            (state,) = created["voice_states"]
            assert state["user_id"] == str(plaza.pino.id)
            plaza.pino.leaves()
            assert (await audit.until("VOICE_STATE_UPDATE"))["channel_id"] is None
        await stand_in.until(lambda: bot.moves == [(plaza.general.id, None)])
        assert bot.times("disconnect") == 0
    assert stand_in.gateway.starts.used == 2


@pytest.mark.parametrize(("encoding", "is_text"), [("", True), ("&compress=zstd-stream", True)])
async def test_who_asks_for_no_compression_or_one_that_is_not_offered_gets_text(
    stand_in: LoopbackDiscord, plaza: Plaza, encoding: str, *, is_text: bool
) -> None:
    query = f"v=10&encoding=json{encoding}"
    async with raw_session(stand_in, query=query) as session:
        created = await session.until("GUILD_CREATE")
        assert (created["id"] == str(plaza.guild.id)) is is_text


async def test_a_connection_that_sends_no_heartbeat_is_closed(stand_in: LoopbackDiscord) -> None:
    stand_in.gateway.heartbeat_interval = 0.05
    async with raw_session(stand_in, intents=ALL_OF_THEM) as session:
        assert await session.close_code() == 4009
    assert len(stand_in.gateway.sessions) == 0


async def test_a_heartbeat_is_answered_as_late_as_over_a_network(
    stand_in: LoopbackDiscord,
) -> None:
    now = asyncio.get_running_loop().time
    async with raw_session(stand_in) as session:
        asked = now()
        await session.send(1, None)
        while (await session.next())["op"] != 11:
            pass
        assert now() - asked >= ANSWERS_AFTER


async def test_a_bot_is_as_late_as_the_answer_to_its_heartbeat(
    stand_in: LoopbackDiscord, bot: Bot
) -> None:
    stand_in.gateway.heartbeat_interval = interval = 0.4
    async with running(stand_in, bot):
        seen: set[float] = set()

        def has_beaten_thrice() -> bool:
            seen.add(bot.latency)
            return len(seen) > 3

        await stand_in.until(has_beaten_thrice)
        assert 0 < min(seen) < interval / 2  # of a busy machine others may be late


@pytest.mark.usefixtures("plaza")
async def test_it_stops_with_a_bot_on_it_and_starts_again_on_the_same_port(
    stand_in: LoopbackDiscord, bot: Bot
) -> None:
    async with running(stand_in, bot):
        stand_in.faults.freeze()
        await stand_in.stop()
        assert not stand_in.gateway.connections
        await stand_in.start(stand_in.port)
        await stand_in.until(lambda: bot.times("resumed"))
