"""Sessions that wait for their guild, in a bot: whatever happens meanwhile, they are taken up."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING
from unittest import mock

import msgspec
import pytest

from engine import Watched, WatchLost
from integrations.cog import SessionCog
from integrations.commands import OwnData
from machines import SECOND, PartySession, VoiceSession
from persistence import DataDir, HistoryFilter, read_live
from tests.benchmarks.connected_bot import LoggedInBot, connected
from tests.benchmarks.our_cog import written
from tests.benchmarks.population import Population
from tests.benchmarks.scripted_clock import ScriptedClock
from tests.integrations.gateway.fed_bot import QUIET, FedBot, fed
from tests.integrations.gateway.plaza import (
    IDLER,
    PATIO,
    PEOPLE,
    PLAYER,
    PLAZA,
    SPEAKER,
    TOGETHER,
    a_turn,
    arrives,
    goes_out,
    goes_to,
    later,
    leave_without_guild,
    plays,
    turn_of,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from machines import AnySession, Record
    from tests.benchmarks.population import Person

ALL = 14
"""Everybody's sessions of the evening, and a party."""


@pytest.fixture
async def bot(tmp_path: Path, evening: Path) -> AsyncIterator[FedBot]:
    """A bot that has logged in, and waits for its guild, as the sessions do."""
    shutil.copytree(evening, tmp_path, dirs_exist_ok=True)
    async with fed(tmp_path, PEOPLE, clock=later(), bot=LoggedInBot()) as waits:
        waits.clock.passes(60)
        assert len(waiting(waits)) == ALL
        yield waits


def waiting(bot: FedBot) -> list[AnySession]:
    return bot.cog._placing.waiting  # noqa: SLF001 - nothing else tells


def records(bot: FedBot) -> list[Record]:
    return list(bot.cog.ledger.history(HistoryFilter()))


async def comes_half(bot: FedBot) -> None:
    """Have the guild come, until some of those who wait have been taken up in it."""
    arrives(bot, presences=TOGETHER)
    while bot.cog.engine.registry.count < ALL // 2:
        await a_turn()
    assert 0 < len(waiting(bot)) < ALL


def is_in_no_guild(bot: FedBot) -> None:
    """Let READY have named no guild: none is out, and may come yet."""
    bot.bot._connection._guilds.clear()  # noqa: SLF001 - as clear does before READY


async def is_ready(bot: FedBot) -> None:
    await bot.cog.on_ready()
    await written(bot.cog)


def assert_everybody_goes_on(bot: FedBot) -> None:
    """Everybody has the one session that they came with, and is watched again."""
    sessions = list(bot.cog.engine.sessions())
    assert (len(sessions), waiting(bot), records(bot)) == (ALL, [], [])
    assert bot.cog.engine.registry.count == ALL
    assert [type(each) for each in sessions].count(PartySession) == 1
    assert len({each.started_at for each in sessions}) == 1


def is_set(bot: FedBot, by: float) -> None:
    bot.clock.is_set(by)
    bot.cog._tracker.heard_at()  # noqa: SLF001 - as its tick does


async def test_whoever_asks_what_is_kept_of_them_is_told_of_it_while_it_waits(bot: FedBot) -> None:
    about = OwnData(bot.cog).held_about
    held = await about(PLAYER.id, bot.cog.now())
    rows = [msgspec.json.decode(line) for line in held.lines.splitlines()]
    assert sorted(row["kind"] for row in rows) == ["game", "party"]
    arrives(bot, presences=TOGETHER)
    await written(bot.cog)
    assert (await about(PLAYER.id, bot.cog.now())).sessions == held.sessions


async def test_so_they_are_while_they_are_being_taken_up(bot: FedBot) -> None:
    with turn_of(0.0):
        await comes_half(bot)
        held = await OwnData(bot.cog).held_about(PLAYER.id, bot.cog.now())
    assert held.sessions == 2


