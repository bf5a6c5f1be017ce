"""Old sessions go while the bot runs, and only they; nothing wakes where nothing is to go."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from contextlib import closing
from typing import TYPE_CHECKING, cast

import pytest

from engine import Settings
from integrations.keeping import retention
from integrations.keeping.retention import Retention
from machines import SECOND
from persistence import HistoryFilter, SqliteLedger
from persistence.errors import LedgerWriteError
from tests.costs.counted_loop import CountedLoop, run_counted
from tests.persistence.examples import HOUR, START, record

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from pathlib import Path

    from machines import Instant, Record

AN_HOUR = 3600.0
DAY = 24 * AN_HOUR
ALMOST_A_DAY = 23 * AN_HOUR
"""An event loop wakes up once a day by itself, and that is none of ours."""


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing takes time: virtual time would go on while a thread is at work."""
    monkeypatch.setattr(retention, "PAUSE", 0)
    monkeypatch.setattr(asyncio, "to_thread", at_once)


async def at_once(work: Callable[..., object], *given: object) -> object:
    """Do it in the loop, as :func:`asyncio.to_thread` does it in a thread."""
    return work(*given)


@pytest.mark.parametrize(("keep_days", "left"), [(None, 250), (1, 33), (30, 250)])
async def test_keep_days_is_how_long_sessions_are_kept(
    tmp_path: Path, keep_days: int | None, left: int
) -> None:
    """So many days, and what is missing of the first of them: sessions go by whole days."""
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


class Idle:
    """A ledger that is looked after in virtual time, which begins at START, while nothing else is.

    Attributes:
        ledger: the ledger.
    """

    def __init__(self, ledger: SqliteLedger) -> None:
        self.ledger = ledger

    def now(self) -> Instant:
        return START + round(asyncio.get_running_loop().time() * SECOND)

    @property
    def wakes(self) -> int:
        return cast("CountedLoop", asyncio.get_running_loop()).wakes

    def kept(self) -> list[str]:
        """Return the ids of the records that are there still."""
        return [found.id for found in self.ledger.history(HistoryFilter())]

    def totals(self) -> int:
        """Return how many days of anybody's are counted."""
        return len(self.ledger.daily_totals(123456789, "UTC"))

    async def timers(self, seconds: float) -> int:
        """Let time pass; return how often a timer came due, this one left out."""
        before = self.wakes
        await asyncio.sleep(seconds)
        return self.wakes - before - 1


def looked_after(
    folder: Path,
    story: Callable[[Idle], Awaitable[None]],
    *,
    keep_days: int | None = 30,
    records: Iterable[Record] = (),
    zone: str = "UTC",
) -> None:
    """Tell a story of a ledger that holds ``records`` when the bot starts."""

    async def run() -> None:
        ledger, _warnings = SqliteLedger.open(folder, zone=zone)
        with closing(ledger):
            ledger.append_now(records)
            idle = Idle(ledger)
            kept = Retention(ledger, Settings(keep_days=keep_days), idle.now)
            kept.start()
            await asyncio.sleep(1)  # the round at the start is over
            await story(idle)
            await kept.stop()

    run_counted(run(), patience=0)


@pytest.mark.parametrize("keep_days", [None, 30])
def test_an_empty_ledger_wakes_nobody(tmp_path: Path, keep_days: int | None) -> None:
    async def day(idle: Idle) -> None:
        assert await idle.timers(ALMOST_A_DAY) == 0

    looked_after(tmp_path, day, keep_days=keep_days)


def test_while_nothing_comes_due_nobody_is_woken(tmp_path: Path) -> None:
    async def hours(idle: Idle) -> None:
        assert await idle.timers(ALMOST_A_DAY) == 0
        assert idle.kept() == ["v1"]

    looked_after(tmp_path, hours, records=[record()])


def test_what_is_kept_goes_with_its_day_however_idle_the_bot_is(tmp_path: Path) -> None:
    """It ended half an hour before midnight: 30 days after that midnight it goes."""

    async def month(idle: Idle) -> None:
        await asyncio.sleep(30 * DAY + 1.5 * AN_HOUR - 60)
        assert (idle.kept(), idle.totals()) == (["v1"], 1)
        await asyncio.sleep(120)
        assert (idle.kept(), idle.totals()) == ([], 0)
        assert await idle.timers(ALMOST_A_DAY) == 0

    looked_after(tmp_path, month, records=[record()])


