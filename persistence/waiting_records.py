"""The records that the ledger has refused, in a file beside it until it takes them.

::

    ["5b1f22c0",["<session id>","voice",812345678901234567,...]]
    ["90b1d77e",["<session id>","game",812345678901234567,...]]

A line is a record: the CRC-32 of what follows it, and the row that the ledger is to have
(``ledger_rows``). The file is there only while the ledger refuses. It is removed once all of it is
in the ledger; a crash in between does no harm, for the ledger ignores ids that it holds.
"""

from __future__ import annotations

import threading
import zlib
from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from persistence.atomic_file import keep_aside, put_aside, replace_by_parts, traces_of
from persistence.beside_the_loop import beside_the_loop, let_go_of
from persistence.disk import OsDisk
from persistence.errors import SnapshotError, UnreadableError, WaitingWriteError, reason_of
from persistence.iso_time import wall_clock
from persistence.ledger_rows import record_from, row_of
from persistence.reading import BrokenEntry, problem_of
from persistence.snapshot_lines import lines_in
from persistence.storage_warnings import broken_entry, unreadable_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from machines import Record
    from persistence.disk import Disk
    from persistence.iso_time import Clock
    from persistence.protocols import StorageWarning

__all__ = ["WAITING_NAME", "WaitingReading", "WaitingRecords", "read_waiting"]

WAITING_NAME: Final = "waiting_records.jsonl"

_CRC: Final = slice(2, 10)
_BODY: Final = slice(12, -1)

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(list[Any]).decode


class WaitingReading(NamedTuple):
    """What such a file says.

    Attributes:
        records: each once, in the order in which they came.
        broken: the lines that say nothing, but for what a crash has left of the last.
        is_whole: no line is broken, and the last has its end.
    """

    records: list[Record]
    broken: list[BrokenEntry]
    is_whole: bool


def read_waiting(disk: Disk, path: Path) -> WaitingReading:
    """Read the file; one that is missing says nothing.

    What a crash has torn at its end was never said to be durable, and is left out.

    Raises:
        UnreadableError: it cannot be read.
    """
    if not disk.exists(path):
        return WaitingReading([], [], is_whole=True)
    try:
        pieces = disk.read_in_pieces(path)
    except OSError as error:
        raise UnreadableError(path, reason_of(error)) from error
    records: dict[str, Record] = {}
    broken: list[BrokenEntry] = []
    line = b""
    for number, following in enumerate(beside_the_loop(lines_in(pieces))):
        if number:
            try:
                record = _record_in(line)
                records.setdefault(record.id, record)
            except (ValueError, RecursionError) as error:
                broken.append(BrokenEntry("line", str(number), problem_of(error)))
        line = following  # the last one lacks its end
    let_go_of(pieces)
    return WaitingReading([*records.values()], broken, is_whole=not (broken or line))


