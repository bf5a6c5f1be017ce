"""``latido run --inspector``: the page of a real bot, in a process of its own."""

from __future__ import annotations

import asyncio
import re
import signal
from typing import TYPE_CHECKING

import aiohttp
import pytest

from integrations.loopback.server import PATIENCE

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Run
    from tests.end_to_end.program import Program
    from tests.end_to_end.scene import Scene

TOKEN = "a-token-of-some-length"
LOCAL = ("run", "--inspector", "127.0.0.1:0")


async def url_of(program: Program) -> str:
    await program.says("Inspector")
    [url] = re.findall(r"http://\S+/", program.said)
    return str(url)


async def test_it_shows_what_the_bot_sees_and_ends_with_it(scene: Scene, program: Run) -> None:
    async with program(*LOCAL) as bot, aiohttp.ClientSession() as http:
        url = await url_of(bot)
        await bot.watches()
        scene.pino.joins(scene.general)
        found: list[dict[str, str]] = []

        async def is_confirmed() -> bool:
            async with http.get(url + "api/state") as answer:
                found[:] = (await answer.json())["feed"]
            return any(one["after"] == "confirmed" for one in found)

        async with asyncio.timeout(PATIENCE):
            while not await is_confirmed():
                pass
        assert {one["who"] for one in found} == {"Pino"}
        async with http.get(url + "metrics") as answer:
            text = await answer.text()
        assert 'latido_sessions{kind="voice",state="confirmed"} 1.0' in text
        assert "latido_connected 1.0" in text
        async with http.get(url + "api/events", timeout=aiohttp.ClientTimeout(PATIENCE)) as page:
            assert await page.content.readline()
            assert await bot.stops(signal.SIGTERM) == 0
            async for _ in page.content:
                pass


async def test_where_others_can_reach_it_it_wants_a_token(program: Run) -> None:
    async with program("run", "--inspector", "0.0.0.0:0") as bot:
        assert await bot.status() == 2
        assert "--inspector-token" in bot.said


async def test_where_it_listens_on_all_addresses_one_that_can_be_opened_is_named(
    program: Run,
) -> None:
    everywhere = ("run", "--inspector", "0.0.0.0:0", "--inspector-token", TOKEN)
    async with program(*everywhere) as bot, aiohttp.ClientSession() as http:
        url = await url_of(bot)
        assert url.startswith("http://127.0.0.1:")
        assert "desde otras máquinas, con el nombre o la dirección de esta" in bot.said
        async with http.get(url) as answer:
            assert answer.status == 401
        await bot.stops(signal.SIGTERM)


async def test_the_token_from_the_environment_is_asked_for_and_never_said(program: Run) -> None:
    async with (
        program(*LOCAL, LATIDO_INSPECTOR_TOKEN=TOKEN) as bot,
        aiohttp.ClientSession() as http,
    ):
        url = await url_of(bot)
        async with http.get(url + "api/state") as answer:
            assert answer.status == 401
        known = {"Authorization": f"Bearer {TOKEN}"}
        async with http.get(url + "api/state", headers=known) as answer:
            assert answer.status == 200
        await bot.watches()
        assert await bot.stops(signal.SIGINT) == 0
        assert TOKEN not in bot.said


@pytest.mark.parametrize("address", ["nowhere", "127.0.0.1:99999"])
async def test_an_impossible_address_is_one_sentence(program: Run, address: str) -> None:
    async with program("run", LATIDO_INSPECTOR=address) as bot:
        assert await bot.status() == 2
        assert "127.0.0.1:8765" in bot.said
        assert len(bot.said.splitlines()) == 1
