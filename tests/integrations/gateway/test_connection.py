"""Which guilds are watched, per shard, and what a cut, a resume and a new session mean."""

from __future__ import annotations

import asyncio
import time
from itertools import chain
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast
from unittest import mock
from unittest.mock import create_autospec

import discord
import pytest

from engine import SessionEngine, Settings, Watched, WatchLost, WatchPaused, WatchResumed
from integrations.clocks import Clocks, wall_clock
from integrations.gateway.connection import Connections
from integrations.tracker import Tracker
from machines import SECOND, LiveState
from tests.costs.containers import lengths
from tests.integrations.keeping.test_storekeeper import until
from tests.integrations.sessions import GUILD, OTHER_GUILD, voice_session

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from engine import Observation
    from machines import Instant

HOUR = 3600 * SECOND


class Handler:
    """A keep-alive handler whose connection answers each heartbeat at once, or not."""

    def __init__(self) -> None:
        self._last_recv = time.perf_counter() - 3
        self.answers = True
        self.fails = False
        self.beats = 0
        self.ws = self

    def beat(self) -> dict[str, int]:
        return {"op": 1}

    def get_payload(self) -> dict[str, int]:
        return {"op": 1}

    async def send_heartbeat(self, _payload: object) -> None:
        self.beats += 1
        if self.fails:
            msg = "no payload"
            raise TypeError(msg)
        if self.answers:
            self._last_recv = time.perf_counter()
            self.ack()

    send_as_json = send_heartbeat

    def ack(self) -> None:
        """Hear that a heartbeat was answered."""


class Bot:
    """A bot in two guilds, on one connection or one for each."""

    def __init__(self, handlers: dict[int | None, Handler]) -> None:
        self.handlers = handlers
        self.guilds = [
            SimpleNamespace(id=guild_id, name="Plaza", unavailable=False)
            for guild_id in (GUILD, OTHER_GUILD)
        ]
        self.get_guild = {guild.id: guild for guild in self.guilds}.get
        self.shard_count = 2
        self.is_ready = lambda: True
        self.session_ids: dict[int | None, str | None] = dict.fromkeys(handlers, "s")
        self._connection = SimpleNamespace(_get_websocket=self._websocket)

    def _websocket(self, *, shard_id: int | None) -> Any:  # noqa: ANN401 - a fake websocket
        return SimpleNamespace(
            _keep_alive=self.handlers.get(shard_id), session_id=self.session_ids[shard_id]
        )


def sharded_bot(handlers: dict[int | None, Handler]) -> discord.Client:
    """The same, as discord.py knows a sharded one."""
    bot = create_autospec(discord.AutoShardedClient, instance=True)
    for name, value in vars(Bot(handlers)).items():
        setattr(bot, name, value)
    bot.shards = handlers
    return cast("discord.Client", bot)


def plain_bot(handlers: dict[int | None, Handler]) -> discord.Client:
    return cast("discord.Client", Bot(handlers))


class Noting(Tracker):
    """A tracker that notes what it is told."""

    def __init__(self, settings: Settings, clocks: Clocks | None) -> None:
        super().__init__(SessionEngine(settings), lambda _: None, clocks)
        self.noted: list[Observation] = []
        self.first_watched: Callable[[], object] | None = None

    def observe(self, observation: Observation) -> Instant:
        self.noted.append(observation)
        now = super().observe(observation)
        if isinstance(observation, Watched) and self.first_watched is not None:
            then, self.first_watched = self.first_watched, None
            then()
        return now


class SetClock:
    """The machine's own clocks, the first of which is set as a test says."""

    def __init__(self) -> None:
        self.set_by = 0
        self.clocks = Clocks(wall=lambda: wall_clock() + self.set_by)


@pytest.fixture
async def clock() -> SetClock:
    return SetClock()


