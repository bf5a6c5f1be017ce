"""What the cog does once everything has come, goes out, comes back, or is gone for good."""

from __future__ import annotations

import asyncio
import logging
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest import mock

import discord
import pytest
from discord.ext import commands

from integrations.cog import SessionCog
from integrations.loopback.server import PATIENCE
from integrations.words.catalogue import say
from machines import LiveState, VoiceSession
from persistence import HistoryFilter, LedgerReader, read_live
from tests.benchmarks.connected_bot import ConnectedBot, LoggedInBot, connected
from tests.benchmarks.our_cog import written
from tests.benchmarks.population import Population
from tests.integrations.gateway.fed_bot import QUIET, FedBot, fed, payload
from tests.integrations.gateway.plaza import later, leave_without_guild, turn_of
from tests.integrations.sessions import voice_session

if TYPE_CHECKING:
    from pathlib import Path

    from machines import AnySession, Record
    from tests.benchmarks.scripted_clock import ScriptedClock

TWO = Population.of(12, guilds=2, idle_each=3, channels=3)
HERE, THERE = TWO.guilds
NOBODY: dict[str, Any] = {
    **THERE.create(),
    "channels": [],
    "voice_states": [],
    "presences": [],
    "members": [],
}
"""A guild of whose people none are left."""


class OneIsOut(ConnectedBot):
    """Is ready while one of its two guilds is out."""

    async def meets(self, population: Population) -> None:
        """Be told of both, and see one."""
        await self.hears([self.ready(population), HERE.text()])
        await self.wait_until_ready()


def waiting(cog: SessionCog) -> list[AnySession]:
    return cog._placing.waiting  # noqa: SLF001 - nothing else tells


def records(cog: SessionCog) -> list[Record]:
    return list(cog.ledger.history(HistoryFilter()))


def after(seconds: float) -> ScriptedClock:
    clock = later()
    clock.passes(seconds)
    return clock


def stands(running: ConnectedBot) -> None:
    """Have a connection stand, as ``DiscordWebSocket.received_message`` does."""
    keeps = SimpleNamespace(
        ws=running.ws, ack=mock.Mock(), beat=mock.Mock(), _last_recv=time.perf_counter()
    )
    running.ws._keep_alive = keeps  # type: ignore[assignment]  # noqa: SLF001 - as above
    running.ws.session_id = "s"


def resumed(running: ConnectedBot) -> None:
    running._connection.parsers["RESUMED"]({"__shard_id__": None, "_trace": []})  # noqa: SLF001 - as above


def in_voice(cog: SessionCog, guild_id: int) -> list[int]:
    people = (each for each in cog.engine.sessions(guild_id) if isinstance(each, VoiceSession))
    return sorted(each.user_id for each in people)


def in_cache(running: ConnectedBot, guild_id: int) -> list[int]:
    guild = running.get_guild(guild_id)
    assert guild is not None
    return sorted(each.id for each in guild.members if each.voice and each.voice.channel)


async def leave_evening(folder: Path, *, knows_guilds: bool) -> None:
    """Leave everybody's sessions, as ours or as the proposal's code does."""
    async with fed(folder, TWO) as bot:
        await written(bot.cog)
    if not knows_guilds:
        leave_without_guild(folder)


async def load_into(
    running: ConnectedBot, folder: Path, clock: ScriptedClock | None = None
) -> SessionCog:
    cog = SessionCog(running, QUIET, data_dir=folder)
    (after(60) if clock is None else clock).drives(cog)
    await running.add_cog(cog)
    await written(cog)
    return cog


async def test_loaded_while_a_guild_is_out_it_closes_nobody_who_may_be_there(
    tmp_path: Path,
) -> None:
    await leave_evening(tmp_path, knows_guilds=False)
    async with connected(TWO, bot=OneIsOut()) as running:
        cog = await load_into(running, tmp_path)
        assert cog.engine.registry.count
        assert waiting(cog)
        assert records(cog) == []
        cog.sources.contradictions.close()  # there is nobody whom a look could ask


