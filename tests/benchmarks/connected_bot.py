"""A real discord.py bot whose connection is text handed to it, and nothing else.

The text goes through ``DiscordWebSocket.received_message``, as what aiohttp receives does.
What the bot sends is answered here: Request Guild Members from the population as it is, Request
Channel Info as if every call had begun an hour ago. How
long the loop is held by such an answer is discord.py's own: to decode a hundred members takes it
some 5 ms, and nothing of ours hears them before it is done.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import time
from collections import deque
from typing import TYPE_CHECKING, Any, cast

import aiohttp
import discord
from discord.ext import commands
from discord.gateway import DiscordWebSocket

from tests.benchmarks.loop_holds import LEFT_OUT
from tests.benchmarks.population import OWN_ID, Person, frame

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence

    from tests.benchmarks.population import Population

__all__ = ["ConnectedBot", "LoggedInBot", "connected", "processor_time", "settled", "untimed"]

processor_time = time.thread_time
"""Seconds of processor that the event loop's own thread has used."""

_REQUEST_CHANNEL_INFO = 43

AT_ONCE = 50
"""Frames that are there at once: discord.py takes them without going back to the loop."""


class ConnectedBot(commands.Bot):
    """Takes in text; :attr:`truth` says what Discord would answer about a person's game."""

    def __init__(self, *, raw_presences: bool = False) -> None:
        """Make a bot with the intents that a tracker needs."""
        intents = discord.Intents.none()
        intents.guilds = intents.voice_states = intents.presences = intents.members = True
        super().__init__(
            command_prefix="!",
            intents=intents,
            max_messages=None,
            enable_raw_presences=raw_presences,
            guild_ready_timeout=0.05,
            help_command=None,
        )
        self.truth: dict[int, Person] = {}
        self.gone: set[int] = set()
        self.asked = 0

    def connects(self) -> None:
        """Have another connection, which has heard nothing yet."""
        wire = _Wire(cast("Any", None), loop=asyncio.get_running_loop())
        wire.bot = self
        wire._connection = self._connection  # noqa: SLF001 - as DiscordWebSocket.from_client
        wire._discord_parsers = self._connection.parsers  # noqa: SLF001 - as above
        wire._dispatch = self.dispatch  # noqa: SLF001 - as above
        wire.call_hooks = self._connection.call_hooks
        wire.shard_id = None
        wire._max_heartbeat_timeout = 0.0  # noqa: SLF001 - as above; nothing here waits for a frame
        self.ws = wire

    async def hears(self, texts: Sequence[str], at_once: int = AT_ONCE) -> None:
        """Take in frames, so many of them there at once; return once every listener has run."""
        await self._takes(texts, at_once, self.ws.received_message)

    async def hears_nothing(self, texts: Sequence[str], at_once: int = AT_ONCE) -> None:
        """Do all that :meth:`hears` does but for what discord.py does with each frame."""
        await self._takes(texts, at_once, _ignored)

    async def _takes(
        self, texts: Sequence[str], at_once: int, receive: Callable[[str], Awaitable[None]]
    ) -> None:
        for start in range(0, len(texts), at_once):
            for text in texts[start : start + at_once]:
                await receive(text)
            await settled()

    async def reads(self, texts: Sequence[str]) -> None:
        """Take in frames as ``Client.connect`` does, up to where it waits for the next."""
        frames = _Frames(texts)
        self.ws.socket = frames  # type: ignore[assignment]
        connecting = asyncio.create_task(self._polls(), name=LEFT_OUT)
        await frames.are_read.wait()
        connecting.cancel()

    async def _polls(self) -> None:
        while True:
            await self.ws.poll_event()

    async def meets(self, population: Population) -> None:
        """Log in to the guilds of a population."""
        await self.hears([self.ready(population)])
        for guild in population.guilds:
            await self.hears([guild.text()])
        await self.wait_until_ready()
        await settled()
        self.truth = {person.id: person for person in population.people}

    def is_not_ready_yet(self) -> None:
        """Be as a bot is while it loads its cogs: READY comes later, if it does."""
        self._ready.clear()

    def ready(self, population: Population) -> str:
        """Return the READY that names the guilds of a population."""
        guilds = [{"id": str(guild.id), "unavailable": True} for guild in population.guilds]
        me = Person(OWN_ID, 0).member["user"]
        ready = {
            "user": me,
            "guilds": guilds,
            "session_id": "s",
            "resume_gateway_url": "wss://localhost",
        }
        return frame("READY", ready)

    async def close(self) -> None:
        """There is no connection to close."""
        for extension in tuple(self.cogs):
            await self.remove_cog(extension)
        await self.http.close()


