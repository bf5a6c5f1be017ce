"""What is said to be durable has been asked of the operating system, in the order that counts.

``test_crashes.py`` looks at what is asked of the disk; here it is whether the disk, and the
backups that are no part of it, pass it on. Without any one of these calls a test fails.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from machines import LiveState
from persistence import DataDir, SnapshotStore, back_up, forget, live_files, restore_backup
from persistence.disk import OsDisk
from persistence.iso_time import to_text
from tests.persistence.crash_disk import CrashDisk
from tests.persistence.examples import START, record, voice
from tests.persistence.recording_disk import RecordingDisk

Calls = list[tuple[str, str]]

LEAVER = "812345678901234567"


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """Return the syncs and renames from now on, by the last part of the path."""
    made: Calls = []
    fsync, replace = os.fsync, os.replace

    def synced(descriptor: int) -> None:
        fsync(descriptor)
        made.append(("sync", Path(f"/proc/self/fd/{descriptor}").readlink().name))

    def replaced(source: str | Path, target: str | Path) -> None:
        replace(source, target)
        made.append(("rename", Path(target).name))

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "replace", replaced)
    return made


def test_the_disk_syncs_files_and_folders(tmp_path: Path, calls: Calls) -> None:
    disk = OsDisk()
    with disk.create(tmp_path / "file") as file:
        file.write(b"content")
        file.sync()
    disk.sync_folder(tmp_path)
    assert calls == [("sync", "file"), ("sync", tmp_path.name)]


def test_the_folders_that_lead_to_a_new_one_are_synced(tmp_path: Path, calls: Calls) -> None:
    OsDisk().make_folder(tmp_path / "outer" / "data")
    assert set(calls) == {("sync", tmp_path.name), ("sync", "outer")}


def test_a_backup_has_its_name_only_once_it_is_whole(tmp_path: Path, calls: Calls) -> None:
    with DataDir.open(tmp_path / "data") as data_dir:
        data_dir.live.put(voice())
        data_dir.live.flush_now()
    calls.clear()
    back_up(tmp_path / "data", tmp_path / "backup.tar")
    assert calls[-3:] == [("sync", "backup"), ("rename", "backup.tar"), ("sync", tmp_path.name)]


def test_what_is_restored_is_durable_file_by_file(tmp_path: Path, calls: Calls) -> None:
    with DataDir.open(tmp_path / "data") as data_dir:
        data_dir.live.put(voice())
        data_dir.live.flush_now()
        data_dir.opt_outs.add(7)
    back_up(tmp_path / "data", tmp_path / "backup.tar")
    calls.clear()
    restore_backup(tmp_path / "new", tmp_path / "backup.tar")
    parts = ["latido.db", "opted_out.json", "active_sessions.json"]
    for part in parts:
        renamed = calls.index(("rename", part))
        assert ("sync", part) in calls[:renamed]
        assert calls[renamed + 1] == ("sync", "new")


def test_whoever_was_forgotten_is_not_back_after_a_crash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_files, "SMALL", 0)
    folder = tmp_path / "data"
    folder.mkdir()
    disk = CrashDisk(folder)
    with DataDir(folder, disk=disk, now=lambda: START) as data_dir:
        for number in range(3):
            session = voice("v1", user_id=int(LEAVER))
            session.channel_name = f"Sala {number}"
            data_dir.live.put(session)
            data_dir.live.flush_now()
        data_dir.ledger.append_now([record("r1", user_id=int(LEAVER))])
        forget(data_dir, int(LEAVER))
        forgotten = len(disk.steps)
        disk.create(folder / "afterwards").close()  # a change to be lost, or to be kept alone
        left = [names for done, names in disk.crashes() if done > forgotten]
    assert left
    for names in left:
        for name, data in names.items():
            if name == "opted_out.json":  # from when on they count, and nothing else
                held = {"user_ids": [], "schema": 1, "counting_since": {LEAVER: to_text(START)}}
                assert json.loads(data) == held
            else:
                assert LEAVER.encode() not in data, name


def test_what_was_scrubbed_is_not_back_after_a_crash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_files, "SMALL", 0)
    disk = CrashDisk(tmp_path)
    store = SnapshotStore(tmp_path, disk=disk, now=lambda: START)
    for number in range(3):
        session = voice("v1")
        session.channel_name = f"Sala {number}"
        store.put(session)
        store.flush_now()
    store.discard("v1")
    store.scrub_now()
    scrubbed = len(disk.steps)
    disk.create(tmp_path / "afterwards").close()  # a change to be lost, or to be kept alone
    left = [names for done, names in disk.crashes() if done > scrubbed]
    assert left
    assert not [name for names in left for name, data in names.items() if b"Sala" in data]


def test_a_journal_is_out_of_the_way_for_good_once_its_snapshot_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_files, "SMALL", 0)
    disk = RecordingDisk()
    store = SnapshotStore(tmp_path, disk=disk, now=lambda: START)
    for number in range(3):
        store.put(voice(f"v{number}", user_id=number))
        store.flush_now()
    disk.log.clear()
    store.replace(LiveState())
    store.flush_now()
    [retired] = [
        at for at, step in enumerate(disk.log) if step.startswith("rename active_sessions.journal")
    ]
    assert disk.log[retired + 1] == "sync folder"


def test_a_file_set_aside_is_there_whatever_crash_comes(tmp_path: Path) -> None:
    damaged = b"{ this was never JSON"
    folder = tmp_path / "data"
    folder.mkdir()
    disk = CrashDisk(folder)
    with disk.create(folder / "active_sessions.json") as file:
        file.write(damaged)
        file.sync()
    disk.sync_folder(folder)
    begun = len(disk.steps)
    with DataDir(folder, disk=disk, now=lambda: START) as data_dir:
        data_dir.restore()
        data_dir.live.put(voice())
        data_dir.live.flush_now()
        data_dir.live.flush_now()
    states = 0
    for done, names in disk.crashes():
        if done > begun:
            assert damaged in names.values()
            states += 1
    assert states > 10
