"""What the commands say of a data folder that cannot be read, or not all of it."""

from __future__ import annotations

import errno
import json
import os
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from integrations.cli.arguments import ArgumentError, make_empty
from persistence import DataDir, read_live
from persistence.disk import OsDisk
from tests.persistence.examples import HOUR, START, record

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integrations.cli.conftest import Outcome

    Latido = Callable[..., Outcome]

STRANGER = str(10**17 + 1)
"""Who is in none of the files: longer than what may look like an id in a random edition."""

PAGE = 4096

SAID = "latido: ⚠️ data/active_sessions.json cannot be read ("


def test_verify_says_that_the_snapshot_before_a_broken_one_is_used(
    latido: Latido, data_dir: Path
) -> None:
    snapshot = data_dir / "active_sessions.json"
    good = snapshot.read_bytes()
    snapshot.with_name("active_sessions.json.previous").write_bytes(good)
    snapshot.write_bytes(b"{")
    told = latido("verify")
    assert told.status == 1
    [said] = told.out.splitlines()
    assert said.startswith("active_sessions.json: data/active_sessions.json cannot be read: ")
    assert said.endswith(
        ". active_sessions.json.previous is good: the bot uses it when it starts, and keeps what "
        "cannot be read aside; nothing need be done."
    )
    assert "is good" in latido("doctor").out
    assert "nothing need be done" not in latido("sessions").out


def test_one_that_was_taken_away_is_made_up_for_by_the_one_before(
    latido: Latido, data_dir: Path
) -> None:
    snapshot = data_dir / "active_sessions.json"
    was_shown = latido("sessions").out
    snapshot.replace(snapshot.with_name("active_sessions.json.previous"))
    told = latido("verify")
    previous = "active_sessions.json.previous"
    assert told.status == 1
    assert told.out == (
        f"active_sessions.json: data/active_sessions.json is not there, although {previous} is: it "
        f"has been taken away. {previous} is good: the bot uses it when it starts; nothing need be "
        "done, if those sessions are to go on.\n"
    )
    assert "is not there, although" in latido("doctor").out
    shown = latido("sessions")
    assert (shown.status, shown.out) == (1, was_shown)
    assert "data/active_sessions.json is missing: active_sessions.json.previous is" in shown.err


def test_verify_says_what_to_do_where_no_snapshot_is_left_to_use(
    latido: Latido, damaged: Path
) -> None:
    told = latido("verify")
    assert told.status == 1
    assert told.out.startswith(f"{damaged.name}: data/{damaged.name} cannot be read: ")
    assert told.out.endswith(
        " There is no other to use: put a backup back with latido restore BACKUP --replace, or the "
        "bot starts without these sessions.\n"
    )


@pytest.fixture
def damaged(data_dir: Path) -> Path:
    """Return the snapshot of a data folder, cut off, with none before it."""
    snapshot = data_dir / "active_sessions.json"
    for other in data_dir.glob("active_sessions.j*"):
        if other != snapshot:
            other.unlink()
    snapshot.write_bytes(snapshot.read_bytes()[:500])
    return snapshot


def test_a_backup_without_live_sessions_is_not_said_to_hold_everything(
    latido: Latido, damaged: Path, tmp_path: Path
) -> None:
    told = latido("backup", "b.tar")
    assert told.status == 1
    first, second = told.err.splitlines()
    assert first.startswith(SAID)
    assert second.startswith("b.tar holds what can be read, and nothing of the rest: ")
    assert damaged.stat().st_size == 500
    assert latido("restore", "b.tar", "--data-dir", "other").status == 0
    assert latido("history", "--json", "--data-dir", "other").out == latido("history", "--json").out
    assert read_live(tmp_path / "other").state.sessions == []


def test_whoever_forgets_somebody_is_told_what_could_not_be_read(
    latido: Latido, damaged: Path
) -> None:
    told = latido("forget", STRANGER)
    first, second, *_more = told.err.splitlines()
    assert told.status == 0
    assert first.startswith(SAID)
    [kept] = damaged.parent.glob("active_sessions.json.unreadable-*")
    assert f"it is kept as {kept.name};" in first
    assert second.startswith("Removed: ended sessions 0, live sessions 0")
    assert "warnings" not in latido("forget", STRANGER, "--json").out


def test_live_sessions_that_cannot_be_read_are_not_said_to_be_none(
    latido: Latido, damaged: Path
) -> None:
    told = latido("sessions")
    assert (told.status, told.out) == (1, "")
    [said] = told.err.splitlines()
    assert said.startswith(SAID)
    assert said.endswith(
        "it stays as it is; `latido verify` says what to do, and the bot sets it aside when it "
        "starts"
    )
    assert damaged.exists()


