"""The heartbeat: one tiny write that says until when each guild was watched."""

from __future__ import annotations

import asyncio
import errno
import json
import threading
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from machines import GuildWatch, LiveState
from persistence import (
    NewerSchemaError,
    SnapshotStore,
    SnapshotWriteError,
    heartbeat,
    live_files,
    read_live,
)
from persistence.heartbeat import HEARTBEAT_NAME, read_heartbeat
from persistence.iso_time import to_text
from persistence.snapshot_file import SNAPSHOT_NAME
from tests.costs.steps import counted_lines
from tests.persistence.examples import GUILD, HOUR, START, voice
from tests.persistence.recording_disk import RecordingDisk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path


def watched(folder: Path) -> dict[int, int | None]:
    state = SnapshotStore(folder).load().state
    return {watch.guild_id: watch.observed_until for watch in state.guilds}


async def test_a_beat_touches_no_session_and_is_durable(tmp_path: Path) -> None:
    disk = RecordingDisk()
    store = SnapshotStore(tmp_path, disk=disk)
    for number in range(1000):
        store.put(voice(f"v{number}"))
    await store.flush()
    disk.log.clear()
    await store.beat({GUILD: START})
    assert disk.log == [
        "create observed_until.json.new",
        "write observed_until.json.new",
        "sync observed_until.json.new",
        "rename observed_until.json.new observed_until.json",
        "sync folder",
    ]
    assert (tmp_path / HEARTBEAT_NAME).stat().st_size < 100


