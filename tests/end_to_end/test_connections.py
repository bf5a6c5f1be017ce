"""Connections that break, guilds that go out, and what is known afterwards."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from integrations.cli.rows import live_rows
from machines import SECOND, from_datetime
from persistence import read_live
from tests.end_to_end.scene import CHECKING, Carrier, Scene, ShardedCarrier

if TYPE_CHECKING:
    from machines import AnySession

BOTS = pytest.mark.parametrize("make", [Carrier, ShardedCarrier])


@pytest.fixture(autouse=True)
def two_shards(scene: Scene) -> None:
    scene.discord.rest.shards = 2


@BOTS
async def test_a_resume_replays_what_was_missed_and_leaves_no_gap(
    scene: Scene, make: type[Carrier]
) -> None:
    async with scene.bot(make) as bot:
        scene.pino.joins(scene.general)
        scene.agu.joins(scene.general)
        await scene.heard()
        await scene.kept(2)
        scene.discord.cut(shard_id=0)
        scene.pino.leaves()
        scene.zeta.joins(scene.sala)
        await scene.until(lambda: "disconnect" in bot.events)
        noticed_at = from_datetime(scene.now())
        await scene.until(lambda: "resumed" in bot.events)
        await scene.heard()
        (record,) = await scene.recorded()
        await scene.kept(2)
        assert bot.events.count("connect") == (2 if make is ShardedCarrier else 1)
        scene.agu.leaves()
        _, untouched = await scene.recorded(2)

    assert (record.state, record.reason) == ("ended", "left")
    scene.admits(record, scene.last_stay(scene.pino.id))
    (stretch,) = record.stretches
    assert stretch.value == "unknown"
    assert stretch.start <= noticed_at
    assert stretch.end == record.ended_at
    assert untouched.user_id == scene.agu.id
    assert (untouched.state, untouched.stretches) == ("ended", ())
    (zeta,) = scene.live()
    assert [s.value for s in zeta.stretches] == ["unknown"]
    assert zeta.state == "confirmed"


@BOTS
async def test_after_a_new_session_who_left_is_orphaned_and_who_stayed_goes_on(
    scene: Scene, make: type[Carrier]
) -> None:
    async with scene.bot(make) as bot:
        scene.pino.joins(scene.general)
        scene.agu.joins(scene.general)
        scene.agu.plays("Tetris")
        await scene.heard()
        before = {session.id for session in await scene.kept(3)}
        await _watched(scene)
        scene.discord.cut(resumable=False, shard_id=0)
        scene.pino.leaves()
        scene.zeta.joins(scene.sala)
        (record,) = await scene.recorded()
        after = await scene.kept(3)

    assert (record.state, record.reason) == ("orphaned", "gap")
    scene.admits(record, scene.last_stay(scene.pino.id))
    states = {getattr(session, "user_id", None): session.state for session in after}
    assert states == {scene.agu.id: "recovered", scene.zeta.id: "recovered"}
    assert {session.id for session in after if _user(session) == scene.agu.id} < before
    told = [(t.event, t.user_id) for t in bot.told if t.event != "confirmed"]
    assert sorted(told) == sorted(
        [
            ("orphaned", scene.pino.id),
            ("recovered", scene.agu.id),
            ("recovered", scene.agu.id),
            ("recovered", scene.zeta.id),
        ]
    )


async def test_a_shard_that_begins_anew_leaves_the_guilds_of_the_other_alone(
    scene: Scene,
) -> None:
    patio = scene.discord.add_guild("Patio", shard=(1, 2))
    lounge = patio.add_voice_channel("Lounge")
    patio.add_member(scene.zeta)
    async with scene.bot(ShardedCarrier) as bot:
        scene.pino.joins(scene.general)
        scene.zeta.joins(lounge)
        await scene.kept(2)
        scene.discord.cut(resumable=False, shard_id=1)
        await scene.until(lambda: bot.heard("recovered", scene.zeta))
        (pino,) = bot.cog.engine.sessions(scene.plaza.id)
        assert (pino.state, pino.stretches) == ("confirmed", ())
    assert not bot.heard("recovered", scene.pino)


async def test_over_an_outage_nobody_is_lost_and_who_left_in_it_is_orphaned(scene: Scene) -> None:
    async with scene.bot(health_check_every=CHECKING["health_check_every"]) as bot:
        scene.pino.joins(scene.general)
        scene.agu.joins(scene.general)
        scene.agu.plays("Tetris")
        await scene.heard()
        await scene.kept(3)
        scene.plaza.outage_begins(rest_answers=False)
        await scene.until(lambda: "guild_unavailable" in bot.events)
        scene.pino.leaves()
        done = bot.cog.check_figures.checks + 2
        await scene.until(lambda: bot.cog.check_figures.checks >= done)
        assert len(list(bot.cog.engine.sessions())) == 3
        assert scene.records() == []
        scene.plaza.outage_ends()
        (record,) = await scene.recorded()
        await scene.until(lambda: len(bot.heard("recovered")) == 2)

    assert (record.user_id, record.state, record.reason) == (scene.pino.id, "orphaned", "gap")
    scene.admits(record, scene.last_stay(scene.pino.id))
    for session in scene.live():
        assert session.state == "recovered"
        assert [stretch.value for stretch in session.stretches] == ["unknown"]


async def test_the_heartbeat_is_written_down_while_there_are_sessions(scene: Scene) -> None:
    async with scene.bot() as bot:
        scene.pino.joins(scene.general)
        await scene.kept()
        since = bot.cog.engine.watch_of(scene.plaza.id).observed_until
        await scene.until(lambda: bot.cog.engine.watch_of(scene.plaza.id).observed_until != since)
        await scene.until(lambda: scene.discord.journal.received_ops(1))


async def test_a_frozen_gateway_is_not_taken_for_watching(scene: Scene) -> None:
    async with scene.bot() as bot:
        scene.pino.joins(scene.general)
        await scene.kept()
        await _watched(scene)
        scene.discord.faults.freeze()
        for _ in range(20):
            await asyncio.sleep(0)  # what is on its way is read
        frozen_at = from_datetime(scene.now())
        await asyncio.sleep(0.5)  # several heartbeats go unanswered
        until = bot.cog.engine.watch_of(scene.plaza.id).observed_until
        scene.discord.faults.thaw()
    assert until is not None
    assert until <= frozen_at


async def test_reconnecting_on_request_resumes(scene: Scene) -> None:
    async with scene.bot() as bot:
        scene.pino.joins(scene.general)
        await scene.heard()
        await scene.kept()
        scene.discord.ask_to_reconnect()
        await scene.until(lambda: "resumed" in bot.events)
        scene.pino.leaves()
        await scene.heard()
        (record,) = await scene.recorded()
    scene.is_as_long_as(record, scene.last_stay(scene.pino.id))
    assert record.state == "ended"


async def _watched(scene: Scene) -> None:
    """Wait until a heartbeat was answered since the last session began."""
    beats = len(scene.discord.journal.received_ops(1))
    await scene.until(lambda: len(scene.discord.journal.received_ops(1)) > beats + 1)


def _user(session: AnySession) -> int | None:
    return getattr(session, "user_id", None)


async def test_over_a_cut_time_counts_up_to_it_though_everything_is_written_down_later(
    scene: Scene,
) -> None:
    async with scene.bot(**CHECKING) as bot:
        scene.pino.joins(scene.general)
        await scene.heard()
        await scene.kept()
        scene.discord.faults.gateway_down = True
        scene.discord.cut()
        await scene.until(lambda: "disconnect" in bot.events)
        noticed_at = from_datetime(scene.now())
        checked = bot.cog.check_figures.checks + 2
        await scene.until(lambda: bot.cog.check_figures.checks >= checked)
        state = read_live(scene.data_dir).state
        later = from_datetime(scene.now())
        (row,) = live_rows(state, later, bot.cog.settings)
        scene.discord.faults.gateway_down = False
    assert row.unwatched_since is not None
    assert row.uncertain_seconds == 0.0
    assert row.seconds <= (noticed_at - state.sessions[0].started_at) / SECOND
    assert state.saved_at is not None
    assert state.saved_at > noticed_at, "written down since, which proves nothing"
