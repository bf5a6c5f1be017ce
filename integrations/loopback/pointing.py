"""Pointing discord.py at another Discord for a while."""

from collections.abc import Iterator
from contextlib import contextmanager

import discord.gateway
import discord.http
import yarl


@contextmanager
def pointed_at(api_url: str) -> Iterator[None]:
    """Let every discord.py client of this process use ``api_url`` and its gateway.

    The API's base and the gateway are process-global in discord.py 2.7
    (``discord.http.Route.BASE``, ``discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY``), and a
    plain Client never asks for the gateway's address. Both are put back at the end.

    Args:
        api_url: ``LoopbackDiscord.api_url``; its gateway is at the root of the same host.
    """
    socket = discord.gateway.DiscordWebSocket
    base, gateway = discord.http.Route.BASE, socket.DEFAULT_GATEWAY
    discord.http.Route.BASE = api_url
    socket.DEFAULT_GATEWAY = yarl.URL(api_url).origin().with_scheme("ws")
    try:
        yield
    finally:
        discord.http.Route.BASE = base
        socket.DEFAULT_GATEWAY = gateway
