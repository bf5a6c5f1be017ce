"""Sessions for people to read: one table, times in the time zone of the settings."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.table import Table
from rich.text import Text

from integrations.cli.rows import is_too_late
from integrations.words.catalogue import say
from integrations.words.doing import game_shown
from integrations.words.sureness import sure
from integrations.words.wording import duration, on_one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import TextIO

    from integrations.cli.rows import Row
    from integrations.words.wording import Language
    from machines import Instant

__all__ = ["PIPE_WIDTH", "Column", "FittedTable", "print_table", "table_of", "table_of_columns"]

PIPE_WIDTH = 160
"""Columns where there is no terminal to fit into."""

_LONG, _SHORT, _HOUR = "%Y-%m-%d %H:%M:%S", "%m-%d %H:%M", "%H:%M:%S"
_GAP = 2
_SHORTEST_NAME = 6
_LONGEST_MADE_ROOM_FOR = 16
_NAMES = ("who", "what")
_TELL_APART = ("kind", "what")
_LENGTHS = ("time", "so_far")
_GIVE_WAY = ("why", "until", "server", "state", "kind", "since", "from", "uncertain", "what")
"""What is left out where there is no room, in this order, as much of it as has to be."""
_WHERE_KINDS_TELL_APART = (*(key for key in _GIVE_WAY if key not in _TELL_APART), *_TELL_APART)


class FittedTable(NamedTuple):
    """A table, and the headings of the columns that it had no room for."""

    table: Table
    left_out: list[str]


def print_table(
    rows: Iterable[Row], timezone: str, stream: TextIO, language: Language, *, now: Instant | None
) -> list[str]:
    """Print ``rows`` to ``stream``, and return the headings for which there was no room.

    The line below says which time zone that is: without it a table that is kept cannot be read.

    ``now``: the present, where they are still going on; None where they are over.
    """
    width = None if stream.isatty() else PIPE_WIDTH
    console = Console(file=stream, width=width, highlight=False)
    table, left_out = table_of(rows, timezone, console.width, language, now=now)
    console.print(table)
    console.print(say(language, "table.zone", zone=timezone), style="dim")
    return left_out


def table_of(
    rows: Iterable[Row], timezone: str, width: int, language: Language, *, now: Instant | None
) -> FittedTable:
    """Return the table that fits into ``width``: each row one line, long names cut.

    Names are cut no further than people can be told apart by them. Where it is narrow, times are
    short; where it is narrower still, the reason is left out, then when a session ended, which its
    time says as well, then the server, which has a column where the rows are of several, then the
    state, the kind, when it began, how sure its time is, and last of all where it was or what was
    played: what tells rows apart outlives the rest, and so does the kind where some rows are alike
    without it. What fits after all, once more was left out, stays. Nothing is cut without an
    ellipsis.
    """
    words, shown = _Words(language, ZoneInfo(timezone), now), list(rows)
    columns = words.columns(shown, _LONG)
    needed = {"who": columns["who"].told_apart, "what": _SHORTEST_NAME}
    if _spare(columns, needed, width) < 0:
        columns = words.columns(shown, _SHORT)
    give_way = _WHERE_KINDS_TELL_APART if _kinds_tell_apart(columns) else _GIVE_WAY
    fitting = _fitting(columns, needed, width, give_way)
    names = _widths_of_names(fitting, needed, width)
    left_out = [columns[key].heading for key in give_way if key in columns and key not in fitting]
    return FittedTable(
        _drawn(fitting, names, is_narrow=_spare(fitting, needed, width) < 0), left_out
    )


def _kinds_tell_apart(columns: Mapping[str, Column]) -> bool:
    """Say whether some rows are of the same people and the same name, and not of one kind."""
    names = list(zip(columns["who"].cells, columns["what"].cells, strict=True))
    return len({*zip(names, columns["kind"].cells, strict=True)}) > len({*names})


def table_of_columns(
    columns: Mapping[str, Column], give_way: Sequence[str], width: int
) -> FittedTable:
    """Return the table of columns that fits into ``width``; see :func:`table_of`.

    ``give_way``: the keys of those that are left out where there is no room, in this order.
    """
    fitting = _fitting(columns, {}, width, give_way)
    left_out = [columns[key].heading for key in give_way if key not in fitting]
    return FittedTable(_drawn(fitting, {}, is_narrow=_spare(fitting, {}, width) < 0), left_out)


def _drawn(columns: Mapping[str, Column], names: Mapping[str, int], *, is_narrow: bool) -> Table:
    """Return a table, names in it as wide as said; in one that is too narrow all may be cut."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for key, column in columns.items():
        table.add_column(
            column.heading,
            justify="right" if key in _LENGTHS else "left",
            no_wrap=True,
            overflow="ellipsis",
            max_width=names.get(key),
            min_width=None if key in names or is_narrow else column.width,
        )
    for row in zip(*(column.cells for column in columns.values()), strict=True):
        table.add_row(*map(_plain, row))
    return table


