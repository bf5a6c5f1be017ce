"""A party of many comes to the same however few of its players are taken in at a time."""

from __future__ import annotations

import copy
from operator import itemgetter
from typing import TYPE_CHECKING
from unittest import mock

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import (
    ActivitySeen,
    Observation,
    OptedOut,
    SessionEngine,
    Settings,
    WatchLost,
    reconciling,
    tally,
)
from engine.games import GameName
from engine.groups import Group
from machines import LogLine, PartySession, RecordEnded, SessionChanged, from_datetime
from persistence.live_players import follow_games
from tests.engine.test_looks_in_pieces import (
    GUILD,
    MINUTE,
    PEOPLE,
    START,
    VALORANT,
    at_once,
    engine_with,
    playing,
    report,
    subsets,
)

if TYPE_CHECKING:
    from machines import AnySession, Effect, Player

NOW = START + 10 * MINUTE
OVER = START + 600 * MINUTE
NOBODY: frozenset[int] = frozenset()
SNAKE = ActivitySeen("Snake")

users = st.sampled_from((*PEOPLE, 7))
events = st.lists(
    st.tuples(
        st.integers(0, 30),
        st.one_of(
            st.builds(playing, users),
            st.builds(playing, users, st.sampled_from((VALORANT, SNAKE))),
            st.builds(OptedOut, guild_id=st.just(GUILD), user_id=users),
        ),
    ),
    max_size=4,
)


class Saved:
    """What the snapshot would have of the games, and of the players of parties."""

    def __init__(self) -> None:
        self._sessions: dict[str, AnySession] = {}

    def take(self, effects: list[Effect]) -> None:
        for each in effects:
            if isinstance(each, RecordEnded):
                self._sessions.pop(each.record.id, None)
            if not isinstance(each, SessionChanged) or each.session.is_over:
                continue
            now = msgspec.structs.replace(each.session)
            held = self._sessions.get(now.id)
            if isinstance(now, PartySession):
                known = held.players if isinstance(held, PartySession) else now.players
                news = now.players if each.players is None else each.players
                told = {player.session_id: player for player in (*known, *news)}
                now.players = list(told.values())
            self._sessions[now.id] = now

    def read(self) -> dict[str, AnySession]:
        """Return what whoever reads it finds, by the session's id."""
        sessions = copy.deepcopy(list(self._sessions.values()))
        follow_games(sessions)
        return {session.id: session for session in sessions}


def looked_at(
    had: frozenset[int],
    has: frozenset[int],
    happens: list[tuple[int, Observation]],
    *,
    over_a_gap: bool,
    at_a_time: int = 1_000,
    shelf: int = 1_000,
) -> tuple[SessionEngine, list[Effect], Saved]:
    """Let a look go through a guild in pieces; events come after so many of them.

    The players of a party are taken in so many ``at_a_time``, and so many of them counted.
    """
    saved, all_effects, number = Saved(), [], 0
    with (
        mock.patch.object(reconciling, "_AT_ONCE", at_a_time),
        mock.patch.object(tally, "_SHELF", shelf),
    ):
        engine = engine_with(NOBODY, had)
        saved.take([SessionChanged(session) for session in engine.sessions()])
        if over_a_gap:
            lost = WatchLost(guild_ids=(GUILD,), since=from_datetime(START + 2 * MINUTE))
            engine.observe(lost, START + 3 * MINUTE)
        look = engine.begin(report(NOBODY, has))
        waiting = sorted(happens, key=lambda each: each[0])
        while not look.is_done or waiting:
            while waiting and (look.is_done or waiting[0][0] <= number):
                effects = engine.observe(waiting.pop(0)[1], NOW, at_once)
                saved.take(effects)
                all_effects += effects
            effects = engine.go_on(look, NOW, at_once) if not look.is_done else []
            saved.take(effects)
            all_effects += effects
            number += 1
        while engine.is_sweeping:
            effects = engine.sweep(NOW, at_once)
            saved.take(effects)
            all_effects += effects
        effects = engine.advance(NOW)
        saved.take(effects)
    return engine, all_effects + effects, saved


