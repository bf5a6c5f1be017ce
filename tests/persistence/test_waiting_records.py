"""What the ledger has refused is in a file, durably, until the ledger has it."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from persistence import (
    WAITING_NAME,
    DataDir,
    HistoryFilter,
    LedgerWriteError,
    WaitingRecords,
    WaitingWriteError,
    back_up,
    forget,
    ledger_changes,
    read_live,
    restore_backup,
    verify,
)
from persistence.disk import OsDisk
from persistence.inspection import holds_data
from persistence.opt_outs import OPT_OUTS_NAME
from persistence.snapshot_file import SNAPSHOT_NAME
from persistence.waiting_records import read_waiting
from tests.persistence.crash_disk import CrashDisk
from tests.persistence.examples import HOUR, START, fields, party, party_record, record, voice
from tests.persistence.recording_disk import RecordingDisk

if TYPE_CHECKING:
    from pathlib import Path

    from machines import Record

LEAVER = 712345678901234567
NAME = "Zeta la que se va"


@pytest.fixture
def disk() -> RecordingDisk:
    return RecordingDisk()


@pytest.fixture
def waiting(tmp_path: Path, disk: RecordingDisk) -> WaitingRecords:
    return WaitingRecords(tmp_path, disk=disk, now=lambda: START)


def in_file(folder: Path) -> list[str]:
    return [each.id for each in read_waiting(OsDisk(), folder / WAITING_NAME).records]


def refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every ledger refuse records, as on a full disk, until this is undone."""

    def full(*_args: Any) -> None:  # noqa: ANN401 - whatever is given
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(ledger_changes, "add", full)


# The file


def test_what_is_put_there_is_read_again_exactly(waiting: WaitingRecords, tmp_path: Path) -> None:
    alone, together = record("v1"), party_record("p1")
    alone.username = 'half a pair \ud83d, "quoted"\n'
    waiting.put([alone])
    waiting.put([together])
    again, warnings = WaitingRecords(tmp_path).load()
    told = msgspec.structs.replace(alone, username='half a pair ?, "quoted"\n')
    assert ([*map(fields, again)], warnings) == ([fields(told), fields(together)], [])


def test_it_is_durable_when_it_is_put(waiting: WaitingRecords, disk: RecordingDisk) -> None:
    waiting.put([record("v1"), record("v2")])
    name = WAITING_NAME
    assert disk.log == [f"append {name}", f"write {name}", f"sync {name}", "sync folder"]
    waiting.put([record("v3")])
    assert disk.log[4:] == [f"append {name}", f"write {name}", f"sync {name}"]


def test_it_may_be_read_by_its_owner_alone(waiting: WaitingRecords, tmp_path: Path) -> None:
    waiting.put([record("v1")])
    assert (tmp_path / WAITING_NAME).stat().st_mode & 0o777 == 0o600


def test_a_record_that_was_put_twice_is_one(waiting: WaitingRecords, tmp_path: Path) -> None:
    waiting.put([record("v1")])
    waiting.put([record("v1"), record("v2")])
    assert in_file(tmp_path) == ["v1", "v2"]


def test_without_a_file_nothing_is_done(waiting: WaitingRecords, disk: RecordingDisk) -> None:
    assert waiting.load() == ([], [])
    waiting.clear(waiting.mark)
    assert disk.log == []


def test_it_is_removed_durably(
    waiting: WaitingRecords, disk: RecordingDisk, tmp_path: Path
) -> None:
    waiting.put([record("v1")])
    (tmp_path / f"{WAITING_NAME}.new").write_bytes(b"what a crash left")
    waiting.clear(waiting.mark)
    assert not waiting.is_there
    assert list(tmp_path.iterdir()) == []
    assert disk.log[-1] == "sync folder"
    waiting.put([record("v2")])
    assert disk.log[-2:] == [f"sync {WAITING_NAME}", "sync folder"]


def test_one_in_which_nothing_stands_yet_is_removed_as_well(tmp_path: Path) -> None:
    (tmp_path / WAITING_NAME).touch()  # a kill just behind its beginning
    with DataDir(tmp_path) as data_dir:
        assert data_dir.restore().waiting == []
    assert not (tmp_path / WAITING_NAME).exists()


