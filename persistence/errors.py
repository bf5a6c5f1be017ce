"""What can go wrong with the files: one sentence each, which says what to do."""

from __future__ import annotations

import errno
import os
import re
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "DataDirBusyError",
    "DataDirError",
    "LedgerDamagedError",
    "LedgerError",
    "LedgerLockedError",
    "LedgerWriteError",
    "NewerSchemaError",
    "PersistenceError",
    "SnapshotError",
    "SnapshotWriteError",
    "UnreadableError",
    "WaitingWriteError",
    "gone",
    "kept_in_memory",
    "may_be_read",
    "not_allowed",
    "reason_of",
]


class PersistenceError(Exception):
    """Something about what is kept in DATA_DIR.

    Attributes:
        sentence: what is wrong and what to do; without what is so only for as long as this
            process goes on.
    """

    def __init__(self, sentence: str, *, meanwhile: str | None = None) -> None:
        """Say what is wrong and what to do, and what is so until it is tried again."""
        told = sentence if meanwhile is None else f"{sentence.removesuffix('.')}; {meanwhile}."
        super().__init__(told)
        self.sentence = sentence


class DataDirError(PersistenceError):
    """The folder is missing, or cannot be made, read or written."""


class DataDirBusyError(DataDirError):
    """Another process owns the folder.

    Attributes:
        pid: the process that holds it; None where it has not said so yet.
        holder: who that is, in words.
    """

    def __init__(self, folder: Path, pid: int | None, since: str | None) -> None:
        """Name the folder and who holds it."""
        holder = "another process" if pid is None else f"process {pid}"
        started = "" if since is None else f", started {_to_the_second(since)}"
        self.holder = f"DATA_DIR {folder} belongs to {holder}{started}"
        super().__init__(f"{self.holder}: stop it first, or set DATA_DIR to another folder.")
        self.pid = pid


class NewerSchemaError(PersistenceError):
    """A file was written by a newer version. It is left untouched."""

    def __init__(self, path: Path, found: int, known: int) -> None:
        """Name the file, its schema and the newest schema known here."""
        super().__init__(
            f"{path} has schema {found} and this version knows schemas up to {known}: "
            "install the newer version that wrote it; the file is untouched."
        )
        self.found = found
        self.known = known


class UnreadableError(PersistenceError):
    """A file does not hold what it should."""

    def __init__(self, path: Path, problem: str, what_helps: str = "") -> None:
        """Name the file, what is wrong with it, and, in sentences of its own, what helps."""
        super().__init__(f"{path} cannot be read: {problem}. {what_helps}".rstrip())
        self.path = path
        self.problem = problem


class SnapshotError(PersistenceError):
    """Something about the snapshot of live sessions."""


class SnapshotWriteError(SnapshotError):
    """The snapshot could not be written. What it should say is kept for the next try."""


class LedgerError(PersistenceError):
    """Something about the ledger of ended sessions."""


class LedgerWriteError(LedgerError):
    """Records could not be written. They are kept for the next try.

    Attributes:
        are_put_by: where they wait a kill does not reach them.
    """

    are_put_by = False

    def put_by(self, where: str) -> Self:
        """Return it, for records that wait in a file."""
        told = type(self)(
            self.sentence,
            meanwhile=f"what has ended waits in {where}, which the next start reads as well",
        )
        told.are_put_by = True
        return told

    def nor_put_by(self, error: WaitingWriteError) -> Self:
        """Return it, for records that cannot be put by either."""
        return type(self)(
            self.sentence,
            meanwhile="what has ended is kept in memory for the next try, while the bot runs, for "
            f"{error.problem}",
        )


class LedgerDamagedError(LedgerWriteError):
    """Records could not be written, for the file is damaged. No room or permission helps."""


class LedgerLockedError(LedgerWriteError):
    """Records could not be written, for another program holds the file."""


class WaitingWriteError(PersistenceError):
    """The file in which records wait for the ledger could not be written or removed.

    Attributes:
        problem: what cannot be done with it, and why.
    """

    def __init__(self, path: Path, done: str, reason: str) -> None:
        """Say that it cannot be ``done``, for this reason."""
        self.problem = f"{path.name} cannot be {done} ({reason})"
        help_with = f"free space or repair access to {path.parent}"
        super().__init__(f"{path} cannot be {done} ({reason}): {help_with}.")


def reason_of(error: OSError) -> str:
    """Return what the operating system says, without the path it repeats."""
    return (error.strerror or str(error)).lower()


def may_be_read(path: Path) -> bool:
    """Say whether this user may read a file, be it whole or damaged; also where there is none."""
    return not os.path.lexists(path) or os.access(path, os.R_OK)


def not_allowed(path: Path) -> str:
    """Return one sentence for a file that this user may not read."""
    return (
        f"{path} may not be read by this user: run the command as the user that the bot runs as, "
        "or repair access to it; what it holds is untouched."
    )


def kept_in_memory(count: int, what: str) -> str:
    """Say that so many are kept, for as long as there is a process to keep them."""
    are = f"{what} is" if count == 1 else f"{what}s are"
    return f"{count} {are} kept in memory for the next try, while the bot runs"


def _to_the_second(text: str) -> str:
    return re.sub(r"\.\d+", "", text)


def gone(path: Path) -> FileNotFoundError:
    """Return the error for a file that was taken away while it was being written."""
    return FileNotFoundError(errno.ENOENT, "it was removed or replaced meanwhile", str(path))
