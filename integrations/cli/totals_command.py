"""``latido totals``: a person's time per day, and how sure it is."""

import os
import sys
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
import typer
from rich.console import Console

from integrations.cli import completion
from integrations.cli.arguments import (
    ArgumentError,
    guild_named,
    kind_named,
    span_named,
    user_named,
)
from integrations.cli.json_lines import print_object
from integrations.cli.options import (
    DataDirOption,
    GuildOption,
    KindOption,
    LanguageOption,
    RowsAsJsonOption,
    folder_to_read,
    spoken,
)
from integrations.cli.reading import CountingReader, tell_what_was_passed_over
from integrations.cli.session_commands import tell_of_what_goes_on
from integrations.cli.tables import PIPE_WIDTH, Column, FittedTable, table_of_columns
from integrations.cli.telling import tell
from integrations.configuration import load_settings
from integrations.statistics.period import Window
from integrations.statistics.records import DOUBT_WITHIN
from integrations.statistics.sums import by_person
from integrations.words.catalogue import say
from integrations.words.sureness import how_sure
from integrations.words.wording import Language, duration
from machines import cut_for, reach_of
from persistence import HistoryFilter
from persistence.daily_totals import DailyTotal
from persistence.days import bounds, days_between

if TYPE_CHECKING:
    from machines import Instant, Kind, Record

__all__ = ["Day", "table_of_days", "totals"]

_USER: Any = typer.Argument(
    metavar="USER",
    help="A person's id, or a name that the ledger knows.",
    autocompletion=completion.people,
)


_GIVE_WAY = ("uncertain", "kind")
"""What is left out where there is no room, in this order."""


class Day(NamedTuple):
    """A total, how far the truth can be from it, and how many starts in it nobody knows."""

    total: "DailyTotal"
    uncertain_seconds: float
    unbounded: int


def totals(  # noqa: PLR0913 - each is an option
    user: Annotated[str | None, _USER] = None,
    data_dir: DataDirOption = None,
    *,
    named: Annotated[
        str | None,
        typer.Option(
            "--user", help="The same, as other commands take it.", autocompletion=completion.people
        ),
    ] = None,
    as_json: RowsAsJsonOption = False,
    language: LanguageOption = None,
    guild: GuildOption = None,
    kind: KindOption = None,
    since: Annotated[str | None, typer.Option(metavar="DAY", help="From this day on.")] = None,
    until: Annotated[str | None, typer.Option(metavar="DAY", help="Up to this day.")] = None,
) -> None:
    """Show a person's time per day and kind; days are those of the setting timezone.

    What still goes on is in none of them, and that is said. Ends with status 1 if some of the
    sessions cannot be read.
    """
    in_words = spoken(language)
    folder = folder_to_read(data_dir, in_words)
    ledger, zone = CountingReader(folder), load_settings(os.environ, Path.cwd()).timezone
    user_id = user_named(_one_of(user, named), ledger)
    of_kind = None if kind is None else kind_named(kind)
    guild_id = None if guild is None else guild_named(guild)
    first_day = None if since is None else _day_named(since)
    last_day = None if until is None else _day_named(until)
    first, last = span_named(since, until, zone)
    told = ledger.daily_totals(
        user_id,
        zone,
        kind=of_kind,
        guild_id=guild_id,
        since=first_day,
        until=last_day,
    )
    wanted = HistoryFilter(
        user_id=user_id,
        kind=of_kind,
        guild_id=guild_id,
        since=first,
        until=last,
    )
    days = list(_days(told, user_id, ledger, wanted, ZoneInfo(zone)))
    if as_json:
        for day in days:
            print_object(_row(day))
        tell_what_was_passed_over(ledger, in_words)
        return
    if days:
        left_out = _print(days, zone, in_words)
        sys.stdout.flush()  # what is said of the table comes after it
        if left_out:
            tell(in_words, "table.left_out", columns=left_out)
    else:
        sys.stderr.write(f"{say(in_words, 'totals.nothing')}\n")
    tell_of_what_goes_on(folder, wanted, in_words, of_those_here=True)
    tell_what_was_passed_over(ledger, in_words)


