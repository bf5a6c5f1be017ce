"""What the ledger refuses outlives a kill: each session once, with the end that it had."""

from __future__ import annotations

import asyncio
import errno
import shutil
import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest

from integrations.keeping.storekeeper import Storekeeper
from integrations.loopback.server import PATIENCE
from machines import BotEvent, GuildWatch, LiveView, RecordEnded, SavedLine, SessionChanged
from persistence import DataDir, HistoryFilter, LedgerWriteError, PersistenceError, verify
from persistence.errors import UnreadableError
from persistence.snapshot_file import SNAPSHOT_NAME, find_snapshot
from persistence.waiting_records import WAITING_NAME, read_waiting
from tests.integrations.sessions import at, ended, voice_session
from tests.persistence.recording_disk import RecordingDisk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from pathlib import Path

    from machines import Record
    from persistence import Restored
    from persistence.database import Answer, Database
    from persistence.disk import OsFile

pytestmark = pytest.mark.usefixtures("impatient")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integrations.keeping.storekeeper.RETRY_AFTER", 0.01)


def _write_nothing(_line: SavedLine) -> None:
    """Let the log be."""


class Disk(RecordingDisk):
    """A disk whose ledger can be read, and refuses records while it is told to."""

    refuses = False

    def refuse(self) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    def open_database(self, path: Path, timeout: float) -> _Database:
        return _Database(super().open_database(path, timeout), self)


class _Database:
    def __init__(self, database: Database, disk: Disk) -> None:
        self._database, self._disk = database, disk

    @property
    def in_transaction(self) -> bool:
        return self._database.in_transaction

    def execute(self, statement: str, values: Any = (), /) -> Answer:  # noqa: ANN401 - sqlite3's
        if self._disk.refuses and statement.startswith("INSERT INTO records"):
            self._disk.refuse()
        return self._database.execute(statement, values)

    def executemany(self, statement: str, rows: Iterable[Any], /) -> object:
        return self._database.executemany(statement, rows)

    def close(self) -> None:
        self._database.close()


class Life:
    """A process that keeps a folder, until it is killed."""

    def __init__(self, folder: Path, *, refuses: bool = False) -> None:
        self.folder = folder
        self.disk = Disk()
        self.disk.refuses = refuses
        self.data_dir = DataDir(folder, disk=self.disk)
        self.restored: Restored = self.data_dir.restore()
        self.told: list[str] = []
        self.keeper = Storekeeper(
            self.data_dir.live,
            self.data_dir.ledger,
            lambda event: self.told.append(event.name),
            _write_nothing,
            lambda guild_id: GuildWatch(guild_id=guild_id),
            "en",
            beside=self.data_dir.waiting,
            left=self.restored.waiting,
        )

    @property
    def file(self) -> Path:
        return self.folder / WAITING_NAME

    @property
    def in_file(self) -> list[str]:
        return [record.id for record in read_waiting(self.disk, self.file).records]

    @property
    def rows(self) -> dict[str, Record]:
        records = list(self.data_dir.ledger.history(HistoryFilter()))
        assert len({record.id for record in records}) == len(records)
        return {record.id: record for record in records}

    @property
    def live(self) -> set[str]:
        """Who is in the snapshot, whatever stands elsewhere."""
        reading = find_snapshot(self.disk, self.folder / SNAPSHOT_NAME, None).reading
        return set() if reading is None else {session.id for session in reading.state.sessions}

    def begins(self, *users: int) -> None:
        for user_id in users:
            session = voice_session(user_id)
            self.keeper.take([SessionChanged(session), BotEvent("session_confirmed", session)])

    def ends(self, *users: int, second: float = 60) -> None:
        for user_id in users:
            session = voice_session(user_id)
            record = ended(session, second)
            self.keeper.take([RecordEnded(record), BotEvent("session_ended", session, record)])

    async def settles_not(self) -> PersistenceError:
        with pytest.raises(PersistenceError) as caught:
            await self.keeper.settle()
        return caught.value


Begin = Callable[..., Life]


def _copied(folder: Path, name: str) -> Path:
    copy = folder.with_name(name)
    shutil.copytree(folder, copy)
    return copy


