"""The files of the live sessions, as their owner writes them: snapshot and journal.

A change is appended to the journal and costs the same however many sessions there are; the
snapshot is written anew when the journal has outgrown it, when it is small enough to be
written every time, and whenever somebody asks. After a write that failed nothing is known
about what the journal holds (https://lwn.net/Articles/752063/: a failed fsync may drop what it
did not write), so the next write is a snapshot.

Only one thread may be in here at a time; the caller sees to it.
"""

from __future__ import annotations

from contextlib import suppress
from itertools import chain
from sys import getsizeof
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from machines import GuildWatch
from persistence.atomic_file import previous_of, replace_by_parts, retire, traces_of
from persistence.beside_the_loop import beside_the_loop, let_go_of
from persistence.entries import Entries
from persistence.iso_time import to_text
from persistence.journal import encode_change, encode_header
from persistence.packing import text_of
from persistence.snapshot_entries import SCHEMA, SECTION_OF
from persistence.snapshot_file import journal_of
from persistence.snapshot_format import encode_watch, session_text
from persistence.snapshot_lines import lines_of
from persistence.versions import packed_whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from persistence.disk import Disk, DiskFile
    from persistence.held_cooldowns import HeldCooldowns
    from persistence.iso_time import Clock
    from persistence.journal import EntryChange
    from persistence.snapshot_entries import Section

__all__ = ["LiveFiles"]

SMALL: Final = 16 * 1024
"""Bytes up to which the snapshot is written at every change: some forty sessions."""

_LEAST_JOURNAL: Final = 64 * 1024

_PIECE: Final = 128 * 1024
"""Bytes that are written at once."""

_ROOM: Final = 200
"""Bytes of a dict for each of its entries, at most; up to a hundred are usual."""


