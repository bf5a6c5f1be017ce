"""Upkeep of the ledger while the bot runs: old sessions go, and totals catch up.

First its file is read through, beside the bot, for a start reads no more of it than it needs: what
is damaged would be told by nobody otherwise, until something is written there. Then old sessions
go, and totals catch up, in small steps with pauses in between, so that no event waits for them.
Between two rounds there is one timer, for the instant at which the next of what is kept comes due;
where nothing is kept, or everything for ever, there is none.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from integrations.words.catalogue import say
from machines import SECOND
from persistence import PersistenceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine import Settings
    from machines import Instant
    from persistence import SqliteLedger

__all__ = ["Retention"]

EVERY = 3600.0
"""Seconds from one round to the next, at least: what comes due meanwhile goes together."""

PAUSE = 0.1
"""Seconds from one step to the next."""

_DAY = 24 * 3600.0
"""Seconds after which the time is read anew: a machine that slept does not count them all.

An event loop wakes up as often by itself.
"""

_log = logging.getLogger("latido.persistence")


class Retention:
    """Removes what is older than ``keep_days``, and counts days that are not counted yet.

    And says in the log where the ledger's file is damaged.
    """

    def __init__(
        self, ledger: SqliteLedger, settings: Settings, now: Callable[[], Instant]
    ) -> None:
        """Look after ``ledger``; nothing happens before :meth:`start`."""
        self._ledger = ledger
        days = settings.keep_days
        self._kept_for = None if days is None else days * round(_DAY) * SECOND
        self._language = settings.log_language
        self._now = now
        self._due: Instant | None = None
        self._is_sooner = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._is_stopped = threading.Event()

    def start(self) -> None:
        """Begin, in the background."""
        if self._kept_for is not None:
            self._ledger.appended = partial(self._expect, asyncio.get_running_loop())
        self._task = asyncio.create_task(self._run(), name="latido-retention")

    async def stop(self) -> None:
        """End after the step that is under way."""
        task, self._task = self._task, None
        self._is_stopped.set()
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def round(self) -> int:
        """Do everything that is due; return how many sessions were removed.

        Raises:
            PersistenceError: something could not be written; the next round goes on.
        """
        await self._count()
        if self._kept_for is None:
            return 0
        before = self._now() - self._kept_for
        removed = 0
        while step := await asyncio.to_thread(self._ledger.prune_step, before):
            removed += step
            await asyncio.sleep(PAUSE)
        await self._count()
        return removed

    async def _count(self) -> None:
        is_behind = True
        while is_behind:
            is_behind = await asyncio.to_thread(self._ledger.count_step)
            await asyncio.sleep(PAUSE if is_behind else 0)

    async def _tell_of_damage(self) -> None:
        """Say where the file is damaged; that it cannot be read, others say who ask more of it."""
        with suppress(PersistenceError):
            found = await asyncio.to_thread(self._ledger.damage, self._is_wanted)
            if found is not None:
                path = str(self._ledger.path)
                _log.warning("%s", say(self._language, "ledger.damaged", path=path, problem=found))

    def _is_wanted(self) -> bool:
        return not self._is_stopped.is_set()

    async def _run(self) -> None:
        await self._tell_of_damage()
        while True:
            self._due = None
            try:
                removed = await self.round()
                first = await asyncio.to_thread(self._ledger.prunable_from)
            except PersistenceError as error:
                _log.warning("%s", say(self._language, "retention.failed", error=str(error)))
                self._due = self._now()
            else:
                if removed:
                    _log.info("%s", say(self._language, "retention.removed", count=removed))
                if first is not None:
                    self._due_before(first)
            if self._kept_for is None:
                return  # nothing will ever be due again
            await self._until_due()

    def _expect(self, loop: asyncio.AbstractEventLoop, end: Instant) -> None:
        """Take in, in whichever thread, that something which ended then is kept."""
        first = self._ledger.prunable_at(end)
        if self._would_be_sooner(first) and not loop.is_closed():
            loop.call_soon_threadsafe(self._due_before, first)

    def _due_before(self, instant: Instant) -> None:
        """Take in that something goes once what is kept begins at an instant."""
        if self._kept_for is not None and self._would_be_sooner(instant):
            self._due = instant + self._kept_for
            self._is_sooner.set()

    def _would_be_sooner(self, instant: Instant) -> bool:
        """Return whether something is due sooner, where it goes once what is kept begins then."""
        due = self._due  # it may become another one meanwhile
        return due is None or instant + (self._kept_for or 0) < due

    async def _until_due(self) -> None:
        """Wait until something is due, and :data:`EVERY` at least."""
        loop = asyncio.get_running_loop()
        earliest = loop.time() + EVERY
        while True:
            self._is_sooner.clear()
            try:
                async with asyncio.timeout_at(self._wakes_at(earliest, loop.time())):
                    await self._is_sooner.wait()
            except TimeoutError:
                if self._due is not None and self._due <= self._now():
                    return

    def _wakes_at(self, earliest: float, at: float) -> float | None:
        """Return when to look again, by the clock of the loop; None where nothing is kept."""
        if self._due is None:
            return None
        return max(earliest, at + min(_DAY, (self._due - self._now()) / SECOND))
