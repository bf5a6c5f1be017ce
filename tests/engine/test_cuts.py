"""Cuts: a connection is gone, and nobody knows yet whether anything will have been missed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from engine import ClockStepped, GuildRemoved, MemberRemoved, WatchLost, WatchPaused, WatchResumed
from engine.shifting import shift_whole
from machines import SECOND, LiveState, NoticeDue, WatchChanged, spans
from tests.engine.disk import Disk
from tests.engine.evening import AGU, GENERAL, GUILD, PINO, START, ZETA, Evening, ago, at, only

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine import Channel
    from machines import Effect, GuildWatch, Record


@pytest.fixture
def disk(evening: Evening) -> Disk:
    return Disk(evening)


def cut(evening: Evening, since: float) -> list[Effect]:
    return evening.tell(WatchPaused(guild_ids=(GUILD,), since=at(since)))


def seen_by_asking(evening: Evening, user: int) -> None:
    """Discord is asked about somebody by another way than the connection, and they are there."""
    _asked(evening, user, {user: GENERAL})


def gone_by_asking(evening: Evening, user: int) -> None:
    """They are not there."""
    _asked(evening, user, {})


def _asked(evening: Evening, user: int, voice: Mapping[int, Channel]) -> None:
    evening.look(
        voice=voice,
        source="rest",
        complete_voice=False,
        complete_games=False,
        looked_voice=frozenset({user}),
    )


def saved(evening: Evening) -> GuildWatch:
    """Return what a restart would find of the guild."""
    [watch] = evening.engine.live_state(evening.now()).guilds
    return watch


def sits_until_1000(evening: Evening, disk: Disk) -> None:
    """Pino is there from the start; the last heartbeat is of 970."""
    evening.look()
    evening.joins(PINO)
    evening.until(970)
    evening.heartbeat()
    evening.until(1000)
    disk.write_anew()


def is_asked_about(evening: Evening, disk: Disk, second: float) -> None:
    """A check sees Pino, and then everything is written."""
    evening.until(second)
    seen_by_asking(evening, PINO)
    disk.write_anew()


def found_and_left(evening: Evening) -> Record:
    """Pino is there at the first look, and leaves at 2500."""
    evening.look(voice={PINO: GENERAL})
    evening.until(2500)
    evening.leaves(PINO)
    evening.until(4500)
    return evening.record


def is_time_up() -> bool:
    return True


def certain(record: Record) -> list[tuple[float | None, float | None]]:
    timeline = spans(record.started_at, record.ended_at, record.stretches)
    return [(ago(each.start), ago(each.end)) for each in timeline if each.value == "present"]


def vouches_for_nothing(record: Record, since: float, until: float) -> bool:
    return all((end or 0) <= since or (start or 0) >= until for start, end in certain(record))


def test_a_cut_is_written_down_at_once_and_is_no_gap_yet(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(60)
    [changed] = only(cut(evening, since=50), WatchChanged)
    assert (ago(changed.watch.cut_since), changed.watch.gap_since) == (50, None)


def test_the_first_cut_counts_until_the_connection_stands_again(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(60)
    cut(evening, since=50)
    evening.until(90)
    assert not only(cut(evening, since=80), WatchChanged)
    assert ago(saved(evening).cut_since) == 50


def test_a_resume_takes_back_what_was_written_of_the_cut(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(60)
    cut(evening, since=50)
    evening.until(90)
    [changed] = only(evening.tell(WatchResumed(guild_ids=(GUILD,))), WatchChanged)
    assert (changed.watch.cut_since, changed.watch.gap_since) == (None, None)


def test_a_new_session_makes_a_gap_of_it(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(60)
    cut(evening, since=50)
    evening.until(90)
    *_, changed = only(evening.unwatched(since=50), WatchChanged)
    assert (changed.watch.cut_since, ago(changed.watch.gap_since)) == (None, 50)


def test_a_cut_in_an_outage_is_noted_and_the_outage_goes_on(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(60)
    evening.unwatched(since=40)
    [changed] = only(cut(evening, since=50), WatchChanged)
    assert (ago(changed.watch.cut_since), ago(changed.watch.gap_since)) == (50, 40)


def test_a_cut_moves_with_a_clock_that_is_set(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(1000)
    cut(evening, since=990)
    evening.clock.move_to(START + timedelta(seconds=500))
    [changed] = only(evening.tell(ClockStepped(by=-500 * SECOND)), WatchChanged)
    assert ago(changed.watch.cut_since) == 490


@pytest.mark.parametrize("is_seen", [False, True])
@pytest.mark.parametrize("is_killed", [False, True])
def test_nobody_vouches_for_what_was_between_a_cut_and_a_look_in_it(
    evening: Evening, *, is_seen: bool, is_killed: bool
) -> None:
    evening.look()
    evening.joins(PINO)
    evening.until(970)
    evening.heartbeat()
    evening.until(1000)
    cut(evening, since=990)
    evening.until(1300)
    if is_seen:
        seen_by_asking(evening, PINO)
    evening.until(1400)
    if is_killed:
        evening.restart(1500)
    else:
        evening.until(1500)
        evening.unwatched(since=990)
    evening.look(voice={PINO: GENERAL})
    evening.until(2000)
    evening.leaves(PINO)
    evening.until(4000)
    record = evening.record
    assert certain(record)[-1] == (1500, 2000)
    assert vouches_for_nothing(record, 990, 1500)
    assert (record.seconds, record.uncertain_seconds) == (2000, 512 if is_seen else 1500)


def test_whoever_joins_a_guild_that_was_left_in_a_cut_and_is_joined_again_is_confirmed(
    evening: Evening,
) -> None:
    """It is in no list as the connection is resumed, so nothing else lets go of its deadlines."""
    evening.look()
    evening.until(1000)
    cut(evening, since=990)
    evening.tell(GuildRemoved(guild_id=GUILD))
    evening.tell(WatchResumed(guild_ids=()))
    evening.until(2000)
    evening.look()
    evening.joins(PINO)
    evening.until(2100)
    voice = evening.voice_of(PINO)
    assert voice is not None
    assert voice.state == "confirmed"


def test_what_was_seen_in_a_cut_stays_doubtful_if_killed_once_a_new_session_has_begun(
    evening: Evening, disk: Disk
) -> None:
    sits_until_1000(evening, disk)
    cut(evening, since=990)
    is_asked_about(evening, disk, 1300)
    evening.until(1400)
    evening.unwatched(since=990)
    disk.restart(1500)
    assert vouches_for_nothing(found_and_left(evening), 990, 1500)


def test_what_was_seen_in_a_cut_is_doubtful_on_the_disk_while_a_new_session_is_taken_in(
    evening: Evening, disk: Disk
) -> None:
    """As long as somebody's doubt is not written, the cut is."""
    sits_until_1000(evening, disk)
    cut(evening, since=990)
    is_asked_about(evening, disk, 1300)
    lost, engine = WatchLost(guild_ids=(GUILD,), since=at(990)), evening.engine
    disk.take(engine.observe(lost, evening.now(), is_time_up))
    while engine.is_sweeping:
        [watch], [session] = disk.state().guilds, disk.state().sessions
        assert watch.cut_since is not None or session.stretches
        disk.take(engine.sweep(evening.now(), is_time_up))
    [watch], [session] = disk.state().guilds, disk.state().sessions
    assert (watch.cut_since, bool(session.stretches)) == (None, True)


