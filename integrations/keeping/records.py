"""The records of sessions that are over, each until its row is in the ledger.

What the ledger refuses is put by in a file beside it, where a kill does not reach it. Then the
snapshot lets go of those sessions, as it does of those that have their rows. Nobody hears of them
before they have: whoever does asks the ledger.
"""

from __future__ import annotations

import asyncio
from itertools import chain, islice
from typing import TYPE_CHECKING

from integrations.keeping.waiting import Waiting
from integrations.turns import in_turns
from persistence import WAITING_NAME, LedgerWriteError, UnreadableError, WaitingWriteError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from machines import Record
    from persistence import Ledger, LiveStore, PersistenceError, WaitingRecords

__all__ = ["Records"]

_AT_ONCE = 1000


class Records:
    """Writes them to the ledger, or puts them by."""

    def __init__(
        self,
        ledger: Ledger,
        live: LiveStore,
        beside: WaitingRecords | None = None,
        left: Iterable[Record] = (),
    ) -> None:
        """Write to ``ledger``; ``live`` lets go of what is durable.

        Args:
            ledger: where they go.
            live: holds their sessions until they are durable.
            beside: where those are put by that it refuses; None: they wait in memory alone.
            left: what the last run has put by there, which the ledger refuses still.
        """
        self._ledger = ledger
        self._live = live
        self._beside = beside
        self._fresh: Waiting[Record] = Waiting()  # they are in no file yet
        self._put_by: Waiting[Record] = Waiting()  # as many of those beside as there is room for
        self._are_all_here = True
        self._refused: LedgerWriteError | None = None  # the last time
        self._remember(left)

    def __contains__(self, record_id: object) -> bool:
        """Return whether the snapshot must hold its session on: the record is in no file yet."""
        return record_id in self._fresh

    @property
    def has_room(self) -> bool:
        """Whether one more may wait in memory while it cannot be written."""
        return self._fresh.has_room

    @property
    def are_put_by(self) -> bool:
        """Whether the ledger has refused some that it has not taken since."""
        return self._beside is not None and self._beside.is_there

    def add(self, record: Record) -> None:
        """Let a record wait to be written."""
        self._fresh.add(record.id, record)

    def as_they_are(self) -> Iterator[Record]:
        """Return those that are in no row yet, as far as they are in memory."""
        return chain(self._put_by.as_they_are(), self._fresh.as_they_are())

    def is_little(self, few: int) -> bool:
        """Return whether a thread can write them in one go: up to ``few``, of as many players."""
        if self.are_put_by or len(self._fresh) > few or not self._fresh.is_one_batch:
            return False
        return all(len(record.players) <= few for record in self._fresh.as_they_are())

    def first(self) -> tuple[Record, ...]:
        """Return those that :meth:`write_now` is to write first; they wait on."""
        return tuple(self._fresh.seal_first().values()) if self._fresh else ()

    def write_now(self, records: tuple[Record, ...]) -> LedgerWriteError | None:
        """Make the first of them durable as :meth:`write` does, in a thread.

        The event loop is to say then that they are: :meth:`first_are_durable`.
        """
        refused: LedgerWriteError | None = None
        try:
            self._ledger.append_now(records)
        except LedgerWriteError as error:
            self._refused = error
            self._put_there(records, error)
            refused = error.put_by(WAITING_NAME)
        for record in records:
            self._live.discard(record.id)
        return refused

    def first_are_durable(self, *, in_ledger: bool) -> None:
        """Let the first wait no longer or, where they are put by, for the ledger alone."""
        if not in_ledger:
            self._remember(self._fresh.seal_first().values())
        self._fresh.drop_first()

    async def write(self) -> PersistenceError | None:
        """Make them durable: in the ledger or, where it refuses them, beside it.

        Returns:
            What is wrong though all are durable: the ledger refuses some, or the file beside it
            cannot be read or removed.

        Raises:
            PersistenceError: some are neither here nor there; they wait on.
        """
        try:
            mark = await self._write_to_ledger()
            while self._beside is not None and self._beside.is_there:
                await asyncio.to_thread(self._beside.clear, mark)
                mark = await self._write_to_ledger()  # a write that was cancelled may still put by
        except LedgerWriteError as error:
            await self._put_by_all(error)
            return error.put_by(WAITING_NAME)
        except (UnreadableError, WaitingWriteError) as error:
            return error
        return None

    async def put_by(self) -> None:
        """Make them durable beside the ledger, which has refused others: it is not asked.

        Raises:
            PersistenceError: some are neither here nor there; they wait on.
        """
        if self._refused is not None:
            await self._put_by_all(self._refused)

    async def ask_again(self) -> None:
        """Let the ledger take what it has refused; others may be put by while it is waited for.

        Raises:
            LedgerWriteError: it refuses it still.
        """
        try:
            await self._ledger.append(())  # what failed before is what it tries
        except LedgerWriteError as error:
            self._refused = error
            raise error.put_by(WAITING_NAME) from error

    async def _write_to_ledger(self) -> int:
        """Write them all; return the mark up to which nothing beside the ledger is needed."""
        mark = 0 if self._beside is None else self._beside.mark
        while self._put_by:
            await self._ledger.append(self._put_by.seal_first().values())
            self._put_by.drop_first()
        while self._fresh:
            records = self._fresh.seal_first().values()
            await self._ledger.append(records)
            self._fresh.drop_first()
            await self._let_go_of(records)
        if not self._are_all_here:  # last: it may be that the file cannot be read
            await asyncio.to_thread(self._write_what_is_beside)
            self._are_all_here = True
        return mark

    def _write_what_is_beside(self) -> None:
        if self._beside is not None:
            records = self._beside.records()
            for first in range(0, len(records), _AT_ONCE):
                self._ledger.append_now(records[first : first + _AT_ONCE])

    async def _put_by_all(self, refused: LedgerWriteError) -> None:
        self._refused = refused
        while self._fresh:
            records = self._fresh.seal_first().values()
            await asyncio.to_thread(self._put_there, records, refused)
            self.first_are_durable(in_ledger=False)
            await self._let_go_of(records)

    def _put_there(self, records: Collection[Record], refused: LedgerWriteError) -> None:
        """Put records by; where that fails as well, raise what the ledger said, and this."""
        if self._beside is None:
            raise refused
        try:
            self._beside.put(records)
        except WaitingWriteError as error:
            raise refused.nor_put_by(error) from error

    def _remember(self, put_by: Iterable[Record]) -> None:
        room = self._put_by.room
        for record in islice(put_by, room + 1):
            if room:
                self._put_by.add(record.id, record)
            else:
                self._are_all_here = False
            room -= 1

    async def _let_go_of(self, records: Iterable[Record]) -> None:
        async for record in in_turns(records):
            self._live.discard(record.id)
