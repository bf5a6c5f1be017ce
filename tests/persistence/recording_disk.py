"""A disk that writes down what is done to it, and fails or dies when it is told to."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Self

from persistence.disk import OsDisk, OsFile

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

__all__ = ["Died", "RecordingDisk"]


class Died(BaseException):
    """The process is gone: nothing may catch it and go on."""


class RecordingDisk(OsDisk):
    """The disk of this machine, with a log.

    Attributes:
        log: what was done, for example ``rename active_sessions.json.new active_sessions.json``.
        full: whether writing fails for want of space.
        dies_before: the number of the step before which the process dies.
        syncs: whether it waits for the machine's disk, as it does where nobody says otherwise.
    """

    syncs = True

    def __init__(self, dies_before: int | None = None) -> None:
        self.log: list[str] = []
        self.full = False
        self.dies_before = dies_before

    def note(self, step: str, *paths: Path) -> None:
        if len(self.log) == self.dies_before:
            raise Died
        self.log.append(" ".join([step, *(path.name for path in paths)]))

    def create(self, path: Path) -> OsFile:
        self.note("create", path)
        return _RecordingFile(path, self)

    def append(self, path: Path) -> OsFile:
        self.note("append", path)
        return _RecordingFile(path, self, appends=True)

    def link(self, source: Path, target: Path) -> None:
        self.note("link", source, target)
        super().link(source, target)

    def rename(self, source: Path, target: Path) -> None:
        self.note("rename", source, target)
        super().rename(source, target)

    def remove(self, path: Path) -> None:
        if self.exists(path):
            self.note("remove", path)
        super().remove(path)

    def sync_folder(self, folder: Path) -> None:
        self.note("sync folder")
        if self.syncs:
            super().sync_folder(folder)


class _RecordingFile(OsFile):
    def __init__(self, path: Path, disk: RecordingDisk, *, appends: bool = False) -> None:
        super().__init__(path, appends=appends)
        self._path = path
        self._disk = disk

    def write(self, data: bytes) -> None:
        if self._disk.full:
            raise OSError(errno.ENOSPC, "No space left on device")
        self._disk.note("write", self._path)
        super().write(data)

    def sync(self) -> None:
        self._disk.note("sync", self._path)
        if self._disk.syncs:
            super().sync()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