class Line:
    """Connections of a bot, and what they tell."""

    def __init__(
        self,
        make: Callable[[dict[int | None, Handler]], discord.Client],
        handlers: dict[int | None, Handler],
        settings: Settings | None = None,
        clocks: Clocks | None = None,
    ) -> None:
        settings = Settings(heartbeat_every=0.01) if settings is None else settings
        self.handlers = handlers
        self.tracker = Noting(settings, clocks)
        self.bot: Any = make(handlers)
        self.connections = Connections(self.bot, self.tracker, settings)

    @property
    def told(self) -> list[Observation]:
        return self.tracker.noted

    def close(self) -> None:
        self.connections.close()
        self.tracker.stop()


@pytest.fixture
async def plain() -> AsyncIterator[Line]:
    line = Line(plain_bot, {None: Handler()})
    yield line
    line.close()


@pytest.fixture
async def sharded() -> AsyncIterator[Line]:
    line = Line(sharded_bot, {0: Handler(), 1: Handler()})
    yield line
    line.close()


def lost(line: Line) -> list[set[int]]:
    return [set(each.guild_ids) for each in line.told if isinstance(each, WatchLost)]


async def test_the_first_session_loses_nothing(plain: Line) -> None:
    plain.connections.begins(None)
    assert plain.told == []
    assert plain.connections.cut_since(None) is None


async def test_a_new_session_after_a_cut_has_watched_nothing_since_the_last_frame(
    plain: Line,
) -> None:
    plain.connections.begins(None)
    plain.connections.is_cut(None)
    since = plain.connections.cut_since(None)
    plain.connections.begins(None)

    assert since is not None
    assert plain.tracker.now() - since == pytest.approx(3 * SECOND, abs=SECOND)
    (gap,) = [each for each in plain.told if isinstance(each, WatchLost)]
    assert (set(gap.guild_ids), gap.since) == ({GUILD, OTHER_GUILD}, since)
    assert plain.connections.cut_since(None) is None


async def test_a_resume_after_a_cut_leaves_no_gap(plain: Line) -> None:
    plain.connections.begins(None)
    plain.connections.is_cut(None)
    plain.connections.resumes(None)
    assert [type(each) for each in plain.told] == [WatchPaused, WatchResumed]
    assert plain.connections.cut_since(None) is None


async def test_of_several_cuts_before_it_is_up_again_the_first_counts(plain: Line) -> None:
    plain.connections.begins(None)
    plain.connections.is_cut(None)
    since = plain.connections.cut_since(None)
    plain.handlers[None]._last_recv = time.perf_counter()  # noqa: SLF001 - the fake's own
    plain.connections.is_cut(None)
    assert plain.connections.cut_since(None) == since


async def test_before_it_was_ever_up_there_is_nothing_to_cut(plain: Line) -> None:
    plain.connections.is_cut(None)
    assert plain.connections.cut_since(None) is None
    assert plain.told == []


async def test_a_cut_shard_concerns_its_own_guilds_alone(sharded: Line) -> None:
    for shard_id in (0, 1):
        sharded.connections.begins(shard_id)
    sharded.connections.is_cut(1)
    assert sharded.connections.cut_since(0) is None
    assert sharded.connections.cut_since(1) is not None
    assert not sharded.connections.is_late(GUILD)
    assert sharded.connections.is_late(OTHER_GUILD)
    sharded.connections.begins(1)
    assert not sharded.connections.is_late(OTHER_GUILD)
    assert lost(sharded) == [{OTHER_GUILD}]


async def test_a_cut_of_the_only_connection_concerns_all_guilds(plain: Line) -> None:
    plain.connections.begins(None)
    plain.connections.is_cut(None)
    assert plain.connections.is_late(GUILD)
    assert plain.connections.is_late(OTHER_GUILD)
    plain.connections.resumes(None)
    assert not plain.connections.is_late(GUILD)


async def test_a_sharded_bot_is_told_everything_twice_and_hears_it_once(sharded: Line) -> None:
    for shard_id in (0, 1):
        sharded.connections.begins(None)
        sharded.connections.begins(shard_id)
    sharded.connections.is_cut(None)
    assert sharded.told == []
    sharded.connections.is_cut(0)
    sharded.connections.resumes(None)
    assert [type(each) for each in sharded.told] == [WatchPaused]