async def test_loaded_it_closes_the_sessions_of_a_guild_that_the_bot_has_left(
    tmp_path: Path,
) -> None:
    await leave_evening(tmp_path, knows_guilds=True)
    async with connected(TWO) as running:
        running._connection.parsers["GUILD_DELETE"]({"id": str(THERE.id)})  # noqa: SLF001 - as received_message does
        cog = await load_into(running, tmp_path)
        assert cog.engine.guild_ids() == [HERE.id]
        assert {(each.guild_id, each.reason) for each in records(cog)} == {
            (THERE.id, "guild_removed")
        }
        cog.sources.contradictions.close()  # as above


async def test_loaded_into_a_sharded_bot_it_goes_through_the_guilds_of_each_shard(
    tmp_path: Path,
) -> None:
    bot = commands.AutoShardedBot("!", intents=discord.Intents.default(), shard_count=2)
    cog = SessionCog(bot, QUIET, data_dir=tmp_path)
    with (
        mock.patch.object(commands.AutoShardedBot, "shards", {0: None, 1: None}),
        mock.patch.object(bot, "is_ready", return_value=True),
        mock.patch.object(cog, "_close_unlisted") as close,
    ):
        await cog.cog_load()
        await cog.cog_unload()
    assert close.await_args_list == [mock.call(0), mock.call(1), mock.call(None)]


async def test_loaded_while_the_connection_is_cut_it_has_watched_nothing_until_ready(
    tmp_path: Path,
) -> None:
    await leave_evening(tmp_path, knows_guilds=True)
    async with connected(TWO) as running:
        clock = after(60)
        cog = await load_into(running, tmp_path, clock)
        loaded_at = cog.now()
        assert not cog.is_watching
        bot = FedBot(running, cog, clock)
        clock.passes(900)
        bot.hears("READY", payload(running.ready(TWO)))
        for guild in TWO.guilds:
            bot.hears("GUILD_CREATE", guild.create())
        await written(cog)
        for session in cog.engine.sessions():
            unseen = session.stretches[-1]
            assert unseen.value == "unknown"
            assert unseen.start <= loaded_at
            assert unseen.end == cog.now()
        cog.sources.contradictions.close()  # as above


@pytest.mark.parametrize("anew", [True, False])
async def test_loaded_while_the_connection_is_cut_it_takes_the_cache_for_no_look(
    tmp_path: Path, *, anew: bool
) -> None:
    """It is as old as the cut: whoever is not in it may have come before the cog was loaded."""
    await leave_evening(tmp_path, knows_guilds=True)
    async with connected(TWO) as running:
        clock = after(60)
        cog = await load_into(running, tmp_path, clock)
        loaded_at = cog.now()
        bot = FedBot(running, cog, clock)
        clock.passes(30)
        comes, channel_id = HERE.idle[0], HERE.channel_ids[0]
        if anew:
            there = [*HERE.create()["voice_states"], comes.voice_state(channel_id)]
            bot.hears("READY", payload(running.ready(TWO)))
            bot.hears("GUILD_CREATE", {**HERE.create(), "voice_states": there})
        else:
            bot.hears("VOICE_STATE_UPDATE", payload(comes.voice_update(channel_id)))
            bot.hears("RESUMED", {"__shard_id__": None, "_trace": []})
        await written(cog)
        session = cog.engine.voice_of(HERE.id, comes.id)
        assert session is not None
        earliest = min([session.started_at, *(each.start for each in session.stretches)])
        assert session.unbounded or earliest < loaded_at
        cog.sources.contradictions.close()  # as above


async def test_a_connection_that_is_cut_while_the_cog_is_loaded_is_heard_to_be(
    tmp_path: Path,
) -> None:
    """discord.py adds a cog's listeners once it is loaded, which may take seconds."""
    await leave_evening(tmp_path, knows_guilds=True)
    async with connected(TWO) as running:
        stands(running)
        cog = SessionCog(running, QUIET, data_dir=tmp_path)
        after(60).drives(cog)
        looks_at_cache = cog._look_at_cache  # noqa: SLF001 - it takes a while

        async def look(guild: discord.Guild) -> None:
            await looks_at_cache(guild)
            running.dispatch("disconnect")
            await asyncio.sleep(0)

        with mock.patch.object(cog, "_look_at_cache", look):
            await running.add_cog(cog)
        await written(cog)
        assert not cog.is_watching
        cog.sources.contradictions.close()  # as above


