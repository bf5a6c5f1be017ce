"""The parts of discord.py that have no public face, in one place.

Read from discord.py 2.7's source: ``KeepAliveHandler._last_recv`` is the
``time.perf_counter()`` of the last frame of any kind, on Linux CLOCK_MONOTONIC. Heartbeats are
sent by ``DiscordWebSocket.send_heartbeat``, those that are asked for by ``send_as_json``, and each
answer is told to ``KeepAliveHandler.ack``. A thread has the event loop send one every
``KeepAliveHandler.interval`` seconds. Parsers are tapped in ``integrations/gateway/taps.py``.
``Client.connect`` and ``Shard.worker`` call ``DiscordWebSocket.poll_event`` for one frame after
the other, which aiohttp keeps in ``ClientWebSocketResponse._reader`` until they are asked for.

:func:`hold_frames` wraps ``poll_event`` of one connection for a while. Such calls nest as they are
asked for, the latest outermost. Each puts back what it has wrapped once it is done; where another
has wrapped it by then, it stays within that one, and hands on each call.

Of what is imported below discord.py must have every name. The rest is asked for when it is needed;
where discord.py has it no longer, the bot works without.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from functools import partial
from typing import TYPE_CHECKING, Any

import aiohttp
import discord
from discord.gateway import DiscordClientWebSocketResponse, DiscordWebSocket

from integrations.gateway.taps import say_odd

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from integrations.clocks import Clocks
    from machines import Instant

__all__ = ["LastFrames", "hold_frames", "keep_close_codes"]

_HEARTBEAT = DiscordWebSocket.HEARTBEAT

_POLL = 0.02
"""Seconds between two looks at whether a frame has come."""

_READ_WITHIN = 0.5
"""Seconds in which the answer to a heartbeat is taken in by whoever still reads."""

_HELD_AT_MOST = 1.0
"""Seconds that a frame is left unread. discord.py takes two without a guild for all of them."""

_NOT_SENT = (discord.DiscordException, OSError, RuntimeError, AttributeError)
"""What tells that a connection is closed, or that discord.py has no such thing any more."""

_log = logging.getLogger("latido.integrations")


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


def hold_frames(bot: discord.Client, guild_id: int, until: asyncio.Event) -> None:
    """Have a guild's connection read no further frame until something is done, or for too long.

    The event loop goes on meanwhile. Frames that wait are read in order, none is lost.
    """
    try:
        connection: Any = bot._connection._get_websocket(guild_id)  # noqa: SLF001
        poll = connection.poll_event
    except (AttributeError, KeyError):
        return

    async def poll_once_done() -> None:
        if connection.poll_event is poll_once_done:
            connection.poll_event = poll
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_HELD_AT_MOST):
                await until.wait()
        await poll()

    connection.poll_event = poll_once_done


class LastFrames:
    """When the last frame of each shard's connection was received.

    The keep-alive handler of a connection is dropped by discord.py before ``on_disconnect``;
    it is remembered here as long as its connection is the latest.
    """

    def __init__(
        self,
        bot: discord.Client,
        clocks: Clocks,
        beats: Callable[[int | None, float], None] | None = None,
    ) -> None:
        """Ask the connections of ``bot``.

        Args:
            bot: whose connections.
            clocks: say when a frame came.
            beats: is told of each heartbeat before it is sent, and of its answer before anything
                behind it is read: of which shard, and after how many seconds at most the next
                one follows. Of connections that do not tell, it is told nothing.
        """
        self._bot = bot
        self._clocks = clocks
        self._beat = beats
        self._beats: dict[int | None, _Heartbeats] = {}

    def remember(self, shard_id: int | None) -> bool:
        """Take note of a shard's connection; return whether there is one."""
        try:
            connection: Any = self._bot._connection._get_websocket(shard_id=shard_id)  # noqa: SLF001
        except (AttributeError, KeyError):
            return False
        handler = getattr(connection, "_keep_alive", None)
        if handler is None:
            return False
        known = self._beats.get(shard_id)
        if known is None or known.handler is not handler:
            beat = None if self._beat is None else partial(self._beat, shard_id)
            known = self._beats[shard_id] = _Heartbeats(handler, beat)
        known.beat()  # a frame of it has just been read
        return True

    def is_gone(self, shard_id: int | None) -> bool:
        """Return whether a shard has had a connection, and none that is in a session by now.

        discord.py keeps the last one, without its keep-alive handler, until it has made another.
        False where that cannot be told.
        """
        try:
            connection: Any = self._bot._connection._get_websocket(shard_id=shard_id)  # noqa: SLF001
            parts = connection._keep_alive, connection.session_id  # noqa: SLF001
        except (AttributeError, KeyError):
            return False
        return None in parts

    def leave(self) -> None:
        """Leave the connections as they were found; when their last frames came is still known."""
        for beats in self._beats.values():
            beats.leave()

    async def refresh(self, shard_id: int | None, within: float, *, is_last: bool = False) -> None:
        """Ask for a frame now: send a heartbeat, and wait for anything at all to come.

        Between two heartbeats of its own (41 s) a quiet connection proves nothing.

        Args:
            shard_id: whose connection.
            within: seconds to wait at most.
            is_last: the bot may have stopped reading, as ``Client.run`` does before it closes.

        Raises:
            Exception: discord.py does otherwise than it did. A closed connection raises nothing.
        """
        beats = self._beats.get(shard_id)
        if beats is None:
            return
        try:
            async with asyncio.timeout(within):
                await _answer_to_a_heartbeat(beats, is_last=is_last)
        except TimeoutError:
            _log.debug("No frame came within %s s", within)
        except _NOT_SENT as error:
            _log.debug("No heartbeat could be sent: %s", error)

    async def ask(self, shard_id: int | None) -> bool:
        """Send a heartbeat: once it is answered, all that was sent before has been read.

        Returns:
            False where the connection is closed, as is told soon; True as well where it cannot
            be asked.
        """
        beats = self._beats.get(shard_id)
        if beats is None:
            return True
        try:
            await beats.handler.ws.send_heartbeat(beats.handler.beat())
        except (discord.DiscordException, OSError):
            return False
        except Exception as error:  # noqa: BLE001 - discord.py does otherwise than it did
            _log.debug("No heartbeat could be sent: %s", error)
        return True

    def is_answered(self, shard_id: int | None) -> bool:
        """Return whether every heartbeat of a connection has been answered, as far as is known."""
        beats = self._beats.get(shard_id)
        return beats is None or beats.is_answered

    def at(self, shard_id: int | None) -> Instant | None:
        """Return the instant of the last frame; None if unknown."""
        beats = self._beats.get(shard_id)
        received = None if beats is None else getattr(beats.handler, "_last_recv", None)
        if not isinstance(received, float):
            return None
        return self._clocks.wall_of(received)


