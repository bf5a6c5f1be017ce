"""Reading the snapshot, in whichever schema it is, with the file before it to fall back on.

Nothing here changes a file: the owner of DATA_DIR and whoever merely looks read alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from machines import Cooldown, GuildWatch, Kind, LiveState
from persistence.atomic_file import previous_of
from persistence.errors import NewerSchemaError, UnreadableError, reason_of
from persistence.iso_time import from_text
from persistence.proposal_format import looks_like_proposal, read_proposal
from persistence.reading import BrokenEntry, Reading, problem_of
from persistence.snapshot_entries import SCHEMA, Document
from persistence.snapshot_format import cooldown_from, session_from, watch_from

if TYPE_CHECKING:
    from datetime import tzinfo
    from pathlib import Path

    from machines import AnySession
    from persistence.disk import Disk

__all__ = ["SNAPSHOT_NAME", "Found", "find_snapshot", "read_snapshot"]

SNAPSHOT_NAME = "active_sessions.json"


class Found(NamedTuple):
    """What the snapshot says, or the one before it where the snapshot cannot be read.

    Attributes:
        reading: what was read; None where there was no file, or none that can be read.
        unreadable: the files that cannot be read.
        used_previous: the reading is that of the file before the last one.
    """

    reading: Reading | None
    unreadable: list[UnreadableError]
    used_previous: bool


class _Header(msgspec.Struct):
    schema: int | None = None


def find_snapshot(disk: Disk, path: Path, zone: tzinfo | None) -> Found:
    """Read the snapshot; where it cannot be read, the one before it.

    Raises:
        NewerSchemaError: a newer version wrote it.
    """
    unreadable: list[UnreadableError] = []
    for candidate in (path, previous_of(path)):
        if not disk.exists(candidate):
            if candidate == path:
                break
            continue
        try:
            reading = read_snapshot(disk, candidate, zone)
        except UnreadableError as error:
            unreadable.append(error)
            continue
        if reading.broken and candidate == path:
            reading = _mend(disk, path, reading, zone)
        return Found(reading, unreadable, used_previous=candidate != path)
    return Found(None, unreadable, used_previous=False)


def read_snapshot(disk: Disk, path: Path, zone: tzinfo | None) -> Reading:
    """Read one file of live sessions, in the proposal's format or in ours.

    Raises:
        NewerSchemaError: a newer version wrote it.
        UnreadableError: it is missing, or not such a file.
    """
    try:
        data = disk.read(path)
        modified_at = disk.modified_at(path) // 1000
    except OSError as error:
        raise UnreadableError(path, reason_of(error)) from error
    try:
        schema = msgspec.json.decode(data, type=_Header).schema
        if schema is not None and schema > SCHEMA:
            raise NewerSchemaError(path, schema, SCHEMA)
        if schema == SCHEMA:
            return _read_current(data)
        if schema is None and looks_like_proposal(data):
            return read_proposal(data, modified_at, zone)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(path, problem_of(error)) from error
    raise UnreadableError(path, "it is JSON, but not a snapshot of sessions")


def _read_current(data: bytes) -> Reading:
    document = msgspec.json.decode(data, type=Document)
    state = LiveState(saved_at=from_text(document.last_updated))
    broken: list[BrokenEntry] = []
    sections: tuple[tuple[Kind, str, dict[str, msgspec.Raw]], ...] = (
        ("voice", "voice_sessions", document.voice_sessions),
        ("game", "game_sessions", document.game_sessions),
        ("party", "party_sessions", document.party_sessions),
    )
    for kind, section, entries in sections:
        for key, raw in entries.items():
            session = _attempt(kind, section, key, raw, broken)
            if session is not None:
                state.sessions.append(session)
    state.guilds = _read_guilds(document, broken)
    state.cooldowns = _read_cooldowns(document, broken)
    return Reading(state, broken, document.schema)


def _attempt(
    kind: Kind, section: str, key: str, raw: msgspec.Raw, broken: list[BrokenEntry]
) -> AnySession | None:
    try:
        return session_from(kind, key, raw)
    except (ValueError, RecursionError) as error:
        broken.append(BrokenEntry(section, key, problem_of(error)))
        return None


def _read_guilds(document: Document, broken: list[BrokenEntry]) -> list[GuildWatch]:
    guilds: list[GuildWatch] = []
    for key, raw in document.guilds.items():
        try:
            guilds.append(watch_from(key, raw))
        except (ValueError, RecursionError) as error:
            broken.append(BrokenEntry("guilds", key, problem_of(error)))
    return guilds


def _read_cooldowns(document: Document, broken: list[BrokenEntry]) -> list[Cooldown]:
    cooldowns: list[Cooldown] = []
    for index, raw in enumerate(document.cooldowns):
        try:
            cooldowns.append(cooldown_from(raw))
        except (ValueError, RecursionError) as error:
            broken.append(BrokenEntry("cooldowns", str(index), problem_of(error)))
    return cooldowns


def _mend(disk: Disk, path: Path, reading: Reading, zone: tzinfo | None) -> Reading:
    """Take the sessions whose entries are broken from the file before, where it has them."""
    try:
        before = read_snapshot(disk, previous_of(path), zone)
    except (UnreadableError, NewerSchemaError):
        return reading
    lost = {entry.key for entry in reading.broken if entry.section.endswith("_sessions")}
    reading.state.sessions.extend(
        session for session in before.state.sessions if session.id in lost
    )
    return reading
