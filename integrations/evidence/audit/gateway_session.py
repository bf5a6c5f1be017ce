"""A second, short gateway session of the same bot: what every guild of a shard is like now.

Discord allows several sessions with the same ``[shard_id, num_shards]``, or with another
``num_shards`` (gateway documentation, "Sharding"). This one identifies, reads READY and the
GUILD_CREATEs, and closes with code 1000, which ends it for Discord as well ("Initiating a
Disconnect"). No discord.py objects are made, and the bot's own connection is not touched.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import sys
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import aiohttp
import msgspec
import yarl

from integrations.errors import LatidoError
from integrations.evidence.audit import frames
from integrations.evidence.audit.frames import GUILD_CREATE, Frame, Inflater, TooLargeError
from integrations.evidence.audit.slices import FrameText

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from integrations.evidence.audit.plan import Target
    from integrations.gateway.guild_payload import GuildPayload
    from machines import Instant

__all__ = ["AuditError", "GuildSeen", "Identity", "read_guilds"]

GUILDS, VOICE_STATES, PRESENCES = 1 << 0, 1 << 7, 1 << 8
"""The intents, as bits ("List of Intents" in the gateway documentation)."""

QUIET = 5.0
"""Seconds without the beginning of a guild after which no more are expected."""

_FIRST_ANSWER = 15.0
"""Seconds until HELLO, and from IDENTIFY to READY."""

_LONGEST = 90.0
"""Seconds that a session lasts at most; the engine remembers events for longer than that."""

_CLOSING = 2.0
"""Seconds that the gateway has to answer the closing of the connection."""

_FEWEST_OFFLINE = 50
"""``large_threshold``: from so many members on, GUILD_CREATE leaves out who is offline."""


class AuditError(LatidoError):
    """The audit was refused or broke off; what it had read is good all the same.

    Attributes:
        code: the close code of the gateway, where it closed the connection.
    """

    def __init__(self, sentence: str, code: int | None = None) -> None:
        """Say what happened."""
        super().__init__(sentence)
        self.code = code


class _QuietError(Exception):
    """No frame has begun to come for a while."""


class GuildSeen(NamedTuple):
    """One GUILD_CREATE, when the session asked for it, and when it began to be received."""

    payload: GuildPayload
    asked_at: Instant
    at: Instant


@dataclass(frozen=True)
class Identity:
    """Who identifies.

    Attributes:
        gateway: the address of the gateway.
        token: the bot's.
        presences: whether to ask for the presence intent.
        status: what IDENTIFY says of the bot's own presence, so that people see no change.
    """

    gateway: str
    token: str = field(repr=False)
    presences: bool
    status: dict[str, object] | None = None

    @property
    def url(self) -> yarl.URL:
        """The address with the version, the encoding and the compression asked for."""
        query = {"v": "10", "encoding": "json", "compress": "zlib-stream"}
        return yarl.URL(self.gateway).with_query(query)

    def payload(self, target: Target) -> dict[str, object]:
        """Return the payload of IDENTIFY for a shard."""
        named = {"os": sys.platform, "browser": "latido", "device": "latido"}
        asked: dict[str, object] = {
            "token": self.token,
            "intents": GUILDS | VOICE_STATES | (PRESENCES if self.presences else 0),
            "properties": named,
            "shard": [target.shard_id, target.num_shards],
            "large_threshold": _FEWEST_OFFLINE,
        }
        if self.status is not None:
            asked["presence"] = self.status
        return asked


async def read_guilds(
    http: aiohttp.ClientSession,
    identity: Identity,
    target: Target,
    now: Callable[[], Instant],
    take: Callable[[GuildSeen], Awaitable[None]],
    *,
    all_of_them: bool,
) -> None:
    """Identify, and hand guild after guild to ``take``; one at a time is held.

    It ends when every guild of READY has come or is known not to come, when those of the
    target have (unless ``all_of_them``), or when none has come for :data:`QUIET` seconds.

    Raises:
        AuditError: the gateway cannot be reached, refuses, or breaks off.
    """
    try:
        async with asyncio.timeout(_LONGEST), _connected(http, identity.url, now) as connection:
            await connection.greeted()
            asked_at = now()
            await connection.send(2, identity.payload(target))
            wanted = await connection.ready()
            if not all_of_them:
                wanted &= target.guild_ids
            while wanted:
                frame = await connection.next_guild(wanted)
                if frame is None:
                    return
                payload = frames.guild_of(frame)
                wanted.discard(payload.id)
                if payload.unavailable is not True:
                    await take(GuildSeen(payload, asked_at, connection.received_at))
                    await asyncio.sleep(0)  # to let go of a big guild is work as well
                del frame, payload
    except AuditError:
        raise
    except TimeoutError as error:
        raise AuditError("The gateway did not answer an audit in time.") from error
    except (aiohttp.ClientError, OSError, zlib.error, msgspec.MsgspecError, TooLargeError) as error:
        described = str(error) or type(error).__name__
        raise AuditError(f"The gateway cannot be read by an audit: {described}") from error


@contextlib.asynccontextmanager
async def _connected(
    http: aiohttp.ClientSession, url: yarl.URL, now: Callable[[], Instant]
) -> AsyncIterator[_Connection]:
    async with asyncio.timeout(_FIRST_ANSWER):
        socket = await http.ws_connect(
            url,
            max_msg_size=frames.LARGEST,
            autoclose=False,
            timeout=aiohttp.ClientWSTimeout(ws_close=_CLOSING),
        )
    connection = _Connection(socket, now)
    try:
        yield connection
    finally:
        await connection.close()


class _Connection:
    """The websocket: frames in, messages out, heartbeats where it lasts.

    Attributes:
        received_at: when the last frame began to be received.
    """

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, now: Callable[[], Instant]) -> None:
        self.received_at: Instant = 0
        self._socket = socket
        self._now = now
        self._inflater = Inflater()
        self._sequence: int | None = None
        self._answered = True
        self._beating: asyncio.Task[None] | None = None

    async def send(self, op: int, data: dict[str, object] | int | None) -> None:
        try:
            await self._socket.send_str(frames.encode(op, data))
        except (ConnectionError, RuntimeError) as error:
            raise self._gone() from error

    async def greeted(self) -> None:
        """Wait for HELLO, and send heartbeats from then on."""
        async with asyncio.timeout(_FIRST_ANSWER):
            while (frame := await self._next()).op != 10:  # noqa: PLR2004 - "Hello"
                self._refuse(frame)
        interval = frames.hello_of(frame).heartbeat_interval / 1000
        self._beating = asyncio.create_task(self._beat(interval), name="latido-audit-heartbeat")

    async def ready(self) -> set[int]:
        """Wait for READY; return the guilds to expect."""
        async with asyncio.timeout(_FIRST_ANSWER):
            while (frame := await self._next()).t != "READY":
                self._refuse(frame)
        return {guild.id for guild in frames.ready_of(frame).guilds}

    async def next_guild(self, wanted: set[int]) -> Frame | None:
        """Return the next GUILD_CREATE; None once no more are expected.

        A guild that is said to be unavailable is taken out of ``wanted``. What has begun to
        come is waited for.
        """
        until = asyncio.get_running_loop().time() + QUIET
        try:
            while wanted:
                frame = await self._next(until)
                if frame.t == GUILD_CREATE:
                    return frame
                if frame.t == "GUILD_DELETE":
                    wanted.discard(frames.unavailable_of(frame).id)
                else:
                    self._refuse(frame)
        except _QuietError:
            return None
        return None

    async def close(self) -> None:
        """Say goodbye, so that the session is over for Discord as well."""
        if self._beating is not None:
            self._beating.cancel()
        with contextlib.suppress(OSError, RuntimeError, aiohttp.ClientError, TimeoutError):
            await self._socket.close(code=1000)

    async def _next(self, until: float | None = None) -> Frame:
        """Return the next frame, answering heartbeats that are asked for.

        Raises:
            _QuietError: none has begun to come ``until`` then, in the loop's time.
        """
        while True:
            frame = await self._read(until)
            if frame.s is not None:
                self._sequence = frame.s
            if frame.op == 1:
                await self.send(1, self._sequence)
            elif frame.op == 11:  # noqa: PLR2004 - "Heartbeat ACK"
                self._answered = True
            else:
                return frame

    async def _read(self, until: float | None) -> Frame:
        """Read a frame, and let others have their turn between the slices of a long one."""
        text = FrameText()
        try:
            async with asyncio.timeout_at(until):
                message = await self._socket.receive()
        except TimeoutError as error:
            raise _QuietError from error
        self.received_at = self._now()
        while True:
            for piece in self._pieces(message):
                if text.add(piece):
                    await asyncio.sleep(0)
            if message.type is aiohttp.WSMsgType.TEXT or Inflater.ends_frame(message.data):
                return await text.frame()
            message = await self._socket.receive()

    def _pieces(self, message: aiohttp.WSMessage) -> Iterator[bytes]:
        if message.type is aiohttp.WSMsgType.TEXT:
            return frames.in_pieces(message.data)
        if message.type is aiohttp.WSMsgType.BINARY:
            return self._inflater.pieces(message.data)
        raise self._gone()

    async def _beat(self, interval: float) -> None:
        """Send a heartbeat every ``interval`` seconds; close where one was not answered."""
        await asyncio.sleep(interval * random.random())  # noqa: S311 - only spreads the load
        with contextlib.suppress(AuditError):
            while self._answered:
                self._answered = False
                await self.send(1, self._sequence)
                await asyncio.sleep(interval)
            await self._socket.close(code=4000)

    def _refuse(self, frame: Frame) -> None:
        """Raise where the frame says that the session is not, or no longer, to be had."""
        if frame.op == 9:  # noqa: PLR2004 - "Invalid Session"
            raise AuditError("Discord refuses an audit's IDENTIFY for now (op 9).")
        if frame.op == 7:  # noqa: PLR2004 - "Reconnect"
            raise AuditError("Discord asks an audit to reconnect (op 7).")

    def _gone(self) -> AuditError:
        code = self._socket.close_code
        return AuditError(f"The gateway closed an audit's connection (code {code}).", code)
