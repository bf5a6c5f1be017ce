"""The commands that exchange with other programs: export, and import."""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from integrations.cli import completion
from integrations.cli.arguments import (
    ArgumentError,
    guild_named,
    kind_named,
    person_named,
    span_named,
)
from integrations.cli.json_lines import print_object
from integrations.cli.live_exports import live_rows_of
from integrations.cli.options import (
    STANDARD_OUTPUT,
    DataDirOption,
    DoneAsJsonOption,
    GuildOption,
    KindOption,
    LanguageOption,
    SinceOption,
    UntilOption,
    UserOption,
    folder_to_read,
    spoken,
)
from integrations.cli.reading import CountingReader, live_in, tell_what_was_passed_over, warn
from integrations.cli.telling import shown_progress, tell
from integrations.cli.writing import not_written
from integrations.configuration import load_settings
from integrations.launch import data_dir_of
from integrations.private_files import open_to_write
from integrations.words.wording import Language
from machines import LiveState, from_datetime
from persistence import (
    FORMATS,
    DataDir,
    ExchangeRow,
    Format,
    HistoryFilter,
    Imported,
    OptOuts,
    UnreadableError,
    format_of,
    rows_of,
    wholly_unreadable,
    write_rows,
)
from persistence.backup_file import is_backup
from persistence.errors import reason_of
from persistence.iso_time import to_text

__all__ = ["export", "import_file"]


def export(  # noqa: PLR0913 - each is an option
    data_dir: DataDirOption = None,
    *,
    written_as: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="jsonl, csv or parquet; by FILE's name, and jsonl on standard output.",
            autocompletion=completion.formats,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Where to; standard output if unsaid, or -."
        ),
    ] = None,
    user: UserOption = None,
    guild: GuildOption = None,
    kind: KindOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    language: LanguageOption = None,
) -> None:
    """Write ended sessions so that other programs, and `latido import`, can read them.

    With --user, all that is held about the person: their sessions that are still going on
    follow at the end. Their parties are whole: the ids, names and times of the other players too.
    Ends with status 1 if some of the ended sessions cannot be read: the rest is written, also what
    lies behind damaged pages of the ledger.
    """
    settings, in_words = load_settings(os.environ, Path.cwd()), spoken(language)
    output = None if output == STANDARD_OUTPUT else output
    written = _format_to_write(written_as, output)
    folder = folder_to_read(data_dir, in_words)
    ledger = CountingReader(folder)
    user_id = None if user is None else person_named(user, ledger)
    first, last = span_named(since, until, settings.timezone)
    wanted = HistoryFilter(
        user_id=user_id,
        kind=None if kind is None else kind_named(kind),
        guild_id=None if guild is None else guild_named(guild),
        since=first,
        until=last,
    )
    rows, now = rows_of(ledger.salvaged(wanted)), from_datetime(datetime.now(UTC))
    state = LiveState() if user_id is None else live_in(folder, in_words).state
    live = () if user_id is None else live_rows_of(state, folder, user_id, now, settings)
    with _opened(output) as to:
        count = write_rows(_each_once(chain(rows, live)), to, written)
    tell(in_words, "export.done", sessions=count)
    if user_id is not None:
        _tell_what_else(state, folder, user_id, in_words)
    tell_what_was_passed_over(ledger, in_words)


def _each_once(rows: Iterable[ExchangeRow]) -> Iterator[ExchangeRow]:
    """Yield the rows, but for what goes on where it is over already: it ended in between."""
    over: set[str] = set()
    for row in rows:
        if row.ended_at is not None:
            over.add(row.id)
        elif row.id in over:
            continue
        yield row


