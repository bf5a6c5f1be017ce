"""``latido simulate`` from the command line: the table, the JSON, and how it ends."""

from __future__ import annotations

import io
import json
import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import msgspec
import pytest
from rich.console import Console
from rich.text import Text

from engine import Settings
from integrations.simulation import command
from integrations.simulation.options import Options
from integrations.simulation.score import Score
from integrations.simulation.score_table import score_table
from integrations.simulation.simulation import Run, simulate
from persistence import HistoryFilter, LedgerReader
from persistence.ledger_facts import facts_of
from persistence.ledger_reader import LEDGER_NAME

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result

    from integrations.words.wording import Language
    from machines import Record

OPTIONS = Options(hours=6, people=8, guilds=1, restarts=1, outages=1, seed=3)


BOTS = ["latido", "proposal", "events-only", "perfect"]


class Terminal(io.StringIO):
    """Somebody's terminal, as wide as COLUMNS says."""

    def isatty(self) -> bool:
        return True


def run(
    options: Options = OPTIONS, language: Language = "en", *, as_json: bool = False
) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    status = command.run(options, Settings(), out, err, language, as_json=as_json)
    return status, out.getvalue(), err.getvalue()


def invoked(*arguments: str) -> Result:
    from typer.testing import CliRunner  # noqa: PLC0415 - pulls in click's test tools

    from integrations.cli.application import application  # noqa: PLC0415 - as above

    return CliRunner().invoke(application, ["simulate", *arguments])


def test_it_prints_a_table_of_all_bots_and_ends_well() -> None:
    status, out, err = run()
    assert (status, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines()[1:5]] == BOTS
    assert "Violations of the law: 0." in out


def test_what_is_piped_has_a_line_for_each_sentence_and_no_blanks_at_their_ends() -> None:
    _, out, _ = run()
    [spent] = [line for line in out.splitlines() if line.startswith("Where nothing could show it")]
    assert spent.endswith('which are in "too little".')
    assert [line for line in out.splitlines() if line != line.rstrip()] == []


def test_few_minutes_are_shown_to_a_hundredth() -> None:
    _, out, _ = run(Options(hours=0.2, people=6, guilds=1, restarts=0, outages=0, seed=3))
    assert out.splitlines()[1].split()[:4] == ["latido", "1", "3.22", "3.22"]
    assert "Nobody" not in out


def test_a_world_in_which_nothing_happened_is_said_to_be_one_and_breaks_no_law() -> None:
    options = Options(hours=0.1, people=2, guilds=1, restarts=0, outages=0, seed=1)
    assert run(options) == (
        0,
        "",
        "Nobody was in voice or played: give more --hours, or more --people.\n",
    )
    status, out, err = run(options, as_json=True)
    assert (status, json.loads(out)["violations"], err) == (0, 0, "")


