"""An outage: a time in which nothing can be written, and what the log says of it.

As it begins that is why, and again where that becomes another thing. What memory has no room for
is lost: that is said as soon as it is so, and how much it was as the outage ends.
"""

from __future__ import annotations

import logging
from collections import Counter
from typing import TYPE_CHECKING, Final, Literal

from integrations.keeping.waiting import MOST_WAITING
from integrations.words.catalogue import say
from persistence import (
    LedgerDamagedError,
    LedgerLockedError,
    LedgerWriteError,
    PersistenceError,
)

if TYPE_CHECKING:
    from integrations.keeping.store_figures import StoreFigures
    from integrations.words.wording import Language

__all__ = ["Lost", "Outage", "are_put_by", "failure_of", "unsaved_of"]

Lost = Literal["records", "lines", "events"]

_BEGINS: Final[dict[Lost, str]] = {
    "records": "persist.given_up",
    "lines": "persist.given_up.lines",
    "events": "persist.given_up.events",
}
_ENDS: Final[dict[Lost, str]] = {
    "records": "persist.lost",
    "lines": "persist.lost.lines",
    "events": "persist.lost.events",
}

_HELPED: Final = ((LedgerDamagedError, "damaged"), (LedgerLockedError, "locked"))
"""Failures with which something else helps than with others."""

_log = logging.getLogger("latido.persistence")


class Outage:
    """The one that goes on, or that comes next.

    Attributes:
        is_on: whether the last write failed.
    """

    def __init__(self, language: Language, figures: StoreFigures) -> None:
        """Let all be well; what is lost is counted in ``figures`` as well."""
        self._language: Language = language
        self._figures = figures
        self._told_of = ""
        self._lost: Counter[Lost] = Counter()
        self.is_on = False

    def goes_on(self, error: Exception) -> None:
        """Say why a write has failed, where it is not what was said last.

        Raises:
            Exception: this one, where it is a mistake of ours.
        """
        self.is_on = True
        told, self._told_of = self._told_of, ""
        if not isinstance(error, PersistenceError):
            raise error
        self._told_of = failure_of(error)
        if told != self._told_of:  # another thing helps with another failure
            self._say(self._told_of, error=str(error))

    def loses(self, what: Lost) -> None:
        """Count one for which memory has no room; of the first, say so."""
        if what == "records":
            self._figures.given_up += 1
        else:
            self._figures.untold += 1
        self._lost[what] += 1
        if self._lost[what] == 1:
            self._say(_BEGINS[what], count=MOST_WAITING)

    def is_over(self) -> None:
        """Say that everything is written again, and what was lost before."""
        self.is_on, self._told_of = False, ""
        _log.info("%s", say(self._language, "persist.again"))
        self.sums_up()

    def sums_up(self) -> None:
        """Say what was lost, once."""
        lost, self._lost = self._lost, Counter()
        for what, count in lost.items():
            self._say(_ENDS[what], count=count)

    def _say(self, key: str, **values: str | int) -> None:
        _log.error("%s", say(self._language, key, **values))


def failure_of(error: Exception) -> str:
    """Return the sentence of the catalogue that says what helps with a failure to write."""
    what = next((name for kind, name in _HELPED if isinstance(error, kind)), "failed")
    return f"persist.put_by.{what}" if are_put_by(error) else f"persist.{what}"


def unsaved_of(error: PersistenceError) -> str:
    """Return the sentence that says so where the bot stops with it."""
    return "persist.unsaved.put_by" if are_put_by(error) else "persist.unsaved"


def are_put_by(error: Exception) -> bool:
    """Say whether only the ledger refuses, and a kill does not reach what it has refused."""
    return isinstance(error, LedgerWriteError) and error.are_put_by
