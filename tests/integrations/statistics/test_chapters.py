"""Chapters: a party that goes on as another is one wherever parties are counted or drawn."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import msgspec
import pytest

from integrations.report import ReportFigures, figures_of
from integrations.statistics.chapters import parties_in
from integrations.statistics.charted import joined, party_timeline
from integrations.statistics.period import Window
from integrations.statistics.ranking import rank
from integrations.statistics.sums import by_person
from machines import Span, next_chapter_id
from tests.engine.two_bots import World
from tests.integrations.statistics.examples import AGU, PINO, ZETA, at, game, party, voice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from machines import Record

UTC = ZoneInfo("UTC")
EVER = Window(None, at(1000))
EVERYBODY = {PINO, AGU, ZETA}


def evening(*whose: set[int], first: float = 0) -> list[Record]:
    """Return a party's chapters of an hour each, with who was there in each."""
    chapters: list[Record] = []
    for start, who in enumerate(whose):
        hours = (first + start, first + start + 1)
        chapter = party(*hours, dict.fromkeys(sorted(who), hours))
        if chapters:
            chapters[-1].reason = "goes_on"
            chapter.id = next_chapter_id(chapters[-1].id)
        chapters.append(chapter)
    return chapters


def sessions_of(user_id: int, records: Sequence[Record], window: Window = EVER) -> int:
    return by_person(records, window)[user_id, "party"].sessions


def report(records: Sequence[Record], window: Window = EVER) -> ReportFigures:
    return figures_of(records, guild_id=None, period="all", window=window, now=at(99), zone=UTC)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_party_that_goes_on_as_another_is_one_in_whatever_order_they_come(
    order: tuple[int, ...],
) -> None:
    chapters = evening({PINO, AGU}, EVERYBODY, {PINO, AGU})
    records = [*(chapters[place] for place in order), *evening({PINO, AGU}, first=9)]
    assert [sessions_of(user_id, records) for user_id in (PINO, ZETA)] == [2, 1]
    assert [one.total.sessions for one in rank(records, "party", EVER)] == [2, 2, 1]
    assert report([*records, voice(PINO, 0, 1)]).sessions == 3
    assert [[each.id for each in one] for one in parties_in(chapters)] == [
        [one.id for one in chapters]
    ]


def test_what_lies_outside_of_a_period_makes_no_other_party_of_it() -> None:
    chapters = evening(EVERYBODY, EVERYBODY, EVERYBODY)
    for window in (Window(at(1.5), at(9)), Window(None, at(1.5)), Window(at(1.2), at(1.5))):
        records = [one for one in chapters if one.ended_at >= (window.since or 0) <= window.until]
        records = [one for one in records if one.started_at < window.until]
        assert sessions_of(PINO, records, window) == report(records, window).sessions == 1


def test_whoever_stays_away_for_a_whole_chapter_and_comes_back_was_there_twice() -> None:
    chapters = evening(EVERYBODY, {PINO, AGU}, EVERYBODY)
    assert [sessions_of(user_id, chapters) for user_id in (PINO, ZETA)] == [1, 2]
    assert report(chapters).sessions == 1


def test_parties_that_counted_at_once_are_no_chapters_of_each_other() -> None:
    records = [*evening(EVERYBODY), *evening(EVERYBODY, first=1), *evening(EVERYBODY, first=3)]
    assert sessions_of(PINO, records) == report(records).sessions == 3
    assert [len(one) for one in parties_in([*records, game(PINO, "VALORANT", 0, 1)])] == [1, 1, 1]


def test_the_longest_parties_are_told_whole_however_many_chapters_they_have() -> None:
    short = [one for start in range(4) for one in evening(EVERYBODY, first=20 + 3 * start)]
    for one in short:
        one.seconds = 3600.0 * 1.5
    long = evening({PINO, AGU}, EVERYBODY, {AGU, ZETA})
    long[0].uncertain_seconds = 60.0
    first, *others = report([*short, *long]).parties
    assert (first.started_at, first.ended_at) == (at(0), at(3))
    assert (first.seconds, first.uncertain_seconds) == (3 * 3600, 60.0)
    assert first.spans == [Span(at(0), at(3), "present", credited=True)]
    assert {
        line.username: [(one.start, one.end) for one in line.spans] for line in first.players
    } == {
        "Pino": [(at(0), at(2))],
        "agu": [(at(0), at(3))],
        "Zeta": [(at(1), at(3))],
    }
    assert len(others) == 3


def test_a_party_of_which_nobody_knows_the_start_has_no_bound_whatever_goes_on() -> None:
    chapters = evening(EVERYBODY, EVERYBODY)
    chapters[0].uncertain_seconds = None
    assert joined([party_timeline(one) for one in chapters]).uncertain_seconds is None


def test_between_two_chapters_nobody_is_said_to_have_been_there() -> None:
    chapters = evening(EVERYBODY, EVERYBODY)
    chapters[0].ended_at = at(0.5)
    whole = joined([party_timeline(one) for one in chapters])
    assert [(one.start, one.value) for one in whole.spans] == [
        (at(0), "present"),
        (at(0.5), "away"),
        (at(1), "present"),
    ]


def test_what_the_engine_writes_in_chapters_is_told_as_if_there_were_none() -> None:
    world = World(3_600.0)
    world.look()
    for user in (1, 2, 3):
        world.comes_or_goes(user)
        world.passes(1_000)
    for hour in range(7):
        world.passes(3_600)
        if hour == 2:
            world.comes_or_goes(3)
        world.look()
    world.comes_or_goes(1)
    world.passes(99_999)
    one, many = world.endless.party_records(), world.chaptered.party_records()
    assert (len(one), len(many) > 4) == (1, True)
    window = Window(None, world.now)
    assert by_person(many, window) == by_person(one, window)
    [whole] = parties_in(many)
    assert joined([party_timeline(each) for each in whole]) == party_timeline(one[0])
    alone = [msgspec.structs.replace(each, reason="left") for each in many]
    assert report(alone, window).sessions == len(many)
