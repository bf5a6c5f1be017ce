"""A batch: what a thread writes in one go, in the order that loses nothing and doubles nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from integrations.keeping.waiting import Waiting
from machines import BotEvent, Record, SavedLine

if TYPE_CHECKING:
    from collections.abc import Callable

    from persistence import Ledger, LiveStore

__all__ = ["Batch"]


class Batch(msgspec.Struct, eq=False):
    """Whatever has changed in the snapshot by the time it is written, and what goes with it.

    Attributes:
        records: of what is over.
        lines: what is written in the log once all of it is durable.
        events: what is told then.
        are_in_ledger: the records are durable.
        is_durable: all of it is.
        is_waited_for: whether anything follows from its being written.
    """

    records: tuple[Record, ...]
    lines: Waiting[SavedLine]
    events: Waiting[BotEvent]
    are_in_ledger: bool = False
    is_durable: bool = False
    is_waited_for: bool = False

    def __post_init__(self) -> None:
        """Say so now: of lines that are written nothing is left to tell by."""
        self.is_waited_for = bool(self.records or self.lines or self.events)

    def write(self, ledger: Ledger, live: LiveStore) -> None:
        """Make it durable: first the rows, then the snapshot that holds those sessions no longer.

        Raises:
            PersistenceError: it could not be written; both stores keep it for the next try.
        """
        if self.records:
            ledger.append_now(self.records)
            self.are_in_ledger = True
            for record in self.records:
                live.discard(record.id)
        live.flush_now()
        self.is_durable = True

    def say(self, write_line: Callable[[SavedLine], None]) -> None:
        """Write its lines, now that all of it is durable."""
        for line in self.lines.drain():
            write_line(line)
