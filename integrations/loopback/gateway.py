"""The gateway, version 10, as Discord documents it, over a websocket."""

import asyncio
from typing import TYPE_CHECKING, TypeVar

import msgspec
from aiohttp import WSMsgType, web

from integrations.loopback import payloads
from integrations.loopback.connection import Connection
from integrations.loopback.delivery import JsonObject, Viewer
from integrations.loopback.faults import Faults
from integrations.loopback.intents import KNOWN, PRIVILEGED, Intent, application_flags
from integrations.loopback.journal import Journal, Received
from integrations.loopback.requests import ChannelInfoRequest, MemberRequest, Requests
from integrations.loopback.sessions import GatewaySession, Sessions
from integrations.loopback.start_limit import StartLimit
from integrations.loopback.world import World

if TYPE_CHECKING:
    from collections.abc import Callable

CONNECTION_LIMIT = 64
GOODBYE = 0.5
"""Seconds that a client has to answer a close frame."""
ANSWERS_AFTER = 0.01
"""Seconds from a heartbeat to its answer, as over a network.

A thread of discord.py notes when a heartbeat was sent, once it was: an answer that is there before
counts from the one before it (``KeepAliveHandler.run``), as a latency of a whole interval.
"""
MESSAGE_LIMIT = 4_096
"""Bytes of a client's message; a longer one is closed with 4002 ("Sending Events")."""

_DEFAULT_LARGE = 50
T = TypeVar("T")


class RefusedError(Exception):
    """A message that ends the connection with a close code ("Gateway Close Event Codes")."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Message(msgspec.Struct):
    """A client's message."""

    op: int
    d: object = None


class Identify(msgspec.Struct):
    """IDENTIFY's payload, as far as it matters here."""

    token: str
    intents: int
    properties: dict[str, object]
    shard: tuple[int, int] | None = None
    large_threshold: int = _DEFAULT_LARGE


class Resume(msgspec.Struct):
    """RESUME's payload."""

    token: str
    session_id: str | None
    seq: int | None


class VoiceMove(msgspec.Struct):
    """The payload of op 4: the bot itself joins, moves or leaves."""

    guild_id: int | str
    channel_id: int | str | None = None
    self_mute: bool = False
    self_deaf: bool = False


class Presence(msgspec.Struct):
    """The payload of op 3: the bot's own status."""

    status: str
    activities: list[object] = []


