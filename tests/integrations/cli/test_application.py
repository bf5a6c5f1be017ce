"""The command line: what each command prints, where, and how bad input ends."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from engine.settings import Settings
from integrations import bot
from integrations.cli.application import application
from integrations.diagrams import formats as diagrams
from integrations.errors import LatidoError
from integrations.launch import Launch
from integrations.words.catalogue import say
from machines import KINDS, Deadline, Kind
from persistence import DataDir
from tests.integrations.cli.conftest import Outcome
from tests.integrations.cli.examples import (
    AGU,
    GUILD,
    HALF_PAST_TEN,
    MINUTE,
    PINO,
    live_state,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    Latido = Callable[..., Outcome]

TOKEN = "MTIzNDU2Nzg5.GabcDe.made-up_token"

PROPOSAL = {
    "voice_sessions": {
        "123456789": {
            "username": "Pino",
            "channel_id": 987654321,
            "channel_name": "General",
            "start_time": "2025-12-29T22:30:00",
            "is_confirmed": True,
        }
    }
}


def objects(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def ids(outcome: Outcome) -> list[str]:
    assert outcome.status == 0, outcome.err
    return [row["id"] for row in objects(outcome.out)]


def test_the_version_is_printed(latido: Latido) -> None:
    assert latido("--version") == Outcome(0, "latido 0.1.0\n", "")


@pytest.mark.parametrize(
    "command", ["run", "demo", "sessions", "history", "diagram", "verify", "import"]
)
def test_every_command_is_listed_and_explains_itself(latido: Latido, command: str) -> None:
    assert command in latido("--help").out
    explained = latido(command, "--help")
    assert explained.status == 0
    assert f"Usage: latido {command}" in explained.out


def test_the_live_sessions_are_one_json_object_a_line(latido: Latido, data_dir: Path) -> None:
    outcome = latido("sessions", "--json", "--data-dir", str(data_dir))
    assert ids(outcome) == ["lv", "lg", "lp"]
    assert outcome.err == ""
    assert [row["seconds"] for row in objects(outcome.out)] == [1800.0, 1740.0, 1680.0]
    assert objects(outcome.out)[0]["state"] == "confirmed"


def test_of_a_bot_that_was_closed_nothing_counts_on_and_of_one_that_runs_it_does(
    latido: Latido, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LATIDO_HEARTBEAT_EVERY", "3e9")  # it may have been watching ever since
    assert objects(latido("sessions", "--json").out)[0]["seconds"] == 1800.0
    with DataDir(data_dir, now=lambda: HALF_PAST_TEN):
        assert objects(latido("sessions", "--json").out)[0]["seconds"] > 1_000_000
    with DataDir(data_dir):  # which has only just started, and has not looked yet
        assert objects(latido("sessions", "--json").out)[0]["seconds"] == 1800.0


def test_the_ended_sessions_are_one_json_object_a_line_by_their_end(
    latido: Latido, data_dir: Path
) -> None:
    outcome = latido("history", "--json", "--data-dir", str(data_dir))
    assert ids(outcome) == ["v1", "g1", "p1"]
    assert outcome.err == ""


def test_the_data_folder_may_come_from_the_environment(
    latido: Latido, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = data_dir.rename(data_dir.with_name("elsewhere"))
    monkeypatch.setenv("DATA_DIR", str(elsewhere))
    assert ids(latido("history", "--json")) == ["v1", "g1", "p1"]


@pytest.mark.usefixtures("data_dir")
def test_the_data_folder_is_data_when_nothing_is_said(latido: Latido) -> None:
    assert ids(latido("history", "--json")) == ["v1", "g1", "p1"]


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--user", "Pino"], ["v1"]),
        (["--user", str(AGU)], ["g1", "p1"]),
        (["--user", "Zeta"], ["p1"]),
        (["--kind", "game"], ["g1"]),
        (["--guild", str(GUILD)], ["v1", "g1"]),
        (["--guild", "42"], []),
        (["--since", "2025-12-29T23:20Z"], ["g1", "p1"]),
        (["--until", "2025-12-29T22:31Z"], ["v1"]),
        (["--until", "2025-12-29"], ["v1", "g1", "p1"]),
        (["--since", "2025-12-31"], []),
        (["--user", "agu", "--kind", "party", "--guild", str(GUILD + 1)], ["p1"]),
        (["--limit", "2"], ["g1", "p1"]),
        (["--limit", "1", "--user", "Pino"], ["v1"]),
    ],
)
@pytest.mark.usefixtures("data_dir")
def test_history_shows_what_is_asked_for(
    latido: Latido, options: list[str], found: list[str]
) -> None:
    assert ids(latido("history", "--json", *options)) == found


@pytest.mark.usefixtures("data_dir")
def test_history_without_json_is_a_table(latido: Latido, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LATIDO_TIMEZONE", "America/Bogota")
    outcome = latido("history")
    heading, pino, agu, party, zone = (line.split("  ") for line in outcome.out.splitlines())
    assert heading[0] == "kind"
    assert zone == ["Times are in America/Bogota (the setting timezone)."]
    assert {"Pino", "General", "exact", "left"} <= {cell.strip() for cell in pino}
    assert "2025-12-29 17:30:00" in {cell.strip() for cell in pino}
    assert {"agu", "VALORANT", "start unknown", "1 h"} <= {cell.strip() for cell in agu}
    assert {"2 in all", "± 30 s", "too few players"} <= {cell.strip() for cell in party}


@pytest.mark.usefixtures("data_dir")
def test_sessions_without_json_is_a_table(latido: Latido) -> None:
    outcome = latido("sessions")
    cells = [{cell.strip() for cell in line.split("  ")} for line in outcome.out.splitlines()]
    assert {"Pino", "General", "30 min", "not known yet", "confirmed"} <= cells[1]
    assert {"agu", "📺 VALORANT", "29 min", "start unknown", "recovered"} <= cells[2]
    assert cells[-1] == {"Times are in UTC (the setting timezone)."}
    assert outcome.err.splitlines()[0] == (
        "📺: streams that game, which counts apart from playing it (the setting streaming)."
    )
    assert "📺" not in latido("history").err  # there is no stream in it


@pytest.mark.usefixtures("data_dir")
def test_a_command_speaks_the_language_of_the_settings_or_the_one_asked_for(
    latido: Latido, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LATIDO_LOG_LANGUAGE", "es")
    assert latido("sessions").out.startswith("tipo ")
    assert latido("sessions", "--language", "en").out.startswith("kind ")
    assert latido("history", "--limit", "1").out.splitlines()[1].startswith("party ")
    assert latido("export", "--kind", "game").err == "Sesiones escritas: 1.\n"
    assert latido("export", "--kind", "game", "--language", "en").err == "Sessions written: 1.\n"
    assert "There is no language 'fr'" in latido("history", "--language", "fr").err


def test_a_bot_speaks_the_language_that_is_asked_for(
    latido: Latido, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoken: list[str] = []

    def run(_launch: object, settings: Settings, **_how: object) -> int:
        spoken.append(settings.log_language)
        return 0

    monkeypatch.setattr(bot, "run", run)
    monkeypatch.setenv("DISCORD_TOKEN", TOKEN)
    for option in ([], ["--language", "es"]):
        assert latido("run", *option).status == 0
    assert spoken == ["en", "es"]


@pytest.mark.usefixtures("data_dir")
def test_beside_a_bot_that_does_not_run_one_is_told_so(latido: Latido) -> None:
    outcome = latido("sessions")
    assert "\nNo bot is running here: time counts up to " in outcome.err
    assert latido("sessions", "--json").err == ""


def test_beside_a_bot_that_does_not_watch_one_is_told_up_to_when_time_counts(
    latido: Latido, data_dir: Path
) -> None:
    with DataDir(data_dir):
        outcome = latido("sessions")
        assert "30 min" in outcome.out
        assert "\nNobody is known to watch 3 of these sessions at the moment" in outcome.err
        row = json.loads(latido("sessions", "--json").out.splitlines()[0])
    assert row["unwatched_since"] == "2025-12-29T23:00:00Z"


def test_history_tells_of_what_is_over_unless_somebody_comes_back(
    latido: Latido, data_dir: Path
) -> None:
    state = live_state()
    party, *_ = state.sessions
    party.absent_since = HALF_PAST_TEN + 20 * MINUTE

    async def write(opened: DataDir) -> None:
        opened.live.replace(state)
        await opened.live.flush()

    with DataDir(data_dir) as opened:
        asyncio.run(write(opened))
    said = (
        "Not here yet: 1 session that is over unless somebody comes back in time; "
        "latido sessions lists it.\n"
    )
    assert latido("history").err == said
    for option in (["--kind", "party"], ["--user", "Zeta"], ["--guild", str(GUILD)]):
        assert latido("history", *option).err == said
    others = (["--kind", "voice"], ["--user", "Pino"], ["--since", "2025-12-29T22:51Z"])
    for option in others:
        assert latido("history", *option).err == ""
    assert latido("history", "--json").err == ""
    assert "away: has left" in latido("sessions").err


def test_whoever_did_not_come_back_before_the_bot_stopped_for_good_is_said_to_have_left(
    latido: Latido, data_dir: Path
) -> None:
    state = live_state()
    party, *_ = state.sessions
    party.absent_since = HALF_PAST_TEN + 20 * MINUTE
    party.deadline = Deadline(HALF_PAST_TEN + 50 * MINUTE, "end")

    async def write(opened: DataDir) -> None:
        opened.live.replace(state)
        await opened.live.flush()

    with DataDir(data_dir) as opened:
        asyncio.run(write(opened))
    assert latido("history").err == (
        "Not here yet: 1 session that is over, and that the bot has not written down; it does so "
        "once it runs, watches and can write, and latido sessions lists it.\n"
    )
    shown = latido("sessions")
    assert "left 12-29 22:50" in shown.out
    assert "left: it is too late to come back to that session" in shown.err
    assert "once it runs, watches and can write" in shown.err
    assert "away" not in shown.out + shown.err


def test_a_terminal_that_cannot_show_a_sign_shows_another(data_dir: Path) -> None:
    done = subprocess.run(  # noqa: S603 - our own interpreter with our own module
        [sys.executable, "-m", "integrations.cli", "history", "--data-dir", str(data_dir)],
        env={"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "? 30 s" in done.stdout


@pytest.mark.usefixtures("data_dir")
def test_an_empty_history_points_to_the_sessions_that_go_on(latido: Latido) -> None:
    shown = latido("history", "--user", "Pino", "--since", "2026-02-01")
    assert shown.err == (
        "No sessions to show.\n1 session goes on, and only those that are over are here: "
        "latido sessions lists it.\n"
    )
    assert latido("history", "--since", "2026-02-01").err.count("3 sessions go on") == 1
    assert latido("history").err == ""


def test_nothing_to_show_is_said_on_standard_error(latido: Latido, tmp_path: Path) -> None:
    with DataDir.open(tmp_path / "data"):
        pass
    assert latido("sessions") == Outcome(0, "", "No sessions to show.\n")
    assert latido("history") == Outcome(0, "", "No sessions to show.\n")
    assert latido("history", "--json") == Outcome(0, "", "")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("drawn_as", ["mermaid", "dot", "svg"])
def test_a_diagram_goes_to_standard_output(latido: Latido, kind: Kind, drawn_as: str) -> None:
    drawn = {"mermaid": diagrams.mermaid, "dot": diagrams.dot, "svg": diagrams.svg}[drawn_as]
    assert latido("diagram", kind, "--format", drawn_as) == Outcome(0, drawn(kind), "")


def test_a_diagram_goes_to_the_file_that_is_named(latido: Latido, tmp_path: Path) -> None:
    assert latido("diagram", "voice", "--format", "svg", "-o", "voice.svg") == Outcome(0, "", "")
    assert (tmp_path / "voice.svg").read_text(encoding="utf-8") == diagrams.svg("voice")
    outcome = latido("diagram", "voice", "-o", "no/such/voice.md")
    assert outcome.status == 2
    assert "cannot be written" in outcome.err


def test_a_diagram_is_mermaid_when_nothing_is_said(latido: Latido) -> None:
    assert latido("diagram", "voice").out == diagrams.mermaid("voice")


@pytest.mark.usefixtures("data_dir")
def test_a_sound_folder_is_verified(latido: Latido) -> None:
    assert latido("verify") == Outcome(0, "", "data is in order.\n")
    assert latido("verify", "--language", "es").err == "data está en orden.\n"


@pytest.mark.parametrize("is_empty", [False, True])
def test_that_the_history_is_gone_is_told_of_a_folder_that_is_in_order(
    latido: Latido, data_dir: Path, *, is_empty: bool
) -> None:
    (data_dir / "observed_until.json").write_text('{"schema":1,"observed_until":{}}')
    ledger = data_dir / "latido.db"
    assert latido("verify").err == "data is in order.\n"
    if is_empty:  # as a full disk leaves it, or a copy that was cut
        ledger.write_bytes(b"")
    else:
        ledger.unlink()
    told = latido("verify")
    assert told.status == 0
    assert "latido.db is not there, or empty: if there was a history, it was removed" in told.err
    assert "a bot has watched from data, and latido.db is not there" in latido("doctor").out


def test_who_opted_out_that_cannot_be_read_is_named_with_what_helps(
    latido: Latido, data_dir: Path
) -> None:
    """The bot does not start, and nobody but it said why."""
    (data_dir / "opted_out.json").write_text("x")
    told = latido("verify")
    assert told.status == 1
    assert "opted_out.json: data/opted_out.json cannot be read" in told.out
    assert "or remove it where nobody has opted out." in told.out
    assert "opted_out.json cannot be read" in latido("doctor").out
    assert "or remove it where nobody has opted out." in latido("opt-out", "5").err


def test_that_it_is_gone_shows_without_the_heartbeat_as_well(
    latido: Latido, data_dir: Path
) -> None:
    """Whoever copied the live sessions alone was told that all is in order."""
    (data_dir / "latido.db").unlink()
    assert not (data_dir / "observed_until.json").exists()
    told = latido("verify")
    assert told.status == 0
    assert "latido.db is not there, or empty: if there was a history" in told.err
    assert "latido.db is not there" in latido("doctor").out


def test_a_file_of_the_old_format_has_no_ledger_yet(latido: Latido, tmp_path: Path) -> None:
    folder = tmp_path / "old"
    folder.mkdir()
    (folder / "active_sessions.json").write_text(
        '{"voice_sessions": {}, "game_sessions": {}, "party_sessions": {}}', encoding="utf-8"
    )
    told = latido("verify", "--data-dir", str(folder))
    assert (told.status, "latido.db" in told.err) == (0, False)


def test_what_is_wrong_with_a_folder_is_said_and_ends_with_1(
    latido: Latido, data_dir: Path
) -> None:
    (data_dir / "active_sessions.json").write_text("{", encoding="utf-8")
    outcome = latido("verify")
    assert outcome.status == 1
    assert outcome.out.startswith("active_sessions.json: ")


def test_a_file_in_the_proposals_format_is_taken_over_once(latido: Latido, tmp_path: Path) -> None:
    file = tmp_path / "old.json"
    file.write_text(json.dumps(PROPOSAL), encoding="utf-8")
    first = latido("import", str(file))
    assert (first.status, first.out) == (0, "")
    assert "taken over: 1; there already: 0" in first.err
    assert "taken over: 0; there already: 1" in latido("import", str(file)).err
    (row,) = objects(latido("sessions", "--json").out)
    assert (row["username"], row["user_id"]) == ("Pino", str(PINO))


READERS = pytest.mark.parametrize(
    "arguments",
    [
        ("sessions",),
        ("sessions", "--watch"),
        ("history",),
        ("verify",),
        ("totals", "Pino"),
        ("report", "--json"),
        ("backup", "all.zip"),
        ("export",),
        ("forget", "Pino"),
        ("opt-out", "Pino"),
        ("prune", "--keep-days", "1"),
    ],
)


@READERS
def test_where_there_is_no_data_folder_yet_it_says_how_there_comes_to_be_one(
    latido: Latido, arguments: tuple[str, ...]
) -> None:
    outcome = latido(*arguments, "--language", "en")
    assert outcome == Outcome(
        2,
        "",
        "latido: There is no folder ./data here (yet): start the bot, or name its folder with "
        "--data-dir.\n",
    )
    outcome = latido(*arguments, "--language", "es", "--data-dir", "/no/such")
    assert outcome.err == (
        "latido: No hay ninguna carpeta /no/such (todavía): arranca el bot, o indica su "
        "carpeta con --data-dir.\n"
    )


@READERS
def test_a_folder_with_nothing_of_latidos_is_said_to_be_none(
    latido: Latido, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "latido.toml").touch()
    assert latido(*arguments) == Outcome(
        2,
        "",
        "latido: There is nothing of Latido's in ./data: start the bot, or name its folder with "
        "--data-dir.\n",
    )
    outcome = latido(*arguments, "--language", "es", "--data-dir", str(tmp_path / "data"))
    assert outcome.err.startswith(f"latido: En {tmp_path / 'data'} no hay nada de Latido: arranca ")
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["latido.toml"]


@READERS
@pytest.mark.usefixtures("data_dir")
def test_the_folder_that_a_data_folder_is_in_is_not_taken_for_it(
    latido: Latido, arguments: tuple[str, ...]
) -> None:
    outcome = latido(*arguments, "--data-dir", ".")
    assert outcome == Outcome(
        2,
        "",
        "latido: There is nothing of Latido's in ., and there is in ./data: name that with "
        "--data-dir.\n",
    )


@pytest.mark.parametrize("kept", ["latido.lock", "active_sessions.json.unreadable-1", "latido.db"])
def test_a_data_folder_is_one_whatever_is_left_of_it(
    latido: Latido, data_dir: Path, kept: str
) -> None:
    (data_dir / kept).touch()
    for path in data_dir.iterdir():
        if path.name != kept:
            path.unlink()
    assert latido("verify").err == "data is in order.\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["run"], "DISCORD_TOKEN is not set"),
        (["history", "--user", "Nadie"], "Nobody called 'Nadie' has a session"),
        (["history", "--kind", "chess"], "There is no kind 'chess'"),
        (["history", "--guild", "Plaza"], "'Plaza' is no guild id"),
        (["history", "--since", "yesterday"], "'yesterday' is no date"),
        (["diagram", "chess"], "There is no kind 'chess'"),
        (["diagram", "voice", "--format", "png"], "There is no format 'png'"),
        (["import", "missing.json"], "There is no file missing.json: give an active_sessions.json"),
        (["import", "data"], "data is not a file: give an active_sessions.json, or an export"),
        (["history", "--data-dir", "latido.toml"], "latido.toml is not a folder"),
        (["verify", "--data-dir", "latido.toml"], "latido.toml is not a folder"),
        (["import", "old.json", "--data-dir", "latido.toml"], "latido.toml is not a folder"),
    ],
)
def test_bad_input_ends_with_2_and_one_sentence(
    latido: Latido, tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    with DataDir.open(tmp_path / "data"):
        pass
    (tmp_path / "latido.toml").touch()
    old = '{"voice_sessions": {}, "game_sessions": {}, "party_sessions": {}}'
    (tmp_path / "old.json").write_text(old)
    outcome = latido(*arguments)
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.startswith("latido: ")
    assert sentence in outcome.err
    assert outcome.err.count("\n") == 1
    assert not (tmp_path / "missing").exists()


def test_a_file_that_cannot_be_reached_is_no_reason_for_a_traceback(latido: Latido) -> None:
    name = "x" * 300  # longer than any file's, as a folder that one may not enter
    outcome = latido("import", name)
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err == (
        f"latido: {name} cannot be read (file name too long): give an active_sessions.json, or an "
        "export, that you may read.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["import", "x.foo"],
            (
                "x.foo cannot be read (JSON is malformed: trailing characters (byte 4)): give an "
                "active_sessions.json, or an export that ends in .jsonl, .csv or .parquet; of "
                "another name, say with --format which it is."
            ),
        ),
        (
            ["export", "--output", "y.foo"],
            (
                "y.foo does not end in .jsonl, .csv or .parquet: say with --format which of these "
                "it is to be, or give it another name."
            ),
        ),
    ],
)
@pytest.mark.usefixtures("data_dir")
def test_a_name_that_says_no_format_is_answered_with_the_option_that_does(
    latido: Latido, tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    (tmp_path / "x.foo").write_text("{}\n{}\n", encoding="utf-8")
    assert latido(*arguments) == Outcome(2, "", f"latido: {sentence}\n")
    assert not (tmp_path / "y.foo").exists()
    told = latido("export", "--output", "y.foo", "--format", "csv")
    assert (told.status, (tmp_path / "y.foo").read_bytes()[:8]) == (0, b"id,kind,")


@pytest.mark.parametrize("arguments", [["bogus"], ["run", "--bogus"], ["diagram"]])
def test_a_slip_in_the_command_itself_ends_with_2_and_says_where_help_is(
    latido: Latido, arguments: list[str]
) -> None:
    outcome = latido(*arguments)
    assert (outcome.status, outcome.out) == (2, "")
    assert "for help" in outcome.err
    assert "Traceback" not in outcome.err


def test_that_there_is_no_token_is_said_in_the_language_that_is_spoken(latido: Latido) -> None:
    portal = "https://discord.com/developers/applications"
    assert latido("run") == Outcome(
        2,
        "",
        f"latido: DISCORD_TOKEN is not set: put the bot's token there, from {portal} (your "
        "application, Bot, Reset Token).\n",
    )
    assert latido("run", "--language", "es") == Outcome(
        2,
        "",
        f"latido: DISCORD_TOKEN no está puesto: pon ahí el token del bot, de {portal} (tu "
        "aplicación, Bot, Reset Token).\n",
    )


@pytest.mark.parametrize(
    ("variable", "text", "sentence"),
    [
        ("LATIDO_CONFIRM_AFTER", "soon", 'The setting confirm_after is "soon"'),
        ("LATIDO_CONFIRM_AFTR", "1", "did you mean LATIDO_CONFIRM_AFTER?"),
        ("LATIDO_CONFIG", "missing.toml", "does not exist"),
        ("DISCORD_API_URL", "http://127.0.0.1", "set it to the API's base with its version"),
    ],
)
def test_a_bad_variable_ends_run_with_2_and_one_sentence(
    latido: Latido, monkeypatch: pytest.MonkeyPatch, variable: str, text: str, sentence: str
) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", TOKEN)
    monkeypatch.setenv(variable, text)
    outcome = latido("run")
    assert (outcome.status, outcome.out) == (2, "")
    assert sentence in outcome.err
    assert outcome.err.count("\n") == 1
    assert TOKEN not in outcome.err


def test_run_hands_on_what_environment_and_file_say_and_ends_as_the_bot_ends(
    latido: Latido, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[Launch, Settings, bool]] = []

    def run(launch: Launch, settings: Settings, *, verbose: bool, inspector: object) -> int:
        assert inspector is None
        calls.append((launch, settings, verbose))
        return 1

    monkeypatch.setattr(bot, "run", run)
    monkeypatch.delenv("LATIDO_LOG_LANGUAGE")
    monkeypatch.setenv("DISCORD_TOKEN", TOKEN)
    monkeypatch.setenv("LATIDO_CONFIRM_AFTER", "0.5")
    monkeypatch.setenv("DISCORD_API_URL", "http://127.0.0.1:8080/api/v10/")
    (tmp_path / "latido.toml").write_text("voice_grace = 1", encoding="utf-8")
    assert latido("run", "--verbose", "--data-dir", "there") == Outcome(1, "", "")
    launch = Launch(TOKEN, Path("there"), "http://127.0.0.1:8080/api/v10")
    assert calls == [(launch, Settings(confirm_after=0.5, voice_grace=1), True)]


def test_what_the_bot_cannot_do_ends_run_with_2_and_its_sentence(
    latido: Latido, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*_: object, **__: object) -> int:
        raise LatidoError(say("es", "token.refused"))

    monkeypatch.setattr(bot, "run", run)
    monkeypatch.setenv("DISCORD_TOKEN", TOKEN)
    outcome = latido("run")
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err == f"latido: {say('es', 'token.refused')}\n"


def test_a_mistake_in_the_program_is_not_hidden(
    latido: Latido, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*_: object, **__: object) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(bot, "run", run)
    monkeypatch.setenv("DISCORD_TOKEN", TOKEN)
    with pytest.raises(ZeroDivisionError):
        latido("run")


@pytest.mark.usefixtures("data_dir")
def test_a_broken_file_of_settings_ends_with_2_and_the_line(latido: Latido, tmp_path: Path) -> None:
    (tmp_path / "latido.toml").write_text("timezone = 'UTC'\nconfirm_after =\n", encoding="utf-8")
    outcome = latido("history")
    assert outcome.status == 2
    assert "latido.toml is not valid TOML" in outcome.err
    assert "line 2" in outcome.err


@pytest.mark.parametrize("command", ["sessions", "verify"])
def test_a_newer_schema_ends_with_2_and_is_left_untouched(
    latido: Latido, data_dir: Path, command: str
) -> None:
    snapshot = data_dir / "active_sessions.json"
    text = json.dumps(json.loads(snapshot.read_text(encoding="utf-8")) | {"schema": 999})
    snapshot.write_text(text, encoding="utf-8")
    outcome = latido(command)
    assert outcome.status == 2
    assert "has schema 999" in outcome.err
    assert snapshot.read_text(encoding="utf-8") == text


def test_importing_beside_the_owner_ends_with_2_and_names_it(
    latido: Latido, data_dir: Path, tmp_path: Path
) -> None:
    file = tmp_path / "old.json"
    file.write_text(json.dumps(PROPOSAL), encoding="utf-8")
    with DataDir.open(data_dir):
        outcome = latido("import", str(file))
        assert ids(latido("history", "--json")) == ["v1", "g1", "p1"]
    assert outcome.status == 2
    assert "belongs to process" in outcome.err


@pytest.mark.parametrize("module", ["integrations.cli", "latido"])
def test_it_can_be_run_as_a_module(tmp_path: Path, module: str) -> None:
    done = subprocess.run(  # noqa: S603 - our own interpreter with our own module
        [sys.executable, "-m", module, "--version"],
        cwd=tmp_path,
        env={},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == "latido 0.1.0\n"


@pytest.mark.parametrize(
    ("command", "promised"),
    [
        ("import", "What was done as a JSON object"),
        ("backup", "What was done as a JSON object"),
        ("verify", "One JSON object a finding"),
        ("history", "One JSON object a line instead of a table"),
        ("report", "The figures as one JSON object; with --output the page as well."),
    ],
)
def test_the_help_says_what_json_holds(latido: Latido, command: str, promised: str) -> None:
    assert promised in " ".join(latido(command, "--help").out.replace("│", " ").split())


def test_no_help_makes_a_flag_look_as_if_it_took_a_value(latido: Latido) -> None:
    commands = get_command(application)
    assert isinstance(commands, TyperGroup)
    for asked in [(), *((name,) for name in commands.commands)]:
        explained = latido(*asked, "--help")
        assert "--help" in explained.out
        assert "<bool>" not in explained.out
    assert "KIND" in latido("history", "--help").out


def test_the_page_names_every_command_that_has_no_json() -> None:
    commands = get_command(application)
    assert isinstance(commands, TyperGroup)
    without = {
        name
        for name, command in commands.commands.items()
        if not any("--json" in option.opts for option in command.params)
    }
    page = (Path(__file__).parents[3] / "docs" / "command-line.md").read_text(encoding="utf-8")
    (said,) = re.findall(r"wherever a command tells something \((.*?)\);", page, re.DOTALL)
    assert set(re.findall(r"`(\w+)`", said)) == without


@pytest.mark.usefixtures("data_dir")
def test_every_command_that_tells_something_can_tell_it_as_json(
    latido: Latido, tmp_path: Path, data_dir: Path
) -> None:
    def told(*arguments: str) -> list[dict[str, Any]]:
        outcome = latido(*arguments, "--json")
        assert (outcome.status, outcome.err) == (0, "")
        return objects(outcome.out)

    (first, *_) = told("diagram", "voice")
    assert (first["row"], first["trigger"]) == (1, "start")
    assert set(first) == {"row", "trigger", "source", "dest", "guards", "meaning"}
    assert told("verify") == []
    assert told("backup", "copy.latido") == [{"backup": "copy.latido"}]
    assert told("opt-out", "Zeta")[0]["opted_out"] is True
    assert told("opt-out", "Zeta", "--undo")[0]["changed"] is True
    assert told("prune", "--keep-days", "36500") == [{"removed": 0, "keep_days": 36500}]
    assert told("forget", "Pino")[0]["records"] == 1
    file = tmp_path / "old.json"
    file.write_text(json.dumps(PROPOSAL), encoding="utf-8")
    assert told("import", str(file)) == [{"added": 1, "known": 0, "broken": 0}]
    data_dir.rename(tmp_path / "before")
    assert told("restore", "copy.latido") == [{"restored": "data", "kept": None}]
    (data_dir / "active_sessions.json").write_text("{", encoding="utf-8")
    outcome = latido("verify", "--json")
    assert (outcome.status, objects(outcome.out)[0]["where"]) == (1, "active_sessions.json")
