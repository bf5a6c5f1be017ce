"""Counting since: from when on whoever was let in again, or was forgotten, counts.

Of that a process knows by itself (``engine/untracked.py``); the next one is told by the file of the
opt-outs, before it looks at anybody or hears of them. What can bound nothing any more is let go of
there, so that nobody who was forgotten is kept on file for good.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from integrations.turns import in_turns
from machines import SECOND
from persistence import COUNTED_FOR, PersistenceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from integrations.tracker import Tracker
    from machines import Instant
    from persistence.opt_outs import OptOuts

__all__ = ["CountingSince"]

EVERY: Final = 3600.0
"""Seconds from a start, or a round, until anybody is let go of: guilds are looked at by then."""

_DAY: Final = 24 * 3600.0
"""Seconds after which the time is read anew: a machine that slept does not count them all."""


class CountingSince:
    """Takes up since when people count, has it written, and lets go of it.

    While it is known of nobody there is no timer.
    """

    def __init__(self, tracker: Tracker, opt_outs: OptOuts) -> None:
        """Tell the engine of ``tracker`` what ``opt_outs`` holds."""
        self._tracker = tracker
        self._opt_outs = opt_outs
        self._letting_go: asyncio.Task[None] | None = None
        self._moving: asyncio.Task[None] | None = None
        tracker.was_set = self._clock_was_set

    async def take_up(self) -> None:
        """Tell the engine of everybody, however long ago: nobody may have looked since."""
        engine = self._tracker.engine
        async for user_id, since in in_turns(self._opt_outs.counting_since.copy().items()):
            engine.remember_counting(user_id, since, self._tracker.heard_at())
        self._keep_in_step()

    async def let_in(self, user_id: int, since: Instant) -> None:
        """Write that a person is out no more, and counts from then on.

        Raises:
            PersistenceError: it cannot be written; it holds until the next start.
        """
        await self._written(self._opt_outs.remove, user_id, since)

    async def forgotten(self, user_id: int, since: Instant) -> None:
        """Write that a person counts from then on, unless they are out: then they do not count.

        Raises:
            PersistenceError: it cannot be written; it holds until the next start.
        """
        await self._written(self._opt_outs.count_from, user_id, since)

    async def stop(self) -> None:
        """Let go of nobody any more, once what is being written is."""
        self._tracker.was_set = None
        task, self._letting_go = self._letting_go, None
        if task is not None:
            task.cancel()
        moving, self._moving = self._moving, None
        await asyncio.gather(*filter(None, (task, moving)), return_exceptions=True)

    async def _written(
        self, write: Callable[[int, Instant], object], user_id: int, since: Instant
    ) -> None:
        try:
            await asyncio.to_thread(write, user_id, since)
        finally:
            self._keep_in_step()

    def _keep_in_step(self) -> None:
        """Let go of people in time, if there are any."""
        is_idle = self._letting_go is None or self._letting_go.done()
        if is_idle and self._opt_outs.counting_since:
            self._letting_go = asyncio.create_task(self._let_go(), name="latido-counting-since")

    async def _let_go(self) -> None:
        while counting_since := self._opt_outs.counting_since:
            due = min(counting_since.values()) + COUNTED_FOR
            await asyncio.sleep(min(_DAY, max(EVERY, (due - self._tracker.now()) / SECOND)))
            with suppress(PersistenceError):  # the next round tries again
                until = self._tracker.now() - COUNTED_FOR
                await asyncio.to_thread(self._opt_outs.let_go, until)

    def _clock_was_set(self, by: int) -> None:
        """Move what is held by as much, and have it written, or the next start would not know."""
        if self._opt_outs.counting_since:
            self._opt_outs.shift(by)
            self._moving = asyncio.ensure_future(self._moved(self._moving))

    async def _moved(self, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.gather(before, return_exceptions=True)
        with suppress(PersistenceError):  # what is written next has it as well
            await asyncio.to_thread(self._opt_outs.write)
