"""A process stands still while a connection is cut: what lies behind its RESUMED or READY is late.

The frames of a connection that is being made anew wait like any others, and nobody can be asked
for a heartbeat before it stands.
"""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from integrations.gateway.lateness import Lateness
from machines import SECOND
from tests.benchmarks.population import Population
from tests.costs.containers import lengths
from tests.integrations.gateway.disturbances import SHARDS, BotOfTwoShards, shard_of
from tests.integrations.gateway.fed_bot import fed, payload
from tests.integrations.gateway.test_pulse import is_unsure, runs, waits, will_look
from tests.integrations.gateway.test_standstills import (
    AFAR,
    ELSEWHERE,
    HOUR,
    NEW,
    PEOPLE,
    PLAZA,
    SPEAKER,
    Line,
    firsts,
    goes,
    of,
    records,
    somebody_in_voice,
    stands_still,
    ticks,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from integrations.gateway.connection import Connections
    from integrations.tracker import Tracker
    from machines import Instant, Record
    from tests.integrations.gateway.fed_bot import FedBot

NOBODY = Population.of(0, guilds=4, idle_each=4)
FAR = NOBODY.guilds[-1]
[COMER, *_others] = NOBODY.idle[-4:]
CUT, OTHER = shard_of(AFAR), shard_of(PLAZA)
"""The shard that is cut, of several, and another one."""

hows = pytest.mark.parametrize("how", ["resumed", "anew"])
laters = pytest.mark.parametrize("looks", [0, 3])
"""How often the clocks are looked at once more, before the first frame is read."""


def connections_of(bot: FedBot) -> Connections:
    return bot.cog._connections  # noqa: SLF001 - as discord.py tells them


async def some_time(bot: FedBot, looks: int = 40) -> None:
    """Let time pass in which nothing comes, and the clocks are looked at so often."""
    for _tick in range(looks):
        await ticks(bot)


async def stands_still_in_a_cut(bot: FedBot, first: str = "tick", *, looks: int = 3) -> Instant:
    """Let the connection be cut, and the process stand still for a minute; return since when.

    ``first`` goes off as it wakes, and so often the clocks are looked at then.
    """
    connections_of(bot).is_cut(None)
    bot.clock.passes(3)
    stopped_at = bot.cog.now()
    await stands_still(bot, 60, first=first)
    await some_time(bot, looks)
    return stopped_at


def stands_again(bot: FedBot, how: str) -> None:
    """RESUMED is read, or READY and the guild as it was when that was sent."""
    if how == "resumed":
        connections_of(bot).resumes(None)
    else:
        bot.hears("READY", payload(bot.bot.ready(PEOPLE)))
        bot.hears("GUILD_CREATE", PLAZA.create(without=frozenset({SPEAKER.id, NEW.id})))


def record_of(bot: FedBot, user_id: int) -> Record:
    [record] = [each for each in records(bot) if each.user_id == user_id]
    return record


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[FedBot]:
    async with somebody_in_voice(tmp_path) as fed_bot:
        yield fed_bot


@pytest.fixture
def line(bot: FedBot) -> Iterator[Line]:
    line = Line(bot)
    yield line
    line.is_closed = True  # no answer is waited for as the cog is unloaded


@firsts
@laters
async def test_whoever_left_behind_a_resumed_may_have_done_so_at_any_time_of_it(
    bot: FedBot, line: Line, first: str, looks: int
) -> None:
    stopped_at = await stands_still_in_a_cut(bot, first, looks=looks)
    stands_again(bot, "resumed")
    goes(bot, None)
    await asyncio.sleep(0)
    line.answers()
    await some_time(bot)
    record = record_of(bot, SPEAKER.id)
    assert record.ended_at - stopped_at >= 60 * SECOND
    assert record.uncertain_seconds == pytest.approx((record.ended_at - stopped_at) / SECOND)


@firsts
@laters
@hows
async def test_whoever_came_behind_it_may_have_done_so_at_any_time_of_it(
    bot: FedBot, line: Line, first: str, looks: int, how: str
) -> None:
    stopped_at = await stands_still_in_a_cut(bot, first, looks=looks)
    stands_again(bot, how)
    goes(bot, PLAZA.channel_ids[1], NEW)
    assert [each.start for each in of(bot, NEW.id).stretches] == [stopped_at]
    assert line.sent == 0  # it is asked next


@firsts
@hows
async def test_what_comes_due_waits_until_all_is_read_and_what_comes_then_is_new(
    bot: FedBot, line: Line, first: str, how: str
) -> None:
    await stands_still_in_a_cut(bot, first)
    stands_again(bot, how)
    goes(bot, PLAZA.channel_ids[1], NEW)
    await some_time(bot, 20)
    assert of(bot, NEW.id).state == "pending"  # that they left may lie unread
    line.answers()
    await ticks(bot)
    assert of(bot, NEW.id).state != "pending"
    goes(bot, None, NEW)
    left_at = bot.cog.now()
    await some_time(bot)
    record = record_of(bot, NEW.id)
    assert record.ended_at == left_at
    assert record.uncertain_seconds == pytest.approx(
        (record.started_at - min(each.start for each in record.stretches)) / SECOND
    )


@firsts
@hows
async def test_after_a_standstill_that_ended_before_the_cut_all_is_new(
    bot: FedBot, line: Line, first: str, how: str
) -> None:
    await stands_still(bot, 60, first=first)
    connections_of(bot).is_cut(None)
    await some_time(bot, 3)
    line.sent = 0
    stands_again(bot, how)
    goes(bot, PLAZA.channel_ids[1], NEW)
    assert of(bot, NEW.id).stretches == ()
    await asyncio.sleep(0)
    assert not line.sent
    assert not bot.cog.engine.deadlines.is_held(PLAZA.id)


async def test_whoever_is_only_said_to_go_on_behind_it_was_last_seen_before(
    bot: FedBot, line: Line
) -> None:
    stopped_at = await stands_still_in_a_cut(bot)
    stands_again(bot, "resumed")
    muted = payload(SPEAKER.voice_update(PLAZA.channel_ids[0], muted=True))
    bot.hears("VOICE_STATE_UPDATE", muted)
    assert of(bot, SPEAKER.id).last_seen == stopped_at
    line.is_closed = True


@hows
async def test_of_several_standstills_in_a_cut_the_first_counts(
    bot: FedBot, line: Line, how: str
) -> None:
    connections_of(bot).is_cut(None)
    bot.clock.passes(3)
    stopped_at = bot.cog.now()
    for _time in range(2):
        await stands_still(bot, 60, first="tick")
        await some_time(bot, 3)
    stands_again(bot, how)
    goes(bot, PLAZA.channel_ids[1], NEW)
    assert of(bot, NEW.id).stretches[0].start == stopped_at
    line.is_closed = True


@hows
@pytest.mark.parametrize("is_answered", [False, True])
async def test_after_another_before_it_is_read_only_what_is_unread_is_as_old(
    bot: FedBot, line: Line, how: str, *, is_answered: bool
) -> None:
    stopped_at = await stands_still_in_a_cut(bot)
    stands_again(bot, how)
    await asyncio.sleep(0)
    if is_answered:
        line.answers()
    bot.clock.passes(1)
    stopped_again_at = bot.cog.now()
    await stands_still(bot, 60, first="tick")
    goes(bot, PLAZA.channel_ids[1], NEW)
    since = stopped_again_at if is_answered else stopped_at
    assert of(bot, NEW.id).stretches[0].start == since
    line.is_closed = True


async def test_a_connection_that_is_cut_once_more_before_that_was_heard_until_then_at_most(
    bot: FedBot, line: Line
) -> None:
    connections = connections_of(bot)
    stopped_at = await stands_still_in_a_cut(bot)
    stands_again(bot, "resumed")
    line.frame()
    assert connections.watched_until(PLAZA.id) == stopped_at
    connections.is_cut(None)
    assert connections.late_since(None) == stopped_at
    await some_time(bot, 3)
    stands_again(bot, "resumed")
    assert connections.late_since(None) is None  # the process ran all the while


async def test_one_that_is_late_stands_and_says_that_but_once(bot: FedBot, line: Line) -> None:
    connections = connections_of(bot)
    stopped_at = await stands_still_in_a_cut(bot, looks=0)
    assert not bot.cog.is_watching
    for _time in range(2):
        connections.resumes(None)
        assert connections.are_up
        assert connections.cut_since(None) is None
        assert connections.late_since(None) == stopped_at
    line.is_closed = True


@pytest.mark.parametrize("by", [HOUR, -HOUR])
async def test_a_clock_that_is_set_in_the_cut_moves_it(bot: FedBot, line: Line, by: int) -> None:
    bot.clock.is_set(600)
    bot.clock.passes(1)
    stopped_at = await stands_still_in_a_cut(bot)
    bot.clock.is_set(by)
    await some_time(bot, 3)
    stands_again(bot, "resumed")
    goes(bot, PLAZA.channel_ids[1], NEW)
    assert of(bot, NEW.id).stretches[0].start == stopped_at + by * SECOND
    line.is_closed = True


@hows
async def test_a_standstill_that_is_found_as_it_stands_again_is_one_in_the_cut(
    bot: FedBot, line: Line, how: str
) -> None:
    del line.handler.interval  # by its heartbeats it is not found
    connections_of(bot).is_cut(None)
    bot.clock.passes(3)
    stopped_at = bot.cog.now()
    bot.clock.stands_still(60)
    stands_again(bot, how)
    await some_time(bot, 3)
    goes(bot, PLAZA.channel_ids[1], NEW)
    assert of(bot, NEW.id).stretches[0].start == stopped_at
    line.is_closed = True


@pytest.mark.parametrize("is_noticed", [False, True])
async def test_a_ready_before_which_nobody_heard_of_a_cut_has_waited_no_less(
    bot: FedBot, line: Line, *, is_noticed: bool
) -> None:
    stopped_at = bot.cog.now()
    if is_noticed:
        await stands_still(bot, 60, first="tick")
    else:
        bot.clock.stands_still(60)
    stands_again(bot, "anew")
    await some_time(bot, 3)
    goes(bot, PLAZA.channel_ids[1], NEW)
    assert of(bot, NEW.id).stretches[0].start == stopped_at
    line.answers()
    await ticks(bot)
    goes(bot, PLAZA.channel_ids[1], PEOPLE.idle[2])
    assert of(bot, PEOPLE.idle[2].id).stretches == ()


# Of several connections


async def test_a_shard_that_is_resumed_after_another_has_answered_is_as_late_and_the_other_is_not(
    tmp_path: Path,
) -> None:
    async with fed(tmp_path, Population((PLAZA, AFAR)), bot=BotOfTwoShards()) as bot:
        lines = {shard_id: Line(bot, (shard_id,)) for shard_id in (OTHER, CUT)}
        goes(bot, PLAZA.channel_ids[0])
        goes(bot, AFAR.channel_ids[0], ELSEWHERE)
        bot.clock.passes(600)
        bot.clock.catches_up()
        connections_of(bot).is_cut(CUT)
        bot.clock.passes(3)
        stopped_at = bot.cog.now()
        await stands_still(bot, 60, first="tick")
        lines[OTHER].answers()
        await some_time(bot, 2)
        assert not is_unsure(bot)
        assert not bot.cog.engine.deadlines.is_held(PLAZA.id)
        assert bot.cog.engine.deadlines.is_held(AFAR.id)
        connections_of(bot).resumes(CUT)
        goes(bot, None)
        goes(bot, None, ELSEWHERE)
        left_at = bot.cog.now()
        await asyncio.sleep(0)
        assert lines[CUT].sent
        lines[CUT].answers()
        await some_time(bot)
        assert record_of(bot, SPEAKER.id).uncertain_seconds == 0
        late = record_of(bot, ELSEWHERE.id)
        assert (late.ended_at, late.uncertain_seconds) == (left_at, (left_at - stopped_at) / SECOND)
        for line in lines.values():
            line.is_closed = True


# Of a bot at rest


@pytest.mark.parametrize("how", ["resumed", "anew"])
async def test_what_a_bot_at_rest_reads_behind_it_is_as_late_and_it_looks_until_that_is_read(
    tmp_path: Path, how: str
) -> None:
    async with fed(tmp_path, NOBODY, bot=BotOfTwoShards()) as bot:
        lines = {shard_id: Line(bot, (shard_id,)) for shard_id in (OTHER, CUT)}
        await runs(bot, lines[OTHER], HOUR)
        stopped_at = await cut_as_it_stands_still(bot, lines[OTHER])
        assert not will_look(bot)
        waits(bot, 20)
        if how == "resumed":
            connections_of(bot).resumes(CUT)
        else:
            ready = payload(bot.bot.ready(Population((FAR,))))
            bot.hears("READY", {**ready, "shard": [CUT, len(SHARDS)]})
            bot.hears("GUILD_CREATE", FAR.create())
        assert will_look(bot)
        assert not is_unsure(bot)  # of the other one all is read
        goes(bot, FAR.channel_ids[0], COMER)
        session = bot.cog.engine.voice_of(FAR.id, COMER.id)
        assert session is not None
        assert session.stretches[0].start == stopped_at
        await asyncio.sleep(0)
        lines[CUT].answers()
        goes(bot, None, COMER)
        await some_time(bot)
        assert connections_of(bot).late_since(CUT) is None
        assert not will_look(bot)
        for line in lines.values():
            line.is_closed = True


async def test_a_shard_that_does_not_come_back_has_a_bot_at_rest_look_at_no_clock(
    tmp_path: Path,
) -> None:
    async with fed(tmp_path, NOBODY, bot=BotOfTwoShards()) as bot:
        lines = {shard_id: Line(bot, (shard_id,)) for shard_id in (OTHER, CUT)}
        await runs(bot, lines[OTHER], HOUR)
        await cut_as_it_stands_still(bot, lines[OTHER])
        await runs(bot, lines[OTHER], HOUR)
        assert not will_look(bot)
        for line in lines.values():
            line.is_closed = True


async def cut_as_it_stands_still(bot: FedBot, line: Line) -> Instant:
    """A shard is cut, and the process stands still for an hour, which a heartbeat finds.

    All that had waited in the other one is read. Returns when it stopped.
    """
    connections_of(bot).is_cut(CUT)
    stopped_at = bot.cog.now()
    waits(bot, HOUR)
    await line.beats()
    await asyncio.sleep(0)
    line.answers()
    await ticks(bot)
    return stopped_at


# What is held


async def test_of_connections_that_come_and_go_nothing_is_held(bot: FedBot, line: Line) -> None:
    for how in ("resumed", "anew"):
        connections_of(bot).is_cut(None)
        await stands_still(bot, 60, first="tick")
        stands_again(bot, how)
        await asyncio.sleep(0)
        line.answers()
        await some_time(bot, 2)
    held = lengths(connections_of(bot))
    assert held["Connections._lateness.since"] == 0
    assert held["Connections._lateness._stood_still"] == 0


def test_a_connection_is_late_from_its_cut_or_a_standstill_before_it_stands() -> None:
    clock_watch = SimpleNamespace(set_by=0)
    tracker = SimpleNamespace(heard_at=lambda: 1_000, clock_watch=clock_watch)
    lateness = Lateness(cast("Tracker", tracker))
    lateness.is_cut(1, 100)
    lateness.stood_still((0, 1), 200)
    lateness.stood_still((1,), 300)
    assert lateness.since == {1: 100}
    assert lateness.stands(1) == 100
    assert lateness.stands(0) is None  # it had never stood
    assert lateness.since == {0: 200, 1: 200}
    lateness.are_read((0,))
    assert lateness.since == {1: 200}
    assert (lateness.at(0), lateness.at(1)) == (None, 200)


def test_a_standstill_that_is_found_just_as_one_first_stands_makes_it_late() -> None:
    def heard_at() -> int:
        lateness.stood_still((None,), 200)
        return 1_000

    tracker = SimpleNamespace(heard_at=heard_at, clock_watch=SimpleNamespace(set_by=0))
    lateness = Lateness(cast("Tracker", tracker))
    assert lateness.stands(None) is None
    assert lateness.since == {None: 200}
