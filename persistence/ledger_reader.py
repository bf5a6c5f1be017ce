"""Reading the ledger, beside the process that writes it and without ever blocking it.

Every question opens a read-only connection of its own, so it may be asked from any thread
and sees the ledger as it is at that instant, never half a change (WAL mode).
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from machines import KINDS, SECOND, Instant, Kind, Record
from persistence.beside_the_loop import beside_the_loop
from persistence.daily_totals import (
    ALL_GUILDS,
    DailyTotal,
    count_days,
    named_in,
    people_in,
    readable,
)
from persistence.damaged_text import is_text, let_through
from persistence.days import to_date, to_day
from persistence.errors import LedgerError, UnreadableError
from persistence.ledger_facts import facts_of
from persistence.ledger_parts import parts_of
from persistence.ledger_problems import (
    UnreadableRecord,
    damage_found,
    damage_told_by,
    unreadable,
    unreadable_in,
    why_not_read,
)
from persistence.ledger_queries import history_query, in_order, passes
from persistence.ledger_rows import COLUMNS, record_from
from persistence.ledger_schema import SCHEMA_1_AS_NEWEST, check_schema
from persistence.protocols import HistoryFilter
from persistence.totals import clipped, credited_to, length_of_union

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import date
    from pathlib import Path

__all__ = ["LEDGER_NAME", "LedgerReader"]

LEDGER_NAME = "latido.db"
_BUSY_SECONDS: Final = 5.0
_IDS_AT_ONCE: Final = 500
_LAST_DAY: Final = 99991231
_INSTRUCTIONS: Final = 1000
"""Of SQLite's, after which it is asked again whether what they do is still wanted."""