def test_what_was_seen_in_a_cut_stays_doubtful_over_two_kills(evening: Evening, disk: Disk) -> None:
    sits_until_1000(evening, disk)
    cut(evening, since=990)
    is_asked_about(evening, disk, 1300)
    disk.restart(1500)
    evening.until(1510)
    evening.unwatched(since=1505)
    disk.restart(1600)
    assert vouches_for_nothing(found_and_left(evening), 990, 1600)


def test_a_cut_is_known_over_two_kills_with_nothing_between(evening: Evening, disk: Disk) -> None:
    sits_until_1000(evening, disk)
    cut(evening, since=990)
    is_asked_about(evening, disk, 1300)
    disk.restart(1500)
    disk.restart(1600)
    assert vouches_for_nothing(found_and_left(evening), 990, 1600)


def test_a_cut_in_a_gap_that_has_gone_on_since_a_sleep_makes_what_is_seen_in_it_doubtful(
    evening: Evening, disk: Disk
) -> None:
    """Over a sleep the connection may have stood: then no guild comes anew and ends the gap."""
    sits_until_1000(evening, disk)
    evening.unwatched(since=990)
    is_asked_about(evening, disk, 1010)
    evening.until(1200)
    cut(evening, since=1200)
    is_asked_about(evening, disk, 1400)
    disk.restart(1500)
    assert vouches_for_nothing(found_and_left(evening), 1200, 1500)


