"""One ``transitions`` machine per kind, built once from its table, shared by all sessions.

Sessions are not registered as models (that costs kilobytes and many microseconds each):
triggers are fired at a session along the ways that the machine's transitions open. The tables
have guards, a destination and actions, and nothing at the other places where ``transitions``
looks for callbacks, so a way is no more than that; a test fires a plain
``transitions.Machine`` beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast, get_args

from transitions import Machine

from machines.session import STATES, TERMINAL, Trigger

if TYPE_CHECKING:
    from collections.abc import Iterable

    from transitions import Transition

    from machines.lifecycle import Action, Guard, Row
    from machines.session import AnySession, Kind, State
    from machines.step import Step

__all__ = ["ForbiddenTriggerError", "SessionMachine", "way_of"]


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


class _Way(NamedTuple):
    """One transition: taken where all guards hold."""

    guards: tuple[Guard, ...]
    dest: State | None
    actions: tuple[Action, ...]


_Ways = dict["State", tuple[_Way, ...]]
"""Those of one trigger, by the state that they lead from."""


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
        no_ways: dict[Trigger, _Ways] = {trigger: {} for trigger in get_args(Trigger)}
        self._ways = no_ways | {
            trigger: {
                state: tuple(way_of(transition) for transition in transitions)
                for state, transitions in event.transitions.items()
            }
            for trigger, event in self.machine.events.items()
        }

    def fire(self, trigger: Trigger, session: AnySession, step: Step) -> bool:
        """Fire ``trigger`` at ``session``; return whether a row was taken.

        Guards and actions receive the session and the step. Effects are in ``step.effects``.

        Raises:
            ForbiddenTriggerError: the session's state has no row for the trigger.
        """
        ways = self._ways[trigger].get(session.state)
        if ways is None:
            raise ForbiddenTriggerError(session, trigger)
        for guards, dest, actions in ways:
            for may in guards:
                if not may(session, step):
                    break
            else:
                if dest is not None:
                    session.state = dest
                for do in actions:
                    do(session, step)
                return True
        return False

    def row_for(self, trigger: Trigger, session: AnySession, step: Step) -> Row | None:
        """Return the row that :meth:`fire` would take now; None where no guard holds."""
        candidates = (
            row for row in self.table if row.trigger == trigger and session.state in row.sources
        )
        return next((r for r in candidates if all(may(session, step) for may in r.when)), None)

    def number_of(self, row: Row) -> int:
        """Return the place of a row in the table, from 1 on, as pictures and documents number it.

        Of the rows of one trigger the one with the lowest number is tried first.
        """
        return 1 + self.table.index(row)

    def allows(self, trigger: Trigger, state: State) -> bool:
        """Return whether the table has a row for ``trigger`` in ``state``."""
        return any(row.trigger == trigger and state in row.sources for row in self.table)


def way_of(transition: Transition) -> _Way:
    """Return what ``transitions`` has made of a row for one of its sources.

    Raises:
        ValueError: it has callbacks where no row has any, and none would be called.
    """
    if transition.prepare or transition.before or not all(c.target for c in transition.conditions):
        raise ValueError(f"{transition!r} has more than guards, a destination and actions.")
    return _Way(
        guards=tuple(cast("Guard", condition.func) for condition in transition.conditions),
        dest=cast("State | None", transition.dest),
        actions=tuple(cast("Action", action) for action in transition.after),
    )
