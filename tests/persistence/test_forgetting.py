"""Forgetting a person leaves nothing of them, and everything of the others."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

import msgspec
import pytest

from machines import Cooldown, PartySession, timeline_of
from persistence import (
    DataDir,
    HistoryFilter,
    LedgerReader,
    OptOuts,
    UnreadableError,
    back_up,
    forget,
    live_files,
    read_live,
    restore_backup,
)
from persistence.forgetting import forget_in_copies
from persistence.iso_time import wall_clock
from tests.persistence.examples import GUILD, HOUR, START, game, party, party_record, record, voice

if TYPE_CHECKING:
    from machines import AnySession, Record

LEAVER = 712345678901234567
NAME = "Zeta la que se va"
LONG_AFTER = START + 1_000_000 * HOUR
"""A cooldown that is over would be in no file, forgotten or not."""

MARKS = [str(LEAVER).encode(), LEAVER.to_bytes(8), NAME.encode()]


def theirs(thing: PartySession | Record) -> None:
    """Let the third player be the one who leaves."""
    first, second, third = thing.players
    leaver = msgspec.structs.replace(third, user_id=LEAVER, username=NAME)
    thing.players = type(thing.players)((first, second, leaver))  # a list, or a tuple


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a DATA_DIR in which somebody is everywhere."""
    monkeypatch.setattr(live_files, "SMALL", 0)
    folder = tmp_path / "data"
    with DataDir(folder, now=lambda: START) as data_dir:
        records = [
            record(f"r{number}", user_id=LEAVER if number % 5 == 0 else number)
            for number in range(400)
        ]
        for each in records:
            if each.user_id == LEAVER:
                each.username = NAME
        parties = [party_record(f"p{number}") for number in range(20)]
        for each in parties:
            theirs(each)
        data_dir.ledger.append_now([*records, *parties])
        mine, together = (
            voice("mine", user_id=LEAVER),
            party("live party", started_at=START + 3 * HOUR),
        )
        mine.username = NAME
        theirs(together)
        live: list[AnySession] = [mine, game("other", user_id=2), together]
        for session in live:
            data_dir.live.put(session)
            data_dir.live.flush_now()
        data_dir.live.cool(Cooldown(GUILD, "voice", LEAVER, LONG_AFTER))
        data_dir.live.flush_now()
    (folder / "active_sessions.json.unreadable-20250101T000000Z").write_bytes(
        b'{"voice_sessions": {"%d": {' % LEAVER
    )
    (folder / "latido.db.unreadable-20250101T000000Z").write_bytes(
        (folder / "latido.db").read_bytes()[:9000] + LEAVER.to_bytes(8)
    )
    (folder / "notes.txt").write_bytes(b"somebody else's")
    back_up(folder, folder / "backup.tar")
    return folder


def traces(folder: Path) -> list[str]:
    return [
        path.name
        for path in folder.rglob("*")
        if path.is_file() and any(mark in path.read_bytes() for mark in MARKS)
    ]


def test_no_byte_of_the_person_is_left(folder: Path, tmp_path: Path) -> None:
    assert len(traces(folder)) >= 5
    with DataDir.open(folder) as data_dir:
        told = forget(data_dir, LEAVER)
        assert traces(folder) == ["opted_out.json"]  # for a week, from when on they count
        data_dir.opt_outs.let_go(wall_clock() + 1)
    assert traces(folder) == []
    assert (told.records, told.parties, told.sessions) == (80, 21, 1)
    assert told.cleaned == ["backup.tar"]
    assert len(told.removed) == 2
    assert (folder / "notes.txt").exists()
    for place in (folder, tmp_path / "restored"):
        if place != folder:
            restore_backup(place, folder / "backup.tar")
        assert len(list(LedgerReader(place).history(HistoryFilter()))) == 340
        assert {session.id for session in read_live(place).state.sessions} == {
            "other",
            "live party",
        }
        [live] = [each for each in read_live(place).state.sessions if each.id == "live party"]
        assert isinstance(live, PartySession)
        assert [each.user_id for each in live.players] == [1, 2, -1]
        assert [each.user_id for each in live.named] == [1, 2]
        was = party("live party", started_at=START + 3 * HOUR)
        assert timeline_of(live, START + 6 * HOUR) == timeline_of(was, START + 6 * HOUR)
        assert LedgerReader(place).daily_totals(LEAVER, "UTC") == []
        assert LedgerReader(place).people_named(NAME) == {}
        assert [
            len(found.players) for found in LedgerReader(place).history(HistoryFilter(kind="party"))
        ] == [2] * 20


