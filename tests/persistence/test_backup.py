"""Backups: all of it, while the bot runs, and back again."""

from __future__ import annotations

import errno
import os
import tarfile
import tempfile
import threading
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from persistence import (
    BackupError,
    DataDir,
    DataDirBusyError,
    HistoryFilter,
    LedgerReader,
    OptOuts,
    back_up,
    read_live,
    restore_backup,
    verify,
)
from persistence.backup_file import is_backup
from persistence.disk import OsFile
from persistence.errors import NewerSchemaError
from tests.persistence.examples import HOUR, START, fields, game, party_record, record, voice

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a DATA_DIR with two live sessions, two ended ones, and somebody who opted out."""
    with DataDir(tmp_path / "data", now=lambda: START) as data_dir:
        data_dir.live.put(voice("v1"))
        data_dir.live.put(game("g1", user_id=2))
        data_dir.live.flush_now()
        data_dir.ledger.append_now([record("v0", started_at=START - 5 * HOUR), party_record()])
        data_dir.opt_outs.add(77)
    return tmp_path / "data"


def everything(folder: Path) -> object:
    live = sorted(str(fields(session)) for session in read_live(folder).state.sessions)
    return live, fields(list(LedgerReader(folder).history(HistoryFilter())))


def test_what_is_restored_is_what_was_backed_up(folder: Path, tmp_path: Path) -> None:
    back_up(folder, tmp_path / "backup.tar")
    assert (tmp_path / "backup.tar").stat().st_mode & 0o777 == 0o600
    assert restore_backup(tmp_path / "new", tmp_path / "backup.tar") is None
    assert everything(tmp_path / "new") == everything(folder)
    assert OptOuts(tmp_path / "new").user_ids == {77}
    assert verify(tmp_path / "new") == []
    with DataDir.open(tmp_path / "new") as data_dir:
        assert len(data_dir.restore().state.sessions) == 2
        assert data_dir.warnings == []


def test_what_a_newer_version_backed_up_is_a_backup_and_what_is_written_otherwise_is_none(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(folder, tmp_path / "backup.tar")
    (tmp_path / "other").write_bytes((tmp_path / "backup.tar").read_bytes()[:400])
    assert not is_backup(tmp_path / "other")
    assert not is_backup(tmp_path / "missing")
    monkeypatch.setattr("persistence.backup_file._SCHEMA", 0)
    with pytest.raises(NewerSchemaError):
        restore_backup(tmp_path / "new", tmp_path / "backup.tar")
    assert is_backup(tmp_path / "backup.tar")


def test_beside_a_writing_owner_it_is_one_instant(folder: Path, tmp_path: Path) -> None:
    stop = threading.Event()
    with DataDir.open(folder) as data_dir:
        data_dir.restore()

        def end_sessions() -> None:
            number = 0
            while not stop.is_set():
                number += 1
                stay = voice(f"w{number}", user_id=1000 + number)
                data_dir.live.put(stay)
                data_dir.live.flush_now()
                data_dir.ledger.append_now([record(f"w{number}", user_id=1000 + number)])
                data_dir.live.discard(f"w{number}")

        writing = threading.Thread(target=end_sessions)
        writing.start()
        try:
            for number in range(5):
                back_up(folder, tmp_path / f"{number}.tar")
        finally:
            stop.set()
            writing.join()
    seen = []
    for number in range(5):
        place = tmp_path / f"restored-{number}"
        restore_backup(place, tmp_path / f"{number}.tar")
        with DataDir.open(place) as data_dir:
            live = {session.id for session in data_dir.restore().state.sessions}
            ended = {found.id for found in data_dir.ledger.history(HistoryFilter())}
        assert not live & ended
        started = {f"w{n}" for n in range(1, len(ended) - 1)}
        assert started <= live | ended  # nobody fell between the two
        assert verify(place) == []
        seen.append(len(ended))
    assert seen == sorted(seen)


def test_what_is_there_is_not_overwritten(folder: Path, tmp_path: Path) -> None:
    back_up(folder, tmp_path / "backup.tar")
    with pytest.raises(BackupError, match="exists: give a name that is free"):
        back_up(folder, tmp_path / "backup.tar")
    before = everything(folder)
    with pytest.raises(BackupError, match="holds data already: use --replace"):
        restore_backup(folder, tmp_path / "backup.tar")
    assert everything(folder) == before


def test_whoever_is_out_is_out_whenever_a_restore_is_killed(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is on the disk after each rename is what a kill would leave."""
    file = tmp_path / "backup"
    back_up(folder, file)
    with DataDir(folder) as data_dir:
        data_dir.opt_outs.add(88)
    seen: list[set[int]] = []

    def noted(rename: Callable[[Path, Path], Path]) -> Callable[[Path, Path], Path]:
        def renamed(path: Path, target: Path) -> Path:
            moved = rename(path, target)
            seen.append(set(OptOuts(folder).user_ids))
            return moved

        return renamed

    monkeypatch.setattr(Path, "rename", noted(Path.rename))
    monkeypatch.setattr(Path, "replace", noted(Path.replace))
    aside = restore_backup(folder, file, replace=True)
    assert aside is not None
    assert len(seen) > 3
    assert all(88 in each for each in seen)
    assert OptOuts(aside).user_ids == {77, 88}