@pytest.mark.parametrize("language", ["es", "en"])
def test_every_column_is_explained_under_its_heading(language: Language) -> None:
    _, out, _ = run(language=language)
    headings = [each.strip() for each in out.splitlines()[0].split("  ") if each.strip()]
    below = out.rpartition("\n\n")[2].splitlines()
    assert len(headings) == 10
    assert [line.split(": ")[0] for line in below if ": " in line] == headings


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("width", [80, 72])
def test_a_narrow_terminal_cuts_no_name_and_says_what_it_has_no_room_for(
    language: Language, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    out = Terminal()
    command.run(Options(hours=24, seed=1), Settings(), out, out, language, as_json=False)
    whole, _, below = Text.from_ansi(out.getvalue()).plain.partition("\n\n")
    assert [line.split()[0] for line in whole.splitlines()[-4:]] == BOTS
    assert ("inventadas" if language == "es" else "invented") in whole
    assert max(map(len, whole.splitlines())) <= width
    left_out = {
        80: {"en": [], "es": ["mayor"]},
        72: {"en": ["largest"], "es": ["mayor", "registros"]},
    }
    for heading in left_out[width][language]:
        assert heading in below.split("\n\n")[0]
        assert f"\n{heading}: " not in below


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("width", [40, 44, 48, 52, 60])
def test_on_the_narrowest_terminal_no_two_figures_run_together(
    language: Language, width: int
) -> None:
    score = Score(
        bot="latido", records=2345, true_minutes=2341, recorded_minutes=2184, mean_error=19.75,
        largest_error=1000, over_counted=0.2, under_counted=158.2, lost=10, invented=10,
    )  # fmt: skip
    shown = score_table([score], language, width)
    console = Console(width=width, file=io.StringIO(), highlight=False)
    with console.capture() as printed:
        console.print(shown.table)
    assert len(printed.get().splitlines()[-1].split()) == len(shown.columns)


def test_who_is_nearer_than_one_that_knows_all_is_said_to_be_so_by_luck() -> None:
    _, out, _ = run(Options(hours=24, people=30, guilds=2, restarts=2, outages=2, seed=1))
    assert "proposal: nearer than latido and perfect, by luck." in out
    _, out, _ = run(Options(hours=24, people=30, guilds=2, restarts=2, outages=2, seed=6))
    assert "by luck" not in out


@pytest.mark.parametrize(
    ("hours", "language", "note"),
    [(24, "en", "24 h is short"), (2.5, "es", "2,5 h es poco"), (168, "en", None)],
)
def test_of_a_short_run_it_says_that_chance_may_decide(
    hours: float, language: Language, note: str | None
) -> None:
    _, out, _ = run(Options(hours=hours, people=8, guilds=1, restarts=0, outages=0), language)
    findings = out.split("\n\n")[1]
    assert ("by chance" in out or "el azar" in out) is (note is not None)
    assert note is None or findings.startswith(note)


def test_what_latido_wrote_down_can_be_kept_and_is_the_same_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    kept: list[list[Record]] = [[], []]
    for number in range(2):
        assert invoked("--hours", "6", "--people", "8", "--keep", f"world{number}").exit_code == 0
        kept[number] += LedgerReader(tmp_path / f"world{number}").history(HistoryFilter())
    assert kept[0] == kept[1] != []
    again = invoked("--hours", "1", "--keep", "world0")
    assert again.exit_code != 0
    assert "name a folder that is new or empty" in str(again.exception)


def test_of_what_is_kept_it_says_where_it_is_and_how_to_look_at_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = invoked("--hours", "1", "--keep", "a week", "--language", "en").stderr
    assert told.startswith("What Latido wrote down is in a week: look at it with ")
    for asked in ("history", "report"):
        assert f"latido {asked} --data-dir 'a week'" in told
    assert "--until 2026-01-01 --output report.html" in told  # charts end there, not today
    assert invoked("--hours", "1", "--keep", "other", "--json").stderr == ""


def test_an_interrupted_run_says_so_and_leaves_no_folder_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_options: object) -> Run:
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command, "simulate", interrupted)
    (tmp_path / "there").mkdir()
    for folder in ("a/b", "there"):
        ended = invoked("--keep", folder, "--language", "en")
        assert (ended.exit_code, ended.stdout) == (130, "")
        assert ended.stderr == "Interrupted: there is nothing to report.\n"
    assert list(tmp_path.iterdir()) == [tmp_path / "there"]


def test_the_days_of_what_is_kept_are_those_of_the_time_zone_that_is_set(tmp_path: Path) -> None:
    settings, out = Settings(timezone="Asia/Tokyo"), io.StringIO()
    command.run(OPTIONS, settings, out, out, "en", as_json=False, keep=tmp_path)
    with closing(sqlite3.connect(tmp_path / LEDGER_NAME)) as ledger:
        assert facts_of(ledger).zone == "Asia/Tokyo"


def test_numbers_are_written_as_the_language_has_them() -> None:
    _, out, _ = run(language="es")
    table, findings = out.split("\n\n")[:2]
    assert "." not in table
    assert re.search(r"el \d+,\d % es desconocido", findings)
    assert re.search(r"\d,\d\d min con alguien que no estaba", findings)


def test_what_nothing_could_show_is_told_apart_by_what_it_adds_to() -> None:
    _, out, _ = run(Options(hours=24, seed=1))
    assert '0.00 min with somebody who was not there, which are in "too much"' in out
    assert '62.26 min without anybody where somebody was, which are in "too little"' in out


def test_it_prints_one_json_object() -> None:
    status, out, _ = run(as_json=True)
    report = json.loads(out)
    assert status == 0
    assert report["options"]["seed"] == 3
    assert report["violations"] == 0
    assert {bot["bot"] for bot in report["bots"]} == set(BOTS)
    assert len(report["ledger"]) == 64


def test_a_broken_law_ends_with_status_1_the_seed_and_the_story(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def spoilt(options: Options, settings: Settings) -> Run:
        played = simulate(options, settings)
        ledger = played.latido.durable.ledger
        later = ledger[0].ended_at + 3_600_000_000
        ledger[0] = msgspec.structs.replace(ledger[0], ended_at=later)
        return played

    monkeypatch.setattr(command, "simulate", spoilt)
    status, out, err = run()
    assert status == 1
    assert "Violations of the law: 0." not in out
    assert err.startswith("Seed 3: ")
    assert "What happened:" in err


@pytest.mark.parametrize(
    "arguments", [("--people", "1"), ("--loss", "2"), ("--hours", "-1"), ("--guilds", "none")]
)
def test_bad_input_ends_with_status_2(
    arguments: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert invoked(*arguments).exit_code == 2
