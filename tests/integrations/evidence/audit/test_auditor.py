"""Audits beside a running bot: what they find, what they cost, and that they do no harm."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import discord

from integrations.evidence.audit import identify_turns
from integrations.evidence.verdicts import Verdicts
from machines import VoiceSession
from tests.end_to_end.scene import Carrier, Scene, ShardedCarrier

if TYPE_CHECKING:
    import pytest

    from engine import GuildReport
    from integrations.loopback import Person
    from machines import AnySession


def sessions_of(bot: Carrier, person: Person) -> list[AnySession]:
    return [s for s in bot.cog.engine.sessions() if getattr(s, "user_id", None) == person.id]


def voice_of(bot: Carrier, person: Person) -> VoiceSession | None:
    found = [s for s in sessions_of(bot, person) if isinstance(s, VoiceSession)]
    return found[0] if found else None


def _intents_without_presences() -> discord.Intents:
    intents = discord.Intents.all()
    intents.presences = False
    return intents


def _channel_of(bot: Carrier, person: Person) -> int | None:
    session = voice_of(bot, person)
    return None if session is None else session.channel_id


def has_done(bot: Carrier, count: int) -> bool:
    return bot.cog.sources.auditor.counters["done"] >= count


def was_ready(bot: Carrier, count: int) -> bool:
    return bot.events.count("ready") >= count


async def test_a_join_that_was_never_sent_is_found_silently(scene: Scene) -> None:
    async with scene.bot(notify_channel_id=scene.chat.id) as bot:
        scene.agu.joins(scene.sala)
        await scene.kept()
        scene.pino.joins(scene.general, lost=True)
        await scene.until(lambda: voice_of(bot, scene.pino))
        session = voice_of(bot, scene.pino)
        assert session is not None
        assert session.state == "recovered"
        await scene.until(lambda: bot.heard("recovered", scene.pino))
        scene.pino.leaves()
        await scene.heard()
        (record,) = await scene.recorded(user=scene.pino)
    scene.admits(record, scene.last_stay(scene.pino.id))
    assert not any("Pino" in message.content for message in scene.discord.messages(scene.chat))


async def test_a_leave_that_was_never_sent_is_found(scene: Scene) -> None:
    async with scene.bot() as bot:
        scene.pino.joins(scene.general)
        await scene.heard()
        await scene.kept()
        scene.pino.leaves(lost=True)
        (record,) = await scene.recorded(user=scene.pino)
        assert not scene.discord.journal.requests_to("GET /guilds/*/voice-states/*")
        await scene.until(lambda: bot.heard("orphaned", scene.pino))
    assert (record.state, record.reason) == ("orphaned", "leave_missed")
    scene.admits(record, scene.last_stay(scene.pino.id))


async def test_games_that_were_never_told_are_found_and_ended(scene: Scene) -> None:
    async with scene.bot() as bot:
        scene.agu.joins(scene.sala)
        await scene.kept()
        scene.pino.plays("VALORANT", lost=True)
        await scene.until(lambda: sessions_of(bot, scene.pino))
        scene.pino.stops("VALORANT", lost=True)
        (record,) = await scene.recorded(1, "game")
    assert record.game_name == "VALORANT"


async def test_without_the_presence_intent_an_audit_looks_at_voice_alone(scene: Scene) -> None:
    scene.discord.allow_intents(presences=False)
    options = {"intents": _intents_without_presences()}
    async with scene.bot(options=options, presences=False) as bot:
        scene.agu.joins(scene.sala)
        await scene.kept()
        scene.pino.joins(scene.general, lost=True)
        await scene.until(lambda: voice_of(bot, scene.pino))


async def test_each_shard_is_audited(scene: Scene) -> None:
    corner = scene.discord.add_guild("Esquina", shard=(1, 2))
    room = corner.add_voice_channel("Room")
    for person in (scene.pino, scene.zeta):
        corner.add_member(person)
    scene.discord.rest.shards = 2
    async with scene.bot(ShardedCarrier, options={"shard_count": 2}) as bot:
        scene.agu.joins(scene.sala)
        await scene.kept()
        scene.zeta.joins(room, lost=True)
        scene.pino.joins(scene.general, lost=True)
        await scene.until(lambda: voice_of(bot, scene.zeta) and voice_of(bot, scene.pino))


async def test_an_audit_leaves_no_session_behind(scene: Scene) -> None:
    async with scene.bot() as bot:
        scene.agu.joins(scene.sala)
        await scene.until(lambda: bot.cog.sources.auditor.counters["done"])
        await scene.until(lambda: len(scene.discord.gateway.sessions) == 1)
        assert "disconnect" not in bot.events


async def test_the_days_number_is_not_exceeded(scene: Scene) -> None:
    async with scene.bot(audit_identifies_per_day=1) as bot:
        scene.agu.joins(scene.sala)
        await scene.until(lambda: bot.cog.sources.auditor.counters["refused"] > 1)
        assert bot.cog.sources.auditor.counters["done"] == 1
        assert scene.discord.gateway.starts.used == 2


async def test_the_days_number_outlives_a_restart(scene: Scene) -> None:
    async with scene.bot(audit_identifies_per_day=1) as bot:
        scene.agu.joins(scene.sala)
        await scene.until(lambda: bot.cog.sources.auditor.counters["done"])
    async with scene.bot(audit_identifies_per_day=1) as bot:
        await scene.until(lambda: bot.cog.sources.auditor.counters["refused"])
        assert bot.cog.sources.auditor.counters["done"] == 0


async def test_what_the_bot_may_need_is_left_to_it(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    scene.discord.gateway.starts.remaining = 100
    async with scene.bot() as bot:
        scene.agu.joins(scene.sala)
        await scene.until(lambda: bot.cog.sources.auditor.counters["refused"] > 1)
        assert scene.discord.gateway.starts.used == 1
    told = [line for line in caplog.messages if "Auditoría aplazada" in line]
    assert len(told) == 1


async def test_a_refused_identify_is_counted_and_tried_again_later(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    async with scene.bot() as bot:
        scene.discord.faults.refuse_identifies()
        scene.agu.joins(scene.sala)
        await scene.until(lambda: bot.cog.sources.auditor.counters["failed"])
        scene.discord.faults.recover()
        scene.agu.moves(scene.general)
        await scene.until(lambda: _channel_of(bot, scene.agu) == scene.general.id)
        assert "disconnect" not in bot.events
        assert not bot.cog.sources.auditor.plan.may_spend(bot.cog.now())
    assert any("La auditoría no se pudo hacer" in line for line in caplog.messages)


async def test_a_gateway_that_is_down_for_audits_harms_nobody(scene: Scene) -> None:
    async with scene.bot() as bot:
        scene.discord.faults.gateway_down = True
        scene.agu.joins(scene.sala)
        await scene.until(lambda: bot.cog.sources.auditor.counters["failed"])
        scene.agu.leaves()
        await scene.recorded()


async def test_an_audit_and_a_reconnect_keep_out_of_each_others_way(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second IDENTIFY within the window would be answered with op 9.

    One may travel slower than the next by as much as a busy machine stands still.
    """
    scene.discord.gateway.starts.window = 0.1
    monkeypatch.setattr(identify_turns, "WINDOW", 0.6)
    async with scene.bot() as bot:
        scene.agu.joins(scene.sala)
        for number in (1, 2, 3):
            await scene.until(partial(has_done, bot, number))
            scene.discord.cut(resumable=False)
            await scene.until(partial(was_ready, bot, number + 1))
        assert bot.cog.sources.auditor.counters["failed"] == 0
    identified = len(scene.discord.journal.received_ops(2))
    assert identified == scene.discord.gateway.starts.used


