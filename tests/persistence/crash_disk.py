"""A disk that remembers what a crash could leave behind.

It writes down every write, sync, rename, link, removal and folder sync, those of SQLite
included, and then builds the folders in which a machine could find itself that lost its power
after any of them. A file holds what was synced and any part of what was written since: all,
nothing, a write torn at a byte, or a hole where one never arrived. A folder holds the names
that were synced and the changes since up to any of them, or all but one, for nothing orders
what is not synced.
"""

from __future__ import annotations

import errno
from collections import defaultdict
from typing import TYPE_CHECKING, Literal, NamedTuple

from persistence.disk import OsDisk, OsFile
from tests.persistence.recorded_database import RecordedDatabase

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["CrashDisk", "Names", "Step"]

Names = dict[str, bytes]
"""What a crash left: content by name."""

_Loss = Literal["nothing", "all", "torn early", "torn late", "hole"]
_LOSSES: tuple[_Loss, ...] = ("nothing", "all", "torn early", "torn late", "hole")


class Step(NamedTuple):
    """One operation. ``number`` is the file's; ``name`` and ``other`` are names in the folder."""

    does: Literal["create", "write", "truncate", "sync", "link", "rename", "remove", "sync folder"]
    number: int = 0
    name: str = ""
    other: str = ""
    offset: int = 0
    data: bytes = b""