def _days(
    told: "list[DailyTotal]",
    user_id: int,
    ledger: CountingReader,
    wanted: HistoryFilter,
    zone: ZoneInfo,
) -> Iterator[Day]:
    """Yield the totals with how sure they are, which follows from what nobody knows of a day.

    That may be all that there is of a day.
    """
    of_day = cache(partial(bounds, zone=zone))
    touching: dict[tuple[date, Kind], list[Record]] = defaultdict(list)
    for record in ledger.history(msgspec.structs.replace(wanted, doubt_within=DOUBT_WITHIN)):
        days = days_between(*reach_of(user_id, record), zone)
        starts = {day: of_day(day)[0] for day in days}
        parts = cut_for(user_id, record, [*starts.values(), of_day(max(starts))[1]])
        for day, start in starts.items():
            if (part := parts.get(start)) is not None:
                touching[day, record.kind].append(part)
    seconds = {(total.day, total.kind): total for total in told}
    for day, kind in sorted({*touching, *seconds}):
        start, end = of_day(day)
        if not _is_asked_for(wanted, start, end):
            continue
        sums = by_person(touching[day, kind], Window(start, end), user_id).get((user_id, kind))
        total = seconds.get((day, kind))
        if sums is None and total is None:
            continue
        total = DailyTotal(day, kind, 0.0) if total is None else total
        yield Day(total, *((0.0, 0) if sums is None else (sums.uncertain_seconds, sums.unbounded)))


def _is_asked_for(wanted: HistoryFilter, start: "Instant", end: "Instant") -> bool:
    since, until = wanted.since, wanted.until
    return (since is None or since < end) and (until is None or start < until)


def _row(day: Day) -> dict[str, Any]:
    return {
        "day": day.total.day.isoformat(),
        "kind": day.total.kind,
        "seconds": day.total.seconds,
        "uncertain_seconds": day.uncertain_seconds,
        "starts_unknown": day.unbounded,
    }


def _print(days: list[Day], zone: str, language: Language) -> list[str]:
    """Print the table of days; return the headings for which there was no room."""
    width = None if sys.stdout.isatty() else PIPE_WIDTH
    console = Console(file=sys.stdout, width=width, highlight=False)
    table, left_out = table_of_days(days, console.width, language)
    console.print(table)
    console.print(say(language, "table.days", zone=zone), style="dim")
    return left_out


def table_of_days(days: list[Day], width: int, language: Language) -> FittedTable:
    """Return the table that fits into ``width``: first the year goes, then how sure each is."""
    cells = {
        "day": [day.total.day.isoformat() for day in days],
        "kind": [say(language, f"table.{day.total.kind}") for day in days],
        "time": [duration(day.total.seconds) for day in days],
        "uncertain": [
            ", ".join(how_sure(language, day.uncertain_seconds, day.unbounded)) for day in days
        ],
    }
    columns = {key: Column(say(language, f"table.{key}"), column) for key, column in cells.items()}
    shown = table_of_columns(columns, _GIVE_WAY, width)
    if not shown.left_out:
        return shown
    columns["day"] = columns["day"]._replace(cells=[f"{day.total.day:%m-%d}" for day in days])
    return table_of_columns(columns, _GIVE_WAY, width)


def _one_of(user: str | None, named: str | None) -> str:
    """Return who is meant by an argument or by an option."""
    given = {each for each in (user, named) if each is not None}
    if len(given) == 1:
        return given.pop()
    raise ArgumentError("Name one person: `latido totals Pino`, or `latido totals --user Pino`.")


def _day_named(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise ArgumentError(f"{text!r} is no day: write it as 2025-12-29.") from error
