"""Exports: every record out and in again, in three formats."""

from __future__ import annotations

import codecs
import csv
import json
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from machines import SECOND, Record, Stay, record_of
from persistence import (
    FORMATS,
    DataDir,
    Format,
    HistoryFilter,
    MissingExtraError,
    UnreadableError,
    format_of,
    rows_of,
    verify,
    write_rows,
)
from persistence.data_dir import Imported
from persistence.exchange import BrokenRow, read_records
from tests.how_often import examples
from tests.persistence.examples import PINO, START, fields, party_record, record
from tests.strategies import sessions

ALL = pytest.mark.parametrize("written_as", FORMATS)


def export(records: list[Record], file: Path, written_as: Format) -> None:
    with file.open("wb") as to:
        assert write_rows(rows_of(records), to, written_as) == len(records)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("seconds", "nan"),
        ("seconds", "inf"),
        ("uncertain_seconds", "nan"),
        ("uncertain_seconds", "7"),
    ],
)
def test_a_row_that_counts_what_its_timeline_does_not_is_not_taken(
    tmp_path: Path, field: str, value: str
) -> None:
    file = tmp_path / "out.csv"
    export([record("r1")], file, "csv")
    (row,) = csv.DictReader(file.read_text(encoding="utf-8").splitlines())
    with file.open("w", encoding="utf-8", newline="") as text:
        writer = csv.DictWriter(text, list(row))
        writer.writeheader()
        writer.writerow({**row, field: value})
    with DataDir.open(tmp_path / "data") as data_dir:
        imported = data_dir.import_records(file, "csv")
    assert imported[:3] == (0, 0, 1)


@pytest.mark.parametrize("written_as", ["csv", "jsonl"])
def test_a_byte_order_mark_in_front_is_passed_over(tmp_path: Path, written_as: Format) -> None:
    """As spreadsheets write it where they save as "CSV UTF-8"."""
    file = tmp_path / f"saved.{written_as}"
    export([record("r1")], file, written_as)
    file.write_bytes(codecs.BOM_UTF8 + file.read_bytes())
    assert list(read_records(file, written_as)) == [record("r1")]


def test_a_broken_row_is_told_by_the_line_it_begins_on_whatever_lines_are_empty(
    tmp_path: Path,
) -> None:
    file = tmp_path / "kept.csv"
    file.write_text('id,kind,started_at\n\n\n"a\nb",voice\n\nc,voice,x,more\n', encoding="utf-8")
    lines = [row.line for row in read_records(file, "csv") if isinstance(row, BrokenRow)]
    assert lines == [4, 7]


@pytest.mark.parametrize("user_id", ["-2", str(2**63), "1e300", "nobody"])
def test_a_party_that_is_over_has_no_players_who_are_nobody(tmp_path: Path, user_id: str) -> None:
    """Only of live parties somebody who was forgotten is part, until they are over."""
    file = tmp_path / "out.jsonl"
    export([party_record()], file, "jsonl")
    told = file.read_text(encoding="utf-8").replace('"user_id":"2"', f'"user_id":"{user_id}"')
    assert user_id in told
    file.write_text(told, encoding="utf-8")
    with DataDir.open(tmp_path / "data") as data_dir:
        imported = data_dir.import_records(file, "jsonl")
    assert imported[:3] == (0, 0, 1)


def test_every_id_is_a_string_and_numbers_of_earlier_exports_are_read(tmp_path: Path) -> None:
    """Most who read JSON round numbers beyond 2^53, and ids are larger."""
    file = tmp_path / "out.jsonl"
    moved = record("v2")
    moved.stays = (*moved.stays, Stay(7, "Sala", moved.started_at + SECOND, moved.started_at))
    export([moved, party_record()], file, "jsonl")
    text = file.read_text(encoding="utf-8")
    rows = [json.loads(line) for line in text.splitlines()]
    assert [type(stay[0]) for stay in rows[0]["stays"]] == [str, str]
    assert {type(player["user_id"]) for player in rows[1]["players"]} == {str}
    for row in rows:
        row["stays"] = [[int(stay[0]), *stay[1:]] for stay in row["stays"]]
        row["players"] = [each | {"user_id": int(each["user_id"])} for each in row["players"]]
    earlier = tmp_path / "earlier.jsonl"
    earlier.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    read = [list(read_records(each, "jsonl")) for each in (file, earlier)]
    assert fields(read[0]) == fields(read[1]) == fields([moved, party_record()])


@ALL
@settings(max_examples=examples(60), deadline=None)
@given(data=st.data())
def test_what_is_exported_is_imported_exactly(written_as: Format, data: st.DataObject) -> None:
    ended = data.draw(st.lists(sessions(), max_size=4, unique_by=lambda each: each.id))
    records = []
    for session in ended:
        session.ended_at = max(session.started_at, session.last_seen)
        session.state, session.reason = "ended", "left"
        records.append(record_of(session))
    with tempfile.TemporaryDirectory() as name:
        export(records, Path(name) / "file", written_as)
        back = list(read_records(Path(name) / "file", written_as))
    told = [each for each in back if isinstance(each, Record)]
    assert [fields(each) for each in told] == [fields(each) for each in records]


@ALL
def test_importing_twice_changes_nothing(tmp_path: Path, written_as: Format) -> None:
    file = tmp_path / f"sessions.{written_as}"
    odd = record("v2", user_id=2)
    odd.username = "=1+1,\"\n'ñ🎮"
    export([record(), odd, party_record()], file, written_as)
    assert format_of(file) == written_as
    with DataDir(tmp_path / "data", now=lambda: START) as data_dir:
        assert data_dir.import_records(file, written_as) == Imported(3, 0, 0)
        before = fields(list(data_dir.ledger.history(HistoryFilter())))
        assert data_dir.import_records(file, written_as) == Imported(0, 3, 0)
        assert fields(list(data_dir.ledger.history(HistoryFilter()))) == before
        assert data_dir.ledger.people_named(odd.username) == {2: odd.username}
    assert verify(tmp_path / "data") == []


