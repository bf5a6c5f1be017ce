"""``latido sessions`` and ``latido history``: what goes on, and what was."""

import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from integrations.cli import watching
from integrations.cli.arguments import guild_named, kind_named, span_named, user_named
from integrations.cli.json_lines import print_object
from integrations.cli.options import (
    DataDirOption,
    GuildOption,
    KindOption,
    LanguageOption,
    RowsAsJsonOption,
    SinceOption,
    UntilOption,
    UserOption,
    folder_to_read,
    spoken,
)
from integrations.cli.reading import CountingReader, live_in, tell_what_was_passed_over
from integrations.cli.rows import (
    Row,
    is_too_late,
    is_wanted,
    live_rows,
    may_have_ended,
    row_of_record,
    row_of_session,
)
from integrations.cli.tables import print_table
from integrations.configuration import load_settings
from integrations.evidence.last_ends import ended_since
from integrations.words.catalogue import say
from integrations.words.wording import Language
from machines import Instant, from_datetime
from persistence import HistoryFilter, PersistenceError
from persistence.owner import is_let_go, owned_since

__all__ = ["history", "sessions", "tell_of_what_goes_on"]


def sessions(
    data_dir: DataDirOption = None,
    *,
    as_json: RowsAsJsonOption = False,
    language: LanguageOption = None,
    watch: Annotated[
        bool,
        typer.Option("--watch", "-w", help="Look again every second; with --json, each change."),
    ] = False,
) -> None:
    """List the live sessions in a data folder, while the bot runs or after it has stopped.

    While it watches, time counts up to now; after it has stopped, or while its connection is
    cut, up to the last moment it was known to be watching. Whoever is away may come back until
    the time that is shown. Ends with status 1 if some of them cannot be read.
    """
    settings, in_words = load_settings(os.environ, Path.cwd()), spoken(language)
    folder = folder_to_read(data_dir, in_words)
    since = partial(ended_since, settings, from_datetime(datetime.now(UTC)))
    restored = live_in(folder, in_words, without_ledger=True, ends_since=since)
    if watch:
        looks = watching.Looks(folder, settings)
        _watch(looks, settings.timezone, in_words, as_json=as_json)
        return
    is_closed, now = is_let_go(folder), from_datetime(datetime.now(UTC))
    owned = owned_since(folder)
    rows = list(live_rows(restored.state, now, settings, is_closed=is_closed, owned_since=owned))
    if rows or not restored.warnings:  # else there may be some
        _show(rows, settings.timezone, in_words, as_json=as_json, now=now)
    if not as_json:
        _tell_of_live(rows, now, in_words, is_closed=is_closed)
    if restored.warnings:
        raise typer.Exit(1)


def history(  # noqa: PLR0913 - each is an option
    data_dir: DataDirOption = None,
    *,
    as_json: RowsAsJsonOption = False,
    language: LanguageOption = None,
    user: UserOption = None,
    guild: GuildOption = None,
    kind: KindOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="COUNT", help="The latest so many alone.")
    ] = None,
) -> None:
    """List the sessions that have ended, by when they ended.

    "uncertain" says how far the truth can be from the time shown. Times without an offset are
    in the time zone of the settings. Ends with status 1 if some of them cannot be read.
    """
    timezone, in_words = load_settings(os.environ, Path.cwd()).timezone, spoken(language)
    folder = folder_to_read(data_dir, in_words)
    ledger = CountingReader(folder)
    first, last = span_named(since, until, timezone)
    wanted = HistoryFilter(
        kind=None if kind is None else kind_named(kind),
        guild_id=None if guild is None else guild_named(guild),
        since=first,
        until=last,
        user_id=None if user is None else user_named(user, ledger),
        newest_first=limit is not None,
        limit=limit,
    )
    rows = map(row_of_record, ledger.history(wanted))
    ascending = rows if limit is None else reversed(list(rows))
    is_empty = _show(ascending, timezone, in_words, as_json=as_json, now=None)
    if not as_json:
        tell_of_what_goes_on(folder, wanted, in_words, of_those_here=is_empty)
    tell_what_was_passed_over(ledger, in_words)


def _watch(looks: watching.Looks, timezone: str, language: Language, *, as_json: bool) -> None:
    try:
        if as_json:
            watching.watch_as_json(looks, sys.stdout, sys.stderr, language)
        else:
            watching.watch(looks, timezone, sys.stdout, language)
    except KeyboardInterrupt:
        return  # Ctrl-C is how watching ends


def _show(
    rows: Iterable[Row], timezone: str, language: Language, *, as_json: bool, now: Instant | None
) -> bool:
    """Show rows; return whether it is known that there are none."""
    if as_json:
        for row in rows:
            print_object(row)
        return False
    shown = list(rows)
    if shown:
        left_out = print_table(shown, timezone, sys.stdout, language, now=now)
        sys.stdout.flush()  # what is said of the table comes after it
        if left_out:
            _tell(say(language, "table.left_out", columns=left_out))
        if any(row.activity_type == "streaming" for row in shown):
            _tell(say(language, "table.streaming_means"))
    else:
        _tell(say(language, "table.nothing"))
    return not shown


def _tell_of_live(rows: list[Row], now: Instant, language: Language, *, is_closed: bool) -> None:
    """Say what the table of live sessions means, where it needs saying."""
    away = [row for row in rows if row.away_since is not None]
    too_late = sum(is_too_late(row, now) for row in away)
    if too_late < len(away):
        _tell(say(language, "table.away_means"))
    if too_late:
        _tell(say(language, "table.left_means"))
    if rows and is_closed:
        _tell(say(language, "table.not_running"))
    elif unwatched := sum(row.unwatched_since is not None for row in rows):
        _tell(say(language, "table.not_watched", count=unwatched))


def tell_of_what_goes_on(
    folder: Path, wanted: HistoryFilter, language: Language, *, of_those_here: bool
) -> None:
    """Say how many live sessions are over unless somebody comes back.

    ``of_those_here``: how many go on for the rest as well.
    """
    now = from_datetime(datetime.now(UTC))
    with suppress(PersistenceError):  # live sessions that cannot be read are no part of history
        live = live_in(folder, language).state.sessions
        away = [row_of_session(each, now) for each in live if may_have_ended(each, wanted)]
        too_late = sum(is_too_late(row, now) for row in away)
        if count := len(away) - too_late:
            _tell(say(language, "table.may_go_on", count=count))
        if too_late:
            _tell(say(language, "table.to_be_written", count=too_late))
        here = sum(each.absent_since is None and is_wanted(each, wanted) for each in live)
        if of_those_here and here:
            _tell(say(language, "table.go_on", count=here))


def _tell(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