async def test_an_event_finds_them_there_though_the_look_is_overtaken(bot: FedBot) -> None:
    with turn_of(0.0):
        await comes_half(bot)
        is_set(bot, 5)
        bot.hears(*plays(PLAYER, PLAYER.game))
        bot.hears(*plays(IDLER, PLAYER.game))
        bot.hears(*goes_to(SPEAKER, PATIO))
        await written(bot.cog)
    await is_ready(bot)
    assert_everybody_goes_on(bot)


@pytest.mark.parametrize("by", [-3_600, 3_600])
async def test_a_clock_that_is_set_moves_those_who_wait_as_all_others(
    bot: FedBot, by: float
) -> None:
    before = {each.started_at for each in waiting(bot)}
    with turn_of(0.0):
        await comes_half(bot)
        is_set(bot, by)
        await written(bot.cog)
    bot.clock.passes(10)
    arrives(bot, presences=TOGETHER)
    await written(bot.cog)
    assert_everybody_goes_on(bot)
    sessions = list(bot.cog.engine.sessions())
    assert {each.started_at for each in sessions} == {each + by * SECOND for each in before}
    assert {each.unwatched_since for each in sessions} == {None}


async def test_a_guild_that_the_bot_is_not_in_any_more_keeps_nobody(bot: FedBot) -> None:
    with turn_of(0.0):
        await comes_half(bot)
        with mock.patch.object(bot.cog._connections, "lists", return_value=False):  # noqa: SLF001
            await is_ready(bot)
    assert not bot.cog.engine.registry.count
    assert not waiting(bot)
    assert len({each.id for each in records(bot)}) == len(records(bot)) == ALL


@pytest.mark.parametrize("turns", range(30, 75, 4))
async def test_a_party_is_whole_after_a_kill_in_the_middle(
    bot: FedBot, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, turns: int
) -> None:
    left = tmp_path_factory.mktemp("left") / "data"
    with turn_of(0.0):
        arrives(bot, presences=TOGETHER)
        for _turn in range(turns):
            await a_turn()
        bot.cog._bring_up_to_date()  # noqa: SLF001 - as at the end of each check
        assert bot.cog._storekeeper is not None  # noqa: SLF001 - it says when that is written
        await bot.cog._storekeeper.settle()  # noqa: SLF001 - as above
        shutil.copytree(tmp_path, left)
    clock = later()
    clock.passes(120)
    async with fed(left, PEOPLE, clock=clock, bot=LoggedInBot()) as again:
        arrives(again, presences=TOGETHER)
        await written(again.cog)
        await is_ready(again)
        assert_everybody_goes_on(again)


async def test_one_that_cannot_be_taken_up_takes_no_other_along(
    bot: FedBot, caplog: pytest.LogCaptureFixture
) -> None:
    carry_out = bot.cog._tracker._carry_out  # noqa: SLF001 - the outside may fail
    fails = mock.Mock(side_effect=[OSError("no"), *[mock.DEFAULT] * 1_000], wraps=carry_out)
    with mock.patch.object(bot.cog._tracker, "_carry_out", fails):  # noqa: SLF001 - as above
        arrives(bot, presences=TOGETHER)
        await written(bot.cog)
    await is_ready(bot)
    assert_everybody_goes_on(bot)
    assert "could not be taken up" in caplog.text


async def test_since_when_nobody_has_watched_is_kept_over_a_second_start(
    bot: FedBot, tmp_path: Path
) -> None:
    before = {each.unwatched_since for each in waiting(bot)}
    await bot.bot.remove_cog(bot.cog.qualified_name)
    clock = later()
    clock.passes(8 * 3_600)
    async with fed(tmp_path, PEOPLE, clock=clock, bot=LoggedInBot()) as again:
        assert {each.unwatched_since for each in waiting(again)} == before
        is_in_no_guild(again)
        await is_ready(again)
        [unwatched_since] = before
        assert unwatched_since is not None
        assert {each.ended_at <= unwatched_since for each in records(again)} == {True}


