"""A batch: what a thread writes in one go, in the order that loses nothing and doubles nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from integrations.keeping.untold import Untold
from machines import Record
from persistence import LedgerWriteError

if TYPE_CHECKING:
    from integrations.keeping.records import Records
    from persistence import LiveStore

__all__ = ["Batch"]


class Batch(msgspec.Struct, eq=False):
    """Whatever has changed in the snapshot by the time it is written, and what goes with it.

    Attributes:
        records: of what is over.
        untold: what is told once all of it is durable.
        are_durable: the records are, in the ledger or beside it.
        refused: why they are not in the ledger.
        is_durable: all of it is, the records in the ledger.
        is_waited_for: whether anything follows from its being written.
    """

    records: tuple[Record, ...]
    untold: Untold
    are_durable: bool = False
    refused: LedgerWriteError | None = None
    is_durable: bool = False
    is_waited_for: bool = False

    def __post_init__(self) -> None:
        """Say so now: of lines that are written nothing is left to tell by."""
        self.is_waited_for = bool(self.records or self.untold)

    def write(self, records: Records, live: LiveStore) -> None:
        """Make it durable: first the rows, then the snapshot that holds those sessions no longer.

        Raises:
            PersistenceError: it could not be written; both stores keep it for the next try. Where
                the ledger alone refuses, all is durable and nobody is to hear of it yet.
        """
        if self.records:
            self.refused = records.write_now(self.records)
            self.are_durable = True
        live.flush_now()
        if self.refused is not None:
            raise self.refused
        self.is_durable = True
