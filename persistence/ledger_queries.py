"""How the ledger is asked for ended sessions, so that its size does not matter.

Every question is a range of ``ended_at`` in one index. A session that began before ``until``
ended within the longest session's length of it (``longest``), which closes the range at its
upper end. A plus sign keeps SQLite from an index that would read more
(https://sqlite.org/optoverview.html, "Disqualifying WHERE Clause Terms using Unary +").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from persistence.ledger_rows import COLUMNS

if TYPE_CHECKING:
    from persistence.protocols import HistoryFilter

__all__ = ["history_query"]

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
