"""A process that stood still finds all that came meanwhile, or nothing any more."""

from __future__ import annotations

import asyncio
import contextlib
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from integrations.gateway.internals import LastFrames
from machines import SECOND, BotEvent, NoticeDue, VoiceSession
from persistence import HistoryFilter
from tests.benchmarks.our_cog import written
from tests.benchmarks.population import Population
from tests.integrations.gateway.disturbances import SHARDS, BotOfTwoShards
from tests.integrations.gateway.fed_bot import fed, payload

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence
    from pathlib import Path

    from machines import Effect, Record
    from tests.integrations.gateway.fed_bot import FedBot

PEOPLE = Population.of(12, guilds=1, idle_each=3, channels=3)
[PLAZA] = PEOPLE.guilds
AFAR = Population.of(80, guilds=4, idle_each=4).guilds[-1]
"""A guild of another shard."""
SPEAKER, NEW = PEOPLE.idle[:2]
ELSEWHERE = next(each for each in AFAR.people if each.channel_id is None)
HOUR = 3_600
HEARTBEAT = 41.25
"""Seconds between two heartbeats that discord.py sends by itself."""


class Line:
    """The connection of a bot as it stands, which answers heartbeats when it is told to."""

    def __init__(self, bot: FedBot, shard_ids: tuple[int | None, ...] = (None,)) -> None:
        self.bot = bot
        bot.cog._tracker.clock_watch._every = HOUR  # noqa: SLF001 - it ticks when a test says so
        self.sent = 0
        self.is_closed = self.is_odd = False
        ws: Any = SimpleNamespace(send_heartbeat=self._send, send_as_json=self._send)
        self.handler: Any = SimpleNamespace(
            ws=ws,
            beat=lambda: {"op": 1},
            ack=lambda: None,
            _last_recv=bot.clock.monotonic(),
            interval=HEARTBEAT,
        )
        connection: Any = bot.bot.ws
        connection._keep_alive = self.handler  # noqa: SLF001 - as received_message does
        frames = bot.cog._connections._frames  # noqa: SLF001 - as READY has it do
        frames._clocks = bot.cog._tracker.clocks  # noqa: SLF001 - it was made with real ones
        for shard_id in shard_ids:
            frames.remember(shard_id)

    def frame(self) -> None:
        """A frame is read."""
        self.handler._last_recv = self.bot.clock.monotonic()  # noqa: SLF001 - as tick does

    async def beats(self) -> None:
        """discord.py sends a heartbeat, as its thread has the event loop do."""
        await self.handler.ws.send_heartbeat(self.handler.beat())

    def answers(self) -> None:
        """It answers all heartbeats, behind whatever it sent before."""
        for _answer in range(self.sent):
            self.frame()
            self.handler.ack()
        self.sent = 0

    async def _send(self, _payload: dict[str, Any]) -> None:
        if self.is_closed:
            raise ConnectionResetError
        if self.is_odd:
            raise TypeError
        self.sent += 1


class Effects:
    """What was asked of the outside."""

    def __init__(self) -> None:
        self.seen: list[Effect] = []

    def saw_effects(self, effects: Sequence[Effect]) -> None:
        self.seen += effects

    def saw_check(self, _figures: object) -> None:
        """No check comes."""


@contextlib.asynccontextmanager
async def somebody_in_voice(folder: Path) -> AsyncIterator[FedBot]:
    """Yield a bot in which somebody has been in voice for ten minutes."""
    async with fed(folder, PEOPLE) as fed_bot:
        goes(fed_bot, PLAZA.channel_ids[0])
        fed_bot.clock.passes(600)
        fed_bot.clock.catches_up()
        yield fed_bot


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[FedBot]:
    async with somebody_in_voice(tmp_path) as fed_bot:
        yield fed_bot


@pytest.fixture
def line(bot: FedBot) -> Iterator[Line]:
    line = Line(bot)
    yield line
    line.is_closed = True  # no answer is waited for as the cog is unloaded


def goes(bot: FedBot, channel_id: int | None, who: Any = SPEAKER) -> None:  # noqa: ANN401 - a person
    bot.hears("VOICE_STATE_UPDATE", payload(who.voice_update(channel_id)))


