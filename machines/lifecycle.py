"""The life that voice, game and party sessions share: one table, its guards, its actions.

Read the table from top to bottom: for a trigger, the first row whose source is the session's
state and whose guards all hold is taken. A row without ``dest`` leaves the state as it is.
A trigger that has no row for a state is forbidden there (``ForbiddenTriggerError``);
a trigger that has rows but no holding guard does nothing.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from machines.outcomes import (
    announce,
    log_orphaned,
    log_recovered,
    log_saved,
    save,
    say_goodbye,
    tell_confirmed,
    tell_ended,
    tell_found,
    tell_orphaned,
    tell_recovered,
    withdraw_notice,
    write_record,
)
from machines.session import Deadline, PartySession
from machines.timeline import Stretch
from machines.together import seen_together

if TYPE_CHECKING:
    from collections.abc import Callable

    from machines.evidence import Gap
    from machines.instant import Instant
    from machines.session import AnySession, Reason, State, Trigger
    from machines.step import Step

    Guard = Callable[[AnySession, Step], bool]
    Action = Callable[[AnySession, Step], None]

__all__ = ["Row", "lifecycle"]

_GAPS_KNOWN = 64
"""Gaps that are held by whoever marks the same next: people of a guild, one after the other."""


class Row(NamedTuple):
    """One transition: ``trigger`` takes ``sources`` to ``dest`` when all of ``when`` hold."""

    trigger: Trigger
    sources: tuple[State, ...]
    dest: State | None
    when: tuple[Guard, ...]
    do: tuple[Action, ...]
    meaning: str


def lifecycle(*own: Row) -> tuple[Row, ...]:
    """Return the shared table, and behind it a kind's own rows: so both keep their numbers."""
    live: tuple[State, ...] = ("confirmed", "recovered")
    unfinished: tuple[State, ...] = ("pending", *live)
    # fmt: off
    return (
        # trigger     from          to           when                            do
        Row("start",    ("new",),     "pending",   (),
            (expect_announcement,),
            "seen to come"),
        Row("recover",  ("new",),     "recovered", (),
            (count_from_finding, save, log_recovered, tell_found),
            "found in the guild with no session"),

        Row("announce", ("pending",), None,        (present,),
            (announce, expect_confirmation),
            "still there after announce_after: an entry notice may go out"),
        Row("announce", ("pending",), None,        (unknown,),
            (wait_for_evidence,),
            "the guild cannot say: asked again at the next evidence"),
        Row("confirm",  ("pending",), "confirmed", (present,),
            (begin_counting, save, tell_confirmed),
            "still there after confirm_after: it counts from its start"),
        Row("confirm",  ("pending",), None,        (unknown,),
            (wait_for_evidence,),
            "the guild cannot say: asked again at the next evidence"),
        Row("cancel",   ("pending",), "ended",     (),
            (discard, withdraw_notice),
            "left before it was confirmed: nothing is written"),

        Row("lose",     live,         None,        (),
            (mark_gap, mark_absent, expect_end, save),
            "seen to leave: the grace begins"),
        Row("return",   live,         None,        (within_grace,),
            (mark_gap, count_time_away, save),
            "came back within the grace"),
        Row("end",      live,         "ended",     (),
            (end_at_absence, say_goodbye, write_record, log_saved, tell_ended),
            "did not come back: it ended when they left"),

        Row("validate", unfinished,   None,        (unknown,),
            (),
            "the guild says nothing newer: nothing changes"),
        Row("validate", ("pending",), "orphaned",  (absent, may_have_counted),
            (begin_counting, log_orphaned, close_at_last_proof, write_record, log_saved,
             tell_orphaned),
            "gone, and it may have come to count unseen: how long is unknown"),
        Row("validate", ("pending",), "ended",     (absent,),
            (discard, withdraw_notice),
            "gone before it was confirmed: nothing is written"),
        Row("validate", ("pending",), None,        (present,),
            (mark_gap, renew, take_up_deadline),
            "still there"),
        Row("validate", live,         None,        (absent, seen_to_leave, over_a_gap),
            (mark_gap, renew, save),
            "away before the gap and after it: whether they were back in it is unknown"),
        Row("validate", live,         None,        (absent, seen_to_leave),
            (renew,),
            "away, as known: the grace decides, not the check"),
        Row("validate", live,         "orphaned",  (absent,),
            (log_orphaned, close_at_last_proof, write_record, log_saved, tell_orphaned),
            "gone, and the leaving was missed"),
        Row("validate", live,         "orphaned",  (present, over_a_gap, must_not_be_bridged),
            (log_orphaned, close_at_gap, write_record, log_saved, tell_orphaned),
            "there again, but not for the same stay"),
        Row("validate", live,         "recovered", (present, over_a_gap),
            (end_absence, mark_gap, renew, save, tell_recovered),
            "there still: it goes on, the gap is unknown"),
        Row("validate", live,         None,        (present, seen_after_leaving, within_grace),
            (end_absence_unheard, renew, save),
            "there again, and the coming back was missed"),
        Row("validate", live,         None,        (present,),
            (renew,),
            "there still: evidence renewed"),

        Row("close",    ("pending",), "ended",     (),
            (discard, withdraw_notice),
            "guild, channel or member gone: nothing is written"),
        Row("close",    live,         "orphaned",  (),
            (close_with_reason, write_record, log_saved, tell_orphaned),
            "guild, channel or member gone: closed with the reason"),

        *own,
    )
    # fmt: on


