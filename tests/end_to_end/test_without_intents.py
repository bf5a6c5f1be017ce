"""A bot that may not see who is in voice: it says so, and closes nobody's time there."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import discord
import pytest

from tests.end_to_end.scene import CHECKING

if TYPE_CHECKING:
    from machines import Kind
    from tests.end_to_end.scene import Carrier, Scene

WITHOUT_VOICE = discord.Intents(guilds=True, presences=True, members=True)

NO_VOICE = (
    "⚠️ Al bot le falta voice_states en sus discord.Intents: no ve quién está en voz, y las "
    "sesiones de voz de antes siguen como estaban"
)
NO_GUILDS = (
    "⚠️ Al bot le falta guilds en sus discord.Intents: no ve quién está ya cuando se conecta, solo "
    "oye lo que cambia después"
)


@pytest.fixture(params=["tapped", "untapped"])
def _ears(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "untapped":
        monkeypatch.setattr("integrations.gateway.intake.tap", lambda *_: None)


@pytest.mark.usefixtures("_ears")
@pytest.mark.parametrize("intents", [WITHOUT_VOICE, discord.Intents(guilds=True)])
async def test_whoever_stays_in_voice_goes_on_over_a_run_that_could_not_see_it(
    scene: Scene, intents: discord.Intents
) -> None:
    async with scene.bot():
        scene.pino.joins(scene.general)
        await scene.heard()
        (before,) = await scene.kept()
    async with scene.bot(options={"intents": intents}) as blind:
        await scene.until(lambda: "ready" in blind.events)
        scene.agu.joins(scene.sala)
        scene.zeta.plays("Tetris")
        await scene.heard()
        await blind.cog.check_now()
        (kept,) = scene.live("voice")
        assert (kept.id, kept.is_live) == (before.id, True)
    async with scene.bot() as bot:
        await scene.until(lambda: bot.heard("recovered", scene.agu))
        scene.pino.leaves()
        await scene.heard()
        (record,) = await scene.recorded(kind="voice")
    assert (record.id, record.state) == (before.id, "ended")
    assert {stretch.value for stretch in record.stretches} == {"unknown"}
    scene.is_as_long_as(record, scene.last_stay(scene.pino.id))


async def test_games_are_watched_again_after_a_restart_by_whoever_hears_nothing_else(
    scene: Scene,
) -> None:
    for runs in (1, 2):
        async with scene.bot(options={"intents": WITHOUT_VOICE}) as bot:
            await scene.until(partial(_is_ready, bot))
            scene.zeta.plays("Tetris")
            await scene.until(partial(bot.heard, "confirmed", scene.zeta))
            scene.zeta.stops()
            for record in await scene.recorded(runs):
                told = record.kind, record.state, record.uncertain_seconds
                assert told == ("game", "ended", 0)


def _is_ready(bot: Carrier) -> bool:
    return "ready" in bot.events


async def test_discord_itself_can_still_be_asked_about_one_person(scene: Scene) -> None:
    async with scene.bot():
        scene.pino.joins(scene.general)
        await scene.heard()
        await scene.kept()
    scene.settings = dict(CHECKING)
    async with scene.bot(options={"intents": WITHOUT_VOICE}):
        scene.pino.leaves()
        (record,) = await scene.recorded()
    assert record.state == "orphaned"


@pytest.mark.parametrize("kind", ["voice", "game"])
async def test_between_two_looks_nothing_is_known_of_what_is_not_heard(
    scene: Scene, kind: Kind
) -> None:
    async with scene.bot():
        scene.pino.joins(scene.general)
        scene.zeta.plays("Tetris")
        await scene.heard()
        await scene.kept(2)
    scene.settings = dict(CHECKING)
    intents = WITHOUT_VOICE if kind == "voice" else discord.Intents.all()
    async with scene.bot(options={"intents": intents}, presences=kind == "voice") as bot:
        await scene.until(lambda: scene.live(kind)[0].state == "recovered")
        scene.pino.leaves()
        scene.zeta.stops()
        scene.pino.joins(scene.general)
        scene.zeta.plays("Tetris")
        await scene.heard()
        await bot.cog.check_now()
        (session,) = scene.live(kind)
        assert session.unwatched_since == session.last_seen
    async with scene.bot():
        await scene.heard()
        scene.pino.leaves()
        scene.zeta.stops()
        await scene.heard()
        (record,) = await scene.recorded(kind=kind)
    assert {each.value for each in record.stretches} == {"unknown"}
    first, *others = sorted(record.stretches, key=lambda each: each.start)
    unknown_until = first.end
    for unknown in others:
        assert unknown.start <= unknown_until
        unknown_until = max(unknown_until, unknown.end)


async def test_an_audit_sees_over_a_connection_of_its_own(scene: Scene) -> None:
    async with scene.bot():
        scene.pino.joins(scene.general)
        await scene.heard()
        await scene.kept()
    scene.pino.leaves()
    scene.agu.joins(scene.sala)
    scene.settings |= {"audit_every": 0.2}
    async with scene.bot(options={"intents": WITHOUT_VOICE}) as bot:
        (record,) = await scene.recorded()
        await scene.until(lambda: bot.heard("recovered", scene.agu))
    assert (record.user_id, record.state) == (scene.pino.id, "orphaned")


async def test_without_the_guilds_it_ends_but_what_is_heard_to_end(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    async with scene.bot():
        scene.pino.joins(scene.general)
        scene.pino.plays("Tetris")
        scene.agu.joins(scene.general)
        await scene.heard()
        before = {each.id for each in await scene.kept(3)}
    scene.agu.leaves()
    others = discord.Intents(voice_states=True, presences=True, members=True)
    async with scene.bot(options={"intents": others}) as blind:
        await blind.cog.check_now()
        assert {each.id for each in scene.live()} == before
        scene.pino.leaves()
        await scene.heard()
        (record,) = await scene.recorded()
        await scene.kept(2)
    assert (record.user_id, record.state) == (scene.pino.id, "ended")
    assert NO_GUILDS in caplog.messages
    assert NO_VOICE not in caplog.messages


async def test_what_is_missing_is_said(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    async with scene.bot(options={"intents": WITHOUT_VOICE}):
        pass
    assert NO_VOICE in caplog.messages
    assert NO_GUILDS not in caplog.messages