async def stands_still(bot: FedBot, seconds: float, *, first: str) -> None:
    """Stand still, and wake: what was due is done, in an order of the event loop's."""
    bot.clock.stands_still(seconds)
    tracker = bot.cog._tracker  # noqa: SLF001 - as its timers do
    timers = [tracker._advance, tracker.clock_watch._on_tick]  # noqa: SLF001 - as above
    for timer in timers if first == "deadline" else reversed(timers):
        timer()
    await asyncio.sleep(0)
    await asyncio.sleep(0)


async def ticks(bot: FedBot) -> None:
    """Let the tick after that come."""
    bot.clock.passes(2)
    bot.cog._tracker.clock_watch._on_tick()  # noqa: SLF001 - as its timer does
    await asyncio.sleep(0)
    bot.cog._tracker._advance()  # noqa: SLF001 - as its timer does
    await written(bot.cog)


def begins_anew(bot: FedBot, *, without: frozenset[int] = frozenset()) -> None:
    """The connection is gone, as is found now; READY comes, and the guild as it is by now."""
    bot.cog._connections.is_cut(None)  # noqa: SLF001 - as discord.py says
    bot.clock.passes(5)
    bot.hears("READY", payload(bot.bot.ready(PEOPLE)))
    bot.hears("GUILD_CREATE", PLAZA.create(without=without))


def records(bot: FedBot) -> list[Record]:
    return list(bot.cog.ledger.history(HistoryFilter()))


def of(bot: FedBot, user_id: int) -> VoiceSession:
    session = bot.cog.engine.voice_of(PLAZA.id, user_id)
    assert session is not None
    return session


firsts = pytest.mark.parametrize("first", ["deadline", "tick"])


@firsts
async def test_what_is_read_afterwards_may_have_come_at_any_time_of_it(
    bot: FedBot, line: Line, first: str
) -> None:
    goes(bot, PLAZA.channel_ids[0], NEW)
    bot.clock.passes(1)
    stopped_at = bot.cog.now()
    await stands_still(bot, 30, first=first)
    goes(bot, None)
    line.answers()
    for _second in range(40):
        await ticks(bot)
    [record] = [each for each in records(bot) if each.user_id == SPEAKER.id]
    assert record.uncertain_seconds == pytest.approx((record.ended_at - stopped_at) / SECOND)
    assert record.ended_at - stopped_at >= 30 * SECOND


@firsts
@pytest.mark.parametrize("event", ["CHANNEL_DELETE", "GUILD_DELETE"])
@pytest.mark.parametrize("is_cut", [False, True])
async def test_what_befell_a_guild_meanwhile_may_have_done_so_at_any_time_of_it(
    bot: FedBot, line: Line, first: str, event: str, *, is_cut: bool
) -> None:
    stopped_at = bot.cog.now()
    if is_cut:
        bot.cog._connections.is_cut(None)  # noqa: SLF001 - as discord.py says
        bot.clock.passes(30)
    else:
        await stands_still(bot, 30, first=first)
    data: dict[str, Any] = {"id": str(PLAZA.id)}
    if event == "CHANNEL_DELETE":
        data = {"id": str(PLAZA.channel_ids[0]), "type": 2, "guild_id": str(PLAZA.id)}
    bot.hears(event, data)
    if is_cut:
        bot.cog._connections.resumes(None)  # noqa: SLF001 - as discord.py says
    line.answers()
    await ticks(bot)
    [record] = [each for each in records(bot) if each.user_id == SPEAKER.id]
    assert record.ended_at - stopped_at >= 30 * SECOND
    assert record.uncertain_seconds == pytest.approx((record.ended_at - stopped_at) / SECOND)


@firsts
async def test_whoever_had_just_left_is_not_gone_for_good_for_certain(
    bot: FedBot, line: Line, first: str
) -> None:
    goes(bot, None)
    bot.clock.passes(1)
    await stands_still(bot, HOUR, first=first)
    begins_anew(bot, without=frozenset({SPEAKER.id}))
    bot.clock.passes(HOUR)
    bot.clock.catches_up()
    await written(bot.cog)
    [record] = [each for each in records(bot) if each.user_id == SPEAKER.id]
    assert record.uncertain_seconds == pytest.approx(HOUR, abs=20)
    assert line.sent


