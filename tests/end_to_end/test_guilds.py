"""Guilds, channels and members that are gone."""

from __future__ import annotations

import pytest

from tests.end_to_end.scene import Carrier, Scene, ShardedCarrier


@pytest.mark.parametrize("make", [Carrier, ShardedCarrier])
async def test_a_guild_the_bot_is_removed_from_closes_its_sessions_and_no_others(
    scene: Scene, make: type[Carrier]
) -> None:
    scene.discord.rest.shards = 2
    patio = scene.discord.add_guild("Patio")
    lounge = patio.add_voice_channel("Lounge")
    patio.add_member(scene.zeta)
    async with scene.bot(make):
        scene.pino.joins(scene.general)
        scene.pino.plays("Tetris")
        scene.zeta.joins(lounge)
        await scene.kept(3)
        scene.plaza.removes_bot()
        records = await scene.recorded(2)
        (left,) = await scene.kept(1)

    assert {record.reason for record in records} == {"guild_removed"}
    assert {record.state for record in records} == {"orphaned"}
    assert left.guild_id == patio.id


async def test_a_guild_left_while_the_bot_was_down_is_closed_when_it_is_not_listed(
    scene: Scene,
) -> None:
    async with scene.bot():
        scene.pino.joins(scene.general)
        await scene.kept()
    scene.plaza.removes_bot()
    async with scene.bot():
        (record,) = await scene.recorded()
    assert (record.state, record.reason) == ("orphaned", "guild_removed")


@pytest.mark.parametrize("make", [Carrier, ShardedCarrier])
async def test_a_guild_left_while_a_connection_was_cut_is_closed_when_it_is_not_listed(
    scene: Scene, make: type[Carrier]
) -> None:
    scene.discord.rest.shards = 2
    async with scene.bot(make):
        scene.pino.joins(scene.general)
        await scene.kept()
        scene.discord.cut(resumable=False, shard_id=0)
        scene.plaza.removes_bot()
        (record,) = await scene.recorded()
    assert (record.state, record.reason) == ("orphaned", "guild_removed")


@pytest.mark.parametrize("make", [Carrier, ShardedCarrier])
async def test_a_guild_that_was_out_and_is_left_in_a_cut_is_closed_as_one_that_was_there(
    scene: Scene, make: type[Carrier]
) -> None:
    """A sharded bot keeps it in its cache, and it is out there for ever."""
    scene.discord.rest.shards = 2
    async with scene.bot(make) as bot:
        scene.pino.joins(scene.general)
        await scene.kept()
        (session,) = bot.cog.engine.sessions()
        scene.plaza.outage_begins()
        await scene.until(lambda: session.unwatched_since is not None)
        out_since = session.unwatched_since
        scene.discord.cut(resumable=False, shard_id=0)
        scene.plaza.removes_bot()
        (record,) = await scene.recorded()
    assert (record.state, record.reason) == ("orphaned", "guild_removed")
    assert record.ended_at == out_since
    assert record.uncertain_seconds


@pytest.mark.parametrize("make", [Carrier, ShardedCarrier])
async def test_a_guild_that_is_out_when_a_connection_begins_anew_is_not_closed(
    scene: Scene, make: type[Carrier]
) -> None:
    scene.discord.rest.shards = 2
    async with scene.bot(make) as bot:
        scene.pino.joins(scene.general)
        await scene.kept()
        ready = "shard_ready" if make is ShardedCarrier else "ready"
        before = bot.events.count(ready)
        scene.plaza.outage_begins()
        scene.discord.cut(resumable=False, shard_id=0)
        await scene.until(lambda: bot.events.count(ready) > before)
        assert scene.records() == []
        scene.plaza.outage_ends()
        await scene.until(lambda: bot.heard("recovered"))
    assert scene.records() == []


@pytest.mark.parametrize("voice_events", [True, False])
async def test_a_deleted_channel_ends_the_stays_in_it(scene: Scene, voice_events: bool) -> None:
    async with scene.bot():
        scene.pino.joins(scene.general)
        scene.agu.joins(scene.sala)
        await scene.heard()
        await scene.kept(2)
        scene.general.is_deleted(voice_events=voice_events)
        await scene.heard()
        (record,) = await scene.recorded()
        await scene.kept(1)

    assert record.user_id == scene.pino.id
    assert record.reason == ("left" if voice_events else "channel_deleted")
    scene.is_as_long_as(record, scene.last_stay(scene.pino.id))


@pytest.mark.parametrize("voice_event", [True, False])
async def test_a_removed_member_has_left_everything(scene: Scene, voice_event: bool) -> None:
    async with scene.bot(health_check_every=0.2) as bot:
        scene.pino.joins(scene.general)
        scene.pino.plays("Tetris")
        await scene.heard()
        await scene.kept(2)
        scene.plaza.remove_member(scene.pino, voice_event=voice_event)
        await scene.heard()
        records = await scene.recorded(2)
        assert not bot.cog.engine.registry.count

    assert {record.reason for record in records} == {"left"}
    (voice,) = [record for record in records if record.kind == "voice"]
    scene.is_as_long_as(voice, scene.last_stay(scene.pino.id))


async def test_a_new_name_is_the_records_name(scene: Scene) -> None:
    async with scene.bot():
        scene.pino.joins(scene.general)
        await scene.kept()
        scene.plaza.change_member(scene.pino, nick="Pinocho")
        scene.pino.mutes()
        scene.pino.leaves()
        (record,) = await scene.recorded()
    assert record.username == "Pinocho"


async def test_a_guild_joined_later_is_looked_at(scene: Scene) -> None:
    async with scene.bot() as bot:
        patio = scene.discord.add_guild("Patio")
        lounge = patio.add_voice_channel("Lounge")
        patio.add_member(scene.zeta)
        patio.removes_bot()
        scene.zeta.joins(lounge)
        patio.adds_bot()
        (session,) = await scene.kept()
        assert session.guild_id == patio.id
        await scene.until(lambda: bot.told)  # which is once it is kept
    assert [told.event for told in bot.told] == ["recovered"]
