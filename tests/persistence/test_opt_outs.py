"""Since when whoever was let in again, or was forgotten, counts: kept, and let go of."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from machines import to_datetime
from persistence import (
    DataDir,
    HistoryFilter,
    LedgerReader,
    NewerSchemaError,
    OptOuts,
    SnapshotWriteError,
    back_up,
    forget,
    read_live,
    restore_backup,
)
from persistence.iso_time import to_text
from tests.persistence.examples import HOUR, PINO, START, record, voice
from tests.persistence.recording_disk import Died, RecordingDisk

if TYPE_CHECKING:
    from pathlib import Path

LATER = START + HOUR


def held(folder: Path) -> dict[int, int]:
    return OptOuts(folder).counting_since


def test_whoever_is_let_in_again_counts_from_then_on(tmp_path: Path) -> None:
    opt_outs = OptOuts(tmp_path, now=lambda: START)
    for user_id in (5, 6):
        opt_outs.add(user_id)
    opt_outs.remove(5)
    opt_outs.remove(6, LATER)
    assert held(tmp_path) == opt_outs.counting_since == {5: START, 6: LATER}


def test_whoever_was_not_out_counts_as_before(tmp_path: Path) -> None:
    opt_outs = OptOuts(tmp_path, now=lambda: START)
    opt_outs.remove(5)
    assert held(tmp_path) == {}
    opt_outs.count_from(5, START)
    opt_outs.remove(5, LATER)
    assert held(tmp_path) == {5: START}


def test_of_whoever_opts_out_again_nothing_more_is_held(tmp_path: Path) -> None:
    opt_outs = OptOuts(tmp_path)
    opt_outs.add(5)
    opt_outs.remove(5)
    opt_outs.add(5)
    assert held(tmp_path) == {}
    opt_outs.count_from(5)
    assert held(tmp_path) == opt_outs.counting_since == {}


def test_what_could_not_be_written_is_with_the_next_write(tmp_path: Path) -> None:
    disk = RecordingDisk()
    opt_outs = OptOuts(tmp_path, disk)
    opt_outs.add(5)
    disk.full = True
    with pytest.raises(SnapshotWriteError, match="ask for it again"):
        opt_outs.remove(5, START)
    assert (OptOuts(tmp_path).user_ids, held(tmp_path)) == ({5}, {})
    disk.full = False
    opt_outs.remove(5, LATER)  # as whoever was refused asks again: they count since the first time
    assert (OptOuts(tmp_path).user_ids, held(tmp_path)) == (set(), {5: START})


def test_a_list_from_before_is_read_and_one_of_a_newer_version_is_not(tmp_path: Path) -> None:
    file = tmp_path / "opted_out.json"
    file.write_bytes(b'{"user_ids":[5],"schema":1}')
    assert (OptOuts(tmp_path).user_ids, held(tmp_path)) == ({5}, {})
    file.write_bytes(b'{"user_ids":[5],"schema":2,"counting_since":{"6":"of another kind"}}')
    with pytest.raises(NewerSchemaError):
        OptOuts(tmp_path)


def test_it_is_let_go_of_by_its_age(tmp_path: Path) -> None:
    opt_outs = OptOuts(tmp_path)
    opt_outs.count_from(5, START)
    opt_outs.count_from(6, LATER)
    opt_outs.let_go(until=START - 1)
    assert held(tmp_path) == {5: START, 6: LATER}
    opt_outs.let_go(until=START)
    assert held(tmp_path) == opt_outs.counting_since == {6: LATER}


def test_whoever_cannot_be_let_go_of_is_held_on(tmp_path: Path) -> None:
    disk = RecordingDisk()
    opt_outs = OptOuts(tmp_path, disk)
    opt_outs.count_from(5, START)
    disk.full = True
    with pytest.raises(SnapshotWriteError):
        opt_outs.let_go(until=LATER)
    assert held(tmp_path) == opt_outs.counting_since == {5: START}


def test_a_clock_that_is_set_moves_it(tmp_path: Path) -> None:
    opt_outs = OptOuts(tmp_path)
    opt_outs.count_from(5, START)
    opt_outs.shift(HOUR)
    opt_outs.write()
    assert held(tmp_path) == {5: LATER}


@pytest.mark.parametrize("ours", [START, LATER])
def test_a_folder_in_the_place_of_another_has_the_later_of_both(tmp_path: Path, ours: int) -> None:
    with DataDir.open(tmp_path / "data") as data_dir:
        data_dir.opt_outs.count_from(5, ours)
        data_dir.opt_outs.count_from(6, START)
        shutil.rmtree(data_dir.path)
        data_dir.path.mkdir()
        theirs = {"user_ids": [6], "counting_since": {"5": to_text(START + LATER - ours)}}
        (data_dir.path / "opted_out.json").write_text(json.dumps(theirs))
        data_dir.live.put(voice())
        data_dir.live.flush_now()
        assert held(data_dir.path) == {5: LATER}
        assert OptOuts(data_dir.path).user_ids == {6}


def test_a_folder_that_is_made_anew_has_it_though_nobody_is_out(tmp_path: Path) -> None:
    with DataDir.open(tmp_path / "data") as data_dir:
        data_dir.opt_outs.count_from(5, START)
        shutil.rmtree(data_dir.path)
        data_dir.path.mkdir()
        data_dir.live.put(voice())
        data_dir.live.flush_now()
        assert held(data_dir.path) == {5: START}


def test_a_restore_keeps_since_when_people_count(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with DataDir.open(folder) as data_dir:
        data_dir.opt_outs.add(7)
        data_dir.opt_outs.count_from(5, START)
        data_dir.opt_outs.count_from(8, START)
    back_up(folder, tmp_path / "backup.tar")
    with DataDir.open(folder) as data_dir:
        data_dir.opt_outs.remove(7)  # it is out in the backup
        data_dir.opt_outs.count_from(5, LATER)
        data_dir.opt_outs.count_from(6, LATER)
        data_dir.opt_outs.add(8)
    restore_backup(folder, tmp_path / "backup.tar", replace=True)
    assert (OptOuts(folder).user_ids, held(folder)) == ({7, 8}, {5: LATER, 6: LATER})
    new = tmp_path / "new"
    restore_backup(new, tmp_path / "backup.tar")
    assert (OptOuts(new).user_ids, held(new)) == ({7}, {5: START, 8: START})


def test_whoever_is_forgotten_again_is_in_no_copy(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with DataDir(folder, now=lambda: START) as data_dir:
        forget(data_dir, PINO)
    back_up(folder, folder / "backup.tar")
    shutil.copytree(folder, folder / "before-restore-20251229T223000Z")
    with DataDir(folder, now=lambda: LATER) as data_dir:
        told = forget(data_dir, PINO)
    assert held(folder) == {PINO: LATER}
    assert sorted(told.cleaned) == ["backup.tar", "before-restore-20251229T223000Z"]
    files = [path for path in folder.rglob("*") if path.is_file()]
    marked = [path for path in files if str(PINO).encode() in path.read_bytes()]
    assert marked == [folder / "opted_out.json"]


def test_a_kill_between_the_steps_of_forgetting_leaves_nobody_removed_who_counts_from_ever(
    tmp_path: Path,
) -> None:
    """Whatever is gone of them by then, it is known from when on they count."""
    for step in range(100):
        folder = tmp_path / str(step)
        with DataDir(folder, now=lambda: START) as data_dir:
            data_dir.live.put(voice("live"))
            data_dir.live.flush_now()
            data_dir.ledger.append_now([record("ended")])
        disk = RecordingDisk()
        try:
            with DataDir(folder, disk=disk, now=lambda: LATER) as data_dir:
                disk.dies_before = len(disk.log) + step
                forget(data_dir, PINO)
        except Died:
            pass
        else:
            assert step > 5
            break
        live = [each.id for each in read_live(folder).state.sessions]
        ended = [each.id for each in LedgerReader(folder).history(HistoryFilter())]
        assert (live, ended) == (["live"], ["ended"]) or held(folder) == {PINO: LATER}
    else:
        pytest.fail("it goes on for ever")
    assert held(folder) == {PINO: LATER}


def test_it_says_no_more_than_from_when_on_they_count(tmp_path: Path) -> None:
    OptOuts(tmp_path).count_from(5, START)
    said = json.loads((tmp_path / "opted_out.json").read_bytes())
    since = to_datetime(START).isoformat().replace("+00:00", "Z")
    assert said == {"user_ids": [], "schema": 1, "counting_since": {"5": since}}