async def _ignored(_text: str) -> None:
    """Take in nothing."""


class LoggedInBot(ConnectedBot):
    """Has logged in, and waits for its guilds."""

    async def meets(self, population: Population) -> None:
        """Be told which guilds there are."""
        self._connection.guild_ready_timeout = 60.0
        await self.hears([self.ready(population)])


class _Frames:
    """A socket in which these texts have come."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._unread = deque(texts)
        self.are_read = asyncio.Event()

    async def receive(self, timeout: float) -> aiohttp.WSMessage:  # noqa: ASYNC109 - aiohttp's
        if not self._unread:
            self.are_read.set()
            await asyncio.sleep(timeout)
        return aiohttp.WSMessage(aiohttp.WSMsgType.TEXT, self._unread.popleft(), None)


class _Wire(DiscordWebSocket):
    """Answers what is sent; there is no socket."""

    bot: ConnectedBot

    async def send_as_json(self, data: Any) -> None:  # noqa: ANN401 - discord.py's signature
        if data["op"] == self.REQUEST_MEMBERS:
            self.bot.asked += 1
            asyncio.create_task(self._answer(data["d"]), name=LEFT_OUT)  # noqa: RUF006 - soon done
        elif data["op"] == _REQUEST_CHANNEL_INFO:
            asyncio.create_task(self._say_calls(data["d"]), name=LEFT_OUT)  # noqa: RUF006 - as above

    async def _say_calls(self, asked: dict[str, Any]) -> None:
        """Say that every call began an hour ago."""
        await settled()
        guild = self.bot.get_guild(int(asked["guild_id"]))
        began = int(time.time()) - 3_600
        channels = [] if guild is None else [str(each.id) for each in guild.voice_channels]
        calls = [{"id": channel_id, "voice_start_time": began} for channel_id in channels]
        info = {"guild_id": asked["guild_id"], "channels": calls}
        await self.received_message(frame("CHANNEL_INFO", info))

    async def _answer(self, asked: dict[str, Any]) -> None:
        await settled()  # whoever asks waits by then
        people = [self.bot.truth[int(user_id)] for user_id in asked["user_ids"]]
        chunk = {
            "guild_id": str(asked["guild_id"]),
            "nonce": asked["nonce"],
            "members": [person.member for person in people],
            "presences": [
                person.presence(None if person.id in self.bot.gone else person.game)
                for person in people
            ],
            "chunk_index": 0,
            "chunk_count": 1,
            "not_found": [],
        }
        await self.received_message(frame("GUILD_MEMBERS_CHUNK", chunk))


@contextlib.asynccontextmanager
async def connected(
    population: Population,
    *cogs: commands.Cog,
    bot: ConnectedBot | None = None,
) -> AsyncIterator[ConnectedBot]:
    """Yield a bot with these cogs that is logged in to the guilds of a population."""
    bot = ConnectedBot() if bot is None else bot
    await bot._async_setup_hook()  # noqa: SLF001 - what Client.start does before it connects
    bot.connects()
    for cog in cogs:
        await bot.add_cog(cog)
    with untimed():
        await bot.meets(population)
    try:
        yield bot
    finally:
        await bot.close()


@contextlib.contextmanager
def untimed() -> Iterator[None]:
    """Go without collector and log, for what nobody times: that takes half of it."""
    collects, disabled = gc.isenabled(), logging.root.manager.disable
    gc.disable()
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(disabled)
        if collects:
            gc.enable()


async def settled(turns: int = 4) -> None:
    """Let every task that is ready run, and what these start."""
    for _turn in range(turns):
        await asyncio.sleep(0)
