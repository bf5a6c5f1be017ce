"""Reading the snapshot with its journal, in whichever schema, and the one before to fall back on.

Nothing here changes a file: the owner of DATA_DIR and whoever merely looks read alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from machines import LiveState
from persistence.atomic_file import previous_of
from persistence.beside_the_loop import beside_the_loop, grows_old, let_go_of
from persistence.entries import Entries
from persistence.errors import NewerSchemaError, UnreadableError, reason_of
from persistence.iso_time import from_text
from persistence.journal import JournalReading, read_journal
from persistence.live_players import follow_games
from persistence.proposal_format import read_proposal
from persistence.reading import BrokenEntry, Reading, problem_of
from persistence.snapshot_entries import SCHEMA, SECTION_OF, SECTIONS, Section
from persistence.snapshot_format import cooldown_from, session_from, watch_from
from persistence.snapshot_lines import document_from, schema_of
from persistence.versions import whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import tzinfo
    from pathlib import Path

    from machines import Kind
    from persistence.disk import Disk
    from persistence.versions import Version

__all__ = ["SNAPSHOT_NAME", "Found", "find_snapshot", "journal_of", "read_snapshot"]

SNAPSHOT_NAME = "active_sessions.json"

_LOOKS = 5
_KINDS: dict[Section, Kind] = {section: kind for kind, section in SECTION_OF.items()}


class Found(NamedTuple):
    """What snapshot and journal say, or those before them where they cannot be read.

    Attributes:
        reading: what was read; None where there was no file, or none that can be read.
        unreadable: the files that cannot be read.
        used_previous: the reading is that of the file before the last one.
        damaged: the journals that hold damaged lines, with those lines.
        is_missing: the last one is not there, although the one before it is. No write of the
            snapshot leaves it so, whenever it is cut.
    """

    reading: Reading | None
    unreadable: list[UnreadableError]
    used_previous: bool
    damaged: list[tuple[Path, list[BrokenEntry]]]
    is_missing: bool


class _Journals(NamedTuple):
    """The journals beside a snapshot, the older first, and those that cannot be read."""

    readings: list[tuple[Path, JournalReading]]
    unreadable: list[UnreadableError]

    def of(self, edition: str | None) -> Iterator[JournalReading]:
        """Yield what goes with a snapshot: the longer one where a rename left it twice."""
        told = [journal for _path, journal in self.readings if journal.follows == edition]
        if told and edition is not None:
            yield max(told, key=lambda journal: len(journal.changes))

    def since(self, edition: str | None) -> Iterator[JournalReading]:
        """Yield what goes with a snapshot and with those after it."""
        seen: set[str | None] = set()
        while edition is not None and edition not in seen:
            seen.add(edition)
            yield from self.of(edition)
            edition = next(
                (journal.follows for _path, journal in self.readings if journal.after == edition),
                None,
            )


def journal_of(path: Path) -> Path:
    """Return the journal of the snapshot ``path``."""
    return path.with_suffix(".journal")


def find_snapshot(disk: Disk, path: Path, zone: tzinfo | None) -> Found:
    """Read the snapshot and its journal; where it is damaged or lost, the one before it.

    An owner may be writing meanwhile: what is returned was true at one instant.

    Raises:
        NewerSchemaError: a newer version wrote them.
    """
    before = _written_at(disk, path)
    found = _find(disk, path, zone)
    for _look in range(_LOOKS):
        now = _written_at(disk, path)
        if now == before:
            break
        before, found = now, _find(disk, path, zone)
    return found


def read_snapshot(disk: Disk, path: Path, zone: tzinfo | None) -> Reading:
    """Read one file of live sessions, in the proposal's format or in ours, and its journal.

    Raises:
        NewerSchemaError: a newer version wrote it.
        UnreadableError: it is missing, or not such a file.
    """
    return _read(disk, path, zone, _journals_of(disk, path))


def _find(disk: Disk, path: Path, zone: tzinfo | None) -> Found:
    journals = _journals_of(disk, path)
    found = _find_with(disk, path, zone, journals)
    for _path, journal in journals.readings:
        let_go_of(journal.changes)
    return found


def _find_with(disk: Disk, path: Path, zone: tzinfo | None, journals: _Journals) -> Found:
    unreadable: list[UnreadableError] = []
    previous = previous_of(path)
    is_there, is_missing = disk.exists(path), False
    if is_there:
        try:
            reading = _read(disk, path, zone, journals)
        except UnreadableError as error:
            unreadable.append(error)
        else:
            if reading.broken:
                reading = _mend(disk, path, reading, zone, journals)
            unreadable += journals.unreadable + _strangers(path, reading, journals)
            return Found(
                reading,
                unreadable,
                used_previous=False,
                damaged=_damaged(journals),
                is_missing=False,
            )
    if disk.exists(previous):
        is_missing = not is_there
        try:
            reading = _read(disk, previous, zone, journals, onwards=True)
        except UnreadableError as error:
            unreadable.append(error)
        else:
            unreadable += journals.unreadable
            return Found(
                reading,
                unreadable,
                used_previous=True,
                damaged=_damaged(journals),
                is_missing=is_missing,
            )
    return Found(
        _from_journals_alone(journals) if unreadable else None,
        unreadable + journals.unreadable + ([] if unreadable else _orphans(journals)),
        used_previous=False,
        damaged=_damaged(journals),
        is_missing=is_missing,
    )


def _read(
    disk: Disk, path: Path, zone: tzinfo | None, journals: _Journals, *, onwards: bool = False
) -> Reading:
    try:
        text = disk.read_in_pieces(path)
        modified_at = disk.modified_at(path) // 1000
    except OSError as error:
        raise UnreadableError(path, reason_of(error)) from error
    try:
        schema = schema_of(text)
        if schema is not None and schema > SCHEMA:
            raise NewerSchemaError(path, schema, SCHEMA)
        if schema is not None and schema > 0:
            return _read_ours(text, journals, onwards=onwards)
        reading = read_proposal(text, modified_at, zone) if schema is None else None
    except (ValueError, RecursionError) as error:
        raise UnreadableError(path, problem_of(error)) from error
    finally:
        let_go_of(text)
    if reading is None:
        raise UnreadableError(path, "it is JSON, but not a snapshot of sessions")
    return reading


def _journals_of(disk: Disk, path: Path) -> _Journals:
    journals = _Journals([], [])
    for journal in (previous_of(journal_of(path)), journal_of(path)):
        try:
            journals.readings.append((journal, read_journal(disk, journal)))
        except UnreadableError as error:
            journals.unreadable.append(error)
    return journals


def _read_ours(text: Sequence[bytes], journals: _Journals, *, onwards: bool) -> Reading:
    document = document_from(text)
    edition = document.edition
    entries = Entries(document.entries())
    changes = _apply(journals.since(edition) if onwards else journals.of(edition), entries)
    state = grows_old(LiveState(saved_at=from_text(document.last_updated)))
    broken = _decode_into(state, entries)
    follow_games(state.sessions)
    return Reading(state, broken, document.schema, edition, document.after, changes)


def _from_journals_alone(journals: _Journals) -> Reading | None:
    """Return what the journals hold of a snapshot that is lost; None where that is nothing."""
    entries: Entries[msgspec.Raw] = Entries()
    if not _apply((journal for _path, journal in journals.readings), entries):
        return None
    state = LiveState()
    broken = _decode_into(state, entries)
    follow_games(state.sessions)
    return Reading(state, broken, SCHEMA, changes=1)


def _apply(journals: Iterator[JournalReading], entries: Entries[msgspec.Raw]) -> int:
    count = 0
    for journal in journals:
        for change in beside_the_loop(journal.changes):
            entry = None if change.entry is None else msgspec.Raw(change.entry)
            entries.apply(change.section, change.key, entry, change.since)
        count += len(journal.changes)
    return count


def _decode_into(state: LiveState, entries: Entries[msgspec.Raw]) -> list[BrokenEntry]:
    broken: list[BrokenEntry] = []
    for section in SECTIONS:
        held = entries.of[section]
        for key, raw in beside_the_loop(held.items()):
            try:
                if entries.parts_of(section, key):
                    state.sessions.append(whole(_versions(section, key, entries, broken)))
                else:
                    _decode_one(state, section, key, raw)
            except (ValueError, RecursionError) as error:
                broken.append(BrokenEntry(section, key, problem_of(error)))
        let_go_of(held)
    return broken


def _versions(
    section: Section, key: str, entries: Entries[msgspec.Raw], broken: list[BrokenEntry]
) -> Iterator[Version]:
    """Yield what is said of a session; without what says nothing, where others make up for it."""
    kind = _KINDS[section]
    for raw, since in beside_the_loop(entries.versions_of(section, key)):
        try:
            session = session_from(kind, key, raw)
        except (ValueError, RecursionError) as error:
            if kind == "party":
                raise  # most of its players are in no part: those in the file before are better
            broken.append(BrokenEntry(section, key, problem_of(error)))
        else:
            yield session, since


def _decode_one(state: LiveState, section: Section, key: str, raw: msgspec.Raw) -> None:
    if section == "guilds":
        state.guilds.append(watch_from(key, raw))
    elif section == "cooldowns":
        state.cooldowns.append(cooldown_from(raw))
    else:
        state.sessions.append(session_from(_KINDS[section], key, raw))


def _mend(
    disk: Disk, path: Path, reading: Reading, zone: tzinfo | None, journals: _Journals
) -> Reading:
    """Take the sessions whose entries are broken from the file before, where it has them.

    What came after it is told of them by the journals, but for what only the broken entry held.
    """
    try:
        before = _read(disk, previous_of(path), zone, journals, onwards=True)
    except (UnreadableError, NewerSchemaError):
        return reading
    lost = {entry.key for entry in reading.broken if entry.section.endswith("_sessions")}
    found = {session.id: session for session in before.state.sessions if session.id in lost}
    sessions = reading.state.sessions
    reading.state.sessions = [each for each in sessions if each.id not in found]
    reading.state.sessions.extend(found.values())
    follow_games(reading.state.sessions)
    return reading


def _strangers(path: Path, reading: Reading, journals: _Journals) -> list[UnreadableError]:
    """Return the journal that goes with another snapshot than the one beside it."""
    known = {None, reading.edition, reading.after}
    return [
        UnreadableError(journal, "it goes with another snapshot")
        for journal, told in journals.readings
        if journal == journal_of(path) and told.follows not in known
    ]


def _orphans(journals: _Journals) -> list[UnreadableError]:
    """Return the journals whose snapshot is not there."""
    return [
        UnreadableError(journal, "its snapshot is not there")
        for journal, told in journals.readings
        if told.changes
    ]


def _damaged(journals: _Journals) -> list[tuple[Path, list[BrokenEntry]]]:
    return [(path, journal.broken) for path, journal in journals.readings if journal.broken]


def _written_at(disk: Disk, path: Path) -> int | None:
    try:
        return disk.modified_at(path)
    except OSError:
        return None
