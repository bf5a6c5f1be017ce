"""Forgetting a person: wherever DATA_DIR holds something of them.

The ledger and the live sessions lose the person alone. Backups in DATA_DIR are unpacked,
forgotten in, and packed again. What was set aside because it could not be read cannot be
changed either: a file there that holds the person's id or a name of theirs is removed.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from machines import AnySession, PartySession
from persistence.atomic_file import traces_of
from persistence.backup import BackupError, back_up, restore_backup
from persistence.data_dir import DataDir
from persistence.errors import (
    LedgerDamagedError,
    LedgerError,
    LedgerWriteError,
    PersistenceError,
)
from persistence.heartbeat import HEARTBEAT_NAME
from persistence.leaving_out import leave_out
from persistence.ledger_parts import parts_of
from persistence.ledger_problems import damage_told_by
from persistence.ledger_reader import LEDGER_NAME
from persistence.marks import marks_of
from persistence.opt_outs import OPT_OUTS_NAME
from persistence.owner import LOCK_NAME
from persistence.snapshot_file import SNAPSHOT_NAME, journal_of
from persistence.waiting_records import WAITING_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from persistence.marks import Marks
    from persistence.protocols import StorageWarning

__all__ = ["Forgetting", "forget", "forget_in_copies"]


class Forgetting(NamedTuple):
    """What was done to forget a person.

    Attributes:
        records: ended sessions that were removed.
        parties: ended and live parties that they are no longer named in.
        sessions: live sessions that were removed.
        cleaned: copies that were written anew without them.
        removed: copies that were removed, for nothing can be left out of them.
        warnings: what of the live sessions cannot be read.
    """

    records: int
    parties: int
    sessions: int
    cleaned: list[str]
    removed: list[str]
    warnings: tuple[StorageWarning, ...] = ()


def forget(data_dir: DataDir, user_id: int) -> Forgetting:
    """Remove a person from a folder whose bot is not running; they count from now on.

    Raises:
        PersistenceError: something could not be removed; call again.
    """
    return _forget(data_dir, user_id, in_use=True)


def _forget(data_dir: DataDir, user_id: int, *, in_use: bool) -> Forgetting:
    """Do so; of a copy, that is not ``in_use``, nobody counts anything."""
    restored = data_dir.restore()
    if data_dir.waiting.is_there:
        raise LedgerWriteError(
            f"{data_dir.path / WAITING_NAME} holds what {LEDGER_NAME} refuses, and nobody can be "
            "left out of it there: free space, repair access, or see latido verify, and try again."
        ) from data_dir.refusal
    if in_use:
        data_dir.opt_outs.count_from(user_id)  # once anything is removed, nothing else would say so
    names = data_dir.ledger.names_of(user_id)
    names |= {name for name in _names_in(restored.state.sessions, user_id) if name}
    forgotten = data_dir.ledger.forget(user_id)
    left_out = leave_out(restored.state, user_id)
    data_dir.live.replace(restored.state)
    data_dir.live.scrub_now()
    cleaned, removed = forget_in_copies(data_dir.path, user_id, names)
    parties = forgotten.parties + left_out.parties
    warnings = tuple(restored.warnings)
    return Forgetting(forgotten.records, parties, left_out.sessions, cleaned, removed, warnings)


def forget_in_copies(folder: Path, user_id: int, names: set[str]) -> tuple[list[str], list[str]]:
    """Forget a person in what lies in DATA_DIR besides the files in use.

    Returns:
        The copies written anew, and those removed.

    Raises:
        PersistenceError: something could not be removed; call again.
    """
    cleaned: list[str] = []
    removed: list[str] = []
    marks = marks_of(user_id, names)
    try:
        for path in sorted(_copies_in(folder)):
            if path.is_dir() and not path.is_symlink():
                _forget_in_folder(path, user_id, names, cleaned, removed)
            elif path.is_file() and not path.is_symlink() and marks.are_in_file(path):
                if _clean_backup(path, user_id):
                    cleaned.append(path.name)
                else:
                    path.unlink()
                    removed.append(path.name)
    except OSError as error:
        raise PersistenceError(
            f"{folder} cannot be cleared of a person ({error}): repair access to it and try again."
        ) from error
    return cleaned, removed


def _forget_in_folder(
    path: Path, user_id: int, names: set[str], cleaned: list[str], removed: list[str]
) -> None:
    if any((path / name).is_file() for name in (LEDGER_NAME, SNAPSHOT_NAME, WAITING_NAME)):
        with DataDir(path) as copy:
            told = _forget_unless_damaged(copy, user_id)
            held = copy.opt_outs.forget(user_id)
        if told is None:
            removed += _remove_what_holds(path, marks_of(user_id, names))
        elif told.records or told.parties or told.sessions or held:
            cleaned.append(path.name)
    else:
        told_cleaned, told_removed = forget_in_copies(path, user_id, names)
        cleaned += [f"{path.name}/{name}" for name in told_cleaned]
        removed += [f"{path.name}/{name}" for name in told_removed]


def _forget_unless_damaged(copy: DataDir, user_id: int) -> Forgetting | None:
    """Forget a person in a copy; None where its ledger is damaged, and cannot be changed."""
    try:
        return _forget(copy, user_id, in_use=False)
    except LedgerError as error:
        refuses_for_damage = isinstance(error.__cause__, LedgerDamagedError)
        if damage_told_by(error, copy.ledger.path) is None and not refuses_for_damage:
            raise
        return None


def _remove_what_holds(folder: Path, marks: Marks) -> Iterator[str]:
    """Remove the files of a copy that hold a person, the ledger with what SQLite keeps beside it.

    Yields:
        What they were called.
    """
    ledger = parts_of(folder / LEDGER_NAME)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and marks.are_in_file(path):
            for part in ledger if path in ledger else (path,):
                part.unlink(missing_ok=True)
            yield f"{folder.name}/{path.relative_to(folder)}"


def _clean_backup(file: Path, user_id: int) -> bool:
    """Write a backup anew without a person; say if it is a backup."""
    with tempfile.TemporaryDirectory(prefix=".forget-", dir=file.parent) as name:
        folder = Path(name) / "data"
        try:
            restore_backup(folder, file)
        except (BackupError, PersistenceError):
            return False
        with DataDir(folder) as copy:
            _forget(copy, user_id, in_use=False)
            copy.opt_outs.forget(user_id)
        fresh = Path(name) / "fresh"
        back_up(folder, fresh)
        fresh.replace(file)
    return True


def _copies_in(folder: Path) -> Iterator[Path]:
    """Yield what lies in a DATA_DIR and is not in use."""
    snapshot = folder / SNAPSHOT_NAME
    in_use = {
        snapshot,
        journal_of(snapshot),
        *parts_of(folder / LEDGER_NAME),
        *(folder / name for name in (HEARTBEAT_NAME, OPT_OUTS_NAME, WAITING_NAME, LOCK_NAME)),
    }
    if snapshot.exists():
        in_use.update(traces_of(snapshot))  # scrubbed before: what is there was written since
    return (path for path in folder.iterdir() if path not in in_use)


def _names_in(sessions: list[AnySession], user_id: int) -> Iterator[str]:
    for session in sessions:
        if isinstance(session, PartySession):
            yield from (each.username for each in session.players if each.user_id == user_id)
        elif session.user_id == user_id:
            yield session.username