def import_file(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="An active_sessions.json, or an export.", readable=False
        ),
    ],
    data_dir: DataDirOption = None,
    *,
    written_as: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="jsonl, csv or parquet; by the file's name if unsaid.",
            autocompletion=completion.formats,
        ),
    ] = None,
    as_json: DoneAsJsonOption = False,
    language: LanguageOption = None,
) -> None:
    """Take over the live sessions of an active_sessions.json, or the ended ones of an export.

    Sessions keep their original start. Importing a file twice changes nothing. The bot must
    not be running on that data folder. Ends with status 1 if some of the file cannot be read: the
    rest is taken over.
    """
    try:
        is_there, is_file = file.exists(), file.is_file()
    except OSError as error:  # a folder on the way to it may not be entered
        raise ArgumentError(
            f"{file} cannot be read ({reason_of(error)}): give an active_sessions.json, or an "
            "export, that you may read."
        ) from error
    if not is_file:
        problem = f"{file} is not a file" if is_there else f"There is no file {file}"
        raise ArgumentError(f"{problem}: give an active_sessions.json, or an export.")
    folder = data_dir_of(os.environ, data_dir)
    _import_any(file, folder, written_as, spoken(language), as_json=as_json)


def _import_any(
    file: Path, folder: Path, written_as: str | None, language: Language, *, as_json: bool
) -> None:
    """Take over an active_sessions.json, or an export; say what was done.

    Ends with status 1 if some of it cannot be read, and says where the first of that is.
    """
    named = format_of(file) if written_as is None else _format_named(written_as)
    timezone = load_settings(os.environ, Path.cwd()).timezone
    imported = _unless_readable(file, named) or _taken_over(file, named, folder, timezone)
    counts = {"added": imported.added, "known": imported.known, "broken": imported.broken}
    if imported.first_broken is not None:
        warn([imported.first_broken], language)
    if as_json:
        print_object(counts)
    else:
        tell(language, "import.done", **counts)
    if imported.broken:
        raise typer.Exit(1)


def _taken_over(file: Path, named: Format | None, folder: Path, timezone: str) -> Imported:
    with DataDir.open(folder, timezone=timezone) as data_dir:
        if named is None:
            return data_dir.import_file(file)
        with shown_progress("import") as progress:
            return data_dir.import_records(file, named, progress=progress)


def _unless_readable(file: Path, written_as: Format | None) -> Imported | None:
    """Return what comes of a file of which nothing can be read, before a folder is made for it.

    Raises:
        ArgumentError: it is something else.
        MissingExtraError: pyarrow is missing for Parquet.
        NewerSchemaError: a newer version wrote it.
    """
    if is_backup(file):  # whatever it is called
        raise ArgumentError(f"{file} is a backup: put it back with latido restore.")
    try:
        return wholly_unreadable(file, written_as)
    except UnreadableError as error:
        raise ArgumentError(
            f"{file} cannot be read ({error.problem}): give an active_sessions.json, or an export "
            "that ends in .jsonl, .csv or .parquet; of another name, say with --format which it is."
        ) from error


def _tell_what_else(state: LiveState, folder: Path, user_id: int, language: Language) -> None:
    for cooldown in state.cooldowns:
        if cooldown.subject == user_id:
            until = to_text(cooldown.until)
            tell(language, "export.cooldown", guild_id=cooldown.guild_id, until=until)
    if user_id in OptOuts(folder).user_ids:
        tell(language, "export.opted_out")


def _format_to_write(named: str | None, output: Path | None) -> Format:
    """Return the format asked for, else what the file's name says: import goes by that as well."""
    if named is not None:
        return _format_named(named)
    if output is None:
        return "jsonl"
    by_its_name = format_of(output)
    if by_its_name is None:
        raise ArgumentError(
            f"{output} does not end in .jsonl, .csv or .parquet: say with --format which of these "
            "it is to be, or give it another name."
        )
    return by_its_name


def _format_named(text: str) -> Format:
    for each in FORMATS:
        if each == text.strip().lower():
            return each
    raise ArgumentError(f"There is no format {text!r}: choose {', '.join(FORMATS)}.")


@contextmanager
def _opened(output: Path | None) -> Iterator[BinaryIO]:
    """Open what is written to; of an export that fails no file is left.

    Raises:
        ArgumentError: it cannot be written.
    """
    if output is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        descriptor = open_to_write(output, os.O_EXCL)
    except OSError as error:
        raise not_written(output, error) from error
    try:
        with os.fdopen(descriptor, "wb") as to:
            yield to
    except OSError as error:
        output.unlink(missing_ok=True)
        raise not_written(output, error) from error
    except BaseException:
        output.unlink(missing_ok=True)  # else it would stand in the way of the next try
        raise
