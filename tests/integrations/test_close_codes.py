"""Why a connection was closed is known, even where the other side is gone at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
import discord
import pytest
from aiohttp import web

from integrations.gateway.internals import keep_close_codes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def rude_server() -> AsyncIterator[int]:
    """A gateway that sends a close frame and hangs up before it is answered; its port."""

    async def hang_up(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(timeout=0)
        await socket.prepare(request)
        await socket.close(code=4014)
        assert request.transport is None or request.transport.is_closing()
        return socket

    application = web.Application()
    application.add_routes([web.get("/", hang_up)])
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield int(runner.addresses[0][1])
    await runner.cleanup()


async def _hung_up(socket: aiohttp.ClientWebSocketResponse) -> None:
    """Wait until it is known on this side that the other has hung up."""
    while not socket._writer.transport.is_closing():  # noqa: ASYNC110, SLF001 - no public name
        await asyncio.sleep(0.001)


async def close_code(kind: type[aiohttp.ClientWebSocketResponse], port: int) -> int | None:
    async with (
        aiohttp.ClientSession(ws_response_class=kind) as http,
        http.ws_connect(f"http://127.0.0.1:{port}/") as socket,
    ):
        await _hung_up(socket)
        message = await socket.receive()
        assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, 4014)
        return socket.close_code


async def test_discord_pys_own_websocket_takes_the_code_for_1006(rude_server: int) -> None:
    """Should this fail, ``keep_close_codes`` is not needed any more."""
    assert await close_code(discord.gateway.DiscordClientWebSocketResponse, rude_server) == 1006


async def test_the_code_that_was_sent_is_kept(
    rude_server: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "DiscordClientWebSocketResponse"
    monkeypatch.setattr(discord.http, name, getattr(discord.http, name))
    keep_close_codes()
    assert await close_code(getattr(discord.http, name), rude_server) == 4014
