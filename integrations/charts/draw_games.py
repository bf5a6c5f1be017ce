"""What is played most: a bar for each game, its name above it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integrations.charts.canvas import drawable, figure, style, title
from integrations.words.catalogue import say
from integrations.words.wording import duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

    from integrations.charts.look import Look
    from integrations.statistics.sums import GameTotal

__all__ = ["draw"]

_SHOWN = 8
_ROW = 0.42
_LONGEST = 44


def draw(games: Sequence[GameTotal], look: Look) -> Figure:
    """Return the chart of the first eight games, which says so where there are more."""
    shown, total = games[:_SHOWN], len(games)
    height = 0.85 + _ROW * max(1, len(shown))
    drawn, axes = figure(height, look)
    axes.set_position((0.035, 0.3 / height, 0.93, 1 - 0.85 / height))
    most = max((game.seconds for game in shown), default=1.0) or 1.0
    axes.set_xlim(0, most)
    axes.set_ylim(max(1, len(shown)), 0)
    axes.set_xticks([])
    axes.set_yticks([])
    for row, game in enumerate(shown):
        axes.barh(row + 0.72, most, height=0.24, color=look.theme.grid)
        axes.barh(row + 0.72, max(game.seconds, most / 200), height=0.24, color=look.theme.game)
        people = say(look.language, "word.people", count=game.people)
        axes.text(0, row + 0.50, _name(game.name), va="bottom", **style(10, look.theme.ink))
        amount = f"{duration(game.seconds)} · {people}"
        axes.text(most, row + 0.50, amount, va="bottom", ha="right", **style(9, look.theme.faint))
    if not shown:
        axes.text(0, 0.5, say(look.language, "chart.none"), **style(10, look.theme.faint))
    first = say(look.language, "chart.first", shown=len(shown), total=total)
    title(drawn, say(look.language, "chart.games"), first if total > _SHOWN else "", look)
    return drawn


def _name(name: str) -> str:
    return drawable(name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…")
