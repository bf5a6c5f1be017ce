"""Told to stop, by whichever signal and whenever: once, and no tidying up is cut short."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

import pytest

from integrations.demo.stopping import Stopping

if TYPE_CHECKING:
    from collections.abc import Iterator

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
each_signal = pytest.mark.parametrize("number", SIGNALS, ids=lambda each: each.name)


def held() -> list[object]:
    return [signal.getsignal(number) for number in SIGNALS]


@pytest.fixture(autouse=True)
def before() -> Iterator[list[object]]:
    handlers = {number: signal.getsignal(number) for number in SIGNALS}
    yield [*handlers.values()]
    for number, handler in handlers.items():
        signal.signal(number, handler)


async def an_evening() -> str:
    return "played"


@each_signal
def test_what_is_being_played_is_cancelled_and_whatever_comes_after_that_is_ignored(
    number: signal.Signals,
) -> None:
    tidied: list[str] = []

    async def evening() -> None:
        try:
            signal.raise_signal(number)
            await asyncio.Event().wait()
        finally:
            for again in SIGNALS:
                signal.raise_signal(again)
            tidied.append("bots")

    stopping = Stopping()
    with pytest.raises(asyncio.CancelledError), stopping.heard():
        stopping.run(evening())
    for again in SIGNALS:
        signal.raise_signal(again)
    assert tidied == ["bots"]


def test_the_system_is_not_told_to_ignore_what_may_be_on_its_way() -> None:
    """Python prints an error where it finds one that came just before (bpo-43406)."""
    stopping = Stopping()
    with pytest.raises(KeyboardInterrupt), stopping.heard():
        signal.raise_signal(signal.SIGINT)
    assert signal.SIG_IGN not in held()


@each_signal
def test_before_anything_is_played_it_ends_at_once(number: signal.Signals) -> None:
    with pytest.raises(KeyboardInterrupt), Stopping().heard():
        signal.raise_signal(number)
    signal.raise_signal(number)


@each_signal
def test_once_all_has_been_played_what_is_left_to_tidy_up_is_not_cut_short(
    number: signal.Signals, before: list[object]
) -> None:
    stopping, is_cut_short = Stopping(), False
    with stopping.heard():
        assert stopping.run(an_evening()) == "played"
        try:
            signal.raise_signal(number)
        except KeyboardInterrupt:  # else it ended all tests
            is_cut_short = True
    assert not is_cut_short
    assert held() == before


def test_where_nobody_says_so_all_is_as_it_was_before(before: list[object]) -> None:
    with Stopping().heard():
        assert held() != before
    assert held() == before