def without_ids(struct: msgspec.Struct) -> str:
    told = msgspec.to_builtins(struct)
    told.pop("id")
    players = told.pop("players", [])
    for player in players:
        player.pop("session_id")
    return repr((sorted(told.items()), sorted(map(repr, players))))


def as_told(players: list[Player]) -> list[object]:
    return sorted(map(msgspec.to_builtins, players), key=itemgetter("session_id"))


def what_is_held(engine: SessionEngine) -> list[str]:
    return sorted(without_ids(session) for session in engine.sessions())


def what_is_over(effects: list[Effect]) -> list[str]:
    return sorted(without_ids(each.record) for each in effects if isinstance(each, RecordEnded))


@settings(deadline=None)
@given(subsets, subsets, events, st.booleans(), st.integers(1, 3))
def test_it_comes_to_the_same_however_few_are_taken_in_at_a_time(
    had: frozenset[int],
    has: frozenset[int],
    happens: list[tuple[int, Observation]],
    over_a_gap: bool,
    at_a_time: int,
) -> None:
    held, over = [], []
    for number in (at_a_time, 1_000):
        engine, effects, _saved = looked_at(
            had, has, happens, over_a_gap=over_a_gap, at_a_time=number
        )
        held.append(what_is_held(engine))
        for user_id in (*PEOPLE, 7):
            effects += engine.observe(playing(user_id), NOW + MINUTE)
        effects += engine.advance(OVER)
        assert not engine.registry.count
        over.append(what_is_over(effects))
    assert held[0] == held[1]
    assert over[0] == over[1]


@settings(deadline=None)
@given(subsets, subsets, events, st.sampled_from((0, 1_000)), st.booleans(), st.integers(1, 3))
def test_it_comes_to_the_same_however_few_are_counted_at_a_time(
    had: frozenset[int],
    has: frozenset[int],
    happens: list[tuple[int, Observation]],
    after: int,
    over_a_gap: bool,
    shelf: int,
) -> None:
    """All comes before the look or after it, for to count some is a piece of it.

    Whether a party itself was away for a moment may depend on it, where some are still counted
    when enough are there again: what its record says of that follows from its players.
    """
    told = [(after, observed) for _number, observed in happens]
    held, over = [], []
    for number in (shelf, 1_000):
        engine, effects, _saved = looked_at(had, has, told, over_a_gap=over_a_gap, shelf=number)
        for session in engine.sessions():
            if isinstance(session, PartySession):
                session.stretches = ()
        held.append(what_is_held(engine))
        with mock.patch.object(tally, "_SHELF", number):
            for user_id in (*PEOPLE, 7):
                effects += engine.observe(playing(user_id), NOW + MINUTE, at_once)
            while engine.is_sweeping:
                effects += engine.sweep(NOW + MINUTE, at_once)
            effects += engine.advance(OVER)
        assert not engine.registry.count
        over.append(what_is_over(effects))
    assert held[0] == held[1]
    assert over[0] == over[1]


@settings(deadline=None)
@given(subsets, subsets, events, st.booleans(), st.integers(1, 3))
def test_all_that_happens_to_a_player_is_told_to_be_saved_with_the_party_or_their_game(
    had: frozenset[int],
    has: frozenset[int],
    happens: list[tuple[int, Observation]],
    over_a_gap: bool,
    at_a_time: int,
) -> None:
    engine, _effects, saved = looked_at(
        had, has, happens, over_a_gap=over_a_gap, at_a_time=at_a_time
    )
    found = saved.read()
    for party in engine.sessions(GUILD):
        if isinstance(party, PartySession):
            told = found[party.id]
            assert isinstance(told, PartySession)
            assert as_told(told.players) == as_told(party.players)