def test_the_name_of_one_that_was_left_is_durable_once_something_is_put_there(
    waiting: WaitingRecords, disk: RecordingDisk, tmp_path: Path
) -> None:
    """The run before may have been killed before it made it so."""
    waiting.put([record("v1")])
    again = WaitingRecords(tmp_path, disk=disk)
    again.load()
    disk.log.clear()
    again.put([record("v2")])
    assert disk.log[-1] == "sync folder"


@pytest.mark.parametrize("cut", [1, 5, 60])
def test_a_file_that_is_torn_at_its_end_is_read_up_to_there(
    waiting: WaitingRecords, tmp_path: Path, cut: int
) -> None:
    waiting.put([record("v1"), record("v2")])
    path = tmp_path / WAITING_NAME
    path.write_bytes(path.read_bytes()[:-cut])
    again = WaitingRecords(tmp_path)
    records, warnings = again.load()
    assert ([each.id for each in records], warnings) == (["v1"], [])
    again.put([record("v3")])
    assert in_file(tmp_path) == ["v1", "v3"]
    assert read_waiting(OsDisk(), path).is_whole


def test_a_line_that_cannot_be_read_hides_no_other_and_is_kept_aside(
    waiting: WaitingRecords, tmp_path: Path
) -> None:
    waiting.put([record("v1"), record("v2"), record("v3")])
    path = tmp_path / WAITING_NAME
    damaged = path.read_bytes().replace(b'"v2"', b'"v7"')
    path.write_bytes(damaged)
    [found] = verify_findings(tmp_path)[:1]
    assert found == "line 2 cannot be read: its checksum does not fit."
    again = WaitingRecords(tmp_path, now=lambda: START)
    records, [warning] = again.load()
    assert [each.id for each in records] == ["v1", "v3"]
    assert warning.key == "storage.entry"
    assert (tmp_path / str(warning.values["kept_as"])).read_bytes() == damaged
    assert WaitingRecords(tmp_path).load()[1] == []  # once is enough


def test_what_could_be_read_stays_where_only_a_move_keeps_the_rest_aside(
    waiting: WaitingRecords,
    disk: RecordingDisk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waiting.put([record("v1"), record("v2")])
    path = tmp_path / WAITING_NAME
    path.write_bytes(path.read_bytes().replace(b'"v2"', b'"v7"'))

    def no_links(_source: Path, target: Path) -> None:
        disk.full = True  # nor room for a copy
        raise OSError(errno.EPERM, "Operation not permitted", str(target))

    def moved(source: Path, target: Path) -> None:
        disk.full = False
        source.replace(target)

    monkeypatch.setattr(disk, "link", no_links)
    monkeypatch.setattr(disk, "rename", moved)
    records, [_warning] = WaitingRecords(tmp_path, disk=disk).load()
    assert [each.id for each in records] == in_file(tmp_path) == ["v1"]


@pytest.mark.parametrize("then", ["more is put there", "all is wanted"])
def test_what_is_damaged_while_it_is_in_use_is_kept_aside_too(
    waiting: WaitingRecords, disk: RecordingDisk, tmp_path: Path, then: str
) -> None:
    waiting.put([record("v1"), record("v2")])
    path = tmp_path / WAITING_NAME
    damaged = path.read_bytes().replace(b'"v2"', b'"v7"')
    path.write_bytes(damaged)
    if then == "all is wanted":
        disk.full = True
        with pytest.raises(WaitingWriteError, match="cannot be set aside"):
            waiting.records()
        disk.full = False
        for _time in range(2):  # once is enough
            assert [each.id for each in waiting.records()] == ["v1"]
    else:
        disk.full = True
        for _time in range(2):
            with pytest.raises(WaitingWriteError):
                waiting.put([record("v3")])
        disk.full = False
        waiting.put([record("v3")])
        assert in_file(tmp_path) == ["v1", "v3"]
    [aside] = tmp_path.glob(f"{WAITING_NAME}.unreadable-*")
    assert aside.read_bytes() == damaged


def verify_findings(folder: Path) -> list[str]:
    return [found.sentence for found in verify(folder) if found.where == WAITING_NAME]


def test_what_is_no_file_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / WAITING_NAME).mkdir()
    [found] = verify_findings(tmp_path)
    assert "cannot be read: is a directory. The bot keeps it aside when it starts" in found
    waiting = WaitingRecords(tmp_path, now=lambda: START)
    records, [warning] = waiting.load()
    assert (records, warning.key) == ([], "storage.unreadable")
    waiting.put([record("v1")])
    assert in_file(tmp_path) == ["v1"]


