"""A DATA_DIR and its owner: the lock, the live sessions, the ledger, and how they agree."""

from __future__ import annotations

from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, Self

from machines import (
    AnySession,
    GuildWatch,
    LiveState,
    PartySession,
    Record,
    Stretch,
    VoiceSession,
)
from persistence.agreement import ask_for_start
from persistence.beside_the_loop import beside_the_loop, without_full_collections
from persistence.disk import Disk, OsDisk
from persistence.errors import (
    LedgerError,
    LedgerWriteError,
    PersistenceError,
    SnapshotWriteError,
    UnreadableError,
    WaitingWriteError,
)
from persistence.exchange import BrokenRow, read_records
from persistence.iso_time import wall_clock
from persistence.ledger import SqliteLedger
from persistence.ledger_problems import damage_told_by
from persistence.opt_outs import OptOuts
from persistence.owner import OwnerLock, not_writable
from persistence.snapshot import SnapshotStore
from persistence.snapshot_file import read_snapshot
from persistence.storage_warnings import broken_row, entry_not_imported
from persistence.waiting_records import WaitingRecords

if TYPE_CHECKING:
    from collections.abc import Hashable
    from datetime import tzinfo
    from pathlib import Path
    from types import TracebackType

    from persistence.agreement import EndsSince
    from persistence.exchange import Format, Progress
    from persistence.iso_time import Clock
    from persistence.protocols import Restored, StorageWarning

__all__ = ["DataDir", "Imported", "wholly_unreadable"]


_AT_ONCE = 1000


class Imported(NamedTuple):
    """What taking over a file did.

    Attributes:
        added: sessions that were not there.
        known: sessions left out: already there, already ended, or of a person (or a game)
            whose session is live here.
        broken: entries that cannot be read.
        first_broken: which is the first of those, and what is wrong with it.
    """

    added: int
    known: int
    broken: int
    first_broken: StorageWarning | None = None


