"""The live sessions: ``active_sessions.json`` and its journal.

A session is copied the moment it is put, so that what changes afterwards does not matter.
What has changed is written in a thread, one write at a time; what changes meanwhile is
gathered, the last word of each session only, and goes into the next. So what waits in memory
never outgrows what is held, however long the disk fails.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec.structs import replace as copied

from machines import LIVE, LiveState, LiveView, PartySession, VoiceSession
from persistence.aside import Aside
from persistence.beside_the_loop import beside_the_loop
from persistence.disk import OsDisk
from persistence.errors import SnapshotWriteError, UnreadableError, kept_in_memory, reason_of
from persistence.heartbeat import HEARTBEAT_NAME, Heartbeat, merge_heartbeat
from persistence.held_cooldowns import HeldCooldowns, key_of
from persistence.iso_time import forget_texts, wall_clock
from persistence.live_files import LiveFiles
from persistence.parts import LONG, WHOLE, Histories, alone
from persistence.pending import Pending
from persistence.protocols import Restored
from persistence.roll_call import RollCall
from persistence.snapshot_entries import SCHEMA, SECTION_OF
from persistence.snapshot_file import SNAPSHOT_NAME, find_snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from datetime import tzinfo
    from pathlib import Path

    from machines import AnySession, Cooldown, GuildWatch, Instant, Player
    from persistence.disk import Disk
    from persistence.iso_time import Clock
    from persistence.journal import EntryChange
    from persistence.pending import Entry
    from persistence.protocols import StorageWarning
    from persistence.reading import Reading
    from persistence.snapshot_entries import Section

__all__ = ["SnapshotStore"]


class SnapshotStore:
    """A :class:`LiveStore` in one folder, which it must be the only one to write to."""

    def __init__(
        self,
        folder: Path,
        *,
        disk: Disk | None = None,
        now: Clock = wall_clock,
        zone: tzinfo | None = None,
        guard: Callable[[], None] = lambda: None,
    ) -> None:
        """Hold no sessions yet.

        Args:
            folder: DATA_DIR.
            disk: where files are read and written; None is this machine's.
            now: the clock that ``last_updated`` and the names of files set aside are read from.
            zone: the local time zone that files in the proposal's format were written in;
                None is that of this machine.
            guard: called before a write; raises OSError where the folder is not ours any more.
        """
        self._path = folder / SNAPSHOT_NAME
        self._disk = OsDisk() if disk is None else disk
        self._now = now
        self._zone = zone
        self._guard = guard
        self._heartbeat = Heartbeat(folder / HEARTBEAT_NAME, self._disk, guard)
        self._cooldowns = HeldCooldowns(now)
        self._files = LiveFiles(self._path, self._disk, now, self._cooldowns)
        self._aside = Aside(self._path, self._disk, now)
        self._sections: RollCall[Section] = RollCall()
        self._guilds: set[str] = set()
        self._changes = Pending()
        self._histories = Histories()
        self._whole = False
        # Changes are counted: what is durable goes up to one of these numbers.
        self._version = 0
        self._durable = 0
        self._turn = asyncio.Lock()  # one flush at a time asks for a thread
        # What gathers is put by the loop, taken by a thread; so is what is held, where that ends.
        self._gathering = threading.RLock()
        self._writing = threading.Lock()  # one thread at a time writes, see _write

    @property
    def count(self) -> int:
        """How many sessions are held."""
        return len(self._sections)

    @property
    def pending(self) -> int:
        """How many changes are not on their way to the disk yet."""
        return len(self._changes)

    # Changes

    def together(self) -> AbstractContextManager[object]:
        """Let what is changed within come with one write."""
        return self._gathering

    def put(self, session: AnySession, players: tuple[Player, ...] | None = None) -> None:
        """Hold a live session as it is now; one that is pending or over changes nothing.

        ``players``: of a party that is held, only these have changed, if any.
        """
        if session.state not in LIVE:
            return
        with self._gathering:
            if type(session) is PartySession:  # isinstance takes as long as all the rest
                self._put_party(session, players)
                return
            moved = session.moved if type(session) is VoiceSession else ()
            if len(session.stretches) + len(moved) >= LONG:
                self._put_long(session)
                return
            if self._histories.told:
                self._histories.forget(session.id)
            section, session_id = SECTION_OF[session.kind], session.id
            self._sections.hold(session_id, section)
            self._changes.add(section, session_id, copied(session))
            self._version += 1

    def _put_long(self, session: AnySession) -> None:
        """Let only what came after the last put wait, where the rest is as it was."""
        section, as_it_is = SECTION_OF[session.kind], copied(session)
        self._sections.hold(session.id, section)
        since = self._histories.go_on(as_it_is)
        if since == WHOLE:
            self._change(section, session.id, as_it_is)
            return
        self._changes.add_parts(as_it_is, since)
        self._version += 1

    def _put_party(self, party: PartySession, players: tuple[Player, ...] | None) -> None:
        held = party.players
        # With any player that is written the party is, so where none has changed one will do.
        changed = held[-1:] if players == () else players
        news = None
        if changed is not None and party.id in self._sections:
            news = self._histories.go_on_with(party, changed)
        if news is None:
            self._sections.hold(party.id, "party_sessions")
            self._histories.forget(party.id)
            self._change("party_sessions", party.id, alone(party, *held))
            return
        self._changes.add_parts(alone(party), *news)
        self._version += 1

    def discard(self, session_id: str) -> None:
        """Hold a session no longer. First its ledger row must be durable."""
        with self._gathering:
            section = self._sections.drop(session_id)
            if section is not None:
                self._drop(section, session_id)

    def watch(self, guild_watch: GuildWatch) -> None:
        """Hold how far a guild has been watched."""
        self._heartbeat.set_back(guild_watch.guild_id, guild_watch.observed_until)
        key = str(guild_watch.guild_id)
        self._guilds.add(key)
        self._change("guilds", key, copied(guild_watch))

    def unwatch(self, guild_id: int) -> None:
        """Hold nothing about a guild any longer."""
        self._heartbeat.forget(guild_id)
        if str(guild_id) in self._guilds:
            self._guilds.remove(str(guild_id))
            self._change("guilds", str(guild_id), None)

    def cool(self, cooldown: Cooldown) -> None:
        """Hold a cooldown, in place of an earlier one of the same subject."""
        self._cooldowns.put(cooldown)
        self._change("cooldowns", key_of(cooldown), cooldown)

    def let_go(self, now: Instant) -> None:
        """Hold fewer cooldowns, where all are over, and without sessions no texts of instants.

        Nothing of that is written.
        """
        self._cooldowns.let_go(now)
        if not self.count:
            forget_texts()

    def replace(self, state: LiveState) -> None:
        """Hold exactly this state, all of it in the snapshot; who is not live is left out."""
        for _turn in self.replacing(LiveView(state.sessions, state.guilds, state.cooldowns)):
            pass

    def replacing(self, live: LiveView, ending: Container[str] = ()) -> Iterator[None]:
        """Do what :meth:`replace` does, yielding where others may have their turn.

        A session is held as it is when its turn comes; what is put meanwhile is kept, and so is
        whoever is ``ending``: over, but not in the ledger yet.
        """
        yield from self._replacing_sessions(live.sessions, ending)
        yield from self._replacing_guilds(live.guilds)
        yield from self._cooldowns.replacing(live.cooldowns)
        with self._gathering:  # a thread may be about to write
            self._whole = True
            self._version += 1

    def _replacing_sessions(
        self, sessions: Iterable[AnySession], ending: Container[str]
    ) -> Iterator[None]:
        self._sections.begin()
        for session in sessions:
            self.put(session)
            yield
        for session_id, section in self._sections.uncalled():
            if session_id in ending:
                self._sections.hold(session_id, section)
            else:
                self._drop(section, session_id)
            yield

    def _replacing_guilds(self, watches: Iterable[GuildWatch]) -> Iterator[None]:
        gone = set(self._guilds)
        for guild_watch in watches:
            self.watch(guild_watch)
            gone.discard(str(guild_watch.guild_id))
            yield
        for guild_id in gone & self._guilds:
            self.unwatch(int(guild_id))

    # Durability

    async def flush(self) -> None:
        """Make every change so far durable.

        Raises:
            SnapshotWriteError: it failed; the changes are kept for the next call.
        """
        wanted = self._version
        async with self._turn:
            if self._durable < wanted:
                await asyncio.to_thread(self._write)

    def flush_now(self) -> None:
        """Make every change so far durable, without an event loop.

        Raises:
            SnapshotWriteError: it failed; the changes are kept for the next call.
        """
        if self._durable < self._version:
            self._write()

    def scrub_now(self) -> None:
        """Make every change durable, and leave no earlier version of anything on the disk.

        Raises:
            SnapshotWriteError: it failed; call again.
        """
        self._write(scrub=True)

    async def beat(self, instants: Mapping[int, Instant]) -> None:
        """Make durable, per guild id, the last instant at which it was being watched.

        Raises:
            SnapshotWriteError: it failed; the instants are kept for the next call.
        """
        await self._heartbeat.beat(instants)

    def close(self) -> None:
        """Let go of the files, and of what is held. What was not flushed is lost."""
        with self._writing:
            self._files.close()
            self._sections.let_go()

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
            warnings.append(self._aside.unreadable(error))
            self._heartbeat.write_now()
        reading = found.reading
        state = LiveState() if reading is None else reading.state
        warnings += self._aside.account_for(found)
        merge_heartbeat(state, instants)
        self._take_up(state, reading, good=not warnings)
        return Restored(
            state=state,
            unplaced=[each for each in beside_the_loop(state.sessions) if each.guild_id == 0],
            warnings=warnings,
            migrated_from=(None if reading is None or reading.schema == SCHEMA else reading.schema),
        )

    def _take_up(self, state: LiveState, reading: Reading | None, *, good: bool) -> None:
        """Hold what was read; begin with a snapshot of its own where there is more than one file.

        Raises:
            SnapshotWriteError: something had to be set aside, and the rest cannot be written.
        """
        self._sections.clear()
        self._guilds.clear()
        self._cooldowns.clear()
        self._histories.told.clear()
        self._hold(state)
        edition = None if reading is None else reading.edition
        after = None if reading is None else reading.after
        self._files.adopt(self._gather(), edition=edition, after=after, good=good)
        if not good:
            self._whole = True
            self._write()
        elif reading is not None and (reading.changes or edition is None):
            self._whole = True
            with suppress(SnapshotWriteError):  # the files are good: it is tried again
                self._write()
        else:
            self._durable = self._version

    # Writing

    def _hold(self, state: LiveState) -> None:
        for session in beside_the_loop(state.sessions):
            self.put(session)
        for guild_watch in state.guilds:
            self.watch(guild_watch)
        for cooldown in state.cooldowns:
            self.cool(cooldown)

    def _change(self, section: Section, key: str, entry: Entry) -> None:
        with self._gathering:
            self._changes.add(section, key, entry)
            self._version += 1

    def _drop(self, section: Section, session_id: str) -> None:
        self._histories.forget(session_id)
        self._change(section, session_id, None)

    def _gather(self) -> Iterator[EntryChange]:
        with self._gathering:
            taken = self._changes.take()
        return taken.drain()

    def _write(self, *, scrub: bool = False) -> None:
        # A flush that is cancelled leaves its thread writing: the lock keeps the next one from
        # writing beside it, and each takes along whatever has gathered by then.
        with self._writing:
            version = self._version
            try:
                self._guard()
                with self._gathering:
                    whole, self._whole = self._whole, False
                changes = self._gather()
                self._set_back_beats(changes)
                self._files.write(changes, whole=whole)
                if scrub:
                    self._files.scrub()
            except OSError as error:
                raise SnapshotWriteError(
                    f"{self._path} cannot be written ({reason_of(error)}): free space or repair "
                    f"access to {self._path.parent}.",
                    meanwhile=kept_in_memory(self.count, "session"),
                ) from error
            self._durable = version

    def _set_back_beats(self, changes: Iterator[EntryChange]) -> None:
        """Let no heartbeat be later than a watch among these; of the two the later is read."""
        try:
            self._heartbeat.catch_up_now()
        except BaseException:  # whatever it is, they were gathered only once
            self._files.put_off(changes)
            raise