async def test_nothing_that_came_due_is_done_in_the_guilds_of_any_shard(tmp_path: Path) -> None:
    async with fed(tmp_path, Population((PLAZA, AFAR)), bot=BotOfTwoShards()) as bot:
        line = Line(bot, SHARDS)
        for guild, who in ((PLAZA, SPEAKER), (AFAR, ELSEWHERE)):
            goes(bot, guild.channel_ids[0], who)
        bot.clock.passes(600)
        bot.clock.catches_up()
        for who in (SPEAKER, ELSEWHERE):
            goes(bot, None, who)
        bot.clock.passes(1)
        await stands_still(bot, HOUR, first="deadline")
        await written(bot.cog)
        assert records(bot) == []
        line.answers()
        await ticks(bot)
        assert {each.user_id for each in records(bot)} == {SPEAKER.id, ELSEWHERE.id}
        line.is_closed = True


@firsts
async def test_whoever_had_just_come_is_neither_announced_nor_confirmed(
    bot: FedBot, line: Line, first: str
) -> None:
    effects = Effects()
    bot.cog.observers.append(effects)
    goes(bot, PLAZA.channel_ids[0], NEW)
    bot.clock.passes(1)
    await stands_still(bot, HOUR, first=first)
    assert not [each for each in effects.seen if isinstance(each, BotEvent | NoticeDue)]
    assert of(bot, NEW.id).state == "pending"
    assert line.sent


@firsts
async def test_once_all_that_came_meanwhile_is_read_what_came_due_is_done(
    bot: FedBot, line: Line, first: str
) -> None:
    goes(bot, None)
    left_at = bot.cog.now()
    bot.clock.passes(1)
    await stands_still(bot, HOUR, first=first)
    await ticks(bot)
    await ticks(bot)
    assert records(bot) == []  # no answer has come
    line.answers()
    await ticks(bot)
    [record] = records(bot)
    assert (record.ended_at, record.uncertain_seconds) == (left_at, 0)
    assert bot.cog._tracker.stalled_since() is None  # noqa: SLF001 - what comes from now on is new


@pytest.mark.parametrize("closed", [True, False])
async def test_a_connection_that_is_closed_is_waited_for_and_one_that_cannot_be_asked_is_not(
    bot: FedBot, line: Line, *, closed: bool
) -> None:
    goes(bot, None)
    bot.clock.passes(1)
    line.is_closed, line.is_odd = closed, not closed
    await stands_still(bot, HOUR, first="tick")
    line.sent = 1 if not closed else 0
    line.answers()
    await ticks(bot)
    assert len(records(bot)) == (0 if closed else 1)


async def test_a_cut_that_is_found_then_began_with_the_standstill_at_the_latest(
    bot: FedBot, line: Line
) -> None:
    """Frames of before it are read afterwards."""
    bot.clock.passes(1)
    stopped_at = bot.cog.now()
    await stands_still(bot, 50, first="tick")
    line.frame()
    begins_anew(bot, without=frozenset({SPEAKER.id}))
    await written(bot.cog)
    [record] = [each for each in records(bot) if each.user_id == SPEAKER.id]
    assert record.ended_at <= stopped_at


async def test_nothing_is_said_to_be_watched_further_before_it_is_read(
    bot: FedBot, line: Line
) -> None:
    bot.clock.passes(1)
    stopped_at = bot.cog.now()
    await stands_still(bot, 50, first="tick")
    line.frame()
    connections = bot.cog._connections  # noqa: SLF001 - as the storekeeper asks it
    assert connections.watched_until(PLAZA.id) == stopped_at
    line.answers()
    await ticks(bot)
    line.frame()
    assert connections.watched_until(PLAZA.id) == bot.cog.now()


async def test_a_connection_that_stands_for_minutes_has_been_read_though_it_never_answers(
    bot: FedBot, line: Line
) -> None:
    await stands_still(bot, HOUR, first="tick")
    assert line.sent
    bot.clock.passes(100)
    await ticks(bot)
    assert bot.cog._tracker.stalled_since() is not None  # noqa: SLF001 - nothing else tells
    bot.clock.passes(20)
    await ticks(bot)
    assert bot.cog._tracker.stalled_since() is None  # noqa: SLF001 - as above


async def test_a_second_standstill_before_that_has_its_own_heartbeat(
    bot: FedBot, line: Line
) -> None:
    goes(bot, None)
    bot.clock.passes(1)
    stopped_at = bot.cog.now()
    await stands_still(bot, HOUR, first="tick")
    await stands_still(bot, HOUR, first="tick")
    assert line.sent == 2
    assert bot.cog._tracker.stalled_since() == stopped_at  # noqa: SLF001 - what waits may be so old


