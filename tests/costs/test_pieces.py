"""Pieces of a look: each costs the same, however many people are looked at.

Counted are lines of ours that run between two moments at which others may have their turn.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

import msgspec
import pytest

from engine import (
    ActivitySeen,
    Channel,
    ChannelDeleted,
    ClockStepped,
    GuildRemoved,
    GuildReport,
    MergedReport,
    OptedOut,
    PresenceObserved,
    SessionEngine,
    Settings,
    VoiceObserved,
    WatchLost,
)
from machines import CooldownStarted, LiveState, SessionChanged, from_datetime
from tests.costs.steps import counted_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from machines import Effect

START = datetime(2025, 12, 29, 20, 0, tzinfo=UTC)
GUILD = 900
GENERAL, LOUNGE = Channel(500, "General"), Channel(501, "Sala")
OSU = ActivitySeen("osu!")
FEW, MANY = 100, 400
BY_CHANCE = 0.1
"""Whose end it is that comes to be remembered in a part of its own, and so in which piece."""


def later(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def in_voice(user_id: int, channel: Channel | None) -> VoiceObserved:
    return VoiceObserved(guild_id=GUILD, user_id=user_id, username="Pino", channel=channel)


def playing(user_id: int, *games: ActivitySeen) -> PresenceObserved:
    return PresenceObserved(guild_id=GUILD, user_id=user_id, username="Pino", activities=games)


def a_guild_of(people: int) -> SessionEngine:
    """So many in voice, as many in one party, and as many who were in voice before."""
    engine = SessionEngine(Settings())
    for user_id in range(1, people + 1):
        engine.observe(in_voice(user_id, GENERAL), START)
        engine.observe(playing(user_id, OSU), START)
        engine.observe(in_voice(user_id + people, GENERAL), START)
    engine.advance(later(1))
    for user_id in range(1, people + 1):
        engine.observe(in_voice(user_id + people, None), later(1))
    engine.advance(later(5))
    assert engine.counts() == {"voice": people, "game": people, "party": 1}
    return engine


def everybody_moved(people: int) -> GuildReport:
    return GuildReport(
        guild_id=GUILD,
        source="guild_create",
        at=from_datetime(later(10)),
        voice={user_id: in_voice(user_id, LOUNGE) for user_id in range(1, people + 1)},
        games={user_id: playing(user_id, OSU) for user_id in range(1, people + 1)},
        complete_voice=True,
        complete_games=True,
    )


def everybody_has_left_voice(people: int) -> GuildReport:
    return msgspec.structs.replace(everybody_moved(people), voice={})


def nobody_is_known(_people: int) -> MergedReport:
    return MergedReport(guild_id=GUILD, reports=())


def longest_piece(engine: SessionEngine, look_at: GuildReport | MergedReport) -> int:
    """Return the most lines that run in one piece of a look."""
    look, longest = engine.begin(look_at), 0
    while not look.is_done:
        with counted_lines() as lines:
            engine.go_on(look, later(10), lambda: True)
        longest = max(longest, lines.count)
    return longest


@pytest.mark.parametrize("gap", [False, True])
@pytest.mark.parametrize("says", [everybody_moved, everybody_has_left_voice, nobody_is_known])
def test_no_piece_of_a_look_runs_more_lines_the_more_people_are_looked_at(
    says: Callable[[int], GuildReport | MergedReport], *, gap: bool
) -> None:
    def longest(people: int) -> int:
        engine = a_guild_of(people)
        if gap:
            lost = WatchLost(guild_ids=(GUILD,), since=from_datetime(later(6)))
            engine.observe(lost, later(7))
        return longest_piece(engine, says(people))

    assert longest(FEW) == pytest.approx(longest(MANY), rel=BY_CHANCE)


@pytest.mark.parametrize(("players", "turns"), [(30, 1), (31, 4)])
def test_each_large_party_is_asked_in_a_turn_of_its_own(players: int, turns: int) -> None:
    """What is saved of a party is as large as the party, and no turn saves several."""
    engine = SessionEngine(Settings())
    games = [ActivitySeen(name) for name in ("osu!", "Tetris", "Snake")]
    for number, game in enumerate(games):
        for user_id in range(number * players, (number + 1) * players):
            engine.observe(playing(user_id, game), START)
    engine.advance(later(1))
    engine.observe(WatchLost(guild_ids=(GUILD,), since=from_datetime(later(6))), later(7))
    seen = {user_id: playing(user_id, games[user_id // players]) for user_id in range(3 * players)}
    look = engine.begin(msgspec.structs.replace(everybody_moved(0), games=seen))
    saved: list[int] = []
    while not look.is_done:
        effects = engine.go_on(look, later(10))
        parties = [each for each in effects if isinstance(each, SessionChanged)]
        saved.append(sum(each.session.kind == "party" and not each.players for each in parties))
    assert len(saved) == turns
    assert sum(saved) == 3
    assert max(saved) == 3 // min(turns, 3)


def test_a_look_at_some_people_costs_the_same_however_many_sessions_have_ended() -> None:
    def lines_after(ended: int) -> int:
        engine = SessionEngine(Settings())
        for user_id in range(ended + 1):
            engine.observe(in_voice(user_id, GENERAL), START)
        engine.advance(later(1))
        for user_id in range(ended):
            engine.observe(in_voice(user_id, None), later(1))
        engine.advance(later(5))
        assert engine.counts() == {"voice": 1}
        with counted_lines() as lines:
            engine.validate(nobody_is_known(1), later(10))
        return lines.count

    assert lines_after(5) == lines_after(50) > 0


def test_whoever_is_forgotten_is_so_a_guild_at_a_time() -> None:
    def longest(guilds: int) -> int:
        engine = SessionEngine(Settings())
        for guild_id in range(1, guilds + 1):
            for user_id in (1, 2):
                plays = playing(user_id, ActivitySeen("osu!"))
                seen = msgspec.structs.replace(plays, guild_id=guild_id)
                engine.observe(seen, START)
        engine.advance(later(1))
        pieces, most = engine.forgetting(1), 0
        while True:
            with counted_lines() as lines:
                is_over = next(pieces, pieces) is pieces
            most = max(most, lines.count)
            if is_over:
                return most

    assert longest(3) == longest(100)


@pytest.mark.parametrize("in_pairs", [False, True])
def test_no_piece_of_a_look_that_finds_everybody_runs_more_lines_the_more_play(
    *, in_pairs: bool
) -> None:
    def longest(people: int) -> int:
        games = [ActivitySeen(f"game {number}") for number in range(people // 2 if in_pairs else 1)]
        seen = {each: playing(each, games[each % len(games)]) for each in range(people)}
        engine = SessionEngine(Settings())
        pieces = longest_piece(engine, msgspec.structs.replace(everybody_moved(0), games=seen))
        assert engine.counts() == {"game": people, "party": len(games)}
        return pieces

    assert longest(FEW) == longest(MANY)


def test_of_a_party_that_half_of_its_players_have_left_only_some_are_saved_in_each_turn() -> None:
    def most_saved(people: int) -> int:
        engine = a_guild_of(people)
        seen = {user_id: playing(user_id, OSU) for user_id in range(1, people // 2 + 1)}
        look = engine.begin(msgspec.structs.replace(everybody_moved(people), games=seen))
        most = 0
        while not look.is_done:
            effects = engine.go_on(look, later(10), lambda: True)
            changed = [each for each in effects if isinstance(each, SessionChanged)]
            most = max(most, sum(len(each.players or ()) for each in changed))
        assert engine.counts() == {"voice": people, "game": people // 2, "party": 1}
        return most

    assert most_saved(MANY) == most_saved(2 * MANY) > 0


def test_no_turn_runs_more_lines_the_more_parties_a_removed_guild_had() -> None:
    def longest(people: int) -> int:
        engine = SessionEngine(Settings())
        for user_id in range(people):
            engine.observe(playing(user_id, ActivitySeen(f"game {user_id // 2}")), START)
        engine.advance(later(1))
        assert engine.counts() == {"game": people, "party": people // 2}
        with counted_lines() as lines:
            engine.observe(GuildRemoved(guild_id=GUILD), later(2), lambda: True)
        most = lines.count
        while engine.is_sweeping:
            with counted_lines() as lines:
                engine.sweep(later(2), lambda: True)
            most = max(most, lines.count)
        assert not engine.registry.count
        return most

    assert longest(FEW) == longest(MANY)


def test_no_turn_in_which_the_clock_is_set_does_more_the_larger_the_party() -> None:
    """A tenth of its players have gone; entry notices wait for all of them."""

    def longest(people: int) -> tuple[int, int]:
        engine = SessionEngine(Settings())
        for user_id in range(people):
            engine.observe(playing(user_id, OSU), START)
        engine.advance(later(1))
        for user_id in range(people // 10):
            engine.observe(OptedOut(guild_id=GUILD, user_id=user_id), later(2))
        effects: list[list[Effect]] = []
        is_set = ClockStepped(by=1_000)
        turns = [lambda is_time_up: effects.append(engine.observe(is_set, later(3), is_time_up))]
        lines = longest_of(turns)
        while engine.is_sweeping:
            turns = [lambda is_time_up: effects.append(engine.sweep(later(3), is_time_up))]
            lines = max(lines, longest_of(turns))
        assert sum(isinstance(each, CooldownStarted) for each in chain(*effects)) == people + 1
        return lines, max(map(len, effects))

    assert longest(FEW) == longest(MANY)


def test_no_piece_in_which_a_party_is_taken_up_again_runs_more_lines_the_larger_it_is() -> None:
    def longest(people: int) -> int:
        *others, party = a_guild_of(people).live_state(later(5)).sessions
        engine, longest = SessionEngine(Settings()), 0
        engine.restore(LiveState(sessions=others), later(6))
        taking_up = engine.restoring(LiveState(sessions=[party]), later(6), [])
        is_done = False
        while not is_done:
            with counted_lines() as lines:
                is_done = next(taking_up, "done") == "done"
            longest = max(longest, lines.count)
        assert engine.counts() == {"voice": people, "game": people, "party": 1}
        return longest

    assert longest(FEW) == longest(MANY)


def one_thing() -> Callable[[], bool]:
    """Return what gives time for one thing that is due, and no more."""
    asked = iter((False,))
    return lambda: next(asked, True)


def everybody_leaves(engine: SessionEngine, people: int) -> int:
    """Return the most lines that run in one turn while everybody leaves, and all is over."""
    turns = [partial(engine.observe, playing(each), later(3)) for each in range(people)]
    return max(longest_of(turns), all_is_over(engine))


def everybody_leaves_before_the_clock_is_set(engine: SessionEngine, people: int) -> int:
    for user_id in range(people):
        engine.observe(playing(user_id), later(3))
    engine.observe(ClockStepped(by=1_000), later(3))
    return all_is_over(engine)


def all_is_over(engine: SessionEngine) -> int:
    longest = 0
    while engine.registry.count:
        turns = [partial(engine.advance, later(60)), partial(engine.sweep, later(60))]
        longest = max(longest, longest_of(turns))
    return longest


def longest_of(turns: Iterable[Callable[[Callable[[], bool]], object]]) -> int:
    longest = 0
    for turn in turns:
        with counted_lines() as lines:
            turn(one_thing())
        longest = max(longest, lines.count)
    return longest


def everybody_is_found_gone(engine: SessionEngine, _people: int) -> int:
    return longest_piece(engine, everybody_moved(0))


def everybody_is_found_gone_after_a_gap(engine: SessionEngine, people: int) -> int:
    engine.observe(WatchLost(guild_ids=(GUILD,), since=from_datetime(later(6))), later(7))
    return everybody_is_found_gone(engine, people)


def the_guild_is_removed(engine: SessionEngine, _people: int) -> int:
    longest = longest_of([partial(engine.observe, GuildRemoved(guild_id=GUILD), later(2))])
    while engine.is_sweeping:
        longest = max(longest, longest_of([partial(engine.sweep, later(2))]))
    return longest


@pytest.mark.parametrize(
    "ends",
    [
        everybody_leaves,
        everybody_leaves_before_the_clock_is_set,
        everybody_is_found_gone,
        everybody_is_found_gone_after_a_gap,
        the_guild_is_removed,
    ],
)
def test_no_turn_in_which_a_crowds_party_is_over_grows_as_the_crowd_does(
    ends: Callable[[SessionEngine, int], int],
) -> None:
    """A shelf of its players is counted in a turn; only what is left of each is gone through."""

    def longest(people: int) -> int:
        engine = SessionEngine(Settings())
        for user_id in range(people):
            engine.observe(playing(user_id, OSU), START)
        engine.advance(later(1))
        assert engine.counts() == {"game": people, "party": 1}
        most = ends(engine, people)
        assert not engine.registry.count
        return most

    assert longest(2 * MANY) < 1.3 * longest(MANY)


@pytest.mark.parametrize("finds", [False, True])
def test_no_turn_runs_more_lines_the_more_people_a_look_has_seen_in_a_channel_that_is_deleted(
    *, finds: bool
) -> None:
    def longest(people: int) -> int:
        engine = SessionEngine(Settings()) if finds else a_guild_of(people)
        look = engine.begin(everybody_moved(people))
        turns = [
            partial(engine.observe, ChannelDeleted(guild_id=GUILD, channel_id=LOUNGE.id), later(10))
        ]
        most = longest_of(turns)
        while not look.is_done:
            most = max(most, longest_of([partial(engine.go_on, look, later(10))]))
        assert engine.counts()["voice"] == 0
        return most

    assert longest(FEW) == pytest.approx(longest(MANY), rel=BY_CHANCE)
