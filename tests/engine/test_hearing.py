"""Hearing: of whom an event came in the last two minutes, and after what it came."""

from __future__ import annotations

from itertools import pairwise

import pytest

from engine.hearing import Hearing
from machines import SECOND
from tests.costs.containers import lengths

PLAZA, PATIO = 100, 101
PINO, AGU = 1, 2
NOW = 1_767_045_600 * SECOND


def heard_pino(at: int = NOW) -> Hearing:
    hearing = Hearing()
    hearing.heard(PLAZA, PINO, at, voice=True)
    return hearing


def test_an_event_is_news_to_whoever_looked_before_it_and_to_nobody_after() -> None:
    hearing = heard_pino()
    assert hearing.has_heard(PLAZA, PINO, NOW - 1, voice=True)
    assert not hearing.has_heard(PLAZA, PINO, NOW, voice=True)


def test_it_is_about_one_person_in_one_guild_and_about_voice_or_activities() -> None:
    hearing = heard_pino()
    assert not hearing.has_heard(PLAZA, AGU, 0, voice=True)
    assert not hearing.has_heard(PATIO, PINO, 0, voice=True)
    assert not hearing.has_heard(PLAZA, PINO, 0, voice=False)


def test_the_latest_event_counts_even_where_an_earlier_one_is_remembered_too() -> None:
    hearing = heard_pino()
    later = NOW + 130 * SECOND
    hearing.heard(PATIO, AGU, NOW + 20 * SECOND, voice=False)
    hearing.heard(PLAZA, PINO, later, voice=True)
    assert hearing.has_heard(PLAZA, PINO, later - 1, voice=True)
    assert not hearing.has_heard(PLAZA, PINO, later, voice=True)


def test_an_event_is_remembered_for_two_minutes_while_others_come() -> None:
    hearing = heard_pino()
    for second in range(1, 121):
        hearing.heard(PLAZA, AGU, NOW + second * SECOND, voice=True)
    assert hearing.has_heard(PLAZA, PINO, NOW - 1, voice=True)
    for second in range(121, 365):
        hearing.heard(PLAZA, AGU, NOW + second * SECOND, voice=True)
    assert not hearing.has_heard(PLAZA, PINO, NOW - 1, voice=True)


def test_an_event_is_remembered_for_two_minutes_whenever_the_part_began_in_which_it_came() -> None:
    hearing = Hearing()
    hearing.heard(PLAZA, AGU, NOW, voice=True)
    heard_at = NOW + 110 * SECOND
    hearing.heard(PLAZA, PINO, heard_at, voice=True)
    hearing.heard(PLAZA, AGU, NOW + 121 * SECOND, voice=True)  # begins another
    assert hearing.has_heard(PLAZA, PINO, heard_at - 1, voice=True)
    assert not hearing.is_news(PLAZA, PINO, heard_at - 1, NOW + 229 * SECOND, voice=True)


def test_whoever_was_in_the_earlier_part_is_let_go_of_once_another_takes_its_place() -> None:
    hearing = heard_pino()
    for second in (60, 121, 180, 242):
        hearing.heard(PLAZA, AGU, NOW + second * SECOND, voice=True)
    assert not hearing.has_heard(PLAZA, PINO, NOW - 1, voice=True)
    assert [sorted(people) for people in hearing.forgotten] == [[PINO, AGU]]


def test_a_look_that_took_longer_than_what_is_remembered_says_nothing_new() -> None:
    hearing = Hearing()
    assert hearing.is_news(PLAZA, PINO, NOW - 119 * SECOND, NOW, voice=True)
    assert not hearing.is_news(PLAZA, PINO, NOW - 121 * SECOND, NOW, voice=True)


def test_what_was_heard_moves_with_the_clock() -> None:
    hearing = heard_pino()
    hearing.heard(PLAZA, AGU, NOW, voice=False)
    hearing.shift(-600 * SECOND)
    moved = NOW - 600 * SECOND
    for person, voice in ((PINO, True), (AGU, False)):
        assert hearing.has_heard(PLAZA, person, moved - 1, voice=voice)
        assert not hearing.has_heard(PLAZA, person, moved, voice=voice)


def test_many_who_are_remembered_no_more_are_let_go_of_in_turns() -> None:
    hearing = Hearing()
    for user_id in range(1_000):
        hearing.heard(PLAZA + user_id % 3, user_id, NOW, voice=True)
    hearing.heard(PLAZA, PINO, NOW + 500 * SECOND, voice=True)
    held = [lengths(hearing).total()]
    while hearing.forgotten:
        hearing.go_on(lambda: True)  # one piece, and the time is up
        held.append(lengths(hearing).total())
    assert max(before - after for before, after in pairwise(held)) <= 51
    assert held[-1] < 10


@pytest.mark.parametrize("forgotten", [False, True])
def test_it_lets_go_of_everybody_some_at_a_time(*, forgotten: bool) -> None:
    hearing = Hearing()
    for user_id in range(200):
        hearing.heard(PLAZA, user_id, NOW, voice=True)
    if forgotten:
        hearing.heard(PLAZA, PINO, NOW + 500 * SECOND, voice=True)
    assert len(list(hearing.let_go())) >= 4
    pairs = len(hearing._earlier) + len(hearing._later)  # noqa: SLF001 - they stay, and are empty
    assert lengths(hearing).total() == pairs
