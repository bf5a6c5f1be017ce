"""Backups: one file with everything a DATA_DIR holds, taken while the bot runs.

The live sessions are read first, then what waits for the ledger, and then the ledger, so that one
that ends in between is in two of them rather than in none, and the next start leaves it out. The
ledger is copied from one instant, in steps that hold nobody up (https://sqlite.org/backup.html),
and then read as a restore would.
"""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import tempfile
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from persistence.backup_file import NAMES, BackupError, pack, require_backup, unpack
from persistence.disk import OsDisk
from persistence.errors import (
    LedgerError,
    SnapshotWriteError,
    UnreadableError,
    reason_of,
)
from persistence.inspection import read_live, require_folder
from persistence.iso_time import file_stamp, wall_clock
from persistence.ledger_reader import LEDGER_NAME, LedgerReader
from persistence.opt_outs import OPT_OUTS_NAME, OptOuts
from persistence.owner import LOCK_NAME, OwnerLock
from persistence.reading import problem_of
from persistence.refusals import is_damage
from persistence.snapshot import SnapshotStore
from persistence.snapshot_file import SNAPSHOT_NAME, read_snapshot
from persistence.storage_warnings import unreadable_records
from persistence.waiting_records import WAITING_NAME
from persistence.well_formed import well_formed

if TYPE_CHECKING:
    from collections.abc import Callable

    from machines import Instant
    from persistence.iso_time import Clock
    from persistence.ledger_problems import UnreadableRecord
    from persistence.protocols import StorageWarning

    Progress = Callable[[int, int], None]

__all__ = ["BackupError", "back_up", "restore_backup"]

_PAGES: Final = 2000


class _NotCopiedError(OSError):
    """The copy of the ledger cannot be written."""


def back_up(
    folder: Path,
    file: Path,
    *,
    now: Clock = wall_clock,
    progress: Progress = lambda _done, _all: None,
) -> list[StorageWarning]:
    """Write everything that ``folder`` holds to ``file``, beside its owner or without one.

    What was written is read again: each record of the ledger, and its file as a whole.

    Args:
        folder: DATA_DIR.
        file: the backup, which must not exist yet; its folder must.
        now: the clock.
        progress: told how many pages of the ledger are done, and how many there are.

    Returns:
        What of the live sessions cannot be read, and is not in the backup; and which records of
        the ledger cannot be read, which are in it as they are.

    Raises:
        DataDirError: there is no such folder.
        BackupError: the file exists or cannot be written, or the ledger is damaged so that none
            could be restored from it.
        PersistenceError: what is in the folder cannot be read.
    """
    require_folder(folder)
    if os.path.lexists(file):
        raise BackupError(f"{file} exists: give a name that is free, or remove it first.")
    try:
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=file.parent) as name:
            gathered = Path(name)
            warnings = _gather(folder, gathered, now, progress)
            warnings += _tried(folder, gathered)
            partial = gathered / "backup"
            pack(gathered, partial, now())
            partial.replace(file)
        OsDisk().sync_folder(file.parent)
    except (OSError, sqlite3.Error, SnapshotWriteError) as error:
        # What it was to write is still where it comes from.
        cause = error.__cause__ if isinstance(error, SnapshotWriteError) else error
        reason = reason_of(cause) if isinstance(cause, OSError) else cause
        raise BackupError(f"{file} cannot be written ({reason}): {_help_with(cause)}.") from error
    return warnings


def restore_backup(
    folder: Path,
    file: Path,
    *,
    replace: bool = False,
    now: Clock = wall_clock,
    warned: Callable[[StorageWarning], object] = lambda _warning: None,
) -> Path | None:
    """Make ``folder`` hold what a backup holds. Nobody may own it meanwhile.

    Whoever has opted out in either stays out, and who was forgotten, or let in again, counts from
    then on.

    Args:
        folder: DATA_DIR; made where it is missing.
        file: the backup.
        replace: keep what the folder holds aside, in a folder of its own; otherwise it must
            hold nothing.
        now: the clock.
        warned: told which records of the ledger cannot be read: they are restored as they are.

    Returns:
        The folder in which what was there is kept; None where nothing was.

    Raises:
        BackupError: the file is no whole backup, or the folder holds something.
        DataDirBusyError: another process owns the folder.
        NewerSchemaError: a newer version made the backup.
    """
    require_backup(file)  # else a folder would be made for nothing
    disk = OsDisk()
    try:
        made = _missing_of(folder)
        disk.make_folder(folder)
        lock = OwnerLock(folder, now)
        try:
            with tempfile.TemporaryDirectory(prefix=".restore-", dir=folder) as name:
                unpacked = Path(name)
                unpack(file, unpacked)
                unreadable = _prove(file, unpacked)
                OptOuts(unpacked).take_over(OptOuts(folder))
                kept = _keep_aside(folder, now(), replace=replace, but=unpacked)
                for part in sorted(NAMES, key=lambda name: name != OPT_OUTS_NAME):  # that first
                    if (unpacked / part).exists():
                        (unpacked / part).replace(folder / part)
                        disk.sync_folder(folder)
        except BaseException:
            _remove(made)
            raise
        finally:
            lock.release()
    except (OSError, sqlite3.Error) as error:
        reason = reason_of(error) if isinstance(error, OSError) else problem_of(error)
        raise BackupError(
            f"{file} cannot be restored to {folder} ({reason}): free space and repair access to it."
        ) from error
    if unreadable:
        warned(unreadable_records(folder / LEDGER_NAME, unreadable))
    return kept


