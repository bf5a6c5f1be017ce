"""What can be read of a ledger whose pages are damaged, also what lies behind them.

SQLite ends a statement at the first page that is no page. The rows of others can be reached by
their numbers (rowid) all the same, where the pages above them are whole; and which numbers there
are is known from the indexes, each of which has all of them.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

from persistence.beside_the_loop import beside_the_loop
from persistence.errors import LedgerError
from persistence.ledger_problems import damage_told_by, unreadable
from persistence.ledger_queries import passes
from persistence.ledger_rows import COLUMNS, record_from
from persistence.refusals import is_damage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from machines import Record
    from persistence.errors import UnreadableError
    from persistence.ledger_problems import UnreadableRecord
    from persistence.ledger_reader import LedgerReader
    from persistence.ledger_rows import Row
    from persistence.protocols import HistoryFilter

__all__ = ["Loss", "salvaged"]

_AT_ONCE: Final = 500
"""Rows that are read together where nothing is damaged."""

_NUMBERS: Final = (
    "SELECT rowid FROM records NOT INDEXED ORDER BY rowid",
    "SELECT rowid FROM records ORDER BY id",
    "SELECT rowid FROM records INDEXED BY records_by_end ORDER BY ended_at",
    "SELECT rowid FROM records INDEXED BY records_by_guild ORDER BY guild_id",
    "SELECT rowid FROM records INDEXED BY records_by_person ORDER BY user_id",
)
_ROWS: Final = f"SELECT {', '.join(COLUMNS)}, rowid FROM records NOT INDEXED WHERE rowid"  # noqa: S608


class Loss(NamedTuple):
    """What of a ledger cannot be read.

    Attributes:
        records: how many lie in damaged pages, of whomever.
        is_all: no others do; else the indexes are damaged as well, and there may be more.
        damage: what SQLite says of it.
    """

    records: int
    is_all: bool
    damage: UnreadableError

    @property
    def is_any(self) -> bool:
        """Whether anything is lost, or may be."""
        return self.records > 0 or not self.is_all


def salvaged(
    ledger: LedgerReader,
    wanted: HistoryFilter,
    passed_over: Callable[[UnreadableRecord], object],
    lost: Callable[[Loss], object],
) -> Iterator[Record]:
    """Yield the records that pass, as :meth:`LedgerReader.history` does, and go on behind damage.

    What is found there comes in no order, once.

    Args:
        ledger: where they are.
        wanted: which those are, without a limit and with no doubt taken in.
        passed_over: called with what cannot be read of what lies in whole pages.
        lost: called at the end where pages are damaged.

    Raises:
        LedgerError: nothing can be read.
        NewerSchemaError: a newer version wrote it.
    """
    last: tuple[int, str] | None = None
    try:
        for record in ledger.history(wanted, passed_over):
            yield record
            last = (record.ended_at, record.id)
    except LedgerError as error:
        damage = damage_told_by(error, ledger.path)
        if damage is None:
            raise
        failure = error
    else:
        return
    rest, is_any = _Rest(ledger), last is not None
    waiting = {record.id: record for record in ledger.waiting(passed_over)}
    for record in _behind(rest, waiting, passed_over):
        is_any = True
        if passes(record, wanted) and (last is None or (record.ended_at, record.id) > last):
            yield record
    if not is_any:
        raise failure
    lost(Loss(rest.lost, rest.is_all, damage))


def _behind(
    rest: _Rest, waiting: dict[str, Record], passed_over: Callable[[UnreadableRecord], object]
) -> Iterator[Record]:
    """Yield all that lies in whole pages, and then what waits and is in none of them."""
    for row in rest.rows():
        try:
            record = record_from(row)
        except ValueError as problem:
            passed_over(unreadable(row, problem))
        else:
            waiting.pop(record.id, None)
            yield record
    yield from waiting.values()


class _Rest:
    """Every row that can be reached.

    Attributes:
        lost: how many are known of and could not be.
        is_all: no others could.
    """

    def __init__(self, ledger: LedgerReader) -> None:
        self.lost = 0
        self.is_all = False
        self._ledger = ledger

    def rows(self) -> Iterator[Row]:
        """Yield them.

        Raises:
            LedgerError: the ledger cannot be opened, or cannot be read for another reason.
        """
        with self._ledger.connection() as connection:
            if connection is None:
                return
            numbers = self._numbers(connection)
            ends = [*(following - 1 for following in numbers[1:]), *numbers[-1:]]
            known = list(zip(numbers, ends, strict=True))  # what lies in between as well
            reached = set[object]()
            waiting = [known[at : at + _AT_ONCE] for at in range(0, len(known), _AT_ONCE)]
            while waiting:
                some = waiting.pop()
                first, last = some[0][0], some[-1][1]
                query = f"{_ROWS} BETWEEN ? AND ? ORDER BY rowid"
                rows = _unless_damaged(connection, query, first, last)
                if rows is None and len(some) == 1:  # what follows it may be what is damaged
                    rows = _unless_damaged(connection, f"{_ROWS} = ?", first)
                elif rows is None:
                    half = len(some) // 2
                    waiting += [some[:half], some[half:]]
                for row in beside_the_loop(rows or ()):
                    if row[-1] not in reached:  # a page in another's place has rows twice
                        reached.add(row[-1])
                        yield row[:-1]
            # Also what SQLite leaves out without a word: it goes by what the pages say.
            self.lost = len(set(numbers) - reached)

    def _numbers(self, connection: sqlite3.Connection) -> list[int]:
        """Return the numbers of all rows that anything tells of, from both of its ends."""
        numbers: set[int] = set()
        for each in _NUMBERS:
            for query in (each, f"{each} DESC"):
                is_whole = False
                with suppress(sqlite3.DatabaseError):
                    numbers.update(row for (row,) in beside_the_loop(connection.execute(query)))
                    is_whole = True
                self.is_all = self.is_all or is_whole
                if is_whole:
                    break
        return sorted(numbers)


def _unless_damaged(connection: sqlite3.Connection, query: str, *values: int) -> list[Row] | None:
    """Return the rows of an answer; None where a page on the way to them is damaged."""
    try:
        return connection.execute(query, values).fetchall()
    except sqlite3.Error as error:
        if is_damage(error):
            return None
        raise
