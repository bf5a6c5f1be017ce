"""A plain ``transitions.Machine`` made of the same table does what ours does, in every case."""

from __future__ import annotations

import copy
from itertools import product
from typing import TYPE_CHECKING, get_args

import msgspec
import pytest
from transitions import Machine, MachineError

from machines import KINDS, MACHINES, STATES, ForbiddenTriggerError, Kind, Presence, Trigger
from machines.machine import way_of
from tests.machines.builders import at, evidence, gap, policy, session_of, step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from machines import AnySession, Step

TRIGGERS: tuple[Trigger, ...] = get_args(Trigger)
PRESENCES: tuple[Presence, ...] = get_args(Presence)


def plain(kind: Kind) -> Machine:
    machine = Machine(
        model=None, states=list(STATES), initial="new", auto_transitions=False, send_event=False
    )
    for row in MACHINES[kind].table:
        machine.add_transition(
            row.trigger,
            list(row.sources),
            row.dest,
            conditions=list(row.when),
            after=list(row.do),
        )
    return machine


def cases(kind: Kind) -> Iterator[tuple[Trigger, AnySession, Step]]:
    for state, trigger, absent, presence, under, before in product(
        STATES,
        TRIGGERS,
        (None, 20, 90),
        (None, *PRESENCES),
        (policy(), policy(gap="end"), policy(grace=0)),
        (None, gap(40, 100)),
    ):
        session = session_of(kind, state)
        session.absent_since = None if absent is None else at(absent)
        seen = None if presence is None else evidence(presence, 100)
        yield trigger, session, step(100, seen, gap=before, under=under)


@pytest.mark.parametrize("kind", KINDS)
def test_a_plain_machine_takes_the_same_row_and_leaves_the_session_and_effects_alike(
    kind: Kind,
) -> None:
    theirs = plain(kind)
    outcomes: set[bool | None] = set()
    for trigger, session, given in cases(kind):
        other, also = copy.deepcopy(session), copy.deepcopy(given)
        try:
            taken: bool | None = MACHINES[kind].fire(trigger, session, given)
        except ForbiddenTriggerError:
            taken = None
        try:
            expected: bool | None = bool(theirs.events[trigger].trigger(other, other, also))
        except MachineError:
            expected = None
        except KeyError:
            assert kind != "party"
            assert trigger == "go_on"
            expected = None
        assert taken is expected
        assert msgspec.to_builtins(session) == msgspec.to_builtins(other)
        assert msgspec.to_builtins(given.effects) == msgspec.to_builtins(also.effects)
        outcomes.add(taken)
    assert outcomes == {True, False, None}


def test_a_callback_that_would_never_be_called_is_refused() -> None:
    made = plain("voice")
    (transition, *_) = made.events["start"].transitions["new"]
    transition.add_callback("before", print)
    with pytest.raises(ValueError, match="more than guards, a destination and actions"):
        way_of(transition)