def _help_with(error: BaseException | None) -> str:
    if isinstance(error, OSError) and error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return "name a file where you may write"
    return "free space, or choose another place"


def _gather(folder: Path, into: Path, now: Clock, progress: Progress) -> list[StorageWarning]:
    restored = read_live(folder)
    store = SnapshotStore(into, now=now)
    store.replace(restored.state)
    store.flush_now()
    store.close()
    with suppress(FileNotFoundError):
        (into / OPT_OUTS_NAME).write_bytes(OsDisk().read(folder / OPT_OUTS_NAME))
    waiting = b""
    with suppress(OSError):  # the warnings say so where it cannot be read
        waiting = OsDisk().read(folder / WAITING_NAME)
    if waiting:
        (into / WAITING_NAME).write_bytes(waiting)
    with LedgerReader(folder).connection() as source:
        if source is None:
            return restored.warnings
        OsDisk().create(into / LEDGER_NAME).close()
        # The open question keeps all pages as they were at one instant.
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        with closing(sqlite3.connect(into / LEDGER_NAME)) as target:
            try:
                source.backup(
                    target,
                    pages=_PAGES,
                    progress=lambda _status, left, whole: progress(whole - left, whole),
                )
                target.execute("PRAGMA journal_mode = DELETE").fetchone()
            except sqlite3.Error as error:
                if is_damage(error):
                    raise
                raise _NotCopiedError(str(error)) from error  # the ledger can be read
    return restored.warnings


def _tried(folder: Path, gathered: Path) -> list[StorageWarning]:
    """Return what a restore would say of the ledger that was gathered.

    Raises:
        BackupError: it would refuse it.
    """
    ledger = folder / LEDGER_NAME
    try:
        unreadable = _unreadable_in(gathered)
    except UnreadableError as error:
        raise BackupError(
            f"{ledger} is damaged ({error.problem}), and none could be restored from it: no backup "
            "is made. Keep those that there are; latido verify says what to do."
        ) from error
    return [unreadable_records(ledger, unreadable)] if unreadable else []


def _unreadable_in(folder: Path) -> list[UnreadableRecord]:
    """Return which records cannot be read, of a ledger that is in order otherwise.

    Raises:
        UnreadableError: it is damaged.
        NewerSchemaError: a newer version wrote it.
    """
    reader = LedgerReader(folder)
    try:
        with reader.connection() as connection:
            if connection is not None:
                (said,) = connection.execute("PRAGMA quick_check(1)").fetchone()
                if said != "ok":
                    problem = str(said).splitlines()[-1]  # the first names the database alone
                    raise UnreadableError(reader.path, well_formed(problem))
        return reader.unreadable()
    except LedgerError as error:
        cause = error.__cause__
        if isinstance(cause, UnreadableError):
            raise cause from error
        raise UnreadableError(reader.path, str(cause or error)) from error


def _prove(file: Path, folder: Path) -> list[UnreadableRecord]:
    """Make sure that a start would read what was unpacked; return which records it would not."""
    try:
        read_snapshot(OsDisk(), folder / SNAPSHOT_NAME, None)
        OptOuts(folder)
        return _unreadable_in(folder)
    except UnreadableError as error:
        raise BackupError(
            f"{file} cannot be used, for {error.path.name} in it is damaged ({error.problem}): "
            "choose another backup."
        ) from error


def _missing_of(folder: Path) -> list[Path]:
    """Return the folder and those above it that are not there, the lowest first."""
    return [each for each in (folder, *folder.parents) if not each.exists()]


def _remove(made: list[Path]) -> None:
    """Remove folders that were made for a backup that is not restored after all."""
    for folder in made:
        with suppress(OSError):  # it is not empty, then
            if folder == made[0]:
                (folder / LOCK_NAME).unlink(missing_ok=True)
            folder.rmdir()


def _keep_aside(folder: Path, at: Instant, *, replace: bool, but: Path) -> Path | None:
    # By name: what Python 3.12 and newer call a temporary folder is absolute, whatever folder is.
    ours = {but.name, LOCK_NAME}
    there = [path for path in folder.iterdir() if path.name not in ours]
    held = [path for path in there if not path.name.startswith("before-restore-")]
    if not held:
        return None
    if not replace:
        raise BackupError(
            f"{folder} holds data already: use --replace to keep it aside, or give an empty folder."
        )
    aside = folder / f"before-restore-{file_stamp(at)}"
    number = 1
    while aside.exists():
        number += 1
        aside = folder / f"before-restore-{file_stamp(at)}-{number}"
    aside.mkdir(mode=0o700)
    for path in held:
        if path.name == OPT_OUTS_NAME:  # it is replaced, never missing: who is out stays out
            shutil.copy2(path, aside / path.name)
        else:
            path.rename(aside / path.name)
    OsDisk().sync_folder(aside)
    OsDisk().sync_folder(folder)
    return aside
