"""A chart as an SVG document: readable on light and dark, on its own, without any program."""

from __future__ import annotations

import textwrap
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple
from xml.sax.saxutils import escape

from integrations.diagrams.layout import Box, arrange
from integrations.diagrams.ranks import Link, Size

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from integrations.diagrams.chart import Arrow, Chart
    from integrations.diagrams.layout import Layout, Route

__all__ = ["drawing_of", "figure_of", "layout_of"]

_CHARACTER = 7.3
"""The width of a character of 12 px in the widest of the monospaced fonts asked for."""
_LINE = 17.0
_BASELINE = 12.5
_PADDING = 12.0
_MARGIN = 28.0
_EDGE = 4.0
"""Around a figure in a page."""
_HEADER = 62.0
_FOOTER = 78.0
_HEADING = 38.0
"""The part of a state's box that holds its name."""
_DOT = 20.0
_HEAD = 9.0
"""The length of an arrowhead."""
_WRAP = 30
_DIGITS = 2
"""Of the number of a row inside a box."""
_ALONE = 8
"""Characters of room beside the name of a state."""
_COUNTED = 13
"""The same, where there is a count too, as wide as 100,000."""
_LEGEND = (
    "A transition is number trigger [guards]. Of one trigger in one state the lowest number is",
    "tried first, and the first whose guards all hold is taken. On an arrow: to another state.",
    "Inside a box: the state stays (↻ it is left and entered anew). Double border: it is over.",
)
_LEGEND_WIDTH = max(map(len, _LEGEND)) * _CHARACTER

_STYLE = """
text { font: 12px ui-monospace, SFMono-Regular, Menlo, "DejaVu Sans Mono", Consolas, monospace }
.title { font: 600 19px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif }
.note { font: 12px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif }
.name { font: 600 15px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif }
.trigger { font-weight: 600 }
.name, .middle { text-anchor: middle }
.page { fill: #ffffff }
.title, .trigger, .name { fill: #1b1f24 }
.number, .guards, .note { fill: #57606a }
.arrow { fill: none; stroke: #8c959f; stroke-width: 1.6 }
.head, .dot { fill: #57606a }
.pill { fill: #f6f8fa; stroke: #d0d7de }
.box, .border, .rule { stroke-width: 1.5 }
.border { fill: none }
.waiting { fill: #fff8e1; stroke: #c98a00 }
.live { fill: #e6f6ea; stroke: #2c974b }
.final { fill: #eef1f5; stroke: #6e7781 }
@media (prefers-color-scheme: dark) {
.page { fill: #0d1117 }
.title, .trigger, .name { fill: #e6edf3 }
.number, .guards, .note { fill: #9aa4af }
.arrow { stroke: #6e7681 }
.head, .dot { fill: #9aa4af }
.pill { fill: #161b22; stroke: #30363d }
.waiting { fill: #2b2410; stroke: #d29922 }
.live { fill: #10281a; stroke: #3fb950 }
.final { fill: #1c2128; stroke: #8b949e }
}
"""


class _Line(NamedTuple):
    """One line of text: a row's number and trigger, guards, or all of it."""

    number: str
    trigger: str
    guards: str

    @property
    def length(self) -> int:
        """How many characters it has."""
        return len(" ".join(filter(None, self)))


def drawing_of(chart: Chart) -> str:
    """Return ``chart`` as an SVG document."""
    layout = layout_of(chart)
    width = max(layout.size.width, _LEGEND_WIDTH) + 2 * _MARGIN
    height = layout.size.height + _HEADER + _FOOTER
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}"',
        f'width="{width:.0f}" height="{height:.0f}" role="img" aria-labelledby="title desc">',
        f'<title id="title">The {chart.kind} machine</title>',
        f'<desc id="desc">{escape(_description(chart))}</desc>',
        f"<style>{_STYLE}</style>",
        f'<rect class="page" width="{width:.0f}" height="{height:.0f}" rx="12"/>',
        f'<text class="title" x="{_MARGIN:.0f}" y="38">The {chart.kind} machine</text>',
        f'<g transform="translate({_MARGIN:.0f} {_HEADER:.0f})">',
        *(line for route in layout.routes for line in _arrow(route)),
        *(
            line
            for route, arrows in zip(layout.routes, chart.moving().values(), strict=True)
            for line in _label(route.label, arrows)
        ),
        *(line for state in chart.states for line in _state(chart, state, layout.boxes[state])),
        "</g>",
    ]
    top = height - _FOOTER + 26
    for number, sentence in enumerate(_LEGEND):
        lines.append(
            f'<text class="note" x="{_MARGIN:.0f}" y="{top + 16 * number:.0f}">'
            f"{escape(sentence)}</text>"
        )
    return "\n".join([*lines, "</svg>"]) + "\n"