def test_of_one_that_is_broken_the_others_are_shown(latido: Latido, data_dir: Path) -> None:
    snapshot = data_dir / "active_sessions.json"
    whole = snapshot.read_text("utf-8")
    snapshot.write_text(whole.replace('"username":"Pino"', '"username":7', 1), "utf-8")
    told = latido("sessions")
    assert told.status == 1
    assert len(told.out.splitlines()) == 4
    assert "cannot be read" in told.err
    assert "it is left out, and the bot keeps the whole file aside when it starts" in told.err


def test_without_a_ledger_that_can_be_read_those_who_are_live_are_shown(
    latido: Latido, data_dir: Path
) -> None:
    """The bot takes them up at its next start as well, and sets the ledger aside."""
    was_shown = latido("sessions").out
    ledger = data_dir / "latido.db"
    ledger.write_bytes(b"damaged" + ledger.read_bytes()[7:])
    told = latido("sessions")
    assert (told.status, told.out) == (1, was_shown)
    assert "data/latido.db cannot be read (file is not a database): it stays as it is" in told.err
    assert latido("sessions", "--json").out.count("\n") == 3
    assert latido("history").status == 2


@pytest.mark.parametrize(
    "command", [("history",), ("report", "--json"), ("export", "--user", "Pino")]
)
def test_every_reader_says_so(latido: Latido, damaged: Path, command: tuple[str, ...]) -> None:
    told = latido(*command)
    assert (told.status, told.err.count(SAID)) == (0, 1)
    assert damaged.exists()


def test_whom_it_cannot_find_by_name_may_be_in_what_is_damaged(
    latido: Latido, damaged: Path
) -> None:
    told = latido("forget", "Nadie")
    assert told.status == 2
    assert told.err == (
        "latido: Nobody called 'Nadie' is found, and not all live sessions can be read: give a "
        "user id; latido verify says what is damaged.\n"
    )
    assert latido("forget", STRANGER).status == 0
    assert not damaged.exists() or damaged.stat().st_size != 500


@pytest.mark.parametrize("command", ["sessions", "history", "verify", "export"])
@pytest.mark.parametrize("is_above", [False, True], ids=["the folder", "the one above it"])
def test_a_folder_that_may_not_be_read_is_not_said_to_be_empty(
    latido: Latido,
    data_dir: Path,
    command: str,
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_above: bool,
) -> None:
    def refuses(_path: object) -> NoReturn:
        raise PermissionError(13, "Permission denied")

    assert data_dir.is_dir()
    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", refuses)
        if is_above:
            patch.setattr(Path, "stat", refuses)
        told = latido(command)
    assert (told.status, told.out) == (2, "")
    assert told.err == (
        "latido: DATA_DIR data may not be read by this user: run the command as the user "
        "that the bot runs as.\n"
    )


