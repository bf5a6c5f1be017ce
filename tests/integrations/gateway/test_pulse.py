"""A bot in which nobody has a session notices by discord.py's heartbeats that it stood still."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from unittest import mock

import pytest

from machines import SECOND
from tests.benchmarks.our_cog import written
from tests.benchmarks.population import Population
from tests.costs.containers import lengths
from tests.integrations.gateway.disturbances import SHARDS, BotOfTwoShards
from tests.integrations.gateway.fed_bot import fed, payload
from tests.integrations.gateway.test_standstills import (
    HEARTBEAT,
    HOUR,
    Line,
    goes,
    ticks,
)
from tests.integrations.keeping.test_storekeeper import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from machines import Instant
    from tests.integrations.gateway.fed_bot import FedBot

NOBODY = Population.of(0, guilds=1, idle_each=3)
[PLAZA] = NOBODY.guilds
AFAR = Population.of(0, guilds=4, idle_each=4).guilds[-1]
"""A guild of another shard."""
ROOM = PLAZA.channel_ids[0]
NEW, QUIET, _OTHER = NOBODY.idle


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[FedBot]:
    async with fed(tmp_path, NOBODY) as fed_bot:
        yield fed_bot


@pytest.fixture
def line(bot: FedBot) -> Iterator[Line]:
    its_line = Line(bot)
    yield its_line
    its_line.is_closed = True  # nothing is waited for as the cog is unloaded


def waits(bot: FedBot, seconds: float) -> Instant:
    """Let time pass in which the process runs and nothing comes; return the present."""
    bot.clock.stands_still(seconds)
    return bot.cog.now()


async def runs(bot: FedBot, line: Line, seconds: float) -> Instant:
    """Let time pass in which only heartbeats go and are answered; return when the last was."""
    for _heartbeat in range(int(seconds / HEARTBEAT)):
        waits(bot, HEARTBEAT)
        await line.beats()
        line.answers()
    return bot.cog.now()


def of(bot: FedBot, user_id: int) -> tuple[float, float]:
    """Return how long ago a stay in voice began, and for how long before that it may have."""
    session = bot.cog.engine.voice_of(PLAZA.id, user_id)
    assert session is not None
    since = min([session.started_at, *(each.start for each in session.stretches)])
    return (
        (bot.cog.now() - session.started_at) / SECOND,
        (session.started_at - since) / SECOND,
    )


def is_unsure(bot: FedBot) -> bool:
    """Return whether what comes now may have waited."""
    return bot.cog._tracker.stalled_since() is not None  # noqa: SLF001 - nothing else tells


def will_look(bot: FedBot) -> bool:
    """Return whether a timer will look at the clocks: at rest there is none."""
    return bot.cog._tracker.clock_watch._tick is not None  # noqa: SLF001 - as above


async def test_whom_a_bot_at_rest_remembers_no_more_is_let_go_of(bot: FedBot, line: Line) -> None:
    """Nothing of what is heard of people without sessions goes through a turn of ours."""
    engine = bot.cog.engine
    for status in ("idle", "online", "idle"):
        for person in NOBODY.idle:
            bot.hears("PRESENCE_UPDATE", payload(person.presence_update(None, status=status)))
        await runs(bot, line, 600)
    assert engine.registry.count == 0
    await until(lambda: not engine.has_more_to_do)
    assert bot.cog._tracker._sweeping is None  # noqa: SLF001 - and no turn comes any more


async def test_nor_does_a_bot_at_rest_hold_cooldowns_that_are_over(bot: FedBot, line: Line) -> None:
    cog = bot.cog
    assert cog._data_dir is not None  # noqa: SLF001 - nothing tells what is held without asking
    live, running = cog._data_dir.live, cog.engine._firing.cooldowns  # noqa: SLF001 - as above
    for channel_id in (ROOM, None):
        goes(bot, channel_id, NEW)
        bot.clock.passes(120)
        bot.clock.catches_up()
        await written(cog)
    assert cog.engine.registry.count == 0
    for seconds, held in ((600, 1), (1_200, 0)):
        with mock.patch.object(live, "flush_now") as writes:
            await runs(bot, line, seconds)
        writes.assert_not_called()
        assert lengths(running)["Cooldowns._until[]"] == held
        assert lengths(live._cooldowns)["HeldCooldowns._until[]"] == held  # noqa: SLF001 - as above


@pytest.mark.usefixtures("line")
async def test_whoever_came_while_a_bot_at_rest_stood_still_came_at_any_time_of_it(
    bot: FedBot,
) -> None:
    waits(bot, HOUR)
    goes(bot, ROOM, NEW)
    assert of(bot, NEW.id) == pytest.approx((0, HOUR))
    assert is_unsure(bot)


async def test_one_that_ran_all_the_while_knows_when_they_came(bot: FedBot, line: Line) -> None:
    await runs(bot, line, 10 * HOUR)
    waits(bot, HEARTBEAT + 3)  # by no more than two looks at the clocks it may be late
    goes(bot, ROOM, NEW)
    assert of(bot, NEW.id) == (0, 0)
    assert not is_unsure(bot)


async def test_that_the_clock_was_set_is_no_standstill(bot: FedBot, line: Line) -> None:
    await runs(bot, line, HOUR)
    waits(bot, 40)
    bot.clock.is_set(HOUR)
    goes(bot, ROOM, NEW)
    assert of(bot, NEW.id) == (0, 0)
    assert not is_unsure(bot)


async def test_they_came_no_earlier_than_its_last_heartbeat(bot: FedBot, line: Line) -> None:
    await runs(bot, line, 10 * HOUR)
    waits(bot, 10 * 60)
    goes(bot, ROOM, NEW)
    assert of(bot, NEW.id) == pytest.approx((0, 10 * 60))


async def test_nor_than_anything_else_that_was_read(bot: FedBot, line: Line) -> None:
    """A heartbeat that is late tells of a standstill that is shorter than from one to the next."""
    await runs(bot, line, HOUR)
    waits(bot, 30)
    bot.hears("PRESENCE_UPDATE", payload(QUIET.presence_update(None, status="idle")))
    waits(bot, 20)
    goes(bot, ROOM, NEW)
    assert of(bot, NEW.id) == pytest.approx((0, 20))


@pytest.mark.parametrize("first", ["heartbeat", "answer", "nobody plays"])
async def test_it_is_found_whatever_is_first_as_it_wakes(
    bot: FedBot, line: Line, first: str
) -> None:
    await runs(bot, line, HOUR)
    if first == "answer":
        await line.beats()
    waits(bot, HOUR)
    if first == "heartbeat":
        await line.beats()
    elif first == "answer":
        line.answers()
    else:
        bot.hears("PRESENCE_UPDATE", payload(QUIET.presence_update(None, status="idle")))
    goes(bot, ROOM, NEW)
    assert of(bot, NEW.id) == pytest.approx((0, HOUR))


@pytest.mark.parametrize("first", ["heartbeat", "answer"])
async def test_once_all_is_read_what_comes_is_new_and_nothing_looks_at_the_clocks_any_more(
    bot: FedBot, line: Line, first: str
) -> None:
    await line.beats()
    waits(bot, HOUR)
    if first == "heartbeat":
        await line.beats()
    else:
        line.answers()
    await asyncio.sleep(0)
    await ticks(bot)
    assert is_unsure(bot)  # what it sends as it wakes is not answered yet
    assert will_look(bot)
    line.answers()
    await ticks(bot)
    assert not is_unsure(bot)
    assert not will_look(bot)
    goes(bot, ROOM, NEW)
    assert of(bot, NEW.id) == (0, 0)


async def test_behind_the_answer_to_a_standstill_lies_only_what_came_after_it(
    bot: FedBot, line: Line
) -> None:
    waits(bot, HOUR)
    bot.hears("PRESENCE_UPDATE", payload(QUIET.presence_update(None, status="idle")))
    await asyncio.sleep(0)
    assert line.sent == 1
    waits(bot, 30)
    line.answers()
    goes(bot, ROOM, NEW)
    assert of(bot, NEW.id) == pytest.approx((0, 30))


@pytest.mark.parametrize("lacks", ["interval", "ws", "ack"])
async def test_where_discord_py_has_no_heartbeats_to_be_heard_a_bot_at_rest_does_not_guess(
    bot: FedBot, lacks: str
) -> None:
    line = Line(bot, ())
    delattr(line.handler, lacks)
    assert bot.cog._connections._frames.remember(None)  # noqa: SLF001 - as READY has it do
    waits(bot, HOUR)
    goes(bot, ROOM, NEW)
    assert of(bot, NEW.id) == (0, 0)
    line.is_closed = True


async def test_while_a_connection_is_cut_no_heartbeat_is_due(bot: FedBot, line: Line) -> None:
    """What is replayed happened since the cut, and that is as far back as it may go."""
    await runs(bot, line, HOUR)
    connections = bot.cog._connections  # noqa: SLF001 - as discord.py says
    connections.is_cut(None)
    waits(bot, HOUR)
    connections.resumes(None)
    assert not line.sent
    assert not is_unsure(bot)  # it may have run
    waits(bot, HOUR)
    goes(bot, ROOM, NEW)
    assert of(bot, NEW.id) == pytest.approx((0, HOUR))


async def test_a_heartbeat_goes_out_though_what_follows_from_it_fails(
    bot: FedBot, line: Line, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails() -> None:
        raise ValueError

    with monkeypatch.context() as patched:
        patched.setattr(bot.cog._tracker, "heard_at", fails)  # noqa: SLF001 - no bot has such
        await line.beats()
        line.answers()
    assert [each.getMessage() for each in caplog.records].count(
        "HEARTBEAT could not be taken in; the next check will look"
    ) == 2
    assert bot.cog._connections._frames.is_answered(None)  # noqa: SLF001 - it counts all the same


async def test_a_cog_that_is_unloaded_hears_no_heartbeat_any_more(bot: FedBot, line: Line) -> None:
    beats = line.handler.ws.send_heartbeat
    line.is_closed = True
    await bot.bot.remove_cog(bot.cog.qualified_name)
    waits(bot, HOUR)
    line.is_closed = False
    assert not is_unsure(bot)
    await beats(line.handler.beat())  # by whoever has wrapped it since
    waits(bot, HOUR)
    await beats(line.handler.beat())
    assert not is_unsure(bot)
    assert not will_look(bot)


async def test_of_several_connections_one_that_beats_shows_that_the_process_runs(
    tmp_path: Path,
) -> None:
    async with fed(tmp_path, Population((PLAZA, AFAR)), bot=BotOfTwoShards()) as bot:
        dying, line = (Line(bot, (shard_id,)) for shard_id in SHARDS)
        await runs(bot, line, HOUR)
        waits(bot, 40)
        goes(bot, ROOM, NEW)
        assert of(bot, NEW.id) == (0, 0)
        assert not dying.sent
        dying.is_closed = line.is_closed = True


async def test_where_none_has_each_is_asked_what_lies_unread_in_it(tmp_path: Path) -> None:
    async with fed(tmp_path, Population((PLAZA, AFAR)), bot=BotOfTwoShards()) as bot:
        lines = [Line(bot, (shard_id,)) for shard_id in SHARDS]
        await runs(bot, lines[0], HOUR)
        await runs(bot, lines[1], HEARTBEAT)
        bot.cog._connections.is_cut(1)  # noqa: SLF001 - as discord.py says
        waits(bot, HOUR)
        goes(bot, ROOM, NEW)
        assert of(bot, NEW.id) == pytest.approx((0, HOUR))
        await asyncio.sleep(0)
        assert [each.sent for each in lines] == [1, 0]
        lines[0].is_closed = True
