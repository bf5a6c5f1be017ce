"""How long our part of a GUILD_CREATE holds the loop: what discord.py does with it is left out.

A guild that is met, and the same guild after a gap, with events about people right behind it: in
voice, in a game, of somebody whom discord.py has not cached, and a channel that is deleted with
whoever is in it. Everybody is online, so that there are as many presences as members.

And how long it takes hold of the loop to write down, as every half minute, until when each of very
many guilds has been watched.
"""

from __future__ import annotations

import asyncio
import gc
import time
from typing import TYPE_CHECKING, Any
from unittest import mock

import discord

from engine import Watched, WatchLost
from integrations.gateway.guild_intake import GuildIntake
from integrations.gateway.intake import Intake
from integrations.turns import in_turns
from machines import VoiceSession
from persistence import DataDir
from tests.benchmarks.connected_bot import ConnectedBot, LoggedInBot, connected
from tests.benchmarks.figures import HELD_UP, LATIDO, Figure, Section
from tests.benchmarks.loop_holds import LEFT_OUT, watched_loop
from tests.benchmarks.our_cog import our_cog, without_ledger, written
from tests.benchmarks.population import Guild, Population, frame
from tests.benchmarks.promises import HEARTBEAT
from tests.benchmarks.restoring import state_of
from tests.benchmarks.rounds import spread_of

if TYPE_CHECKING:
    from pathlib import Path

    from integrations.cog import SessionCog
    from tests.benchmarks.loop_holds import LoopHolds

__all__ = ["measure"]

_SIZES = (1_000, 50_000)
_ROUNDS = 2
_MILLI = 1_000
_WATCHED, _AT_ONCE = 20_000, 250
"""Guilds of which is written down how far they are watched, and how many of them are in a turn."""
_WRITTEN = "how far all guilds have been watched is written down"
_MET, _AGAIN = "our part of GUILD_CREATE", "our part of GUILD_CREATE after a gap"
_WAITED = "our part of GUILD_CREATE that sessions of the proposal's file have waited for"


