"""Sessions for people to read: one table, times in the time zone of the settings."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from integrations.wording import duration, on_one_line

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

    from integrations.cli.rows import Row

__all__ = ["print_table"]

_PIPE_WIDTH = 160
"""Columns where there is no terminal to fit into."""


def print_table(rows: Iterable[Row], timezone: str, stream: TextIO, *, live: bool) -> None:
    """Print ``rows`` to ``stream``; ``live`` says that they are still going on."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    times = ("since", "so far") if live else ("from", "until", "time")
    for heading in ("kind", "who", "what", *times, "uncertain", "state" if live else "why"):
        table.add_column(heading, justify="right" if heading in {"time", "so far"} else "left")
    zone = ZoneInfo(timezone)
    for row in rows:
        ended = [] if live else [_time(row.ended_at, zone)]
        table.add_row(
            row.kind,
            _plain(_who(row)),
            _plain(_what(row)),
            _time(row.started_at, zone),
            *ended,
            duration(row.seconds),
            _uncertain(row.uncertain_seconds),
            row.state if live else row.reason,
        )
    width = None if stream.isatty() else _PIPE_WIDTH
    Console(file=stream, width=width, highlight=False).print(table)


def _who(row: Row) -> str:
    if row.player_ids is not None:
        return f"{len(row.player_ids)} players"
    return row.username or row.user_id or ""


def _what(row: Row) -> str:
    return row.channel_name or row.game_name or ""


def _plain(text: str) -> Text:
    """Return a name as it is: brackets in it are no markup."""
    return Text(on_one_line(text))


def _time(text: str | None, zone: ZoneInfo) -> str:
    if text is None:
        return ""
    return datetime.fromisoformat(text).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def _uncertain(seconds: float | None) -> str:
    if seconds is None:
        return "start unknown"
    return f"± {duration(seconds)}" if seconds else "exact"
