"""Days as people live them: from midnight to midnight in a time zone, of 23 or 25 hours at times.

A day is a number such as 20251229. A midnight that the clocks skip is the instant at which
they skip it; of one that they repeat it is the first (``fold=0``,
https://docs.python.org/3/library/datetime.html#datetime.datetime.fold).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from machines import Instant, from_datetime, to_datetime

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

__all__ = [
    "MOST_DAYS",
    "Day",
    "bounds",
    "day_began",
    "day_of",
    "days_between",
    "next_day_begins",
    "to_date",
    "to_day",
]

Day = int
"""A day, written year, month, day: 20251229."""

MOST_DAYS: Final = 1_000
"""No session is split into more days than these; of a longer one the last count."""

_ONE = timedelta(days=1)


def to_day(day: date) -> Day:
    """Return the number of a day."""
    return day.year * 10_000 + day.month * 100 + day.day


def to_date(day: Day) -> date:
    """Return the date of a day.

    Raises:
        ValueError: there is no such day.
    """
    return date(day // 10_000, day // 100 % 100, day % 100)


def bounds(day: date, zone: tzinfo) -> tuple[Instant, Instant]:
    """Return the day's first instant and the next day's."""
    return _midnight(day, zone), _midnight(day + _ONE, zone)


def day_of(instant: Instant, zone: tzinfo) -> date:
    """Return the day in which an instant lies."""
    return to_datetime(instant).astimezone(zone).date()


def day_began(instant: Instant, zone: tzinfo) -> Instant:
    """Return the last beginning of a day up to an instant, that instant included."""
    day = day_of(instant, zone) + _ONE  # the clocks may just have gone back over midnight
    while (begins := _midnight(day, zone)) > instant:
        day -= _ONE
    return begins


def next_day_begins(instant: Instant, zone: tzinfo) -> Instant:
    """Return the first beginning of a day after an instant."""
    day = day_of(instant, zone)
    while (begins := _midnight(day, zone)) <= instant:
        day += _ONE
    return begins


def days_between(start: Instant, end: Instant, zone: tzinfo, margin: int = 0) -> Iterator[date]:
    """Yield the days that ``start`` to ``end`` touches, and ``margin`` days on either side."""
    last = day_of(max(start, end), zone) + margin * _ONE
    first = max(day_of(start, zone) - margin * _ONE, last - MOST_DAYS * _ONE)
    while first <= last:
        yield first
        first += _ONE


def _midnight(day: date, zone: tzinfo) -> Instant:
    moment = datetime(day.year, day.month, day.day, tzinfo=zone)
    return from_datetime(moment.astimezone(UTC))
