"""The head count: how many sessions stand how, kept up to date instead of counted anew."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from machines import KINDS, STATES, Kind, State
from persistence.shelves import Shelves

if TYPE_CHECKING:
    from collections.abc import Iterator

    from machines import AnySession

__all__ = ["Counts", "HeadCount"]

Counts = dict[Kind, dict[State, int]]


class _Standing(msgspec.Struct, frozen=True, gc=False):
    """A named tuple would be looked through by Python's collector, and what holds it as well."""

    kind: Kind
    state: State
    is_unwatched: bool


class HeadCount:
    """Counts sessions as they were when they were noted last; those that are over stay counted.

    Attributes:
        unwritten: how many ended before they counted, so that nothing was written down.
    """

    def __init__(self) -> None:
        """Count nobody yet."""
        self.unwritten = 0
        self._noted: Shelves[_Standing] = Shelves()
        self._same: dict[_Standing, _Standing] = {}
        """Each standing once: there are few."""
        self._counted: Counter[_Standing] = Counter()

    def __len__(self) -> int:
        """Return how many are noted that go on."""
        return len(self._noted)

    def drain(self) -> Iterator[str]:
        """Yield the ids of those that go on, and note each no longer; how many there were stays."""
        for session_id, _standing in self._noted.drain():
            yield session_id

    @property
    def unwatched(self) -> int:
        """How many nobody is watching."""
        return sum(count for one, count in self._counted.items() if one.is_unwatched)

    def counts(self) -> Counts:
        """Return how many there are, by kind and state."""
        counts: Counts = {kind: dict.fromkeys(STATES, 0) for kind in KINDS}
        for one, count in self._counted.items():
            counts[one.kind][one.state] += count
        return counts

    def note(self, session: AnySession) -> bool:
        """Take in how a session stands now; return whether that is news."""
        is_unwatched = session.unwatched_since is not None and not session.is_over
        standing = _Standing(session.kind, session.state, is_unwatched)
        before = self._noted.get(session.id)
        if before == standing:
            return False
        if before is not None:
            self._counted[before] -= 1
            self.unwritten += (before.state, session.state) == ("pending", "ended")
        self._counted[standing] += 1
        if session.is_over:
            self._noted.pop(session.id)
        else:
            self._noted.put(session.id, self._same.setdefault(standing, standing))
        return True