@pytest.mark.parametrize("shelf", [1, 1_000])
def test_a_party_that_has_been_counted_goes_by_what_its_players_did_since(shelf: int) -> None:
    """Two of three leave after 2 minutes, come back after 4, and leave for good after 6."""
    with mock.patch.object(tally, "_SHELF", shelf):
        engine = engine_with(NOBODY, frozenset({1, 2, 3}))
        for minute, games in ((2, ()), (4, (VALORANT,)), (6, ())):
            for user_id in (1, 2):
                engine.observe(playing(user_id, *games), START + minute * MINUTE)
        [party] = [each for each in engine.sessions() if isinstance(each, PartySession)]
        assert party.absent_since == from_datetime(START + 6 * MINUTE)
        effects = engine.observe(playing(3, VALORANT), START + 7 * MINUTE)
        effects += engine.advance(OVER)
    ended = [each.record for each in effects if isinstance(each, RecordEnded)]
    [record] = [each for each in ended if each.kind == "party"]
    assert record.seconds == 4 * 60
    assert [(each.start, each.end, each.value) for each in record.stretches] == [
        (from_datetime(START + 2 * MINUTE), from_datetime(START + 4 * MINUTE), "away")
    ]


@pytest.mark.parametrize("at_a_time", [1, 1_000])
def test_whoever_is_taken_in_later_may_have_made_it_enough_earlier(at_a_time: int) -> None:
    """Pino plays from 1, agu from 0 but for 0.5 to 4, and Zeta, who is found, from 3."""
    agu, pino, zeta = 1, 2, 3
    before = SessionEngine(Settings(party_min_players=3))
    before.validate(report(NOBODY, NOBODY, START), START)
    for minute, event in (
        (0, playing(agu, VALORANT)),
        (0.5, playing(agu)),
        (1, playing(pino, VALORANT)),
        (4, playing(agu, VALORANT)),
    ):
        before.observe(event, START + minute * MINUTE)
    before.advance(NOW)
    engine = SessionEngine(Settings(party_min_players=2))
    engine.restore(before.live_state(NOW), NOW)
    since = ActivitySeen("VALORANT", began_at=from_datetime(START + 3 * MINUTE))
    seen = report(NOBODY, frozenset({agu, pino}), NOW)
    seen.games[zeta] = playing(zeta, since)
    with mock.patch.object(reconciling, "_AT_ONCE", at_a_time):
        engine.validate(seen, NOW)
    [party] = [each for each in engine.sessions() if each.kind == "party"]
    assert party.started_at == from_datetime(START + 3 * MINUTE)


def test_whoever_goes_before_they_are_taken_in_was_there_all_the_same() -> None:
    engine = engine_with(NOBODY, NOBODY)
    with mock.patch.object(reconciling, "_AT_ONCE", 1):
        look = engine.begin(report(NOBODY, frozenset({1, 2, 3, 4})))
        while not engine.counts()["party"]:
            engine.go_on(look, NOW, at_once)
        for user_id in (1, 2, 3, 4):
            engine.observe(OptedOut(guild_id=GUILD, user_id=user_id), NOW + MINUTE, at_once)
        while not look.is_done:
            engine.go_on(look, NOW + MINUTE, at_once)
    [party] = [each for each in engine.sessions() if isinstance(each, PartySession)]
    assert {player.user_id for player in party.players} == {1, 2, 3, 4}
    assert {player.ended_at for player in party.players} == {from_datetime(NOW + MINUTE)}


def test_whoever_has_come_by_themselves_does_not_end_the_taking_in_of_the_others() -> None:
    engine = engine_with(NOBODY, NOBODY)
    with mock.patch.object(reconciling, "_AT_ONCE", 1):
        look = engine.begin(report(NOBODY, frozenset({1, 2, 3, 4})))
        while not engine.counts()["party"]:
            engine.go_on(look, NOW, at_once)
        engine.observe(playing(3), NOW, at_once)
        engine.observe(playing(3, VALORANT), NOW + MINUTE, at_once)
        while not look.is_done:
            engine.go_on(look, NOW + MINUTE, at_once)
        while engine.is_sweeping:
            engine.sweep(NOW + MINUTE, at_once)
    [party] = [each for each in engine.sessions() if isinstance(each, PartySession)]
    assert {player.user_id for player in party.players} == {1, 2, 3, 4}