# Guards: may this transition happen?


def present(_session: AnySession, step: Step) -> bool:
    """The evidence says that the person is there."""
    return step.evidence is not None and step.evidence.presence == "present"


def absent(_session: AnySession, step: Step) -> bool:
    """The evidence says that the person is not there."""
    return step.evidence is not None and step.evidence.presence == "absent"


def unknown(_session: AnySession, step: Step) -> bool:
    """Nothing says whether the person is there."""
    return step.evidence is None or step.evidence.presence == "unknown"


def seen_to_leave(session: AnySession, _step: Step) -> bool:
    """Their leaving was heard, and the grace runs."""
    return session.absent_since is not None


def seen_after_leaving(session: AnySession, step: Step) -> bool:
    """The evidence is fresh, and later than their leaving."""
    return (
        session.absent_since is not None
        and step.evidence is not None
        and step.evidence.fresh
        and step.evidence.earliest > session.absent_since
    )


def within_grace(session: AnySession, step: Step) -> bool:
    """They are away, and for no longer than the grace allows."""
    return (
        session.absent_since is not None and step.moment - session.absent_since <= step.policy.grace
    )


def over_a_gap(session: AnySession, step: Step) -> bool:
    """Between the last proof and this one lies a time in which nobody watched."""
    return _gap(session, step) is not None


def may_have_counted(session: AnySession, step: Step) -> bool:
    """They may have stayed for long enough to count."""
    length = _proof(step) - session.earliest_start
    return session.unbounded or length >= step.policy.confirm_after


def must_not_be_bridged(session: AnySession, step: Step) -> bool:
    """Policy or a sign of a break says that this is another stay."""
    if step.gap is None:
        return False
    if session.absent_since is not None and not within_grace(session, step):
        return True
    if step.break_sign or step.policy.gap == "end":
        return True
    length = step.gap.until - step.gap.since
    return isinstance(step.policy.gap, int) and length > step.policy.gap


# Actions on the session: what the transition changes.


def expect_announcement(session: AnySession, step: Step) -> None:
    """Let the session be announced once it may have lasted ``announce_after``."""
    after = min(step.policy.announce_after, step.policy.confirm_after)
    is_known = not (session.stretches or session.unbounded)  # as nearly always: no call is needed
    at = session.started_at + after if is_known else _may_have_lasted(session, after)
    session.deadline = Deadline(at, "announce")


def expect_confirmation(session: AnySession, step: Step) -> None:
    """Let the session be confirmed once it may have lasted ``confirm_after``."""
    session.deadline = Deadline(_may_have_lasted(session, step.policy.confirm_after), "confirm")


def wait_for_evidence(session: AnySession, _step: Step) -> None:
    """Ask again when somebody can say, not at an instant."""
    session.deadline = None


def take_up_deadline(session: AnySession, step: Step) -> None:
    """Ask now what could not be answered when it was due."""
    if session.deadline is not None:
        return
    if session.announced:
        expect_confirmation(session, step)
    else:
        expect_announcement(session, step)


def count_from_finding(session: AnySession, step: Step) -> None:
    """It counts at once, whatever its length: nobody saw it start."""
    session.confirmed_at = step.now


def begin_counting(session: AnySession, step: Step) -> None:
    """It counts from its start."""
    session.confirmed_at = step.now
    session.deadline = None


def renew(session: AnySession, step: Step) -> None:
    """Fresh evidence moves ``last_seen``; what the cache repeats does not."""
    if step.evidence is not None and step.evidence.fresh:
        session.seen_at(step.evidence.earliest)


def mark_absent(session: AnySession, step: Step) -> None:
    """Remember when they left, and what is unknown about that instant."""
    left_before, left = session.absent_since, max(session.started_at, step.moment)
    if left_before is not None:
        left = max(left_before, left)
        _mark(session, "unknown", left_before, left)
    if step.since is not None:
        _mark(session, "unknown", step.since, left)
    session.absent_since = left
    session.seen_at(left)


def expect_end(session: AnySession, step: Step) -> None:
    """Let the session end when the grace is over."""
    if session.absent_since is not None:
        session.deadline = Deadline(session.absent_since + step.policy.grace, "end")


