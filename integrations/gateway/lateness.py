"""Lateness: since when what comes in over a connection may have happened, where that is not now.

While one is cut, what was missed is replayed, and happened since the last frame before the cut.
What lies behind its RESUMED or READY is new, unless the process stood still in the cut: nobody can
tell whether those had come by then, so it may be as old as that standstill until all is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from integrations.tracker import Tracker
    from machines import Instant

__all__ = ["Lateness"]


class Lateness:
    """The connections over which anything may come late, by the ids of their shards.

    A standstill in which a connection stands is the tracker's affair, which doubts all that comes.

    Attributes:
        since: no earlier than then has happened what comes in, by the clock as it first was.
    """

    def __init__(self, tracker: Tracker) -> None:
        """Go by the clock of ``tracker``."""
        self._tracker = tracker
        self.since: dict[int | None, Instant] = {}
        self._stood_still: dict[int | None, Instant] = {}

    def at(self, shard_id: int | None) -> Instant | None:
        """Return since when what comes in may have happened; None where it happens now."""
        return self._by_this_clock(self.since.get(shard_id))

    def is_cut(self, shard_id: int | None, since: Instant) -> None:
        """A connection is gone, and has been heard until then."""
        self.since[shard_id] = since - self._tracker.clock_watch.set_by

    def stood_still(self, shard_ids: Iterable[int | None], since: Instant) -> None:
        """The process stood still while none of these stood: the first time counts."""
        for shard_id in shard_ids:
            self._stood_still.setdefault(shard_id, since - self._tracker.clock_watch.set_by)

    def stands(self, shard_id: int | None) -> Instant | None:
        """A connection stands (again); return since when it was cut, if it was."""
        self._tracker.heard_at()  # that the process has stood still just now is found
        cut = self._by_this_clock(self.since.pop(shard_id, None))
        stood_still = self._stood_still.pop(shard_id, None)
        if stood_still is not None:
            self.since[shard_id] = stood_still
        return cut

    def are_read(self, shard_ids: Iterable[int | None]) -> None:
        """All is read that had waited in connections that stand: what comes now is new."""
        for shard_id in shard_ids:
            self.since.pop(shard_id, None)

    def _by_this_clock(self, first: Instant | None) -> Instant | None:
        """Return an instant as the clock is now, which may have been set since.

        Back by half a second is not noticed: it is in no future all the same.
        """
        if first is None:
            return None
        now = self._tracker.heard_at()
        return min(first + self._tracker.clock_watch.set_by, now)
