"""Checking a DATA_DIR: everything readable, every sum right, no session twice.

It only reads, and may run beside the bot.
"""

from __future__ import annotations

import os
import time
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from machines import (
    SECOND,
    AnySession,
    GameSession,
    Record,
    Timeline,
    VoiceSession,
)
from persistence.atomic_file import previous_of
from persistence.disk import OsDisk
from persistence.errors import LedgerError, UnreadableError, may_be_read, not_allowed
from persistence.heartbeat import HEARTBEAT_NAME, read_heartbeat
from persistence.inspection import require_folder
from persistence.ledger_problems import WHAT_HELPS, UnreadableRecord, damage_found, records_in
from persistence.ledger_reader import LEDGER_NAME, LedgerReader
from persistence.opt_outs import OptOuts
from persistence.snapshot_file import SNAPSHOT_NAME, Found, find_snapshot
from persistence.waiting_records import WAITING_NAME, read_waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator
    from pathlib import Path

__all__ = ["Finding", "verify"]

_ROUNDING = 1 / SECOND
_LOOKS = 6
_BETWEEN_LOOKS = 0.2
_TOGETHER = "guild_id, kind, user_id, game_name, app_id, activity_type, started_at, ended_at"
"""The records of one person with one thing, in order."""

_ENDED = attrgetter("ended_at", "id")


class Finding(NamedTuple):
    """Something that is wrong: the file, and one sentence."""

    where: str
    sentence: str


class _Overlaps:
    """Live sessions that began before a record of the same person and thing had ended.

    Attributes:
        last: of such a session, by its id, the record that ended last.
    """

    def __init__(self, live: Iterable[AnySession]) -> None:
        """Look for the records that overlap these sessions."""
        self.last: dict[str, Record] = {}
        self._live: dict[Hashable, list[AnySession]] = {}
        for session in live:
            self._live.setdefault(_subject_of(session), []).append(session)

    def take_in(self, record: Record) -> None:
        """Keep the record for the sessions that it overlaps."""
        for session in self._live.get(_subject(record), ()):
            if record.ended_at > session.started_at:
                last = self.last.get(session.id, record)
                self.last[session.id] = max(last, record, key=_ENDED)


def verify(folder: Path, *, pause: Callable[[float], None] = time.sleep) -> list[Finding]:
    """Return what is wrong with a DATA_DIR; nothing, if all is well.

    Args:
        folder: DATA_DIR.
        pause: how to wait, in seconds, for an owner that is between its ledger row and its
            snapshot.

    Raises:
        DataDirError: there is no such folder.
        NewerSchemaError: a newer version wrote it.
    """
    require_folder(folder)
    findings: list[Finding] = []
    findings += _ledger_findings(folder, pause)  # first: what waits may wait for that
    findings += _snapshot_findings(folder)
    findings += _heartbeat_findings(folder)
    findings += _waiting_findings(folder)
    findings += _opt_out_findings(folder)
    return findings


def _opt_out_findings(folder: Path) -> Iterator[Finding]:
    try:
        OptOuts(folder)
    except UnreadableError as error:
        path = error.path
        yield Finding(path.name, str(error) if may_be_read(path) else not_allowed(path))


def _ledger_findings(folder: Path, pause: Callable[[float], None]) -> Iterator[Finding]:
    ledger = LedgerReader(folder)
    if _is_read_only(ledger.path):
        yield Finding(
            ledger.path.name,
            f"{ledger.path} may not be written by this user, although its folder may: make it "
            "writable, else whatever ends waits beside it.",
        )
    try:
        damage = list(_damage(ledger))
        yield from damage
        if not damage:
            overlaps = _Overlaps(_live_in(folder))
            yield from _record_findings(ledger, overlaps)
            yield from _twice(folder, ledger, pause)
            yield from _live_overlaps(folder, ledger, overlaps)
    except LedgerError as error:
        yield Finding(ledger.path.name, str(error))


def _is_read_only(path: Path) -> bool:
    """Return whether a file may not be written by somebody who may write to its folder."""
    in_folder = os.access(path.parent, os.W_OK | os.X_OK)
    return in_folder and os.path.lexists(path) and not os.access(path, os.W_OK)


def _snapshot_findings(folder: Path) -> Iterator[Finding]:
    snapshot = folder / SNAPSHOT_NAME
    found = find_snapshot(OsDisk(), snapshot, None)
    if found.is_missing:
        yield _missing(snapshot, is_made_up_for=found.used_previous)
    for error in found.unreadable:
        yield Finding(error.path.name, _what_helps(error, found, snapshot))
    damaged = list(found.damaged)
    if found.reading is not None:
        damaged.append((folder / SNAPSHOT_NAME, found.reading.broken))
    for path, entries in damaged:
        for entry in entries:
            name = f"{entry.section}.{entry.key}"
            yield Finding(path.name, f"{name} cannot be read: {entry.problem}.")


