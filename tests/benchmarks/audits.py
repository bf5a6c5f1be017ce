"""An audit of one guild, beside discord.py taking in the same GUILD_CREATE.

Both are given the bytes that come off the socket, compressed as a ``zlib-stream``: Latido in a
session of its own (``Auditor``), up to the report; discord.py in ``received_message``.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import tracemalloc
import zlib
from typing import TYPE_CHECKING
from unittest import mock

import aiohttp
import msgspec
from aiohttp import WSMsgType

from integrations.cog import SessionCog
from integrations.evidence.audit import Target
from tests.benchmarks.connected_bot import ConnectedBot, connected, processor_time, settled
from tests.benchmarks.figures import Figure
from tests.benchmarks.loop_holds import watched_loop
from tests.benchmarks.our_cog import SETTINGS
from tests.benchmarks.population import Population, frame
from tests.benchmarks.rounds import in_turns, ratio, spread_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
    from pathlib import Path

    from tests.benchmarks.figures import Section
    from tests.benchmarks.population import Guild
    from tests.benchmarks.promises import Promise

    Taking = Callable[[], Coroutine[None, None, None]]

__all__ = ["measure_audit"]

_ROUNDS = 3
_TO = "discord.py's for the same payload"
_AT_ONCE = msgspec.structs.replace(SETTINGS, event_delay=0.0)


async def measure_audit(
    section: Section, guild: Guild, folder: Path, promise: Promise | None
) -> None:
    """Measure an audit of ``guild``: seconds, peak memory, and how long the loop is held.

    ``promise`` is what is promised of the memory.
    """
    size = len(guild.people) + len(guild.idle)
    packed = _packed(guild.text())

    async def ours() -> float:
        async with _auditing(guild, packed, folder) as audit:
            return await _timed(audit)

    async def theirs() -> float:
        async with _hearing(packed) as hear:
            return await _timed(hear)

    took = await in_turns({"Latido": ours, "discord.py": theirs}, _ROUNDS)
    async with _auditing(guild, packed, folder) as audit, _hearing(packed) as hear:
        peaks = await _peak(audit) / await _peak(hear)
    longest = [await _holds(guild, packed, folder) for _round in range(_ROUNDS)]
    section.figures += [
        Figure.of("an audit", size, "Latido", ratio(took["Latido"], took["discord.py"]), _TO),
        Figure.of("peak memory of an audit", size, "Latido", spread_of([peaks]), _TO, promise),
        Figure.held("longest that an audit holds the loop at a time", size, longest),
    ]


@contextlib.asynccontextmanager
async def _auditing(guild: Guild, packed: bytes, folder: Path) -> AsyncIterator[Taking]:
    """Yield what carries out an audit of the guild, which the bot itself has not heard of."""
    bot = ConnectedBot(raw_presences=True)
    cog = SessionCog(bot, _AT_ONCE, data_dir=folder / "auditing")
    auditor = cog.sources.auditor
    target = Target(0, 1, frozenset({guild.id}))

    async def audit() -> None:
        carry_out = auditor._carry_out  # noqa: SLF001 - an audit that is due and may be paid for
        assert list(await carry_out(target, "wss://localhost", demanded=True)) == [guild.id]

    async with connected(Population(()), cog, bot=bot):
        with mock.patch.object(aiohttp.ClientSession, "ws_connect", _Socket.opener(guild, packed)):
            yield audit


@contextlib.asynccontextmanager
async def _hearing(packed: bytes) -> AsyncIterator[Taking]:
    """Yield what has discord.py take in the guild."""
    async with connected(Population(())) as bot:
        assert bot.ws._decompressor.COMPRESSION_TYPE == "zlib-stream"  # noqa: SLF001 - else zstd

        async def hear() -> None:
            await bot.ws.received_message(_copy(packed))
            await settled()

        yield hear


class _Socket:
    """The audit's websocket: what Discord sends to a session that asks for one guild."""

    close_code = 1000

    def __init__(self, guild: Guild, packed: bytes) -> None:
        hello = msgspec.json.encode({"op": 10, "d": {"heartbeat_interval": 41_250}}).decode()
        ready = frame("READY", {"guilds": [{"id": str(guild.id), "unavailable": True}]})
        self._texts = [hello, ready]
        self._packed = packed

    @classmethod
    def opener(cls, guild: Guild, packed: bytes) -> Callable[..., Awaitable[_Socket]]:
        """Return what stands for ``ClientSession.ws_connect``."""

        async def ws_connect(*_arguments: object, **_options: object) -> _Socket:
            return cls(guild, packed)

        return ws_connect

    async def receive(self) -> aiohttp.WSMessage:
        """Return the next message, each in memory of its own."""
        if self._texts:
            return aiohttp.WSMessage(WSMsgType.TEXT, self._texts.pop(0), None)
        return aiohttp.WSMessage(WSMsgType.BINARY, _copy(self._packed), None)

    async def send_str(self, _text: str) -> None:
        """IDENTIFY goes nowhere."""

    async def close(self, *, code: int) -> None:
        """There is nothing to close."""


def _packed(text: str) -> bytes:
    stream = zlib.compressobj()
    return stream.compress(text.encode()) + stream.flush(zlib.Z_SYNC_FLUSH)


def _copy(data: bytes) -> bytes:
    """Return a copy: what is received counts as memory on both sides."""
    return bytes(bytearray(data))


async def _timed(taking: Taking) -> float:
    began = processor_time()
    await taking()
    return processor_time() - began


async def _peak(taking: Taking) -> int:
    gc.collect()
    tracemalloc.start()
    await taking()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


async def _holds(guild: Guild, packed: bytes, folder: Path) -> float:
    """Return the longest that one callback took, in milliseconds of processor."""
    async with _auditing(guild, packed, folder) as audit:
        gc.collect()
        gc.freeze()
        with watched_loop() as seen:
            await asyncio.create_task(audit(), name="audit")
        gc.unfreeze()
    return seen.longest