class LedgerReader:
    """The ledger of a folder, to be read. Where there is none yet, it is empty."""

    def __init__(self, folder: Path) -> None:
        """Read the ledger of ``folder``, which is DATA_DIR."""
        self.path = folder / LEDGER_NAME

    def contains(self, ids: Iterable[str]) -> set[str]:
        """Return those of ``ids`` that are in the ledger.

        Raises:
            LedgerError: it cannot be read.
            NewerSchemaError: a newer version wrote it.
        """
        found: set[str] = set()
        wanted = iter(ids)
        with self.connection() as connection:
            if connection is None:
                return found
            while some := list(islice(wanted, _IDS_AT_ONCE)):
                marks = ", ".join("?" * len(some))
                rows = connection.execute(f"SELECT id FROM records WHERE id IN ({marks})", some)  # noqa: S608
                found.update(row[0] for row in rows)
        return found

    def history(
        self,
        wanted: HistoryFilter,
        passed_over: Callable[[UnreadableRecord], object] | None = None,
    ) -> Iterator[Record]:
        """Yield the records that pass, by the instant they ended.

        Args:
            wanted: which those are.
            passed_over: called with what cannot be read, as far as it can be told that it passes:
                one damaged row hides no other.

        Raises:
            LedgerError: it cannot be read.
            NewerSchemaError: a newer version wrote it.
        """
        waiting = [each for each in self.waiting(passed_over) if passes(each, wanted)]
        held = self._held(wanted, passed_over)  # after it: what waited may be there by now
        yield from in_order(held, waiting, wanted) if waiting else held

    def waiting(
        self,
        passed_over: Callable[[UnreadableRecord], object] | None = None,  # noqa: ARG002 - nothing is read
    ) -> Iterable[Record]:
        """Return records that the ledger is to hold and may not yet: here, none.

        ``passed_over``: as of :meth:`history`.

        Raises:
            LedgerError: it cannot be said.
        """
        return ()

    def _held(
        self, wanted: HistoryFilter, passed_over: Callable[[UnreadableRecord], object] | None
    ) -> Iterator[Record]:
        with self.connection() as connection:
            if connection is None:
                return
            query, values = history_query(wanted, facts_of(connection).longest)
            for row in beside_the_loop(connection.execute(query, values)):
                try:
                    record = record_from(row)
                except ValueError as error:
                    if passed_over is not None:
                        passed_over(unreadable(row, error))
                else:
                    yield record

    def unreadable_among(self, ids: Iterable[str]) -> set[str]:
        """Return those of ``ids`` that are in the ledger and cannot be read.

        Raises:
            LedgerError: the ledger as a whole cannot be read.
            NewerSchemaError: a newer version wrote it.
        """
        with self.connection() as connection:
            if connection is None:
                return set()
            query = f"SELECT {', '.join(COLUMNS)} FROM records WHERE id = ?"  # noqa: S608
            rows = ((each, connection.execute(query, (each,)).fetchone()) for each in ids)
            return {each for each, row in rows if row is not None and readable(row) is None}

    def unreadable(self) -> list[UnreadableRecord]:
        """Return which records cannot be read: each is tried.

        Raises:
            LedgerError: the ledger as a whole cannot be read.
            NewerSchemaError: a newer version wrote it.
        """
        with self.connection() as connection:
            return [] if connection is None else unreadable_in(connection)

    def record(self, session_id: str) -> Record | None:
        """Return the record of one session; None where the ledger has none.

        Raises:
            LedgerError: it cannot be read.
            NewerSchemaError: a newer version wrote it.
        """
        with self.connection() as connection:
            if connection is None:
                return None
            query = f"SELECT {', '.join(COLUMNS)} FROM records WHERE id = ?"  # noqa: S608
            row = connection.execute(query, (session_id,)).fetchone()
            return None if row is None else self._record(row)

    def total_seconds(
        self,
        user_id: int,
        *,
        kind: Kind,
        guild_id: int | None = None,
        since: Instant | None = None,
        until: Instant | None = None,
    ) -> float:
        """Return the time credited to a person between two instants, in seconds.

        Time that several records credit at once counts once.

        Raises:
            LedgerError: the ledger cannot be read.
            NewerSchemaError: a newer version wrote it.
        """
        wanted = HistoryFilter(
            user_id=user_id, guild_id=guild_id, kind=kind, since=since, until=until
        )
        intervals = (
            interval
            for record in self.history(wanted)
            for interval in clipped(credited_to(user_id, record), since, until)
        )
        return length_of_union(intervals) / SECOND

    def daily_totals(
        self,
        user_id: int,
        zone: str,
        *,
        kind: Kind | None = None,
        guild_id: int | None = None,
        since: date | None = None,
        until: date | None = None,
    ) -> list[DailyTotal]:
        """Return a person's totals per day and kind, by day; days without any are left out.

        Args:
            user_id: the person.
            zone: the time zone in which days begin and end.
            kind: of this kind only.
            guild_id: in this guild; in all, each instant counted once, where it is None.
            since: from this day on.
            until: up to this day, which is taken in.

        Raises:
            LedgerError: the ledger cannot be read.
            NewerSchemaError: a newer version wrote it.
        """
        days = (
            0 if since is None else to_day(since),
            _LAST_DAY if until is None else to_day(until),
        )
        wanted = HistoryFilter(user_id=user_id, guild_id=guild_id, kind=kind)
        if not any(passes(each, wanted) for each in self.waiting()):
            kept = self._kept_totals(wanted, zone, days)
            if kept is not None:
                return kept
        totals = count_days(user_id, self.history(wanted), ZoneInfo(zone))
        return [total for total in totals if days[0] <= to_day(total.day) <= days[1]]

    def _kept_totals(
        self, wanted: HistoryFilter, zone: str, days: tuple[int, int]
    ) -> list[DailyTotal] | None:
        """Return the totals of a person, from day to day; None where they are not kept so."""
        with self.connection() as connection:
            if connection is None:
                return []
            facts = facts_of(connection)
            if facts.zone != zone or not facts.all_counted:
                return None
            place = ALL_GUILDS if wanted.guild_id is None else wanted.guild_id
            kinds = KINDS if wanted.kind is None else (wanted.kind,) * 3
            rows = connection.execute(
                "SELECT day, kind, microseconds FROM daily_totals WHERE user_id = ?"
                " AND kind IN (?, ?, ?) AND day BETWEEN ? AND ? AND guild_id = ?"
                " ORDER BY day, kind",
                (wanted.user_id, *kinds, *days, place),
            )
            return [DailyTotal(to_date(day), told, length / SECOND) for day, told, length in rows]

    def people_named(self, name: str) -> dict[int, str]:
        """Return the people called so, upper and lower case alike, with a name they had.

        Raises:
            LedgerError: the ledger cannot be read.
            NewerSchemaError: a newer version wrote it.
        """
        folded = name.casefold()
        waiting = {
            user_id: told
            for record in self.waiting()
            for user_id, told in named_in(record)
            if told.casefold() == folded
        }
        return waiting | self._called(name, folded)

    def _called(self, name: str, folded: str) -> dict[int, str]:
        with self.connection() as connection:
            if connection is None:
                return {}
            if facts_of(connection).counted_to is None:
                rows = connection.execute(
                    "SELECT user_id, username FROM people WHERE folded = ? ORDER BY username = ?",
                    (folded, name),
                )
                return dict(rows.fetchall())
        called = [person for person in self._people() if person[1].casefold() == folded]
        return dict(sorted(called, key=lambda person: person[1] == name))

    def names_of(self, user_id: int) -> set[str]:
        """Return the names that the ledger has for a person.

        Raises:
            LedgerError: the ledger cannot be read.
            NewerSchemaError: a newer version wrote it.
        """
        names: set[str] = set()
        with self.connection() as connection:
            if connection is not None:
                query = "SELECT username FROM people WHERE user_id = ?"
                rows = connection.execute(query, (user_id,))
                names = {str(name) for (name,) in rows if is_text(name)}
        for record in self.history(HistoryFilter(user_id=user_id)):
            names |= {name for of, name in named_in(record) if of == user_id}
        return names

    def knows_user(self, user_id: int) -> bool:
        """Say whether any record is about this person.

        Raises:
            LedgerError: the ledger cannot be read.
            NewerSchemaError: a newer version wrote it.
        """
        query = (
            "SELECT EXISTS (SELECT 1 FROM records WHERE user_id = ?)"
            " OR EXISTS (SELECT 1 FROM party_players WHERE user_id = ?)"
        )
        if any(user_id in people_in(record) for record in self.waiting()):
            return True
        with self.connection() as connection:
            if connection is None:
                return False
            return bool(connection.execute(query, (user_id, user_id)).fetchone()[0])

    def knows_guild(self, guild_id: int) -> bool:
        """Say whether any record is of this guild.

        Raises:
            LedgerError: the ledger cannot be read.
            NewerSchemaError: a newer version wrote it.
        """
        query = "SELECT EXISTS (SELECT 1 FROM records WHERE guild_id = ?)"
        if any(record.guild_id == guild_id for record in self.waiting()):
            return True
        with self.connection() as connection:
            return connection is not None and bool(
                connection.execute(query, (guild_id,)).fetchone()[0]
            )

    def damage(self, is_wanted: Callable[[], bool] = lambda: True) -> str | None:
        """Read the whole file through, and return what SQLite finds damaged first; None: nothing.

        It takes 5 ms for each MB that is in memory, and as long as the disk takes for the rest.

        Args:
            is_wanted: asked again and again; once it is not, nothing is found.

        Raises:
            LedgerError: it cannot be read, for another reason.
            NewerSchemaError: a newer version wrote it.
        """
        try:
            with self.connection() as connection:
                if connection is None:
                    return None
                connection.set_progress_handler(lambda: not is_wanted(), _INSTRUCTIONS)
                found = damage_found(connection.execute("PRAGMA quick_check(1)"))
        except LedgerError as error:
            if not is_wanted():
                return None
            told = damage_told_by(error, self.path)
            if told is None:
                raise
            return told.problem
        return found[0] if found else None

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection | None]:
        """Open the ledger, read-only, for one question; None where there is none yet.

        A ledger of an older schema looks as if it were of the newest.

        Raises:
            LedgerError: it cannot be read.
            NewerSchemaError: a newer version wrote it.
        """
        if not os.path.lexists(self.path):
            yield None
            return
        for part in parts_of(self.path):
            if os.path.lexists(part) and not part.is_file():
                raise LedgerError(f"{part} is no file: move it out of DATA_DIR.")
        address = f"{self.path.absolute().as_uri()}?{self._how()}"
        try:
            connection = sqlite3.connect(
                address, uri=True, timeout=_BUSY_SECONDS, check_same_thread=False
            )
            with closing(let_through(connection)):
                schema = check_schema(connection, self.path)
                if schema == 1:
                    connection.executescript(SCHEMA_1_AS_NEWEST)
                yield connection if schema else None
        except (sqlite3.Error, UnreadableError) as error:
            raise LedgerError(why_not_read(self.path, error)) from error

    def _how(self) -> str:
        """Return how SQLite is to open the file.

        In a folder that nobody may write to it could not make the files that a write-ahead log
        needs; where there are none, nobody is writing either
        (https://sqlite.org/wal.html#readonly).
        """
        log = self.path.with_name(f"{self.path.name}-wal")
        if os.access(self.path.parent, os.W_OK) or log.exists():
            return "mode=ro"
        return "immutable=1"

    def _people(self) -> Iterator[tuple[int, str]]:
        for record in self._held(HistoryFilter(), None):
            yield from named_in(record)

    def _record(self, row: tuple[object, ...]) -> Record:
        try:
            return record_from(row)
        except ValueError as error:
            raise LedgerError(
                f"{self.path}: the record {row[0]!r} cannot be read ({error}): "
                "see what latido verify says."
            ) from error
