"""Discord's end of the bot's connection, and what lies between: frames come late, or never."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import aiohttp
from discord.gateway import DiscordWebSocket, KeepAliveHandler, ReconnectWebSocket

from tests.benchmarks.population import Population, frame
from tests.integrations.gateway.test_standstills import HEARTBEAT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from machines import Instant
    from tests.integrations.worlds.newcomer import Newcomer
    from tests.integrations.worlds.plaza import Plaza, Square
    from tests.integrations.worlds.story import Story

__all__ = ["Read", "Wire"]

_ANSWER = json.dumps({"op": 11})
_MOST_AT_ONCE = 1_000
"""Frames that are read within a few seconds, at most."""


class _Sent(NamedTuple):
    text: str
    at: Instant


class Read(NamedTuple):
    """A frame that was read: when, and when it had been sent."""

    at: Instant
    sent_at: Instant


class Wire:
    """The bot's connection, or that of one shard: the one that stands, or that is cut.

    Attributes:
        squares: the guilds that it tells of.
        shard_id: the shard; None where there are none.
        out: the guilds of which nothing is told, for Discord's servers for them are down.
    """

    def __init__(
        self,
        now: Callable[[], Instant],
        story: Story,
        squares: Sequence[Square],
        shard_id: int | None,
        takes_time: Callable[[], None],
    ) -> None:
        """There is no connection yet; ``takes_time`` is called as the bot reads anything."""
        self._now, self._story, self._takes_time = now, story, takes_time
        self.squares, self.shard_id = squares, shard_id
        self._under_way: deque[_Sent] = deque()
        self._missed: deque[_Sent] = deque()
        self._is_up = False
        self._socket = _Socket(self.answers, story, self._is_read)
        self._read: deque[Read] = deque(maxlen=_MOST_AT_ONCE)
        self._reading: asyncio.Task[None] | None = None
        self._beating: asyncio.Task[None] | None = None
        self.out: set[int] = set()

    def sends(self, guild_id: int, text: str) -> None:
        """Discord sends news of a guild, or keeps it for a connection that is cut."""
        if guild_id not in self.out:
            self._sends(text)

    def _sends(self, text: str) -> None:
        (self._under_way if self._is_up else self._missed).append(_Sent(text, self._now()))

    def answers(self) -> None:
        """Discord answers a heartbeat."""
        if self._is_up:
            self._under_way.append(_Sent(_ANSWER, self._now()))

    def arrives(self, most: int | None = None) -> None:
        """What is under way comes to where the bot reads it, or no more than so much of it."""
        coming = len(self._under_way) if most is None else min(most, len(self._under_way))
        for _frame in range(coming):
            self._socket.takes(self._under_way.popleft())

    def is_cut(self, *, loses: bool) -> Instant:
        """Nothing that is sent from now on comes, and nobody notices yet.

        Args:
            loses: whether what is under way does not come either.

        Returns:
            Since when what was sent may not have been heard, unless it is replayed.
        """
        since = min([self._now(), *(each.at for each in self._under_way)])
        self._is_up = False
        if loses:
            self._loses()
        return since

    def is_found_cut(self) -> None:
        """The bot's machine notices it."""
        self._loses()
        self._socket.ends()

    def resumes(self, bot: Newcomer) -> None:
        """The bot is connected again, and is told what it has missed."""
        session_id = bot.socket_of(self.shard_id).session_id
        self._connects(bot).session_id = session_id  # as DiscordWebSocket.from_client
        self._under_way.extend(self._missed)
        self._missed.clear()
        self._sends(frame("RESUMED", {"_trace": []}))

    def begins(self, bot: Newcomer, plaza: Plaza) -> None:
        """The bot is connected, for the first time or anew, and is told how things are now."""
        self._connects(bot)
        self._missed.clear()
        theirs = Population(tuple(each.guild for each in self.squares))
        self._sends(bot.ready_of(theirs, self.shard_id))
        for square in self.squares:
            self.creates(plaza, square)

    def creates(self, plaza: Plaza, square: Square) -> None:
        """Discord tells how things are in a guild now."""
        self.sends(square.id, frame("GUILD_CREATE", plaza.create(square)))

    @property
    def latest_read(self) -> Sequence[Read]:
        """The frames that were read of late, over whatever connection."""
        return self._read

    async def closes(self) -> None:
        """Nothing can be sent any more, and nobody reads.

        Raises:
            Exception: reading ended before, with this.
        """
        self._socket.is_closed = True
        for task in (self._reading, self._beating):
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    def _is_read(self, sent_at: Instant | None) -> None:
        if sent_at is not None:  # else it is that the connection is closed
            self._read.append(Read(self._now(), sent_at))
        self._takes_time()

    def _loses(self) -> None:
        kept = [each for each in self._under_way if each.text != _ANSWER]
        self._missed.extendleft(reversed(kept))
        self._under_way.clear()

    def _connects(self, bot: Newcomer) -> DiscordWebSocket:
        if self._reading is not None:
            self._reading.result()  # it has ended as it should
        self._socket = _Socket(self.answers, self._story, self._is_read)
        socket = bot.connects_shard(self.shard_id)
        socket.socket = cast("Any", self._socket)
        heart = _Heart(ws=socket, interval=HEARTBEAT)
        socket._keep_alive = heart  # noqa: SLF001 - as received_message does with HELLO
        self._is_up = True
        self._reading = asyncio.create_task(self._reads(bot, socket))
        self._beating = asyncio.create_task(heart.beats())
        return socket

    async def _reads(self, bot: Newcomer, socket: DiscordWebSocket) -> None:
        """Read as ``Client.connect`` does, or ``Shard.worker``."""
        try:
            while True:
                await socket.poll_event()
        except ReconnectWebSocket:
            bot.dispatch("disconnect")
            if self.shard_id is not None:
                bot.dispatch("shard_disconnect", self.shard_id)