def test_after_a_write_that_failed_no_line_is_glued_to_what_it_left(
    waiting: WaitingRecords, disk: RecordingDisk, tmp_path: Path
) -> None:
    waiting.put([record("v1")])
    with (tmp_path / WAITING_NAME).open("ab") as torn:
        torn.write(b'["half a li')
    disk.full = True
    with pytest.raises(WaitingWriteError, match=r"cannot be written \(no space left on device\)"):
        waiting.put([record("v2")])
    assert in_file(tmp_path) == ["v1"]
    disk.full = False
    waiting.put([record("v2")])
    assert read_waiting(OsDisk(), tmp_path / WAITING_NAME).is_whole
    assert in_file(tmp_path) == ["v1", "v2"]
    disk.log.clear()
    waiting.put([record("v3")])
    assert disk.log == [f"{done} {WAITING_NAME}" for done in ("append", "write", "sync")]


def test_a_crash_leaves_what_was_durable(tmp_path: Path) -> None:
    folder = tmp_path / "told"
    folder.mkdir()
    disk = CrashDisk(folder)
    waiting = WaitingRecords(folder, disk=disk)
    durable: list[tuple[int, set[str]]] = [(0, set())]
    for ids in (["v1"], ["v2", "v3"], ["v4"]):
        waiting.put([record(each) for each in ids])
        durable.append((len(disk.steps), {*durable[-1][1], *ids}))
        waiting._is_whole = len(ids) == 1  # noqa: SLF001 - the last is written anew
    found = tmp_path / "found"
    found.mkdir()
    states = 0
    for done, names in disk.crashes():
        for path in found.iterdir():
            path.unlink()
        for name, data in names.items():
            (found / name).write_bytes(data)
        least = max((ids for steps, ids in durable if steps <= done), key=len)
        most = min((ids for steps, ids in durable if steps >= done), key=len)
        assert least <= set(in_file(found)) <= most
        states += 1
    assert states > 20


# The folder


