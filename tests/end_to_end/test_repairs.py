"""What Discord never said, and the health check finds out."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from tests.end_to_end.scene import CHECKING, Scene

if TYPE_CHECKING:
    from collections.abc import Iterator

    from integrations.loopback.faults import RestFault


@pytest.fixture(autouse=True)
def checking(scene: Scene) -> None:
    scene.settings = dict(CHECKING)


async def test_a_lost_leave_is_found_by_asking_discord(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    async with scene.bot() as bot:
        scene.pino.joins(scene.general)
        await scene.heard()
        await scene.kept()
        scene.pino.leaves(lost=True)
        (record,) = await scene.recorded()
        await scene.until(lambda: not bot.cog.engine.registry.count)
        await scene.until(lambda: _repaired(caplog))

    assert scene.discord.journal.requests_to("GET /guilds/*/voice-states/*")
    assert (record.state, record.reason) == ("orphaned", "leave_missed")
    scene.admits(record, scene.last_stay(scene.pino.id))
    assert [told.event for told in bot.told] == ["confirmed", "orphaned"]
    assert list(_said(caplog, logging.WARNING)) == [
        "🔧 Sesión huérfana detectada: Pino en voz",
        "🔧 Health check completado: 1 voice, 0 games, 0 parties arregladas",
    ]


async def test_a_lost_end_of_a_game_is_found_by_asking_for_members(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    async with scene.bot():
        scene.pino.plays("VALORANT")
        scene.agu.plays("VALORANT")
        await scene.kept(1, "party")
        scene.pino.stops(lost=True)
        (game,) = await scene.recorded(1, "game")
        (party,) = await scene.recorded(1, "party")
        await scene.until(lambda: _repaired(caplog))

    assert scene.discord.journal.received_ops(8)
    assert (game.state, game.reason, game.user_id) == ("orphaned", "leave_missed", scene.pino.id)
    assert party.state == "orphaned"
    assert [session.kind for session in scene.live()] == ["game"]
    assert "🔧 Party huérfana detectada: VALORANT" in _said(caplog, logging.WARNING)


async def test_somebody_who_went_offline_unheard_is_absent_from_their_game(scene: Scene) -> None:
    async with scene.bot():
        scene.pino.plays("Tetris")
        await scene.kept(1, "game")
        scene.pino.goes_offline(lost=True)
        (record,) = await scene.recorded(1, "game")
    assert record.reason == "leave_missed"


async def test_a_lost_move_is_found(scene: Scene) -> None:
    async with scene.bot():
        scene.pino.joins(scene.general)
        await scene.heard()
        await scene.kept()
        scene.pino.moves(scene.sala, lost=True)
        await scene.until(
            lambda: [getattr(s, "channel_name", "") for s in scene.live()] == ["Sala"]
        )
        scene.pino.leaves()
        await scene.heard()
        (record,) = await scene.recorded()

    general, sala = record.stays
    assert general.channel_name == "General"
    assert sala.floor < sala.since
    scene.is_as_long_as(record, scene.last_stay(scene.pino.id))


async def test_a_lost_join_is_found_by_the_next_thing_the_person_does(scene: Scene) -> None:
    async with scene.bot() as bot:
        scene.pino.joins(scene.general, lost=True)
        scene.pino.mutes()
        (session,) = await scene.kept()
        scene.pino.leaves()
        (record,) = await scene.recorded()

    assert session.id == record.id
    assert {told.event for told in bot.told} >= {"ended"}


async def test_what_discord_cannot_say_ends_nothing(scene: Scene) -> None:
    look_ups = "GET /guilds/*/voice-states/*"
    async with scene.bot() as bot:
        scene.pino.joins(scene.general)
        scene.agu.plays("Tetris")
        await scene.kept(2)
        for fault in (
            scene.discord.faults.rest_fails(look_ups, status=403, code=50013),
            scene.discord.faults.rest_fails(look_ups, status=404, code=10004),
            scene.discord.faults.rest_is_a_proxy_page(look_ups, status=404),
            scene.discord.faults.rest_is_a_proxy_page(look_ups, status=200),
            scene.discord.faults.rest_dawdles(look_ups, seconds=1),
        ):
            await _spoils(scene, fault)
            fault.end()
        scene.discord.faults.answers_member_requests = False
        asked = len(scene.discord.journal.received_ops(8))
        await scene.until(lambda: len(scene.discord.journal.received_ops(8)) > asked + 1)
        assert bot.cog.check_figures.exceptions == 0
    assert len(scene.live()) == 2
    assert scene.records() == []


async def test_an_answer_older_than_the_latest_news_is_passed_over(scene: Scene) -> None:
    async with scene.bot() as bot:
        scene.pino.joins(scene.general)
        await scene.kept()
        slow = scene.discord.faults.rest_dawdles("GET /guilds/*/voice-states/*", seconds=0.15)
        await scene.until(lambda: slow.hits)
        scene.pino.mutes()
        await scene.until(lambda: slow.hits > 1)
        assert bot.cog.check_figures.exceptions == 0
    assert scene.records() == []


async def test_the_check_sleeps_with_the_last_session_and_wakes_with_the_next(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    on, off = "🏥 Health check activado", "🏥 Health check desactivado"
    async with scene.bot():
        assert not _lines_with(caplog, on)
        for times in (1, 2):
            scene.pino.joins(scene.general)
            await _said_so_often(scene, caplog, on, times)
            await scene.kept()
            scene.pino.leaves()
            await _said_so_often(scene, caplog, off, times)
            await scene.recorded(times)


async def test_the_check_sends_no_notice_and_touches_no_cooldown(scene: Scene) -> None:
    scene.pino.joins(scene.general)
    async with scene.bot(notify_channel_id=scene.chat.id) as bot:
        await scene.until(lambda: bot.heard("recovered"))
        scene.pino.leaves(lost=True)
        await scene.recorded()
        assert bot.cog.engine.live_state(scene.now()).cooldowns == []
    assert scene.discord.messages(scene.chat) == []


def _said(caplog: pytest.LogCaptureFixture, level: int) -> Iterator[str]:
    return (r.getMessage() for r in caplog.records if r.name == "latido" and r.levelno == level)


def _lines_with(caplog: pytest.LogCaptureFixture, text: str) -> list[str]:
    return [line for line in _said(caplog, logging.INFO) if text in line]


async def _spoils(scene: Scene, fault: RestFault) -> None:
    await scene.until(lambda: fault.hits > 0)


async def _said_so_often(
    scene: Scene, caplog: pytest.LogCaptureFixture, text: str, times: int
) -> None:
    await scene.until(lambda: len(_lines_with(caplog, text)) == times)


def _repaired(caplog: pytest.LogCaptureFixture) -> bool:
    return any(" arregladas" in line for line in _said(caplog, logging.WARNING))
