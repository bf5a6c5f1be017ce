"""The commands that look after a data folder: backup, export, privacy, retention, totals."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, BinaryIO

import typer
from rich.console import Console
from rich.progress import Progress

from integrations.cli import completion
from integrations.cli.arguments import (
    ArgumentError,
    guild_named,
    instant_named,
    kind_named,
    person_named,
    user_named,
)
from integrations.cli.json_lines import print_object
from integrations.cli.live_exports import live_rows_of
from integrations.configuration import load_settings
from integrations.launch import data_dir_of
from machines import from_datetime
from persistence import (
    FORMATS,
    DataDir,
    Format,
    HistoryFilter,
    LedgerReader,
    OptOuts,
    back_up,
    format_of,
    read_live,
    restore_backup,
    rows_of,
    write_rows,
)
from persistence import forget as forget_person
from persistence.inspection import require_folder
from persistence.owner import owning

__all__ = ["DataDirOption", "add_to", "import_any"]

DataDirOption = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        envvar="DATA_DIR",
        show_default="./data",
        help="The folder with the live sessions and the ledger.",
    ),
]
UserArgument = Annotated[
    str,
    typer.Argument(
        metavar="USER",
        help="A person's id, or a name that the ledger knows.",
        autocompletion=completion.people,
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="What was done as a JSON object on standard output.")
]
_DAY = 86_400


def add_to(application: typer.Typer) -> None:
    """Add these commands to the command line."""
    commands: tuple[tuple[str, Callable[..., None], str], ...] = (
        ("backup", backup, "Write everything to one file, while the bot runs."),
        ("restore", restore, "Make a data folder hold what a backup holds."),
        ("export", export, "Write ended sessions as JSON lines, CSV or Parquet."),
        ("totals", totals, "Show a person's time per day."),
        ("forget", forget, "Remove everything about a person."),
        ("opt-out", opt_out, "Track a person no longer, or again."),
        ("prune", prune, "Remove ended sessions that are too old."),
    )
    for name, command, help_ in commands:
        application.command(name, short_help=help_)(command)


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The backup; a free name.")],
    data_dir: DataDirOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Write everything that a data folder holds to one file. The bot may go on running."""
    with _progress("Backup") as progress:
        back_up(data_dir_of(os.environ, data_dir), file, progress=progress)
    if as_json:
        print_object({"backup": str(file)})
        return
    sys.stderr.write(f"Everything is in {file}: keep it where nobody else reads it.\n")


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that backup made.")],
    data_dir: DataDirOption = None,
    *,
    replace: Annotated[
        bool, typer.Option("--replace", help="Keep what the folder holds aside, inside it.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Make a data folder hold what a backup holds. The bot must not be running on it."""
    folder = data_dir_of(os.environ, data_dir)
    kept = restore_backup(folder, file, replace=replace)
    if as_json:
        print_object({"restored": str(folder), "kept": None if kept is None else str(kept)})
        return
    aside = "" if kept is None else f" What was there is kept in {kept}."
    sys.stderr.write(f"{folder} holds what {file} holds.{aside}\n")


def export(
    data_dir: DataDirOption = None,
    *,
    written_as: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="jsonl, csv or parquet; jsonl if unsaid.",
            autocompletion=completion.formats,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Where to; standard output if unsaid."),
    ] = None,
    user: Annotated[
        str | None,
        typer.Option(
            help="All that is held about one person, by id or name.",
            autocompletion=completion.people,
        ),
    ] = None,
    guild: Annotated[
        str | None, typer.Option(help="A server's id.", autocompletion=completion.guilds)
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(metavar="KIND", help="voice, game or party.", autocompletion=completion.kinds),
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="WHEN", help="Ended then or later: 2025-12-29.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="WHEN", help="Started before then; a day is taken in.")
    ] = None,
) -> None:
    """Write ended sessions so that other programs, and `latido import`, can read them.

    With --user, the person's sessions that are still going on follow at the end.
    """
    settings = load_settings(os.environ, Path.cwd())
    folder = data_dir_of(os.environ, data_dir)
    require_folder(folder)
    ledger = LedgerReader(folder)
    user_id = None if user is None else person_named(user, ledger)
    wanted = HistoryFilter(
        user_id=user_id,
        kind=None if kind is None else kind_named(kind),
        guild_id=None if guild is None else guild_named(guild),
        since=None if since is None else instant_named(since, settings.timezone),
        until=None if until is None else instant_named(until, settings.timezone, ends=True),
    )
    named = _format_named(written_as, output)
    rows = rows_of(ledger.history(wanted))
    with _opened(output) as to:
        if user_id is None:
            count = write_rows(rows, to, named)
        else:
            live = live_rows_of(folder, user_id, from_datetime(datetime.now(UTC)))
            count = write_rows((row for part in (rows, live) for row in part), to, named)
    sys.stderr.write(f"Sessions written: {count}.\n")
    if user_id is not None:
        _say_what_else(folder, user_id)


def import_any(file: Path, folder: Path, written_as: str | None, *, as_json: bool) -> None:
    """Take over an active_sessions.json, or an export; say what was done."""
    named = format_of(file) if written_as is None else _format_named(written_as, None)
    timezone = load_settings(os.environ, Path.cwd()).timezone
    with DataDir.open(folder, timezone=timezone) as data_dir:
        if named is None:
            imported = data_dir.import_file(file)
        else:
            with _progress("Import") as progress:
                imported = data_dir.import_records(file, named, progress=progress)
    if as_json:
        print_object(imported._asdict())
        return
    sys.stderr.write(
        f"Sessions taken over: {imported.added}; there already: {imported.known}; "
        f"not readable: {imported.broken}.\n"
    )


def totals(
    user: UserArgument,
    data_dir: DataDirOption = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    guild: Annotated[str | None, typer.Option(help="A server's id; all if unsaid.")] = None,
    kind: Annotated[str | None, typer.Option(metavar="KIND", help="voice, game or party.")] = None,
    since: Annotated[str | None, typer.Option(metavar="DAY", help="From this day on.")] = None,
    until: Annotated[str | None, typer.Option(metavar="DAY", help="Up to this day.")] = None,
) -> None:
    """Show a person's time per day and kind; days are those of the setting timezone."""
    folder = data_dir_of(os.environ, data_dir)
    require_folder(folder)
    ledger = LedgerReader(folder)
    told = ledger.daily_totals(
        user_named(user, ledger),
        load_settings(os.environ, Path.cwd()).timezone,
        kind=None if kind is None else kind_named(kind),
        guild_id=None if guild is None else guild_named(guild),
        since=None if since is None else _day_named(since),
        until=None if until is None else _day_named(until),
    )
    for total in told:
        day = total.day.isoformat()
        if as_json:
            row = {"day": day, "kind": total.kind, "seconds": total.seconds}
            print_object(row)
        else:
            length = timedelta(seconds=round(total.seconds))
            sys.stdout.write(f"{day}  {total.kind:<5}  {length}\n")
    if not told:
        sys.stderr.write("No time to show.\n")


def forget(
    user: UserArgument, data_dir: DataDirOption = None, *, as_json: JsonOption = False
) -> None:
    """Remove everything about a person: ended and live sessions, copies, and traces of them.

    Parties go on without them. The bot must not be running on that data folder; tracking goes
    on with its next start, unless the person opts out as well.
    """
    folder = data_dir_of(os.environ, data_dir)
    require_folder(folder)
    user_id = person_named(user, LedgerReader(folder))
    timezone = load_settings(os.environ, Path.cwd()).timezone
    with DataDir.open(folder, timezone=timezone) as opened:
        told = forget_person(opened, user_id)
    if as_json:
        print_object({"user_id": str(user_id), **told._asdict()})
        return
    sys.stderr.write(
        f"Removed: ended sessions {told.records}, live sessions {told.sessions}; left out of "
        f"parties: {told.parties}.\n"
    )
    for name in told.cleaned:
        sys.stderr.write(f"Left out of {name}.\n")
    for name in told.removed:
        sys.stderr.write(f"Removed {name}, which nothing can be left out of.\n")
    sys.stderr.write("Backups and exports outside the folder are yours to look after.\n")


def opt_out(
    user: UserArgument,
    data_dir: DataDirOption = None,
    *,
    undo: Annotated[bool, typer.Option("--undo", help="Track the person again.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Track a person no longer: nothing about them is written from the next start on.

    The bot must not be running on that data folder. What was written before stays until
    `latido forget`.
    """
    folder = data_dir_of(os.environ, data_dir)
    require_folder(folder)
    user_id = person_named(user, LedgerReader(folder))
    with owning(folder):
        opt_outs = OptOuts(folder)
        changed = opt_outs.remove(user_id) if undo else opt_outs.add(user_id)
    if as_json:
        print_object({"user_id": str(user_id), "opted_out": not undo, "changed": changed})
        return
    said = "tracked again" if undo else "not tracked any more"
    was = "" if changed else ", as before"
    sys.stderr.write(f"The person {user_id} is {said}{was}.\n")


def prune(
    data_dir: DataDirOption = None,
    *,
    keep_days: Annotated[
        int | None, typer.Option(min=1, metavar="DAYS", help="The setting keep_days if unsaid.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Remove ended sessions that are older than keep_days, and their totals.

    A running bot does so by itself.
    """
    settings = load_settings(os.environ, Path.cwd())
    days = settings.keep_days if keep_days is None else keep_days
    if days is None:
        raise ArgumentError("Sessions are kept for ever: set keep_days, or give --keep-days.")
    before = from_datetime(datetime.now(UTC) - timedelta(days=days))
    folder = data_dir_of(os.environ, data_dir)
    require_folder(folder)
    removed = 0
    with DataDir.open(folder, timezone=settings.timezone) as opened, _progress("Prune"):
        while any(step := opened.ledger.prune_step(before)):
            removed += step.records
    if as_json:
        print_object({"removed": removed, "keep_days": days})
        return
    sys.stderr.write(f"Sessions removed: {removed}.\n")


def _say_what_else(folder: Path, user_id: int) -> None:
    held = [
        f"no entry notice in guild {cooldown.guild_id} before {cooldown.until}"
        for cooldown in read_live(folder).state.cooldowns
        if cooldown.subject == str(user_id)
    ]
    if user_id in OptOuts(folder).user_ids:
        held.append("that they opted out")
    for sentence in held:
        sys.stderr.write(f"Held besides: {sentence}.\n")


def _format_named(text: str | None, output: Path | None) -> Format:
    if text is None:
        return (None if output is None else format_of(output)) or "jsonl"
    for each in FORMATS:
        if each == text.strip().lower():
            return each
    raise ArgumentError(f"There is no format {text!r}: choose {', '.join(FORMATS)}.")


def _day_named(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise ArgumentError(f"{text!r} is no day: write it as 2025-12-29.") from error


@contextmanager
def _opened(output: Path | None) -> Iterator[BinaryIO]:
    if output is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
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
