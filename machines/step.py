"""The surroundings of one trigger: what guards may ask and where actions put their effects."""

from __future__ import annotations

from typing import Literal

import msgspec

from machines.attendance import Attendance
from machines.effects import Effect
from machines.evidence import Evidence, Gap
from machines.instant import Instant
from machines.record import Record
from machines.session import Player, Reason

__all__ = ["Change", "GapPolicy", "OrphanCredit", "Policy", "Step"]

OrphanCredit = Literal["watched", "midpoint", "detected"]
GapPolicy = Literal["bridge", "end"] | int
"""What a gap means: bridge it, end the session, or bridge it up to so many microseconds."""


class Policy(msgspec.Struct, frozen=True, gc=False):
    """The settings of one kind that decide transitions; durations in microseconds."""

    announce_after: int
    confirm_after: int
    grace: int
    gap: GapPolicy
    orphan_credit: OrphanCredit
    event_delay: int


class Change(msgspec.Struct, frozen=True, gc=False):
    """What an ``update`` brings; fields that do not concern a kind stay as they are.

    ``people`` is how many are in a party now, and ``players`` those of its players who are new
    or changed since it was last told of.
    """

    username: str | None = None
    channel_id: int | None = None
    channel_name: str | None = None
    app_id: int | None = None
    floor: Instant | None = None
    people: int = 0
    players: tuple[Player, ...] = ()


class Step(msgspec.Struct, gc=False):
    """One trigger at one instant.

    Attributes:
        now: when it is fired.
        moment: the instant the news speaks of: ``now``, or an earlier one (a party's last
            moment of enough players).
        policy: the settings of the session's kind.
        effects: what the outside is asked to do, in order.
        evidence: what is known about the session's person; None where the trigger itself is
            the news.
        gap: the time in which nobody watched, if one lies before this step.
        since: the earliest instant at which what is reported can have happened; differs from
            ``now`` for what a RESUME replays.
        break_sign: something says that the person left and came back inside the gap.
        cooldown_over: an entry notice may be sent.
        change: what an ``update`` brings.
        reason: why a ``close``, or a ``validate`` instead of one, closes.
        attendance: that of a party's players, where it has been added up already.
        record: what the session comes to, once the step has ended it and somebody has asked.
    """

    now: Instant
    moment: Instant
    policy: Policy
    effects: list[Effect] = msgspec.field(default_factory=list)
    evidence: Evidence | None = None
    gap: Gap | None = None
    since: Instant | None = None
    break_sign: bool = False
    cooldown_over: bool = False
    change: Change | None = None
    reason: Reason | None = None
    attendance: Attendance | None = None
    record: Record | None = None