async def all_looked_at(cog: SessionCog, running: ConnectedBot) -> None:
    """Wait for a listener that goes from guild to guild: between two nothing is under way."""
    async with asyncio.timeout(PATIENCE):
        while any(
            cog.engine.watch_of(each.id).gap_since is not None
            or in_voice(cog, each.id) != in_cache(running, each.id)
            for each in TWO.guilds
        ):
            await written(cog)
            await asyncio.sleep(0)


async def test_once_resumed_it_looks_at_the_guilds_that_it_was_loaded_among_in_a_cut(
    tmp_path: Path,
) -> None:
    async with connected(TWO) as running:
        clock = after(60)
        cog = await load_into(running, tmp_path, clock)
        clock.passes(30)
        resumed(running)
        await all_looked_at(cog, running)
        assert cog.is_watching
        for guild in TWO.guilds:
            assert in_voice(cog, guild.id) == in_cache(running, guild.id) != []
            assert cog.engine.watch_of(guild.id).gap_since is None
        cog.sources.contradictions.close()  # as above


async def test_a_resume_that_comes_while_it_is_loaded_is_heard_as_well(tmp_path: Path) -> None:
    async with connected(TWO) as running:
        cog = SessionCog(running, QUIET, data_dir=tmp_path)
        after(60).drives(cog)
        looks_at_cache = cog._look_at_cache  # noqa: SLF001 - it takes a while

        async def look(guild: discord.Guild, *, is_new: bool = False) -> None:
            await looks_at_cache(guild, is_new=is_new)
            if not cog.is_watching:
                resumed(running)
                await asyncio.sleep(0)

        with mock.patch.object(cog, "_look_at_cache", look):
            await running.add_cog(cog)
            await all_looked_at(cog, running)
        assert cog.is_watching
        for guild in TWO.guilds:
            assert in_voice(cog, guild.id) == in_cache(running, guild.id) != []
        cog.sources.contradictions.close()  # as above


async def test_a_guild_that_cannot_be_looked_at_keeps_no_other_from_it(tmp_path: Path) -> None:
    async with connected(TWO) as running:
        clock = after(60)
        cog = await load_into(running, tmp_path, clock)
        clock.passes(30)
        looks_at_cache, looked = cog._look_at_cache, []  # noqa: SLF001 - the first one fails

        async def look(guild: discord.Guild, *, is_new: bool) -> None:
            looked.append(guild.id)
            if len(looked) == 1:
                raise RuntimeError
            await looks_at_cache(guild, is_new=is_new)

        with mock.patch.object(cog, "_look_at_cache", look):
            await cog.on_resumed()
        assert len(looked) == len(TWO.guilds)
        resumed(running)  # it is looked at with the next
        await all_looked_at(cog, running)
        cog.sources.contradictions.close()  # as above


async def test_once_a_new_session_has_brought_its_guilds_no_cache_is_to_be_looked_at(
    tmp_path: Path,
) -> None:
    async with connected(TWO) as running:
        clock = after(60)
        cog = await load_into(running, tmp_path, clock)
        bot = FedBot(running, cog, clock)
        bot.hears("READY", payload(running.ready(TWO)))
        for guild in TWO.guilds:
            bot.hears("GUILD_CREATE", guild.create())
        await cog.on_ready()
        await written(cog)
        with mock.patch.object(cog, "_look_at_cache") as look:
            await cog.on_resumed()
        look.assert_not_called()
        cog.sources.contradictions.close()  # as above


async def test_a_resume_that_is_read_just_before_a_ready_bot_is_taken_up_is_not_forgotten(
    tmp_path: Path,
) -> None:
    async with connected(TWO) as running:
        clock = after(60)
        cog = SessionCog(running, QUIET, data_dir=tmp_path)
        clock.drives(cog)
        was_ready = cog._was_ready  # noqa: SLF001 - what is done last as it is loaded

        async def after_a_resume() -> None:
            resumed(running)
            await was_ready()

        with mock.patch.object(cog, "_was_ready", after_a_resume):
            await running.add_cog(cog)
        await all_looked_at(cog, running)
        cog.sources.contradictions.close()  # as above


SAYS_NOTHING = {key: value for key, value in NOBODY.items() if key != "unavailable"}
"""One that does not say that it is available again."""


