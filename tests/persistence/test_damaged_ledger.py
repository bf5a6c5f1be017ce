"""A ledger whose file is damaged: what readers say a start will do with it is what a start does."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING
from unittest import mock

import pytest

from machines import LiveState, PartySession
from persistence import (
    DataDir,
    LedgerError,
    LedgerReader,
    NewerSchemaError,
    back_up,
    forgetting,
    ledger_reader,
    read_live,
    restore_backup,
)
from persistence.ledger import SqliteLedger
from persistence.marks import marks_of
from persistence.waiting_records import WAITING_NAME, WaitingRecords
from tests.persistence.examples import HOUR, START, game_record, party, record, voice

if TYPE_CHECKING:
    from pathlib import Path

    from machines import AnySession
    from persistence.errors import UnreadableError

PAGE = 4096

TABLES_AND_INDEXES = [
    "records",
    "sqlite_autoindex_records_1",
    "records_by_person",
    "records_by_end",
    "facts",
    "party_players",
    "people",
    "daily_totals",
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two sessions that are over, one of which the snapshot still has, and two that go on."""
    folder = tmp_path / "data"
    with DataDir(folder, now=lambda: START) as data_dir:
        data_dir.ledger.append_now(
            [record("over", started_at=START - HOUR), record("both", started_at=START)]
        )
        sessions = [voice("both", user_id=1), voice("live", user_id=7)]
        data_dir.live.replace(LiveState(sessions=[*sessions]))
        data_dir.live.flush_now()
    return folder


DAY = 60
PAGES = 17


def a_day(folder: Path) -> None:
    """Sixty sessions that are over, and one that goes on."""
    with DataDir(folder, now=lambda: START) as data_dir:
        data_dir.ledger.append_now(
            record(f"{number}", user_id=number, started_at=START + number) for number in range(DAY)
        )
        data_dir.live.replace(LiveState(sessions=[voice("live", user_id=7)]))
        data_dir.live.flush_now()


def root_of(folder: Path, name: str) -> int:
    with closing(sqlite3.connect(folder / "latido.db")) as connection:
        query = "SELECT rootpage FROM sqlite_schema WHERE name = ?"
        return int(connection.execute(query, (name,)).fetchone()[0])


def tear(folder: Path, *pages: int, to: bytes | None = None) -> None:
    """Overwrite pages, counted from 1, with what no page begins with where nothing else is said."""
    ledger = folder / "latido.db"
    torn = bytearray(ledger.read_bytes())
    for page in pages:
        torn[(page - 1) * PAGE : page * PAGE] = to or b"\xab" * PAGE
    ledger.write_bytes(torn)


def damage(folder: Path, how: str) -> None:
    ledger = folder / "latido.db"
    if how in TABLES_AND_INDEXES:
        tear(folder, root_of(folder, how))
    elif how == "header":
        ledger.write_bytes(b"damaged" + ledger.read_bytes()[7:])
    elif how == "zeros":
        tear(folder, root_of(folder, "sqlite_autoindex_records_1"), to=bytes(PAGE))
    elif how == "two pages":
        tear(folder, 2, 3)
    elif how == "schema":
        tear(folder, 1, to=ledger.read_bytes()[:100] + b"\xff" * (PAGE - 100))
    else:
        ledger.write_bytes(ledger.read_bytes()[: 5 * PAGE])


DAMAGE = [*TABLES_AND_INDEXES, "header", "zeros", "two pages", "schema", "cut"]


@pytest.mark.parametrize("how", DAMAGE)
def test_what_a_reader_says_the_start_does_is_what_it_does(folder: Path, how: str) -> None:
    damage(folder, how)
    before = (folder / "latido.db").read_bytes()
    told = read_live(folder, without_ledger=True)
    said = {warning.key for warning in told.warnings}
    assert said <= {"storage.damaged"}
    with DataDir(folder, now=lambda: START) as data_dir:
        restored = data_dir.restore(without_ledger=True)
        assert [each.id for each in restored.state.sessions][-1:] == ["live"]
        kept = [str(each.values["kept_as"]) for each in data_dir.warnings]
        if said:  # "the bot sets it aside when it starts"
            assert [each.id for each in told.state.sessions] == [
                each.id for each in restored.state.sessions
            ]
            assert len(kept) == 1
        assert [(folder / name).read_bytes()[: len(before)] for name in kept] == [before] * len(
            kept
        )
        if kept:
            data_dir.ledger.append_now([record("new")])
            assert data_dir.ledger.contains(["new", "over"]) == {"new"}


