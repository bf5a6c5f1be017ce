"""Exports, and imports: what other programs read, and what is taken over from them."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from integrations.cli import exchange_commands
from integrations.cli.reading import live_in
from persistence import DataDir, OptOuts
from tests.integrations.cli.examples import PINO, voice_record

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from integrations.words.wording import Language
    from persistence import Restored
    from tests.integrations.cli.conftest import Outcome

    Latido = Callable[..., Outcome]


@pytest.mark.parametrize("written_as", ["jsonl", "csv", "parquet"])
def test_an_export_is_imported_and_twice_changes_nothing(
    latido: Latido, data_dir: Path, written_as: str
) -> None:
    assert data_dir.exists()
    file = f"all.{written_as}"
    assert latido("export", "--output", file).err == "Sessions written: 3.\n"
    first = latido("import", file, "--data-dir", "other")
    second = latido("import", file, "--data-dir", "other")
    assert "Sessions taken over: 3; there already: 0; not readable: 0." in first.err
    assert "Sessions taken over: 0; there already: 3; not readable: 0." in second.err
    assert latido("history", "--json", "--data-dir", "other").out == latido("history", "--json").out


@pytest.mark.usefixtures("data_dir")
@pytest.mark.parametrize("written_as", ["jsonl", "csv"])
def test_a_dash_is_standard_output(latido: Latido, tmp_path: Path, written_as: str) -> None:
    unsaid = latido("export", "--format", written_as)
    assert unsaid.out
    assert latido("export", "--format", written_as, "--output", "-") == unsaid
    assert latido("export", "-o", "-") == latido("export")
    assert not (tmp_path / "-").exists()


@pytest.mark.usefixtures("data_dir")
def test_of_an_export_that_fails_no_file_is_left(
    latido: Latido, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stood in the way of the next try, and held nothing."""
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "pyarrow", None)
        told = latido("export", "--output", "all.parquet")
    assert (told.status, "pip install pyarrow" in told.err) == (2, True)
    assert not (tmp_path / "all.parquet").exists()
    assert latido("export", "--output", "all.parquet").status == 0


def test_what_an_import_cannot_read_is_said_with_line_field_and_reason(
    latido: Latido, data_dir: Path, tmp_path: Path
) -> None:
    assert data_dir.exists()
    assert latido("export", "--output", "all.jsonl").status == 0
    first, second, third = (tmp_path / "all.jsonl").read_text("utf-8").splitlines()
    broken = second.replace('"unbounded":true', '"unbounded":false')
    late = third.replace('"started_at":"', '"started_at":"soon ')
    (tmp_path / "x.jsonl").write_text(f"{first}\n\n{broken}\n{late}", "utf-8")
    told = latido("import", "x.jsonl", "--data-dir", "other")
    assert told == (
        1,
        "",
        (
            "latido: line 3 of x.jsonl cannot be read: uncertain_seconds is null, and by its "
            "stretches and unbounded it is 0.0\n"
            "Sessions taken over: 1; there already: 0; not readable: 2.\n"
        ),
    )
    (tmp_path / "y.jsonl").write_text(late, "utf-8")
    as_json = latido("import", "y.jsonl", "--data-dir", "other", "--json", "--language", "es")
    assert as_json.status == 1
    assert json.loads(as_json.out) == {"added": 0, "known": 0, "broken": 1}
    assert as_json.err.startswith("latido: en y.jsonl no se puede leer la línea 1: started_at: ")


def test_what_an_import_cannot_read_of_live_sessions_is_said_with_its_name(
    latido: Latido, tmp_path: Path
) -> None:
    live = {"voice_sessions": {"1": {"username": 7}}, "game_sessions": {}, "party_sessions": {}}
    (tmp_path / "old.json").write_text(json.dumps(live), "utf-8")
    told = latido("import", "old.json")
    said, counted = told.err.splitlines()
    assert told.status == 1
    assert said.startswith("latido: voice_sessions.#1 of old.json cannot be read: ")
    assert counted == "Sessions taken over: 0; there already: 0; not readable: 1."


@pytest.mark.parametrize("name", ["old.json", "all.jsonl"])
def test_where_nothing_can_be_read_no_folder_is_made(
    latido: Latido, tmp_path: Path, name: str
) -> None:
    """Every later command took it for a data folder."""
    live = {"voice_sessions": {"1": {"username": 7}}, "game_sessions": {}, "party_sessions": {}}
    texts = {"old.json": json.dumps(live), "all.jsonl": '{"id": 1}\nnothing\n'}
    (tmp_path / name).write_text(texts[name], "utf-8")
    told = latido("import", name, "--data-dir", "other/data")
    assert told.status == 1
    assert "Sessions taken over: 0; there already: 0; not readable: " in told.err
    assert not (tmp_path / "other").exists()


def test_an_export_goes_to_standard_output_filtered(latido: Latido, data_dir: Path) -> None:
    assert data_dir.exists()
    lines = latido("export", "--kind", "voice").out.splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["v1"]
    bad = latido("export", "--format", "xml")
    assert (bad.status, bad.err) == (
        2,
        "latido: There is no format 'xml': choose jsonl, csv, parquet.\n",
    )


def test_a_person_is_given_everything_held_about_them(latido: Latido, data_dir: Path) -> None:
    OptOuts(data_dir).add(PINO)
    told = latido("export", "--user", "Pino")
    rows = [json.loads(line) for line in told.out.splitlines()]
    going_on = [row["ended_at"] is None for row in rows]
    assert set(going_on) == {True, False}
    assert going_on == sorted(going_on)  # what goes on comes last
    for row in rows:
        players = [player["user_id"] for player in row["players"]]
        assert row["user_id"] == str(PINO) or PINO in players
    assert "Held besides: that they opted out." in told.err
    (live,) = (row for row in rows if row["ended_at"] is None)
    assert live["seconds"] == 1800.0  # up to when the bot watched, not up to now


def test_what_ends_while_an_export_is_made_is_in_it_once(
    latido: Latido, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def live_then_over(folder: Path, language: Language) -> Restored:
        restored = live_in(folder, language)
        ended = [each for each in restored.state.sessions if each.id == "lv"]
        assert ended
        with DataDir.open(folder) as opened:
            opened.ledger.append_now([structs.replace(voice_record(), id="lv")])
        return restored

    monkeypatch.setattr(exchange_commands, "live_in", live_then_over)
    told = latido("export", "--user", "Pino").out
    assert data_dir.exists()
    [row] = [row for row in map(json.loads, told.splitlines()) if row["id"] == "lv"]
    assert row["ended_at"] is not None
