"""Wake-ups: the same instants for whoever waits."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import NEVER
from integrations import wake_ups
from integrations.wake_ups import WakeUp, next_wake_up, wakes_up_every


@pytest.mark.parametrize(
    ("event_delay", "every"), [(2.0, 1.0), (60.0, 1.0), (0.5, 0.25), (0.1, 0.05), (0.0, 0.05)]
)
def test_they_come_twice_within_the_time_that_an_event_may_be_late_and_once_a_second_at_least(
    event_delay: float, every: float
) -> None:
    assert wakes_up_every(event_delay) == every


def test_no_two_processes_wake_up_at_the_same_instants(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = next_wake_up(1000.0, 1.0)
    phase = wake_ups._PHASE  # noqa: SLF001 - each process has its own
    monkeypatch.setattr(wake_ups, "_PHASE", (phase + 0.25) % 1)
    assert (next_wake_up(1000.0, 1.0) - ours) % 1 == pytest.approx(0.25)


@given(st.floats(0, 1e7), st.floats(0, 1), st.floats(0, 60))
def test_all_that_waits_between_two_waits_for_the_same(
    begins: float, further: float, event_delay: float
) -> None:
    every = wakes_up_every(event_delay)
    first = next_wake_up(begins, every)
    assert begins - 1e-6 <= first < begins + every + 1e-6
    between = first - every + (1 - further) * every * 0.999 + every * 0.0005
    assert next_wake_up(between, every) == pytest.approx(first)


def _nothing() -> None:
    """Do nothing."""


async def test_news_puts_nothing_off_that_is_due_sooner() -> None:
    wake_up = WakeUp(_nothing, 2.0)
    wake_up.for_deadline(5, 0.0)
    at = wake_up.at
    wake_up.for_news(7)
    assert (wake_up.at, wake_up.due, wake_up.is_for_news) == (at, 5, True)
    wake_up.cancel()


async def test_news_waits_for_no_deadline_that_is_due_later() -> None:
    wake_up = WakeUp(_nothing, 2.0)
    wake_up.for_deadline(600, 600.0)
    wake_up.for_news(7)
    assert wake_up.at is not None
    assert wake_up.at <= asyncio.get_running_loop().time() + 1
    assert (wake_up.due, wake_up.is_for_news) == (7, True)
    wake_up.cancel()


async def test_whoever_needs_no_waking_up_any_more_is_not_woken_up() -> None:
    woken: list[bool] = []
    wake_up = WakeUp(lambda: woken.append(True), 2.0)
    wake_up.for_deadline(5, 0.0)
    wake_up.cancel()
    await asyncio.sleep(0)
    assert (wake_up.at, wake_up.due, wake_up.is_for_news) == (None, NEVER, False)
    assert not woken


async def test_no_deadline_puts_off_what_the_loop_is_woken_up_for_already() -> None:
    """News that comes after some was taken in waits for the same wake-up."""
    wake_up = WakeUp(_nothing, 2.0)
    wake_up.for_deadline(9_000, 0.0)  # not when it is due: it is asked for again then
    at = wake_up.at
    wake_up.for_news(7)
    wake_up.for_deadline(600, 600.0)
    assert (wake_up.at, wake_up.due) == (at, 600)
    wake_up.cancel()
