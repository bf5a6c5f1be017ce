"""How the loop is watched: whose callbacks count, and what of a late heartbeat does."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest

from tests.benchmarks import loop_holds
from tests.benchmarks.loop_holds import LEFT_OUT, LoopHolds, watched_loop

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The processor time of this thread, which passes when told to."""
    now = [0.0]
    monkeypatch.setattr(time, "thread_time", lambda: now[0])
    return now


async def test_the_longest_callback_is_known_by_its_task(clock: list[float]) -> None:
    async def work(seconds: float) -> None:
        await asyncio.sleep(0)
        clock[0] += seconds

    with watched_loop(beats=False) as seen:
        for name, seconds in (("short", 0.001), ("long", 0.007), (LEFT_OUT, 0.5)):
            await asyncio.create_task(work(seconds), name=name)

    assert (round(seen.longest, 3), seen.by, seen.over) == (7.0, "long", 1)


async def test_what_whoever_watched_does_next_is_theirs(clock: list[float]) -> None:
    with watched_loop(beats=False) as seen:
        await asyncio.sleep(0)
    clock[0] += 0.5
    await asyncio.sleep(0)

    assert seen.longest == 0.0


@pytest.mark.parametrize(
    ("late", "used", "waited", "held_up"),
    [
        (0.006, 0.007, 0.0, 6.0),
        (0.006, 0.001, 0.0, 1.0),
        (0.050, 0.026, 0.022, 4.0),
        (0.005, 0.004, 0.005, 0.0),
    ],
    ids=[
        "by what the process did",
        "by others, but for what the process did",
        "by a thread that went on while the loop waited for a processor",
        "by others alone",
    ],
)
def test_a_late_heartbeat_was_held_up(
    late: float, used: float, waited: float, held_up: float
) -> None:
    holds = LoopHolds()
    holds.came(late, used, waited)

    assert (holds.late, round(holds.held_up, 6)) == (late * 1_000, held_up)


def test_what_the_machine_waits_for_its_host_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, text in (
        ("_SCHEDULED", "7000000 2500000000 3\n"),
        ("_PROCESSORS", "cpu  9 0 2 3 1 0 5 150 0 0\ncpu0 4 0 1 1 0 0 2 70 0 0\n"),
    ):
        (tmp_path / name).write_text(text)
        monkeypatch.setattr(loop_holds, name, tmp_path / name)
    monkeypatch.setattr("os.sysconf", {"SC_CLK_TCK": 100}.__getitem__)
    assert loop_holds._waited() == 2.5 + 1.5  # noqa: SLF001 - what a heartbeat asks


async def test_it_beats_where_nobody_counts_who_waits_for_a_processor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop_holds, "_SCHEDULED", tmp_path / "schedstat")
    beating: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    def came(_holds: LoopHolds, _late: float, _used: float, waited: float) -> None:
        if not beating.done():
            beating.set_result(waited)

    monkeypatch.setattr(LoopHolds, "came", came)
    with watched_loop():
        assert await beating == 0.0


async def test_what_is_left_out_holds_up_no_heartbeat(monkeypatch: pytest.MonkeyPatch) -> None:
    beating: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    def came(_holds: LoopHolds, _late: float, used: float, _waited: float) -> None:
        if not beating.done():
            beating.set_result(used)

    async def work() -> None:
        until = time.thread_time() + 0.2
        while time.thread_time() < until:
            pass

    monkeypatch.setattr(LoopHolds, "came", came)
    with watched_loop():
        await asyncio.sleep(0)
        await asyncio.create_task(work(), name=LEFT_OUT)
        assert await beating < 0.1
