"""Rankings: who spent the most time, ties sharing a place."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from integrations.statistics.sums import by_person

if TYPE_CHECKING:
    from collections.abc import Iterable

    from integrations.statistics.period import Window
    from integrations.statistics.sums import Total
    from machines import Kind, Record

__all__ = ["Place", "rank"]


class Place(NamedTuple):
    """A place in a ranking; people with the same whole seconds share it."""

    place: int
    user_id: int
    total: Total


def rank(records: Iterable[Record], kind: Kind, window: Window) -> list[Place]:
    """Return everybody with any time of ``kind`` inside ``window``, the longest first.

    Of people who tie, the next place is as many further on as they are: 1, 2, 2, 4.
    """
    totals = by_person((one for one in records if one.kind == kind), window)
    ordered = sorted(
        ((user_id, total) for (user_id, _), total in totals.items() if total.seconds >= 1),
        key=lambda one: (-int(one[1].seconds), one[1].username.casefold(), one[0]),
    )
    places: list[Place] = []
    for number, (user_id, total) in enumerate(ordered, start=1):
        tied = places and int(places[-1].total.seconds) == int(total.seconds)
        places.append(Place(places[-1].place if tied else number, user_id, total))
    return places
