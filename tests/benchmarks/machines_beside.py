"""The machines alone: the same table in ``transitions`` and in python-statemachine.

One ``validate`` of somebody who is still there, and what a session costs to have.
"""

from __future__ import annotations

import gc
import logging
import tracemalloc
from typing import TYPE_CHECKING

from engine import Settings
from engine.policy import policy_of
from machines import VOICE, Evidence, Step
from tests.benchmarks.connected_bot import processor_time
from tests.benchmarks.figures import Figure, Section
from tests.benchmarks.rivals.same_machine import (
    Made,
    as_python_statemachine,
    as_registered_models,
    live_session,
)
from tests.benchmarks.rounds import in_turns, ratio, spread_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from machines import VoiceSession
    from tests.benchmarks.rounds import Turn

__all__ = ["measure"]

_SESSIONS = 300
_ROUNDS = 5


async def measure(_folder: Path) -> Section:
    """Measure a ``validate`` and a session's memory in the three ways."""
    section = Section()
    logging.getLogger("transitions").setLevel(logging.WARNING)  # it would log each trigger
    ways: dict[str, Callable[[range], Made]] = {
        "Latido": _shared_machine,
        "transitions, models registered": as_registered_models,
        "python-statemachine": as_python_statemachine,
    }
    taken = await in_turns({name: _turn(make) for name, make in ways.items()}, _ROUNDS)
    bytes_each = {name: _memory(make) for name, make in ways.items()}
    for name in ways:
        spread = ratio(taken[name], taken["Latido"])
        case = "one validate of somebody who is there"
        section.figures.append(Figure.of(case, _SESSIONS, name, spread, "Latido"))
    for name in ways:
        share = spread_of([bytes_each[name] / bytes_each["Latido"]])
        section.figures.append(Figure.of("memory of one session", _SESSIONS, name, share, "Latido"))
    return section


def _shared_machine(numbers: range) -> Made:
    sessions = [live_session(number) for number in numbers]
    return Made(None, sessions, [_validate_of(session) for session in sessions])


def _validate_of(session: VoiceSession) -> Callable[[Step], object]:
    return lambda step: VOICE.fire("validate", session, step)


def _turn(make: Callable[[range], Made]) -> Turn:
    made = make(range(_SESSIONS))
    policy = policy_of(Settings(), "voice")

    async def turn() -> float:
        now = 1_767_049_200_000_000
        evidence = Evidence("present", now, "rest")
        began = processor_time()
        for validate in made.validates:
            validate(Step(now=now, moment=now, policy=policy, evidence=evidence))
        took = processor_time() - began
        assert all(session.last_seen == evidence.at for session in made.sessions)
        return took / _SESSIONS

    return turn


def _memory(make: Callable[[range], Made]) -> float:
    make(range(2))
    gc.collect()
    tracemalloc.start()
    made = make(range(_SESSIONS))
    gc.collect()
    size, _peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert made.sessions
    return size / _SESSIONS
