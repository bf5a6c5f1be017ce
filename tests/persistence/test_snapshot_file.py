"""Snapshots that are broken, newer, or not ours."""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from machines import LiveState, VoiceSession, from_datetime
from persistence import NewerSchemaError, SnapshotStore, UnreadableError, read_live
from persistence.disk import OsDisk
from persistence.snapshot_file import SNAPSHOT_NAME, read_snapshot
from tests.persistence.examples import GUILD, HOUR, START, game, voice

SAMPLES = Path(__file__).parent / "samples"
NOW = from_datetime(datetime(2025, 12, 29, 23, tzinfo=UTC))
KEPT = "active_sessions.json.unreadable-20251229T230000Z"

BROKEN = {
    "empty": b"",
    "cut": b'{"schema": 1, "voice_sess',
    "no JSON": b"\x89PNG\r\n\x1a\n",
    "another encoding": '{"schema": 1, "last_updated": "señal"}'.encode("utf-16"),
    "a list": b"[1, 2]",
    "another program's": b'{"theme": "dark"}',
    "deep": b'{"schema":' + b"[" * 100_000,
    "a schema that is no number": b'{"schema": "one"}',
    "a schema that never was": b'{"schema": -1, "voice_sessions": {}}',
    "a time that is none": b'{"schema": 1, "last_updated": "yesterday"}',
    "sections of another kind": b'{"schema": 1, "last_updated": "2025-12-29T23:00:00Z",'
    b' "voice_sessions": []}',
}


def a_store(folder: Path) -> SnapshotStore:
    return SnapshotStore(folder, now=lambda: NOW)


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN.keys())
def test_what_cannot_be_read_is_set_aside_byte_for_byte(tmp_path: Path, data: bytes) -> None:
    (tmp_path / SNAPSHOT_NAME).write_bytes(data)
    back = a_store(tmp_path).load()
    assert not back.state.sessions
    assert [warning.key for warning in back.warnings] == ["storage.unreadable"]
    assert back.warnings[0].values["kept_as"] == KEPT
    assert (tmp_path / KEPT).read_bytes() == data
    assert a_store(tmp_path).load().warnings == []


def test_what_is_set_aside_is_never_overwritten(tmp_path: Path) -> None:
    for content in (b"one", b"two"):
        (tmp_path / SNAPSHOT_NAME).write_bytes(content)
        a_store(tmp_path).load()
    assert (tmp_path / KEPT).read_bytes() == b"one"
    assert (tmp_path / f"{KEPT}-2").read_bytes() == b"two"