async def test_nobody_waits_for_a_guild_that_was_out_and_that_the_bot_has_left(bot: FedBot) -> None:
    """A sharded bot keeps it in its cache, although READY names it no more."""
    await is_ready(bot)
    assert len(waiting(bot)) == ALL
    bot.cog._connections.begins(None, [])  # noqa: SLF001 - as READY has it
    await is_ready(bot)
    assert waiting(bot) == []
    assert len(records(bot)) == ALL


@pytest.mark.parametrize("rounds", [15, 25, 40])
async def test_a_second_ready_closes_nobody_who_is_being_given_up(bot: FedBot, rounds: int) -> None:
    is_in_no_guild(bot)
    with turn_of(0.0):
        first = asyncio.ensure_future(bot.cog.on_ready())
        for _round in range(rounds):
            await asyncio.sleep(0)
        await bot.cog.on_ready()
        await first
        await written(bot.cog)
    assert {each.reason for each in records(bot)} == {"gap"}
    assert len(records(bot)) == ALL


@pytest.mark.parametrize("rounds", [1, 5, 15, 40])
async def test_a_cog_that_is_unloaded_while_they_are_given_up_waits_for_nothing_more(
    bot: FedBot, tmp_path: Path, rounds: int
) -> None:
    is_in_no_guild(bot)
    with turn_of(0.0):
        giving_up = asyncio.ensure_future(bot.cog.on_ready())
        for _round in range(rounds):
            await asyncio.sleep(0)
        await bot.bot.remove_cog(bot.cog.qualified_name)
        await giving_up
    tracker = bot.cog._tracker  # noqa: SLF001 - nothing else tells
    assert (tracker.clock_watch._tick, tracker._wake_up.at) == (None, None)  # noqa: SLF001 - as above
    with DataDir.open(tmp_path) as data_dir:
        live = [each.id for each in data_dir.restore().state.sessions]
        over = [each.id for each in data_dir.ledger.history(HistoryFilter())]
    assert len({*live, *over}) == len(live) + len(over) == ALL


async def test_a_cog_that_a_running_bot_loads_finds_the_guilds_that_have_come(
    tmp_path: Path, evening: Path
) -> None:
    shutil.copytree(evening, tmp_path, dirs_exist_ok=True)
    clock = later()
    clock.passes(60)
    async with connected(PEOPLE) as running:
        cog = SessionCog(running, QUIET, data_dir=tmp_path)
        clock.drives(cog)
        await running.add_cog(cog)
        await written(cog)
        loaded = FedBot(running, cog, clock)
        assert waiting(loaded) == []
        kept = [each for each in cog.engine.sessions() if type(each) is VoiceSession]
        assert {each.user_id for each in kept} == {each.id for each in PEOPLE.in_voice}
        assert {each.started_at < cog.now() - 60 * SECOND for each in kept} == {True}
        cog.sources.contradictions.close()  # there is nobody whom a look could ask


async def test_what_is_heard_of_one_guild_leaves_the_others_their_turns(tmp_path: Path) -> None:
    two = Population.of(12, guilds=2, idle_each=3, channels=3)
    async with fed(tmp_path, two) as before:
        await written(before.cog)
    leave_without_guild(tmp_path)
    async with fed(tmp_path, two, clock=later(), bot=LoggedInBot()) as bot:
        here, there = two.guilds
        bot.hears("GUILD_CREATE", there.create())
        await written(bot.cog)
        with turn_of(0.0):
            bot.hears("GUILD_CREATE", here.create())
            await a_turn()
            placed = len(list(bot.cog.engine.sessions(here.id)))
            gone = {"guild_id": str(there.id), "user": there.idle[0].member["user"]}
            bot.hears("GUILD_MEMBER_REMOVE", gone)
            assert len(list(bot.cog.engine.sessions(here.id))) == placed
            await written(bot.cog)
        assert not waiting(bot)


