"""What is played most: a bar for each game, its name and its sum above it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integrations.charts.canvas import drawable, figure, style, title
from integrations.words.catalogue import say
from integrations.words.sureness import doubt
from integrations.words.wording import duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

    from integrations.charts.look import Look
    from integrations.statistics.sums import GameTotal

__all__ = ["draw"]

_SHOWN = 8
_ROW = 0.46
_LONGEST = 44
_SIZE = 12
"""Points: on a phone, where a report shows all of it, it is three quarters of that."""

_NAME = 0.2
"""So much of the width a name has at least, where that leaves out how many people it were."""

_GAP = 30
"""Dots that are free between a name and its sum at least."""


def draw(games: Sequence[GameTotal], look: Look) -> Figure:
    """Return the chart of the first eight games, which says so where there are more."""
    shown, total = games[:_SHOWN], len(games)
    height = 0.9 + _ROW * max(1, len(shown))
    drawn, axes = figure(height, look)
    axes.set_position((0.035, 0.34 / height, 0.93, 1 - 0.9 / height))
    most = max((game.seconds for game in shown), default=1.0) or 1.0
    axes.set_xlim(0, most)
    axes.set_ylim(max(1, len(shown)), 0)
    axes.set_xticks([])
    axes.set_yticks([])
    for row, game in enumerate(shown):
        axes.barh(row + 0.72, most, height=0.22, color=look.theme.grid)
        axes.barh(row + 0.72, max(game.seconds, most / 200), height=0.22, color=look.theme.game)
        amount = _amount(axes, most, row + 0.52, game, look)
        _name(axes, row + 0.52, game.name, amount, look)
    if not shown:
        axes.text(0, 0.5, say(look.language, "chart.none"), **style(_SIZE, look.theme.faint))
    first = say(look.language, "chart.first", shown=len(shown), total=total)
    title(drawn, say(look.language, "chart.games"), first if total > _SHOWN else "", look, _SIZE)
    return drawn


def _amount(axes: Axes, x: float, y: float, game: GameTotal, look: Look) -> Text:
    """Write a sum, how sure it is, and of how many people where that leaves room for the name."""
    unsure = doubt(look.language, game.uncertain_seconds, game.unbounded)
    people = say(look.language, "word.people", count=game.people)
    amount = f"{duration(game.seconds)}{unsure}"
    text = axes.text(x, y, "", va="bottom", ha="right", **style(_SIZE, look.theme.faint))
    text.set_text(f"{amount} · {people}")
    room = axes.get_window_extent()
    if text.get_window_extent().x0 < room.x0 + room.width * _NAME:
        text.set_text(amount)
    return text


def _name(axes: Axes, y: float, name: str, amount: Text, look: Look) -> None:
    """Write a name, as much of it as there is room for beside the amount."""
    known = len(name)
    text = axes.text(0, y, "", va="bottom", **style(_SIZE, look.theme.ink))
    for length in range(min(known, _LONGEST), 0, -1):
        text.set_text(drawable(name if length == known else f"{name[: length - 1]}…"))
        if text.get_window_extent().x1 + _GAP <= amount.get_window_extent().x0:
            break
