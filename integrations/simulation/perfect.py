"""The bot that could not be better: it hears everything at once while it is connected.

It still knows nothing of the times in which nobody was connected: whoever was there before and
after such a time is credited with all of it; whoever is there after it, since they came, which
Discord may tell; everybody else with none of it. What it gets wrong, no bot can get right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from integrations.simulation.baselines import Counted
from integrations.simulation.intervals import complement, contains, intersect, union

if TYPE_CHECKING:
    from collections.abc import Iterator

    from integrations.simulation.intervals import Interval, Intervals
    from integrations.simulation.simulation import Run

__all__ = ["perfect_ledger"]


def perfect_ledger(run: Run) -> Iterator[Counted]:
    """Yield what the bot that could not be better would have written down."""
    for subject, truth in run.oracle.truth.items():
        if subject.kind == "party":
            continue
        watched = run.watched(subject.guild_id)
        domain = (run.first_looked(subject.guild_id), run.end)
        told = [part for gap in complement(watched, domain) for part in _told(truth, gap)]
        for span in union([*intersect(truth, watched), *told]):
            yield Counted(subject, span)


def _told(truth: Intervals, gap: Interval) -> Intervals:
    """Return what can be known of a gap afterwards."""
    if not contains(truth, gap[1]):
        return []
    if contains(truth, gap[0] - 1):
        return [gap]
    return intersect([next(part for part in truth if part[0] <= gap[1] < part[1])], [gap])
