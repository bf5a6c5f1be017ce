"""Restarts: what an engine takes up from an earlier process, and what a look makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engine import ClockStepped, GuildRemoved, SessionEngine, Settings, WatchPaused
from machines import (
    BotEvent,
    Deadline,
    LiveState,
    LogLine,
    NoticeDue,
    SessionChanged,
    from_datetime,
    seconds,
)
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

    from machines import Effect

OSU = "osu!"


def restarted(evening: Evening, *, watched_until: float, back_at: float) -> None:
    """Let the heart beat for the last time, and another process begin later."""
    evening.until(watched_until)
    evening.heartbeat()
    evening.restart(back_at)


def test_without_sessions_there_is_nothing_to_restore(evening: Evening) -> None:
    effects = evening.engine.restore(LiveState(), evening.now())
    assert effects == []


def test_each_session_restored_is_named(evening: Evening) -> None:
    evening.joins(PINO)
    for user in (PINO, AGU):
        evening.plays(user, OSU)
    evening.until(100)
    lines = only(evening.restart(), LogLine)
    assert [line.key for line in lines] == [
        "restored.voice",
        "restored.game",
        "restored.game",
        "restored.party",
    ]
    assert lines[0].values == {"username": "Pino", "channel": "General"}
    assert lines[3].values == {"game": OSU, "players": 2}


def test_of_a_party_restored_those_are_counted_who_play_on(evening: Evening) -> None:
    for user in (PINO, AGU, ZETA):
        evening.plays(user, OSU)
    evening.until(100)
    evening.plays(ZETA)
    evening.until(1100)
    [*_games, party] = only(evening.restart(), LogLine)
    assert (party.key, party.values["players"]) == ("restored.party", 2)


def test_whoever_is_still_there_keeps_the_original_start(evening: Evening) -> None:
    evening.joins(PINO)
    restarted(evening, watched_until=1000, back_at=1200)
    session = evening.voice_of(PINO)
    assert session is not None
    assert (session.state, ago(session.unwatched_since)) == ("confirmed", 1000)
    effects = evening.look(voice={PINO: GENERAL})
    assert [(e.name, e.found) for e in only(effects, BotEvent)] == [("session_recovered", False)]
    assert (session.state, ago(session.started_at)) == ("recovered", 0)
    assert unknown_in(session) == [(0, 1200)]


def test_a_time_saved_is_logged_with_the_margin_of_its_record(evening: Evening) -> None:
    evening.joins(PINO)
    restarted(evening, watched_until=1000, back_at=1200)
    evening.look(voice={PINO: GENERAL})
    evening.leaves(PINO)
    [line] = only(evening.until(1300), LogLine)
    assert (line.key, line.values["uncertain"]) == ("saved_about.voice", 1200)
    assert evening.record.uncertain_seconds == 1200


def test_a_time_saved_whose_start_nobody_knows_is_logged_as_such(evening: Evening) -> None:
    evening.look(voice={PINO: GENERAL})
    evening.leaves(PINO)
    [line] = only(evening.until(100), LogLine)
    assert (line.key, "uncertain" in line.values) == ("saved_unbounded.voice", False)
    assert evening.record.uncertain_seconds is None


def test_whoever_is_gone_is_closed_where_the_watching_ended(evening: Evening) -> None:
    evening.joins(PINO)
    restarted(evening, watched_until=1000, back_at=1200)
    evening.look()
    record = evening.record
    assert (record.state, record.reason, ago(record.ended_at)) == ("orphaned", "gap", 1000)
    assert (record.seconds, record.uncertain_seconds) == (1000, 1000)


def test_a_recovered_session_survives_the_next_restart(evening: Evening) -> None:
    evening.joins(PINO)
    restarted(evening, watched_until=1000, back_at=1200)
    evening.look(voice={PINO: GENERAL})
    restarted(evening, watched_until=2000, back_at=2200)
    evening.look(voice={PINO: LOUNGE})
    session = evening.voice_of(PINO)
    assert session is not None
    assert unknown_in(session) == [(0, 1200), (1200, 2200)]
    assert ago(session.started_at) == 0
    assert [(s.channel_name, ago(s.since), ago(s.floor)) for s in session.stays] == [
        ("General", 0, 0),
        ("Sala", 2200, 1200),
    ]


def test_two_restarts_without_a_look_between_are_one_gap(evening: Evening) -> None:
    evening.joins(PINO)
    restarted(evening, watched_until=1000, back_at=1200)
    restarted(evening, watched_until=1300, back_at=1500)
    evening.look()
    assert unknown_in(evening.record) == [(0, 1500)]


def test_before_the_first_look_no_deadline_fires(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(100)
    evening.leaves(PINO)
    restarted(evening, watched_until=110, back_at=120)
    assert evening.engine.next_deadline is None
    assert evening.until(5000) == []
    evening.look()
    assert (ago(evening.record.ended_at), evening.record.reason) == (100, "left")


def test_a_look_that_knows_nothing_keeps_the_deadlines_held(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(100)
    evening.leaves(PINO)
    restarted(evening, watched_until=110, back_at=500)
    evening.look(complete_voice=False, complete_games=False)
    evening.until(5000)
    assert evening.records == []


def test_the_look_of_one_guild_says_nothing_of_another(evening: Evening) -> None:
    evening.joins(PINO)
    restarted(evening, watched_until=100, back_at=200)
    elsewhere = evening.engine.watch_of(901)
    assert elsewhere.gap_since is None
    assert ago(evening.engine.watch_of(GUILD).gap_since) is not None
    session = evening.voice_of(PINO)
    assert session is not None
    assert ago(session.unwatched_since) == 100


def test_pending_sessions_are_not_restored_but_found(evening: Evening) -> None:
    evening.look()
    evening.until(95)
    evening.joins(PINO)
    restarted(evening, watched_until=100, back_at=200)
    assert not evening.engine.registry.count
    evening.look(voice={PINO: GENERAL})
    session = evening.voice_of(PINO)
    assert session is not None
    assert session.state == "recovered"
    [(since, until)] = unknown_in(session)
    assert since is not None
    # They may have come any time since a stay that would have been confirmed by then.
    assert since <= 90
    assert until == 200


def test_where_no_heartbeat_was_written_the_gap_begins_when_it_was_saved(
    evening: Evening,
) -> None:
    evening.joins(PINO)
    evening.until(100)
    state = evening.engine.live_state(evening.now())
    state.guilds.clear()
    evening.until(200)
    evening.engine.restore(state, evening.now())
    [session] = state.sessions
    assert ago(session.unwatched_since) == 100


def test_where_nothing_says_when_it_was_saved_the_gap_begins_when_they_were_seen(
    evening: Evening,
) -> None:
    evening.joins(PINO)
    evening.until(50)
    evening.look(voice={PINO: GENERAL})
    evening.until(100)
    state = evening.engine.live_state(evening.now())
    state.guilds.clear()
    state.saved_at = None
    evening.engine.restore(state, evening.now())
    assert ago(state.sessions[0].unwatched_since) == 50


def test_a_clock_that_was_set_back_while_nothing_ran_keeps_nobody_unwatched(
    evening: Evening,
) -> None:
    """It had run an hour ahead: all that was written is from the future."""
    evening.joins(PINO)
    evening.until(3_700)
    evening.look(voice={PINO: GENERAL})
    evening.heartbeat()
    evening.until(3_720)
    evening.shows(PINO)
    evening.restart(120)
    evening.until(130)
    evening.look(voice={PINO: GENERAL})
    session = evening.voice_of(PINO)
    assert session is not None
    assert (ago(session.started_at), ago(session.last_seen)) == (-3_600, 130)
    assert session.unwatched_since is None
    watch = evening.engine.watch_of(GUILD)
    assert (watch.gap_since, ago(watch.observed_until), ago(watch.looked_at)) == (None, 130, 130)


def test_a_file_of_a_fast_clock_is_moved_as_a_whole(evening: Evening) -> None:
    """Whoever was seen long before the watching ended was there for as long as by that clock."""
    evening.until(3_600)
    evening.joins(PINO)
    for user in (AGU, ZETA):
        evening.plays(user, OSU)
    evening.until(6_600)
    evening.heartbeat()
    evening.restart(3_060)
    session = evening.voice_of(PINO)
    assert session is not None
    assert (ago(session.started_at), ago(session.unwatched_since)) == (60, 3_060)
    assert {ago(player.started_at) for player in evening.party().players} == {60}
    evening.look(voice={PINO: GENERAL}, games=dict.fromkeys((AGU, ZETA), (OSU,)))
    evening.until(3_600)
    evening.leaves(PINO)
    evening.until(5_000)
    assert evening.record.seconds == 3_540


def test_a_gap_of_games_alone_survives_a_restart(evening: Evening) -> None:
    evening.joins(PINO)
    evening.plays(PINO, OSU)
    evening.until(100)
    evening.unwatched(since=100)
    evening.until(200)
    evening.look(voice={PINO: GENERAL}, complete_games=False)
    restarted(evening, watched_until=1000, back_at=1200)
    evening.look(voice={PINO: GENERAL}, games={PINO: (OSU,)})
    session = evening.voice_of(PINO)
    assert session is not None
    assert unknown_in(session) == [(0, 200), (200, 1200)]
    assert unknown_in(evening.game_of(PINO)) == [(0, 1200)]


@pytest.mark.parametrize("plays_on", [True, False])
def test_a_party_is_restored_with_its_players(evening: Evening, plays_on: bool) -> None:
    for user in (PINO, AGU, ZETA):
        evening.plays(user, OSU)
    evening.until(500)
    evening.plays(ZETA)
    restarted(evening, watched_until=1000, back_at=1100)
    still = {PINO: (OSU,), AGU: (OSU,)} if plays_on else {PINO: (OSU,)}
    evening.look(games=still)
    if plays_on:
        party = evening.party()
        assert (party.state, ago(party.started_at), party.max_players) == ("recovered", 0, 3)
        evening.until(1500)
        evening.plays(PINO)
        evening.look(games={AGU: (OSU,)})
        evening.until(9000)
    record = next(record for record in evening.records if record.kind == "party")
    assert record.player_ids == [PINO, AGU, ZETA]
    assert (record.seconds, record.uncertain_seconds) == (
        (1500, 1100) if plays_on else (1000, 1000)
    )


@pytest.mark.parametrize("still_there", [True, False])
def test_a_party_that_is_over_after_a_kill_was_one_for_as_long_as_its_players_were_seen(
    clock: FrozenDateTimeFactory, *, still_there: bool
) -> None:
    """They were heard of after the last heartbeat."""
    evening = Evening(clock, Settings(party_gap="end"))
    evening.look()
    for user in (PINO, AGU):
        evening.plays(user, OSU)
    evening.until(100)
    evening.heartbeat()
    for second, user in ((110, PINO), (120, AGU)):
        evening.until(second)
        evening.plays(user, OSU)
    evening.restart(200)
    if still_there:
        evening.look(games={PINO: (OSU,), AGU: (OSU,)})
    else:
        evening.tell(GuildRemoved(guild_id=GUILD, since=None))
    [record] = [record for record in evening.records if record.kind == "party"]
    assert (record.seconds, record.uncertain_seconds) == (110, 90)


def test_a_player_whose_game_is_not_restored_played_until_nobody_watched(
    evening: Evening,
) -> None:
    """It may wait for its guild still, or be of somebody who has opted out since."""
    for user in (PINO, AGU, ZETA):
        evening.plays(user, OSU)
    evening.until(1000)
    evening.heartbeat()
    evening.restart(1100, lost={ZETA})
    evening.look(games={PINO: (OSU,), AGU: (OSU,)})
    evening.until(9000)
    for user in (PINO, AGU):
        evening.plays(user)
    evening.until(20_000)
    [record] = [record for record in evening.records if record.kind == "party"]
    [zeta] = [player for player in record.players if player.user_id == ZETA]
    assert ago(zeta.ended_at) == 1000
    assert [(ago(part.start), ago(part.end)) for part in zeta.stretches] == [(1000, 1100)]
    assert (record.seconds, record.uncertain_seconds) == (9000, 1100)


def test_a_party_is_over_where_the_games_of_too_many_are_not_restored(evening: Evening) -> None:
    for user in (PINO, AGU):
        evening.plays(user, OSU)
    evening.until(1000)
    evening.heartbeat()
    evening.restart(1100, lost={AGU})
    evening.look(games={PINO: (OSU,)})
    evening.until(20_000)
    [record] = [record for record in evening.records if record.kind == "party"]
    assert (record.seconds, record.uncertain_seconds) == (1000, 1000)


def test_a_game_that_is_restored_after_its_party_is_followed_like_any_other(
    evening: Evening,
) -> None:
    for user in (PINO, AGU, ZETA):
        evening.plays(user, OSU)
    evening.until(1000)
    evening.heartbeat()
    late = evening.game_of(ZETA)
    evening.restart(1100, lost={ZETA})
    evening.engine.restore(LiveState(sessions=[late]), evening.now())
    evening.look(games=dict.fromkeys((PINO, AGU, ZETA), (OSU,)))
    evening.tell(ClockStepped(by=seconds(60)))
    [zeta] = [player for player in evening.party().players if player.user_id == ZETA]
    assert (ago(zeta.started_at), zeta.ended_at) == (60, None)


def test_a_player_comes_back_to_a_party_that_was_restored(evening: Evening) -> None:
    for user in (PINO, AGU):
        evening.plays(user, OSU)
    restarted(evening, watched_until=1000, back_at=1100)
    evening.look(games={PINO: (OSU,), AGU: (OSU,)})
    evening.until(1200)
    evening.plays(AGU)
    assert ago(evening.party().absent_since) == 1200
    evening.until(1300)
    evening.plays(AGU, OSU)
    evening.plays(ZETA, OSU)
    evening.until(1400)
    assert evening.party().absent_since is None
    assert [player.user_id for player in evening.party().players] == [PINO, AGU, ZETA]


def test_a_restart_is_silent_to_people(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(100)
    said = len(only(evening.effects, NoticeDue))
    restarted(evening, watched_until=100, back_at=200)
    evening.look(voice={PINO: GENERAL, AGU: GENERAL})
    evening.until(300)
    evening.leaves(PINO)
    evening.leaves(AGU)
    evening.until(400)
    assert len(evening.records) == 2
    assert len(only(evening.effects, NoticeDue)) == said


def test_the_state_is_saved_with_its_instant(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(50)
    evening.joins(AGU)
    evening.heartbeat()
    state = evening.engine.live_state(evening.now())
    assert [session.state for session in state.sessions] == ["confirmed"]
    assert (state.saved_at, from_datetime(evening.now())) == (at(50), at(50))
    assert [ago(watch.observed_until) for watch in state.guilds] == [50]


def test_a_session_begun_after_the_last_heartbeat_is_unwatched_since_its_start(
    evening: Evening,
) -> None:
    evening.until(30)
    evening.heartbeat()
    evening.until(50)
    evening.joins(PINO)
    evening.until(100)
    evening.restart(200)
    session = evening.voice_of(PINO)
    assert session is not None
    assert ago(session.unwatched_since) == 50


def test_what_was_pending_when_it_was_written_is_not_taken_up(evening: Evening) -> None:
    evening.joins(PINO)
    state = LiveState(sessions=[*evening.engine.sessions()])
    assert len(state.sessions) == 1
    evening.engine = SessionEngine(evening.settings)
    effects = evening.engine.restore(state, evening.now())
    assert effects == []
    assert not evening.engine.registry.count


def test_a_party_does_not_begin_again_where_the_last_one_of_an_earlier_process_did(
    clock: FrozenDateTimeFactory,
) -> None:
    """A player was away for less than the grace of a game, and more than that of a party."""
    evening = Evening(clock, Settings(party_grace=10))
    for user in (PINO, AGU):
        evening.plays(user, OSU)
    evening.until(900)
    evening.plays(AGU)
    evening.look(games={PINO: (OSU,)})
    restarted(evening, watched_until=950, back_at=960)
    evening.engine.remember_ended(evening.records)
    evening.look(games={PINO: (OSU,)})
    evening.until(1000)
    evening.plays(AGU, OSU)
    [first] = evening.records
    assert ago(first.ended_at) == 900
    assert ago(evening.party().started_at) == 1000


def stopped(evening: Evening) -> tuple[list[str], list[str]]:
    """Let the engine stop; return the kinds of session that are kept, and what the bot is told."""
    effects: list[Effect] = []
    for _session in evening.engine.confirming(evening.now(), effects):
        pass
    kept = evening.engine.live_state(evening.now()).sessions
    return sorted(each.kind for each in kept), [each.name for each in only(effects, BotEvent)]


@pytest.mark.parametrize("grace", [30, 300])
def test_whoever_was_away_as_the_settings_changed_is_so_for_as_long_as_they_say_now(
    evening: Evening, grace: float
) -> None:
    evening.joins(PINO)
    evening.until(100)
    evening.leaves(PINO)
    evening.settings = Settings(voice_grace=grace)
    effects = evening.restart(110)
    (changed,) = only(effects, SessionChanged)
    assert changed.session.deadline == Deadline(at(100 + grace), "end")
    evening.look()
    evening.until(100 + grace - 1)
    assert evening.records == []
    evening.until(100 + grace)
    assert ago(evening.record.ended_at) == 100


def test_where_they_say_what_they_did_nothing_is_written_anew(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(100)
    evening.leaves(PINO)
    assert only(evening.restart(110), SessionChanged) == []


@pytest.mark.parametrize(("stops_at", "is_kept"), [(70, True), (61, False)])
def test_whoever_came_long_ago_for_all_that_is_known_counts_when_the_engine_stops(
    evening: Evening, stops_at: float, is_kept: bool
) -> None:
    """Their connection is cut, so that nothing comes due; of who has just come nothing is kept."""
    evening.until(60)
    evening.joins(PINO)
    evening.plays(AGU, OSU)
    evening.tell(WatchPaused(guild_ids=(GUILD,), since=at(60)))
    evening.until(stops_at)
    kept, named = stopped(evening)
    assert kept == (["game", "voice"] if is_kept else [])
    assert named == ["session_confirmed"] * len(kept)


@pytest.mark.parametrize(("since", "is_kept"), [(40, True), (55, False)])
def test_whoever_may_count_as_they_are_heard_of_is_restored_after_a_kill(
    evening: Evening, since: float, is_kept: bool
) -> None:
    """Nobody can say that they came only just before the kill."""
    evening.until(60)
    evening.joins(PINO, since=since)
    evening.plays(AGU, OSU, since=since)
    evening.until(61)
    evening.restart(70)
    assert evening.engine.counts() == ({"voice": 1, "game": 1} if is_kept else {})


def test_whoever_came_just_before_a_gap_does_not_count_when_the_engine_stops_within_it(
    evening: Evening,
) -> None:
    """Nobody can say that they were there for long enough."""
    evening.joins(PINO)
    evening.plays(AGU, OSU)
    evening.until(5)
    evening.unwatched(5)
    evening.until(60)
    assert stopped(evening) == ([], [])
