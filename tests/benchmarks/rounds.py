"""Rounds: contestants take turns, so that whatever disturbs the machine disturbs them all."""

from __future__ import annotations

import contextlib
import gc
import random
from statistics import fmean, median
from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Container, Iterator, Mapping, Sequence

    Turn = Callable[[], Awaitable[float]]

__all__ = [
    "Spread",
    "Turn",
    "frozen",
    "in_turns",
    "less",
    "orders_of",
    "ratio",
    "share_beyond",
    "spread_of",
]

_Who = TypeVar("_Who")


class Spread(NamedTuple):
    """The median of the rounds, the lowest, and the highest."""

    middle: float
    low: float
    high: float


def spread_of(values: list[float]) -> Spread:
    """Return the median of the rounds with their spread."""
    return Spread(median(values), min(values), max(values))


async def in_turns(
    turns: Mapping[str, Turn], rounds: int, *, each: int = 1, seldom: Container[str] = ()
) -> dict[str, list[float]]:
    """Let everybody take their turns in each round; return what each measured, round by round.

    A turn returns its own figure, for example seconds per event. One round goes before the
    others and does not count. ``each`` is how many turns everybody has in a round, one after
    the other, whose mean is the figure of that round: a machine that is twice as fast from one
    second to the next is so for all of them. Whoever is ``seldom`` has one. Who comes after
    whom differs from pass to pass, see :func:`orders_of`.
    """
    orders = orders_of(list(turns))
    measured: dict[str, list[float]] = {name: [] for name in turns}
    with frozen():  # what the contestants hold is not looked through before each round
        for number in range(rounds + 1):
            figures: dict[str, list[float]] = {name: [] for name in turns}
            for again in range(each):
                for name in next(orders):
                    if not again:
                        gc.collect()
                    elif name in seldom:
                        continue
                    figures[name].append(await turns[name]())
            for name, told in figures.items() if number else ():
                measured[name].append(fmean(told))
    return measured


def orders_of(contestants: Sequence[_Who]) -> Iterator[list[_Who]]:
    """Yield for ever in which order contestants come, each time another, the same in each run.

    Whoever comes after one that has done much finds the processor's caches full of the other's.
    Always behind the same one, it would pay for that one's work in each round: a bot that only
    listens to a day of events took a fifth longer right behind one that writes.
    """
    shuffled = random.Random(0)  # noqa: S311 - who comes first is no secret
    while True:
        yield shuffled.sample(contestants, len(contestants))


@contextlib.contextmanager
def frozen() -> Iterator[None]:
    """Keep the collector from what is there now; what is frozen around it stays so after it."""
    is_within = gc.get_freeze_count() > 0
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        if not is_within:
            gc.unfreeze()


def ratio(ours: list[float], theirs: list[float]) -> Spread:
    """Return how many times theirs ours is, round by round."""
    return spread_of([one / other for one, other in zip(ours, theirs, strict=True)])


def less(those: list[float], these: list[float]) -> list[float]:
    """Return how much more those are than these, round by round."""
    return [more - fewer for more, fewer in zip(those, these, strict=True)]


def share_beyond(ours: list[float], empty: list[float], whole: list[float]) -> Spread:
    """Return what ours costs beyond ``empty``, as a share of ``whole``, round by round."""
    return ratio(less(ours, empty), whole)
