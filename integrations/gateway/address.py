"""Where Discord is: the API's base, the gateway's address, and how many shards it asks for.

discord.py keeps both addresses for the whole process (``Route.BASE``,
``DiscordWebSocket.DEFAULT_GATEWAY``), a bot without shards never asks Get Gateway Bot, and a
new session falls back to the default. So both are set once, before the login, and only by
``latido run`` and the demo.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import aiohttp
import msgspec
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from integrations.errors import LatidoError

if TYPE_CHECKING:
    from integrations.launch import Launch

__all__ = ["Address", "AddressError", "find_address", "point_at"]

_PATIENCE = aiohttp.ClientTimeout(total=15)


class AddressError(LatidoError):
    """What answers at DISCORD_API_URL is not Discord's API."""


class _GatewayBot(msgspec.Struct):
    url: str
    shards: int = 1


@dataclass(frozen=True)
class Address:
    """Where the API and the gateway are, and the recommended number of shards."""

    api_url: str
    gateway: str
    shards: int


async def find_address(launch: Launch) -> Address:
    """Ask Get Gateway Bot (Discord's documentation, "Gateway").

    Raises:
        aiohttp.ClientError: Discord cannot be reached, or refuses (its ``status`` says how).
        AddressError: the answer is not Discord's.
    """
    api_url = launch.api_url or Route.BASE
    headers = {"Authorization": f"Bot {launch.token}"}
    async with (
        aiohttp.ClientSession(timeout=_PATIENCE) as session,
        session.get(f"{api_url}/gateway/bot", headers=headers) as response,
    ):
        body = await response.read()
        response.raise_for_status()
    try:
        answer = msgspec.json.decode(body, type=_GatewayBot)
    except msgspec.DecodeError as error:
        raise AddressError(
            f"{api_url}/gateway/bot does not answer as Discord does ({error}): "
            "set DISCORD_API_URL to the API's base, or unset it."
        ) from error
    return Address(api_url, answer.url, max(1, answer.shards))


def point_at(address: Address) -> None:
    """Have discord.py use this address, in the whole process."""
    Route.BASE = address.api_url
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(address.gateway)
