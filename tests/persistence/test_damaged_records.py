"""A ledger in which some rows cannot be read: the rest is of use, and nothing more is lost."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from persistence import (
    BackupError,
    DataDir,
    HistoryFilter,
    LedgerReader,
    StorageWarning,
    back_up,
    forget,
    restore_backup,
    rows_of,
    verify,
    write_rows,
)
from persistence.errors import UnreadableError
from persistence.ledger_problems import UnreadableRecord, why_not_read
from persistence.storage_warnings import UNREADABLE_RECORDS, unreadable_records
from tests.persistence.examples import HOUR, START, party_record, record

NOT_UTF_8 = "CAST(x'5b5b312c22ff225d5d' AS TEXT)"
AGU, ZETA = 2, 3


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a DATA_DIR with three stays and a party in its ledger."""
    folder = tmp_path / "data"
    with DataDir(folder, now=lambda: START) as data_dir:
        stays = [
            record(name, user_id=AGU, started_at=START + hours * HOUR)
            for name, hours in (("first", -30), ("second", -20), ("third", -10))
        ]
        data_dir.ledger.append_now([*stays, party_record("party")])
    return folder


def damage(folder: Path, column: str = "stays", to: str = NOT_UTF_8, of: str = "second") -> None:
    with closing(sqlite3.connect(folder / "latido.db")) as connection:
        connection.execute(f"UPDATE records SET {column} = {to} WHERE id = '{of}'")  # noqa: S608
        connection.commit()


def read(folder: Path, wanted: HistoryFilter | None = None) -> tuple[list[str], list[str]]:
    """Return the ids of the records that can be read, and of those that cannot."""
    passed_over: list[UnreadableRecord] = []
    records = LedgerReader(folder).history(wanted or HistoryFilter(), passed_over.append)
    return [each.id for each in records], [each.id for each in passed_over]


@pytest.mark.parametrize(
    ("column", "to"),
    [
        ("stays", NOT_UTF_8),
        ("stretches", NOT_UTF_8),
        ("players", NOT_UTF_8),
        ("channel_name", "CAST(x'ff' AS TEXT)"),
        ("username", "CAST(x'41ff41' AS TEXT)"),
        ("stays", "'['"),
        ("stays", "7"),
        ("state", "'sleeping'"),
        ("seconds", "'many'"),
    ],
)
def test_one_damaged_row_hides_no_other(folder: Path, column: str, to: str) -> None:
    damage(folder, column, to)
    assert read(folder) == (["first", "third", "party"], ["second"])
    assert read(folder, HistoryFilter(user_id=AGU)) == (["first", "third", "party"], ["second"])
    assert read(folder, HistoryFilter(user_id=ZETA)) == (["party"], [])
    assert [each.id for each in LedgerReader(folder).unreadable()] == ["second"]


def test_what_is_wrong_is_said_without_a_strangers_words(folder: Path) -> None:
    damage(folder)
    assert LedgerReader(folder).unreadable() == [
        UnreadableRecord("second", "stays: it is not text in UTF-8")
    ]


def test_an_id_that_is_no_text_is_said_as_far_as_it_can_be_written(folder: Path) -> None:
    damage(folder, "id", "CAST(x'61ff' AS TEXT)")
    assert [each.id.encode() for each in LedgerReader(folder).unreadable()] == [b"a?"]
    assert any("Record a? cannot be read" in finding.sentence for finding in verify(folder))


@pytest.mark.parametrize("timezone", ["UTC", "America/Bogota"])
def test_the_bot_starts_and_writes_on(folder: Path, timezone: str) -> None:
    damage(folder)
    with DataDir.open(folder, timezone=timezone) as data_dir:
        assert data_dir.warnings == []
        while data_dir.ledger.count_step():
            pass
        data_dir.ledger.append_now([record("new")])
    assert read(folder) == (["first", "third", "new", "party"], ["second"])


def test_whoever_is_in_a_damaged_row_can_be_forgotten(folder: Path) -> None:
    damage(folder)
    with DataDir.open(folder) as data_dir:
        told = forget(data_dir, AGU)
    assert (told.records, told.parties) == (3, 1)
    assert read(folder) == (["party"], [])
    assert not LedgerReader(folder).knows_user(AGU)


