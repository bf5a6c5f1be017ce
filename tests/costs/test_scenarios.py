"""Named scenarios through discord.py, the cog and the files: exactly what they cost, all in.

What one person does costs the same however many others there are; what concerns everybody grows
with everybody, one by one, and what is asked of the ledger with the answer.
"""

from __future__ import annotations

import io
from collections import Counter
from math import ceil
from typing import TYPE_CHECKING

import msgspec
import pytest

from integrations.keeping.retention import Retention
from integrations.statistics.period import Window
from integrations.statistics.ranking import rank
from integrations.statistics.records import gather
from persistence import HistoryFilter, SqliteLedger
from persistence.exchange import rows_of, write_rows
from persistence.ledger_reader import _IDS_AT_ONCE, LedgerReader
from tests.benchmarks.our_cog import written
from tests.benchmarks.population import Population
from tests.costs.scenario_costs import Costs, counted_costs, per_kind
from tests.integrations.gateway.fed_bot import QUIET, fed, payload
from tests.persistence.examples import GUILD, HOUR, START, record

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.benchmarks.population import Person
    from tests.integrations.gateway.fed_bot import FedBot

FEW, MORE, MANY = 200, 500, 800
"""People; all have as many digits, and so has everything that is written of them."""
PARTIES = 30
VOICE = "VOICE_STATE_UPDATE"

STATEMENTS_OF_A_START = 75
STATEMENTS_OF_A_WRITE = 3
STATEMENTS_OF_A_RECORD = 4
STATEMENTS_OF_RETENTION = 24
"""To remove old sessions and totals, and to find what went on into a day that is kept."""
STATEMENTS_OF_OPENING = 11
"""To see whether the ledger is one, how it counts days, and how far back it goes."""

A_STAY = {
    "trigger voice start": 1,
    "trigger voice announce": 1,
    "trigger voice confirm": 1,
    "trigger voice lose": 1,
    "trigger voice end": 1,
    "struct VoiceObserved": 2,
    "struct Channel": 1,
    "struct VoiceSession": 1,
    "struct Step": 5,
    "struct Deadline": 3,
    "disk write": 3,
    "disk sync": 3,
    "sqlite BEGIN": 1,
    "sqlite SELECT": 2,
    "sqlite INSERT": 4,
    "sqlite UPDATE": 1,
    "sqlite COMMIT": 1,
}
A_SNAPSHOT = {
    "disk create": 1,
    "disk sync": 1,
    "disk link": 1,
    "disk rename": 3,
    "disk remove": 1,
    "disk sync_folder": 2,
}


async def stays(told: FedBot, person: Person, room: int) -> None:
    """Let somebody join, stay until they are confirmed, and leave for good."""
    for channel, seconds in ((room, 60), (None, 120)):
        told.hears(VOICE, payload(person.voice_update(channel)))
        await written(told.cog)
        told.clock.passes(seconds)
        told.clock.catches_up()
        await written(told.cog)


@pytest.mark.parametrize("size", [FEW, MANY])
async def test_a_stay_from_joining_to_its_record(size: int, tmp_path: Path) -> None:
    population = Population.of(size, guilds=1)
    [guild] = population.guilds
    with counted_costs() as costs:
        async with fed(tmp_path, population) as told:
            await written(told.cog)
            await stays(told, population.idle[0], guild.channel_ids[0])  # begins the journal
            costs.clear()
            await stays(told, population.idle[1], guild.channel_ids[0])
            counted = Counter(costs)
    assert 1_000 < counted.pop("bytes") < 1_500
    assert counted == A_STAY


async def test_a_stay_is_as_many_bytes_however_many_others_there_are(tmp_path: Path) -> None:
    written_bytes = []
    for size in (FEW, MANY):
        population = Population.of(size, guilds=1)
        with counted_costs() as costs:
            async with fed(tmp_path / str(size), population) as told:
                await written(told.cog)
                for person in population.idle[:2]:
                    costs.clear()
                    await stays(told, person, population.guilds[0].channel_ids[0])
                written_bytes.append(costs["bytes"])
    assert len(set(written_bytes)) == 1


async def stop_and_start(size: int, folder: Path) -> tuple[Costs, Costs]:
    """Return what a clean stop costs with so many sessions, and the start that follows."""
    population = Population.of(size, guilds=1)
    with counted_costs() as costs:
        async with fed(folder / str(size), population) as told:
            await written(told.cog)
            await told.cog.check_now()  # a snapshot of everybody
            await written(told.cog)
            await stays(told, population.idle[0], population.guilds[0].channel_ids[0])
            costs.clear()
        stop = Counter(costs)
        costs.clear()
        async with fed(folder / str(size), population) as told:
            await written(told.cog)
            start = Counter(costs)
    return stop, start


