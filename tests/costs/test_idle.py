"""With no session nothing of ours wakes up, however long it takes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

import pytest

from engine import Settings
from integrations.cog import SessionCog
from tests.benchmarks.connected_bot import ConnectedBot, connected
from tests.benchmarks.our_cog import written
from tests.benchmarks.population import Population
from tests.costs.counted_loop import CountedLoop, run_counted

if TYPE_CHECKING:
    from pathlib import Path

HOUR = 3600.0


def cog_of(bot: ConnectedBot, folder: Path, *, keep_days: int | None = None) -> SessionCog:
    settings = Settings(deep_check_budget=0, channel_info=False, audit_every=0, keep_days=keep_days)
    return SessionCog(bot, settings, data_dir=folder)


async def hour_of_wakes() -> int:
    """Let an hour pass; return how often the loop woke up, this hour's own end left out."""
    loop = cast("CountedLoop", asyncio.get_running_loop())
    before = loop.wakes
    await asyncio.sleep(HOUR)
    return loop.wakes - before - 1


def files_of(folder: Path) -> dict[str, int]:
    return {file.name: file.stat().st_mtime_ns for file in folder.iterdir()}


@pytest.mark.parametrize("keep_days", [None, 30])
def test_an_hour_with_no_session_wakes_nothing_and_writes_nothing(
    tmp_path: Path, keep_days: int | None
) -> None:
    async def evening() -> None:
        bot = ConnectedBot(raw_presences=True)
        cog = cog_of(bot, tmp_path, keep_days=keep_days)
        async with connected(Population.of(0, 1), cog, bot=bot):
            await asyncio.sleep(HOUR)  # whatever starting has left to do
            await written(cog)  # what a thread writes takes time of another clock
            before = files_of(tmp_path)
            assert await hour_of_wakes() == 0
            assert files_of(tmp_path) == before

    run_counted(evening())


def test_once_the_last_session_is_over_nothing_wakes_any_more(tmp_path: Path) -> None:
    async def evening() -> None:
        population = Population.of(0, 1)
        bot = ConnectedBot(raw_presences=True)
        cog = cog_of(bot, tmp_path)
        async with connected(population, cog, bot=bot):
            [guild] = population.guilds
            texts = [person.voice_update(guild.channel_ids[0]) for person in guild.idle]
            await bot.hears(texts)
            assert len(list(cog.engine.sessions())) == len(guild.idle)
            await bot.hears([person.voice_update(None) for person in guild.idle])
            assert not cog.engine.registry.count
            await asyncio.sleep(HOUR)
            assert await hour_of_wakes() == 0

    run_counted(evening())


def test_while_there_is_a_session_the_loop_does_wake(tmp_path: Path) -> None:
    """The count above means something: with a session there is a heartbeat to keep."""

    async def evening() -> None:
        population = Population.of(0, 1)
        bot = ConnectedBot(raw_presences=True)
        cog = cog_of(bot, tmp_path)
        async with connected(population, cog, bot=bot):
            [guild] = population.guilds
            await bot.hears([guild.idle[0].voice_update(guild.channel_ids[0])])
            loop = cast("CountedLoop", asyncio.get_running_loop())
            before = loop.wakes
            await asyncio.sleep(60)
            assert loop.wakes - before > 1

    run_counted(evening())
