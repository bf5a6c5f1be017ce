"""What the shell offers when a value is begun: kinds, formats, and names from the ledger.

``latido --install-completion`` teaches the shell to ask. A ledger that cannot be read offers
nothing; the command itself says why.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, get_args

from integrations.launch import data_dir_of
from integrations.statistics.period import Period
from integrations.words.wording import Language
from machines import KINDS
from persistence import FORMATS, FolderLedger, HistoryFilter, PersistenceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from machines import Record

__all__ = ["drawings", "formats", "guilds", "kinds", "languages", "people", "periods"]

_READ = 5_000
"""So many of the latest records are looked at: the shell waits."""


def kinds(incomplete: str) -> list[str]:
    """Return the kinds of session."""
    return _beginning(incomplete, KINDS)


def drawings(incomplete: str) -> list[str]:
    """Return how a machine can be drawn."""
    return _beginning(incomplete, ("mermaid", "dot", "svg"))


def formats(incomplete: str) -> list[str]:
    """Return how sessions can be written to a file."""
    return _beginning(incomplete, FORMATS)


def languages(incomplete: str) -> list[str]:
    """Return the languages spoken."""
    return _beginning(incomplete, get_args(Language))


def periods(incomplete: str) -> list[str]:
    """Return the periods of a report."""
    return _beginning(incomplete, get_args(Period))


def people(incomplete: str) -> list[tuple[str, str]]:
    """Return names in the ledger, each with its id."""
    found: dict[str, str] = {}
    for record in _latest():
        if record.username is not None and record.user_id is not None:
            found.setdefault(record.username, str(record.user_id))
        for player in record.players:
            found.setdefault(player.username, str(player.user_id))
    wanted = incomplete.casefold()
    return [(name, one) for name, one in found.items() if name.casefold().startswith(wanted)]


def guilds(incomplete: str) -> list[str]:
    """Return the ids of guilds in the ledger."""
    return _beginning(incomplete, dict.fromkeys(str(record.guild_id) for record in _latest()))


def _beginning(incomplete: str, words: Iterable[str]) -> list[str]:
    return [word for word in words if word.startswith(incomplete.lower())]


def _latest() -> Iterator[Record]:
    ledger = FolderLedger(data_dir_of(os.environ))
    try:
        yield from ledger.history(HistoryFilter(newest_first=True, limit=_READ))
    except PersistenceError:
        return