async def test_a_clean_stop_costs_as_much_more_for_each_session_and_a_start_writes_as_much_always(
    tmp_path: Path,
) -> None:
    counted = {size: await stop_and_start(size, tmp_path) for size in (FEW, MORE, MANY)}
    for size, (stop, start) in counted.items():
        assert {what: stop[what] for what in A_SNAPSHOT} == A_SNAPSHOT
        assert "trigger" not in per_kind(stop)
        assert per_kind(start)["trigger"] == size + PARTIES
        assert per_kind(start)["struct"] == size + PARTIES
        assert per_kind(start)["sqlite"] == STATEMENTS_OF_A_START + ceil(
            (size + PARTIES) / _IDS_AT_ONCE
        )
    stops, starts = zip(*counted.values(), strict=True)
    few, more, many = (stop["bytes"] for stop in stops)
    assert many - more == pytest.approx(more - few, rel=0.001)  # but for the digits of instants
    assert more > few
    assert len({start["bytes"] for start in starts}) == 1  # it writes what has changed, not all


async def look_that_finds_lost(lost: int, size: int, folder: Path) -> Costs:
    """Return what a look costs that finds so many gone from voice, up to their records."""
    population = Population.of(size, guilds=1)
    [guild] = population.guilds
    gone = frozenset(person.id for person in population.in_voice[:lost])
    with counted_costs() as costs:
        async with fed(folder / f"{size} {lost}", population) as told:
            await stays(told, population.idle[0], guild.channel_ids[0])
            told.clock.passes(300)
            costs.clear()
            keeper = told.cog._storekeeper  # noqa: SLF001 - it says when all is written
            assert keeper is not None
            async with keeper._writing:  # noqa: SLF001 - so that all is written in one go
                told.hears("GUILD_CREATE", payload(guild.text(without=gone)))
                await told.cog._tracker.finish()  # noqa: SLF001 - it says when all is done
            await written(told.cog)
            return Counter(costs)


@pytest.mark.parametrize("size", [FEW, MANY])
async def test_a_look_asks_each_session_once_and_writes_down_those_who_are_lost(
    size: int, tmp_path: Path
) -> None:
    none, few, more = [await look_that_finds_lost(lost, size, tmp_path) for lost in (0, 10, 20)]
    assert per_kind(none)["trigger"] == per_kind(none)["struct"] == size + PARTIES
    assert "sqlite" not in per_kind(none)
    for costs, lost in ((few, 10), (more, 20)):
        assert per_kind(costs)["trigger"] == size + PARTIES
        assert per_kind(costs)["struct"] == size + PARTIES + lost
        assert per_kind(costs)["sqlite"] == STATEMENTS_OF_A_WRITE + STATEMENTS_OF_A_RECORD * lost
        assert per_kind(costs)["disk"] == per_kind(none)["disk"] == 2
    assert more["bytes"] - few["bytes"] == few["bytes"] - none["bytes"] == 104 * 10


# Questions to the ledger


def ledger_of(records: int, folder: Path) -> LedgerReader:
    """Return a ledger with a session of each of so many people."""
    folder.mkdir()
    ledger, _warnings = SqliteLedger.open(folder)
    ledger.append_now([record(f"r{number}", user_id=1 + number) for number in range(records)])
    ledger.close()
    return LedgerReader(folder)


def ranking(ledger: LedgerReader) -> int:
    window = Window(None, START + 24 * HOUR)
    return len(rank(gather(ledger, (), window, guild_id=GUILD), "voice", window))


def page(ledger: LedgerReader) -> int:
    return len(list(ledger.history(HistoryFilter(newest_first=True, limit=20))))


def export_of_a_day(ledger: LedgerReader) -> int:
    wanted = HistoryFilter(since=START, until=START + 24 * HOUR)
    return write_rows(rows_of(ledger.history(wanted)), io.BytesIO(), "jsonl")


@pytest.mark.parametrize("asks", [ranking, page, export_of_a_day])
@pytest.mark.parametrize("records", [FEW, MANY])
def test_a_question_is_one_statement_beside_those_of_opening_the_ledger(
    asks: Callable[[LedgerReader], int], records: int, tmp_path: Path
) -> None:
    ledger = ledger_of(records, tmp_path / "data")
    asks(ledger)  # the first question of a process finds out what a ledger has to look like
    with counted_costs() as costs:
        assert asks(ledger) == (20 if asks is page else records)
    assert per_kind(costs) == {"sqlite": STATEMENTS_OF_OPENING + 1}


@pytest.mark.parametrize("kept", [FEW, MANY])
async def test_retention_costs_as_much_for_each_it_removes_however_many_stay(
    kept: int, tmp_path: Path
) -> None:
    counted = []
    for old in (20, 40):
        folder = tmp_path / str(old)
        folder.mkdir()
        with counted_costs() as costs:
            ledger, _warnings = SqliteLedger.open(folder)
            ledger.append_now([record(f"o{number}", user_id=1 + number) for number in range(old)])
            later = START + 48 * HOUR
            ledger.append_now(
                [
                    record(f"n{number}", user_id=1 + number, started_at=later)
                    for number in range(kept)
                ]
            )
            costs.clear()
            settings = msgspec.structs.replace(QUIET, keep_days=1)
            retention = Retention(ledger, settings, lambda: START + 49 * HOUR)
            assert await retention.round() == old
            counted.append(per_kind(costs)["sqlite"])
            ledger.close()
    assert counted == [STATEMENTS_OF_RETENTION + 20, STATEMENTS_OF_RETENTION + 40]
