"""The tracker tells the engine the time, and hands on its effects in order."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec
import pytest

from engine import (
    ActivitySeen,
    Channel,
    ClockStepped,
    GuildRemoved,
    GuildReport,
    PresenceObserved,
    SessionEngine,
    Settings,
    VoiceObserved,
    WatchLost,
)
from integrations.clocks import Clocks
from integrations.tracker import Tracker
from machines import (
    SECOND,
    BotEvent,
    Cooldown,
    Deadline,
    GuildWatch,
    LiveState,
    RecordEnded,
)
from tests.benchmarks.scripted_clock import ScriptedClock
from tests.integrations.keeping.test_storekeeper import until
from tests.integrations.sessions import (
    AGU,
    GENERAL,
    GUILD,
    PINO,
    game_session,
    party_of,
    voice_session,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from machines import Effect, Record, VoiceSession


class Driven:
    """A tracker with small delays, and what it handed on."""

    def __init__(self) -> None:
        self.effects: list[Effect] = []
        settings = Settings(announce_after=0.01, confirm_after=0.02, voice_grace=0.01)
        self.engine = SessionEngine(settings)
        self.tracker = Tracker(self.engine, self.effects.extend)

    def hears(self, channel: Channel | None) -> None:
        seen = VoiceObserved(guild_id=GUILD, user_id=PINO, username="Pino", channel=channel)
        self.tracker.observe(seen)

    def restores_a_hundred(self) -> list[VoiceSession]:
        """Take up the sessions of a hundred people in voice, and return them."""
        sessions = [voice_session(1_000 + number) for number in range(100)]
        self.engine.restore(LiveState(sessions=[*sessions]), self.tracker.now())
        return sessions

    def told(self) -> list[str]:
        return [effect.name for effect in self.effects if isinstance(effect, BotEvent)]


@pytest.fixture
async def driven() -> AsyncIterator[Driven]:
    made = Driven()
    yield made
    made.tracker.stop()


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
    driven.tracker.validate_in_turns(report)
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
    monkeypatch.setattr("integrations.tracker._PIECES", 20)
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
        for user_id in range(1, 33):
            driven.tracker.observe(voice_of(user_id, Channel(GENERAL, "General")))

    driven.tracker.together(news, now)
    assert driven.told().count("session_ended") <= 8
    await until(lambda: driven.told().count("session_ended") == 100)


async def test_a_party_of_an_earlier_process_is_taken_up_some_players_a_turn(
    driven: Driven, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.turns._TURN", 0.0)
    games = [game_session(1_000 + number) for number in range(100)]
    driven.tracker.restore(LiveState(sessions=[*games]))
    crowd = LiveState(sessions=[party_of(games)])
    restoring = asyncio.create_task(driven.tracker.restore_in_turns(crowd))
    rounds = 0
    while not restoring.done():
        await asyncio.sleep(0)
        rounds += 1
    assert driven.engine.counts() == {"game": 100, "party": 1}
    assert rounds >= 10


@pytest.mark.parametrize("by", [-3_600, 3_600])
async def test_a_clock_that_is_set_while_sessions_are_taken_up_moves_all_of_them(by: int) -> None:
    clock = ScriptedClock()
    effects: list[Effect] = []
    tracker = Tracker(
        SessionEngine(Settings()),
        effects.extend,
        Clocks(clock._wall, clock._monotonic, clock._monotonic),  # noqa: SLF001 - as it drives
    )
    sessions = [voice_session(number) for number in range(1, 101)]
    for session in sessions:
        session.started_at = tracker.now() - 7_200 * SECOND
        session.last_seen = tracker.now() - 10 * SECOND
    state = LiveState(sessions=[*sessions], saved_at=tracker.now() - 10 * SECOND)
    taking_up = asyncio.create_task(tracker.restore_in_turns(state))
    await until(lambda: tracker.engine.registry.count >= 50)
    clock.is_set(by)
    tracker.stalled_since()  # as its tick does
    await taking_up
    await tracker.finish()
    ages = {tracker.now() - each.started_at for each in tracker.engine.sessions()}
    gaps = {tracker.now() - (each.unwatched_since or 0) for each in tracker.engine.sessions()}
    assert (ages, gaps) == ({7_200 * SECOND}, {10 * SECOND})
    tracker.stop()


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


async def test_a_look_is_taken_in_turns_and_news_in_between_wins(
    driven: Driven, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.turns._TURN", 0.0)
    sessions = driven.restores_a_hundred()
    nobody = GuildReport(
        guild_id=GUILD, source="rest", at=driven.tracker.now(), complete_voice=True
    )
    looking = driven.tracker.validate_in_turns(nobody)
    assert 0 < driven.engine.counts()["voice"] < 100
    there = VoiceObserved(
        guild_id=GUILD, user_id=1_099, username="Pino", channel=Channel(GENERAL, "General")
    )
    driven.tracker.observe(there)
    assert await looking == {"voice": 99}
    assert driven.engine.voice_of(GUILD, 1_099) is sessions[99]


async def test_looks_at_a_guild_come_one_after_the_other(
    driven: Driven, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the earlier one would find whom the later one has found gone."""
    monkeypatch.setattr("integrations.turns._TURN", 0.0)
    people = range(1_000, 1_100)
    driven.restores_a_hundred()
    at = driven.tracker.now()
    there = GuildReport(
        guild_id=GUILD,
        source="guild_create",
        at=at,
        voice={each: voice_of(each, Channel(GENERAL, "General")) for each in people},
        complete_voice=True,
    )
    gone = GuildReport(guild_id=GUILD, source="guild_create", at=at + 1, complete_voice=True)
    looks = [driven.tracker.validate_in_turns(each) for each in (there, gone)]
    assert [look.done() for look in looks] == [False, False]
    assert [await look for look in looks] == [{}, {"voice": 100}]
    assert not driven.engine.registry.count


