"""The history of the health checks, as far back as the inspector remembers."""

from __future__ import annotations

from collections import Counter, deque
from typing import TYPE_CHECKING

import msgspec

from integrations.inspector.rows import Milliseconds, milliseconds
from machines import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from integrations.evidence.check_figures import CheckFigures
    from machines import Instant

__all__ = ["CheckRow", "Checks"]

KEPT = 500
"""Checks that are remembered: three and a half days of them, every ten minutes."""


class CheckRow(msgspec.Struct, kw_only=True, frozen=True):
    """One check that has come to its end.

    Attributes:
        number: which one it was since the bot was started.
        at: when it ended.
        seconds: how long it took.
        lag: how much later than planned it began, in seconds.
        tracked: the sessions that were live when it began, by kind.
        repaired: those that were wrong or missing, by kind.
        unknown: of how many nothing could be learnt.
        errors: the errors it met.
        cut_off: whether it took too long and was ended.
    """

    number: int
    at: Milliseconds
    seconds: float
    lag: float
    tracked: dict[Kind, int]
    repaired: dict[Kind, int]
    unknown: int
    errors: int
    cut_off: bool


class Checks:
    """The last checks, the newest first."""

    def __init__(self) -> None:
        """Know of none."""
        self._rows: deque[CheckRow] = deque(maxlen=KEPT)
        self._errors = self._cut_off = 0

    def __iter__(self) -> Iterator[CheckRow]:
        """Yield them, the newest first."""
        return iter(self._rows)

    def take(self, figures: CheckFigures, now: Instant) -> CheckRow:
        """Write down the check that these figures were left by; return its row."""
        row = CheckRow(
            number=figures.checks,
            at=milliseconds(now),
            seconds=round(figures.duration, 4),
            lag=round(figures.lag, 3),
            tracked=_counted(figures.tracked),
            repaired=_counted(figures.drift),
            unknown=figures.unknown,
            errors=figures.exceptions - self._errors,
            cut_off=figures.cut_off > self._cut_off,
        )
        self._errors, self._cut_off = figures.exceptions, figures.cut_off
        self._rows.appendleft(row)
        return row

    def forget(self) -> None:
        """Forget them: another bot is being looked at."""
        self._rows.clear()
        self._errors = self._cut_off = 0


def _counted(counter: Counter[Kind]) -> dict[Kind, int]:
    return {kind: counter[kind] for kind in ("voice", "game", "party")}
