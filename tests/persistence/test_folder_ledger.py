"""The ledger of a folder with what waits beside it: one answer, in which each record is once."""

from __future__ import annotations

from datetime import date
from itertools import product
from typing import TYPE_CHECKING

import pytest

from persistence import DataDir, FolderLedger, HistoryFilter, LedgerError, LedgerReader
from persistence.salvage import Loss, salvaged
from persistence.waiting_records import WAITING_NAME, WaitingRecords
from tests.persistence.examples import (
    HOUR,
    PINO,
    START,
    game_record,
    party_record,
    record,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from machines import Kind, Record
    from persistence.ledger_problems import UnreadableRecord

OTHER = 77
"""Somebody of whom the ledger has nothing."""

HELD = [record("a"), game_record("g"), party_record("p")]
WAITING = [
    record("b", started_at=START + HOUR),
    record("o", user_id=OTHER, guild_id=9),
    party_record("q", started_at=START + 2 * HOUR),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three sessions in the ledger, and three that it has refused; one of those it has by now."""
    with DataDir(tmp_path, now=lambda: START) as data_dir:
        data_dir.ledger.append_now(HELD)
        data_dir.waiting.put([HELD[0], *WAITING])
    return tmp_path


@pytest.fixture
def as_taken(tmp_path_factory: pytest.TempPathFactory) -> LedgerReader:
    """The same once the ledger has taken everything."""
    path = tmp_path_factory.mktemp("taken")
    with DataDir(path, now=lambda: START) as data_dir:
        data_dir.ledger.append_now([*HELD, *WAITING])
    return LedgerReader(path)


def ids(records: Iterable[Record]) -> list[str]:
    return [each.id for each in records]


@pytest.mark.parametrize(
    ("user_id", "kind", "since", "until", "newest_first"),
    [
        *product(
            (None, PINO, OTHER),
            (None, "voice", "party"),
            (None, START + 2 * HOUR, START + 3 * HOUR),
            (None, START + HOUR, START + 2 * HOUR),
            (False, True),
        )
    ],
)
def test_history_is_as_if_the_ledger_had_taken_what_waits(
    folder: Path,
    as_taken: LedgerReader,
    user_id: int | None,
    kind: Kind | None,
    since: int | None,
    until: int | None,
    *,
    newest_first: bool,
) -> None:
    for limit, guild_id, doubt in ((None, None, 0), (2, None, HOUR), (None, 9, 0)):
        wanted = HistoryFilter(
            user_id=user_id,
            kind=kind,
            since=since,
            until=until,
            newest_first=newest_first,
            limit=limit,
            guild_id=guild_id,
            doubt_within=doubt,
        )
        assert ids(FolderLedger(folder).history(wanted)) == ids(as_taken.history(wanted))


def test_totals_names_and_people_are_so_too(folder: Path, as_taken: LedgerReader) -> None:
    ledger = FolderLedger(folder)
    for user_id in (PINO, OTHER, 12345):
        assert ledger.knows_user(user_id) == as_taken.knows_user(user_id)
        assert ledger.names_of(user_id) == as_taken.names_of(user_id)
        for zone in ("UTC", "Europe/Madrid"):
            days = ledger.daily_totals(user_id, zone)
            assert days == as_taken.daily_totals(user_id, zone)
            assert days[1:] == ledger.daily_totals(user_id, zone)[1:]
        told = ledger.total_seconds(user_id, kind="voice")
        assert told == as_taken.total_seconds(user_id, kind="voice")
    assert ledger.total_seconds(OTHER, kind="voice")
    assert ledger.daily_totals(OTHER, "UTC", since=date(9000, 1, 1)) == []
    for guild_id in (9, 10):
        assert ledger.knows_guild(guild_id) == as_taken.knows_guild(guild_id)
    [name] = ledger.names_of(OTHER)
    assert ledger.people_named(name.upper()) == as_taken.people_named(name.upper())
    assert OTHER in ledger.people_named(name)
    assert ledger.record("b") == WAITING[0]
    assert ledger.record("a") == HELD[0]
    assert ledger.record("none") is None


def test_the_ledger_alone_says_nothing_of_what_waits(folder: Path) -> None:
    assert ids(LedgerReader(folder).history(HistoryFilter())) == ["a", "g", "p"]


def test_where_there_is_no_ledger_what_waits_is_all_there_is(tmp_path: Path) -> None:
    WaitingRecords(tmp_path).put(WAITING[:1])
    ledger = FolderLedger(tmp_path)
    assert ids(ledger.history(HistoryFilter())) == ["b"]
    assert sum(day.seconds for day in ledger.daily_totals(PINO, "UTC")) == 3600


def test_what_cannot_be_read_of_it_hides_nothing_and_is_told(folder: Path) -> None:
    path = folder / WAITING_NAME
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], b"x" + lines[1][1:], *lines[2:]]))
    told: list[UnreadableRecord] = []
    assert ids(FolderLedger(folder).history(HistoryFilter(), told.append)) == [
        "a",
        "g",
        "o",
        "p",
        "q",
    ]
    assert [each.id for each in told] == [f"{WAITING_NAME}, line 2"]
    path.unlink()
    path.mkdir()
    told.clear()
    assert ids(FolderLedger(folder).history(HistoryFilter(), told.append)) == ["a", "g", "p"]
    assert [each.id for each in told] == [WAITING_NAME]


def test_what_waits_is_saved_from_a_ledger_that_is_damaged(folder: Path) -> None:
    """What an export writes of it stands there once, whatever lies in damaged pages."""
    whole = (folder / "latido.db").read_bytes()
    seen = set()
    for page in range(2, len(whole) // 4096 + 1):
        torn = bytearray(whole)
        torn[(page - 1) * 4096 : page * 4096] = b"\xab" * 4096
        (folder / "latido.db").write_bytes(torn)
        lost: list[Loss] = []
        try:
            told = ids(salvaged(FolderLedger(folder), HistoryFilter(), print, lost.append))
        except LedgerError:
            continue
        assert len(told) == len(set(told))
        assert {"b", "o", "q"} <= set(told)
        seen.add(bool(lost))
    assert seen == {False, True}