class DataDir:
    """A folder that this process owns until it is closed.

    Attributes:
        path: the folder.
        live: its live sessions, a :class:`LiveStore`.
        ledger: its ended sessions, a :class:`Ledger`.
        waiting: what the ledger has refused, :class:`WaitingRecords`.
        refusal: why it refused that still when it was last read; None where it did not.
        opt_outs: who is not tracked, and since when who is again, :class:`OptOuts`.
        warnings: what could not be read, and what was done about it.
    """

    def __init__(
        self,
        path: Path,
        *,
        disk: Disk | None = None,
        now: Clock = wall_clock,
        zone: tzinfo | None = None,
        timezone: str = "UTC",
    ) -> None:
        """Make the folder where it is missing, become its owner, and open what is in it.

        Args:
            path: the folder.
            disk: where files are read and written; None is this machine's.
            now: the clock for names of files set aside, and for what files say of themselves.
            zone: the local time zone of files in the proposal's format; None is this machine's.
            timezone: the time zone in which the days of totals begin and end.

        Raises:
            DataDirError: the folder cannot be made or written.
            DataDirBusyError: another process owns it.
            LedgerError: the ledger can neither be opened nor be moved aside.
            NewerSchemaError: a newer version wrote the ledger; it is untouched.
        """
        self._disk = OsDisk() if disk is None else disk
        self._zone = zone
        self.path = path
        try:
            self._disk.make_folder(path)
            self._lock = OwnerLock(path, now)
        except OSError as error:
            raise not_writable(path, error) from error
        try:
            self.opt_outs = OptOuts(path, self._disk, now)
            self.ledger, self.warnings = SqliteLedger.open(
                path, disk=self._disk, now=now, zone=timezone, guard=self._ensure
            )
        except PersistenceError:
            self._lock.release()
            raise
        self.refusal: LedgerWriteError | None = None
        self.waiting = WaitingRecords(path, disk=self._disk, now=now, guard=self._ensure)
        self.live = SnapshotStore(path, disk=self._disk, now=now, zone=zone, guard=self._ensure)

    @classmethod
    def open(cls, path: Path, *, timezone: str = "UTC") -> Self:
        """Return the folder, owned by this process; raises as the constructor does."""
        return cls(path, timezone=timezone)

    def restore(
        self, *, without_ledger: bool = False, ends_since: EndsSince | None = None
    ) -> Restored:
        """Read the live sessions that the last run left, each that has not ended since.

        First the ledger is given what it has refused; it may refuse it still.

        Args:
            without_ledger: one that is too damaged to say what it is asked is set aside, with a
                warning, and a new one begun; else that is an error.
            ends_since: from when on those who ended are wanted as well, see :class:`Restored`.

        Raises:
            NewerSchemaError: a newer version wrote the snapshot; it is untouched.
            SnapshotError: it can neither be read nor set aside.
            LedgerError: the ledger cannot be read, or be set aside.
        """
        with without_full_collections():
            restored = self._restore(ends_since, without_ledger=without_ledger)
        self.warnings += restored.warnings
        return restored

    def _restore(self, ends_since: EndsSince | None, *, without_ledger: bool) -> Restored:
        waited, warnings = self.waiting.load()
        waiting = self._refused_still(waited)
        restored = self.live.load()
        restored.waiting = waiting
        restored.warnings[:0] = warnings
        try:
            changed = ask_for_start(restored, self.ledger, ends_since)
        except LedgerError as error:
            damage = damage_told_by(error, self.ledger.path)
            if damage is None or not without_ledger:
                raise
            changed = self._begin_ledger_anew(damage, restored, waited, ends_since)
        self._write_agreed(restored, changed)
        return restored

    def _begin_ledger_anew(
        self,
        damage: UnreadableError,
        restored: Restored,
        waited: list[Record],
        ends_since: EndsSince | None,
    ) -> list[PartySession]:
        """Set the ledger aside, and agree with a new one, as :func:`ask_for_start` does.

        What the damaged one could say is written down before: the new one knows nothing of it, and
        after a kill whoever was over would go on.
        """
        sessions = beside_the_loop(restored.state.sessions)
        self._write_agreed(restored, [each for each in sessions if type(each) is PartySession])
        restored.warnings.append(self.ledger.begin_anew(damage))
        restored.waiting = self._refused_still(waited)  # what it took before is aside with it
        return ask_for_start(restored, self.ledger, ends_since)

    def _write_agreed(self, restored: Restored, changed: list[PartySession]) -> None:
        """Let the snapshot hold what it and the ledger agree on."""
        for party in changed:
            self.live.put(party)
        for session_id in restored.duplicates:
            self.live.discard(session_id)
        self._leave_out_nameless(restored)
        with suppress(SnapshotWriteError):  # what is written next leaves them out as well
            self.live.flush_now()

    def _refused_still(self, waiting: list[Record]) -> list[Record]:
        """Give the ledger the records that wait for it; return them where it refuses them."""
        mark, self.refusal = self.waiting.mark, None
        try:
            for first in range(0, len(waiting), _AT_ONCE):
                self.ledger.append_now(waiting[first : first + _AT_ONCE])
            with suppress(WaitingWriteError):  # it does no harm, and is tried again
                self.waiting.clear(mark)
        except LedgerWriteError as error:
            self.refusal = error
            return waiting
        return []

    def _ensure(self) -> None:
        """Make sure that the folder is ours; in a new one, who opted out stays out."""
        if self._lock.ensure():
            self.opt_outs.keep()

    def _leave_out_nameless(self, restored: Restored) -> None:
        """Restore no party of whose players all were forgotten: nothing of it is to be written."""
        nameless = {
            session.id
            for session in beside_the_loop(restored.state.sessions)
            if type(session) is PartySession and session.players and not session.named
        }
        if not nameless:
            return
        for sessions in (restored.state.sessions, restored.unplaced):
            sessions[:] = [each for each in sessions if each.id not in nameless]
        for session_id in nameless:
            self.live.discard(session_id)

    def import_file(self, file: Path) -> Imported:
        """Take over the live sessions of a file, in the proposal's format or in ours; durably.

        Doing it twice changes nothing the second time.

        Raises:
            NewerSchemaError: a newer version wrote the file.
            UnreadableError: it is missing, or no such file.
            SnapshotWriteError: the sessions cannot be written.
        """
        reading = read_snapshot(self._disk, file, self._zone)
        restored = self.restore()
        held = {session.id for session in restored.state.sessions}
        subjects = {_subject(session) for session in restored.state.sessions}
        ended = self.ledger.contains([session.id for session in reading.state.sessions])
        ended |= {record.id for record in restored.waiting}
        added = [
            session
            for session in reading.state.sessions
            if session.id not in held | ended and _subject(session) not in subjects
        ]
        _watch_no_longer(added, reading.state, restored.state)
        for session in added:
            self.live.put(session)
        known = {watch.guild_id for watch in restored.state.guilds}
        for watch in reading.state.guilds:
            if watch.guild_id not in known:
                self.live.watch(watch)
        self.live.flush_now()
        first = [entry_not_imported(file, entry) for entry in reading.broken[:1]]
        left_out = len(reading.state.sessions) - len(added)
        return Imported(len(added), left_out, len(reading.broken), *first)

    def import_records(
        self,
        file: Path,
        written_as: Format,
        *,
        progress: Progress = lambda _done, _all: None,
    ) -> Imported:
        """Take over the ended sessions of an export; durably, a batch at a time.

        Doing it twice changes nothing the second time. Sessions that were going on when the
        export was made are left out and count as known. What stands in the ledger already and
        cannot be read there is replaced, and counts as added.

        Args:
            file: the export.
            written_as: its format.
            progress: told how far the file is read, and how far there is to read.

        Raises:
            MissingExtraError: pyarrow is missing for Parquet.
            UnreadableError: it is missing, or no such file; what came before it is taken over.
            LedgerWriteError: the records cannot be written.
        """
        added = known = broken = 0
        first: StorageWarning | None = None
        records = read_records(file, written_as, progress)
        while batch := list(islice(records, _AT_ONCE)):
            good = [record for record in batch if isinstance(record, Record)]
            bad = [row for row in batch if isinstance(row, BrokenRow)]
            held = self.ledger.contains([record.id for record in good])
            fresh = {record.id: record for record in good if record.id not in held}
            self.ledger.append_now(fresh.values())
            damaged = self.ledger.unreadable_among(held)
            mended = {record.id: record for record in good if record.id in damaged}
            if mended:
                self.ledger.mend(mended.values())
            added += len(fresh) + len(mended)
            known += len(batch) - len(bad) - len(fresh) - len(mended)
            broken += len(bad)
            if first is None and bad:
                first = broken_row(file, bad[0], counts_lines=written_as != "parquet")
        return Imported(added, known, broken, first)

    def close(self) -> None:
        """Let go of the folder. What was not flushed is lost."""
        self.live.close()
        self.ledger.close()
        self._lock.release()

    def __enter__(self) -> Self:
        """Return the folder."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go of it."""
        self.close()


