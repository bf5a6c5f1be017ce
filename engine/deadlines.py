"""Deadlines: one heap over the deadlines that the sessions themselves hold."""

from __future__ import annotations

import heapq
from itertools import count
from typing import TYPE_CHECKING, Final

import msgspec

from engine.emptying import emptied
from machines import AnySession, Deadline, Instant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["NEVER", "Deadlines", "may_come_due"]

NEVER: Final[Instant] = 2**63 - 1
"""An instant after all others: nothing is due."""

_STALE_AT_ONCE = 64
"""Stale entries that are dropped whenever somebody asks what comes next."""


def may_come_due(session: AnySession) -> bool:
    """Return whether a session's deadline does not wait for a look: it is watched, or not live."""
    return session.unwatched_since is None or not session.is_live


class _Entry(msgspec.Struct, order=True, gc=False):
    """A deadline that was scheduled; of those at one instant the ``number`` says which is first.

    Python's collector of cycles leaves it out (``gc=False``). The collector begins once many more
    objects have come than gone: where thousands of entries take the place of others it would begin
    late, and then go through all of them at once.
    """

    at: Instant
    number: int
    session: AnySession
    deadline: Deadline


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
        self._heap: list[_Entry] = []
        self._order = count()
        self._held: set[int] = set()
        self.first_at: Instant = NEVER

    def __len__(self) -> int:
        """Return the number of entries, stale ones included."""
        return len(self._heap)

    def schedule(self, session: AnySession) -> None:
        """Take up the session's deadline, if it has one."""
        deadline = session.deadline
        if deadline is not None:
            entry = _Entry(deadline.at, next(self._order), session, deadline)
            heapq.heappush(self._heap, entry)
            self.first_at = self._heap[0].at

    def hold(self, guild_ids: Iterable[int]) -> None:
        """Let nothing but confirmations come due in these guilds: their connection is cut.

        Whoever may have been there for long enough counts, whatever is told of them later.
        """
        self._held.update(guild_ids)

    def release(self, guild_ids: Iterable[int]) -> None:
        """Let things come due again; the sessions are to be scheduled anew."""
        self._held.difference_update(guild_ids)

    def is_held(self, guild_id: int) -> bool:
        """Return whether what comes due in a guild waits: see :meth:`hold`."""
        return guild_id in self._held

    def waits(self, session: AnySession, deadline: Deadline) -> bool:
        """Return whether a deadline waits because what comes due in its guild does."""
        return session.guild_id in self._held and deadline.trigger != "confirm"

    def held_of(self, guild_ids: Iterable[int]) -> set[int]:
        """Return those of the guilds in which nothing comes due for now."""
        return self._held.intersection(guild_ids)

    def next_at(self) -> Instant | None:
        """Return the instant of the next deadline, or an earlier one; None where there is none.

        It is an earlier one where very many entries at the front are stale.
        """
        for _entry in range(_STALE_AT_ONCE):
            if not self._heap:
                return None
            first = self._heap[0]
            if first.session.deadline is first.deadline and self._may_fire(first):
                return first.at
            self.pop_first()
        return self._heap[0].at if self._heap else None

    def is_due(self, now: Instant) -> bool:
        """Return whether :meth:`next_at` has come by ``now``."""
        if self.first_at > now:
            return False
        at = self.next_at()  # most entries that come up are stale
        return at is not None and at <= now

    def pop_first(self) -> tuple[AnySession, Deadline]:
        """Return the entry of :attr:`first_at`, stale or not; there must be one."""
        first = heapq.heappop(self._heap)
        self.first_at = self._heap[0].at if self._heap else NEVER
        return first.session, first.deadline

    def let_go(self) -> Iterator[None]:
        """Hold no entry any more, one by one."""
        self.first_at = NEVER
        yield from emptied(self._heap)
        self.first_at = NEVER

    def _may_fire(self, entry: _Entry) -> bool:
        session = entry.session
        if self._held and self.waits(session, entry.deadline):
            return False
        return may_come_due(session)
