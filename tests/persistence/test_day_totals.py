"""Totals of days to which records are added, in any order: what counting all anew would tell."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast
from unittest import mock
from zoneinfo import ZoneInfo

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from machines import SECOND, Player, Record, Stretch, from_datetime
from persistence import (
    HistoryFilter,
    LedgerWriteError,
    SqliteLedger,
    catching_up,
    daily_totals,
    ledger,
)
from persistence.catching_up import catch_up
from persistence.daily_totals import count_days
from persistence.days import day_began
from persistence.ledger_facts import facts_of
from persistence.ledger_reader import LEDGER_NAME
from tests.how_often import examples
from tests.persistence.examples import HOUR, PINO, START, party_record, record

if TYPE_CHECKING:
    from machines import Instant, Kind

QUARTER = 15 * 60 * SECOND
ZONES = [
    "UTC",
    "Europe/Madrid",
    "America/Bogota",
    "Pacific/Kiritimati",
    "Asia/Kathmandu",  # 5:45 ahead
    "America/Nuuk",  # on the 25th the clocks go back at midnight
]
PEOPLE, GUILDS = [1, 2], [5, 6]
PLAYER = 1
"""Who is in each party from its begin to its end."""
AROUND = from_datetime(datetime(2025, 10, 24, 20, tzinfo=UTC))
"""Two days before the clocks of Madrid go back."""

Row = tuple[int, str, int, int, int]


class Kept:
    """A ledger to which all sorts of things happen."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.zone = "UTC"
        self.ledger = self.opened()

    def opened(self) -> SqliteLedger:
        ledger, warnings = SqliteLedger.open(self.folder, zone=self.zone)
        assert warnings == []
        ledger._writer.execute("PRAGMA synchronous = OFF")  # noqa: SLF001 - no power fails here
        return ledger

    def reopen(self, zone: str) -> None:
        self.ledger.close()
        self.zone = zone
        self.ledger = self.opened()

    def append_elsewhere(self, added: list[Record]) -> None:
        """Let another process write meanwhile."""
        with closing(self.opened()) as other:
            other.append_now(added)

    def append_at_the_second_try(self, added: list[Record], fails_at: str) -> None:
        """Let the first write of a person to some table fail, after that of others perhaps."""
        writer = self.ledger._writer  # noqa: SLF001 - nothing else fails so
        writer.execute(
            f"CREATE TEMP TRIGGER full BEFORE INSERT ON {fails_at} WHEN new.user_id = 2"
            " BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
        with suppress(LedgerWriteError):
            self.ledger.append_now(added)
        writer.execute("DROP TRIGGER full")
        self.ledger.append_now([])

    def prune(self, before: Instant) -> None:
        """Remove what is too old, to the end, in whatever state the totals are."""
        while self.ledger.prune_step(before):
            self.check_told()
        cut = day_began(before, ZoneInfo(self.zone))
        assert all(one.ended_at >= cut for one in self.ledger.history(HistoryFilter()))

    def prune_again(self, before: Instant) -> None:
        """See that there is nothing left to remove, nor to change."""
        self.count()
        rows = self.rows_now()
        assert not self.ledger.prune_step(before)
        assert not self.ledger.count_step()
        assert rows == self.rows_now()
        due = self.ledger.prunable_from()
        assert due is None or due > before

    def count(self) -> None:
        while self.ledger.count_step():
            self.check_told()

    def check(self) -> None:
        """See that the totals are what the records that are there come to."""
        self.check_told()
        with closing(self.copy()) as copy:
            if not facts_of(copy).all_counted:
                return
            kept = rows_in(copy)
            copy.execute("DELETE FROM daily_totals")
            copy.execute("UPDATE facts SET value = 0 WHERE name = 'counted_to'")
            while catch_up(copy, 7):
                continue
            assert kept == rows_in(copy)

    def check_told(self) -> None:
        """See that whoever asks is told what the records that are there come to."""
        for user_id in PEOPLE:
            records = list(self.ledger.history(HistoryFilter(user_id=user_id)))
            for guild_id in (None, *GUILDS):
                told = self.ledger.daily_totals(user_id, self.zone, guild_id=guild_id)
                of_guild = [each for each in records if guild_id in (None, each.guild_id)]
                assert told == count_days(user_id, of_guild, ZoneInfo(self.zone))

    def rows_now(self) -> list[Row]:
        with closing(self.copy()) as copy:
            return rows_in(copy)

    def copy(self) -> sqlite3.Connection:
        copy = sqlite3.connect(":memory:", isolation_level=None)
        with closing(sqlite3.connect(self.folder / LEDGER_NAME)) as source:
            source.backup(copy)
        return copy


def rows_in(ledger: sqlite3.Connection) -> list[Row]:
    return ledger.execute(
        "SELECT * FROM daily_totals ORDER BY user_id, kind, day, guild_id"
    ).fetchall()


@st.composite
def records(draw: st.DrawFn) -> Record:
    """Return one of a few people, on a few days, often in several pieces."""
    started_at = AROUND + draw(st.integers(0, 4 * 96)) * QUARTER
    length = draw(st.sampled_from([0, 1, QUARTER, QUARTER, HOUR, 3 * HOUR, 30 * HOUR]))
    kind = cast("Kind", draw(st.sampled_from(["voice", "voice", "game", "party"])))
    made = Record(
        id=f"r{draw(st.integers(0, 60))}",
        kind=kind,
        guild_id=draw(st.sampled_from(GUILDS)),
        state="ended",
        reason="left",
        started_at=started_at,
        confirmed_at=started_at,
        last_seen=started_at + length,
        ended_at=started_at + length,
        seconds=0,
        uncertain_seconds=0,
        stretches=draw(stretches(started_at, length)),
    )
    if kind != "party":
        made.user_id, made.username = draw(st.sampled_from(PEOPLE)), "Pino"
        return made
    made.players = tuple(
        Player(
            session_id=f"g{number}",
            user_id=user_id,
            username="Pino",
            started_at=started_at + draw(st.sampled_from([0, length // 3])),
            ended_at=draw(st.sampled_from([None, started_at + length // 2])),
            stretches=draw(stretches(started_at, length)),
        )
        for number, user_id in enumerate(draw(st.lists(st.sampled_from(PEOPLE), max_size=3)))
    )
    return made


def stretches(started_at: Instant, length: int) -> st.SearchStrategy[tuple[Stretch, ...]]:
    """Parts away and unknown, some of which reach out of the session."""
    quarters = st.integers(-1, 5).map(lambda number: started_at + number * length // 4)
    return st.lists(
        st.builds(
            lambda one, other, value: Stretch(min(one, other), max(one, other), value),
            quarters,
            quarters,
            st.sampled_from(["away", "unknown"]),
        ),
        max_size=3,
    ).map(tuple)


@settings(max_examples=examples(75, soaked=1_500), deadline=None)
@given(st.data())
def test_days_that_were_added_to_are_what_counting_all_anew_tells(data: st.DataObject) -> None:
    happens = ["append"] * 6 + ["elsewhere", "fails", "forget", "zone", "count"]
    happens += ["prune", "prune", "prune a little"]
    some = st.lists(records(), min_size=1, max_size=5)
    remembered = data.draw(st.sampled_from([0, 5, 200_000]), "players remembered")
    with (
        tempfile.TemporaryDirectory() as folder,
        mock.patch.object(ledger, "_STEP", 4),
        mock.patch.object(daily_totals, "_REMEMBERED", remembered),
    ):
        kept = Kept(Path(folder))
        for _step in range(data.draw(st.integers(1, 10), "steps")):
            what = data.draw(st.sampled_from(happens), "what")
            event(what)
            if what == "append":
                kept.ledger.append_now(data.draw(some))
            elif what == "elsewhere":
                kept.append_elsewhere(data.draw(some))
            elif what == "fails":
                table = data.draw(st.sampled_from(["party_players", "daily_totals"]))
                kept.append_at_the_second_try(data.draw(some), table)
            elif what == "prune":
                before = AROUND + data.draw(st.integers(0, 5 * 96)) * QUARTER
                kept.prune(before)
                if data.draw(st.booleans()):
                    kept.prune_again(before)
            elif what == "prune a little":
                kept.ledger.prune_step(AROUND + data.draw(st.integers(0, 5 * 96)) * QUARTER)
            elif what == "forget":
                kept.ledger.forget(data.draw(st.sampled_from(PEOPLE)))
            elif what == "zone":
                kept.reopen(data.draw(st.sampled_from(ZONES)))
            else:
                kept.ledger.count_step()
            kept.check()
        kept.count()
        kept.check()
        kept.ledger.close()


@pytest.mark.parametrize("at_once", [False, True])
def test_of_parties_that_overlap_each_player_is_credited_once(
    tmp_path: Path, *, at_once: bool
) -> None:
    parties = [party_record(f"p{number}", hours=1) for number in range(3)]
    with closing(SqliteLedger.open(tmp_path)[0]) as kept:
        for some in [parties] if at_once else [[each] for each in parties]:
            kept.append_now(some)
        for user_id in (1, 2, 3):
            told = kept.daily_totals(user_id, "UTC", kind="party")
            assert [total.seconds for total in told] == [3600]


@pytest.fixture
def few_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let two parties of three be as many as are remembered together."""
    monkeypatch.setattr(daily_totals, "_REMEMBERED", 5)


def one_after_another() -> list[Record]:
    return [party_record(f"p{each}", started_at=START + each * HOUR, hours=1) for each in range(6)]


@pytest.mark.usefixtures("few_are_remembered")
def test_days_counted_anew_credit_parties_too_large_to_be_remembered_together(
    tmp_path: Path,
) -> None:
    with closing(SqliteLedger.open(tmp_path)[0]) as kept:
        kept.append_now(one_after_another())
    zone = "Pacific/Kiritimati"
    with closing(SqliteLedger.open(tmp_path, zone=zone)[0]) as kept:
        while kept.count_step():
            continue
        assert sum(total.seconds for total in kept.daily_totals(PLAYER, zone)) == 6 * 3600


@pytest.mark.usefixtures("few_are_remembered")
def test_what_a_party_shares_with_several_of_these_counts_once(tmp_path: Path) -> None:
    with closing(SqliteLedger.open(tmp_path)[0]) as kept:
        kept.append_now(one_after_another())
        kept.append_now([party_record("long", hours=8)])
        assert sum(total.seconds for total in kept.daily_totals(PLAYER, "UTC")) == 8 * 3600


def test_of_records_that_lie_in_a_longer_one_and_not_in_each_other_none_adds_to_it(
    tmp_path: Path,
) -> None:
    inside = [record(f"v{each}", started_at=START + each * HOUR, hours=0.5) for each in (1, 2, 3)]
    with closing(SqliteLedger.open(tmp_path)[0]) as kept:
        kept.append_now([record("long", started_at=START, hours=4), *inside])
        kept.append_now([record("same", started_at=START + HOUR, hours=0.25)])
        told = kept.daily_totals(PINO, "UTC")
        assert sum(total.seconds for total in told) == 4 * 3600


def test_what_the_longer_of_two_new_records_shares_with_an_older_one_counts_once(
    tmp_path: Path,
) -> None:
    new = [record("short"), record("long", started_at=START + HOUR // 2, hours=6)]
    with closing(SqliteLedger.open(tmp_path)[0]) as kept:
        kept.append_now([record("old", started_at=START + 3 * HOUR)])
        kept.append_now(new)
        told = kept.daily_totals(PINO, "UTC")
        assert sum(total.seconds for total in told) == 6.5 * 3600


def test_a_record_that_comes_late_brings_back_nothing_of_what_retention_has_removed(
    tmp_path: Path,
) -> None:
    with closing(SqliteLedger.open(tmp_path)[0]) as kept:
        kept.append_now([record("old", started_at=START - 34 * HOUR)])
        pruned(kept, START - 20 * HOUR)
        assert list(kept.history(HistoryFilter())) == []
        kept.append_now([record("late", started_at=START - 30 * HOUR)])
        assert [total.seconds for total in kept.daily_totals(PINO, "UTC")] == [3600]


def test_what_goes_on_over_the_cut_stays_whole_and_so_do_the_totals_of_its_early_days(
    tmp_path: Path,
) -> None:
    """START is half past ten in the evening."""
    with closing(SqliteLedger.open(tmp_path)[0]) as kept:
        kept.append_now(
            [
                record("early", started_at=START - 4 * HOUR),
                record("long", started_at=START, hours=4),
                record("until midnight", started_at=START + HOUR, hours=0.5, guild_id=5),
            ]
        )
        pruned(kept, START + 3 * HOUR)
        told = kept.daily_totals(PINO, "UTC")
        assert [total.seconds for total in told] == [1.5 * 3600, 2.5 * 3600]
        [total] = kept.daily_totals(PINO, "UTC", guild_id=5)
        assert total.seconds == 1800


@pytest.mark.parametrize("facts", ["name = 'anew'", "true"])
def test_of_a_ledger_that_was_pruned_by_the_hour_the_next_prune_mends_the_totals(
    tmp_path: Path, facts: str
) -> None:
    """Records went by the instant at which they ended, totals by whole days alone."""
    early = record("gone as well", started_at=START - 200 * HOUR)
    with closing(SqliteLedger.open(tmp_path)[0]) as kept:
        kept.append_now(
            [early, record("gone", started_at=START - 3 * HOUR), record("over midnight", hours=3)]
        )
        writer = kept._writer  # noqa: SLF001 - as an older version left it
        writer.execute("DELETE FROM records WHERE id LIKE 'gone%'")
        writer.execute(f"DELETE FROM facts WHERE {facts}")  # noqa: S608
    with closing(SqliteLedger.open(tmp_path)[0]) as kept:
        pruned(kept, START - 100 * HOUR)
        told = kept.daily_totals(PINO, "UTC")
        assert [total.seconds for total in told] == [1.5 * 3600, 1.5 * 3600]


def test_of_however_many_totals_none_outlasts_the_records_that_went(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "_STEP", 1)
    monkeypatch.setattr(catching_up, "_EASILY", 1)
    with closing(SqliteLedger.open(tmp_path)[0]) as kept:
        kept.append_now(record(f"v{each}", user_id=each) for each in range(3))
        pruned(kept, START + 48 * HOUR)
        assert [kept.daily_totals(each, "UTC") for each in range(3)] == [[], [], []]


def test_a_cut_that_comes_before_an_unfinished_one_is_counted_with_it(tmp_path: Path) -> None:
    """As when the bot stops meanwhile and sessions are to be kept for longer from then on."""
    with closing(SqliteLedger.open(tmp_path)[0]) as kept:
        kept.append_now([record("r1", started_at=START - 30 * HOUR), record("on", hours=4)])
        assert kept.prune_step(START) == 1
        kept.append_now([record("late", started_at=START - 80 * HOUR)])
        assert kept.prune_step(START - 48 * HOUR) == 1
        pruned(kept, START - 48 * HOUR)
        told = kept.daily_totals(PINO, "UTC")
        assert [total.seconds for total in told] == [1.5 * 3600, 2.5 * 3600]


def test_what_goes_before_another_time_zone_is_counted_leaves_no_total_of_the_one_before(
    tmp_path: Path,
) -> None:
    """In Kiritimati it is the 31st while it is the 30th in Bogota, where the day goes."""
    with closing(SqliteLedger.open(tmp_path, zone="Pacific/Kiritimati")[0]) as kept:
        kept.append_now(
            record(f"v{number}", user_id=number, started_at=START + 12 * HOUR)
            for number in range(150)
        )
        assert str(kept.daily_totals(149, "Pacific/Kiritimati")[0].day) == "2025-12-31"
    zone = "America/Bogota"
    with closing(SqliteLedger.open(tmp_path, zone=zone)[0]) as kept:
        pruned(kept, START + 48 * HOUR)
        assert all(kept.daily_totals(each, zone) == [] for each in range(150))


def test_of_a_day_that_in_another_time_zone_is_that_of_two_days_before_no_total_stays(
    tmp_path: Path,
) -> None:
    """From half past ten on it is the 31st in Kiritimati, and the 29th where it is last."""
    for zone, day in (("Pacific/Kiritimati", "2025-12-31"), ("Etc/GMT+12", "2025-12-29")):
        with closing(SqliteLedger.open(tmp_path, zone=zone)[0]) as kept:
            kept.append_now([record("v1", started_at=START + 12 * HOUR)])
            while kept.count_step():
                continue
            assert [str(total.day) for total in kept.daily_totals(PINO, zone)] == [day]


def pruned(kept: SqliteLedger, before: Instant) -> None:
    while kept.prune_step(before):
        continue
    while kept.count_step():
        continue


def test_while_another_time_zone_is_still_counted_what_is_added_is_counted_in_it(
    tmp_path: Path,
) -> None:
    with closing(SqliteLedger.open(tmp_path)[0]) as kept:
        kept.append_now(
            record(f"v{number}", started_at=START + number * 24 * HOUR) for number in range(150)
        )
    zone = "Pacific/Kiritimati"
    with closing(SqliteLedger.open(tmp_path, zone=zone)[0]) as kept:
        last = START + 150 * 24 * HOUR
        kept.append_now([record("new", started_at=last)])
        while kept.count_step():
            continue
        told = kept.daily_totals(PINO, zone)
        assert [total.seconds for total in told] == [3600] * 151