async def test_whoever_is_forgotten_has_no_session_that_waits(bot: FedBot, tmp_path: Path) -> None:
    told = await bot.cog.privacy.forget(PLAYER.id)
    assert (told.sessions, told.parties) == (1, 1)
    assert str(PLAYER.id) not in str(waiting(bot))
    assert str(PLAYER.id) not in str(read_live(tmp_path).state)
    [party] = [each for each in waiting(bot) if type(each) is PartySession]
    assert [each.user_id for each in party.players] == [-1, IDLER.id]
    await bot.cog.privacy.forget(IDLER.id)
    assert not [each for each in waiting(bot) if type(each) is PartySession]
    arrives(bot, presences=TOGETHER)
    await written(bot.cog)
    [begun] = bot.cog.engine.sessions_of(PLAZA.id, PLAYER.id)
    assert begun.started_at > bot.cog.now() - 120 * SECOND


async def test_whoever_opts_out_meanwhile_is_closed(bot: FedBot) -> None:
    await bot.cog.privacy.opt_out(SPEAKER.id)
    arrives(bot, presences=TOGETHER)
    await written(bot.cog)
    assert bot.cog.engine.voice_of(PLAZA.id, SPEAKER.id) is None
    assert [(each.user_id, each.reason) for each in records(bot)] == [(SPEAKER.id, "opted_out")]


@pytest.mark.parametrize("turns", range(0, 60, 10))
async def test_a_guild_that_goes_out_and_comes_back_takes_up_everybody_once(
    bot: FedBot, turns: int
) -> None:
    with turn_of(0.0):
        arrives(bot, presences=TOGETHER)
        for _turn in range(turns):
            await a_turn()
        goes_out(bot)
        arrives(bot, presences=TOGETHER)
        bot.hears(*goes_to(SPEAKER, PATIO))
        await written(bot.cog)
    await is_ready(bot)
    assert_everybody_goes_on(bot)


@pytest.mark.parametrize("by", [-3_600, 3_600])
async def test_a_clock_that_is_set_before_anybody_is_there_moves_those_who_wait(
    bot: FedBot, by: float
) -> None:
    [before] = {each.started_at for each in waiting(bot)}
    is_set(bot, by)
    arrives(bot, presences=TOGETHER)
    await written(bot.cog)
    assert_everybody_goes_on(bot)
    assert {each.started_at for each in bot.cog.engine.sessions()} == {before + by * SECOND}


@pytest.mark.parametrize("by", [-3_600, 3_600])
@pytest.mark.parametrize("opts_out", [False, True])
async def test_a_clock_that_was_set_since_anybody_looked_moves_those_who_wait(
    bot: FedBot, by: float, *, opts_out: bool
) -> None:
    [before] = {each.started_at for each in waiting(bot)}
    bot.clock.is_set(by)
    if opts_out:
        await bot.cog.privacy.opt_out(SPEAKER.id)
    arrives(bot, presences=TOGETHER)
    await written(bot.cog)
    sessions = [*bot.cog.engine.sessions(), *records(bot)]
    assert len(sessions) == ALL
    assert {each.started_at for each in sessions} == {before + by * SECOND}


@pytest.mark.parametrize("by", [-3_600, 3_600])
async def test_a_clock_that_was_set_just_before_they_are_given_up_moves_them(
    bot: FedBot, by: float
) -> None:
    [before] = {each.started_at for each in waiting(bot)}
    is_in_no_guild(bot)
    bot.clock.is_set(by)
    await is_ready(bot)
    assert len(records(bot)) == ALL
    assert {each.started_at for each in records(bot)} == {before + by * SECOND}


@pytest.mark.parametrize("by", [-3_600, 3_600])
@pytest.mark.parametrize("count", [4, 8])
async def test_a_clock_that_is_set_while_they_are_given_up_keeps_nobody(
    bot: FedBot, by: float, count: int
) -> None:
    is_in_no_guild(bot)
    with turn_of(0.0):
        giving_up = asyncio.ensure_future(bot.cog.on_ready())
        for _round in range(1_000):
            if bot.cog.engine.registry.count >= count:
                break
            await asyncio.sleep(0)
        is_set(bot, by)
        await giving_up
        await written(bot.cog)
    assert len(records(bot)) == ALL
    assert len({each.started_at for each in records(bot)}) == 1


