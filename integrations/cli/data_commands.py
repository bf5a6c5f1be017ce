"""The commands that look after a data folder: backup, export, privacy, retention."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer
from rich.console import Console
from rich.progress import Progress

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
from integrations.cli.reading import live_in, warn
from integrations.configuration import load_settings
from integrations.launch import data_dir_of
from integrations.private_files import open_to_write
from integrations.words.catalogue import say
from integrations.words.wording import Language, Value
from machines import LiveState, from_datetime
from persistence import (
    FORMATS,
    DataDir,
    DataDirBusyError,
    ExchangeRow,
    Format,
    HistoryFilter,
    LedgerReader,
    OptOuts,
    UnreadableError,
    back_up,
    format_of,
    restore_backup,
    rows_of,
    write_rows,
)
from persistence import forget as forget_person
from persistence.backup import is_backup
from persistence.disk import OsDisk
from persistence.exchange import read_records
from persistence.iso_time import to_text
from persistence.owner import owning
from persistence.snapshot_file import read_snapshot

__all__ = ["add_to", "import_any"]

_USER: Any = typer.Argument(
    metavar="USER",
    help="A person's id, or a name that the ledger knows.",
    autocompletion=completion.people,
)
UserArgument = Annotated[str, _USER]
_DAY = 86_400
_THEMSELVES = "the person can do so with its command /privacidad (/privacy)"


def add_to(application: typer.Typer) -> None:
    """Add these commands to the command line."""
    commands: tuple[tuple[str, Callable[..., None], str], ...] = (
        ("backup", backup, "Write everything to one file, while the bot runs."),
        ("restore", restore, "Make a data folder hold what a backup holds."),
        ("export", export, "Write ended sessions as JSON lines, CSV or Parquet."),
        ("forget", forget, "Remove everything about a person."),
        ("opt-out", opt_out, "Track a person no longer, or again."),
        ("prune", prune, "Remove ended sessions that are too old."),
    )
    for name, command, help_ in commands:
        application.command(name, short_help=help_)(command)


def backup(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The backup; a free name.", readable=False)
    ],
    data_dir: DataDirOption = None,
    *,
    as_json: DoneAsJsonOption = False,
    language: LanguageOption = None,
) -> None:
    """Write everything that a data folder holds to one file. The bot may go on running.

    Ends with status 1 if some of the live sessions cannot be read: those are in no backup.
    """
    in_words = spoken(language)
    folder = folder_to_read(data_dir, in_words)
    with _progress("backup") as progress:
        warnings = back_up(folder, file, progress=progress)
    warn(warnings, in_words)
    if as_json:
        print_object({"backup": str(file)})
    else:
        _tell(in_words, "backup.partly_done" if warnings else "backup.done", path=str(file))
    if warnings:
        raise typer.Exit(1)


def restore(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A file that backup made.", readable=False)
    ],
    data_dir: DataDirOption = None,
    *,
    replace: Annotated[
        bool, typer.Option("--replace", help="Keep what the folder holds aside, inside it.")
    ] = False,
    as_json: DoneAsJsonOption = False,
    language: LanguageOption = None,
) -> None:
    """Make a data folder hold what a backup holds. The bot must not be running on it."""
    folder, in_words = data_dir_of(os.environ, data_dir), spoken(language)
    kept = restore_backup(folder, file, replace=replace)
    if as_json:
        print_object({"restored": str(folder), "kept": None if kept is None else str(kept)})
        return
    _tell(in_words, "restore.done", path=str(folder), used=str(file))
    if kept is not None:
        _tell(in_words, "restore.kept", kept_as=str(kept))


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
        typer.Option("--output", "-o", metavar="FILE", help="Where to; standard output if unsaid."),
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
    follow at the end.
    """
    settings, in_words = load_settings(os.environ, Path.cwd()), spoken(language)
    written = _format_to_write(written_as, output)
    folder = folder_to_read(data_dir, in_words)
    ledger = LedgerReader(folder)
    user_id = None if user is None else person_named(user, ledger)
    first, last = span_named(since, until, settings.timezone)
    wanted = HistoryFilter(
        user_id=user_id,
        kind=None if kind is None else kind_named(kind),
        guild_id=None if guild is None else guild_named(guild),
        since=first,
        until=last,
    )
    rows, now = rows_of(ledger.history(wanted)), from_datetime(datetime.now(UTC))
    state = LiveState() if user_id is None else live_in(folder, in_words).state
    live = () if user_id is None else live_rows_of(state, folder, user_id, now, settings)
    with _opened(output) as to:
        count = write_rows(_each_once(chain(rows, live)), to, written)
    _tell(in_words, "export.done", sessions=count)
    if user_id is not None:
        _tell_what_else(state, folder, user_id, in_words)