def test_after_a_kill_in_a_cut_in_an_outage_nobody_was_watched_since_the_outage_began(
    evening: Evening, disk: Disk
) -> None:
    sits_until_1000(evening, disk)
    evening.unwatched(since=990)
    evening.until(1200)
    cut(evening, since=1150)
    disk.restart(1500)
    voice = evening.voice_of(PINO)
    assert voice is not None
    assert (ago(voice.unwatched_since) or 0) <= 990


@pytest.mark.parametrize("is_asked", [False, True])
def test_a_machine_that_sleeps_in_a_cut_has_watched_nothing_since_the_cut(
    evening: Evening, disk: Disk, *, is_asked: bool
) -> None:
    sits_until_1000(evening, disk)
    cut(evening, since=990)
    if is_asked:
        is_asked_about(evening, disk, 1250)
    evening.until(1300)
    evening.late(1400)
    evening.unwatched(since=1300, slept=True)
    assert ago(saved(evening).cut_since) == 990
    evening.until(1500)
    evening.unwatched(since=990)
    assert saved(evening).cut_since is None
    assert vouches_for_nothing(found_and_left(evening), 990, 1500)


@pytest.mark.parametrize("is_asked", [False, True])
def test_whoever_is_gone_after_a_sleep_in_a_cut_was_last_seen_before_it(
    evening: Evening, disk: Disk, *, is_asked: bool
) -> None:
    sits_until_1000(evening, disk)
    cut(evening, since=990)
    if is_asked:
        is_asked_about(evening, disk, 1250)
    evening.late(1400)
    evening.unwatched(since=1300, slept=True)
    evening.until(1500)
    evening.unwatched(since=990)
    evening.look()
    assert ago(evening.record.ended_at) == (1250 if is_asked else 990)
    assert vouches_for_nothing(evening.record, 990, 1500)


def test_an_earlier_cut_moves_with_a_clock_that_is_set_before_its_sessions_are_taken_up(
    evening: Evening, disk: Disk
) -> None:
    """Those of a file that names no guild wait until theirs is found."""
    sits_until_1000(evening, disk)
    cut(evening, since=990)
    is_asked_about(evening, disk, 1300)
    state = disk.state()
    evening.take_up(LiveState(guilds=state.guilds), 1500)
    evening.clock.move_to(START + timedelta(seconds=1000))
    evening.tell(ClockStepped(by=-500 * SECOND))
    [session] = state.sessions
    shift_whole(session, -500 * SECOND)
    evening.engine.restore(LiveState(sessions=[session]), evening.now())
    voice = evening.voice_of(PINO)
    assert voice is not None
    assert ago(voice.unwatched_since) == 490


@pytest.mark.parametrize("is_killed", [False, True])
def test_whoever_was_seen_and_then_gone_in_one_cut_is_vouched_for_no_longer_than_to_the_cut(
    evening: Evening, disk: Disk, *, is_killed: bool
) -> None:
    """They may have gone and come back in between: nobody would have heard of it."""
    sits_until_1000(evening, disk)
    cut(evening, since=990)
    is_asked_about(evening, disk, 1300)
    evening.until(1400)
    gone_by_asking(evening, PINO)
    evening.until(1500)
    if is_killed:
        disk.restart(1600)
    else:
        evening.unwatched(since=990)
    evening.look()
    evening.until(4500)
    assert vouches_for_nothing(evening.record, 990, 1600)
    assert ago(evening.record.ended_at) == 1300


def test_an_audit_ends_a_gap_that_nothing_else_would_end(evening: Evening, disk: Disk) -> None:
    """After a short sleep the connection stands, or is resumed, and no guild comes anew."""
    sits_until_1000(evening, disk)
    evening.late(1030)
    evening.unwatched(since=1000)
    evening.until(2000)
    evening.look(voice={PINO: GENERAL, AGU: GENERAL}, source="audit")
    assert saved(evening).gap_since is None
    evening.until(2100)
    evening.joins(ZETA)
    zeta = evening.voice_of(ZETA)
    assert zeta is not None
    assert not zeta.stretches
    assert evening.voice_of(AGU) is not None


def test_an_audit_ends_no_gap_while_the_connection_is_cut(evening: Evening, disk: Disk) -> None:
    """What follows it would not be heard."""
    sits_until_1000(evening, disk)
    evening.unwatched(since=1000)
    evening.until(1900)
    cut(evening, since=1900)
    evening.until(2000)
    evening.look(source="audit")
    assert evening.records == []
    assert ago(saved(evening).gap_since) == 1000