async def test_guilds_are_served_by_the_shard_that_discord_says(plain: Line, sharded: Line) -> None:
    assert sharded.connections.serves(GUILD, 0)
    assert not sharded.connections.serves(GUILD, 1)
    assert sharded.connections.serves(OTHER_GUILD, 1)
    assert not sharded.connections.serves(GUILD, None)
    assert plain.connections.serves(OTHER_GUILD, None)


async def test_of_the_guilds_in_the_cache_those_are_listed_that_came_since_the_shard_began(
    sharded: Line,
) -> None:
    for shard_id, guild_id in ((0, GUILD), (1, OTHER_GUILD)):
        sharded.connections.begins(shard_id, [])
        assert not sharded.connections.lists(guild_id)
        sharded.connections.is_available(guild_id)
    sharded.connections.begins(1, [])
    assert sharded.connections.lists(GUILD)
    assert not sharded.connections.lists(OTHER_GUILD)


@pytest.mark.parametrize("is_heard", [True, False])
async def test_those_that_are_out_are_listed_where_the_shard_was_told_of_them_as_it_began(
    sharded: Line, *, is_heard: bool
) -> None:
    sharded.connections.begins(0)
    sharded.bot.get_guild(OTHER_GUILD).unavailable = True
    assert not sharded.connections.lists(OTHER_GUILD)
    sharded.connections.begins(1, [OTHER_GUILD, 4711] if is_heard else None)
    assert sharded.connections.lists(OTHER_GUILD)
    assert not sharded.connections.lists(GUILD)
    assert not sharded.connections.lists(4711)
    sharded.connections.begins(1, [])
    assert not sharded.connections.lists(OTHER_GUILD)


async def test_a_guild_that_was_out_and_is_not_named_any_more_is_held_no_longer(
    plain: Line, sharded: Line
) -> None:
    for line, shard_id, others in ((plain, None, 0), (sharded, 0, 1)):
        line.connections.begins(shard_id)
        for guild_id in (GUILD, OTHER_GUILD, 4711):
            line.connections.is_unavailable(guild_id)
        line.connections.begins(shard_id, [GUILD, OTHER_GUILD])
        assert lengths(line.connections)["Connections._unavailable"] == 2
        line.connections.begins(shard_id, [])
        assert lengths(line.connections)["Connections._unavailable"] == others


async def test_connections_that_are_up_already_are_found(plain: Line, sharded: Line) -> None:
    for line in (plain, sharded):
        line.connections.find()
        for shard_id in line.handlers:
            line.connections.is_cut(shard_id)
            line.connections.begins(shard_id)
    assert lost(plain) == [{GUILD, OTHER_GUILD}]
    assert lost(sharded) == [{GUILD}, {OTHER_GUILD}]


@pytest.mark.parametrize("stands", ["not again", "but has no session"])
async def test_a_connection_that_is_cut_as_it_is_looked_for_has_watched_nothing_since(
    plain: Line, stands: str
) -> None:
    handler = plain.handlers[None]
    if stands == "not again":
        del plain.handlers[None]
    else:
        plain.bot.session_ids[None] = None
    before = plain.tracker.now()
    plain.connections.find()
    assert not plain.connections.are_up
    gap, pause = plain.told
    assert type(pause) is WatchPaused
    assert type(gap) is WatchLost
    assert before <= gap.since <= plain.tracker.now()
    plain.handlers[None] = handler
    plain.connections.begins(None)
    assert plain.connections.are_up


async def test_one_that_was_never_up_is_not_cut(plain: Line) -> None:
    plain.bot.is_ready = lambda: False
    plain.handlers.clear()
    plain.connections.find()
    plain.connections.begins(None)
    assert plain.told == []


