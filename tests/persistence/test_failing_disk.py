"""A disk that fails: nothing is lost while the process lives, and all is written afterwards."""

from __future__ import annotations

import asyncio
import errno
import shutil
from typing import TYPE_CHECKING

import pytest

from persistence import (
    DataDir,
    DataDirBusyError,
    HistoryFilter,
    LedgerReader,
    LedgerWriteError,
    OptOuts,
    PersistenceError,
    SnapshotWriteError,
    live_files,
    read_live,
    verify,
)
from persistence.atomic_file import replace_file
from persistence.disk import OsDisk, OsFile
from persistence.errors import kept_in_memory
from tests.persistence.crash_disk import CrashDisk
from tests.persistence.examples import HOUR, START, game, record, voice

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ERRORS = [errno.ENOSPC, errno.EIO, errno.EROFS]


@pytest.fixture(params=["snapshot", "journal"])
def data_dir(
    tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[DataDir]:
    if request.param == "journal":
        monkeypatch.setattr(live_files, "SMALL", 0)
    folder = tmp_path / "data"
    folder.mkdir()
    with DataDir(folder, disk=CrashDisk(folder), now=lambda: START) as opened:
        opened.live.put(voice("v1"))
        opened.live.flush_now()
        opened.live.put(voice("v2", user_id=2))
        opened.live.flush_now()
        yield opened


def disk_of(data_dir: DataDir) -> CrashDisk:
    disk = data_dir._disk  # noqa: SLF001 - the one it was given
    assert isinstance(disk, CrashDisk)
    return disk


def live_ids(folder: Path) -> set[str]:
    return {session.id for session in read_live(folder).state.sessions}


def ended_ids(folder: Path) -> list[str]:
    return [entry.id for entry in LedgerReader(folder).history(HistoryFilter())]


@pytest.mark.parametrize("number", ERRORS, ids=errno.errorcode.get)
def test_what_could_not_be_written_is_written_when_the_disk_is_back(
    data_dir: DataDir, number: int
) -> None:
    disk_of(data_dir).broken = number
    data_dir.live.put(game("g1"))
    with pytest.raises(SnapshotWriteError, match="3 sessions are kept in memory"):
        data_dir.live.flush_now()
    with pytest.raises(LedgerWriteError, match="1 ended session is kept in memory"):
        data_dir.ledger.append_now([record("v1")])
    with pytest.raises(LedgerWriteError, match="2 ended sessions"):
        data_dir.ledger.append_now([record("v3", user_id=3, started_at=START + HOUR)])
    assert live_ids(data_dir.path) == {"v1", "v2"}
    disk_of(data_dir).broken = 0
    data_dir.ledger.append_now([])
    data_dir.live.discard("v1")
    data_dir.live.flush_now()
    assert ended_ids(data_dir.path) == ["v1", "v3"]
    assert live_ids(data_dir.path) == {"v2", "g1"}
    assert verify(data_dir.path, pause=lambda _seconds: None) == []


def test_after_a_sync_that_failed_nothing_is_believed_of_the_journal(data_dir: DataDir) -> None:
    disk = disk_of(data_dir)
    disk.broken = errno.EIO
    data_dir.live.put(game("g1"))
    with pytest.raises(SnapshotWriteError):
        data_dir.live.flush_now()
    disk.broken = 0
    disk.steps.clear()
    data_dir.live.flush_now()
    assert [step.other for step in disk.steps if step.does == "rename"][-1] in {
        "active_sessions.json",
        "active_sessions.journal.previous",
    }


def test_what_waits_does_not_grow_with_the_time_it_waits(data_dir: DataDir) -> None:
    disk_of(data_dir).broken = errno.ENOSPC
    for number in range(1000):
        session = voice("v1")
        session.channel_name = f"Sala {number}"
        data_dir.live.put(session)
        if number % 100 == 0:
            with pytest.raises(SnapshotWriteError):
                data_dir.live.flush_now()
    assert data_dir.live.pending <= 1
    assert data_dir.live.count == 2


def test_a_folder_that_is_removed_is_told_and_filled_when_it_is_back(data_dir: DataDir) -> None:
    data_dir.ledger.append_now([record("v9", user_id=9)])
    shutil.rmtree(data_dir.path)
    data_dir.live.put(game("g1"))
    with pytest.raises(PersistenceError, match="cannot be written"):
        data_dir.live.flush_now()
    with pytest.raises(LedgerWriteError, match="cannot be written"):
        data_dir.ledger.append_now([record("v1")])
    assert not data_dir.path.exists()
    data_dir.path.mkdir()
    data_dir.ledger.append_now([])
    data_dir.live.discard("v1")
    data_dir.live.flush_now()
    assert ended_ids(data_dir.path) == ["v1"]
    assert live_ids(data_dir.path) == {"v2", "g1"}
    with pytest.raises(DataDirBusyError):
        DataDir.open(data_dir.path)


def test_who_opted_out_stays_out_in_a_folder_that_was_made_anew(data_dir: DataDir) -> None:
    data_dir.opt_outs.add(77)
    shutil.rmtree(data_dir.path)
    data_dir.path.mkdir()
    (data_dir.path / "opted_out.json").write_bytes(b'{"user_ids":[78],"schema":1}')
    data_dir.live.put(game("g1"))
    data_dir.live.flush_now()
    assert OptOuts(data_dir.path).user_ids == {77, 78}


def test_a_folder_that_was_moved_away_and_back_goes_on(data_dir: DataDir) -> None:
    data_dir.ledger.append_now([record("v9", user_id=9)])
    away = data_dir.path.with_name("away")
    data_dir.path.rename(away)
    data_dir.live.put(game("g1"))
    with pytest.raises(PersistenceError):
        data_dir.live.flush_now()
    away.rename(data_dir.path)
    data_dir.ledger.append_now([record("v1")])
    data_dir.live.flush_now()
    assert ended_ids(data_dir.path) == ["v1", "v9"]
    assert live_ids(data_dir.path) == {"v2", "g1"}


def test_a_folder_that_somebody_else_has_taken_is_left_to_them(data_dir: DataDir) -> None:
    shutil.rmtree(data_dir.path)
    with DataDir.open(data_dir.path) as other:
        data_dir.live.put(game("g1"))
        with pytest.raises(PersistenceError, match="belongs to process"):
            data_dir.live.flush_now()
        with pytest.raises(PersistenceError, match="belongs to process"):
            data_dir.ledger.append_now([record("v1")])
        with pytest.raises(PersistenceError, match="belongs to process"):
            asyncio.run(data_dir.live.beat({1: START}))
        assert other.restore().state.sessions == []
        assert not (data_dir.path / "observed_until.json").exists()
    data_dir.live.flush_now()
    assert live_ids(data_dir.path) == {"v1", "v2", "g1"}


def test_what_is_kept_in_memory_is_counted_and_said_to_be_so_while_the_bot_runs() -> None:
    rest = "kept in memory for the next try, while the bot runs"
    assert kept_in_memory(1, "session") == f"1 session is {rest}"
    assert kept_in_memory(2, "ended session") == f"2 ended sessions are {rest}"


def test_what_could_not_be_written_whole_leaves_nothing_beside_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "active_sessions.json"
    replace_file(OsDisk(), path, b"old")

    def full(_file: OsFile, _data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(OsFile, "write", full)
    with pytest.raises(OSError, match="No space left"):
        replace_file(OsDisk(), path, b"new")
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [(path.name, b"old")]
