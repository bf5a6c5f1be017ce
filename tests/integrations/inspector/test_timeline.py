"""The timeline: bars of people who are there, of those who were, and of what nobody knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integrations.inspector.timeline import (
    BARS,
    LANES,
    asserted_by,
    bars_of_record,
    drawn,
    timeline,
)
from machines import SECOND
from tests.integrations.inspector.stage import AGU, GENERAL, PATIO, PINO, SALA, START, ZETA, Stage

if TYPE_CHECKING:
    from pathlib import Path

    from integrations.inspector.timeline import BarRow
    from machines import AnySession


async def bars_now(stage: Stage, session: AnySession) -> list[BarRow]:
    session, asserted = await asserted_by(session, stage.at)
    return (await drawn(session, stage.at, asserted)).bars


def told(bars: list[BarRow]) -> list[tuple[str, float, float, str]]:
    begin = START // 1000
    return [(b.label, (b.start - begin) / 1000, (b.end - begin) / 1000, b.value) for b in bars]


async def test_a_move_cuts_a_bar(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.joins(PINO)
    stage.until(60)
    stage.moves(PINO, SALA)
    stage.until(100)
    bars = await bars_now(stage, stage.session_of(PINO))
    assert told(bars) == [("General", 0, 60, "present"), ("Sala", 60, 100, "present")]
    assert [bar.open for bar in bars] == [False, True]


async def test_a_stream_is_told_from_its_game_while_it_goes_on_and_after(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.streams(AGU, "Hades")
    stage.until(60)
    going_on = [await bars_now(stage, session) for session in stage.engine.sessions()]
    assert sorted(told(bars)[0][0] for bars in going_on) == ["Hades", "📺 Hades"]
    stage.plays(AGU)
    stage.until(2000)
    over = [await bars_of_record(record) for record in stage.records]
    assert sorted(told(bars)[0][0] for bars in over) == ["Hades", "📺 Hades"]


async def test_who_was_seen_to_leave_is_away_until_the_grace_is_over(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.joins(PINO)
    stage.until(60)
    stage.leaves(PINO)
    stage.until(90)
    bars = await bars_now(stage, stage.session_of(PINO))
    assert told(bars) == [("General", 0, 60, "present"), ("General", 60, 90, "away")]


async def test_while_nobody_watches_it_is_unknown(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.joins(PINO)
    stage.until(60)
    stage.unwatched(50)
    stage.until(90)
    bars = await bars_now(stage, stage.session_of(PINO))
    assert told(bars)[-1] == ("General", 50, 90, "unknown")
    assert bars[-1].open


async def test_a_record_says_what_the_live_session_said(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.joins(PINO)
    stage.until(60)
    stage.moves(PINO, SALA)
    stage.until(100)
    session = stage.session_of(PINO)
    stage.leaves(PINO)
    stage.until(300)
    [record] = stage.records
    bars = await bars_of_record(record)
    assert told(bars) == [("General", 0, 60, "present"), ("Sala", 60, 100, "present")]
    assert told(await bars_now(stage, session)) == told(bars)


async def test_unknown_time_outside_what_is_credited_is_told_apart(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.joins(PINO)
    stage.until(60)
    stage.look({PINO: GENERAL})
    stage.until(600)
    stage.look({})
    [record] = stage.records
    bars = await bars_of_record(record)
    assert [(bar.value, bar.credited) for bar in bars] == [("present", True), ("unknown", False)]


async def test_lanes_are_by_guild_person_and_kind_and_only_of_the_time_asked_for(
    tmp_path: Path,
) -> None:
    stage = Stage(tmp_path)
    stage.joins(ZETA)
    stage.until(60)
    stage.leaves(ZETA)
    stage.until(4000)
    stage.joins(PINO)
    stage.joins(AGU)
    stage.plays(PINO, "VALORANT")
    stage.plays(AGU, "VALORANT")
    stage.until(4100)
    sessions = stage.engine.sessions
    row = await timeline(stage.records[::-1], sessions, START + 3600 * SECOND, stage.at)
    assert {(lane.who, lane.kind) for lane in row.lanes} == {
        ("Pino", "voice"), ("agu", "voice"), ("Pino", "game"), ("agu", "game"),
        ("VALORANT", "party"),
    }  # fmt: skip
    assert not row.cut
    assert row.total == 5
    whole = await timeline(stage.records[::-1], sessions, START, stage.at)
    assert ("Zeta", "voice") in {(lane.who, lane.kind) for lane in whole.lanes}


async def test_lanes_come_in_pages_each_of_them_once(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    for number in range(50):
        stage.joins(5000 + number)
        stage.plays(5000 + number, "VALORANT", "Tetris")
    for number in range(400):
        stage.joins(1000 + number, guild=PATIO)
    stage.until(60)
    for number in range(200):
        stage.leaves(1000 + number, guild=PATIO)
    stage.until(400)
    pages = [
        await timeline(stage.records[::-1], stage.engine.sessions, START, stage.at, first)
        for first in range(0, 900, LANES)
    ]
    lanes = [lane for page in pages for lane in page.lanes]
    assert [len(page.lanes) for page in pages] == [300, 202, 0]
    assert {page.total for page in pages} == {502}  # parties of two games among them
    assert not any(page.cut for page in pages)
    assert len({(lane.guild, lane.who, lane.kind) for lane in lanes}) == 502
    going_on = [lane.bars[-1].open for lane in lanes]
    assert going_on == sorted(going_on, reverse=True)
    assert going_on.count(True) == 302


async def test_one_who_is_there_again_has_one_lane_on_one_page(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    for number in range(310):
        stage.joins(1000 + number)
    stage.until(60)
    for number in range(310):
        stage.leaves(1000 + number)
    stage.until(400)
    for number in range(310):
        stage.joins(1000 + number)
    stage.until(500)
    given = stage.records[::-1], stage.engine.sessions, START, stage.at
    pages = [await timeline(*given, first) for first in (0, LANES)]
    assert [(len(page.lanes), page.total) for page in pages] == [(300, 310), (10, 310)]
    assert {len(lane.bars) for page in pages for lane in page.lanes} == {2}


async def test_more_bars_than_fit_are_said_to_be_more(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.joins(PINO)
    for number in range(BARS + 1):
        stage.until(60 * (number + 1))
        stage.moves(PINO, (SALA, GENERAL)[number % 2])
    row = await timeline([], stage.engine.sessions, START, stage.at)
    assert row.cut
    assert sum(len(lane.bars) for lane in row.lanes) == BARS
