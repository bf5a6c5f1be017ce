"""What the ledger knows of itself: derived, so that whatever is damaged of it is found anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from persistence.database import Database

__all__ = ["Facts", "count_in", "facts_of"]

_FOR_EVER: Final = 2**60
"""More microseconds than lie between any two instants."""

_SET: Final = "INSERT OR REPLACE INTO facts VALUES (?, ?)"
_LONGEST: Final = """
SELECT coalesce(max(length), 0) FROM (SELECT ended_at - started_at AS length FROM records)
WHERE typeof(length) = 'integer' AND length BETWEEN 0 AND ?
"""


class Facts(NamedTuple):
    """What stands in the table ``facts``.

    Attributes:
        longest: how long the longest session lasted, in microseconds; more where it is not known.
        zone: the time zone in which days are counted; None where that is not known.
        counted_to: the last row (rowid) whose days are counted; None where all are.
    """

    longest: int
    zone: str | None
    counted_to: int | None


def facts_of(connection: Database) -> Facts:
    """Return the facts; what is damaged counts as not known."""
    told = dict(connection.execute("SELECT name, value FROM facts").fetchall())
    zone, counted_to = told.get("zone"), told.get("counted_to", 0)
    return Facts(
        longest=told["longest"] if _is_length(told.get("longest")) else _FOR_EVER,
        zone=zone if isinstance(zone, str) else None,
        counted_to=counted_to if isinstance(counted_to, int | None) else 0,
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
    if facts.zone != zone:
        connection.execute(_SET, ("zone", zone))
        connection.execute(_SET, ("counted_to", 0))
    elif "counted_to" not in told or facts.counted_to != told["counted_to"]:
        connection.execute(_SET, ("counted_to", 0))


def _is_length(value: object) -> bool:
    return isinstance(value, int) and 0 <= value <= _FOR_EVER
