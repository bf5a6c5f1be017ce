"""Finding: people seen in the guild without a session, and what bounds their start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engine import ActivitySeen, GuildRemoved, Settings
from machines import BotEvent, LogLine, NoticeDue, SessionChanged
from tests.engine.evening import (
    AGU,
    GENERAL,
    GUILD,
    LOUNGE,
    PINO,
    ZETA,
    Evening,
    ago,
    at,
    only,
    unknown_in,
)

if TYPE_CHECKING:
    from freezegun.api import FrozenDateTimeFactory

OSU = "osu!"


def test_whoever_is_found_is_recovered_at_once_and_silently(evening: Evening) -> None:
    effects = evening.look(voice={PINO: GENERAL})
    session = evening.voice_of(PINO)
    assert session is not None
    assert (session.state, ago(session.started_at)) == ("recovered", 0)
    [event] = only(effects, BotEvent)
    assert (event.name, event.found) == ("session_recovered", True)
    assert [line.key for line in only(effects, LogLine)] == ["recovered.voice"]
    assert len(only(effects, SessionChanged)) == 1
    assert only(effects, NoticeDue) == []


def test_whoever_is_found_is_recorded_whatever_the_length(evening: Evening) -> None:
    evening.look()
    evening.until(100)
    evening.look(voice={PINO: GENERAL})
    evening.until(101)
    evening.leaves(PINO)
    evening.until(200)
    assert evening.record.seconds == 1


def test_nothing_bounds_a_start_before_the_first_look(evening: Evening) -> None:
    evening.until(50)
    evening.look(voice={PINO: GENERAL})
    evening.until(100)
    evening.leaves(PINO)
    evening.until(200)
    record = evening.record
    assert (record.seconds, record.uncertain_seconds) == (50, None)


def test_the_last_look_bounds_a_join_that_was_missed(evening: Evening) -> None:
    evening.until(100)
    evening.look()
    evening.until(700)
    evening.look(voice={PINO: GENERAL})
    evening.until(1000)
    evening.leaves(PINO)
    evening.until(2000)
    record = evening.record
    assert unknown_in(record) == [(100, 700)]
    assert (ago(record.started_at), record.seconds, record.uncertain_seconds) == (700, 300, 600)


def test_the_end_of_the_last_session_bounds_it_as_well(evening: Evening) -> None:
    evening.look()
    evening.joins(PINO)
    evening.until(100)
    evening.leaves(PINO)
    evening.until(700)
    evening.look(voice={PINO: GENERAL})
    session = evening.voice_of(PINO)
    assert session is not None
    assert unknown_in(session) == [(100, 700)]


def test_the_end_of_a_game_bounds_that_game_alone(evening: Evening) -> None:
    evening.look()
    evening.plays(PINO, OSU)
    evening.until(100)
    evening.plays(PINO)
    evening.until(2000)
    evening.look(games={PINO: (OSU, "Chess")})
    assert {s.game_name: unknown_in(s) for s in evening.games_of(PINO)} == {
        OSU: [(100, 2000)],
        "Chess": [(0, 2000)],
    }


def test_a_gap_bounds_it_where_they_were_absent_before(evening: Evening) -> None:
    evening.look()
    evening.until(700)
    evening.unwatched(since=600)
    evening.look(voice={PINO: GENERAL}, games={PINO: (OSU,)})
    session = evening.voice_of(PINO)
    assert session is not None
    assert unknown_in(session) == [(0, 700)]
    assert unknown_in(evening.game_of(PINO)) == [(0, 700)]


def test_a_gap_in_which_games_were_not_looked_at_goes_on_for_games(evening: Evening) -> None:
    evening.look()
    evening.until(200)
    evening.unwatched(since=100)
    evening.look(complete_games=False)
    evening.until(400)
    evening.unwatched(since=300)
    evening.look(voice={PINO: GENERAL}, games={PINO: (OSU,)})
    session = evening.voice_of(PINO)
    assert session is not None
    assert unknown_in(session) == [(200, 400)]
    # Watched again only since a look that sees games as well: the last one was at 0.
    assert unknown_in(evening.game_of(PINO)) == [(0, 400)]


def test_a_game_found_began_when_it_says_it_did(evening: Evening) -> None:
    evening.look()
    evening.until(1000)
    evening.look(games={PINO: (ActivitySeen(OSU, began_at=at(400)),)})
    session = evening.game_of(PINO)
    assert ago(session.started_at) == 400
    evening.until(1500)
    evening.plays(PINO)
    evening.until(5000)
    record = evening.record
    assert (record.seconds, record.uncertain_seconds) == (1100, 600)


def test_a_game_found_began_no_earlier_than_they_were_known_not_to_play_it(
    evening: Evening,
) -> None:
    evening.until(500)
    evening.look()
    evening.until(1000)
    evening.look(games={PINO: (ActivitySeen(OSU, began_at=at(-5000)),)})
    assert ago(evening.game_of(PINO).started_at) == 500


def test_a_game_found_did_not_begin_in_the_future(evening: Evening) -> None:
    evening.look(games={PINO: (ActivitySeen(OSU, began_at=at(999)),)})
    assert ago(evening.game_of(PINO).started_at) == 0


def test_a_game_that_began_before_the_bot_has_no_bound(evening: Evening) -> None:
    evening.until(1000)
    evening.look(games={PINO: (ActivitySeen(OSU, began_at=at(400)),)})
    evening.until(2000)
    evening.plays(PINO)
    evening.until(5000)
    assert (evening.record.seconds, evening.record.uncertain_seconds) == (1600, None)


def test_a_move_of_somebody_unknown_finds_them_where_nobody_has_looked(evening: Evening) -> None:
    evening.until(600)
    evening.shows(PINO, LOUNGE)
    session = evening.voice_of(PINO)
    assert session is not None
    assert (session.state, session.unbounded) == ("recovered", True)


def test_whoever_a_look_did_not_see_has_come_whatever_the_cache_still_holds(
    evening: Evening,
) -> None:
    evening.look(voice={PINO: GENERAL})
    evening.until(300)
    evening.look()  # the leaving was never sent, so the cache holds it for ever
    evening.until(600)
    evening.shows(PINO, LOUNGE)
    session = evening.voice_of(PINO)
    assert session is not None
    assert (session.state, session.started_at) == ("pending", at(600))


def test_whether_anybody_is_found_is_a_setting(clock: FrozenDateTimeFactory) -> None:
    evening = Evening(clock, Settings(recover_missing=False))
    evening.look(voice={PINO: GENERAL}, games={PINO: (OSU,)})
    evening.shows(AGU, LOUNGE)
    assert not evening.engine.registry.count
    evening.joins(ZETA)
    assert evening.voice_of(ZETA) is not None


def test_ignored_games_are_not_found(clock: FrozenDateTimeFactory) -> None:
    evening = Evening(clock, Settings(ignored_games=frozenset({OSU})))
    evening.look(games={PINO: (OSU, "Chess")})
    assert evening.game_of(PINO).game_name == "Chess"


def test_a_party_found_is_silent_and_starts_with_its_games(evening: Evening) -> None:
    evening.look()
    evening.until(1000)
    effects = evening.look(
        games={
            PINO: (ActivitySeen(OSU, began_at=at(400)),),
            AGU: (ActivitySeen(OSU, began_at=at(600)),),
        }
    )
    party = evening.party()
    assert (party.state, ago(party.started_at)) == ("recovered", 600)
    assert only(effects, NoticeDue) == []
    evening.until(2000)
    evening.plays(PINO)
    evening.look(games={AGU: (OSU,)})
    evening.until(5000)
    record = next(record for record in evening.records if record.kind == "party")
    assert record.seconds == 1400
    assert record.uncertain_seconds == 600


@pytest.mark.parametrize("kind", ["voice", "game"])
def test_a_found_session_counts_no_more_than_has_elapsed(evening: Evening, kind: str) -> None:
    evening.look()
    evening.until(600)
    evening.look(voice={PINO: GENERAL}, games={PINO: (ActivitySeen(OSU, began_at=at(-1)),)})
    evening.until(700)
    evening.leaves(PINO)
    evening.plays(PINO)
    evening.until(5000)
    record = next(record for record in evening.records if record.kind == kind)
    assert record.seconds <= (ago(record.ended_at) or 0) - (ago(record.started_at) or 0)
    assert (record.seconds, record.uncertain_seconds) == (
        (100, 600) if kind == "voice" else (700, 600)
    )


# In a guild that is joined again


def test_a_game_that_went_on_while_the_bot_was_out_of_the_guild_is_in_one_record_at_a_time(
    evening: Evening,
) -> None:
    played = ActivitySeen(OSU, began_at=at(8))
    evening.look()
    evening.until(8)
    evening.plays(PINO, played)
    evening.until(3600)
    evening.tell(GuildRemoved(guild_id=GUILD))
    evening.until(3660)
    evening.look(games={PINO: (played,)})
    evening.until(7200)
    evening.plays(PINO)
    evening.until(9000)
    before, after = evening.records
    assert (before.seconds, before.uncertain_seconds) == (3592, 0)
    assert (ago(after.started_at), ago(after.ended_at)) == (3600, 7200)
    assert (after.uncertain_seconds, unknown_in(after)) == (60, [(3600, 3660)])


@pytest.mark.parametrize("is_known", [True, False])
def test_of_what_had_just_begun_as_the_bot_was_removed_nothing_is_lost(
    evening: Evening, *, is_known: bool
) -> None:
    """Nothing was written down of it then, so it is not over; and they were seen to come."""
    if is_known:
        evening.plays(PINO, OSU)
        evening.until(20)
        evening.plays(PINO)
        evening.until(2000)
    evening.until(2003)
    played = ActivitySeen(OSU, began_at=at(2003))
    evening.plays(PINO, played)
    evening.until(2008)
    evening.tell(GuildRemoved(guild_id=GUILD))
    evening.until(2100)
    evening.look(games={PINO: (played,)})
    found = evening.game_of(PINO)
    assert (ago(found.started_at), found.unbounded) == (2003, False)
    assert unknown_in(found) == [(2003, 2100)]


@pytest.mark.parametrize("looked_at", [425, 9000])
@pytest.mark.parametrize("kind", ["voice", "game"])
def test_whoever_a_look_had_seen_gone_before_the_bot_was_removed_came_back_no_earlier(
    evening: Evening, kind: str, looked_at: float
) -> None:
    played = ActivitySeen(OSU, began_at=at(88))
    seen, games = {PINO: GENERAL}, {PINO: (played,)}
    evening.look()
    evening.until(88)
    evening.joins(PINO)
    evening.plays(PINO, played)
    evening.until(420)
    evening.leaves(PINO)
    evening.plays(PINO)
    evening.until(looked_at)
    evening.look()
    evening.until(9200)
    evening.tell(GuildRemoved(guild_id=GUILD))
    evening.until(9356)
    evening.look(voice=seen, games=games)
    [found] = [each for each in evening.engine.sessions(GUILD) if each.kind == kind]
    assert ago(found.started_at) == (looked_at if kind == "game" else 9356)
    assert (unknown_in(found), found.unbounded) == ([(looked_at, 9356)], False)


def test_so_it_is_where_the_bot_is_removed_once_more_before_anybody_has_looked(
    evening: Evening,
) -> None:
    evening.until(900)
    evening.look()
    for second in (1200, 1300):
        evening.until(second)
        evening.tell(GuildRemoved(guild_id=GUILD))
    evening.until(1356)
    evening.shows(PINO)
    found = evening.voice_of(PINO)
    assert found is not None
    assert (unknown_in(found), found.unbounded) == ([(900, 1356)], False)


@pytest.mark.parametrize("kind", ["voice", "game"])
def test_whoever_had_just_come_as_a_look_saw_them_and_the_bot_was_removed_is_there_since_then(
    evening: Evening, kind: str
) -> None:
    played = ActivitySeen(OSU, began_at=at(2003))
    seen, games = {PINO: GENERAL}, {PINO: (played,)}
    evening.look()
    evening.until(2003)
    evening.joins(PINO)
    evening.plays(PINO, played)
    evening.until(2005)
    evening.look(voice=seen, games=games)
    evening.until(2008)
    evening.tell(GuildRemoved(guild_id=GUILD))
    evening.until(2100)
    evening.look(voice=seen, games=games)
    [found] = [each for each in evening.engine.sessions(GUILD) if each.kind == kind]
    assert (unknown_in(found), found.unbounded) == ([(2003, 2100)], False)
