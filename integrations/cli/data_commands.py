"""The commands that look after a data folder: backup, privacy, retention."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from integrations.cli import completion
from integrations.cli.arguments import (
    ArgumentError,
    person_named,
)
from integrations.cli.json_lines import print_object
from integrations.cli.options import (
    DataDirOption,
    DoneAsJsonOption,
    LanguageOption,
    folder_to_read,
    spoken,
)
from integrations.cli.reading import warn
from integrations.cli.telling import shown_progress, tell
from integrations.configuration import load_settings
from integrations.launch import data_dir_of
from machines import PartySession, from_datetime
from persistence import (
    DataDir,
    DataDirBusyError,
    FolderLedger,
    OptOuts,
    PersistenceError,
    StorageWarning,
    back_up,
    read_live,
    restore_backup,
)
from persistence import forget as forget_person
from persistence.owner import owning
from persistence.storage_warnings import UNREADABLE_RECORDS

__all__ = ["backup", "forget", "opt_out", "prune", "restore"]

_USER: Any = typer.Argument(
    metavar="USER",
    help="A person's id, or a name that the ledger knows.",
    autocompletion=completion.people,
)
UserArgument = Annotated[str, _USER]
_THEMSELVES = "the person can do so with its command /privacidad (/privacy)"


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

    Ends with status 1 if some of the live sessions cannot be read, which are in no backup then, or
    some of the ended ones, which are in it as they are.
    """
    in_words = spoken(language)
    folder = folder_to_read(data_dir, in_words)
    with shown_progress("backup") as progress:
        warnings = back_up(folder, file, progress=progress)
    warn(warnings, in_words)
    if as_json:
        print_object({"backup": str(file)})
    else:
        broken = [each for each in warnings if each.key == UNREADABLE_RECORDS]
        if len(warnings) > len(broken):
            tell(in_words, "backup.partly_done", path=str(file))
        elif not broken:
            tell(in_words, "backup.done", path=str(file))
        if broken:
            tell(in_words, "backup.as_it_is", path=str(file))
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
    """Make a data folder hold what a backup holds. The bot must not be running on it.

    Whoever has opted out stays out. Whoever was forgotten after the backup was made is in it, and
    is to be forgotten again. Ends with status 1 if some of the ended sessions cannot be read: the
    rest is restored.
    """
    folder, in_words = data_dir_of(os.environ, data_dir), spoken(language)
    warnings: list[StorageWarning] = []
    kept = restore_backup(folder, file, replace=replace, warned=warnings.append)
    warn(warnings, in_words)
    if as_json:
        print_object({"restored": str(folder), "kept": None if kept is None else str(kept)})
    else:
        tell(in_words, "restore.done", path=str(folder), used=str(file))
        if kept is not None:
            tell(in_words, "restore.kept", kept_as=str(kept))
    if warnings:
        raise typer.Exit(1)


def forget(
    user: UserArgument,
    data_dir: DataDirOption = None,
    *,
    as_json: DoneAsJsonOption = False,
    language: LanguageOption = None,
) -> None:
    """Remove everything about a person: ended and live sessions, copies, and traces of them.

    It is done without asking again, and for good. Parties go on without them. The bot must not be
    running on that data folder; tracking goes on with its next start, unless the person opts out
    as well.
    """
    in_words = spoken(language)
    folder = folder_to_read(data_dir, in_words)
    user_id = person_named(user, FolderLedger(folder))
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
    tell(in_words, "forget.done", **counts)
    for name in told.cleaned:
        tell(in_words, "forget.cleaned", path=name)
    for name in told.removed:
        tell(in_words, "forget.removed", path=name)
    tell(in_words, "forget.elsewhere")


def opt_out(
    user: UserArgument,
    data_dir: DataDirOption = None,
    *,
    undo: Annotated[bool, typer.Option("--undo", help="Track the person again.")] = False,
    as_json: DoneAsJsonOption = False,
    language: LanguageOption = None,
) -> None:
    """Track a person no longer: nothing about them is kept from the next start on.

    The bot must not be running on that data folder. Sessions that go on are written down by that
    start, up to where the person was last seen. What is written stays until `latido forget`.
    """
    in_words = spoken(language)
    folder = folder_to_read(data_dir, in_words)
    user_id = person_named(user, FolderLedger(folder))
    with _while_nobody_runs(_THEMSELVES), owning(folder):
        opt_outs = OptOuts(folder)
        changed = opt_outs.remove(user_id) if undo else opt_outs.add(user_id)
        sessions = _live_sessions(folder, user_id)
    if as_json:
        done = {"user_id": str(user_id), "opted_out": not undo, "changed": changed}
        print_object({**done, "sessions": sessions})
        return
    if undo:
        key = "opt_out.undone" if changed else "opt_out.undone_before"
    else:
        key = "opt_out.done" if changed else "opt_out.before"
    tell(in_words, key, user_id=user_id)
    if sessions and not undo:
        tell(in_words, "opt_out.live", sessions=sessions)


def prune(
    data_dir: DataDirOption = None,
    *,
    keep_days: Annotated[
        int | None,
        typer.Option(min=1, max=36_525, metavar="DAYS", help="The setting keep_days if unsaid."),
    ] = None,
    as_json: DoneAsJsonOption = False,
    language: LanguageOption = None,
) -> None:
    """Remove the sessions that ended before the day that was keep_days ago, and their totals.

    Days begin and end in the time zone of the settings. A session that went on into that day is
    kept whole, with what it comes to on the day before: totals say what the sessions that are left
    come to. A running bot does so by itself.
    """
    settings, in_words = load_settings(os.environ, Path.cwd()), spoken(language)
    days = settings.keep_days if keep_days is None else keep_days
    if days is None:
        raise ArgumentError("Sessions are kept for ever: set keep_days, or give --keep-days.")
    before = from_datetime(datetime.now(UTC) - timedelta(days=days))
    folder = folder_to_read(data_dir, in_words)
    removed = 0
    with (
        _while_nobody_runs(
            "it keeps them for ever, unless the setting keep_days is set when it starts"
            if settings.keep_days is None
            else "it prunes by itself, by the setting keep_days"
        ),
        DataDir.open(folder, timezone=settings.timezone) as opened,
        shown_progress("prune"),
    ):
        while step := opened.ledger.prune_step(before):
            removed += step
        while opened.ledger.count_step():
            continue
    if as_json:
        print_object({"removed": removed, "keep_days": days})
        return
    tell(in_words, "prune.done", sessions=removed)


def _live_sessions(folder: Path, user_id: int) -> int | None:
    """Return how many of a person go on; None where that cannot be read."""
    with suppress(PersistenceError):
        live = read_live(folder, without_ledger=True).state.sessions
        return sum(type(each) is not PartySession and each.user_id == user_id for each in live)
    return None


@contextmanager
def _while_nobody_runs(meanwhile: str) -> Iterator[None]:
    """Refuse to change a folder beside its bot; ``meanwhile`` says what the bot itself can do."""
    try:
        yield
    except DataDirBusyError as error:
        raise ArgumentError(
            f"{error.holder}: stop it first; while it runs, {meanwhile}."
        ) from error