def count_time_away(session: AnySession, step: Step) -> None:
    """The time between leaving and coming back is away, not present."""
    _mark(session, "away", session.absent_since, step.moment)
    if step.since is not None:
        _mark(session, "unknown", step.since, step.moment)
    session.absent_since = None
    session.deadline = None
    session.seen_at(step.moment)


def end_absence(session: AnySession, step: Step) -> None:
    """Found back after a gap: away until the gap or the last proof of it, unknown after."""
    if session.absent_since is not None and step.gap is not None:
        last_proof = max(step.gap.since, session.last_seen)
        _mark(session, "away", session.absent_since, last_proof)
        session.absent_since = None
        session.deadline = None


def end_absence_unheard(session: AnySession, step: Step) -> None:
    """They are back, and nobody knows since when: unknown since they left."""
    if session.absent_since is not None and step.evidence is not None:
        _mark(session, "unknown", session.absent_since, step.evidence.at)
        session.absent_since = None
        session.deadline = None


def mark_gap(session: AnySession, step: Step) -> None:
    """What lies in the gap is unknown, from the last proof before it to the first after it.

    That nothing was heard in between proves nothing: a leaving may never have been sent.
    """
    if step.gap is None:  # as it nearly always is
        return
    gap = _gap(session, step)
    if gap is not None:
        until = max(gap.until, _proof(step))
        if session.last_seen < until:
            session.stretches += _unseen(session.last_seen, until)


def end_at_absence(session: AnySession, step: Step) -> None:
    """It ended when they left, not when the grace ran out."""
    ended_at = step.moment if session.absent_since is None else session.absent_since
    _finish(session, ended_at, step.reason or _usual_end(session))


def close_at_last_proof(session: AnySession, step: Step) -> None:
    """Nobody saw them leave: credit as ``orphan_credit`` says, the rest is unknown."""
    missed: Reason = "gap" if over_a_gap(session, step) else "leave_missed"
    _close_orphan(session, step, step.reason or missed)


def close_at_gap(session: AnySession, step: Step) -> None:
    """The stay before the gap is over; the next one is found by ``recover``."""
    if session.absent_since is not None:
        end_at_absence(session, step)
        mark_gap(session, step)
    else:
        _close_orphan(session, step, "gap_not_bridged")


def close_with_reason(session: AnySession, step: Step) -> None:
    """Nothing more can be known of it: it ends at the last instant that was watched."""
    if session.absent_since is not None:
        end_at_absence(session, step)
        mark_gap(session, step)
    elif over_a_gap(session, step):
        _close_orphan(session, step, step.reason or "gap")
    else:
        _mark(session, "unknown", step.since, step.moment)
        _finish(session, step.moment, step.reason or _usual_end(session))


def discard(session: AnySession, step: Step) -> None:
    """Too short to count."""
    _finish(session, step.now, "cancelled")


def _may_have_lasted(session: AnySession, length: int) -> Instant:
    """Return when it may have lasted for so long: at its start, where nothing bounds that."""
    return session.started_at if session.unbounded else session.earliest_start + length


def _usual_end(session: AnySession) -> Reason:
    """Return why a session is over where nothing else is: people leave, parties shrink."""
    return "too_few_players" if session.kind == "party" else "left"


def _finish(session: AnySession, ended_at: Instant, reason: Reason) -> None:
    session.ended_at = max(session.started_at, ended_at)
    session.reason = reason
    session.deadline = None


def _close_orphan(session: AnySession, step: Step, reason: Reason) -> None:
    """End it as ``orphan_credit`` says; between the last proof and this one it is unknown.

    Each player of a party may have been seen since all of them were looked at.
    """
    if type(session) is PartySession:
        session.seen_at(seen_together(session, _proof(step), step.attendance))
    gap, since = _gap(session, step), session.last_seen
    until = max(since, _proof(step))
    closed_at = {
        "watched": since if gap is None else max(since, gap.since),
        "midpoint": (since + until) // 2,
        "detected": until,
    }[step.policy.orphan_credit]
    _mark(session, "unknown", since, until)
    _finish(session, closed_at, reason)


def _gap(session: AnySession, step: Step) -> Gap | None:
    """Return the gap, unless something was seen of the session since."""
    return step.gap if step.gap is not None and session.last_seen < step.gap.until else None


def _proof(step: Step) -> Instant:
    """Return the instant of which this step says whether the person is there."""
    return step.moment if step.evidence is None else step.evidence.at


@lru_cache(maxsize=_GAPS_KNOWN)
def _unseen(since: Instant, until: Instant) -> tuple[Stretch]:
    """Return a gap as a history: one and the same for all whom the same looks saw around it."""
    return (Stretch(since, until, "unknown"),)


def _mark(
    session: AnySession, value: Literal["away", "unknown"], since: Instant | None, until: Instant
) -> None:
    if since is not None and since < until:
        session.stretches += (Stretch(since, until, value),)
