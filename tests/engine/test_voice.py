"""Voice: confirmed in two phases, whole through moves and mutes, gone when too short."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engine import (
    ChannelDeleted,
    GuildRemoved,
    MemberRemoved,
    Settings,
    VoiceObserved,
    WatchPaused,
)
from machines import BotEvent, LogLine, NoticeDue, NoticeWithdrawn, RecordEnded, SessionChanged
from tests.engine.evening import (
    AGU,
    GENERAL,
    GUILD,
    LOUNGE,
    PINO,
    Evening,
    ago,
    at,
    away_in,
    only,
    unknown_in,
)

if TYPE_CHECKING:
    from freezegun.api import FrozenDateTimeFactory


def test_a_join_is_pending_and_asks_nothing_of_the_world(evening: Evening) -> None:
    assert evening.joins(PINO) == []
    session = evening.voice_of(PINO)
    assert session is not None
    assert session.state == "pending"


def test_three_seconds_later_the_entry_is_announced(evening: Evening) -> None:
    evening.joins(PINO)
    assert evening.until(2.999) == []
    [notice] = only(evening.until(3), NoticeDue)
    assert (notice.notice, notice.kind, notice.username) == ("entry", "voice", "Pino")
    assert notice.channel_name == "General"


def test_ten_seconds_later_it_counts_from_its_start(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(9.999)
    assert not evening.engine.counts()
    effects = evening.until(10)
    assert [change.session.state for change in only(effects, SessionChanged)] == ["confirmed"]
    assert [event.name for event in only(effects, BotEvent)] == ["session_confirmed"]
    assert evening.engine.counts() == {"voice": 1}
    session = evening.voice_of(PINO)
    assert session is not None
    assert (ago(session.started_at), ago(session.confirmed_at)) == (0, 10)


def test_the_next_deadline_says_when_to_come_back(evening: Evening) -> None:
    before = evening.engine.next_deadline
    assert before is None
    evening.joins(PINO)
    seen = []
    while (deadline := evening.engine.next_deadline) is not None:
        seen.append((deadline - evening.now()).total_seconds())
        evening.clock.move_to(deadline)
        evening.engine.advance(evening.now())
    assert seen == [3, 7]


@pytest.mark.parametrize("second", [0.5, 2.9, 3, 9.9])
def test_a_stay_too_short_leaves_no_record(evening: Evening, second: float) -> None:
    evening.joins(PINO)
    evening.until(second)
    evening.leaves(PINO)
    evening.until(100_000)
    assert evening.records == []
    assert only(evening.effects, SessionChanged) == []
    assert not evening.engine.registry.count
    assert evening.engine.next_deadline is None


def test_the_notice_of_a_stay_too_short_is_withdrawn(evening: Evening) -> None:
    evening.joins(PINO)
    [notice] = only(evening.until(3), NoticeDue)
    evening.until(9)
    assert [w.session_id for w in only(evening.leaves(PINO), NoticeWithdrawn)] == [
        notice.session_id
    ]


def test_nothing_is_withdrawn_where_nothing_was_announced(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(2)
    assert only(evening.leaves(PINO), NoticeWithdrawn) == []


def test_a_stay_is_written_down_once_when_the_grace_is_over(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(3600)
    assert only(evening.leaves(PINO), RecordEnded) == []
    assert evening.until(3659.999) == []
    effects = evening.until(3660)
    assert [event.name for event in only(effects, BotEvent)] == ["session_ended"]
    record = evening.record
    assert (record.state, record.reason) == ("ended", "left")
    assert (record.seconds, record.uncertain_seconds) == (3600, 0)
    assert (ago(record.started_at), ago(record.ended_at)) == (0, 3600)
    evening.until(100_000)
    assert len(evening.records) == 1


def test_ten_hours_pass_in_a_second(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(36_000)
    evening.leaves(PINO)
    evening.until(72_000)
    assert evening.record.seconds == 36_000


def test_a_move_does_not_break_the_session_and_is_kept_as_a_stay(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(100)
    [change] = only(evening.shows(PINO, LOUNGE), SessionChanged)
    assert isinstance(change.session, type(evening.voice_of(PINO)))
    evening.until(300)
    evening.leaves(PINO)
    evening.until(400)
    record = evening.record
    assert record.seconds == 300
    assert [(stay.channel_name, ago(stay.since)) for stay in record.stays] == [
        ("General", 0),
        ("Sala", 100),
    ]
    assert (record.channel_id, record.channel_name) == (LOUNGE.id, LOUNGE.name)


def test_a_move_before_it_counts_is_kept_too(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(5)
    assert evening.shows(PINO, LOUNGE) == []
    evening.until(20)
    session = evening.voice_of(PINO)
    assert session is not None
    assert session.state == "confirmed"
    assert [stay.channel_name for stay in session.stays] == ["General", "Sala"]


@pytest.mark.parametrize("second", [5, 100])
def test_mute_deafen_video_and_stream_change_nothing(evening: Evening, second: float) -> None:
    evening.joins(PINO)
    evening.until(second)
    assert evening.shows(PINO, GENERAL) == []


def test_a_new_name_is_taken_over(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(20)
    renamed = VoiceObserved(
        guild_id=GUILD, user_id=PINO, username="Pinocho", channel=GENERAL, joined=False
    )
    [change] = only(evening.tell(renamed), SessionChanged)
    assert "Pinocho" in repr(change.session)
    session = evening.voice_of(PINO)
    assert session is not None
    assert len(session.stays) == 1


def test_whoever_returns_within_the_grace_goes_on_and_was_away(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(100)
    evening.leaves(PINO)
    evening.until(150)
    evening.joins(PINO, LOUNGE)
    evening.until(300)
    evening.leaves(PINO)
    evening.until(1000)
    record = evening.record
    assert (record.seconds, record.uncertain_seconds) == (250, 0)
    assert away_in(record) == [(100, 150)]
    assert [stay.channel_name for stay in record.stays] == ["General", "Sala"]


def test_whoever_returns_after_the_grace_begins_another_session(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(100)
    evening.leaves(PINO)
    evening.until(161)
    evening.joins(PINO)
    evening.until(300)
    evening.leaves(PINO)
    evening.until(1000)
    assert [record.seconds for record in evening.records] == [100, 139]


def test_the_grace_ends_even_if_nobody_asked_in_time(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(100)
    evening.leaves(PINO)
    evening.clock.tick(500)
    evening.joins(PINO)
    assert evening.record.seconds == 100
    session = evening.voice_of(PINO)
    assert session is not None
    assert (session.state, ago(session.started_at)) == ("pending", 600)


def test_without_grace_leaving_ends_at_once(clock: FrozenDateTimeFactory) -> None:
    evening = Evening(clock, Settings(voice_grace=0))
    evening.joins(PINO)
    evening.until(100)
    evening.leaves(PINO)
    assert evening.record.seconds == 100


def test_leaving_twice_changes_nothing(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(100)
    evening.leaves(PINO)
    evening.until(110)
    assert evening.leaves(PINO) == []
    evening.until(1000)
    assert evening.record.seconds == 100


def test_whoever_is_not_known_can_leave(evening: Evening) -> None:
    assert evening.leaves(PINO) == []


def test_a_person_has_at_most_one_voice_session_in_a_guild(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(20)
    evening.joins(PINO, LOUNGE)
    evening.joins(PINO, GENERAL)
    evening.joins(AGU)
    assert len(list(evening.engine.sessions(GUILD))) == 2


def test_guilds_do_not_mix(evening: Evening) -> None:
    evening.joins(PINO)
    elsewhere = VoiceObserved(guild_id=901, user_id=PINO, username="Pino", channel=GENERAL)
    evening.tell(elsewhere)
    evening.until(60)
    evening.leaves(PINO)
    evening.until(120)
    assert evening.record.guild_id == GUILD
    assert evening.engine.guild_ids() == [901]


def test_delays_may_be_zero(clock: FrozenDateTimeFactory) -> None:
    evening = Evening(clock, Settings(announce_after=0, confirm_after=0, voice_grace=0))
    effects = evening.joins(PINO)
    assert [type(effect) for effect in effects if isinstance(effect, NoticeDue | BotEvent)] == [
        NoticeDue,
        BotEvent,
    ]
    evening.until(0.25)
    evening.leaves(PINO)
    assert evening.record.seconds == 0.25


def test_an_announcement_due_after_the_confirmation_comes_with_it(
    clock: FrozenDateTimeFactory,
) -> None:
    evening = Evening(clock, Settings(announce_after=30, confirm_after=10))
    evening.joins(PINO)
    effects = evening.until(10)
    assert only(effects, NoticeDue)
    assert [event.name for event in only(effects, BotEvent)] == ["session_confirmed"]


# Why a session closes


def test_whoever_is_removed_has_left_everything(evening: Evening) -> None:
    evening.joins(PINO)
    evening.plays(PINO, "VALORANT")
    evening.until(100)
    evening.tell(MemberRemoved(guild_id=GUILD, user_id=PINO))
    evening.until(5000)
    assert sorted((record.kind, record.seconds, record.reason) for record in evening.records) == [
        ("game", 100, "left"),
        ("voice", 100, "left"),
    ]


def test_whoever_is_removed_too_early_leaves_no_record(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(5)
    evening.tell(MemberRemoved(guild_id=GUILD, user_id=PINO))
    assert not evening.engine.registry.count
    assert evening.records == []


def test_a_removed_member_nobody_watched_was_there_until_the_gap_at_most(
    evening: Evening,
) -> None:
    evening.joins(PINO)
    evening.until(150)
    evening.unwatched(since=100)
    evening.until(200)
    evening.tell(MemberRemoved(guild_id=GUILD, user_id=PINO))
    evening.until(300)
    record = evening.record
    assert (ago(record.ended_at), record.seconds, record.uncertain_seconds) == (100, 100, 100)
    assert unknown_in(record) == [(0, 200)]


def test_a_deleted_channel_closes_only_its_own_sessions(evening: Evening) -> None:
    evening.joins(PINO, GENERAL)
    evening.joins(AGU, LOUNGE)
    evening.until(100)
    effects = evening.tell(ChannelDeleted(guild_id=GUILD, channel_id=GENERAL.id))
    record = evening.record
    assert (record.user_id, record.state, record.reason) == (PINO, "orphaned", "channel_deleted")
    assert (record.seconds, record.uncertain_seconds) == (100, 0)
    assert [event.name for event in only(effects, BotEvent)] == ["session_orphaned"]
    assert evening.voice_of(AGU) is not None


def test_a_deleted_channel_leaves_nothing_of_a_stay_too_short(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(5)
    effects = evening.tell(ChannelDeleted(guild_id=GUILD, channel_id=GENERAL.id))
    assert only(effects, NoticeWithdrawn)
    assert evening.records == []
    assert not evening.engine.registry.count


def test_a_removed_guild_closes_everything_in_it(evening: Evening) -> None:
    evening.joins(PINO)
    for user in (PINO, AGU):
        evening.plays(user, "VALORANT")
    evening.until(100)
    evening.tell(GuildRemoved(guild_id=GUILD))
    assert {(r.kind, r.seconds, r.state, r.reason) for r in evening.records} == {
        ("voice", 100, "orphaned", "guild_removed"),
        ("game", 100, "orphaned", "guild_removed"),
        ("party", 100, "orphaned", "guild_removed"),
    }
    assert len(evening.records) == 4
    assert evening.records[-1].kind == "party"
    assert not evening.engine.registry.count
    evening.until(10_000)
    assert len(evening.records) == 4


def test_of_what_befell_a_guild_while_nobody_read_only_what_was_before_is_certain(
    evening: Evening,
) -> None:
    evening.joins(PINO, LOUNGE)
    evening.joins(AGU, GENERAL)
    for user in (PINO, AGU):
        evening.plays(user, "VALORANT")
    evening.until(400)
    evening.tell(ChannelDeleted(guild_id=GUILD, channel_id=LOUNGE.id, since=at(100)))
    evening.tell(GuildRemoved(guild_id=GUILD, since=at(300)))
    assert [(r.kind, r.seconds, r.uncertain_seconds) for r in evening.records] == [
        ("voice", 400, 300),
        ("voice", 400, 100),
        ("game", 400, 100),
        ("game", 400, 100),
        ("party", 400, 100),
    ]


def test_of_one_who_had_just_come_by_then_it_is_recorded_that_it_may_have_been_long(
    evening: Evening,
) -> None:
    evening.joins(PINO)
    evening.until(5)
    evening.tell(WatchPaused(guild_ids=(GUILD,), stood_still=True))
    evening.late(3600)
    evening.tell(ChannelDeleted(guild_id=GUILD, channel_id=GENERAL.id, since=at(5)))
    record = evening.record
    assert (record.reason, record.seconds) == ("channel_deleted", 3600)
    assert unknown_in(record) == [(5, 3600)]


def test_nothing_is_remembered_of_a_guild_that_was_removed(evening: Evening) -> None:
    evening.look()
    evening.tell(GuildRemoved(guild_id=GUILD))
    assert evening.engine.live_state(evening.now()).guilds == []


def test_a_second_absence_has_its_own_grace(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(100)
    evening.leaves(PINO)
    evening.until(150)
    evening.joins(PINO)
    evening.until(155)
    evening.leaves(PINO)
    evening.until(214)
    assert evening.records == []
    evening.until(215)
    assert evening.record.seconds == 105


def test_a_guild_removed_while_nobody_watched_credits_what_was_watched(
    evening: Evening,
) -> None:
    evening.joins(PINO)
    evening.until(200)
    evening.unwatched(since=100)
    evening.tell(GuildRemoved(guild_id=GUILD))
    record = evening.record
    assert (ago(record.ended_at), record.reason) == (100, "guild_removed")
    assert unknown_in(record) == [(0, 200)]


def test_the_time_saved_is_logged(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(100)
    evening.leaves(PINO)
    [line] = only(evening.until(160), LogLine)
    assert (line.level, line.key) == ("info", "saved.voice")
    assert line.values == {"username": "Pino", "channel": "General", "seconds": 100.0}