def figure_of(chart: Chart, name: str) -> str:
    """Return ``chart`` as an SVG element for a page whose own style sheet colours it.

    States and arrows are groups that say what they are (``data-state``; ``data-source`` and
    ``data-dest``), each transition names its key (``data-key``), and beside a state's name is
    room for a count (``text.count``).
    """
    layout = layout_of(chart, counted=True)
    width, height = layout.size.width + 2 * _EDGE, layout.size.height + 2 * _EDGE
    label = f"{chart.kind}-{name}"
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="machine {name}"',
        f'data-kind="{chart.kind}" viewBox="0 0 {width:.0f} {height:.0f}"',
        f'role="img" aria-labelledby="{label}-title {label}-desc">',
        f'<title id="{label}-title">{chart.kind}</title>',
        f'<desc id="{label}-desc">{escape(_description(chart))}</desc>',
        f'<g transform="translate({_EDGE:.0f} {_EDGE:.0f})">',
    ]
    moving = chart.moving()
    for route, (source, dest) in zip(layout.routes, moving, strict=True):
        lines.append(f'<g class="move" data-source="{source}" data-dest="{dest}">')
        lines += [*_arrow(route), "</g>"]
    for route, ((source, dest), arrows) in zip(layout.routes, moving.items(), strict=True):
        lines.append(f'<g class="label" data-source="{source}" data-dest="{dest}">')
        lines += [*_label(route.label, arrows, named=True), "</g>"]
    for state in chart.states:
        lines.append(f'<g class="state" data-state="{state}">')
        lines += [*_state(chart, state, layout.boxes[state], named=True), "</g>"]
    return "\n".join([*lines, "</g>", "</svg>"])


def layout_of(chart: Chart, *, counted: bool = False) -> Layout:
    """Return where the states of ``chart``, its arrows and their labels go.

    Args:
        chart: what is drawn.
        counted: whether beside the name of a state is room for a count of six digits.
    """
    return arrange(
        {state: _size_of_state(chart, state, counted=counted) for state in chart.states},
        [
            Link(source, dest, _size_of_label(arrows))
            for (source, dest), arrows in chart.moving().items()
        ],
    )


def _size_of_state(chart: Chart, state: str, *, counted: bool) -> Size:
    if state == chart.initial:
        return Size(_DOT, _DOT)
    inside = [_inside(arrow) for arrow in chart.staying(state)]
    room = _COUNTED if counted else _ALONE
    widest = max([line.length for line in inside] + [len(state) + room])
    height = _HEADING + (len(inside) * _LINE + _PADDING if inside else 0.0)
    return Size(widest * _CHARACTER + 2 * _PADDING, height)


def _size_of_label(arrows: Sequence[Arrow]) -> Size:
    lines = [line for arrow in arrows for line in _beside(arrow)]
    widest = max(line.length for line in lines)
    return Size(widest * _CHARACTER + 2 * _PADDING, len(lines) * _LINE + _PADDING)


def _inside(arrow: Arrow) -> _Line:
    """Return the line inside a state's box; its number is as wide as those above and below."""
    number = _number(arrow).rjust(_DIGITS, "\N{NO-BREAK SPACE}")
    trigger = arrow.trigger if arrow.dest is None else f"↻ {arrow.trigger}"
    return _Line(number, trigger, arrow.bracketed)


def _beside(arrow: Arrow) -> list[_Line]:
    """Return the lines on an arrow; long guards stand below their trigger."""
    if len(arrow.numbered) <= _WRAP:
        return [_Line(_number(arrow), arrow.trigger, arrow.bracketed)]
    wrapped = textwrap.wrap(arrow.bracketed, _WRAP, break_long_words=False)
    first = _Line(_number(arrow), arrow.trigger, "")
    return [first, *(_Line("", "", guards) for guards in wrapped)]


def _number(arrow: Arrow) -> str:
    return "" if arrow.number is None else str(arrow.number)


def _description(chart: Chart) -> str:
    """Say in words what the picture shows, for those who do not see it."""
    moves = [
        f"{source} to {dest}: {', '.join(arrow.numbered for arrow in arrows)}."
        for (source, dest), arrows in chart.moving().items()
    ]
    stays = [
        f"Inside {state}: {', '.join(arrow.numbered for arrow in chart.staying(state))}."
        for state in chart.states
        if chart.staying(state)
    ]
    return " ".join([*moves, *stays])