@pytest.mark.parametrize(
    "arguments", [["sessions", "--data-dir", "data"], ["restore", "b.tar"], ["import", "b.tar"]]
)
def test_what_may_not_be_read_is_told_by_whoever_reads_it(
    latido: Latido, data_dir: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    """Here everything can be read after all."""
    assert data_dir.is_dir()
    assert latido("backup", "b.tar").status == 0
    monkeypatch.setattr(os, "access", lambda *_path_and_mode: False)
    assert "Invalid value" not in latido(*arguments).err


def test_the_doctor_says_that_it_may_not_look_there(
    latido: Latido, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(path: Path) -> NoReturn:
        raise PermissionError(13, "Permission denied", str(path))

    assert data_dir.is_dir()
    monkeypatch.setattr(os, "scandir", refuses)
    monkeypatch.setattr(Path, "exists", refuses)
    told = latido("doctor")
    assert told.status == 1
    assert "data may not be read by this user" in told.out


def test_a_name_that_no_folder_can_have_is_refused(latido: Latido) -> None:
    told = latido("history", "--data-dir", "a" * 300)
    assert told.status == 2
    assert "is not a folder: set DATA_DIR" in told.err
    told = latido("doctor", "--data-dir", "a" * 300)
    assert told.status == 1
    assert f"{'a' * 300} is not a folder\n" in told.out


def test_what_is_no_backup_is_not_restored_and_no_folder_is_made_for_it(
    latido: Latido, tmp_path: Path
) -> None:
    (tmp_path / "x.csv").write_text("a,b\n1,2\n" * 500)
    (tmp_path / "empty").touch()
    for given, problem in (
        ("nothere", "cannot be read (no such file or directory)"),
        (".", "cannot be read (not a file)"),
        ("x.csv", "is no backup of Latido's"),
        ("empty", "is no backup of Latido's"),
    ):
        told = latido("restore", given)
        assert told.status == 2
        assert told.err == f"latido: {given} {problem}: give a file that latido backup made.\n"
    assert not (tmp_path / "data").exists()


def test_what_cannot_be_imported_makes_no_folder(
    latido: Latido, data_dir: Path, tmp_path: Path
) -> None:
    assert latido("backup", "b.tar").status == 0
    (tmp_path / "b.jsonl").write_bytes((tmp_path / "b.tar").read_bytes())
    for name in ("b.tar", "b.jsonl"):
        told = latido("import", name, "--data-dir", "new")
        assert told.err == f"latido: {name} is a backup: put it back with latido restore.\n"
    (tmp_path / "README.md").write_text("# hello")
    (tmp_path / "x.csv").write_text("a,b\n")
    for name in ("README.md", "x.csv"):
        told = latido("import", name, "--data-dir", "new")
        assert told.status == 2
        assert told.err.startswith(f"latido: {name} cannot be read (")
        assert told.err.endswith(
            "give an active_sessions.json, or an export that ends in .jsonl, .csv or .parquet; of "
            "another name, say with --format which it is.\n"
        )
    assert data_dir.exists()
    assert not (tmp_path / "new").exists()


def test_what_is_advised_where_a_ledger_cannot_be_read_helps(
    latido: Latido, data_dir: Path
) -> None:
    assert latido("backup", "all").status == 0
    (data_dir / "latido.db").write_bytes(b"no ledger" * 1000)
    told = latido("history")
    assert told.status == 2
    advised = re.search(r"put a backup back with latido (restore) BACKUP (--replace)", told.err)
    assert advised, told.err
    assert latido(advised[1], "all", advised[2]).status == 0
    assert latido("history").out.count("\n") > 1


@pytest.mark.parametrize("command", ["export", "history", "verify"])
@pytest.mark.parametrize("whole", [0, 1], ids=["every page", "every page but the first"])
def test_of_a_ledger_torn_on_every_page_a_backup_comes_first_and_a_new_one_last(
    latido: Latido, data_dir: Path, command: str, whole: int
) -> None:
    """To move it away was advised as if that were as good: all history is gone then."""
    ledger = data_dir / "latido.db"
    torn = bytearray(ledger.read_bytes())
    for start in range(whole * PAGE, len(torn), PAGE):
        torn[start : start + 3 * PAGE // 4] = b"\xab" * (3 * PAGE // 4)
    ledger.write_bytes(torn)
    told = latido(command)
    assert told.status == (1 if command == "verify" else 2)
    said = told.out + told.err
    assert "save what can be read with latido export --output FILE, then put a backup back" in said
    assert "with latido restore BACKUP --replace, the bot stopped; only where there is none" in said
    assert "move it away: a new one is begun, without its history but for what was saved" in said


def test_a_folder_to_keep_things_in_is_made_with_those_above_it(tmp_path: Path) -> None:
    make_empty(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()
    (tmp_path / "a" / "file").touch()
    for name, problem in (("a", "it is not empty"), ("a/file", "file exists")):
        with pytest.raises(ArgumentError, match=rf"cannot be used to keep anything \({problem}\)"):
            make_empty(tmp_path / name)


def test_a_file_of_a_folder_that_nothing_depends_on_is_said_to_need_nothing(
    latido: Latido, data_dir: Path
) -> None:
    (data_dir / "observed_until.json").write_bytes(b"\x00")
    told = latido("verify")
    assert told.status == 1
    assert told.out.startswith("observed_until.json: data/observed_until.json cannot be read: ")
    assert told.out.endswith("and writes it anew; nothing need be done.\n")


def test_two_damaged_snapshots_are_one_thing_to_do(latido: Latido, damaged: Path) -> None:
    damaged.with_name(f"{damaged.name}.previous").write_bytes(b"{")
    ours, before = latido("verify").out.splitlines()
    assert "There is no other to use: put a backup back" in ours
    assert before.endswith(f"stand in for {damaged.name}: what helps there is all there is to do.")


@pytest.mark.parametrize("name", ["active_sessions.json", "observed_until.json"])
def test_nor_is_another_file_without_permission(
    latido: Latido, data_dir: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Whoever follows advice for a damaged file would restore over good data."""
    (data_dir / name).touch()
    may_be, read = os.access, OsDisk.read_in_pieces

    def reads(disk: OsDisk, path: Path) -> list[bytes]:
        if path.name == name:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return read(disk, path)

    monkeypatch.setattr(OsDisk, "read_in_pieces", reads)
    monkeypatch.setattr(
        "os.access", lambda path, how: Path(path).name != name and may_be(path, how)
    )
    told = latido("verify")
    assert told.status == 1
    [line] = [each for each in told.out.splitlines() if each.startswith(f"{name}: ")]
    assert "may not be read by this user: run the command as the user that the bot runs as" in line
    assert "restore" not in line
    assert "nothing need be done" not in line


def test_a_ledger_without_permission_is_not_said_to_be_lost(
    latido: Latido, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_path: object, **_how: object) -> NoReturn:
        raise sqlite3.OperationalError("unable to open database file")

    assert data_dir.is_dir()
    access = os.access
    monkeypatch.setattr(
        os, "access", lambda path, how: not str(path).endswith(".db") and access(path, how)
    )
    monkeypatch.setattr(sqlite3, "connect", refused)
    told = latido("history")
    assert told.status == 2
    assert told.err == (
        "latido: data/latido.db may not be read by this user: run the command as the user that the "
        "bot runs as, or repair access to it; what it holds is untouched.\n"
    )


@pytest.mark.usefixtures("data_dir")
def test_a_backup_that_is_cut_short_is_said_to_be_and_leaves_no_folder(
    latido: Latido, tmp_path: Path
) -> None:
    assert latido("backup", "b.tar").status == 0
    whole = (tmp_path / "b.tar").read_bytes()
    for size in (3000, len(whole) // 2):
        (tmp_path / "cut.tar").write_bytes(whole[:size])
        told = latido("restore", "cut.tar", "--data-dir", "above/new")
        assert told.status == 2
        assert told.err == "latido: cut.tar is cut short or damaged: choose another backup.\n"
        assert not (tmp_path / "above").exists()


@pytest.mark.parametrize("output", [(), ("--output", "saved.jsonl")])
def test_an_export_goes_on_behind_damaged_pages_and_counts_what_is_lost(
    latido: Latido, data_dir: Path, output: tuple[str, ...]
) -> None:
    """What is to be saved from a damaged ledger: before, not even a file was left."""
    with DataDir(data_dir) as opened:
        opened.ledger.append_now(
            record(f"v{number}", started_at=START + number * HOUR) for number in range(10, 210)
        )
    ledger = data_dir / "latido.db"
    whole = latido("export")
    assert whole.status == 0
    ids = {json.loads(line)["id"] for line in whole.out.splitlines()}
    torn = bytearray(ledger.read_bytes())
    middle = torn.index(b"v100voice") // PAGE
    torn[middle * PAGE : (middle + 1) * PAGE] = bytes(PAGE)
    ledger.write_bytes(torn)
    told = latido("export", *output)
    written = (data_dir.parent / "saved.jsonl").read_text("utf-8") if output else told.out
    saved = [json.loads(line)["id"] for line in written.splitlines()]
    assert len(saved) == len(set(saved))
    assert {"v10", "v209"} <= set(saved) < ids
    assert told.status == 1
    assert told.err == (
        f"Sessions written: {len(saved)}.\n"
        "latido: ⚠️ data/latido.db is damaged (database disk image is malformed): "
        f"{len(ids) - len(saved)} sessions in it cannot be read; all others are there, and latido "
        "verify says what to do\n"
    )


def test_an_export_of_a_ledger_with_a_damaged_index_has_everything(
    latido: Latido, data_dir: Path
) -> None:
    whole = latido("export")
    ledger = data_dir / "latido.db"
    with closing(sqlite3.connect(ledger)) as connection:
        query = "SELECT rootpage FROM sqlite_schema WHERE name = 'records_by_end'"
        (page,) = connection.execute(query).fetchone()
    torn = bytearray(ledger.read_bytes())
    torn[(page - 1) * PAGE : page * PAGE] = bytes(PAGE)
    ledger.write_bytes(torn)
    told = latido("export")
    assert (told.status, sorted(told.out)) == (0, sorted(whole.out))
    assert "all sessions are there all the same" in told.err
    assert latido("history").status == 2


def test_what_the_ledger_has_refused_is_in_all_that_tells_of_ended_sessions(
    latido: Latido, data_dir: Path
) -> None:
    """Above all in what is written about somebody who asks for it."""
    somebody = 555_000_000_000_000_555
    with DataDir(data_dir) as opened:
        opened.waiting.put([record("waits", user_id=somebody)])
    mine = latido("export", "--user", str(somebody), "--format", "jsonl")
    assert mine.status == 0
    [row] = [json.loads(line) for line in mine.out.splitlines()]
    assert row["id"] == "waits"
    everything = latido("export", "--format", "jsonl").out
    assert '"waits"' in everything
    for command in ("history", "totals"):
        told = latido(command, "--user", str(somebody), "--json")
        assert told.status == 0
        assert len(told.out.splitlines()) >= 1
    path = data_dir / "waiting_records.jsonl"
    path.write_bytes(b"x" + path.read_bytes()[1:])
    told = latido("history")
    assert told.status == 1
    assert "waiting_records.jsonl, line 1" in told.err