class WaitingRecords:
    """The file, as its owner writes it.

    Attributes:
        is_there: whether there is such a file, so that the ledger may lack something.
        mark: another after each time that something was put there.
    """

    def __init__(
        self,
        folder: Path,
        *,
        disk: Disk | None = None,
        now: Clock = wall_clock,
        guard: Callable[[], None] = lambda: None,
    ) -> None:
        """Look at nothing yet; use :meth:`load`.

        Args:
            folder: DATA_DIR.
            disk: where files are read and written; None is this machine's.
            now: the clock that the names of files set aside are read from.
            guard: called before a write; raises OSError where the folder is not ours any more.
        """
        self._path = folder / WAITING_NAME
        self._disk = OsDisk() if disk is None else disk
        self._now = now
        self._guard = guard
        self._writing = threading.Lock()  # whoever waits for a thread that writes may be cancelled
        self._is_whole = True
        self._is_named = False  # durably, by this process: the one before may have been killed
        self._aside: list[BrokenEntry] = []  # what is kept aside, and may be in the file still
        self.is_there = False
        self.mark = 0

    def load(self) -> tuple[list[Record], list[StorageWarning]]:
        """Return what the last run has left, and set aside what cannot be read.

        Raises:
            SnapshotError: it cannot be set aside.
        """
        try:
            reading = read_waiting(self._disk, self._path)
        except UnreadableError as error:
            return [], [unreadable_file(error, self._set_aside(put_aside))]
        self.is_there = self._disk.exists(self._path)
        self._is_whole = reading.is_whole
        if not reading.broken:
            return reading.records, []
        kept_as, self._aside = self._set_aside(keep_aside), reading.broken
        with suppress(OSError):  # else it is set aside once more with the next start
            self._guard()
            self._write_anew(reading.records)
        return reading.records, [broken_entry(self._path, each, kept_as) for each in reading.broken]

    def records(self) -> list[Record]:
        """Return what is there; what cannot be read of it is kept aside.

        Raises:
            UnreadableError: it cannot be read.
            WaitingWriteError: some of it cannot be read, and not be kept aside either.
        """
        with self._writing:
            try:
                return self._mended()
            except OSError as error:
                raise self._cannot("set aside", error) from error

    def put(self, records: Iterable[Record]) -> None:
        """Put records there, durably, behind what is there.

        Raises:
            WaitingWriteError: they cannot be written; what was there is there still.
        """
        with self._writing:
            self.mark += 1
            self.is_there = True
            try:
                self._guard()
                if self._is_whole:
                    self._append(b"".join(map(_line_of, beside_the_loop(records))))
                else:
                    self._write_anew(chain(self._mended(), records))
            except (OSError, UnreadableError) as error:
                # Some of it may have been written, and a line behind that would be none.
                self._is_whole = False
                raise self._cannot("written", error) from error

    def clear(self, mark: int) -> None:
        """Remove the file, durably: the ledger holds all that was there at this :attr:`mark`.

        Where something was put there since, it stays.

        Raises:
            WaitingWriteError: it cannot be removed.
        """
        with self._writing:
            if not self.is_there or mark != self.mark:
                return
            try:
                self._guard()
                for name in (self._path, *traces_of(self._path)):
                    with suppress(FileNotFoundError):
                        self._disk.remove(name)
                self._disk.sync_folder(self._path.parent)
            except OSError as error:
                raise self._cannot("removed", error) from error
            self.is_there, self._is_whole = False, True

    def _append(self, lines: bytes) -> None:
        is_named = self._is_named and self._disk.exists(self._path)
        with self._disk.append(self._path) as file:
            file.write(lines)
            file.sync()
        if not is_named:
            self._disk.sync_folder(self._path.parent)
            self._is_named = True

    def _mended(self) -> list[Record]:
        """Return what is there; where some of it cannot be read, it is in a file aside alone."""
        reading = read_waiting(self._disk, self._path)
        if reading.broken:
            self._guard()
            if reading.broken != self._aside:
                keep_aside(self._disk, self._path, "unreadable", self._now())
                self._aside = reading.broken
            self._write_anew(reading.records)
        return reading.records

    def _write_anew(self, records: Iterable[Record]) -> None:
        """Write these alone to the file."""
        lines = map(_line_of, beside_the_loop(records))
        replace_by_parts(self._disk, self._path, lines)
        self._is_whole = self._is_named = True

    def _set_aside(self, keep: Callable[[Disk, Path, str, int], Path]) -> Path:
        try:
            return keep(self._disk, self._path, "unreadable", self._now())
        except OSError as error:
            raise SnapshotError(
                f"{self._path} cannot be used and not be set aside either ({reason_of(error)}): "
                "move it out of DATA_DIR yourself."
            ) from error

    def _cannot(self, done: str, error: OSError | UnreadableError) -> WaitingWriteError:
        reason = reason_of(error) if isinstance(error, OSError) else error.problem
        return WaitingWriteError(self._path, done, reason)


def _line_of(record: Record) -> bytes:
    row = _encode(row_of(record))
    return b'["%08x",%b]\n' % (zlib.crc32(row), row)


def _record_in(line: bytes) -> Record:
    row = line[_BODY]
    if line[:2] != b'["' or line[10:12] != b'",' or line[-1:] != b"]":
        raise ValueError("it is no line of such a file")
    if line[_CRC] != b"%08x" % zlib.crc32(row):
        raise ValueError("its checksum does not fit")
    return record_from(tuple(_decode(row)))
