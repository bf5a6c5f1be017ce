"""Turns: others are let in between pieces of work, many small ones or few large ones."""

from __future__ import annotations

import asyncio
import gc
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from integrations import turns
from integrations.turns import (
    NextTurn,
    begun_turn,
    in_turns,
    let_go,
    let_go_of_last,
    others_first,
    turn,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


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


def pieces_of(clock: Clock, turns_long: float, is_over: Callable[[], bool] | None = None) -> int:
    """Return how many pieces of work a turn takes, each as long as so many turns."""
    is_over, pieces = is_over or turn(), 1
    clock.now += turns_long * turns._TURN  # noqa: SLF001 - whatever it is
    while not is_over():
        clock.now += turns_long * turns._TURN  # noqa: SLF001
        pieces += 1
    return pieces


def test_a_turn_takes_some_pieces_even_on_a_slow_machine(clock: Clock) -> None:
    assert pieces_of(clock, 0.15) == turns._AT_LEAST + 1  # noqa: SLF001 - what is promised


def test_a_turn_takes_as_many_small_pieces_as_there_is_time_for(clock: Clock) -> None:
    assert pieces_of(clock, 0.001) == pytest.approx(1_000, abs=3)


def test_a_turn_takes_few_pieces_that_are_large(clock: Clock) -> None:
    assert pieces_of(clock, 1.5) == 3
    assert pieces_of(clock, 3) == 2


def test_one_that_has_begun_counts_its_first_piece_as_well(clock: Clock) -> None:
    assert pieces_of(clock, 1.5, begun_turn()) == 2
    assert pieces_of(clock, 3, begun_turn()) == 1


def test_where_something_follows_from_each_it_takes_no_more_than_so_many(clock: Clock) -> None:
    assert pieces_of(clock, 0.001, turn(at_most=50)) == 50
    assert pieces_of(clock, 0.001, begun_turn(at_most=50)) == 50


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
    assert all(later > earlier for earlier, later in pairwise(seen))
    await heard.stop()


class Sleepers:
    """Some who sleep at times that come due while a turn is taken, and note when they wake."""

    def __init__(self) -> None:
        self.woken: list[str] = []

    async def sleep(self, name: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self.woken.append(name)

    def take_turn(self) -> None:
        """Hold the loop until both sleeps are over."""
        self.woken.append("turn")
        until = asyncio.get_running_loop().time() + 0.002
        while asyncio.get_running_loop().time() < until:
            pass


async def test_whoever_came_due_in_a_turn_wakes_before_the_next() -> None:
    sleepers = Sleepers()
    sleeping = [asyncio.create_task(sleepers.sleep("sleeper", 0.001)) for _each in range(3)]
    await asyncio.sleep(0)
    sleepers.take_turn()
    await others_first()
    sleepers.take_turn()
    assert sleepers.woken == ["turn", *["sleeper"] * 3, "turn"]
    await asyncio.gather(*sleeping)


async def test_so_they_do_before_a_call_in_the_next_turn() -> None:
    sleepers = Sleepers()
    sleeping = [asyncio.create_task(sleepers.sleep("sleeper", 0.001)) for _each in range(3)]
    await asyncio.sleep(0)
    sleepers.take_turn()
    NextTurn(sleepers.take_turn)
    await asyncio.gather(*sleeping)
    await others_first()
    assert sleepers.woken == ["turn", *["sleeper"] * 3, "turn"]


@pytest.mark.parametrize("rounds", range(3))
async def test_a_next_turn_that_is_cancelled_does_not_come(rounds: int) -> None:
    called: list[str] = []
    never, _other = NextTurn(called.append, "never"), NextTurn(called.append, "other")
    for _round in range(rounds):
        await asyncio.sleep(0)
    never.cancel()
    await others_first()
    await others_first()
    assert called == ["other"]


async def test_what_holds_much_is_emptied_in_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "_TURN", 0.0)
    heard = Heard()
    people, listed = dict.fromkeys(range(200)), list(range(200))
    await let_go(people, listed)
    assert not people
    assert not listed
    assert heard.turns >= 400 // (turns._AT_LEAST + 1) - 1  # noqa: SLF001 - so many a turn
    await heard.stop()


async def test_a_list_that_somebody_else_holds_as_well_stays_whole() -> None:
    held = [1, 2, 3]
    lists = [held, [4, 5, 6], held]
    for left in (2, 1, 0):
        await let_go_of_last(lists)
        assert len(lists) == left
    assert held == [1, 2, 3]


async def test_a_list_that_nobody_else_holds_is_emptied_in_turns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    emptied: list[int] = []

    async def emptying(holder: list[int]) -> None:
        emptied.append(len(holder))

    monkeypatch.setattr(turns, "let_go", emptying)
    await let_go_of_last([list(range(3))])
    assert emptied == [3]


@pytest.mark.parametrize("many", [0, 8, 9, 40])
async def test_what_follows_after_many_pieces_begins_a_turn_of_its_own(
    clock: Clock, many: int
) -> None:
    assert clock.now == 0.0
    heard = Heard()
    await asyncio.sleep(0)
    before = heard.turns
    assert [number async for number in in_turns(range(many))] == list(range(many))
    assert (heard.turns > before) == (many > turns._AT_LEAST)  # noqa: SLF001 - as above
    await heard.stop()


@pytest.fixture
def collector() -> Iterator[None]:
    """Let the collector be on, and begin with nothing by itself."""
    before = gc.get_threshold()
    gc.set_threshold(1_000_000, *before[1:])
    yield
    gc.set_threshold(*before)


def is_young(made: object) -> bool:
    return any(each is made for each in gc.get_objects(generation=0))


@pytest.mark.usefixtures("collector")
async def test_what_a_turn_has_made_is_old_before_the_next() -> None:
    """Where much took the place of as much, the collector went through all of it at once."""
    made: list[object] = []
    await others_first()
    assert not is_young(made)


@pytest.mark.usefixtures("collector")
async def test_what_some_turns_have_made_is_older_soon_after() -> None:
    """After a check of thousands of turns the collector went through what all of them had made."""
    made: list[object] = []
    for _turn in range(1_000):
        await others_first()
    _young, turns_since, _full = gc.get_count()
    assert turns_since <= gc.get_threshold()[1] + 1
    assert not any(each is made for each in gc.get_objects(generation=1))


@pytest.mark.usefixtures("collector")
async def test_who_asks_for_a_call_in_the_next_turn_still_holds_what_their_turn_made() -> None:
    """As a party of 10,000 ended, to go through when they were there took 12 ms."""
    made: list[object] = []
    NextTurn(made.append, "called")
    assert is_young(made)
    await others_first()
    await others_first()
    assert made == ["called"]


@pytest.mark.usefixtures("collector")
async def test_where_somebody_has_turned_the_collector_off_it_stays_off() -> None:
    gc.disable()
    try:
        made: list[object] = []
        await others_first()
        assert is_young(made)
    finally:
        gc.enable()