def test_the_file_before_stands_in(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    store.put(voice())
    store.flush_now()
    store.put(game())
    store.flush_now()
    before = (tmp_path / "active_sessions.json.previous").read_bytes()
    (tmp_path / SNAPSHOT_NAME).write_bytes(b"{")
    back = a_store(tmp_path).load()
    assert (tmp_path / "active_sessions.json.previous").read_bytes() == before
    assert [session.id for session in back.state.sessions] == ["v1"]
    assert [warning.key for warning in back.warnings] == ["storage.unreadable", "storage.previous"]
    assert (tmp_path / KEPT).read_bytes() == b"{"
    again = a_store(tmp_path).load()
    assert [session.id for session in again.state.sessions] == ["v1"]
    assert again.warnings == []


def test_the_file_before_stands_in_for_one_that_was_taken_away(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    store.put(voice())
    store.flush_now()
    store.put(game())
    store.flush_now()
    before = (tmp_path / "active_sessions.json.previous").read_bytes()
    (tmp_path / SNAPSHOT_NAME).unlink()
    back = a_store(tmp_path).load()
    assert [session.id for session in back.state.sessions] == ["v1"]
    assert [warning.key for warning in back.warnings] == ["storage.missing"]
    assert (tmp_path / "active_sessions.json.previous").read_bytes() == before
    again = a_store(tmp_path).load()
    assert [session.id for session in again.state.sessions] == ["v1"]
    assert again.warnings == []


def test_where_the_file_before_cannot_be_read_either_it_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / "active_sessions.json.previous").write_bytes(b"{")
    back = a_store(tmp_path).load()
    assert not back.state.sessions
    assert [warning.key for warning in back.warnings] == ["storage.unreadable"]
    assert (tmp_path / "active_sessions.json.previous.unreadable-20251229T230000Z").exists()
    assert a_store(tmp_path).load().warnings == []


def test_a_folder_in_its_place_is_moved_aside(tmp_path: Path) -> None:
    (tmp_path / SNAPSHOT_NAME).mkdir()
    (tmp_path / SNAPSHOT_NAME / "inside").write_bytes(b"kept")
    back = a_store(tmp_path).load()
    assert [warning.key for warning in back.warnings] == ["storage.unreadable"]
    assert (tmp_path / KEPT / "inside").read_bytes() == b"kept"


def test_a_broken_entry_comes_from_the_file_before_and_the_rest_from_this_one(
    tmp_path: Path,
) -> None:
    store = a_store(tmp_path)
    store.put(voice())
    store.flush_now()
    store.put(game())
    store.flush_now()
    path = tmp_path / SNAPSHOT_NAME
    path.write_bytes(path.read_bytes().replace(b"987654321", b'"here"'))
    damaged = path.read_bytes()
    back = a_store(tmp_path).load()
    assert {session.id for session in back.state.sessions} == {"v1", "g1"}
    assert "voice_sessions.v1 cannot be read" in back.warnings[0].message
    assert (tmp_path / KEPT).read_bytes() == damaged


def test_whoever_was_let_go_of_does_not_come_back_with_the_file_before(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    store.put(voice())
    store.put(game())
    store.flush_now()
    store.replace(LiveState(sessions=[voice()]))
    store.flush_now()
    path = tmp_path / SNAPSHOT_NAME
    path.write_bytes(path.read_bytes().replace(b"987654321", b'"here"'))
    assert [session.id for session in a_store(tmp_path).load().state.sessions] == ["v1"]


def test_a_broken_entry_takes_nothing_with_it_where_the_file_before_is_newer(
    tmp_path: Path,
) -> None:
    shutil.copy(SAMPLES / "schema_2.json", tmp_path / SNAPSHOT_NAME)
    path = tmp_path / SNAPSHOT_NAME
    path.write_bytes(path.read_bytes().replace(b"987654321", b'"here"'))
    (tmp_path / "active_sessions.json.previous").write_bytes(b'{"schema": 3}')
    assert [session.id for session in read_live(tmp_path).state.sessions] == ["g1", "p1"]


def test_broken_guilds_and_cooldowns_are_named(tmp_path: Path) -> None:
    (tmp_path / SNAPSHOT_NAME).write_bytes(
        b'{"schema": 1, "last_updated": "2025-12-29T23:00:00Z", "guilds": {"x": {}, "1": {}},'
        b' "cooldowns": [{"guild_id": 1}]}'
    )
    back = a_store(tmp_path).load()
    assert [watch.guild_id for watch in back.state.guilds] == [1]
    assert [warning.values["entry"] for warning in back.warnings] == ["guilds.x", "cooldowns.0"]


@pytest.mark.parametrize("number", ["-1", "9223372036854775808", "1e400", "1" * 5000])
def test_an_impossible_number_breaks_its_entry_alone(tmp_path: Path, number: str) -> None:
    text = (SAMPLES / "schema_1.json").read_text(encoding="utf-8")
    (tmp_path / SNAPSHOT_NAME).write_text(
        text.replace('"channel_id":987654321', f'"channel_id":{number}'), encoding="utf-8"
    )
    back = a_store(tmp_path).load()
    assert [session.id for session in back.state.sessions] == ["g1", "p1"]


def test_a_newer_schema_is_refused_and_untouched(tmp_path: Path) -> None:
    data = b'{"schema": 3, "voice_sessions": [["new"]]}'
    (tmp_path / SNAPSHOT_NAME).write_bytes(data)
    with pytest.raises(NewerSchemaError, match=r"schema 3 .* up to 2: install the newer version"):
        a_store(tmp_path).load()
    assert [path.name for path in tmp_path.iterdir()] == [SNAPSHOT_NAME]
    assert (tmp_path / SNAPSHOT_NAME).read_bytes() == data


def test_a_missing_file_is_unreadable_to_whoever_asks_for_it(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="no such file"):
        read_snapshot(OsDisk(), tmp_path / "nothing.json", None)


def test_schema_1_is_read_as_it_was_written_for_ever(tmp_path: Path) -> None:
    shutil.copy(SAMPLES / "schema_1.json", tmp_path / SNAPSHOT_NAME)
    state = a_store(tmp_path).load().state
    voice_session = state.sessions[0]
    assert isinstance(voice_session, VoiceSession)
    assert voice_session.state == "recovered"
    assert voice_session.absent_since == START + HOUR - 1_000_000
    assert voice_session.deadline is not None
    assert voice_session.deadline.trigger == "end"
    assert [session.kind for session in state.sessions] == ["voice", "game", "party"]
    assert [watch.guild_id for watch in state.guilds] == [GUILD]
    assert [held.subject for held in state.cooldowns] == [123456789]


def test_schema_2_is_read_as_it_was_written_for_ever(tmp_path: Path) -> None:
    shutil.copy(SAMPLES / "schema_2.json", tmp_path / SNAPSHOT_NAME)
    shutil.copy(SAMPLES / "schema_2.journal", tmp_path / "active_sessions.journal")
    back = a_store(tmp_path).load()
    assert back.warnings == []
    assert back.migrated_from is None
    assert {session.id for session in back.state.sessions} == {"v1", "p1", "v9"}
    assert [watch.guild_id for watch in back.state.guilds] == [GUILD, 7]


def test_what_is_written_today_is_the_frozen_sample(tmp_path: Path) -> None:
    shutil.copy(SAMPLES / "schema_1.json", tmp_path / SNAPSHOT_NAME)
    store = SnapshotStore(tmp_path, now=lambda: START + HOUR)
    assert store.load().migrated_from == 1
    written = json.loads((tmp_path / SNAPSHOT_NAME).read_bytes())
    frozen = json.loads((SAMPLES / "schema_2.json").read_bytes())
    for name in ("edition", "after"):
        del written[name], frozen[name]
    assert written == frozen


def test_looking_at_a_broken_file_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / SNAPSHOT_NAME).write_bytes(b"{")
    assert [warning.key for warning in read_live(tmp_path).warnings] == ["storage.damaged"]
    assert [path.name for path in tmp_path.iterdir()] == [SNAPSHOT_NAME]


@given(st.data())
def test_any_damage_gives_a_restore_or_the_documented_error(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    good = (SAMPLES / "schema_1.json").read_bytes()
    at = data.draw(st.integers(0, len(good)))
    bad = data.draw(
        st.sampled_from(
            [good[:at], good[:at] + b"\x00" + good[at + 1 :], good[:at] + b'"' + good[at:]]
        )
    )
    path = tmp_path_factory.mktemp("damaged") / SNAPSHOT_NAME
    path.write_bytes(bad)
    with suppress(UnreadableError, NewerSchemaError):
        reading = read_snapshot(OsDisk(), path, None)
        assert len(reading.state.sessions) + len(reading.broken) <= 6


class Remembering(OsDisk):
    """Remembers the pieces in which files were read, and how long each was."""

    def __init__(self) -> None:
        self.held: list[list[bytes]] = []
        self.sizes: list[list[int]] = []

    def read_in_pieces(self, path: Path) -> list[bytes]:
        pieces = super().read_in_pieces(path)
        self.held.append(pieces)
        self.sizes.append([len(piece) for piece in pieces])
        return pieces


def test_a_large_file_is_read_in_pieces_and_let_go_of_piece_by_piece(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    for number in range(200):
        store.put(game(f"v{number}", username="x" * 20_000))
    store.flush_now()
    disk = Remembering()
    reading = read_snapshot(disk, tmp_path / SNAPSHOT_NAME, None)
    assert len(reading.state.sessions) == 200
    sizes = max(disk.sizes, key=sum)
    assert sum(sizes) == (tmp_path / SNAPSHOT_NAME).stat().st_size
    assert len(sizes) > 3
    assert max(sizes) <= 1024 * 1024
    assert disk.held == [[]] * len(disk.held)
