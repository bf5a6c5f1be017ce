"""A look that is taken a piece at a time comes to what the whole does, whatever comes between."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import (
    ActivitySeen,
    Channel,
    ChannelDeleted,
    ChannelUncounted,
    ClockStepped,
    GuildRemoved,
    GuildReport,
    Look,
    OptedOut,
    PresenceObserved,
    SessionEngine,
    Settings,
    VoiceObserved,
    WatchLost,
)
from machines import BotEvent, Effect, PartySession, RecordEnded, Stretch, from_datetime, seconds

START = datetime(2025, 12, 29, 23, 0, tzinfo=UTC)
GUILD = 900
PEOPLE = range(1, 7)
GENERAL, LOUNGE = Channel(500, "General"), Channel(501, "Sala")
VALORANT = ActivitySeen("VALORANT")
MINUTE = timedelta(minutes=1)

subsets = st.frozensets(st.sampled_from(PEOPLE))


def at_once() -> bool:
    """Say that the time is up: one piece, and no more."""
    return True


def voice(user_id: int, channel: Channel | None, *, joined: bool = False) -> VoiceObserved:
    return VoiceObserved(
        guild_id=GUILD, user_id=user_id, username=f"p{user_id}", channel=channel, joined=joined
    )


def playing(user_id: int, *games: ActivitySeen) -> PresenceObserved:
    return PresenceObserved(
        guild_id=GUILD, user_id=user_id, username=f"p{user_id}", activities=games
    )


def report(
    in_voice: frozenset[int], with_game: frozenset[int], at: datetime = START + 10 * MINUTE
) -> GuildReport:
    return GuildReport(
        guild_id=GUILD,
        source="guild_create",
        at=from_datetime(at),
        voice={user: voice(user, LOUNGE) for user in in_voice},
        games={user: playing(user, VALORANT) for user in with_game},
        complete_voice=True,
        complete_games=True,
    )


def engine_with(in_voice: frozenset[int], with_game: frozenset[int]) -> SessionEngine:
    """An engine that has these sessions, confirmed."""
    ids = count(1)
    engine = SessionEngine(Settings(), new_id=lambda: f"s{next(ids)}")
    engine.validate(report(frozenset(), frozenset(), START), START)
    for user in sorted(in_voice):
        engine.observe(voice(user, GENERAL, joined=True), START)
    for user in sorted(with_game):
        engine.observe(playing(user, VALORANT), START)
    engine.advance(START + MINUTE)
    return engine


def piece_by_piece(engine: SessionEngine, look: Look, now: datetime) -> list[Effect]:
    effects: list[Effect] = []
    while not look.is_done:
        effects += engine.go_on(look, now, at_once)
    return effects


def state_of(engine: SessionEngine, now: datetime) -> object:
    return msgspec.to_builtins(engine.live_state(now))


@given(subsets, subsets, subsets, subsets, st.booleans())
def test_piece_by_piece_a_look_comes_to_what_the_whole_does(
    had_voice: frozenset[int],
    had_game: frozenset[int],
    has_voice: frozenset[int],
    has_game: frozenset[int],
    over_a_gap: bool,
) -> None:
    now = START + 10 * MINUTE
    states, told = [], []
    for in_pieces in (False, True):
        engine = engine_with(had_voice, had_game)
        if over_a_gap:
            lost = WatchLost(guild_ids=(GUILD,), since=from_datetime(START + 2 * MINUTE))
            engine.observe(lost, START + 3 * MINUTE)
        seen = report(has_voice, has_game)
        effects = (
            piece_by_piece(engine, engine.begin(seen), now)
            if in_pieces
            else engine.validate(seen, now)
        )
        states.append(state_of(engine, now))
        told.append([msgspec.to_builtins(effect) for effect in effects])
    assert states[0] == states[1]
    assert told[0] == told[1]


def test_whoever_opts_out_while_a_look_goes_on_is_not_found_by_it() -> None:
    now = START + 10 * MINUTE
    engine = engine_with(frozenset(), frozenset())
    look = engine.begin(report(frozenset({1, 2}), frozenset({1})))
    engine.go_on(look, now, at_once)
    engine.observe(OptedOut(guild_id=GUILD, user_id=1), now + timedelta(seconds=1))
    piece_by_piece(engine, look, now + timedelta(seconds=1))
    assert engine.sessions_of(GUILD, 1) == []
    assert engine.voice_of(GUILD, 2) is not None


@given(subsets, subsets, subsets, subsets, st.sampled_from(PEOPLE), st.booleans())
def test_whoever_is_taken_first_is_done_with_and_all_comes_to_the_same(
    had_voice: frozenset[int],
    had_game: frozenset[int],
    has_voice: frozenset[int],
    has_game: frozenset[int],
    first: int,
    over_a_gap: bool,
) -> None:
    now = START + 10 * MINUTE
    states = []
    for comes_first in (False, True):
        engine = engine_with(had_voice, had_game)
        if over_a_gap:
            lost = WatchLost(guild_ids=(GUILD,), since=from_datetime(START + 2 * MINUTE))
            engine.observe(lost, START + 3 * MINUTE)
        look = engine.begin(report(has_voice, has_game))
        if comes_first:
            engine.take_first(look, first, now, games=False)
            engine.take_first(look, first, now, games=True)
            in_voice = engine.voice_of(GUILD, first)
            assert (in_voice is not None) == (first in has_voice)
            assert in_voice is None or in_voice.channel_id == LOUNGE.id
            plays = engine.game_of(GUILD, first, VALORANT)
            assert (plays is not None) == (first in has_game)
        piece_by_piece(engine, look, now)
        states.append(sorted(map(str, states_of_people(engine, now))))
    assert states[0] == states[1]


@pytest.mark.parametrize("over_a_gap", [False, True])
@pytest.mark.parametrize("pieces", range(6))
def test_a_party_that_a_player_leaves_meanwhile_waits_for_them_as_any_other(
    pieces: int, *, over_a_gap: bool
) -> None:
    """The look has seen both: that one of them left since was heard, and was not missed."""
    now, both = START + 10 * MINUTE, frozenset({1, 2})
    left, done = now + timedelta(milliseconds=1), now + timedelta(seconds=1)
    engine = engine_with(frozenset(), both)
    if over_a_gap:
        lost = WatchLost(guild_ids=(GUILD,), since=from_datetime(START + 2 * MINUTE))
        engine.observe(lost, START + 3 * MINUTE)
    look = engine.begin(report(frozenset(), both))
    for _piece in range(pieces):
        engine.go_on(look, now, at_once)
    engine.take_first(look, 1, left, games=True)
    engine.observe(playing(1), left)
    piece_by_piece(engine, look, done)
    engine.sweep(done)
    [party] = [each for each in engine.sessions(GUILD) if type(each) is PartySession]
    assert party.state == ("recovered" if over_a_gap else "confirmed")
    assert party.absent_since == from_datetime(left)
    assert [player.ended_at for player in party.players] == [from_datetime(left), None]


@pytest.mark.parametrize("pieces", range(5))
def test_a_party_waits_for_a_player_whose_session_ended_meanwhile_as_well(pieces: int) -> None:
    now, both = START + 10 * MINUTE, frozenset({1, 2})
    engine = engine_with(frozenset(), both)
    look = engine.begin(report(frozenset(), both))
    for _piece in range(pieces):
        engine.go_on(look, now, at_once)
    left = now + timedelta(milliseconds=1)
    engine.take_first(look, 1, left, games=True)
    engine.observe(OptedOut(guild_id=GUILD, user_id=1), left)
    piece_by_piece(engine, look, left)
    engine.sweep(left)
    [party] = [each for each in engine.sessions(GUILD) if type(each) is PartySession]
    assert (party.state, party.absent_since) == ("confirmed", from_datetime(left))


@given(st.integers(0, 12))
def test_whoever_is_taken_first_when_half_of_it_is_done_moved_when_they_may_have(
    pieces: int,
) -> None:
    now = START + 10 * MINUTE
    engine = engine_with(frozenset(PEOPLE), frozenset())
    engine.observe(WatchLost(guild_ids=(GUILD,), since=from_datetime(START + 2 * MINUTE)), now)
    look = engine.begin(report(frozenset(PEOPLE), frozenset()))
    for _piece in range(pieces):
        engine.go_on(look, now, at_once)
    engine.take_first(look, 3, now, games=False)
    session = engine.voice_of(GUILD, 3)
    assert session is not None
    assert session.stays[-1].floor == from_datetime(START)


@given(
    had_voice=subsets,
    in_lounge=subsets,
    in_general=subsets,
    over_a_gap=st.booleans(),
    befalls=st.sampled_from(
        [
            kind(guild_id=GUILD, channel_id=channel.id)
            for kind in (ChannelDeleted, ChannelUncounted)
            for channel in (GENERAL, LOUNGE)
        ]
    ),
    pieces=st.integers(0, 20),
    then=st.none() | st.builds(voice, st.sampled_from(PEOPLE), st.none()),
    is_last=st.booleans(),
)
def test_what_befalls_a_channel_comes_after_all_that_looks_under_way_say_of_it(
    had_voice: frozenset[int],
    in_lounge: frozenset[int],
    in_general: frozenset[int],
    over_a_gap: bool,
    befalls: ChannelDeleted | ChannelUncounted,
    pieces: int,
    then: VoiceObserved | None,
    is_last: bool,
) -> None:
    now = START + 10 * MINUTE
    later = now + timedelta(milliseconds=1)
    seen, again = (report(in_lounge, frozenset(), now - MINUTE), report(frozenset(), frozenset()))
    again.voice.update({user: voice(user, GENERAL) for user in in_general})
    came_to = []
    for in_pieces in (False, True):
        engine = engine_with(had_voice, frozenset())
        effects: list[Effect] = []
        if over_a_gap:
            lost = WatchLost(guild_ids=(GUILD,), since=from_datetime(START + 2 * MINUTE))
            engine.observe(lost, START + 3 * MINUTE)
        looks = [engine.begin(seen)] if is_last else [engine.begin(seen), engine.begin(again)]
        for _piece in range(pieces if in_pieces else 1_000):
            for look in looks:
                if not look.is_done:
                    effects += engine.go_on(look, now, at_once)
                    break
        effects += engine.observe(befalls, later, at_once if in_pieces else lambda: False)
        if then is not None:
            for look in looks:
                effects += engine.take_first(look, then.user_id, later, games=False)
            effects += engine.observe(then, later, at_once if in_pieces else lambda: False)
        for look in looks:
            effects += piece_by_piece(engine, look, later)
        effects += engine.sweep(later)
        records = [each.record for each in effects if isinstance(each, RecordEnded)]
        told = [*map(msgspec.to_builtins, records), *states_of_people(engine, later)]
        came_to.append(sorted(str(each | {"id": "", "confirmed_at": ""}) for each in told))
    assert came_to[0] == came_to[1]


def test_a_gap_is_bridged_by_nobody_who_came_after_the_look_that_is_under_way() -> None:
    engine = engine_with(frozenset({1}), frozenset())
    now = START + 10 * MINUTE
    engine.observe(WatchLost(guild_ids=(GUILD,), since=from_datetime(START + 2 * MINUTE)), now)
    before = engine.voice_of(GUILD, 1)
    look = engine.begin(report(frozenset(), frozenset()))
    came = now + timedelta(milliseconds=1)
    engine.take_first(look, 1, came, games=False)
    engine.observe(voice(1, LOUNGE, joined=True), came)
    piece_by_piece(engine, look, came)
    assert before is not None
    assert before.state == "orphaned"
    after = engine.voice_of(GUILD, 1)
    assert after is not None
    assert after.started_at == from_datetime(came)


def test_who_was_not_there_as_a_look_came_to_them_first_is_found_to_have_come_since() -> None:
    """Also where a clock that was set has ended that look."""
    engine, hour = SessionEngine(Settings()), 60 * MINUTE
    now = START + 10 * MINUTE
    look = engine.begin(report(frozenset(), frozenset(), now))
    for games in (False, True):
        engine.take_first(look, 1, now, games=games)
    engine.observe(ClockStepped(by=seconds(3_600)), now + hour)
    piece_by_piece(engine, look, now + hour)
    later = now + hour + 5 * MINUTE
    engine.validate(report(frozenset({1}), frozenset({1}), later), later)
    since_then = Stretch(from_datetime(now + hour), from_datetime(later), "unknown")
    sessions = engine.sessions_of(GUILD, 1)
    assert {session.kind for session in sessions} == {"voice", "game"}
    assert [session.stretches for session in sessions] == [(since_then,), (since_then,)]
    assert not any(session.unbounded for session in sessions)


def test_a_gap_that_opens_again_ends_the_look_that_was_to_end_it() -> None:
    engine = engine_with(frozenset({1}), frozenset())
    now = START + 10 * MINUTE
    first, again = (
        WatchLost(guild_ids=(GUILD,), since=from_datetime(START + minutes * MINUTE))
        for minutes in (2, 5)
    )
    engine.observe(first, now)
    look = engine.begin(report(frozenset({1}), frozenset()))
    engine.observe(again, now)
    piece_by_piece(engine, look, now)
    engine.take_first(look, 1, now, games=False)
    session = engine.voice_of(GUILD, 1)
    assert session is not None
    assert session.unwatched_since is not None
    assert engine.watch_of(GUILD).gap_since is not None


def test_a_lost_watch_that_is_still_in_turns_does_not_end_a_look_that_came_after_it() -> None:
    engine = engine_with(frozenset({1}), frozenset())
    others = tuple(range(1, 100))
    lost = WatchLost(guild_ids=(*others, GUILD), since=from_datetime(START + 2 * MINUTE))
    engine.observe(lost, START + 3 * MINUTE, at_once)
    assert engine.watch_of(GUILD).gap_since is None
    now = START + 10 * MINUTE
    piece_by_piece(engine, engine.begin(report(frozenset({1}), frozenset())), now)
    assert engine.watch_of(GUILD).gap_since is None
    session = engine.voice_of(GUILD, 1)
    assert session is not None
    assert session.unwatched_since is None


def states_of_people(engine: SessionEngine, now: datetime) -> list[dict[str, Any]]:
    """Return the sessions without what tells the order in which they were made."""
    told = [msgspec.to_builtins(each) for each in engine.live_state(now).sessions]
    for each in told:
        players = [{**player, "session_id": ""} for player in each.get("players", [])]
        each |= {"id": "", "players": sorted(players, key=str)}
    return told


def test_an_event_between_two_pieces_wins_over_the_look() -> None:
    engine = engine_with(frozenset({1, 2}), frozenset())
    now = START + 10 * MINUTE
    look = engine.begin(report(frozenset(), frozenset()))
    engine.go_on(look, now, at_once)
    engine.observe(voice(2, LOUNGE), now + timedelta(milliseconds=1))
    piece_by_piece(engine, look, now + timedelta(milliseconds=2))
    assert engine.voice_of(GUILD, 1) is None
    assert engine.voice_of(GUILD, 2) is not None


def test_whoever_leaves_between_two_pieces_is_not_found_again() -> None:
    engine = engine_with(frozenset({1}), frozenset())
    now = START + 10 * MINUTE
    look = engine.begin(report(frozenset({1, 2}), frozenset()))
    engine.go_on(look, now, at_once)
    engine.observe(voice(2, None), now + timedelta(milliseconds=1))
    piece_by_piece(engine, look, now + timedelta(milliseconds=2))
    assert engine.voice_of(GUILD, 2) is None


def test_the_rest_of_a_look_is_dropped_once_the_guild_is_out_of_sight() -> None:
    engine = engine_with(frozenset({1, 2, 3}), frozenset())
    now = START + 10 * MINUTE
    look = engine.begin(report(frozenset(), frozenset()))
    engine.go_on(look, now, at_once)
    engine.observe(WatchLost(guild_ids=(GUILD,), since=from_datetime(now)), now)
    piece_by_piece(engine, look, now)
    assert [engine.voice_of(GUILD, user) is None for user in (1, 2, 3)] == [True, False, False]
    assert engine.watch_of(GUILD).gap_since == from_datetime(now)


def test_nobody_is_found_in_a_guild_that_is_gone_meanwhile() -> None:
    engine = engine_with(frozenset({1}), frozenset())
    now = START + 10 * MINUTE
    look = engine.begin(report(frozenset({1, 2, 3}), frozenset()))
    engine.go_on(look, now, at_once)
    engine.observe(GuildRemoved(guild_id=GUILD), now)
    piece_by_piece(engine, look, now)
    assert not engine.registry.count


def test_a_party_is_found_once_with_everybody_in_it() -> None:
    engine = engine_with(frozenset(), frozenset())
    now = START + 10 * MINUTE
    look = engine.begin(report(frozenset(), frozenset(PEOPLE)))
    effects: list[Effect] = []
    while not look.is_done:
        effects += engine.go_on(look, now, at_once)
        effects += engine.observe(playing(99), now)
    told = [each for each in effects if isinstance(each, BotEvent)]
    parties = [each for each in told if each.session.kind == "party"]
    assert [each.name for each in parties] == ["session_recovered"]
    assert engine.counts()["party"] == 1


def test_a_look_that_is_abandoned_lets_parties_go_on() -> None:
    engine = engine_with(frozenset(), frozenset())
    now = START + 10 * MINUTE
    engine.abandon(engine.begin(report(frozenset(), frozenset(PEOPLE))))
    for user in (1, 2):
        engine.observe(playing(user, VALORANT), now)
    engine.advance(now + MINUTE)
    assert engine.counts()["party"] == 1


def test_what_is_due_is_fired_until_the_time_is_up_and_the_rest_with_the_next_turn() -> None:
    engine = SessionEngine(Settings())
    for user in PEOPLE:
        engine.observe(voice(user, GENERAL, joined=True), START)
    times = iter((False, False, True))
    engine.advance(START + MINUTE, lambda: next(times))
    assert engine.next_deadline is not None
    assert engine.counts().total() < len(PEOPLE)
    engine.advance(START + MINUTE)
    assert engine.counts().total() == len(PEOPLE)
