"""Old sessions go while the bot runs, and only they."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from engine import Settings
from integrations.keeping import retention
from integrations.keeping.retention import Retention
from persistence import HistoryFilter, SqliteLedger
from tests.persistence.examples import HOUR, START, record

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "PAUSE", 0)


@pytest.mark.parametrize(("keep_days", "left"), [(None, 250), (1, 25), (30, 250)])
async def test_keep_days_is_how_long_sessions_are_kept(
    tmp_path: Path, keep_days: int | None, left: int
) -> None:
    ledger, _warnings = SqliteLedger.open(tmp_path)
    with closing(ledger):
        ledger.append_now(
            record(f"v{number}", started_at=START + number * HOUR, hours=1) for number in range(250)
        )
        now = START + 250 * HOUR
        kept = Retention(ledger, Settings(keep_days=keep_days), lambda: now)
        assert await kept.round() == 250 - left
        assert len(list(ledger.history(HistoryFilter()))) == left
        assert await kept.round() == 0
