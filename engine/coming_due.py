"""Coming due: a deadline is fired before whatever is observed at its instant or later.

Sessions come due in the order of their deadlines. One waits while nobody watches it, while the
connection of its guild is cut (but for a confirmation), and until whatever befell its guild has
come to everybody there; what has been left of a party comes before what is due for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.deadlines import may_come_due
from machines import Evidence, PartySession

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.firing import Firing
    from engine.parties import Parties
    from engine.sweeps import Sweeps
    from machines import AnySession, Effect, Instant

__all__ = ["ComingDue", "DueTriggers"]


class DueTriggers:
    """Fires what has come due for one session."""

    def __init__(self, firing: Firing, parties: Parties) -> None:
        """Fire at the sessions that ``firing`` holds."""
        self._firing = firing
        self._parties = parties

    def fire(self, session: AnySession, now: Instant, effects: list[Effect]) -> None:
        """Fire the deadline of a session, where it is due by ``now`` and waits for no look."""
        deadline = session.deadline
        if deadline is None or deadline.at > now or not may_come_due(session):
            return
        if type(session) is PartySession and deadline.trigger == "end":
            self._parties.end(session, now, effects)
        elif deadline.trigger == "end":
            self._firing.fire("end", session, now, effects)
        else:
            watched = session.unwatched_since is None
            evidence = Evidence("present" if watched else "unknown", now, "engine")
            self._firing.fire(deadline.trigger, session, now, effects, evidence=evidence)
        if session.deadline is deadline:
            # Nothing would ever ask again: the machine left the deadline as it was.
            session.deadline = None


class ComingDue:
    """Fires what has come due for all sessions, one after the other."""

    def __init__(
        self, firing: Firing, parties: Parties, sweeps: Sweeps, triggers: DueTriggers
    ) -> None:
        """Fire ``triggers``; what ``sweeps`` are still to come to waits for them."""
        self._deadlines = firing.deadlines
        self._parties = parties
        self._sweeps = sweeps
        self._triggers = triggers

    def advance(
        self,
        now: Instant,
        effects: list[Effect],
        is_time_up: Callable[[], bool],
        *,
        found: bool = False,
    ) -> None:
        """Fire what has come due by ``now``, and draw the consequences, until the time is up.

        ``found``: a look has found who has come or gone, and what follows for parties is silent.
        """
        deadlines, backlog = self._deadlines, self._parties.backlog
        if not deadlines.is_due(now):
            return
        while deadlines.first_at <= now and not is_time_up():
            session, deadline = deadlines.pop_first()
            if self._sweeps.put_off(session, effects):
                continue
            if type(session) is PartySession and not self._parties.comes_before_due(
                session, now, effects, is_time_up
            ):
                deadlines.schedule(session)
                return
            if session.deadline is deadline:  # else it has another by now, or none
                if not deadlines.waits(session, deadline):
                    self._triggers.fire(session, now, effects)
                if backlog.touched:
                    self._parties.settle(now, effects, found=found)
