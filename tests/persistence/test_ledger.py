"""The ledger: every record once, exactly as it was, readable beside its writer."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
import threading
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from machines import SECOND, Stay, Stretch
from persistence import (
    HistoryFilter,
    LedgerError,
    LedgerReader,
    LedgerWriteError,
    NewerSchemaError,
    SqliteLedger,
)
from persistence.ledger_changes import entry_of
from persistence.ledger_reader import LEDGER_NAME
from tests.how_often import examples
from tests.persistence.examples import GUILD, HOUR, PINO, START, fields, party_record, record
from tests.strategies import records

if TYPE_CHECKING:
    from machines import Record
    from persistence.ledger_changes import Entry


def a_ledger(folder: Path) -> SqliteLedger:
    ledger, warnings = SqliteLedger.open(folder, now=lambda: START)
    assert warnings == []
    return ledger


def ids(ledger: LedgerReader, wanted: HistoryFilter | None = None) -> list[str]:
    return [entry.id for entry in ledger.history(wanted or HistoryFilter())]


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(records(), max_size=4, unique_by=lambda entry: entry.id))
def test_what_is_written_is_read_back_exactly(written: list[Record]) -> None:
    with tempfile.TemporaryDirectory() as name, closing(a_ledger(Path(name))) as ledger:
        ledger.append_now(written)
        read = list(ledger.history(HistoryFilter()))
    assert sorted(map(str, map(fields, read))) == sorted(map(str, map(fields, written)))


def away(times: int) -> tuple[Stretch, ...]:
    return tuple(Stretch(START + n * SECOND, START + n * SECOND + 1, "away") for n in range(times))


def moving(times: int) -> Record:
    made = record()
    made.stays = tuple(Stay(500, "Sala", START + n * SECOND, START) for n in range(times))
    return made


def party_of(stretches: tuple[Stretch, ...]) -> Record:
    made = party_record()
    made.players = tuple(msgspec.structs.replace(one, stretches=stretches) for one in made.players)
    return made


@pytest.mark.parametrize(
    ("made", "apart"),
    [
        (record(stretches=away(90)), False),
        (record(stretches=away(101)), True),
        (moving(101), True),
        (party_of(away(30)), False),
        (party_of(away(40)), True),
        (msgspec.structs.replace(party_record(), players=party_record().players * 40), True),
    ],
)
async def test_what_has_many_pieces_is_taken_over_beside_the_loop(
    tmp_path: Path, made: Record, *, apart: bool
) -> None:
    threads: list[int] = []

    def taken(one: Record) -> Entry:
        threads.append(threading.get_ident())
        return entry_of(one)

    with closing(a_ledger(tmp_path)) as ledger, mock.patch("persistence.ledger.entry_of", taken):
        await ledger.append([made])
    assert [thread != threading.get_ident() for thread in threads] == [apart]


async def test_a_record_written_twice_is_there_once(tmp_path: Path) -> None:
    with closing(a_ledger(tmp_path)) as ledger:
        await ledger.append([record(hours=1)])
        await ledger.append([record(hours=9)])
        (only,) = ledger.history(HistoryFilter())
    assert only.seconds == 3600


async def test_it_is_there_after_another_start(tmp_path: Path) -> None:
    with closing(a_ledger(tmp_path)) as ledger:
        await ledger.append([record()])
    with closing(a_ledger(tmp_path)) as ledger:
        assert ledger.contains({"v1", "v2"}) == {"v1"}


async def test_records_of_many_are_written_together(tmp_path: Path) -> None:
    with closing(a_ledger(tmp_path)) as ledger:
        await asyncio.gather(
            *(ledger.append([record(f"v{number}", user_id=number)]) for number in range(200))
        )
        assert ledger.pending == 0
        assert len(ids(ledger)) == 200


async def test_a_record_is_written_as_it_was_when_it_was_handed_over(tmp_path: Path) -> None:
    with closing(a_ledger(tmp_path)) as ledger:
        ended = party_record()
        task = asyncio.create_task(ledger.append([ended]))
        await asyncio.sleep(0)
        ended.players = ()
        await task
        (only,) = ledger.history(HistoryFilter())
    assert only.players[0].username == "Pino"


def test_contains_asks_for_more_ids_than_one_statement_takes(tmp_path: Path) -> None:
    with closing(a_ledger(tmp_path)) as ledger:
        ledger.append_now(record(f"v{number}") for number in range(1200))
        wanted = [f"v{number}" for number in range(100_000)]
        assert len(ledger.contains(wanted)) == 1200


def test_history_by_person_guild_kind_and_time(tmp_path: Path) -> None:
    with closing(a_ledger(tmp_path)) as ledger:
        ledger.append_now(
            [
                record("pino", started_at=START),
                record("later", started_at=START + 10 * HOUR),
                record("agu", user_id=2),
                record("elsewhere", guild_id=5, started_at=START + HOUR),
                party_record("party"),
            ]
        )
        assert ids(ledger) == ["agu", "pino", "elsewhere", "party", "later"]
        assert ids(ledger, HistoryFilter(user_id=PINO)) == ["pino", "elsewhere", "later"]
        assert ids(ledger, HistoryFilter(user_id=PINO, guild_id=GUILD)) == ["pino", "later"]
        assert ids(ledger, HistoryFilter(kind="party")) == ["party"]
        assert ids(ledger, HistoryFilter(user_id=PINO, since=START + 11 * HOUR)) == ["later"]
        assert ids(ledger, HistoryFilter(user_id=PINO, until=START + HOUR)) == ["pino"]
        assert ids(ledger, HistoryFilter(newest_first=True, limit=2)) == ["later", "party"]


def test_a_party_is_found_by_each_of_its_players(tmp_path: Path) -> None:
    with closing(a_ledger(tmp_path)) as ledger:
        ledger.append_now([record("stay", user_id=3), party_record("party")])
        assert ids(ledger, HistoryFilter(user_id=3)) == ["stay", "party"]
        assert ids(ledger, HistoryFilter(user_id=3, kind="party")) == ["party"]
        assert ids(ledger, HistoryFilter(user_id=3, kind="voice")) == ["stay"]
        assert ids(ledger, HistoryFilter(user_id=4)) == []
        assert [ledger.knows_user(user_id) for user_id in (1, 3, 4)] == [True, True, False]


def test_whoever_looks_neither_waits_nor_holds_anybody_up(tmp_path: Path) -> None:
    with closing(a_ledger(tmp_path)) as ledger:
        ledger.append_now([record("v1")])
        reader = LedgerReader(tmp_path)
        half_read = reader.history(HistoryFilter())
        next(half_read)
        ledger.append_now([record("v2")])
        assert ids(reader) == ["v1", "v2"]
        assert list(half_read) == []


def test_where_nothing_was_written_yet_there_is_nothing(tmp_path: Path) -> None:
    reader = LedgerReader(tmp_path)
    assert ids(reader) == []
    assert reader.contains(["v1"]) == set()
    assert not reader.knows_user(PINO)
    assert not list(tmp_path.iterdir())


async def test_what_cannot_be_written_is_kept_for_the_next_try(tmp_path: Path) -> None:
    with closing(a_ledger(tmp_path)) as ledger:
        with closing(sqlite3.connect(tmp_path / LEDGER_NAME, isolation_level=None)) as other:
            (pages,) = other.execute("PRAGMA page_count").fetchone()
        ledger._writer.execute(f"PRAGMA max_page_count = {pages}")  # noqa: SLF001 - a full disk
        lost = [record(f"v{number}") for number in range(500)]
        with pytest.raises(LedgerWriteError, match=r"full.*500 ended sessions are kept in memory"):
            await ledger.append(lost)
        assert ids(ledger) == []
        assert ledger.pending == 500
        ledger._writer.execute("PRAGMA max_page_count = 1000000")  # noqa: SLF001 - space again
        await ledger.append([])
        assert len(ids(ledger)) == 500
        assert ledger.pending == 0


def test_a_commit_that_returned_needs_no_clean_stop(tmp_path: Path) -> None:
    ledger = a_ledger(tmp_path)
    ledger.append_now([record()])
    copy = tmp_path / "as after a kill"
    copy.mkdir()
    for path in tmp_path.glob("latido.db*"):
        (copy / path.name).write_bytes(path.read_bytes())
    ledger.close()
    (copy / "latido.db-shm").unlink()
    with closing(a_ledger(copy)) as again:
        assert ids(again) == ["v1"]


def test_commits_are_synced_in_full(tmp_path: Path) -> None:
    with closing(a_ledger(tmp_path)) as ledger:
        writer = ledger._writer  # noqa: SLF001 - settings of one connection
        assert writer.execute("PRAGMA synchronous").fetchone() == (2,)
        assert writer.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_its_files_are_their_owners_alone(tmp_path: Path) -> None:
    with closing(a_ledger(tmp_path)) as ledger:
        ledger.append_now([record()])
        modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes == dict.fromkeys(("latido.db", "latido.db-wal", "latido.db-shm"), 0o600)


@pytest.mark.parametrize(
    "data", [b"not a database at all" * 100, b"SQLite format 3\x00" + b"x" * 200]
)
def test_what_is_no_ledger_is_moved_aside_and_a_new_one_begun(tmp_path: Path, data: bytes) -> None:
    (tmp_path / LEDGER_NAME).write_bytes(data)
    with pytest.raises(LedgerError, match="put a backup back with latido restore BACKUP --replace"):
        ids(LedgerReader(tmp_path))
    ledger, warnings = SqliteLedger.open(tmp_path, now=lambda: START)
    with closing(ledger):
        assert [warning.key for warning in warnings] == ["storage.unreadable"]
        ledger.append_now([record()])
    assert (tmp_path / "latido.db.unreadable-20251229T223000Z").read_bytes() == data


def test_another_programs_database_is_moved_aside_whole(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / LEDGER_NAME)) as other:
        other.execute("CREATE TABLE songs (name TEXT)")
        other.commit()
    data = (tmp_path / LEDGER_NAME).read_bytes()
    ledger, warnings = SqliteLedger.open(tmp_path, now=lambda: START)
    ledger.close()
    assert "another program's database" in warnings[0].message
    assert (tmp_path / "latido.db.unreadable-20251229T223000Z").read_bytes() == data


def test_a_newer_ledger_is_refused_and_untouched(tmp_path: Path) -> None:
    a_ledger(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / LEDGER_NAME)) as newer:
        newer.execute("PRAGMA user_version = 99")
    before = (tmp_path / LEDGER_NAME).read_bytes()
    with pytest.raises(NewerSchemaError, match="schema 99"):
        SqliteLedger.open(tmp_path)
    with pytest.raises(NewerSchemaError, match="install the newer version"):
        ids(LedgerReader(tmp_path))
    assert (tmp_path / LEDGER_NAME).read_bytes() == before


def test_a_row_that_holds_no_record_is_named(tmp_path: Path) -> None:
    with closing(a_ledger(tmp_path)) as ledger:
        ledger.append_now([record()])
        ledger._writer.execute("UPDATE records SET stretches = '{'")  # noqa: SLF001 - damage
        assert ids(ledger) == []
        with pytest.raises(LedgerError, match=r"record 'v1' cannot be read.*latido verify"):
            ledger.record("v1")


def test_who_asks_for_doubt_is_told_of_what_lies_near_and_is_uncertain(tmp_path: Path) -> None:
    unsure = record("unsure", started_at=START, hours=1)
    unsure.uncertain_seconds = 60.0
    unbounded = record("unbounded", started_at=START, hours=1)
    unbounded.uncertain_seconds, unbounded.unbounded = None, True
    with closing(SqliteLedger.open(tmp_path)[0]) as ledger:
        ledger.append_now([record("sure", started_at=START, hours=1), unsure, unbounded])
        for since, until in ((START + 2 * HOUR, None), (None, START - HOUR)):
            wanted = HistoryFilter(since=since, until=until, user_id=PINO)
            assert list(ledger.history(wanted)) == []
            near = msgspec.structs.replace(wanted, doubt_within=2 * HOUR)
            assert [found.id for found in ledger.history(near)] == ["unbounded", "unsure"]
            far = msgspec.structs.replace(wanted, doubt_within=HOUR // 2)
            assert list(ledger.history(far)) == []
