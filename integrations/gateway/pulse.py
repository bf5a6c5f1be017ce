"""The pulse: heartbeats of discord.py's own, by which a bot at rest is seen to run.

Nothing of ours looks at the clocks while nobody has a session. discord.py sends a heartbeat over
each connection all the same, every 41 s as a rule. With each, and with each answer that is read,
the clocks are looked at: so it is known since when the process stood still, if no heartbeat was
sent when the next one was due.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from integrations.tracker import Tracker

__all__ = ["Pulse"]


class Pulse:
    """By when the process will have been seen to run, told to the tracker.

    Of several connections the one that has beaten last says so: one that is about to be closed
    beats no more, though the process runs.
    """

    def __init__(self, tracker: Tracker) -> None:
        """Tell ``tracker`` of it."""
        self._tracker = tracker
        self._due: dict[int | None, float] = {}

    def beats(self, shard_id: int | None, every: float) -> None:
        """A heartbeat is about to be sent, or its answer has been read: the process runs now.

        What lies unread behind an answer may have come in a standstill, so that has to be found
        before it counts.

        Args:
            shard_id: over which connection.
            every: seconds until the next one at most.
        """
        self._tracker.clear_away()  # nothing else does so in a bot at rest
        self._due[shard_id] = self._tracker.monotonic() + every
        self._tell()

    def stops(self, shard_id: int | None) -> None:
        """A connection is gone, so no heartbeat is due in it."""
        self._due.pop(shard_id, None)
        self._tell()

    def close(self) -> None:
        """No heartbeat is heard any more."""
        self._due.clear()
        self._tell()

    def _tell(self) -> None:
        self._tracker.clock_watch.seen_to_run_by(max(self._due.values(), default=math.inf))
