"""A ranking of very many people is put in order some at a time."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest

from integrations.statistics import ranking
from integrations.statistics.period import Window
from integrations.statistics.ranking import rank
from machines import SECOND, Record

if TYPE_CHECKING:
    from collections.abc import Iterator

WINDOW = Window(None, 10**18)
PEOPLE = 50


def stays() -> Iterator[Record]:
    for user_id in range(PEOPLE):
        seconds = 1 + (user_id * 7) % 20
        yield Record(
            id=f"v{user_id}",
            kind="voice",
            guild_id=900,
            state="ended",
            reason="left",
            started_at=0,
            confirmed_at=0,
            last_seen=seconds * SECOND,
            ended_at=seconds * SECOND,
            seconds=seconds,
            uncertain_seconds=0.0,
            user_id=user_id,
            username=f"Persona {user_id % 7}",
        )


@pytest.mark.parametrize("at_once", [1, 7, PEOPLE, 1_000])
def test_the_order_is_that_of_all_together(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranking, "_AT_ONCE", at_once)
    places = rank(stays(), "voice", WINDOW)
    told = [(-each.total.seconds, each.total.username.casefold(), each.user_id) for each in places]
    assert told == sorted(told)
    assert len(places) == PEOPLE
    tied = [sum(other[0] < own[0] for other in told) + 1 for own in told]
    assert [each.place for each in places] == tied


def test_what_it_holds_of_a_person_is_nothing_that_the_collector_goes_through() -> None:
    gc.collect()
    before = {id(each) for each in gc.get_objects()}
    places = rank(stays(), "voice", WINDOW)
    gc.collect()
    held = [each for each in gc.get_objects() if id(each) not in before]
    assert len(places) == PEOPLE
    assert len(held) < PEOPLE
