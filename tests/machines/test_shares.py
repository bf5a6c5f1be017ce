"""A record falls apart into days and channels, and nothing is lost or doubled on the way."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from machines import (
    SECOND,
    Account,
    Record,
    Stay,
    Stretch,
    by_channel,
    by_day,
    from_datetime,
    seconds,
    spans,
)
from tests import strategies
from tests.how_often import examples

GENERAL, LOUNGE = 500, 501
channels = st.sampled_from([GENERAL, LOUNGE, 502])
instants = st.integers(0, 2 * 10**15)


def record(
    start: datetime,
    end: datetime,
    *,
    stretches: list[Stretch] | None = None,
    stays: list[Stay] | None = None,
    unbounded: bool = False,
) -> Record:
    return Record(
        id="a",
        kind="voice",
        guild_id=1,
        state="ended",
        reason="left",
        started_at=from_datetime(start),
        confirmed_at=None,
        last_seen=from_datetime(end),
        ended_at=from_datetime(end),
        seconds=0,
        uncertain_seconds=0,
        stretches=tuple(stretches or ()),
        stays=tuple(stays or ()),
        unbounded=unbounded,
    )


def test_an_evening_over_midnight_falls_on_two_days() -> None:
    evening = record(datetime(2025, 12, 29, 23, tzinfo=UTC), datetime(2025, 12, 30, 2, tzinfo=UTC))
    assert by_day(evening, UTC) == {
        date(2025, 12, 29): Account(3600, 0),
        date(2025, 12, 30): Account(7200, 0),
    }


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2025, 3, 30), 23), (date(2025, 10, 26), 25), (date(2025, 5, 1), 24)]
)
def test_a_day_has_as_many_hours_as_the_clocks_give_it(day: date, hours: int) -> None:
    madrid = ZoneInfo("Europe/Madrid")
    start = datetime(day.year, day.month, day.day, tzinfo=madrid) - timedelta(hours=5)
    long = record(start.astimezone(UTC), start.astimezone(UTC) + timedelta(hours=50))
    assert by_day(long, madrid)[day].seconds == hours * 3600


def test_what_is_unknown_is_unknown_on_its_own_day() -> None:
    start = datetime(2025, 12, 29, 22, tzinfo=UTC)
    midnight = from_datetime(datetime(2025, 12, 30, tzinfo=UTC))
    gap = Stretch(midnight - seconds(600), midnight + seconds(300), "unknown")
    shares = by_day(record(start, start + timedelta(hours=4), stretches=[gap]), UTC)
    assert shares[date(2025, 12, 29)] == Account(7200, 600)
    assert shares[date(2025, 12, 30)] == Account(7200, 300)


def test_only_the_first_day_lacks_a_bound_where_nothing_bounds_the_start() -> None:
    start = datetime(2025, 12, 29, 23, tzinfo=UTC)
    shares = by_day(record(start, start + timedelta(hours=2), unbounded=True), UTC)
    assert shares[date(2025, 12, 29)].uncertain_seconds is None
    assert shares[date(2025, 12, 30)].uncertain_seconds == 0


def test_the_day_of_a_start_that_nothing_bounds_is_there_though_no_time_lies_in_it() -> None:
    start = datetime(2025, 12, 30, tzinfo=UTC)
    midnight = from_datetime(start)
    gap = Stretch(midnight - seconds(300), midnight, "unknown")
    later = Stretch(midnight + seconds(86_400), midnight + seconds(86_500), "unknown")
    shares = by_day(record(start, start, stretches=[gap, later], unbounded=True), UTC)
    assert list(shares) == [date(2025, 12, day) for day in (29, 30, 31)]
    assert shares[date(2025, 12, 30)] == Account(0, None)
    assert by_day(record(start, start), UTC) == {}


def test_a_move_that_was_heard_divides_the_stay() -> None:
    start = datetime(2025, 12, 29, 23, tzinfo=UTC)
    began, moved = from_datetime(start), from_datetime(start) + seconds(600)
    stays = [Stay(GENERAL, "General", began, began), Stay(LOUNGE, "Sala", moved, moved)]
    shares = by_channel(record(start, start + timedelta(minutes=30), stays=stays))
    assert shares == {GENERAL: Account(600, 0), LOUNGE: Account(1200, 0)}


def test_a_move_that_was_found_is_unknown_for_both_channels() -> None:
    start = datetime(2025, 12, 29, 23, tzinfo=UTC)
    began, moved = from_datetime(start), from_datetime(start) + seconds(600)
    stays = [
        Stay(GENERAL, "General", began, began),
        Stay(LOUNGE, "Sala", moved, moved - seconds(100)),
    ]
    shares = by_channel(record(start, start + timedelta(minutes=30), stays=stays))
    assert shares == {GENERAL: Account(600, 100), LOUNGE: Account(1200, 100)}


def test_who_comes_back_to_a_channel_has_one_share_of_it() -> None:
    start = datetime(2025, 12, 29, 23, tzinfo=UTC)
    began = from_datetime(start)
    stays = [
        Stay(channel, "", began + seconds(at), began + seconds(at))
        for channel, at in ((GENERAL, 0), (LOUNGE, 60), (GENERAL, 90))
    ]
    shares = by_channel(record(start, start + timedelta(seconds=100), stays=stays))
    assert shares == {GENERAL: Account(70, 0), LOUNGE: Account(30, 0)}


@settings(deadline=None, max_examples=examples(20))  # a record of fifty years has many days
@given(strategies.records())
def test_the_days_of_a_record_add_up_to_it(whole: Record) -> None:
    shares = by_day(whole, ZoneInfo("America/Santiago"))
    total = sum(share.seconds for share in shares.values())
    assert total == pytest.approx(whole.seconds, abs=1e-6 * max(1.0, whole.seconds))


@settings(deadline=None)
@given(strategies.records(), st.lists(st.tuples(channels, instants), min_size=1, max_size=8))
def test_the_channels_of_a_record_add_up_to_it(
    whole: Record, visits: list[tuple[int, int]]
) -> None:
    times = sorted(at for _, at in visits)
    floors = [times[0], *times]
    whole.stays = tuple(
        Stay(channel, "", since, floor)
        for (channel, _), since, floor in zip(visits, times, floors, strict=False)
    )
    shares = by_channel(whole)
    total = sum(share.seconds for share in shares.values())
    assert total == pytest.approx(whole.seconds, abs=1e-6 * max(1.0, whole.seconds))


@st.composite
def small_records(draw: st.DrawFn) -> Record:
    """Return one of a few instants, with moves of which some were found rather than heard."""
    start = draw(st.integers(0, 5))
    some = st.integers(0, 20)
    times = draw(st.lists(some, max_size=5).map(sorted))
    floors = sorted(at - draw(st.integers(0, 6)) for at in times)
    made = record(datetime(2025, 12, 29, tzinfo=UTC), datetime(2025, 12, 29, tzinfo=UTC))
    made.started_at, made.ended_at = start, start + draw(some)
    values = st.sampled_from(["away", "unknown"])
    made.stretches = tuple(draw(st.lists(st.builds(Stretch, some, some, values), max_size=4)))
    made.stays = tuple(
        Stay(draw(channels), "", since, floor)
        for since, floor in zip([start, *times], [start, *floors], strict=True)
    )
    return made


def instant_by_instant(whole: Record) -> dict[int, Account]:
    """Return the shares of channels as they are meant, in as many steps as it takes."""
    present, uncounted, counted = (Counter[int]() for _each in range(3))
    for part in spans(whole.started_at, whole.ended_at, whole.stretches):
        for at in range(part.start, part.end):
            here = [stay for stay in whole.stays if stay.since <= at or stay is whole.stays[0]][-1]
            found = [stay for stay in whole.stays[1:] if stay.floor <= at < stay.since]
            if part.value == "unknown" or (part.value == "present" and found):
                (counted if part.credited else uncounted)[here.channel_id] += 1
                uncounted.update(stay.channel_id for stay in found)
            elif part.value == "present":
                present[here.channel_id] += 1
    return {
        one: Account(
            (present[one] + counted[one]) / SECOND, max(counted[one], uncounted[one]) / SECOND
        )
        for one in {stay.channel_id for stay in whole.stays}
    }


@given(small_records())
def test_each_channel_has_its_part_of_each_instant(whole: Record) -> None:
    assert by_channel(whole) == instant_by_instant(whole)
