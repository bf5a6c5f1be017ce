"""One ``transitions`` machine per kind, built once from its table, shared by all sessions.

Sessions are not registered as models (that costs kilobytes and many microseconds each):
triggers are fired through the machine's events with the session as their model.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from transitions import Machine, MachineError

from machines.session import STATES, TERMINAL

if TYPE_CHECKING:
    from collections.abc import Iterable

    from machines.lifecycle import Row
    from machines.session import AnySession, Kind, State, Trigger
    from machines.step import Step

__all__ = ["ForbiddenTriggerError", "SessionMachine"]

# At INFO, which a bot usually logs at, it writes a line for every guard and action: ten an event.
logging.getLogger("transitions.core").setLevel(logging.WARNING)


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


class SessionMachine:
    """The machine of one kind: its table, and how to fire a trigger at a session."""

    def __init__(self, kind: Kind, table: Iterable[Row]) -> None:
        """Build the machine of ``kind`` from its table."""
        self.kind = kind
        self.table = tuple(table)
        self.machine = Machine(
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
        try:
            return bool(self.machine.events[trigger].trigger(session, session, step))
        except MachineError as error:
            raise ForbiddenTriggerError(session, trigger) from error

    def row_for(self, trigger: Trigger, session: AnySession, step: Step) -> Row | None:
        """Return the row that :meth:`fire` would take now; None where no guard holds."""
        candidates = (
            row for row in self.table if row.trigger == trigger and session.state in row.sources
        )
        return next((r for r in candidates if all(may(session, step) for may in r.when)), None)

    def allows(self, trigger: Trigger, state: State) -> bool:
        """Return whether the table has a row for ``trigger`` in ``state``."""
        return any(row.trigger == trigger and state in row.sources for row in self.table)
