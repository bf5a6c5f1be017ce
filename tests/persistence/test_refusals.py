"""What the ledger refuses: why, what helps, and that it takes it again once that is done."""

from __future__ import annotations

import errno
import os
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from persistence import DataDir, LedgerError, LedgerLockedError, LedgerWriteError, ledger_file
from persistence.disk import OsDisk
from persistence.refusals import what_helps
from persistence.verification import verify
from tests.persistence.examples import START, record

if TYPE_CHECKING:
    from persistence.database import Database

LEDGER = Path("data/latido.db")


class ReadOnlyDisk(OsDisk):
    """A disk on which the ledger may not be written, for as long as that is so."""

    may_be_written = False

    def open_database(self, path: Path, busy_seconds: float) -> Database:
        """Open it as SQLite opens what it may not write."""
        if self.may_be_written:
            return super().open_database(path, busy_seconds)
        return sqlite3.connect(
            f"{path.resolve().as_uri()}?mode=ro",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
        )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with DataDir(tmp_path, now=lambda: START) as data_dir:
        data_dir.ledger.append_now([record("over")])
    return tmp_path


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock is not waited for."""
    monkeypatch.setattr(ledger_file, "_BUSY_SECONDS", 0.0)


def test_a_ledger_that_was_read_only_at_the_start_is_written_once_it_is_not(folder: Path) -> None:
    disk = ReadOnlyDisk()
    with DataDir(folder, disk=disk, now=lambda: START) as data_dir:
        (warning,) = data_dir.warnings
        assert warning.key == "ledger.read_only"
        assert "make it writable" in warning.message
        for _try in range(2):
            with pytest.raises(LedgerWriteError, match=r"make latido\.db and .* writable"):
                data_dir.ledger.append_now([record("new", user_id=5)])
        disk.may_be_written = True
        data_dir.ledger.append_now([])
        assert data_dir.ledger.contains(["new", "over"]) == {"new", "over"}
        assert data_dir.ledger.pending == 0


@pytest.mark.parametrize("part", ["latido.db", "latido.db-wal"])
def test_the_file_that_may_not_be_written_is_named(
    folder: Path, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_be_accessed = os.access

    def may_be(path: Path, mode: int) -> bool:
        return path.name != part and may_be_accessed(path, mode)

    monkeypatch.setattr("persistence.refusals.os.access", may_be)
    with DataDir(folder, disk=ReadOnlyDisk(), now=lambda: START) as data_dir:
        (folder / part).touch()
        with pytest.raises(LedgerWriteError, match=rf"make {re.escape(part)} and .* writable"):
            data_dir.ledger.append_now([record("new", user_id=5)])


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("is_moved", [False, True])
def test_a_lock_that_is_met_as_it_is_opened_anew_is_over_once_it_is(
    folder: Path, *, is_moved: bool
) -> None:
    """The connection is closed by then: it must be opened with the next try, and the next."""
    disk = ReadOnlyDisk()
    disk.may_be_written = is_moved
    with DataDir(folder, disk=disk, now=lambda: START) as data_dir:
        if is_moved:
            shutil.copy(folder / "latido.db", folder / "copy")
            (folder / "copy").replace(folder / "latido.db")
        else:
            with pytest.raises(LedgerWriteError):
                data_dir.ledger.append_now([record("new", user_id=5)])
            disk.may_be_written = True
        with closing(sqlite3.connect(folder / "latido.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            for _try in range(2):
                with pytest.raises(LedgerLockedError, match="another program holds"):
                    data_dir.ledger.append_now([record("new", user_id=5)])
            other.execute("ROLLBACK")
        data_dir.ledger.append_now([])
        assert data_dir.ledger.contains(["new", "over"]) == {"new", "over"}


def test_of_a_ledger_that_may_be_written_nothing_is_said(folder: Path) -> None:
    with DataDir(folder, now=lambda: START) as data_dir:
        assert data_dir.warnings == []


@pytest.mark.usefixtures("hasty")
def test_a_ledger_that_another_program_holds_is_said_to_be_held(folder: Path) -> None:
    with (
        DataDir(folder, now=lambda: START) as data_dir,
        closing(sqlite3.connect(folder / "latido.db", isolation_level=None)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerLockedError) as caught:
            data_dir.ledger.append_now([record("new", user_id=5)])
        assert "another program holds latido.db: close it" in str(caught.value)
        assert "free space" not in str(caught.value)
        other.execute("ROLLBACK")
        data_dir.ledger.append_now([])
        assert data_dir.ledger.contains(["new"]) == {"new"}


@pytest.mark.usefixtures("hasty")
def test_one_that_is_held_at_the_start_is_said_to_be_held_too(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "latido.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(LedgerError, match=r"another program holds latido\.db: close it"):
            DataDir(folder, now=lambda: START)
    with DataDir(folder, now=lambda: START) as data_dir:  # nobody's lock was left behind
        assert data_dir.warnings == []


def test_verify_finds_a_ledger_that_may_not_be_written_although_its_folder_may(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert verify(folder) == []
    monkeypatch.setattr(
        "persistence.verification.os.access",
        lambda path, _mode: Path(path).name != "latido.db",
    )
    (finding,) = verify(folder)
    assert finding.where == "latido.db"
    assert "make it writable" in finding.sentence


@pytest.mark.parametrize(
    ("error", "helps"),
    [
        (OSError(errno.ENOSPC, "no space"), "free space in data"),
        (OSError(errno.EDQUOT, "quota"), "free space in data"),
        (OSError(errno.EIO, "input/output error"), "free space or repair access to data"),
        (ValueError("else"), "free space or repair access to data"),
    ],
)
def test_what_helps_fits_what_the_disk_says(error: Exception, helps: str) -> None:
    assert what_helps(error, LEDGER) == helps


@pytest.mark.parametrize(
    ("code", "helps"),
    [
        (sqlite3.SQLITE_FULL, "free space in data"),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, "another program holds latido.db: close it"),
        (sqlite3.SQLITE_READONLY_DBMOVED, "make latido.db and data writable"),
        (sqlite3.SQLITE_IOERR, "free space or repair access to data"),
    ],
)
def test_what_helps_fits_what_sqlite_says(code: int, helps: str) -> None:
    error = sqlite3.OperationalError("refused")
    error.sqlite_errorcode = code
    assert what_helps(error, LEDGER) == helps
