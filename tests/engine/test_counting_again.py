"""Whoever counts from now on may be there already: what is heard next is not their coming."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from engine import (
    ActivitySeen,
    Call,
    Channel,
    ClockStepped,
    GuildReport,
    MemberRemoved,
    OptedIn,
    OptedOut,
    PeopleCounted,
    PresenceObserved,
    SessionEngine,
    Settings,
    VoiceObserved,
    WatchLost,
    WatchPaused,
)
from machines import from_datetime, seconds
from tests.engine.evening import AGU, GUILD, LOUNGE, PINO, ZETA, Evening, ago, at, unknown_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from freezegun.api import FrozenDateTimeFactory

OSU, CHESS = "osu!", "Chess"


@pytest.fixture
def looked_at(evening: Evening) -> Evening:
    """An evening in which everybody was looked at, and nobody found."""
    evening.look()
    evening.until(60)
    return evening


def count_again(evening: Evening, guild_id: int | None = GUILD) -> None:
    evening.tell(OptedIn(user_id=PINO, guild_id=guild_id))


@pytest.mark.parametrize("guild_id", [GUILD, None])
def test_they_are_found_where_they_are_heard_of_next(
    looked_at: Evening, guild_id: int | None
) -> None:
    count_again(looked_at, guild_id)
    looked_at.until(90)
    looked_at.shows(PINO)
    looked_at.plays(PINO, OSU)
    for session in (looked_at.voice_of(PINO), looked_at.game_of(PINO)):
        assert session is not None
        assert (session.state, unknown_in(session)) == ("recovered", [(60, 90)])


def be_in_no_channel(evening: Evening) -> None:
    evening.leaves(PINO)
    evening.plays(PINO)


def leave_the_guild(evening: Evening) -> None:
    evening.tell(MemberRemoved(guild_id=GUILD, user_id=PINO))


def be_in_no_channel_by_a_sighting(evening: Evening) -> None:
    for voice in (True, False):
        now = from_datetime(evening.now())
        assert evening.engine.sightings.has_none(GUILD, PINO, now, voice=voice)


def are_seen_to_come(evening: Evening) -> None:
    """Have somebody come an hour later, and hold that nothing is in doubt of it."""
    evening.until(3600)
    evening.joins(PINO)
    evening.plays(PINO, OSU)
    for session in (evening.voice_of(PINO), evening.game_of(PINO)):
        assert session is not None
        assert (session.state, session.stretches) == ("pending", ())


@pytest.mark.parametrize("do", [be_in_no_channel, leave_the_guild, be_in_no_channel_by_a_sighting])
@pytest.mark.parametrize("guild_id", [GUILD, None])
def test_once_they_were_heard_of_they_are_seen_to_come(
    looked_at: Evening, guild_id: int | None, do: Callable[[Evening], None]
) -> None:
    count_again(looked_at, guild_id)
    looked_at.until(90)
    do(looked_at)
    are_seen_to_come(looked_at)


@pytest.mark.parametrize("guild_id", [GUILD, None])
def test_whoever_a_later_look_did_not_see_is_seen_to_come(
    looked_at: Evening, guild_id: int | None
) -> None:
    count_again(looked_at, guild_id)
    looked_at.until(90)
    looked_at.look()
    are_seen_to_come(looked_at)


@pytest.mark.parametrize("guild_id", [GUILD, None])
def test_so_is_whom_a_later_look_that_is_under_way_did_not_see_when_it_came_to_them_first(
    looked_at: Evening, guild_id: int | None
) -> None:
    count_again(looked_at, guild_id)
    looked_at.until(90)
    nobody = GuildReport(
        guild_id=GUILD, source="rest", at=at(90), complete_voice=True, complete_games=True
    )
    look = looked_at.engine.begin(nobody)
    for games in (False, True):
        looked_at.engine.take_first(look, PINO, looked_at.now(), games=games)
    are_seen_to_come(looked_at)


@pytest.mark.parametrize("guild_id", [GUILD, None])
def test_a_look_from_before_finds_nobody(looked_at: Evening, guild_id: int | None) -> None:
    count_again(looked_at, guild_id)
    looked_at.until(62)
    looked_at.look({PINO: LOUNGE}, {PINO: (OSU,)}, taken_at=59)
    assert not list(looked_at.engine.sessions())
    looked_at.until(90)
    looked_at.shows(PINO)
    looked_at.plays(PINO, OSU)
    for session in (looked_at.voice_of(PINO), looked_at.game_of(PINO)):
        assert session is not None
        assert unknown_in(session) == [(60, 90)]


def test_that_it_is_told_late_is_part_of_what_is_unknown(looked_at: Evening) -> None:
    looked_at.until(90)
    looked_at.tell(OptedIn(user_id=PINO, guild_id=GUILD, since=at(70)))
    looked_at.until(100)
    looked_at.shows(PINO)
    session = looked_at.voice_of(PINO)
    assert session is not None
    assert unknown_in(session) == [(70, 100)]


def test_whoever_has_a_session_goes_on_and_comes_anew_when_they_come_back(
    looked_at: Evening,
) -> None:
    looked_at.joins(PINO)
    looked_at.plays(PINO, OSU)
    looked_at.until(120)
    count_again(looked_at)
    looked_at.leaves(PINO)
    looked_at.plays(PINO)
    looked_at.until(3600)
    assert [each.seconds for each in looked_at.records] == [60, 60]
    looked_at.joins(PINO)
    looked_at.plays(PINO, OSU)
    for session in (looked_at.voice_of(PINO), looked_at.game_of(PINO)):
        assert session is not None
        assert (session.state, session.stretches) == ("pending", ())


def test_who_is_away_while_they_do_not_count_does_not_come_back_to_that_stay(
    looked_at: Evening,
) -> None:
    """As whoever has a role for a moment by which they are not tracked."""
    looked_at.joins(PINO)
    looked_at.until(120)
    looked_at.leaves(PINO)
    looked_at.until(125)
    count_again(looked_at)
    looked_at.until(140)
    looked_at.shows(PINO)
    [record] = looked_at.records
    assert (ago(record.ended_at), record.reason) == (120, "left")
    session = looked_at.voice_of(PINO)
    assert session is not None
    assert (session.state, unknown_in(session)) == ("recovered", [(125, 140)])


def test_who_is_away_from_what_nobody_watched_since_is_away_from_it_still(
    looked_at: Evening,
) -> None:
    """Also where that comes to them only now, for it is done in turns."""
    for user in (AGU, ZETA, PINO):
        looked_at.joins(user)
    looked_at.until(120)
    looked_at.leaves(PINO)
    looked_at.until(125)
    now = looked_at.now()
    lost = WatchLost(guild_ids=(GUILD,), since=at(110))
    looked_at.engine.observe(lost, now, lambda: True)
    looked_at.engine.observe(OptedIn(user_id=PINO, guild_id=GUILD), now, lambda: True)
    session = looked_at.voice_of(PINO)
    assert session is not None
    assert session.is_live
    assert session.unwatched_since is not None


@pytest.mark.parametrize("guild_id", [GUILD, None])
def test_a_clock_that_is_set_before_or_since_moves_when_they_count(
    looked_at: Evening, guild_id: int | None
) -> None:
    for until in (1060, 2060):
        looked_at.clock.move_to(looked_at.now() + timedelta(seconds=1000))
        looked_at.tell(ClockStepped(by=seconds(1000)))
        assert ago(from_datetime(looked_at.now())) == until
        if until == 1060:
            count_again(looked_at, guild_id)
    looked_at.until(2090)
    looked_at.shows(PINO)
    session = looked_at.voice_of(PINO)
    assert session is not None
    assert unknown_in(session) == [(2060, 2090)]


def test_whoever_is_in_a_channel_that_counts_by_now_is_found_there(looked_at: Evening) -> None:
    looked_at.tell(PeopleCounted(guild_id=GUILD, user_ids=frozenset({PINO})))
    looked_at.until(90)
    looked_at.shows(PINO, LOUNGE)
    looked_at.plays(PINO, OSU)
    session = looked_at.voice_of(PINO)
    assert session is not None
    assert (session.state, unknown_in(session)) == ("recovered", [(60, 90)])
    assert looked_at.game_of(PINO).state == "pending", "that is about voice alone"


def test_where_nobody_is_found_they_count_from_what_is_heard_of_them_on(
    clock: FrozenDateTimeFactory,
) -> None:
    evening = Evening(clock, Settings(recover_missing=False))
    evening.look()
    evening.until(60)
    count_again(evening, None)
    evening.until(90)
    evening.joins(PINO)
    evening.plays(PINO, OSU)
    voice, game = evening.voice_of(PINO), evening.game_of(PINO)
    assert voice is not None
    assert (ago(voice.started_at), voice.stretches) == (90, ()), "where they were is known"
    assert (ago(game.started_at), unknown_in(game)) == (90, [(60, 90)])


def test_that_somebody_was_not_seen_where_nothing_may_have_counted_proves_no_absence(
    looked_at: Evening,
) -> None:
    """Whoever asks Discord while the connection is cut goes by the channels of before the cut."""
    looked_at.joins(PINO)
    looked_at.until(120)
    looked_at.leaves(PINO)
    looked_at.until(130)
    looked_at.tell(WatchPaused(guild_ids=(GUILD,), since=at(130)))
    looked_at.until(160)
    looked_at.show(
        GuildReport(guild_id=GUILD, source="rest", at=at(160), looked_voice=frozenset({PINO}))
    )
    looked_at.until(200)
    looked_at.tell(PeopleCounted(guild_id=GUILD, user_ids=frozenset({PINO}), since=at(130)))
    looked_at.shows(PINO)
    [record] = looked_at.records
    assert (ago(record.ended_at), record.reason) == (120, "left")
    session = looked_at.voice_of(PINO)
    assert session is not None
    assert unknown_in(session) == [(130, 200)]


def test_of_many_who_were_away_each_is_back_at_a_turn_of_their_own(looked_at: Evening) -> None:
    """What is heard of one of them meanwhile comes behind the end of their stay."""
    for user in (PINO, AGU, ZETA):
        looked_at.joins(user)
    looked_at.until(120)
    for user in (PINO, AGU, ZETA):
        looked_at.leaves(user)
    looked_at.until(130)
    counted = PeopleCounted(guild_id=GUILD, user_ids=frozenset({PINO, AGU, ZETA}))
    looked_at.tell(counted, is_time_up=lambda: True)
    assert len(looked_at.records) == 1
    looked_at.until(140)
    user, _other = {PINO, AGU, ZETA} - {looked_at.record.user_id}
    looked_at.shows(user)
    session = looked_at.voice_of(user)
    assert session is not None
    assert (session.state, unknown_in(session)) == ("recovered", [(130, 140)])
    looked_at.sweep()
    assert [ago(each.ended_at) for each in looked_at.records] == [120, 120, 120]


@pytest.mark.parametrize("is_game", [False, True])
def test_whoever_is_none_of_them_and_comes_back_meanwhile_goes_on(
    looked_at: Evening, *, is_game: bool
) -> None:
    for user in (PINO, AGU, ZETA):
        looked_at.joins(user)
        looked_at.plays(user, OSU)
    looked_at.until(120)
    for user in (PINO, AGU, ZETA):
        looked_at.leaves(user)
        looked_at.plays(user)
    looked_at.until(125)
    counted = PeopleCounted(guild_id=GUILD, user_ids=frozenset({PINO, AGU}), games=is_game)
    looked_at.tell(counted, is_time_up=lambda: True)
    looked_at.until(127)
    looked_at.joins(ZETA)
    looked_at.plays(ZETA, OSU)
    looked_at.plays(PINO, OSU)
    voice, game = looked_at.voice_of(ZETA), looked_at.game_of(ZETA)
    assert voice is not None
    assert (ago(voice.started_at), ago(game.started_at)) == (60, 60)
    assert ago(looked_at.game_of(PINO).started_at) == (127 if is_game else 60)


@pytest.mark.parametrize("is_slow", [False, True])
def test_what_befell_the_guild_before_comes_to_those_who_count_again_first(
    looked_at: Evening, *, is_slow: bool
) -> None:
    for user in (PINO, AGU):
        looked_at.joins(user)
    looked_at.until(120)
    for user in (PINO, AGU):
        looked_at.leaves(user)
    looked_at.until(130)
    lost = WatchLost(guild_ids=(GUILD,), since=at(110))
    looked_at.tell(lost, is_time_up=lambda: is_slow)
    looked_at.tell(PeopleCounted(guild_id=GUILD, user_ids=frozenset({PINO, AGU})))
    looked_at.sweep()
    assert looked_at.records == []
    for user in (PINO, AGU):
        session = looked_at.voice_of(user)
        assert session is not None
        assert (ago(session.absent_since), ago(session.unwatched_since)) == (120, 110)


def test_a_look_between_the_cut_and_the_news_says_nothing_of_what_came_after_it(
    looked_at: Evening,
) -> None:
    """Since when they count nobody knows: it may have been after that look, or before it."""
    looked_at.until(100)
    looked_at.look()
    looked_at.until(120)
    looked_at.tell(PeopleCounted(guild_id=GUILD, user_ids=frozenset({PINO}), since=at(80)))
    looked_at.until(130)
    looked_at.shows(PINO)
    session = looked_at.voice_of(PINO)
    assert session is not None
    assert (session.state, unknown_in(session)) == ("recovered", [(80, 130)])


@pytest.mark.parametrize("taken_at", [80, 100])
def test_a_look_from_before_the_news_proves_nothing_of_later_whenever_it_is_taken_in(
    looked_at: Evening, taken_at: float
) -> None:
    looked_at.until(120)
    looked_at.tell(PeopleCounted(guild_id=GUILD, user_ids=frozenset({PINO}), since=at(80)))
    looked_at.look(taken_at=taken_at)
    looked_at.until(130)
    looked_at.shows(PINO)
    session = looked_at.voice_of(PINO)
    assert session is not None
    assert unknown_in(session) == [(80, 130)]


def test_whoever_such_a_look_has_found_is_seen_to_come_the_next_time(looked_at: Evening) -> None:
    looked_at.until(120)
    looked_at.tell(OptedIn(user_id=PINO, guild_id=GUILD, since=at(80)))
    looked_at.look({PINO: LOUNGE}, {PINO: (OSU,)}, taken_at=100)
    looked_at.until(140)
    be_in_no_channel(looked_at)
    looked_at.until(3000)
    assert not list(looked_at.engine.sessions())
    are_seen_to_come(looked_at)


def is_found_playing_in_the_time_in_which_they_came_to_count(evening: Evening) -> None:
    evening.until(120)
    evening.tell(OptedIn(user_id=PINO, guild_id=GUILD, since=at(80)))
    evening.look(games={PINO: (OSU,)}, taken_at=100)
    assert unknown_in(evening.game_of(PINO)) == [(80, 100)]


def test_what_else_they_play_by_then_they_may_have_opened_before_they_counted(
    looked_at: Evening,
) -> None:
    is_found_playing_in_the_time_in_which_they_came_to_count(looked_at)
    looked_at.until(140)
    looked_at.plays(PINO, OSU, CHESS)
    _found, other = looked_at.games_of(PINO)
    assert (other.game_name, other.state, unknown_in(other)) == (CHESS, "recovered", [(80, 140)])


def test_what_they_played_and_were_found_to_have_closed_is_not_theirs_once_more(
    looked_at: Evening,
) -> None:
    is_found_playing_in_the_time_in_which_they_came_to_count(looked_at)
    looked_at.until(130)
    looked_at.look(
        source="rest", complete_voice=False, complete_games=False, looked_games=frozenset({PINO})
    )
    assert (looked_at.record.reason, unknown_in(looked_at.record)[-1]) == (
        "leave_missed",
        (100, 130),
    )
    looked_at.until(140)
    looked_at.plays(PINO, OSU)
    assert unknown_in(looked_at.game_of(PINO)) == [(130, 140)]


def by_an_event(evening: Evening) -> None:
    evening.plays(PINO, OSU)


def by_a_sighting(evening: Evening) -> None:
    playing = evening.engine.registry.games_of(GUILD, PINO)
    now = from_datetime(evening.now())
    assert evening.engine.sightings.plays_on(GUILD, PINO, playing, now)


@pytest.mark.parametrize("heard", [by_an_event, by_a_sighting])
def test_unless_they_were_heard_to_play_nothing_else_since(
    looked_at: Evening, heard: Callable[[Evening], None]
) -> None:
    is_found_playing_in_the_time_in_which_they_came_to_count(looked_at)
    looked_at.until(130)
    heard(looked_at)
    looked_at.until(140)
    looked_at.plays(PINO, OSU, CHESS)
    _found, other = looked_at.games_of(PINO)
    assert (other.game_name, other.state, unknown_in(other)) == (CHESS, "pending", [])


def test_nor_is_anything_credited_of_what_was_before_such_a_look(looked_at: Evening) -> None:
    """What had ended by then is forgotten for it, and is written down already."""
    looked_at.until(100)
    looked_at.look()
    looked_at.until(120)
    looked_at.tell(OptedIn(user_id=PINO, guild_id=GUILD, since=at(80)))
    looked_at.until(130)
    looked_at.plays(PINO, ActivitySeen(OSU, None, "playing", at(10)))
    game = looked_at.game_of(PINO)
    assert (ago(game.started_at), unknown_in(game)) == (100, [(80, 100), (100, 130)])


def a_run_later(evening: Evening, since: float) -> tuple[SessionEngine, datetime]:
    """Return another process, an hour later, that is told since when somebody counts."""
    state = evening.engine.live_state(evening.now())
    engine = SessionEngine(Settings())
    now = evening.now() + timedelta(hours=1)
    engine.restore(state, now)
    engine.remember_counting(PINO, at(since), now)
    return engine, now


def look_of(engine: SessionEngine, now: datetime) -> None:
    """Look at somebody in a call of their own, and with a game, that began long before."""
    channel = Channel(LOUNGE.id, LOUNGE.name)
    seen = VoiceObserved(guild_id=GUILD, user_id=PINO, username="Pino", channel=channel)
    osu = ActivitySeen(OSU, began_at=at(-3600))
    plays = PresenceObserved(guild_id=GUILD, user_id=PINO, username="Pino", activities=(osu,))
    report = GuildReport(
        guild_id=GUILD,
        source="guild_create",
        at=from_datetime(now),
        voice={PINO: seen},
        games={PINO: plays},
        complete_voice=True,
        complete_games=True,
        calls={LOUNGE.id: Call(at(-3600), 1)},
    )
    engine.validate(report, now)


@pytest.mark.parametrize("is_looked_at", [True, False])
def test_so_they_are_after_a_restart_and_nothing_is_of_before(
    evening: Evening, *, is_looked_at: bool
) -> None:
    if is_looked_at:
        evening.look()
    evening.until(60)
    engine, now = a_run_later(evening, since=50)
    look_of(engine, now)
    found = engine.sessions_of(GUILD, PINO)
    assert sorted(each.kind for each in found) == ["game", "voice"]
    for each in found:
        assert (each.state, each.started_at, each.unbounded) == ("recovered", at(50), False)


def test_a_look_of_the_run_before_that_did_not_see_them_tells_more(looked_at: Evening) -> None:
    looked_at.look()
    engine, now = a_run_later(looked_at, since=50)
    look_of(engine, now)
    assert {each.earliest_start for each in engine.sessions_of(GUILD, PINO)} == {at(60)}


def test_and_so_does_the_look_with_which_a_run_begins(looked_at: Evening) -> None:
    engine, now = a_run_later(looked_at, since=50)
    nobody = GuildReport(
        guild_id=GUILD,
        source="guild_create",
        at=from_datetime(now),
        complete_voice=True,
        complete_games=True,
    )
    engine.validate(nobody, now)
    later = now + timedelta(minutes=1)
    channel = Channel(LOUNGE.id, LOUNGE.name)
    come = VoiceObserved(guild_id=GUILD, user_id=PINO, username="Pino", channel=channel)
    engine.observe(come, later)
    [session] = engine.sessions_of(GUILD, PINO)
    assert (session.state, session.stretches) == ("pending", ())


def test_what_a_fast_clock_has_written_is_of_no_later_than_the_restart(looked_at: Evening) -> None:
    engine, now = a_run_later(looked_at, since=9_999_999)
    look_of(engine, now)
    assert [each.started_at for each in engine.sessions_of(GUILD, PINO)] == 2 * [from_datetime(now)]


def be_forgotten(evening: Evening) -> None:
    evening.until(50)
    evening.joins(PINO)
    evening.until(60)
    evening.tell(OptedOut(guild_id=GUILD, user_id=PINO))


def opt_in(evening: Evening) -> None:
    evening.until(60)
    count_again(evening, None)


@pytest.mark.parametrize("come_to_count", [opt_in, be_forgotten])
def test_nothing_is_of_before_though_they_were_heard_of_since(
    evening: Evening, come_to_count: Callable[[Evening], None]
) -> None:
    """The last look at everybody did not see them, for they did not count then."""
    evening.look()
    come_to_count(evening)
    evening.until(90)
    be_in_no_channel(evening)
    evening.until(100)
    evening.tell(WatchLost(guild_ids=(GUILD,), since=at(95)))
    evening.until(200)
    look_of(evening.engine, evening.now())
    for session in (evening.voice_of(PINO), evening.game_of(PINO)):
        assert session is not None
        assert session.earliest_start == at(60)


def test_nor_where_the_clock_was_set_before_or_since(looked_at: Evening) -> None:
    for until in (1060, 2060):
        looked_at.clock.move_to(looked_at.now() + timedelta(seconds=1000))
        looked_at.tell(ClockStepped(by=seconds(1000)))
        assert ago(from_datetime(looked_at.now())) == until
        if until == 1060:
            count_again(looked_at, None)
            be_in_no_channel(looked_at)
    looked_at.tell(WatchLost(guild_ids=(GUILD,), since=at(2060)))
    looked_at.until(2200)
    look_of(looked_at.engine, looked_at.now())
    for session in (looked_at.voice_of(PINO), looked_at.game_of(PINO)):
        assert session is not None
        assert session.earliest_start == at(2060)
