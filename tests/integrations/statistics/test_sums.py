"""Sums: running time counts, nothing counts twice, and each sum says how wrong it can be."""

from __future__ import annotations

import asyncio
import gc
from itertools import accumulate
from typing import TYPE_CHECKING
from unittest.mock import Mock

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.statistics import sums
from integrations.statistics.chapters import Chapters
from integrations.statistics.charted import bars_of, heat_map, party_timeline
from integrations.statistics.period import Bucket, Window, buckets, window_of
from integrations.statistics.ranking import rank
from integrations.statistics.records import gather
from integrations.statistics.sums import by_channel, by_game, by_person
from machines import KINDS, SECOND, Record, Stay, Stretch, to_datetime
from persistence.totals import clipped, credited_to, length_of_union, time_of
from tests.integrations.statistics.examples import (
    AGU,
    BOGOTA,
    PINO,
    ZETA,
    at,
    game,
    party,
    voice,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from machines import Span

EVER = Window(None, at(1000))


def test_what_is_going_on_counts_and_is_marked() -> None:
    records = [voice(PINO, 0, 1), voice(PINO, 2, 3, running=True)]
    total = by_person(records, EVER)[PINO, "voice"]
    assert (total.seconds, total.sessions, total.running) == (7200, 2, True)


def test_of_a_crowd_no_dict_of_sums_is_large() -> None:
    people = range(1_000_000, 1_000_000 + 4_096 * 64, 64)  # as ids that end in the same digits
    one = voice(PINO, 0, 1)
    records = [msgspec.structs.replace(one, user_id=each) for each in people]
    dicts = sums._sums_of(records, EVER, Chapters())  # noqa: SLF001 - what it holds is meant
    assert sum(map(len, dicts)) == len(people)
    assert max(map(len, dicts)) < len(people) / 16


def test_what_nobody_knows_is_told_also_where_nothing_is_credited() -> None:
    there, plays = voice(PINO, 0, 1), game(AGU, "VALORANT", 0, 1)
    there.stretches = plays.stretches = (Stretch(at(1), at(3), "unknown"),)
    behind = Window(at(2), at(4))
    total = by_person([there], behind)[PINO, "voice"]
    assert (total.seconds, total.uncertain_seconds, total.sessions) == (0, 3600, 0)
    assert total.username == "Pino"
    [place] = rank([there], "voice", behind)
    assert place.total == total
    [played] = by_game([plays], behind)
    assert (played.seconds, played.uncertain_seconds, played.people) == (0, 3600, 0)
    assert by_person([there, plays], Window(at(3), at(4))) == {}


def test_a_session_of_no_time_is_one_wherever_history_has_it() -> None:
    """Somebody came, was never heard of again, and was gone at the next check."""
    lost = game(PINO, "VALORANT", 1, 1)
    lost.stretches = (Stretch(at(1), at(1.1), "unknown"),)
    edge = voice(AGU, 0, 1)
    for window in (EVER, Window(at(1), at(2))):
        records = [lost, edge]
        totals = by_person(records, window)
        assert totals[PINO, "game"].sessions == totals[AGU, "voice"].sessions == 1
        [valorant] = by_game(records, window)
        assert (valorant.seconds, valorant.people, valorant.sessions) == (0, 1, 1)
    assert by_person([lost, edge], Window(at(1.2), at(2))) == {}


def test_whoever_was_away_for_all_of_a_party_was_in_none() -> None:
    record = party(0, 1, {PINO: (0, 1), AGU: (0, 1)})
    pino, agu = record.players
    away = msgspec.structs.replace(agu, stretches=(Stretch(at(0), at(1), "away"),))
    record.players = (pino, away)
    assert set(by_person([record], EVER)) == {(PINO, "party")}


def test_a_start_that_nothing_bounds_counts_in_the_time_in_which_it_was() -> None:
    there = voice(PINO, 5, 6)
    there.unbounded, there.stretches = True, (Stretch(at(1), at(5), "unknown"),)
    starts = [by_person([there], Window(at(hour), at(hour + 2)))[PINO, "voice"] for hour in (3, 5)]
    assert [total.unbounded for total in starts] == [0, 1]


def test_two_games_at_once_count_once_for_the_person_and_each_for_itself() -> None:
    records = [game(PINO, "VALORANT", 0, 2), game(PINO, "Minecraft", 1, 3)]
    assert by_person(records, EVER)[PINO, "game"].seconds == 3 * 3600
    assert [(one.name, one.seconds) for one in by_game(records, EVER)] == [
        ("Minecraft", 7200),
        ("VALORANT", 7200),
    ]


def test_a_game_says_how_far_from_the_truth_its_sum_can_be() -> None:
    unsure, unseen = game(PINO, "VALORANT", 0, 2), game(AGU, "VALORANT", 0, 2)
    unsure.stretches = (Stretch(at(1), at(1.5), "unknown"),)
    unseen.unbounded = True
    [valorant] = by_game([unsure, unseen, game(ZETA, "VALORANT", 0, 1)], EVER)
    assert (valorant.uncertain_seconds, valorant.unbounded) == (1800, 1)


def test_a_session_over_the_edge_of_a_period_counts_inside_it_alone() -> None:
    window = Window(at(1), at(1.5))
    total = by_person([voice(PINO, 0, 5, unknown=(0, 1.25))], window)[PINO, "voice"]
    assert (total.seconds, total.uncertain_seconds) == (1800, 900)


def test_a_start_that_nobody_knows_is_counted_where_it_lies_in_the_period() -> None:
    records = [voice(PINO, 0, 2, unbounded=True)]
    assert by_person(records, EVER)[PINO, "voice"].unbounded == 1
    assert by_person(records, Window(at(1), at(9)))[PINO, "voice"].unbounded == 0


def test_of_a_party_everybody_gets_their_own_time_in_it() -> None:
    record = party(0, 2, {PINO: (-1, 2), AGU: (0, 1), ZETA: (1, 2)})
    totals = by_person([record], EVER)
    assert {user_id: total.seconds for (user_id, _), total in totals.items()} == {
        PINO: 7200,
        AGU: 3600,
        ZETA: 3600,
    }


def test_of_a_party_the_doubt_counts_that_lies_within_it() -> None:
    """Not what nobody knows of somebody's game before another came, and there was a party."""
    record = party(5, 6, {PINO: (2, 6), AGU: (5, 6), ZETA: (5, 6)})
    pino, agu, zeta = record.players
    record.players = (
        msgspec.structs.replace(pino, stretches=(Stretch(at(0), at(2), "unknown"),)),
        agu,
        msgspec.structs.replace(zeta, stretches=(Stretch(at(5.5), at(5.75), "unknown"),)),
    )
    totals = by_person([record], EVER)
    assert [totals[who, "party"].uncertain_seconds for who in (PINO, AGU, ZETA)] == [0, 0, 900]


def test_whoever_is_there_for_certain_is_not_certainly_in_a_party_that_may_not_have_been() -> None:
    record = party(0, 2, {PINO: (0, 2), AGU: (0, 2)})
    unknown = (Stretch(at(1), at(1.5), "unknown"), Stretch(at(2), at(2.25), "unknown"))
    record.stretches = unknown
    pino, agu = record.players
    record.players = (
        msgspec.structs.replace(pino, ended_at=at(4)),
        msgspec.structs.replace(agu, stretches=unknown),
    )
    total = by_person([record], EVER)[PINO, "party"]
    assert (total.seconds, total.uncertain_seconds) == (7200, 1800)


def test_one_person_can_be_asked_about_alone() -> None:
    records = [voice(PINO, 0, 1), party(0, 2, {PINO: (0, 2), AGU: (0, 2)})]
    assert set(by_person(records, EVER, only=PINO)) == {(PINO, "voice"), (PINO, "party")}


def test_the_channels_of_a_session_share_it() -> None:
    record = voice(PINO, 0, 3)
    other = voice(PINO, 5, 6, channel=(502, "Music"))
    record.stays += (other.stays[0].__class__(502, "Music", at(2), at(2)),)
    assert by_channel([record, other], EVER) == [
        (501, "General", 7200.0),
        (502, "Music", 7200.0),
    ]


quarters = st.integers(-4, 60).map(lambda number: at(number / 4))
absences = st.builds(Stretch, quarters, quarters, st.sampled_from(("away", "unknown")))


@st.composite
def restless(draw: st.DrawFn) -> Record:
    """Return somebody's session with moves and absences wherever, a damaged clock's included."""
    start, hours = draw(st.integers(0, 40)) / 4, draw(st.integers(1, 40)) / 4
    record = voice(PINO, start, start + hours)
    moves = draw(st.lists(st.tuples(st.integers(501, 504), quarters), max_size=6))
    record.stays += tuple(Stay(place, f"{place}", since, since) for place, since in moves)
    record.stretches = tuple(draw(st.lists(absences, max_size=6)))
    return record


@given(st.lists(restless(), max_size=3), st.none() | quarters, quarters)
def test_each_channel_has_what_is_credited_from_one_move_to_the_next(
    records: list[Record], since: int | None, until: int
) -> None:
    expected: dict[int, float] = {}
    for record in records:
        credited = list(clipped(credited_to(PINO, record), since, until))
        starts = [None, *accumulate((stay.since for stay in record.stays[1:]), max)]
        for stay, start, end in zip(record.stays, starts, [*starts[1:], None], strict=True):
            spent = length_of_union(clipped(credited, start, end)) / SECOND
            expected[stay.channel_id] = expected.get(stay.channel_id, 0.0) + spent
    found = by_channel(records, Window(since, until))
    assert {channel_id: spent for channel_id, _, spent in found} == {
        channel_id: spent for channel_id, spent in expected.items() if spent
    }


@given(st.lists(restless(), max_size=4), st.lists(st.tuples(quarters, quarters), max_size=6))
def test_each_bar_has_what_is_credited_in_it_however_bars_lie(
    records: list[Record], edges: list[tuple[int, int]]
) -> None:
    bars = [Bucket(to_datetime(start), start, max(start, end)) for start, end in edges]
    credited = [part for record in records for part in credited_to(PINO, record)]
    assert bars_of(records, PINO, "hour", bars, ("voice",)).seconds["voice"] == [
        length_of_union(clipped(credited, bar.start, bar.end)) / SECOND for bar in bars
    ]


def test_ties_share_a_place_and_the_next_is_as_far_on_as_they_are() -> None:
    records = [
        voice(PINO, 0, 1), voice(AGU, 0, 2), voice(ZETA, 3, 4),
    ]  # fmt: skip
    places = rank(records, "voice", EVER)
    assert [(one.place, one.total.username) for one in places] == [
        (1, "agu"),
        (2, "Pino"),
        (2, "Zeta"),
    ]


def test_a_ranking_is_of_one_kind_and_of_nobody_without_time() -> None:
    assert rank([game(PINO, "VALORANT", 0, 1)], "voice", EVER) == []


def test_the_heat_map_shows_local_hours() -> None:
    hours = heat_map([voice(PINO, 0, 3)], EVER, BOGOTA)
    assert (hours.seconds[0][22], hours.seconds[0][23], hours.seconds[1][0]) == (3600, 3600, 3600)
    assert hours.total == 3 * 3600


def test_of_very_many_people_it_holds_nothing_that_the_collector_goes_through() -> None:
    held: list[int] = []

    def counted() -> Iterator[Record]:
        for number in range(1_000):
            if number in {10, 999}:
                gc.collect()
                held.append(len(gc.get_objects()))
            record = game(PINO, "VALORANT", 0, 3)
            record.user_id = number
            yield record

    hours = heat_map(counted(), EVER, BOGOTA)
    assert hours.total == 1_000 * 3 * 3600
    assert held[1] - held[0] < 100


def test_the_busiest_hour_is_that_of_most_people() -> None:
    hours = heat_map([voice(PINO, 0, 3), voice(AGU, 2, 3)], EVER, BOGOTA)
    assert hours.busiest() == (1, 0)


def test_a_party_has_one_line_for_each_player_even_if_they_came_twice() -> None:
    record = party(0, 3, {PINO: (0, 3), AGU: (0, 1)})
    record.players += party(2, 3, {AGU: (2, 3)}).players[:1]
    timeline = party_timeline(record)
    assert [(line.username, len(line.spans)) for line in timeline.players] == [
        ("Pino", 1),
        ("agu", 2),
    ]


def test_of_a_large_party_only_as_many_lines_are_made_as_are_asked_for() -> None:
    [one] = (record := party(0, 3, {PINO: (0, 3)})).players
    record.players = tuple(
        msgspec.structs.replace(one, user_id=number) for number in [*range(1_000), 1]
    )
    gc.collect()
    held = len(gc.get_objects())
    timeline = party_timeline(record, lines=3)
    assert len(gc.get_objects()) - held < 30
    assert [line.user_id for line in timeline.players] == [0, 1, 2]
    assert [len(line.spans) for line in timeline.players] == [1, 2, 1]
    assert len(party_timeline(record).players) == 1_000


@st.composite
def evenings(draw: st.DrawFn) -> list[Record]:
    """Return sessions of two people in the week of the example, perhaps overlapping."""
    records: list[Record] = []
    for number in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, 100)) / 4
        length = draw(st.integers(1, 40)) / 4
        user_id = draw(st.sampled_from((PINO, AGU)))
        record = voice(user_id, start, start + length)
        record.id = f"{number}"
        records.append(record)
    return records


