"""One owner of a DATA_DIR: an advisory lock that dies with the process that holds it.

The lock is the kernel's (``flock``); the file's content only says who holds it, for the
sentence that a second owner is shown. It is never removed: removing it would let two
processes lock two files of one name.
"""

from __future__ import annotations

import errno
import fcntl
import os
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import msgspec

from persistence.errors import DataDirBusyError, DataDirError, gone, reason_of
from persistence.iso_time import from_text, to_text, wall_clock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from machines import Instant
    from persistence.iso_time import Clock

__all__ = [
    "LOCK_NAME",
    "OwnerLock",
    "is_let_go",
    "not_writable",
    "owned_since",
    "owning",
    "prove_ownable",
]

LOCK_NAME = "latido.lock"
_MUCH = 4096
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})

_TRIES = 5
_A_LOOK = 0.01
"""Seconds. Whoever only looks whether there is an owner holds the lock for a moment."""


class _Holder(msgspec.Struct):
    pid: int
    started_at: str


class OwnerLock:
    """The right to write to a folder, held until it is released or the process ends."""

    def __init__(self, folder: Path, now: Clock = wall_clock) -> None:
        """Take the lock of ``folder``.

        Raises:
            DataDirBusyError: another owner holds it.
            OSError: the lock file cannot be made.
        """
        self._folder = folder
        self._path = folder / LOCK_NAME
        self._now = now
        self._released = False
        self._descriptor = self._take()

    def ensure(self) -> bool:
        """Make sure that the folder is still there and ours; take it anew if it was replaced.

        A folder that was removed takes the writes of open files, and loses them; one that was
        put in its place may have found another owner.

        Returns:
            Whether it was taken anew.

        Raises:
            DataDirBusyError: another owner holds what is there now.
            OSError: nothing is there.
        """
        if self._released:
            raise gone(self._path)
        try:
            same = os.path.samestat(self._path.lstat(), os.fstat(self._descriptor))
        except FileNotFoundError:
            same = False
        if not same:
            taken = self._take()
            os.close(self._descriptor)
            self._descriptor = taken
        return not same

    def release(self) -> None:
        """Let another owner in; once is enough."""
        if self._released:
            return
        self._released = True
        with suppress(OSError):  # the name in it is only for others; the lock goes either way
            os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)

    def _take(self) -> int:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
        descriptor = os.open(self._path, flags, 0o600)
        try:
            self._lock(descriptor)
            os.ftruncate(descriptor, 0)
            holder = _Holder(os.getpid(), to_text(self._now()))
            os.pwrite(descriptor, msgspec.json.encode(holder), 0)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    def _lock(self, descriptor: int) -> None:
        for tries_left in reversed(range(_TRIES)):
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                if not tries_left:
                    holder = _holder(descriptor)
                    pid, since = (None, None) if holder is None else (holder.pid, holder.started_at)
                    raise DataDirBusyError(self._folder, pid, since) from error
                time.sleep(_A_LOOK)
            else:
                return


def is_let_go(folder: Path) -> bool:
    """Return whether nobody owns a folder: its last owner has let go of it, or has died.

    Where that cannot be tried, the owner is taken at its word, and one that died said nothing.
    """
    path = folder / LOCK_NAME
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return True
    except OSError:
        return _says_nothing(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return _says_nothing(path)
    finally:
        os.close(descriptor)
    return True


def owned_since(folder: Path) -> Instant | None:
    """Return since when the owner of a folder has it; None where nobody says so."""
    try:
        flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
        descriptor = os.open(folder / LOCK_NAME, flags)
    except OSError:
        return None
    try:
        holder = _holder(descriptor)
        return None if holder is None else from_text(holder.started_at)
    except (OSError, ValueError):
        return None
    finally:
        os.close(descriptor)


def _says_nothing(path: Path) -> bool:
    with suppress(OSError):
        return path.stat().st_size == 0
    return False


def not_writable(folder: Path, error: OSError) -> DataDirError:
    """Return the error for a folder that cannot be made, or not be owned."""
    if isinstance(error, FileExistsError):  # only for what is no folder is making one refused so
        return DataDirError(
            f"DATA_DIR {folder} is not a folder: set DATA_DIR to one that this user may write to."
        )
    if error.errno in _NO_ROOM:
        what_to_do = "make room on its disk, or set DATA_DIR to a folder on another one."
    else:
        what_to_do = "set DATA_DIR to a folder that this user may write to."
    return DataDirError(
        f"DATA_DIR {folder} cannot be made or written ({reason_of(error)}): {what_to_do}"
    )


def prove_ownable(folder: Path) -> None:
    """Make sure, as far as can be seen without making anything, that a folder can be owned.

    Raises:
        DataDirBusyError: another owner holds it.
        DataDirError: it cannot be made or written.
    """
    try:
        refused = _refusal(folder)
        if refused is None and (folder / LOCK_NAME).exists():
            OwnerLock(folder).release()
    except OSError as error:
        raise not_writable(folder, error) from error
    if refused is not None:
        raise not_writable(folder, OSError(refused, os.strerror(refused)))


def _refusal(folder: Path) -> int | None:
    """Return the ``errno`` with which a folder would be refused; None where it is not."""
    nearest = next(one for one in (folder, *folder.absolute().parents) if one.exists())
    if not nearest.is_dir():
        return errno.EEXIST if nearest == folder else errno.ENOTDIR
    return None if os.access(nearest, os.R_OK | os.W_OK | os.X_OK) else errno.EACCES


@contextmanager
def owning(folder: Path) -> Iterator[None]:
    """Own a folder for a while.

    Raises:
        DataDirBusyError: another owner holds it.
        DataDirError: it cannot be written.
    """
    try:
        lock = OwnerLock(folder)
    except OSError as error:
        raise not_writable(folder, error) from error
    try:
        yield
    finally:
        lock.release()


def _holder(descriptor: int) -> _Holder | None:
    with suppress(ValueError, RecursionError):  # it has the lock but has not said who it is yet
        return msgspec.json.decode(os.pread(descriptor, _MUCH, 0), type=_Holder)
    return None
