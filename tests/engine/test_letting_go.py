"""An engine whose sessions are written down elsewhere lets go of them, one by one."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import msgspec

from engine.deadlines import NEVER
from tests.engine.test_looks_in_pieces import (
    GENERAL,
    GUILD,
    MINUTE,
    PEOPLE,
    START,
    engine_with,
    voice,
)

if TYPE_CHECKING:
    from engine import SessionEngine

EVERYBODY = frozenset(PEOPLE)
NEWCOMER = 77
[FREE] = [sys.getrefcount(each) for each in [object()]]
"""How often what only a list holds is referred to, while it is asked."""


def with_a_party_and_a_newcomer() -> SessionEngine:
    """Return an engine with people in voice and in a party, and somebody still to be confirmed."""
    engine = engine_with(EVERYBODY, EVERYBODY)
    engine.observe(voice(NEWCOMER, GENERAL, joined=True), START + 2 * MINUTE)
    assert engine.counts()["party"] == 1
    assert engine.due_at is not None
    return engine


def test_no_part_of_it_holds_a_session_any_longer() -> None:
    engine = with_a_party_and_a_newcomer()
    sessions = list(engine.sessions())
    assert all(sys.getrefcount(each) > FREE for each in sessions)

    for _piece in engine.let_go():
        pass

    assert {each.id for each in sessions if sys.getrefcount(each) > FREE} == set()
    assert (engine.registry.count, engine.counts().total()) == (0, 0)
    assert list(engine.sessions(GUILD)) == []
    assert engine.due_at is None
    assert engine.deadlines.first_at == NEVER


def test_whoever_comes_meanwhile_is_let_go_of_as_well() -> None:
    engine = with_a_party_and_a_newcomer()
    pieces = engine.let_go()
    next(pieces)
    elsewhere = msgspec.structs.replace(voice(NEWCOMER, GENERAL, joined=True), guild_id=GUILD + 1)
    engine.observe(elsewhere, START + 3 * MINUTE)

    for _piece in pieces:
        pass

    assert not engine.registry.count


def test_others_may_have_their_turn_after_each() -> None:
    engine = with_a_party_and_a_newcomer()
    sessions = len(list(engine.sessions()))

    assert sum(1 for _piece in engine.let_go()) >= sessions
