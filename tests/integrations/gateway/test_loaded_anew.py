"""A cog that is loaded anew in a bot that stays connected: discord.py heard what came meanwhile."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from engine import GuildReport
from integrations.cog import SessionCog
from integrations.statistics.records import so_far
from persistence import HistoryFilter
from tests.benchmarks.connected_bot import settled
from tests.benchmarks.our_cog import written
from tests.benchmarks.population import Population
from tests.integrations.gateway.fed_bot import QUIET, fed, payload
from tests.integrations.gateway.test_standstills import Line

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from machines import Record, VoiceSession
    from tests.benchmarks.population import Person
    from tests.integrations.gateway.fed_bot import FedBot

PEOPLE = Population.of(12, guilds=1, idle_each=3, channels=3)
[PLAZA] = PEOPLE.guilds
SPEAKER = PEOPLE.idle[0]
HERE, THERE, _ELSEWHERE = PLAZA.channel_ids
SITTER, STAYER = [each for each in PLAZA.people if each.channel_id == HERE][:2]
PLAYER = PEOPLE.playing[0]


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[FedBot]:
    """Yield a bot in which somebody has been in voice for ten minutes."""
    async with fed(tmp_path, PEOPLE) as fed_bot:
        is_connected(fed_bot)
        goes(fed_bot, HERE)
        fed_bot.clock.passes(600)
        fed_bot.clock.catches_up()
        yield fed_bot
        fed_bot.cog.sources.contradictions.close()  # there is nobody whom a look could ask


def goes(bot: FedBot, channel_id: int | None, who: Person = SPEAKER) -> None:
    bot.hears("VOICE_STATE_UPDATE", payload(who.voice_update(channel_id)))


def is_connected(bot: FedBot) -> None:
    """Let its connection stand; of heartbeats that it is asked for it sends none."""
    Line(bot).is_closed = True


@contextlib.asynccontextmanager
async def loaded_anew(bot: FedBot, folder: Path) -> AsyncIterator[None]:
    """Unload the cog, do what is in the block while it is not there, and load another one."""
    await bot.bot.remove_cog(bot.cog.qualified_name)
    bot.clock.stands_still(15)
    yield
    bot.cog = SessionCog(bot.bot, QUIET, data_dir=folder)
    bot.clock.drives(bot.cog)
    is_connected(bot)
    await bot.bot.add_cog(bot.cog)
    await written(bot.cog)


def session(bot: FedBot, who: Person = SPEAKER) -> VoiceSession | None:
    return bot.cog.engine.voice_of(PLAZA.id, who.id)


async def records(bot: FedBot, who: Person = SPEAKER) -> list[Record]:
    await settled()
    await written(bot.cog)
    assert bot.cog.ledger is not None
    return list(bot.cog.ledger.history(HistoryFilter(user_id=who.id)))


async def test_whoever_moved_meanwhile_is_where_they_are(bot: FedBot, tmp_path: Path) -> None:
    async with loaded_anew(bot, tmp_path):
        bot.reads("VOICE_STATE_UPDATE", payload(SPEAKER.voice_update(THERE)))
    held = session(bot)
    assert held is not None
    assert held.channel_id == THERE


async def test_their_channel_of_before_may_be_deleted(bot: FedBot, tmp_path: Path) -> None:
    async with loaded_anew(bot, tmp_path):
        bot.reads("VOICE_STATE_UPDATE", payload(SPEAKER.voice_update(THERE)))
    bot.clock.passes(60)
    channel = {"id": str(HERE), "type": 2, "guild_id": str(PLAZA.id)}
    bot.hears("CHANNEL_DELETE", channel)
    assert await records(bot) == []
    assert session(bot) is not None


def outage(bot: FedBot, *gone: Person) -> None:
    """The guild is out, and some have left by when it is back; whoever listens hears of both."""
    bot.reads("GUILD_DELETE", {"id": str(PLAZA.id), "unavailable": True})
    bot.clock.passes(30)
    bot.reads("GUILD_CREATE", PLAZA.create(without=frozenset(each.id for each in gone)))


async def test_whoever_left_in_an_outage_of_before_is_not_found_again(
    bot: FedBot, tmp_path: Path
) -> None:
    outage(bot, SITTER)
    assert [each.reason for each in await records(bot, SITTER)] == ["gap"]
    bot.clock.passes(3600)
    async with loaded_anew(bot, tmp_path):
        pass
    assert session(bot, SITTER) is None
    assert len(await records(bot, SITTER)) == 1
    assert session(bot, STAYER) is not None


async def test_whoever_left_in_an_outage_meanwhile_is_gone(bot: FedBot, tmp_path: Path) -> None:
    async with loaded_anew(bot, tmp_path):
        outage(bot, SITTER)
    assert session(bot, SITTER) is None
    assert [each.reason for each in await records(bot, SITTER)] == ["gap"]
    held = session(bot, STAYER)
    assert held is not None
    assert held.unwatched_since is None


async def test_whoever_came_back_after_an_outage_is_there(bot: FedBot, tmp_path: Path) -> None:
    async with loaded_anew(bot, tmp_path):
        outage(bot, SITTER)
        bot.reads("VOICE_STATE_UPDATE", payload(SITTER.voice_update(HERE)))
    assert session(bot, SITTER) is not None


async def test_of_one_whose_leaving_discord_py_never_heard_nothing_is_certain(
    bot: FedBot, tmp_path: Path
) -> None:
    """A check has seen that they are gone; until another does, they may as well be back."""
    report = GuildReport(
        guild_id=PLAZA.id,
        source="rest",
        at=bot.cog.now(),
        looked_voice=frozenset({SPEAKER.id}),
    )
    await bot.cog._tracker.looks.begin(report)  # noqa: SLF001 - as a check does
    [record] = await records(bot)
    assert record.reason == "leave_missed"
    async with loaded_anew(bot, tmp_path):
        pass
    bot.clock.passes(1800)
    held = session(bot)
    assert held is not None
    told = so_far(held, bot.cog.now())
    assert (told.seconds, told.uncertain_seconds) == (1800, 1800)


async def test_so_it_is_of_the_game_of_one_who_left_the_guild_in_an_outage(
    bot: FedBot, tmp_path: Path
) -> None:
    """discord.py adds the members that a GUILD_CREATE lists to those whom it has."""
    come_back = PLAZA.create(without=frozenset({PLAYER.id}))
    come_back["members"] = [
        each for each in come_back["members"] if each["user"]["id"] != str(PLAYER.id)
    ]
    bot.reads("GUILD_DELETE", {"id": str(PLAZA.id), "unavailable": True})
    bot.clock.passes(30)
    bot.reads("GUILD_CREATE", come_back)
    assert [each.reason for each in await records(bot, PLAYER)] == ["gap"]
    bot.clock.passes(600)
    async with loaded_anew(bot, tmp_path):
        pass
    bot.clock.passes(1800)
    [held] = bot.cog.engine.sessions_of(PLAZA.id, PLAYER.id)
    told = so_far(held, bot.cog.now())
    assert told.seconds == told.uncertain_seconds
