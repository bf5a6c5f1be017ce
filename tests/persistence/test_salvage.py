"""What is saved of a ledger with damaged pages: all that lies in others, once, and a count."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from machines import SECOND, Record
from persistence import HistoryFilter, LedgerError, LedgerReader, SqliteLedger
from persistence.salvage import Loss, salvaged
from tests.persistence.examples import HOUR, START, record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from persistence.ledger_problems import UnreadableRecord

PAGE = 4096
COUNT = 240


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    """A ledger whose records lie in another order than they ended in, some of them removed."""
    with closing(SqliteLedger.open(tmp_path)[0]) as ledger:
        shuffled = [number * 7 % COUNT for number in range(COUNT)]
        ledger.append_now(
            record(f"v{number}", started_at=START + number * HOUR, user_id=number % 5 + 1)
            for number in shuffled
        )
    with closing(sqlite3.connect(tmp_path / "latido.db")) as connection, connection:
        connection.execute("DELETE FROM records WHERE rowid BETWEEN 100 AND 120")
    return tmp_path


def pages_of(folder: Path) -> dict[int, tuple[str, bool]]:
    """Return what each page belongs to and whether it is a leaf, as sqlite.org/fileformat2.html."""
    with closing(sqlite3.connect(folder / "latido.db")) as connection:
        roots = connection.execute("SELECT rootpage, name FROM sqlite_schema").fetchall()
    data = (folder / "latido.db").read_bytes()
    found: dict[int, tuple[str, bool]] = {}

    def walk(page: int, name: str) -> None:
        start = (page - 1) * PAGE
        kind = data[start]
        found[page] = (name, kind in {0x0A, 0x0D})
        if kind in {0x02, 0x05}:
            cells = int.from_bytes(data[start + 3 : start + 5])
            for cell in range(cells):
                at = start + 12 + 2 * cell
                below = start + int.from_bytes(data[at : at + 2])
                walk(int.from_bytes(data[below : below + 4]), name)
            walk(int.from_bytes(data[start + 8 : start + 12]), name)

    for root, name in roots:
        walk(root, name)
    return found


def tear(folder: Path, *pages: int) -> None:
    torn = bytearray((folder / "latido.db").read_bytes())
    for page in pages:
        torn[(page - 1) * PAGE : page * PAGE] = b"\xab" * PAGE
    (folder / "latido.db").write_bytes(torn)


def saved(folder: Path, wanted: HistoryFilter | None = None) -> tuple[list[str], list[Loss]]:
    losses: list[Loss] = []

    def records() -> Iterator[Record]:
        yield from salvaged(
            LedgerReader(folder), wanted or HistoryFilter(), lambda _broken: None, losses.append
        )

    return [each.id for each in records()], losses


def test_of_a_whole_ledger_it_is_the_history(whole: Path) -> None:
    history = [each.id for each in LedgerReader(whole).history(HistoryFilter())]
    assert len(history) == COUNT - 21
    assert saved(whole) == (history, [])


def test_whichever_page_is_damaged_all_that_lies_in_others_is_saved_once(whole: Path) -> None:
    everything = {each.id for each in LedgerReader(whole).history(HistoryFilter())}
    good = (whole / "latido.db").read_bytes()
    pages = pages_of(whole)
    leaves = sum(name == "records" and is_leaf for name, is_leaf in pages.values())
    assert leaves >= 10
    for page, (name, is_leaf) in pages.items():
        (whole / "latido.db").write_bytes(good)
        tear(whole, page)
        if name == "records" and not is_leaf:  # all of them are below it
            with pytest.raises(LedgerError, match="put a backup back"):
                saved(whole)
            continue
        ids, losses = saved(whole)
        assert len(ids) == len(set(ids))
        lost = sum(loss.records for loss in losses)
        assert len(ids) + lost == len(everything), (page, name)
        assert all(loss.is_all for loss in losses)
        assert lost <= (len(everything) // leaves * 2 if name == "records" else 0)


def test_where_a_page_lies_in_the_place_of_another_its_records_are_saved_once(whole: Path) -> None:
    everything = {each.id for each in LedgerReader(whole).history(HistoryFilter())}
    leaves = [page for page, at in pages_of(whole).items() if at == ("records", True)]
    data = bytearray((whole / "latido.db").read_bytes())
    of, over = ((page - 1) * PAGE for page in leaves[3:5])
    data[over : over + PAGE] = data[of : of + PAGE]
    (whole / "latido.db").write_bytes(data)
    ids, losses = saved(whole)
    assert len(ids) == len(set(ids))
    assert len(ids) + sum(loss.records for loss in losses) == len(everything)


def test_where_the_indexes_are_damaged_too_it_says_that_there_may_be_more(whole: Path) -> None:
    torn = [
        page
        for page, (name, is_leaf) in pages_of(whole).items()
        if is_leaf and name.startswith(("records_by", "sqlite_auto"))
    ]
    of_records = [page for page, at in pages_of(whole).items() if at == ("records", True)]
    tear(whole, *torn, of_records[5])
    ids, [loss] = saved(whole)
    assert not loss.is_all
    assert COUNT * 3 // 4 < len(ids) < COUNT - 21


@pytest.mark.parametrize(
    "wanted",
    [
        HistoryFilter(user_id=2),
        HistoryFilter(user_id=2, since=START + 50 * HOUR, until=START + 90 * HOUR + SECOND),
        HistoryFilter(kind="voice", guild_id=2),
        HistoryFilter(kind="game"),
    ],
)
def test_it_is_what_is_asked_for(whole: Path, wanted: HistoryFilter) -> None:
    asked_for = {each.id for each in LedgerReader(whole).history(wanted)}
    roots = {name: page for page, (name, _leaf) in reversed(pages_of(whole).items())}
    tear(whole, *(page for name, page in roots.items() if name.startswith("records_by")))
    ids, _losses = saved(whole, wanted)
    assert set(ids) == asked_for
    assert len(ids) == len(asked_for)


@pytest.mark.parametrize("seed", range(60))
def test_of_whatever_bytes_are_damaged_what_is_not_saved_is_counted(whole: Path, seed: int) -> None:
    """SQLite leaves rows out without a word where a page says that they are not there."""
    chance = random.Random(seed)  # noqa: S311 - the same in each run
    ledger = whole / "latido.db"
    held = sum(1 for _record in LedgerReader(whole).history(HistoryFilter()))
    torn = bytearray(ledger.read_bytes())
    for _time in range(chance.choice((3, 30))):
        torn[chance.randrange(4096, len(torn))] = chance.randrange(256)
    ledger.write_bytes(torn)
    passed_over: list[UnreadableRecord] = []
    lost: list[Loss] = []
    try:
        reader = LedgerReader(whole)
        saved = [*salvaged(reader, HistoryFilter(), passed_over.append, lost.append)]
    except LedgerError:
        return
    if lost and lost[0].is_all:
        assert len(saved) + len(passed_over) + lost[0].records >= held
