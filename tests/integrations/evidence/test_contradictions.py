"""Contradictions: what is told of a call is compared with who is held in it, when that is due."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from unittest import mock

import msgspec
import pytest

from integrations.evidence.contradictions import Contradictions
from machines import SECOND
from tests.benchmarks.our_cog import written
from tests.benchmarks.population import Population
from tests.integrations.gateway.fed_bot import QUIET, FedBot, fed, payload
from tests.integrations.gateway.plaza import turn_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from tests.benchmarks.population import Person

PEOPLE = Population.of(60, guilds=1, idle_each=4)
[PLAZA] = PEOPLE.guilds
HERE, THERE = PLAZA.channel_ids[:2]
EMPTY = [PLAZA.id + 1_000 + number for number in range(100)]
CALL, VOICE = "VOICE_CHANNEL_START_TIME_UPDATE", "VOICE_STATE_UPDATE"
HEARD = msgspec.structs.replace(QUIET, channel_info=True)


@pytest.fixture(autouse=True)
def looks() -> Iterator[list[tuple[int, bool]]]:
    """What contradictions demand: which guild is to be looked at, and whether deeply."""
    demanded: list[tuple[int, bool]] = []

    def look(_self: Contradictions, guild_id: int, *, deep: bool) -> None:
        demanded.append((guild_id, deep))

    with mock.patch.object(Contradictions, "_look", look):
        yield demanded


@pytest.fixture
async def plaza(tmp_path: Path) -> AsyncIterator[FedBot]:
    async with fed(tmp_path, PEOPLE, HEARD) as bot:
        yield bot


@pytest.fixture
async def hasty(tmp_path: Path) -> AsyncIterator[FedBot]:
    """A bot whose events are never late, so that what waits is due in the loop's next round."""
    async with fed(tmp_path, PEOPLE, msgspec.structs.replace(HEARD, event_delay=0)) as bot:
        yield bot


def begins(bot: FedBot, channel_id: int) -> None:
    told = {"guild_id": str(PLAZA.id), "id": str(channel_id)}
    bot.reads(CALL, {**told, "voice_start_time": round(bot.cog.now() / SECOND)})


def is_over(bot: FedBot, channel_id: int) -> None:
    bot.reads(CALL, {"guild_id": str(PLAZA.id), "id": str(channel_id), "voice_start_time": None})


def leaves(bot: FedBot, person: Person) -> None:
    bot.hears(VOICE, payload(person.voice_update(None)))


def those_in(channel_id: int) -> list[Person]:
    return [person for person in PEOPLE.in_voice if person.channel_id == channel_id]


def compares(bot: FedBot) -> bool:
    return bot.cog.sources.contradictions.is_comparing


async def compared(bot: FedBot) -> None:
    """Wait until nothing waits to be compared."""
    while compares(bot):  # noqa: ASYNC110 - the turns are the loop's
        await asyncio.sleep(0)


async def test_what_agrees_with_who_is_held_waits_for_nothing_and_starts_no_timer(
    plaza: FedBot,
) -> None:
    loop = asyncio.get_running_loop()
    with mock.patch.object(loop, "call_at", side_effect=loop.call_at) as timers:
        begins(plaza, HERE)
        is_over(plaza, EMPTY[0])
    assert not compares(plaza)
    timers.assert_not_called()


async def test_all_that_does_not_agree_yet_waits_for_one_timer(
    plaza: FedBot, looks: list[object]
) -> None:
    loop = asyncio.get_running_loop()
    with mock.patch.object(loop, "call_at", side_effect=loop.call_at) as timers:
        for channel_id in EMPTY:
            begins(plaza, channel_id)
        is_over(plaza, HERE)
    assert compares(plaza)
    assert timers.call_count == 1
    assert looks == []


async def test_events_that_come_meanwhile_make_it_agree(hasty: FedBot, looks: list[object]) -> None:
    begins(hasty, EMPTY[0])
    hasty.reads(VOICE, payload(PEOPLE.idle[0].voice_update(EMPTY[0])))
    await compared(hasty)
    assert looks == []


async def test_what_never_agrees_is_looked_at(hasty: FedBot, looks: list[object]) -> None:
    begins(hasty, EMPTY[0])
    await compared(hasty)
    assert looks == [(PLAZA.id, True)]
    is_over(hasty, HERE)
    await compared(hasty)
    assert looks == [(PLAZA.id, True), (PLAZA.id, False)]
    assert not hasty.cog.sources.occupancy.people_in(PLAZA.id, HERE)


async def test_what_agrees_behind_what_did_not_waits_as_well(
    hasty: FedBot, looks: list[object]
) -> None:
    is_over(hasty, HERE)
    begins(hasty, HERE)  # by somebody whose coming is lost, as all others go
    for person in those_in(HERE):
        leaves(hasty, person)
    await compared(hasty)
    assert looks == [(PLAZA.id, True)]


async def test_what_was_told_last_of_a_call_counts(hasty: FedBot, looks: list[object]) -> None:
    for _time in range(3):
        is_over(hasty, HERE)
        begins(hasty, HERE)
    await compared(hasty)
    assert looks == []


async def test_what_comes_later_waits_as_long_and_a_little_more_for_what_comes_after_it(
    plaza: FedBot,
) -> None:
    contradictions, loop = plaza.cog.sources.contradictions, asyncio.get_running_loop()
    began = loop.time()
    with (
        mock.patch.object(loop, "time") as time,
        mock.patch.object(loop, "call_at") as call_at,
    ):
        for after, channel_id in enumerate(EMPTY[:3]):
            time.return_value = began + after / 10
            begins(plaza, channel_id)
        [timer] = call_at.call_args_list
        assert timer.args[0] == began + HEARD.event_delay
        contradictions._compare_due(timer.args[0])  # noqa: SLF001 - as the timer does
        [_first, timer] = call_at.call_args_list
    assert len(contradictions._waiting) == 2  # noqa: SLF001 - what is not due yet
    last_is_due = began + 0.2 + HEARD.event_delay
    assert last_is_due < timer.args[0] < last_is_due + HEARD.event_delay / 2


async def test_many_that_are_due_are_compared_a_turn_at_a_time(
    hasty: FedBot, looks: list[object]
) -> None:
    loop = asyncio.get_running_loop()
    with mock.patch.object(loop, "time", return_value=loop.time()):
        for channel_id in EMPTY:
            begins(hasty, channel_id)
    in_a_round: list[int] = []
    with turn_of(0.0, pieces=8), mock.patch("integrations.turns._TOO_LONG", 60.0):
        while compares(hasty):
            before = len(looks)
            await asyncio.sleep(0)
            in_a_round.append(len(looks) - before)
    assert 0 < max(in_a_round) <= 8
    assert len(looks) == len(EMPTY)


async def test_what_is_told_while_it_is_read_who_is_there_waits_until_that_is_done(
    plaza: FedBot, looks: list[object]
) -> None:
    with turn_of(0.0):
        plaza.hears("GUILD_CREATE", payload(PLAZA.text()))
        assert not plaza.cog.sources.occupancy.people_in(PLAZA.id, THERE)
        is_over(plaza, THERE)
        assert compares(plaza)
        await written(plaza.cog)
    assert plaza.cog.sources.occupancy.people_in(PLAZA.id, THERE)
    assert looks == []


async def test_a_guild_that_is_left_is_not_compared(hasty: FedBot, looks: list[object]) -> None:
    begins(hasty, EMPTY[0])
    hasty.hears("GUILD_DELETE", {"id": str(PLAZA.id)})
    assert not compares(hasty)
    for _round in range(3):
        await asyncio.sleep(0)
    assert looks == []
