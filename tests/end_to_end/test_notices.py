"""What people are told in a text channel."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

    from tests.end_to_end.scene import Scene


async def test_entries_and_exits_of_voice_games_and_parties_are_told(scene: Scene) -> None:
    async with scene.bot(notify_channel_id=scene.chat.id):
        scene.pino.joins(scene.general)
        await _told(scene, "🔊 **Pino** entró a 👥 General")
        scene.pino.plays("Tetris")
        await _told(scene, "🎮 **Pino** está jugando **Tetris**")
        scene.agu.plays("Tetris")
        await _told(scene, "🎉 Party de **Tetris**: Pino y agu")
        await scene.kept(4)
        scene.pino.leaves()
        await _told(scene, "👋 **Pino** salió de 👥 General después de")
        scene.agu.stops()
        await _told(scene, "🏁 **agu** dejó de jugar **Tetris** después de")
        await _told(scene, "🏁 Terminó la party de **Tetris** después de")
    assert scene.discord.messages(scene.chat, deleted=True) == []


async def test_a_stream_is_told_as_one(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "latido")
    async with scene.bot(notify_channel_id=scene.chat.id):
        scene.pino.streams("Tetris")
        await _told(scene, "📺 **Pino** está emitiendo **Tetris**")
        await scene.kept(1, "game")
        scene.pino.stops()
        await _told(scene, "🏁 **Pino** dejó de emitir **Tetris** después de")
    assert "💾 Tiempo guardado: Pino emitió 📺 Tetris por " in caplog.text


async def test_a_cooldown_is_kept_over_a_restart(scene: Scene) -> None:
    async with scene.bot(notify_channel_id=scene.chat.id, voice_cooldown=600):
        scene.pino.joins(scene.general)
        await _told(scene, "entró")
        await scene.kept()
        scene.pino.leaves()
        await scene.recorded()
        await _told(scene, "salió")
        scene.pino.joins(scene.general)
        await scene.kept()
        scene.pino.leaves()
        await scene.recorded(2)
    async with scene.bot(notify_channel_id=scene.chat.id, voice_cooldown=600):
        scene.pino.joins(scene.general)
        scene.agu.joins(scene.general)
        await _told(scene, "**agu** entró")
        await scene.kept(2)
    assert _count(scene, "**Pino** entró") == 1


async def test_over_a_cooldown_people_are_told_again(scene: Scene) -> None:
    async with scene.bot(notify_channel_id=scene.chat.id, voice_cooldown=0):
        for times in (1, 2):
            scene.pino.joins(scene.general)
            await _told(scene, "entró", times)
            await scene.kept()
            scene.pino.leaves()
            await scene.recorded(times)


async def test_a_notice_never_goes_to_a_channel_of_another_guild(scene: Scene) -> None:
    patio = scene.discord.add_guild("Patio")
    lounge = patio.add_voice_channel("Lounge")
    patio.add_member(scene.zeta)
    async with scene.bot(notify_channel_id=scene.chat.id):
        scene.zeta.joins(lounge)
        await scene.kept()
        scene.pino.joins(scene.general)
        await _told(scene, "Pino")
    assert _count(scene, "Zeta") == 0


async def test_each_guild_may_have_a_channel_of_its_own(scene: Scene) -> None:
    patio = scene.discord.add_guild("Patio")
    lounge, talk = patio.add_voice_channel("Lounge"), patio.add_text_channel("talk")
    patio.add_member(scene.zeta)
    channels = {scene.plaza.id: scene.chat.id, patio.id: talk.id}
    async with scene.bot(notify_channel_id=channels):
        scene.zeta.joins(lounge)
        await scene.until(lambda: scene.discord.messages(talk))
        scene.pino.joins(scene.general)
        await _told(scene, "Pino")
    assert len(scene.discord.messages(talk)) == 1


async def test_a_missing_permission_is_reported_once_and_sessions_go_on(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    scene.chat.allows(send=False)
    async with scene.bot(notify_channel_id=scene.chat.id):
        scene.pino.joins(scene.general)
        scene.agu.joins(scene.general)
        await scene.kept(2)
        scene.pino.leaves()
        scene.agu.leaves()
        await scene.recorded(2)
        route = f"POST /channels/{scene.chat.id}/messages"
        await scene.until(lambda: len(scene.discord.journal.requests_to(route)) >= 2)
        await scene.until(lambda: _reports(caplog))
    (report,) = _reports(caplog)
    assert str(scene.chat.id) in report


async def test_names_are_shown_as_they_are(scene: Scene) -> None:
    scene.plaza.change_member(scene.pino, nick="**P** @everyone")
    async with scene.bot(notify_channel_id=scene.chat.id):
        scene.pino.joins(scene.general)
        await _told(scene, r"**\*\*P\*\* @everyone** entró")
    (message,) = scene.discord.messages(scene.chat)
    (request,) = scene.discord.journal.requests_to("POST /channels/*/messages")
    assert message.content
    assert request.body is not None
    assert request.body["allowed_mentions"] == {"parse": []}


async def _told(scene: Scene, text: str, times: int = 1) -> None:
    await scene.until(lambda: _count(scene, text) == times)


def _count(scene: Scene, text: str) -> int:
    return sum(text in message.content for message in scene.discord.messages(scene.chat))


def _reports(caplog: pytest.LogCaptureFixture) -> list[str]:
    texts = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    return [text for text in texts if text.startswith("🔕")]
