"""What the ledger knows of itself: derived, so that whatever is damaged of it is found anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, NamedTuple

import msgspec

from persistence.days import Day, to_date

if TYPE_CHECKING:
    from persistence.database import Database

__all__ = ["EVERY_DAY", "Anew", "Facts", "count_anew", "count_in", "facts_of", "put_anew"]

_FOR_EVER: Final = 2**60
"""More microseconds than lie between any two instants."""

EVERY_DAY: Final[Day] = 9999_99_99
"""Later than any day."""

_SET: Final = "INSERT OR REPLACE INTO facts VALUES (?, ?)"
_LONGEST: Final = """
SELECT coalesce(max(length), 0) FROM (SELECT ended_at - started_at AS length FROM records)
WHERE typeof(length) = 'integer' AND length BETWEEN 0 AND ?
"""
_Stored = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


class Anew(NamedTuple):
    """Which totals are to be counted anew, and how far that has come.

    Attributes:
        before: those of days before this one.
        ended_at: the end of the last record that is counted; None while totals of before are there.
        row: the row (rowid) of that record.
    """

    before: _Stored
    ended_at: _Stored | float | None = None
    row: _Stored = 0


class Facts(NamedTuple):
    """What stands in the table ``facts``.

    Attributes:
        longest: how long the longest session lasted, in microseconds; more where it is not known.
        zone: the time zone in which days are counted; None where that is not known.
        counted_to: the last row (rowid) whose days are counted; None where all are.
        anew: what is to be counted anew because records went; None where nothing is.
        is_sound: False where an older version may have removed records and left their totals, or
            totals and left their records.
    """

    longest: int
    zone: str | None
    counted_to: int | None
    anew: Anew | None
    is_sound: bool

    @property
    def all_counted(self) -> bool:
        """Whether the totals are what all the records come to."""
        return self.counted_to is None and self.anew is None


_anew = msgspec.json.Decoder(Anew)


def facts_of(connection: Database) -> Facts:
    """Return the facts; what is damaged counts as not known."""
    told = dict(connection.execute("SELECT name, value FROM facts").fetchall())
    zone, counted_to = told.get("zone"), told.get("counted_to", 0)
    return Facts(
        longest=told["longest"] if _is_length(told.get("longest")) else _FOR_EVER,
        zone=zone if isinstance(zone, str) else None,
        counted_to=counted_to if isinstance(counted_to, int | None) else 0,
        anew=_anew_from(told.get("anew")),
        is_sound="anew" in told,
    )


def count_in(connection: Database, zone: str) -> None:
    """Count days in ``zone`` from now on, in the transaction that is open.

    Where that is new, or what is known is damaged, all days have to be counted anew.
    """
    told = dict(connection.execute("SELECT name, value FROM facts").fetchall())
    facts = facts_of(connection)
    if not _is_length(told.get("longest")):
        (longest,) = connection.execute(_LONGEST, (_FOR_EVER,)).fetchone()
        connection.execute(_SET, ("longest", longest))
    if facts.zone is None and not facts.is_sound and not _has_totals(connection):
        put_anew(connection, None)
    if facts.zone != zone:
        connection.execute(_SET, ("zone", zone))
        connection.execute(_SET, ("counted_to", 0))
    elif "counted_to" not in told or facts.counted_to != told["counted_to"]:
        connection.execute(_SET, ("counted_to", 0))


def count_anew(connection: Database, before: Day) -> None:
    """Have the totals of days before one counted anew, in the transaction that is open.

    Those of all days where totals may be there that no record left accounts for: those of another
    time zone, or what an older version has left.
    """
    facts = facts_of(connection)
    if facts.counted_to is not None or not facts.is_sound:
        before = EVERY_DAY
    elif facts.anew is not None:
        before = max(before, facts.anew.before)
    put_anew(connection, Anew(before))


def put_anew(connection: Database, anew: Anew | None) -> None:
    """Keep what is to be counted anew, in the transaction that is open."""
    value = None if anew is None else msgspec.json.encode(anew).decode()
    connection.execute(_SET, ("anew", value))


def _anew_from(value: object) -> Anew | None:
    if value is None:
        return None
    try:
        anew = _anew.decode(value if isinstance(value, str) else "")
        if anew.before != EVERY_DAY:
            to_date(anew.before)
    except ValueError:
        return Anew(EVERY_DAY)
    return anew


def _has_totals(connection: Database) -> bool:
    (any_,) = connection.execute("SELECT EXISTS (SELECT 1 FROM daily_totals)").fetchone()
    return bool(any_)


def _is_length(value: object) -> bool:
    return isinstance(value, int) and 0 <= value <= _FOR_EVER
