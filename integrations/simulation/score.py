"""The score: how far what a bot wrote down is from what was true, person by person."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec

from integrations.simulation.intervals import (
    Interval,
    Intervals,
    clip,
    intersect,
    measure,
    pushed,
    subtract,
    union,
)
from integrations.simulation.oracle import Countable, Subject, countable
from integrations.simulation.units import MINUTE, SECOND, START

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from integrations.simulation.baselines import Counted
    from integrations.simulation.oracle import Oracle

__all__ = ["Score", "score_of"]

_PUNCTUAL = 2 * SECOND
"""An event may come so late and still be about the session it ends."""


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """What one bot wrote down, against the truth; times in minutes.

    A person's error is the sum, over voice and each game, of how far the total is from the
    true one. ``over_counted`` and ``under_counted`` are the minutes credited that were not so,
    and those not credited that were.
    """

    bot: str
    records: int
    true_minutes: float
    recorded_minutes: float
    mean_error: float
    largest_error: float
    over_counted: float
    under_counted: float
    lost: int
    invented: int


class _Expected:
    """What a faultless bot would have written down, by subject."""

    def __init__(self, oracle: Oracle, confirm_after: int, grace: Callable[[str], int]) -> None:
        self.of: dict[Subject, Countable] = {}
        for subject, truth in oracle.truth.items():
            if subject.kind != "party":
                counted = countable(truth, confirm_after, grace(subject.kind))
                self.of[subject] = counted


def score_of(
    bot: str,
    counted: Iterable[Counted],
    records: int,
    oracle: Oracle,
    people: int,
    *,
    confirm_after: int,
    grace: Callable[[str], int],
    end: int,
) -> Score:
    """Return the score of ``bot``; what lies before it was first started does not count.

    Args:
        bot: its name.
        counted: what it credited, piece by piece.
        records: how many records that was.
        oracle: the truth.
        people: how many there are.
        confirm_after: microseconds from a start until it counts.
        grace: returns the grace of a kind in microseconds.
        end: when the simulation ended.
    """
    expected = _Expected(oracle, confirm_after, grace).of
    credited: defaultdict[Subject, list[Interval]] = defaultdict(list)
    for item in counted:
        if item.subject.kind != "party":
            credited[item.subject].append(item.span)
    watched = (START, end)
    true: defaultdict[Subject, list[Interval]] = defaultdict(list)
    wrote: defaultdict[Subject, list[Interval]] = defaultdict(list)
    for subject, what in expected.items():
        true[subject._replace(guild_id=0)] += clip(what.parts, watched)
    for subject, spans in credited.items():
        wrote[subject._replace(guild_id=0)] += clip(union(spans), watched)
    errors: defaultdict[int, int] = defaultdict(int)
    over = under = total = written = 0
    for subject in sorted({*true, *wrote}):
        was, is_ = union(true[subject]), union(wrote[subject])
        total += measure(was)
        written += measure(is_)
        over += measure(subtract(is_, was))
        under += measure(subtract(was, is_))
        errors[subject.person_id] += abs(measure(is_) - measure(was))
    return Score(
        bot=bot,
        records=records,
        true_minutes=total / MINUTE,
        recorded_minutes=written / MINUTE,
        mean_error=sum(errors.values()) / people / MINUTE,
        largest_error=max(errors.values(), default=0) / MINUTE,
        over_counted=over / MINUTE,
        under_counted=under / MINUTE,
        lost=_lost(expected, credited, watched),
        invented=_invented(oracle, credited),
    )


def _lost(
    expected: dict[Subject, Countable],
    credited: dict[Subject, list[Interval]],
    watched: Interval,
) -> int:
    return sum(
        not intersect([session], union(credited.get(subject, [])))
        for subject, what in expected.items()
        for session in clip(what.sessions, watched)
    )


def _invented(oracle: Oracle, credited: dict[Subject, list[Interval]]) -> int:
    count = 0
    for subject, spans in credited.items():
        near: Intervals = pushed(oracle.of(subject), 0, _PUNCTUAL)
        count += sum(not intersect([span], near) for span in union(spans))
    return count
