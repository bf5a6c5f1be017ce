"""What a record asserts: a timeline of three values, and the sums that follow from it.

Between ``started_at`` and ``ended_at`` a person is *present* unless a stretch says *away* or
*unknown*. Unknown stretches may also lie outside those two instants: before the start of
somebody who was found rather than heard coming, after the end of somebody whose leaving was
missed. The truth lies between ``present`` and ``present + unknown``; what is credited
(``seconds``) is the present time and the unknown time inside start and end, except where
somebody was known to be away before what is unknown, and again or still after it.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

from machines.instant import SECOND, Instant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Account", "Span", "Stretch", "Timeline", "Value", "account_of", "overlap", "spans"]

Value = Literal["present", "away", "unknown"]


class Stretch(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A part of a timeline that is not simply present: away, or unknown.

    Attributes:
        start: from when on.
        end: until when.
        value: ``away``: seen not to be there; ``unknown``: nobody could know.
    """

    start: Instant
    end: Instant
    value: Literal["away", "unknown"]

    def shifted(self, by: int) -> Stretch:
        """Return it moved by ``by`` microseconds."""
        return Stretch(self.start + by, self.end + by, self.value)


class Span(NamedTuple):
    """A maximal part of a timeline with one value; ``credited`` when it counts as time spent."""

    start: Instant
    end: Instant
    value: Value
    credited: bool


class Account(NamedTuple):
    """The sums of a timeline, in seconds.

    ``uncertain_seconds`` is how far the truth can be from ``seconds``; None where nothing
    bounds it (the person was there before anybody looked).
    """

    seconds: float
    uncertain_seconds: float | None


def overlap(stretches: Iterable[Stretch]) -> bool:
    """Return whether any stretch begins before the one in front of it is over."""
    return any(one.end > other.start for one, other in pairwise(stretches))


def spans(started_at: Instant, ended_at: Instant, stretches: Iterable[Stretch]) -> Iterator[Span]:
    """Yield the timeline as disjoint spans in order; where stretches overlap, unknown wins."""
    edges = _edges(started_at, ended_at, stretches)
    depth: dict[Value, int] = {"present": 0, "away": 0, "unknown": 0}
    said: tuple[Value, bool] | None = None
    since = started_at
    for (start, value, change), (end, _, _) in pairwise(edges):
        depth[value] += change
        if start == end or said == (says := _says(depth)):
            continue
        if said is not None:
            yield Span(since, start, *said)
        said, since = says, start
    if said is not None:
        yield Span(since, edges[-1][0], *said)


def _edges(
    started_at: Instant, ended_at: Instant, stretches: Iterable[Stretch]
) -> list[tuple[Instant, Value, int]]:
    """Return where each value begins (+1) and ends (-1), in order of time."""
    edges: list[tuple[Instant, Value, int]] = []
    if started_at < ended_at:
        edges += ((started_at, "present", 1), (ended_at, "present", -1))
    for stretch in stretches:
        if stretch.start < stretch.end:
            edges += ((stretch.start, stretch.value, 1), (stretch.end, stretch.value, -1))
    edges.sort()
    return edges


def _says(depth: dict[Value, int]) -> tuple[Value, bool] | None:
    """Return the value, and whether it is credited, where so many parts of each value lie."""
    inside = depth["present"] > 0
    if depth["unknown"]:
        return "unknown", inside and not depth["away"]
    if inside:
        return ("away", False) if depth["away"] else ("present", True)
    return None


def account_of(parts: Iterable[Span], *, unbounded: bool) -> Account:
    """Return what spans credit, and how far the truth can be from that.

    ``unbounded``: nothing says how long it had been going on before the first of them.
    """
    present = credited = uncredited = 0
    for part in parts:
        length = part.end - part.start
        if part.value == "present":
            present += length
        elif part.value == "unknown":
            credited += length if part.credited else 0
            uncredited += 0 if part.credited else length
    return _account(present, credited, uncredited, unbounded=unbounded)


def _account(present: int, credited: int, uncredited: int, *, unbounded: bool) -> Account:
    """Return the sums of so much present, and of so much unknown that is credited or is not."""
    uncertain = max(credited, uncredited) / SECOND
    return Account((present + credited) / SECOND, None if unbounded else uncertain)


class Timeline(NamedTuple):
    """What a session asserts about one person (or one party).

    Attributes:
        started_at: where the credited time begins.
        ended_at: where it ends.
        stretches: the parts that are not simply present.
        unbounded: nothing says how long it had been going on before ``started_at``.
    """

    started_at: Instant
    ended_at: Instant
    stretches: list[Stretch]
    unbounded: bool

    def spans(self) -> Iterator[Span]:
        """Yield it as disjoint spans in order; where stretches overlap, unknown wins."""
        return spans(self.started_at, self.ended_at, self.stretches)

    def account(self) -> Account:
        """Return what it credits, and how far the truth can be from that.

        Stretches that come one after the other, as most do, are added up as they are: to make
        spans of them would take five times as long.
        """
        stretches = self.stretches
        if overlap(stretches):
            return account_of(self.spans(), unbounded=self.unbounded)
        length = self.ended_at - self.started_at
        away = unknown = outside = 0
        for part in stretches:
            inside = min(part.end, self.ended_at) - max(part.start, self.started_at)
            if part.value == "away":
                away += max(0, inside)
            else:
                unknown += max(0, inside)
                outside += max(0, part.end - part.start) - max(0, inside)
        return _account(length - away - unknown, unknown, outside, unbounded=self.unbounded)
