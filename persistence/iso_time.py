"""Instants as text: ISO 8601 in UTC, as the files hold them.

They are strings in the file's structs rather than datetimes because msgspec refuses the
``FakeDatetime`` of a frozen clock.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from machines import SECOND, Instant, from_datetime, to_datetime

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

    Clock = Callable[[], Instant]

_FIRST = from_datetime(datetime(1000, 1, 1, tzinfo=UTC))
_LAST = from_datetime(datetime(9000, 1, 1, tzinfo=UTC))

_SECONDS_KNOWN = 4096
"""Seconds whose text is kept ready: what is written together happened at much the same time."""

_INSTANTS_KNOWN = 64
"""Instants whose text is kept ready, and texts whose instant is: an entry names its beginning
several times, and a look that of all whom it has seen. So these hold one number of 32 bytes."""

__all__ = [
    "file_stamp",
    "forget_texts",
    "from_local_text",
    "from_text",
    "from_text_or_none",
    "possible",
    "to_text",
    "to_text_or_none",
    "wall_clock",
]


def wall_clock() -> Instant:
    """Return the present instant."""
    return from_datetime(datetime.now(UTC))


@lru_cache(maxsize=_INSTANTS_KNOWN)
def to_text(instant: Instant) -> str:
    """Return an instant as text, for example ``2025-12-29T22:30:00.000250Z``."""
    second, fraction = divmod(instant, SECOND)
    return f"{_second(second)}.{fraction:06d}Z" if fraction else f"{_second(second)}Z"


@lru_cache(maxsize=_SECONDS_KNOWN)
def _second(second: int) -> str:
    return to_datetime(second * SECOND).replace(tzinfo=None).isoformat()


def forget_texts() -> None:
    """Keep no text ready any more: most seconds of a bot at rest are named no more."""
    _second.cache_clear()


def to_text_or_none(instant: Instant | None) -> str | None:
    """Return an instant as text, and None for None."""
    return None if instant is None else to_text(instant)


@lru_cache(maxsize=_INSTANTS_KNOWN)
def from_text(text: str) -> Instant:
    """Return the instant that a text with a time zone names.

    Raises:
        ValueError: it is no ISO 8601 date and time with a time zone.
    """
    return possible(from_datetime(datetime.fromisoformat(text)))


def possible(instant: Instant) -> Instant:
    """Return ``instant`` where it leaves room to count with: in the years 1000 to 8999.

    Raises:
        ValueError: it does not.
    """
    if not _FIRST <= instant < _LAST:
        raise ValueError("an instant outside the years 1000 to 8999")
    return instant | 0  # a sum keeps room for a carry: of 48 bytes, where 32 are enough


def from_text_or_none(text: str | None) -> Instant | None:
    """Return the instant that a text names, and None for None."""
    return None if text is None else from_text(text)


def from_local_text(text: str, zone: tzinfo | None) -> Instant:
    """Return the instant of a text that, without a time zone of its own, is local time.

    Args:
        text: an ISO 8601 date and time.
        zone: the local time zone; None is that of this machine.

    Raises:
        ValueError: it is no ISO 8601 date and time, or one outside the years 1 to 9999.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        try:
            moment = moment.astimezone() if zone is None else moment.replace(tzinfo=zone)
        except OverflowError as error:
            raise ValueError(f"{text!r} is outside the years 1 to 9999") from error
    return possible(from_datetime(moment))


def file_stamp(instant: Instant) -> str:
    """Return an instant for a file name, for example ``20251229T230000Z``."""
    return to_datetime(instant).strftime("%Y%m%dT%H%M%SZ")
