"""A ledger of many years: questions that its size does not touch, totals that are always right."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from machines import SECOND, Stretch, from_datetime
from persistence import HistoryFilter, LedgerReader, SqliteLedger, verify
from persistence.daily_totals import count_days
from persistence.days import bounds, day_began, day_of, days_between, next_day_begins
from persistence.ledger_file import open_ledger
from persistence.ledger_queries import history_query
from persistence.ledger_reader import LEDGER_NAME
from persistence.ledger_schema import MIGRATIONS
from tests.how_often import examples
from tests.persistence.examples import GUILD, HOUR, PINO, START, party_record, record
from tests.persistence.recording_disk import RecordingDisk

SAMPLES = Path(__file__).parent / "samples"
DAY = 24 * HOUR


def a_ledger(folder: Path, zone: str = "UTC") -> SqliteLedger:
    ledger, warnings = SqliteLedger.open(folder, now=lambda: START, zone=zone)
    assert warnings == []
    return ledger


def at(text: str) -> int:
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=UTC))


def totals(ledger: LedgerReader, zone: str = "UTC", user_id: int = PINO) -> dict[str, float]:
    return {str(day): length for day, _kind, length in ledger.daily_totals(user_id, zone)}


# Days


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Madrid", date(2025, 3, 30), 23),
        ("Europe/Madrid", date(2025, 10, 26), 25),
        ("America/Bogota", date(2025, 3, 30), 24),
        ("America/Havana", date(2025, 3, 9), 23),  # midnight does not exist
        ("America/Havana", date(2025, 11, 2), 25),  # midnight comes twice
        ("Australia/Lord_Howe", date(2025, 4, 6), 24.5),
        ("Pacific/Apia", date(2011, 12, 30), 0),  # skipped altogether
    ],
)
def test_a_day_is_as_long_as_people_live_it(zone: str, day: date, hours: float) -> None:
    start, end = bounds(day, ZoneInfo(zone))
    assert (end - start) / HOUR == hours
    if hours:
        assert day_of(start, ZoneInfo(zone)) == day_of(end - 1, ZoneInfo(zone)) == day


@given(
    st.integers(0, 40_000), st.integers(0, 72), st.sampled_from(["Asia/Tehran", "Europe/Madrid"])
)
def test_days_cover_every_instant_once(hour: int, hours: int, zone: str) -> None:
    start = at("2020-01-01") + hour * HOUR
    end = start + hours * HOUR
    days = list(days_between(start, end, ZoneInfo(zone)))
    edges = [bounds(day, ZoneInfo(zone)) for day in days]
    assert edges[0][0] <= start
    assert end < edges[-1][1]
    assert all(one[1] == next_[0] for one, next_ in pairwise(edges))


@given(
    st.integers(0, 24 * 400 * 12),
    st.sampled_from(
        [
            ("UTC", "2026-01-01"),
            ("America/St_Johns", "2010-01-01"),  # the clocks went back at a minute past midnight
            ("America/Havana", "2025-01-01"),
            ("America/Nuuk", "2025-01-01"),
            ("Pacific/Apia", "2011-06-01"),
            ("Asia/Kathmandu", "2025-01-01"),
        ]
    ),
)
def test_every_instant_lies_between_the_beginnings_of_two_days(
    minutes: int, place: tuple[str, str]
) -> None:
    name, since = place
    zone, instant = ZoneInfo(name), at(since) + minutes * 5 * 60 * SECOND
    begun, next_ = day_began(instant, zone), next_day_begins(instant, zone)
    assert begun <= instant < next_
    assert next_ - begun <= 25 * HOUR
    for beginning in (begun, next_):
        assert day_began(beginning, zone) == beginning
    assert day_began(next_ - 1, zone) == begun
    assert next_day_begins(next_ - 1, zone) == next_


def test_where_midnight_came_twice_the_day_began_with_the_first() -> None:
    """In Saint John's the clocks went back at a minute past it, to the day before."""
    zone = ZoneInfo("America/St_Johns")
    midnight = bounds(date(2010, 11, 7), zone)[0]
    again = midnight + HOUR // 2
    assert day_of(again, zone) == date(2010, 11, 6)
    assert day_began(again, zone) == midnight
    assert next_day_begins(again, zone) == midnight + 25 * HOUR


# Totals


def test_a_session_over_midnight_counts_on_both_days(tmp_path: Path) -> None:
    with closing(a_ledger(tmp_path)) as ledger:
        ledger.append_now([record(started_at=at("2025-12-29T22:30"), hours=3)])
        assert totals(ledger) == {"2025-12-29": 5400, "2025-12-30": 5400}


