"""discord.py is pointed at the stand-in for a while only."""

import contextlib

import discord.gateway
import discord.http

from integrations.loopback.pointing import pointed_at


def _addresses() -> tuple[str, str]:
    return discord.http.Route.BASE, str(discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY)


def test_both_addresses_are_set_and_put_back() -> None:
    before = _addresses()
    with pointed_at("http://127.0.0.1:9/api/v10"):
        assert _addresses() == ("http://127.0.0.1:9/api/v10", "ws://127.0.0.1:9")
    assert _addresses() == before


def test_they_are_put_back_after_an_error() -> None:
    before = _addresses()
    with contextlib.suppress(LookupError), pointed_at("http://127.0.0.1:9/api/v10"):
        raise LookupError
    assert _addresses() == before
