"""The table of a run: a line for each bot, in as many columns as fit."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, NamedTuple

from rich.table import Table

from integrations.words.catalogue import say
from integrations.words.wording import with_decimal_sign

if TYPE_CHECKING:
    from collections.abc import Iterable

    from integrations.simulation.score import Score
    from integrations.words.wording import Language

__all__ = ["ScoreTable", "digits", "score_table"]

_SPARED = ("largest", "records", "invented", "lost", "under", "over")
"""Columns that are left out where it is narrow, the first one first."""

_GAP, _NARROW_GAP = 2, 1


class ScoreTable(NamedTuple):
    """A table, the columns that are in it, and those that it had no room for."""

    table: Table
    columns: list[str]
    left_out: list[str]


class _Column(NamedTuple):
    heading: str
    cells: list[str]

    @property
    def narrow(self) -> int:
        """The least that it takes: its heading in several lines, a word in each."""
        return max(map(len, [*self.heading.split(), *self.cells]))

    @property
    def wide(self) -> int:
        """What it takes with its heading in one line."""
        return max(map(len, [self.heading, *self.cells]))


def score_table(scores: list[Score], language: Language, width: int) -> ScoreTable:
    """Return the table that fits into ``width``, nothing in it cut.

    Where it is narrow, headings stand in several lines, then columns closer together; where it is
    narrower still, some are left out.
    """
    columns = _columns(scores, language)
    left_out: list[str] = []
    for key in _SPARED:
        if _width([each.narrow for each in columns.values()], _NARROW_GAP) > width:
            left_out.append(key)
            del columns[key]
    widths, gap = [each.wide for each in columns.values()], _GAP
    if _width(widths, gap) > width:
        widths = [each.narrow for each in columns.values()]
        gap = _GAP if _width(widths, _GAP) <= width else _NARROW_GAP
    table = Table(box=None, padding=0, header_style="bold")
    for (key, column), room in zip(columns.items(), widths, strict=True):
        heading = textwrap.fill(column.heading, room, break_on_hyphens=False)
        if key == "bot":
            table.add_column(heading, width=room)
        else:
            table.add_column(heading, justify="right", width=room + gap)
    for row in zip(*(column.cells for column in columns.values()), strict=True):
        table.add_row(*row)
    return ScoreTable(table, list(columns), left_out)


def digits(minutes: float, language: Language) -> str:
    """Return minutes with as many digits as tell something: few of them to a hundredth."""
    if minutes >= 1000:  # noqa: PLR2004 - four digits are enough
        return f"{minutes:.0f}"
    places = 1 if minutes >= 100 else 2  # noqa: PLR2004 - as above
    return with_decimal_sign(language, f"{minutes:.{places}f}")


def _columns(scores: list[Score], language: Language) -> dict[str, _Column]:
    def minutes(of: Iterable[float]) -> list[str]:
        return [digits(each, language) for each in of]

    cells = {
        "bot": [score.bot for score in scores],
        "records": [str(score.records) for score in scores],
        "true": minutes(score.true_minutes for score in scores),
        "recorded": minutes(score.recorded_minutes for score in scores),
        "error": minutes(score.mean_error for score in scores),
        "largest": minutes(score.largest_error for score in scores),
        "over": minutes(score.over_counted for score in scores),
        "under": minutes(score.under_counted for score in scores),
        "lost": [str(score.lost) for score in scores],
        "invented": [str(score.invented) for score in scores],
    }
    return {key: _Column(say(language, f"simulate.{key}"), each) for key, each in cells.items()}


def _width(widths: list[int], gap: int) -> int:
    return sum(widths) + gap * (len(widths) - 1)
