"""The options that several commands have: each is called, explained and completed alike."""

import os
from pathlib import Path
from typing import Annotated

import typer

from integrations.cli import completion
from integrations.cli.arguments import ArgumentError, language_named
from integrations.configuration import load_settings
from integrations.launch import DEFAULT_DATA_DIR, data_dir_of
from integrations.words.catalogue import say
from integrations.words.wording import Language
from persistence.inspection import holds_data, require_folder

__all__ = [
    "STANDARD_OUTPUT",
    "DataDirOption",
    "DoneAsJsonOption",
    "FindingsAsJsonOption",
    "GuildOption",
    "KindOption",
    "LanguageOption",
    "RowsAsJsonOption",
    "SinceOption",
    "UntilOption",
    "UserOption",
    "folder_to_read",
    "spoken",
]

DataDirOption = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        envvar="DATA_DIR",
        show_default="./data",
        help="The folder with the live sessions and the ledger.",
        readable=False,  # whether it is, and what to do, is said by whoever reads it
    ),
]
LanguageOption = Annotated[
    str | None,
    typer.Option(
        metavar="es|en",
        show_default="log_language",
        autocompletion=completion.languages,
        help="What it speaks.",
    ),
]
DoneAsJsonOption = Annotated[
    bool, typer.Option("--json", help="What was done as a JSON object on standard output.")
]
RowsAsJsonOption = Annotated[
    bool, typer.Option("--json", help="One JSON object a line instead of a table.")
]
FindingsAsJsonOption = Annotated[bool, typer.Option("--json", help="One JSON object a finding.")]
UserOption = Annotated[
    str | None,
    typer.Option(
        help="A person's id or name; their parties as well.", autocompletion=completion.people
    ),
]
GuildOption = Annotated[
    str | None,
    typer.Option(help="A server's id; all if unsaid.", autocompletion=completion.guilds),
]
KindOption = Annotated[
    str | None,
    typer.Option(metavar="KIND", help="voice, game or party.", autocompletion=completion.kinds),
]
SinceOption = Annotated[
    str | None,
    typer.Option(metavar="WHEN", help="Ended then or later: 2025-12-29, 2025-12-29T22:30Z."),
]
UntilOption = Annotated[
    str | None,
    typer.Option(metavar="WHEN", help="Started by then; a day without a time is included whole."),
]

STANDARD_OUTPUT = Path("-")
"""What is given for a file to have it on standard output."""


def spoken(language: str | None) -> Language:
    """Return the language asked for; what the settings say where none is.

    Raises:
        ArgumentError: it is not spoken.
        ConfigurationError: the settings cannot be read.
        SettingsError: a setting is not allowed.
    """
    if language is not None:
        return language_named(language)
    return load_settings(os.environ, Path.cwd()).log_language


def folder_to_read(data_dir: Path | None, language: Language) -> Path:
    """Return the data folder that a command is to read; ``data_dir`` wins over DATA_DIR.

    Raises:
        ArgumentError: there is none yet, as where no bot has run here; or it holds nothing of
            Latido's, as the folder that the data folder is in.
        DataDirError: what is there is no folder, or may not be read.
    """
    folder = data_dir_of(os.environ, data_dir)
    try:
        folder.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ArgumentError(say(language, "folder.missing", path=_shown(folder))) from error
    except OSError:
        pass  # what it is, is said below
    require_folder(folder)
    if holds_data(folder):
        return folder
    below = folder / DEFAULT_DATA_DIR
    if holds_data(below):
        path, meant = _shown(folder), _shown(below)
        raise ArgumentError(say(language, "folder.other", path=path, meant=meant))
    raise ArgumentError(say(language, "folder.nothing", path=_shown(folder)))


def _shown(folder: Path) -> str:
    text = str(folder)
    return text if text.startswith((os.sep, os.curdir)) else os.path.join(os.curdir, text)  # noqa: PTH118 - a Path drops the dot
