"""Folders, pipes and links in the place of our files: moved aside, never waited for or followed."""

from __future__ import annotations

import asyncio
import errno
import os
import re
from typing import TYPE_CHECKING
from unittest import mock

import pytest

from persistence import (
    DataDir,
    DataDirError,
    HistoryFilter,
    PersistenceError,
    live_files,
    read_live,
    verify,
)
from persistence.owner import prove_ownable
from tests.persistence.examples import START, game, record, voice

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OURS = [
    "active_sessions.json",
    "active_sessions.json.new",
    "active_sessions.json.old",
    "active_sessions.json.previous",
    "active_sessions.journal",
    "active_sessions.journal.previous",
    "observed_until.json",
    "observed_until.json.new",
    "latido.db",
    "latido.db-wal",
    "latido.db-shm",
]


def a_folder(path: Path) -> None:
    path.mkdir()
    (path / "inside").write_bytes(b"kept")


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


def a_broken_link(path: Path) -> None:
    path.symlink_to(path.with_name("nowhere") / "at all")


def a_link_to_a_device(path: Path) -> None:
    path.symlink_to(os.devnull)


def a_link_to_itself(path: Path) -> None:
    path.symlink_to(path.name)


PLACED = [a_folder, a_pipe, a_broken_link, a_link_to_a_device, a_link_to_itself]


@pytest.mark.parametrize("place", PLACED)
@pytest.mark.parametrize("name", OURS)
def test_whatever_stands_in_the_place_of_a_file_the_bot_starts_and_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, place: Callable[[Path], None]
) -> None:
    monkeypatch.setattr(live_files, "SMALL", 0)
    place(tmp_path / name)
    with DataDir(tmp_path, now=lambda: START) as data_dir:
        data_dir.restore()
        for session in (voice("v1"), game("g1")):
            data_dir.live.put(session)
            data_dir.live.flush_now()
        asyncio.run(data_dir.live.beat({1: START}))
        data_dir.ledger.append_now([record("v2", user_id=2)])
        data_dir.live.replace(data_dir.live.load().state)
        data_dir.live.flush_now()
    assert {session.id for session in read_live(tmp_path).state.sessions} == {"v1", "g1"}
    with DataDir(tmp_path, now=lambda: START) as data_dir:
        data_dir.restore()
        assert [entry.id for entry in data_dir.ledger.history(HistoryFilter())] == ["v2"]
        assert data_dir.warnings == []
    assert verify(tmp_path) == []
    if place is a_folder:
        (kept,) = tmp_path.rglob("inside")
        assert kept.read_bytes() == b"kept"


@pytest.mark.parametrize("place", PLACED)
@pytest.mark.parametrize("name", OURS)
def test_whoever_looks_gets_an_answer_or_the_documented_error(
    tmp_path: Path, name: str, place: Callable[[Path], None]
) -> None:
    place(tmp_path / name)
    before = sorted(tmp_path.iterdir())
    for look in (read_live, verify):
        try:
            look(tmp_path)
        except PersistenceError as error:
            assert str(error).count(".") >= 1  # noqa: PT017 - either way is right
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("place", [a_folder, a_broken_link, a_link_to_itself])
def test_a_lock_that_cannot_be_taken_is_an_error(
    tmp_path: Path, place: Callable[[Path], None]
) -> None:
    place(tmp_path / "latido.lock")
    with pytest.raises(DataDirError, match="set DATA_DIR to a folder"):
        DataDir.open(tmp_path)


@pytest.mark.parametrize(
    ("number", "what_to_do"),
    [
        (errno.ENOSPC, "make room on its disk, or set DATA_DIR to a folder on another one."),
        (errno.EDQUOT, "make room on its disk, or set DATA_DIR to a folder on another one."),
        (errno.EROFS, "set DATA_DIR to a folder that this user may write to."),
    ],
    ids=errno.errorcode.get,
)
def test_what_is_to_be_done_where_a_folder_cannot_be_owned(
    tmp_path: Path, number: int, what_to_do: str
) -> None:
    refused = OSError(number, os.strerror(number))
    for own in (DataDir.open, prove_ownable):
        (tmp_path / "latido.lock").touch()
        with (
            mock.patch("os.pwrite", side_effect=refused),
            pytest.raises(DataDirError, match=re.escape(what_to_do)),
        ):
            own(tmp_path)


def test_a_link_is_not_written_through(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"somebody else's")
    folder = tmp_path / "data"
    folder.mkdir()
    for name in OURS:
        if not name.startswith("latido.db"):
            (folder / name).symlink_to(victim)
    with DataDir(folder, now=lambda: START) as data_dir:
        data_dir.restore()
        data_dir.live.put(voice("v1"))
        data_dir.live.flush_now()
    assert victim.read_bytes() == b"somebody else's"
    assert [session.id for session in read_live(folder).state.sessions] == ["v1"]
