"""How long the loop is held by whoever looks at everybody: the inspector, metrics, commands.

A page of the inspector is asked for over HTTP, by a client in the same loop: its part is in it.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from unittest.mock import Mock
from zoneinfo import ZoneInfo

import aiohttp
import discord

from engine import ClockStepped
from integrations.charts import DARK, Look
from integrations.charts.orders import HeatMapOrder
from integrations.commands.drawing import drawn
from integrations.commands.pages import Shown
from integrations.commands.sessions_command import sessions_answer
from integrations.inspector import Inspector, address_named
from integrations.statistics.charted import HeatMap
from machines import SECOND

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from integrations.cog import SessionCog

    Watched = Callable[[str, Callable[[], Awaitable[object]]], Awaitable[None]]

__all__ = ["watch_views"]

_PIECE = 65_536
"""Bytes that the client takes at a time."""

_PATHS = {
    "the inspector's page opens": "api/state",
    "the inspector's list of everybody": "api/sessions",
    "the inspector's timeline": "api/timeline",
    "the last page of the inspector's timeline": "api/timeline?first={last}",
    "metrics": "metrics",
}


async def watch_views(cog: SessionCog, watched: Watched) -> None:
    """Let ``watched`` watch each of them, with the sessions of ``cog``."""
    async with (
        Inspector(address_named("127.0.0.1:0")) as inspector,
        aiohttp.ClientSession() as http,
    ):
        await _read(http, inspector.url + "metrics")  # what it imports the first time
        inspector.watch(cog)
        for case, path in _PATHS.items():
            url = inspector.url + path.format(last=max(0, cog.engine.counts().total() - 100))
            await watched(case, partial(_read, http, url))
        async with http.get(inspector.url + "api/events") as stream:
            await _heard(stream, b"event: reset")
            await watched("the inspector while a clock is set", partial(_step, cog, stream))
    await watched("the command for sessions", partial(_sessions, cog, _guild()))
    await watched("the charts of a command", _charts)


async def _read(http: aiohttp.ClientSession, url: str) -> None:
    async with http.get(url) as answer:
        assert answer.status == 200, await answer.text()
        async for _piece in answer.content.iter_chunked(_PIECE):
            pass


async def _step(cog: SessionCog, stream: aiohttp.ClientResponse) -> None:
    """Set the clock: everybody changes, and the page is told to ask for all of them anew."""
    cog._tracker.observe(ClockStepped(by=SECOND))  # noqa: SLF001 - as the tracker does
    await cog._tracker.finish()  # noqa: SLF001 - it says when all is done
    await _heard(stream, b"event: reset")


async def _heard(stream: aiohttp.ClientResponse, line: bytes) -> None:
    async for told in stream.content:
        if told.strip() == line:
            return


def _guild() -> Mock:
    """Return a guild in which nobody is cached: to make it takes as long as the command does."""
    guild = Mock(spec=discord.Guild)
    guild.name = "everybody's"
    guild.get_member.return_value = guild.get_channel.return_value = None
    return guild


async def _sessions(cog: SessionCog, guild: discord.Guild) -> None:
    shown = Shown("sessions", "all", "voice", "en", 0)
    answer = await sessions_answer(cog.engine.sessions, cog.now(), guild, (), shown)
    assert answer.embeds


async def _charts() -> None:
    hours = HeatMap([[60.0 * hour for hour in range(24)] for _day in range(7)])
    look = Look(DARK, "en", ZoneInfo("UTC"))
    assert await drawn([HeatMapOrder(hours)], look, "en")
