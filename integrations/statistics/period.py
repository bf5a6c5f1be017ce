"""Periods: from when to when a question reaches, with days and weeks of a local time zone."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Literal, NamedTuple, assert_never

from machines import Instant, from_datetime, to_datetime

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, tzinfo

__all__ = ["Bucket", "Grain", "Period", "Window", "buckets", "start_of_day", "window_of"]

Period = Literal["today", "week", "month", "all"]
Grain = Literal["hour", "day", "week"]

_WEEKS_SHOWN = 12


class Window(NamedTuple):
    """From ``since`` (None: from the beginning) until ``until``."""

    since: Instant | None
    until: Instant

    def clip(self, start: Instant, end: Instant) -> tuple[Instant, Instant]:
        """Return the part of an interval that lies inside; it may be empty."""
        first = start if self.since is None else max(start, self.since)
        return first, max(first, min(end, self.until))


class Bucket(NamedTuple):
    """One bar of a chart: an hour, a day or a week, with the local time at which it begins."""

    begins: datetime
    start: Instant
    end: Instant


def start_of_day(day: date, zone: tzinfo) -> Instant:
    """Return the first instant of a local day."""
    return from_datetime(datetime.combine(day, time(), zone))


def window_of(period: Period, now: Instant, zone: tzinfo) -> Window:
    """Return what a period means at ``now``: days begin at midnight and weeks on Monday."""
    today = to_datetime(now).astimezone(zone).date()
    match period:
        case "today":
            first = today
        case "week":
            first = today - timedelta(days=today.weekday())
        case "month":
            first = today.replace(day=1)
        case "all":
            return Window(None, now)
        case _:
            assert_never(period)
    return Window(start_of_day(first, zone), now)


def buckets(period: Period, now: Instant, zone: tzinfo) -> tuple[Grain, list[Bucket]]:
    """Return the bars that show a period: its hours, its days, or the last twelve weeks."""
    today = to_datetime(now).astimezone(zone).date()
    match period:
        case "today":
            midnight = datetime.combine(today, time(), zone)
            return "hour", [_hour(midnight, hour, zone) for hour in range(24)]
        case "week":
            monday = today - timedelta(days=today.weekday())
            return "day", list(_days(monday, 7, 1, zone))
        case "month":
            first = today.replace(day=1)
            length = ((first + timedelta(days=32)).replace(day=1) - first).days
            return "day", list(_days(first, length, 1, zone))
        case "all":
            monday = today - timedelta(days=today.weekday(), weeks=_WEEKS_SHOWN - 1)
            return "week", list(_days(monday, _WEEKS_SHOWN, 7, zone))
        case _:
            assert_never(period)


def _hour(midnight: datetime, hour: int, zone: tzinfo) -> Bucket:
    begins = midnight.replace(hour=hour)
    after = midnight.replace(hour=hour + 1) if hour < 23 else midnight + timedelta(days=1)  # noqa: PLR2004 - the last hour
    start, end = from_datetime(begins), from_datetime(after.replace(tzinfo=zone))
    return Bucket(begins, start, max(start, end))


def _days(first: date, count: int, days: int, zone: tzinfo) -> Iterator[Bucket]:
    for number in range(count):
        day = first + timedelta(days=number * days)
        begins = datetime.combine(day, time(), zone)
        yield Bucket(begins, from_datetime(begins), start_of_day(day + timedelta(days=days), zone))
