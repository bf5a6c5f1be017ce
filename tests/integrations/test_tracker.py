"""The tracker tells the engine the time, and hands on its effects in order."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from engine import (
    Channel,
    ClockStepped,
    GuildRemoved,
    GuildReport,
    VoiceObserved,
    WatchLost,
)
from machines import SECOND, Deadline, LiveState, RecordEnded
from tests.integrations.driven import Machine, voice_of
from tests.integrations.keeping.test_storekeeper import until
from tests.integrations.sessions import GENERAL, GUILD, PINO, game_session, voice_session

if TYPE_CHECKING:
    import pytest

    from tests.integrations.driven import Driven


async def test_deadlines_fire_by_themselves(driven: Driven) -> None:
    driven.hears(Channel(GENERAL, "General"))
    assert driven.told() == []
    await until(lambda: driven.told() == ["session_confirmed"])
    driven.hears(None)
    await until(lambda: driven.told() == ["session_confirmed", "session_ended"])
    assert not driven.engine.registry.count


async def test_once_stopped_no_deadline_fires(driven: Driven) -> None:
    driven.hears(Channel(GENERAL, "General"))
    driven.tracker.stop()
    await asyncio.sleep(0.1)  # several times the delays
    assert driven.told() == []


async def test_what_is_restored_waits_for_a_look(driven: Driven) -> None:
    session = voice_session()
    session.absent_since = session.started_at
    session.deadline = Deadline(session.started_at, "end")
    driven.tracker.restore(LiveState(sessions=[session]))
    assert driven.engine.next_deadline is None
    report = GuildReport(
        guild_id=GUILD, source="guild_create", at=driven.tracker.now(), complete_voice=True
    )
    driven.tracker.looks.begin(report)
    await until(lambda: any(isinstance(effect, RecordEnded) for effect in driven.effects))


async def test_the_live_state_is_what_a_restart_needs(driven: Driven) -> None:
    driven.tracker.restore(LiveState(sessions=[voice_session()]))
    view = driven.tracker.live_view()
    assert [session.id for session in view.sessions] == ["voice-11"]


async def test_what_befalls_a_guild_is_done_in_turns_and_news_in_between_wins(
    driven: Driven, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.turns._TURN", 0.0)
    for session in driven.restores_a_hundred():
        session.unwatched_since = None
    since = driven.tracker.now()
    driven.tracker.observe(WatchLost(guild_ids=(GUILD,), since=since))
    unwatched = [each.unwatched_since is not None for each in driven.engine.sessions()]
    assert 0 < sum(unwatched) < 100
    there = VoiceObserved(
        guild_id=GUILD, user_id=1_099, username="Pino", channel=Channel(GENERAL, "General")
    )
    driven.tracker.observe(there)
    assert driven.engine.is_sweeping
    await driven.tracker.finish()
    watched = [each.id for each in driven.engine.sessions() if each.unwatched_since is None]
    assert watched == ["voice-1099"]


async def _effects_by_turn(driven: Driven, observation: ClockStepped) -> list[int]:
    """Return how much is asked of the outside in each turn of what befalls everybody."""
    driven.tracker.observe(observation)
    turns = []
    while driven.engine.is_sweeping:
        turns.append(len(driven.effects))
        driven.effects.clear()
        await asyncio.sleep(0)
    turns.append(len(driven.effects))
    return turns


async def test_a_turn_is_over_after_so_many_pieces_for_what_follows_from_each_comes_on_top(
    driven: Driven, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.turns._TURN", 3_600.0)
    monkeypatch.setattr("integrations.tracker.ENGINE_PIECES", 20)
    driven.restores_a_hundred()
    turns = await _effects_by_turn(driven, ClockStepped(by=SECOND))
    assert sum(turns) >= 100
    assert max(turns) <= 21


async def test_a_turn_is_over_after_two_hundred_pieces_however_fast_they_are(
    driven: Driven, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.turns._TURN", 3_600.0)
    games = [game_session(1_000 + number) for number in range(1_000)]
    driven.tracker.restore(LiveState(sessions=[*games]))
    driven.effects.clear()
    turns = await _effects_by_turn(driven, ClockStepped(by=SECOND))
    assert sum(turns) >= 1_000
    assert max(turns) <= 201


async def test_what_is_taken_in_together_has_one_turn(
    driven: Driven, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However much of it comes once the graces of a hundred people are over."""
    monkeypatch.setattr("integrations.turns._TURN", 0.0)
    now = driven.tracker.now()
    for session in driven.restores_a_hundred():
        session.unwatched_since, session.absent_since = None, session.started_at
        session.deadline = Deadline(now, "end")
        driven.engine.deadlines.schedule(session)

    def news() -> None:
        driven.tracker.clock_watch.held_at = now
        for user_id in range(1, 33):
            driven.tracker.observe(voice_of(user_id, Channel(GENERAL, "General")))
        driven.tracker.clock_watch.held_at = None

    driven.tracker.together(news)
    assert driven.told().count("session_ended") <= 8
    await until(lambda: driven.told().count("session_ended") == 100)


async def test_what_befell_a_guild_is_done_before_the_tracker_stops(
    driven: Driven, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.turns._TURN", 0.0)
    driven.restores_a_hundred()
    driven.tracker.observe(GuildRemoved(guild_id=GUILD))
    assert driven.engine.counts().total() > 0
    driven.tracker.stop()
    assert driven.engine.counts().total() == 0
    assert sum(isinstance(effect, RecordEnded) for effect in driven.effects) == 100


async def test_whom_nobody_remembers_is_let_go_of_though_nothing_more_is_heard() -> None:
    machine = Machine()
    engine = machine.tracker.engine
    for user_id in range(200):
        machine.tracker.observe(voice_of(user_id, None))
    machine.runs(600)
    machine.tracker.observe(voice_of(PINO, None))
    assert engine.has_more_to_do
    await until(lambda: not engine.has_more_to_do)


async def test_where_nobody_has_a_session_whatever_else_is_done_news_that_waits_is_woken_up_for(
    driven: Driven,
) -> None:
    tracker = driven.tracker
    tracker.wake_up()
    at = tracker._wake_up.at  # noqa: SLF001 - nobody hears of it
    tracker.let_come_due((GUILD,), tracker.now())
    assert not driven.engine.registry.count
    assert tracker._wake_up.at == at is not None  # noqa: SLF001 - as above
    assert tracker._wake_up.is_for_news  # noqa: SLF001 - as above
    tracker.stop()