def _arrow(route: Route) -> Iterator[str]:
    """Yield the line of an arrow, from edge to edge, and its head."""
    stops = list(route.stops)
    x, top, bottom = stops[0]
    stops[0] = (x, top, max(bottom, top + (_HEAD + 3 if route.reversed else 0)))
    end = (x, top, _HEAD)
    x, top, bottom = stops[-1]
    if not route.reversed:
        stops[-1] = (x, min(top, bottom - _HEAD - 3), bottom)
        end = (x, bottom, -_HEAD)
    path = [f"M{stops[0][0]:.1f} {stops[0][1]:.1f}V{stops[0][2]:.1f}"]
    for (x, _, bottom), (to_x, to_top, to_bottom) in pairwise(stops):
        middle = (bottom + to_top) / 2
        path.append(
            f"C{x:.1f} {middle:.1f} {to_x:.1f} {middle:.1f} {to_x:.1f} {to_top:.1f}V{to_bottom:.1f}"
        )
    yield f'<path class="arrow" d="{"".join(path)}"/>'
    x, tip, back = end
    yield (
        f'<path class="head" d="M{x:.1f} {tip:.1f}L{x - 4.5:.1f} {tip + back:.1f}H{x + 4.5:.1f}Z"/>'
    )


def _label(box: Box, arrows: Sequence[Arrow], *, named: bool = False) -> Iterator[str]:
    """Yield the label of an arrow: its transitions, each with its meaning as a tip."""
    yield _rectangle("pill", box, 8)
    y = box.top + _PADDING / 2 - _LINE + _BASELINE
    for arrow in arrows:
        yield _group(arrow, named=named)
        for line in _beside(arrow):
            y += _LINE
            yield _text(line, box.x, y, "middle")
        yield "</g>"


def _state(chart: Chart, state: str, box: Box, *, named: bool = False) -> Iterator[str]:
    """Yield a state: a dot where everything begins, else a box with what stays inside it."""
    if state == chart.initial:
        yield f'<circle class="dot" cx="{box.x:.1f}" cy="{box.y:.1f}" r="{_DOT / 2:.0f}"/>'
        return
    role = "live" if state in chart.live else "final" if state in chart.final else "waiting"
    yield _rectangle(f"box {role}", box, 10)
    if state in chart.final:
        yield _rectangle(f"border {role}", Box(box.x, box.y, box.width - 8, box.height - 8), 7)
    yield from _name(state, box, counted=named)
    staying = chart.staying(state)
    if staying:
        top = box.top + _HEADING
        yield f'<path class="rule {role}" d="M{box.left:.1f} {top:.1f}H{box.right:.1f}"/>'
        y = top + _PADDING / 2 - _LINE + _BASELINE
        for arrow in staying:
            y += _LINE
            yield _group(arrow, named=named)
            yield _text(_inside(arrow), box.left + _PADDING, y, "start")
            yield "</g>"


def _group(arrow: Arrow, *, named: bool) -> str:
    """Begin the group of a transition, with its meaning as a tip."""
    key = f' data-key="{escape(arrow.key)}"' if named else ""
    return f"<g{key}><title>{escape(arrow.meaning)}</title>"


def _name(state: str, box: Box, *, counted: bool) -> Iterator[str]:
    """Yield a state's name: in the middle, or at the left with room for a count."""
    y = box.top + _HEADING / 2 + 5
    if not counted:
        yield f'<text class="name" x="{box.x:.1f}" y="{y:.1f}">{escape(state)}</text>'
        return
    yield f'<text class="name" x="{box.left + _PADDING:.1f}" y="{y:.1f}">{escape(state)}</text>'
    yield f'<text class="count" x="{box.right - _PADDING:.1f}" y="{y:.1f}">0</text>'


def _rectangle(role: str, box: Box, radius: float) -> str:
    return (
        f'<rect class="{role}" x="{box.left:.1f}" y="{box.top:.1f}" width="{box.width:.1f}" '
        f'height="{box.height:.1f}" rx="{radius:.0f}"/>'
    )


def _text(line: _Line, x: float, y: float, anchor: str) -> str:
    parts = [
        f'<tspan class="{role}">{escape(text)}</tspan>'
        for role, text in zip(("number", "trigger", "guards"), line, strict=True)
        if text
    ]
    return f'<text class="{anchor}" x="{x:.1f}" y="{y:.1f}">{" ".join(parts)}</text>'
