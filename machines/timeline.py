"""What a record asserts: a timeline of three values, and the sums that follow from it.

Between ``started_at`` and ``ended_at`` a person is *present* unless a stretch says *away* or
*unknown*. Unknown stretches may also lie outside those two instants: before the start of
somebody who was found rather than heard coming, after the end of somebody whose leaving was
missed. The truth lies between ``present`` and ``present + unknown``; what is credited
(``seconds``) is the present time and the unknown time inside start and end.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

from machines.instant import SECOND, Instant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Account", "Span", "Stretch", "Timeline", "Value", "spans"]

Value = Literal["present", "away", "unknown"]


class Stretch(msgspec.Struct, frozen=True, array_like=True):
    """A part of a timeline that is not simply present: away, or unknown."""

    start: Instant
    end: Instant
    value: Literal["away", "unknown"]


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


def spans(started_at: Instant, ended_at: Instant, stretches: Iterable[Stretch]) -> Iterator[Span]:
    """Yield the timeline as disjoint spans in order; where stretches overlap, unknown wins."""
    held = [stretch for stretch in stretches if stretch.end > stretch.start]
    cuts = sorted({started_at, ended_at, *(s.start for s in held), *(s.end for s in held)})
    for start, end in pairwise(cuts):
        covering = {s.value for s in held if s.start <= start and end <= s.end}
        inside = started_at <= start and end <= ended_at
        if "unknown" in covering:
            yield Span(start, end, "unknown", inside)
        elif inside and "away" in covering:
            yield Span(start, end, "away", credited=False)
        elif inside:
            yield Span(start, end, "present", credited=True)


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
        """Return what it credits, and how far the truth can be from that."""
        present = credited_unknown = unknown = 0
        for span in self.spans():
            length = span.end - span.start
            if span.value == "present":
                present += length
            elif span.value == "unknown":
                unknown += length
                credited_unknown += length if span.credited else 0
        uncertain = max(credited_unknown, unknown - credited_unknown)
        return Account(
            (present + credited_unknown) / SECOND,
            None if self.unbounded else uncertain / SECOND,
        )