@pytest.mark.parametrize("first", ["deadline", "tick"])
@pytest.mark.parametrize("is_answered", [False, True])
async def test_what_came_due_waits_for_the_second_as_it_did_for_the_first(
    bot: FedBot, line: Line, first: str, *, is_answered: bool
) -> None:
    goes(bot, None)
    bot.clock.passes(1)
    await stands_still(bot, 5, first="tick")
    if is_answered:
        line.answers()
    bot.clock.passes(0.5)
    await stands_still(bot, HOUR, first=first)
    await written(bot.cog)
    assert bot.cog.engine.deadlines.is_held(PLAZA.id)
    assert records(bot) == []


@pytest.mark.parametrize("first", ["deadline", "tick"])
@pytest.mark.parametrize("by", [3, -3])
async def test_what_came_due_waits_also_where_the_clock_was_set_meanwhile(
    bot: FedBot, line: Line, first: str, by: float
) -> None:
    goes(bot, None)
    bot.clock.passes(1)
    bot.clock.is_set(by)
    await stands_still(bot, HOUR, first=first)
    await written(bot.cog)
    assert line.sent
    assert bot.cog.engine.deadlines.is_held(PLAZA.id)
    assert records(bot) == []


async def test_of_a_bot_that_is_blocked_again_and_again_only_the_last_time_is_unread(
    bot: FedBot, line: Line
) -> None:
    goes(bot, None)
    for _time in range(60):
        bot.clock.passes(1)
        stopped_at = bot.cog.now()
        await stands_still(bot, 5, first="deadline")
        assert bot.cog._tracker.stalled_since() == stopped_at  # noqa: SLF001 - as news is as old as
        line.answers()
    await written(bot.cog)
    assert len(records(bot)) == 1  # it came due while the bot was blocked, and was done


@pytest.mark.parametrize("is_noticed", [False, True])
async def test_what_lies_behind_a_resumed_that_has_waited_is_as_old(
    bot: FedBot, line: Line, *, is_noticed: bool
) -> None:
    effects = Effects()
    bot.cog.observers.append(effects)
    goes(bot, PLAZA.channel_ids[0], NEW)
    bot.clock.passes(1)
    connections = bot.cog._connections  # noqa: SLF001 - as discord.py says
    connections.is_cut(None)
    bot.clock.passes(3)
    if is_noticed:
        await stands_still(bot, HOUR, first="tick")
    else:
        bot.clock.stands_still(HOUR)
    connections.resumes(None)
    await asyncio.sleep(0)
    assert bot.cog.engine.deadlines.is_held(PLAZA.id)
    assert of(bot, NEW.id).state == "pending"
    goes(bot, None, NEW)  # it lay behind it: they were there for a second, or for an hour
    line.answers()
    await ticks(bot)
    assert not bot.cog.engine.deadlines.is_held(PLAZA.id)
    assert [each for each in effects.seen if isinstance(each, NoticeDue)] == []


@pytest.mark.usefixtures("line")
async def test_a_heartbeat_that_somebody_cancels_holds_nothing_for_ever(bot: FedBot) -> None:
    goes(bot, None)
    await stands_still(bot, 50, first="tick")
    for task in asyncio.all_tasks():
        if task.get_name() == "latido-unread":
            task.cancel()
    for _tick in range(100):
        await ticks(bot)
    assert not bot.cog.engine.deadlines.is_held(PLAZA.id)


async def test_a_cog_that_is_unloaded_meanwhile_leaves_nothing_behind(
    bot: FedBot, line: Line
) -> None:
    await stands_still(bot, HOUR, first="tick")
    line.answers()
    await bot.bot.remove_cog(bot.cog.qualified_name)
    names = {task.get_name() for task in asyncio.all_tasks()}
    assert not {name for name in names if name.startswith("latido")}


async def test_a_shard_that_was_never_up_has_nothing_to_be_read(bot: FedBot) -> None:
    frames = LastFrames(bot.bot, bot.cog._tracker.clocks)  # noqa: SLF001 - of the cog
    assert await frames.ask(7)
    assert frames.is_answered(7)