def _what_helps(error: UnreadableError, found: Found, snapshot: Path) -> str:
    """Say why a file cannot be read, what the bot does without it, and what there is to do."""
    if not may_be_read(error.path):
        return not_allowed(error.path)
    if error.path == previous_of(snapshot):
        return (
            f"{error} It was to stand in for {snapshot.name}: what helps there is all there is to "
            "do."
        )
    if error.path == snapshot and found.used_previous:
        return (
            f"{error} {previous_of(snapshot).name} is good: the bot uses it when it starts, and "
            "keeps what cannot be read aside; nothing need be done."
        )
    if error.path != snapshot and found.reading is not None:
        return (
            f"{error} The bot keeps it aside when it starts, and goes on without what it told; "
            "nothing need be done."
        )
    if error.path == snapshot and found.reading is None:
        return (
            f"{error} There is no other to use: put a backup back with latido restore BACKUP "
            "--replace, or the bot starts without these sessions."
        )
    return str(error)


def _missing(snapshot: Path, *, is_made_up_for: bool) -> Finding:
    """Say that the snapshot is lost, and what the bot does without it."""
    previous = previous_of(snapshot).name
    sentence = f"{snapshot} is not there, although {previous} is: it has been taken away."
    if is_made_up_for:
        sentence += (
            f" {previous} is good: the bot uses it when it starts; nothing need be done, if those "
            "sessions are to go on."
        )
    else:
        sentence += (
            " There is no other to use: put a backup back with latido restore BACKUP --replace, or "
            "the bot starts without these sessions."
        )
    return Finding(snapshot.name, sentence)


def _heartbeat_findings(folder: Path) -> Iterator[Finding]:
    path = folder / HEARTBEAT_NAME
    try:
        read_heartbeat(OsDisk(), path)
    except UnreadableError as error:
        if not may_be_read(path):
            yield Finding(path.name, not_allowed(path))
            return
        yield Finding(
            path.name,
            f"{error} The bot keeps it aside when it starts, goes by what {SNAPSHOT_NAME} says of "
            "until when each server was watched, and writes it anew; nothing need be done.",
        )


def _waiting_findings(folder: Path) -> Iterator[Finding]:
    path = folder / WAITING_NAME
    try:
        reading = read_waiting(OsDisk(), path)
    except UnreadableError as error:
        helps = f"{error} The bot keeps it aside when it starts, and goes on without what it told."
        yield Finding(path.name, helps if may_be_read(path) else not_allowed(path))
        return
    for entry in reading.broken:
        yield Finding(path.name, f"{entry.section} {entry.key} cannot be read: {entry.problem}.")
    if reading.records:
        wait, them = (
            ("session waits", "it") if len(reading.records) == 1 else ("sessions wait", "them")
        )
        yield Finding(
            path.name,
            f"{len(reading.records)} ended {wait} here, for {LEDGER_NAME} has refused to take "
            f"{them}: what the bot's log says of it helps. It tries again every few seconds, and "
            "when it starts; nothing is lost.",
        )


def _damage(ledger: LedgerReader) -> Iterator[Finding]:
    with ledger.connection() as connection:
        if connection is None:
            return
        problems = damage_found(connection.execute("PRAGMA integrity_check"))
    if problems:
        yield Finding(
            ledger.path.name,
            f"SQLite finds it damaged ({len(problems)} of its findings, the first: {problems[0]}): "
            f"commands leave records out, or refuse to read it; {WHAT_HELPS}.",
        )


def _records(ledger: LedgerReader) -> Iterator[tuple[str, Record | UnreadableRecord]]:
    with ledger.connection() as connection:
        if connection is not None:
            yield from records_in(connection, _TOGETHER)


def _record_findings(ledger: LedgerReader, overlaps: _Overlaps) -> Iterator[Finding]:
    before: Record | None = None
    unreadable: list[UnreadableRecord] = []
    known = 0
    for record_id, record in _records(ledger):
        known += 1
        if isinstance(record, UnreadableRecord):
            unreadable.append(record)
            continue
        overlaps.take_in(record)
        for problem in _problems(record):
            yield Finding(ledger.path.name, f"Record {record_id} {problem}.")
        if before is not None and _subject(before) == _subject(record):
            if record.started_at < before.ended_at:
                yield Finding(
                    ledger.path.name,
                    f"Records {before.id} and {record_id} of {_name(record)} overlap by "
                    f"{(min(before.ended_at, record.ended_at) - record.started_at) / SECOND} s.",
                )
            if record.ended_at < before.ended_at:
                continue
        before = record
    for number, broken in enumerate(unreadable, start=1):
        sentence = f"Record {broken.id} cannot be read: {broken.problem}."
        if number == len(unreadable):
            sentence += f" {_how_to_lose_least(number, known)}"
        yield Finding(ledger.path.name, sentence)


