"""What transitions do to a session and what they ask of the outside, sentence by sentence."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from machines import (
    KINDS,
    AnySession,
    BotEvent,
    Change,
    Deadline,
    Effect,
    Gap,
    Kind,
    LogLine,
    NoticeDue,
    NoticeWithdrawn,
    OrphanCredit,
    Policy,
    Presence,
    Reason,
    RecordEnded,
    SessionChanged,
    Source,
    Stay,
    Step,
    Trigger,
    VoiceSession,
    record_of,
    seconds,
    timeline_of,
)
from tests.machines.builders import (
    GENERAL,
    absent,
    ago,
    at,
    away,
    evidence,
    fire,
    game,
    gap,
    leave,
    party,
    player,
    policy,
    present,
    session_of,
    step,
    unknown,
    voice,
)


def names(effects: list[Effect]) -> list[str]:
    """Return what is asked, in order: bot events and log lines by name, others by class."""
    said: list[str] = []
    for effect in effects:
        match effect:
            case BotEvent():
                said.append(effect.name)
            case LogLine():
                said.append(effect.key)
            case _:
                said.append(type(effect).__name__)
    return said


def due(session: AnySession) -> tuple[Trigger, float | None] | None:
    """Return the trigger that is due next, and the second when."""
    deadline = session.deadline
    return None if deadline is None else (deadline.trigger, ago(deadline.at))


def account(session: AnySession) -> tuple[float, float | None]:
    """Return seconds and uncertain seconds of a session that is over."""
    record = record_of(session)
    return record.seconds, record.uncertain_seconds


# Coming


def test_a_new_session_waits_to_be_announced() -> None:
    session = voice("new")
    assert fire("start", session, step(0)) == []
    assert due(session) == ("announce", 3)


def test_it_is_announced_no_later_than_confirmed() -> None:
    session = voice("new")
    quick = msgspec.structs.replace(policy(), confirm_after=seconds(1))
    fire("start", session, step(0, under=quick))
    assert due(session) == ("announce", 1)
    fire("announce", session, step(1, present(1), under=quick))
    assert due(session) == ("confirm", 1)


def test_after_the_announcement_it_waits_to_be_confirmed() -> None:
    session = voice("pending")
    effects = fire("announce", session, step(3, present(3), cooldown_over=True))
    assert due(session) == ("confirm", 10)
    assert effects == [
        NoticeDue(
            session_id="v1",
            guild_id=session.guild_id,
            kind="voice",
            notice="entry",
            at=at(3),
            user_id=1,
            username="Pino",
            channel_name="General",
        )
    ]
    assert session.announced


def test_whoever_may_have_come_earlier_waits_from_then_on() -> None:
    session = voice("new")
    session.stretches = (unknown(-5, 0),)
    fire("start", session, step(0))
    assert due(session) == ("announce", -2)
    fire("announce", session, step(0, present(0)))
    assert due(session) == ("confirm", 5)


def test_whoever_may_have_come_any_time_before_does_not_wait() -> None:
    session = voice("new")
    session.unbounded = True
    fire("start", session, step(0))
    assert due(session) == ("announce", 0)
    fire("announce", session, step(0, present(0)))
    assert due(session) == ("confirm", 0)


def test_in_the_cooldown_nothing_is_announced() -> None:
    session = voice("pending")
    assert fire("announce", session, step(3, present(3), cooldown_over=False)) == []
    assert not session.announced
    assert due(session) == ("confirm", 10)


def test_confirmed_it_counts_from_its_start_and_is_saved() -> None:
    session = voice("pending")
    session.deadline = Deadline(at(10), "confirm")
    effects = fire("confirm", session, step(10, present(10)))
    assert (ago(session.started_at), ago(session.confirmed_at)) == (0, 10)
    assert due(session) is None
    assert names(effects) == ["SessionChanged", "session_confirmed"]


def test_an_unanswered_confirmation_is_asked_again_at_the_next_evidence() -> None:
    session = voice("pending")
    session.deadline = Deadline(at(10), "confirm")
    fire("confirm", session, step(10, evidence("unknown", 10)))
    assert due(session) is None
    fire("validate", session, step(20, present(20)))
    assert due(session) == ("announce", 3)


def test_an_unanswered_announcement_is_made_up_for() -> None:
    session = voice("pending")
    session.deadline = Deadline(at(3), "announce")
    fire("announce", session, step(3))
    assert due(session) is None
    fire("validate", session, step(20, present(20)))
    assert due(session) == ("announce", 3)


def test_who_was_announced_is_not_announced_again() -> None:
    """Else the notice that is out would be forgotten, and never deleted."""
    session = voice("pending")
    fire("announce", session, step(3, present(3)))
    fire("confirm", session, step(10, evidence("unknown", 10)))
    fire("validate", session, step(20, present(20)))
    assert due(session) == ("confirm", 10)
    assert session.announced


def test_a_pending_session_keeps_its_deadline_when_it_is_validated() -> None:
    session = voice("pending")
    session.deadline = Deadline(at(10), "confirm")
    fire("validate", session, step(5, present(5)))
    assert due(session) == ("confirm", 10)
    assert ago(session.last_seen) == 5


def test_a_pending_session_over_a_gap_is_unknown_in_it() -> None:
    session = voice("pending", seen=4)
    fire("validate", session, step(9, present(9), gap=gap(5, 9)))
    assert session.stretches == (unknown(4, 9),)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("trigger", ["cancel", "close", "validate"])
@pytest.mark.parametrize("announced", [True, False])
def test_too_short_a_stay_leaves_no_record_and_takes_its_notice_back(
    kind: Kind, trigger: Trigger, *, announced: bool
) -> None:
    session = session_of(kind, "pending")
    session.announced, session.deadline = announced, Deadline(at(10), "confirm")
    effects = fire(trigger, session, step(5, absent(5)))
    assert effects == ([NoticeWithdrawn(session.id, session.guild_id)] if announced else [])
    assert (ago(session.ended_at), session.reason) == (5, "cancelled")
    assert due(session) is None


@pytest.mark.parametrize("kind", KINDS)
def test_who_is_found_counts_at_once_and_silently(kind: Kind) -> None:
    session = session_of(kind, "new")
    effects = fire("recover", session, step(7, present(7)))
    assert names(effects) == ["SessionChanged", f"recovered.{kind}", "session_recovered"]
    assert [effect.found for effect in effects if isinstance(effect, BotEvent)] == [True]
    assert (ago(session.confirmed_at), session.deadline, session.announced) == (7, None, False)


# Going


@pytest.mark.parametrize("kind", KINDS)
def test_who_leaves_has_the_grace_to_come_back(kind: Kind) -> None:
    session = session_of(kind, "confirmed")
    effects = fire("lose", session, step(100))
    assert (ago(session.absent_since), ago(session.last_seen)) == (100, 100)
    assert due(session) == ("end", 160)
    assert effects == [SessionChanged(session, () if kind == "party" else None)]
    assert session.stretches == ()


def test_with_no_grace_the_end_is_due_at_once() -> None:
    session = voice()
    fire("lose", session, step(100, under=policy(grace=0)))
    assert due(session) == ("end", 100)


def test_a_replayed_leaving_lies_between_the_cut_and_its_arrival() -> None:
    session = voice()
    fire("lose", session, step(100, since=90))
    assert session.stretches == (unknown(90, 100),)
    fire("end", session, step(160))
    assert account(session) == (100.0, 10.0)


def test_a_party_is_lost_at_its_last_moment_of_enough_players() -> None:
    session = party()
    fire("lose", session, step(100, moment=40))
    assert ago(session.absent_since) == 40
    assert due(session) == ("end", 100)


def test_a_leaving_before_the_start_is_one_at_the_start() -> None:
    session = voice(started=50)
    fire("lose", session, step(40))
    assert ago(session.absent_since) == 50


def test_seen_to_leave_twice_the_coming_back_was_missed() -> None:
    session = voice()
    fire("lose", session, step(100))
    fire("lose", session, step(130))
    assert session.stretches == (unknown(100, 130),)
    assert ago(session.absent_since) == 130
    assert due(session) == ("end", 190)


def test_a_leaving_reported_late_does_not_undo_a_later_one() -> None:
    session = party()
    fire("lose", session, step(100, moment=90))
    fire("lose", session, step(110, moment=80))
    assert ago(session.absent_since) == 90


def test_who_comes_back_in_time_goes_on_and_the_time_away_is_not_counted() -> None:
    session = voice()
    fire("lose", session, step(100))
    effects = fire("return", session, step(140))
    assert effects == [SessionChanged(session)]
    assert (session.absent_since, session.deadline) == (None, None)
    assert ago(session.last_seen) == 140
    fire("end", session, step(200))
    assert account(session) == (160.0, 0.0)


def test_a_replayed_return_lies_between_the_cut_and_its_arrival() -> None:
    session = voice()
    fire("lose", session, step(100))
    fire("return", session, step(140, since=130))
    assert session.stretches == (away(100, 140), unknown(130, 140))


def test_a_return_before_the_leaving_counts_nothing_away() -> None:
    session = voice()
    fire("lose", session, step(100))
    fire("return", session, step(90))
    assert session.stretches == ()
    assert (session.absent_since, ago(session.last_seen)) == (None, 100)


@pytest.mark.parametrize("kind", KINDS)
def test_it_ends_when_they_left_not_when_the_grace_ran_out(kind: Kind) -> None:
    session = session_of(kind, "confirmed")
    session.announced = True
    fire("lose", session, step(100))
    effects = fire("end", session, step(160))
    reason = "too_few_players" if kind == "party" else "left"
    assert (ago(session.ended_at), session.reason, session.deadline) == (100, reason, None)
    assert names(effects) == ["NoticeDue", "RecordEnded", f"saved.{kind}", "session_ended"]
    notice, ended, line, told = effects
    assert isinstance(notice, NoticeDue)
    assert (notice.notice, notice.seconds, ago(notice.at)) == ("exit", 100.0, 160)
    assert isinstance(ended, RecordEnded)
    assert (ended.record.seconds, ended.record.uncertain_seconds) == (100.0, 0.0)
    assert ended.record.state == "ended"
    assert isinstance(line, LogLine)
    assert (line.level, line.values["seconds"]) == ("info", 100.0)
    assert isinstance(told, BotEvent)
    assert told.record == ended.record


def test_who_was_not_announced_goes_without_a_notice() -> None:
    session = voice()
    leave(session, 100)
    assert names(fire("end", session, step(160)))[0] == "RecordEnded"


def test_a_session_ended_on_purpose_ends_now_and_says_why() -> None:
    session = party()
    fire("end", session, step(160, reason="too_few_players"))
    assert (ago(session.ended_at), session.reason) == (160, "too_few_players")


def test_a_session_ended_on_purpose_in_retrospect_ends_then() -> None:
    session = game()
    fire("end", session, step(160, moment=150))
    assert ago(session.ended_at) == 150


# Validated, and still there


@pytest.mark.parametrize("source", ["event", "guild_create", "audit", "rest", "members"])
def test_fresh_evidence_moves_last_seen(source: Source) -> None:
    session = voice()
    assert fire("validate", session, step(100, present(90, source))) == []
    assert ago(session.last_seen) == 90


def test_the_cache_does_not_move_last_seen() -> None:
    session = voice(seen=20)
    fire("validate", session, step(100, present(90, "cache")))
    assert ago(session.last_seen) == 20


def test_older_evidence_does_not_move_last_seen_back() -> None:
    session = voice(seen=20)
    fire("validate", session, step(100, present(10)))
    assert ago(session.last_seen) == 20


@pytest.mark.parametrize("kind", KINDS)
def test_over_a_gap_it_goes_on_and_the_gap_is_unknown(kind: Kind) -> None:
    session = session_of(kind, "confirmed")
    session.last_seen = at(10)
    effects = fire("validate", session, step(130, present(130), gap=gap(100, 130)))
    assert session.stretches == (unknown(10, 130),)
    assert ago(session.last_seen) == 130
    assert ago(session.started_at) == 0
    assert names(effects) == ["SessionChanged", "session_recovered"]


def test_what_was_seen_up_to_the_gap_is_known_up_to_the_gap() -> None:
    session = voice(seen=99)
    fire("validate", session, step(130, present(130), gap=gap(100, 130)))
    assert session.stretches == (unknown(99, 130),)


def test_the_unknown_does_not_reach_before_the_start() -> None:
    session = voice(started=99, seen=99)
    fire("validate", session, step(130, present(130), gap=gap(100, 130)))
    assert session.stretches == (unknown(99, 130),)


def test_the_unknown_lasts_until_the_person_was_seen_not_merely_until_watching_resumed() -> None:
    session = voice()
    fire("validate", session, step(140, present(135), gap=gap(100, 130)))
    assert session.stretches == (unknown(0, 135),)


def test_a_look_within_a_gap_does_not_end_it() -> None:
    session = voice()
    fire("validate", session, step(130, present(120), gap=gap(100, 130)))
    assert session.stretches == (unknown(0, 130),)


def test_a_second_gap_is_marked_as_well() -> None:
    session = voice()
    fire("validate", session, step(130, present(130), gap=gap(100, 130)))
    fire("validate", session, step(230, present(230), gap=gap(200, 230)))
    assert session.stretches == (unknown(0, 130), unknown(130, 230))


def test_a_gap_that_evidence_has_bridged_already_is_none() -> None:
    session = voice()
    fire("validate", session, step(130, present(130), gap=gap(100, 130)))
    again = fire("validate", session, step(200, present(200), gap=gap(100, 130), break_sign=True))
    assert (again, session.state) == ([], "recovered")
    assert session.stretches == (unknown(0, 130),)


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_recovered_takes_its_leave_silently(kind: Kind) -> None:
    session = session_of(kind, "confirmed")
    session.announced = True
    fire("validate", session, step(130, present(130), gap=gap(100, 130)))
    assert not session.announced
    effects = fire("end", session, step(200))
    assert not any(isinstance(effect, NoticeDue) for effect in effects)


def test_away_before_the_gap_and_there_after_it() -> None:
    session = voice()
    fire("lose", session, step(100))
    fire("validate", session, step(130, present(130), gap=gap(120, 130)))
    assert session.stretches == (away(100, 120), unknown(100, 130))
    assert (session.absent_since, session.deadline) == (None, None)
    fire("end", session, step(200))
    assert account(session) == (180.0, 20.0)


def test_away_in_a_look_after_the_last_heartbeat_and_there_after_the_gap() -> None:
    """A look may be later than the last instant that is known to have been watched."""
    session = voice()
    fire("lose", session, step(100))
    fire("validate", session, step(125, absent(125)))
    fire("validate", session, step(130, present(130), gap=gap(120, 130)))
    assert session.stretches == (away(100, 125), unknown(125, 130))


def test_who_left_within_the_gap_is_unknown_from_there() -> None:
    session = voice()
    fire("lose", session, step(125))
    fire("validate", session, step(130, present(130), gap=gap(120, 130)))
    assert session.stretches == (unknown(125, 130),)


def test_there_again_unheard_it_is_unknown_since_they_left() -> None:
    session = voice()
    fire("lose", session, step(100))
    effects = fire("validate", session, step(130, present(125)))
    assert effects == [SessionChanged(session)]
    assert session.stretches == (unknown(100, 125),)
    assert (session.absent_since, session.deadline) == (None, None)
    assert ago(session.last_seen) == 125


def test_the_cache_does_not_bring_back_who_was_seen_to_leave() -> None:
    session = voice()
    fire("lose", session, step(100))
    assert fire("validate", session, step(130, present(125, "cache"))) == []
    assert ago(session.absent_since) == 100


@pytest.mark.parametrize("asked", [95, 100])
def test_a_look_asked_before_they_left_and_answered_after_does_not_bring_them_back(
    asked: int,
) -> None:
    """It may speak of the time before their leaving."""
    session = voice()
    fire("lose", session, step(100))
    answer = msgspec.structs.replace(present(105), since=at(asked))
    assert fire("validate", session, step(110, answer)) == []
    assert (ago(session.absent_since), session.stretches) == (100, ())
    assert ago(session.last_seen) == 100


@pytest.mark.parametrize("seen", [90, 100])
def test_a_look_from_before_they_left_does_not_bring_them_back(seen: int) -> None:
    session = voice()
    fire("lose", session, step(100))
    assert fire("validate", session, step(130, present(seen))) == []
    assert ago(session.absent_since) == 100
    assert due(session) == ("end", 160)


def test_there_again_after_the_grace_is_another_stay() -> None:
    session = voice()
    fire("lose", session, step(100))
    assert fire("validate", session, step(161, present(161))) == []
    assert due(session) == ("end", 160)
    fire("end", session, step(161))
    assert account(session) == (100.0, 0.0)


# Validated, and gone


@pytest.mark.parametrize("kind", KINDS)
def test_gone_unheard_it_is_closed_where_it_was_last_seen(kind: Kind) -> None:
    session = session_of(kind, "confirmed")
    session.last_seen, session.announced = at(400), True
    if kind == "party":
        session = party(
            player(2, 0, 400, unknown(400, 1000)), player(3, 0, 900), started=0, seen=400
        )
    effects = fire("validate", session, step(1000, absent(1000)))
    assert names(effects) == [
        f"orphaned.{kind}",
        "RecordEnded",
        f"saved_or_more.{kind}",
        "session_orphaned",
    ]
    assert (ago(session.ended_at), session.reason) == (400, "leave_missed")
    assert session.stretches == (unknown(400, 1000),)
    assert [effect.level for effect in effects if isinstance(effect, LogLine)] == [
        "warning",
        "info",
    ]


@pytest.mark.parametrize(
    ("credit", "expected"),
    [("watched", (400.0, 600.0)), ("midpoint", (700.0, 300.0)), ("detected", (1000.0, 600.0))],
)
def test_a_missed_leaving_is_credited_as_the_setting_says(
    credit: OrphanCredit, expected: tuple[float, float]
) -> None:
    session = voice(seen=400)
    fire("validate", session, step(1000, absent(1000), under=policy(orphan_credit=credit)))
    assert account(session) == expected


@pytest.mark.parametrize(
    ("credit", "expected"),
    [("watched", (800.0, 400.0)), ("midpoint", (700.0, 300.0)), ("detected", (1000.0, 600.0))],
)
def test_gone_after_a_gap_is_credited_as_the_setting_says(
    credit: OrphanCredit, expected: tuple[float, float]
) -> None:
    """A crash must not cost the hours before it, nor an outage become hours of play."""
    session = voice(seen=400)
    under = policy(orphan_credit=credit)
    fire("validate", session, step(1000, absent(1000), under=under, gap=gap(800, 1000)))
    assert account(session) == expected
    assert session.reason == "gap"


@pytest.mark.parametrize(
    ("credit", "expected"),
    [("watched", (800.0, 400.0)), ("midpoint", (700.0, 300.0)), ("detected", (1000.0, 600.0))],
)
def test_there_again_for_another_stay_is_credited_as_the_setting_says(
    credit: OrphanCredit, expected: tuple[float, float]
) -> None:
    session = voice(seen=400)
    under = policy(gap="end", orphan_credit=credit)
    fire("validate", session, step(1000, present(1000), under=under, gap=gap(800, 1000)))
    assert account(session) == expected
    assert session.reason == "gap_not_bridged"


@pytest.mark.parametrize("credit", ["watched", "midpoint", "detected"])
def test_a_look_from_before_the_last_proof_takes_nothing_away(credit: OrphanCredit) -> None:
    session = voice(seen=400)
    fire("validate", session, step(401, absent(390), under=policy(orphan_credit=credit)))
    assert account(session) == (400.0, 0.0)


@pytest.mark.parametrize("credit", ["watched", "midpoint", "detected"])
def test_what_was_seen_within_a_gap_stays_credited(credit: OrphanCredit) -> None:
    """A look by REST at 850, while the gateway was silent from 800."""
    session = voice(seen=850)
    under = policy(orphan_credit=credit)
    fire("validate", session, step(1000, absent(1000), under=under, gap=gap(800, 1000)))
    assert record_of(session).seconds >= 850
    assert session.stretches == (unknown(850, 1000),)


def test_a_gap_long_bridged_does_not_date_a_later_leaving() -> None:
    session = voice()
    fire("validate", session, step(130, present(130), gap=gap(100, 130)))
    fire("validate", session, step(500, present(500)))
    fire("validate", session, step(900, absent(900), gap=gap(100, 130)))
    assert (ago(session.ended_at), session.reason) == (500, "leave_missed")


def test_gone_as_was_heard_the_grace_decides() -> None:
    session = voice()
    fire("lose", session, step(100))
    assert fire("validate", session, step(130, absent(130))) == []
    assert (ago(session.absent_since), due(session)) == (100, ("end", 160))
    assert ago(session.last_seen) == 130


def test_gone_before_and_after_a_gap_it_is_unknown_whether_they_were_back_in_between() -> None:
    session = voice()
    fire("lose", session, step(100))
    effects = fire("validate", session, step(130, absent(130), gap=gap(110, 130)))
    assert effects == [SessionChanged(session)]
    assert session.stretches == (unknown(100, 130),)
    fire("end", session, step(160))
    assert account(session) == (100.0, 30.0)


def test_left_and_back_heard_around_a_gap() -> None:
    session = voice()
    fire("lose", session, step(100))
    fire("validate", session, step(130, absent(130), gap=gap(110, 130)))
    fire("return", session, step(150))
    fire("end", session, step(200))
    assert account(session) == (150.0, 30.0)


def test_a_grace_that_ran_out_in_the_gap_ends_the_stay_when_they_left() -> None:
    session = voice()
    fire("lose", session, step(100))
    effects = fire("validate", session, step(300, present(300), gap=gap(110, 300)))
    assert (ago(session.ended_at), session.reason) == (100, "left")
    assert account(session) == (100.0, 200.0)
    assert names(effects)[-1] == "session_orphaned"


def test_a_party_that_had_too_few_players_and_its_grace_ran_out_in_the_gap_says_so() -> None:
    session = party()
    fire("lose", session, step(100))
    fire("validate", session, step(300, present(300), gap=gap(110, 300)))
    assert (ago(session.ended_at), session.reason) == (100, "too_few_players")


def test_a_leaving_heard_after_a_gap_leaves_the_gap_unknown() -> None:
    session = voice()
    fire("lose", session, step(140, gap=gap(100, 130)))
    assert session.stretches == (unknown(0, 140),)
    fire("end", session, step(200))
    assert account(session) == (140.0, 140.0)


def test_a_return_heard_after_a_gap_leaves_the_gap_unknown() -> None:
    session = voice()
    fire("lose", session, step(100))
    fire("return", session, step(140, gap=gap(110, 130)))
    assert session.stretches == (unknown(100, 140), away(100, 140))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("gap_given", [None, gap(200, 300)])
def test_unknown_changes_nothing(kind: Kind, gap_given: Gap | None) -> None:
    for state in ("pending", "confirmed", "recovered"):
        session = session_of(kind, state)
        leave(session, 100)
        before = msgspec.to_builtins(session)
        answer = evidence("unknown", 300)
        assert fire("validate", session, step(300, answer, gap=gap_given)) == []
        assert msgspec.to_builtins(session) == before


# Closed


@pytest.mark.parametrize(
    "reason", ["guild_removed", "channel_deleted", "opted_out", "too_few_players"]
)
@pytest.mark.parametrize("kind", KINDS)
def test_a_closed_session_says_why(kind: Kind, reason: Reason) -> None:
    session = session_of(kind, "confirmed")
    effects = fire("close", session, step(100, reason=reason))
    assert names(effects) == ["RecordEnded", f"saved.{kind}", "session_orphaned"]
    assert (ago(session.ended_at), session.reason, session.state) == (100, reason, "orphaned")
    assert account(session) == (100.0, 0.0)


def test_closed_while_away_it_ended_when_they_left() -> None:
    session = voice()
    fire("lose", session, step(100))
    fire("close", session, step(130, reason="guild_removed"))
    assert (ago(session.ended_at), session.reason) == (100, "guild_removed")
    assert due(session) is None


def test_closed_while_away_over_a_gap_they_may_have_been_back() -> None:
    session = voice()
    fire("lose", session, step(100))
    fire("close", session, step(130, reason="guild_removed", gap=gap(110, 130)))
    assert account(session) == (100.0, 30.0)


def test_closed_over_a_gap_it_ends_at_the_last_instant_that_was_watched() -> None:
    session = voice()
    fire("close", session, step(130, reason="guild_removed", gap=gap(100, 130)))
    assert (ago(session.ended_at), session.reason) == (100, "guild_removed")
    assert account(session) == (100.0, 100.0)


def test_closed_without_a_reason_over_a_gap_the_gap_is_the_reason() -> None:
    session = voice()
    fire("close", session, step(130, gap=gap(100, 130)))
    assert session.reason == "gap"


def test_a_replayed_closing_lies_between_the_cut_and_its_arrival() -> None:
    session = voice()
    fire("close", session, step(100, reason="channel_deleted", since=90))
    assert account(session) == (100.0, 10.0)


def test_a_party_is_named_with_each_of_its_people_once() -> None:
    session = party(player(1, 0, 50), player(2, 0), player(1, 60))
    lines = [e for e in fire("end", session, step(100)) if isinstance(e, LogLine)]
    assert [line.values["players"] for line in lines] == [2]
    session = party(player(1, 0, 50), player(2, 0), player(1, 60), state="pending")
    (notice,) = fire("announce", session, step(3, present(3)))
    assert isinstance(notice, NoticeDue)
    assert notice.player_names == ("player 1", "player 2")
    assert (notice.user_id, notice.username, notice.game_name) == (None, None, "VALORANT")


def test_whoever_was_forgotten_is_in_no_notice() -> None:
    session = party(player(-1, 0, 50), player(2, 0), player(3, 0), state="pending")
    (notice,) = fire("announce", session, step(3, present(3)))
    assert isinstance(notice, NoticeDue)
    assert notice.player_names == ("player 2", "player 3")


def test_of_a_crowd_a_notice_names_no_more_than_a_message_can_hold() -> None:
    crowd = party(*(player(number, 0) for number in range(5_000)), state="pending")
    (notice,) = fire("announce", crowd, step(3, present(3)))
    assert isinstance(notice, NoticeDue)
    shortest = ", ".join("x" for _name in notice.player_names)
    assert 2_000 < len(shortest) < 2_200
    assert notice.player_names[0] == "player 0"


# Changed


def test_a_move_to_another_channel_begins_a_stay_and_breaks_nothing() -> None:
    session = voice()
    change = Change(channel_id=501, channel_name="Gaming")
    effects = fire("update", session, step(40, change=change))
    assert effects == [SessionChanged(session)]
    assert session.stays == (
        Stay(GENERAL, "General", at(0), at(0)),
        Stay(501, "Gaming", at(40), at(40)),
    )
    assert (session.channel_id, session.channel_name) == (501, "Gaming")
    assert ago(session.started_at) == 0


def test_a_move_that_was_found_may_have_happened_earlier() -> None:
    session = voice()
    change = Change(channel_id=501, channel_name="Gaming", floor=at(30))
    fire("update", session, step(40, change=change))
    assert session.stays[-1] == Stay(501, "Gaming", at(40), at(30))


def test_a_replayed_move_may_have_happened_since_the_cut() -> None:
    session = voice()
    change = Change(channel_id=501, channel_name="Gaming")
    fire("update", session, step(40, change=change, since=35))
    assert session.stays[-1] == Stay(501, "Gaming", at(40), at(35))


def test_where_a_move_was_found_its_own_floor_counts() -> None:
    session = voice()
    change = Change(channel_id=501, channel_name="Gaming", floor=at(30))
    fire("update", session, step(40, change=change, since=35))
    assert session.stays[-1] == Stay(501, "Gaming", at(40), at(30))


def test_a_move_cannot_have_happened_later_than_it_did() -> None:
    session = voice()
    change = Change(channel_id=501, channel_name="Gaming", floor=at(50))
    fire("update", session, step(40, change=change))
    assert session.stays[-1] == Stay(501, "Gaming", at(40), at(40))


def test_no_stay_begins_before_the_session() -> None:
    session = voice(started=20)
    fire("update", session, step(10, change=Change(channel_id=501, channel_name="Gaming")))
    assert session.stays[1:] == (Stay(501, "Gaming", at(20), at(20)),)


def test_stays_follow_one_another_even_when_the_clock_steps_back() -> None:
    session = voice(started=20)
    fire("update", session, step(40, change=Change(channel_id=501, channel_name="Gaming")))
    fire("update", session, step(10, change=Change(channel_id=502, channel_name="AFK")))
    assert session.stays[1:] == (
        Stay(501, "Gaming", at(40), at(40)),
        Stay(502, "AFK", at(40), at(40)),
    )


def test_another_name_of_the_same_channel_is_no_move() -> None:
    session = voice()
    fire("update", session, step(40, change=Change(channel_id=GENERAL, channel_name="Lobby")))
    assert len(session.stays) == 1
    assert session.channel_name == session.stays[0].channel_name == "Lobby"


def test_whoever_has_never_moved_has_one_stay_and_none_that_takes_room() -> None:
    session = voice(started=20)
    assert session.stays == (Stay(GENERAL, "General", at(20), at(20)),)
    assert session.moved == ()


def test_a_new_name_of_the_person_is_taken_over() -> None:
    for session in (voice(), game()):
        fire("update", session, step(40, change=Change(username="Pino II")))
        assert session.username == "Pino II"


def test_a_missing_application_id_is_filled_in_and_a_known_one_kept() -> None:
    for session in (game(), party()):
        fire("update", session, step(40, change=Change(app_id=7)))
        fire("update", session, step(50, change=Change(app_id=8)))
        fire("update", session, step(60))
        assert session.app_id == 7


@pytest.mark.parametrize("kind", KINDS)
def test_a_change_is_saved_once_the_session_counts(kind: Kind) -> None:
    pending, live = session_of(kind, "pending"), session_of(kind, "confirmed")
    change = Change(username="Pino II")
    assert fire("update", pending, step(5, change=change)) == []
    [saved] = fire("update", live, step(5, change=change))
    assert saved == SessionChanged(live, () if kind == "party" else None)


def test_a_party_remembers_the_most_people_it_had_at_once() -> None:
    session = party()
    for second, people in enumerate((2, 3, 2)):
        fire("update", session, step(second, change=Change(people=people)))
    fire("update", session, step(30))
    assert session.max_players == 3


def test_a_party_is_saved_with_those_of_its_players_that_have_changed() -> None:
    session = party(*(player(user_id, 0) for user_id in range(20)))
    changed = (session.players[1], session.players[3])
    saved = fire("update", session, step(20, change=Change(players=changed)))
    assert saved == [SessionChanged(session, changed)]


# Laws

SECONDS = st.integers(0, 200)
ANSWERS = st.builds(
    evidence,
    st.sampled_from(["present", "absent", "unknown"]),
    SECONDS,
    st.sampled_from(["rest", "event", "guild_create", "cache"]),
)
POLICIES = st.builds(
    policy,
    grace=st.sampled_from([0, 30, 60]),
    gap=st.sampled_from(["bridge", "end", seconds(20)]),
    orphan_credit=st.sampled_from(["watched", "midpoint", "detected"]),
)


@given(
    kind=st.sampled_from(KINDS),
    pending=st.booleans(),
    left=st.none() | SECONDS,
    looked=SECONDS,
    presence=st.sampled_from(["present", "absent", "unknown"]),
    unwatched=st.none() | SECONDS,
    under=POLICIES,
    break_sign=st.booleans(),
)
def test_validated_twice_the_second_time_changes_nothing(
    *,
    kind: Kind,
    pending: bool,
    left: int | None,
    looked: int,
    presence: Presence,
    unwatched: int | None,
    under: Policy,
    break_sign: bool,
) -> None:
    session = session_of(kind, "pending" if pending else "confirmed")
    if left is not None and not pending:
        leave(session, left)
    watched = None if unwatched is None else gap(min(unwatched, looked), looked)

    def validate() -> list[Effect]:
        answer = evidence(presence, looked)
        return fire(
            "validate",
            session,
            step(looked, answer, gap=watched, under=under, break_sign=break_sign),
        )

    validate()
    once = msgspec.to_builtins(session)
    again = [] if session.is_over else validate()

    assert msgspec.to_builtins(session) == once
    assert again == []


@st.composite
def happenings(draw: st.DrawFn) -> tuple[Trigger, Trigger, Step]:
    """Draw a trigger for a pending session, one for a live one, and what surrounds it."""
    since, until = sorted((draw(SECONDS), draw(SECONDS)))
    happening = step(
        draw(SECONDS),
        draw(st.none() | ANSWERS),
        gap=draw(st.sampled_from([None, gap(since, until)])),
        under=draw(POLICIES),
        break_sign=draw(st.booleans()),
        change=Change(
            channel_id=draw(st.integers(1, 3)),
            channel_name="General",
            floor=draw(st.none() | SECONDS.map(at)),
        ),
    )
    happening.since = draw(st.none() | SECONDS.map(at))
    while_pending: st.SearchStrategy[Trigger] = st.sampled_from(
        ["announce", "confirm", "confirm", "update", "validate", "cancel"]
    )
    while_live: st.SearchStrategy[Trigger] = st.sampled_from(
        ["lose", "lose", "return", "return", "validate", "validate", "update", "end"]
    )
    return draw(while_pending), draw(while_live), happening


@given(
    kind=st.sampled_from(KINDS),
    started=SECONDS,
    found=st.booleans(),
    life=st.lists(happenings(), max_size=12),
)
def test_whatever_happens_and_whatever_the_clock_does_no_time_is_negative(
    kind: Kind, started: int, *, found: bool, life: list[tuple[Trigger, Trigger, Step]]
) -> None:
    session = session_of(kind, "new")
    session.started_at = session.last_seen = at(started)
    fire("recover" if found else "start", session, step(started))
    for while_pending, while_live, happening in life:
        if not session.is_over:
            fire(while_live if session.is_live else while_pending, session, happening)
            check(session)
    if not session.is_over:
        fire("close", session, step(100, reason="guild_removed"))
        check(session)


def check(session: AnySession) -> None:
    """Assert what must hold of any session at any time."""
    assert all(stretch.start < stretch.end for stretch in session.stretches)
    timeline = timeline_of(session, session.ended_at or at(200))
    assert session.started_at <= timeline.started_at <= timeline.ended_at
    assert 0 <= timeline.account().seconds * 1e6 <= timeline.ended_at - timeline.started_at + 0.5
    if isinstance(session, VoiceSession):
        assert list(session.stays) == sorted(session.stays, key=lambda stay: stay.since)
        assert all(stay.floor <= stay.since for stay in session.stays)
    if session.is_over:
        record = record_of(session)
        assert record.seconds >= 0
        assert record.uncertain_seconds is None or record.uncertain_seconds >= 0
        assert session.ended_at is not None
        assert session.ended_at >= session.started_at
        assert due(session) is None


# What the log says of the doubt


@pytest.mark.parametrize(
    ("before", "within", "after", "key"),
    [
        (1.0, 30.0, 0.0, "saved_partly_or_earlier"),
        (0.0, 30.0, 1.0, "saved_partly_or_more"),
        (1.0, 30.0, 2.0, "saved_partly_or_earlier_or_more"),
        (30.0, 1.0, 0.0, "saved_or_earlier"),
        (0.3, 30.0, 0.3, "saved_about"),
    ],
)
def test_the_log_says_that_part_of_the_doubt_lies_within_where_the_rest_does_not_explain_it(
    before: float, within: float, after: float, key: str
) -> None:
    session = voice()
    session.stretches = (unknown(-before, within), unknown(40, 40 + after))
    fire("lose", session, step(40))
    (line,) = [each for each in fire("end", session, step(1000)) if isinstance(each, LogLine)]
    assert line.key == f"{key}.voice"
    assert line.values["uncertain"] == max(within, before + after)


@pytest.mark.parametrize(
    ("before", "after", "key", "said"),
    [
        (12.0, 0.0, "saved_or_earlier", {"uncertain": 12.0, "earlier": 12.0}),
        (0.0, 12.0, "saved_or_more", {"uncertain": 12.0, "more": 12.0}),
        (4.0, 8.0, "saved_or_earlier_or_more", {"uncertain": 12.0, "earlier": 4.0, "more": 8.0}),
        (0.3, 6.4, "saved_or_more", {"uncertain": 6.7, "more": 6.7}),
        (0.3, 0.4, "saved_about", {"uncertain": 0.7}),
        (0.1, 0.1, "saved", {}),
    ],
)
def test_the_log_says_on_which_side_of_a_session_the_doubt_lies(
    before: float, after: float, key: str, said: dict[str, float]
) -> None:
    session = voice()
    session.stretches = (unknown(-before, 0), unknown(8, 8 + after))
    fire("lose", session, step(8))
    (line,) = [each for each in fire("end", session, step(1000)) if isinstance(each, LogLine)]
    assert line.key == f"{key}.voice"
    told = {
        name: line.values[name] for name in ("uncertain", "earlier", "more") if name in line.values
    }
    assert told == pytest.approx(said)


def test_a_start_that_nobody_knows_has_no_bound_before_it() -> None:
    session = voice()
    session.stretches, session.unbounded = (unknown(-12, 0), unknown(8, 20)), True
    fire("lose", session, step(8))
    (line,) = [each for each in fire("end", session, step(1000)) if isinstance(each, LogLine)]
    assert (line.key, line.values["more"]) == ("saved_unbounded_or_more.voice", 12.0)
    assert "earlier" not in line.values
