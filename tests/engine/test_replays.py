"""Replays: what a RESUME replays happened at some instant between the cut and its arrival."""

from __future__ import annotations

from engine import MemberRemoved
from machines import NoticeDue
from tests.engine.evening import GENERAL, GUILD, LOUNGE, PINO, Evening, ago, at, only, unknown_in

OSU = "osu!"


def test_a_join_replayed_is_unknown_since_the_cut(evening: Evening) -> None:
    evening.until(100)
    evening.joins(PINO, since=40)
    evening.until(200)
    evening.leaves(PINO)
    evening.until(300)
    record = evening.record
    assert (ago(record.started_at), unknown_in(record)) == (100, [(40, 100)])
    assert (record.seconds, record.uncertain_seconds) == (100, 60)


def test_a_leave_replayed_is_unknown_since_the_cut(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(100)
    evening.leaves(PINO, since=40)
    evening.until(200)
    record = evening.record
    assert (ago(record.ended_at), unknown_in(record)) == (100, [(40, 100)])
    assert (record.seconds, record.uncertain_seconds) == (100, 60)


def test_a_return_replayed_is_unknown_since_the_cut(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(100)
    evening.leaves(PINO)
    evening.until(150)
    evening.joins(PINO, since=120)
    session = evening.voice_of(PINO)
    assert session is not None
    assert unknown_in(session) == [(120, 150)]


def test_a_move_replayed_lies_between_the_cut_and_its_arrival(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(100)
    evening.joins(PINO, LOUNGE, since=40)
    session = evening.voice_of(PINO)
    assert session is not None
    assert [(ago(stay.since), ago(stay.floor)) for stay in session.stays] == [(0, 0), (100, 40)]
    assert unknown_in(session) == []


def test_games_replayed_are_unknown_since_the_cut(evening: Evening) -> None:
    evening.until(100)
    evening.plays(PINO, OSU, since=40)
    evening.until(500)
    evening.plays(PINO, since=450)
    evening.until(5000)
    assert unknown_in(evening.record) == [(40, 100), (450, 500)]
    assert evening.record.uncertain_seconds == 60


def test_a_removal_replayed_is_unknown_since_the_cut(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(100)
    evening.tell(MemberRemoved(guild_id=GUILD, user_id=PINO, since=at(40)))
    evening.until(200)
    assert unknown_in(evening.record) == [(40, 100)]


def test_a_stay_replayed_whole_may_have_been_long_and_is_recorded(evening: Evening) -> None:
    evening.until(100)
    evening.joins(PINO, since=40)
    evening.leaves(PINO, since=40)
    evening.until(200)
    record = evening.record
    assert (record.seconds, record.uncertain_seconds) == (0, 60)
    assert unknown_in(record)[0] == (40, 100)
    assert only(evening.effects, NoticeDue) == []


def test_a_stay_replayed_whole_over_a_short_cut_leaves_no_record(evening: Evening) -> None:
    evening.until(100)
    evening.joins(PINO, GENERAL, since=95)
    evening.leaves(PINO, since=95)
    evening.until(200)
    assert evening.records == []
    assert not evening.engine.has_sessions