async def measure(folder: Path) -> Section:
    """Measure guilds of a few members and of many, a tenth of whom have a session."""
    section = Section()
    for size in _SIZES:
        population = Population.of(size // 10, guilds=1, idle_each=size - size // 10)
        seen: dict[str, list[float]] = {_MET: [], _AGAIN: []}
        for number in range(_ROUNDS):
            await _round(population, folder / f"guild{size}-{number}", seen)
        seen[_WAITED] = [await _waited_for(population, folder / f"waited{size}")]
        for case, longest in seen.items():
            section.figures.append(Figure.held(f"longest hold of the loop: {case}", size, longest))
    beats = await _beats(folder / "beats")
    longest = [each.longest for each in beats]
    late = spread_of([each.held_up for each in beats])
    section.figures += [
        Figure.held(f"longest hold of the loop: {_WRITTEN}", _WATCHED, longest),
        Figure.of(f"latest heartbeat: {_WRITTEN}", _WATCHED, LATIDO, late, HELD_UP, HEARTBEAT),
    ]
    return section


async def _round(population: Population, folder: Path, seen: dict[str, list[float]]) -> None:
    guild, mover = population.guilds[0], population.in_voice[0]
    create, gone = _with_everybody_online(guild), guild.channel_ids[0]
    behind = [
        mover.voice_update(guild.channel_ids[1]),
        population.playing[-1].presence_update("Juego 9"),
        population.idle[-1].presence_update("Juego 10"),
        frame("CHANNEL_DELETE", {"id": str(gone), "guild_id": str(guild.id), "type": 2}),
    ]
    calls = _Calls()
    with (
        mock.patch.multiple(
            Intake,
            voice_state=calls.timed(Intake.voice_state),
            presence=calls.timed(Intake.presence),
        ),
        mock.patch.multiple(
            GuildIntake,
            create=calls.timed(GuildIntake.create),
            channel_delete=calls.timed(GuildIntake.channel_delete),
        ),
    ):
        bot = ConnectedBot()
        cog = our_cog(bot, folder)
        async with connected(Population(()), cog, bot=bot):
            seen[_MET].append(await _longest(bot, cog, calls, [create]))
            lost = WatchLost(guild_ids=(guild.id,), since=cog.now())
            cog._tracker.observe(lost)  # noqa: SLF001 - as Connections does
            await written(cog)
            with _not_cached(population.idle[-1].id):
                seen[_AGAIN].append(await _longest(bot, cog, calls, [create, *behind]))
            session = cog.engine.voice_of(guild.id, mover.id)
            assert session is not None
            assert session.channel_id == guild.channel_ids[1]  # what came later has won
            in_voice = [each for each in cog.engine.sessions() if isinstance(each, VoiceSession)]
            assert all(each.channel_id != gone for each in in_voice)


async def _beats(folder: Path) -> list[LoopHolds]:
    """Watch guilds on and on; discord.py has none of them, for it is not asked for any."""
    guild_ids, seen = range(1, _WATCHED + 1), []
    cog = our_cog(bot := LoggedInBot(), folder)
    async with connected(Population(()), cog, bot=bot):
        for _number in range(_ROUNDS):
            with watched_loop() as holds:
                async for first in in_turns(range(0, _WATCHED, _AT_ONCE)):
                    some = tuple(guild_ids[first : first + _AT_ONCE])
                    watched = Watched(guild_ids=some, until=cog.now())
                    cog._tracker.observe(watched)  # noqa: SLF001 - as Connections does
                await written(cog)
            seen.append(holds)
    with DataDir.open(folder) as data_dir:
        assert len(data_dir.live.load().state.guilds) == _WATCHED
    return seen


async def _waited_for(population: Population, folder: Path) -> float:
    """Meet a guild to which sessions belong that do not say so."""
    state = state_of(population)
    for session in state.sessions:
        session.guild_id = 0
    with DataDir.open(folder) as data_dir:
        data_dir.live.replace(state)
        data_dir.live.flush_now()
    create = _with_everybody_online(population.guilds[0])
    calls = _Calls()
    with mock.patch.object(GuildIntake, "create", calls.timed(GuildIntake.create)):
        bot = LoggedInBot()
        cog = our_cog(bot, folder)
        async with connected(population, cog, bot=bot):
            assert len(cog._placing.waiting) == len(population.people)  # noqa: SLF001 - who waits
            with without_ledger():  # its rows are a thread's, and take most of the time
                longest = await _longest(bot, cog, calls, [create])
            assert not cog._placing.waiting  # noqa: SLF001 - as above
            assert cog.engine.registry.count >= len(population.people)
    return longest


def _with_everybody_online(guild: Guild) -> str:
    create = guild.create()
    online = [person.presence(None) for person in (*guild.people, *guild.idle) if not person.game]
    return frame("GUILD_CREATE", {**create, "presences": [*create["presences"], *online]})


def _not_cached(user_id: int) -> Any:  # noqa: ANN401 - a patch
    """Have discord.py know a person no more."""
    find = discord.Guild.get_member

    def get_member(guild: discord.Guild, of: int, /) -> discord.Member | None:
        return None if of == user_id else find(guild, of)

    return mock.patch.object(discord.Guild, "get_member", get_member)


async def _longest(bot: ConnectedBot, cog: SessionCog, calls: _Calls, texts: list[str]) -> float:
    """Return the longest hold of ours, in the call itself or in what follows from it."""

    async def read() -> None:
        await bot.reads(texts)

    calls.longest = 0.0
    with watched_loop() as holds:
        await asyncio.create_task(read(), name=LEFT_OUT)
        await written(cog)
    return max(calls.longest, holds.longest)


class _Calls:
    """Times calls that are made within discord.py's.

    Attributes:
        longest: the longest so far, in milliseconds of processor.
    """

    def __init__(self) -> None:
        self.longest = 0.0

    def timed(self, call: Any) -> Any:  # noqa: ANN401 - a method of any kind
        """Return what does the same, timed."""

        def timed(*arguments: Any) -> None:  # noqa: ANN401
            gc.collect()
            gc.freeze()  # what discord.py has just made is not ours, nor are the people measured
            began = time.thread_time()
            call(*arguments)
            self.longest = max(self.longest, (time.thread_time() - began) * _MILLI)

        return timed