@given(evenings())
def test_heat_map_bars_and_totals_say_the_same(records: list[Record]) -> None:
    totals = by_person(records, EVER)
    whole = sum(total.seconds for total in totals.values())
    assert heat_map(records, EVER, BOGOTA).total == pytest.approx(whole)
    grain, bars = buckets("all", at(40), BOGOTA)
    for (user_id, kind), total in totals.items():
        own = [record for record in records if record.user_id == user_id]
        assert sum(bars_of(own, user_id, grain, bars, KINDS).seconds[kind]) == pytest.approx(
            total.seconds
        )


@given(evenings())
def test_periods_that_touch_add_up(records: list[Record]) -> None:
    middle = at(20)
    parts = (Window(None, middle), Window(middle, at(1000)))
    for key, total in by_person(records, EVER).items():
        halves = [by_person(records, part).get(key) for part in parts]
        assert sum(half.seconds for half in halves if half is not None) == pytest.approx(
            total.seconds
        )


def test_this_week_is_part_of_all_time() -> None:
    records = [voice(PINO, -200, -199), voice(PINO, 0, 1)]
    week = by_person(records, window_of("week", at(2), BOGOTA))[PINO, "voice"]
    assert week.seconds == 3600


def crowd(people: int) -> Record:
    """Return a party of so many, of whom the first came twice."""
    record = party(0, 2, {PINO: (0, 1)})
    [player] = record.players
    everybody = [
        msgspec.structs.replace(player, user_id=number, username=f"P{number}")
        for number in range(people)
    ]
    again = msgspec.structs.replace(everybody[0], started_at=at(1), ended_at=at(2))
    record.players = (*everybody, again)
    return record