def _each_once(rows: Iterable[ExchangeRow]) -> Iterator[ExchangeRow]:
    """Yield the rows, but for what goes on where it is over already: it ended in between."""
    over: set[str] = set()
    for row in rows:
        if row.ended_at is not None:
            over.add(row.id)
        elif row.id in over:
            continue
        yield row


def import_any(
    file: Path, folder: Path, written_as: str | None, language: Language, *, as_json: bool
) -> None:
    """Take over an active_sessions.json, or an export; say what was done.

    Ends with status 1 if some of it cannot be read, and says where the first of that is.
    """
    named = format_of(file) if written_as is None else _format_named(written_as)
    timezone = load_settings(os.environ, Path.cwd()).timezone
    _prove_readable(file, named)
    with DataDir.open(folder, timezone=timezone) as data_dir:
        if named is None:
            imported = data_dir.import_file(file)
        else:
            with _progress("import") as progress:
                imported = data_dir.import_records(file, named, progress=progress)
    counts = {"added": imported.added, "known": imported.known, "broken": imported.broken}
    if imported.first_broken is not None:
        warn([imported.first_broken], language)
    if as_json:
        print_object(counts)
    else:
        _tell(language, "import.done", **counts)
    if imported.broken:
        raise typer.Exit(1)


def _prove_readable(file: Path, written_as: Format | None) -> None:
    """Make sure that a file can be taken over, before a folder is made for it.

    Raises:
        ArgumentError: it is something else.
        MissingExtraError: pyarrow is missing for Parquet.
        NewerSchemaError: a newer version wrote it.
    """
    if is_backup(file):  # whatever it is called
        raise ArgumentError(f"{file} is a backup: put it back with latido restore.")
    try:
        if written_as is None:
            read_snapshot(OsDisk(), file, None)
        else:
            next(read_records(file, written_as), None)
    except UnreadableError as error:
        raise ArgumentError(
            f"{file} cannot be read ({error.problem}): give an active_sessions.json, or an export "
            "that ends in .jsonl, .csv or .parquet; of another name, say with --format which it is."
        ) from error


def forget(
    user: UserArgument,
    data_dir: DataDirOption = None,
    *,
    as_json: DoneAsJsonOption = False,
    language: LanguageOption = None,
) -> None:
    """Remove everything about a person: ended and live sessions, copies, and traces of them.

    Parties go on without them. The bot must not be running on that data folder; tracking goes
    on with its next start, unless the person opts out as well.
    """
    in_words = spoken(language)
    folder = folder_to_read(data_dir, in_words)
    user_id = person_named(user, LedgerReader(folder))
    timezone = load_settings(os.environ, Path.cwd()).timezone
    with (
        _while_nobody_runs(_THEMSELVES),
        DataDir.open(folder, timezone=timezone) as opened,
    ):
        told = forget_person(opened, user_id)
    done = told._asdict()
    warn(done.pop("warnings"), in_words)
    if as_json:
        print_object({"user_id": str(user_id), **done})
        return
    counts = {"records": told.records, "sessions": told.sessions, "parties": told.parties}
    _tell(in_words, "forget.done", **counts)
    for name in told.cleaned:
        _tell(in_words, "forget.cleaned", path=name)
    for name in told.removed:
        _tell(in_words, "forget.removed", path=name)
    _tell(in_words, "forget.elsewhere")


