"""Calls: what the start of a voice channel's call says of people found, and of gaps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engine import ActivitySeen, Settings
from machines import BotEvent, NoticeDue
from machines.timeline import spans
from tests.engine.evening import (
    AGU,
    GENERAL,
    LOUNGE,
    PINO,
    Evening,
    ago,
    at,
    call,
    only,
    unknown_in,
)

if TYPE_CHECKING:
    from freezegun.api import FrozenDateTimeFactory

    from machines import Instant, OrphanCredit, Record


def kept_unknown(records: list[Record], since: float, until: float) -> bool:
    """Return whether each record leaves ``since`` to ``until`` unknown."""
    return all(_leaves_unknown(record, at(since), at(until)) for record in records)


def _leaves_unknown(record: Record, since: Instant, until: Instant) -> bool:
    for span in spans(record.started_at, record.ended_at, record.stretches):
        if span.value == "unknown" and span.start <= since < span.end:
            since = span.end
    return since >= until


# Found in a call


def test_whoever_is_found_alone_began_the_call(evening: Evening) -> None:
    evening.look()
    evening.until(600)
    evening.look(voice={PINO: GENERAL}, calls=call(400))
    evening.until(1000)
    evening.leaves(PINO)
    evening.until(2000)
    record = evening.record
    assert (ago(record.started_at), record.seconds) == (400, 600)
    assert unknown_in(record) == [(0, 400), (400, 600)]
    assert record.uncertain_seconds == 400


def test_whoever_is_found_with_others_came_when_they_were_found(evening: Evening) -> None:
    evening.look()
    evening.until(600)
    evening.look(voice={PINO: GENERAL}, calls=call(400, people=2))
    session = evening.voice_of(PINO)
    assert session is not None
    assert (ago(session.started_at), unknown_in(session)) == (600, [(0, 600)])


def test_a_call_in_another_channel_says_nothing(evening: Evening) -> None:
    evening.look()
    evening.until(600)
    evening.look(voice={PINO: GENERAL}, calls=call(400, channel=LOUNGE))
    session = evening.voice_of(PINO)
    assert session is not None
    assert ago(session.started_at) == 600


def test_a_found_stay_began_no_earlier_than_they_were_known_to_be_out(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(100)
    evening.leaves(PINO)
    evening.until(600)
    evening.look(voice={PINO: GENERAL}, calls=call(99))
    [old] = evening.records
    session = evening.voice_of(PINO)
    assert session is not None
    assert (ago(old.ended_at), ago(session.started_at)) == (100, 100)


@pytest.mark.parametrize("kind", ["voice", "game"])
def test_a_found_session_begins_no_earlier_than_the_last_one_ended_before_a_restart(
    evening: Evening, kind: str
) -> None:
    evening.look()
    evening.until(100)
    evening.joins(PINO)
    evening.plays(PINO, "osu!")
    evening.until(500)
    evening.leaves(PINO)
    evening.plays(PINO)
    evening.until(5000)
    evening.heartbeat()
    ended = list(evening.records)
    evening.restart()
    evening.engine.remember_ended(ended)
    evening.until(6000)
    osu = ActivitySeen("OSU!", began_at=at(50))
    evening.look(voice={PINO: GENERAL}, games={PINO: (osu,)}, calls=call(50))
    [found] = [s for s in evening.engine.sessions() if s.kind == kind]
    assert ago(found.started_at) == 500


def test_a_call_of_the_future_began_when_it_was_found(evening: Evening) -> None:
    evening.until(600)
    evening.look(voice={PINO: GENERAL}, calls=call(700))
    session = evening.voice_of(PINO)
    assert session is not None
    assert ago(session.started_at) == 600


def test_a_call_does_not_bound_a_start_before_the_first_look(evening: Evening) -> None:
    """They may have come from another channel, where nobody looked either."""
    evening.until(600)
    evening.look(voice={PINO: GENERAL}, calls=call(400))
    evening.until(1000)
    evening.leaves(PINO)
    evening.until(2000)
    assert (evening.record.seconds, evening.record.uncertain_seconds) == (600, None)


# Over a gap


def test_a_call_that_began_in_the_gap_splits_the_session(evening: Evening) -> None:
    evening.look()
    evening.joins(PINO)
    evening.until(1000)
    evening.unwatched(since=1000)
    evening.until(2000)
    effects = evening.look(voice={PINO: GENERAL}, calls=call(1500))
    evening.until(3000)
    evening.leaves(PINO)
    evening.until(4000)
    before, after = evening.records
    assert (before.state, before.reason) == ("orphaned", "gap_not_bridged")
    assert (ago(before.started_at), ago(before.ended_at)) == (0, 1000)
    assert (ago(after.started_at), ago(after.ended_at)) == (1500, 3000)
    assert kept_unknown([before, after], 1000, 2000)
    assert [event.name for event in only(effects, BotEvent)] == [
        "session_orphaned",
        "session_recovered",
    ]
    assert only(effects, NoticeDue) == []


@pytest.mark.parametrize("credit", ["watched", "midpoint", "detected"])
def test_the_two_parts_of_a_split_session_never_overlap(
    clock: FrozenDateTimeFactory, credit: OrphanCredit
) -> None:
    evening = Evening(clock, Settings(orphan_credit=credit))
    evening.look()
    evening.joins(PINO)
    evening.until(1000)
    evening.unwatched(since=1000)
    evening.until(2000)
    evening.look(voice={PINO: GENERAL}, calls=call(1001))
    evening.until(3000)
    evening.leaves(PINO)
    evening.until(4000)
    before, after = evening.records
    assert before.ended_at <= after.started_at
    assert kept_unknown([before, after], 1000, 2000)


@pytest.mark.parametrize("began_at", [-500, 0, 999])
def test_a_call_that_began_before_the_gap_is_no_break(evening: Evening, began_at: int) -> None:
    evening.joins(PINO)
    evening.until(1000)
    evening.unwatched(since=1000)
    evening.until(2000)
    evening.look(voice={PINO: GENERAL}, calls=call(began_at))
    session = evening.voice_of(PINO)
    assert session is not None
    assert (ago(session.started_at), session.state) == (0, "recovered")
    assert evening.records == []


def test_a_call_of_a_second_that_had_begun_before_the_gap_is_no_break(evening: Evening) -> None:
    """The start of a call is told in whole seconds: it may have begun just before."""
    evening.joins(PINO)
    evening.until(1000.5)
    evening.unwatched(since=1000.5)
    evening.until(2000)
    evening.look(voice={PINO: GENERAL}, calls=call(1000))
    assert evening.records == []


def test_a_call_that_somebody_was_heard_to_begin_after_the_last_heartbeat_is_no_break(
    evening: Evening,
) -> None:
    """The bot was killed before it could say that it had watched until then."""
    evening.look()
    evening.joins(PINO)
    evening.until(100)
    evening.heartbeat()
    evening.until(110.5)
    evening.shows(PINO, LOUNGE)
    evening.until(115)
    evening.restart(back_at=130)
    evening.look(voice={PINO: LOUNGE}, calls=call(110, channel=LOUNGE))
    session = evening.voice_of(PINO)
    assert session is not None
    assert (ago(session.started_at), session.state) == (0, "recovered")
    assert evening.records == []


def test_nor_is_the_call_that_somebody_began_who_was_heard_to_come_back(evening: Evening) -> None:
    evening.look()
    evening.joins(PINO)
    evening.until(100)
    evening.heartbeat()
    evening.until(105)
    evening.leaves(PINO)
    evening.until(110.5)
    evening.joins(PINO)
    evening.until(115)
    evening.restart(back_at=130)
    evening.look(voice={PINO: GENERAL}, calls=call(110))
    session = evening.voice_of(PINO)
    assert session is not None
    assert ago(session.started_at) == 0


def test_whoever_moved_in_the_gap_began_the_other_channels_call(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(1000)
    evening.unwatched(since=1000)
    evening.until(2000)
    evening.look(voice={PINO: LOUNGE}, calls=call(1500, channel=LOUNGE))
    session = evening.voice_of(PINO)
    assert session is not None
    assert (ago(session.started_at), session.channel_name) == (0, "Sala")


def test_a_call_that_others_began_where_somebody_was_is_no_break(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(1000)
    evening.unwatched(since=1000)
    evening.until(2000)
    evening.look(voice={PINO: LOUNGE, AGU: GENERAL}, calls=call(1500))
    session = evening.voice_of(PINO)
    assert session is not None
    assert ago(session.started_at) == 0


def test_a_call_that_began_while_it_was_watched_is_no_break(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(1000)
    evening.look(voice={PINO: GENERAL}, calls=call(500))
    assert evening.records == []


# Looks that take time


def test_what_came_while_a_look_was_under_way_is_newer(evening: Evening) -> None:
    evening.until(100)
    evening.joins(PINO)
    evening.until(103)
    evening.look(taken_at=101, asked_at=99, source="audit")
    assert evening.voice_of(PINO) is not None


def test_whoever_left_while_a_look_was_under_way_is_not_found(evening: Evening) -> None:
    evening.until(100)
    evening.leaves(PINO)
    evening.plays(AGU)
    evening.until(103)
    evening.look(
        voice={PINO: GENERAL}, games={AGU: ("osu!",)}, taken_at=101, asked_at=99, source="audit"
    )
    assert not evening.engine.registry.count


def test_somebody_else_is_found_all_the_same(evening: Evening) -> None:
    evening.until(100)
    evening.leaves(PINO)
    evening.until(103)
    evening.look(voice={AGU: GENERAL}, taken_at=101, asked_at=99, source="audit")
    session = evening.voice_of(AGU)
    assert session is not None
    assert ago(session.started_at) == 101


def test_a_look_proves_absence_no_later_than_it_was_asked_for(evening: Evening) -> None:
    evening.until(103)
    evening.look(taken_at=101, asked_at=99, source="audit")
    evening.until(600)
    evening.look(voice={PINO: GENERAL}, source="audit")
    session = evening.voice_of(PINO)
    assert session is not None
    assert unknown_in(session) == [(99, 600)]


def test_a_look_proves_presence_no_later_than_it_was_asked_for(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(103)
    evening.look(voice={PINO: GENERAL}, taken_at=101, asked_at=99, source="audit")
    session = evening.voice_of(PINO)
    assert session is not None
    assert ago(session.last_seen) == 99


def test_a_look_that_took_too_long_finds_nobody(evening: Evening) -> None:
    """Nobody knows any more who left meanwhile."""
    evening.until(500)
    evening.look(voice={PINO: GENERAL}, taken_at=499, asked_at=300, source="audit")
    assert not evening.engine.registry.count
