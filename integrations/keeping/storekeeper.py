"""The storekeeper: makes sessions durable, in the order that loses none and doubles none.

A session that is over goes to the ledger first; only when its row is durable, or waits in a file
where the ledger refuses it (``records``), does the snapshot let go of it. Listeners hear of a
session once it is in the ledger.

What is to be written, and in which order, ``changes`` says; here is when, and by whom. What has
changed in a second or so is little: a thread writes it in one go, and hands back what follows.
Where all that has changed are sessions that go on, nothing follows, and the event loop hears of it
only where that fails. What is more is written in turns, whose every step the event loop waits for.

While only the ledger refuses, what ends is put by as soon as the ledger would have it, and the
ledger is asked again now and then: it may wait for a lock for seconds, which nothing else does.
"""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from integrations.keeping.changes import Changes
from integrations.keeping.outage import Outage, are_put_by, failure_of
from integrations.keeping.records import Records
from integrations.keeping.store_figures import StoreFigures
from integrations.turns import let_go
from integrations.words.catalogue import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from integrations.keeping.batch import Batch
    from integrations.words.wording import Language
    from machines import BotEvent, Effect, GuildWatch, LiveView, Record, SavedLine
    from persistence import Ledger, LiveStore, WaitingRecords

__all__ = ["Storekeeper"]

BEFORE_A_WRITE = 0.1
"""Seconds from a change until it is written: whatever else changes meanwhile goes with it.

A write beside an event loop that works costs it up to a millisecond, as much as tens of events do.
"""

RETRY_AFTER = 5.0
"""Seconds until a write that failed is tried again."""

_log = logging.getLogger("latido.persistence")


