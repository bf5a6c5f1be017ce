"""The parts of discord.py that have no public face, in one place.

Read from discord.py 2.7's source: ``ConnectionState.parsers`` maps an event's name to the
function that takes its payload, and is looked up for every frame, so an entry can be wrapped
while connected; a parser that raises ends ``Client.connect``. ``KeepAliveHandler._last_recv``
is the ``time.perf_counter()`` of the last frame of any kind, on Linux CLOCK_MONOTONIC.

Everything here is checked at start; where discord.py has changed, the bot works without.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from functools import partial
from typing import TYPE_CHECKING, Any

import aiohttp
import discord
import msgspec
from discord.gateway import DiscordClientWebSocketResponse

from integrations.gateway.guild_payload import decode_guild, decode_voice

if TYPE_CHECKING:
    from collections.abc import Callable

    from integrations.clocks import Clocks
    from machines import Instant

__all__ = [
    "GUILD_EVENT",
    "VOICE_EVENT",
    "LastFrames",
    "has_raw_presences",
    "keep_close_codes",
    "tap",
]

GUILD_EVENT = "latido_guild_create"
"""The event under which the bot's listeners receive a :class:`GuildPayload`."""

VOICE_EVENT = "latido_voice_state"
"""The event under which the bot's listeners receive a :class:`VoiceUpdate`."""

_POLL = 0.02
"""Seconds between two looks at whether a frame has come."""

_log = logging.getLogger("latido.integrations")


def has_raw_presences(bot: discord.Client) -> bool:
    """Return whether ``on_raw_presence_update`` will fire (``enable_raw_presences=True``)."""
    return bool(getattr(bot._connection, "raw_presence_flag", False))  # noqa: SLF001


def tap(bot: discord.Client) -> Callable[[], None] | None:
    """Dispatch each GUILD_CREATE and VOICE_STATE_UPDATE as it came, as events of the bot.

    They come in order with all other events. discord.py's own ``voice_state_update`` hands
    every listener the same ``VoiceState``, which the next event of that person changes before
    the listeners of this one run (``Guild._update_voice_state``); the payload does not change.

    Returns:
        A function that undoes it; None where discord.py has nothing to hold on to.
    """
    parsers: Any = getattr(bot._connection, "parsers", None)  # noqa: SLF001
    wanted: dict[str, Callable[[Any], Callable[[], None] | None]] = {
        "GUILD_CREATE": lambda data: _guild_news(bot, data),
        "VOICE_STATE_UPDATE": lambda data: _voice_news(bot, data),
    }
    if not isinstance(parsers, dict) or not all(callable(parsers.get(name)) for name in wanted):
        return None
    undo = [_wrap(parsers, name, news_of) for name, news_of in wanted.items()]

    def untap() -> None:
        for undo_one in undo:
            undo_one()

    return untap


def _wrap(
    parsers: dict[str, Callable[[Any], None]],
    name: str,
    news_of: Callable[[Any], Callable[[], None] | None],
) -> Callable[[], None]:
    original = parsers[name]

    def parse(data: Any) -> None:  # noqa: ANN401 - discord.py hands over plain JSON
        tell = _caught(name, news_of, data)
        original(data)
        if tell is not None:
            tell()

    def unwrap() -> None:
        if parsers.get(name) is parse:
            parsers[name] = original

    parsers[name] = parse
    return unwrap


def _caught(
    name: str,
    news_of: Callable[[Any], Callable[[], None] | None],
    data: Any,  # noqa: ANN401 - discord.py hands over plain JSON
) -> Callable[[], None] | None:
    try:
        return news_of(data)
    except msgspec.ValidationError as error:
        _log.warning("%s is not as Discord documents it: %s", name, error)
        return None


def _guild_news(
    bot: discord.Client,
    data: Any,  # noqa: ANN401 - discord.py hands over plain JSON
) -> Callable[[], None] | None:
    payload = decode_guild(data)
    if payload.unavailable is True:
        return None
    return partial(bot.dispatch, GUILD_EVENT, payload)


def _voice_news(
    bot: discord.Client,
    data: Any,  # noqa: ANN401 - discord.py hands over plain JSON
) -> Callable[[], None] | None:
    update = decode_voice(data)
    guild = None if update.guild_id is None else bot.get_guild(update.guild_id)
    member = None if guild is None else guild.get_member(update.user_id)
    if member is not None and member.voice is not None and member.voice.channel is not None:
        update.was_in = member.voice.channel.id
    return partial(bot.dispatch, VOICE_EVENT, update)


class _Remembering(DiscordClientWebSocketResponse):
    """A websocket that keeps the close code it was sent.

    aiohttp answers a close frame, and where the other side is gone by then it puts 1006 in
    place of the code (``ClientWebSocketResponse.close``). discord.py then resumes for ever
    where the token or the intents were refused.
    """

    _received_code: int | None = None

    async def receive(self, timeout: float | None = None) -> Any:  # noqa: ANN401, ASYNC109 - as there
        message = await super().receive(timeout)
        if message.type is aiohttp.WSMsgType.CLOSE:
            self._received_code = message.data
        return message

    @property
    def close_code(self) -> int | None:
        """The code that was sent, else what aiohttp makes of the end."""
        return self._received_code or super().close_code


def keep_close_codes() -> None:
    """Have discord.py see why a connection was closed, in the whole process."""
    discord.http.DiscordClientWebSocketResponse = _Remembering  # type: ignore[attr-defined]


class LastFrames:
    """When the last frame of each shard's connection was received.

    The keep-alive handler of a connection is dropped by discord.py before ``on_disconnect``;
    it is remembered here as long as its connection is the latest.
    """

    def __init__(self, bot: discord.Client, clocks: Clocks) -> None:
        """Ask the connections of ``bot``; ``clocks`` say when that was."""
        self._bot = bot
        self._clocks = clocks
        self._handlers: dict[int | None, Any] = {}

    def remember(self, shard_id: int | None) -> bool:
        """Take note of a shard's connection; return whether there is one."""
        try:
            connection: Any = self._bot._connection._get_websocket(shard_id=shard_id)  # noqa: SLF001
        except (AttributeError, KeyError):
            return False
        handler = getattr(connection, "_keep_alive", None)
        if handler is not None:
            self._handlers[shard_id] = handler
        return handler is not None

    async def refresh(self, shard_id: int | None, within: float) -> None:
        """Ask for a frame now: send a heartbeat, and wait for anything at all to come.

        Between two heartbeats of its own (41 s) a quiet connection proves nothing.

        Args:
            shard_id: whose connection.
            within: seconds to wait at most.
        """
        handler = self._handlers.get(shard_id)
        connection = getattr(handler, "ws", None)
        if handler is None or connection is None:
            return
        before = handler._last_recv  # noqa: SLF001
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                try:
                    await connection.send_heartbeat(handler.beat())
                except (ConnectionError, OSError, RuntimeError) as error:
                    _log.debug("No heartbeat could be sent: %s", error)
                    return
                while handler._last_recv == before:  # noqa: ASYNC110, SLF001 - no event tells
                    await asyncio.sleep(_POLL)

    def at(self, shard_id: int | None) -> Instant | None:
        """Return the instant of the last frame; None if unknown."""
        received = getattr(self._handlers.get(shard_id), "_last_recv", None)
        if not isinstance(received, float):
            return None
        return self._clocks.wall_of(received)
