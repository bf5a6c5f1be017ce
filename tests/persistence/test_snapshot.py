"""The snapshot: what is put comes back, whatever instant the process dies at."""

from __future__ import annotations

import asyncio
import json
import tempfile
import threading
from pathlib import Path
from typing import Any

import msgspec
import pytest
from freezegun import freeze_time
from hypothesis import given, settings

from machines import Cooldown, GuildWatch, LiveState, LiveView
from persistence import SnapshotStore, SnapshotWriteError, iso_time
from persistence.disk import OsDisk
from persistence.held_cooldowns import HeldCooldowns
from persistence.snapshot_file import SNAPSHOT_NAME
from tests.costs.containers import lengths
from tests.how_often import examples
from tests.persistence.examples import GUILD, HOUR, PINO, START, fields, game, party, voice
from tests.persistence.recording_disk import Died, RecordingDisk
from tests.strategies import live_states


def the_file(folder: Path) -> dict[str, Any]:
    held: dict[str, Any] = json.loads((folder / SNAPSHOT_NAME).read_bytes())
    return held


def restored(folder: Path) -> LiveState:
    return SnapshotStore(folder).load().state


@settings(max_examples=examples(150), deadline=None)
@given(live_states())
def test_the_restore_of_a_snapshot_is_the_same_state(state: LiveState) -> None:
    with tempfile.TemporaryDirectory() as name:
        store = SnapshotStore(Path(name), now=lambda: START)
        store.replace(state)
        store.flush_now()
        back = SnapshotStore(Path(name)).load()
    assert not back.warnings
    by_id = {session.id: fields(session) for session in state.sessions}
    assert {session.id: fields(session) for session in back.state.sessions} == by_id
    assert fields(back.state.guilds) == fields(state.guilds)
    assert {*back.state.cooldowns} == {each for each in state.cooldowns if each.until > START}
    assert back.state.saved_at == START


async def test_the_file_has_the_keys_of_the_proposal(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path, now=lambda: START + HOUR)
    for session in (voice(), game(), party()):
        store.put(session)
    await store.flush()
    held = the_file(tmp_path)
    assert held["schema"] == 2
    assert held["last_updated"] == "2025-12-29T23:30:00Z"
    assert {
        "username": "Pino",
        "channel_id": 987654321,
        "channel_name": "General",
        "guild_id": GUILD,
        "start_time": "2025-12-29T22:30:00Z",
        "is_confirmed": True,
    }.items() <= held["voice_sessions"]["v1"].items()
    assert {
        "game_name": "VALORANT",
        "app_id": 700136079562375258,
        "activity_type": "playing",
    }.items() <= held["game_sessions"]["g1"].items()
    entry = held["party_sessions"]["p1"]
    assert entry["player_ids"] == ["1", "2", "3"]
    assert entry["player_names"] == ["Pino", "agu", "Zeta"]
    assert entry["max_players"] == 3


