"""The ledger: the ended sessions, each once, in SQLite.

Write-ahead log with ``synchronous = FULL``: a commit that has returned survives a loss of
power (https://sqlite.org/pragma.html#pragma_synchronous), and readers neither wait for the
writer nor hold it up (https://sqlite.org/wal.html).
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
from contextlib import suppress
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Final, TypeVar
from zoneinfo import ZoneInfo

from persistence import ledger_changes
from persistence.catching_up import catch_up, set_zone
from persistence.disk import Disk, OsDisk
from persistence.errors import (
    LedgerDamagedError,
    LedgerError,
    LedgerLockedError,
    LedgerWriteError,
    kept_in_memory,
    reason_of,
)
from persistence.iso_time import wall_clock
from persistence.ledger_changes import Entry, Forgotten, entry_of
from persistence.ledger_file import open_ledger, set_aside
from persistence.ledger_reader import LedgerReader
from persistence.marks import marks_of
from persistence.refusals import is_damage, is_locked, is_read_only, what_helps
from persistence.sizes import has_many_pieces
from persistence.storage_warnings import read_only

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from machines import Instant, Record
    from persistence.database import Database
    from persistence.errors import UnreadableError
    from persistence.iso_time import Clock
    from persistence.protocols import StorageWarning

__all__ = ["SqliteLedger"]

_Result = TypeVar("_Result")

_AT_ONCE: Final = 1000
"""Records in one transaction, at most."""

_TAKEN: Final = 50
"""Records that are taken over in one turn of the event loop."""

_FEW: Final = 100
"""Players and pieces of what is taken over on the event loop: each takes up to two microseconds."""

_STEP: Final = 100
"""Records that one step of retention or of counting takes: some twenty milliseconds."""


class SqliteLedger(LedgerReader):
    """A :class:`Ledger` in one folder, which it must be the only one to write to.

    Attributes:
        warnings: what was found wrong when it was opened.
        appended: called with the earliest end among records that are handed over, in whichever
            thread does so.
    """

    def __init__(
        self,
        folder: Path,
        *,
        disk: Disk,
        now: Clock,
        zone: str,
        guard: Callable[[], None],
    ) -> None:
        """Hold no connection yet; use :meth:`open`."""
        super().__init__(folder)
        self._disk = disk
        self._now = now
        self._zone = zone
        self._guard = guard
        self._pending: dict[str, Entry] = {}
        self._turn = asyncio.Lock()
        self._writing = threading.Lock()
        self._writer: Database
        self._writes_to: os.stat_result | None = None
        self.appended: Callable[[Instant], None] = _tell_nobody
        self.warnings = self._connect()

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        disk: Disk | None = None,
        now: Clock = wall_clock,
        zone: str = "UTC",
        guard: Callable[[], None] = lambda: None,
    ) -> tuple[SqliteLedger, list[StorageWarning]]:
        """Open the ledger of a folder; make it, or take it to the newest schema.

        A file that is no ledger is moved aside, and a new one begun.

        Args:
            folder: DATA_DIR.
            disk: where files are read and written; None is this machine's.
            now: the clock that the names of files set aside are read from.
            zone: the time zone in which days begin and end.
            guard: called before a write; raises OSError where the folder is not ours any more.

        Raises:
            LedgerError: it can neither be opened nor be moved aside.
            NewerSchemaError: a newer version wrote it; it is untouched.
        """
        disk = OsDisk() if disk is None else disk
        ledger = cls(folder, disk=disk, now=now, zone=zone, guard=guard)
        return ledger, ledger.warnings

    @property
    def pending(self) -> int:
        """How many records are not durable yet."""
        return len(self._pending)

    async def append(self, records: Iterable[Record]) -> None:
        """Write records, durably. What failed before is tried again as well.

        Raises:
            LedgerWriteError: it failed; the records are kept for the next call.
        """
        waiting = iter(records)
        while some := tuple(islice(waiting, _TAKEN)):
            if any(has_many_pieces(record, _FEW) for record in some):
                # Nobody changes the parts of what is over, so they can be copied there.
                await asyncio.to_thread(self._take, some)
            else:
                self._take(some)
            self.appended(min(record.ended_at for record in some))
            await asyncio.sleep(0)  # each takes some ten microseconds
        async with self._turn:
            # The call before may have written these along with its own.
            if self._pending:
                await asyncio.to_thread(self._commit)

    def append_now(self, records: Iterable[Record]) -> None:
        """Write records as :meth:`append` does, without an event loop.

        Raises:
            LedgerWriteError: it failed; the records are kept for the next call.
        """
        taken = tuple(records)
        self._take(taken)
        if taken:
            self.appended(min(record.ended_at for record in taken))
        self._commit()

    def mend(self, records: Iterable[Record]) -> None:
        """Put records in the place of those with the same ids, which cannot be read.

        Raises:
            LedgerWriteError: it failed.
        """
        entries = [entry_of(record) for record in records]
        with self._writing:
            self._attempt(
                lambda: ledger_changes.mend(self._writer, entries, ZoneInfo(self._zone)),
                "nothing was changed",
            )

    def prune_step(self, before: Instant) -> int:
        """Remove some records that ended before the day of an instant began; return how many.

        Call it until it removes nothing, with a pause in between: each call is one small
        transaction. Then :meth:`count_step` counts anew what that leaves of totals.

        Raises:
            LedgerWriteError: it failed.
        """
        with self._writing:
            return self._attempt(
                lambda: ledger_changes.prune(self._writer, before, ZoneInfo(self._zone), _STEP),
                "nothing is lost, the old sessions are removed with the next try",
            )

    def prunable_at(self, ended_at: Instant) -> Instant:
        """Return the earliest instant before which :meth:`prune_step` removes what ended then."""
        return ledger_changes.prunable_at(ended_at, ZoneInfo(self._zone))

    def prunable_from(self) -> Instant | None:
        """Return the earliest instant before which :meth:`prune_step` would remove something.

        Raises:
            LedgerError: it cannot be read.
        """
        ends = [entry.record.ended_at for entry in list(self._pending.values())]
        with self.connection() as connection:
            oldest = None if connection is None else ledger_changes.oldest_end(connection)
        if oldest is not None:
            ends.append(oldest)
        return self.prunable_at(min(ends)) if ends else None

    def count_step(self) -> bool:
        """Count the days of some records that an older version or time zone left uncounted.

        Or anew those days of which old records went (:meth:`prune_step`).

        Call it until it returns False, with a pause in between; until then totals are right
        and slower.

        Raises:
            LedgerWriteError: it failed.
        """
        with self._writing:
            return self._attempt(
                lambda: catch_up(self._writer, _STEP), "totals are counted with the next try"
            )

    def forget(self, user_id: int) -> Forgotten:
        """Remove a person, from free pages and the write-ahead log as well.

        Where their id or a name of theirs is left in the file, all of it is written anew, which
        may take seconds: it may be another's of the same name, but nothing tells.

        Raises:
            LedgerWriteError: it failed; call again.
        """
        names = set[str]()
        with suppress(LedgerError):  # whoever is damaged says so below, where it is in the way
            names = self.names_of(user_id)
        for record_id, entry in list(self._pending.items()):
            if user_id in {entry.record.user_id, *entry.record.player_ids}:
                with suppress(KeyError):
                    del self._pending[record_id]
        with self._writing:
            forgotten = self._attempt(
                lambda: ledger_changes.forget(self._writer, user_id), "nothing was removed"
            )
            if marks_of(user_id, names).are_in_file(self.path):
                self._attempt(
                    lambda: ledger_changes.write_anew(self._writer, _STEP),
                    "no session has them any more, but the file's free room may; call again",
                )
            return forgotten

    def begin_anew(self, damage: UnreadableError) -> StorageWarning:
        """Move the file aside, which is damaged, and begin a new one; say so.

        What is not durable yet is written to the new one with the next try.

        Raises:
            LedgerError: it can neither be moved aside nor a new one be made.
        """
        with self._writing:
            try:
                self._guard()
                self._writer.close()
                warning = set_aside(self.path, self._disk, self._now, damage)
            except OSError as error:
                raise LedgerError(
                    f"{damage.sentence.removesuffix('.')}, and it cannot be moved aside either "
                    f"({reason_of(error)}): repair access to {self.path.parent}."
                ) from error
            self._connect()  # of a new file there is nothing else to say
            return warning

    def close(self) -> None:
        """Let go of the file."""
        with self._writing:
            self._writer.close()

    def _connect(self) -> list[StorageWarning]:
        self._writes_to = None  # until all of this is done: else the next try would not begin anew
        self._writer, warnings = open_ledger(self.path, self._disk, self._now)
        try:
            try:
                self._begin()
            except sqlite3.Error as error:
                if not is_damage(error):
                    raise
                self._writer.close()
                warnings.append(set_aside(self.path, self._disk, self._now, error))
                self._writer, _none = open_ledger(self.path, self._disk, self._now)
                self._begin()
            warnings += self._read_only()
            self._writes_to = self.path.stat()
        except (OSError, sqlite3.Error) as error:
            self._writer.close()
            raise LedgerError(
                f"{self.path} cannot be written ({error}): {what_helps(error, self.path)}."
            ) from error
        return warnings

    def _begin(self) -> None:
        set_zone(self._writer, self._zone)
        catch_up(self._writer, _STEP)

    def _read_only(self) -> list[StorageWarning]:
        """Return a warning where the file may not be written: to open it does not take that."""
        try:
            self._writer.execute("DELETE FROM records WHERE 0")  # BEGIN IMMEDIATE would not say it
        except sqlite3.OperationalError as error:
            if not is_read_only(error):
                raise
            return [read_only(self.path)]
        return []

    def _take(self, records: Iterable[Record]) -> None:
        for record in records:
            self._pending[record.id] = entry_of(record)

    def _commit(self) -> None:
        with self._writing:
            waiting = list(self._pending.items())
            for first in range(0, len(waiting), _AT_ONCE):
                batch = dict(waiting[first : first + _AT_ONCE])
                self._attempt(
                    partial(self._add, list(batch.values())),
                    kept_in_memory(self.pending, "ended session"),
                )
                for record_id, written in batch.items():
                    if self._pending.get(record_id) is written:
                        del self._pending[record_id]

    def _add(self, entries: list[Entry]) -> None:
        ledger_changes.add(self._writer, entries, ZoneInfo(self._zone))

    def _attempt(self, change: Callable[[], _Result], comfort: str) -> _Result:
        try:
            self._guard()
            self._reconnect_if_moved()
            return change()
        except LedgerError as error:  # the file was replaced, and the new one cannot be opened
            raise _refused_for(error.__cause__)(error.sentence, meanwhile=comfort) from error
        except (OSError, sqlite3.Error) as error:
            if is_damage(error):
                raise LedgerDamagedError(
                    f"{self.path} is damaged ({error}): save what can be read with latido export "
                    "--output FILE, then move the file away; a new one is begun with the next try.",
                    meanwhile=comfort,
                ) from error
            if is_read_only(error):
                self._writes_to = None  # it stays so for whoever opened it, whatever it is by now
            reason = reason_of(error) if isinstance(error, OSError) else error
            raise _refused_for(error)(
                f"{self.path} cannot be written ({reason}): {what_helps(error, self.path)}.",
                meanwhile=comfort,
            ) from error

    def _reconnect_if_moved(self) -> None:
        """Write to the file that has the name now; one that was removed takes writes too."""
        with suppress(FileNotFoundError):
            if self._writes_to and os.path.samestat(self.path.stat(), self._writes_to):
                return
        self._writer.close()
        self.warnings = self._connect()


def _refused_for(reason: BaseException | None) -> type[LedgerWriteError]:
    return LedgerLockedError if is_locked(reason) else LedgerWriteError


def _tell_nobody(_earliest_end: Instant) -> None:
    pass
