"""Reading a data folder for whoever asks on the command line, and saying what cannot be read."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from integrations.words.catalogue import say
from persistence import FolderLedger, read_live
from persistence.salvage import salvaged
from persistence.storage_warnings import records_lost, unreadable_records

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from integrations.words.wording import Language
    from machines import Record
    from persistence import HistoryFilter, Restored, StorageWarning
    from persistence.agreement import EndsSince
    from persistence.ledger_problems import UnreadableRecord
    from persistence.salvage import Loss

__all__ = ["CountingReader", "live_in", "tell_what_was_passed_over", "warn"]


class CountingReader(FolderLedger):
    """A ledger to be read that keeps in mind what of it could not be.

    Attributes:
        passed_over: the records that could not be read, by their ids.
        loss: what lies in damaged pages, once :meth:`salvaged` has met any.
    """

    def __init__(self, folder: Path) -> None:
        """Read the ledger of ``folder``, which is DATA_DIR."""
        super().__init__(folder)
        self.passed_over: dict[str, UnreadableRecord] = {}
        self.loss: Loss | None = None

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

    def salvaged(self, wanted: HistoryFilter) -> Iterator[Record]:
        """Yield what :func:`persistence.salvage.salvaged` does, and keep in mind what is lost."""

        def lose(loss: Loss) -> None:
            self.loss = loss

        def count(record: UnreadableRecord) -> None:
            self.passed_over[record.id] = record

        yield from salvaged(self, wanted, count, lose)


def live_in(
    folder: Path,
    language: Language,
    *,
    without_ledger: bool = False,
    ends_since: EndsSince | None = None,
) -> Restored:
    """Return the live sessions in a folder; say what of them cannot be read.

    ``without_ledger``: of one that is damaged that is said as well; else it is an error.
    ``ends_since``: what a start asks the ledger for besides, see :func:`persistence.read_live`.

    Raises:
        PersistenceError: none of the folder can be read.
    """
    restored = read_live(folder, without_ledger=without_ledger, ends_since=ends_since)
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
    warnings = []
    if ledger.passed_over:
        warnings.append(unreadable_records(ledger.path, list(ledger.passed_over.values())))
    if ledger.loss is not None:
        warnings.append(records_lost(ledger.path, ledger.loss))
    warn(warnings, language)
    if ledger.passed_over or (ledger.loss is not None and ledger.loss.is_any):
        raise typer.Exit(1)