async def test_people_in_two_guilds_and_two_games_do_not_collide(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    elsewhere, another_game = voice("v2"), game("g2")
    elsewhere.guild_id = 2
    another_game.game_name = "Minecraft"
    for session in (voice(), elsewhere, game(), another_game):
        store.put(session)
    await store.flush()
    assert {s.id for s in restored(tmp_path).sessions} == {"v1", "v2", "g1", "g2"}


async def test_a_session_is_kept_as_it_was_when_it_was_put(tmp_path: Path) -> None:
    store, session = SnapshotStore(tmp_path), voice()
    store.put(session)
    session.channel_name = "Música"
    await store.flush()
    assert the_file(tmp_path)["voice_sessions"]["v1"]["channel_name"] == "General"


async def test_pending_sessions_are_not_kept(tmp_path: Path) -> None:
    store, session = SnapshotStore(tmp_path), voice()
    session.state = "pending"
    store.put(session)
    await store.flush()
    assert store.count == 0
    assert not (tmp_path / SNAPSHOT_NAME).exists()


async def test_a_session_that_is_over_stays_until_it_is_discarded(tmp_path: Path) -> None:
    store, session = SnapshotStore(tmp_path), voice()
    store.put(session)
    session.state = "ended"
    store.put(session)
    await store.flush()
    assert [held.id for held in restored(tmp_path).sessions] == ["v1"]
    store.discard("v1")
    await store.flush()
    assert not restored(tmp_path).sessions


async def test_made_anew_in_turns_it_holds_whoever_came_and_nobody_who_went_meanwhile(
    tmp_path: Path,
) -> None:
    store = SnapshotStore(tmp_path)
    for name in ("gone", "ending", "stays", "goes early", "goes late"):
        store.put(voice(name))
    live = [voice("goes early"), voice("stays"), voice("goes late")]
    turns = store.replacing(LiveView(iter(live), (), ()), ending={"ending"})
    next(turns)
    store.discard("goes early")
    store.discard("goes late")
    live.pop()
    store.put(voice("comes"))
    assert store.count == 4
    for _turn in turns:
        pass
    assert store.count == 3
    await store.flush()
    held = {session.id for session in restored(tmp_path).sessions}
    assert held == {"ending", "stays", "comes"}


async def test_made_anew_in_turns_it_holds_the_cooldowns_that_run(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path, now=lambda: START)
    over, longer, runs, begins = (
        Cooldown(GUILD, "party", name, START + HOUR)
        for name in ("over", "longer", "runs", "begins")
    )
    for cooldown in (over, longer, runs):
        store.cool(cooldown)
    store.flush_now()
    longer = msgspec.structs.replace(longer, until=START + 2 * HOUR)
    turns = store.replacing(LiveView((), (), iter((None, longer, None, runs))))
    next(turns)
    store.cool(begins)
    for _turn in turns:
        pass
    assert store.pending == 1  # the one that begins: the others go with the snapshot, written whole
    await store.flush()
    held = {cooldown.subject: cooldown for cooldown in restored(tmp_path).cooldowns}
    assert held == {"longer": longer, "runs": runs, "begins": begins}


async def test_a_making_anew_that_is_broken_off_loses_nothing(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    for name in ("one", "two", "three"):
        store.put(voice(name))
    live = LiveView([voice("two"), voice("three")], (), ())
    next(store.replacing(live))
    assert store.count == 3
    for _turn in store.replacing(live):
        pass
    await store.flush()
    assert {session.id for session in restored(tmp_path).sessions} == {"two", "three"}


async def test_what_has_not_changed_is_not_written_again(tmp_path: Path) -> None:
    disk = RecordingDisk()
    store = SnapshotStore(tmp_path, disk=disk)
    store.put(voice())
    await store.flush()
    disk.log.clear()
    await store.flush()
    store.discard("nobody")
    await store.flush()
    assert disk.log == []


async def test_changes_of_many_are_written_at_once(tmp_path: Path) -> None:
    disk = RecordingDisk()
    store = SnapshotStore(tmp_path, disk=disk)

    async def put_and_flush(number: int) -> None:
        store.put(voice(f"v{number}", user_id=number))
        await store.flush()
        assert f"v{number}" in the_file(tmp_path)["voice_sessions"]

    await asyncio.gather(*(put_and_flush(number) for number in range(100)))
    assert (
        disk.log.count("sync active_sessions.json.new") <= 2
    )  # the first alone, the rest after it


async def test_a_write_is_durable_before_it_takes_the_place_of_the_last(tmp_path: Path) -> None:
    disk = RecordingDisk()
    store = SnapshotStore(tmp_path, disk=disk)
    store.put(voice())
    await store.flush()
    disk.log.clear()
    store.put(game())
    await store.flush()
    assert disk.log == [
        "create active_sessions.json.new",
        "write active_sessions.json.new",
        "sync active_sessions.json.new",
        "link active_sessions.json active_sessions.json.old",
        "rename active_sessions.json.old active_sessions.json.previous",
        "rename active_sessions.json.new active_sessions.json",
        "sync folder",
    ]


@pytest.mark.parametrize("step", range(7))
def test_a_process_that_dies_in_a_write_leaves_the_last_one_whole(
    tmp_path: Path, step: int
) -> None:
    store = SnapshotStore(tmp_path)
    store.put(voice())
    store.flush_now()
    dying = SnapshotStore(tmp_path, disk=RecordingDisk(dies_before=step))
    dying.load()
    dying.put(game())
    with pytest.raises(Died):
        dying.flush_now()
    back = SnapshotStore(tmp_path).load()
    assert not back.warnings
    assert {"v1"} <= {session.id for session in back.state.sessions} <= {"v1", "g1"}
    assert (len(back.state.sessions) == 2) == (step == 6)


async def test_a_full_disk_says_so_and_loses_nothing(tmp_path: Path) -> None:
    disk = RecordingDisk()
    store = SnapshotStore(tmp_path, disk=disk)
    store.put(voice())
    await store.flush()
    disk.full = True
    store.put(game())
    with pytest.raises(SnapshotWriteError, match=r"no space left on device.*2 sessions are kept"):
        await store.flush()
    assert [session.id for session in restored(tmp_path).sessions] == ["v1"]
    disk.full = False
    await store.flush()
    assert {session.id for session in restored(tmp_path).sessions} == {"v1", "g1"}


async def test_a_cancelled_flush_lets_nothing_older_take_the_place_of_what_follows(
    tmp_path: Path,
) -> None:
    store = SnapshotStore(tmp_path)
    for number in range(20):
        store.put(voice(f"v{number}", user_id=number))
        task = asyncio.create_task(store.flush())
        await asyncio.sleep(0)
        task.cancel()
    await store.flush()
    assert len(restored(tmp_path).sessions) == 20


def test_files_are_their_owners_alone(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    for session in (voice(), game()):
        store.put(session)
        store.flush_now()
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes == {"active_sessions.json": 0o600, "active_sessions.json.previous": 0o600}


def test_a_disk_without_links_keeps_the_last_file_all_the_same(tmp_path: Path) -> None:
    class NoLinks(OsDisk):
        def link(self, source: Path, target: Path) -> None:
            raise PermissionError(f"{source.name} and {target.name}: operation not permitted")

    store = SnapshotStore(tmp_path, disk=NoLinks())
    store.put(voice())
    store.flush_now()
    before = (tmp_path / SNAPSHOT_NAME).read_bytes()
    store.put(game())
    store.flush_now()
    assert (tmp_path / "active_sessions.json.previous").read_bytes() == before


def test_a_frozen_clock_writes_and_reads_like_any_other(tmp_path: Path) -> None:
    with freeze_time("2025-12-29 23:00:00"):
        store = SnapshotStore(tmp_path)
        store.put(voice())
        store.flush_now()
        assert fields(restored(tmp_path).sessions) == fields([voice()])
    assert the_file(tmp_path)["last_updated"] == "2025-12-29T23:00:00Z"


def test_a_name_that_no_file_can_hold_keeps_nobody_else_from_disk(tmp_path: Path) -> None:
    store, odd = SnapshotStore(tmp_path), voice()
    odd.username = "Pi\ud83dno"
    store.put(odd)
    store.put(game())
    store.flush_now()
    assert {getattr(s, "username", None) for s in restored(tmp_path).sessions} == {"Pi?no", "Pino"}


def test_guilds_and_cooldowns_come_back(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path, now=lambda: START)
    store.watch(GuildWatch(guild_id=GUILD, observed_until=START, gap_since=START, cut_since=START))
    store.watch(GuildWatch(guild_id=2))
    store.cool(Cooldown(GUILD, "voice", PINO, START))
    store.cool(Cooldown(GUILD, "voice", PINO, START + HOUR))
    store.unwatch(2)
    store.flush_now()
    state = restored(tmp_path)
    assert fields(state.guilds) == fields(
        [GuildWatch(guild_id=GUILD, observed_until=START, gap_since=START, cut_since=START)]
    )
    assert state.cooldowns == [Cooldown(GUILD, "voice", PINO, START + HOUR)]


def test_cooldowns_that_are_over_do_not_pile_up(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path, now=lambda: START)
    for number in range(10_000):
        store.cool(Cooldown(GUILD, "voice", number, START - 1))
    store.flush_now()
    assert restored(tmp_path).cooldowns == []
    store.cool(Cooldown(GUILD, "voice", 0, START + 1))
    assert len(lengths(store)) > 10
    assert max(lengths(store).values()) < 100


def test_a_cooldown_that_is_put_anew_while_those_that_are_over_go_is_kept() -> None:
    now = [START]
    held = HeldCooldowns(lambda: now[0])
    for number in range(3):
        held.put(Cooldown(GUILD, "voice", number, START + HOUR))
    texts = held.texts()
    assert next(texts)[0] == f"{GUILD}:voice:0"
    now[0] += HOUR
    held.put(Cooldown(GUILD, "voice", 2, START + 2 * HOUR))
    assert list(texts) == []  # it is in the journal that follows
    assert [key for key, _text in held.texts()] == [f"{GUILD}:voice:2"]


def test_once_the_last_cooldown_is_over_all_go_some_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("machines.state._AT_ONCE", 2)
    held = HeldCooldowns(lambda: START)
    for number in range(3):
        held.put(Cooldown(GUILD, "voice", number, START + number))
    left = []
    for now in (START + 1, START + 2, START + 2):
        held.let_go(now)
        left.append(sum(lengths(held).values()))
    assert left[0] > left[1] > left[2] == sum(lengths(HeldCooldowns(lambda: START)).values())


def test_texts_of_instants_are_kept_ready_while_there_are_sessions(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path, now=lambda: START)
    store.put(voice())
    kept = []
    for _turn in range(2):
        store.flush_now()
        store.let_go(START)
        kept.append(iso_time._second.cache_info().currsize > 0)  # noqa: SLF001 - what it holds
        store.discard("v1")
    assert kept == [True, False]


def test_none_goes_while_all_are_held_anew() -> None:
    held = HeldCooldowns(lambda: START)
    held.put(Cooldown(GUILD, "voice", 1, START))
    before = lengths(held)
    replacing = held.replacing([Cooldown(GUILD, "voice", 1, START)])
    next(replacing)
    held.let_go(START)
    assert lengths(held) >= before
    assert list(replacing)


def test_whoever_is_closed_holds_nobody_and_leaves_everybody_on_the_disk(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    store.put(voice("v1"))
    store.flush_now()
    assert store.count == 1
    store.close()
    assert store.count == 0
    assert [session.id for session in restored(tmp_path).sessions] == ["v1"]


def test_with_no_file_there_is_nothing_to_restore(tmp_path: Path) -> None:
    back = SnapshotStore(tmp_path).load()
    assert not back.state.sessions
    assert not back.warnings
    assert not list(tmp_path.iterdir())


async def test_a_session_that_cannot_be_written_takes_no_other_along(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = SnapshotStore(tmp_path)
    for session in (voice("v1"), voice("v2", user_id=2**70), voice("v3", user_id=3)):
        store.put(session)
    await store.flush()
    assert "Session v2 cannot be written" in caplog.text
    assert {session.id for session in restored(tmp_path).sessions} == {"v1", "v3"}


def test_a_thread_lets_go_of_nobody_amid_what_comes_together(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    session = voice()
    store.put(session)
    discards = threading.Thread(target=store.discard, args=(session.id,))
    with store.together():
        discards.start()
        discards.join(0.05)
        assert store.count == 1
    discards.join()
    assert store.count == 0


def test_where_nothing_has_changed_nothing_is_written(tmp_path: Path) -> None:
    disk = RecordingDisk()
    store = SnapshotStore(tmp_path, disk=disk)
    store.put(voice())
    store.flush_now()
    steps = len(disk.log)
    store.flush_now()
    assert len(disk.log) == steps > 0
