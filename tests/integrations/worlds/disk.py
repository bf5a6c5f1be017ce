"""The disk that a world's bot writes to: it may be full, and what a kill leaves of it is kept."""

from __future__ import annotations

import errno
import shutil
import sqlite3
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.persistence.recording_disk import RecordingDisk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from machines import Instant
    from persistence.database import Answer, Database

__all__ = ["Left", "WorldDisk"]

_TAKES_ROOM = frozenset({"create", "append", "link", "sync", "sync folder", "COMMIT"})


class Left(NamedTuple):
    """What a process leaves that is killed: its folder, when, and before which step."""

    folder: Path
    at: Instant
    before: str


class WorldDisk(RecordingDisk):
    """The disk as one process finds it; what a killed process wrote is there, synced or not.

    Attributes:
        folder: where the process keeps what it writes.
        ledger_refuses: whether no record can be written to the ledger.
        left: what it left when it was to be killed, once that has been.
    """

    syncs = False
    ledger_refuses = False

    def __init__(self, folder: Path, now: Callable[[], Instant]) -> None:
        super().__init__()
        self.folder = folder
        self.left: Left | None = None
        self._now = now
        self._steps_left: int | None = None

    def leaves(self, before: str = "anything else") -> Left:
        """Return what is left if the process is killed now."""
        copy = Path(tempfile.mkdtemp(dir=self.folder.parent))
        shutil.copytree(self.folder, copy, dirs_exist_ok=True)
        return Left(copy, self._now(), before)

    def is_left_before(self, step: int) -> None:
        """Keep what a kill before the n-th step from now leaves."""
        self.left, self._steps_left = None, step

    def is_left_no_more(self) -> Left | None:
        """Return what it has left; the process is not killed any more."""
        self._steps_left = None
        return self.left

    def note(self, step: str, *paths: Path) -> None:
        if self.full and step in _TAKES_ROOM:
            raise OSError(errno.ENOSPC, "No space left on device")
        if self._steps_left is None:
            return
        self._steps_left -= 1
        if self._steps_left == 0:
            self._steps_left = None
            self.left = self.leaves(" ".join([step, *(path.name for path in paths)]))

    def open_database(self, path: Path, timeout: float) -> _WorldDatabase:
        return _WorldDatabase(super().open_database(path, timeout), self)


class _WorldDatabase:
    """A connection to SQLite whose COMMITs are steps."""

    def __init__(self, database: Database, disk: WorldDisk) -> None:
        self._database, self._disk = database, disk

    @property
    def in_transaction(self) -> bool:
        return self._database.in_transaction

    def execute(self, statement: str, values: Any = (), /) -> Answer:  # noqa: ANN401 - sqlite3's
        if statement.startswith("PRAGMA synchronous"):
            statement = "PRAGMA synchronous = OFF"
        if self._disk.ledger_refuses and statement.startswith("INSERT INTO records"):
            raise sqlite3.OperationalError("database or disk is full")
        if statement != "COMMIT":
            return self._database.execute(statement, values)
        try:
            self._disk.note("COMMIT")
        except OSError as error:
            raise sqlite3.OperationalError("database or disk is full") from error
        answer = self._database.execute(statement, values)
        self._disk.note("what follows a COMMIT")
        return answer

    def executemany(self, statement: str, rows: Iterable[Any], /) -> object:
        return self._database.executemany(statement, rows)

    def close(self) -> None:
        self._database.close()