class _Content:
    """A file: what is durable of it, and what was done since."""

    def __init__(self) -> None:
        self.durable = b""
        self.since: list[Step] = []

    def left(self, loss: _Loss) -> bytes:
        steps = self.since
        if loss == "all" or not steps:
            steps = []
        elif loss != "nothing":
            *steps, last = steps
            half = last.data[: 1 if loss == "torn early" else max(1, len(last.data) - 1)]
            if loss == "hole":
                half = bytes(len(last.data) // 2) + last.data[len(last.data) // 2 :]
            if last.does == "write":
                steps = [*steps, last._replace(data=half)]
        content = bytearray(self.durable)
        for step in steps:
            if step.does == "truncate":
                grown = bytes(max(0, step.offset - len(content)))
                content = content[: step.offset] + grown
            else:
                content += bytes(max(0, step.offset - len(content)))
                content[step.offset : step.offset + len(step.data)] = step.data
        return bytes(content)


class CrashDisk(OsDisk):
    """The disk of this machine, with a memory.

    Attributes:
        steps: what was done, in order.
        broken: the error number that every write and sync fails with; 0 while all is well.
    """

    def __init__(self, folder: Path) -> None:
        self.steps: list[Step] = []
        self.broken = 0
        self._folder = folder
        self._numbers: dict[str, int] = {}
        self._next = 0

    # What persistence does

    def create(self, path: Path) -> OsFile:
        self.fail_if_broken()
        there = path.name in self._numbers
        file = _RecordedFile(path, self)
        if there:
            self._note("truncate", path, offset=0)
        else:
            self.opened(path)
        return file

    def append(self, path: Path) -> OsFile:
        self.fail_if_broken()
        file = _RecordedFile(path, self, appends=True)
        self.opened(path)
        return file

    def link(self, source: Path, target: Path) -> None:
        self.fail_if_broken()
        super().link(source, target)
        self._numbers[target.name] = self._numbers[source.name]
        self.steps.append(Step("link", self._numbers[source.name], target.name))

    def rename(self, source: Path, target: Path) -> None:
        self.fail_if_broken()
        super().rename(source, target)
        self._numbers[target.name] = self._numbers.pop(source.name)
        self.steps.append(Step("rename", 0, source.name, target.name))

    def remove(self, path: Path) -> None:
        super().remove(path)
        self.removed(path)

    def sync_folder(self, folder: Path) -> None:
        self.fail_if_broken()
        super().sync_folder(folder)
        self.folder_synced()

    def open_database(self, path: Path, timeout: float) -> RecordedDatabase:
        return RecordedDatabase(path, timeout, self)

    # What it is told

    def opened(self, path: Path) -> None:
        if path.name not in self._numbers and not path.name.endswith("-shm"):
            self._next += 1
            self._numbers[path.name] = self._next
            self.steps.append(Step("create", self._next, path.name))

    def written(self, path: Path, offset: int, data: bytes) -> None:
        self.fail_if_broken()
        self._note("write", path, offset=offset, data=data)

    def truncated(self, path: Path, size: int) -> None:
        self._note("truncate", path, offset=size)

    def synced(self, path: Path) -> None:
        self.fail_if_broken()
        self._note("sync", path)

    def folder_synced(self) -> None:
        self.steps.append(Step("sync folder"))

    def removed(self, path: Path) -> None:
        del self._numbers[path.name]
        self.steps.append(Step("remove", 0, path.name))

    def fail_if_broken(self) -> None:
        if self.broken:
            raise OSError(self.broken, errno.errorcode[self.broken])

    def _note(
        self,
        does: Literal["write", "truncate", "sync"],
        path: Path,
        *,
        offset: int = 0,
        data: bytes = b"",
    ) -> None:
        number = self._numbers[path.name]
        self.steps.append(Step(does, number, path.name, offset=offset, data=data))

    # What a crash leaves

    def crashes(self) -> Iterator[tuple[int, Names]]:
        """Yield how many steps were done, and a folder that a crash could leave then."""
        contents: dict[int, _Content] = defaultdict(_Content)
        durable: dict[str, int] = {}
        since: list[Step] = []
        seen: set[tuple[tuple[str, bytes], ...]] = set()
        for done, step in enumerate(self.steps, start=1):
            if step.does in {"write", "truncate"}:
                contents[step.number].since.append(step)
            elif step.does == "sync":
                contents[step.number].durable = contents[step.number].left("nothing")
                contents[step.number].since.clear()
            elif step.does == "sync folder":
                durable = _renamed(durable, since)
                since = []
            else:
                since.append(step)
            for names in _folders(durable, since):
                for left in _with_contents(names, contents):
                    key = tuple(sorted((name, data) for name, data in left.items()))
                    if key not in seen:
                        seen.add(key)
                        yield done, left


def _folders(durable: dict[str, int], since: list[Step]) -> Iterator[dict[str, int]]:
    for upto in range(len(since) + 1):
        yield _renamed(durable, since[:upto])
    for missing in range(len(since) - 1):
        yield _renamed(durable, since[:missing] + since[missing + 1 :])


def _renamed(durable: dict[str, int], steps: list[Step]) -> dict[str, int]:
    names = dict(durable)
    for step in steps:
        if step.does in {"create", "link"}:
            names[step.name] = step.number
        elif step.does == "remove":
            names.pop(step.name, None)
        elif step.name in names:
            names[step.other] = names.pop(step.name)
    return names


def _with_contents(names: dict[str, int], contents: dict[int, _Content]) -> Iterator[Names]:
    unsynced = [number for number in set(names.values()) if contents[number].since]
    choices: list[dict[int, _Loss]] = [dict.fromkeys(unsynced, loss) for loss in _LOSSES]
    if len(unsynced) > 1:
        # One file as it was last synced, the others with all that was written, and the reverse.
        for number in unsynced:
            choices.append({**dict.fromkeys(unsynced, "nothing"), number: "all"})
            choices.append({**dict.fromkeys(unsynced, "all"), number: "nothing"})
    for choice in choices if unsynced else [{}]:
        yield {
            name: contents[number].left(choice.get(number, "nothing"))
            for name, number in names.items()
        }


class _RecordedFile(OsFile):
    def __init__(self, path: Path, disk: CrashDisk, *, appends: bool = False) -> None:
        super().__init__(path, appends=appends)
        self._path = path
        self._disk = disk
        self._size = path.stat().st_size

    def write(self, data: bytes) -> None:
        self._disk.written(self._path, self._size, data)
        super().write(data)
        self._size += len(data)

    def sync(self) -> None:
        self._disk.synced(self._path)
        super().sync()