@pytest.mark.parametrize("page", range(2, PAGES + 1))
def test_whatever_page_of_a_day_is_damaged_the_bot_starts_as_a_reader_has_said(
    tmp_path: Path, page: int
) -> None:
    """It asks who has ended, and who ended last: what is damaged elsewhere it need not know."""
    a_day(tmp_path)
    tear(tmp_path, page)
    told = read_live(tmp_path, without_ledger=True, ends_since=lambda _state: START)
    with DataDir(tmp_path, now=lambda: START) as data_dir:
        since = mock.Mock(return_value=START)
        restored = data_dir.restore(without_ledger=True, ends_since=since)
        said = [warning.key for warning in told.warnings]
        done = [warning.key for warning in data_dir.warnings]
        assert [each.id for each in restored.state.sessions] == ["live"]
        assert [each.id for each in told.state.sessions] == ["live"]
        assert (said, done) in (([], []), (["storage.damaged"], ["storage.unreadable"]))
        assert len(restored.ended) == (0 if done else DAY)
        if done:  # what goes on with a damaged one may refuse what ends, which waits then
            data_dir.ledger.append_now([record("new")])
            assert data_dir.ledger.contains(["new", "0"]) == {"new"}


def test_some_pages_of_a_day_are_asked_for_and_others_are_not(tmp_path: Path) -> None:
    a_day(tmp_path)
    whole = (tmp_path / "latido.db").read_bytes()
    assert len(whole) == PAGES * PAGE
    told = []
    for page in range(2, PAGES + 1):
        (tmp_path / "latido.db").write_bytes(whole)
        tear(tmp_path, page)
        since = mock.Mock(return_value=START)
        told.append(len(read_live(tmp_path, without_ledger=True, ends_since=since).warnings))
    assert set(told) == {0, 1}


@pytest.mark.parametrize("how", ["sqlite_autoindex_records_1", "zeros", "two pages"])
def test_whoever_asks_for_the_ledger_as_well_is_told_and_it_stays(folder: Path, how: str) -> None:
    """To forget somebody, say: with a new ledger nothing of theirs would be found."""
    damage(folder, how)
    before = sorted(path.name for path in folder.iterdir())
    with DataDir(folder, now=lambda: START) as data_dir:
        with pytest.raises(LedgerError, match="put a backup back"):
            data_dir.restore()
        assert [path.name for path in folder.glob("latido.db.*")] == []
    assert sorted(path.name for path in folder.iterdir()) == before


def test_what_waited_for_a_ledger_that_is_set_aside_is_in_the_new_one(folder: Path) -> None:
    with DataDir(folder, now=lambda: START) as data_dir:
        waiting = [record("w", started_at=START + HOUR)]
        data_dir.waiting.put(waiting)
    damage(folder, "zeros")
    with DataDir(folder, now=lambda: START) as data_dir:
        restored = data_dir.restore(without_ledger=True)
        assert restored.waiting == []
        assert data_dir.ledger.contains(["w"]) == {"w"}
        assert not (folder / WAITING_NAME).exists()


