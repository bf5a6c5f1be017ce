"""What can be looked at without Discord: the library, the data folder, the disk."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import stat
from typing import TYPE_CHECKING

import discord

from integrations.doctor.finding import act, note, ok
from integrations.gateway.taps import can_tap
from integrations.launch import DEFAULT_DATA_DIR
from persistence import PersistenceError, read_live, verify
from persistence.errors import DataDirError
from persistence.inspection import holds_data, lacks_ledger, require_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from integrations.doctor.finding import Finding
    from integrations.words.wording import Language

__all__ = ["check_data_dir", "check_disk", "check_old_games", "check_version"]

_MADE_FOR = "2.7"
_LOW_MEGABYTES = 100
_MUCH_MEGABYTES = 10_000
_MEGABYTE = 1_000_000


def check_version(language: Language) -> Iterator[Finding]:
    """Look at the version of discord.py, and whether it has what the cog reaches into."""
    version = importlib.metadata.version("discord.py")
    if version.startswith(f"{_MADE_FOR}."):
        yield ok(language, "version", "doctor.version.ok", version=version)
    else:
        do = "doctor.version.do"
        yield act(language, "version", "doctor.version.bad", do, version=version)
    if not can_tap(discord.Client(intents=discord.Intents(guilds=True))):
        key, do = "doctor.internals.bad", "doctor.version.do"
        yield act(language, "version", key, do, what="ConnectionState.parsers")


def check_data_dir(language: Language, folder: Path) -> Iterator[Finding]:
    """Look at the data folder: there, writable, closed to others, and in order."""
    check, path = "data_dir", str(folder)
    try:
        is_there = folder.exists()
    except PermissionError:  # a folder on the way to it may not be entered
        yield _unreadable(language, path)
        return
    except OSError:  # as of a name that is too long
        yield _no_folder(language, path)
        return
    if not is_there:
        if _is_writable(_nearest(folder)):
            yield note(language, check, "doctor.data_dir.new", path=path)
        else:
            key = "doctor.data_dir.read_only"
            nearest = str(_nearest(folder))
            yield act(language, check, key, f"{key}.do", path=nearest)
        return
    if not folder.is_dir():
        yield _no_folder(language, path)
        return
    try:
        require_folder(folder)
    except DataDirError:
        yield _unreadable(language, path)
        return
    below = folder / DEFAULT_DATA_DIR
    if not holds_data(folder) and holds_data(below):
        key = "doctor.data_dir.other"
        yield note(language, check, key, f"{key}.do", path=path, meant=str(below))
        return
    if not _is_writable(folder):
        key = "doctor.data_dir.read_only"
        yield act(language, check, key, f"{key}.do", path=path)
    if stat.S_IMODE(folder.stat().st_mode) & 0o077:
        key = "doctor.data_dir.open"
        yield note(language, check, key, f"{key}.do", path=path)
    yield _contents(language, folder)


def check_old_games(language: Language, folder: Path, *, presences: bool) -> Iterator[Finding]:
    """Look for games of before of which nothing is heard any more, as the settings say."""
    if presences:
        return
    try:
        live = read_live(folder).state.sessions
    except PersistenceError:
        return  # the data folder's own finding says that it cannot be read
    count = sum(session.kind != "voice" for session in live)
    if count:
        key = "doctor.settings.old_games"
        yield note(language, "settings", key, f"{key}.do", count=count)


def check_disk(language: Language, folder: Path) -> Iterator[Finding]:
    """Look at how much room there is where the data folder is, or will be."""
    try:
        free = shutil.disk_usage(_nearest(folder)).free // _MEGABYTE
    except OSError:
        return  # the data folder's own finding says that it cannot be reached
    if free < _LOW_MEGABYTES:
        yield act(language, "disk", "doctor.disk.low", "doctor.disk.do", megabytes=free)
    else:
        room = f"{free // 1_000} GB" if free >= _MUCH_MEGABYTES else f"{free} MB"
        yield ok(language, "disk", "doctor.disk.ok", room=room)


def _no_folder(language: Language, path: str) -> Finding:
    key = "doctor.data_dir.no_folder"
    return act(language, "data_dir", key, f"{key}.do", path=path)


def _unreadable(language: Language, path: str) -> Finding:
    key = "doctor.data_dir.unreadable"
    return act(language, "data_dir", key, f"{key}.do", path=path)


def _contents(language: Language, folder: Path) -> Finding:
    key, path = "doctor.data_dir.broken", str(folder)
    try:
        problems = [f"{one.where}: {one.sentence}" for one in verify(folder)]
        live = 0 if problems else len(read_live(folder).state.sessions)
    except PersistenceError as error:
        problems, live = [str(error)], 0
    if not problems and not holds_data(folder):
        return note(language, "data_dir", "doctor.data_dir.nothing", path=path)
    if not problems and lacks_ledger(folder):
        key = "doctor.data_dir.no_ledger"
        return note(language, "data_dir", key, f"{key}.do", path=path)
    if not problems:
        return ok(language, "data_dir", "doctor.data_dir.ok", path=path, sessions=live)
    return act(
        language,
        "data_dir",
        key,
        f"{key}.do",
        path=path,
        count=len(problems),
        problem=problems[0],
    )


def _nearest(folder: Path) -> Path:
    """Return the folder, or the first above it that is there."""
    here = folder.absolute()
    return next((one for one in (here, *here.parents) if one.exists()), here)


def _is_writable(folder: Path) -> bool:
    return folder.is_dir() and os.access(folder, os.R_OK | os.W_OK | os.X_OK)
