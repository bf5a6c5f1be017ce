"""``latido report``: where the page goes, what is left out, and how bad input ends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from integrations import charts
from persistence import OptOuts
from tests.integrations.cli.examples import GUILD, PINO

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.integrations.cli.conftest import Outcome

    Latido = Callable[..., Outcome]


@pytest.mark.usefixtures("data_dir")
def test_the_page_goes_to_a_file_and_that_is_said(latido: Latido, tmp_path: Path) -> None:
    outcome = latido("report", "--output", "report.html", "--language", "en")
    assert (outcome.status, outcome.out) == (0, "")
    assert outcome.err == "📄 report.html: 6 sessions\n"
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    assert "Latido report" in text
    assert "Pino" in text
    assert (tmp_path / "report.html").stat().st_mode & 0o777 == 0o600  # names and times of people


@pytest.mark.usefixtures("data_dir")
def test_a_dash_is_standard_output(latido: Latido, tmp_path: Path) -> None:
    latido("report", "--output", "report.html", "--language", "es")
    kept = (tmp_path / "report.html").read_text(encoding="utf-8")
    outcome = latido("report", "--out", "-", "--language", "es")
    assert outcome.status == 0
    assert outcome.out.partition("<main")[0] == kept.partition("<main")[0]
    assert outcome.out.endswith("</html>\n")
    assert outcome.err == "📄 salida estándar: 6 sesiones\n"
    assert not (tmp_path / "-").exists()


@pytest.mark.usefixtures("data_dir")
def test_standard_output_takes_the_page_or_the_figures_but_not_both(latido: Latido) -> None:
    outcome = latido("report", "--json", "--output", "-")
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err == (
        "latido: --json and --output - both go to standard output: leave one out, or name a file.\n"
    )


@pytest.mark.usefixtures("data_dir")
def test_without_the_plotting_library_one_is_told_how_to_have_charts(
    latido: Latido, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(charts, "can_draw", lambda: False)
    outcome = latido("report", "--output", "report.html", "--language", "en")
    assert outcome.err.splitlines()[1:] == [
        "The report has no charts: to have them, pip install matplotlib (the extra charts)"
    ]


@pytest.mark.usefixtures("data_dir")
def test_the_figures_count_ended_and_live_sessions(latido: Latido) -> None:
    outcome = latido("report", "--json")
    figures = json.loads(outcome.out)
    assert (outcome.status, outcome.err) == (0, "")
    assert (figures["sessions"], figures["running"], figures["people"]) == (6, 3, 3)
    (pino,) = [one for one in figures["ranking"]["voice"] if one["user_id"] == str(PINO)]
    assert pino["seconds"] == 2700  # the live one lies inside the ended one


@pytest.mark.usefixtures("data_dir")
def test_a_server_and_a_span_can_be_picked(latido: Latido) -> None:
    one = json.loads(latido("report", "--json", "--guild", str(GUILD)).out)
    assert (one["guild_id"], one["sessions"]) == (str(GUILD), 4)
    none = json.loads(latido("report", "--json", "--since", "2026-01-01").out)
    assert none["sessions"] == 0
    early = json.loads(latido("report", "--json", "--until", "2025-12-29T22:45Z").out)
    assert early["sessions"] == 5


def test_a_server_is_known_by_its_live_sessions_alone(latido: Latido, data_dir: Path) -> None:
    (data_dir / "latido.db").unlink()
    figures = json.loads(latido("report", "--json", "--guild", str(GUILD)).out)
    assert figures["sessions"] == 2


@pytest.mark.usefixtures("data_dir")
def test_a_page_of_a_time_that_is_over_is_made_now(latido: Latido, tmp_path: Path) -> None:
    latido("report", "--until", "2025-12-29T22:45Z", "--output", "report.html", "--language", "en")
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "all time until 2025-12-29" in text
    assert "Made on 2" in text
    assert "Made on 2025-12-29" not in text


def test_whoever_opted_out_is_left_out(latido: Latido, data_dir: Path) -> None:
    OptOuts(data_dir).add(PINO)
    outcome = latido("report", "--json", "--output", "report.html")
    assert str(PINO) not in outcome.out
    page = (data_dir.parent / "report.html").read_text(encoding="utf-8")
    assert "Pino" not in page


@pytest.mark.usefixtures("data_dir")
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["report"], "latido report --output report.html"),
        (["report", "--period", "foo"], "There is no period 'foo'"),
        (["report", "--json", "--period", "week", "--since", "2025-12-01"], "Give either"),
        (
            ["report", "--json", "--since", "2025-12-02", "--until", "2025-12-01"],
            "Nothing lies between --since 2025-12-02 and --until 2025-12-01",
        ),
        (
            ["report", "--json", "--period", "week", "--until", "2025-12-01"],
            "Nothing lies between the beginning of --period week and --until 2025-12-01",
        ),
        (
            ["report", "--json", "--since", "9000-01-01"],
            "Nothing lies between --since 9000-01-01 and now",
        ),
        (["report", "--output", "no/such/folder.html"], "cannot be written"),
        (["report", "--json", "--period", "year"], "choose today, week, month or all"),
        (["report", "--json", "--guild", "Plaza"], "is no guild id"),
        (["report", "--json", "--guild", "5"], "Nothing of a server 5 is known here"),
        (["report", "--json", "--language", "fr"], "choose es or en"),
        (["report", "--json", "--data-dir", "missing"], "There is no folder ./missing here (yet)"),
    ],
)
def test_bad_input_ends_with_2_and_one_sentence(
    latido: Latido, arguments: list[str], sentence: str
) -> None:
    outcome = latido(*arguments)
    assert (outcome.status, outcome.out) == (2, "")
    assert sentence in outcome.err
    assert outcome.err.count("\n") == 1