class Column(NamedTuple):
    """A column of a table: its heading, and what stands below it, on a line each."""

    heading: str
    cells: list[str]

    @property
    def width(self) -> int:
        """How wide it is where nothing of it is cut."""
        return max(map(cell_len, {self.heading, *self.cells}))

    @property
    def told_apart(self) -> int:
        """How wide it has to be so that no two cells look alike that are not, within reason."""
        cells = set(self.cells)
        for width in range(_SHORTEST_NAME, _LONGEST_MADE_ROOM_FOR + 1):
            if len({_cut(cell, width) for cell in cells}) == len(cells):
                return width
        return _SHORTEST_NAME


class _Words(NamedTuple):
    """Rows in words: in a language, with times of a zone; ``now`` where they go on."""

    language: Language
    zone: ZoneInfo
    now: Instant | None

    def columns(self, rows: list[Row], form: str) -> dict[str, Column]:
        """Return the columns by their key, times written as ``form``."""
        live = self.now is not None
        cells = {
            "kind": [self._word(row.kind) for row in rows],
            "who": [self._who(row) for row in rows],
            "what": [
                row.channel_name or game_shown(row.game_name or "", row.activity_type)
                for row in rows
            ],
        }
        if len({row.guild_id for row in rows}) > 1:
            cells["server"] = [row.guild_id for row in rows]  # what they are called is not kept
        cells["since" if live else "from"] = [self._time(row.started_at, form) for row in rows]
        if not live:
            cells["until"] = [self._time(row.ended_at, form) for row in rows]
        cells["so_far" if live else "time"] = [duration(row.seconds) for row in rows]
        cells["uncertain"] = [self._sure(row) for row in rows]
        if live:
            cells["state"] = [self._state(row) for row in rows]
        else:
            cells["why"] = ["" if row.reason is None else self._word(row.reason) for row in rows]
        return {key: Column(self._word(key), column) for key, column in cells.items()}

    def _word(self, key: str) -> str:
        return say(self.language, f"table.{key}")

    def _who(self, row: Row) -> str:
        if row.player_ids is not None:
            return say(self.language, "word.players", count=len(row.player_ids))
        return row.username or row.user_id or ""

    def _sure(self, row: Row) -> str:
        """Return how sure its time is: of somebody whom nobody watches the next look will say.

        So it is of whoever was seen to leave before: they may have come back unseen.
        """
        if row.unwatched_since is not None and row.uncertain_seconds is not None:
            return say(self.language, "sure.not_known_yet")
        return sure(self.language, row.uncertain_seconds)

    def _state(self, row: Row) -> str:
        if row.away_since is None:
            return self._word(row.state)
        if row.away_until is None:
            return self._word("away")
        if self.now is not None and is_too_late(row, self.now):
            return say(self.language, "table.left_at", at=self._time(row.away_since, _SHORT))
        return say(self.language, "table.away_until", at=self._time(row.away_until, _HOUR))

    def _time(self, text: str | None, form: str) -> str:
        if text is None:
            return ""
        return datetime.fromisoformat(text).astimezone(self.zone).strftime(form)


def _fitting(
    columns: Mapping[str, Column], needed: Mapping[str, int], width: int, give_way: Sequence[str]
) -> dict[str, Column]:
    """Return the columns that there is room for, names being as wide as is ``needed``."""
    kept = dict(columns)
    left_out: list[str] = []
    for key in give_way:
        if key in kept and _spare(kept, needed, width) < 0:
            del kept[key]
            left_out.append(key)
    for key in reversed(left_out):
        more = {one: column for one, column in columns.items() if one in kept or one == key}
        if _spare(more, needed, width) >= 0:
            kept = more
    return kept


def _spare(columns: Mapping[str, Column], needed: Mapping[str, int], width: int) -> int:
    """Return how much is left over where names are as wide as is ``needed``."""
    return _room(columns, width) - sum(needed[key] for key in needed if key in columns)


def _widths_of_names(
    columns: dict[str, Column], needed: dict[str, int], width: int
) -> dict[str, int]:
    """Return how wide each name may be: half of the room, and what the other does not take."""
    room = max(_SHORTEST_NAME, _room(columns, width))
    who = columns["who"].width
    if "what" not in columns:
        return {"who": min(who, room)}
    what = columns["what"].width
    who = min(who, max(needed["who"], room - what, room // 2))
    return {"who": who, "what": min(what, max(1, room - who))}


def _room(columns: Mapping[str, Column], width: int) -> int:
    """Return how wide both names may be together."""
    fixed = sum(column.width for key, column in columns.items() if key not in _NAMES)
    return width - fixed - _GAP * (len(columns) - 1)


def _cut(text: str, width: int) -> str:
    return text if cell_len(text) <= width else f"{set_cell_size(text, width - 1)}…"


def _plain(text: str) -> Text:
    """Return a name as it is: brackets in it are no markup."""
    return Text(on_one_line(text))
