"""Cuts and what else befalls a guild, while the first of it is still taken in."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from engine import ClockStepped, MemberRemoved, OptedOut, WatchLost, WatchPaused
from machines import RecordEnded, WatchChanged, from_datetime
from tests.engine.test_looks_in_pieces import (
    GENERAL,
    GUILD,
    MINUTE,
    START,
    at_once,
    engine_with,
    voice,
)
from tests.engine.test_sweeps import (
    DELETED,
    EVERYBODY,
    HOUR,
    LOST,
    NOBODY,
    NOW,
    PAUSED,
    REMOVED,
    RESUMED,
    finished,
    in_one_go,
    in_pieces,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from engine import Observation, SessionEngine
    from machines import Effect

    Take = Callable[[SessionEngine, list[Observation]], tuple[list[Effect], datetime]]


@pytest.mark.parametrize("take", [in_one_go, in_pieces])
@pytest.mark.parametrize(
    ("befalls", "reason"),
    [
        ((RESUMED, LOST), "left"),
        ((RESUMED, PAUSED), "left"),
        ((RESUMED, DELETED, PAUSED), "left"),
        ((RESUMED, PAUSED, DELETED), "left"),
        ((REMOVED, PAUSED), "left"),
        ((DELETED, LOST), "channel_deleted"),  # nobody knows whether they had come back
        ((DELETED, RESUMED), "channel_deleted"),
    ],
    ids=lambda each: "+".join(type(one).__name__ for one in each) if type(each) is tuple else each,
)
def test_what_comes_due_of_somebody_who_left_in_a_cut_does_not_depend_on_what_comes_later(
    take: Take,
    befalls: tuple[Observation, ...],
    reason: str,
) -> None:
    engine = engine_with(frozenset({1, 2, 3}), NOBODY)
    engine.observe(WatchPaused(guild_ids=(GUILD,)), START + MINUTE)
    for user in (1, 2, 3):
        engine.observe(voice(user, None), START + 2 * MINUTE)
    effects, _ = take(engine, list(befalls))
    ended = [each.record for each in effects if isinstance(each, RecordEnded)]
    assert [record.reason for record in ended] == [reason] * 3
    assert {record.ended_at for record in ended} == {from_datetime(START + 2 * MINUTE)}


@pytest.mark.parametrize("take", [in_one_go, in_pieces])
def test_what_comes_due_by_news_of_somebody_comes_although_the_next_cut_begins(take: Take) -> None:
    """They were away before a gap, and are after it: so long that they have left for good."""
    engine = engine_with(EVERYBODY, NOBODY)
    engine.observe(voice(6, None), START + 6 * MINUTE)
    lost = WatchLost(guild_ids=(GUILD,), since=from_datetime(START + 6 * MINUTE))
    engine.observe(lost, START + 7 * MINUTE)
    effects, _ = take(engine, [RESUMED, MemberRemoved(guild_id=GUILD, user_id=6), PAUSED])
    [record] = [each.record for each in effects if isinstance(each, RecordEnded)]
    assert (record.user_id, record.ended_at) == (6, from_datetime(START + 6 * MINUTE))


@pytest.mark.parametrize("take", [in_one_go, in_pieces])
def test_whoever_came_just_before_a_gap_is_not_asked_for_again_as_the_next_cut_ends(
    take: Take,
) -> None:
    """Until somebody looks: nobody can say whether they are there still."""
    engine = engine_with(EVERYBODY, NOBODY)
    engine.observe(voice(7, GENERAL, joined=True), NOW - timedelta(seconds=3))
    take(engine, [LOST, PAUSED])
    session = engine.voice_of(GUILD, 7)
    assert session is not None
    assert (session.state, session.deadline) == ("pending", None)


@pytest.mark.parametrize("by", [-HOUR, HOUR])
def test_a_clock_that_is_set_while_a_sleep_in_a_cut_is_taken_in_moves_the_cut_once(
    by: timedelta,
) -> None:
    engine = engine_with(EVERYBODY, NOBODY)
    engine.observe(WatchPaused(guild_ids=(GUILD,), since=from_datetime(NOW)), NOW)
    slept = WatchLost(guild_ids=(GUILD,), since=from_datetime(NOW + MINUTE), slept=True)
    engine.observe(slept, NOW + HOUR, at_once)
    engine.observe(ClockStepped(by=by // timedelta(microseconds=1)), NOW + HOUR + by, at_once)
    engine.observe(OptedOut(guild_id=GUILD, user_id=7), NOW + HOUR + by, at_once)
    finished(engine, NOW + HOUR + by)
    assert {each.unwatched_since for each in engine.sessions()} == {from_datetime(NOW + by)}


@pytest.mark.parametrize("by", [timedelta(0), -HOUR, HOUR])
@pytest.mark.parametrize("is_resumed", [True, False])
def test_of_two_cuts_the_first_is_written_down_until_all_know_of_it_and_then_the_second(
    is_resumed: bool, by: timedelta
) -> None:
    """Should the process end before, whoever was seen in the first is in doubt for it alone."""
    engine, first = engine_with(EVERYBODY, NOBODY), START + 2 * MINUTE
    engine.observe(WatchPaused(guild_ids=(GUILD,), since=from_datetime(first)), NOW)
    engine.observe(LOST, NOW, at_once)
    engine.observe(PAUSED, NOW, at_once)
    if is_resumed:
        engine.observe(RESUMED, NOW, at_once)
    engine.observe(ClockStepped(by=by // timedelta(microseconds=1)), NOW + by, at_once)
    engine.observe(OptedOut(guild_id=GUILD, user_id=7), NOW + by, at_once)
    assert engine.watch_of(GUILD).cut_since == from_datetime(first + by)
    finished(engine, NOW + by)
    cut_since = None if is_resumed else from_datetime(NOW + by)
    assert engine.watch_of(GUILD).cut_since == cut_since


@pytest.mark.parametrize("take", [in_one_go, in_pieces])
def test_a_cut_of_a_guild_that_is_joined_again_ends_as_what_it_has_cost_is_taken_in(
    take: Take,
) -> None:
    engine = engine_with(EVERYBODY, NOBODY)
    opted_out = OptedOut(guild_id=GUILD, user_id=7)  # all that befell it is begun with at once
    effects, _ = take(engine, [PAUSED, LOST, REMOVED, PAUSED, LOST, opted_out])
    assert engine.watch_of(GUILD).cut_since is None
    *_, changed = [each.watch for each in effects if isinstance(each, WatchChanged)]
    assert changed is engine.watch_of(GUILD)


@pytest.mark.parametrize("before", [RESUMED, DELETED, REMOVED])
def test_whoever_was_in_a_guild_that_is_joined_again_came_back_no_earlier_than_they_were_gone(
    before: Observation,
) -> None:
    """So it is of whoever had gone before the bot, and is come to only afterwards."""
    for take in (in_one_go, in_pieces):
        engine = engine_with(EVERYBODY, NOBODY)
        engine.observe(WatchPaused(guild_ids=(GUILD,)), START + MINUTE)
        engine.observe(voice(6, None), START + 2 * MINUTE)
        effects, _ = take(engine, [before, REMOVED, voice(5, GENERAL), voice(6, GENERAL)])
        ended = {
            each.record.user_id: each.record.ended_at
            for each in effects
            if isinstance(each, RecordEnded)
        }
        assert ended[6] == from_datetime(START + 2 * MINUTE)
        for user in (5, 6):
            session = engine.voice_of(GUILD, user)
            assert session is not None
            assert not session.unbounded
            since = min((part.start for part in session.stretches), default=session.started_at)
            assert since == ended[user]
