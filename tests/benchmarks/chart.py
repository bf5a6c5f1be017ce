"""The chart: what an operation costs by size, as multiples of what it costs in the smallest."""

from __future__ import annotations

import io
from math import log
from typing import TYPE_CHECKING

import matplotlib as mpl
from matplotlib.figure import Figure as Drawing

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes

    from tests.benchmarks.figures import Point

    Rows = dict[str, dict[int, float]]
    """The cost of each operation at each size."""

__all__ = ["draw", "drawing_of"]

mpl.rcParams["svg.hashsalt"] = "latido"
mpl.rcParams["svg.fonttype"] = "none"

_ROW, _MARGIN, _WIDTH = 0.24, 1.2, 12.0
_LEAST, _MOST = 0.15, 200.0
_COLUMNS = 2
_WHITE, _BLACK, _BLUE, _GREY = "#ffffff", "#000000", "#2a6fbb", "#737a84"
_IN_THE_DARK = {_WHITE: "#0d1117", _BLACK: "#c9d1d9", _BLUE: "#6cb0ff", _GREY: "#9aa4af"}
"""What a colour is where the reader's pages are dark."""


def draw(points: list[Point], file: Path) -> None:
    """Draw every operation that was measured at more than one size, a panel for each layout.

    It is written as SVG, with colours for light pages and for dark ones.
    """
    drawn = io.StringIO()
    drawing_of(points).savefig(drawn, format="svg", metadata={"Date": None})
    file.write_text(_with_dark_colours(drawn.getvalue()), encoding="utf-8")


def drawing_of(points: list[Point]) -> Drawing:
    """Return the drawing."""
    panels = {panel: rows for panel, rows in _panels(points).items() if rows}
    names = list(panels)
    lines = [names[start : start + _COLUMNS] for start in range(0, len(names), _COLUMNS)]
    heights = [max(len(panels[name]) for name in line) for line in lines]
    tall = sum(heights) * _ROW + len(lines) * _MARGIN
    drawing = Drawing(figsize=(_WIDTH, tall), layout="constrained")
    grid = drawing.add_gridspec(len(lines), _COLUMNS, height_ratios=heights)
    for number, line in enumerate(lines):
        for column, name in enumerate(line):
            _draw_panel(drawing.add_subplot(grid[number, column]), name, panels[name])
    return drawing


def _with_dark_colours(picture: str) -> str:
    """Return a picture that keeps its colours, but where the reader's pages are dark.

    What matplotlib writes without a colour is black.
    """
    others = "\n".join(
        f'[style*="{part}: {light}"] {{ {part}: {dark} !important }}'
        for light, dark in _IN_THE_DARK.items()
        for part in ("fill", "stroke")
    )
    style = (
        "<style>@media (prefers-color-scheme: dark) {\n"
        f"text {{ fill: {_IN_THE_DARK[_BLACK]} }}\n{others}\n}}</style>\n"
    )
    head, metadata, rest = picture.partition(" <metadata>")
    return f"{head}{style}{metadata}{rest}"


def _panels(points: list[Point]) -> dict[str, Rows]:
    panels: dict[str, Rows] = {}
    for point in points:
        rows = panels.setdefault(point.panel, {})
        rows.setdefault(point.operation, {})[point.size] = point.cost
    return {
        panel: {what: costs for what, costs in rows.items() if len(costs) > 1}
        for panel, rows in sorted(panels.items(), key=lambda panel: -len(panel[1]))
    }


def _draw_panel(axes: Axes, name: str, rows: Rows) -> None:
    sizes = sorted({size for costs in rows.values() for size in costs})
    smallest, largest = sizes[0], sizes[-1]
    axes.set_title(f"{name}\n{', '.join(f'{size:,}' for size in sizes)}", fontsize="medium")
    for at, what in ((1.0, "flat"), (log(largest) / log(smallest), "n log n")):
        axes.axvline(at, color=_GREY, linewidth=0.8, linestyle="-" if at == 1.0 else ":")
        side = "right" if at == 1.0 else "left"
        axes.text(at, -0.9, f" {what} ", color=_GREY, fontsize="small", ha=side, va="center")
    if largest / smallest <= _MOST:  # else it lies outside the panel
        axes.axvline(largest / smallest, color=_GREY, linewidth=0.8, linestyle=":")
        axes.text(largest / smallest, -0.9, "n² ", color=_GREY, fontsize="small", ha="right")
    for row, costs in enumerate(rows.values()):
        ordered = [costs[size] / costs[min(costs)] for size in sorted(costs)]
        axes.plot(ordered, [row] * len(ordered), color=_BLUE, linewidth=1.0)
        axes.plot(ordered[1:-1], [row] * len(ordered[1:-1]), "o", color=_BLUE, mfc=_WHITE, ms=5)
        axes.plot(ordered[-1:], [row], "o", color=_BLUE, ms=6)
    axes.set_yticks(range(len(rows)), list(rows), fontsize="small")
    axes.set_ylim(len(rows) - 0.4, -1.5)
    axes.set_xscale("log")
    axes.set_xlim(_LEAST, _MOST)
    axes.set_xticks([0.2, 0.5, 1, 2, 5, 10, 100], ["⅕", "½", "1", "2", "5", "10", "100"])
    axes.minorticks_off()
    axes.set_xlabel(
        "times what it costs in the smallest\n(filled: in the largest)", fontsize="small"
    )
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