@pytest.mark.parametrize("sessions", [300, 310, 320])
@pytest.mark.parametrize("where", ["in use", "in a copy"])
def test_no_byte_is_left_where_rows_were_shared_out_anew_between_pages(
    tmp_path: Path, sessions: int, where: str
) -> None:
    """SQLite overwrites what is deleted, and not what it has moved."""
    folder = tmp_path if where == "in use" else tmp_path / "before-restore-x"
    ids = [LEAVER if number % 5 == 0 else LEAVER + number for number in range(sessions)]
    with DataDir(folder, now=lambda: START) as data_dir:
        data_dir.ledger.append_now(
            record(f"{number}", user_id=user_id, started_at=START + number)
            for number, user_id in enumerate(ids)
        )
    with DataDir(tmp_path, now=lambda: START) as data_dir:
        forget(data_dir, LEAVER)
    assert traces(tmp_path) == ["opted_out.json"]
    ledger = LedgerReader(folder)
    assert len(list(ledger.history(HistoryFilter()))) == sessions * 4 // 5
    assert ledger.damage() is None


def test_days_that_are_not_counted_yet_are_so_before_the_file_is_written_anew(
    tmp_path: Path,
) -> None:
    """Up to where they are is told by the number of a row, which may be another one then."""
    with DataDir(tmp_path, now=lambda: START) as data_dir:
        data_dir.ledger.append_now(
            record(f"{number}", user_id=LEAVER if number % 5 == 0 else LEAVER + number)
            for number in range(300)
        )
    with DataDir(tmp_path, now=lambda: START, timezone="Asia/Tokyo") as data_dir:
        assert data_dir.ledger.count_step()
        forget(data_dir, LEAVER)
        assert not data_dir.ledger.count_step()


def test_beside_open_readers_nothing_is_left_either(folder: Path) -> None:
    with DataDir.open(folder) as data_dir:
        data_dir.restore()
        data_dir.ledger.append_now([record("late", user_id=LEAVER)])
        forget(data_dir, LEAVER)
        data_dir.opt_outs.forget(LEAVER)
        assert traces(folder) == []
        data_dir.ledger.append_now([record("again", started_at=START + 30 * HOUR)])
    assert traces(folder) == []


def test_forgetting_twice_or_somebody_unknown_removes_nothing(folder: Path) -> None:
    with DataDir.open(folder) as data_dir:
        forget(data_dir, LEAVER)
        again = forget(data_dir, LEAVER)
        unknown = forget(data_dir, 999_999_999_999_999_999)
    for told in (again, unknown):
        assert told == (0, 0, 0, [], [], ())


def test_the_ids_and_names_in_the_file_are_those_of_the_others(tmp_path: Path) -> None:
    with DataDir(tmp_path, now=lambda: START) as data_dir:
        data_dir.live.put(party())
        data_dir.live.flush_now()
        forget(data_dir, 1)
    snapshot = json.loads((tmp_path / "active_sessions.json").read_bytes())
    [entry] = snapshot["party_sessions"].values()
    assert (entry["player_ids"], entry["player_names"]) == (["2", "3"], ["agu", "Zeta"])


def test_with_its_last_player_a_live_party_goes_as_well(tmp_path: Path) -> None:
    with DataDir(tmp_path, now=lambda: START) as data_dir:
        data_dir.live.put(party())
        data_dir.live.flush_now()
        for user_id, parties in ((1, 1), (2, 1), (3, 1), (3, 0)):
            assert forget(data_dir, user_id).parties == parties
        assert data_dir.restore().state.sessions == []


def test_a_party_of_whom_all_were_forgotten_is_neither_restored_nor_held(tmp_path: Path) -> None:
    nameless = party()
    for place, player in enumerate(nameless.players):
        gone = msgspec.structs.replace(player, user_id=-1 - place, username="")
        nameless.players[place] = gone
    with DataDir(tmp_path) as data_dir:
        data_dir.live.put(nameless)
        data_dir.live.put(voice())
        data_dir.live.flush_now()
    with DataDir(tmp_path) as data_dir:
        assert [each.id for each in data_dir.restore().state.sessions] == ["v1"]
        assert data_dir.live.count == 1


def test_whoever_opted_out_is_restored_to_be_written_down(folder: Path) -> None:
    """What counted before is theirs; who tracks closes it, and says so."""
    everything = {"mine", "other", "live party"}
    with DataDir.open(folder) as data_dir:
        data_dir.opt_outs.add(LEAVER)
        assert {session.id for session in data_dir.restore().state.sessions} == everything
    assert {session.id for session in read_live(folder).state.sessions} == everything


