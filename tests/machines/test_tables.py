"""Every row of the transition table, allowed and forbidden, as docs and design state it.

The expectations are written by hand; nothing here is derived from the table under test.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec
import pytest

from machines import (
    KINDS,
    MACHINES,
    STATES,
    ForbiddenTriggerError,
    GapPolicy,
    Kind,
    Presence,
    Source,
    State,
    Trigger,
    seconds,
)
from tests.machines.builders import at, evidence, fire, gap, leave, policy, session_of, step

TRIGGERS: tuple[Trigger, ...] = (
    "start",
    "recover",
    "announce",
    "confirm",
    "cancel",
    "update",
    "lose",
    "return",
    "end",
    "validate",
    "close",
    "go_on",
)

ALLOWED: dict[State, set[Trigger]] = {
    "new": {"start", "recover"},
    "pending": {"announce", "confirm", "cancel", "update", "validate", "close"},
    "confirmed": {"update", "lose", "return", "end", "validate", "close"},
    "recovered": {"update", "lose", "return", "end", "validate", "close"},
    "ended": set(),
    "orphaned": set(),
}

PARTIES_ONLY: dict[State, set[Trigger]] = {
    "new": {"go_on"},
    "confirmed": {"go_on"},
    "recovered": {"go_on"},
}


def allowed(kind: Kind, state: State) -> set[Trigger]:
    return ALLOWED[state] | (PARTIES_ONLY.get(state, set()) if kind == "party" else set())


NOW = 300
"""When every trigger below is fired; the session began at 0."""

WITHIN_GRACE, BEYOND_GRACE = 250, 230
"""Seen to leave at these seconds; the grace is 60 s."""


class Case(NamedTuple):
    """A situation and what must come of it.

    ``taken`` is whether a row was taken; ``left`` when the person was seen to leave;
    ``gap`` how long nobody watched before now; ``lasted`` how long it has by now.
    """

    trigger: Trigger
    before: State
    after: State
    taken: bool = True
    answer: Presence | None = None
    source: Source = "rest"
    left: int | None = None
    gap: int | None = None
    policy: GapPolicy = "bridge"
    break_sign: bool = False
    lasted: int = NOW

    def __str__(self) -> str:
        """Name the test."""
        parts: list[str] = [self.trigger, self.before, self.answer or "no evidence"]
        parts += [f"left at {self.left}"] if self.left is not None else []
        parts += [f"gap of {self.gap}", str(self.policy)] if self.gap is not None else []
        parts += ["sign of a break"] if self.break_sign else []
        parts += [self.source] if self.source != "rest" else []
        parts += [f"lasted {self.lasted}"] if self.lasted != NOW else []
        return ", ".join(parts)


BEGINNING = [
    Case("start", "new", "pending"),
    Case("recover", "new", "recovered"),
    Case("recover", "new", "recovered", answer="present"),
]

PENDING = [
    Case("announce", "pending", "pending", answer="present"),
    Case("announce", "pending", "pending", answer="unknown"),
    Case("announce", "pending", "pending"),
    Case("announce", "pending", "pending", answer="absent", taken=False),
    Case("confirm", "pending", "confirmed", answer="present"),
    Case("confirm", "pending", "confirmed", answer="present", source="cache"),
    Case("confirm", "pending", "pending", answer="unknown"),
    Case("confirm", "pending", "pending"),
    Case("confirm", "pending", "pending", answer="absent", taken=False),
    Case("cancel", "pending", "ended"),
    Case("cancel", "pending", "ended", answer="unknown"),
    Case("update", "pending", "pending"),
    Case("validate", "pending", "ended", answer="absent", lasted=9),
    Case("validate", "pending", "ended", answer="absent", gap=9, lasted=9),
    Case("validate", "pending", "orphaned", answer="absent", lasted=10),
    Case("validate", "pending", "orphaned", answer="absent"),  # what was due waited
    Case("validate", "pending", "orphaned", answer="absent", gap=100),
    Case("validate", "pending", "pending", answer="present"),
    Case("validate", "pending", "pending", answer="present", gap=100),
    Case("validate", "pending", "pending", answer="unknown"),
    Case("validate", "pending", "pending", answer="unknown", gap=100),
    Case("validate", "pending", "pending"),
    Case("close", "pending", "ended"),
    Case("close", "pending", "ended", answer="unknown"),
]


def live(state: State) -> list[Case]:
    """Return what must come of a live session; the same for confirmed and recovered."""
    return [
        Case("update", state, state),
        Case("lose", state, state),
        Case("lose", state, state, left=WITHIN_GRACE),
        Case("return", state, state, left=WITHIN_GRACE),
        Case("return", state, state, left=240),  # exactly the grace
        Case("return", state, state, left=239, taken=False),
        Case("return", state, state, left=BEYOND_GRACE, taken=False),
        Case("return", state, state, taken=False),
        Case("end", state, "ended"),
        Case("end", state, "ended", left=BEYOND_GRACE),
        Case("close", state, "orphaned"),
        Case("close", state, "orphaned", left=WITHIN_GRACE),
        Case("close", state, "orphaned", gap=100),
        Case("close", state, "orphaned", gap=100, left=WITHIN_GRACE),
        # unknown ends nothing, whatever else holds
        Case("validate", state, state),
        Case("validate", state, state, answer="unknown"),
        Case("validate", state, state, answer="unknown", left=BEYOND_GRACE),
        Case("validate", state, state, answer="unknown", gap=100),
        Case("validate", state, state, answer="unknown", gap=100, policy="end"),
        Case("validate", state, state, answer="unknown", gap=100, break_sign=True),
        # still there, nothing missed
        Case("validate", state, state, answer="present"),
        Case("validate", state, state, answer="present", source="cache"),
        Case("validate", state, state, answer="present", policy="end"),
        Case("validate", state, state, answer="present", break_sign=True),
        # there again although only the leaving was heard
        Case("validate", state, state, answer="present", left=WITHIN_GRACE),
        Case("validate", state, state, answer="present", left=WITHIN_GRACE, source="cache"),
        Case("validate", state, state, answer="present", left=BEYOND_GRACE),
        # still there after a gap
        Case("validate", state, "recovered", answer="present", gap=100),
        Case("validate", state, "recovered", answer="present", gap=100, left=WITHIN_GRACE),
        Case("validate", state, "orphaned", answer="present", gap=100, left=BEYOND_GRACE),
        Case("validate", state, "orphaned", answer="present", gap=100, policy="end"),
        Case("validate", state, "orphaned", answer="present", gap=1, policy="end"),
        Case("validate", state, "orphaned", answer="present", gap=100, break_sign=True),
        Case("validate", state, "recovered", answer="present", gap=100, policy=seconds(101)),
        Case("validate", state, "recovered", answer="present", gap=100, policy=seconds(100)),
        Case("validate", state, "orphaned", answer="present", gap=100, policy=seconds(99)),
        Case("validate", state, "orphaned", answer="present", gap=1, policy=0),
        # gone, as was heard: the grace decides
        Case("validate", state, state, answer="absent", left=WITHIN_GRACE),
        Case("validate", state, state, answer="absent", left=BEYOND_GRACE),
        Case("validate", state, state, answer="absent", left=WITHIN_GRACE, gap=100),
        Case("validate", state, state, answer="absent", left=250, gap=100, policy="end"),
        # gone, and nobody heard it
        Case("validate", state, "orphaned", answer="absent"),
        Case("validate", state, "orphaned", answer="absent", gap=100),
        Case("validate", state, "orphaned", answer="absent", gap=100, break_sign=True),
    ]


CASES = [*BEGINNING, *PENDING, *live("confirmed"), *live("recovered")]
OF_PARTIES = [
    Case("go_on", "new", "confirmed"),
    Case("go_on", "confirmed", "ended"),
    Case("go_on", "recovered", "ended"),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_trigger_leads_where_the_table_says(kind: Kind, case: Case) -> None:
    session = session_of(kind, case.before)
    session.started_at = session.last_seen = at(NOW - case.lasted)
    if case.left is not None:
        leave(session, case.left)
    given = step(
        NOW,
        None if case.answer is None else evidence(case.answer, NOW, case.source),
        under=policy(gap=case.policy),
        gap=None if case.gap is None else gap(NOW - case.gap, NOW),
        break_sign=case.break_sign,
    )

    taken = MACHINES[kind].fire(case.trigger, session, given)

    assert session.state == case.after
    assert taken is case.taken


@pytest.mark.parametrize("case", OF_PARTIES, ids=str)
def test_a_party_goes_on_as_another(case: Case) -> None:
    session = session_of("party", case.before)

    assert MACHINES["party"].fire(case.trigger, session, step(NOW)) is case.taken
    assert session.state == case.after


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("trigger", TRIGGERS)
def test_the_machine_says_which_triggers_a_state_allows(
    kind: Kind, state: State, trigger: Trigger
) -> None:
    assert MACHINES[kind].allows(trigger, state) == (trigger in allowed(kind, state))


@pytest.mark.parametrize("answer", ["present", "absent", "unknown"])
@pytest.mark.parametrize(
    ("kind", "state", "trigger"),
    [
        (kind, state, trigger)
        for kind in KINDS
        for state in STATES
        for trigger in TRIGGERS
        if trigger not in allowed(kind, state)
    ],
)
def test_a_forbidden_trigger_is_an_error_and_changes_nothing(
    kind: Kind, state: State, trigger: Trigger, answer: Presence
) -> None:
    session = session_of(kind, state)
    before = msgspec.to_builtins(session)
    given = step(NOW, evidence(answer, NOW), gap=gap(200, NOW))

    with pytest.raises(ForbiddenTriggerError) as caught:
        fire(trigger, session, given)

    assert msgspec.to_builtins(session) == before
    assert given.effects == []
    assert (caught.value.session_id, caught.value.kind) == (session.id, kind)
    assert (caught.value.state, caught.value.trigger) == (state, trigger)
    assert all(name in str(caught.value) for name in (session.id, kind, state, repr(trigger)))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", [case for case in CASES if not case.taken], ids=str)
def test_a_trigger_that_takes_no_row_changes_nothing(kind: Kind, case: Case) -> None:
    session = session_of(kind, case.before)
    if case.left is not None:
        leave(session, case.left)
    before = msgspec.to_builtins(session)
    given = step(NOW, None if case.answer is None else evidence(case.answer, NOW))

    assert fire(case.trigger, session, given) == []
    assert msgspec.to_builtins(session) == before


@pytest.mark.parametrize("kind", KINDS)
def test_every_row_of_the_table_is_taken_by_some_case(kind: Kind) -> None:
    """A row that no situation reaches would be dead, or untested."""
    cases = [*CASES, *OF_PARTIES] if kind == "party" else CASES
    reached = {(case.trigger, case.before, case.after) for case in cases if case.taken}
    rows = {
        (row.trigger, source, row.dest or source)
        for row in MACHINES[kind].table
        for source in row.sources
    }
    assert rows == reached


@pytest.mark.parametrize("kind", KINDS)
def test_the_table_has_a_meaning_for_each_row(kind: Kind) -> None:
    assert all(row.meaning for row in MACHINES[kind].table)