def _how_to_lose_least(unreadable: int, known: int) -> str:
    """Say what to do where some of the records cannot be read, and the ledger otherwise can."""
    it, places = ("it", "its place") if unreadable == 1 else ("them", "their places")
    return (
        f"That is {unreadable} of {known} {'record' if known == 1 else 'records'}: the "
        f"bot goes on, and commands pass over {it}. A backup from before may have {it} whole: "
        "latido restore BACKUP --data-dir old, latido export --output old.jsonl --data-dir old, "
        f"and with the bot stopped latido import old.jsonl, which puts {it} in {places}. Without "
        "one nothing need be done."
    )


def _problems(record: Record) -> Iterator[str]:
    """Yield what is wrong with one record by itself."""
    elapsed = (record.ended_at - record.started_at) / SECOND
    if elapsed < 0:
        yield "ends before it starts"
        return
    if record.seconds < 0 or (record.uncertain_seconds or 0) < 0:
        yield "has less than no time"
    if record.seconds > elapsed + _ROUNDING:
        yield f"counts {record.seconds} s of {elapsed} s"
    sums = Timeline(
        record.started_at, record.ended_at, list(record.stretches), record.unbounded
    ).account()
    if not _same(record.seconds, sums.seconds):
        yield f"counts {record.seconds} s and its timeline {sums.seconds} s"
    if not _same(record.uncertain_seconds, sums.uncertain_seconds):
        yield (
            f"is uncertain by {record.uncertain_seconds} s and its timeline by "
            f"{sums.uncertain_seconds} s"
        )


def _twice(folder: Path, ledger: LedgerReader, pause: Callable[[float], None]) -> Iterator[Finding]:
    both = _in_both(folder, ledger)
    for _look in range(_LOOKS):
        if not both:
            return
        pause(_BETWEEN_LOOKS)
        both &= _in_both(folder, ledger)
    for session_id in sorted(both):
        yield Finding(
            SNAPSHOT_NAME,
            f"Session {session_id} is live here and ended in {ledger.path.name}: "
            "the next start of the bot leaves it out.",
        )


def _in_both(folder: Path, ledger: LedgerReader) -> set[str]:
    return ledger.contains([session.id for session in _live_in(folder)])


def _live_overlaps(folder: Path, ledger: LedgerReader, overlaps: _Overlaps) -> Iterator[Finding]:
    if not overlaps.last:
        return
    # Beside the bot a session may have ended meanwhile, and the next of that person as well;
    # what has ended is among its own overlaps, too.
    still_live = [session for session in _live_in(folder) if session.id in overlaps.last]
    ended = ledger.contains([session.id for session in still_live])
    for session in still_live:
        if session.id in ended:
            continue
        record = overlaps.last[session.id]
        yield Finding(
            SNAPSHOT_NAME,
            f"Session {session.id} of {_name(record)} began "
            f"{(record.ended_at - session.started_at) / SECOND} s before record {record.id} ended.",
        )


def _live_in(folder: Path) -> list[AnySession]:
    reading = find_snapshot(OsDisk(), folder / SNAPSHOT_NAME, None).reading
    return [] if reading is None else reading.state.sessions


def _same(said: float | None, follows: float | None) -> bool:
    if said is None or follows is None:
        return said is follows
    return abs(said - follows) <= _ROUNDING


def _subject(record: Record) -> Hashable:
    """Return what there is at most one session of at a time."""
    game = (record.game_name, record.app_id, record.activity_type)
    return (record.guild_id, record.kind, record.user_id, *game)


def _subject_of(session: AnySession) -> Hashable:
    """Return what :func:`_subject` returns for the record that this session becomes."""
    if isinstance(session, VoiceSession):
        return (session.guild_id, "voice", session.user_id, None, None, None)
    user_id = session.user_id if isinstance(session, GameSession) else None
    activity = session.activity_type if isinstance(session, GameSession) else None
    return (
        session.guild_id,
        session.kind,
        user_id,
        session.game_name,
        session.app_id,
        activity,
    )


def _name(record: Record) -> str:
    if record.kind == "party":
        return f"party {record.game_name} in guild {record.guild_id}"
    return f"person {record.user_id} ({record.kind}) in guild {record.guild_id}"
