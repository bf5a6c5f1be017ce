"""The snapshot: the live sessions in ``active_sessions.json``.

A session is encoded the moment it is put, so that what changes afterwards does not matter;
the file is put together and written in a thread, one write at a time. What changes meanwhile
goes into the next.
"""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from machines import AnySession, Cooldown, GuildWatch, Instant, Kind, LiveState
from persistence.atomic_file import keep_aside, previous_of, replace_file
from persistence.disk import Disk, OsDisk
from persistence.errors import SnapshotError, SnapshotWriteError, UnreadableError, reason_of
from persistence.heartbeat import HEARTBEAT_NAME, Heartbeat, merge_heartbeat
from persistence.iso_time import to_text, wall_clock
from persistence.protocols import Restored, StorageWarning
from persistence.snapshot_entries import Document
from persistence.snapshot_file import SNAPSHOT_NAME, Found, find_snapshot
from persistence.snapshot_format import encode_cooldown, encode_session, encode_watch
from persistence.storage_warnings import (
    broken_entry,
    proposal_taken_over,
    unreadable_file,
    used_previous,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo
    from pathlib import Path

    from persistence.iso_time import Clock

__all__ = ["SnapshotStore"]

_FEW_COOLDOWNS = 64


class _Edition(NamedTuple):
    """The document as it was at one version."""

    version: int
    document: Document


class SnapshotStore:
    """A :class:`LiveStore` in one folder, which it must be the only one to write to."""

    def __init__(
        self,
        folder: Path,
        *,
        disk: Disk | None = None,
        now: Clock = wall_clock,
        zone: tzinfo | None = None,
    ) -> None:
        """Hold no sessions yet.

        Args:
            folder: DATA_DIR.
            disk: where files are read and written; None is this machine's.
            now: the clock that ``last_updated`` and the names of files set aside are read from.
            zone: the local time zone that files in the proposal's format were written in;
                None is that of this machine.
        """
        self._path = folder / SNAPSHOT_NAME
        self._disk = OsDisk() if disk is None else disk
        self._now = now
        self._zone = zone
        self._heartbeat = Heartbeat(folder / HEARTBEAT_NAME, self._disk)
        self._sessions: dict[Kind, dict[str, msgspec.Raw]] = {"voice": {}, "game": {}, "party": {}}
        self._guilds: dict[str, msgspec.Raw] = {}
        self._cooldowns: dict[tuple[int, Kind, str], tuple[Instant, msgspec.Raw]] = {}
        self._many_cooldowns = _FEW_COOLDOWNS
        self._version = 0
        self._durable = 0
        self._turn = asyncio.Lock()
        self._writing = threading.Lock()

    @property
    def count(self) -> int:
        """How many sessions are held."""
        return sum(len(held) for held in self._sessions.values())

    # Changes

    def put(self, session: AnySession) -> None:
        """Hold a live session as it is now; one that is pending or over changes nothing."""
        if session.is_live:
            self._sessions[session.kind][session.id] = msgspec.Raw(encode_session(session))
            self._version += 1

    def discard(self, session_id: str) -> None:
        """Hold a session no longer. First its ledger row must be durable."""
        for held in self._sessions.values():
            if held.pop(session_id, None) is not None:
                self._version += 1

    def watch(self, guild_watch: GuildWatch) -> None:
        """Hold how far a guild has been watched."""
        self._guilds[str(guild_watch.guild_id)] = msgspec.Raw(encode_watch(guild_watch))
        self._version += 1

    def unwatch(self, guild_id: int) -> None:
        """Hold nothing about a guild any longer."""
        self._heartbeat.forget(guild_id)
        if self._guilds.pop(str(guild_id), None) is not None:
            self._version += 1

    def cool(self, cooldown: Cooldown) -> None:
        """Hold a cooldown, in place of an earlier one of the same subject."""
        key = (cooldown.guild_id, cooldown.kind, cooldown.subject)
        self._cooldowns[key] = (cooldown.until, msgspec.Raw(encode_cooldown(cooldown)))
        self._version += 1
        if len(self._cooldowns) > self._many_cooldowns:
            self._drop_old_cooldowns()

    def replace(self, state: LiveState) -> None:
        """Hold exactly this state. Sessions that are not live are left out."""
        for held in self._sessions.values():
            held.clear()
        self._guilds.clear()
        self._cooldowns.clear()
        self._version += 1
        self._hold(state)

    # Durability

    async def flush(self) -> None:
        """Make every change so far durable.

        Raises:
            SnapshotWriteError: it failed; the changes are kept for the next call.
        """
        wanted = self._version
        async with self._turn:
            if self._durable < wanted:
                await asyncio.to_thread(self._write, self._edition())

    def flush_now(self) -> None:
        """Make every change so far durable, without an event loop.

        Raises:
            SnapshotWriteError: it failed; the changes are kept for the next call.
        """
        if self._durable < self._version:
            self._write(self._edition())

    async def beat(self, instants: Mapping[int, Instant]) -> None:
        """Make durable, per guild id, the last instant at which it was being watched.

        Raises:
            SnapshotWriteError: it failed.
        """
        await self._heartbeat.beat(instants)

    # Restoring

    def load(self) -> Restored:
        """Read what the last run left, hold it, and set aside what cannot be read.

        Raises:
            NewerSchemaError: a newer version wrote it.
            SnapshotError: it can neither be read nor set aside.
        """
        found = find_snapshot(self._disk, self._path, self._zone)
        warnings: list[StorageWarning] = []
        try:
            instants = self._heartbeat.load()
        except UnreadableError as error:
            instants = {}
            warnings.append(unreadable_file(error, self._keep_aside(error.path, "unreadable")))
            self._heartbeat.write_now()
        state = LiveState() if found.reading is None else found.reading.state
        warnings += self._account_for(found)
        merge_heartbeat(state, instants)
        self.replace(state)
        if warnings:
            self._write(self._edition(), keep_previous=False)
        else:
            self._durable = self._version
        schema = None if found.reading is None else found.reading.schema
        return Restored(
            state=state,
            unplaced=[session for session in state.sessions if session.guild_id == 0],
            warnings=warnings,
            migrated_from=0 if schema == 0 else None,
        )

    def _account_for(self, found: Found) -> list[StorageWarning]:
        """Keep the files that the next write would lose, and say so."""
        warnings = [
            unreadable_file(error, self._keep_aside(error.path, "unreadable"))
            for error in found.unreadable
        ]
        reading = found.reading
        if reading is None:
            return warnings
        path = previous_of(self._path) if found.used_previous else self._path
        if found.used_previous:
            warnings.append(used_previous(self._path, path))
        if reading.broken:
            kept_as = self._keep_aside(path, "unreadable")
            warnings += [broken_entry(path, entry, kept_as) for entry in reading.broken]
        if reading.schema == 0:
            kept_as = self._keep_aside(path, "proposal")
            warnings.append(proposal_taken_over(path, len(reading.state.sessions), kept_as))
        return warnings

    def _keep_aside(self, path: Path, label: str) -> Path:
        try:
            return keep_aside(self._disk, path, label, self._now())
        except OSError as error:
            raise SnapshotError(
                f"{path} cannot be used and not be set aside either ({reason_of(error)}): "
                "move it out of DATA_DIR yourself."
            ) from error

    # Writing

    def _hold(self, state: LiveState) -> None:
        for session in state.sessions:
            self.put(session)
        for guild_watch in state.guilds:
            self.watch(guild_watch)
        for cooldown in state.cooldowns:
            self.cool(cooldown)

    def _edition(self) -> _Edition:
        document = Document(
            last_updated=to_text(self._now()),
            voice_sessions=dict(self._sessions["voice"]),
            game_sessions=dict(self._sessions["game"]),
            party_sessions=dict(self._sessions["party"]),
            guilds=dict(self._guilds),
            cooldowns=[raw for _until, raw in self._cooldowns.values()],
        )
        return _Edition(self._version, document)

    def _write(self, edition: _Edition, *, keep_previous: bool = True) -> None:
        # A flush that is cancelled leaves its thread writing: the lock keeps the next one from
        # writing beside it, the version keeps an older edition from replacing a newer one.
        with self._writing:
            if edition.version <= self._durable:
                return
            data = msgspec.json.encode(edition.document)
            try:
                replace_file(self._disk, self._path, data, keep_previous=keep_previous)
            except OSError as error:
                raise SnapshotWriteError(
                    f"{self._path} cannot be written ({reason_of(error)}): free space or repair "
                    f"access to {self._path.parent}; {self.count} sessions are kept in memory "
                    "and written with the next try."
                ) from error
            self._durable = edition.version

    def _drop_old_cooldowns(self) -> None:
        now = self._now()
        self._cooldowns = {key: held for key, held in self._cooldowns.items() if held[0] > now}
        self._many_cooldowns = max(_FEW_COOLDOWNS, 2 * len(self._cooldowns))
