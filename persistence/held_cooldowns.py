"""The cooldowns that the snapshot holds: one that is over goes unasked, some while after.

Nobody says when one is over. So whenever they are twice as many as were left the last time, all
are gone through, a few with each that is put.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from persistence.roll_call import RollCall
from persistence.well_formed import well_formed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from machines import Cooldown, Instant
    from persistence.iso_time import Clock

__all__ = ["HeldCooldowns"]

_FEW: Final = 64
"""Cooldowns that are gone through with one that is put; so many are none too many."""


class HeldCooldowns:
    """When each cooldown is over, by its subject."""

    def __init__(self, change: Callable[[str, Cooldown | None], None], now: Clock) -> None:
        """Hold none; have each that comes, or goes (None), written by ``change``, by its key."""
        self._change = change
        self._now = now
        self._until: RollCall[Instant] = RollCall()
        self._many = _FEW

    def put(self, cooldown: Cooldown) -> None:
        """Hold a cooldown, in place of an earlier one of the same subject."""
        self._put(_key_of(cooldown), cooldown)
        if len(self._until) > self._many:
            self._drop_some_that_are_over()

    def replacing(self, cooldowns: Iterable[Cooldown]) -> Iterator[None]:
        """Hold exactly these, and what is put meanwhile, yielding after each."""
        self._until.begin()
        for cooldown in cooldowns:
            key = _key_of(cooldown)
            if self._until.get(key) == cooldown.until:
                self._until.hold(key, cooldown.until)
            else:
                self._put(key, cooldown)
            yield
        for key, _until in self._until.uncalled():
            self._change(key, None)
            yield
        self._many = max(_FEW, 2 * len(self._until))

    def clear(self) -> None:
        """Hold none any more; nothing is written."""
        self._until.clear()

    def _put(self, key: str, cooldown: Cooldown) -> None:
        self._until.hold(key, cooldown.until)
        self._change(key, cooldown)

    def _drop_some_that_are_over(self) -> None:
        some, are_last = self._until.some(_FEW)
        now = self._now()
        for key, until in some:
            if until <= now:
                self._until.drop(key)
                self._change(key, None)
        # Once begun it goes on with each that is put, until all have had their turn.
        self._many = max(_FEW, 2 * len(self._until)) if are_last else 0


def _key_of(cooldown: Cooldown) -> str:
    return f"{cooldown.guild_id}:{cooldown.kind}:{well_formed(cooldown.subject)}"
