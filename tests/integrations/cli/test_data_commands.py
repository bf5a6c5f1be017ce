"""The commands that look after a data folder."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from machines import Stretch
from persistence import DataDir, LedgerReader, OptOuts, verify
from tests.integrations.cli.examples import AGU, HALF_PAST_TEN, MINUTE, PINO, ZETA, voice_record
from tests.persistence.examples import record

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.integrations.cli.conftest import Outcome

    Latido = Callable[..., Outcome]


def test_a_backup_goes_somewhere_else_and_back(
    latido: Latido, data_dir: Path, tmp_path: Path
) -> None:
    with DataDir.open(data_dir):  # the bot is running
        assert latido("backup", "b.tar").status == 0
    assert latido("restore", "b.tar", "--data-dir", "other").status == 0
    assert latido("history", "--json", "--data-dir", "other").out == latido("history", "--json").out
    assert verify(tmp_path / "other") == []
    again = latido("backup", "b.tar")
    assert (again.status, again.err) == (
        2,
        "latido: b.tar exists: give a name that is free, or remove it first.\n",
    )
    refused = latido("restore", "b.tar")
    assert refused.status == 2
    assert "use --replace" in refused.err
    assert latido("restore", "b.tar", "--replace").status == 0


def test_totals_per_day(latido: Latido, data_dir: Path) -> None:
    assert data_dir.exists()
    told = [json.loads(line) for line in latido("totals", "Pino", "--json").out.splitlines()]
    assert told[0] == {
        "day": "2025-12-29",
        "kind": "voice",
        "seconds": 2700.0,
        "uncertain_seconds": 0.0,
        "starts_unknown": 0,
    }
    heading, voice, zone = latido("totals", "Pino").out.splitlines()
    assert zone == "Days begin at midnight in UTC (the setting timezone)."
    assert heading.split() == ["day", "kind", "time", "uncertain"]
    assert voice.split() == ["2025-12-29", "voice", "45", "min", "exact"]
    assert "is no day" in latido("totals", "Pino", "--since", "yesterday").err


def test_totals_say_that_what_goes_on_is_in_none_of_them(latido: Latido, data_dir: Path) -> None:
    assert data_dir.exists()
    nothing = "No time to show.\n"
    goes_on = (
        "1 session goes on, and only those that are over are here: latido sessions lists it.\n"
    )
    assert latido("totals", "Pino").err == goes_on
    assert latido("totals", "Pino", "--since", "2026-02-01").err == nothing + goes_on
    assert latido("totals", "Pino", "--until", "2025-12-01").err == nothing
    assert latido("totals", "Pino", "--kind", "game").err == nothing
    assert latido("totals", "Pino", "--json").err == ""


def test_totals_say_how_sure_they_are(latido: Latido, data_dir: Path) -> None:
    unknown = Stretch(HALF_PAST_TEN, HALF_PAST_TEN + MINUTE, "unknown")
    seen = structs.replace(voice_record(), id="v9", user_id=ZETA, username="Zeta")
    guessed = structs.replace(seen, stretches=(unknown,), uncertain_seconds=60.0)
    with DataDir(data_dir) as opened:
        opened.ledger.append_now([guessed])
    heading, voice, zone = latido(
        "totals", "Zeta", "--kind", "voice", "--language", "es"
    ).out.splitlines()
    assert zone == "Los días empiezan a medianoche en UTC (el ajuste timezone)."
    assert heading.split() == ["día", "tipo", "tiempo", "seguridad"]
    assert voice.split() == ["2025-12-29", "voz", "45", "min", "±", "1", "min"]
    (_, game, _) = latido("totals", "agu", "--kind", "game").out.splitlines()
    assert game.split() == ["2025-12-29", "game", "1", "h", "1", "start", "unknown"]


def test_totals_take_a_person_as_other_commands_do(latido: Latido, data_dir: Path) -> None:
    assert data_dir.exists()
    told = latido("totals", "Pino").out
    assert told
    assert latido("totals", "--user", "Pino").out == told
    for nobody_in_particular in ((), ("Pino", "--user", "agu")):
        refused = latido("totals", *nobody_in_particular)
        assert (refused.status, refused.out) == (2, "")
        assert "Name one person" in refused.err


def test_forgetting_says_what_it_did(latido: Latido, data_dir: Path) -> None:
    told = latido("forget", str(PINO))
    assert told.status == 0
    assert told.err.startswith("Removed: ended sessions ")
    assert not LedgerReader(data_dir).knows_user(PINO)
    assert latido("history", "--user", "Pino").status == 2
    assert LedgerReader(data_dir).knows_user(AGU)
    assert verify(data_dir) == []


def test_opting_out_and_in(latido: Latido, data_dir: Path) -> None:
    live = (
        "Live sessions of theirs: 1. The bot's next start writes them down, up to where they were "
        "last seen.\n"
    )
    assert latido("opt-out", "Pino").err == f"The person {PINO} is not tracked any more.\n{live}"
    assert f"as before.\n{live}" in latido("opt-out", str(PINO)).err
    assert OptOuts(data_dir).user_ids == {PINO}
    assert latido("opt-out", "Pino", "--undo").err == f"The person {PINO} is tracked again.\n"
    assert OptOuts(data_dir).user_ids == set()


def test_what_goes_on_of_whoever_opted_out_is_counted(latido: Latido, data_dir: Path) -> None:
    assert json.loads(latido("opt-out", "Pino", "--json").out)["sessions"] == 1
    assert "live sessions 1;" in latido("forget", "Pino").err
    assert json.loads(latido("opt-out", str(PINO), "--json").out)["sessions"] == 0
    assert "Live sessions" not in latido("opt-out", str(PINO)).err
    (data_dir / "active_sessions.json").write_text('{"schema": 99}')
    assert json.loads(latido("opt-out", str(PINO), "--json").out)["sessions"] is None


def test_opting_out_needs_a_folder_that_can_be_written(latido: Latido, data_dir: Path) -> None:
    (data_dir / "latido.lock").unlink()
    (data_dir / "latido.lock").mkdir()
    told = latido("opt-out", str(PINO))
    assert told.status == 2
    assert told.err.startswith("latido: DATA_DIR ")
    assert "cannot be made or written (is a directory)" in told.err
    assert told.err.count("\n") == 1


def test_pruning_needs_to_know_how_far(latido: Latido, data_dir: Path) -> None:
    asked = latido("prune")
    assert (asked.status, "set keep_days, or give --keep-days" in asked.err) == (2, True)
    assert latido("prune", "--keep-days", "999999999").status == 2
    assert "Sessions removed: 3." in latido("prune", "--keep-days", "1").err
    assert not LedgerReader(data_dir).knows_user(PINO)


def test_pruning_goes_by_whole_days_and_totals_by_what_is_left(
    latido: Latido, tmp_path: Path
) -> None:
    """What is too old ended before the 30th, or before the 31st if midnight is just passing."""
    days = (datetime.now(UTC).date() - date(2025, 12, 30)).days
    short = record("short", started_at=HALF_PAST_TEN - 90 * MINUTE)
    with DataDir.open(tmp_path / "kept") as opened:
        opened.ledger.append_now([short, record("long", started_at=HALF_PAST_TEN, hours=28)])
    pruned = latido("prune", "--keep-days", str(days), "--data-dir", "kept")
    assert "Sessions removed: 1." in pruned.err
    told = latido("totals", "Pino", "--json", "--data-dir", "kept").out.splitlines()
    assert [json.loads(line)["seconds"] for line in told] == [5400, 86400, 9000]
    with DataDir.open(tmp_path / "kept") as opened:
        assert not opened.ledger.count_step(), "all of them have been counted"


@pytest.mark.parametrize(
    "arguments",
    [("forget", "1"), ("opt-out", "1"), ("prune", "--keep-days", "1"), ("import", "x.jsonl")],
)
def test_what_changes_the_folder_is_refused_while_the_bot_runs(
    latido: Latido, data_dir: Path, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    (tmp_path / "x.jsonl").write_bytes(b"")
    with DataDir.open(data_dir):
        told = latido(*arguments)
    assert told.status == 2
    [sentence] = told.err.splitlines()
    assert re.search(r"belongs to process \d+, started [-\d]+T\d\d:\d\d:\d\dZ: stop it", sentence)
    assert ("set DATA_DIR to another folder" in sentence) == (arguments[0] == "import")
    assert ("/privacidad" in sentence) == (arguments[0] in {"forget", "opt-out"})


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("", "it keeps them for ever, unless the setting keep_days is set when it starts."),
        ("30", "it prunes by itself, by the setting keep_days."),
    ],
)
def test_a_running_bot_is_said_to_prune_where_it_does(
    latido: Latido, data_dir: Path, monkeypatch: pytest.MonkeyPatch, setting: str, said: str
) -> None:
    if setting:
        monkeypatch.setenv("LATIDO_KEEP_DAYS", setting)
    with DataDir.open(data_dir):
        told = latido("prune", "--keep-days", "1")
    assert told.err.endswith(f"stop it first; while it runs, {said}\n")


@pytest.mark.parametrize("command", [("history",), ("export",), ("totals", "Pino")])
def test_a_span_that_ends_before_it_begins_is_refused(
    latido: Latido, data_dir: Path, command: tuple[str, ...]
) -> None:
    assert data_dir.exists()
    told = latido(*command, "--since", "2026-12-01", "--until", "2026-11-01")
    assert told.status == 2
    assert told.err.startswith("latido: Nothing lies between --since 2026-12-01 and --until ")
    assert latido(*command, "--since", "2025-12-29", "--until", "2025-12-29").status == 0
