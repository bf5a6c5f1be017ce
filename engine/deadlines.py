"""Deadlines: one heap over the deadlines that the sessions themselves hold."""

from __future__ import annotations

import heapq
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from machines import AnySession, Deadline, Instant

__all__ = ["Deadlines"]


class Deadlines:
    """What is due next.

    An entry is stale once its session has another deadline, or none; stale ones are dropped
    as they come up. The deadline of a live session that nobody watches is held back: it is
    scheduled again when somebody has looked.
    """

    def __init__(self) -> None:
        """Start with nothing due."""
        self._heap: list[tuple[Instant, int, AnySession, Deadline]] = []
        self._order = count()
        self._held: set[int] = set()

    def __len__(self) -> int:
        """Return the number of entries, stale ones included."""
        return len(self._heap)

    def schedule(self, session: AnySession) -> None:
        """Take up the session's deadline, if it has one."""
        if session.deadline is not None:
            entry = (session.deadline.at, next(self._order), session, session.deadline)
            heapq.heappush(self._heap, entry)

    def rebuild(self, sessions: Iterable[AnySession]) -> None:
        """Take up the deadlines of ``sessions``, and forget all others."""
        self._heap.clear()
        for session in sessions:
            self.schedule(session)

    def hold(self, guild_ids: Iterable[int]) -> None:
        """Let nothing come due in these guilds: their connection is cut."""
        self._held.update(guild_ids)

    def release(self, guild_ids: Iterable[int]) -> None:
        """Let things come due again; the sessions are to be scheduled anew."""
        self._held.difference_update(guild_ids)

    def next_at(self) -> Instant | None:
        """Return the instant of the next deadline, or None."""
        while self._heap:
            at, _, session, deadline = self._heap[0]
            if session.deadline is deadline and not self._is_held(session):
                return at
            heapq.heappop(self._heap)
        return None

    def pop_due(self, now: Instant) -> AnySession | None:
        """Return the session whose deadline came due first, by ``now``; None if none has."""
        at = self.next_at()
        if at is None or at > now:
            return None
        return heapq.heappop(self._heap)[2]

    def _is_held(self, session: AnySession) -> bool:
        if session.guild_id in self._held:
            return True
        return session.is_live and session.unwatched_since is not None
