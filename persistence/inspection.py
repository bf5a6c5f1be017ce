"""Looking at the live sessions of a DATA_DIR beside its owner, changing nothing."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from machines import LiveState
from persistence.agreement import ask_for_start
from persistence.atomic_file import previous_of
from persistence.disk import Disk, OsDisk
from persistence.errors import DataDirError, LedgerError, UnreadableError
from persistence.heartbeat import HEARTBEAT_NAME, merge_heartbeat, read_heartbeat
from persistence.ledger_problems import damage_told_by
from persistence.ledger_reader import LEDGER_NAME, LedgerReader
from persistence.opt_outs import OPT_OUTS_NAME
from persistence.owner import LOCK_NAME
from persistence.protocols import Restored
from persistence.snapshot_entries import SCHEMA
from persistence.snapshot_file import SNAPSHOT_NAME, find_snapshot, journal_of
from persistence.snapshot_lines import schema_of
from persistence.storage_warnings import broken_entry, unreadable_file, used_previous
from persistence.waiting_records import WAITING_NAME, read_waiting

if TYPE_CHECKING:
    from datetime import tzinfo
    from pathlib import Path

    from persistence.agreement import EndsSince

__all__ = ["holds_data", "lacks_ledger", "read_live", "require_folder"]

_LOOKS = 3


def require_folder(folder: Path) -> None:
    """Make sure that there is a folder, and that what is in it can be seen.

    Raises:
        DataDirError: there is none, or this user may not read it.
    """
    try:
        os.scandir(f"{folder}/.").close()  # with the dot it takes the right to open files as well
    except PermissionError as error:
        raise DataDirError(
            f"DATA_DIR {folder} may not be read by this user: run the command as the user that "
            "the bot runs as."
        ) from error
    except OSError as error:
        raise DataDirError(
            f"DATA_DIR {folder} is not a folder: set DATA_DIR, or --data-dir of the command, to "
            "the one that the bot writes to."
        ) from error


def lacks_ledger(folder: Path) -> bool:
    """Return whether a bot has written to a folder in which there is no ledger any more.

    Before it writes a heartbeat or live sessions, a bot makes the ledger where there is none. Live
    sessions in the proposal's format another bot wrote. An empty file is none, as a full disk or a
    copy that was cut leaves it, but where all is in the write-ahead log still.
    """
    ledger, log = folder / LEDGER_NAME, folder / f"{LEDGER_NAME}-wal"
    if os.path.lexists(ledger) and (_size_of(ledger) or _size_of(log)):
        return False
    return os.path.lexists(folder / HEARTBEAT_NAME) or _is_ours(folder / SNAPSHOT_NAME)


def _size_of(path: Path) -> int:
    """Return how large a file is; 1 where that cannot be told, for it may be whole."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
    except OSError:
        return 1


def _is_ours(snapshot: Path) -> bool:
    """Return whether live sessions are in our own format; not so where they cannot be read."""
    try:
        return schema_of(OsDisk().read_in_pieces(snapshot)) is not None
    except (OSError, ValueError, RecursionError):
        return False


def holds_data(folder: Path) -> bool:
    """Return whether there is a file of Latido's in a folder, be it damaged or set aside.

    A folder that is missing or may not be read holds none that can be seen.
    """
    snapshot = folder / SNAPSHOT_NAME
    names = (
        SNAPSHOT_NAME,
        journal_of(snapshot).name,
        LEDGER_NAME,
        HEARTBEAT_NAME,
        OPT_OUTS_NAME,
        WAITING_NAME,
        LOCK_NAME,
    )
    try:
        with os.scandir(folder) as entries:
            return any(entry.name.startswith(names) for entry in entries)
    except OSError:
        return False


def read_live(
    folder: Path,
    *,
    disk: Disk | None = None,
    zone: tzinfo | None = None,
    without_ledger: bool = False,
    ends_since: EndsSince | None = None,
) -> Restored:
    """Return the live sessions of a folder, without what its ledger holds.

    Where a session has ended between the look at the snapshot and that at the ledger, the
    person may be in another by now: the snapshot is looked at again.

    Args:
        folder: DATA_DIR.
        disk: where files are read; None is this machine's.
        zone: the local time zone of files in the proposal's format; None is this machine's.
        without_ledger: a ledger that is damaged is among the warnings, and nobody is left out
            for it: they are those whom the next start takes up, for it sets the ledger aside.
        ends_since: what a start asks for besides, and may find damaged.

    Raises:
        DataDirError: there is no such folder.
        NewerSchemaError: a newer version wrote it.
        LedgerError: the ledger cannot be read.
    """
    require_folder(folder)
    disk = OsDisk() if disk is None else disk
    restored = _look(folder, disk, zone, ends_since, without_ledger=without_ledger)
    for _look_again in range(_LOOKS):
        if not restored.duplicates:
            break
        restored = _look(folder, disk, zone, ends_since, without_ledger=without_ledger)
    return restored


def _look(
    folder: Path,
    disk: Disk,
    zone: tzinfo | None,
    ends_since: EndsSince | None,
    *,
    without_ledger: bool,
) -> Restored:
    path = folder / SNAPSHOT_NAME
    found = find_snapshot(disk, path, zone)
    reading = found.reading
    restored = Restored(state=LiveState() if reading is None else reading.state)
    restored.warnings = [unreadable_file(error, None) for error in found.unreadable]
    if reading is not None:
        restored.warnings += [broken_entry(path, entry, None) for entry in reading.broken]
        restored.migrated_from = None if reading.schema == SCHEMA else reading.schema
    for journal, broken in found.damaged:
        restored.warnings += [broken_entry(journal, entry, None) for entry in broken]
    if found.used_previous:
        stands_in = used_previous(path, previous_of(path), is_missing=found.is_missing)
        restored.warnings.append(stands_in)
    try:
        merge_heartbeat(restored.state, read_heartbeat(disk, folder / HEARTBEAT_NAME))
    except UnreadableError as error:
        restored.warnings.append(unreadable_file(error, None))
    _look_at_waiting(folder / WAITING_NAME, disk, restored)  # first: next they are in the ledger
    restored.unplaced = [session for session in restored.state.sessions if session.guild_id == 0]
    try:
        ask_for_start(restored, LedgerReader(folder), ends_since)
    except LedgerError as error:
        damage = damage_told_by(error, folder / LEDGER_NAME)
        if damage is None or not without_ledger:
            raise
        restored.warnings.append(unreadable_file(damage, None))
    return restored


def _look_at_waiting(path: Path, disk: Disk, restored: Restored) -> None:
    try:
        restored.waiting, broken, _is_whole = read_waiting(disk, path)
    except UnreadableError as error:
        restored.warnings.append(unreadable_file(error, None))
        return
    restored.warnings += [broken_entry(path, entry, None) for entry in broken]
