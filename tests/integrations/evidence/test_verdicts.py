"""Verdicts that wait for the starts of calls, and those that do not."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from integrations.loopback import LoopbackDiscord
from machines import VoiceSession
from tests.end_to_end.scene import QUICK, Carrier, Scene

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from integrations.loopback import Person


@pytest.fixture
async def scene(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[Scene]:
    """Plaza, and a gateway that does not answer: without help a verdict waits for a minute."""
    monkeypatch.setattr("integrations.evidence.channel_info._PATIENCE", 60.0)
    caplog.set_level(logging.DEBUG, logger="latido")
    async with LoopbackDiscord() as stand_in:
        stand_in.faults.answers_channel_info = False
        plaza = stand_in.add_guild("Plaza")
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
            settings={**QUICK, "channel_info": True},
        )


def voice_of(bot: Carrier, person: Person) -> VoiceSession | None:
    for session in bot.cog.engine.sessions():
        if isinstance(session, VoiceSession) and session.user_id == person.id:
            return session
    return None


async def _asked(scene: Scene) -> None:
    await scene.until(lambda: scene.discord.journal.received_ops(43))


async def test_nobody_else_waits(scene: Scene) -> None:
    scene.pino.joins(scene.general)
    scene.agu.joins(scene.sala)
    scene.zeta.joins(scene.sala)
    async with scene.bot() as bot:
        await _asked(scene)
        await scene.until(lambda: voice_of(bot, scene.agu) and voice_of(bot, scene.zeta))
        assert voice_of(bot, scene.pino) is None


async def test_an_event_about_them_ends_the_waiting(scene: Scene) -> None:
    scene.pino.joins(scene.general)
    async with scene.bot() as bot:
        await _asked(scene)
        scene.pino.mutes(True)
        await scene.until(lambda: voice_of(bot, scene.pino))


async def test_an_event_about_one_of_them_takes_theirs_first_and_the_others_in_turns(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once: list[object] = []
    monkeypatch.setattr("engine.SessionEngine.validate", lambda *told: at_once.append(told))
    scene.pino.joins(scene.general)
    scene.zeta.joins(scene.sala)
    async with scene.bot() as bot:
        await _asked(scene)
        assert voice_of(bot, scene.pino) is voice_of(bot, scene.zeta) is None
        scene.pino.mutes(True)
        await scene.until(lambda: voice_of(bot, scene.pino) and voice_of(bot, scene.zeta))
        assert at_once == []


async def test_a_report_is_needed_until_the_last_verdict_is_given(scene: Scene) -> None:
    scene.pino.joins(scene.general)
    async with scene.bot() as bot:
        await _asked(scene)
        held = bot.cog.sources._verdicts.held[scene.plaza.id]  # noqa: SLF001 - nobody else has it
        assert not held.given.done()
        scene.pino.mutes(True)
        await scene.until(held.given.done)
        assert voice_of(bot, scene.pino) is not None


async def test_an_event_about_somebody_else_does_not(scene: Scene) -> None:
    scene.pino.joins(scene.general)
    async with scene.bot() as bot:
        await _asked(scene)
        scene.agu.joins(scene.sala)
        await scene.until(lambda: voice_of(bot, scene.agu))
        assert voice_of(bot, scene.pino) is None


async def test_a_connection_that_is_gone_ends_the_waiting(scene: Scene) -> None:
    scene.pino.joins(scene.general)
    async with scene.bot() as bot:
        await _asked(scene)
        scene.discord.cut()
        await scene.until(lambda: voice_of(bot, scene.pino))


async def test_whoever_leaves_meanwhile_is_found_and_has_left(scene: Scene) -> None:
    scene.pino.joins(scene.general)
    async with scene.bot():
        await _asked(scene)
        scene.pino.leaves()
        (record,) = await scene.recorded()
    assert record.user_id == scene.pino.id


async def test_a_stop_does_not_wait_and_takes_its_turns(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once: list[object] = []
    monkeypatch.setattr("engine.SessionEngine.validate", lambda *told: at_once.append(told))
    scene.pino.joins(scene.general)
    async with scene.bot():
        await _asked(scene)
    assert [session.kind for session in scene.live()] == ["voice"]
    assert at_once == []


async def test_a_guild_that_is_gone_gets_no_verdict(scene: Scene) -> None:
    scene.pino.joins(scene.general)
    async with scene.bot() as bot:
        await _asked(scene)
        scene.plaza.removes_bot()
        await scene.until(lambda: "guild_remove" in bot.events)
    assert scene.live() == []
    assert scene.records() == []


async def test_a_channel_that_is_gone_takes_whoever_was_in_question_with_it(scene: Scene) -> None:
    scene.pino.joins(scene.general)
    async with scene.bot():
        await _asked(scene)
        scene.general.is_deleted()
        (record,) = await scene.recorded()
    assert record.reason == "channel_deleted"


async def test_who_left_over_the_gap_is_known_at_once(scene: Scene) -> None:
    async with scene.bot():
        scene.pino.joins(scene.general)
        scene.agu.joins(scene.sala)
        await scene.kept(2)
    scene.pino.leaves()
    async with scene.bot() as bot:
        await _asked(scene)
        (record,) = await scene.recorded()
        session = voice_of(bot, scene.agu)
        assert session is not None
        assert session.unwatched_since is not None
        scene.agu.moves(scene.general)
        await scene.until(lambda: bot.heard("recovered", scene.agu))
    assert (record.user_id, record.reason) == (scene.pino.id, "gap")


async def test_whose_verdict_waited_while_the_clock_was_set_has_none(scene: Scene) -> None:
    scene.pino.joins(scene.general)
    async with scene.bot() as bot:
        await _asked(scene)
        held = bot.cog.sources._verdicts.held[scene.plaza.id]  # noqa: SLF001 - nobody else has it
        bot.cog._tracker.clock_watch.set_by -= 5  # noqa: SLF001 - as when it finds that it was
        bot.cog.sources.channel_uncounted(scene.plaza.id)
        await held.given
        assert voice_of(bot, scene.pino) is None
