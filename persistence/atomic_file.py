"""Files that are old or new, never half: replaced in one step, set aside, never overwritten."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from persistence.iso_time import file_stamp, wall_clock

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from machines import Instant
    from persistence.disk import Disk

__all__ = [
    "free_name",
    "keep_aside",
    "previous_of",
    "put_aside",
    "replace_file",
    "retire",
    "traces_of",
]


def previous_of(path: Path) -> Path:
    """Return the name under which the file before the last one is kept."""
    return path.with_name(f"{path.name}.previous")


def traces_of(path: Path) -> tuple[Path, Path, Path]:
    """Return the names beside ``path`` under which :func:`replace_file` leaves its content."""
    return _new(path), _old(path), previous_of(path)


def replace_file(disk: Disk, path: Path, data: bytes, *, keep_previous: bool = False) -> None:
    """Replace the file by ``data``; durable when it returns.

    At any instant ``path`` is whole, either old or new.

    Raises:
        OSError: it could not be written; ``path`` is as it was.
    """
    replace_by_parts(disk, path, [data], keep_previous=keep_previous)


def replace_by_parts(
    disk: Disk, path: Path, parts: Iterable[bytes], *, keep_previous: bool = False
) -> int:
    """Replace the file by ``parts``, one after the other, as :func:`replace_file` does.

    Returns:
        How many bytes it has.

    Raises:
        OSError: it could not be written; ``path`` is as it was.
    """
    fresh = _new(path)
    _make_way(disk, fresh)
    try:
        size = _write(disk, fresh, parts)
    except OSError:
        with suppress(OSError):  # what is left of it takes room, and helps nobody
            disk.remove(fresh)
        raise
    if keep_previous and disk.is_file(path):
        _keep(disk, path, previous_of(path))
    if disk.exists(path) and not disk.is_file(path):
        put_aside(disk, path, "unreadable", wall_clock())
    disk.rename(fresh, path)
    disk.sync_folder(path.parent)
    return size


def keep_aside(disk: Disk, path: Path, label: str, now: Instant) -> Path:
    """Keep what ``path`` holds, byte for byte, under a free name that says why and when.

    Where the file can be linked or copied, ``path`` stays as it is until it is replaced, so
    that at no instant it is missing; otherwise (a folder, a file of somebody else) it moves.

    Returns:
        The name under which it is kept.

    Raises:
        OSError: it could not be kept.
    """
    target = free_name(disk, path, label, now)
    try:
        _second_name(disk, path, target)
    except OSError:
        disk.rename(path, target)
    disk.sync_folder(path.parent)
    return target


def put_aside(disk: Disk, path: Path, label: str, now: Instant) -> Path:
    """Move what ``path`` holds to a free name that says why and when; ``path`` is free then.

    Raises:
        OSError: it could not be moved.
    """
    target = free_name(disk, path, label, now)
    disk.rename(path, target)
    disk.sync_folder(path.parent)
    return target


def retire(disk: Disk, path: Path, name: Path) -> None:
    """Move ``path`` to ``name``, over the file that is there.

    Raises:
        OSError: it could not be moved.
    """
    _make_way(disk, name)
    disk.rename(path, name)


def _new(path: Path) -> Path:
    return path.with_name(f"{path.name}.new")


def _old(path: Path) -> Path:
    return path.with_name(f"{path.name}.old")


def _write(disk: Disk, path: Path, parts: Iterable[bytes]) -> int:
    size = 0
    with disk.create(path) as file:
        for part in parts:
            file.write(part)
            size += len(part)
        file.sync()
    return size


def _make_way(disk: Disk, path: Path) -> None:
    """Move aside a folder, a pipe or a link that has a name we write to."""
    if disk.exists(path) and not disk.is_ours(path):
        put_aside(disk, path, "unreadable", wall_clock())


def _keep(disk: Disk, path: Path, previous: Path) -> None:
    old = _old(path)
    for name in (old, previous):
        _make_way(disk, name)
    with suppress(FileNotFoundError):
        disk.remove(old)
    _second_name(disk, path, old)
    disk.rename(old, previous)


def _second_name(disk: Disk, path: Path, name: Path) -> None:
    try:
        disk.link(path, name)
    except OSError:
        # Not every file system has hard links (exFAT, some network and container mounts).
        _write(disk, name, disk.read_in_pieces(path))


def free_name(disk: Disk, path: Path, label: str, now: Instant) -> Path:
    """Return a name beside ``path`` that nothing has yet and that says why and when."""
    name = f"{path.name}.{label}-{file_stamp(now)}"
    target = path.with_name(name)
    number = 1
    while disk.exists(target):
        number += 1
        target = path.with_name(f"{name}-{number}")
    return target