def test_what_is_replaced_is_kept_aside(folder: Path, tmp_path: Path) -> None:
    back_up(folder, tmp_path / "backup.tar")
    with DataDir.open(folder) as data_dir:
        data_dir.ledger.append_now([record("later", started_at=START + 9 * HOUR)])
        data_dir.opt_outs.add(88)
    kept = restore_backup(folder, tmp_path / "backup.tar", replace=True, now=lambda: START)
    assert kept == folder / "before-restore-20251229T223000Z"
    assert LedgerReader(folder).contains(["later"]) == set()
    assert LedgerReader(kept).contains(["later"]) == {"later"}
    assert OptOuts(folder).user_ids == {77, 88}  # whoever opted out since stays out


def test_nobody_restores_under_a_running_bot(folder: Path, tmp_path: Path) -> None:
    back_up(folder, tmp_path / "backup.tar")
    with DataDir.open(folder), pytest.raises(DataDirBusyError):
        restore_backup(folder, tmp_path / "backup.tar", replace=True)


def test_a_damaged_backup_changes_nothing(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "backup.tar"
    back_up(folder, file)
    whole = file.read_bytes()
    before = everything(folder)
    for at in range(0, len(whole), len(whole) // 40):
        for bad in (whole[:at], whole[:at] + b"\xff\xff\xff\xff" + whole[at + 4 :]):
            file.write_bytes(bad)
            try:
                kept = restore_backup(folder, file, replace=True)
            except BackupError:
                assert everything(folder) == before
            else:  # what was hit is padding, or a header that says nothing of the content
                assert kept is not None
                assert everything(folder) == before


def test_a_backup_writes_nowhere_but_to_its_own_names(folder: Path, tmp_path: Path) -> None:
    evil = tmp_path / "evil.tar"
    with tarfile.open(evil, "w") as archive:
        contents = tmp_path / "contents"
        contents.write_bytes(
            b'{"schema":1,"made_at":"x","files":{"../evil":{"size":1,"sha256":""}}}'
        )
        archive.add(contents, "latido-backup.json")
        archive.add(contents, "../evil")
    with pytest.raises(BackupError, match="does not hold what its contents say"):
        restore_backup(folder, evil, replace=True)
    assert not (tmp_path / "evil").exists()
    with pytest.raises(BackupError):
        restore_backup(folder, contents, replace=True)


def _header(name: bytes, size: int, kind: bytes, sparse_size: int | None = None) -> bytes:
    """Return the header of a member as tar has it, whatever size it claims."""

    def number(value: int) -> bytes:
        return b"\x80" + value.to_bytes(11)  # base 256, as GNU tar writes what octal cannot hold

    head = bytearray(512)
    head[: len(name)] = name
    head[100:124] = b"0000600\x000000000\x000000000\x00"
    head[124:136], head[136:148], head[156:157] = number(size), number(0), kind
    head[257:265] = b"ustar  \0"
    if sparse_size is not None:
        head[386:398], head[398:410], head[483:495] = number(0), number(512), number(sparse_size)
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    return bytes(head)


def _contents(size: int) -> bytes:
    text = msgspec.json.encode(
        {
            "made_at": "2025-12-29T23:00:00Z",
            "files": {"latido.db": {"size": size, "sha256": ""}},
            "schema": 1,
        }
    )
    return _header(b"latido-backup.json", len(text), b"0") + text.ljust(512, b"\0")


HUGE = 10**15


@pytest.mark.parametrize(
    "data",
    [
        _header(b"name", HUGE, b"L"),
        _header(b"attributes", HUGE, b"x"),
        _header(b"attributes", HUGE, b"g"),
        _contents(HUGE) + _header(b"latido.db", HUGE, b"0"),
        _contents(HUGE) + _header(b"latido.db", 512, b"S", HUGE) + bytes(512),
    ],
    ids=["name", "attributes", "global attributes", "file", "sparse file"],
)
def test_a_backup_is_given_no_more_room_than_it_has_bytes(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "backup.tar").write_bytes(data + bytes(1024))
    tracemalloc.start()
    with pytest.raises(BackupError):
        restore_backup(tmp_path / "new", tmp_path / "backup.tar")
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 10_000_000


def test_a_backup_that_does_not_fit_says_where_and_leaves_nothing(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_file: OsFile, _data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(OsFile, "write", full)
    with pytest.raises(BackupError) as caught:
        back_up(folder, tmp_path / "backup.tar")
    assert str(caught.value) == (
        f"{tmp_path / 'backup.tar'} cannot be written (no space left on device): free space, or "
        "choose another place."
    )
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS])
def test_where_nothing_may_be_written_room_is_not_what_is_advised(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refused(*_given: object, **_named: object) -> str:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(tempfile, "mkdtemp", refused)
    with pytest.raises(BackupError, match="name a file where you may write"):
        back_up(folder, tmp_path / "backup.tar")


@pytest.mark.parametrize("replace", [False, True])
def test_a_folder_is_restored_to_by_a_relative_name_too(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, replace: bool
) -> None:
    """From Python 3.12 on the name of a temporary folder is absolute all the same."""
    make = tempfile.mkdtemp
    monkeypatch.setattr(tempfile, "mkdtemp", lambda *given: str(Path(make(*given)).absolute()))
    monkeypatch.chdir(tmp_path)
    back_up(folder, Path("b.tar"))
    if replace:
        Path("other").mkdir()
        Path("other", "notes.txt").touch()
    kept = restore_backup(Path("other"), Path("b.tar"), replace=replace)
    assert (kept is not None) is replace
    assert verify(Path("other")) == []
    assert len(read_live(Path("other")).state.sessions) == len(read_live(folder).state.sessions) > 0
