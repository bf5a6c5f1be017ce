"""One owner of a DATA_DIR: an advisory lock that dies with the process that holds it.

The lock is the kernel's (``flock``); the file's content only says who holds it, for the
sentence that a second owner is shown. It is never removed: removing it would let two
processes lock two files of one name.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from persistence.errors import DataDirBusyError
from persistence.iso_time import to_text, wall_clock

if TYPE_CHECKING:
    from pathlib import Path

    from persistence.iso_time import Clock

__all__ = ["LOCK_NAME", "OwnerLock"]

LOCK_NAME = "latido.lock"
_MUCH = 4096


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
        path = folder / LOCK_NAME
        self._released = False
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._take(folder)
            holder = _Holder(os.getpid(), to_text(now()))
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, msgspec.json.encode(holder), 0)
        except BaseException:
            os.close(self._descriptor)
            raise

    def release(self) -> None:
        """Let another owner in; once is enough."""
        if self._released:
            return
        self._released = True
        os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)

    def _take(self, folder: Path) -> None:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = _holder(self._descriptor)
            pid, since = (None, None) if holder is None else (holder.pid, holder.started_at)
            raise DataDirBusyError(folder, pid, since) from error


def _holder(descriptor: int) -> _Holder | None:
    with suppress(ValueError):  # it has the lock but has not said who it is yet
        return msgspec.json.decode(os.pread(descriptor, _MUCH, 0), type=_Holder)
    return None
