"""Behind talk news goes on to wait: it says of nobody where they are, and hurries nothing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from integrations.gateway.talk import TALK as WAITED_BEHIND
from tests.benchmarks.population import Population
from tests.integrations.gateway.fed_bot import QUIET, FedBot, fed, payload
from tests.integrations.gateway.talk import background, talk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

PEOPLE = Population.of(60, guilds=1, idle_each=4)
[PLAZA] = PEOPLE.guilds
SITTING, THERE = PEOPLE.in_voice[0], PLAZA.channel_ids[1]
TALK = talk(PLAZA, PEOPLE.in_voice[1])
_RENAMED = {**SITTING.member["user"], "global_name": "Otra"}


@pytest.fixture
async def plaza(tmp_path: Path) -> AsyncIterator[FedBot]:
    """A bot that knows of a text channel, a thread and a scheduled event."""
    async with fed(tmp_path, PEOPLE) as bot:
        for event, data in background(PLAZA):
            bot.hears(event, data)
        yield bot


def goes_there(bot: FedBot) -> None:
    bot.reads("VOICE_STATE_UPDATE", payload(SITTING.voice_update(THERE)))


def channel_of_session(bot: FedBot) -> int | None:
    session = bot.cog.engine.voice_of(PLAZA.id, SITTING.id)
    return None if session is None else session.channel_id


def channel_until_now(bot: FedBot) -> int | None:
    """Return where they are held, whatever waits."""
    engine = bot.cog._tracker._engine  # noqa: SLF001 - whoever asks the cog has it taken in
    session = engine.voice_of(PLAZA.id, SITTING.id)
    return None if session is None else session.channel_id


def known_of_people(bot: FedBot) -> tuple[Any, ...]:
    """Return all that discord.py holds of people and voice channels that Latido reads."""
    guild = bot.bot.get_guild(PLAZA.id)
    assert guild is not None
    people = {
        (each.id, each.display_name, tuple(each._roles), each.bot)  # noqa: SLF001 - all of them, known or not
        for each in guild.members
    }
    in_voice = {
        (user_id, None if state.channel is None else state.channel.id)
        for user_id, state in guild._voice_states.items()  # noqa: SLF001 - of whoever is cached or not
    }
    channels = {(each.id, each.name, each.type) for each in guild.channels}
    return guild.name, guild.afk_channel, people, in_voice, channels


def test_each_event_behind_which_news_waits_is_tried() -> None:
    assert TALK.keys() == WAITED_BEHIND


@pytest.mark.parametrize("event", sorted(TALK))
async def test_it_hurries_nothing_and_whoever_listens_to_it_finds_the_news_taken_in(
    plaza: FedBot, event: str
) -> None:
    data, dispatched = TALK[event]
    before, found = channel_until_now(plaza), list[int | None]()

    async def listens(*_told: object) -> None:
        found.append(channel_of_session(plaza))

    if dispatched is not None:
        plaza.bot.add_listener(listens, f"on_{dispatched}")
    if event == "GUILD_SCHEDULED_EVENT_USER_REMOVE":
        plaza.hears("GUILD_SCHEDULED_EVENT_USER_ADD", data)
    goes_there(plaza)
    plaza.reads(event, data)
    assert channel_until_now(plaza) == before != THERE
    for _round in range(3):
        await asyncio.sleep(0)
    assert found == ([] if dispatched is None else [THERE])


@pytest.mark.parametrize("event", sorted(TALK))
async def test_discord_py_changes_neither_people_nor_voice_channels_with_it(
    plaza: FedBot, event: str
) -> None:
    before = known_of_people(plaza)
    plaza.hears(event, TALK[event][0])
    assert known_of_people(plaza) == before


@pytest.mark.parametrize(
    ("event", "data"),
    [
        ("GUILD_MEMBER_UPDATE", {**SITTING.member, "nick": "Otra"}),
        ("GUILD_MEMBER_UPDATE", {**SITTING.member, "user": {**SITTING.member["user"], "id": "5"}}),
        ("GUILD_MEMBER_UPDATE", {**SITTING.member, "user": _RENAMED}),
        ("CHANNEL_UPDATE", PLAZA.channel(1)),
        ("GUILD_ROLE_CREATE", {"role": {"id": "6", "name": "DJ", "permissions": "0"}}),
    ],
)
async def test_what_may_change_people_or_channels_comes_after_the_news_before_it(
    plaza: FedBot, event: str, data: dict[str, Any]
) -> None:
    goes_there(plaza)
    plaza.reads(event, {"guild_id": str(PLAZA.id), **data})
    assert channel_until_now(plaza) == THERE


async def test_a_role_hurries_nothing_where_roles_mean_nothing(
    tmp_path: Path, plaza: FedBot
) -> None:
    """Many a bot gives one to whoever comes."""
    with_role = {"guild_id": str(PLAZA.id), **SITTING.member, "roles": ["6"]}
    without_nick = {key: each for key, each in with_role.items() if key != "nick"}
    goes_there(plaza)
    plaza.reads("GUILD_MEMBER_UPDATE", with_role)
    plaza.reads("GUILD_MEMBER_UPDATE", without_nick)
    assert channel_until_now(plaza) != THERE
    by_roles = msgspec.structs.replace(QUIET, ignored_roles=(7,))
    async with fed(tmp_path / "roles", PEOPLE, by_roles) as bot:
        goes_there(bot)
        bot.reads("GUILD_MEMBER_UPDATE", with_role)
        assert channel_until_now(bot) == THERE


async def test_an_update_of_a_member_that_is_odd_comes_after_the_news_before_it(
    plaza: FedBot,
) -> None:
    goes_there(plaza)
    plaza.cog._intake._member_update({"guild_id": str(PLAZA.id)})  # noqa: SLF001 - discord.py would refuse it
    assert channel_until_now(plaza) == THERE


def test_what_discord_py_does_not_know_is_behind_nobody(plaza: FedBot) -> None:
    assert "VOICE_CHANNEL_STATUS_UPDATE" not in plaza.bot._connection.parsers  # noqa: SLF001 - whoever has none is not heard