def test_what_an_audit_says_is_doubtful_from_the_cut_on_if_that_is_found_out_afterwards(
    evening: Evening, disk: Disk
) -> None:
    sits_until_1000(evening, disk)
    evening.unwatched(since=1000)
    evening.until(1300)
    evening.look(voice={PINO: GENERAL}, source="audit")
    assert saved(evening).gap_since is None
    evening.until(1400)
    cut(evening, since=1200)  # the connection was dead already: nothing had come since
    evening.until(1500)
    evening.unwatched(since=1200)
    assert ago(saved(evening).gap_since) == 1200
    assert vouches_for_nothing(found_and_left(evening), 1000, 1500)


def test_a_guild_that_comes_back_ends_a_cut_that_no_resume_has_named(
    evening: Evening, disk: Disk
) -> None:
    sits_until_1000(evening, disk)
    cut(evening, since=990)
    evening.tell(WatchResumed(guild_ids=()))
    evening.until(1200)
    evening.look(voice={PINO: GENERAL}, source="audit")
    assert ago(saved(evening).cut_since) == 990
    evening.look(voice={PINO: GENERAL})
    assert saved(evening).cut_since is None


@pytest.mark.parametrize("in_between", [True, False])
def test_a_cut_that_begins_while_what_the_last_one_cost_is_taken_in_is_noted(
    evening: Evening, disk: Disk, *, in_between: bool
) -> None:
    sits_until_1000(evening, disk)
    evening.joins(AGU)
    cut(evening, since=1010)
    evening.until(1100)
    engine, now = evening.engine, evening.now()
    engine.observe(WatchLost(guild_ids=(GUILD,), since=at(1010)), now, is_time_up)
    engine.observe(WatchPaused(guild_ids=(GUILD,), since=at(1095)), now, is_time_up)
    if in_between:
        gone = MemberRemoved(guild_id=GUILD, user_id=AGU)
        engine.observe(gone, now, is_time_up)
    while engine.is_sweeping:
        engine.sweep(now)
    assert saved(evening).cut_since is not None


def test_a_guild_that_is_left_while_its_cut_is_taken_in_is_written_down_no_more(
    evening: Evening, disk: Disk
) -> None:
    sits_until_1000(evening, disk)
    evening.joins(AGU)
    cut(evening, since=1010)
    engine, now = evening.engine, evening.now()
    engine.observe(WatchLost(guild_ids=(GUILD,), since=at(1010)), now, is_time_up)
    effects = engine.observe(GuildRemoved(guild_id=GUILD), now, is_time_up)
    effects += engine.observe(MemberRemoved(guild_id=GUILD, user_id=AGU), now, is_time_up)
    while engine.is_sweeping:
        effects += engine.sweep(now)
    assert not [each for each in effects if type(each) is WatchChanged]


def test_an_audit_that_was_asked_for_before_a_new_session_ends_no_gap(
    evening: Evening, disk: Disk
) -> None:
    sits_until_1000(evening, disk)
    evening.until(1040)
    cut(evening, since=1000)
    evening.until(1042)
    evening.unwatched(since=1000)
    evening.until(1043)
    evening.look(voice={PINO: GENERAL}, source="audit", asked_at=1010, taken_at=1012)
    assert saved(evening).gap_since is not None
    evening.until(1060)
    evening.look(voice={PINO: GENERAL})
    evening.until(2500)
    evening.leaves(PINO)
    evening.until(4500)
    assert vouches_for_nothing(evening.record, 1012, 1042)


def test_an_audit_that_was_asked_for_before_a_sleep_ends_no_gap(
    evening: Evening, disk: Disk
) -> None:
    sits_until_1000(evening, disk)
    evening.late(5000)
    evening.unwatched(since=1000, slept=True)
    evening.late(5002)
    evening.look(voice={PINO: GENERAL}, source="audit", asked_at=1000.3, taken_at=1000.6)
    assert saved(evening).gap_since is not None


