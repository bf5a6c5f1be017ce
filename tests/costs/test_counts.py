"""Named scenarios, and what each costs in triggers, effects, bytes, writes and statements."""

from __future__ import annotations

import tempfile
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast
from unittest import mock

import msgspec
import pytest

from engine import (
    ActivitySeen,
    Channel,
    GuildReport,
    PresenceObserved,
    SessionEngine,
    Settings,
    VoiceObserved,
)
from machines import SECOND, RecordEnded, SessionChanged, SessionMachine, from_datetime
from persistence import SnapshotStore, SqliteLedger, catching_up, daily_totals
from persistence import ledger as ledger_module
from persistence.ledger_rows import record_from
from persistence.packing import pack
from tests.persistence.examples import party_record, record, voice
from tests.persistence.recording_disk import RecordingDisk

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Iterator

    from machines import AnySession, Effect, Instant, Record, Step, Trigger

START = datetime(2025, 12, 29, 20, 0, tzinfo=UTC)
MIDNIGHT = from_datetime(datetime(2025, 12, 29, tzinfo=UTC))
MINUTE = 60 * SECOND
GUILD = 900
GENERAL, LOUNGE = Channel(500, "General"), Channel(501, "Sala")
VALORANT = ActivitySeen("VALORANT")


@contextmanager
def counted_triggers() -> Iterator[Counter[str]]:
    """Count the triggers that are fired at any machine."""
    fired: Counter[str] = Counter()
    fire = SessionMachine.fire

    def counted(machine: SessionMachine, trigger: Trigger, session: AnySession, step: Step) -> bool:
        fired[f"{machine.kind} {trigger}"] += 1
        return fire(machine, trigger, session, step)

    with mock.patch.object(SessionMachine, "fire", counted):
        yield fired


def in_voice(user_id: int, channel: Channel | None, *, joined: bool = False) -> VoiceObserved:
    return VoiceObserved(
        guild_id=GUILD, user_id=user_id, username="Pino", channel=channel, joined=joined
    )


def playing(user_id: int, *games: ActivitySeen) -> PresenceObserved:
    return PresenceObserved(guild_id=GUILD, user_id=user_id, username="Pino", activities=games)


def engine_with(in_voice_of: Iterable[int] = (), playing_of: Iterable[int] = ()) -> SessionEngine:
    engine = SessionEngine(Settings())
    for user_id in in_voice_of:
        engine.observe(in_voice(user_id, GENERAL, joined=True), START)
    for user_id in playing_of:
        engine.observe(playing(user_id, VALORANT), START)
    engine.advance(START + timedelta(minutes=1))
    return engine