@pytest.mark.parametrize("befalls", ["the clock is set", "the machine slept"])
async def test_whatever_befalls_the_look_that_gives_them_up_nobody_is_left_nowhere(
    bot: FedBot, befalls: str
) -> None:
    is_in_no_guild(bot)
    tracker = bot.cog._tracker  # noqa: SLF001 - nothing else tells
    with turn_of(0.0):
        giving_up = asyncio.ensure_future(bot.cog.on_ready())
        for _round in range(3_000):
            if tracker.looks.is_at(0) and bot.cog.engine.registry.count < ALL - 2:
                break
            await asyncio.sleep(0)
        assert tracker.looks.is_at(0)
        if befalls == "the clock is set":
            is_set(bot, 5)
        else:
            lost = WatchLost(guild_ids=tuple(bot.cog.engine.guild_ids()), since=bot.cog.now())
            tracker.observe(lost)
        await giving_up
        await written(bot.cog)
    assert bot.cog.engine.registry.count == 0
    assert len(records(bot)) == ALL


async def test_nobody_is_lost_where_some_of_those_who_are_given_up_cannot_be_taken_up(
    bot: FedBot,
) -> None:
    is_in_no_guild(bot)
    everybody = {each.id for each in waiting(bot)}
    carry_out = bot.cog._tracker._carry_out  # noqa: SLF001 - the outside may fail
    fails = mock.Mock(side_effect=[OSError("no"), *[mock.DEFAULT] * 1_000], wraps=carry_out)
    restoring = bot.cog.engine.restoring
    stumbles = mock.Mock(side_effect=[OSError("no"), *[mock.DEFAULT] * 1_000], wraps=restoring)
    with (
        mock.patch.object(bot.cog._tracker, "_carry_out", fails),  # noqa: SLF001 - as above
        mock.patch.object(bot.cog.engine, "restoring", stumbles),
    ):
        await is_ready(bot)
    assert len(waiting(bot)) == 1
    await is_ready(bot)
    assert waiting(bot) == []
    assert {each.id for each in records(bot)} == everybody


@pytest.mark.parametrize("by", [-3_600, 3_600])
async def test_a_clock_that_nobody_has_looked_at_moves_those_who_are_given_up(
    bot: FedBot, by: float
) -> None:
    [before] = {each.started_at for each in waiting(bot)}
    is_in_no_guild(bot)
    bot.clock.is_set(by)
    await is_ready(bot)
    assert {each.started_at for each in records(bot)} == {before + by * SECOND}


async def test_nothing_is_known_of_nowhere_once_nobody_waits(bot: FedBot) -> None:
    is_in_no_guild(bot)
    await is_ready(bot)
    assert 0 not in {watch.guild_id for watch in bot.cog.engine.live_state(bot.cog.now()).guilds}


async def test_whoever_waits_for_a_guild_that_is_out_waits_on(bot: FedBot) -> None:
    await is_ready(bot)
    assert len(waiting(bot)) == ALL
    arrives(bot, presences=TOGETHER)
    await written(bot.cog)
    assert_everybody_goes_on(bot)


async def test_nobody_is_held_once_all_have_found_their_guild(bot: FedBot) -> None:
    arrives(bot, presences=TOGETHER)
    await written(bot.cog)
    await is_ready(bot)
    placing = bot.cog._placing  # noqa: SLF001 - nothing else tells
    assert not placing._in_channel  # noqa: SLF001 - as above
    assert not placing._of_person  # noqa: SLF001 - as above
    assert not placing._with_player  # noqa: SLF001 - as above


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("turns", [0, 30, 40, 50, 60])
async def test_a_player_who_is_forgotten_while_their_guild_comes_leaves_a_party_in_order(
    bot: FedBot, which: int, turns: int
) -> None:
    [party] = [each for each in waiting(bot) if type(each) is PartySession]
    player, other = (party.players[place].user_id for place in (which, 1 - which))
    with turn_of(0.0):
        arrives(bot, presences=TOGETHER)
        for _turn in range(turns):
            await a_turn()
        await bot.cog.privacy.forget(player)
        await written(bot.cog)
    assert bot.cog.engine.counters["session_errors"] == 0
    bot.hears(*plays(PLAYER if other == PLAYER.id else IDLER, None))
    bot.clock.passes(3_600)
    bot.clock.catches_up()
    await written(bot.cog)
    assert bot.cog.engine.counters["session_errors"] == 0
    assert bot.cog.engine.counts()["party"] == 0


