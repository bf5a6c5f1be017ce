"""Files that are old or new, never half: replaced in one step, set aside, never overwritten."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from persistence.iso_time import file_stamp

if TYPE_CHECKING:
    from pathlib import Path

    from machines import Instant
    from persistence.disk import Disk

__all__ = ["keep_aside", "previous_of", "replace_file"]


def previous_of(path: Path) -> Path:
    """Return the name under which the file before the last one is kept."""
    return path.with_name(f"{path.name}.previous")


def replace_file(disk: Disk, path: Path, data: bytes, *, keep_previous: bool = False) -> None:
    """Replace the file by ``data``; durable when it returns.

    At any instant ``path`` is whole, either old or new.

    Raises:
        OSError: it could not be written; ``path`` is as it was.
    """
    fresh = path.with_name(f"{path.name}.new")
    _write(disk, fresh, data)
    if keep_previous and disk.exists(path):
        _keep(disk, path, previous_of(path))
    disk.rename(fresh, path)
    disk.sync_folder(path.parent)


def keep_aside(disk: Disk, path: Path, label: str, now: Instant) -> Path:
    """Keep what ``path`` holds, byte for byte, under a free name that says why and when.

    Where the file can be linked or copied, ``path`` stays as it is until it is replaced, so
    that at no instant it is missing; otherwise (a folder, a file of somebody else) it moves.

    Returns:
        The name under which it is kept.

    Raises:
        OSError: it could not be kept.
    """
    target = _free_name(disk, path, label, now)
    try:
        _second_name(disk, path, target)
    except OSError:
        disk.rename(path, target)
    disk.sync_folder(path.parent)
    return target


def _write(disk: Disk, path: Path, data: bytes) -> None:
    with disk.create(path) as file:
        file.write(data)
        file.sync()


def _keep(disk: Disk, path: Path, previous: Path) -> None:
    old = path.with_name(f"{path.name}.old")
    with suppress(FileNotFoundError):
        disk.remove(old)
    _second_name(disk, path, old)
    disk.rename(old, previous)


def _second_name(disk: Disk, path: Path, name: Path) -> None:
    try:
        disk.link(path, name)
    except OSError:
        # Not every file system has hard links (exFAT, some network and container mounts).
        _write(disk, name, disk.read(path))


def _free_name(disk: Disk, path: Path, label: str, now: Instant) -> Path:
    name = f"{path.name}.{label}-{file_stamp(now)}"
    target = path.with_name(name)
    number = 1
    while disk.exists(target):
        number += 1
        target = path.with_name(f"{name}-{number}")
    return target
