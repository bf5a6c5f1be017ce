"""A write that is cut says nothing that what is missing of it would have taken back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory

from engine import WatchLost
from machines import SessionChanged, WatchChanged, spans
from persistence import SnapshotStore, live_files, read_live
from persistence.snapshot_file import SNAPSHOT_NAME, journal_of
from tests.engine.evening import GENERAL, GUILD, LOUNGE, PINO, START, Evening, ago, at
from tests.engine.test_cuts import cut, seen_by_asking

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from machines import LiveState


@pytest.fixture
def clock() -> Iterator[FrozenDateTimeFactory]:
    with freeze_time(START) as frozen:
        assert isinstance(frozen, FrozenDateTimeFactory)
        yield frozen


def a_store(folder: Path) -> SnapshotStore:
    return SnapshotStore(folder, now=lambda: at(0))


def in_voice_before_a_cut(clock: FrozenDateTimeFactory, moves: int) -> Evening:
    """Let Pino be in voice until the connection is cut, and be seen by asking after that."""
    evening = Evening(clock)
    evening.look()
    evening.joins(PINO)
    for number in range(moves):
        evening.until(20 + 2 * number)
        evening.shows(PINO, GENERAL if number % 2 else LOUNGE)
    evening.until(1_000)
    evening.heartbeat()
    cut(evening, since=1_000)
    evening.until(1_100)
    seen_by_asking(evening, PINO)
    evening.until(1_200)
    return evening


def read_of(folder: Path, lines: list[bytes]) -> LiveState:
    journal_of(folder / SNAPSHOT_NAME).write_bytes(b"".join(lines))
    return read_live(folder).state


def certain_until(evening: Evening, state: LiveState) -> float | None:
    """Return until when Pino was there for certain, if the next look finds nobody."""
    evening.effects.clear()
    evening.take_up(state, 1_300)
    evening.look()
    evening.until(9_000)
    record = evening.record
    parts = spans(record.started_at, record.ended_at, record.stretches)
    return ago(max(part.end for part in parts if part.value == "present"))


@pytest.mark.parametrize("moves", [0, 100])
def test_a_cut_is_over_once_its_sessions_say_what_nobody_has_watched_of_them(
    tmp_path: Path, clock: FrozenDateTimeFactory, monkeypatch: pytest.MonkeyPatch, moves: int
) -> None:
    """Somebody with a long history is written in parts."""
    monkeypatch.setattr(live_files, "SMALL", 0)
    evening, store = in_voice_before_a_cut(clock, moves), a_store(tmp_path)
    store.replace(evening.engine.live_state(evening.now()))
    store.flush_now()
    effects = evening.engine.observe(WatchLost(guild_ids=(GUILD,), since=at(1_000)), evening.now())
    for effect in effects:
        if isinstance(effect, SessionChanged):
            store.put(effect.session)
        elif isinstance(effect, WatchChanged):
            store.watch(effect.watch)
    store.flush_now()
    store.close()
    lines = journal_of(tmp_path / SNAPSHOT_NAME).read_bytes().splitlines(keepends=True)
    assert [json.loads(line)[3].get("section") for line in lines] == [
        None,
        "voice_sessions",
        "guilds",
    ]
    found = [certain_until(evening, read_of(tmp_path, lines[:kept])) for kept in (1, 2, 3)]
    assert max(each or 0 for each in found) <= 1_000