def test_what_is_left_of_a_crowd_waits_for_its_turn_however_much_news_comes() -> None:
    """Else each news of a burst would take some more of the crowd's players in."""
    people = frozenset(range(1, 101))
    engine = engine_with(NOBODY, NOBODY)
    with mock.patch.object(reconciling, "_AT_ONCE", 1):
        look = engine.begin(report(NOBODY, people))
        while not engine.counts()["party"]:
            engine.go_on(look, NOW, at_once)
        engine.abandon(look)
        [party] = [each for each in engine.sessions() if isinstance(each, PartySession)]
        before = len(party.players)
        for user_id in range(1_001, 1_033):
            engine.observe(playing(user_id, SNAKE), NOW, at_once)
        assert len(party.players) == before < len(people)
        while engine.is_sweeping:
            engine.sweep(NOW, at_once)
    assert len(party.players) == len(people)


def test_a_party_that_fails_takes_nobody_elses_event_along() -> None:
    """What is left to do for one guild's party comes with an event of another guild."""
    engine = SessionEngine(Settings())
    behind = Group(GUILD, GameName("valorant", "playing"), None)
    engine._parties.backlog.leave(behind)  # noqa: SLF001 - as a crowd does
    comes = playing(7, VALORANT)
    with mock.patch.object(reconciling.Reconciling, "do_some", side_effect=RuntimeError("broken")):
        effects = engine.observe(comes, NOW)
    assert engine.registry.count
    assert engine.counters["session_errors"] == 1
    assert not engine.is_sweeping
    assert [each.key for each in effects if isinstance(each, LogLine)] == ["session_error"]


def test_whoever_is_forgotten_while_away_is_a_player_all_the_same_once_they_are_back() -> None:
    engine = engine_with(NOBODY, frozenset({1, 2, 3}))
    engine.observe(playing(1), NOW)
    assert [*engine.forgetting(1)] != []
    engine.observe(playing(1, VALORANT), NOW + MINUTE)
    [party] = [each for each in engine.sessions() if isinstance(each, PartySession)]
    assert {player.user_id: player.ended_at for player in party.players} == {
        1: None,
        2: None,
        3: None,
    }


@pytest.mark.parametrize("is_found_gone", [False, True])
def test_the_end_of_a_few_who_were_often_away_is_counted_bit_by_bit(*, is_found_gone: bool) -> None:
    """All of it at once would hold everything up, and the machine is told what it comes to."""
    people = frozenset({1, 2, 3})
    with mock.patch.object(tally, "_SHELF", 5):
        engine = engine_with(NOBODY, people)
        for minute in range(1, 21):
            for user_id in people:
                engine.observe(playing(user_id), START + minute * MINUTE)
            for user_id in people:
                engine.observe(playing(user_id, VALORANT), START + (minute + 0.5) * MINUTE)
        at = START + 30 * MINUTE
        with mock.patch("machines.together.attendance_of") as whole:
            if is_found_gone:
                effects = engine.validate(report(NOBODY, NOBODY, at), at)
            else:
                effects = []
                for user_id in people:
                    effects += engine.observe(playing(user_id), at)
                effects += engine.advance(OVER)
        whole.assert_not_called()
    records = [each.record for each in effects if isinstance(each, RecordEnded)]
    [record] = [each for each in records if each.kind == "party"]
    assert len(record.players) == 3


def test_a_party_whose_end_is_due_while_its_players_are_counted_is_due_again() -> None:
    with mock.patch.object(tally, "_SHELF", 1):
        engine = engine_with(NOBODY, frozenset({1, 2, 3}))
        for user_id in (1, 2):
            engine.observe(playing(user_id), START + 2 * MINUTE)
        engine.advance(START + 20 * MINUTE)
        is_time_up = iter((False, True))
        assert not engine.advance(START + 40 * MINUTE, lambda: next(is_time_up, True))
        assert engine.counts()["party"] == 1
        effects = engine.advance(START + 40 * MINUTE)
    assert [each.record.kind for each in effects if isinstance(each, RecordEnded)] == ["party"]