class _Socket:
    """What has come and is not read yet, as aiohttp keeps it."""

    close_code = aiohttp.WSCloseCode.ABNORMAL_CLOSURE

    def __init__(
        self, is_sent: Callable[[], None], story: Story, is_read: Callable[[Instant | None], None]
    ) -> None:
        self._unread: deque[tuple[aiohttp.WSMessage, Instant | None]] = deque()
        self._is_sent, self._story, self._is_read = is_sent, story, is_read
        self._came = asyncio.Event()
        self.is_closed = False

    def takes(self, sent: _Sent) -> None:
        self._unread.append((aiohttp.WSMessage(aiohttp.WSMsgType.TEXT, sent.text, None), sent.at))
        self._came.set()

    def ends(self) -> None:
        self._unread.append((aiohttp.WSMessage(aiohttp.WSMsgType.CLOSED, None, None), None))
        self._came.set()

    async def receive(self, timeout: float) -> aiohttp.WSMessage:  # noqa: ARG002, ASYNC109 - aiohttp's
        while not self._unread:
            self._came.clear()
            await self._came.wait()
        message, sent_at = self._unread.popleft()
        self._story.tell(f"reads {_named(message)}")
        self._is_read(sent_at)
        return message

    async def send_str(self, _text: str) -> None:
        if self.is_closed:
            raise ConnectionResetError
        self._is_sent()

    async def close(self, *, code: int) -> None:  # noqa: ARG002 - aiohttp's
        self.is_closed = True


class _Heart(KeepAliveHandler):
    """Beats in the event loop, for the loop's clock is no thread's."""

    async def beats(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT)
            if self._stop_ev.is_set():  # discord.py's is woken by that, and beats no more
                return
            with contextlib.suppress(ConnectionResetError):
                await self.ws.send_heartbeat(self.beat())


def _named(message: aiohttp.WSMessage) -> str:
    if message.type is aiohttp.WSMsgType.CLOSED:
        return "that it is closed"
    told = json.loads(message.data)
    return told.get("t") or "an answer to a heartbeat"