async def test_the_later_of_snapshot_and_heartbeat_holds(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    store.watch(GuildWatch(guild_id=1, observed_until=START))
    store.watch(GuildWatch(guild_id=2, observed_until=START + HOUR))
    store.watch(GuildWatch(guild_id=3))
    await store.flush()
    await store.beat({1: START + 5, 2: START + 5, 3: START + 5, 4: START + 5})
    assert watched(tmp_path) == {1: START + 5, 2: START + HOUR, 3: START + 5, 4: START + 5}
    assert len(read_live(tmp_path).state.guilds) == 4


async def test_a_guild_that_is_not_in_a_beat_keeps_its_instant(tmp_path: Path) -> None:
    await SnapshotStore(tmp_path).beat({1: START, 2: START})
    store = SnapshotStore(tmp_path)
    store.load()
    await store.beat({1: START + 7})
    assert watched(tmp_path) == {1: START + 7, 2: START}


async def test_a_guild_that_is_left_is_forgotten(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    await store.beat({1: START, 2: START})
    store.unwatch(1)
    await store.beat({2: START + 1})
    assert watched(tmp_path) == {2: START + 1}


async def test_a_guild_that_a_check_no_longer_lists_is_forgotten(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    store.watch(GuildWatch(guild_id=1))
    store.watch(GuildWatch(guild_id=2))
    await store.beat({1: START, 2: START})
    store.replace(LiveState(guilds=[GuildWatch(guild_id=2)]))
    await store.flush()
    await store.beat({2: START + HOUR})
    assert watched(tmp_path) == {2: START + HOUR}


async def test_a_beat_never_goes_back(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    await store.beat({1: START + 9})
    await store.beat({1: START})
    assert watched(tmp_path) == {1: START + 9}


async def test_a_watch_that_says_less_is_of_a_clock_that_was_set_back(tmp_path: Path) -> None:
    disk = RecordingDisk()
    store = SnapshotStore(tmp_path, disk=disk)
    store.watch(GuildWatch(guild_id=1, observed_until=START + HOUR))
    store.watch(GuildWatch(guild_id=2, observed_until=START))
    await store.beat({1: START + HOUR, 2: START})
    await store.flush()
    disk.log.clear()
    store.watch(GuildWatch(guild_id=1, observed_until=START))
    await store.flush()
    first, *others = [step for step in disk.log if step.startswith("rename")]
    assert HEARTBEAT_NAME in first, "a kill before the other finds both by the old clock"
    assert any(SNAPSHOT_NAME in step for step in others)
    assert watched(tmp_path) == {1: START, 2: START}
    await store.beat({1: START + 30})
    assert watched(tmp_path) == {1: START + 30, 2: START}


@pytest.mark.parametrize("until", [None, START + 9, START + HOUR])
async def test_no_other_watch_touches_it(tmp_path: Path, until: int | None) -> None:
    disk = RecordingDisk()
    store = SnapshotStore(tmp_path, disk=disk)
    await store.beat({1: START + 9})
    disk.log.clear()
    store.watch(GuildWatch(guild_id=1, observed_until=until))
    await store.flush()
    assert not [step for step in disk.log if HEARTBEAT_NAME in step]


async def test_one_that_could_not_be_set_back_is_with_the_next_try(tmp_path: Path) -> None:
    disk = RecordingDisk()
    store = SnapshotStore(tmp_path, disk=disk)
    await store.beat({1: START + HOUR})
    store.watch(GuildWatch(guild_id=1, observed_until=START))
    disk.full = True
    with pytest.raises(SnapshotWriteError, match="no space left on device"):
        await store.flush()
    disk.full = False
    await store.flush()
    assert watched(tmp_path) == {1: START}


class WhileItWrites(RecordingDisk):
    """A disk while whose next heartbeat is being renamed something else happens."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: Callable[[], object] | None = None

    def rename(self, source: Path, target: Path) -> None:
        if target.name == HEARTBEAT_NAME and self.meanwhile is not None:
            happens, self.meanwhile = self.meanwhile, None
            happens()
        super().rename(source, target)


def breaks() -> None:
    raise OSError(errno.EIO, "Input/output error")


def is_a_mistake() -> None:
    raise RuntimeError("nobody thought of it")


@pytest.mark.parametrize("happens", [breaks, is_a_mistake])
async def test_what_was_to_be_written_meanwhile_is_so_with_the_next_try(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, happens: Callable[[], None]
) -> None:
    monkeypatch.setattr(live_files, "SMALL", 0)  # else all is written each time
    disk = WhileItWrites()
    store = SnapshotStore(tmp_path, disk=disk)
    store.put(voice("v0"))
    await store.flush()
    await store.beat({1: START + HOUR})
    store.watch(GuildWatch(guild_id=1, observed_until=START))
    store.put(voice("v1"))
    disk.meanwhile = happens
    with pytest.raises((SnapshotWriteError, RuntimeError)):
        await store.flush()
    await store.flush()
    assert [each.id for each in read_live(tmp_path).state.sessions] == ["v0", "v1"]
    assert watched(tmp_path) == {1: START}


async def test_a_clock_that_is_set_while_the_heartbeat_is_written_is_all_in_the_next_write(
    tmp_path: Path,
) -> None:
    """The event loop goes on beside the thread that writes."""
    disk = WhileItWrites()
    store = SnapshotStore(tmp_path, disk=disk)
    await store.beat({1: START + HOUR, 2: START + HOUR})
    store.watch(GuildWatch(guild_id=1, observed_until=START + HOUR))
    store.watch(GuildWatch(guild_id=2, observed_until=START))  # the heartbeat is to be set back
    disk.meanwhile = lambda: store.watch(GuildWatch(guild_id=1, observed_until=START))
    await store.flush()
    [first, _second] = json.loads((tmp_path / SNAPSHOT_NAME).read_bytes())["guilds"].values()
    assert first["observed_until"] == to_text(START + HOUR), "the heartbeat says no less"
    await store.flush()
    assert watched(tmp_path) == {1: START, 2: START}


async def test_a_heartbeat_that_is_being_set_back_is_waited_for(tmp_path: Path) -> None:
    disk = WhileItWrites()
    store = SnapshotStore(tmp_path, disk=disk)
    await store.beat({1: START + HOUR})
    disk.log.clear()
    store.watch(GuildWatch(guild_id=1, observed_until=START))
    writing = threading.Thread(target=store.flush_now)

    def writes_beside_it() -> None:
        writing.start()
        writing.join(0.05)

    disk.meanwhile = writes_beside_it
    await store.beat({1: START})
    await asyncio.to_thread(writing.join)
    renamed = [step for step in disk.log if step.startswith("rename")]
    assert [HEARTBEAT_NAME in step for step in renamed] == [True, False]


async def test_a_beat_that_waits_for_its_turn_is_set_back_along_with_the_others(
    tmp_path: Path,
) -> None:
    """And one of a guild that is gone by then is not written."""
    disk, is_writing, goes_on = WhileItWrites(), threading.Event(), threading.Event()
    store = SnapshotStore(tmp_path, disk=disk)
    for guild_id in (1, 2, 3):
        store.watch(GuildWatch(guild_id=guild_id, observed_until=START))
    await store.flush()

    def waits() -> None:
        is_writing.set()
        assert goes_on.wait(10)

    disk.meanwhile = waits
    first = asyncio.create_task(store.beat({1: START}))
    assert await asyncio.to_thread(is_writing.wait, 10)
    second = asyncio.create_task(store.beat(dict.fromkeys((1, 2, 3), START + HOUR)))
    await asyncio.sleep(0)
    store.watch(GuildWatch(guild_id=2, observed_until=START + 7))
    store.unwatch(3)
    goes_on.set()
    await asyncio.gather(first, second)
    assert read_heartbeat(disk, tmp_path / HEARTBEAT_NAME) == {1: START + HOUR, 2: START + 7}


async def test_beside_the_loop_nothing_is_done_for_many_guilds_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither in the loop nor in the thread, which pauses between two guilds."""
    guilds, paused_at = 3_000, Counter[int]()

    def pausing(items: Iterable[object]) -> Iterator[object]:
        for each in items:
            paused_at[threading.get_ident()] += 1
            yield each

    monkeypatch.setattr(heartbeat, "beside_the_loop", pausing)
    store = SnapshotStore(tmp_path)
    instants = dict.fromkeys(range(1, guilds + 1), START)
    with counted_lines() as in_loop:
        await store.beat(instants)
    assert in_loop.count < 100
    [in_thread] = paused_at.values()
    assert in_thread == 2 * guilds, "they are taken over, and put into words"
    assert threading.get_ident() not in paused_at
    assert watched(tmp_path) == dict.fromkeys(instants, START)


async def test_a_full_disk_is_told_in_one_sentence(tmp_path: Path) -> None:
    disk = RecordingDisk()
    disk.full = True
    with pytest.raises(SnapshotWriteError, match="no space left on device"):
        await SnapshotStore(tmp_path, disk=disk).beat({1: START})


@pytest.mark.parametrize("data", [b"", b"[]", b'{"schema": 1, "observed_until": {"x": "y"}}'])
async def test_one_that_cannot_be_read_is_set_aside(tmp_path: Path, data: bytes) -> None:
    store = SnapshotStore(tmp_path)
    store.watch(GuildWatch(guild_id=1, observed_until=START))
    await store.flush()
    (tmp_path / HEARTBEAT_NAME).write_bytes(data)
    assert [warning.key for warning in read_live(tmp_path).warnings] == ["storage.damaged"]
    back = SnapshotStore(tmp_path, now=lambda: START).load()
    assert [warning.key for warning in back.warnings] == ["storage.unreadable"]
    assert back.state.guilds[0].observed_until == START
    kept = tmp_path / "observed_until.json.unreadable-20251229T223000Z"
    assert kept.read_bytes() == data
    assert SnapshotStore(tmp_path).load().warnings == []


def test_a_newer_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / HEARTBEAT_NAME).write_bytes(b'{"schema": 2, "beats": []}')
    with pytest.raises(NewerSchemaError, match="schema 2"):
        SnapshotStore(tmp_path).load()
    assert not (tmp_path / SNAPSHOT_NAME).exists()