@pytest.mark.parametrize("slept", [True, False])
def test_an_answer_from_before_a_gap_was_known_of_vouches_for_nobody(
    evening: Evening, disk: Disk, *, slept: bool
) -> None:
    """The others were still being asked as the machine fell asleep, or as a session began."""
    sits_until_1000(evening, disk)
    if not slept:
        cut(evening, since=1000)
    evening.late(5000)
    evening.unwatched(since=1000, slept=slept)
    evening.late(5002)
    evening.look(
        voice={PINO: GENERAL},
        source="rest",
        complete_voice=False,
        complete_games=False,
        looked_voice=frozenset({PINO}),
        asked_at=1000.3,
        taken_at=1000.6,
    )
    evening.until(5010)
    evening.look(voice={PINO: GENERAL})
    evening.until(6000)
    evening.leaves(PINO)
    evening.until(8000)
    assert vouches_for_nothing(evening.record, 1000.6, 5000)


def loses_sight(evening: Evening, second: float, *, slept: bool) -> None:
    """Of the time from 995 to this, nothing will be told."""
    if not slept:
        evening.until(996)
        cut(evening, since=995)
    evening.clock.move_to(START + timedelta(seconds=second))
    evening.unwatched(since=995, slept=slept)


@pytest.mark.parametrize("slept", [True, False])
def test_whoever_had_left_before_a_gap_may_have_been_back_in_it(
    evening: Evening, *, slept: bool
) -> None:
    evening.look()
    evening.joins(PINO)
    evening.until(990)
    evening.leaves(PINO)
    loses_sight(evening, 9000, slept=slept)
    assert not evening.records
    evening.late(9001)
    evening.look()
    evening.until(9100)
    assert (evening.record.seconds, evening.record.uncertain_seconds) == (990, 9001 - 990)


@pytest.mark.parametrize("slept", [True, False])
def test_nobody_is_announced_or_confirmed_because_nobody_watched(
    evening: Evening, *, slept: bool
) -> None:
    evening.look()
    evening.until(994)
    evening.joins(PINO)
    loses_sight(evening, 9000, slept=slept)
    evening.late(9001)
    evening.look()
    assert not only(evening.effects, NoticeDue)
    assert (evening.record.seconds, evening.record.uncertain_seconds) == (1, 9001 - 995)


def test_whoever_may_count_by_then_in_a_cut_is_restored_after_a_kill(evening: Evening) -> None:
    """They were announced before it, and whether they have left will not be known by their time."""
    evening.look()
    evening.until(995)
    evening.joins(PINO)
    evening.until(999)
    cut(evening, since=998)
    evening.until(1004)
    assert evening.engine.counts()["voice"] == 0
    evening.until(1006)
    evening.restart(1010)
    assert evening.engine.counts()["voice"] == 1
    evening.look()
    assert (evening.record.seconds, evening.record.uncertain_seconds) == (3, 1010 - 998)


def test_a_sleep_in_a_cut_lets_nothing_come_due(evening: Evening) -> None:
    evening.look()
    evening.until(995)
    evening.joins(PINO)
    evening.until(997)
    cut(evening, since=996)
    evening.late(3000)
    evening.unwatched(since=997, slept=True)
    seen_by_asking(evening, PINO)
    evening.until(3100)
    assert evening.engine.counts()["voice"] == 0
    evening.tell(WatchResumed(guild_ids=(GUILD,)))
    evening.until(3200)
    assert evening.engine.counts()["voice"] == 1


@pytest.mark.parametrize("by", [-600, 600])
def test_a_clock_that_is_set_moves_what_is_known_of_a_gap_that_is_still_taken_in(
    evening: Evening, disk: Disk, by: int
) -> None:
    sits_until_1000(evening, disk)
    engine = evening.engine
    evening.clock.move_to(START + timedelta(seconds=1100))
    engine.observe(ClockStepped(by=100 * SECOND), evening.now())
    first = 1, 2  # whose turn comes before
    lost = WatchLost(guild_ids=(*first, GUILD), since=at(1010))
    engine.observe(lost, evening.now(), is_time_up)
    evening.clock.move_to(START + timedelta(seconds=1100 + by))
    engine.observe(ClockStepped(by=by * SECOND), evening.now(), is_time_up)
    while engine.is_sweeping:
        engine.sweep(evening.now())
    evening.until(1160 + by)
    evening.look(voice={PINO: GENERAL}, source="audit", asked_at=1099 + by, taken_at=1158 + by)
    assert engine.watch_of(GUILD).gap_since is not None
    evening.look(voice={PINO: GENERAL}, source="audit", asked_at=1155 + by, taken_at=1158 + by)
    assert engine.watch_of(GUILD).gap_since is None
