"""Observers: each transition, told once, with what decided it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.engine.evening import GENERAL, PINO, Evening, ago

if TYPE_CHECKING:
    from machines import AnySession, Row, State, Step

Told = tuple[str, str, str, float | None, str | None]


class Watcher:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[Told] = []

    def __call__(self, session: AnySession, row: Row, before: State, step: Step) -> None:
        presence = None if step.evidence is None else step.evidence.presence
        self.told.append((row.trigger, before, session.state, ago(step.now), presence))


def test_a_whole_life_is_told_transition_by_transition(evening: Evening) -> None:
    watcher = Watcher()
    evening.engine.observers.append(watcher)
    evening.joins(PINO)
    evening.until(20)
    evening.look({PINO: GENERAL})
    evening.leaves(PINO)
    evening.until(100)
    assert watcher.told == [
        ("start", "new", "pending", 0, None),
        ("announce", "pending", "pending", 3, "present"),
        ("confirm", "pending", "confirmed", 10, "present"),
        ("validate", "confirmed", "confirmed", 20, "present"),
        ("lose", "confirmed", "confirmed", 20, None),
        ("end", "confirmed", "ended", 80, None),
    ]


def test_the_row_says_why(evening: Evening) -> None:
    meanings: list[str] = []
    evening.joins(PINO)
    evening.until(20)
    evening.engine.observers.append(
        lambda _session, row, _before, _step: meanings.append(row.meaning)
    )
    evening.look({})
    assert meanings == ["gone, and the leaving was missed"]


def test_watching_changes_nothing(evening: Evening) -> None:
    evening.joins(PINO)
    evening.engine.observers.append(Watcher())
    evening.until(20)
    evening.leaves(PINO)
    evening.until(100)
    assert evening.record.seconds == 20
