"""One record, asked for by the session's id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from persistence import DataDir, LedgerReader
from tests.persistence.examples import fields, record

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_record_is_found_by_its_id(tmp_path: Path) -> None:
    written = record()
    with DataDir.open(tmp_path) as folder:
        await folder.ledger.append([written])
    found = LedgerReader(tmp_path).record(written.id)
    assert found is not None
    assert fields(found) == fields(written)


async def test_an_id_without_a_record_finds_none(tmp_path: Path) -> None:
    with DataDir.open(tmp_path):
        assert LedgerReader(tmp_path).record("nobody") is None


def test_where_there_is_no_ledger_there_is_no_record(tmp_path: Path) -> None:
    assert LedgerReader(tmp_path).record("nobody") is None
