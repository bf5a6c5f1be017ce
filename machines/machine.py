"""One ``transitions`` machine per kind, built once from its table, shared by all sessions.

Sessions are not registered as models (that costs kilobytes and many microseconds each):
triggers are fired through the machine's events with the session as their model. The events
take the shortest way through the machine's transitions, for the tables have guards, a
destination and actions, and nothing at the other places where ``transitions`` looks for
callbacks; a test fires a plain ``transitions.Machine`` beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from transitions import Event, Machine

from machines.session import STATES, TERMINAL

if TYPE_CHECKING:
    from collections.abc import Iterable

    from machines.lifecycle import Action, Guard, Row
    from machines.session import AnySession, Kind, State, Trigger
    from machines.step import Step

__all__ = ["ForbiddenTriggerError", "SessionMachine"]


class ForbiddenTriggerError(Exception):
    """A trigger was fired that the session's state does not allow."""

    def __init__(self, session: AnySession, trigger: Trigger) -> None:
        """Name the session, its state and the trigger."""
        super().__init__(
            f"Session {session.id} ({session.kind}) is {session.state}: "
            f"{trigger!r} is not allowed there. Report this: the engine fired it out of turn."
        )
        self.session_id = session.id
        self.kind: Kind = session.kind
        self.state: State = session.state
        self.trigger: Trigger = trigger


class _DirectEvent(Event):
    """A trigger: the first transition whose guards all hold is taken."""

    def fire(self, session: AnySession, step: Step) -> bool | None:
        """Return whether one was; None where there is none for the state at all."""
        transitions = self.transitions.get(session.state)
        if transitions is None:
            return None
        for transition in transitions:
            for guard in transition.conditions:
                if not cast("Guard", guard.func)(session, step):
                    break
            else:
                if transition.dest is not None:
                    session.state = cast("State", transition.dest)
                for action in transition.after:
                    cast("Action", action)(session, step)
                return True
        return False


class _Machine(Machine):
    event_cls = _DirectEvent


class SessionMachine:
    """The machine of one kind: its table, and how to fire a trigger at a session."""

    def __init__(self, kind: Kind, table: Iterable[Row]) -> None:
        """Build the machine of ``kind`` from its table."""
        self.kind = kind
        self.table = tuple(table)
        self.machine = _Machine(
            model=None,
            states=[{"name": state, "final": state in TERMINAL} for state in STATES],
            initial="new",
            auto_transitions=False,
            send_event=False,
            name=kind,
        )
        for row in self.table:
            for source in row.sources:
                self.machine.add_transition(
                    row.trigger,
                    source,
                    row.dest,
                    conditions=list(row.when),
                    after=list(row.do),
                )

    def fire(self, trigger: Trigger, session: AnySession, step: Step) -> bool:
        """Fire ``trigger`` at ``session``; return whether a row was taken.

        Guards and actions receive the session and the step. Effects are in ``step.effects``.

        Raises:
            ForbiddenTriggerError: the session's state has no row for the trigger.
        """
        taken = cast("_DirectEvent", self.machine.events[trigger]).fire(session, step)
        if taken is None:
            raise ForbiddenTriggerError(session, trigger)
        return taken

    def row_for(self, trigger: Trigger, session: AnySession, step: Step) -> Row | None:
        """Return the row that :meth:`fire` would take now; None where no guard holds."""
        candidates = (
            row for row in self.table if row.trigger == trigger and session.state in row.sources
        )
        return next((r for r in candidates if all(may(session, step) for may in r.when)), None)

    def allows(self, trigger: Trigger, state: State) -> bool:
        """Return whether the table has a row for ``trigger`` in ``state``."""
        return any(row.trigger == trigger and state in row.sources for row in self.table)
