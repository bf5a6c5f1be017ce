"""What a diagram shows: the states and transitions of a machine, read from the one that runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from machines import LIVE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from transitions import Transition

    from machines import Kind, Row, SessionMachine

__all__ = ["Arrow", "Chart", "UndescribedTransitionError", "chart_of"]


class UndescribedTransitionError(Exception):
    """A machine runs a transition that its table does not describe."""


class Arrow(NamedTuple):
    """One transition.

    Attributes:
        number: of its row in the table; None where it stands for several rows.
        trigger: what is fired.
        source: the state before.
        dest: the state after; None where it stays and nothing is left or entered.
        guards: what must hold.
        actions: what is done.
        meaning: what it says of the session.
    """

    number: int | None
    trigger: str
    source: str
    dest: str | None
    guards: tuple[str, ...]
    actions: tuple[str, ...]
    meaning: str

    @property
    def bracketed(self) -> str:
        """The guards as UML writes them, ``[present, fresh]``; empty without guards."""
        return f"[{', '.join(self.guards)}]" if self.guards else ""

    @property
    def key(self) -> str:
        """What tells it from every other transition of its machine."""
        return f"{self.trigger}:{self.source}:{'+'.join(self.guards)}"

    @property
    def label(self) -> str:
        """The trigger and its guards."""
        return f"{self.trigger} {self.bracketed}".rstrip()

    @property
    def numbered(self) -> str:
        """The same behind the number of its row; ``↻`` where a state is left and entered anew."""
        number = "" if self.number is None else f"{self.number} "
        return f"{number}{'↻ ' if self.dest == self.source else ''}{self.label}"


class Chart(NamedTuple):
    """A machine as a diagram shows it.

    ``arrows`` of one trigger and one source are in the order in which their guards are asked.
    """

    kind: Kind
    states: tuple[str, ...]
    initial: str
    live: frozenset[str]
    final: frozenset[str]
    arrows: tuple[Arrow, ...]

    def staying(self, state: str) -> tuple[Arrow, ...]:
        """Return the transitions of ``state`` that leave it as it is."""
        return tuple(a for a in self.arrows if a.source == state and a.dest in {None, state})

    def moving(self) -> dict[tuple[str, str], list[Arrow]]:
        """Return the transitions from one state to another, by the two states."""
        moves: dict[tuple[str, str], list[Arrow]] = {}
        for arrow in self.arrows:
            if arrow.dest is not None and arrow.dest != arrow.source:
                moves.setdefault((arrow.source, arrow.dest), []).append(arrow)
        return moves


def chart_of(machine: SessionMachine) -> Chart:
    """Read the chart of ``machine`` from the ``transitions`` machine that runs.

    Raises:
        UndescribedTransitionError: it runs a transition that its table does not have.
    """
    rows: dict[tuple[str, str, str | None, tuple[str, ...]], Row] = {
        (row.trigger, source, row.dest, _names(row.when)): row
        for row in machine.table
        for source in row.sources
    }
    arrows: list[Arrow] = []
    for trigger, event in machine.machine.events.items():
        for source, transitions in event.transitions.items():
            for transition in transitions:
                guards = _guards(transition)
                key = (trigger, source, transition.dest, guards)
                row = rows.get(key)
                if row is None:
                    raise UndescribedTransitionError(
                        f"The {machine.kind} machine runs {trigger!r} from {source!r} to "
                        f"{transition.dest!r} when {guards}: add that row to its table."
                    )
                actions = _names([*transition.before, *transition.after])
                number, dest = machine.number_of(row), transition.dest
                arrows.append(Arrow(number, trigger, source, dest, guards, actions, row.meaning))
    states = machine.machine.states
    return Chart(
        kind=machine.kind,
        states=tuple(states),
        initial=str(machine.machine.initial),
        live=frozenset(LIVE),
        final=frozenset(name for name, state in states.items() if state.final),
        arrows=tuple(arrows),
    )


def _guards(transition: Transition) -> tuple[str, ...]:
    return tuple(
        name if condition.target else f"not {name}"
        for condition in transition.conditions
        for name in _names([condition.func])
    )


def _names(functions: Iterable[object]) -> tuple[str, ...]:
    return tuple(getattr(function, "__name__", str(function)) for function in functions)