def test_a_kill_as_a_new_ledger_is_begun_lets_nobody_go_on_whom_the_old_one_had_as_over(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new one knows of nobody."""
    with DataDir(folder, now=lambda: START) as data_dir:
        data_dir.ledger.append_now([game_record()])
        sessions: list[AnySession] = [voice("both"), voice("live", user_id=7), party()]
        data_dir.live.replace(LiveState(sessions=sessions))
        data_dir.live.flush_now()
    damage(folder, "records_by_end")
    begin_anew = SqliteLedger.begin_anew

    def is_killed(ledger: SqliteLedger, damaged: UnreadableError) -> None:
        begin_anew(ledger, damaged)
        raise KeyboardInterrupt

    monkeypatch.setattr(SqliteLedger, "begin_anew", is_killed)
    with DataDir(folder, now=lambda: START) as data_dir, pytest.raises(KeyboardInterrupt):
        data_dir.restore(without_ledger=True, ends_since=lambda _state: START)
    with DataDir(folder, now=lambda: START) as data_dir:
        restored = data_dir.restore(without_ledger=True)
        assert data_dir.ledger.contains(["both"]) == set()
        live, held = restored.state.sessions
        assert live.id == "live"
        assert isinstance(held, PartySession)
        assert [player.ended_at for player in held.players] == [START + HOUR, None, START + HOUR]


@pytest.mark.parametrize("how", [None, *DAMAGE])
def test_whoever_asks_is_told_whether_the_file_is_damaged(folder: Path, how: str | None) -> None:
    if how is not None:
        damage(folder, how)
    found = LedgerReader(folder).damage()
    assert (found is None) == (how is None)
    assert found is None or "\n" not in found


def test_whoever_stops_asking_is_told_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_reader, "_INSTRUCTIONS", 1)
    damage(folder, "records")
    assert LedgerReader(folder).damage(lambda: False) is None


@pytest.mark.parametrize("waits", [False, True])
@pytest.mark.parametrize("how", DAMAGE)
def test_whoever_is_forgotten_is_in_no_damaged_ledger_that_a_restore_kept_aside(
    folder: Path, how: str, *, waits: bool
) -> None:
    """To put a backup back is what helps with damage: then nobody could be forgotten any more."""
    somebody = 555_000_000_000_000_555
    with DataDir(folder, now=lambda: START) as data_dir:
        data_dir.ledger.append_now([record("theirs", user_id=somebody)])
    back_up(folder, folder.with_name("backup"))
    if waits:  # what ended since was refused
        WaitingRecords(folder).put([record("late", user_id=somebody, started_at=START)])
    damage(folder, how)
    aside = restore_backup(folder, folder.with_name("backup"), replace=True)
    assert aside is not None
    with DataDir(folder, now=lambda: START) as data_dir:
        forgetting.forget(data_dir, 999_000_000_000_000_999)  # somebody else
        forgetting.forget(data_dir, somebody)
    left = [path for path in folder.rglob("*") if path.is_file()]
    number = str(somebody).encode(), somebody.to_bytes(8)
    assert [path for path in left if any(each in path.read_bytes() for each in number)] == [
        folder / "opted_out.json"  # since when they count, for a week
    ]
    assert LedgerReader(folder).contains(["over", "theirs", "late"]) == {"over"}


def test_with_a_damaged_ledger_goes_what_sqlite_keeps_beside_it(tmp_path: Path) -> None:
    """The write-ahead log may hold pages that are in no ledger any more."""
    somebody = 555_000_000_000_000_555
    for name, holds in {"latido.db": b"%d", "latido.db-wal": b"", "notes": b""}.items():
        (tmp_path / name).write_bytes(holds and holds % somebody)
    marks = marks_of(somebody, ())
    gone = list(forgetting._remove_what_holds(tmp_path, marks))  # noqa: SLF001 - SQLite seldom leaves one
    assert gone == [f"{tmp_path.name}/latido.db"]
    assert [path.name for path in tmp_path.iterdir()] == ["notes"]


def test_a_copy_that_merely_cannot_be_read_just_now_stays_and_whoever_forgets_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    somebody = 555_000_000_000_000_555
    copy = folder / "before-restore-x"
    copy.mkdir()
    with DataDir(copy, now=lambda: START) as data_dir:
        data_dir.ledger.append_now([record("theirs", user_id=somebody)])
    names_of = LedgerReader.names_of

    def refuses(ledger: LedgerReader, user_id: int) -> set[str]:
        if ledger.path.parent == copy:
            raise LedgerError("held") from sqlite3.OperationalError("database is locked")
        return names_of(ledger, user_id)

    monkeypatch.setattr(LedgerReader, "names_of", refuses)
    with DataDir(folder, now=lambda: START) as data_dir, pytest.raises(LedgerError, match="held"):
        forgetting.forget(data_dir, somebody)
    assert LedgerReader(copy).contains(["theirs"]) == {"theirs"}


def test_where_a_copy_holds_nothing_of_a_person_it_stays_though_its_ledger_is_damaged(
    folder: Path,
) -> None:
    back_up(folder, folder.with_name("backup"))
    damage(folder, "zeros")
    aside = restore_backup(folder, folder.with_name("backup"), replace=True)
    assert aside is not None
    before = (aside / "latido.db").read_bytes()
    with DataDir(folder, now=lambda: START) as data_dir:
        told = forgetting.forget(data_dir, 999_000_000_000_000_999)
    assert told.removed == []
    assert (aside / "latido.db").read_bytes() == before


def test_a_newer_ledger_whose_tables_this_sqlite_cannot_read_is_newer_and_not_damaged(
    folder: Path,
) -> None:
    with closing(sqlite3.connect(folder / "latido.db")) as connection, connection:
        connection.execute("PRAGMA writable_schema = ON")
        later = "CREATE TABLE later (a INT) OF A LATER SQLITE"
        connection.execute(
            "INSERT INTO sqlite_schema VALUES ('table', 'later', 'later', 0, ?)", (later,)
        )
        connection.execute("PRAGMA user_version = 99")
    before = (folder / "latido.db").read_bytes()
    with pytest.raises(NewerSchemaError):
        DataDir(folder, now=lambda: START)
    with pytest.raises(NewerSchemaError):
        LedgerReader(folder).contains(["over"])
    assert (folder / "latido.db").read_bytes() == before


def test_a_ledger_that_merely_cannot_be_read_just_now_is_not_set_aside(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lock, or a right that was taken away: nothing of it is damaged."""
    before = (folder / "latido.db").read_bytes()

    def refuses(_ledger: LedgerReader, _ids: object) -> set[str]:
        raise LedgerError("held") from sqlite3.OperationalError("database is locked")

    with DataDir(folder, now=lambda: START) as data_dir:
        monkeypatch.setattr(LedgerReader, "contains", refuses)
        with pytest.raises(LedgerError, match="held"):
            data_dir.restore(without_ledger=True)
    assert (folder / "latido.db").read_bytes()[:100] == before[:100]
    assert list(folder.glob("latido.db.*")) == []
