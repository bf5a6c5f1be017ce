"""One person's time: bars beside each other for voice, games and parties."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integrations.charts.canvas import figure, style, title
from integrations.charts.words import bar_label, hours_label
from integrations.words.catalogue import say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from integrations.charts.look import Look
    from integrations.statistics.charted import Bars

__all__ = ["draw"]

_HEIGHT = 3.1
_GROUP = 0.78
_SIZE = 12
"""Points: on a phone, where a report shows all of it, it is three quarters of that."""

_WEEK = 7
_LABELS, _DATES = 12, 5
_STEPS = (60, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 36000, 43200, 86400, 172800, 360000)
"""Distances between the lines, in seconds, of which the first is taken that makes few enough."""


def draw(bars: Bars, text: str, look: Look, most: float | None = None) -> Figure:
    """Return the chart under the title ``text``.

    ``most``: the longest bar of all the charts beside it, in seconds, so that they have one scale;
    None where it stands alone.
    """
    drawn, axes = figure(_HEIGHT, look)
    axes.set_position((0.115, 0.175, 0.85, 0.56))
    count = len(bars.begins)
    axes.set_xlim(-0.5, count - 0.5)
    _lines(axes, bars.longest if most is None else most, look)
    width = _GROUP / max(1, len(bars.seconds))
    for number, (kind, values) in enumerate(bars.seconds.items()):
        offset = (number + 0.5) * width - _GROUP / 2
        axes.bar(
            [place + offset for place in range(count)],
            values,
            width=width * 0.9,
            color=look.theme.of_kind(kind),
            zorder=2,
        )
    every = -(-count // (_DATES if bars.grain == "week" else _LABELS))
    axes.set_xticks(range(0, count, every))
    of_week = count == _WEEK
    labels = [
        bar_label(look.language, bars.grain, begins, of_week=of_week)
        for begins in bars.begins[::every]
    ]
    axes.set_xticklabels(labels, fontsize=_SIZE)
    grain = say(look.language, f"chart.bars.{bars.grain}")
    zone = say(look.language, "chart.zone", zone=look.zone.key)
    title(drawn, text, f"{grain} · {zone}", look, _SIZE)
    _legend(drawn, bars, look)
    return drawn


def _lines(axes: Axes, most: float, look: Look) -> None:
    step = next((step for step in _STEPS if most / step <= 4), _STEPS[-1])  # noqa: PLR2004 - lines
    top = max(step, -(-most // step) * step)
    axes.set_ylim(0, top * 1.04)
    ticks = [number * step for number in range(int(top // step) + 1)]
    axes.set_yticks(ticks)
    axes.set_yticklabels([hours_label(tick) for tick in ticks], fontsize=_SIZE)
    axes.grid(axis="y", color=look.theme.grid, linewidth=0.8, zorder=0)
    axes.set_axisbelow(True)


def _legend(drawn: Figure, bars: Bars, look: Look) -> None:
    x = 0.035
    y = 1 - 0.62 / _HEIGHT
    for kind in bars.seconds:
        label = say(look.language, f"kind.{kind}")
        drawn.text(x, y, "■", va="center", **style(_SIZE, look.theme.of_kind(kind)))
        drawn.text(x + 0.03, y, label, va="center", **style(_SIZE, look.theme.faint))
        x += 0.075 + 0.0168 * len(label)
