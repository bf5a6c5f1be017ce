"""The machines: one per kind, shared by all sessions of that kind."""

from __future__ import annotations

import msgspec
import pytest

from machines import (
    KINDS,
    LIVE,
    MACHINES,
    STATES,
    TERMINAL,
    ForbiddenTriggerError,
    GameSession,
    Kind,
    PartySession,
    VoiceSession,
)
from tests.machines.builders import fire, game, party, player, present, session_of, step, voice


@pytest.mark.parametrize("kind", KINDS)
def test_there_is_one_machine_for_each_kind(kind: Kind) -> None:
    assert MACHINES[kind].kind == kind
    assert MACHINES[kind] is MACHINES[session_of(kind, "new").kind]


@pytest.mark.parametrize("kind", KINDS)
def test_sessions_are_driven_without_being_registered(kind: Kind) -> None:
    session = session_of(kind, "new")
    fire("start", session, step(0))
    fire("confirm", session, step(10, present(10)))
    assert session.state == "confirmed"
    assert MACHINES[kind].machine.models == []


@pytest.mark.parametrize("kind", KINDS)
def test_one_session_moves_and_the_others_stay(kind: Kind) -> None:
    first, second = session_of(kind, "pending"), session_of(kind, "pending")
    fire("confirm", first, step(10, present(10)))
    assert (first.state, second.state) == ("confirmed", "pending")


def test_sessions_with_equal_fields_are_two_sessions() -> None:
    for first, second in ((voice(), voice()), (game(), game()), (party(), party())):
        assert msgspec.to_builtins(first) == msgspec.to_builtins(second)
        assert first != second
        assert len({first, second, first}) == 2


def test_no_list_is_shared_between_sessions() -> None:
    first, second = party(), party()
    first.players.append(player(4, 10))
    assert len(second.players) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_machine_has_the_states_that_are_stated_and_no_other_way_between_them(kind: Kind) -> None:
    machine = MACHINES[kind].machine
    assert tuple(machine.states) == STATES
    assert not [name for name in machine.events if name.startswith("to_")]
    assert {name for name, state in machine.states.items() if state.final} == TERMINAL


def test_the_live_states_are_neither_pending_nor_over() -> None:
    assert {"confirmed", "recovered"} == LIVE
    assert {"ended", "orphaned"} == TERMINAL
    for kind in KINDS:
        for state in STATES:
            session = session_of(kind, state)
            assert session.is_live == (state in LIVE)
            assert session.is_over == (state in TERMINAL)


def test_an_error_inside_an_action_is_not_mistaken_for_a_forbidden_trigger() -> None:
    session = game("confirmed")
    broken = step(10)
    del broken.effects
    with pytest.raises(AttributeError):
        fire("lose", session, broken)


def test_a_forbidden_trigger_says_what_to_do() -> None:
    with pytest.raises(ForbiddenTriggerError) as caught:
        fire("confirm", voice("ended"), step(10))
    assert str(caught.value) == (
        "Session v1 (voice) is ended: 'confirm' is not allowed there. "
        "Report this: the engine fired it out of turn."
    )


def test_only_update_differs_between_the_kinds_and_that_parties_go_on() -> None:
    own = {"update", "go_on"}
    shared = [[row for row in MACHINES[kind].table if row.trigger not in own] for kind in KINDS]
    assert shared[0] == shared[1] == shared[2]


@pytest.mark.parametrize("kind", KINDS)
def test_rows_are_numbered_in_the_order_of_the_table_those_that_all_share_first(kind: Kind) -> None:
    machine = MACHINES[kind]
    numbers = {machine.number_of(row): row for row in machine.table}
    assert [*numbers] == list(range(1, len(machine.table) + 1))
    assert [row for number, row in numbers.items() if number <= 23] == [
        row for row in machine.table if row.trigger not in {"update", "go_on"}
    ]


def test_a_session_knows_its_kind_without_carrying_it() -> None:
    assert (VoiceSession.kind, GameSession.kind, PartySession.kind) == KINDS
    for kind in KINDS:
        assert "kind" not in msgspec.structs.asdict(session_of(kind, "new"))