def wholly_unreadable(file: Path, written_as: Format | None) -> Imported | None:
    """Return what taking over a file would do where nothing of it can be read, else None.

    It is asked before a folder is made for what it holds. ``written_as``: the format of an
    export; None of a file with live sessions.

    Raises:
        MissingExtraError: pyarrow is missing for Parquet.
        NewerSchemaError: a newer version wrote the file.
        UnreadableError: it is missing, or no such file.
    """
    if written_as is None:
        reading = read_snapshot(OsDisk(), file, None)
        entries = reading.broken
        if reading.state.sessions or reading.state.guilds or not entries:
            return None
        return Imported(0, 0, len(entries), entry_not_imported(file, entries[0]))
    first, broken = None, 0
    for row in read_records(file, written_as):
        if not isinstance(row, BrokenRow):
            return None
        first, broken = first or row, broken + 1
    if first is None:
        return None
    return Imported(0, 0, broken, broken_row(file, first, counts_lines=written_as != "parquet"))


def _subject(session: AnySession) -> Hashable:
    """Return what there is at most one live session of."""
    match session:
        case VoiceSession():
            return ("voice", session.guild_id, session.user_id)
        case PartySession():
            return ("party", session.guild_id, session.game_name, session.app_id)
        case _:
            game = (session.game_name, session.app_id, session.activity_type)
            return ("game", session.guild_id, session.user_id, *game)


def _watch_no_longer(sessions: list[AnySession], theirs: LiveState, ours: LiveState) -> None:
    """Mark as unknown what nobody watched of sessions from elsewhere.

    Here the gap opens where this folder's guilds were last watched; nobody watched these
    sessions after their own file was written.
    """
    written = {watch.guild_id: watch for watch in theirs.guilds}
    for watch in ours.guilds:
        since = _watched_until(written.get(watch.guild_id), theirs)
        until = watch.observed_until
        if since is None or until is None or since >= until:
            continue
        for session in sessions:
            if session.guild_id == watch.guild_id:
                start = max(since, session.started_at)
                session.stretches += (Stretch(start, until, "unknown"),)


def _watched_until(watch: GuildWatch | None, state: LiveState) -> int | None:
    if watch is None or watch.observed_until is None:
        return state.saved_at
    return watch.observed_until