def test_rows_that_hold_no_record_are_counted_and_the_rest_is_taken(tmp_path: Path) -> None:
    file = tmp_path / "sessions.jsonl"
    export([record("a"), record("b"), record("c"), record("d")], file, "jsonl")
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    lines[0]["seconds"] = 99999
    lines[1]["started_at"] = "9999-12-31T23:59:59Z"
    lines[2]["user_id"] = "-5"
    text = "\n".join(map(json.dumps, lines))
    hostile = "[" * 100_000 + '\n{"id": 5}\n{"id": "x", "stretches": [[]]}\nnonsense\n'
    file.write_text(f"{hostile}{text}\n", encoding="utf-8")
    with DataDir(tmp_path / "data", now=lambda: START) as data_dir:
        assert data_dir.import_records(file, "jsonl")[:3] == (1, 0, 7)
        assert data_dir.ledger.contains(["d"]) == {"d"}


@ALL
def test_a_row_that_holds_no_record_is_named_by_its_place_in_the_file(
    tmp_path: Path, written_as: Format
) -> None:
    file = tmp_path / f"sessions.{written_as}"
    odd = record("v1")
    odd.username = "two\nlines"
    bad = record("v2")
    bad.seconds = 9.0
    export([odd, bad, record("v3")], file, written_as)
    place = {"jsonl": 2, "csv": 4, "parquet": 2}[written_as]  # below the heading and a name's end
    broken = BrokenRow(place, "seconds is 9.0, and its timeline has 3600.0")
    assert [each for each in read_records(file, written_as) if isinstance(each, BrokenRow)] == [
        broken
    ]
    with DataDir.open(tmp_path / "data") as data_dir:
        warning = data_dir.import_records(file, written_as).first_broken
    assert warning is not None
    assert warning.key == f"import.broken_{'row' if written_as == 'parquet' else 'line'}"
    assert warning.values == {"path": str(file), "line": place, "problem": broken.problem}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("guild_id", "-1"),
        ("user_id", "nobody"),
        ("started_at", "soon"),
        ("last_seen", "0001-01-01T00:00:00Z"),
        ("ended_at", "2025-12-29T00:00:00Z"),
        ("channel_id", "x"),
        ("app_id", "x"),
        ("state", "confirmed"),
        ("kind", "chess"),
        ("id", ""),
        ("seconds", 9),
        ("uncertain_seconds", None),
        ("stretches", [["soon", "later", "away"]]),
        ("stays", [["x", "General", "soon", "soon"]]),
        ("players", [{"session_id": "", "user_id": "-2", "username": "", "start_time": "soon"}]),
        ("activity_type", "sleeping"),
    ],
)
def test_what_is_wrong_with_a_row_names_the_field(
    tmp_path: Path, field: str, value: object
) -> None:
    file = tmp_path / "sessions.jsonl"
    export([record()], file, "jsonl")
    row = json.loads(file.read_text("utf-8")) | {field: value}
    file.write_text(json.dumps(row), "utf-8")
    (broken,) = read_records(file, "jsonl")
    assert isinstance(broken, BrokenRow)
    assert field in broken.problem


@ALL
@pytest.mark.parametrize("data", [b"", b"PAR1", b"\x00" * 100, b"id\n\xff\xfe", b"{" * 5000])
def test_what_is_no_export_is_refused_or_counted(
    tmp_path: Path, written_as: Format, data: bytes
) -> None:
    file = tmp_path / "file"
    file.write_bytes(data)
    with DataDir(tmp_path / "data", now=lambda: START) as data_dir:
        try:
            assert data_dir.import_records(file, written_as).added == 0
        except UnreadableError as error:
            assert str(file) in str(error)  # noqa: PT017 - either way is right


@ALL
def test_how_far_an_import_is_and_how_far_it_goes_is_told(
    tmp_path: Path, written_as: Format
) -> None:
    file = tmp_path / "out"
    export([record(f"r{n}", user_id=n) for n in range(1, 10_002)], file, written_as)
    told: list[tuple[int, int]] = []
    records = read_records(file, written_as, lambda done, whole: told.append((done, whole)))
    assert sum(isinstance(each, Record) for each in records) == 10_001
    done = [each for each, _whole in told]
    assert done == sorted(set(done))
    assert len(done) == 3
    assert {whole for _done, whole in told} == {
        10_001 if written_as == "parquet" else file.stat().st_size
    }


def test_csv_is_what_a_spreadsheet_reads(tmp_path: Path) -> None:
    export([record()], tmp_path / "x.csv", "csv")
    with (tmp_path / "x.csv").open(encoding="utf-8", newline="") as opened:
        (row,) = csv.DictReader(opened)
    assert row["user_id"] == str(PINO)
    assert row["started_at"] == "2025-12-29T22:30:00Z"
    assert row["seconds"] == "3600.0"


def test_parquet_holds_times_and_numbers(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="an optional extra")
    export([record()], tmp_path / "x.parquet", "parquet")
    table = parquet.read_table(tmp_path / "x.parquet")
    assert str(table.schema.field("started_at").type) == "timestamp[us, tz=UTC]"
    assert str(table.schema.field("user_id").type) == "int64"


def test_without_pyarrow_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match="pip install pyarrow"):
        export([record()], tmp_path / "x", "parquet")
