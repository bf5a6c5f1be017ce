"""One of the bots that hear events as they come to a bot, in a process of its own.

It reads a websocket as discord.py does, and says over it how much of the processor its event loop
has used whenever it is asked to.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from discord.gateway import ReconnectWebSocket

from tests.benchmarks.connected_bot import ConnectedBot, connected, processor_time
from tests.benchmarks.our_cog import our_cog, over_a_standstill, written
from tests.benchmarks.population import Population, frame
from tests.benchmarks.rivals.events_only import EmptyListeners
from tests.benchmarks.rounds import frozen

__all__ = ["ASKED", "BOTS", "IDLE", "PEOPLE", "Used"]

BOTS = ("the measurement itself", "discord.py", "empty listener", "Latido")
"""Who they are: the first lets discord.py see nothing of what it hears."""

PEOPLE = 1_000
"""How many people all of them know, half of them in voice and the others playing."""

IDLE = 900
"""How many more of the guild's are in no voice, and play nothing."""

_ASKED = "LATIDO_BENCHMARK"
ASKED = frame(_ASKED, {})
"""What asks how much of the processor was used so far."""

_PATIENCE = 120.0
"""Seconds that discord.py waits for a frame."""


class Used(msgspec.Struct):
    """What one of them answers: who it is, and the seconds of processor that it has used."""

    who: str
    seconds: float


async def main(who: str, url: str, began: int, folder: Path) -> None:
    """Be the bot ``who``, and read from ``url`` until the other side is done."""
    logging.basicConfig(level=logging.INFO, filename=os.devnull)
    population = Population.of(PEOPLE, guilds=1, began=began, idle_each=IDLE)
    bot = ConnectedBot()
    cog = our_cog(bot, folder / "data", health_check_every=3_600) if who == "Latido" else None
    async with AsyncExitStack() as stack:
        if cog is not None:
            await stack.enter_async_context(connected(population, cog, bot=bot))
            await written(cog)
            await over_a_standstill(cog)
        else:
            cogs = [EmptyListeners()] if who == "empty listener" else []
            await stack.enter_async_context(connected(population, *cogs, bot=bot))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        socket = await stack.enter_async_context(session.ws_connect(url, max_msg_size=0))
        stack.enter_context(frozen())
        await _reads(bot, who, socket)
        if cog is not None:
            assert not cog.sources.contradictions.looks  # nothing told hints at a lost event


async def _reads(bot: ConnectedBot, who: str, socket: aiohttp.ClientWebSocketResponse) -> None:
    answers: set[asyncio.Task[None]] = set()

    def asked(_data: object) -> None:
        used = msgspec.json.encode(Used(who, processor_time())).decode()
        answer = asyncio.create_task(socket.send_str(used))
        answers.add(answer)
        answer.add_done_callback(answers.discard)

    bot._connection.parsers[_ASKED] = asked  # noqa: SLF001 - as a tap does
    receive = bot.ws.received_message
    if who == BOTS[0]:

        async def receives_little(text: Any, /) -> None:  # noqa: ANN401 - discord.py's signature
            if text == ASKED:
                await receive(text)

        bot.ws.received_message = receives_little  # type: ignore[method-assign]
    bot.ws.socket = socket
    bot.ws._max_heartbeat_timeout = _PATIENCE  # noqa: SLF001 - nobody beats here
    with contextlib.suppress(ReconnectWebSocket):  # the other side is done
        while True:
            await bot.ws.poll_event()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), Path(sys.argv[4])))