def test_forgetting_whoever_opted_out_says_what_there_was(folder: Path) -> None:
    with DataDir.open(folder) as data_dir:
        data_dir.opt_outs.add(LEAVER)
        told = forget(data_dir, LEAVER)
    assert (told.records, told.sessions, told.parties) == (80, 1, 21)
    assert traces(folder) == ["opted_out.json"]


def test_opting_out_is_durable_and_can_be_undone(tmp_path: Path) -> None:
    opt_outs = OptOuts(tmp_path)
    assert [opt_outs.add(5), opt_outs.add(5), opt_outs.add(6)] == [True, False, True]
    assert OptOuts(tmp_path).user_ids == {5, 6}
    assert (tmp_path / "opted_out.json").stat().st_mode & 0o777 == 0o600
    assert [opt_outs.remove(5), opt_outs.remove(5)] == [True, False]
    assert OptOuts(tmp_path).user_ids == {6}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b'{"user_ids": ["x"]}',
        b'{"user_ids": [-1]}',
        b'{"user_ids": [], "counting_since": {"7": "soon"}}',
        b'{"user_ids": [], "counting_since": {"7": "0001-01-01T00:00:00+14:00"}}',
        b'{"user_ids": [], "counting_since": {"-7": "2025-12-29T22:30:00Z"}}',
    ],
)
def test_a_list_that_cannot_be_read_stops_the_start(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "opted_out.json").write_bytes(data)
    with pytest.raises(UnreadableError, match=r"opted_out\.json cannot be read"):
        DataDir.open(tmp_path)
    assert (tmp_path / "opted_out.json").read_bytes() == data
    (tmp_path / "opted_out.json").unlink()
    DataDir.open(tmp_path).close()


def test_a_file_that_is_gone_meanwhile_holds_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A snapshot that is being written has another name until it is in its place."""
    written, is_file = tmp_path / "active_sessions.json.new", Path.is_file
    written.write_bytes(b"{}")

    def is_there_until_then(path: Path) -> bool:
        was_there = is_file(path)
        written.unlink(missing_ok=True)
        return was_there

    monkeypatch.setattr(Path, "is_file", is_there_until_then)
    assert forget_in_copies(tmp_path, LEAVER, set()) == ([], [])


def test_what_the_bot_writes_while_it_forgets_a_person_stays(tmp_path: Path) -> None:
    """Earlier versions of the snapshot are gone by then; whoever stays has a new session in it."""
    for name in ("active_sessions.json", "active_sessions.json.new"):
        (tmp_path / name).write_bytes(MARKS[0])
    assert forget_in_copies(tmp_path, LEAVER, set()) == ([], [])
    assert len(list(tmp_path.iterdir())) == 2
    (tmp_path / "active_sessions.json").unlink()
    assert forget_in_copies(tmp_path, LEAVER, set()) == ([], ["active_sessions.json.new"])


@pytest.mark.parametrize("mark", [b"%d" % LEAVER, LEAVER.to_bytes(8), "Pinó".encode()])
@pytest.mark.parametrize("before", [0, 64 * 1024 - 9, 64 * 1024 - 1, 200_000])
def test_wherever_a_file_holds_somebody_they_are_found(
    tmp_path: Path, mark: bytes, before: int
) -> None:
    (tmp_path / "old").write_bytes(b"." * before + mark + b"." * 100_000)
    (tmp_path / "other").write_bytes(b"." * before + b"%d1" % LEAVER + b"." * 100_000)
    assert forget_in_copies(tmp_path, LEAVER, {"Pinó", "Otra"}) == ([], ["old"])


def test_a_name_that_no_file_can_hold_is_found_as_files_hold_it(tmp_path: Path) -> None:
    (tmp_path / "old").write_bytes(b'{"username": "Pino ?"}')
    assert forget_in_copies(tmp_path, LEAVER, {"Pino \ud83d"}) == ([], ["old"])


def test_what_is_not_there_is_looked_for_without_an_expression(tmp_path: Path) -> None:
    """One that looks for all at once takes tens of milliseconds a megabyte, in one call."""
    (tmp_path / "old").write_bytes(b"%d." % (LEAVER + 1) * 100_000)
    with mock.patch("re.search", wraps=re.search) as search:
        assert forget_in_copies(tmp_path, LEAVER, {"Pinó", "Otra"}) == ([], [])
    assert not search.called
