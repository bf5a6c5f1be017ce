"""Whoever came just before nobody watched, and is gone after it, may have been there for hours.

So they may where what had come of them was not read, or was not sent when it was.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Literal

import pytest

from engine import (
    ChannelDeleted,
    GuildRemoved,
    MemberRemoved,
    Settings,
    WatchLost,
    WatchPaused,
    WatchResumed,
)
from machines import BotEvent, NoticeDue
from tests.engine.evening import (
    AGU,
    GENERAL,
    GUILD,
    PINO,
    START,
    Evening,
    ago,
    at,
    only,
    unknown_in,
)
from tests.engine.test_cuts import cut, gone_by_asking, loses_sight

if TYPE_CHECKING:
    from collections.abc import Mapping

    from freezegun.api import FrozenDateTimeFactory

    from engine import Channel, Observation
    from machines import OrphanCredit


@pytest.mark.parametrize("slept", [True, False])
@pytest.mark.parametrize("kind", ["voice", "game"])
def test_it_is_written_down_and_how_long_it_was_is_unknown(
    evening: Evening, kind: str, *, slept: bool
) -> None:
    evening.look()
    evening.until(994)
    if kind == "voice":
        evening.joins(PINO)
    else:
        evening.plays(PINO, "Tetris")
    loses_sight(evening, 9000, slept=slept)
    evening.late(9001)
    evening.look()
    evening.until(9200)
    record = evening.record
    assert (record.kind, record.seconds, record.uncertain_seconds) == (kind, 1, 9001 - 995)
    assert not only(evening.effects, NoticeDue)
    assert [each.name for each in only(evening.effects, BotEvent)] == ["session_orphaned"]


IS_OVER = [
    (GuildRemoved(guild_id=GUILD), "guild_removed"),
    (ChannelDeleted(guild_id=GUILD, channel_id=GENERAL.id), "channel_deleted"),
    (MemberRemoved(guild_id=GUILD, user_id=PINO), "gap"),
]
"""What is heard first after the gap, before anybody has looked, and why a session is over then."""


@pytest.mark.parametrize(("news", "reason"), IS_OVER)
def test_so_it_is_where_all_is_over_before_anybody_has_looked(
    evening: Evening, news: Observation, reason: str
) -> None:
    evening.look()
    evening.until(994)
    evening.joins(PINO)
    loses_sight(evening, 9000, slept=False)
    evening.tell(news)
    record = evening.record
    assert (record.reason, record.seconds, record.uncertain_seconds) == (reason, 1, 9000 - 995)
    assert [each.name for each in only(evening.effects, BotEvent)] == ["session_orphaned"]
    assert evening.engine.registry.count == 0
    assert not evening.engine.counters["forbidden"]


@pytest.mark.parametrize("news", [news for news, _reason in IS_OVER])
def test_whoever_cannot_have_come_to_count_by_then_leaves_nothing(
    evening: Evening, news: Observation
) -> None:
    evening.look()
    evening.until(994)
    evening.joins(PINO)
    loses_sight(evening, 1000, slept=False)
    evening.tell(news)
    assert not evening.records
    assert evening.engine.registry.count == 0


def test_a_gap_too_short_for_it_to_count_leaves_nothing(evening: Evening) -> None:
    evening.look()
    evening.until(994)
    evening.joins(PINO)
    evening.until(996)
    cut(evening, since=995)
    evening.late(998)
    evening.unwatched(since=995)
    evening.late(999)
    evening.look()
    evening.until(1200)
    assert not evening.records


def test_so_it_is_where_discord_is_asked_while_the_connection_is_cut(evening: Evening) -> None:
    evening.look()
    evening.until(994)
    evening.joins(PINO)
    evening.until(996)
    cut(evening, since=995)
    evening.until(9000)
    gone_by_asking(evening, PINO)
    assert (evening.record.seconds, evening.record.uncertain_seconds) == (1, 9000 - 995)


def test_so_it_is_of_whoever_came_just_before_the_process_stood_still(evening: Evening) -> None:
    evening.look()
    evening.until(994)
    evening.joins(PINO)
    evening.until(996)
    evening.tell(WatchPaused(guild_ids=(GUILD,), since=at(996), stood_still=True))
    evening.late(1300)
    gone_by_asking(evening, PINO)
    evening.tell(WatchResumed(guild_ids=(GUILD,)))
    evening.leaves(PINO, since=996)  # it had waited to be read
    evening.until(1500)
    record = evening.record
    assert (record.reason, ago(record.started_at)) == ("leave_missed", 994)
    assert (record.seconds, unknown_in(record)) == (0, [(994, 1300)])


def test_so_it_is_of_whoever_was_heard_to_come_although_they_may_have_been_there_for_long(
    evening: Evening,
) -> None:
    evening.look()
    evening.until(994)
    evening.joins(PINO, since=100)
    evening.until(997)
    gone_by_asking(evening, PINO)
    assert unknown_in(evening.record) == [(100, 994), (994, 997)]


def test_the_news_of_a_cut_does_nothing_that_came_due_since_the_last_frame(
    evening: Evening,
) -> None:
    evening.look()
    evening.joins(PINO)
    evening.until(940)
    evening.leaves(PINO)
    evening.until(994)
    evening.joins(AGU)
    before = len(evening.effects)
    evening.clock.move_to(START + timedelta(seconds=1025))  # the close is what is read first
    cut(evening, since=995)
    evening.late(1030)
    assert not only(evening.effects[before:], NoticeDue)
    evening.unwatched(since=995)
    evening.look(voice={PINO: GENERAL})
    evening.until(1031)
    [record] = [each for each in evening.records if each.user_id == PINO]
    assert (record.seconds, record.uncertain_seconds) == (940, 1030 - 940)


@pytest.mark.parametrize("set_back", [0, 0.3])
def test_a_guild_that_comes_after_the_clock_went_back_unnoticed_ends_the_gap(
    evening: Evening, set_back: float
) -> None:
    evening.look()
    evening.joins(PINO)
    evening.until(1000)
    cut(evening, since=995)
    evening.late(1100)
    evening.tell(WatchLost(guild_ids=(GUILD,), since=at(995)))
    evening.late(1100 - set_back)
    evening.look(voice={PINO: GENERAL})
    assert evening.engine.watch_of(GUILD).gap_since is None


# What a look says that was asked for before


def answers(
    evening: Evening,
    voice: Mapping[int, Channel],
    games: Mapping[int, tuple[str]],
    *,
    asked_at: float | None = None,
) -> None:
    """Discord answers now what was asked of Pino then."""
    evening.look(
        voice=voice,
        games=games,
        asked_at=asked_at,
        source="rest",
        looked_voice=frozenset({PINO}),
        looked_games=frozenset({PINO}),
        complete_voice=False,
        complete_games=False,
    )


@pytest.mark.parametrize("orphan_credit", ["watched", "midpoint", "detected"])
@pytest.mark.parametrize("gap", ["bridge", "end"])
def test_whose_channel_is_gone_after_it_is_not_found_again_by_an_answer_from_before_that(
    clock: FrozenDateTimeFactory, gap: Literal["bridge", "end"], orphan_credit: OrphanCredit
) -> None:
    evening = Evening(clock, Settings(voice_gap=gap, orphan_credit=orphan_credit))
    evening.look()
    evening.joins(PINO)
    evening.until(1000)
    evening.unwatched(since=1000)
    evening.until(1203)
    evening.tell(ChannelDeleted(guild_id=GUILD, channel_id=GENERAL.id))
    evening.until(1209)
    answers(evening, {PINO: GENERAL}, {}, asked_at=1200)
    assert evening.record.reason == "channel_deleted"
    assert evening.voice_of(PINO) is None


@pytest.mark.parametrize("kind", ["voice", "game"])
def test_whoever_is_found_gone_is_not_found_again_by_an_answer_from_before_that(
    evening: Evening, kind: str
) -> None:
    evening.look()
    if kind == "voice":
        evening.joins(PINO)
    else:
        evening.plays(PINO, "osu!")
    evening.until(1000)
    answers(evening, {}, {})
    evening.until(1010)
    answers(evening, {PINO: GENERAL}, {PINO: ("osu!",)}, asked_at=990)
    assert evening.record.reason == "leave_missed"
    assert evening.engine.counts() == {"game" if kind == "voice" else "voice": 1}


def test_so_it_is_of_whoever_had_been_heard_to_leave(evening: Evening) -> None:
    evening.look()
    evening.joins(PINO)
    evening.until(1000)
    evening.leaves(PINO)
    evening.until(1010)
    answers(evening, {}, {})
    evening.until(1100)
    answers(evening, {PINO: GENERAL}, {}, asked_at=1005)
    assert (evening.record.reason, ago(evening.record.ended_at)) == ("left", 1000)
    assert evening.voice_of(PINO) is None


def test_whoever_is_there_again_was_gone_when_that_was_proven(evening: Evening) -> None:
    evening.look()
    evening.joins(PINO)
    evening.until(1000)
    evening.unwatched(since=1000)
    evening.until(1203)
    evening.tell(ChannelDeleted(guild_id=GUILD, channel_id=GENERAL.id))
    evening.until(1300)
    evening.shows(PINO)
    found = evening.voice_of(PINO)
    assert found is not None
    assert unknown_in(found) == [(1203, 1300)]