class LiveFiles:
    """What is held, entry by entry, and the two files that say so."""

    def __init__(self, path: Path, disk: Disk, now: Clock, cooldowns: HeldCooldowns) -> None:
        """Hold nothing yet; ``path`` is the snapshot.

        Of cooldowns the journal's lines are written as they come, and the snapshot's as
        ``cooldowns`` are by then.
        """
        self._path = path
        self._journal_path = journal_of(path)
        self._disk = disk
        self._now = now
        self._cooldowns = cooldowns
        self._entries: Entries[bytes] = Entries()
        self._edition: str | None = None
        self._after: str | None = None
        self._is_behind = True
        self._keeps_previous = True
        self._size = 0
        self._journal: DiskFile | None = None
        self._journal_size = 0
        self._writes = 0

    def adopt(
        self, changes: Iterable[EntryChange], *, edition: str | None, after: str | None, good: bool
    ) -> None:
        """Hold what the files hold.

        Args:
            changes: the entries.
            edition: the snapshot that is there, to be followed by a journal; None if there is
                none of this schema.
            after: the snapshot before it.
            good: the file that is there may be kept as the one before the next.
        """
        self._close_journal()
        self._edition, self._after = edition, after
        self._is_behind = edition is None
        self._keeps_previous = good
        self._entries = Entries()
        self._size = sum(len(change.entry or b"") for change in self._holding(changes))

    def write(self, changes: Iterator[EntryChange], *, whole: bool) -> None:
        """Hold these changes, durably.

        Args:
            changes: what is new, held whatever comes of the writing.
            whole: write the snapshot anew.

        Raises:
            OSError: it failed; the next write makes up for it.
        """
        try:
            edition = self._edition
            if edition is None or whole or self._is_behind or self._size < SMALL or self._has_grown:
                self._hold(changes)
                self._write_snapshot()
            elif self._journal is not None and not self._journal.is_at(self._journal_path):
                self._hold(changes)
                self._write_snapshot()  # somebody took the journal away, or the whole folder
            else:
                self._append(edition, changes)
        finally:
            self._hold(changes)

    def put_off(self, changes: Iterable[EntryChange]) -> None:
        """Hold these changes; the next write makes them durable."""
        self._is_behind = True
        self._hold(changes)

    def scrub(self) -> None:
        """Write the snapshot anew and remove every earlier version of it, durably.

        Raises:
            OSError: it failed; call again.
        """
        self._keeps_previous = False
        self._write_snapshot()
        journals = (self._journal_path, previous_of(self._journal_path))
        for name in (*traces_of(self._path), *journals):
            with suppress(FileNotFoundError):
                self._disk.remove(name)
        self._disk.sync_folder(self._path.parent)

    def close(self) -> None:
        """Let go of the files, and of what is held."""
        self._close_journal()
        for entries in self._entries.of.values():
            let_go_of(entries)

    @property
    def _has_grown(self) -> bool:
        return self._journal_size > max(self._size, _LEAST_JOURNAL)

    def _hold(self, changes: Iterable[EntryChange]) -> None:
        for _change in self._holding(changes):
            pass

    def _holding(self, changes: Iterable[EntryChange]) -> Iterator[EntryChange]:
        """Hold the changes, and yield each."""
        for change in beside_the_loop(changes):
            if change.section != "cooldowns":
                exact = None if change.entry is None else _exactly(change.entry)
                self._entries.apply(change.section, change.key, exact, change.since)
            yield change

    def _write_snapshot(self) -> None:
        # Until it is done, what the files hold is not known: a journal could follow nothing.
        self._is_behind = True
        self._close_journal()
        edition = uuid4().hex[:16]
        self._make_whole()
        parts = self._parts(edition)
        self._size = replace_by_parts(
            self._disk, self._path, parts, keep_previous=self._keeps_previous
        )
        self._retire_journal()
        self._edition, self._after = edition, self._edition
        self._keeps_previous = True
        self._is_behind = False
        self._journal_size = 0
        for section, entries in self._entries.of.items():
            if getsizeof(entries) > _ROOM * (len(entries) + 1):
                self._entries.of[section] = dict(entries)  # that gives back what it had grown into

    def _make_whole(self) -> None:
        for kind, section in SECTION_OF.items():
            for key in beside_the_loop(self._entries.in_parts(section)):
                versions = beside_the_loop(self._entries.versions_of(section, key))
                packed = packed_whole(kind, key, versions)
                let_go_of(self._entries.parts_of(section, key))
                self._entries.apply(section, key, _exactly(packed))

    def _append(self, edition: str, changes: Iterator[EntryChange]) -> None:
        held = self._holding(changes)
        first = next(held, None)
        if first is None:
            return
        self._is_behind = True
        if self._journal is None:
            self._journal = self._begin_journal(edition)
        self._writes += 1
        lines = (
            encode_change(edition, self._writes, change, _text_of(change))
            for change in chain((first,), held)
        )
        for piece in _pieces(chain.from_iterable(lines)):
            self._journal.write(piece)
            self._journal_size += len(piece)
        self._journal.sync()
        self._is_behind = False

    def _retire_journal(self) -> None:
        if self._disk.exists(self._journal_path):
            retire(self._disk, self._journal_path, previous_of(self._journal_path))
            self._disk.sync_folder(self._path.parent)

    def _begin_journal(self, edition: str) -> DiskFile:
        self._retire_journal()
        file = self._disk.create(self._journal_path)
        try:
            file.write(encode_header(edition, self._after))
            self._disk.sync_folder(self._path.parent)
        except BaseException:
            file.close()
            raise
        return file

    def _close_journal(self) -> None:
        journal, self._journal = self._journal, None
        if journal is not None:
            journal.close()

    def _parts(self, edition: str) -> Iterator[bytes]:
        """Yield the snapshot in pieces, so that no piece holds the interpreter for long."""
        head: dict[str, object] = {
            "schema": SCHEMA,
            "edition": edition,
            "after": self._edition,
            "last_updated": to_text(self._now()),
        }
        sections = ((name, self._texts_of(name)) for name in self._entries.of)
        return _pieces(lines_of(head, sections))

    def _texts_of(self, section: Section) -> Iterator[tuple[str, Iterable[bytes]]]:
        if section == "cooldowns":
            for key, text in beside_the_loop(self._cooldowns.texts()):
                yield key, (text,)
            return
        for key, entry in beside_the_loop(self._entries.of[section].items()):
            yield key, text_of(section, key, entry)


def _pieces(text: Iterable[bytes]) -> Iterator[bytes]:
    """Yield a text as it is written: as much of it at once."""
    piece = bytearray()
    for some in text:
        piece += some
        if len(piece) > _PIECE:
            yield bytes(piece)
            piece.clear()
    if piece:
        yield bytes(piece)


def _exactly(encoded: bytes) -> bytes:
    """Return the same bytes in the room that they need.

    What msgspec's encoders return keeps the room that it grew into: up to half as much again.
    """
    return bytes(memoryview(encoded))


def _text_of(change: EntryChange) -> Iterable[bytes]:
    """Return the text of the entry that a change is of, in pieces."""
    told = change.unpacked
    if told is None:
        return (change.entry or b"",)
    return (encode_watch(told),) if isinstance(told, GuildWatch) else session_text(told)
