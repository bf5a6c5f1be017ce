"""Where Discord is: what Get Gateway Bot answers, and what is no answer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import discord
import pytest
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from engine import Settings
from integrations.bot import make_bot
from integrations.gateway.address import Address, AddressError, find_address, point_at
from integrations.launch import Launch
from integrations.loopback import LoopbackDiscord

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def stand_in() -> AsyncIterator[LoopbackDiscord]:
    async with LoopbackDiscord() as made:
        yield made


def launch(stand_in: LoopbackDiscord, token: str | None = None) -> Launch:
    return Launch(token or stand_in.token, Path("data"), stand_in.api_url)


async def test_it_is_what_get_gateway_bot_says(stand_in: LoopbackDiscord) -> None:
    stand_in.rest.shards = 3
    found = await find_address(launch(stand_in))
    assert found == Address(stand_in.api_url, stand_in.gateway_url, 3)


async def test_a_refused_token_says_so(stand_in: LoopbackDiscord) -> None:
    with pytest.raises(aiohttp.ClientResponseError) as caught:
        await find_address(launch(stand_in, "another"))
    assert caught.value.status == 401


async def test_a_page_is_not_discord(stand_in: LoopbackDiscord) -> None:
    stand_in.faults.rest_is_a_proxy_page("GET /gateway/bot", status=200)
    with pytest.raises(AddressError, match="DISCORD_API_URL"):
        await find_address(launch(stand_in))


async def test_nobody_there_is_a_client_error(stand_in: LoopbackDiscord) -> None:
    there = launch(stand_in)
    await stand_in.stop()
    with pytest.raises(aiohttp.ClientError):
        await find_address(there)


def test_discord_py_is_pointed_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Route, "BASE", Route.BASE)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", DiscordWebSocket.DEFAULT_GATEWAY)
    point_at(Address("http://127.0.0.1:1/api/v10", "ws://127.0.0.1:1", 1))
    assert Route("GET", "/users/@me").url == "http://127.0.0.1:1/api/v10/users/@me"
    assert yarl.URL("ws://127.0.0.1:1") == DiscordWebSocket.DEFAULT_GATEWAY


@pytest.mark.parametrize(("shards", "sharded"), [(1, False), (2, True)])
def test_the_bot_is_sharded_where_discord_asks(shards: int, sharded: bool) -> None:
    bot = make_bot(Settings(), Address("http://127.0.0.1:1/api/v10", "ws://127.0.0.1:1", shards))
    assert isinstance(bot, discord.AutoShardedClient) == sharded


def test_the_bot_asks_for_the_intents_of_the_settings() -> None:
    address = Address("http://127.0.0.1:1/api/v10", "ws://127.0.0.1:1", 1)
    everything = make_bot(Settings(), address).intents
    assert (everything.presences, everything.members) == (True, True)
    little = make_bot(Settings(presences=False, members=False), address).intents
    assert (little.presences, little.members) == (False, False)
    assert little.guilds
    assert little.voice_states