@pytest.mark.parametrize("person", [PLAYER, SPEAKER])
@pytest.mark.parametrize("rounds", [1, 5, 10, 20])
async def test_whoever_is_forgotten_while_they_are_given_up_has_no_record(
    bot: FedBot, person: Person, rounds: int
) -> None:
    is_in_no_guild(bot)
    with turn_of(0.0):
        giving_up = asyncio.ensure_future(bot.cog.on_ready())
        for _round in range(rounds):
            await asyncio.sleep(0)
        await bot.cog.privacy.forget(person.id)
        await giving_up
        await written(bot.cog)
    assert str(person.id) not in str(records(bot))


async def test_what_others_played_with_somebody_who_opts_out_stays(bot: FedBot) -> None:
    await bot.cog.privacy.opt_out(PLAYER.id)
    arrives(bot, presences=TOGETHER)
    await written(bot.cog)
    bot.clock.passes(3_600)
    bot.clock.catches_up()
    await written(bot.cog)
    [party] = [each for each in records(bot) if each.kind == "party"]
    assert set(party.player_ids) == {PLAYER.id, IDLER.id}
    assert party.seconds + (party.uncertain_seconds or 0) > 0  # nobody watched it, ever


async def test_one_that_could_not_be_taken_up_goes_on_waiting_as_it_was(bot: FedBot) -> None:
    [before] = {each.started_at for each in waiting(bot)}
    is_set(bot, 3_600)
    restoring = bot.cog.engine.restoring
    fails = mock.Mock(side_effect=[OSError("no"), *[mock.DEFAULT] * 1_000], wraps=restoring)
    with mock.patch.object(bot.cog.engine, "restoring", fails):
        arrives(bot, presences=TOGETHER)
        await written(bot.cog)
    [left] = waiting(bot)
    assert (left.guild_id, left.started_at) == (0, before)


async def test_what_a_fast_clock_has_written_is_moved_as_a_whole_and_written_anew(
    tmp_path: Path,
) -> None:
    fast = ScriptedClock()
    fast.is_set(3_600)
    async with fed(tmp_path, PEOPLE, clock=fast) as bot:
        bot.hears(*plays(IDLER, PLAYER.game))
        bot.clock.passes(60)
        bot.clock.catches_up()
        await written(bot.cog)
        bot.clock.passes(2_940)
        watched = Watched(guild_ids=(PLAZA.id,), until=bot.cog.now())
        bot.cog._tracker.observe(watched)  # noqa: SLF001 - as a heartbeat does
        await written(bot.cog)
        session = bot.cog.engine.voice_of(PLAZA.id, SPEAKER.id)
        assert session is not None
        was_there = bot.cog.now() - session.started_at
    right = ScriptedClock()
    right.passes(3_060)
    async with fed(tmp_path, PEOPLE, clock=right, bot=LoggedInBot()) as bot:
        await written(bot.cog)
        now = bot.cog.now()
        session = bot.cog.engine.voice_of(PLAZA.id, SPEAKER.id)
        assert session is not None
        assert now - session.started_at >= was_there
        state = read_live(tmp_path).state
        [party] = [each for each in state.sessions if isinstance(each, PartySession)]
        assert max(party.started_at, *(each.started_at for each in party.players)) < now
        assert all((each.observed_until or 0) <= now for each in state.guilds)