class _Wrapped:
    """A method of one object, with another in its place for a while."""

    def __init__(self, owner: Any, name: str, wrapping: Callable[..., Any]) -> None:  # noqa: ANN401 - it may be anything
        self._owner, self._name, self._wrapping = owner, name, wrapping
        self._own = vars(owner).get(name)
        setattr(owner, name, wrapping)

    def undo(self) -> None:
        """Put back what was there, unless somebody has wrapped it once more since."""
        if vars(self._owner).get(self._name) != self._wrapping:
            return
        if self._own is None:
            delattr(self._owner, self._name)  # it was the method of its class
        else:
            setattr(self._owner, self._name, self._own)


class _Heartbeats:
    """How many heartbeats of a connection are not answered yet.

    Answers are all alike and come in order, so the last has come once there are as many. Where
    they cannot be counted, all count as answered.
    """

    def __init__(self, handler: Any, beats: Callable[[float], None] | None) -> None:  # noqa: ANN401 - no public type
        self.handler = handler
        self._beats = beats
        self._unanswered = 0
        self._wrapped: tuple[_Wrapped, ...] = ()
        try:
            connection, self._ack = handler.ws, handler.ack
            send_heartbeat, send_as_json = connection.send_heartbeat, connection.send_as_json
        except AttributeError as error:
            _log.debug("The heartbeats are not counted: %s", error)
            return
        self._wrapped = (
            _Wrapped(connection, "send_heartbeat", self._counting(send_heartbeat)),
            _Wrapped(connection, "send_as_json", self._counting(send_as_json)),
            _Wrapped(handler, "ack", self._count_answer),
        )

    def beat(self) -> None:
        """Tell of a heartbeat, where those of discord.py's own are heard."""
        every: object = getattr(self.handler, "interval", None)
        if self._beats is None or not self._wrapped or not isinstance(every, float):
            return
        try:
            self._beats(every)
        except Exception as error:  # noqa: BLE001 - it would end the connection
            say_odd("HEARTBEAT", error)

    def leave(self) -> None:
        """Count no more, and leave the connection as it was found."""
        for wrapped in self._wrapped:
            wrapped.undo()
        self._wrapped, self._unanswered = (), 0

    def _count_answer(self) -> None:
        self._unanswered = max(0, self._unanswered - 1)  # one may have been under way
        self.beat()
        self._ack()

    def _counting(self, send: Callable[[Any], Awaitable[None]]) -> Callable[[Any], Awaitable[None]]:
        async def count_and_send(payload: dict[str, Any]) -> None:
            if payload["op"] == _HEARTBEAT:
                self.beat()
                self._unanswered += 1
            await send(payload)

        return count_and_send

    @property
    def is_answered(self) -> bool:
        """Whether all have been."""
        return not self._unanswered

    async def are_answered(self) -> None:
        """Wait until all have been, while somebody reads."""
        while not self.is_answered:  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(_POLL)


async def _answer_to_a_heartbeat(beats: _Heartbeats, *, is_last: bool) -> None:
    """Send a heartbeat, and wait until a frame has come; see :meth:`LastFrames.refresh`."""
    handler, connection = beats.handler, beats.handler.ws
    before = handler._last_recv  # noqa: SLF001 - see above
    await connection.send_heartbeat(handler.beat())
    if is_last and await _is_read(handler, before):
        await beats.are_answered()
    elif is_last:
        await _read_on(connection, beats)
    await _frame_after(handler, before)


async def _frame_after(handler: Any, before: float) -> None:  # noqa: ANN401 - no public type
    while handler._last_recv == before:  # noqa: ASYNC110, SLF001 - no event tells
        await asyncio.sleep(_POLL)


async def _is_read(handler: Any, before: float) -> bool:  # noqa: ANN401 - as above
    """Return whether somebody reads: the answer to a heartbeat is not long in coming."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_READ_WITHIN):
            await _frame_after(handler, before)
    return bool(handler._last_recv != before)  # noqa: SLF001


async def _read_on(connection: Any, beats: _Heartbeats) -> None:  # noqa: ANN401 - no public type
    """Take in what was sent before the answer to the last heartbeat, where nobody reads any more.

    What cancels ``Client.connect``, a SIGINT first of all, leaves a connection that is open with
    events and the answer in it. Where somebody does read, aiohttp refuses a second reader.
    """
    try:
        while not beats.is_answered:
            await connection.poll_event()
    except Exception as error:  # noqa: BLE001 - the last frame that has come counts
        _log.debug("The last frames were not read here: %s", error)