class Gateway:
    """Takes websockets and keeps their sessions.

    Attributes:
        token: the bot's token.
        allowed: the privileged intents that are switched on for the application.
        heartbeat_interval: seconds.
        starts: how many sessions may be started, and how many were.
    """

    def __init__(self, world: World, faults: Faults, journal: Journal, token: str) -> None:
        self.token = token
        self.allowed = PRIVILEGED
        self.heartbeat_interval = 41.25
        self.starts = StartLimit()
        self.sessions = Sessions()
        self.connections: set[Connection] = set()
        self._world = world
        self._faults = faults
        self._journal = journal
        self._requests = Requests(world)
        self._handlers: dict[int, Callable[[Connection, GatewaySession, object], None]] = {
            2: self._identify_again,
            3: self._update_presence,
            4: self._update_voice,
            6: self._identify_again,
            8: self._request_members,
            31: self._ignore,
            43: self._request_channel_info,
        }

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one websocket to its end."""
        if self._faults.gateway_down or len(self.connections) >= CONNECTION_LIMIT:
            return web.Response(status=503)
        socket = web.WebSocketResponse(
            max_msg_size=4 * MESSAGE_LIMIT, compress=False, timeout=GOODBYE
        )
        await socket.prepare(request)
        connection = Connection(request, socket, self._faults)
        self.connections.add(connection)
        writer = asyncio.create_task(connection.write())
        try:
            if request.query.get("v") != "10":
                connection.close(4012)
            else:
                interval = int(self.heartbeat_interval * 1000)
                connection.send(10, {"heartbeat_interval": interval})
            await self._read(connection, socket)
        finally:
            self.connections.discard(connection)
            self._let_go(connection, socket.close_code)
            self._journal.changed()
            if connection.saying_goodbye:
                # Closed under its hands, a client takes the code for 1006 (aiohttp).
                await asyncio.wait({writer}, timeout=GOODBYE)
            writer.cancel()
        return socket

    def shut(self) -> None:
        """Break off every connection."""
        for connection in tuple(self.connections):
            connection.cut()

    async def _read(self, connection: Connection, socket: web.WebSocketResponse) -> None:
        patience = 2 * self.heartbeat_interval
        while not socket.closed:
            try:
                message = await socket.receive(timeout=patience)
                await self._faults.thawed()
                if message.type not in {WSMsgType.TEXT, WSMsgType.BINARY}:
                    return
                self._take(connection, message.data)
            except RefusedError as refusal:
                connection.close(refusal.code)
            except TimeoutError:
                if connection.session is not None:
                    self.sessions.forget(connection.session)
                connection.close(4009)

    def _take(self, connection: Connection, text: str | bytes) -> None:
        if len(text) > MESSAGE_LIMIT:
            raise RefusedError(4002)
        try:
            message = msgspec.json.decode(text, type=Message)
        except msgspec.MsgspecError as error:
            raise RefusedError(4002) from error
        self._journal.received.append(Received(self._world.now(), message.op, message.d))
        if connection.sends_too_fast():
            raise RefusedError(4008)
        if message.op == 1:
            asyncio.get_running_loop().call_later(ANSWERS_AFTER, connection.send, 11)
            if connection.session is not None and isinstance(message.d, int):
                connection.session.answer(message.d)
        elif connection.session is None:
            self._begin(connection, message)
        elif message.op in self._handlers:
            self._handlers[message.op](connection, connection.session, message.d)
        else:
            raise RefusedError(4001)
        self._journal.changed()

    # Before there is a session

    def _begin(self, connection: Connection, message: Message) -> None:
        match message.op:
            case 2:
                self._identify(connection, _read_as(message.d, Identify))
            case 6:
                self._resume(connection, _read_as(message.d, Resume))
            case op if op in self._handlers:
                raise RefusedError(4003)
            case _:
                raise RefusedError(4001)

    def _identify(self, connection: Connection, asked: Identify) -> None:
        if asked.token != self.token:
            raise RefusedError(4004)
        shard = asked.shard or (0, 1)
        if not 0 <= shard[0] < shard[1]:
            raise RefusedError(4010)
        if asked.intents & ~int(KNOWN):
            raise RefusedError(4013)
        intents = Intent(asked.intents)
        if intents & PRIVILEGED & ~self.allowed:
            raise RefusedError(4014)
        if self._faults.refuses_identify() or self.starts.too_soon(shard[0]):
            connection.send(9, data=False)
            return
        if self.starts.remaining <= 0:
            raise RefusedError(4004)  # The token is reset when the day's IDENTIFYs are used up.
        self.starts.take(shard[0])
        viewer = Viewer(intents, asked.large_threshold)
        session = GatewaySession(
            f"{self._world.number():032x}", viewer, shard, connection, self._world.now
        )
        connection.session = session
        self.sessions.add(session)
        self._ready(session, asked, connection)

    def _ready(self, session: GatewaySession, asked: Identify, connection: Connection) -> None:
        guilds = [
            guild
            for guild in self._world.guilds.values()
            if guild.has_bot and session.covers(guild.id)
        ]
        bot = self._world.bot
        ready: JsonObject = {
            "v": 10,
            "user": payloads.user(bot),
            "guilds": [payloads.unavailable_guild(guild) for guild in guilds],
            "session_id": session.id,
            "session_type": "normal",
            "resume_gateway_url": connection.url,
            "application": {"id": str(bot.id), "flags": application_flags(self.allowed)},
        }
        if asked.shard is not None:
            ready["shard"] = list(asked.shard)
        session.dispatch("READY", ready)
        if Intent.GUILDS not in session.viewer.intents:
            return
        for guild in guilds:
            if guild.out:
                session.dispatch("GUILD_DELETE", payloads.unavailable_guild(guild))
            else:
                session.dispatch("GUILD_CREATE", payloads.guild_create(guild, session.viewer))

    def _resume(self, connection: Connection, asked: Resume) -> None:
        if asked.token != self.token:
            raise RefusedError(4004)
        session = None if asked.session_id is None else self.sessions.get(asked.session_id)
        seen = asked.seq or 0
        if session is None or self._faults.refuses_resume() or not session.can_replay(seen):
            if session is not None:
                self.sessions.forget(session)
            connection.send(9, data=False)
            return
        if seen > session.sequence:
            self.sessions.forget(session)
            raise RefusedError(4007)
        if session.connection is not None:
            session.connection.session = None
            session.connection.close(4000)
        session.hear(seen)
        session.connection = connection
        connection.session = session
        for frame in session.replay(seen):
            connection.send_frame(frame)
        session.dispatch("RESUMED", {})

    # With a session

    def _identify_again(self, _: Connection, __: GatewaySession, ___: object) -> None:
        raise RefusedError(4005)

    def _ignore(self, _: Connection, __: GatewaySession, ___: object) -> None:
        """Something that is known and not played, such as op 31 (soundboards)."""

    def _update_presence(self, _: Connection, __: GatewaySession, data: object) -> None:
        self._world.bot.status = _read_as(data, Presence).status

    def _update_voice(self, _: Connection, __: GatewaySession, data: object) -> None:
        asked = _read_as(data, VoiceMove)
        guild = self._world.guilds.get(int(asked.guild_id))
        if guild is None:
            return
        bot = self._world.bot
        if asked.channel_id is None:
            if bot.id in guild.voice_states:
                bot.leaves()
            return
        channel = guild.voice_channels.get(int(asked.channel_id))
        if channel is not None and channel.can_connect:
            bot.joins(channel)

    def _request_members(self, _: Connection, session: GatewaySession, data: object) -> None:
        request = _read_as(data, MemberRequest)
        if not self._faults.answers_member_requests:
            return
        for name, body in self._requests.members(request, session):
            session.dispatch(name, body)

    def _request_channel_info(self, _: Connection, session: GatewaySession, data: object) -> None:
        if not self._faults.knows_channel_info:
            raise RefusedError(4001)
        request = _read_as(data, ChannelInfoRequest)
        if not self._faults.answers_channel_info:
            return
        for name, body in self._requests.channel_info(request, session):
            session.dispatch(name, body)

    def _let_go(self, connection: Connection, code: int | None) -> None:
        """Keep the session of a connection that ended, unless the client said goodbye."""
        session = connection.session
        if session is None or session.connection is not connection:
            return
        session.connection = None
        if code in {1000, 1001} and not connection.closing:
            self.sessions.forget(session)


def _read_as(data: object, kind: type[T]) -> T:
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise RefusedError(4002) from error