def test_each_player_of_a_party_is_gone_through_for_their_own_time_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gone_through: list[int] = []

    def counted(user_id: int, record: Record) -> Iterator[Span]:
        gone_through.append(len(record.players))
        return time_of(user_id, record)

    monkeypatch.setattr(sums, "time_of", counted)
    places = rank([crowd(100)], "party", EVER)
    assert [(one.total.username, one.total.seconds) for one in places[:2]] == [
        ("P0", 7200),
        ("P1", 3600),
    ]
    assert len(places) == 100
    assert sum(gone_through) == 101


def test_of_one_who_is_asked_about_alone_no_other_player_is_added_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []

    def counted(user_id: int, record: Record) -> Iterator[Span]:
        asked.append(user_id)
        return time_of(user_id, record)

    monkeypatch.setattr(sums, "time_of", counted)
    totals = by_person([crowd(100)], EVER, only=7)
    assert totals[7, "party"].seconds == 3600
    assert asked == [7]


def everything_of(records: list[Record]) -> list[Record]:
    """Return what there is to see of records of sessions that go on, with an empty ledger."""
    ledger = Mock()
    ledger.history.return_value = []
    return list(gather(ledger, records, EVER, guild_id=None))


@pytest.mark.parametrize(
    "work",
    [
        everything_of,
        lambda records: by_game(records, EVER),
        lambda records: by_person(records, EVER),
        lambda records: by_channel(records, EVER),
        lambda records: bars_of(records, PINO, "day", [], KINDS),
        lambda records: heat_map(records, EVER, BOGOTA),
    ],
    ids=["gather", "by_game", "by_person", "by_channel", "bars_of", "heat_map"],
)
async def test_whoever_goes_through_very_many_in_a_thread_pauses_for_the_loop(
    monkeypatch: pytest.MonkeyPatch, work: Callable[[list[Record]], object]
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("persistence.beside_the_loop._WORK", 0.0)
    monkeypatch.setattr("persistence.beside_the_loop.time.sleep", pauses.append)
    records = [game(PINO, "VALORANT", 0, 1) for _number in range(100)]
    await asyncio.to_thread(work, records)
    assert len(pauses) >= 100


def often_away(times: int) -> Record:
    """Return a session of somebody who was away so many times."""
    record = game(PINO, "VALORANT", 0, 1)
    record.stretches = tuple(
        Stretch(
            record.started_at + 2 * number * SECOND,
            record.started_at + (2 * number + 1) * SECOND,
            "away",
        )
        for number in range(times)
    )
    return record


@pytest.mark.parametrize(
    ("work", "times"),
    [
        # Each time the stretches are gone through, and then twice as many spans.
        (lambda record: by_person([record], EVER), 3 + 3 * 2),
        (lambda record: by_game([record], EVER), 3 + 3 * 2),
        (lambda record: bars_of([record], PINO, "day", [], KINDS), 3 + 1),
        (lambda record: heat_map([record], EVER, BOGOTA), 3 + 1 + 1),
        (party_timeline, 3),
    ],
    ids=["by_person", "by_game", "bars_of", "heat_map", "party_timeline"],
)
async def test_whoever_goes_through_one_long_record_in_a_thread_pauses_as_well(
    monkeypatch: pytest.MonkeyPatch, work: Callable[[Record], object], times: int
) -> None:
    """One of 10,000 stretches took 90 ms, in which nobody else had a turn."""
    pauses: list[float] = []
    monkeypatch.setattr("persistence.beside_the_loop._WORK", 0.0)
    monkeypatch.setattr("persistence.beside_the_loop.time.sleep", pauses.append)
    await asyncio.to_thread(work, often_away(100))
    assert len(pauses) >= 100 * times
