"""What waits to be written, or told: first come, first served, a batch at a time.

There may be a hundred thousand. A list of so many would be gone through by Python's collector of
cycles again and again, and let go of at once: here are small dicts of what it leaves out.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

__all__ = ["Waiting"]

_Item = TypeVar("_Item")

MOST_WAITING = 20_000
"""Records, or events, that wait in memory while nothing can be written; some 100 MB."""

_BATCH: Final = 250
"""Of records: one transaction."""


class Waiting(Generic[_Item]):
    """Items by their id, in the order in which they came."""

    def __init__(self) -> None:
        """Let nothing wait."""
        self._batches: list[dict[Hashable, _Item]] = []

    def __len__(self) -> int:
        """Return how many wait."""
        return sum(map(len, self._batches))

    def __contains__(self, item_id: Hashable) -> bool:
        """Return whether an item of this id waits."""
        return any(item_id in batch for batch in self._batches)

    @property
    def has_room(self) -> bool:
        """Whether one more may wait while nothing can be written."""
        return self.room > 0

    @property
    def room(self) -> int:
        """How many more may wait while nothing can be written."""
        return max(0, MOST_WAITING - len(self))

    def add(self, item_id: Hashable, item: _Item) -> None:
        """Let an item wait."""
        if not self._batches or len(self._batches[-1]) >= _BATCH:
            self._batches.append({})
        self._batches[-1][item_id] = item

    def as_they_are(self) -> Iterator[_Item]:
        """Return those that wait now, in order, whoever comes and goes meanwhile."""
        batches = [*self._batches]
        if batches:
            batches[-1] = {**batches[-1]}  # the only one that still gets longer
        return chain.from_iterable(batch.values() for batch in batches)

    @property
    def is_one_batch(self) -> bool:
        """Whether the first batch is all that waits."""
        return not any(self._batches[1:])

    def seal_first(self) -> dict[Hashable, _Item]:
        """Return the first batch; it waits on, and gets no longer."""
        if len(self._batches) == 1:
            self._batches.append({})
        return self._batches[0]

    def drop_first(self) -> None:
        """Let the first batch wait no longer."""
        del self._batches[0]

    def drain(self) -> Iterator[_Item]:
        """Yield all of them; each waits no longer then, and those that are left do wait."""
        while self._batches:
            batch = self._batches[0]
            for item_id in [*batch]:
                yield batch.pop(item_id)
            self.drop_first()

    def extend(self, later: Waiting[_Item]) -> None:
        """Let others wait as well, after these."""
        self._batches += later._batches