def opt_out(
    user: UserArgument,
    data_dir: DataDirOption = None,
    *,
    undo: Annotated[bool, typer.Option("--undo", help="Track the person again.")] = False,
    as_json: DoneAsJsonOption = False,
    language: LanguageOption = None,
) -> None:
    """Track a person no longer: nothing about them is written from the next start on.

    The bot must not be running on that data folder. What was written before stays until
    `latido forget`.
    """
    in_words = spoken(language)
    folder = folder_to_read(data_dir, in_words)
    user_id = person_named(user, LedgerReader(folder))
    with _while_nobody_runs(_THEMSELVES), owning(folder):
        opt_outs = OptOuts(folder)
        changed = opt_outs.remove(user_id) if undo else opt_outs.add(user_id)
    if as_json:
        print_object({"user_id": str(user_id), "opted_out": not undo, "changed": changed})
        return
    if undo:
        key = "opt_out.undone" if changed else "opt_out.undone_before"
    else:
        key = "opt_out.done" if changed else "opt_out.before"
    _tell(in_words, key, user_id=user_id)


def prune(
    data_dir: DataDirOption = None,
    *,
    keep_days: Annotated[
        int | None, typer.Option(min=1, metavar="DAYS", help="The setting keep_days if unsaid.")
    ] = None,
    as_json: DoneAsJsonOption = False,
    language: LanguageOption = None,
) -> None:
    """Remove ended sessions that are older than keep_days, and their totals.

    A running bot does so by itself.
    """
    settings, in_words = load_settings(os.environ, Path.cwd()), spoken(language)
    days = settings.keep_days if keep_days is None else keep_days
    if days is None:
        raise ArgumentError("Sessions are kept for ever: set keep_days, or give --keep-days.")
    before = from_datetime(datetime.now(UTC) - timedelta(days=days))
    folder = folder_to_read(data_dir, in_words)
    removed = 0
    with (
        _while_nobody_runs("it prunes by itself, by the setting keep_days"),
        DataDir.open(folder, timezone=settings.timezone) as opened,
        _progress("prune"),
    ):
        while any(step := opened.ledger.prune_step(before)):
            removed += step.records
    if as_json:
        print_object({"removed": removed, "keep_days": days})
        return
    _tell(in_words, "prune.done", sessions=removed)


@contextmanager
def _while_nobody_runs(meanwhile: str) -> Iterator[None]:
    """Refuse to change a folder beside its bot; ``meanwhile`` says what the bot itself can do."""
    try:
        yield
    except DataDirBusyError as error:
        raise ArgumentError(
            f"{error.holder}: stop it first; while it runs, {meanwhile}."
        ) from error


def _tell_what_else(state: LiveState, folder: Path, user_id: int, language: Language) -> None:
    for cooldown in state.cooldowns:
        if cooldown.subject == user_id:
            until = to_text(cooldown.until)
            _tell(language, "export.cooldown", guild_id=cooldown.guild_id, until=until)
    if user_id in OptOuts(folder).user_ids:
        _tell(language, "export.opted_out")


def _tell(language: Language, key: str, **values: Value) -> None:
    sys.stderr.write(f"{say(language, key, **values)}\n")


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
    if output is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        descriptor = open_to_write(output, os.O_EXCL)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ArgumentError(f"{output} cannot be made ({reason}): give another name.") from error
    with os.fdopen(descriptor, "wb") as to:
        yield to


@contextmanager
def _progress(title: str) -> Iterator[Callable[[int, int], None]]:
    """Show how far long work is, where somebody is looking."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as shown:
        task = shown.add_task(title, total=None)
        yield lambda done, whole: shown.update(task, completed=done, total=whole)
