"""The journal: a change costs one line, and no damage to it takes the rest along."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from machines import Cooldown, GuildWatch, LiveState, VoiceSession
from persistence import (
    NewerSchemaError,
    SnapshotStore,
    SnapshotWriteError,
    live_files,
    read_live,
)
from persistence.disk import OsDisk
from persistence.journal import EntryChange, encode_change, encode_header, read_journal
from persistence.snapshot_file import SNAPSHOT_NAME, journal_of
from tests.how_often import examples
from tests.persistence.examples import GUILD, HOUR, PINO, START, fields, game, voice
from tests.persistence.recording_disk import RecordingDisk
from tests.strategies import live_states

if TYPE_CHECKING:
    from pathlib import Path

JOURNAL = "active_sessions.journal"
CHANNELS = ["General", "Música", "AFK", "Sala 1", "Sala 2"]


@pytest.fixture(autouse=True)
def nothing_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_files, "SMALL", 0)


def a_store(folder: Path, disk: OsDisk | None = None) -> SnapshotStore:
    return SnapshotStore(folder, disk=disk, now=lambda: START)


def in_channels(folder: Path) -> dict[str, str]:
    sessions = read_live(folder).state.sessions
    return {s.id: s.channel_name for s in sessions if isinstance(s, VoiceSession)}


def move(store: SnapshotStore, session_id: str, channel: str) -> None:
    session = voice(session_id, user_id=int(session_id[1:]))
    session.channel_name = channel
    store.put(session)
    store.flush_now()


@pytest.fixture
def moved(tmp_path: Path) -> Path:
    """Return a folder with a snapshot of two, and a journal of five moves of the first."""
    store = a_store(tmp_path)
    store.put(voice("v1", user_id=1))
    store.put(voice("v2", user_id=2))
    store.flush_now()
    for channel in CHANNELS:
        move(store, "v1", channel)
    store.close()
    return tmp_path


def test_a_change_is_one_line_and_the_snapshot_is_left_alone(tmp_path: Path) -> None:
    disk = RecordingDisk()
    store = a_store(tmp_path, disk)
    store.put(voice())
    store.flush_now()
    snapshot = (tmp_path / SNAPSHOT_NAME).read_bytes()
    store.put(game())
    store.flush_now()
    disk.log.clear()
    store.discard("g1")
    store.flush_now()
    assert disk.log == [f"write {JOURNAL}", f"sync {JOURNAL}"]
    assert (tmp_path / SNAPSHOT_NAME).read_bytes() == snapshot
    header, put, gone = map(json.loads, (tmp_path / JOURNAL).read_text("utf-8").splitlines())
    assert header[1] == put[1] == gone[1] == json.loads(snapshot)["edition"]
    assert put[3]["section"] == "game_sessions"
    assert gone[2:] == [2, {"section": "game_sessions", "key": "g1"}]


@settings(max_examples=examples(100), deadline=None)
@given(live_states(), live_states())
def test_snapshot_and_journal_are_the_state(
    tmp_path_factory: pytest.TempPathFactory, before: LiveState, after: LiveState
) -> None:
    folder = tmp_path_factory.mktemp("both")
    store = a_store(folder)
    store.replace(before)
    store.flush_now()
    for session in before.sessions:
        store.discard(session.id)
    for watch in before.guilds:
        store.unwatch(watch.guild_id)
    for session in after.sessions:
        store.put(session)
    for watch in after.guilds:
        store.watch(watch)
    for cooldown in after.cooldowns:
        store.cool(cooldown)
    store.flush_now()
    looked = read_live(folder)
    back = SnapshotStore(folder).load()
    for found in (looked, back):
        assert found.warnings == []
        by_id = {session.id: fields(session) for session in after.sessions}
        assert {session.id: fields(session) for session in found.state.sessions} == by_id
        guilds = {watch.guild_id: fields(watch) for watch in after.guilds}
        assert {watch.guild_id: fields(watch) for watch in found.state.guilds} == guilds
        running = {cooldown for cooldown in after.cooldowns if cooldown.until > START}
        assert running <= {*found.state.cooldowns}


def test_a_start_makes_one_snapshot_of_both(moved: Path) -> None:
    store = a_store(moved)
    store.load()
    held = json.loads((moved / SNAPSHOT_NAME).read_bytes())
    assert held["voice_sessions"]["v1"]["channel_name"] == CHANNELS[-1]
    assert not (moved / JOURNAL).exists()
    move(store, "v2", "Música")
    assert in_channels(moved) == {"v1": CHANNELS[-1], "v2": "Música"}


def test_many_changes_are_written_in_pieces_and_a_disk_that_fills_up_amidst_loses_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk, written = RecordingDisk(), 0
    store = SnapshotStore(tmp_path, disk=disk)
    people = [voice(f"v{number}", user_id=number) for number in range(1_000)]
    store.replace(LiveState(sessions=[*people]))
    store.flush_now()
    note = RecordingDisk.note

    def noted(self: RecordingDisk, step: str, *paths: Path) -> None:
        nonlocal written
        note(self, step, *paths)
        written += step == "write"
        disk.full = written > 2

    monkeypatch.setattr(RecordingDisk, "note", noted)
    for session in people:
        session.channel_name = "Sala nueva"
        store.put(session)
    with pytest.raises(SnapshotWriteError):
        store.flush_now()
    assert written == 3  # the header, and two pieces
    monkeypatch.undo()
    disk.full = False
    store.flush_now()
    store.close()
    back = SnapshotStore(tmp_path).load().state.sessions
    names = [each.channel_name for each in back if isinstance(each, VoiceSession)]
    assert names == ["Sala nueva"] * len(people)


def test_a_journal_that_has_outgrown_its_snapshot_becomes_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_files, "_LEAST_JOURNAL", 2000)
    store = a_store(tmp_path)
    sizes = []
    for number in range(50):
        move(store, "v1", f"Sala {number}")
        journal = tmp_path / JOURNAL
        sizes.append(journal.stat().st_size if journal.exists() else 0)
    assert max(sizes) < 3000
    assert sizes.count(0) > 3
    assert in_channels(tmp_path) == {"v1": "Sala 49"}


def test_a_check_brings_the_snapshot_up_to_date(moved: Path) -> None:
    store = a_store(moved)
    state = store.load().state
    move(store, "v2", "Música")
    store.replace(state)
    store.flush_now()
    held = json.loads((moved / SNAPSHOT_NAME).read_bytes())
    assert held["voice_sessions"]["v2"]["channel_name"] == "General"
    assert not (moved / JOURNAL).exists()


def test_cut_anywhere_it_says_what_was_durable_by_then(moved: Path) -> None:
    whole = (moved / JOURNAL).read_bytes()
    for length in range(len(whole)):
        (moved / JOURNAL).write_bytes(whole[:length])
        said = max(0, whole[:length].count(b"\n") - 1)
        found = read_live(moved)
        assert found.warnings == []
        assert in_channels(moved) == {"v1": (["General", *CHANNELS])[said], "v2": "General"}


@settings(max_examples=examples(300), deadline=None)
@given(st.data())
def test_a_flipped_bit_costs_one_change_and_is_told(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    lines = [encode_header("edition", None)]
    lines += [
        b"".join(
            encode_change("edition", number, EntryChange("guilds", str(number), b"{}"), [b"{}"])
        )
        for number in range(1, 8)
    ]
    whole = bytearray(b"".join(lines))
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= 1 << data.draw(st.integers(0, 7))
    path = tmp_path_factory.mktemp("flipped") / JOURNAL
    path.write_bytes(whole)
    reading = read_journal(OsDisk(), path)
    assert len(reading.changes) >= 5
    assert {change.key for change in reading.changes} < set("1234567") or at < len(lines[0])
    assert reading.broken or at == len(whole) - 1


def test_a_damaged_line_is_kept_aside_and_the_others_count(moved: Path) -> None:
    lines = (moved / JOURNAL).read_bytes().splitlines(keepends=True)
    lines[-1] = lines[-1].replace(b"Sala 2", b"Sala 3")
    damaged = b"".join(lines)
    (moved / JOURNAL).write_bytes(damaged)
    assert in_channels(moved)["v1"] == "Sala 1"
    (warning,) = a_store(moved).load().warnings
    assert warning.key == "storage.entry"
    assert "line.6 cannot be read: its checksum does not fit" in warning.message
    assert (moved / str(warning.values["kept_as"])).read_bytes() == damaged
    assert a_store(moved).load().warnings == []


def test_a_hole_with_later_writes_behind_it_is_damage(moved: Path) -> None:
    lines = (moved / JOURNAL).read_bytes().splitlines(keepends=True)
    lines[4] = lines[4][:20] + bytes(20) + lines[4][40:]
    (moved / JOURNAL).write_bytes(b"".join(lines[:5]))
    assert read_live(moved).warnings == []  # the last write may never have been durable
    (moved / JOURNAL).write_bytes(b"".join(lines))
    assert [warning.key for warning in read_live(moved).warnings] == ["storage.damaged_entry"]


def test_where_the_snapshot_is_lost_the_one_before_goes_on_through_both_journals(
    moved: Path,
) -> None:
    store = a_store(moved)
    state = store.load().state
    move(store, "v1", "before the check")
    store.replace(state)
    store.flush_now()
    move(store, "v2", "after the check")
    store.close()
    (moved / SNAPSHOT_NAME).write_bytes(b"{")
    back = a_store(moved).load()
    assert [warning.key for warning in back.warnings] == ["storage.unreadable", "storage.previous"]
    found = {s.id: s.channel_name for s in back.state.sessions if isinstance(s, VoiceSession)}
    assert found["v2"] == "after the check"
    assert set(found) == {"v1", "v2"}


def test_where_both_snapshots_are_lost_the_journal_says_what_it_can(moved: Path) -> None:
    (moved / SNAPSHOT_NAME).write_bytes(b"{")
    back = a_store(moved).load()
    assert [session.id for session in back.state.sessions] == ["v1"]
    assert [warning.key for warning in back.warnings] == ["storage.unreadable"]
    assert in_channels(moved) == {"v1": CHANNELS[-1]}


@pytest.mark.parametrize(
    "data", [b"another program's\n", b"\x89PNG\r\n", b"[1]\n[2]\n", b"x" * 100, b"\n\n\n"]
)
def test_what_is_no_journal_is_set_aside(moved: Path, data: bytes) -> None:
    (moved / JOURNAL).write_bytes(data)
    back = a_store(moved).load()
    assert {session.id for session in back.state.sessions} == {"v1", "v2"}
    assert {warning.key for warning in back.warnings} <= {"storage.unreadable", "storage.entry"}
    assert back.warnings or not data.strip()
    assert a_store(moved).load().warnings == []


def test_the_journal_of_another_snapshot_is_set_aside(moved: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    store = a_store(elsewhere)
    store.put(voice("v7", user_id=7))
    store.flush_now()
    (elsewhere / SNAPSHOT_NAME).replace(moved / SNAPSHOT_NAME)
    (warning,) = a_store(moved).load().warnings
    assert "it goes with another snapshot" in warning.message
    assert in_channels(moved) == {"v7": "General"}


def test_a_journal_without_its_snapshot_is_set_aside(moved: Path) -> None:
    (moved / SNAPSHOT_NAME).unlink()
    back = a_store(moved).load()
    assert back.state.sessions == []
    assert ["its snapshot is not there" in warning.message for warning in back.warnings] == [True]


def test_a_newer_journal_is_refused_and_untouched(moved: Path) -> None:
    edition = json.loads((moved / SNAPSHOT_NAME).read_bytes())["edition"]
    with pytest.MonkeyPatch.context() as a_year_from_now:
        a_year_from_now.setattr("persistence.journal.SCHEMA", 5)
        newer = encode_header(edition, None)
    (moved / JOURNAL).write_bytes(newer)
    with pytest.raises(NewerSchemaError, match="schema 5"):
        a_store(moved).load()
    assert (moved / JOURNAL).read_bytes() == newer


def test_guilds_and_cooldowns_go_through_it_as_well(moved: Path) -> None:
    store = a_store(moved)
    store.load()
    store.watch(GuildWatch(guild_id=GUILD, observed_until=START))
    store.watch(GuildWatch(guild_id=5))
    store.cool(Cooldown(GUILD, "voice", PINO, START + HOUR))
    store.flush_now()
    store.unwatch(5)
    store.flush_now()
    assert journal_of(moved / SNAPSHOT_NAME).exists()
    state = read_live(moved).state
    assert [watch.guild_id for watch in state.guilds] == [GUILD]
    assert state.cooldowns == [Cooldown(GUILD, "voice", PINO, START + HOUR)]
