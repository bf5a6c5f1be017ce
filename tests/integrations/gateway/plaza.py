"""A guild that comes with many, read in turns; and the evening that a bot of the proposal left."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any
from unittest import mock

from integrations import turns
from persistence import DataDir
from tests.benchmarks.our_cog import written
from tests.benchmarks.population import Population
from tests.benchmarks.scripted_clock import ScriptedClock
from tests.integrations.gateway.fed_bot import FedBot, fed, payload

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.benchmarks.population import Person

PEOPLE = Population.of(12, guilds=1, idle_each=30, channels=3)
[PLAZA] = PEOPLE.guilds
SPEAKER, PLAYER, IDLER = PEOPLE.in_voice[0], PEOPLE.playing[0], PEOPLE.idle[0]
SALA, PATIO, AFK = PLAZA.channel_ids

EVENING = 1_200
"""Seconds that everybody has been there, where sessions have waited for their guild."""


@contextlib.contextmanager
def turn_of(seconds: float, pieces: int = 0) -> Iterator[None]:
    """Let a turn take so long, and so many pieces at least; a list is one piece a person."""
    with (
        mock.patch.object(turns, "_TURN", seconds),
        mock.patch.object(turns, "_AT_LEAST", pieces),
        mock.patch("integrations.gateway.arrivals._AT_ONCE", 1),
        mock.patch("integrations.gateway.placing._AT_ONCE", 1),
    ):
        yield


def arrives(bot: FedBot, *, without: frozenset[int] = frozenset(), **changes: object) -> None:
    """Have the guild come with everybody where they are at the start, or some nowhere."""
    bot.hears("GUILD_CREATE", {**PLAZA.create(without=without), **changes})


def goes_out(bot: FedBot) -> None:
    bot.hears("GUILD_DELETE", {"id": str(PLAZA.id), "unavailable": True})
    bot.clock.passes(60)


def is_reading(bot: FedBot) -> bool:
    return bot.cog._tracker.looks.is_at(PLAZA.id)  # noqa: SLF001 - nothing else tells


async def a_turn() -> None:
    """Let one turn pass: it comes by a timer and then a call."""
    for _round in range(2):
        await asyncio.sleep(0)


# What is heard

Event = tuple[str, dict[str, Any]]


def goes_to(person: Person, channel_id: int | None) -> Event:
    return "VOICE_STATE_UPDATE", payload(person.voice_update(channel_id))


def plays(person: Person, game: str | None) -> Event:
    return "PRESENCE_UPDATE", payload(person.presence_update(game))


def removed(person: Person) -> Event:
    return "GUILD_MEMBER_REMOVE", {"guild_id": str(PLAZA.id), "user": person.member["user"]}


def deleted(channel_id: int) -> Event:
    told = {"id": str(channel_id), "guild_id": str(PLAZA.id), "type": 2}
    return "CHANNEL_DELETE", told


def afk_moves(channel_id: int) -> Event:
    return "GUILD_UPDATE", payload(PLAZA.update(afk_channel_id=str(channel_id)))


# Sessions that wait for their guild

TOGETHER = [*PLAZA.create()["presences"], IDLER.presence(PLAYER.game)]


def later() -> ScriptedClock:
    clock = ScriptedClock()
    clock.passes(EVENING)
    return clock


async def play_together(folder: Path) -> None:
    """Leave everybody's sessions as the proposal's code would, with a party among them."""
    async with fed(folder, PEOPLE) as bot:
        bot.hears(*plays(IDLER, PLAYER.game))
        bot.clock.passes(EVENING)
        bot.clock.catches_up()
        await written(bot.cog)
        assert [each.kind for each in bot.cog.engine.sessions()].count("party") == 1
    leave_without_guild(folder)


def leave_without_guild(folder: Path) -> None:
    """Write the sessions of a folder as the proposal's code does, which knows no guilds."""
    with DataDir.open(folder) as data_dir:
        state = data_dir.restore().state
        for each in (*state.sessions, *state.guilds):
            each.guild_id = 0
        data_dir.live.replace(state)
        data_dir.live.flush_now()
