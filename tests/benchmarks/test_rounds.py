"""Rounds: who has which turns, and what the collector is kept from meanwhile."""

from __future__ import annotations

import gc
from itertools import count
from typing import TYPE_CHECKING

from tests.benchmarks.rounds import frozen, in_turns

if TYPE_CHECKING:
    from tests.benchmarks.rounds import Turn


async def test_all_have_their_turns_in_each_round_and_the_first_round_does_not_count() -> None:
    order: list[str] = []
    numbers = count()

    def turn(name: str) -> Turn:
        async def take() -> float:
            order.append(name)
            return next(numbers)

        return take

    measured = await in_turns(
        {"often": turn("often"), "seldom": turn("seldom")}, 2, each=2, seldom={"seldom"}
    )

    assert order == ["often", "seldom", "often"] * 3
    assert measured == {"often": [4.0, 7.0], "seldom": [4.0, 7.0]}


def test_what_is_frozen_stays_so_until_the_outermost_is_over() -> None:
    gc.unfreeze()  # whatever another test has left
    with frozen():
        with frozen():
            pass
        assert gc.get_freeze_count() > 0
    assert gc.get_freeze_count() == 0