def test_days_are_those_of_the_time_zone(tmp_path: Path) -> None:
    with closing(a_ledger(tmp_path, "America/Bogota")) as ledger:
        ledger.append_now([record(started_at=at("2025-12-30T03:00"), hours=3)])
        assert totals(ledger, "America/Bogota") == {"2025-12-29": 7200, "2025-12-30": 3600}
        assert totals(ledger, "UTC") == {"2025-12-30": 10800}


def test_the_day_that_clocks_repeat_an_hour_of_holds_25(tmp_path: Path) -> None:
    with closing(a_ledger(tmp_path, "Europe/Madrid")) as ledger:
        ledger.append_now([record(started_at=at("2025-10-24T22:00"), hours=72)])
        assert totals(ledger, "Europe/Madrid")["2025-10-26"] == 25 * 3600


def test_what_two_records_credit_at_once_counts_once(tmp_path: Path) -> None:
    with closing(a_ledger(tmp_path)) as ledger:
        ledger.append_now([record("here"), record("there", guild_id=5)])
        assert totals(ledger) == {"2025-12-29": 3600}
        for guild_id in (GUILD, 5):
            told = ledger.daily_totals(PINO, "UTC", guild_id=guild_id)
            assert [total.seconds for total in told] == [3600]


def test_time_away_does_not_count_and_a_party_counts_for_each_player(tmp_path: Path) -> None:
    away = Stretch(START, START + 600 * SECOND, "away")
    with closing(a_ledger(tmp_path)) as ledger:
        ledger.append_now([record(stretches=(away,)), party_record(hours=1)])
        assert totals(ledger) == {"2025-12-29": 3000}
        for user_id in (1, 2, 3):
            told = ledger.daily_totals(user_id, "UTC", kind="party")
            assert [total.seconds for total in told] == [3600]


@settings(max_examples=examples(60), deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 24 * 20), st.integers(1, 60), st.sampled_from([GUILD, 5])),
        min_size=1,
        max_size=8,
    ),
    st.sampled_from(["UTC", "Europe/Madrid", "America/Bogota"]),
)
def test_totals_kept_are_the_totals_of_the_records(
    parts: list[tuple[int, int, int]], zone: str
) -> None:
    with tempfile.TemporaryDirectory() as name, closing(a_ledger(Path(name), zone)) as ledger:
        for number, (hour, hours, guild_id) in enumerate(parts):
            started_at = at("2025-10-15") + hour * HOUR
            ledger.append_now(
                [record(f"v{number}", started_at=started_at, hours=hours, guild_id=guild_id)]
            )
        kept = ledger.daily_totals(PINO, zone)
        counted = count_days(PINO, ledger.history(HistoryFilter()), ZoneInfo(zone))
        assert kept == counted


def test_another_time_zone_is_counted_anew_in_steps_and_right_meanwhile(tmp_path: Path) -> None:
    with closing(a_ledger(tmp_path)) as ledger:
        ledger.append_now(
            record(f"v{number}", started_at=START + number * DAY) for number in range(450)
        )
    with closing(a_ledger(tmp_path, "America/Bogota")) as ledger:
        meanwhile = totals(ledger, "America/Bogota")
        steps = 1
        while ledger.count_step():
            steps += 1
        assert steps > 2
        assert totals(ledger, "America/Bogota") == meanwhile
        with ledger.connection() as connection:
            assert connection is not None
            (stale,) = connection.execute(
                "SELECT count(*) FROM daily_totals WHERE guild_id = -1"
            ).fetchone()
        assert stale == len(meanwhile)


# Questions


def plan_of(folder: Path, wanted: HistoryFilter) -> str:
    query, values = history_query(wanted, HOUR)
    with closing(sqlite3.connect(folder / LEDGER_NAME)) as connection:
        rows = connection.execute(f"EXPLAIN QUERY PLAN {query}", values).fetchall()
    return "\n".join(str(row[3]) for row in rows)


@pytest.mark.parametrize(
    "wanted",
    [
        HistoryFilter(user_id=PINO, since=START, until=START + DAY),
        HistoryFilter(user_id=PINO, guild_id=GUILD, since=START, until=START + DAY),
        HistoryFilter(user_id=PINO, kind="party", since=START, until=START + DAY),
        HistoryFilter(user_id=PINO, guild_id=GUILD, kind="voice", since=START, until=START + DAY),
        HistoryFilter(guild_id=GUILD, since=START, until=START + DAY),
        HistoryFilter(since=START, until=START + DAY),
    ],
    ids=["person", "person in guild", "parties", "kind in guild", "guild", "all"],
)
def test_no_question_reads_more_than_its_span_of_time(
    tmp_path: Path, wanted: HistoryFilter
) -> None:
    a_ledger(tmp_path).close()
    plan = plan_of(tmp_path, wanted)
    assert "SCAN" not in plan
    for line in plan.splitlines():
        if line.startswith("SEARCH") and "id=?" not in line.replace("user_id=?", "").replace(
            "guild_id=?", ""
        ):
            assert "ended_at>? AND ended_at<?" in line


