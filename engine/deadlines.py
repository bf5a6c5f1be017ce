"""Deadlines: one heap over the deadlines that the sessions themselves hold."""

from __future__ import annotations

import heapq
from itertools import count
from typing import TYPE_CHECKING, Final

from engine.emptying import emptied

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from machines import AnySession, Deadline, Instant

__all__ = ["NEVER", "Deadlines"]

NEVER: Final[Instant] = 2**63 - 1
"""An instant after all others: nothing is due."""

_STALE_AT_ONCE = 64
"""Stale entries that are dropped whenever somebody asks what comes next."""


class Deadlines:
    """What is due next.

    An entry is stale once its session has another deadline, or none; stale ones are dropped
    as they come up. The deadline of a live session that nobody watches is held back: it is
    scheduled again when somebody has looked.

    Attributes:
        first_at: the instant of the first entry, stale or not; :data:`NEVER` where there is none.
            Nothing is due before, so that most who ask need no more than a glance.
    """

    def __init__(self) -> None:
        """Start with nothing due."""
        self._heap: list[tuple[Instant, int, AnySession, Deadline]] = []
        self._order = count()
        self._held: set[int] = set()
        self.first_at: Instant = NEVER

    def __len__(self) -> int:
        """Return the number of entries, stale ones included."""
        return len(self._heap)

    def schedule(self, session: AnySession) -> None:
        """Take up the session's deadline, if it has one."""
        if session.deadline is not None:
            entry = (session.deadline.at, next(self._order), session, session.deadline)
            heapq.heappush(self._heap, entry)
            self.first_at = self._heap[0][0]

    def hold(self, guild_ids: Iterable[int]) -> None:
        """Let nothing come due in these guilds: their connection is cut."""
        self._held.update(guild_ids)

    def release(self, guild_ids: Iterable[int]) -> None:
        """Let things come due again; the sessions are to be scheduled anew."""
        self._held.difference_update(guild_ids)

    def next_at(self) -> Instant | None:
        """Return the instant of the next deadline, or an earlier one; None where there is none.

        It is an earlier one where very many entries at the front are stale.
        """
        for _entry in range(_STALE_AT_ONCE):
            if not self._heap:
                return None
            at, _, session, deadline = self._heap[0]
            if session.deadline is deadline and self.may_fire(session):
                return at
            self._take_first()
        return self._heap[0][0] if self._heap else None

    def is_due(self, now: Instant) -> bool:
        """Return whether :meth:`next_at` has come by ``now``."""
        if self.first_at > now:
            return False
        at = self.next_at()  # most entries that come up are stale
        return at is not None and at <= now

    def pop(self, now: Instant) -> tuple[AnySession, Deadline] | None:
        """Return the entry that comes first, by ``now``, stale or not; None if none has come."""
        return None if self.first_at > now else self._take_first()

    def let_go(self) -> Iterator[None]:
        """Hold no entry any more, one by one."""
        self.first_at = NEVER
        yield from emptied(self._heap)
        self.first_at = NEVER

    def may_fire(self, session: AnySession) -> bool:
        """Return whether the deadline of a session is not held back."""
        if session.guild_id in self._held:
            return False
        return not session.is_live or session.unwatched_since is None

    def _take_first(self) -> tuple[AnySession, Deadline]:
        _at, _number, session, deadline = heapq.heappop(self._heap)
        self.first_at = self._heap[0][0] if self._heap else NEVER
        return session, deadline
