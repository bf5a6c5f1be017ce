"""A thread beside an event loop lets go of Python now and then; the main thread need not."""

from __future__ import annotations

import threading
from itertools import count

import pytest

from persistence.beside_the_loop import beside_the_loop


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let every item take 0.4 ms; note the pauses."""
    told: list[float] = []
    clock = count(0.0, 0.0004)
    monkeypatch.setattr("persistence.beside_the_loop.time.perf_counter", lambda: next(clock))
    monkeypatch.setattr("persistence.beside_the_loop.time.sleep", told.append)
    return told


def test_a_thread_pauses_every_few_items(pauses: list[float]) -> None:
    taken: list[int] = []
    thread = threading.Thread(target=lambda: taken.extend(beside_the_loop(range(30))))
    thread.start()
    thread.join()
    assert taken == list(range(30))
    assert len(pauses) == 10


def test_the_main_thread_goes_on_without(pauses: list[float]) -> None:
    assert list(beside_the_loop(range(30))) == list(range(30))
    assert not pauses
