"""How the ledger is asked for ended sessions, so that its size does not matter.

Every question is a range of ``ended_at`` in one index. A session that began before ``until``
ended within the longest session's length of it (``longest``), which closes the range at its
upper end. A plus sign keeps SQLite from an index that would read more
(https://sqlite.org/optoverview.html, "Disqualifying WHERE Clause Terms using Unary +").
"""

from __future__ import annotations

from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING, Final

from persistence.daily_totals import people_in
from persistence.ledger_rows import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from machines import Instant, Record
    from persistence.protocols import HistoryFilter

__all__ = ["history_query", "in_order", "passes"]

_COLUMNS: Final = ", ".join(f"records.{column}" for column in COLUMNS)
_RECORDS: Final = f"SELECT {_COLUMNS} FROM records"  # noqa: S608
_PARTIES: Final = (
    f"SELECT {_COLUMNS} FROM party_players"  # noqa: S608
    " JOIN records ON records.id = party_players.record_id"
)

_Values = list[int | str]


def history_query(wanted: HistoryFilter, longest: int) -> tuple[str, _Values]:
    """Return the statement for a filter, and its values.

    Args:
        wanted: the filter.
        longest: how long the longest session lasted, in microseconds.
    """
    parts: list[str] = []
    values: _Values = []
    if wanted.user_id is None:
        place = "records.guild_id = ?"
        where, values = _conditions(wanted, longest, "records.ended_at", place)
        parts = [_RECORDS + _all_of(where)]
    else:
        if wanted.kind != "party":
            # Without a kind, the index that begins with the guild ends too early.
            place = "records.guild_id = ?" if wanted.kind else "+records.guild_id = ?"
            where, more = _conditions(wanted, longest, "records.ended_at", place)
            parts.append(_RECORDS + _all_of(["records.user_id = ?", *where]))
            values += [wanted.user_id, *more]
        if wanted.kind in {None, "party"}:
            place = "+records.guild_id = ?"
            where, more = _conditions(wanted, longest, "party_players.ended_at", place)
            parts.append(_PARTIES + _all_of(["party_players.user_id = ?", *where]))
            values += [wanted.user_id, *more]
    order = "DESC" if wanted.newest_first else "ASC"
    limit = -1 if wanted.limit is None else wanted.limit
    query = f"{' UNION ALL '.join(parts)} ORDER BY {_ENDED_AT} {order}, {_ID} {order} LIMIT ?"
    return query, [*values, limit]


_ENDED_AT: Final = COLUMNS.index("ended_at") + 1
_ID: Final = COLUMNS.index("id") + 1


def _conditions(
    wanted: HistoryFilter, longest: int, ended_at: str, place: str
) -> tuple[list[str], _Values]:
    near = wanted.doubt_within
    since, until = wanted.since, wanted.until
    earliest = None if since is None else since - near
    latest = None if until is None else until + near + longest + 1
    doubtful = " OR records.uncertain_seconds IS NOT 0" if near else ""
    tests: tuple[tuple[str, int | str | None], ...] = (
        (place, wanted.guild_id),
        ("records.kind = ?", wanted.kind),
        (f"{ended_at} >= ?", earliest),
        (f"(+{ended_at} >= ?{doubtful})", since if near else None),
        (f"(+records.started_at < ?{doubtful})", until),
        (f"{ended_at} < ?", latest),
    )
    told = [(test, value) for test, value in tests if value is not None]
    return [test for test, _value in told], [value for _test, value in told]


def _all_of(conditions: list[str]) -> str:
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""


def passes(record: Record, wanted: HistoryFilter) -> bool:
    """Say whether a record is among those that :func:`history_query` asks for, but for a limit."""
    near = 0 if record.uncertain_seconds == 0 else wanted.doubt_within
    return (
        (wanted.kind is None or record.kind == wanted.kind)
        and (wanted.guild_id is None or record.guild_id == wanted.guild_id)
        and (wanted.user_id is None or wanted.user_id in people_in(record))
        and (wanted.since is None or _ended_for(wanted.user_id, record) >= wanted.since - near)
        and (wanted.until is None or record.started_at < wanted.until + near)
    )


def _ended_for(user_id: int | None, record: Record) -> Instant:
    """Return when a session was over: of a party, for one of its players where one is meant."""
    ends = (each.ended_at for each in record.players if each.user_id == user_id)
    return max((record.ended_at if end is None else end for end in ends), default=record.ended_at)


def in_order(
    held: Iterable[Record], waiting: Iterable[Record], wanted: HistoryFilter
) -> Iterator[Record]:
    """Yield what an answer holds and what waits beside it as one answer, each record once.

    Args:
        held: the answer to :func:`history_query`.
        waiting: records that pass, in any order; ``held`` may have some of them as well.
        wanted: what was asked for.
    """
    ordered = sorted(waiting, key=_place, reverse=wanted.newest_first)
    both = merge(held, ordered, key=_place, reverse=wanted.newest_first)
    yield from islice(_once(both), wanted.limit)


def _once(records: Iterable[Record]) -> Iterator[Record]:
    last = None
    for record in records:
        if record.id != last:
            yield record
        last = record.id


def _place(record: Record) -> tuple[Instant, str]:
    return record.ended_at, record.id