@pytest.mark.parametrize("comes", [NOBODY, SAYS_NOTHING, None], ids=["back", "unsaid", "gone"])
async def test_once_the_last_guild_that_was_out_is_back_or_gone_nobody_waits(
    tmp_path: Path, *, comes: dict[str, Any] | None
) -> None:
    await leave_evening(tmp_path, knows_guilds=False)
    async with fed(tmp_path, TWO, clock=after(60), bot=OneIsOut()) as bot:
        assert waiting(bot.cog)
        if comes:
            bot.hears("GUILD_CREATE", comes)
        else:
            bot.hears("GUILD_DELETE", {"id": str(THERE.id)})
        await asyncio.sleep(0)  # discord.py tells listeners in tasks
        async with bot.cog._placing._giving_up:  # noqa: SLF001 - until that is done
            await written(bot.cog)
        assert waiting(bot.cog) == []
        assert {each.reason for each in records(bot.cog)} == {"gap"}
        assert bot.cog.engine.guild_ids() == [HERE.id]


async def test_a_guild_that_the_bot_left_while_it_was_down_is_watched_no_more(
    tmp_path: Path,
) -> None:
    await leave_evening(tmp_path, knows_guilds=True)
    async with fed(tmp_path, TWO, clock=after(60)) as bot:
        for person in TWO.people:
            if person.guild_id == THERE.id:
                gone = {"guild_id": str(THERE.id), "user": person.member["user"]}
                bot.hears("GUILD_MEMBER_REMOVE", gone)
        bot.clock.passes(7_200)
        bot.clock.catches_up()
        await written(bot.cog)
        assert bot.cog.engine.guild_ids() == [HERE.id]
    async with fed(tmp_path, Population((HERE,)), clock=after(86_400)):
        pass
    assert {each.guild_id for each in read_live(tmp_path).state.guilds} == {HERE.id}


async def test_what_was_watched_is_known_over_a_start_in_which_everybody_waits(
    tmp_path: Path,
) -> None:
    await leave_evening(tmp_path, knows_guilds=False)
    async with fed(tmp_path, TWO, clock=after(60), bot=LoggedInBot()) as bot:
        bot.hears("GUILD_CREATE", NOBODY)
        await written(bot.cog)
        before = bot.cog.engine.watch_of(THERE.id).looked_at
        assert before is not None
    async with fed(tmp_path, TWO, clock=after(600), bot=LoggedInBot()) as bot:
        assert not bot.cog.engine.registry.count
        assert bot.cog.engine.watch_of(THERE.id).looked_at == before


async def test_what_ready_began_ends_once_it_is_unloaded(tmp_path: Path) -> None:
    await leave_evening(tmp_path, knows_guilds=True)
    left = [voice_session(guild_id=number, session_id=f"of-{number}") for number in range(1, 301)]
    async with fed(tmp_path, TWO, clock=after(60)) as bot:
        bot.cog.engine.restore(LiveState(sessions=[*left]), bot.cog.now())
        with turn_of(0.0):
            unloading = asyncio.ensure_future(bot.bot.remove_cog(bot.cog.qualified_name))
            while not bot.cog._placing._is_closed:  # noqa: ASYNC110, SLF001 - as below
                await asyncio.sleep(0)
            await bot.cog.on_ready()  # discord.py has called it just before
            await unloading
        live = {each.id for each in read_live(tmp_path).state.sessions}
        over = {each.id for each in LedgerReader(tmp_path).history(HistoryFilter())}
        assert {each.id for each in left} <= live | over
        assert not live & over
    tracker = bot.cog._tracker  # noqa: SLF001 - nothing else tells
    assert (tracker.clock_watch._tick, tracker._wake_up.at) == (None, None)  # noqa: SLF001 - as above
    assert bot.cog.engine.registry.count == 0


async def test_only_a_start_without_any_session_says_that_there_was_none(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "latido")
    none = say(QUIET.log_language, "restored.none")
    async with fed(tmp_path, TWO):
        assert none in caplog.text
    leave_without_guild(tmp_path)
    caplog.clear()
    async with fed(tmp_path, TWO, clock=after(60), bot=LoggedInBot()) as bot:
        assert waiting(bot.cog)
        assert none not in caplog.text