def later(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


# Triggers and effects


def test_an_event_that_changes_nothing_fires_no_trigger_and_asks_for_nothing() -> None:
    engine = engine_with(in_voice_of=[1], playing_of=[2])
    with counted_triggers() as fired:
        effects: list[Effect] = []
        effects += engine.observe(in_voice(1, GENERAL), later(2))
        effects += engine.observe(playing(2, VALORANT), later(2))
        effects += engine.observe(playing(3), later(2))
    assert not fired
    assert not effects


def test_a_move_fires_one_trigger_and_changes_one_session() -> None:
    engine = engine_with(in_voice_of=range(1, 101))
    with counted_triggers() as fired:
        effects = engine.observe(in_voice(1, LOUNGE), later(2))
    assert fired == {"voice update": 1}
    assert [type(effect) for effect in effects] == [SessionChanged]


def test_a_whole_stay_fires_five_triggers_and_leaves_one_record() -> None:
    engine = SessionEngine(Settings())
    with counted_triggers() as fired:
        effects = engine.observe(in_voice(1, GENERAL, joined=True), START)
        effects += engine.advance(later(1))
        effects += engine.observe(in_voice(1, None), later(30))
        effects += engine.advance(later(32))
    assert fired == {
        "voice start": 1,
        "voice announce": 1,
        "voice confirm": 1,
        "voice lose": 1,
        "voice end": 1,
    }
    assert sum(isinstance(effect, RecordEnded) for effect in effects) == 1


def test_everybody_leaving_fires_two_triggers_a_person() -> None:
    people = range(1, 201)
    engine = engine_with(in_voice_of=people)
    with counted_triggers() as fired:
        for user_id in people:
            engine.observe(in_voice(user_id, None), later(30))
        engine.advance(later(32))
    assert fired == {"voice lose": len(people), "voice end": len(people)}
    assert not engine.registry.count


@pytest.mark.parametrize("players", [10, 400])
def test_one_more_player_changes_a_party_once_however_many_play(players: int) -> None:
    engine = engine_with(playing_of=range(1, players + 1))
    assert engine.counts()["party"] == 1
    engine.observe(playing(9_999, VALORANT), later(2))
    with counted_triggers() as fired:
        engine.advance(later(3))
    assert fired == {"game announce": 1, "game confirm": 1, "party update": 1}


def test_a_check_fires_one_validate_a_session_and_no_more_for_members_without_one() -> None:
    engine = engine_with(in_voice_of=range(1, 51))
    report = GuildReport(
        guild_id=GUILD,
        source="audit",
        at=from_datetime(later(5)),
        voice={user_id: in_voice(user_id, GENERAL) for user_id in range(1, 51)},
        games={user_id: playing(user_id) for user_id in range(1, 5_001)},
        complete_voice=True,
        complete_games=True,
    )
    with counted_triggers() as fired:
        engine.validate(report, later(5))
    assert fired == {"voice validate": 50}


# Bytes and writes


def test_a_change_is_packed_in_as_many_bytes_whoever_else_there_is() -> None:
    one = len(pack(voice("v1")))
    assert one < 200
    assert len(pack(voice("v2"))) == one


@pytest.mark.parametrize("sessions", [200, 2_000])
def test_a_change_among_many_is_one_write_and_one_sync(sessions: int, tmp_path: Path) -> None:
    disk = RecordingDisk()
    store = SnapshotStore(tmp_path, disk=disk)
    held = [voice(f"v{number}", user_id=number) for number in range(sessions)]
    for session in held:
        store.put(session)
    store.flush_now()
    store.put(held[0])
    store.flush_now()  # begins the journal
    journal = tmp_path / "active_sessions.journal"
    before, size = len(disk.log), journal.stat().st_size
    for _change in range(5):
        store.put(held[1])
    store.flush_now()
    assert disk.log[before:] == ["write active_sessions.journal", "sync active_sessions.journal"]
    assert journal.stat().st_size - size < 700
    store.close()


def test_nothing_changed_is_no_write_at_all(tmp_path: Path) -> None:
    disk = RecordingDisk()
    store = SnapshotStore(tmp_path, disk=disk)
    store.put(voice())
    store.flush_now()
    before = len(disk.log)
    store.flush_now()
    assert disk.log[before:] == []
    store.close()


# SQLite


@contextmanager
def counted_statements(ledger: SqliteLedger) -> Iterator[Counter[str]]:
    """Count the statements that a ledger executes, by their first word."""
    counted: Counter[str] = Counter()

    def note(statement: str) -> None:
        counted[statement.split(maxsplit=1)[0]] += 1

    connection = cast("sqlite3.Connection", ledger._writer)  # noqa: SLF001 - nothing else counts
    connection.set_trace_callback(note)
    try:
        yield counted
    finally:
        connection.set_trace_callback(None)


@contextmanager
def counted_steps(ledger: SqliteLedger) -> Iterator[Counter[str]]:
    """Count the steps of SQLite's machine (https://sqlite.org/opcode.html): what rows cost."""
    counted: Counter[str] = Counter()

    def note() -> int:
        counted["steps"] += 1
        return 0

    connection = cast("sqlite3.Connection", ledger._writer)  # noqa: SLF001 - nothing else counts
    connection.set_progress_handler(note, 1)
    try:
        yield counted
    finally:
        connection.set_progress_handler(None, 1)


def test_a_hundred_records_are_one_transaction() -> None:
    with tempfile.TemporaryDirectory() as folder:
        ledger, _warnings = SqliteLedger.open(Path(folder))
        with counted_statements(ledger) as statements:
            ledger.append_now([record(f"r{number}") for number in range(100)])
        assert statements["BEGIN"] == statements["COMMIT"] == 1
        ledger.close()


@pytest.mark.parametrize("already_there", [0, 2_000])
def test_a_record_takes_as_many_statements_however_many_rows_they_read(already_there: int) -> None:
    """The rows are all of that person's of that kind at that time: these it does read."""
    with tempfile.TemporaryDirectory() as folder:
        ledger, _warnings = SqliteLedger.open(Path(folder))
        ledger.append_now([record(f"old{number}") for number in range(already_there)])
        with counted_statements(ledger) as statements:
            ledger.append_now([record("new")])
        assert statements.total() <= 12
        ledger.close()


def a_stay(number: int) -> Record:
    return record(f"v{number}", started_at=MIDNIGHT + number * MINUTE, hours=1 / 60)


def a_party(number: int) -> Record:
    return party_record(f"p{number}", started_at=MIDNIGHT + number * MINUTE, hours=1 / 60)


@pytest.mark.parametrize("one", [a_stay, a_party])
def test_one_record_more_costs_the_same_however_many_that_person_has_that_day(
    one: Callable[[int], Record],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ledger, _warnings = SqliteLedger.open(Path(folder))

        def costs(number: int) -> tuple[int, int, int]:
            with mock.patch.object(daily_totals, "record_from", wraps=record_from) as read:
                with counted_statements(ledger) as statements:
                    ledger.append_now([one(number)])
                with counted_steps(ledger) as steps:
                    ledger.append_now([one(number + 1)])
            return statements.total(), read.call_count, steps.total()

        ledger.append_now(map(one, range(9)))
        few = costs(9)
        ledger.append_now(map(one, range(11, 999)))
        many = costs(999)
        assert few[:2] == many[:2]
        assert few[1] == 0
        assert 0 < many[2] < 1.2 * few[2]
        ledger.close()


def a_month_in_voice() -> Record:
    return record("month", started_at=MIDNIGHT - 40 * 24 * 60 * MINUTE, hours=24 * 30)


def a_month_of_a_party() -> Record:
    return party_record("month", started_at=MIDNIGHT - 40 * 24 * 60 * MINUTE, hours=24 * 30)


@pytest.mark.parametrize(
    ("one", "month", "people"), [(a_stay, a_month_in_voice, 1), (a_party, a_month_of_a_party, 3)]
)
def test_records_that_come_together_read_later_ones_once_though_the_newest_came_first(
    one: Callable[[int], Record], month: Callable[[], Record], people: int
) -> None:
    """As from a file that is imported: where somebody was there for a month, all may matter."""
    with tempfile.TemporaryDirectory() as folder:
        ledger, _warnings = SqliteLedger.open(Path(folder))
        ledger.append_now([month(), *map(one, range(2_100, 2_110))])
        taken = []
        for last, later in ((99, ()), (98, range(200, 2_100))):
            ledger.append_now(map(one, later))
            with counted_steps(ledger) as steps:
                ledger.append_now(map(one, range(last, 0, -2)))
            taken.append(steps.total())
        few, many = taken
        assert 0 < many - few < 20 * 1_900 * people
        ledger.close()


def test_retention_that_removes_nothing_takes_as_many_steps_however_many_people_there_are() -> None:
    with tempfile.TemporaryDirectory() as folder:
        ledger, _warnings = SqliteLedger.open(Path(folder))
        taken = []
        for people in (10, 1_000):
            ledger.append_now([record(f"v{each}", user_id=each) for each in range(people)])
            with counted_steps(ledger) as steps:
                assert not ledger.prune_step(from_datetime(START))
            taken.append(steps.total())
        assert 0 < taken[1] < 1.2 * taken[0]
        assert not ledger.count_step(), "of a ledger that is whole nothing is counted anew"
        ledger.close()


def test_what_retention_removes_costs_the_same_however_much_it_is_and_no_step_grows() -> None:
    """Somebody was there for two months: until the end of these, all may have begun before it."""
    long = record("long", started_at=MIDNIGHT - 48 * 60 * MINUTE, hours=24 * 60)
    with tempfile.TemporaryDirectory() as folder:
        ledger, _warnings = SqliteLedger.open(Path(folder))
        ledger.append_now([long])
        of_each, largest = [], []
        for count in (300, 3_000):
            before = (a_stay_of_one_of_twenty(-number, count) for number in range(1, count))
            after = (a_stay_of_one_of_twenty(number, count) for number in range(1, count))
            ledger.append_now([*before, *after])
            with mock.patch.object(ledger_module, "_STEP", 10):
                taken = list(retention_steps(ledger, MIDNIGHT))
            of_each.append(sum(taken) / count)
            largest.append(max(taken))
        assert 0 < of_each[1] < 1.2 * of_each[0]
        assert 0 < largest[1] < 1.2 * largest[0]
        ledger.close()


def a_stay_of_one_of_twenty(number: int, count: int) -> Record:
    """Return one of a few minutes, one every ten minutes before or after midnight."""
    started_at = MIDNIGHT + (number * 10 + 3) * MINUTE
    return record(f"{count}:{number}", user_id=number % 20 + 1, started_at=started_at, hours=1 / 20)


def retention_steps(ledger: SqliteLedger, before: Instant) -> Iterator[int]:
    """Yield what each step costs until everything is removed and counted."""
    for step in (partial(ledger.prune_step, before), ledger.count_step):
        is_any = True
        while is_any:
            with counted_steps(ledger) as steps:
                is_any = bool(step())
            yield steps.total()


@pytest.mark.parametrize("by", ["another time zone", "retention"])
def test_counting_a_crowd_anew_reads_each_of_its_parties_a_few_times(by: str) -> None:
    """They do not fit in memory together, and everybody was in all of them."""
    zone = "Europe/Madrid" if by == "another time zone" else "UTC"
    taken = []
    for people in (50, 200):
        with (
            tempfile.TemporaryDirectory() as folder,
            mock.patch.object(daily_totals, "_REMEMBERED", 10 * people),
            mock.patch.object(catching_up, "_MANY", people),
        ):
            ledger, _warnings = SqliteLedger.open(Path(folder))
            ledger.append_now(a_crowds_day(people, number) for number in range(30))
            if by == "retention":
                writer = ledger._writer  # noqa: SLF001 - as an older version left it
                writer.execute("DELETE FROM facts WHERE name = 'anew'")
                assert not ledger.prune_step(MIDNIGHT)
            ledger.close()
            with mock.patch.object(daily_totals, "record_from", wraps=record_from) as read:
                ledger, _warnings = SqliteLedger.open(Path(folder), zone=zone)
                while ledger.count_step():
                    continue
            taken.append(read.call_count)
            assert len(ledger.daily_totals(people, zone)) == 30
            ledger.close()
    assert 30 < taken[0] == taken[1] < 10 * 30


def a_crowds_day(people: int, number: int) -> Record:
    """Return what a party of so many came to on one day after another."""
    one = party_record(f"p{number}", started_at=MIDNIGHT + number * 24 * 60 * MINUTE, hours=12)
    first = one.players[0]
    players = (msgspec.structs.replace(first, user_id=each + 1) for each in range(people))
    return msgspec.structs.replace(one, players=tuple(players))


def test_each_party_of_a_day_is_read_once_for_all_who_were_in_it() -> None:
    parties = [party_record(f"p{number}") for number in range(50)]
    with tempfile.TemporaryDirectory() as folder:
        ledger, _warnings = SqliteLedger.open(Path(folder))
        ledger.append_now(parties[1:])
        with counted_statements(ledger) as statements:
            ledger.append_now(parties[:1])
        assert len(parties) <= statements["SELECT"] < len(parties) + 20
        ledger.close()
