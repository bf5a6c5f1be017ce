"""A person in voice: how long they were there, and where."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from engine import Settings
from machines import VoiceSession, to_datetime
from tests.end_to_end.scene import QUICK, Carrier, Scene

if TYPE_CHECKING:
    from datetime import datetime

    from engine import SessionEngine
    from machines import Instant


async def test_a_stay_with_a_move_and_a_mute_is_one_record_as_long_as_the_truth(
    scene: Scene,
) -> None:
    async with scene.bot():
        scene.pino.joins(scene.general)
        await scene.heard()
        await scene.kept()
        scene.pino.moves(scene.sala)
        scene.pino.mutes()
        scene.pino.deafens()
        scene.pino.shares(video=True, stream=True)
        await scene.heard()
        await asyncio.sleep(0.3)  # the length of the stay, not a wait
        scene.pino.leaves()
        await scene.heard()
        (record,) = await scene.recorded()

    truth = scene.last_stay(scene.pino.id)
    late = scene.discord.lateness(truth.start)
    assert record.state == "ended"
    assert record.reason == "left"
    assert record.username == "Pino"
    scene.is_as_long_as(record, truth)
    assert 0 <= _seconds_between(truth.start, record.started_at) <= late
    assert [stay.channel_name for stay in record.stays] == ["General", "Sala"]
    moved_at = truth.channels[1][1].start
    assert 0 <= _seconds_between(moved_at, record.stays[1].since) <= late
    assert record.channel_name == "Sala"
    assert record.stretches == ()
    assert record.uncertain_seconds == 0


async def test_a_stay_too_short_leaves_no_record_and_its_notice_is_deleted(scene: Scene) -> None:
    async with scene.bot(confirm_after=5, notify_channel_id=scene.chat.id) as bot:
        scene.pino.joins(scene.general)
        await scene.until(lambda: scene.discord.messages(scene.chat, deleted=False))
        scene.pino.leaves()
        await scene.until(lambda: scene.discord.messages(scene.chat, deleted=True))

        assert not bot.cog.engine.registry.count
    assert scene.discord.messages(scene.chat, deleted=False) == []
    assert scene.records() == []
    assert scene.live() == []
    assert bot.told == []


async def test_joining_and_leaving_in_one_batch_are_applied_in_that_order(scene: Scene) -> None:
    async with scene.bot(confirm_after=0.4) as bot:
        for _ in range(20):
            scene.pino.joins(scene.general)
            scene.pino.moves(scene.sala)
            scene.pino.leaves()
        scene.agu.joins(scene.general)
        await scene.kept()

        assert [session.user_id for session in _voice(bot.cog.engine)] == [scene.agu.id]
    assert scene.records() == []
    assert bot.cog.engine.counters["forbidden"] == 0


async def test_leaving_and_coming_back_in_one_batch_is_one_session(scene: Scene) -> None:
    async with scene.bot(voice_grace=5):
        scene.pino.joins(scene.general)
        (before,) = await scene.kept()
        scene.pino.leaves()
        scene.pino.joins(scene.sala)
        await scene.until(lambda: _channels(scene) == ["Sala"])
        (after,) = scene.live()

    assert after.id == before.id
    assert after.absent_since is None
    assert scene.records() == []


async def test_coming_back_within_the_grace_goes_on_and_the_time_away_does_not_count(
    scene: Scene,
) -> None:
    async with scene.bot(voice_grace=600):
        scene.pino.joins(scene.general)
        await scene.heard()
        await scene.kept()
        scene.pino.leaves()
        await scene.heard()
        await asyncio.sleep(0.4)  # the time away
        scene.pino.joins(scene.general)
        await scene.heard()
        await asyncio.sleep(0.2)  # the time after it
        scene.general.is_deleted()  # which waits for no grace
        await scene.heard()
        (record,) = await scene.recorded()

    scene.is_as_long_as(record, *scene.discord.truth.voice_stays())
    assert [stretch.value for stretch in record.stretches] == ["away"]


async def test_the_afk_channel_ignored_channels_bots_and_roles_are_in_no_channel(
    scene: Scene,
) -> None:
    afk = scene.plaza.add_voice_channel("AFK", afk=True)
    quiet = scene.plaza.add_voice_channel("Quiet")
    guests = scene.plaza.add_role("guests")
    scene.plaza.change_member(scene.zeta, roles=[guests])
    music = scene.discord.add_user("Music", scene.plaza, bot=True)
    async with scene.bot(ignored_channels=[quiet.id], ignored_roles=[guests.id]) as bot:
        music.joins(scene.general)
        scene.zeta.joins(scene.general)
        scene.agu.joins(quiet)
        scene.pino.joins(scene.general)
        await scene.kept()
        assert [session.user_id for session in _voice(bot.cog.engine)] == [scene.pino.id]

        scene.pino.moves(afk)
        (record,) = await scene.recorded()
        assert record.user_id == scene.pino.id

        scene.agu.moves(scene.general)
        await scene.kept()
    assert [(held.user_id, held.channel_name) for held in _held(scene)] == [
        (scene.agu.id, "General")
    ]


async def test_the_same_people_in_two_guilds_have_sessions_of_each(scene: Scene) -> None:
    patio = scene.discord.add_guild("Patio")
    lounge = patio.add_voice_channel("Lounge")
    patio.add_member(scene.pino)
    async with scene.bot():
        scene.pino.plays("Tetris")
        scene.pino.joins(scene.general)
        scene.agu.joins(scene.general)
        await scene.kept(4)
        scene.pino.joins(lounge)
        (left,) = await scene.recorded(kind="voice")
        assert left.guild_id == scene.plaza.id
        scene.pino.stops()
        games = await scene.recorded(2, "game")
        assert {game.guild_id for game in games} == {scene.plaza.id, patio.id}
        await scene.kept(2, "voice")
        scene.pino.leaves()
        await scene.recorded(2, "voice", user=scene.pino)

    assert [held.user_id for held in _held(scene)] == [scene.agu.id]


async def test_a_cog_added_to_a_bot_that_runs_already_finds_who_is_there(scene: Scene) -> None:
    scene.pino.joins(scene.general)
    scene.agu.plays("VALORANT")
    bot = Carrier(Settings(**QUICK), scene.data_dir)
    bot.adds_cog_itself = False
    async with scene.running(bot):
        await bot.add_cog(bot.cog)
        found = await scene.kept(2)
        assert {session.state for session in found} == {"recovered"}
        scene.zeta.joins(scene.sala)
        await scene.kept(3)
        scene.zeta.leaves()
        (record,) = await scene.recorded()
        assert record.user_id == scene.zeta.id

        await bot.remove_cog(bot.cog.qualified_name)
        scene.pino.leaves()
        await scene.heard()
    assert len(scene.live()) == 2


async def test_a_cog_in_a_bot_that_runs_already_notices_that_its_connection_is_new(
    scene: Scene,
) -> None:
    bot = Carrier(Settings(**QUICK), scene.data_dir)
    bot.adds_cog_itself = False
    async with scene.running(bot):
        await bot.add_cog(bot.cog)
        scene.pino.joins(scene.general)
        await scene.kept()
        scene.discord.cut(resumable=False)
        scene.pino.leaves()
        (record,) = await scene.recorded()

    assert (record.state, record.reason) == ("orphaned", "gap")


def _seconds_between(first: datetime, second: Instant) -> float:
    return (to_datetime(second) - first).total_seconds()


def _voice(engine: SessionEngine) -> list[VoiceSession]:
    return [session for session in engine.sessions() if isinstance(session, VoiceSession)]


def _held(scene: Scene) -> list[VoiceSession]:
    return [session for session in scene.live() if isinstance(session, VoiceSession)]


def _channels(scene: Scene) -> list[str]:
    return [session.channel_name for session in _held(scene)]
