"""What befalls a whole guild is done a piece at a time, and nobody can tell that from the whole."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count, dropwhile
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from engine import (
    ChannelDeleted,
    ChannelUncounted,
    ClockStepped,
    GuildRemoved,
    MemberRemoved,
    Observation,
    OptedOut,
    SessionEngine,
    Watched,
    WatchLost,
    WatchPaused,
    WatchResumed,
)
from machines import (
    Effect,
    PartySession,
    RecordEnded,
    SessionChanged,
    WatchChanged,
    WatchKept,
    from_datetime,
)
from tests.engine.test_looks_in_pieces import (
    GENERAL,
    GUILD,
    LOUNGE,
    MINUTE,
    PEOPLE,
    START,
    VALORANT,
    at_once,
    engine_with,
    playing,
    report,
    subsets,
    voice,
)

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = START + 10 * MINUTE
HOUR = timedelta(hours=1)
EVERYBODY = frozenset(PEOPLE)
NOBODY: frozenset[int] = frozenset()

LOST = WatchLost(guild_ids=(GUILD,), since=from_datetime(START + 2 * MINUTE))
RESUMED = WatchResumed(guild_ids=(GUILD,))
REMOVED = GuildRemoved(guild_id=GUILD)
DELETED = ChannelDeleted(guild_id=GUILD, channel_id=GENERAL.id)
PAUSED = WatchPaused(guild_ids=(GUILD,), since=from_datetime(NOW))
UPHEAVALS: tuple[Observation, ...] = (
    LOST,
    RESUMED,
    REMOVED,
    DELETED,
    ChannelUncounted(guild_id=GUILD, channel_id=GENERAL.id),
    ClockStepped(by=3_600_000_000),
    ClockStepped(by=-60_000_000),
    PAUSED,
    WatchLost(guild_ids=(GUILD,), since=from_datetime(NOW)),
    WatchLost(guild_ids=(GUILD,), since=from_datetime(NOW), slept=True),
)
users = st.sampled_from((*PEOPLE, 7, 8))
events = st.one_of(
    st.builds(voice, users, st.sampled_from((GENERAL, LOUNGE, None))),
    st.builds(playing, users),
    st.builds(lambda user: playing(user, VALORANT), users),
    st.builds(lambda user: MemberRemoved(guild_id=GUILD, user_id=user), users),
    st.builds(OptedOut, guild_id=st.just(GUILD), user_id=users, while_stopped=st.booleans()),
)


def in_one_go(engine: SessionEngine, happens: list[Observation]) -> tuple[list[Effect], datetime]:
    now, effects = NOW, []
    for each in happens:
        now = later(now, each)
        effects += engine.observe(each, now)
    return effects, now


def in_pieces(engine: SessionEngine, happens: list[Observation]) -> tuple[list[Effect], datetime]:
    """Let each come after one piece of what befell the guild before; then take that to its end."""
    now, effects = NOW, []
    for each in happens:
        now = later(now, each)
        effects += engine.observe(each, now, at_once)
        effects += engine.sweep(now, at_once)
    return effects + finished(engine, now), now


def later(now: datetime, observation: Observation) -> datetime:
    """Return the time on the clock, which an observation may have set."""
    by = observation.by if isinstance(observation, ClockStepped) else 0
    return now + timedelta(microseconds=by)


def finished(engine: SessionEngine, now: datetime = NOW) -> list[Effect]:
    effects: list[Effect] = []
    while engine.is_sweeping:
        effects += engine.sweep(now, at_once)
    return effects + engine.advance(now)


def test_what_came_due_meanwhile_is_put_off_but_once() -> None:
    """A timer goes off between two turns, again and again: it takes back nothing that is due."""
    crowd = frozenset(range(1, 41))
    engine = engine_with(crowd, NOBODY)
    for user in crowd:
        engine.observe(voice(user, None), NOW)
    effects = engine.observe(ClockStepped(by=1_000_000), NOW + HOUR, at_once)
    turns = 0
    while engine.is_sweeping and turns < 4 * len(crowd):
        effects += engine.advance(NOW + HOUR, up_to(10))
        effects += engine.sweep(NOW + HOUR, up_to(5))
        turns += 1
    effects += engine.advance(NOW + HOUR)
    assert not engine.is_sweeping
    ended = [each.record.user_id for each in effects if isinstance(each, RecordEnded)]
    assert sorted(ended, key=str) == sorted(crowd, key=str)


def up_to(pieces: int) -> Callable[[], bool]:
    """Return what says that the time is up after so many pieces."""
    asked = count(1)
    return lambda: next(asked) >= pieces


def without_ids(struct: msgspec.Struct) -> list[tuple[str, object]]:
    """Return it as data, without what depends on who was come to first."""
    told = msgspec.to_builtins(struct)
    told.pop("id")
    for player in told.get("players", ()):
        player.pop("session_id")
    return sorted(told.items(), key=lambda item: item[0])


def what_is_held(engine: SessionEngine) -> list[str]:
    """Return the sessions of people: a party waits, and has missed what came and went meanwhile."""
    return sorted(repr(without_ids(each)) for each in engine.sessions() if each.kind != "party")


def what_is_over(effects: list[Effect]) -> list[str]:
    ended = (each.record for each in effects if isinstance(each, RecordEnded))
    return sorted(repr(without_ids(record)) for record in ended if record.kind != "party")


@settings(deadline=None)
@given(
    subsets,
    subsets,
    st.lists(st.one_of(st.sampled_from(UPHEAVALS), events), min_size=1, max_size=5),
    st.lists(events, max_size=5),
    st.booleans(),
)
@example(
    in_voice=frozenset({1}),
    with_game=frozenset(),
    befalls=[WatchResumed(guild_ids=(GUILD,))],
    then=[voice(2, GENERAL), OptedOut(guild_id=GUILD, user_id=1)],
    was_cut=True,
)
@example(
    in_voice=frozenset({1}),
    with_game=frozenset({1, 2}),
    befalls=[UPHEAVALS[1], UPHEAVALS[4], UPHEAVALS[2]],  # the second fires, the third comes yet
    then=[],
    was_cut=False,
)
@example(  # somebody's session is closed in between, by the clock as it was
    in_voice=frozenset({1, 2, 3}),
    with_game=frozenset(),
    befalls=[UPHEAVALS[0], UPHEAVALS[3], UPHEAVALS[5]],
    then=[voice(1, GENERAL)],
    was_cut=False,
)
def test_in_pieces_with_events_in_between_it_comes_to_what_the_whole_does(
    in_voice: frozenset[int],
    with_game: frozenset[int],
    befalls: list[Observation],
    then: list[Observation],
    was_cut: bool,
) -> None:
    later_on = dropwhile(UPHEAVALS.__contains__, befalls)
    assume(LOST not in later_on)  # nobody heard anything after the last instant that they watched
    held, over, watched = [], [], []
    for take in (in_one_go, in_pieces):
        engine = engine_with(in_voice, with_game)
        if was_cut:
            engine.observe(WatchPaused(guild_ids=(GUILD,)), START + MINUTE)
            engine.observe(voice(1, None), START + 2 * MINUTE)
        effects, now = take(engine, [*befalls, *then])
        effects += engine.advance(now + HOUR)
        held.append(what_is_held(engine))
        over.append(what_is_over(effects))
        watched.append(msgspec.to_builtins(engine.watch_of(GUILD)))
    assert held[0] == held[1]
    assert over[0] == over[1]
    assert watched[0] == watched[1]


@pytest.mark.parametrize("befalls", UPHEAVALS)
@pytest.mark.parametrize("leaving", [1, 2])
def test_a_party_comes_to_the_same_when_one_of_its_players_leaves_in_between(
    befalls: Observation, leaving: int
) -> None:
    held, over = [], []
    for take in (in_one_go, in_pieces):
        engine = engine_with(NOBODY, frozenset({1, 2, 3}))
        effects, now = take(engine, [befalls, playing(leaving)])
        effects += engine.advance(now + HOUR)
        held.append(sorted(repr(without_ids(each)) for each in engine.sessions()))
        ended = [each.record for each in effects if isinstance(each, RecordEnded)]
        over.append(sorted(repr(without_ids(record)) for record in ended))
    assert held[0] == held[1]
    assert over[0] == over[1]


@pytest.mark.parametrize("befalls", UPHEAVALS, ids=lambda each: type(each).__name__)
def test_a_turn_comes_to_as_many_people_as_there_is_time_for(befalls: Observation) -> None:
    engine = engine_with(EVERYBODY, NOBODY)
    engine.observe(befalls, NOW, at_once)
    turns = 1
    while engine.is_sweeping:
        engine.sweep(NOW, at_once)
        turns += 1
    assert turns > len(EVERYBODY)


def test_a_look_waits_until_what_befell_its_guild_is_done() -> None:
    engine = engine_with(EVERYBODY, NOBODY)
    engine.observe(GuildRemoved(guild_id=GUILD), NOW, at_once)
    look = engine.begin(report(EVERYBODY, NOBODY, NOW))
    engine.go_on(look, NOW, at_once)
    assert engine.counts()["voice"] == len(EVERYBODY) - 2
    while not look.is_done:
        engine.go_on(look, NOW, at_once)
    assert not engine.is_sweeping
    assert [each.state for each in engine.sessions()] == ["recovered"] * len(EVERYBODY)


def test_a_lost_watch_is_written_down_before_anybody_is_come_to() -> None:
    engine = engine_with(EVERYBODY, NOBODY)
    effects = engine.observe(LOST, NOW, at_once)
    [changed] = [each.watch for each in effects if isinstance(each, WatchChanged)]
    assert changed.gap_since == LOST.since
    unwatched = [each.unwatched_since for each in engine.sessions()]
    assert unwatched.count(LOST.since) == 1


def test_a_heartbeat_in_between_does_not_say_that_the_guild_was_watched() -> None:
    engine = engine_with(EVERYBODY, NOBODY)
    engine.observe(WatchLost(guild_ids=(1, GUILD), since=LOST.since), NOW, at_once)
    before = engine.watch_of(GUILD).observed_until
    beat = Watched(guild_ids=(GUILD,), until=from_datetime(NOW))
    assert not any(isinstance(each, WatchKept) for each in engine.observe(beat, NOW, at_once))
    assert engine.watch_of(GUILD).observed_until == before


def test_news_of_somebody_who_is_merely_there_waits_for_nothing() -> None:
    """Such news takes a short cut, which a guild that is being swept must not offer."""
    engine = engine_with(EVERYBODY, NOBODY)
    session = engine.voice_of(GUILD, 6)
    assert session is not None
    engine.observe(LOST, NOW, at_once)
    assert not engine.sightings.is_in_voice(session, from_datetime(NOW))
    finished(engine)
    engine.observe(voice(6, GENERAL), NOW)
    assert engine.sightings.is_in_voice(session, from_datetime(NOW))


def test_nothing_comes_due_of_somebody_whom_a_lost_watch_has_not_come_to() -> None:
    engine = engine_with(EVERYBODY, NOBODY)
    engine.observe(voice(6, None), NOW)
    engine.observe(LOST, NOW, at_once)
    assert not what_is_over(engine.advance(NOW + HOUR))
    assert engine.voice_of(GUILD, 6) is not None


def test_a_look_from_before_the_clock_was_set_is_dropped() -> None:
    engine = engine_with(EVERYBODY, NOBODY)
    look = engine.begin(report(NOBODY, NOBODY, NOW))
    engine.go_on(look, NOW, at_once)
    set_back = ClockStepped(by=-3_600_000_000)
    effects = engine.observe(set_back, NOW - HOUR)
    assert any(isinstance(each, SessionChanged) for each in effects)
    engine.go_on(look, NOW - HOUR)
    assert look.is_done
    assert engine.counts()["voice"] == len(EVERYBODY) - 1


def test_each_player_moves_with_the_clock_once_whether_they_had_gone_or_go_meanwhile() -> None:
    gone, goes = 1, 2
    engine = engine_with(NOBODY, frozenset({gone, goes, 3, 4}))
    engine.observe(OptedOut(guild_id=GUILD, user_id=gone), NOW)
    [party] = [each for each in engine.sessions() if isinstance(each, PartySession)]
    earlier = [msgspec.structs.astuple(player) for player in party.players]
    engine.observe(ClockStepped(by=3_600_000_000), NOW + HOUR, at_once)
    engine.observe(OptedOut(guild_id=GUILD, user_id=goes), NOW + HOUR, at_once)
    effects = finished(engine, NOW + HOUR)
    assert engine.counts()["party"] == 1
    for player, before in zip(party.players, earlier, strict=True):
        held = msgspec.structs.replace(player, started_at=player.started_at - 3_600_000_000)
        if player.user_id == gone:
            assert player.ended_at == from_datetime(NOW + HOUR)
            held = msgspec.structs.replace(held, ended_at=from_datetime(NOW))
        elif player.user_id == goes:
            assert player.ended_at == from_datetime(NOW + HOUR)
            held = msgspec.structs.replace(held, ended_at=None)
        assert msgspec.structs.astuple(held) == before
    saved = [each for each in effects if isinstance(each, SessionChanged)]
    assert any(each.session is party and each.players is None for each in saved)


def test_a_heap_of_stale_deadlines_is_dropped_in_turns() -> None:
    engine = engine_with(NOBODY, NOBODY)
    for user in range(200):
        engine.observe(voice(user, GENERAL, joined=True), NOW)
        engine.observe(voice(user, None), NOW)
    engine.observe(voice(200, GENERAL, joined=True), NOW + MINUTE)
    turns = 0
    while (due := engine.next_deadline) is not None and due <= NOW + MINUTE:
        engine.advance(NOW + MINUTE, at_once)
        turns += 1
    assert turns < 4
    engine.advance(NOW + 2 * MINUTE)
    assert engine.counts()["voice"] == 1


@given(subsets, st.booleans())
def test_a_channel_that_counts_no_longer_is_left_by_whoever_is_known_to_be_in_it(
    in_voice: frozenset[int], over_a_gap: bool
) -> None:
    """As if each of them had left; over a gap nobody knows who is in it."""
    states = []
    for one_by_one in (False, True):
        engine = engine_with(in_voice, NOBODY)
        engine.observe(voice(7, LOUNGE, joined=True), START + MINUTE)
        if over_a_gap:
            engine.observe(LOST, NOW)
        if not one_by_one:
            uncounted = ChannelUncounted(guild_id=GUILD, channel_id=GENERAL.id)
            engine.observe(uncounted, NOW, at_once)
        elif not over_a_gap:
            for user_id in in_voice:
                engine.observe(voice(user_id, None), NOW)
        finished(engine)
        states.append(what_is_held(engine))
    assert states[0] == states[1]
