"""Whoever loses a role by which they were not tracked is where they are already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unittest import mock

import msgspec
import pytest_asyncio

from integrations.gateway.connection import Connections
from persistence import HistoryFilter
from tests.benchmarks.our_cog import written
from tests.benchmarks.population import Population, hour_ago
from tests.integrations.gateway.fed_bot import (
    QUIET,
    FedBot,
    assert_found_and_counting_since,
    fed,
    payload,
)
from tests.integrations.gateway.plaza import turn_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

ROLE = 4711
PEOPLE = Population.of(6, guilds=1, began=hour_ago(), channels=2)
GUILD = PEOPLE.guilds[0]
SPEAKER, PLAYER = PEOPLE.in_voice[0], PEOPLE.playing[0]


@pytest_asyncio.fixture
async def bot(tmp_path: Path) -> AsyncIterator[FedBot]:
    """A bot that has known everybody for a minute, two of whom have had the role since then."""
    settings = msgspec.structs.replace(QUIET, ignored_roles=frozenset({ROLE}))
    async with fed(tmp_path, PEOPLE, settings) as bot:
        role = {"id": str(ROLE), "name": "quiet", "permissions": "0", "position": 1, "color": 0}
        bot.hears("GUILD_ROLE_CREATE", {"guild_id": str(GUILD.id), "role": role})
        for person in (SPEAKER, PLAYER):
            has_roles(bot, person.id, [ROLE])
        bot.hears("VOICE_STATE_UPDATE", muted(roles=[ROLE]))
        bot.hears("PRESENCE_UPDATE", payload(PLAYER.presence_update(PLAYER.game)))
        bot.clock.passes(3600)
        assert not sessions(bot)
        yield bot


def has_roles(bot: FedBot, user_id: int, roles: list[int]) -> None:
    user = {"id": str(user_id), "username": "x", "global_name": "x", "discriminator": "0"}
    data: dict[str, Any] = {"guild_id": str(GUILD.id), "user": user | {"avatar": None}}
    data |= {"roles": [str(role) for role in roles], "nick": None, "flags": 0}
    bot.hears("GUILD_MEMBER_UPDATE", data)


def muted(roles: list[int]) -> dict[str, Any]:
    data = payload(SPEAKER.voice_update(SPEAKER.channel_id, muted=True))
    data["member"]["roles"] = [str(role) for role in roles]
    return data


def sessions(bot: FedBot) -> list[Any]:
    return [
        each
        for person in (SPEAKER, PLAYER)
        for each in bot.cog.engine.sessions_of(GUILD.id, person.id)
        if each.absent_since is None
    ]


async def test_they_count_from_then_on_and_have_not_come_when_they_are_next_heard_of(
    bot: FedBot,
) -> None:
    tracked_at = bot.cog.now()
    for person in (SPEAKER, PLAYER):
        has_roles(bot, person.id, [])
    bot.clock.passes(30)
    bot.hears("VOICE_STATE_UPDATE", muted(roles=[]))
    bot.hears("PRESENCE_UPDATE", payload(PLAYER.presence_update(PLAYER.game, details="1-1")))
    await written(bot.cog)
    assert_found_and_counting_since(tracked_at, sessions(bot))


async def test_whoever_keeps_the_role_is_not_tracked(bot: FedBot) -> None:
    has_roles(bot, SPEAKER.id, [ROLE, 1])
    bot.clock.passes(30)
    bot.hears("VOICE_STATE_UPDATE", muted(roles=[ROLE, 1]))
    await written(bot.cog)
    assert not sessions(bot)


async def test_whoever_is_given_the_role_counts_no_longer_from_then_on(bot: FedBot) -> None:
    other, player = PEOPLE.in_voice[1], PEOPLE.playing[1]
    given_at = bot.cog.now()
    for person in (other, player):
        has_roles(bot, person.id, [ROLE])
    bot.clock.passes(3600)
    bot.clock.catches_up()
    await written(bot.cog)
    for person in (other, player):
        assert not bot.cog.engine.sessions_of(GUILD.id, person.id)
        [record] = bot.cog.ledger.history(HistoryFilter(user_id=person.id))
        assert (record.ended_at, record.reason) == (given_at, "left")


async def test_what_a_look_says_of_whoever_is_given_the_role_comes_before_that(bot: FedBot) -> None:
    other, player = PEOPLE.in_voice[1], PEOPLE.playing[1]
    bot.hears("GUILD_DELETE", {"id": str(GUILD.id), "unavailable": True})
    bot.clock.passes(600)
    back_at = bot.cog.now()
    with turn_of(0.0, pieces=1):
        bot.reads("GUILD_CREATE", GUILD.create())
        assert bot.cog._tracker.looks.under_way  # noqa: SLF001 - it is not told
        for person in (other, player):
            has_roles(bot, person.id, [ROLE])
    for person in (other, player):
        [session] = bot.cog.engine.sessions_of(GUILD.id, person.id)
        assert session.absent_since is not None
        assert session.last_seen >= back_at


async def test_what_is_replayed_may_have_been_so_since_the_connection_was_cut(bot: FedBot) -> None:
    other, cut_at = PEOPLE.in_voice[1], bot.cog.now()
    bot.clock.passes(40)
    late = mock.patch.object(Connections, "late_since", return_value=cut_at)
    with late:
        has_roles(bot, SPEAKER.id, [])
        has_roles(bot, other.id, [ROLE])
    bot.clock.passes(20)
    bot.hears("VOICE_STATE_UPDATE", muted(roles=[]))
    [session] = sessions(bot)
    assert session.earliest_start == cut_at
    [left] = bot.cog.engine.sessions_of(GUILD.id, other.id)
    assert [(each.start, each.value) for each in left.stretches] == [(cut_at, "unknown")]


async def test_what_is_read_after_a_standstill_may_have_been_so_since_it_began(bot: FedBot) -> None:
    still_since = bot.cog.now()
    bot.clock.stands_still(60)
    has_roles(bot, SPEAKER.id, [])
    bot.hears("VOICE_STATE_UPDATE", muted(roles=[]))
    [session] = sessions(bot)
    assert session.earliest_start == still_since


async def test_whoever_only_has_another_role_is_seen_to_come(bot: FedBot) -> None:
    other = PEOPLE.in_voice[1]
    bot.hears("VOICE_STATE_UPDATE", payload(other.voice_update(None)))
    bot.clock.passes(3600)
    has_roles(bot, other.id, [1])
    bot.clock.passes(30)
    came_at = bot.cog.now()
    bot.hears("VOICE_STATE_UPDATE", payload(other.voice_update(other.channel_id)))
    [session] = bot.cog.engine.sessions_of(GUILD.id, other.id)
    assert (session.state, session.started_at) == ("pending", came_at)
    assert session.stretches == ()


async def test_whoever_had_a_role_that_is_deleted_counts_from_then_on(bot: FedBot) -> None:
    tracked_at = bot.cog.now()
    bot.hears("GUILD_ROLE_DELETE", {"guild_id": str(GUILD.id), "role_id": str(ROLE)})
    bot.clock.passes(30)
    bot.hears("VOICE_STATE_UPDATE", muted(roles=[]))
    bot.hears("PRESENCE_UPDATE", payload(PLAYER.presence_update(PLAYER.game, details="1-1")))
    await written(bot.cog)
    assert_found_and_counting_since(tracked_at, sessions(bot))


async def test_whoever_is_nowhere_as_their_role_is_deleted_is_seen_to_come(bot: FedBot) -> None:
    bot.hears("VOICE_STATE_UPDATE", muted(roles=[ROLE]) | {"channel_id": None})
    presence = payload(SPEAKER.presence_update(None)) | {"activities": []}
    bot.hears("PRESENCE_UPDATE", presence)
    bot.hears("GUILD_ROLE_DELETE", {"guild_id": str(GUILD.id), "role_id": str(ROLE)})
    bot.clock.passes(3600)
    bot.hears("VOICE_STATE_UPDATE", muted(roles=[]))
    [session] = sessions(bot)
    assert (session.state, session.stretches) == ("pending", ())


async def test_news_from_before_a_role_is_deleted_goes_by_it(bot: FedBot) -> None:
    bot.reads("PRESENCE_UPDATE", payload(PLAYER.presence_update("Juego 99")))
    bot.reads("GUILD_ROLE_DELETE", {"guild_id": str(GUILD.id), "role_id": str(ROLE)})
    assert not sessions(bot)


async def test_whoever_has_the_role_of_everybody_is_not_tracked(tmp_path: Path) -> None:
    """Its id is the guild's, and no payload lists it among somebody's roles."""
    settings = msgspec.structs.replace(QUIET, ignored_roles=frozenset({GUILD.id}))
    async with fed(tmp_path, PEOPLE, settings) as bot:
        assert not list(bot.cog.engine.sessions())
        bot.hears("VOICE_STATE_UPDATE", muted(roles=[]))
        bot.hears("PRESENCE_UPDATE", payload(PLAYER.presence_update(PLAYER.game)))
        await written(bot.cog)
        assert not list(bot.cog.engine.sessions())
