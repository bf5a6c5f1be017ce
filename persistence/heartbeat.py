"""The heartbeat: until when each guild was certainly being watched.

A file of its own, because it is written every half minute: one tiny write, however many
sessions there are. Of tens of thousands of guilds it is no longer tiny: what takes a while is done
in the thread that writes, and pauses, so that the event loop never has to wait for it.
"""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import msgspec

from machines import GuildWatch, Instant, LiveState, Snowflake
from persistence.atomic_file import replace_file
from persistence.beside_the_loop import beside_the_loop
from persistence.errors import (
    NewerSchemaError,
    SnapshotWriteError,
    UnreadableError,
    reason_of,
)
from persistence.iso_time import from_text, to_text
from persistence.reading import problem_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from persistence.disk import Disk

__all__ = ["HEARTBEAT_NAME", "Heartbeat", "merge_heartbeat", "read_heartbeat"]

HEARTBEAT_NAME = "observed_until.json"
_SCHEMA = 1


class _Document(msgspec.Struct):
    observed_until: dict[Snowflake, str]
    schema: int = _SCHEMA


class _Header(msgspec.Struct):
    schema: int


def read_heartbeat(disk: Disk, path: Path) -> dict[int, Instant]:
    """Return, per guild id, until when it was being watched; empty where there is no file.

    Raises:
        NewerSchemaError: a newer version wrote it.
        UnreadableError: it is not such a file.
    """
    if not disk.exists(path):
        return {}
    try:
        data = disk.read(path)
    except OSError as error:
        raise UnreadableError(path, reason_of(error)) from error
    try:
        schema = msgspec.json.decode(data, type=_Header).schema
        if schema > _SCHEMA:
            raise NewerSchemaError(path, schema, _SCHEMA)
        document = msgspec.json.decode(data, type=_Document)
        return {guild: from_text(text) for guild, text in document.observed_until.items()}
    except (ValueError, RecursionError) as error:
        raise UnreadableError(path, problem_of(error)) from error


def merge_heartbeat(state: LiveState, instants: Mapping[int, Instant]) -> None:
    """Let ``state`` say of each guild the later of what it says and what the heartbeat says."""
    watches = {watch.guild_id: watch for watch in state.guilds}
    for guild_id, instant in instants.items():
        watch = watches.get(guild_id)
        if watch is None:
            state.guilds.append(GuildWatch(guild_id=guild_id, observed_until=instant))
        elif watch.observed_until is None or watch.observed_until < instant:
            watch.observed_until = instant


class Heartbeat:
    """The file, as its owner writes it."""

    def __init__(self, path: Path, disk: Disk, guard: Callable[[], None] = lambda: None) -> None:
        """Write to ``path``; ``guard`` raises OSError where the folder is not ours any more."""
        self._path = path
        self._disk = disk
        self._guard = guard
        self._instants: dict[int, Instant] = {}
        self._coming: dict[int, Instant] = {}
        self._holding = threading.Lock()  # what is held for a guild moves from one to the other
        self._is_ahead = False
        self._turn = asyncio.Lock()
        self._writing = threading.Lock()

    def load(self) -> dict[int, Instant]:
        """Read what the last run left, and go on from there.

        Raises:
            NewerSchemaError: a newer version wrote it.
            UnreadableError: it is not such a file.
        """
        self._instants = read_heartbeat(self._disk, self._path)
        return dict(self._instants)

    def forget(self, guild_id: int) -> None:
        """Leave a guild out from the next write on."""
        with self._holding:
            self._coming.pop(guild_id, None)
            self._instants.pop(guild_id, None)

    def set_back(self, guild_id: int, until: Instant | None) -> None:
        """Hold no later instant than a guild's watch does: the clock was set back since.

        Nothing else takes back until when a guild was watched. The file says so with the next
        write, or after :meth:`catch_up_now`.
        """
        if until is None:
            return
        with self._holding:
            for held in (self._coming, self._instants):
                if held.get(guild_id, until) > until:
                    held[guild_id] = until
                    self._is_ahead = True

    def catch_up_now(self) -> None:
        """Make durable that instants were set back, where the file has later ones.

        Raises:
            SnapshotWriteError: it failed; call again.
        """
        with self._writing:  # one that is under way may be what makes it so
            if self._is_ahead:
                self._write()

    async def beat(self, instants: Mapping[int, Instant]) -> None:
        """Make these instants durable, and keep those of other guilds.

        Raises:
            SnapshotWriteError: it failed; the instants are held for the next call.
        """
        with self._holding:
            self._coming.update(instants)
        async with self._turn:
            await asyncio.to_thread(self.write_now)

    def write_now(self) -> None:
        """Make the instants held durable.

        Raises:
            SnapshotWriteError: it failed.
        """
        with self._writing:
            self._write()

    def _write(self) -> None:
        self._take_over()
        was_ahead, self._is_ahead = self._is_ahead, False  # more may be set back meanwhile
        instants = dict(self._instants)  # at once, so that they are of one moment
        try:
            self._guard()
            replace_file(self._disk, self._path, _encoded(instants))
            was_ahead = False
        except OSError as error:
            raise SnapshotWriteError(
                f"{self._path} cannot be written ({reason_of(error)}): free space or repair "
                f"access to {self._path.parent}.",
                meanwhile="it is tried again with the next heartbeat",
            ) from error
        finally:
            self._is_ahead = self._is_ahead or was_ahead

    def _take_over(self) -> None:
        """Hold what has come, where it says more: one that is late says less."""
        for guild_id in beside_the_loop([*self._coming]):
            with self._holding:
                instant = self._coming.pop(guild_id, None)  # it may be gone by now
                if instant is not None:
                    held = self._instants.get(guild_id, instant)
                    self._instants[guild_id] = max(instant, held)


def _encoded(instants: dict[int, Instant]) -> bytes:
    """Return what :class:`_Document` says in JSON, put into words one by one."""
    entries = [
        b'"%d":"%b"' % (guild_id, to_text(instant).encode())
        for guild_id, instant in beside_the_loop(instants.items())
    ]
    return b'{"observed_until":{%b},"schema":%d}' % (b",".join(entries), _SCHEMA)
