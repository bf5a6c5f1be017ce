"""A discord.py whose internals have changed: the bot works without them, and says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import discord

    from integrations.gateway.taps import Tap
    from tests.end_to_end.scene import Scene


@pytest.fixture(autouse=True)
def no_tap(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing_to_hold_on_to(
        _bot: discord.Client, _taps: Sequence[Tap]
    ) -> Callable[[], None] | None:
        return None

    monkeypatch.setattr("integrations.gateway.intake.tap", nothing_to_hold_on_to)


async def test_voice_is_tracked_from_discord_pys_own_events_and_the_loss_is_said(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    async with scene.bot():
        scene.pino.joins(scene.general)
        await scene.heard()
        await scene.kept()
        scene.pino.moves(scene.sala)
        scene.pino.mutes()
        await scene.heard()
        scene.pino.leaves()
        await scene.heard()
        (record,) = await scene.recorded()
    assert record.state == "ended"
    scene.is_as_long_as(record, scene.last_stay(scene.pino.id))
    assert "Esta versión de discord.py no tiene ConnectionState.parsers" in caplog.text


async def test_whoever_is_there_already_is_found_in_the_cache(scene: Scene) -> None:
    scene.pino.joins(scene.general)
    scene.agu.plays("Tetris")
    async with scene.bot() as bot:
        await scene.kept(2)
    assert {told.event for told in bot.told} == {"recovered"}


async def test_over_a_restart_sessions_go_on_or_are_orphaned(scene: Scene) -> None:
    async with scene.bot():
        scene.pino.joins(scene.general)
        scene.agu.joins(scene.general)
        before = {session.id for session in await scene.kept(2)}
    scene.agu.leaves()
    async with scene.bot():
        (record,) = await scene.recorded()
        await scene.until(lambda: [s.state for s in scene.live()] == ["recovered"])
    assert (record.user_id, record.state) == (scene.agu.id, "orphaned")
    assert {session.id for session in scene.live()} < before