class Storekeeper:
    """Carries out the effects that must survive, one batch at a time, off the event loop.

    Attributes:
        figures: how writing goes.
    """

    def __init__(
        self,
        live: LiveStore,
        ledger: Ledger,
        tell_bot: Callable[[BotEvent], None],
        write_line: Callable[[SavedLine], None],
        watch_now: Callable[[int], GuildWatch | None],
        language: Language,
        *,
        beside: WaitingRecords | None = None,
        left: Iterable[Record] = (),
    ) -> None:
        """Write to ``live`` and ``ledger``.

        ``tell_bot`` hears events once they are durable, and ``write_line`` writes lines in the log
        then, in whichever thread; ``watch_now`` says how far a guild is watched by now, as far as
        that is known without asking.

        What ``ledger`` refuses is put by in ``beside``, which may have records ``left`` from the
        last run; None: it waits in memory alone.
        """
        self._live = live
        self._records = Records(ledger, live, beside, left)
        self.figures = StoreFigures()
        self._outage = Outage(language, self.figures)
        self._changes = Changes(live, self._records, watch_now, self._outage)
        self._tell_bot = tell_bot
        self._write_line = write_line
        self._language: Language = language
        self._writing = asyncio.Lock()
        self._timer: asyncio.TimerHandle | None = None
        self._asking: asyncio.TimerHandle | asyncio.Task[None] | None = None
        self._under_way: asyncio.Task[None] | Future[None] | None = None
        self._handed_over: Batch | None = None
        self._thread = ThreadPoolExecutor(1, "latido-storekeeper")
        self._closed = False
        if self._records.are_put_by:
            self._write_after(BEFORE_A_WRITE)

    def take(self, effects: Iterable[Effect]) -> None:
        """Take in what a step asks for; it is durable some time later, or after :meth:`settle`."""
        if self._changes.take(effects):
            self._write_after(BEFORE_A_WRITE)

    def hasten(self) -> None:
        """Write now what has changed: what was to go with it has been waited for already."""
        if self._timer is not None and not self._outage.is_on:
            self._timer.cancel()
            self._begin_write()

    def replace(self, view_of: Callable[[], LiveView]) -> None:
        """Bring the whole snapshot up to date, once everything that ended is in the ledger.

        Args:
            view_of: returns what a restart needs, to be gone through then.
        """
        self._changes.replace(view_of)
        self._write_after(BEFORE_A_WRITE)

    def records_waiting(self) -> Iterator[Record]:
        """Return the records that are in no row of the ledger yet, as far as that is known."""
        return self._records.as_they_are()

    async def settle(self) -> None:
        """Write everything that is pending.

        Raises:
            PersistenceError: it could not be written; it is kept for the next try.
        """
        async with self._writing:
            await self._until_handed_back()
            with self.figures.counted():
                await self._write()
        self._ask_no_more()
        if self._outage.is_on:
            self._outage.is_over()

    async def close(self) -> None:
        """Write everything, and stop.

        Raises:
            PersistenceError: it could not be written.
        """
        try:
            await self.settle()
        finally:
            self._outage.sums_up()
            self._closed = True
            self._ask_no_more()
            for pending in (self._timer, self._under_way):
                if pending is not None:
                    pending.cancel()
            self._timer = None
            await asyncio.to_thread(self._thread.shutdown)  # once it has written, or failed to

    def _write_after(self, delay: float) -> None:
        """Write after so many seconds, unless a write is to come anyway."""
        if self._timer is None and not self._closed:
            self._timer = asyncio.get_running_loop().call_later(delay, self._begin_write)

    def _begin_write(self) -> None:
        self._timer = None
        if self._is_writing:  # what changes until that is over goes into the next
            self._write_after(BEFORE_A_WRITE)
            return
        if self._changes.is_little:
            self._changes.take_along_watches()
        if self._changes.is_little:  # still, with whoever that has found to be gone
            self._hand_over()
        else:
            self._under_way = asyncio.create_task(self._run(), name="latido-storekeeper")

    @property
    def _is_writing(self) -> bool:
        begun = self._under_way
        is_under_way = self._handed_over is not None or not (begun is None or begun.done())
        return is_under_way or self._writing.locked()

    def _hand_over(self) -> None:
        """Let a thread write all that has changed."""
        batch = self._changes.batch()
        loop = asyncio.get_running_loop()
        try:
            self._under_way = self._thread.submit(self._write_in_thread, batch, loop)
        except RuntimeError:  # there is no thread to be had; the next may find this waiting for it
            self._changes.untold.put_back(batch.untold.take())
            batch.records, batch.is_waited_for = (), False
            self._write_after(RETRY_AFTER)
            raise
        if batch.is_waited_for:
            self._handed_over = batch

    def _write_in_thread(self, batch: Batch, loop: asyncio.AbstractEventLoop) -> None:
        """Write a batch; the event loop hears of it where anything follows, or where it fails."""
        failed: Exception | None = None
        try:
            with self.figures.counted():
                batch.write(self._records, self._live)
            batch.untold.say(self._write_line)
        except Exception as error:  # noqa: BLE001 - raised again, or reported, on the event loop
            failed = error
            if loop.is_closed():  # nobody closed this: nothing is written any more
                _log.error("%s", say(self._language, failure_of(error), error=str(error)))
        if (batch.is_waited_for or failed is not None) and not loop.is_closed():
            loop.call_soon_threadsafe(self._is_handed_back, batch, failed)

    def _is_handed_back(self, batch: Batch, failed: Exception | None) -> None:
        """Tell of everything that is written by now, or keep it for the next try."""
        if self._handed_over is batch:  # else another has been since
            self._handed_over = None
        if batch.are_durable:
            self._records.first_are_durable(in_ledger=batch.refused is None)
        try:
            if batch.is_durable:  # it may be that one of its lines could not be logged
                batch.untold.tell(self._tell_bot)
        finally:
            self._changes.untold.put_back(batch.untold)
            if batch.is_durable:
                self._tell_of_the_rest()
            if failed is not None:
                self._report(failed)

    async def _until_handed_back(self) -> None:
        """Wait until no thread writes any more what something follows from."""
        if self._handed_over is not None and isinstance(self._under_way, Future):
            await asyncio.wait([asyncio.wrap_future(self._under_way)])

    async def _run(self) -> None:
        try:
            if self._asking is None:
                await self.settle()
            else:
                await self._put_by()
        except Exception as error:  # noqa: BLE001 - a mistake of ours is raised again
            self._report(error)

    async def _put_by(self) -> None:
        """Write everything but to the ledger; nobody hears of it yet."""
        async with self._writing:
            with self.figures.counted():
                await self._changes.put_by()

    def _ask_after(self, delay: float) -> None:
        """Ask the ledger again after so many seconds; until it has answered it is let be."""
        if not self._closed:
            self._asking = asyncio.get_running_loop().call_later(delay, self._begin_asking)

    def _begin_asking(self) -> None:
        self._asking = asyncio.create_task(self._ask(), name="latido-storekeeper-asks")

    async def _ask(self) -> None:
        failed: Exception | None = None
        try:
            with self.figures.counted():
                await self._records.ask_again()
        except Exception as error:  # noqa: BLE001 - a mistake of ours is raised again
            failed = error
        self._asking = None
        if failed is None:
            self._write_after(0)  # all the rest
        else:
            self._report(failed)

    def _ask_no_more(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None

    async def _write(self) -> None:
        untold = self._changes.untold.take()
        try:
            await self._changes.make_durable()
        except BaseException:  # whoever waits may be cancelled as well
            self._changes.untold.put_back(untold)
            raise
        try:
            players = await untold.tell_in_turns(self._write_line, self._tell_bot)
        except BaseException:  # as above, and a line may be one that cannot be logged
            self._changes.untold.put_back(untold)
            self._tell_of_the_rest()
            raise
        await let_go(players)

    def _tell_of_the_rest(self) -> None:
        """Have what was kept from being told be told after another write, also of nothing."""
        if self._changes.untold:
            self._write_after(BEFORE_A_WRITE)

    def _report(self, error: Exception) -> None:
        self._ask_no_more()
        if are_put_by(error):  # what changes meanwhile is written as ever
            self._ask_after(RETRY_AFTER)
        else:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            self._write_after(RETRY_AFTER)
        self._outage.goes_on(error)
