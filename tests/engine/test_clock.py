"""A clock that is set moves every instant; a connection that is cut lets nothing come due."""

from __future__ import annotations

import copy
import itertools
from datetime import UTC, datetime, timedelta
from operator import itemgetter

import msgspec
import pytest

from engine import (
    ActivitySeen,
    Channel,
    ClockStepped,
    PresenceObserved,
    SessionEngine,
    Settings,
    VoiceObserved,
    WatchLost,
    WatchPaused,
    WatchResumed,
)
from machines import (
    CooldownStarted,
    Effect,
    LiveState,
    NoticeWithdrawn,
    PartySession,
    RecordEnded,
    SessionChanged,
    from_datetime,
    seconds,
)

START = datetime(2025, 12, 29, 23, 0, tzinfo=UTC)
GUILD, PINO = 900, 1
GENERAL, LOUNGE = Channel(500, "General"), Channel(501, "Sala")


def after(duration: float) -> datetime:
    return START + timedelta(seconds=duration)


def seen(channel: Channel | None, since: datetime | None = None) -> VoiceObserved:
    return VoiceObserved(
        guild_id=GUILD,
        user_id=PINO,
        username="Pino",
        channel=channel,
        since=None if since is None else from_datetime(since),
    )


def records(effects: list[Effect]) -> list[RecordEnded]:
    return [effect for effect in effects if isinstance(effect, RecordEnded)]


@pytest.fixture
def engine() -> SessionEngine:
    engine = SessionEngine(Settings())
    engine.observe(seen(GENERAL), START)
    return engine


@pytest.mark.parametrize("by", [3600.0, -3600.0])
def test_a_stay_is_as_long_as_it_was_although_the_clock_was_set(
    engine: SessionEngine, by: float
) -> None:
    engine.advance(after(10))
    engine.observe(ClockStepped(by=seconds(by)), after(60 + by))
    engine.observe(seen(LOUNGE), after(90 + by))
    engine.observe(seen(None), after(120 + by))
    (ended,) = records(engine.advance(after(180 + by)))
    assert ended.record.seconds == 120
    assert ended.record.uncertain_seconds == 0
    assert ended.record.started_at == from_datetime(after(by))
    assert [stay.since for stay in ended.record.stays] == [
        from_datetime(after(by)),
        from_datetime(after(90 + by)),
    ]


def test_nothing_comes_due_because_the_clock_was_set_forwards(engine: SessionEngine) -> None:
    effects = engine.observe(ClockStepped(by=seconds(3600)), after(3601))
    assert not any(isinstance(effect, SessionChanged) for effect in effects)
    assert engine.next_deadline == after(3603)


def test_what_is_durable_follows_the_clock(engine: SessionEngine) -> None:
    engine.advance(after(10))
    effects = engine.observe(ClockStepped(by=seconds(5)), after(16))
    assert any(isinstance(effect, SessionChanged) for effect in effects)
    assert any(isinstance(effect, CooldownStarted) for effect in effects)


def test_nobody_is_announced_while_the_connection_is_cut(engine: SessionEngine) -> None:
    engine.observe(WatchPaused(guild_ids=(GUILD,)), after(2))
    assert engine.next_deadline is None
    assert engine.advance(after(600)) == []


def test_nobody_is_gone_for_good_while_the_connection_is_cut(engine: SessionEngine) -> None:
    engine.advance(after(3))
    engine.observe(seen(None), after(20))
    engine.observe(WatchPaused(guild_ids=(GUILD,)), after(30))
    assert engine.next_deadline is None
    assert engine.advance(after(600)) == []


def test_whoever_was_announced_counts_in_their_time_while_the_connection_is_cut(
    engine: SessionEngine,
) -> None:
    """A leaving that is told later may have been later."""
    engine.advance(after(3))
    engine.observe(WatchPaused(guild_ids=(GUILD,)), after(4))
    assert engine.next_deadline == after(10)
    assert any(isinstance(effect, SessionChanged) for effect in engine.advance(after(10)))


