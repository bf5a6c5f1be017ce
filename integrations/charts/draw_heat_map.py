"""When people are there: a square for each hour of the week."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.patches import FancyBboxPatch

from integrations.charts.canvas import WIDTH, figure, style, title
from integrations.charts.words import weekday_short
from integrations.words.catalogue import say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from integrations.charts.look import Look
    from integrations.statistics.charted import HeatMap

__all__ = ["draw"]

_HEIGHT = 3.6
_SIZE = 12
"""Points: on a phone, where a report shows all of it, it is three quarters of that."""

_STEP = 0.17
"""Inches from a step of the legend to the next, and around its words."""


def draw(hours: HeatMap, look: Look, called: str | None = None) -> Figure:
    """Return the chart; the darker or lighter (as the theme has it), the more time.

    Without a title (``called``) it says that the hours are everybody's.
    """
    drawn, axes = figure(_HEIGHT, look)
    axes.set_position((0.105, 0.235, 0.86, 0.535))
    axes.set_xlim(0, 24)
    axes.set_ylim(7, 0)
    most = max(map(max, hours.seconds))
    for day, values in enumerate(hours.seconds):
        for hour, seconds in enumerate(values):
            _square(axes, hour, day, look.theme.heat[_step(seconds, most)])
    axes.set_yticks([day + 0.5 for day in range(7)])
    days = [weekday_short(look.language, day) for day in range(7)]
    axes.set_yticklabels(days, fontsize=_SIZE)
    axes.set_xticks([hour + 0.5 for hour in range(0, 24, 3)])
    axes.set_xticklabels([f"{hour:02d}" for hour in range(0, 24, 3)], fontsize=_SIZE)
    axes.tick_params(axis="x", pad=2)
    zone = say(look.language, "chart.zone", zone=look.zone.key)
    note = f"{say(look.language, 'chart.heat_map.counts')}\n{zone}"
    title(drawn, called or say(look.language, "chart.heat_map"), note, look, _SIZE)
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
    """Draw what the colours mean below the title: from less to so much."""
    wide = 0.93 * WIDTH / _STEP
    axes = drawn.add_axes((0.035, 0.81, 0.93, _STEP / _HEIGHT))
    axes.set_axis_off()
    axes.set_xlim(0, wide)
    axes.set_ylim(1, 0)
    text = style(_SIZE, look.theme.faint)
    less = say(look.language, "chart.heat_map.less")
    steps = axes.text(0, 0.5, less, va="center", **text).get_window_extent()
    place = axes.transData.inverted().transform((steps.x1, 0))[0] + 0.5
    for colour in look.theme.heat:
        _square(axes, place, 0, colour)
        place += 1
    more = say(look.language, "chart.heat_map.more")
    if most >= 1:
        more = say(look.language, "chart.heat_map.legend", seconds=most)
    axes.text(place + 0.5, 0.5, more, va="center", **text)
