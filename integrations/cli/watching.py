"""``latido sessions --watch``: the live sessions, looked at again every second."""

from __future__ import annotations

import errno
import os
import select
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from integrations.cli.arguments import ArgumentError
from integrations.cli.rows import Row, live_rows
from integrations.cli.tables import table_of
from integrations.words.catalogue import say
from machines import from_datetime
from persistence import read_live
from persistence.owner import is_let_go, owned_since

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import TextIO

    from engine.settings import Settings
    from integrations.words.wording import Language
    from machines import Instant

__all__ = ["Looks", "watch", "watch_as_json"]

EVERY = 1.0
"""Seconds between two looks."""

_BELOW = 7
"""Lines of the screen that are no rows: the heading, and what is said below the table."""


class Glance(NamedTuple):
    """The rows of one look, when it was, and whether no bot was running."""

    rows: list[Row]
    now: Instant
    is_closed: bool


class Looks:
    """One look after the other, until somebody has seen enough (Ctrl-C)."""

    def __init__(self, folder: Path, settings: Settings, times: int | None = None) -> None:
        """Look at ``folder``, ``times`` times, or for ever where it is None."""
        self._folder = folder
        self._settings = settings
        self._times = times

    def __iter__(self) -> Iterator[Glance]:
        """Yield each look."""
        seen = 0
        while self._times is None or seen < self._times:
            if seen:
                time.sleep(EVERY)
            is_closed = is_let_go(self._folder)
            state = read_live(self._folder, without_ledger=True).state
            now = from_datetime(datetime.now(UTC))
            owned = owned_since(self._folder)
            rows = list(
                live_rows(state, now, self._settings, is_closed=is_closed, owned_since=owned)
            )
            yield Glance(rows, now, is_closed)
            seen += 1


def watch(looks: Looks, timezone: str, stream: TextIO, language: Language) -> None:
    """Show the sessions in place, as they change, until Ctrl-C.

    Raises:
        ArgumentError: ``stream`` is no terminal.
    """
    if not stream.isatty():
        raise ArgumentError(
            "--watch needs a terminal: add --json to get a line for each change instead."
        )
    console = Console(file=stream, highlight=False)
    with Live(console=console, auto_refresh=False, screen=True) as live:
        for look in looks:
            shown = look.rows[: max(1, console.height - _BELOW)]
            table, left_out = table_of(shown, timezone, console.width, language, now=look.now)
            told = _below(look, shown, left_out, timezone, language)
            below = Text("\n".join(told), style="dim")
            live.update(Group(table, below), refresh=True)


def watch_as_json(looks: Looks, stream: TextIO, beside: TextIO, language: Language) -> None:
    """Write one JSON object a line for each session that comes, changes or goes.

    One that goes is written once more, with the state ``gone``: what became of it is in the
    ledger. That no bot runs is said ``beside``, once each time it is found to be so.

    Raises:
        BrokenPipeError: nobody reads it any more, be there anything to write or not.
    """
    encode = msgspec.json.Encoder().encode
    known: dict[str, Row] = {}
    was_closed = False
    for rows, _now, is_closed in looks:
        if is_closed and not was_closed:
            beside.write(f"{say(language, 'watch.not_running')}\n")
            beside.flush()
        was_closed = is_closed
        current = {row.id: row for row in rows}
        news = [row for row in rows if _is_news(known.get(row.id), row)]
        news += [
            msgspec.structs.replace(row, state="gone")
            for one, row in known.items()
            if one not in current
        ]
        stream.write("".join(encode(row).decode() + "\n" for row in news))
        stream.flush()
        if not _is_read(stream):
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))
        known = current


def _is_read(stream: TextIO) -> bool:
    """Return whether somebody still reads what is written to a pipe; others are not asked."""
    try:
        number = stream.fileno()
    except OSError:  # it is no file
        return True
    asked = select.poll()
    asked.register(number, 0)  # that it is broken is told unasked
    return not any(told & (select.POLLERR | select.POLLHUP) for _number, told in asked.poll(0))


def _is_news(before: Row | None, row: Row) -> bool:
    """Return whether a row says more than that time goes by."""
    if before is None:
        return True
    same = msgspec.structs.replace(
        before,
        seconds=row.seconds,
        uncertain_seconds=row.uncertain_seconds,
        last_seen=row.last_seen,
    )
    return same != row


def _below(
    look: Glance, shown: list[Row], left_out: list[str], timezone: str, language: Language
) -> list[str]:
    count, more = len(look.rows), len(look.rows) - len(shown)
    if not count:
        lines = [say(language, "watch.none")]
    elif more:
        lines = [say(language, "watch.more", sessions=count, count=more)]
    else:
        lines = [say(language, "watch.count", sessions=count)]
    if look.is_closed:
        lines.append(say(language, "watch.not_running"))
    elif unwatched := sum(row.unwatched_since is not None for row in look.rows):
        lines.append(say(language, "watch.not_watched", count=unwatched))
    if any(row.activity_type == "streaming" for row in shown):
        lines.append(say(language, "table.streaming_means"))
    if left_out and count:
        lines.append(say(language, "table.left_out", columns=left_out))
    if count:
        lines.append(say(language, "table.zone", zone=timezone))
    return lines
