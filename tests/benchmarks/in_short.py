"""What everything costs, in short: the figures that have a unit, as somebody would ask for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benchmarks.figures import AT_REST, DAY, LATIDO, MICROSECONDS, ON_DISK
from tests.benchmarks.promises import (
    CHANGES_NOTHING,
    CHANGES_NOTHING_PACED,
    CHANGES_NOTHING_RARER,
    HELD,
    MEMORY,
    TRANSITION_ALONE,
    TRANSITION_BUSY,
    TRANSITION_QUIET,
    TRANSITION_SELDOM,
    WHOLE_STAY,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.benchmarks.figures import Figure
    from tests.benchmarks.promises import Promise

    Choice = Callable[[Figure], bool]

__all__ = ["in_short"]

_PEOPLE = 1_000
_DAYS = 365
_KIBI = 1024


def in_short(figures: Sequence[Figure]) -> Iterator[str]:
    """Yield what a bot's owner would ask, a line each, of what was measured."""
    lines = (
        ("an event that changes nothing", (CHANGES_NOTHING,), "without pauses between them"),
        ("a rarer one that changes nothing", (CHANGES_NOTHING_RARER,), "without pauses"),
        ("the first", (CHANGES_NOTHING_PACED,), "with pauses, in which processor caches grow cold"),
        ("one that begins, changes or ends a session", (TRANSITION_ALONE,), "without pauses"),
        ("the same", (TRANSITION_BUSY, TRANSITION_QUIET), "with pauses, ten or fifty a second"),
        ("the same", (TRANSITION_SELDOM,), "two a second, so that each is waited for alone"),
        (
            "a coming to voice or a leaving, with all that follows of it until the record",
            (WHOLE_STAY,),
            "with pauses",
        ),
    )
    for what, promises, how in lines:
        ours, theirs = (_each_of(figures, promises, who) for who in (LATIDO, "discord.py"))
        if ours and theirs:
            spent = f"discord.py spends {_range(theirs, '.0f')} on it"
            yield f"- **Processor**, {what}: up to {max(ours):.0f} microseconds, {how}; {spent}.\n"
    for rest in _some(figures, lambda each: each.unit == AT_REST):
        while_so = f"while {rest.size:,} sessions go on and nothing comes"
        yield f"- **Processor**, {while_so}: {rest.median:.0f} microseconds a second.\n"
    for days in _some(figures, lambda each: each.unit == DAY):
        size, day = days.size, days.median
        yield f"- **Processor**, {days.case}, in a guild of {size:,} members: {day:.0f} ms.\n"
    if each := [one.median for one in _some(figures, lambda one: one.promise == MEMORY)]:
        all_of_them = f"{_range([kibi * _PEOPLE / _KIBI for kibi in each], '.1f')} MiB"
        kibi = f"{_range(each, '.2f')} KiB each"
        yield f"- **Memory** of {_PEOPLE:,} sessions that go on: {all_of_them} ({kibi}).\n"
    for written in _some(figures, lambda each: each.unit == ON_DISK):
        each_of, year = written.median * _KIBI, written.median * _PEOPLE * _DAYS / _KIBI
        then = f"{_PEOPLE:,} a day are {year:.0f} MiB a year" if "ended" in written.case else ""
        yield f"- **Disk**, {written.case}: {each_of:.0f} bytes{then and f'; {then}'}.\n"
    if held := [one.high for one in _some(figures, lambda one: one.promise == HELD)]:
        longest = f"{max(held):.1f} ms at a time, at the longest"
        yield f"- **The event loop** is held by it for {longest}.\n"


def _some(figures: Sequence[Figure], wanted: Choice) -> list[Figure]:
    """Return, of each case that is wanted, the figure at the largest size."""
    return list({each.case: each for each in figures if wanted(each)}.values())


def _each_of(figures: Sequence[Figure], promises: tuple[Promise, ...], who: str) -> list[float]:
    """Return the microseconds of whoever it is, of the cases of which something is promised."""
    cases = {each.case for each in figures if each.promise in promises}
    return [
        each.median
        for each in figures
        if each.case in cases and each.who == who and each.unit == MICROSECONDS
    ]


def _range(values: Sequence[float], how: str) -> str:
    low, high = (format(edge, how) for edge in (min(values), max(values)))
    return low if low == high else f"{low} to {high}"