def test_a_name_that_is_damaged_is_none_that_files_are_searched_for(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "latido.db")) as connection:
        connection.execute("INSERT INTO people VALUES ('x', 2, CAST(x'ff' AS TEXT))")
        connection.commit()
    other = folder / "latido.db.unreadable-20251229T223000Z"
    other.write_bytes(b"Who is this?")
    with DataDir.open(folder) as data_dir:
        assert forget(data_dir, AGU).removed == []
    assert other.exists()


def test_verify_says_which_how_many_and_what_loses_nothing(folder: Path) -> None:
    damage(folder)
    damage(folder, of="third", to="'['")
    first, last = [finding.sentence for finding in verify(folder)]
    assert first == "Record second cannot be read: stays: it is not text in UTF-8."
    assert last.startswith("Record third cannot be read: ")
    assert " That is 2 of 4 records: the bot goes on, and commands pass over them. " in last
    assert last.endswith("Without one nothing need be done.")


def test_an_import_puts_what_is_whole_in_the_place_of_what_cannot_be_read(
    folder: Path, tmp_path: Path
) -> None:

    with (tmp_path / "whole.jsonl").open("wb") as to:
        write_rows(rows_of(LedgerReader(folder).history(HistoryFilter())), to, "jsonl")
    before = LedgerReader(folder).daily_totals(AGU, "UTC")
    damage(folder)
    damage(folder, "players", of="party")
    with DataDir.open(folder) as data_dir:
        told = data_dir.import_records(tmp_path / "whole.jsonl", "jsonl")
        assert (told.added, told.known, told.broken) == (2, 2, 0)
        again = data_dir.import_records(tmp_path / "whole.jsonl", "jsonl")
        assert (again.added, again.known) == (0, 4)
        assert data_dir.ledger.daily_totals(AGU, "UTC") == before
    assert read(folder) == (["first", "second", "third", "party"], [])
    assert read(folder, HistoryFilter(user_id=ZETA)) == (["party"], [])
    assert verify(folder) == []


def test_a_backup_says_what_in_it_cannot_be_read_and_so_does_its_restore(
    folder: Path, tmp_path: Path
) -> None:
    damage(folder)
    [warning] = back_up(folder, tmp_path / "backup")
    assert warning.key == UNREADABLE_RECORDS
    assert (warning.values["count"], warning.values["ids"]) == (1, "second")
    restored: list[StorageWarning] = []
    restore_backup(tmp_path / "new", tmp_path / "backup", warned=restored.append)
    assert [each.values["ids"] for each in restored] == ["second"]
    assert read(tmp_path / "new") == read(folder)


def test_no_backup_is_made_that_could_not_be_restored(folder: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(folder / "latido.db")) as connection:
        (page,) = connection.execute(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'people'"
        ).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    path = folder / "latido.db"
    data = bytearray(path.read_bytes())
    data[(page - 1) * size : page * size] = b"\x07" * size
    path.write_bytes(data)
    with pytest.raises(BackupError, match="and none could be restored from it: no backup is made"):
        back_up(folder, tmp_path / "backup")
    assert not (tmp_path / "backup").exists()


def test_of_very_many_the_first_are_named() -> None:

    broken = [UnreadableRecord(f"r{number}", "torn") for number in range(12)]
    told = unreadable_records(Path("latido.db"), broken)
    assert str(told.values["ids"]).endswith("r8, r9 (+2)")
    assert told.values["count"] == 12


def test_what_helps_is_said_by_why_a_ledger_cannot_be_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "latido.db"
    cannot_open = sqlite3.OperationalError("unable to open database file")
    assert why_not_read(path, cannot_open).endswith(
        f"free space and repair access to {folder}, then try again."
    )
    assert "latido restore BACKUP --replace" in why_not_read(path, UnreadableError(path, "torn"))
    monkeypatch.setattr("os.access", lambda _path, _how: False)
    said = why_not_read(path, cannot_open)
    assert "may not be read by this user: run the command as the user that the bot runs as" in said
    assert "restore" not in said