async def test_where_nothing_tells_whether_one_stands_none_is_cut(plain: Line) -> None:
    plain.bot._connection = SimpleNamespace()  # noqa: SLF001 - as if discord.py had changed
    plain.connections.find()
    assert plain.told == []
    assert plain.connections.cut_since(None) is None


async def test_a_session_that_begins_though_no_cut_was_heard_of_opens_a_gap(plain: Line) -> None:
    plain.connections.begins(None)
    plain.connections.begins(None)
    [gap] = [each for each in plain.told if isinstance(each, WatchLost)]
    assert plain.tracker.now() - gap.since == pytest.approx(3 * SECOND, abs=SECOND)


async def test_it_beats_while_there_are_sessions_and_only_then(plain: Line) -> None:
    handler = plain.handlers[None]
    plain.connections.begins(None)
    plain.connections.keep_in_step()
    await asyncio.sleep(0.05)  # several heartbeats
    assert handler.beats == 0
    plain.tracker.restore(LiveState(sessions=[voice_session()]))
    plain.connections.keep_in_step()
    await until(lambda: handler.beats >= 3)
    watched = [each for each in plain.told if isinstance(each, Watched)]
    assert set(watched[-1].guild_ids) == {GUILD, OTHER_GUILD}
    assert plain.tracker.now() - watched[-1].until < SECOND


async def test_it_beats_for_the_first_time_once_the_first_session_can_be_confirmed() -> None:
    settings = Settings(heartbeat_every=3600, confirm_after=0.01)
    line = Line(plain_bot, {None: Handler()}, settings)
    line.connections.begins(None)
    line.tracker.restore(LiveState(sessions=[voice_session()]))
    line.connections.keep_in_step()
    await until(lambda: [each for each in line.told if isinstance(each, Watched)])
    await asyncio.sleep(0.05)  # several times confirm_after
    assert line.handlers[None].beats == 1
    line.close()


def with_a_session_between_two_heartbeats(clocks: Clocks | None = None) -> Line:
    settings = Settings(heartbeat_every=3600, confirm_after=3600)
    line = Line(plain_bot, {None: Handler()}, settings, clocks)
    line.connections.begins(None)
    line.tracker.restore(LiveState(sessions=[voice_session()]))
    line.connections.keep_in_step()
    return line


async def test_a_busy_connection_tells_until_when_it_was_watched_without_being_asked() -> None:
    line = with_a_session_between_two_heartbeats()
    handler = line.handlers[None]
    handler._last_recv = time.perf_counter()  # noqa: SLF001 - the fake's own
    until_when = line.connections.watched_until(GUILD)
    assert until_when is not None
    assert line.tracker.now() - until_when < SECOND
    await asyncio.sleep(0.05)  # in which a heartbeat would be sent
    assert handler.beats == 0
    line.close()


async def test_a_silent_connection_is_asked_once_somebody_counts() -> None:
    line = with_a_session_between_two_heartbeats()
    until_when = line.connections.watched_until(GUILD)
    assert until_when is not None
    assert line.tracker.now() - until_when >= 2 * SECOND
    line.connections.watched_until(OTHER_GUILD)
    await until(lambda: [each for each in line.told if isinstance(each, Watched)])
    assert line.handlers[None].beats == 1
    line.close()


@pytest.mark.parametrize("by", [HOUR, -HOUR])
async def test_a_clock_that_was_set_just_before_somebody_counts_moves_their_watch_no_further(
    clock: SetClock, by: int
) -> None:
    line = with_a_session_between_two_heartbeats(clock.clocks)
    engine = line.tracker.engine
    clock.set_by = by
    until_when = line.connections.watched_until(GUILD)
    assert until_when is not None
    engine.keep_watch(GUILD, until_when)  # as the cog does
    line.tracker.heard_at()
    assert engine.watch_of(GUILD).observed_until == until_when
    line.close()


async def test_nothing_tells_until_when_a_guild_was_watched_that_is_out_or_cut_off() -> None:
    line = with_a_session_between_two_heartbeats()
    line.connections.is_unavailable(GUILD)
    assert line.connections.watched_until(GUILD) is None
    assert line.connections.watched_until(OTHER_GUILD) is not None
    assert line.connections.watched_until(12345) is None
    line.connections.is_cut(None)
    assert line.connections.watched_until(OTHER_GUILD) is None
    line.close()


