"""The ledger of a folder, for whoever looks in from outside: with what waits beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from persistence.disk import OsDisk
from persistence.errors import UnreadableError
from persistence.ledger_problems import UnreadableRecord
from persistence.ledger_reader import LedgerReader
from persistence.waiting_records import WAITING_NAME, read_waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from machines import Record

__all__ = ["FolderLedger"]


class FolderLedger(LedgerReader):
    """The ledger as it is once it has taken what it has refused: that is over as well."""

    def record(self, session_id: str) -> Record | None:
        """Return the record of one session, which may be waiting; raises as the ledger does."""
        record = super().record(session_id)
        if record is None:
            record = next((each for each in self.waiting() if each.id == session_id), None)
        return record

    def waiting(
        self, passed_over: Callable[[UnreadableRecord], object] | None = None
    ) -> Iterable[Record]:
        """Return the records in the file beside the ledger; what of it cannot be read is told."""
        path = self.path.with_name(WAITING_NAME)
        tell = passed_over or _tell_nobody
        try:
            reading = read_waiting(OsDisk(), path)
        except UnreadableError as error:
            tell(UnreadableRecord(WAITING_NAME, error.problem))
            return ()
        for entry in reading.broken:
            tell(UnreadableRecord(f"{WAITING_NAME}, {entry.section} {entry.key}", entry.problem))
        return reading.records


def _tell_nobody(_record: UnreadableRecord) -> None:
    pass