@pytest.mark.parametrize("stops", [False, True])
async def test_many_looks_that_wait_and_are_short_come_one_after_the_other(
    driven: Driven, monkeypatch: pytest.MonkeyPatch, *, stops: bool
) -> None:
    monkeypatch.setattr("integrations.turns._TURN", 0.0)
    driven.restores_a_hundred()
    at = driven.tracker.now()
    gone = GuildReport(guild_id=GUILD, source="guild_create", at=at, complete_voice=True)
    looks = [driven.tracker.validate_in_turns(gone) for _look in range(5)]
    if stops:
        driven.tracker.stop()
    else:
        assert [await look for look in looks] == [{"voice": 100}, {}, {}, {}, {}]
    assert all(look.done() for look in looks)
    assert not driven.engine.registry.count


async def test_a_look_that_waits_is_passed_over_once_a_gap_has_opened(
    driven: Driven, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.turns._TURN", 0.0)
    driven.restores_a_hundred()
    nobody = GuildReport(guild_id=GUILD, source="rest", at=driven.tracker.now())
    gone = msgspec.structs.replace(nobody, source="guild_create", complete_voice=True)
    looks = [driven.tracker.validate_in_turns(each) for each in (nobody, gone)]
    driven.tracker.observe(WatchLost(guild_ids=(GUILD,), since=driven.tracker.now() + 1))
    assert [await look for look in looks] == [{}, {}]
    assert driven.engine.counts()["voice"] == 100


class Machine:
    """A machine whose clocks go as a test says, and what a tracker on it handed on."""

    def __init__(self) -> None:
        self.wall, self.ran, self.slept = 1_767_045_600 * SECOND, 0.0, 0.0
        self.effects: list[Effect] = []
        clocks = Clocks(lambda: self.wall, lambda: self.ran, lambda: self.ran + self.slept)
        self.tracker = Tracker(SessionEngine(Settings()), self.effects.extend, clocks)

    def runs(self, seconds: float) -> None:
        self.wall += round(seconds * SECOND)
        self.ran += seconds

    def sleeps(self, seconds: float) -> None:
        self.wall += round(seconds * SECOND)
        self.slept += seconds

    def is_set(self, seconds: float) -> None:
        self.wall += round(seconds * SECOND)

    async def ticks(self) -> None:
        """Run until the tracker has looked at the clocks by itself, if it is to."""
        tick = self.tracker._tick  # noqa: SLF001 - nothing else tells
        self.runs(self.tracker._every)  # noqa: SLF001 - as above
        if tick is not None:
            tick.cancel()
            self.tracker._on_tick()  # noqa: SLF001 - as its timer does

    def records(self) -> list[Record]:
        return [each.record for each in self.effects if isinstance(each, RecordEnded)]


@pytest.fixture
async def machine() -> AsyncIterator[Machine]:
    made = Machine()
    yield made
    made.tracker.stop()


@pytest.mark.parametrize("slept", [0, 3_600])
async def test_a_machine_that_slept_while_nobody_was_there_doubts_nobody_who_comes_hours_later(
    machine: Machine, slept: int
) -> None:
    tracker = machine.tracker
    machine.runs(10)
    machine.sleeps(slept)
    machine.runs(1)
    looked = GuildReport(
        guild_id=GUILD, source="guild_create", at=tracker.heard_at(), complete_voice=True
    )
    await tracker.validate_in_turns(looked)
    assert (tracker.uneventful_now() is None) == bool(slept)  # what comes in may have waited
    await machine.ticks()
    machine.runs(8 * 3_600)
    assert tracker.uneventful_now() is not None
    tracker.observe(voice_of(PINO, Channel(GENERAL, "General")))
    machine.runs(2)
    tracker.observe(voice_of(PINO, None))
    machine.runs(3_600)
    tracker.stop()
    machine.effects += tracker.engine.advance(machine.wall)
    assert machine.records() == []


async def test_an_idle_tracker_that_has_slept_looks_at_the_clocks_once_more_and_no_oftener(
    machine: Machine,
) -> None:
    machine.sleeps(3_600)
    machine.tracker.heard_at()
    await machine.ticks()
    assert machine.tracker._tick is None  # noqa: SLF001 - nothing wakes it


async def test_after_a_second_sleep_within_the_tick_what_waited_may_be_as_old_as_that(
    machine: Machine,
) -> None:
    machine.sleeps(3_600)
    assert machine.tracker.stalled_since() == machine.wall - 3_600 * SECOND
    machine.sleeps(60)
    await machine.ticks()
    assert machine.tracker.uneventful_now() is None
    await machine.ticks()
    assert machine.tracker.uneventful_now() is not None
    assert machine.tracker._tick is None  # noqa: SLF001 - nothing wakes it


async def test_a_clock_that_was_set_while_nobody_was_there_is_noticed_by_what_changes_nothing(
    machine: Machine,
) -> None:
    """Else somebody who plays is taken to have been heard not to, an hour from now."""
    tracker = machine.tracker
    machine.runs(10)
    machine.is_set(3_600)
    assert tracker.uneventful_now() is None
    nothing = PresenceObserved(guild_id=GUILD, user_id=PINO, username="Pino", activities=())
    tracker.observe(nothing)
    machine.runs(10)
    tetris = msgspec.structs.replace(nothing, activities=(ActivitySeen("Tetris"),))
    looked = GuildReport(
        guild_id=GUILD,
        source="guild_create",
        at=tracker.heard_at(),
        complete_games=True,
        games={PINO: tetris},
    )
    await tracker.validate_in_turns(looked)
    assert tracker.engine.sessions_of(GUILD, PINO)
    assert tracker.clock_set_by == 3_600 * SECOND


@pytest.mark.parametrize("by", [-3_600, 3_600])
@pytest.mark.parametrize("in_turns", [False, True])
async def test_a_clock_that_was_set_just_before_a_state_is_taken_up_moves_all_of_it(
    machine: Machine, by: int, *, in_turns: bool
) -> None:
    tracker, cooldown = machine.tracker, Cooldown(GUILD, "voice", "11", machine.wall + SECOND)
    session = voice_session()
    session.started_at = machine.wall - 7_200 * SECOND
    session.last_seen = machine.wall - 10 * SECOND
    watch = GuildWatch(guild_id=GUILD, observed_until=machine.wall - 7 * SECOND)
    state = LiveState(sessions=[session], guilds=[watch], cooldowns=[cooldown])
    machine.is_set(by)
    if in_turns:
        await tracker.restore_in_turns(state)
    else:
        tracker.restore(state)
    tracker.heard_at()  # as with the next event
    assert tracker.clock_set_by == by * SECOND
    assert machine.wall - session.started_at == 7_200 * SECOND
    assert machine.wall - (session.unwatched_since or 0) == 7 * SECOND
    assert machine.wall - (tracker.engine.watch_of(GUILD).gap_since or 0) == 7 * SECOND
    assert [each.until - machine.wall for each in tracker.live_view().cooldowns] == [SECOND]


@pytest.mark.parametrize("by", [0, -5])
async def test_a_look_that_was_asked_for_before_the_clock_was_set_back_is_passed_over(
    machine: Machine, by: int
) -> None:
    """By the clock as it is, somebody who came since was there before it was asked for."""
    tracker = machine.tracker
    asked_at, set_by = tracker.heard_at(), tracker.clock_set_by
    machine.runs(2)
    tracker.observe(voice_of(PINO, Channel(GENERAL, "General")))
    machine.runs(4)
    nobody = GuildReport(
        guild_id=GUILD,
        source="rest",
        at=tracker.heard_at(),
        asked_at=asked_at,
        looked_voice=frozenset({PINO}),
    )
    machine.is_set(by)
    tracker.heard_at()
    machine.runs(5)
    await tracker.validate_in_turns(nobody, set_by)
    assert tracker.engine.voice_of(GUILD, PINO) is not None


class Hands:
    """Clocks that are moved by hand."""

    def __init__(self) -> None:
        self.wall = 1_767_045_600 * SECOND
        self.asleep = 0.0
        loop = asyncio.get_running_loop()
        self.clocks = Clocks(lambda: self.wall, loop.time, lambda: loop.time() + self.asleep)


@pytest.mark.parametrize("sleeps", [False, True])
async def test_after_the_clock_has_jumped_a_deadline_is_waited_for_anew(*, sleeps: bool) -> None:
    hands = Hands()
    tracker = Tracker(SessionEngine(Settings(voice_grace=600)), lambda _: None, hands.clocks)
    looking = asyncio.get_running_loop()
    for user_id in (PINO, AGU):
        tracker.observe(voice_of(user_id, Channel(GENERAL, "General")))
    tracker.engine.advance(hands.wall + 20 * SECOND)
    tracker.observe(voice_of(PINO, None))
    hands.wall += 3600 * SECOND
    hands.asleep = 3600.0 if sleeps else 0.0
    tracker.observe(voice_of(3, Channel(GENERAL, "General")))
    timer = tracker._timer  # noqa: SLF001 - when it goes off
    assert timer is not None
    assert timer.when() - looking.time() < 5
    tracker.stop()


async def test_a_standstill_after_the_last_session_is_forgotten(driven: Driven) -> None:
    driven.hears(Channel(GENERAL, "General"))
    driven.hears(None)
    assert not driven.engine.registry.count
    driven.tracker._stalled_since = 1  # noqa: SLF001 - it stood still before its last tick
    driven.tracker._on_tick()  # noqa: SLF001 - as its timer does
    assert driven.tracker._stalled_since is None  # noqa: SLF001 - as above


def voice_of(user_id: int, channel: Channel | None) -> VoiceObserved:
    return VoiceObserved(guild_id=GUILD, user_id=user_id, username="x", channel=channel)
