"""The file of a backup: a tar archive with a table of contents, of sizes and SHA-256."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import stat
import tarfile
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final

import msgspec

from machines import to_datetime
from persistence.disk import OsDisk
from persistence.errors import NewerSchemaError, PersistenceError, reason_of
from persistence.iso_time import to_text
from persistence.ledger_reader import LEDGER_NAME
from persistence.opt_outs import OPT_OUTS_NAME
from persistence.reading import problem_of
from persistence.snapshot_file import SNAPSHOT_NAME
from persistence.waiting_records import WAITING_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from machines import Instant

__all__ = ["NAMES", "BackupError", "is_backup", "pack", "require_backup", "unpack"]

NAMES: Final = (LEDGER_NAME, WAITING_NAME, OPT_OUTS_NAME, SNAPSHOT_NAME)
"""What a backup may hold, in the order in which a restore puts it in place."""

_SCHEMA: Final = 2
"""Of a backup in which records wait for the ledger; of any other it is 1, as before there were."""

_CONTENTS: Final = "latido-backup.json"
_MUCH: Final = 1024 * 1024


class BackupError(PersistenceError):
    """A backup cannot be made or restored."""


class _Part(msgspec.Struct):
    size: int
    sha256: str


class _Contents(msgspec.Struct):
    made_at: str
    files: dict[str, _Part]
    schema: int = 1


def require_backup(file: Path) -> None:
    """Make sure that a file is a backup, whole or damaged.

    Raises:
        BackupError: it cannot be read, or is none.
        NewerSchemaError: a newer version made it.
    """
    with _opened(file):
        pass


def is_backup(file: Path) -> bool:
    """Say whether a file is a backup, whole or damaged."""
    try:
        require_backup(file)
    except NewerSchemaError:
        return True
    except BackupError:
        return False
    return True


def pack(folder: Path, to: Path, made_at: Instant) -> None:
    """Make a backup of the files in a folder.

    Raises:
        OSError: it cannot be written.
    """
    paths = [folder / name for name in NAMES if (folder / name).exists()]
    files = {path.name: _Part(path.stat().st_size, _hash_of(path)) for path in paths}
    schema = _SCHEMA if WAITING_NAME in files else 1
    contents = msgspec.json.encode(_Contents(to_text(made_at), files, schema))
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


def unpack(file: Path, into: Path) -> None:
    """Write the files that a backup holds to a folder, after every byte of it was checked.

    Raises:
        BackupError: it is no backup, or damaged.
        NewerSchemaError: a newer version made it.
        OSError: they cannot be written.
    """
    try:
        _unpack(file, into)
    except (tarfile.TarError, EOFError) as error:
        raise BackupError(f"{file} is cut short or damaged: choose another backup.") from error


def _unpack(file: Path, into: Path) -> None:
    with _opened(file) as (archive, contents):
        for name, part in contents.files.items():
            member = archive.next()
            if name not in NAMES or member is None or member.name != name or not _is_plain(member):
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


def _hash_of(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