def test_a_session_that_spans_the_whole_question_is_found(tmp_path: Path) -> None:
    with closing(a_ledger(tmp_path)) as ledger:
        ledger.append_now([record("long", hours=24 * 60), record("short", started_at=START + DAY)])
        wanted = HistoryFilter(user_id=PINO, since=START + 2 * DAY, until=START + 3 * DAY)
        assert [found.id for found in ledger.history(wanted)] == ["long"]


def test_people_are_found_by_any_name_they_had(tmp_path: Path) -> None:
    with closing(a_ledger(tmp_path)) as ledger:
        renamed = record("v2", started_at=START + DAY)
        renamed.username = "PINO"
        ledger.append_now([record(), renamed, party_record()])
        assert ledger.people_named("pino") == {PINO: "Pino", 1: "Pino"} or ledger.people_named(
            "pino"
        ) == {PINO: "PINO", 1: "Pino"}
        assert set(ledger.people_named("AGU")) == {2}
        assert ledger.people_named("nobody") == {}


# Retention


def test_old_sessions_go_in_small_steps_with_their_totals_and_names(tmp_path: Path) -> None:
    with closing(a_ledger(tmp_path)) as ledger:
        ledger.append_now(
            record(f"v{number}", user_id=10 + number % 7, started_at=START + number * HOUR)
            for number in range(250)
        )
        ledger.append_now([party_record()])
        steps = []
        while step := ledger.prune_step(START + 220 * HOUR):
            steps.append(step)
        assert steps == [100, 100, 18]
        left = list(ledger.history(HistoryFilter()))
        assert min(found.ended_at for found in left) == at("2026-01-08T00:30")
        assert ledger.people_named("agu") == {}
        told = ledger.daily_totals(13, "UTC")
        assert min(total.day for total in told) == date(2026, 1, 8)
    assert verify(tmp_path) == []


@pytest.mark.parametrize("sessions", [99, 100, 101, 200])
def test_names_go_with_the_last_session_in_however_many_steps(
    tmp_path: Path, sessions: int
) -> None:
    with closing(a_ledger(tmp_path)) as ledger:
        ledger.append_now(
            record(f"v{number}", started_at=START + number * SECOND, hours=0.0001)
            for number in range(sessions)
        )
        while ledger.prune_step(START + DAY):
            continue
        assert ledger.people_named("pino") == {}


# Migration


def schema_1(folder: Path) -> Path:
    path = folder / LEDGER_NAME
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((SAMPLES / "ledger_schema_1.sql").read_text(encoding="utf-8"))
    return path


def test_a_ledger_of_schema_1_comes_along_with_its_data(tmp_path: Path) -> None:
    schema_1(tmp_path)
    before = LedgerReader(tmp_path)
    assert [found.id for found in before.history(HistoryFilter(user_id=2))] == ["p1", "v2"]
    assert totals(before) == {"2025-12-29": 3600}
    assert before.people_named("pino") == {PINO: "Pino", 1: "Pino", 2: "Pino"}
    assert verify(tmp_path) == []
    with closing(a_ledger(tmp_path)) as ledger:
        assert [found.id for found in ledger.history(HistoryFilter(user_id=2))] == ["p1", "v2"]
        assert totals(ledger) == {"2025-12-29": 3600}
        assert [total.kind for total in ledger.daily_totals(2, "UTC")] == [
            "party",
            "party",
            "voice",
        ]
    assert verify(tmp_path) == []
    assert not list(tmp_path.glob("*schema*"))


def test_a_copy_is_kept_until_the_migration_is_done(tmp_path: Path) -> None:
    path = schema_1(tmp_path)
    broken = (*MIGRATIONS[:1], "CREATE TABLE half (id TEXT); INSERT INTO nowhere VALUES (1);")
    with pytest.raises(Exception, match="nowhere"):
        open_ledger(path, RecordingDisk(), lambda: START, broken)
    copy = tmp_path / "latido.db.schema-1"
    with closing(sqlite3.connect(copy)) as kept:
        assert kept.execute("SELECT count(*) FROM records").fetchone() == (3,)
    assert copy.stat().st_mode & 0o777 == 0o600
    with closing(a_ledger(tmp_path)) as ledger:
        assert len(list(ledger.history(HistoryFilter()))) == 3
    assert not copy.exists()