@pytest.fixture
async def lives(tmp_path: Path) -> AsyncIterator[Begin]:
    """Yield how a life begins: anew or, where another was, with what a kill leaves of that."""
    begun: list[Life] = []
    numbers = count()

    def begin(after: Life | None = None, *, refuses: bool = False) -> Life:
        name = f"life {next(numbers)}"
        folder = tmp_path / name if after is None else _copied(after.folder, name)
        begun.append(Life(folder, refuses=refuses))
        return begun[-1]

    yield begin
    for life in begun:
        with suppress(PersistenceError):
            await life.keeper.close()
        life.data_dir.close()


async def until(happened: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not happened():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.001)


async def refused(lives: Begin) -> Life:
    """Let two have begun, then let the ledger refuse, one end and another begin and end."""
    life = lives()
    life.begins(1, 2)
    await life.keeper.settle()
    life.disk.refuses = True
    life.ends(1, second=30)
    life.begins(3, 4)
    await life.settles_not()
    life.ends(3, second=45)
    await life.settles_not()
    return life


async def test_after_a_kill_each_session_is_in_the_ledger_once_with_the_end_that_it_had(
    lives: Begin,
) -> None:
    killed = await refused(lives)
    assert killed.rows == {}
    life = lives(killed)
    assert {key: record.ended_at for key, record in life.rows.items()} == {
        "voice-1": at(30),
        "voice-3": at(45),
    }
    assert {session.id for session in life.restored.state.sessions} == {"voice-2", "voice-4"}
    assert (life.restored.waiting, life.restored.warnings) == ([], [])
    assert not life.file.exists()
    assert verify(life.folder) == []


async def test_a_ledger_that_refuses_on_keeps_no_bot_from_starting(
    lives: Begin,
) -> None:
    life = lives(lives(await refused(lives), refuses=True), refuses=True)
    assert [record.id for record in life.restored.waiting] == ["voice-1", "voice-3"]
    assert {session.id for session in life.restored.state.sessions} == {"voice-2", "voice-4"}
    assert [record.id for record in life.keeper.records_waiting()] == ["voice-1", "voice-3"]
    life.ends(2, second=50)
    await life.settles_not()
    assert life.in_file == ["voice-1", "voice-3", "voice-2"]

    life.disk.refuses = False
    await until(lambda: not life.file.exists())
    assert {key: record.ended_at for key, record in life.rows.items()} == {
        "voice-1": at(30),
        "voice-3": at(45),
        "voice-2": at(50),
    }
    assert life.live == {"voice-4"}
    assert not list(life.keeper.records_waiting())


async def test_what_was_left_is_written_without_anything_new(lives: Begin) -> None:
    life = lives(await refused(lives), refuses=True)
    await until(lambda: life.keeper.figures.failures)
    life.disk.refuses = False
    await until(lambda: not life.file.exists())
    assert set(life.rows) == {"voice-1", "voice-3"}


async def test_who_began_since_the_ledger_refuses_is_in_the_snapshot(
    lives: Begin,
) -> None:
    life = await refused(lives)
    assert life.live == {"voice-2", "voice-4"}


