"""Notices and cooldowns: who is told what, and how often."""

from __future__ import annotations

import pytest

from machines import CooldownStarted, NoticeDue, NoticeWithdrawn
from tests.engine.evening import AGU, LOUNGE, PINO, ZETA, Evening, ago, only


def entries(evening: Evening) -> list[str | None]:
    """Return whose entry was announced so far: a person's name, or a party's game."""
    return [
        notice.username or notice.game_name
        for notice in only(evening.effects, NoticeDue)
        if notice.notice == "entry"
    ]


def test_an_exit_is_announced_with_the_time_credited(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(100)
    evening.leaves(PINO)
    evening.until(160)
    entry, leave = only(evening.effects, NoticeDue)
    assert (entry.notice, leave.notice, leave.seconds) == ("entry", "exit", 100)
    assert entry.session_id == leave.session_id


def test_the_cooldown_keeps_the_second_entry_quiet(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(100)
    evening.leaves(PINO)
    evening.until(1000)
    evening.joins(PINO)
    evening.until(1100)
    evening.leaves(PINO)
    evening.until(1200)
    assert len(evening.records) == 2
    assert entries(evening) == ["Pino"]


def test_an_entry_kept_quiet_has_a_quiet_exit(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(100)
    evening.leaves(PINO)
    evening.until(200)
    evening.joins(PINO)
    evening.until(300)
    evening.leaves(PINO)
    assert only(evening.until(400), NoticeDue) == []


@pytest.mark.parametrize(("again", "announced"), [(1199.9, 1), (1200, 2)])
def test_the_cooldown_is_over_twenty_minutes_after_the_notice(
    evening: Evening, again: float, announced: int
) -> None:
    evening.joins(PINO)
    evening.until(3)
    evening.until(20)
    evening.leaves(PINO)
    evening.until(again)
    evening.joins(PINO)
    evening.until(again + 3)
    assert len(entries(evening)) == announced


def test_a_notice_that_is_withdrawn_starts_no_cooldown(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(5)
    effects = evening.leaves(PINO)
    assert only(effects, NoticeWithdrawn)
    [released] = only(effects, CooldownStarted)
    assert ago(released.cooldown.until) == 5
    evening.until(10)
    evening.joins(PINO)
    evening.until(13)
    assert entries(evening) == ["Pino", "Pino"]


def test_a_quiet_stay_too_short_leaves_the_cooldown_running(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(20)
    evening.leaves(PINO)
    evening.until(100)
    evening.joins(PINO)
    evening.until(105)
    assert only(evening.leaves(PINO), CooldownStarted) == []
    evening.until(200)
    evening.joins(PINO)
    evening.until(300)
    assert entries(evening) == ["Pino"]


def test_cooldowns_are_per_person_and_per_kind(evening: Evening) -> None:
    evening.joins(PINO)
    evening.joins(AGU)
    evening.plays(PINO, "osu!")
    evening.until(20)
    assert entries(evening) == ["Pino", "agu", "Pino"]
    subjects = {
        (c.cooldown.kind, c.cooldown.subject, ago(c.cooldown.until))
        for c in only(evening.effects, CooldownStarted)
    }
    assert subjects == {("voice", 1, 1203), ("voice", 2, 1203), ("game", 1, 1803)}


def test_parties_are_announced_once_an_hour_per_game(evening: Evening) -> None:
    for round_ in range(2):
        evening.until(round_ * 3000)
        evening.plays(PINO, "osu!")
        evening.plays(AGU, "osu!")
        evening.until(round_ * 3000 + 100)
        evening.plays(PINO)
        evening.plays(AGU)
        evening.until(round_ * 3000 + 2500)
    parties = [n for n in only(evening.effects, NoticeDue) if n.kind == "party"]
    assert [(n.notice, n.game_name, n.player_names) for n in parties] == [
        ("entry", "osu!", ("Pino", "agu")),
        ("exit", "osu!", ("Pino", "agu")),
    ]
    assert [r.kind for r in evening.records].count("party") == 2


def test_cooldowns_outlast_a_restart(evening: Evening) -> None:
    evening.look()
    evening.joins(PINO)
    evening.until(20)
    evening.leaves(PINO)
    evening.until(100)
    evening.heartbeat()
    evening.restart()
    evening.until(110)
    evening.look()
    evening.joins(PINO)
    evening.until(200)
    assert entries(evening) == ["Pino"]
    assert {(c.kind, c.subject) for c in evening.engine.live_state(evening.now()).cooldowns} == {
        ("voice", 1)
    }


def test_cooldowns_that_are_over_are_forgotten(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(2000)
    assert evening.engine.live_state(evening.now()).cooldowns == []


def test_whoever_is_found_is_not_announced_and_no_cooldown_is_touched(evening: Evening) -> None:
    evening.look(voice={PINO: LOUNGE}, games={PINO: ("osu!",), AGU: ("osu!",)})
    evening.until(10_000)
    evening.leaves(PINO)
    evening.plays(PINO)
    evening.plays(AGU)
    evening.until(20_000)
    assert {record.kind for record in evening.records} == {"voice", "game", "party"}
    assert only(evening.effects, NoticeDue) == []
    assert only(evening.effects, CooldownStarted) == []


def test_whoever_goes_on_over_a_gap_leaves_quietly(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(100)
    evening.unwatched(since=90)
    evening.look(voice={PINO: LOUNGE})
    evening.until(200)
    evening.leaves(PINO)
    evening.until(300)
    assert entries(evening) == ["Pino"]
    assert len(only(evening.effects, NoticeDue)) == 1


def test_a_party_found_with_somebody_who_came_is_quiet(evening: Evening) -> None:
    evening.plays(PINO, "osu!")
    evening.until(100)
    evening.look(games={PINO: ("osu!",), ZETA: ("osu!",)})
    assert evening.party().state == "recovered"
    assert [n.kind for n in only(evening.effects, NoticeDue)] == ["game"]
