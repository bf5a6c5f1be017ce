"""Bots for these tests: real discord.py clients that remember what they were told."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import discord
import msgspec
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType
from discord.gateway import KeepAliveHandler

from integrations.loopback import Intent, LoopbackDiscord
from integrations.loopback.pointing import pointed_at
from integrations.loopback.server import PATIENCE


class Remembering(discord.Client):
    """A client that remembers every event it dispatches, and identifies without delay."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 (discord.py's options)
        self.seen: list[tuple[str, tuple[Any, ...]]] = []
        self.moves: list[tuple[int | None, int | None]] = []
        """The voice events: channel before and channel after, as ids."""
        intents = options.pop("intents", None) or discord.Intents.all()
        super().__init__(intents=intents, guild_ready_timeout=0.05, **options)

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 (as there)
        self.seen.append((event, args))
        if event == "voice_state_update":
            # Noted at once: discord.py changes the "after" of one event with the next.
            _, before, after = args
            self.moves.append((_id(before.channel), _id(after.channel)))
        super().dispatch(event, *args, **kwargs)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Not discord.py's five seconds before a second IDENTIFY."""

    def times(self, event: str) -> int:
        """How often an event was dispatched."""
        return sum(name == event for name, _ in self.seen)


class Bot(Remembering):
    """A client on one shard."""


class ShardedBot(Remembering, discord.AutoShardedClient):
    """A client on several shards."""


@asynccontextmanager
async def running(stand_in: LoopbackDiscord, bot: Remembering) -> AsyncIterator[None]:
    """Run a bot against the stand-in, from ready to closed."""
    with pointed_at(stand_in.api_url):
        task = asyncio.create_task(bot.start(stand_in.token))
        try:
            await stand_in.until(lambda: task.done() or bot.is_ready())
            if task.done():
                task.result()
            yield
        finally:
            await bot.close()
            await asyncio.gather(task, return_exceptions=True)
            await _heartbeats_are_over()


async def _heartbeats_are_over() -> None:
    """Wait for discord.py's threads that beat and are to stop.

    One that found the loop closed would fail, and with it whatever test runs by then.
    """
    for thread in threading.enumerate():
        if isinstance(thread, KeepAliveHandler) and thread._stop_ev.is_set():  # noqa: SLF001 - no public name
            await asyncio.to_thread(thread.join)


class RawSession:
    """A gateway client without any library: what goes over the wire, decoded."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self._socket = socket

    async def send(self, op: int, data: object) -> None:
        await self._socket.send_str(msgspec.json.encode({"op": op, "d": data}).decode())

    async def send_text(self, text: str) -> None:
        await self._socket.send_str(text)

    async def next(self) -> dict[str, Any]:
        """The next message."""
        message = await self._socket.receive(timeout=PATIENCE)
        assert message.type is WSMsgType.TEXT, message
        decoded: dict[str, Any] = msgspec.json.decode(message.data)
        return decoded

    async def until(self, event: str) -> dict[str, Any]:
        """The payload of the next dispatch of this name; what comes before is passed over."""
        while True:
            message = await self.next()
            if message["t"] == event:
                payload: dict[str, Any] = message["d"]
                return payload

    async def close_code(self) -> int | None:
        """Read on to the end: the code the gateway closed with."""
        while not self._socket.closed:
            await self._socket.receive(timeout=PATIENCE)
        return self._socket.close_code

    async def identify(self, token: str, intents: Intent, **fields: object) -> None:
        await self.send(2, {"token": token, "intents": int(intents), "properties": {}, **fields})


ALL_OF_THEM = Intent(sum(Intent))


@asynccontextmanager
async def raw_session(
    stand_in: LoopbackDiscord,
    *,
    intents: Intent | None = ALL_OF_THEM,
    query: str = "v=10&encoding=json",
    **fields: object,
) -> AsyncIterator[RawSession]:
    """A websocket past HELLO and, with ``intents``, past IDENTIFY."""
    async with (
        ClientSession() as http,
        http.ws_connect(f"{stand_in.gateway_url}/?{query}") as socket,
    ):
        session = RawSession(socket)
        if "v=10" in query:
            assert (await session.next())["op"] == 10
        if intents is not None:
            await session.identify(stand_in.token, intents, **fields)
        yield session


def names(members: Iterable[discord.Member]) -> set[str]:
    """The names of members."""
    return {member.name for member in members}


def _id(channel: discord.abc.Snowflake | None) -> int | None:
    return None if channel is None else channel.id
