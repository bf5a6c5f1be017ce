"""The commands of ``latido``, and how an error becomes one sentence and a status."""

import importlib
import importlib.metadata
import os
import shlex
import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from engine.settings import SettingsError
from integrations.cli import INTERRUPTED
from integrations.cli.arguments import ArgumentError, make_empty
from integrations.cli.calling import called_as
from integrations.cli.data_commands import backup, forget, opt_out, prune, restore
from integrations.cli.diagram_command import diagram
from integrations.cli.doctor_command import doctor
from integrations.cli.exchange_commands import export, import_file
from integrations.cli.flags import PlainFlags
from integrations.cli.json_lines import print_object
from integrations.cli.options import (
    DataDirOption,
    FindingsAsJsonOption,
    LanguageOption,
    folder_to_read,
    spoken,
)
from integrations.cli.report_command import report
from integrations.cli.session_commands import history, sessions
from integrations.cli.standard_output import OutputError, standard_output
from integrations.cli.telling import tell
from integrations.cli.totals_command import totals
from integrations.cli.utf8 import take_only_utf8
from integrations.configuration import load_settings
from integrations.errors import LatidoError
from integrations.launch import NoTokenError, load_launch
from integrations.words.catalogue import say
from persistence import PersistenceError
from persistence import verify as findings_in
from persistence.inspection import lacks_ledger

__all__ = ["BAD_INPUT", "main"]

BAD_INPUT = 2
"""The status of a program that was asked for something it cannot do."""

NOT_WRITTEN = 1
"""The status of a program whose standard output could not be written."""

application = typer.Typer(
    name="latido",
    cls=PlainFlags,
    help="Who is in voice, who plays what, and for how long: a session engine for Discord.\n\n"
    "New here? `latido demo` shows everything in about a minute, without a token "
    "and without a network.",
    epilog="Settings come from latido.toml and from variables such as LATIDO_CONFIRM_AFTER: "
    "see docs/settings.md.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Run the command line; a known error is printed as one sentence and ends with status 2.

    Where standard output cannot be written it is status 1, and no sentence where nobody reads it
    any more.
    """
    try:
        with standard_output():
            application(prog_name="latido")
    except BrokenPipeError:
        sys.exit(NOT_WRITTEN)
    except OutputError as error:
        sys.stderr.write(f"latido: {error}\n")
        sys.exit(NOT_WRITTEN)
    except (LatidoError, SettingsError, PersistenceError) as error:
        sys.stderr.write(f"latido: {error}\n")
        sys.exit(BAD_INPUT)


def _print_version(asked: bool) -> None:
    if asked:
        sys.stdout.write(f"latido {importlib.metadata.version('latido')}\n")
        raise typer.Exit


@application.callback()
def latido(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Take the options that stand before a command."""


@application.command(
    epilog="Example: `DISCORD_TOKEN=... DATA_DIR=./data latido run`",
    short_help="Run the bot.",
)
def run(
    data_dir: DataDirOption = None,
    *,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Log what is going on in detail.")
    ] = False,
    inspector: Annotated[
        str | None,
        typer.Option(
            metavar="HOST:PORT",
            envvar="LATIDO_INSPECTOR",
            help="Show the sessions on a page there, such as 127.0.0.1:8765.",
        ),
    ] = None,
    inspector_token: Annotated[
        str | None,
        typer.Option(
            metavar="TOKEN",
            envvar="LATIDO_INSPECTOR_TOKEN",
            help="What readers of that page must know; needed where others can reach it.",
        ),
    ] = None,
    language: LanguageOption = None,
) -> None:
    """Run the bot until SIGTERM or Ctrl-C; everything is persisted before it ends.

    DISCORD_TOKEN is the bot's token. DISCORD_API_URL points it at a proxy or another stand-in
    for Discord, such as http://127.0.0.1:8080/api/v10.
    """
    try:
        launch = load_launch(os.environ, data_dir)
    except NoTokenError as error:  # whoever reads that has not begun
        raise ArgumentError(say(spoken(language), "run.no_token")) from error
    settings = load_settings(os.environ, Path.cwd())
    settings = msgspec.structs.replace(settings, log_language=spoken(language))
    from integrations import bot  # noqa: PLC0415 - discord.py only where a bot is run
    from integrations.inspector import address_named  # noqa: PLC0415 - aiohttp, as above

    address = None if not inspector else address_named(inspector, inspector_token)
    raise typer.Exit(bot.run(launch, settings, verbose=verbose, inspector=address))


@application.command(
    epilog="Example: `latido demo --language en --keep evening`",
    short_help="See all of it in about a minute, against a Discord of our own.",
)
def demo(
    *,
    language: LanguageOption = None,
    save_table: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the closing table into an SVG file as well."),
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Keep what the bots wrote there: new or empty."),
    ] = None,
) -> None:
    """Play an evening on a stand-in for Discord, with the real bot, a kill and a restart.

    Nothing outside this machine is touched, and no token is needed. It ends with a table: the
    truth, what Latido recorded, and what a bot recorded beside it that only hears events.
    """
    played = importlib.import_module("integrations.demo")
    program = called_as(sys.argv[0])
    raise typer.Exit(played.main(spoken(language), save_table, keep=keep, program=program))


