"""Rounds: who has which turns, and what the collector is kept from meanwhile."""

from __future__ import annotations

import gc
from itertools import pairwise
from typing import TYPE_CHECKING

from tests.benchmarks.rounds import frozen, in_turns, orders_of

if TYPE_CHECKING:
    from tests.benchmarks.rounds import Turn


async def test_all_have_their_turns_in_each_round_and_the_first_round_does_not_count() -> None:
    order: list[str] = []

    def turn(name: str) -> Turn:
        async def take() -> float:
            order.append(name)
            return len(order)

        return take

    measured = await in_turns(
        {"often": turn("often"), "seldom": turn("seldom")}, 2, each=2, seldom={"seldom"}
    )

    rounds = [order[start : start + 3] for start in (0, 3, 6)]
    assert [sorted(each) for each in rounds] == [["often", "often", "seldom"]] * 3
    second, third = 4 + rounds[1].index("seldom"), 7 + rounds[2].index("seldom")
    assert measured["seldom"] == [second, third]
    assert measured["often"] == [(4 + 5 + 6 - second) / 2, (7 + 8 + 9 - third) / 2]


def test_nobody_comes_always_behind_the_same() -> None:
    orders = orders_of(["a", "b", "c", "d"])
    behind = {pair for _pass in range(20) for pair in pairwise(next(orders))}
    assert len(behind) == 12
    assert sorted(next(orders)) == ["a", "b", "c", "d"]


def test_what_is_frozen_stays_so_until_the_outermost_is_over() -> None:
    gc.unfreeze()  # whatever another test has left
    with frozen():
        with frozen():
            pass
        assert gc.get_freeze_count() > 0
    assert gc.get_freeze_count() == 0
