"""The one seam through which files and databases of DATA_DIR are written.

Tests put a disk of their own here: one that records every write, sync and change of a name,
fails, or dies between two of them. SQLite writes ``latido.db`` itself, through the
connection that the disk opens.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
from functools import partial
from typing import TYPE_CHECKING, Protocol, Self

from persistence.beside_the_loop import beside_the_loop
from persistence.damaged_text import let_through

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from persistence.database import Database

__all__ = ["Disk", "DiskFile", "OsDisk", "OsFile"]

_FILE_MODE = 0o600
_FOLDER_MODE = 0o700
_PIECE = 1024 * 1024


class DiskFile(Protocol):
    """A file that is being written."""

    def write(self, data: bytes) -> None:
        """Append all of ``data``."""
        ...

    def sync(self) -> None:
        """Make what was written durable (fsync)."""
        ...

    def is_at(self, path: Path) -> bool:
        """Say whether ``path`` still names this file: a file that was removed takes writes too."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...

    def __enter__(self) -> Self:
        """Return the file."""
        ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        ...


class Disk(Protocol):
    """What persistence does to the file system. Every method raises OSError when it fails."""

    def make_folder(self, folder: Path) -> None:
        """Make ``folder`` and what leads to it, for its owner alone; keep it if it is there."""
        ...

    def exists(self, path: Path) -> bool:
        """Say whether something, a broken link included, has this name."""
        ...

    def modified_at(self, path: Path) -> int:
        """Return when the file was last written, in nanoseconds since 1970."""
        ...

    def is_file(self, path: Path) -> bool:
        """Say whether a file has this name: no folder, pipe or device, and no broken link."""
        ...

    def is_ours(self, path: Path) -> bool:
        """Say whether a file itself has this name: nothing that may be written through it."""
        ...

    def read(self, path: Path) -> bytes:
        """Return all of a file. What is no file is an error, and is not waited for."""
        ...

    def read_in_pieces(self, path: Path) -> list[bytes]:
        """Do what :meth:`read` does; to free a large file at once would take milliseconds."""
        ...

    def create(self, path: Path) -> DiskFile:
        """Open an empty file for its owner alone, in place of one that is there."""
        ...

    def append(self, path: Path) -> DiskFile:
        """Open a file at its end; an empty one for its owner alone where there is none."""
        ...

    def link(self, source: Path, target: Path) -> None:
        """Give the file ``source`` the second name ``target``, which must be free."""
        ...

    def rename(self, source: Path, target: Path) -> None:
        """Move ``source`` to ``target`` in one step, over what is there."""
        ...

    def remove(self, path: Path) -> None:
        """Delete a file."""
        ...

    def sync_folder(self, folder: Path) -> None:
        """Make new, renamed and removed names in ``folder`` durable (fsync)."""
        ...

    def open_database(self, path: Path, timeout: float) -> Database:
        """Open an SQLite database, to be used by one thread at a time.

        Args:
            path: its file.
            timeout: how long to wait for a lock, in seconds.

        Raises:
            sqlite3.Error: it cannot be opened.
        """
        ...


class OsFile:
    """A file of the operating system, being written without buffering."""

    def __init__(self, path: Path, *, appends: bool = False) -> None:
        """Open ``path``, emptied or at its end."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        flags |= os.O_APPEND if appends else os.O_TRUNC
        self._descriptor = os.open(path, flags, _FILE_MODE)

    def write(self, data: bytes) -> None:
        """Append all of ``data``."""
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]

    def sync(self) -> None:
        """Make what was written durable (fsync)."""
        os.fsync(self._descriptor)

    def is_at(self, path: Path) -> bool:
        """Say whether ``path`` still names this file: a file that was removed takes writes too."""
        try:
            return os.path.samestat(path.lstat(), os.fstat(self._descriptor))
        except OSError:
            return False

    def close(self) -> None:
        """Let go of it."""
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        """Return the file."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()


class OsDisk:
    """The file system of this machine."""

    def make_folder(self, folder: Path) -> None:
        """Make ``folder`` and what leads to it, for its owner alone; keep it if it is there."""
        missing = [each for each in (folder, *folder.parents) if not each.exists()]
        folder.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
        for made in missing:
            self.sync_folder(made.parent)

    def exists(self, path: Path) -> bool:
        """Say whether something, a broken link included, has this name."""
        return os.path.lexists(path)

    def modified_at(self, path: Path) -> int:
        """Return when the file was last written, in nanoseconds since 1970."""
        return path.stat().st_mtime_ns

    def is_file(self, path: Path) -> bool:
        """Say whether a file has this name: no folder, pipe or device, and no broken link."""
        return path.is_file()

    def is_ours(self, path: Path) -> bool:
        """Say whether a file itself has this name: nothing that may be written through it."""
        return path.is_file() and not path.is_symlink()

    def read(self, path: Path) -> bytes:
        """Return all of a file. What is no file is an error, and is not waited for."""
        return b"".join(self.read_in_pieces(path))

    def read_in_pieces(self, path: Path) -> list[bytes]:
        """Do what :meth:`read` does; to free a large file at once would take milliseconds."""
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise OSError(errno.EINVAL, "not a file")
            return list(beside_the_loop(iter(partial(file.read, _PIECE), b"")))

    def create(self, path: Path) -> OsFile:
        """Open an empty file for its owner alone, in place of one that is there."""
        return OsFile(path)

    def append(self, path: Path) -> OsFile:
        """Open a file at its end; an empty one for its owner alone where there is none."""
        return OsFile(path, appends=True)

    def link(self, source: Path, target: Path) -> None:
        """Give the file ``source`` the second name ``target``, which must be free."""
        os.link(source, target)

    def rename(self, source: Path, target: Path) -> None:
        """Move ``source`` to ``target`` in one step, over what is there."""
        source.replace(target)

    def remove(self, path: Path) -> None:
        """Delete a file."""
        path.unlink()

    def sync_folder(self, folder: Path) -> None:
        """Make new, renamed and removed names in ``folder`` durable (fsync)."""
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def open_database(self, path: Path, timeout: float) -> Database:
        """Open an SQLite database, to be used by one thread at a time."""
        return let_through(
            sqlite3.connect(path, timeout=timeout, isolation_level=None, check_same_thread=False)
        )