application.command(
    epilog="Examples: `latido sessions --watch`, `latido sessions --json | jq .username`",
    short_help="List the sessions going on.",
)(sessions)
application.command(
    epilog="Examples: `latido history --user Pino --since 2025-12-01`, "
    "`latido history --kind party --limit 10 --json`",
    short_help="List the sessions that have ended.",
)(history)


@application.command(short_help="Check a data folder.")
def verify(
    data_dir: DataDirOption = None,
    *,
    as_json: FindingsAsJsonOption = False,
    language: LanguageOption = None,
) -> None:
    """Check a data folder: snapshot readable, ledger intact, no session in both.

    Ends with status 1 and what is wrong, if anything is; that is told in English.
    """
    in_words = spoken(language)
    folder = folder_to_read(data_dir, in_words)
    findings = findings_in(folder)
    for finding in findings:
        if as_json:
            print_object({"where": finding.where, "sentence": finding.sentence})
        else:
            _write(f"{finding.where}: {finding.sentence}\n")
    if findings:
        raise typer.Exit(1)
    if not as_json:
        tell(in_words, "verify.done", path=str(folder))
        if lacks_ledger(folder):
            tell(in_words, "verify.no_ledger", path=str(folder))


@application.command(
    epilog="Example: `latido simulate --hours 168 --people 200 --loss 0.01 --restarts 20`",
    short_help="Try the whole of it on a made-up world.",
)
def simulate(  # noqa: PLR0913 - each is an option
    hours: Annotated[
        float, typer.Option(min=0.1, max=10_000, help="How long the world is watched.")
    ] = 168.0,
    people: Annotated[int, typer.Option(min=2, max=100_000, help="How many live in it.")] = 30,
    guilds: Annotated[int, typer.Option(min=1, max=1000, help="In how many servers.")] = 2,
    loss: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="The probability that an event is never sent.")
    ] = 0.01,
    restarts: Annotated[int, typer.Option(min=0, help="How often the bot goes and comes.")] = 2,
    outages: Annotated[int, typer.Option(min=0, help="How often Discord's servers fail.")] = 2,
    seed: Annotated[int, typer.Option(help="What chance begins with.")] = 1,
    *,
    keep: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Keep what Latido wrote down there, a data folder: new or empty.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The report as a JSON object.")] = False,
    language: LanguageOption = None,
) -> None:
    """Simulate people, Discord and the bot in virtual time; compare the records with the truth.

    Nothing is connected to and nothing waits. It is a week if nothing is said: in a day, a single
    restart of hours may decide which bot comes nearest, by luck. Ends with status 1, the seed and
    the story of the first violation where a record asserts what was not so.
    """
    from integrations.simulation import command, options  # noqa: PLC0415 - slow to import

    asked = options.Options(
        hours=hours,
        people=people,
        guilds=guilds,
        loss=loss,
        restarts=restarts,
        outages=outages,
        seed=seed,
    )
    settings, in_words = load_settings(os.environ, Path.cwd()), spoken(language)
    made = [] if keep is None else make_empty(keep)
    try:
        status = command.run(
            asked, settings, sys.stdout, sys.stderr, in_words, as_json=as_json, keep=keep
        )
    except KeyboardInterrupt as error:
        for folder in made:
            if not any(folder.iterdir()):
                folder.rmdir()
        sys.stderr.write(f"{say(in_words, 'simulate.interrupted')}\n")
        raise typer.Exit(INTERRUPTED) from error
    if keep is not None and not as_json:
        program, path = called_as(sys.argv[0]), shlex.quote(str(keep))
        text = say(
            in_words,
            "simulate.kept",
            folder=str(keep),
            program=program,
            path=path,
            until=options.last_day(asked),
        )
        sys.stderr.write(f"{text}\n")
    raise typer.Exit(status)


application.command(
    "import",
    epilog="Example: `latido import old/active_sessions.json --data-dir ./data`",
    short_help="Take over an active_sessions.json, or an export.",
)(import_file)
application.command("backup", short_help="Write everything to one file, while the bot runs.")(
    backup
)
application.command("restore", short_help="Make a data folder hold what a backup holds.")(restore)
application.command("export", short_help="Write ended sessions as JSON lines, CSV or Parquet.")(
    export
)
application.command("forget", short_help="Remove everything about a person.")(forget)
application.command("opt-out", short_help="Track a person no longer, or again.")(opt_out)
application.command("prune", short_help="Remove ended sessions that are too old.")(prune)
application.command(short_help="Show a person's time per day.")(totals)
application.command(
    short_help="Draw a state machine.",
    epilog="Example: `latido diagram voice --format svg --output voice.svg`",
)(diagram)
application.command(
    short_help="Look at everything the bot needs, and say what to do.",
    epilog="Example: `DISCORD_TOKEN=... latido doctor`",
)(doctor)
application.command(
    short_help="Write a page with charts that works offline.",
    epilog="Example: `latido report --output report.html --period month`",
)(report)
take_only_utf8(application)


def _write(text: str) -> None:
    sys.stdout.buffer.write(text.encode())
