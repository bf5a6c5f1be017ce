"""The row that a trigger would take is the one that it takes."""

from __future__ import annotations

from functools import partial
from itertools import product
from typing import TYPE_CHECKING, get_args

import pytest

from machines import KINDS, MACHINES, STATES, Kind, Presence, Row, SessionMachine, Trigger
from tests.machines.builders import at, evidence, gap, policy, session_of, step

if TYPE_CHECKING:
    from machines import AnySession, Step

TRIGGERS: tuple[Trigger, ...] = get_args(Trigger)
PRESENCES: tuple[Presence, ...] = get_args(Presence)


def _note(row: Row, taken: list[Row], _session: AnySession, _step: Step) -> None:
    taken.append(row)


def _steps() -> list[Step]:
    steps = [step(100)]
    for presence, break_sign in product(PRESENCES, (False, True)):
        for under in (policy(), policy(gap="end"), policy(grace=0), policy(confirm_after=200)):
            for before in (None, gap(40, 100)):
                seen = evidence(presence, 100)
                steps.append(step(100, seen, gap=before, break_sign=break_sign, under=under))
    return steps


@pytest.mark.parametrize("kind", KINDS)
def test_the_row_that_would_be_taken_is_taken(kind: Kind) -> None:
    taken: list[Row] = []
    table = MACHINES[kind].table
    noting = SessionMachine(kind, (r._replace(do=(partial(_note, r, taken),)) for r in table))
    original = {row._replace(do=()): row for row in table}
    seen: set[Row] = set()
    for state, trigger, absent, given in product(STATES, TRIGGERS, (None, 20, 90), _steps()):
        if not noting.allows(trigger, state):
            continue
        session = session_of(kind, state)
        session.absent_since = None if absent is None else at(absent)
        expected = MACHINES[kind].row_for(trigger, session, given)
        noting.fire(trigger, session, given)
        assert taken == ([] if expected is None else [expected])
        seen.update(original[row._replace(do=())] for row in taken)
        taken.clear()
    assert seen == set(table)


@pytest.mark.parametrize("kind", KINDS)
def test_a_trigger_that_a_state_forbids_has_no_row(kind: Kind) -> None:
    assert MACHINES[kind].row_for("confirm", session_of(kind, "ended"), step(0)) is None
