"""Instants: aware datetimes outside, whole microseconds inside."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo

import freezegun
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from machines import SECOND, NaiveDatetimeError, from_datetime, seconds, to_datetime


class Nowhere(tzinfo):
    """A time zone that does not know its offset; Python counts such a datetime as naive."""

    def utcoffset(self, _moment: datetime | None) -> timedelta | None:
        return None

    def dst(self, _moment: datetime | None) -> timedelta | None:
        return None

    def tzname(self, _moment: datetime | None) -> str | None:
        return None


@pytest.mark.parametrize("zone", [None, Nowhere()])
def test_a_datetime_without_a_time_zone_is_refused(zone: tzinfo | None) -> None:
    moment = datetime(2025, 12, 29, 23, 0, tzinfo=zone)
    with pytest.raises(NaiveDatetimeError, match=r"pass an aware datetime .* datetime\.now\(UTC\)"):
        from_datetime(moment)


def test_a_naive_datetime_is_also_a_value_error() -> None:
    assert issubclass(NaiveDatetimeError, ValueError)


def test_instants_count_from_1970() -> None:
    assert from_datetime(datetime(1970, 1, 1, tzinfo=UTC)) == 0
    assert from_datetime(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)) == SECOND
    assert from_datetime(datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == -1


def test_one_instant_has_many_time_zones() -> None:
    there = timezone(timedelta(hours=-3))
    moment = datetime(2025, 12, 29, 20, 0, tzinfo=there)
    assert from_datetime(moment) == from_datetime(datetime(2025, 12, 29, 23, 0, tzinfo=UTC))
    assert to_datetime(from_datetime(moment)).tzinfo is UTC


INSTANTS = st.integers(-(10**16), 10**17)


@given(INSTANTS, st.timezones())
def test_there_and_back_nothing_is_lost_whatever_the_time_zone(instant: int, zone: tzinfo) -> None:
    moment = to_datetime(instant)
    assert moment.tzinfo is UTC
    assert from_datetime(moment) == instant
    assert from_datetime(moment.astimezone(zone)) == instant


@freezegun.freeze_time("2025-12-29 23:00:00.000001")
def test_a_frozen_clock_is_accepted_and_leaves_a_plain_number() -> None:
    now = datetime.now(UTC)
    assert type(now) is not type(to_datetime(0))
    instant = from_datetime(now)
    assert type(instant) is int
    assert instant == 1_767_049_200_000_001
    assert msgspec.json.encode(instant) == b"1767049200000001"


@pytest.mark.parametrize(
    ("duration", "expected"),
    [(0, 0), (3, 3_000_000), (0.5, 500_000), (0.1, 100_000), (8.2, 8_200_000), (1e-6, 1)],
)
def test_durations_are_whole_microseconds(duration: float, expected: int) -> None:
    assert seconds(duration) == expected
    assert type(seconds(duration)) is int