async def test_once_closed_a_heartbeat_on_its_way_is_given_up(plain: Line) -> None:
    handler = plain.handlers[None]
    handler.answers = False
    plain.connections.begins(None)
    plain.tracker.restore(LiveState(sessions=[voice_session()]))
    plain.connections.keep_in_step()
    await until(lambda: handler.beats)
    plain.connections.close()
    handler._last_recv = time.perf_counter()  # noqa: SLF001 - the fake's own
    beats = handler.beats
    await asyncio.sleep(0.05)  # several heartbeats
    assert handler.beats == beats
    assert not [each for each in plain.told if isinstance(each, Watched)]


@pytest.fixture
async def broken() -> AsyncIterator[Line]:
    """A sharded bot with a session; discord.py fails in a way of its own to beat for shard 0."""
    line = Line(sharded_bot, {0: Handler(), 1: Handler()})
    line.handlers[0].fails = True
    for shard_id in (0, 1):
        line.connections.begins(shard_id)
    line.tracker.restore(LiveState(sessions=[voice_session()]))
    yield line
    line.close()


async def test_a_heartbeat_that_fails_is_followed_by_others_and_said_once(
    broken: Line, caplog: pytest.LogCaptureFixture
) -> None:
    broken.connections.keep_in_step()
    await until(lambda: broken.handlers[0].beats >= 3)
    [said] = [each for each in caplog.records if "no payload" in str(each.exc_info)]
    assert said.name == "latido.integrations"


async def test_one_that_failed_is_said_once_more_where_it_went_well_in_between(
    broken: Line, caplog: pytest.LogCaptureFixture
) -> None:
    for fails in (True, False, True):
        broken.handlers[0].fails = fails
        await broken.connections.watched()
    assert len([each for each in caplog.records if each.exc_info]) == 2


async def test_where_one_cannot_be_asked_all_are_watched_until_their_last_frame(
    broken: Line,
) -> None:
    await broken.connections.watched(is_last=True)
    watched = [set(each.guild_ids) for each in broken.told if isinstance(each, Watched)]
    assert sorted(watched) == [{GUILD}, {OTHER_GUILD}]


async def test_whatever_cannot_be_said_to_be_watched_is_so_the_next_time(
    plain: Line, caplog: pytest.LogCaptureFixture
) -> None:
    plain.connections.begins(None)
    plain.tracker.restore(LiveState(sessions=[voice_session()]))
    with mock.patch.object(plain.tracker, "heard_at", side_effect=ValueError("no clock")):
        plain.connections.keep_in_step()
        await until(lambda: "no clock" in caplog.text)
    await until(lambda: [each for each in plain.told if isinstance(each, Watched)])


async def test_heartbeats_are_counted_until_it_is_closed_with_sessions_or_without(
    plain: Line,
) -> None:
    handler = plain.handlers[None]
    untouched = {*vars(handler)}
    plain.connections.begins(None)
    counted = {*vars(handler)}
    assert counted > untouched
    plain.connections.keep_in_step()
    assert {*vars(handler)} == counted
    plain.connections.close()
    assert {*vars(handler)} == untouched


