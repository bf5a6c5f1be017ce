"""Ledgers that somebody has tampered with: no program in them is run, and damage stays small."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from persistence import (
    DataDir,
    HistoryFilter,
    LedgerDamagedError,
    LedgerError,
    LedgerReader,
    verify,
)
from tests.persistence.examples import HOUR, START, party_record, record, voice

if TYPE_CHECKING:
    from pathlib import Path

DAY_BEFORE = START - 24 * HOUR


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with DataDir(tmp_path, now=lambda: START) as data_dir:
        data_dir.live.put(voice("live", user_id=7))
        data_dir.live.flush_now()
        data_dir.ledger.append_now([record("r1", started_at=DAY_BEFORE), party_record("p1")])
    return tmp_path


def change(folder: Path, script: str) -> None:
    with closing(sqlite3.connect(folder / "latido.db")) as connection:
        connection.executescript(script)


ENDLESS_VIEW = """
DROP TABLE people;
CREATE VIEW people AS
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers)
SELECT 'pino' AS folded, n AS user_id, 'Pino' AS username FROM numbers;
"""


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        (
            "CREATE TRIGGER gone AFTER INSERT ON records BEGIN DELETE FROM records; END",
            "it holds the trigger 'gone'",
        ),
        (ENDLESS_VIEW, "its table people with the column folded is missing"),
        ("DROP TABLE daily_totals", "its table daily_totals with the column day is missing"),
        ("ALTER TABLE people RENAME COLUMN folded TO flat", "people with the column folded"),
    ],
    ids=["trigger", "endless view", "no table", "no column"],
)
def test_a_ledger_that_is_not_as_we_made_it_is_set_aside(
    folder: Path, script: str, problem: str
) -> None:
    change(folder, script)
    before = (folder / "latido.db").read_bytes()
    with pytest.raises(LedgerError, match=problem):
        LedgerReader(folder).people_named("Pino")
    assert any(problem in finding.sentence for finding in verify(folder))
    with DataDir(folder, now=lambda: START) as data_dir:
        assert [session.id for session in data_dir.restore().state.sessions] == ["live"]
        (warning,) = data_dir.warnings
        assert problem in warning.message
        data_dir.ledger.append_now([record("r2")])
        assert data_dir.ledger.contains(["r2"]) == {"r2"}
    assert (folder / str(warning.values["kept_as"])).read_bytes() == before


@pytest.mark.parametrize(
    "script",
    [
        "DELETE FROM facts",
        "UPDATE facts SET value = 'abc'",
        "UPDATE facts SET value = x'ff00'",
        "UPDATE facts SET value = 9223372036854775807 WHERE name = 'longest'",
        "UPDATE facts SET value = -1 WHERE name = 'longest'",
        "UPDATE facts SET value = 1.5 WHERE name = 'counted_to'",
        "UPDATE facts SET value = NULL WHERE name != 'counted_to'",
        "UPDATE facts SET value = '[20260199,null,0]' WHERE name = 'anew'",
        "UPDATE facts SET value = '[99999999,1.5,-3]' WHERE name = 'anew'",
        "UPDATE facts SET value = '[20260101,1e400,99999999999999999999]' WHERE name = 'anew'",
    ],
)
def test_what_the_ledger_knows_of_itself_is_found_anew(folder: Path, script: str) -> None:
    totals = LedgerReader(folder).daily_totals(1, "UTC")
    people = LedgerReader(folder).people_named("pino")
    assert totals
    assert people
    change(folder, script)
    assert LedgerReader(folder).daily_totals(1, "UTC") == totals
    assert LedgerReader(folder).people_named("pino") == people
    for _start in range(2):
        with DataDir(folder, now=lambda: START) as data_dir:
            assert data_dir.warnings == []
            while data_dir.ledger.count_step():
                pass
            data_dir.ledger.append_now([record("r2", user_id=9)])
            assert data_dir.ledger.daily_totals(1, "UTC") == totals
    until = HistoryFilter(until=DAY_BEFORE + HOUR)
    assert [each.id for each in LedgerReader(folder).history(until)] == ["r1"]


@pytest.mark.parametrize(
    ("ended_at", "goes_at"),
    [("'x'", None), ("x'00'", None), (2**62, 2**62 + 1), (-(2**62), 1 - 2**62)],
)
def test_what_ended_at_no_instant_that_there_is_does_not_keep_retention_from_its_work(
    folder: Path, ended_at: str | int, goes_at: int | None
) -> None:
    change(folder, f"UPDATE records SET ended_at = {ended_at}")  # noqa: S608
    with DataDir(folder, now=lambda: START) as data_dir:
        assert data_dir.ledger.prunable_from() == goes_at
        assert data_dir.ledger.prune_step(START) == (2 if goes_at == 1 - 2**62 else 0)


@pytest.mark.parametrize("players", ["'['", "x'ff'", "'[7]'", "'[{\"x\":' || hex(zeroblob(9)) "])
def test_a_party_that_cannot_be_read_is_forgotten_whole(folder: Path, players: str) -> None:
    change(folder, f"UPDATE records SET players = {players} WHERE id = 'p1'")  # noqa: S608
    with DataDir(folder, now=lambda: START) as data_dir:
        assert data_dir.ledger.forget(2) == (0, 1)
        assert data_dir.ledger.contains(["p1", "r1"]) == {"r1"}


def test_what_has_the_name_of_a_copy_is_left_or_moved_aside(folder: Path) -> None:
    (folder / "latido.db.schema-1").mkdir()
    (folder / "latido.db.schema-1" / "inside").write_bytes(b"kept")
    with DataDir(folder, now=lambda: START) as data_dir:
        assert data_dir.ledger.contains(["r1"]) == {"r1"}
    assert (folder / "latido.db.schema-1" / "inside").read_bytes() == b"kept"


def damage(folder: Path, table: str) -> None:
    """Fill the first page of a table with what is no page."""
    with closing(sqlite3.connect(folder / "latido.db")) as connection:
        (page,) = connection.execute(
            "SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)
        ).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with (folder / "latido.db").open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)


def test_a_ledger_that_turns_out_damaged_at_the_start_is_set_aside(folder: Path) -> None:
    damage(folder, "facts")
    before = (folder / "latido.db").read_bytes()
    with DataDir(folder, now=lambda: START) as data_dir:
        assert [session.id for session in data_dir.restore().state.sessions] == ["live"]
        (warning,) = data_dir.warnings
        data_dir.ledger.append_now([record("r2")])
    assert (folder / str(warning.values["kept_as"])).read_bytes() == before


def test_one_that_turns_out_damaged_later_is_not_mistaken_for_a_full_disk(folder: Path) -> None:
    damage(folder, "records")
    with (
        DataDir(folder, now=lambda: START) as data_dir,
        pytest.raises(LedgerDamagedError) as caught,
    ):
        data_dir.ledger.append_now([record("new", user_id=5)])
    said = str(caught.value)
    assert "is damaged (" in said
    assert "latido export --output FILE" in said
    assert "free space" not in said
    assert "stop the bot" not in said  # what is kept in memory would be lost


def test_with_the_damaged_one_moved_away_what_waits_is_written_to_a_new_one(folder: Path) -> None:
    damage(folder, "records")
    with DataDir(folder, now=lambda: START) as data_dir:
        with pytest.raises(LedgerDamagedError):
            data_dir.ledger.append_now([record("new", user_id=5)])
        (folder / "latido.db").rename(folder / "damaged.db")
        data_dir.ledger.append_now([])
        assert data_dir.ledger.contains(["new"]) == {"new"}
    assert verify(folder) == []
