"""A party's timeline: a line for each player, what is unknown drawn as such."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.patches import Rectangle

from integrations.charts.canvas import drawable, families, figure, style, title
from integrations.statistics.charted import LINES_SHOWN, WAYS, shown_as
from integrations.words.catalogue import say
from integrations.words.wording import on_one_line
from machines import SECOND, to_datetime

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from integrations.charts.look import Look
    from integrations.statistics.charted import PartyTimeline, Shown
    from machines import Instant, Span

__all__ = ["draw"]

_ROW = 0.34
_LONGEST = 14
_MINUTE = 60
_STEPS = (
    *(1, 2, 5, 10, 15, 30),
    *(_MINUTE * one for one in (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 10080)),
)
"""Distances between the times below, in seconds."""

_TICKS = 6
_MARGIN = 16
"""That part of the axis has no time below it at its end, where times are long."""


def draw(party: PartyTimeline, look: Look, where: str = "") -> Figure:
    """Return the chart: the party first, then its players in the order in which they came.

    ``where`` it was is said in place of the time zone, for which there is no room beside it.
    """
    players = party.players[:LINES_SHOWN]
    rows = 1 + len(players)
    height = 1.3 + _ROW * rows
    drawn, axes = figure(height, look)
    axes.set_position((0.225, 0.52 / height, 0.74, 1 - 1.3 / height))
    start = min([party.started_at, *(one.spans[0].start for one in players if one.spans)])
    end = max([party.ended_at, *(one.spans[-1].end for one in players if one.spans)])
    axes.set_xlim(start, max(end, start + SECOND))
    axes.set_ylim(rows, 0)
    _strip(axes, 0, party.spans, look.theme.party, look)
    for row, player in enumerate(players, start=1):
        _strip(axes, row, player.spans, look.theme.game, look)
    names = [say(look.language, "chart.party.whole"), *(_name(one.username) for one in players)]
    axes.set_yticks([row + 0.5 for row in range(rows)])
    axes.set_yticklabels(names)
    for label in axes.get_yticklabels():
        label.set_fontfamily(families())
        label.set_color(look.theme.ink)
    _times(axes, start, end, look)
    heading = say(look.language, "chart.party", game=on_one_line(party.game_name)[:40])
    beside = where or say(look.language, "chart.zone", zone=look.zone.key)
    title(drawn, heading, f"{_days(start, end, look)} · {beside}", look)
    _legend(drawn, look)
    return drawn


def _days(start: Instant, end: Instant, look: Look) -> str:
    """Return the day, or the first and the last one."""
    first, last = (
        f"{to_datetime(one).astimezone(look.zone):%Y-%m-%d}" for one in (start, max(start, end - 1))
    )
    return first if first == last else say(look.language, "chart.days", since=first, until=last)


def _strip(axes: Axes, row: int, parts: Sequence[Span], colour: str, look: Look) -> None:
    for part in parts:
        box = (part.start, row + 0.2, part.end - part.start, 0.6)
        _piece(axes, shown_as(part), box, colour, look)


def _piece(
    axes: Axes, shown: Shown, box: tuple[float, float, float, float], colour: str, look: Look
) -> None:
    x, y, length, height = box
    if shown == "present":
        piece = Rectangle((x, y), length, height, facecolor=colour, edgecolor="none")
    elif shown != "away":
        is_counted = shown == "unknown"
        piece = Rectangle(
            (x, y),
            length,
            height,
            facecolor=look.theme.background,
            edgecolor=colour if is_counted else look.theme.faint,
            hatch="//////" if is_counted else "....",
            linestyle="-" if is_counted else ":",
            linewidth=0.8,
        )
    else:
        middle = (x, y + 0.47 * height)
        piece = Rectangle(middle, length, 0.06 * height, facecolor=look.theme.faint)
    axes.add_patch(piece)


def _times(axes: Axes, start: Instant, end: Instant, look: Look) -> None:
    span = max(1, (end - start) // SECOND)
    apart = next((one for one in _STEPS if span / one <= _TICKS), _STEPS[-1])
    step, form = apart * SECOND, "%H:%M"
    if apart < _MINUTE:
        form, end = "%H:%M:%S", end - (end - start) // _MARGIN  # a longer one must not be cut off
    offset = to_datetime(start).astimezone(look.zone).utcoffset()
    shift = 0 if offset is None else int(offset.total_seconds()) * SECOND
    first = -(-(start + shift) // step) * step - shift
    ticks = list(range(first, end + 1, step)) or [start]
    axes.set_xticks(ticks)
    axes.set_xticklabels([f"{to_datetime(one).astimezone(look.zone):{form}}" for one in ticks])
    axes.grid(axis="x", color=look.theme.grid, linewidth=0.8)
    axes.set_axisbelow(True)


def _legend(drawn: Figure, look: Look) -> None:
    height = drawn.get_figheight()
    axes = drawn.add_axes((0.035, 1 - 0.72 / height, 0.93, 0.16 / height))
    axes.set_axis_off()
    axes.set_xlim(0, 100)
    axes.set_ylim(1, 0)
    x = 0.0
    for shown in WAYS:
        label = say(look.language, f"chart.{shown}")
        _piece(axes, shown, (x, 0.0, 4.0, 1.0), look.theme.game, look)
        axes.text(x + 5, 0.55, label, va="center", **style(9, look.theme.faint))
        x += 9 + 1.4 * len(label)


def _name(name: str) -> str:
    text = on_one_line(name)
    return drawable(text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…")
