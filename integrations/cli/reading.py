"""Reading a data folder for whoever asks on the command line, and saying what cannot be read."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from integrations.words.catalogue import say
from persistence import LedgerReader, read_live
from persistence.storage_warnings import unreadable_records

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from integrations.words.wording import Language
    from machines import Record
    from persistence import HistoryFilter, Restored, StorageWarning
    from persistence.ledger_problems import UnreadableRecord

__all__ = ["CountingReader", "live_in", "tell_what_was_passed_over", "warn"]


class CountingReader(LedgerReader):
    """A ledger to be read that keeps in mind what of it could not be.

    Attributes:
        passed_over: the records that could not be read, by their ids.
    """

    def __init__(self, folder: Path) -> None:
        """Read the ledger of ``folder``, which is DATA_DIR."""
        super().__init__(folder)
        self.passed_over: dict[str, UnreadableRecord] = {}

    def history(
        self,
        wanted: HistoryFilter,
        passed_over: Callable[[UnreadableRecord], object] | None = None,
    ) -> Iterator[Record]:
        """Yield the records that pass, and keep in mind which cannot be read."""

        def count(record: UnreadableRecord) -> None:
            self.passed_over[record.id] = record
            if passed_over is not None:
                passed_over(record)

        yield from super().history(wanted, count)


def live_in(folder: Path, language: Language, *, without_ledger: bool = False) -> Restored:
    """Return the live sessions in a folder; say what of them cannot be read.

    ``without_ledger``: of one that is damaged that is said as well; else it is an error.

    Raises:
        PersistenceError: none of the folder can be read.
    """
    restored = read_live(folder, without_ledger=without_ledger)
    warn(restored.warnings, language)
    return restored


def warn(warnings: Iterable[StorageWarning], language: Language) -> None:
    """Say what cannot be read."""
    for warning in warnings:
        sys.stderr.write(f"latido: {say(language, warning.key, **warning.values)}\n")


def tell_what_was_passed_over(ledger: CountingReader, language: Language) -> None:
    """Say which records could not be read, after all that could.

    Raises:
        typer.Exit: with status 1, if there were any.
    """
    if ledger.passed_over:
        warn([unreadable_records(ledger.path, list(ledger.passed_over.values()))], language)
        raise typer.Exit(1)
