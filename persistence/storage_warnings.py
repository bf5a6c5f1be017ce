"""What the owner of the files should know, in words."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from persistence.protocols import StorageWarning

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from persistence.errors import UnreadableError
    from persistence.exchange import BrokenRow
    from persistence.ledger_problems import UnreadableRecord
    from persistence.reading import BrokenEntry
    from persistence.salvage import Loss

__all__ = [
    "UNREADABLE_RECORDS",
    "broken_entry",
    "broken_row",
    "entry_not_imported",
    "proposal_taken_over",
    "read_only",
    "records_lost",
    "unreadable_file",
    "unreadable_records",
    "used_previous",
]

UNREADABLE_RECORDS: Final = "ledger.unreadable_records"
"""The message of the catalogue with which :func:`unreadable_records` warns."""

_NAMED: Final = 10


def unreadable_file(error: UnreadableError, kept_as: Path | None) -> StorageWarning:
    """Say that a file cannot be read, and where it is kept; None: it was only looked at."""
    values: dict[str, str | int | float] = {"path": str(error.path), "problem": error.problem}
    if kept_as is None:
        return StorageWarning("storage.damaged", str(error), values)
    kept = f"{error} It is kept as {kept_as.name}."
    return StorageWarning("storage.unreadable", kept, values | {"kept_as": kept_as.name})


def used_previous(path: Path, previous: Path, *, is_missing: bool) -> StorageWarning:
    """Say that the file before the last one stands in; ``is_missing``: for one that is gone."""
    what = f"{path.name}, which is not there" if is_missing else path.name
    return StorageWarning(
        "storage.missing" if is_missing else "storage.previous",
        f"{previous.name} stands in for {what}: sessions are as they were one write earlier.",
        {"path": str(path), "used": previous.name},
    )


def broken_entry(path: Path, entry: BrokenEntry, kept_as: Path | None) -> StorageWarning:
    """Say that one entry cannot be read, and where the file is kept; None: as above."""
    name = f"{entry.section}.{entry.key}"
    text = f"{path}: {name} cannot be read: {entry.problem}."
    values: dict[str, str | int | float] = {
        "path": str(path),
        "entry": name,
        "problem": entry.problem,
    }
    if kept_as is None:
        return StorageWarning("storage.damaged_entry", text, values)
    kept = f"{text} The file is kept as {kept_as.name}."
    return StorageWarning("storage.entry", kept, values | {"kept_as": kept_as.name})


def proposal_taken_over(path: Path, sessions: int, kept_as: Path) -> StorageWarning:
    """Say that a file in the proposal's format was taken over, and where it is kept."""
    return StorageWarning(
        "storage.proposal",
        f"{path} was in the proposal's format: {sessions} sessions taken over; "
        f"the file is kept as {kept_as.name}.",
        {"path": str(path), "sessions": sessions, "kept_as": kept_as.name},
    )


def broken_row(path: Path, row: BrokenRow, *, counts_lines: bool) -> StorageWarning:
    """Say that one row of an export cannot be read, by its line or, without lines, its number."""
    where = "line" if counts_lines else "row"
    return StorageWarning(
        f"import.broken_{where}",
        f"{path}: {where} {row.line} cannot be read: {row.problem}.",
        {"path": str(path), "line": row.line, "problem": row.problem},
    )


def entry_not_imported(path: Path, entry: BrokenEntry) -> StorageWarning:
    """Say that one live session of a file that is imported cannot be read."""
    name = f"{entry.section}.{entry.key}"
    return StorageWarning(
        "import.broken_entry",
        f"{path}: {name} cannot be read: {entry.problem}.",
        {"path": str(path), "entry": name, "problem": entry.problem},
    )


def unreadable_records(path: Path, broken: Sequence[UnreadableRecord]) -> StorageWarning:
    """Say how many records of a ledger cannot be read, and which: of very many the first."""
    more = f" (+{len(broken) - _NAMED})" if len(broken) > _NAMED else ""
    ids = ", ".join(each.id for each in islice(broken, _NAMED)) + more
    problem = broken[0].problem
    are = "record" if len(broken) == 1 else "records"
    return StorageWarning(
        UNREADABLE_RECORDS,
        f"{path}: {len(broken)} {are} cannot be read ({ids}; {problem}).",
        {"path": str(path), "count": len(broken), "ids": ids, "problem": problem},
    )


def read_only(ledger: Path) -> StorageWarning:
    """Say that a ledger may not be written."""
    text = f"{ledger} may not be written: make it writable; what ends waits beside it meanwhile."
    return StorageWarning("ledger.read_only", text, {"path": str(ledger)})


def records_lost(path: Path, loss: Loss) -> StorageWarning:
    """Say how many records lie in pages of a ledger that are damaged."""
    if not loss.is_any:
        key, what = "ledger.none_lost", "all records can be read all the same"
    elif not loss.records:
        key, what = "ledger.lost_some", "how many records cannot be read is not known"
    else:
        key = "ledger.lost" if loss.is_all else "ledger.lost_at_least"
        records = "1 record" if loss.records == 1 else f"{loss.records} records"
        what = f"{'' if loss.is_all else 'at least '}{records} cannot be read"
    problem = loss.damage.problem
    return StorageWarning(
        key,
        f"{path} is damaged ({problem}): {what}.",
        {"path": str(path), "count": loss.records, "problem": problem},
    )
