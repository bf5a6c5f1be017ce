"""A bot is closed, in each of the ways in which one is: all is heard and watched until then."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest

from engine import Settings
from integrations.loopback.pointing import pointed_at
from machines import from_datetime
from persistence import read_live
from tests.end_to_end.scene import Carrier, Scene, ShardedCarrier

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

LONG = 600.0
"""Seconds between two heartbeats: none but the last comes about in a test."""


class Runs:
    """A bot that runs as ``bot.run`` runs it, up to the end of its ``async with``."""

    def __init__(self, scene: Scene, bot: Carrier) -> None:
        self.bot = bot
        self._token = scene.discord.token
        self.task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        async with self.bot:
            await self.bot.start(self._token)


@contextlib.asynccontextmanager
async def pino_in_voice(scene: Scene, make: type[Carrier]) -> AsyncIterator[Runs]:
    """Yield a bot that runs, once it has written down that Pino is in voice."""
    settings = Settings(**{**scene.settings, "heartbeat_every": LONG})
    with pointed_at(scene.discord.api_url):
        runs = Runs(scene, make(settings, scene.data_dir))
        await scene.until(runs.bot.is_ready)
        scene.pino.joins(scene.general)
        await scene.kept()
        yield runs


async def interrupted(runs: Runs) -> None:
    """``Ctrl-C``: asyncio cancels what runs."""
    runs.task.cancel()
    await asyncio.gather(runs.task, return_exceptions=True)


async def closed(runs: Runs) -> None:
    await runs.bot.close()
    await asyncio.gather(runs.task, return_exceptions=True)


async def without_its_cog(runs: Runs) -> None:
    await runs.bot.remove_cog(runs.bot.cog.qualified_name)
    assert not runs.task.done()
    await closed(runs)


WAYS = pytest.mark.parametrize("end", [interrupted, closed, without_its_cog])
BOTS = pytest.mark.parametrize("make", [Carrier, ShardedCarrier])


@WAYS
@BOTS
async def test_a_bot_has_watched_until_it_was_closed(
    scene: Scene, make: type[Carrier], end: Callable[[Runs], Awaitable[None]]
) -> None:
    async with pino_in_voice(scene, make) as runs:
        closed_at = from_datetime(scene.now())
        await end(runs)
    (watch,) = read_live(scene.data_dir).state.guilds
    assert watch.observed_until is not None
    assert watch.observed_until >= closed_at


@WAYS
@BOTS
async def test_who_leaves_while_a_bot_is_being_closed_is_heard(
    scene: Scene, make: type[Carrier], end: Callable[[Runs], Awaitable[None]]
) -> None:
    async with pino_in_voice(scene, make) as runs:
        ending = asyncio.ensure_future(end(runs))
        scene.pino.leaves()
        await ending
    (record,) = scene.records()
    assert (record.state, record.reason, record.uncertain_seconds) == ("ended", "left", 0)
