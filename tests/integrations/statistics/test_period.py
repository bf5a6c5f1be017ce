"""Periods: days begin at midnight where people live, weeks on Monday, clocks change."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import get_args

import pytest

from integrations.statistics.period import Grain, Period, buckets, window_of
from machines import SECOND, from_datetime, to_datetime
from tests.integrations.statistics.examples import BOGOTA, MADRID

WEDNESDAY = from_datetime(datetime(2025, 12, 31, 22, 30, tzinfo=BOGOTA))
PERIODS: tuple[Period, ...] = get_args(Period)


@pytest.mark.parametrize(
    ("period", "first"),
    [("today", "2025-12-31"), ("week", "2025-12-29"), ("month", "2025-12-01")],
)
def test_a_period_begins_at_a_local_midnight(period: Period, first: str) -> None:
    window = window_of(period, WEDNESDAY, BOGOTA)
    assert window.since is not None
    assert to_datetime(window.since).astimezone(BOGOTA).isoformat() == f"{first}T00:00:00-05:00"
    assert window.until == WEDNESDAY


def test_all_time_has_no_beginning() -> None:
    assert window_of("all", WEDNESDAY, BOGOTA).since is None


@pytest.mark.parametrize(
    ("period", "grain", "count"),
    [("today", "hour", 24), ("week", "day", 7), ("month", "day", 31), ("all", "week", 12)],
)
def test_a_period_is_shown_in_bars(period: Period, grain: Grain, count: int) -> None:
    shown, bars = buckets(period, WEDNESDAY, BOGOTA)
    assert (shown, len(bars)) == (grain, count)
    assert bars[0].start <= WEDNESDAY < bars[-1].end or period == "today"


@pytest.mark.parametrize("period", PERIODS)
@pytest.mark.parametrize("day", ["2025-03-30", "2025-10-26"])
def test_bars_leave_nothing_out_on_days_of_23_and_25_hours(period: Period, day: str) -> None:
    now = from_datetime(datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=MADRID))
    _, bars = buckets(period, now, MADRID)
    for bar, following in pairwise(bars):
        assert bar.end == following.start
    if period == "today":
        hours = 23 if day == "2025-03-30" else 25
        assert bars[-1].end - bars[0].start == hours * 3600 * SECOND


def test_the_last_of_twelve_weeks_is_this_one() -> None:
    _, bars = buckets("all", WEDNESDAY, BOGOTA)
    assert bars[-1].begins == datetime(2025, 12, 29, tzinfo=BOGOTA)
    assert bars[0].begins == bars[-1].begins - timedelta(weeks=11)