async def test_a_kill_between_file_and_snapshot_leaves_nobody_live_who_is_over(
    lives: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    life = lives()
    life.begins(1)
    await life.keeper.settle()
    life.disk.refuses = True
    life.ends(1, second=30)

    def killed(_store: object) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as patched:
        patched.setattr(type(life.data_dir.live), "_write", killed)
        with pytest.raises(asyncio.CancelledError):
            await life.keeper.settle()
        assert life.in_file == ["voice-1"]
        after = _copied(life.folder, "left")
    disk = Disk()
    disk.refuses = True
    with DataDir(after, disk=disk) as data_dir:
        restored = data_dir.restore()
        assert ([record.id for record in restored.waiting], restored.duplicates) == (
            ["voice-1"],
            ["voice-1"],
        )
        assert restored.state.sessions == []


async def test_listeners_hear_of_it_once_the_ledger_has_it(lives: Begin) -> None:
    life = await refused(lives)
    assert life.told == ["session_confirmed"] * 2
    life.disk.refuses = False
    await life.keeper.settle()
    assert sorted(life.told) == ["session_confirmed"] * 4 + ["session_ended"] * 2
    assert not life.file.exists()


async def test_the_first_refusal_already_puts_them_by(
    lives: Begin, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.keeping.storekeeper.RETRY_AFTER", 60.0)
    life = lives()
    life.begins(1)
    await life.keeper.settle()
    life.disk.refuses = True
    life.ends(1)
    life.begins(2)
    await until(lambda: caplog.records)
    assert (life.in_file, life.live) == (["voice-1"], {"voice-2"})
    [said] = caplog.messages
    assert WAITING_NAME in said
    assert "memory" not in said
    assert [record.id for record in life.keeper.records_waiting()] == ["voice-1"]


async def test_what_ends_later_is_put_by_as_soon_as_the_ledger_would_have_it(
    lives: Begin, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.keeping.storekeeper.RETRY_AFTER", 60.0)
    life = lives()
    life.begins(1, 2)
    await life.keeper.settle()
    life.disk.refuses = True
    life.ends(1)
    await until(lambda: caplog.records)
    for user_id in (2, 3):  # each in a write of its own
        life.ends(user_id)
        life.begins(user_id + 10)
        await until(partial(_is_live, life, f"voice-{user_id + 10}"))
    assert life.in_file == ["voice-1", "voice-2", "voice-3"]
    assert life.live == {"voice-12", "voice-13"}
    assert len(caplog.messages) == 1
    assert life.rows == {}


def _is_live(life: Life, session_id: str) -> bool:
    return session_id in life.live


async def test_so_it_is_while_the_ledger_is_waited_for(
    lives: Begin, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For a lock it is waited some seconds with each try."""
    life = lives()
    life.disk.refuses = True
    life.ends(1)
    await until(lambda: caplog.records)
    is_asked, goes_on = threading.Event(), threading.Event()
    refuse = life.disk.refuse

    def hang() -> None:
        is_asked.set()
        goes_on.wait(PATIENCE)
        refuse()

    monkeypatch.setattr(life.disk, "refuse", hang)
    try:
        await until(is_asked.is_set)
        life.ends(2)
        await until(lambda: life.in_file == ["voice-1", "voice-2"])
        assert not goes_on.is_set()
        life.disk.refuses = False
    finally:
        goes_on.set()
    monkeypatch.setattr(life.disk, "refuse", refuse)
    await until(lambda: not life.file.exists())
    assert set(life.rows) == {"voice-1", "voice-2"}
    await until(lambda: len(life.told) == 2)


async def test_once_nothing_can_be_put_by_any_more_that_is_said_and_it_is_tried_again(
    lives: Begin, caplog: pytest.LogCaptureFixture
) -> None:
    life = lives()
    life.disk.refuses = True
    life.ends(1)
    await until(lambda: caplog.records)
    life.disk.full = True
    life.ends(2)
    await until(lambda: len(caplog.messages) == 2)
    tries = life.keeper.figures.failures
    await until(lambda: life.keeper.figures.failures > tries + 2)
    assert ["memory" in said for said in caplog.messages] == [False, True]
    life.disk.full = False
    await until(lambda: life.in_file == ["voice-1", "voice-2"])


async def test_where_the_file_cannot_be_written_either_nobody_is_let_go_of(
    lives: Begin, caplog: pytest.LogCaptureFixture
) -> None:
    life = lives()
    life.begins(1)
    await life.keeper.settle()
    life.disk.refuses = True
    life.disk.full = True
    life.ends(1, second=30)
    await until(lambda: caplog.records)
    assert "memory" in caplog.messages[0]
    assert "no space left" in caplog.messages[0]
    assert life.live == {"voice-1"}
    assert [record.id for record in life.keeper.records_waiting()] == ["voice-1"]

    life.disk.full = False
    await until(lambda: life.live == set())
    assert life.in_file == ["voice-1"]
    await until(lambda: len(caplog.messages) == 2)  # another thing is so by now
    assert "memory" not in caplog.messages[1]


async def test_what_memory_has_no_room_for_is_in_the_file_and_none_is_given_up(
    lives: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.keeping.waiting.MOST_WAITING", 3)
    life = lives()
    life.disk.refuses = True
    for first in range(1, 9, 2):
        life.ends(first, first + 1)
        await life.settles_not()
    assert life.keeper.figures.given_up == 0
    assert len(list(life.keeper.records_waiting())) == 3
    assert len(life.in_file) == 8

    again = lives(life, refuses=True)
    assert len(list(again.keeper.records_waiting())) == 3
    again.disk.refuses = False
    await again.keeper.settle()
    assert set(again.rows) == {f"voice-{user_id}" for user_id in range(1, 9)}
    assert not again.file.exists()
    assert not list(again.keeper.records_waiting())
    again.ends(9)
    with monkeypatch.context() as patched:  # the file is looked into once
        patched.setattr(again.data_dir.waiting, "records", mock.Mock(side_effect=AssertionError))
        await again.keeper.settle()

    life.disk.refuses = False
    await life.keeper.settle()
    assert set(life.rows) == {f"voice-{user_id}" for user_id in range(1, 9)}


async def test_as_long_as_the_file_is_there_nobody_is_told_that_all_is_written(
    lives: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    life = await refused(lives)
    life.disk.refuses = False
    with monkeypatch.context() as patched:

        def not_removed(path: Path) -> None:
            raise OSError(errno.EACCES, "Permission denied", str(path))

        patched.setattr(life.disk, "remove", not_removed)
        await life.settles_not()
        assert set(life.rows) == {"voice-1", "voice-3"}
    await life.keeper.settle()
    assert not life.file.exists()
    assert set(life.rows) == {"voice-1", "voice-3"}


async def test_so_long_the_snapshot_is_written_all_the_same(
    lives: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    life = await refused(lives)
    life.disk.refuses = False
    with monkeypatch.context() as patched:

        def not_removed(path: Path) -> None:
            if path == life.file:
                raise OSError(errno.EPERM, "Operation not permitted", str(path))
            Disk.remove(life.disk, path)

        patched.setattr(life.disk, "remove", not_removed)
        life.begins(5)
        await life.settles_not()
        assert life.live == {"voice-2", "voice-4", "voice-5"}


async def test_a_file_that_cannot_be_read_keeps_nothing_else_from_the_ledger(
    lives: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.keeping.waiting.MOST_WAITING", 1)
    life = await refused(lives)
    life.file.rename(life.folder / "elsewhere")
    life.file.mkdir()
    life.disk.refuses = False
    life.ends(4, second=55)
    assert isinstance(await life.settles_not(), UnreadableError)
    assert set(life.rows) == {"voice-1", "voice-4"}
    assert life.live == {"voice-2"}
    life.file.rmdir()
    (life.folder / "elsewhere").rename(life.file)
    await life.keeper.settle()
    assert set(life.rows) == {"voice-1", "voice-3", "voice-4"}


async def test_what_is_put_by_while_a_write_is_cancelled_is_not_removed_with_what_was_before(
    lives: Begin,
) -> None:
    life = await refused(lives)
    waiting = life.data_dir.waiting
    then = waiting.mark
    waiting.put([ended(voice_session(9))])
    waiting.clear(then)
    assert life.in_file == ["voice-1", "voice-3", "voice-9"]


async def test_nor_is_it_left_once_everything_is_written(
    lives: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    life = await refused(lives)
    life.disk.refuses = False
    life.ends(4, second=55)
    append, late = life.data_dir.ledger.append, [ended(voice_session(4), 55)]

    async def and_puts_by(records: Iterable[Record]) -> None:
        await append(records)
        if late:
            life.data_dir.waiting.put([late.pop()])

    monkeypatch.setattr(life.data_dir.ledger, "append", and_puts_by)
    await life.keeper.settle()
    assert set(life.rows) == {"voice-1", "voice-3", "voice-4"}
    assert not life.file.exists()


async def test_while_the_ledger_takes_them_there_is_no_such_file(
    lives: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    life = lives()

    def none(*_args: object) -> OsFile:
        raise AssertionError

    monkeypatch.setattr(life.disk, "append", none)
    life.begins(1, 2)
    life.ends(1)
    await life.keeper.settle()
    life.ends(2)
    await until(lambda: len(life.told) == 4)
    assert len(life.rows) == 2
    assert not any(WAITING_NAME in step for step in life.disk.log)


async def test_a_ledger_without_a_file_beside_it_keeps_them_in_memory(tmp_path: Path) -> None:
    disk = Disk()
    with DataDir(tmp_path / "data", disk=disk) as data_dir:
        data_dir.restore()
        keeper = Storekeeper(
            data_dir.live,
            data_dir.ledger,
            lambda _event: None,
            _write_nothing,
            lambda guild_id: GuildWatch(guild_id=guild_id),
            "en",
        )
        disk.refuses = True
        keeper.take([RecordEnded(ended(voice_session(1)))])
        with pytest.raises(LedgerWriteError, match="memory"):
            await keeper.settle()
        assert [record.id for record in keeper.records_waiting()] == ["voice-1"]
        disk.refuses = False
        keeper.replace(lambda: LiveView((), (), ()))
        await keeper.close()