async def test_a_connection_that_does_not_answer_was_watched_until_its_last_frame(
    plain: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.gateway.connection._ANSWER", 0.01)
    plain.connections.begins(None)
    plain.handlers[None].answers = False
    await plain.connections.watched()
    (watched,) = [each for each in plain.told if isinstance(each, Watched)]
    assert plain.tracker.now() - watched.until >= 2 * SECOND


async def test_a_cut_connection_and_a_guild_that_is_out_are_not_watched(plain: Line) -> None:
    plain.connections.begins(None)
    plain.connections.is_unavailable(GUILD)
    assert lost(plain) == [{GUILD}]
    await plain.connections.watched()
    plain.connections.is_available(GUILD)
    await plain.connections.watched()
    plain.connections.is_cut(None)
    await plain.connections.watched()
    watched = [set(each.guild_ids) for each in plain.told if isinstance(each, Watched)]
    assert watched == [{OTHER_GUILD}, {GUILD, OTHER_GUILD}]


MANY = 2_500


@pytest.fixture
async def crowded() -> AsyncIterator[Line]:
    """A connection with as many guilds as Discord allows a shard, watched a turn at a time."""
    line = Line(plain_bot, {None: Handler()})
    line.bot.guilds += [
        SimpleNamespace(id=guild_id, unavailable=False) for guild_id in range(1, MANY - 1)
    ]
    known = {guild.id: guild for guild in line.bot.guilds}
    line.bot.get_guild = known.get
    line.bot.leaves = known.pop
    line.connections.begins(None)
    with (
        mock.patch("integrations.turns._TURN", 0.0),
        mock.patch("integrations.turns._TOO_LONG", 60),
    ):
        yield line
    line.close()


async def watched_with(line: Line, in_between: Callable[[], object]) -> list[tuple[int, ...]]:
    """Return which guilds were watched in each piece, with something after the first of them."""
    line.tracker.first_watched = in_between
    await line.connections.watched()
    return [each.guild_ids for each in line.told if isinstance(each, Watched)]


async def test_many_guilds_are_watched_some_at_a_time_and_others_have_their_turn(
    crowded: Line,
) -> None:
    seen: list[int] = []

    def look() -> None:
        asyncio.get_running_loop().call_soon(lambda: seen.append(len(crowded.told)))

    pieces = await watched_with(crowded, look)
    assert sorted(chain(*pieces)) == sorted(guild.id for guild in crowded.bot.guilds)
    assert max(map(len, pieces)) <= 100
    assert seen[0] < len(pieces)


async def test_a_connection_that_is_cut_meanwhile_says_nothing_more_of_its_guilds(
    crowded: Line,
) -> None:
    def cut() -> None:
        asyncio.get_running_loop().call_soon(crowded.connections.is_cut, None)

    await watched_with(crowded, cut)
    kinds = [type(each) for each in crowded.told]
    assert kinds.index(WatchPaused) == len(kinds) - 1


async def test_a_guild_that_goes_meanwhile_is_not_said_to_be_watched(crowded: Line) -> None:
    out, left = crowded.bot.guilds[-1].id, crowded.bot.guilds[-2].id

    def go() -> None:
        crowded.connections.is_unavailable(out)
        crowded.bot.leaves(left)

    pieces = await watched_with(crowded, go)
    assert {out, left}.isdisjoint(chain(*pieces))
    assert len({*chain(*pieces)}) == MANY - 2


async def test_a_clock_that_is_set_meanwhile_leaves_no_guild_watched_in_the_future(
    clock: SetClock,
) -> None:
    line = Line(plain_bot, {None: Handler()}, clocks=clock.clocks)
    line.bot.guilds += [SimpleNamespace(id=each, unavailable=False) for each in range(1, MANY)]
    line.bot.get_guild = {guild.id: guild for guild in line.bot.guilds}.get
    line.connections.begins(None)
    line.tracker.first_watched = lambda: setattr(clock, "set_by", -HOUR)
    await line.connections.watched()
    *_earlier, last = [each for each in line.told if isinstance(each, Watched)]
    assert last.until <= line.tracker.now()
    line.close()


async def test_an_outage_that_a_resume_replays_may_be_as_old_as_the_cut(plain: Line) -> None:
    plain.connections.begins(None)
    plain.connections.is_cut(None)
    cut = plain.connections.cut_since(None)
    plain.connections.is_unavailable(GUILD)
    (gap,) = [each for each in plain.told if isinstance(each, WatchLost)]
    assert gap.since == cut
    assert plain.tracker.now() - gap.since >= 2 * SECOND


async def test_one_that_is_told_of_behind_it_may_be_as_old_as_a_standstill_in_the_cut(
    plain: Line,
) -> None:
    connections = plain.connections
    connections.begins(None)
    connections.is_cut(None)
    cut = connections.cut_since(None)
    assert cut is not None
    connections.stood_still(cut + SECOND)
    connections.resumes(None)
    connections.is_unavailable(GUILD)
    (gap,) = [each for each in plain.told if isinstance(each, WatchLost)]
    assert gap.since == cut + SECOND


async def test_a_connection_that_is_made_for_the_first_time_is_late_since_a_standstill_before(
    plain: Line, sharded: Line
) -> None:
    for line in (plain, sharded):
        now = line.tracker.now()
        line.connections.stood_still(now - 60 * SECOND)
        for shard_id in line.handlers:
            assert line.connections.late_since(shard_id) is None
            line.connections.begins(shard_id)
            assert line.connections.late_since(shard_id) == now - 60 * SECOND
        paused = [each for each in line.told if isinstance(each, WatchPaused)]
        assert {each for pause in paused for each in pause.guild_ids} == {GUILD, OTHER_GUILD}
        assert all(pause.stood_still for pause in paused)


@pytest.fixture
async def timed(clock: SetClock) -> AsyncIterator[Line]:
    """A connection whose last frame came three seconds ago, and is cut, with a session."""
    settings = Settings(heartbeat_every=3600, confirm_after=3600)
    line = Line(plain_bot, {None: Handler()}, settings, clock.clocks)
    line.connections.begins(None)
    line.tracker.restore(LiveState(sessions=[voice_session()]))
    line.connections.is_cut(None)
    yield line
    line.close()


@pytest.mark.parametrize("by", [HOUR, -HOUR])
async def test_a_clock_that_is_set_during_a_cut_makes_a_gap_no_longer_and_no_shorter(
    timed: Line, clock: SetClock, by: int
) -> None:
    clock.set_by = by
    timed.connections.begins(None)
    (gap,) = [each for each in timed.told if isinstance(each, WatchLost)]
    assert timed.tracker.now() - gap.since == pytest.approx(3 * SECOND, abs=SECOND)


@pytest.mark.parametrize("by", [HOUR, -HOUR])
async def test_a_clock_that_is_set_during_a_cut_moves_the_instant_of_what_is_replayed(
    timed: Line, clock: SetClock, by: int
) -> None:
    clock.set_by = by
    since = timed.connections.cut_since(None)
    assert since is not None
    assert timed.tracker.now() - since == pytest.approx(3 * SECOND, abs=SECOND)
    clock.set_by = 0
    timed.connections.is_unavailable(GUILD)
    (gap,) = [each for each in timed.told if isinstance(each, WatchLost)]
    assert timed.tracker.now() - gap.since == pytest.approx(3 * SECOND, abs=SECOND)


@pytest.mark.parametrize("by", [HOUR, -HOUR])
async def test_a_clock_that_was_set_just_before_a_cut_says_when_it_was(
    timed: Line, clock: SetClock, by: int
) -> None:
    timed.connections.resumes(None)
    clock.set_by = by
    timed.connections.is_cut(None)
    since = timed.connections.cut_since(None)
    assert since is not None
    assert timed.tracker.now() - since == pytest.approx(3 * SECOND, abs=SECOND)


@pytest.mark.parametrize("by", [-HOUR, -SECOND // 3])
async def test_no_cut_is_in_the_future_however_little_the_clock_was_set_back(
    clock: SetClock, by: int
) -> None:
    handler = Handler()
    line = Line(plain_bot, {None: handler}, clocks=clock.clocks)
    line.connections.begins(None)
    handler._last_recv = time.perf_counter()  # noqa: SLF001 - a frame has just come
    line.connections.is_cut(None)
    clock.set_by = by
    line.connections.begins(None)
    (gap,) = [each for each in line.told if isinstance(each, WatchLost)]
    assert gap.since <= line.tracker.now()
    line.close()
