"""Firing a trigger: the step around it, and what must follow once the machine has moved."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from engine.cooldowns import Cooldowns
from engine.deadlines import Deadlines
from engine.policy import policy_of
from engine.registry import Registry
from engine.unheard import Unheard
from machines import (
    KINDS,
    LIVE,
    MACHINES,
    CooldownStarted,
    ForbiddenTriggerError,
    LogLine,
    NoticeWithdrawn,
    Step,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from engine.settings import Settings
    from machines import (
        AnySession,
        Attendance,
        Change,
        Effect,
        Evidence,
        Instant,
        Kind,
        Reason,
        Row,
        State,
        Trigger,
    )

    Follower = Callable[[AnySession], None]
    Observer = Callable[[AnySession, Row, State, Step], None]

__all__ = ["Firing", "Observer"]


class Firing:
    """Fires triggers, and keeps registry, deadlines and cooldowns in step with the sessions.

    Attributes:
        policies: by kind, the settings that decide its transitions.
        registry: the sessions that are not over.
        deadlines: what is due next for them.
        cooldowns: how long entry notices have to wait.
        counters: ``forbidden`` triggers and ``session_errors`` so far.
        live: how many sessions of each kind are live.
        followers: by kind, whoever is called with a session after a trigger was fired at it.
        at_end: called with each session that is over, before those.
        observers: called with each session after a transition, with the row that was taken, the
            state before it, and the step. They only watch, and must not raise.
        unheard: the kinds of which no event comes, and what looks say of them.
    """

    def __init__(self, settings: Settings, unheard: frozenset[Kind] = frozenset()) -> None:
        """Take over the policies of the three kinds."""
        self.unheard = Unheard(unheard)
        self.policies = {kind: policy_of(settings, kind) for kind in KINDS}
        self.registry = Registry()
        self.deadlines = Deadlines()
        self.cooldowns = Cooldowns(settings)
        self.counters: Counter[str] = Counter()
        self.live: Counter[Kind] = Counter()
        self.followers: dict[Kind, list[Follower]] = {kind: [] for kind in KINDS}
        self.at_end: list[Follower] = []
        self.observers: list[Observer] = []

    def fire(  # noqa: PLR0913 - they are the fields of a step
        self,
        trigger: Trigger,
        session: AnySession,
        now: Instant,
        effects: list[Effect],
        *,
        evidence: Evidence | None = None,
        since: Instant | None = None,
        at: Instant | None = None,
        change: Change | None = None,
        reason: Reason | None = None,
        break_sign: bool = False,
        attendance: Attendance | None = None,
    ) -> bool:
        """Fire ``trigger`` at ``session``; return whether a row of the table was taken.

        A trigger that the state does not allow is counted and logged, and changes nothing.
        What else it may be fired with are the fields of a :class:`~machines.step.Step`; ``at``
        is its ``moment``, where that is not ``now``.
        """
        kind, before, deadline, mark = session.kind, session.state, session.deadline, len(effects)
        seen_until = session.last_seen
        step = Step(
            now=now,
            moment=now if at is None else at,
            policy=self.policies[kind],
            effects=effects,
            evidence=evidence,
            gap=None if session.unwatched_since is None else self.unheard.gap(session, evidence),
            since=since,
            break_sign=break_sign,
            cooldown_over=trigger == "announce" and self.cooldowns.is_over(session, now),
            change=change,
            reason=reason,
            attendance=attendance,
        )
        row = MACHINES[kind].row_for(trigger, session, step) if self.observers else None
        try:
            taken = MACHINES[kind].fire(trigger, session, step)
        except ForbiddenTriggerError as error:
            self.counters["forbidden"] += 1
            effects.append(_forbidden(error))
            return False
        if step.gap is not None and taken:
            session.unwatched_since = None
            self.deadlines.schedule(session)
        if kind in self.unheard.kinds:
            self.unheard.has_fired(session, seen_until, evidence, effects)
        if step.cooldown_over and session.announced:
            effects.append(CooldownStarted(self.cooldowns.start(session, now)))
        if session.state != before:
            self._keep_in_step(session, before, now, effects, mark)
        if session.deadline is not deadline and session.deadline is not None:
            self.deadlines.schedule(session)
        for follow in self.followers[kind]:
            follow(session)
        if row is not None:
            for observe in self.observers:
                observe(session, row, before, step)
        return taken

    def is_followed_by(self, follow: Follower, *kinds: Kind) -> None:
        """Call ``follow`` with each session of these kinds after a trigger was fired at it."""
        for kind in kinds:
            self.followers[kind].append(follow)

    def is_left_by(self, follow: Follower) -> None:
        """Call it no more."""
        for followers in self.followers.values():
            if follow in followers:
                followers.remove(follow)

    def in_channel(self, guild_id: int, channel_id: int) -> Iterator[AnySession | None]:
        """Yield the sessions in a voice channel, and None where others may have their turn."""
        if self.registry.note not in self.followers["voice"]:
            self.is_followed_by(self.registry.note, "voice")  # not sooner: hardly anybody asks
        return self.registry.in_channel(guild_id, channel_id)

    def take_up(self, session: AnySession) -> None:
        """Hold a live session of an earlier process; its deadline waits for a look."""
        self.live[session.kind] += 1
        self.registry.add(session)
        self.deadlines.schedule(session)

    def let_go(self) -> Iterator[None]:
        """Hold no session any more, one by one; nothing is fired at them."""
        yield from self.deadlines.let_go()
        yield from self.registry.let_go()
        self.live.clear()
        self.unheard.let_go()

    def isolated(
        self, subject: str, kind: Kind, effects: list[Effect], work: Callable[[], None]
    ) -> None:
        """Do ``work`` for one session, or one person, so that its failure harms no other.

        Whatever it raises is counted and logged with ``subject``, the session's or person's id.
        """
        try:
            work()
        except Exception as error:  # noqa: BLE001 - one broken session must not stop a check
            self.counters["session_errors"] += 1
            described = f"{type(error).__name__}: {error}"
            values: dict[str, str | int | float] = {
                "session_id": subject,
                "kind": kind,
                "error": described,
            }
            effects.append(LogLine("error", "session_error", values))

    def _keep_in_step(
        self, session: AnySession, before: State, now: Instant, effects: list[Effect], mark: int
    ) -> None:
        """Count and hold a session whose state has changed; those that are over no longer."""
        is_live = session.state in LIVE
        if is_live != (before in LIVE):
            self.live[session.kind] += 1 if is_live else -1
        if not session.is_over:
            if before == "new":
                self.registry.add(session)
            return
        if before != "new":
            self.registry.remove(session)
        if session.announced and any(type(each) is NoticeWithdrawn for each in effects[mark:]):
            effects.append(CooldownStarted(self.cooldowns.release(session, now)))
        for remember in self.at_end:
            remember(session)


def _forbidden(error: ForbiddenTriggerError) -> LogLine:
    values: dict[str, str | int | float] = {
        "session_id": error.session_id,
        "kind": error.kind,
        "state": error.state,
        "trigger": error.trigger,
    }
    return LogLine("error", "forbidden", values)