def test_a_start_gives_them_to_the_ledger_before_it_looks_who_is_live(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with DataDir(tmp_path) as data_dir:
        data_dir.live.put(voice("v1"))
        data_dir.live.flush_now()
        data_dir.waiting.put([record("v1")])
    with monkeypatch.context() as patched:
        refuses(patched)
        assert read_live(tmp_path).state.sessions == []
        with DataDir(tmp_path) as data_dir:
            restored = data_dir.restore()
            assert (restored.duplicates, restored.state.sessions) == (["v1"], [])
            assert [each.id for each in restored.waiting] == ["v1"]
            with pytest.raises(LedgerWriteError):
                forget(data_dir, record("v1").user_id or 0)
    with DataDir(tmp_path) as data_dir:
        restored = data_dir.restore()
        assert (restored.waiting, restored.state.sessions) == ([], [])
        assert [each.id for each in data_dir.ledger.history(HistoryFilter())] == ["v1"]
        assert not data_dir.waiting.is_there
    assert not (tmp_path / WAITING_NAME).exists()


def test_a_party_whose_record_waits_goes_on_as_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuses(monkeypatch)
    over = party_record("p1")
    over.reason = "goes_on"
    with DataDir(tmp_path) as data_dir:
        data_dir.live.put(party("p1"))
        data_dir.live.flush_now()
        data_dir.waiting.put([over])
    for sessions in (read_live(tmp_path).state.sessions, restored_in(tmp_path)):
        [following] = sessions
        assert (following.id != "p1", following.started_at) == (True, over.ended_at)


def restored_in(folder: Path) -> list[Any]:
    with DataDir(folder) as data_dir:
        return list(data_dir.restore().state.sessions)


def test_verify_says_how_many_wait(tmp_path: Path) -> None:
    with DataDir(tmp_path) as data_dir:
        data_dir.waiting.put([record("v1"), record("v2")])
    [found] = verify_findings(tmp_path)
    assert found.startswith("2 ended sessions wait here, for latido.db has refused")


def test_it_is_among_what_tells_a_data_folder(tmp_path: Path) -> None:
    assert not holds_data(tmp_path)
    WaitingRecords(tmp_path).put([record("v1")])
    assert holds_data(tmp_path)


def test_they_are_in_a_backup_and_a_start_from_it_writes_them(tmp_path: Path) -> None:
    folder, file, other = tmp_path / "data", tmp_path / "backup", tmp_path / "other"
    with DataDir(folder) as data_dir:
        data_dir.ledger.append_now([record("v0")])
        data_dir.waiting.put([record("v1")])
        assert back_up(folder, file) == []
    assert b'"schema":2' in file.read_bytes()
    restore_backup(other, file)
    with DataDir(other) as data_dir:
        data_dir.restore()
        ids = {each.id for each in data_dir.ledger.history(HistoryFilter())}
    assert ids == {"v0", "v1"}
    fresh = tmp_path / "fresh"
    back_up(other, fresh)
    assert b'"schema":1' in fresh.read_bytes()


def test_where_they_cannot_be_read_all_else_is_in_a_backup(tmp_path: Path) -> None:
    folder, file, other = tmp_path / "data", tmp_path / "backup", tmp_path / "other"
    with DataDir(folder) as data_dir:
        data_dir.ledger.append_now([record("v0")])
    (folder / WAITING_NAME).mkdir()
    [warning] = back_up(folder, file)
    assert warning.key == "storage.damaged"
    restore_backup(other, file)
    with DataDir(other) as data_dir:
        assert [each.id for each in data_dir.ledger.history(HistoryFilter())] == ["v0"]


def test_a_session_whose_record_waits_is_not_taken_over_from_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuses(monkeypatch)
    with DataDir(tmp_path / "old") as data_dir:
        data_dir.live.put(voice("v1"))
        data_dir.live.flush_now()
    with DataDir(tmp_path / "new") as data_dir:
        data_dir.waiting.put([record("v1")])
        told = data_dir.import_file(tmp_path / "old" / SNAPSHOT_NAME)
    assert (told.added, told.known) == (0, 1)


@pytest.mark.parametrize("where", ["in use", "in a backup", "put aside", "in a folder put aside"])
def test_no_byte_of_whoever_is_forgotten_is_left(tmp_path: Path, where: str) -> None:
    folder = tmp_path / "data"
    with DataDir(folder) as data_dir:
        data_dir.waiting.put(theirs_and_others())
    aside = folder / "before-restore-20250101T000000Z"
    if where == "in a backup":
        back_up(folder, folder / "backup")
        (folder / WAITING_NAME).unlink()
    elif where == "put aside":
        (folder / WAITING_NAME).rename(folder / f"{WAITING_NAME}.unreadable-20250101T000000Z")
    elif where == "in a folder put aside":
        aside.mkdir()
        (folder / WAITING_NAME).rename(aside / WAITING_NAME)
    with DataDir(folder) as data_dir:
        told = forget(data_dir, LEAVER)
        ids = {each.id for each in data_dir.ledger.history(HistoryFilter())}
    assert ids == ({"v2", "p1"} if where == "in use" else set())
    assert (told.records, told.parties) == ((1, 1) if where == "in use" else (0, 0))
    # That they count from now on is kept for a week, by their id.
    files = [each for each in folder.rglob("*") if each.is_file() and each.name != OPT_OUTS_NAME]
    left = b"".join(path.read_bytes() for path in files)
    for mark in (str(LEAVER).encode(), LEAVER.to_bytes(8), NAME.encode()):
        assert mark not in left


def theirs_and_others() -> list[Record]:
    mine, other, together = record("v1", user_id=LEAVER), record("v2"), party_record("p1")
    mine.username = NAME
    first, *rest = together.players
    together.players = (msgspec.structs.replace(first, user_id=LEAVER, username=NAME), *rest)
    return [mine, other, together]


def test_a_name_that_only_a_waiting_record_has_is_looked_for_as_well(tmp_path: Path) -> None:
    aside = tmp_path / f"{SNAPSHOT_NAME}.unreadable-20250101T000000Z"
    with DataDir(tmp_path) as data_dir:
        data_dir.waiting.put(theirs_and_others())
        aside.write_bytes(f'{{"username": "{NAME}"'.encode())
        forget(data_dir, LEAVER)
    assert not aside.exists()


def test_what_a_clock_says_of_files_set_aside_is_told_by_the_folder(tmp_path: Path) -> None:
    (tmp_path / WAITING_NAME).write_bytes(b"nothing of ours\n")
    with DataDir(tmp_path, now=lambda: START + HOUR) as data_dir:
        [warning] = data_dir.restore().warnings
    assert str(warning.values["kept_as"]).startswith(f"{WAITING_NAME}.unreadable-2025")
    assert not (tmp_path / WAITING_NAME).exists()
