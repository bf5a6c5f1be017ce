"""Guilds belong to shards."""

import pytest

from integrations.loopback import LoopbackDiscord
from integrations.loopback.snowflake import Snowflakes, shard_of
from tests.integrations.loopback.bots import ShardedBot, raw_session, running


async def test_each_shard_gets_its_guilds_and_their_events(stand_in: LoopbackDiscord) -> None:
    even = stand_in.add_guild("Even", shard=(0, 2))
    odd = stand_in.add_guild("Odd", shard=(1, 2))
    pino, agu = stand_in.add_user("Pino", even), stand_in.add_user("agu", odd)
    rooms = even.add_voice_channel("Even room"), odd.add_voice_channel("Odd room")
    stand_in.rest.shards = 2
    bot = ShardedBot()
    async with running(stand_in, bot):
        assert bot.shard_count == 2
        assert {guild.name: guild.shard_id for guild in bot.guilds} == {"Even": 0, "Odd": 1}
        pino.joins(rooms[0])
        agu.joins(rooms[1])
        await stand_in.until(lambda: len(bot.moves) == 2)


async def test_one_shard_can_identify_anew_alone(stand_in: LoopbackDiscord) -> None:
    stand_in.add_guild("Even", shard=(0, 2))
    stand_in.add_guild("Odd", shard=(1, 2))
    bot = ShardedBot(shard_count=2)
    async with running(stand_in, bot):
        stand_in.cut(resumable=False, shard_id=1)
        await stand_in.until(lambda: bot.times("shard_ready") == 3)
        assert bot.times("ready") == 1
    assert stand_in.gateway.starts.used == 3


async def test_another_division_takes_in_one_guild_s_neighbourhood(
    stand_in: LoopbackDiscord,
) -> None:
    guilds = [stand_in.add_guild(f"Guild {n}") for n in range(8)]
    last = guilds[-1]
    shard = [shard_of(last.id, 8), 8]
    async with raw_session(stand_in, shard=shard) as session:
        ready = await session.until("READY")
    assert ready["shard"] == shard
    assert [g["id"] for g in ready["guilds"]] == [str(last.id)]


def test_there_is_no_shard_beyond_the_number() -> None:
    with pytest.raises(ValueError, match="there is no shard 2 of 2"):
        Snowflakes().place_in_shard(2, 2)
