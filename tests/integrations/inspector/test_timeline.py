"""The timeline: bars of people who are there, of those who were, and of what nobody knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integrations.inspector.timeline import bars_of_record, bars_of_session, timeline
from tests.integrations.inspector.stage import AGU, GENERAL, PINO, SALA, START, ZETA, Stage

if TYPE_CHECKING:
    from pathlib import Path

    from integrations.inspector.timeline import BarRow


def told(bars: list[BarRow]) -> list[tuple[str, float, float, str]]:
    begin = START // 1000
    return [(b.label, (b.start - begin) / 1000, (b.end - begin) / 1000, b.value) for b in bars]


def test_a_move_cuts_a_bar(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.joins(PINO)
    stage.until(60)
    stage.moves(PINO, SALA)
    stage.until(100)
    bars = bars_of_session(stage.session_of(PINO), stage.at)
    assert told(bars) == [("General", 0, 60, "present"), ("Sala", 60, 100, "present")]
    assert [bar.open for bar in bars] == [False, True]


def test_who_was_seen_to_leave_is_away_until_the_grace_is_over(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.joins(PINO)
    stage.until(60)
    stage.leaves(PINO)
    stage.until(90)
    bars = bars_of_session(stage.session_of(PINO), stage.at)
    assert told(bars) == [("General", 0, 60, "present"), ("General", 60, 90, "away")]


def test_while_nobody_watches_it_is_unknown(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.joins(PINO)
    stage.until(60)
    stage.unwatched(50)
    stage.until(90)
    bars = bars_of_session(stage.session_of(PINO), stage.at)
    assert told(bars)[-1] == ("General", 50, 90, "unknown")
    assert bars[-1].open


def test_a_record_says_what_the_live_session_said(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.joins(PINO)
    stage.until(60)
    stage.moves(PINO, SALA)
    stage.until(100)
    session = stage.session_of(PINO)
    stage.leaves(PINO)
    stage.until(300)
    [record] = stage.records
    bars = bars_of_record(record)
    assert told(bars) == [("General", 0, 60, "present"), ("Sala", 60, 100, "present")]
    assert told(bars_of_session(session, stage.at)) == told(bars)


def test_unknown_time_outside_what_is_credited_is_told_apart(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.joins(PINO)
    stage.until(60)
    stage.look({PINO: GENERAL})
    stage.until(600)
    stage.look({})
    [record] = stage.records
    bars = bars_of_record(record)
    assert [(bar.value, bar.credited) for bar in bars] == [("present", True), ("unknown", False)]


def test_lanes_are_by_guild_person_and_kind_and_only_of_the_time_asked_for(tmp_path: Path) -> None:
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
    row = timeline(stage.records, stage.engine.sessions(), START + 3600 * 1_000_000, stage.at)
    assert {(lane.who, lane.kind) for lane in row.lanes} == {
        ("Pino", "voice"), ("agu", "voice"), ("Pino", "game"), ("agu", "game"),
        ("VALORANT", "party"),
    }  # fmt: skip
    assert not row.cut
    whole = timeline(stage.records, stage.engine.sessions(), START, stage.at)
    assert ("Zeta", "voice") in {(lane.who, lane.kind) for lane in whole.lanes}


def test_more_than_fits_is_said_to_be_more(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    for number in range(400):
        stage.joins(1000 + number)
    stage.until(20)
    row = timeline([], stage.engine.sessions(), START, stage.at)
    assert row.cut
    assert len(row.lanes) == 300
