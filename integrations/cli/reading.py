"""Reading the live sessions of a data folder, for whoever asks on the command line."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from integrations.words.catalogue import say
from persistence import read_live

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from integrations.words.wording import Language
    from persistence import Restored, StorageWarning

__all__ = ["live_in", "warn"]


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
