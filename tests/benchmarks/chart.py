"""The chart: what an operation costs by size, as multiples of the smallest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl
from matplotlib.figure import Figure as Drawing

if TYPE_CHECKING:
    from tests.benchmarks.figures import Point

__all__ = ["draw"]

mpl.rcParams["svg.hashsalt"] = "latido"
mpl.rcParams["svg.fonttype"] = "none"
_MARKS = "osD^v<>PX*hp"


def draw(points: list[Point], file: str) -> None:
    """Draw every operation that was measured at more than one size."""
    drawing = Drawing(figsize=(9, 6), layout="constrained")
    axes = drawing.subplots()
    operations = list(dict.fromkeys(point.operation for point in points))
    lines = 0
    for operation in operations:
        own = sorted((p.size, p.cost) for p in points if p.operation == operation)
        if len(own) < 2:
            continue
        sizes = [size for size, _cost in own]
        costs = [cost / own[0][1] for _size, cost in own]
        axes.plot(sizes, costs, marker=_MARKS[lines % len(_MARKS)], label=operation)
        lines += 1
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_ylim(0.3, 30)
    axes.axhline(1, color="grey", linewidth=0.8)
    axes.set_xlabel("sessions (people, members)")
    axes.set_ylabel("cost of one, as a multiple of the smallest size")
    axes.legend(loc="upper left", fontsize="small", ncols=2)
    drawing.savefig(file, metadata={"Date": None})
