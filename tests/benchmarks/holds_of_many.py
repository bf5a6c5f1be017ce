"""How long the loop is held where one event of the gateway concerns very many at once.

A connection with as many guilds as Discord gives one is cut, goes on, and begins anew; a channel
with thousands in it is the AFK channel, and is none any more, with their graces still running; a
role is deleted for which a thousand did not count, all of whom are in voice or play. Of READY our
part alone is counted; of the others what discord.py does with them as well, for it is little.
"""

from __future__ import annotations

import asyncio
import gc
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from integrations.cog import SessionCog
from tests.benchmarks.connected_bot import ConnectedBot, connected
from tests.benchmarks.figures import Figure, Section
from tests.benchmarks.loop_holds import watched_loop
from tests.benchmarks.our_cog import SETTINGS, our_cog, over_a_standstill, without_ledger, written
from tests.benchmarks.population import Population, frame

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from tests.benchmarks.loop_holds import LoopHolds
    from tests.benchmarks.population import Guild

__all__ = ["measure"]

_GUILDS = 2_500
"""As many as Discord has on one connection (its documentation of sharding)."""

_IN_CHANNEL = 5_000
_MEMBERS, _BUSY, _HAVE_ROLE = 20_000, 2_000, 1_000
_ROUNDS = 2
_ROLE = 77

_CUT = "a connection with all its guilds is cut"

_Seen = dict[str, list["LoopHolds"]]


async def measure(folder: Path) -> Section:
    """Measure what befalls a connection, a channel, and a role."""
    section = Section()
    seen: _Seen = {}
    for number in range(_ROUNDS):
        await _connection(folder / f"connection{number}", seen)
    section.figures += _figures(seen, _GUILDS)
    seen = {}
    for number in range(_ROUNDS):
        await _channel(folder / f"channel{number}", seen)
    section.figures += _figures(seen, _IN_CHANNEL)
    seen = {}
    for number in range(_ROUNDS):
        await _role(folder / f"role{number}", seen)
    section.figures += _figures(seen, _MEMBERS)
    return section


def _figures(seen: _Seen, size: int) -> list[Figure]:
    return [
        Figure.of_holds(f"longest hold of the loop: {case}", size, each)
        for case, each in seen.items()
    ]


async def _connection(folder: Path, seen: _Seen) -> None:
    population = Population.of(2 * _GUILDS, guilds=_GUILDS, idle_each=0, channels=2)
    named = [{"id": str(guild.id)} for guild in population.guilds]
    bot = ConnectedBot()
    cog = our_cog(bot, folder)

    async def is_cut() -> None:
        bot.dispatch("disconnect")
        await asyncio.sleep(0)

    async def begins_anew() -> None:
        cog._intake.ready({"guilds": named, "shard": [0, 1]})  # noqa: SLF001 - our part alone

    async with connected(population, cog, bot=bot):
        for case, work in (
            (_CUT, is_cut),
            ("it goes on", lambda: bot.hears([frame("RESUMED", {})])),
            (_CUT, is_cut),
            ("it begins anew", begins_anew),
        ):
            await _watched(cog, seen, case, work)


async def _channel(folder: Path, seen: _Seen) -> None:
    population = Population.of(_IN_CHANNEL * 10 // 7, guilds=1, idle_each=0)
    [guild] = population.guilds
    here = guild.channel_ids[0]
    bot = ConnectedBot()
    cog = our_cog(bot, folder)
    async with connected(population, cog, bot=bot):
        with without_ledger():
            elsewhere = [each for each in population.in_voice if each.channel_id != here]
            await bot.hears([each.voice_update(here) for each in elsewhere])
            for case, text in {
                "a channel with all in voice is the AFK channel": _afk_is(guild, here),
                "it is none any more": _afk_is(guild, None),
                "it is once more": _afk_is(guild, here),
                "it is none once more": _afk_is(guild, None),
            }.items():
                await _watched(cog, seen, case, partial(bot.hears, [text]))


async def _role(folder: Path, seen: _Seen) -> None:
    population = Population.of(_BUSY, guilds=1, idle_each=_MEMBERS - _BUSY)
    [guild] = population.guilds
    guild_id, role_id = str(guild.id), str(guild.id + _ROLE)
    settings = msgspec.structs.replace(SETTINGS, ignored_roles=frozenset({int(role_id)}))
    bot = ConnectedBot()
    cog = SessionCog(bot, settings, data_dir=folder)
    async with connected(population, cog, bot=bot):
        await bot.hears([frame("GUILD_ROLE_CREATE", _new_role(guild, role_id))])
        for person in guild.people[:_HAVE_ROLE]:
            given = {**person.member, "roles": [role_id], "guild_id": guild_id}
            await bot.hears([frame("GUILD_MEMBER_UPDATE", given)])
        gone = frame("GUILD_ROLE_DELETE", {"guild_id": guild_id, "role_id": role_id})
        case = f"a role is deleted for which {_HAVE_ROLE:,} did not count"
        await _watched(cog, seen, case, partial(bot.hears, [gone]))


def _afk_is(guild: Guild, channel_id: int | None) -> str:
    return guild.update(afk_channel_id=None if channel_id is None else str(channel_id))


def _new_role(guild: Guild, role_id: str) -> dict[str, object]:
    plain = dict.fromkeys(("color", "flags", "position"), 0)
    no = dict.fromkeys(("hoist", "managed", "mentionable"), False)
    role = {"id": role_id, "name": "Callados", "permissions": "0", **plain, **no}
    return {"guild_id": str(guild.id), "role": role}


async def _watched(
    cog: SessionCog, seen: _Seen, case: str, work: Callable[[], Awaitable[object]]
) -> None:
    async def done() -> None:
        await work()

    await written(cog)
    await over_a_standstill(cog)
    gc.collect()
    gc.freeze()
    with watched_loop(beats=False) as holds:
        await asyncio.create_task(done())
        await written(cog)
    gc.unfreeze()
    seen.setdefault(case, []).append(holds)
