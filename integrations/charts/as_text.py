"""The same charts as text, where nothing can draw: bars of blocks in a fixed-width font."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from integrations.charts.words import bar_label, weekday_short
from integrations.statistics.charted import WAYS, shown_as
from integrations.words.catalogue import say
from integrations.words.wording import duration
from machines import to_datetime

if TYPE_CHECKING:
    from collections.abc import Sequence

    from integrations.charts.look import Look
    from integrations.statistics.charted import Bars, HeatMap, PartyTimeline, Shown
    from integrations.statistics.sums import GameTotal
    from machines import Instant, Span

__all__ = ["bars_as_text", "games_as_text", "heat_map_as_text", "party_as_text"]

_BLOCKS = " ▁▂▃▄▅▆▇█"
_SHADES = "·░▒▓█"
_SIGNS: dict[Shown, str] = {"present": "█", "unknown": "▒", "uncounted": "░", "away": "·"}
_BAR = 16
_WIDTH = 32
_NAME = 14
_SHOWN = 10
_WEEK = 7


def bars_as_text(bars: Bars, look: Look) -> str:
    """Return one line for each bar that holds any time, with all kinds in it."""
    totals = [sum(values) for values in zip(*bars.seconds.values(), strict=True)]
    if not any(total >= 1 for total in totals):
        return say(look.language, "chart.none")
    of_week = len(bars.begins) == _WEEK
    rows = [
        (
            bar_label(look.language, bars.grain, begins, of_week=of_week),
            total,
            " + ".join(
                f"{say(look.language, f'kind.{kind}')} {duration(values[number])}"
                for kind, values in bars.seconds.items()
                if values[number] >= 1
            ),
        )
        for number, (begins, total) in enumerate(zip(bars.begins, totals, strict=True))
        if total >= 1
    ]
    return _fenced(_rows(rows[-_SHOWN:]))


def games_as_text(games: Sequence[GameTotal], look: Look) -> str:
    """Return one line for each of the most played games."""
    if not games:
        return say(look.language, "chart.none")
    return _fenced(
        _rows([(game.name, game.seconds, duration(game.seconds)) for game in games[:_SHOWN]])
    )


def heat_map_as_text(hours: HeatMap, look: Look) -> str:
    """Return a line of shades for each weekday, a sign an hour."""
    most = max(map(max, hours.seconds))
    if most < 1:
        return say(look.language, "chart.none")
    lines = ["    0     6     12    18"]
    for day, values in enumerate(hours.seconds):
        shades = "".join(_SHADES[_step(value, most, len(_SHADES))] for value in values)
        lines.append(f"{weekday_short(look.language, day)} {shades}")
    legend = say(look.language, "chart.heat_map.legend", seconds=most)
    return _fenced([*lines, f"{_SHADES[-1]} {legend}"])


def party_as_text(party: PartyTimeline, look: Look) -> str:
    """Return a line for the party and one for each player: █ present, ▒ ░ unknown, · away."""
    start = min([party.started_at, *(line.spans[0].start for line in party.players if line.spans)])
    end = max([party.ended_at, *(line.spans[-1].end for line in party.players if line.spans)])
    whole = say(look.language, "chart.party.whole")
    lines = [f"{_padded(whole)} {_strip(party.spans, start, end)}"]
    lines += [
        f"{_padded(line.username)} {_strip(line.spans, start, end)}"
        for line in party.players[:_SHOWN]
    ]
    times = [f"{to_datetime(at).astimezone(look.zone):%H:%M}" for at in (start, end)]
    lines.append(f"{'':{_NAME}} {times[0]}{times[1]:>{_WIDTH - len(times[0])}}")
    lines.append("  ".join(f"{_SIGNS[one]} {say(look.language, f'chart.{one}')}" for one in WAYS))
    return _fenced(lines)


def _strip(parts: Sequence[Span], start: Instant, end: Instant) -> str:
    strip = ""
    for number in range(_WIDTH):
        at = start + (end - start) * (2 * number + 1) // (2 * _WIDTH)
        here = next((part for part in parts if part.start <= at < part.end), None)
        strip += " " if here is None else _SIGNS[shown_as(here)]
    return strip


def _rows(rows: Sequence[tuple[str, float, str]]) -> list[str]:
    most = max(1.0, *(seconds for _, seconds, _ in rows))
    widest = min(_NAME, max(_width(name) for name, _, _ in rows))
    return [
        f"{_padded(name, widest)} {_bar(seconds / most)} {text}" for name, seconds, text in rows
    ]


def _bar(share: float) -> str:
    eighths = max(1, round(share * _BAR * 8))
    return f"{'█' * (eighths // 8)}{'▌' if eighths % 8 >= 4 else ''}".ljust(_BAR) or "▏"  # noqa: PLR2004 - half a block


def _step(value: float, most: float, steps: int) -> int:
    return 0 if value < 1 else min(steps - 1, 1 + int(value / most * (steps - 1)))


def _padded(name: str, width: int = _NAME) -> str:
    text = ""
    for sign in name.replace("`", "'"):
        if _width(text + sign) > width:
            text = text[:-1] + "…"
            break
        text += sign
    return text + " " * max(0, width - _width(text))


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def _fenced(lines: Sequence[str]) -> str:
    return "```\n" + "\n".join(lines) + "\n```"
