"""Cuts: a connection is gone, and nobody knows yet whether anything will have been missed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from engine import ClockStepped, GuildRemoved, WatchPaused, WatchResumed
from machines import SECOND, WatchChanged, spans
from tests.engine.evening import GENERAL, GUILD, PINO, START, Evening, ago, at, only

if TYPE_CHECKING:
    from machines import Effect, GuildWatch


def cut(evening: Evening, since: float) -> list[Effect]:
    return evening.tell(WatchPaused(guild_ids=(GUILD,), since=at(since)))


def seen_by_asking(evening: Evening, user: int) -> None:
    """Discord is asked about somebody by another way than the connection, and they are there."""
    evening.look(
        voice={user: GENERAL},
        source="rest",
        complete_voice=False,
        complete_games=False,
        looked_voice=frozenset({user}),
    )


def saved(evening: Evening) -> GuildWatch:
    """Return what a restart would find of the guild."""
    [watch] = evening.engine.live_state(evening.now()).guilds
    return watch


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
    [changed] = only(evening.unwatched(since=50), WatchChanged)
    assert (changed.watch.cut_since, ago(changed.watch.gap_since)) == (None, 50)


def test_over_a_cut_in_an_outage_the_outage_goes_on(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(60)
    evening.unwatched(since=40)
    assert not only(cut(evening, since=50), WatchChanged)
    assert (saved(evening).cut_since, ago(saved(evening).gap_since)) == (None, 40)


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
    timeline = spans(record.started_at, record.ended_at, record.stretches)
    certain = [part for part in timeline if part.value == "present"]
    assert [(ago(each.start), ago(each.end)) for each in certain][-1] == (1500, 2000)
    assert all((ago(each.end) or 0) <= 990 for each in certain[:-1])
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
