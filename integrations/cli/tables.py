"""Sessions for people to read: one table, times in the time zone of the settings."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from integrations.words.wording import duration, on_one_line

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

    from integrations.cli.rows import Row

__all__ = ["print_table", "table_of"]

_PIPE_WIDTH = 160
"""Columns where there is no terminal to fit into."""

_LONG, _SHORT = "%Y-%m-%d %H:%M:%S", "%m-%d %H:%M"
_GAP = 2
_SHORTEST_NAME = 6
_NAMES = ("who", "what")


def print_table(rows: Iterable[Row], timezone: str, stream: TextIO, *, live: bool) -> None:
    """Print ``rows`` to ``stream``; ``live`` says that they are still going on."""
    width = None if stream.isatty() else _PIPE_WIDTH
    console = Console(file=stream, width=width, highlight=False)
    console.print(table_of(rows, timezone, console.width, live=live))


def table_of(rows: Iterable[Row], timezone: str, width: int, *, live: bool) -> Table:
    """Return the table that fits into ``width``: each row one line, long names cut.

    Where it is narrow, times are short; where it is narrower still, the reason or the state
    is left out, then when a session ended, which its time says as well.
    """
    zone, shown = ZoneInfo(timezone), list(rows)
    columns = _columns(shown, zone, _LONG, live=live)
    if _room(columns, width) < _SHORTEST_NAME:
        columns = _columns(shown, zone, _SHORT, live=live)
    for heading in ("state", "why", "until"):
        if _room(columns, width) < _SHORTEST_NAME:
            columns.pop(heading, None)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading, cells in columns.items():
        is_name = heading in _NAMES
        table.add_column(
            heading,
            justify="right" if heading in {"time", "so far"} else "left",
            no_wrap=True,
            overflow="ellipsis",
            max_width=max(_SHORTEST_NAME, _room(columns, width)) if is_name else None,
            min_width=None if is_name else _longest(heading, cells),
        )
    for row in zip(*columns.values(), strict=True):
        table.add_row(*map(_plain, row))
    return table


def _columns(rows: list[Row], zone: ZoneInfo, form: str, *, live: bool) -> dict[str, list[str]]:
    columns = {
        "kind": [row.kind for row in rows],
        "who": [_who(row) for row in rows],
        "what": [_what(row) for row in rows],
        "since" if live else "from": [_time(row.started_at, zone, form) for row in rows],
    }
    if not live:
        columns["until"] = [_time(row.ended_at, zone, form) for row in rows]
    columns["so far" if live else "time"] = [duration(row.seconds) for row in rows]
    columns["uncertain"] = [_uncertain(row.uncertain_seconds) for row in rows]
    columns["state" if live else "why"] = [
        (row.state if live else row.reason) or "" for row in rows
    ]
    return columns


def _room(columns: dict[str, list[str]], width: int) -> int:
    """Return how wide each of the two names may be."""
    fixed = sum(_longest(head, cells) for head, cells in columns.items() if head not in _NAMES)
    return (width - fixed - _GAP * (len(columns) - 1)) // len(_NAMES)


def _longest(heading: str, cells: list[str]) -> int:
    return max(map(len, [heading, *cells]))


def _who(row: Row) -> str:
    if row.player_ids is not None:
        return f"{len(row.player_ids)} players"
    return row.username or row.user_id or ""


def _what(row: Row) -> str:
    return row.channel_name or row.game_name or ""


def _plain(text: str) -> Text:
    """Return a name as it is: brackets in it are no markup."""
    return Text(on_one_line(text))


def _time(text: str | None, zone: ZoneInfo, form: str) -> str:
    if text is None:
        return ""
    return datetime.fromisoformat(text).astimezone(zone).strftime(form)


def _uncertain(seconds: float | None) -> str:
    if seconds is None:
        return "start unknown"
    return f"± {duration(seconds)}" if seconds else "exact"
