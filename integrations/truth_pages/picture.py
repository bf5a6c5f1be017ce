"""A story as a picture: what happened, when somebody watched, and what the record says."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from integrations.truth_pages.stories import instant
from machines import SECOND, spans

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from integrations.truth_pages.stories import Told
    from machines import Record
    from machines.timeline import Value

__all__ = ["picture_of"]

_MINUTES = 60
_SCALE = 8.4
_LEFT = 126.0
_TOP = 50.0
_ROW = 34.0
_BAR = 20.0
_WIDTH = _LEFT + _MINUTES * _SCALE + 72

_STYLE = """
text { font: 13px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif }
.title { font-size: 16px; font-weight: 600 }
.small { font-size: 11px }
.page { fill: #ffffff }
.title, .label, .sum { fill: #1b1f24 }
.small { fill: #57606a }
.tick { stroke: #d0d7de }
.truth { fill: #57606a }
.watched { fill: #d0d7de }
.present { fill: #2c974b }
.away { fill: #b6e3c3 }
.unknown { fill: url(#hatch); stroke: #b35900 }
.uncredited { fill: url(#dots); stroke-dasharray: 1.5 3 }
.dot { fill: #b35900 }
.line { stroke: #b35900; stroke-width: 3 }
@media (prefers-color-scheme: dark) {
.page { fill: #0d1117 }
.title, .label, .sum { fill: #e6edf3 }
.small { fill: #9aa4af }
.tick { stroke: #30363d }
.truth { fill: #9aa4af }
.watched { fill: #30363d }
.present { fill: #3fb950 }
.away { fill: #1f5a30 }
.unknown { stroke: #f0883e }
.line { stroke: #f0883e }
.dot { fill: #f0883e }
}
"""


def picture_of(told: Told) -> str:
    """Return an SVG document: truth, watching and each record, over one hour."""
    story, records = told
    rows = [
        ("Pino was there", "truth", list(story.truth)),
        ("the bot watched", "watched", list(story.watched)),
    ]
    height = _TOP + (len(rows) + len(records)) * _ROW + 44
    parts = [_head(story.title, height)]
    for number, (label, kind, pieces) in enumerate(rows):
        y = _TOP + number * _ROW
        parts.append(_label(label, y))
        parts.extend(_bar(kind, start, end, y) for start, end in pieces)
    for number, record in enumerate(records, start=len(rows)):
        parts.extend(_record(record, _TOP + number * _ROW))
    parts.append(_legend(height - 14))
    parts.append("</svg>\n")
    return "\n".join(parts)


def _head(title: str, height: float) -> str:
    ticks = "\n".join(
        f'<line class="tick" x1="{_x(minute):g}" x2="{_x(minute):g}" y1="{_TOP - 6:g}" '
        f'y2="{height - 40:g}"/><text class="small" x="{_x(minute):g}" y="{_TOP - 10:g}" '
        f'text-anchor="middle">{20 + minute // 60}:{minute % 60:02}</text>'
        for minute in range(0, _MINUTES + 1, 10)
    )
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {_WIDTH:g} {height:g}" \
width="{_WIDTH:g}" height="{height:g}">
<title>{escape(title)}</title>
<style>{_STYLE}</style>
<defs><pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" \
patternTransform="rotate(45)"><line class="line" x1="0" y1="0" x2="0" y2="7"/></pattern>
<pattern id="dots" width="6" height="6" patternUnits="userSpaceOnUse">\
<circle class="dot" cx="3" cy="3" r="1.2"/></pattern></defs>
<rect class="page" width="100%" height="100%"/>
<text class="title" x="16" y="24">{escape(title)}</text>
{ticks}"""


def _record(record: Record, y: float) -> Iterator[str]:
    yield _label("the record says", y)
    for span in spans(record.started_at, record.ended_at, record.stretches):
        kind: Value = span.value
        extra = "" if span.credited or kind != "unknown" else " uncredited"
        yield _bar(f"{kind}{extra}", _minute(span.start), _minute(span.end), y)
    end = max(
        (span.end for span in spans(record.started_at, record.ended_at, record.stretches)),
        default=record.ended_at,
    )
    yield (f'<text class="sum" x="{_x(_minute(end)) + 8:g}" y="{y + 15:g}">{_sum(record)}</text>')


def _sum(record: Record) -> str:
    counted, uncertain = _exact(record.seconds), record.uncertain_seconds
    if uncertain is None:
        return f"{counted}, no bound"
    return f"{counted} ± {_exact(uncertain)}" if uncertain else f"{counted}, exactly"


def _exact(seconds: float) -> str:
    """Return a time as it is: what is called exact must not be rounded."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes:g} min {rest:g} s" if rest else f"{minutes:g} min"


def _label(text: str, y: float) -> str:
    return f'<text class="label" x="{_LEFT - 8:g}" y="{y + 15:g}" text-anchor="end">{text}</text>'


def _bar(kind: str, start: float, end: float, y: float) -> str:
    width = (end - start) * _SCALE
    return (
        f'<rect class="{kind}" x="{_x(start):g}" y="{y:g}" width="{width:g}" '
        f'height="{_BAR:g}" rx="2"/>'
    )


def _legend(y: float) -> str:
    entries: Iterable[tuple[str, str]] = (
        ("present", "present"),
        ("unknown", "unknown, counted"),
        ("unknown uncredited", "unknown, not counted"),
        ("away", "away"),
    )
    parts, x = [], _LEFT
    for kind, text in entries:
        parts.append(
            f'<rect class="{kind}" x="{x:g}" y="{y - 10:g}" width="18" height="11" rx="2"/>'
            f'<text class="small" x="{x + 24:g}" y="{y:g}">{text}</text>'
        )
        x += 44 + len(text) * 6.4
    return "\n".join(parts)


def _x(minute: float) -> float:
    return round(_LEFT + minute * _SCALE, 2)


def _minute(at: int) -> float:
    return (at - instant(0)) / (60 * SECOND)
