"""When people are there: a square for each hour of the week."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.patches import FancyBboxPatch

from integrations.charts.canvas import figure, style, title
from integrations.charts.words import weekday_short
from integrations.words.catalogue import say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from integrations.charts.look import Look
    from integrations.statistics.charted import HeatMap

__all__ = ["draw"]

_HEIGHT = 3.1


def draw(hours: HeatMap, look: Look) -> Figure:
    """Return the chart; the darker or lighter (as the theme has it), the more time."""
    drawn, axes = figure(_HEIGHT, look)
    axes.set_position((0.095, 0.185, 0.87, 0.60))
    axes.set_xlim(0, 24)
    axes.set_ylim(7, 0)
    most = max(map(max, hours.seconds))
    for day, values in enumerate(hours.seconds):
        for hour, seconds in enumerate(values):
            _square(axes, hour, day, look.theme.heat[_step(seconds, most)])
    axes.set_yticks([day + 0.5 for day in range(7)])
    axes.set_yticklabels([weekday_short(look.language, day) for day in range(7)])
    axes.set_xticks([hour + 0.5 for hour in range(0, 24, 3)])
    axes.set_xticklabels([f"{hour:02d}" for hour in range(0, 24, 3)])
    axes.tick_params(axis="x", pad=2)
    zone = say(look.language, "chart.zone", zone=look.zone.key)
    note = f"{say(look.language, 'chart.heat_map.counts')} · {zone}"
    title(drawn, say(look.language, "chart.heat_map"), note, look)
    _legend(drawn, most, look)
    return drawn


def _step(seconds: float, most: float) -> int:
    return 0 if seconds < 1 else min(5, 1 + int(seconds / most * 5))


def _square(axes: Axes, x: float, y: float, colour: str) -> None:
    axes.add_patch(
        FancyBboxPatch(
            (x + 0.11, y + 0.11),
            0.78,
            0.78,
            boxstyle="round,pad=0,rounding_size=0.16",
            mutation_aspect=1,
            facecolor=colour,
            edgecolor="none",
        )
    )


def _legend(drawn: Figure, most: float, look: Look) -> None:
    axes = drawn.add_axes((0.465, 0.865, 0.5, 0.075))
    axes.set_axis_off()
    axes.set_xlim(0, 14.8)
    axes.set_ylim(1, 0)
    text = style(9, look.theme.faint)
    more = say(look.language, "chart.heat_map.more")
    if most >= 1:
        more = say(look.language, "chart.heat_map.legend", seconds=most)
    steps = 14.8 - 0.32 * len(more) - 0.4 - len(look.theme.heat) * 1.1
    less = say(look.language, "chart.heat_map.less")
    axes.text(steps - 0.3, 0.52, less, ha="right", va="center", **text)
    for step, colour in enumerate(look.theme.heat):
        _square(axes, steps + step * 1.1, 0, colour)
    axes.text(14.8, 0.52, more, ha="right", va="center", **text)
