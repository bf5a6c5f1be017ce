"""Instants: aware UTC datetimes outside, whole microseconds inside.

Integers are exact, cheap to compare, and indifferent to a frozen clock (freezegun's
``FakeDatetime`` is refused by msgspec, plain integers are not).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

__all__ = [
    "SECOND",
    "Instant",
    "Moment",
    "NaiveDatetimeError",
    "from_datetime",
    "instant_of",
    "seconds",
    "to_datetime",
]

Instant = int
"""Microseconds since 1970-01-01T00:00:00 UTC."""

Moment = datetime | Instant
"""When something is, as callers have it at hand: an aware datetime, or an instant already."""

SECOND = 1_000_000
"""One second, in the unit of :data:`Instant`."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DAY = 86_400
"""Seconds of the days that a ``timedelta`` counts."""


class NaiveDatetimeError(ValueError):
    """A datetime without a time zone was given where an aware one is needed."""


def from_datetime(moment: datetime) -> Instant:
    """Return the instant of an aware datetime.

    Raises:
        NaiveDatetimeError: ``moment`` has no time zone.
    """
    try:
        passed = moment - _EPOCH
    except TypeError:
        msg = f"{moment!r} has no time zone: pass an aware datetime such as datetime.now(UTC)."
        raise NaiveDatetimeError(msg) from None
    return (passed.days * _DAY + passed.seconds) * SECOND + passed.microseconds


def instant_of(moment: Moment) -> Instant:
    """Return the instant of a moment.

    Raises:
        NaiveDatetimeError: ``moment`` is a datetime without a time zone.
    """
    return moment if isinstance(moment, int) else from_datetime(moment)


def to_datetime(instant: Instant) -> datetime:
    """Return the aware UTC datetime of an instant."""
    return _EPOCH + instant * _MICROSECOND


def seconds(duration: float) -> int:
    """Return a duration of ``duration`` seconds in the unit of :data:`Instant`."""
    return round(duration * SECOND)
