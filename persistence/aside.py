"""Aside: where what cannot be read of the live sessions is kept, byte for byte, and said.

The next write would lose it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from persistence.atomic_file import keep_aside, previous_of, put_aside
from persistence.errors import SnapshotError, reason_of
from persistence.snapshot_file import journal_of
from persistence.storage_warnings import (
    broken_entry,
    proposal_taken_over,
    unreadable_file,
    used_previous,
)

if TYPE_CHECKING:
    from pathlib import Path

    from persistence.disk import Disk
    from persistence.errors import UnreadableError
    from persistence.iso_time import Clock
    from persistence.protocols import StorageWarning
    from persistence.snapshot_file import Found

__all__ = ["Aside"]


class Aside:
    """Keeps files beside the snapshot, under names that tell why and when."""

    def __init__(self, path: Path, disk: Disk, now: Clock) -> None:
        """Keep what belongs to the snapshot at ``path``; ``now`` gives the names their time."""
        self._path = path
        self._disk = disk
        self._now = now

    def unreadable(self, error: UnreadableError) -> StorageWarning:
        """Keep a file that cannot be read, and say so.

        Raises:
            SnapshotError: it cannot be kept.
        """
        return unreadable_file(error, self._keep(error.path, "unreadable"))

    def account_for(self, found: Found) -> list[StorageWarning]:
        """Keep all that was found and that the next write would lose, and say so.

        Raises:
            SnapshotError: something cannot be kept.
        """
        warnings = [self.unreadable(error) for error in found.unreadable]
        for journal, broken in found.damaged:
            kept_as = self._keep(journal, "unreadable")
            warnings += [broken_entry(journal, entry, kept_as) for entry in broken]
        reading = found.reading
        if reading is None:
            return warnings
        path = previous_of(self._path) if found.used_previous else self._path
        if found.used_previous:
            warnings.append(used_previous(self._path, path, is_missing=found.is_missing))
        if reading.broken:
            kept_as = self._keep(path, "unreadable")
            warnings += [broken_entry(path, entry, kept_as) for entry in reading.broken]
        if reading.schema == 0:
            kept_as = self._keep(path, "proposal")
            warnings.append(proposal_taken_over(path, len(reading.state.sessions), kept_as))
        return warnings

    def _keep(self, path: Path, label: str) -> Path:
        keep = put_aside if path.name.startswith(journal_of(self._path).name) else keep_aside
        try:
            return keep(self._disk, path, label, self._now())
        except OSError as error:
            raise SnapshotError(
                f"{path} cannot be used and not be set aside either ({reason_of(error)}): "
                "move it out of DATA_DIR yourself."
            ) from error
