"""``latido report``: a data folder on one page, or as one JSON object."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args
from zoneinfo import ZoneInfo

import typer
from rich.console import Console

from integrations.cli import completion
from integrations.cli.arguments import ArgumentError, guild_named, span_named
from integrations.cli.json_lines import print_object
from integrations.cli.options import (
    STANDARD_OUTPUT,
    DataDirOption,
    GuildOption,
    LanguageOption,
    folder_to_read,
    spoken,
)
from integrations.cli.reading import CountingReader, live_in, tell_what_was_passed_over
from integrations.cli.rows import counted_until
from integrations.cli.writing import write_whole
from integrations.configuration import load_settings
from integrations.statistics.period import Period, Window, window_of
from integrations.statistics.records import gather, so_far
from integrations.words.catalogue import say
from machines import from_datetime
from persistence import OptOuts
from persistence.owner import is_let_go, owned_since

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.settings import Settings
    from integrations.report import ReportFigures
    from machines import Instant, LiveState, Record

__all__ = ["report"]


def report(
    out: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "--out",
            "-o",
            metavar="FILE",
            help="The page, report.html; - for standard output.",
        ),
    ] = None,
    data_dir: DataDirOption = None,
    *,
    guild: GuildOption = None,
    period: Annotated[
        str | None,
        typer.Option(
            metavar="PERIOD",
            help="today, week, month or all; all if unsaid.",
            autocompletion=completion.periods,
        ),
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="WHEN", help="From then on, in place of a period.")
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(metavar="WHEN", help="Up to then; a day without a time is included whole."),
    ] = None,
    language: LanguageOption = None,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json", help="The figures as one JSON object; with --output the page as well."
        ),
    ] = False,
) -> None:
    """Write what a data folder holds as one page that works offline, with charts.

    When people are there, what is played, who spends the most time and in which weeks, and the
    longest parties, and how sure that is. The charts need the extra `charts`; without it
    there are tables. Whoever opted out is left out. Ends with status 1 if some of the ended
    sessions cannot be read.
    """
    settings, in_words = load_settings(os.environ, Path.cwd()), spoken(language)
    folder = folder_to_read(data_dir, in_words)
    asked = _period_named("all" if period is None else period)
    if period is not None and since is not None:
        raise ArgumentError("Give either --period or --since: each says where to begin.")
    if out is None and not as_json:
        raise ArgumentError("Say where to write the page: latido report --output report.html.")
    if as_json and out == STANDARD_OUTPUT:
        raise ArgumentError(
            "--json and --output - both go to standard output: leave one out, or name a file."
        )
    now = from_datetime(datetime.now(UTC))
    window = _window(asked, since, until, now, settings)
    guild_id = None if guild is None else guild_named(guild)
    from integrations import charts  # noqa: PLC0415 - only where it is asked for
    from integrations.report import figures_of, page  # noqa: PLC0415 - as above

    live, ledger = live_in(folder, in_words), CountingReader(folder)
    if guild_id is not None and not _is_known(guild_id, ledger, live.state):
        raise ArgumentError(
            f"Nothing of a server {guild_id} is known here: give the id of one that has a session, "
            "ended or live, as latido history --json shows it."
        )
    with Console(stderr=True).status("…"):  # a terminal alone shows it
        figures = figures_of(
            _records(ledger, live.state, window, guild_id, now, settings),
            guild_id=guild_id,
            period=asked,
            window=window,
            now=now,
            zone=ZoneInfo(settings.timezone),
        )
        if as_json:
            print_object(_summary(figures))
        if out is not None:
            write_whole(out, page(figures, in_words))
    if out is not None:
        is_file = out != STANDARD_OUTPUT
        path = str(out) if is_file else say(in_words, "report.standard_output")
        text = say(in_words, "report.written", path=path, sessions=figures.sessions)
        sys.stderr.write(f"{text}\n")
        if not charts.can_draw():
            sys.stderr.write(f"{say(in_words, 'report.no_charts_here')}\n")
    tell_what_was_passed_over(ledger, in_words)


def _records(
    ledger: CountingReader,
    state: "LiveState",
    window: Window,
    guild_id: int | None,
    now: "Instant",
    settings: "Settings",
) -> "Iterator[Record]":
    folder = ledger.path.parent
    closed, owned = is_let_go(folder), owned_since(folder)
    until = counted_until(state, now, settings, is_closed=closed, owned_since=owned)
    live = [so_far(session, until(session)) for session in state.sessions]
    hidden = OptOuts(folder).user_ids
    return gather(ledger, live, window, guild_id=guild_id, hidden=hidden)


def _is_known(guild_id: int, ledger: CountingReader, state: "LiveState") -> bool:
    return ledger.knows_guild(guild_id) or any(
        session.guild_id == guild_id for session in state.sessions
    )


def _period_named(text: str) -> Period:
    periods: tuple[Period, ...] = get_args(Period)
    for period in periods:
        if text.strip().lower() == period:
            return period
    raise ArgumentError(f"There is no period {text!r}: choose today, week, month or all.")


def _window(
    period: Period, since: str | None, until: str | None, now: "Instant", settings: "Settings"
) -> Window:
    window = window_of(period, now, ZoneInfo(settings.timezone))
    first, last = span_named(since, until, settings.timezone)
    asked = Window(window.since if first is None else first, window.until if last is None else last)
    if asked.since is not None and asked.since >= asked.until:
        begins = f"the beginning of --period {period}" if since is None else f"--since {since}"
        ends = "now" if until is None else f"--until {until}"
        raise ArgumentError(
            f"Nothing lies between {begins} and {ends}: give an earlier --since, or a later end."
        )
    return asked


def _summary(figures: "ReportFigures") -> dict[str, Any]:
    """Return the figures as plain JSON: ids as strings, times in seconds."""
    return {
        "guild_id": None if figures.guild_id is None else str(figures.guild_id),
        "period": figures.period,
        "timezone": figures.zone.key,
        "sessions": figures.sessions,
        "running": figures.running,
        "people": figures.people,
        "uncertain_seconds": figures.uncertain_seconds(),
        "starts_unknown": figures.unbounded(),
        "ranking": {
            kind: [
                {
                    "place": place.place,
                    "user_id": str(place.user_id),
                    "username": place.total.username,
                    "seconds": place.total.seconds,
                    "uncertain_seconds": place.total.uncertain_seconds,
                    "starts_unknown": place.total.unbounded,
                    "sessions": place.total.sessions,
                }
                for place in places
            ]
            for kind, places in figures.ranking.items()
        },
        "games": [
            {
                "name": game.name,
                "seconds": game.seconds,
                "uncertain_seconds": game.uncertain_seconds,
                "starts_unknown": game.unbounded,
                "people": game.people,
                "sessions": game.sessions,
            }
            for game in figures.games
        ],
        "hours_of_week": figures.hours.seconds,
    }
