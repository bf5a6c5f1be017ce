"""The starts of calls, asked for over the bot's own connection, and what they change."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Any

import discord
import pytest

from engine import Settings
from integrations.evidence import contradictions
from integrations.evidence.audit import identify_turns
from integrations.evidence.channel_info import CallUpdate, ChannelInfo
from integrations.evidence.sources import EvidenceSources
from integrations.loopback import LoopbackDiscord
from machines import SECOND, VoiceSession
from persistence.gateway_notes import read_gateway_notes
from tests.end_to_end.scene import QUICK, Carrier, Scene, ShardedCarrier

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from integrations.loopback import Person


@pytest.fixture
async def scene(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[Scene]:
    """Plaza and its people; the bot asks for the starts of calls, and audits on demand."""
    monkeypatch.setattr(identify_turns, "WINDOW", 0.2)
    monkeypatch.setattr(contradictions, "BETWEEN_LOOKS", 0.3)
    caplog.set_level(logging.DEBUG, logger="latido")
    async with LoopbackDiscord() as stand_in:
        plaza = stand_in.add_guild("Plaza", shard=(0, 2))
        yield Scene(
            discord=stand_in,
            data_dir=tmp_path / "data",
            plaza=plaza,
            general=plaza.add_voice_channel("General"),
            sala=plaza.add_voice_channel("Sala"),
            chat=plaza.add_text_channel("chat"),
            pino=stand_in.add_user("Pino", plaza),
            agu=stand_in.add_user("agu", plaza),
            zeta=stand_in.add_user("Zeta", plaza),
            settings={**QUICK, "channel_info": True, "audit_every": 3600},
        )


def voice_of(bot: Carrier, person: Person) -> VoiceSession | None:
    for session in bot.cog.engine.sessions():
        if isinstance(session, VoiceSession) and session.user_id == person.id:
            return session
    return None


# What is relied on


async def test_what_is_relied_on_of_discord_py_is_there(scene: Scene) -> None:
    async with scene.bot(channel_info=False) as bot:
        connection: Any = bot._connection  # noqa: SLF001 - this is what the test pins
        assert isinstance(connection.parsers, dict)
        assert not {"CHANNEL_INFO", "VOICE_CHANNEL_START_TIME_UPDATE"} & set(connection.parsers)
        socket = connection._get_websocket(scene.plaza.id)  # noqa: SLF001 - as above
        assert socket is bot.ws
        assert asyncio.iscoroutinefunction(socket.send_as_json)
        assert socket.socket.close_code is None


async def test_a_sharded_bot_has_the_connection_of_the_guild(scene: Scene) -> None:
    async with scene.bot(ShardedCarrier, options={"shard_count": 2}) as bot:
        connection: Any = bot._connection  # noqa: SLF001 - this is what the test pins
        socket = connection._get_websocket(scene.plaza.id)  # noqa: SLF001 - as above
        assert socket.shard_id == 0


async def test_a_parser_is_looked_up_frame_by_frame_and_catches_everything(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    async with scene.bot() as bot:
        connection: Any = bot._connection  # noqa: SLF001 - this is what the test pins
        for event in ("CHANNEL_INFO", "VOICE_CHANNEL_START_TIME_UPDATE"):
            bodies: tuple[object, ...] = ({}, None, [], {"guild_id": "x", "id": 1, "channels": 3})
            for body in bodies:
                connection.parsers[event](body)
        connection.parsers["CHANNEL_INFO"]({"guild_id": "7", "channels": []})
        assert "disconnect" not in bot.events
    assert len([line for line in caplog.messages if "not as Discord documents" in line]) == 8
    assert "CHANNEL_INFO" not in connection.parsers


async def test_somebody_elses_parser_is_left_alone(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    bot = Carrier(Settings(**scene.settings), scene.data_dir)
    theirs: list[object] = []
    bot._connection.parsers["CHANNEL_INFO"] = theirs.append  # noqa: SLF001 - a newer discord.py
    async with scene.running(bot):
        assert bot._connection.parsers["CHANNEL_INFO"] == theirs.append  # noqa: SLF001 - as above
        scene.pino.joins(scene.general)
        await scene.kept()
    assert any("ya atiende CHANNEL_INFO" in line for line in caplog.messages)


async def test_without_parsers_the_bot_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    client = discord.Client(intents=discord.Intents.none())
    client._connection.parsers = None  # type: ignore[assignment]  # noqa: SLF001 - another discord.py
    info = ChannelInfo(client, "en", lambda _update: None, lambda: None)
    assert not info.attach()
    assert await info.calls_of(1) is None
    assert any("goes on, without CHANNEL_INFO" in line for line in caplog.messages)


async def test_the_event_is_handed_on_typed(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[CallUpdate] = []
    monkeypatch.setattr(EvidenceSources, "call_changed", lambda _, update: heard.append(update))
    async with scene.bot():
        scene.pino.joins(scene.general)
        scene.pino.leaves()
        await scene.until(lambda: len(heard) == 2)
    assert [update.id for update in heard] == [scene.general.id] * 2
    began, over = heard
    truth = scene.discord.truth.voice_stays()[0].start.timestamp()
    assert began.started_at == int(truth) * SECOND
    assert over.started_at is None


# Asking


async def test_the_calls_of_a_guild_are_asked_for(scene: Scene) -> None:
    async with scene.bot() as bot:
        scene.pino.joins(scene.general)
        calls = await bot.cog.sources.channel_info.calls_of(scene.plaza.id)
        began = scene.general.call_started_at
        assert began is not None
        assert calls == {scene.general.id: int(began.timestamp()) * SECOND}


async def test_two_who_ask_at_once_share_one_request(scene: Scene) -> None:
    async with scene.bot() as bot:
        info = bot.cog.sources.channel_info
        one, other = await asyncio.gather(
            info.calls_of(scene.plaza.id), info.calls_of(scene.plaza.id)
        )
    assert one == other == {}
    assert len(scene.discord.journal.received_ops(43)) == 1


async def test_a_gateway_without_op_43_is_never_asked_again(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    scene.discord.faults.knows_channel_info = False
    scene.pino.joins(scene.general)
    async with scene.bot() as bot:
        await scene.until(lambda: "resumed" in bot.events)
        await scene.until(lambda: voice_of(bot, scene.pino))
        scene.agu.joins(scene.sala)
        await scene.kept(2)
        assert bot.cog.sources.channel_info.is_refused
        assert await bot.cog.sources.channel_info.calls_of(scene.plaza.id) is None
    assert read_gateway_notes(scene.data_dir).refuses_channel_info
    async with scene.bot() as bot:
        await scene.until(lambda: voice_of(bot, scene.pino))
        assert "resumed" not in bot.events
    assert len(scene.discord.journal.received_ops(43)) == 1
    told = [line for line in caplog.messages if "no conoce Request Channel Info" in line]
    assert len(told) == 1


async def test_a_gateway_that_never_answers_is_left_alone_for_a_while(
    scene: Scene, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.evidence.channel_info._PATIENCE", 0.05)
    scene.discord.faults.answers_channel_info = False
    async with scene.bot() as bot:
        info = bot.cog.sources.channel_info
        for _ in range(4):
            assert await info.calls_of(scene.plaza.id) is None
        assert not info.is_asked
    assert len(scene.discord.journal.received_ops(43)) == 3
    assert len([line for line in caplog.messages if "no responde a Request" in line]) == 1


async def test_with_channel_info_off_nothing_is_asked(scene: Scene) -> None:
    scene.pino.joins(scene.general)
    async with scene.bot(channel_info=False) as bot:
        await scene.until(lambda: voice_of(bot, scene.pino))
    assert scene.discord.journal.received_ops(43) == []


# What it changes


async def test_whoever_is_found_alone_began_the_call(scene: Scene) -> None:
    scene.pino.joins(scene.general)
    async with scene.bot() as bot:
        await scene.until(lambda: voice_of(bot, scene.pino))
        session = voice_of(bot, scene.pino)
        assert session is not None
        assert session.started_at == int(scene.joined_at(scene.pino)) * SECOND


async def test_whoever_is_found_with_a_bot_is_not_alone(scene: Scene) -> None:
    helper = scene.discord.add_user("Music", scene.plaza, bot=True)
    helper.joins(scene.general)
    scene.pino.joins(scene.general)
    async with scene.bot() as bot:
        await scene.until(lambda: voice_of(bot, scene.pino))
        session = voice_of(bot, scene.pino)
        assert session is not None
        assert session.started_at > scene.joined_at(scene.pino) * SECOND
    assert scene.discord.journal.received_ops(43) == []


async def test_a_call_that_began_while_nobody_watched_splits_the_session(scene: Scene) -> None:
    async with scene.bot():
        scene.pino.joins(scene.general)
        await scene.heard()
        await scene.kept()
    scene.pino.leaves()
    await _next_second(scene)
    scene.pino.joins(scene.general)
    async with scene.bot() as bot:
        (old,) = await scene.recorded()
        session = voice_of(bot, scene.pino)
        assert session is not None
        scene.pino.leaves()
        await scene.heard()
        await scene.recorded(2)
    assert old.reason == "gap_not_bridged"
    records = scene.records()
    stays = scene.discord.truth.voice_stays()
    for record, stay in zip(records, stays, strict=True):
        scene.admits(record, stay)
    assert records[0].ended_at <= records[1].started_at


async def test_a_call_that_went_on_all_the_while_does_not(scene: Scene) -> None:
    scene.agu.joins(scene.general)
    async with scene.bot():
        scene.pino.joins(scene.general)
        await scene.kept(2)
    async with scene.bot() as bot:
        await scene.until(lambda: bot.heard("recovered", scene.pino))
        assert scene.records() == []


async def test_a_re_identify_asks_as_well(scene: Scene) -> None:
    async with scene.bot() as bot:
        scene.pino.joins(scene.general)
        await scene.kept()
        scene.discord.faults.gateway_down = True
        scene.discord.cut(resumable=False)
        scene.pino.leaves()
        await _next_second(scene)
        scene.pino.joins(scene.general)
        scene.discord.faults.gateway_down = False
        (old,) = await scene.recorded()
        assert voice_of(bot, scene.pino) is not None
    assert old.reason == "gap_not_bridged"


# Contradictions


async def test_a_join_whose_only_trace_is_the_call_is_found(scene: Scene) -> None:
    async with scene.bot() as bot:
        await scene.heard()
        scene.pino.joins(scene.general, lost=True, start_time_lost=False)
        await scene.until(lambda: bot.heard("recovered", scene.pino))
        session = voice_of(bot, scene.pino)
        assert session is not None
        assert session.started_at <= scene.joined_at(scene.pino) * SECOND + SECOND
        scene.pino.leaves()
        await scene.heard()
        (record,) = await scene.recorded()
    scene.admits(record, scene.last_stay(scene.pino.id))


async def test_a_leave_whose_only_trace_is_the_call_is_found(scene: Scene) -> None:
    async with scene.bot() as bot:
        scene.pino.joins(scene.general)
        await scene.kept()
        scene.pino.leaves(lost=True, start_time_lost=False)
        await scene.until(lambda: bot.heard("orphaned", scene.pino))
    assert scene.discord.journal.requests_to("GET /guilds/*/voice-states/*")
    assert scene.discord.gateway.starts.used == 1


async def test_people_who_are_not_tracked_are_no_contradiction(scene: Scene) -> None:
    helper = scene.discord.add_user("Music", scene.plaza, bot=True)
    async with scene.bot() as bot:
        helper.joins(scene.general)
        scene.pino.joins(scene.sala)
        await scene.kept()
        scene.pino.leaves()
        helper.leaves()
        await scene.recorded()
        await scene.until(lambda: not _is_comparing(bot))
        assert bot.cog.sources.contradictions.looks == 0


async def test_looks_come_one_after_the_other(scene: Scene) -> None:
    async with scene.bot() as bot:
        await scene.heard()
        scene.pino.joins(scene.general, lost=True, start_time_lost=False)
        scene.agu.joins(scene.sala, lost=True, start_time_lost=False)
        await scene.until(lambda: voice_of(bot, scene.pino) and voice_of(bot, scene.agu))
        assert bot.cog.sources.contradictions.looks == 1


async def test_a_voice_event_that_changes_nothing_makes_it_look(scene: Scene) -> None:
    async with scene.bot() as bot:
        scene.agu.joins(scene.sala)
        scene.pino.joins(scene.general)
        await scene.kept(2)
        scene.agu.leaves(lost=True)
        scene.pino.voice_is_repeated()
        await scene.until(lambda: bot.heard("orphaned", scene.agu))


async def test_another_device_makes_it_look_and_leaves_the_session_alone(scene: Scene) -> None:
    async with scene.bot() as bot:
        scene.pino.joins(scene.general)
        await scene.kept()
        scene.pino.changes_device()
        await scene.until(lambda: bot.cog.sources.contradictions.looks == 1)
        scene.pino.leaves()
        (record,) = await scene.recorded()
    assert record.uncertain_seconds == 0


def _is_comparing(bot: Carrier) -> bool:
    return bot.cog.sources.contradictions.is_comparing


async def _next_second(scene: Scene) -> None:
    """Let the second be over in which a call began: calls are told in whole seconds."""
    began = int(time.time())
    await scene.until(lambda: int(time.time()) > began)


async def test_a_shard_without_op_43_goes_on_and_is_not_asked_again(scene: Scene) -> None:
    scene.discord.faults.knows_channel_info = False
    scene.discord.rest.shards = 2
    scene.pino.joins(scene.general)
    async with scene.bot(ShardedCarrier, options={"shard_count": 2}) as bot:
        await scene.until(lambda: bot.cog.sources.channel_info.is_refused)
        await scene.until(lambda: "shard_resumed" in bot.events)
        await scene.until(lambda: voice_of(bot, scene.pino))
    assert len(scene.discord.journal.received_ops(43)) == 1


async def test_looks_are_far_apart(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contradictions, "BETWEEN_LOOKS", 60.0)
    async with scene.bot() as bot:
        scene.pino.joins(scene.general)
        await scene.kept()
        scene.pino.voice_is_repeated()
        await scene.until(lambda: bot.cog.sources.contradictions.looks == 1)
        scene.pino.voice_is_repeated()
        scene.pino.moves(scene.sala)
        await scene.until(
            lambda: (held := voice_of(bot, scene.pino)) and held.channel_id == scene.sala.id
        )
        assert bot.cog.sources.contradictions.looks == 1
