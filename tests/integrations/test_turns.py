"""Turns: others are let in between pieces of work, many small ones or few large ones."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from integrations import turns
from integrations.turns import in_turns, let_go, turn

if TYPE_CHECKING:
    from collections.abc import Iterator


class Clock:
    """Tells a time that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def perf_counter(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(turns, "time", made)
    return made


def pieces_of(clock: Clock, turns_long: float) -> int:
    """Return how many pieces of work a turn takes, each as long as so many turns."""
    is_over, pieces = turn(), 1
    while not is_over():
        clock.now += turns_long * turns._TURN  # noqa: SLF001 - whatever it is
        pieces += 1
    return pieces


def test_a_turn_takes_some_pieces_even_on_a_slow_machine(clock: Clock) -> None:
    assert pieces_of(clock, 0.05) == turns._AT_LEAST + 1  # noqa: SLF001 - what is promised


def test_a_turn_takes_as_many_small_pieces_as_there_is_time_for(clock: Clock) -> None:
    assert pieces_of(clock, 0.001) == pytest.approx(1_000, abs=3)


def test_a_turn_takes_few_pieces_that_are_large(clock: Clock) -> None:
    assert pieces_of(clock, 1.5) == 3
    assert pieces_of(clock, 3) == 2


class Heard:
    """Counts how often others have had their turn."""

    def __init__(self) -> None:
        self.turns = 0
        self._listening = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        while True:
            await asyncio.sleep(0)
            self.turns += 1

    async def stop(self) -> None:
        self._listening.cancel()


def slow(clock: Clock, pieces: int) -> Iterator[int]:
    for number in range(pieces):
        clock.now += 0.01
        yield number


async def test_others_have_their_turn_between_pieces(clock: Clock) -> None:
    heard = Heard()
    assert [number async for number in in_turns(slow(clock, 10))] == list(range(10))
    assert heard.turns >= 4
    await heard.stop()


async def test_a_turn_whose_first_piece_is_large_takes_no_other(clock: Clock) -> None:
    heard = Heard()
    await asyncio.sleep(0)
    seen = [heard.turns async for _piece in in_turns(slow(clock, 5))]
    assert [turn - seen[0] for turn in seen] == [0, 1, 2, 3, 4]
    await heard.stop()


async def test_what_holds_much_is_emptied_in_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "_TURN", 0.0)
    heard = Heard()
    people, listed = dict.fromkeys(range(200)), list(range(200))
    await let_go(people, listed)
    assert not people
    assert not listed
    assert heard.turns >= 400 // (turns._AT_LEAST + 1) - 1  # noqa: SLF001 - so many a turn
    await heard.stop()


@pytest.mark.parametrize(("many", "turns_of_others"), [(10, 0), (40, 1)])
async def test_what_follows_after_many_pieces_begins_a_turn_of_its_own(
    clock: Clock, many: int, turns_of_others: int
) -> None:
    assert clock.now == 0.0
    heard = Heard()
    await asyncio.sleep(0)
    before = heard.turns
    assert [number async for number in in_turns(range(many))] == list(range(many))
    assert heard.turns - before == turns_of_others
    await heard.stop()