def test_a_resumed_connection_leaves_no_gap(engine: SessionEngine) -> None:
    engine.advance(after(10))
    engine.observe(WatchPaused(guild_ids=(GUILD,)), after(20))
    engine.observe(WatchResumed(guild_ids=(GUILD,)), after(50))
    engine.observe(seen(None), after(100))
    (ended,) = records(engine.advance(after(160)))
    assert (ended.record.seconds, ended.record.uncertain_seconds) == (100, 0)
    assert ended.record.state == "ended"


def test_a_leaving_that_a_resume_replays_cancels_what_came_due_meanwhile(
    engine: SessionEngine,
) -> None:
    engine.advance(after(3))
    engine.observe(WatchPaused(guild_ids=(GUILD,)), after(4))
    effects = engine.observe(seen(None, since=after(4)), after(9))
    effects += engine.observe(WatchResumed(guild_ids=(GUILD,)), after(9))
    assert any(isinstance(effect, NoticeWithdrawn) for effect in effects)
    assert records(effects) == []
    assert not engine.registry.count


def test_a_leaving_replayed_so_late_that_the_stay_may_have_been_long_is_recorded(
    engine: SessionEngine,
) -> None:
    engine.advance(after(3))
    engine.observe(WatchPaused(guild_ids=(GUILD,)), after(4))
    engine.observe(seen(None, since=after(4)), after(50))
    engine.observe(WatchResumed(guild_ids=(GUILD,)), after(50))
    [ended] = records(engine.advance(after(200)))
    assert (ended.record.seconds, ended.record.uncertain_seconds) == (50, 46)


def test_a_cut_that_becomes_a_new_session_of_the_gateway_is_a_gap(engine: SessionEngine) -> None:
    engine.advance(after(10))
    engine.observe(WatchPaused(guild_ids=(GUILD,)), after(20))
    lost = WatchLost(guild_ids=(GUILD,), since=from_datetime(after(20)))
    engine.observe(lost, after(60))
    (session,) = engine.sessions()
    assert session.unwatched_since == from_datetime(after(20))


def _played_together() -> LiveState:
    """Return what is left of an evening with two parties; from each, somebody has gone."""
    ids = itertools.count(10)
    before = SessionEngine(Settings(), new_id=lambda: str(next(ids)))
    for user_id in range(1, 9):
        game = ActivitySeen("osu!" if user_id % 2 else "VALORANT")
        before.observe(playing(user_id, game), START)
    before.advance(after(60))
    for user_id in (1, 2):
        before.observe(playing(user_id), after(600))
    before.advance(after(1_200))
    return before.live_state(after(1_210))


def playing(user_id: int, *activities: ActivitySeen) -> PresenceObserved:
    return PresenceObserved(
        guild_id=GUILD, user_id=user_id, username=f"user{user_id}", activities=activities
    )


def _taken_up(by: float, pieces: int, *, at_once: bool) -> list[dict[str, object]]:
    """Take that up; the clock is set after so many pieces of the parties."""
    state, effects = copy.deepcopy(_played_together()), list[Effect]()
    engine = SessionEngine(Settings())
    games = [each for each in state.sessions if type(each) is not PartySession]
    parties = [each for each in state.sessions if type(each) is PartySession]
    engine.restore(LiveState(sessions=[*games], guilds=state.guilds), after(1_300))
    taking_up = engine.restoring(LiveState(sessions=[*parties]), after(1_300), effects)
    taken = sum(1 for _piece in itertools.islice(taking_up, pieces))
    assert taken == min(pieces, 8)
    engine.observe(ClockStepped(by=seconds(by)), after(1_301 + by), lambda: not at_once)
    for _piece in taking_up:
        pass
    while engine.is_sweeping:
        engine.sweep(after(1_302 + by))
    return sorted(map(msgspec.to_builtins, engine.sessions()), key=itemgetter("id"))


@pytest.mark.parametrize("by", [3600.0, -3600.0])
@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("pieces", range(1, 8))
def test_a_clock_that_is_set_while_parties_are_taken_up_moves_them_whole(
    by: float, *, at_once: bool, pieces: int
) -> None:
    afterwards = _taken_up(by, 100, at_once=True)
    assert _taken_up(by, pieces, at_once=at_once) == afterwards
    assert sum("players" in each for each in afterwards) == 2
