"""Upkeep of the ledger while the bot runs: old sessions go, and totals catch up.

Both in small steps with pauses in between, so that no event waits for them.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from integrations.words.catalogue import say
from machines import from_datetime, to_datetime
from persistence import PersistenceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine import Settings
    from machines import Instant
    from persistence import SqliteLedger

__all__ = ["Retention"]

EVERY = 3600.0
"""Seconds from one round to the next."""

PAUSE = 0.1
"""Seconds from one step to the next."""

_log = logging.getLogger("latido.persistence")


class Retention:
    """Removes what is older than ``keep_days``, and counts days that are not counted yet."""

    def __init__(
        self, ledger: SqliteLedger, settings: Settings, now: Callable[[], Instant]
    ) -> None:
        """Look after ``ledger``; nothing happens before :meth:`start`."""
        self._ledger = ledger
        self._keep_days = settings.keep_days
        self._language = settings.log_language
        self._now = now
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, in the background."""
        self._task = asyncio.create_task(self._run(), name="latido-retention")

    async def stop(self) -> None:
        """End after the step that is under way."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def round(self) -> int:
        """Do everything that is due; return how many sessions were removed.

        Raises:
            PersistenceError: something could not be written; the next round goes on.
        """
        is_behind = True
        while is_behind:
            is_behind = await asyncio.to_thread(self._ledger.count_step)
            await asyncio.sleep(PAUSE if is_behind else 0)
        if self._keep_days is None:
            return 0
        before = from_datetime(to_datetime(self._now()) - timedelta(days=self._keep_days))
        removed = 0
        while any(step := await asyncio.to_thread(self._ledger.prune_step, before)):
            removed += step.records
            await asyncio.sleep(PAUSE)
        return removed

    async def _run(self) -> None:
        while True:
            try:
                removed = await self.round()
            except PersistenceError as error:
                _log.warning("%s", say(self._language, "retention.failed", error=str(error)))
            else:
                if removed:
                    _log.info("%s", say(self._language, "retention.removed", count=removed))
                if self._keep_days is None:
                    return  # nothing will ever be due again
            await asyncio.sleep(EVERY)
