"""An SQLite database whose every write, sync and change of a name is told to a log.

``sqlite3`` cannot be given a file system of one's own, apsw can (https://rogerbinns.github.io/apsw/vfs.html):
same SQL, same file format, the writes of SQLite itself.
"""

from __future__ import annotations

import itertools
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import apsw

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from persistence.database import Answer

__all__ = ["FileLog", "RecordedDatabase"]

_numbers = itertools.count()


class FileLog(Protocol):
    """What is told of the database's files. A method may raise OSError: the write fails then."""

    def opened(self, path: Path) -> None: ...

    def written(self, path: Path, offset: int, data: bytes) -> None: ...

    def truncated(self, path: Path, size: int) -> None: ...

    def synced(self, path: Path) -> None: ...

    def folder_synced(self) -> None: ...

    def removed(self, path: Path) -> None: ...


class RecordedDatabase:
    """A connection as the ledger asks for it, over apsw."""

    def __init__(self, path: Path, timeout: float, log: FileLog) -> None:
        # The file system is kept for as long as the connection: apsw only refers to it.
        self._files = _FileSystem(log)
        self._connection = apsw.Connection(str(path), vfs=self._files.vfs_name)
        self._connection.set_busy_timeout(round(timeout * 1000))

    @property
    def in_transaction(self) -> bool:
        return self._connection.in_transaction

    def execute(self, statement: str, values: Any = (), /) -> Answer:  # noqa: ANN401
        before = self._connection.total_changes()
        with _as_sqlite3():
            cursor = self._connection.execute(statement, values)
        return _Answer(cursor, self._connection.total_changes() - before)

    def executemany(self, statement: str, rows: Iterable[Any], /) -> object:
        with _as_sqlite3():
            return self._connection.executemany(statement, rows)

    def close(self) -> None:
        with suppress(apsw.Error, OSError):  # SQLite itself says nothing of a failure to tidy up
            self._connection.close()
        self._files.unregister()


class _Answer:
    def __init__(self, cursor: apsw.Cursor, rowcount: int) -> None:
        self._cursor = cursor
        self.rowcount = rowcount

    def fetchone(self) -> Any:  # noqa: ANN401
        return self._cursor.fetchone()

    def fetchall(self) -> list[Any]:
        return list(self._cursor.fetchall())

    def __iter__(self) -> Iterator[Any]:
        return iter(self._cursor)


class _as_sqlite3:  # noqa: N801 - a context manager
    """Raise apsw's errors as those of sqlite3."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, apsw.NotADBError | apsw.CorruptError):
            raise sqlite3.DatabaseError(str(error)) from error
        if isinstance(error, apsw.Error):
            raise sqlite3.OperationalError(str(error)) from error
        if isinstance(error, OSError):
            raise sqlite3.OperationalError(f"disk I/O error ({error})") from error


class _FileSystem(apsw.VFS):
    def __init__(self, log: FileLog) -> None:
        self.log = log
        self.vfs_name = f"recorded-{next(_numbers)}"
        super().__init__(self.vfs_name, "")

    def xOpen(  # noqa: N802 - SQLite's name
        self, name: str | apsw.URIFilename | None, flags: list[int]
    ) -> apsw.VFSFile:
        return _File(self, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802
        super().xDelete(filename, syncdir)
        self.log.removed(Path(filename))
        if syncdir:
            self.log.folder_synced()


class _File(apsw.VFSFile):
    def __init__(
        self, files: _FileSystem, name: str | apsw.URIFilename | None, flags: list[int]
    ) -> None:
        filename = name.filename() if isinstance(name, apsw.URIFilename) else name
        self._path = Path(filename or "nameless")
        self._log = files.log
        # os_unix.c: the first sync of a new journal or write-ahead log syncs its folder as well
        # (UNIXFILE_DIRSYNC).
        wanted = apsw.SQLITE_OPEN_WAL | apsw.SQLITE_OPEN_MAIN_JOURNAL
        self._syncs_folder = bool(flags[0] & wanted) and not self._path.exists()
        super().__init__("", name, flags)
        self._log.opened(self._path)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self._log.written(self._path, offset, bytes(data))
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        self._log.truncated(self._path, newsize)
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._log.synced(self._path)
        super().xSync(flags)
        if self._syncs_folder:
            self._syncs_folder = False
            self._log.folder_synced()
