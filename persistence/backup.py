"""Backups: one file with everything a DATA_DIR holds, taken while the bot runs.

A tar archive with a table of contents (``latido-backup.json``: sizes and SHA-256). The live
sessions are read before the ledger, so that one that ends in between is in both rather than in
neither, and the next start leaves it out. The ledger is copied from one instant, in steps
that hold nobody up (https://sqlite.org/backup.html).
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import sqlite3
import stat
import tarfile
import tempfile
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from machines import to_datetime
from persistence.disk import OsDisk
from persistence.errors import (
    NewerSchemaError,
    PersistenceError,
    SnapshotWriteError,
    UnreadableError,
    reason_of,
)
from persistence.inspection import read_live, require_folder
from persistence.iso_time import file_stamp, to_text, wall_clock
from persistence.ledger_reader import LEDGER_NAME, LedgerReader
from persistence.ledger_schema import check_schema
from persistence.opt_outs import OPT_OUTS_NAME, OptOuts
from persistence.owner import LOCK_NAME, OwnerLock
from persistence.reading import problem_of
from persistence.snapshot import SnapshotStore
from persistence.snapshot_file import SNAPSHOT_NAME, read_snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from machines import Instant
    from persistence.iso_time import Clock
    from persistence.protocols import StorageWarning

    Progress = Callable[[int, int], None]

__all__ = ["BackupError", "back_up", "is_backup", "restore_backup"]

_SCHEMA: Final = 1
_CONTENTS: Final = "latido-backup.json"
_PAGES: Final = 2000
_MUCH: Final = 1024 * 1024
_NAMES: Final = (LEDGER_NAME, OPT_OUTS_NAME, SNAPSHOT_NAME)
"""In the order in which a restore puts them in place."""


class BackupError(PersistenceError):
    """A backup cannot be made or restored."""


class _Part(msgspec.Struct):
    size: int
    sha256: str


class _Contents(msgspec.Struct):
    made_at: str
    files: dict[str, _Part]
    schema: int = _SCHEMA


def back_up(
    folder: Path,
    file: Path,
    *,
    now: Clock = wall_clock,
    progress: Progress = lambda _done, _all: None,
) -> list[StorageWarning]:
    """Write everything that ``folder`` holds to ``file``, beside its owner or without one.

    Args:
        folder: DATA_DIR.
        file: the backup, which must not exist yet; its folder must.
        now: the clock.
        progress: told how many pages of the ledger are done, and how many there are.

    Returns:
        What of the live sessions cannot be read, and is not in the backup.

    Raises:
        DataDirError: there is no such folder.
        BackupError: the file exists or cannot be written.
        PersistenceError: what is in the folder cannot be read.
    """
    require_folder(folder)
    if os.path.lexists(file):
        raise BackupError(f"{file} exists: give a name that is free, or remove it first.")
    try:
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=file.parent) as name:
            gathered = Path(name)
            warnings = _gather(folder, gathered, now, progress)
            partial = gathered / "backup"
            _pack(gathered, partial, now())
            partial.replace(file)
        OsDisk().sync_folder(file.parent)
    except (OSError, sqlite3.Error, SnapshotWriteError) as error:
        # What it was to write is still where it comes from.
        cause = error.__cause__ if isinstance(error, SnapshotWriteError) else error
        reason = reason_of(cause) if isinstance(cause, OSError) else cause
        raise BackupError(
            f"{file} cannot be written ({reason}): free space, or choose another place."
        ) from error
    return warnings


def restore_backup(
    folder: Path, file: Path, *, replace: bool = False, now: Clock = wall_clock
) -> Path | None:
    """Make ``folder`` hold what a backup holds. Nobody may own it meanwhile.

    Whoever has opted out in either stays out.

    Args:
        folder: DATA_DIR; made where it is missing.
        file: the backup.
        replace: keep what the folder holds aside, in a folder of its own; otherwise it must
            hold nothing.
        now: the clock.

    Returns:
        The folder in which what was there is kept; None where nothing was.

    Raises:
        BackupError: the file is no whole backup, or the folder holds something.
        DataDirBusyError: another process owns the folder.
        NewerSchemaError: a newer version made the backup.
    """
    with _opened(file):
        pass  # else a folder would be made for nothing
    disk = OsDisk()
    try:
        disk.make_folder(folder)
        lock = OwnerLock(folder, now)
        try:
            with tempfile.TemporaryDirectory(prefix=".restore-", dir=folder) as name:
                unpacked = Path(name)
                _unpack(file, unpacked)
                _prove(unpacked)
                staying_out = OptOuts(folder).user_ids
                kept = _keep_aside(folder, now(), replace=replace, but=unpacked)
                for part in _NAMES:
                    if (unpacked / part).exists():
                        (unpacked / part).replace(folder / part)
                        disk.sync_folder(folder)
            opt_outs = OptOuts(folder)
            for user_id in staying_out - opt_outs.user_ids:
                opt_outs.add(user_id)
        finally:
            lock.release()
    except (OSError, sqlite3.Error, tarfile.TarError, EOFError) as error:
        reason = reason_of(error) if isinstance(error, OSError) else problem_of(error)
        raise BackupError(
            f"{file} cannot be restored to {folder} ({reason}): free space and repair access to "
            "it, or choose another backup."
        ) from error
    return kept


def is_backup(file: Path) -> bool:
    """Say whether a file is a backup, whole or damaged."""
    try:
        with _opened(file):
            return True
    except NewerSchemaError:
        return True
    except BackupError:
        return False


def _gather(folder: Path, into: Path, now: Clock, progress: Progress) -> list[StorageWarning]:
    restored = read_live(folder)
    store = SnapshotStore(into, now=now)
    store.replace(restored.state)
    store.flush_now()
    store.close()
    opt_outs = folder / OPT_OUTS_NAME
    if opt_outs.exists():
        (into / OPT_OUTS_NAME).write_bytes(OsDisk().read(opt_outs))
    with LedgerReader(folder).connection() as source:
        if source is None:
            return restored.warnings
        OsDisk().create(into / LEDGER_NAME).close()
        # The open question keeps all pages as they were at one instant.
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        with closing(sqlite3.connect(into / LEDGER_NAME)) as target:
            source.backup(
                target,
                pages=_PAGES,
                progress=lambda _status, left, whole: progress(whole - left, whole),
            )
            target.execute("PRAGMA journal_mode = DELETE").fetchone()
    return restored.warnings


def _pack(folder: Path, to: Path, made_at: Instant) -> None:
    paths = [folder / name for name in _NAMES if (folder / name).exists()]
    files = {path.name: _Part(path.stat().st_size, _hash_of(path)) for path in paths}
    contents = msgspec.json.encode(_Contents(to_text(made_at), files))
    (folder / _CONTENTS).write_bytes(contents)
    descriptor = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        with tarfile.open(fileobj=opened, mode="w") as archive:
            for path in (folder / _CONTENTS, *paths):
                entry = tarfile.TarInfo(path.name)
                entry.size, entry.mode = path.stat().st_size, 0o600
                entry.mtime = to_datetime(made_at).timestamp()
                with path.open("rb") as data:
                    archive.addfile(entry, data)
        opened.flush()
        os.fsync(descriptor)


@contextmanager
def _opened(file: Path) -> Iterator[tuple[tarfile.TarFile, _Contents]]:
    """Open a backup behind its contents.

    Raises:
        BackupError: it cannot be read, or is none.
        NewerSchemaError: a newer version made it.
    """
    other = "give a file that latido backup made."
    with ExitStack() as until:
        try:
            bounded = until.enter_context(_Bounded(file))
            archive = until.enter_context(tarfile.open(fileobj=bounded, mode="r:"))
            first = archive.next()
            if first is None or first.name != _CONTENTS or not first.isreg() or first.size > _MUCH:
                raise BackupError(f"{file} is no backup of Latido's: {other}")
            opened = archive.extractfile(first)
            data = b"" if opened is None else opened.read()
        except OSError as error:
            raise BackupError(f"{file} cannot be read ({reason_of(error)}): {other}") from error
        except (tarfile.TarError, EOFError) as error:
            raise BackupError(f"{file} is no backup of Latido's: {other}") from error
        yield archive, _contents_in(file, data)


def _unpack(file: Path, into: Path) -> None:
    with _opened(file) as (archive, contents):
        for name, part in contents.files.items():
            member = archive.next()
            if name not in _NAMES or member is None or member.name != name or not _is_plain(member):
                raise BackupError(f"{file} does not hold what its contents say: choose another.")
            _extract(archive, member, into / name)
            if (into / name).stat().st_size != part.size or _hash_of(into / name) != part.sha256:
                raise BackupError(f"{file} is damaged at {name}: choose another backup.")


class _Bounded(io.FileIO):
    """A file that gives no more room to a read than it has bytes left.

    tarfile asks for as many bytes as a header says that a name has, and Python makes room for
    all of them before it reads.
    """

    def __init__(self, file: Path) -> None:
        # What is no file is not waited for.
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            os.close(descriptor)
            raise OSError(errno.EINVAL, "not a file")
        super().__init__(descriptor, "rb")
        self._size = status.st_size

    def read(self, size: int | None = -1, /) -> bytes:
        left = max(0, self._size - self.tell())
        return super().read(left if size is None or size < 0 else min(size, left)) or b""


def _is_plain(member: tarfile.TarInfo) -> bool:
    """Say whether the archive holds every byte of a file: a sparse one can grow without end."""
    return member.isreg() and not member.issparse()


def _contents_in(file: Path, data: bytes) -> _Contents:
    try:
        contents = msgspec.json.decode(data, type=_Contents)
    except (ValueError, RecursionError) as error:
        raise BackupError(f"{file} is damaged: {problem_of(error)}.") from error
    if contents.schema > _SCHEMA:
        raise NewerSchemaError(file, contents.schema, _SCHEMA)
    return contents


def _extract(archive: tarfile.TarFile, member: tarfile.TarInfo, to: Path) -> None:
    data = archive.extractfile(member)
    with OsDisk().create(to) as target:
        while data is not None and (piece := data.read(_MUCH)):
            target.write(piece)
        target.sync()


def _prove(folder: Path) -> None:
    """Make sure that a start would read what was unpacked."""
    try:
        read_snapshot(OsDisk(), folder / SNAPSHOT_NAME, None)
        OptOuts(folder)
        if (folder / LEDGER_NAME).exists():
            with closing(sqlite3.connect(folder / LEDGER_NAME)) as connection:
                check_schema(connection, folder / LEDGER_NAME)
                (said,) = connection.execute("PRAGMA quick_check(1)").fetchone()
                if said != "ok":
                    raise BackupError(f"The ledger in the backup is damaged: {said}.")
    except UnreadableError as error:
        raise BackupError(f"The backup cannot be used: {error}") from error


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
        path.rename(aside / path.name)
    OsDisk().sync_folder(aside)
    OsDisk().sync_folder(folder)
    return aside


def _hash_of(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