async def test_what_is_heard_while_an_audit_is_under_way_is_newer(scene: Scene) -> None:
    async with scene.bot(event_delay=0.5) as bot:
        scene.agu.joins(scene.sala)
        await scene.until(lambda: scene.discord.gateway.starts.used == 2)
        scene.agu.leaves()
        scene.pino.joins(scene.general)
        done = bot.cog.sources.auditor.counters["done"]
        await scene.until(lambda: bot.cog.sources.auditor.counters["done"] > done + 1)
        assert voice_of(bot, scene.agu) is None
        assert voice_of(bot, scene.pino) is not None
        assert not bot.heard("orphaned")


async def test_a_leave_that_is_merely_late_is_waited_for(scene: Scene) -> None:
    async with scene.bot(event_delay=1.0) as bot:
        scene.agu.joins(scene.sala)
        await scene.kept()
        scene.agu.leaves(late=0.7)
        (record,) = await scene.recorded()
        assert not bot.heard("orphaned")
    assert record.reason == "left"


async def test_what_an_audit_says_may_be_as_old_as_its_question(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports: list[GuildReport] = []

    give = Verdicts.give

    def noted(verdicts: Verdicts, report: GuildReport, *people: Any) -> Any:  # noqa: ANN401 - handed on
        if report.source == "audit":
            reports.append(report)
        return give(verdicts, report, *people)

    monkeypatch.setattr(Verdicts, "give", noted)
    async with scene.bot():
        scene.agu.joins(scene.sala)
        await scene.until(lambda: reports)
    assert reports[0].source == "audit"
    assert reports[0].asked_at is not None
    assert reports[0].earliest < reports[0].at


async def test_with_audits_off_there_are_none(scene: Scene) -> None:
    async with scene.bot(audit_every=0, health_check_every=0.1) as bot:
        scene.agu.joins(scene.sala)
        await scene.until(lambda: bot.cog.check_figures.checks > 2)
    assert scene.discord.gateway.starts.used == 1