def test_what_went_on_into_the_next_day_goes_with_that_one_and_its_totals_with_it(
    tmp_path: Path,
) -> None:
    async def two_days(idle: Idle) -> None:
        await asyncio.sleep(30 * DAY + 2 * AN_HOUR)
        assert idle.kept() == ["on"]
        told = idle.ledger.daily_totals(123456789, "UTC")
        assert [total.seconds for total in told] == [AN_HOUR, 3 * AN_HOUR]
        assert await idle.timers(20 * AN_HOUR) == 0
        await asyncio.sleep(4 * AN_HOUR)
        assert (idle.kept(), idle.totals()) == ([], 0)

    early = record("early", started_at=START - 3 * HOUR)
    on = record("on", started_at=START + HOUR // 2, hours=4)
    looked_after(tmp_path, two_days, records=[early, on])


def test_what_is_recorded_later_goes_when_it_is_due(tmp_path: Path) -> None:
    async def month(idle: Idle) -> None:
        await idle.ledger.append([record()])
        await asyncio.sleep(30 * DAY)
        assert idle.kept() == ["v1"]
        await asyncio.sleep(2 * AN_HOUR)
        assert idle.kept() == []

    looked_after(tmp_path, month)


def test_what_was_over_long_ago_when_it_is_recorded_goes_within_the_hour(tmp_path: Path) -> None:
    async def hour(idle: Idle) -> None:
        await idle.ledger.append([record("new")])
        await asyncio.sleep(60)
        await idle.ledger.append([record("old", started_at=START - 60 * 24 * HOUR)])
        await asyncio.sleep(AN_HOUR)
        assert idle.kept() == ["new"]

    looked_after(tmp_path, hour)


def test_what_ended_on_one_day_goes_together(tmp_path: Path) -> None:
    """One record ended each minute from half past ten on, thirty days ago."""

    async def two_hours(idle: Idle) -> None:
        await asyncio.sleep(1.5 * AN_HOUR - 60)
        assert len(idle.kept()) == 120
        await asyncio.sleep(120)
        assert len(idle.kept()) == 29
        assert await idle.timers(ALMOST_A_DAY) == 0

    ended = (START - 30 * 24 * HOUR + (60 * minute - 30) * SECOND for minute in range(120))
    records = [
        record(f"v{number}", started_at=end - HOUR, hours=1) for number, end in enumerate(ended)
    ]
    looked_after(tmp_path, two_hours, records=records)


def test_days_are_those_of_the_time_zone(tmp_path: Path) -> None:
    """In Kiritimati it was the 30th already, until ten in the morning in UTC."""

    async def day(idle: Idle) -> None:
        await asyncio.sleep(30 * DAY + 11 * AN_HOUR)
        assert idle.kept() == ["v1"]
        await asyncio.sleep(AN_HOUR)
        assert idle.kept() == []

    looked_after(tmp_path, day, records=[record()], zone="Pacific/Kiritimati")


def test_what_is_too_old_goes_at_the_start_and_its_days_are_counted_in_the_same_round(
    tmp_path: Path,
) -> None:
    """The cut is the midnight over which the second goes on."""

    async def start(idle: Idle) -> None:
        assert idle.kept() == ["on"]
        told = idle.ledger.daily_totals(123456789, "UTC")
        assert [total.seconds for total in told] == [1.5 * AN_HOUR, 2.5 * AN_HOUR]
        assert not idle.ledger.count_step()

    started_at = START - 31 * 24 * HOUR
    gone = record("gone", started_at=started_at - 2 * HOUR)
    looked_after(tmp_path, start, records=[gone, record("on", started_at=started_at, hours=4)])


def test_a_round_that_failed_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hours(idle: Idle) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(SqliteLedger, "prune_step", fail)
            await asyncio.sleep(2 * AN_HOUR)
            assert idle.kept() == ["v1"]
        await asyncio.sleep(AN_HOUR)
        assert idle.kept() == []

    def fail(*_given: object) -> None:
        raise LedgerWriteError("no room")

    looked_after(tmp_path, hours, records=[record(started_at=START - 30 * 24 * HOUR)])


async def test_what_a_thread_has_appended_is_taken_in_on_the_event_loop_and_only_what_is_sooner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger, _warnings = SqliteLedger.open(tmp_path)
    with closing(ledger):
        kept = Retention(ledger, Settings(keep_days=30), lambda: START)
        kept.start()
        loop, here = asyncio.get_running_loop(), threading.get_ident()
        taken_in: list[int] = []
        due_before = kept._due_before  # noqa: SLF001 - nobody hears of it

        def is_taken_in(instant: Instant) -> None:
            taken_in.append(threading.get_ident())
            due_before(instant)

        monkeypatch.setattr(kept, "_due_before", is_taken_in)
        for _turn in range(20):  # its first round is over
            await asyncio.sleep(0)
        first, *later = (
            record(f"v{day}", started_at=START + day * 24 * HOUR, hours=1) for day in range(4)
        )
        for records in ([later[0], first], later[1:]):  # none of those after them goes sooner
            await loop.run_in_executor(None, ledger.append_now, records)
        assert taken_in == [here]
        assert kept._due == ledger.prunable_at(first.ended_at) + 30 * 24 * HOUR  # noqa: SLF001 - as above
        await kept.stop()


def test_what_a_thread_appends_once_the_loop_is_closed_is_kept(tmp_path: Path) -> None:
    ledger, _warnings = SqliteLedger.open(tmp_path)

    async def run() -> None:
        kept = Retention(ledger, Settings(keep_days=30), lambda: START)
        kept.start()
        await kept.stop()

    with closing(ledger):
        asyncio.run(run())
        ledger.append_now([record("v1", started_at=START, hours=1)])
        assert ledger.contains(["v1"]) == {"v1"}


@pytest.mark.parametrize("is_damaged", [False, True])
def test_a_ledger_that_is_damaged_is_said_to_be_at_the_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, *, is_damaged: bool
) -> None:
    """Nothing of it is asked otherwise, so nobody would be told until something is written."""
    SqliteLedger.open(tmp_path)[0].close()
    path = tmp_path / "latido.db"
    with closing(sqlite3.connect(path)) as connection:
        query = "SELECT rootpage FROM sqlite_schema WHERE name = 'records_by_person'"
        (page,) = connection.execute(query).fetchone()
    if is_damaged:
        torn = bytearray(path.read_bytes())
        torn[(page - 1) * 4096 : page * 4096] = bytes(4096)
        path.write_bytes(torn)

    async def nothing(_idle: Idle) -> None:
        pass

    looked_after(tmp_path, nothing)
    said = [each.getMessage() for each in caplog.records]
    assert len(said) == is_damaged
    assert all(f"{path} está dañado (" in each and "latido export" in each for each in said)
