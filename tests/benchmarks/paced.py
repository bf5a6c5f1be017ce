"""Events as they come to a bot: so many a second, with pauses between them, over a websocket.

Each contestant is a bot in a process of its own (``tests/benchmarks/paced_bot.py``), and all of
them hear the same at once. Their loops sleep meanwhile, and each event that comes wakes them up;
what is heard is taken in, and what has changed is written, by Latido's own timers.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
from contextlib import AsyncExitStack, asynccontextmanager
from heapq import heappop, heappush
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

from tests.benchmarks.event_cases import Case, common_cases
from tests.benchmarks.events import figures_of
from tests.benchmarks.figures import AT_REST, LATIDO, Figure, Section
from tests.benchmarks.paced_bot import ASKED, BOTS, IDLE, PEOPLE, Used
from tests.benchmarks.population import Population, hour_ago
from tests.benchmarks.promises import BUSY, QUIET, SELDOM, WHOLE_STAY
from tests.benchmarks.rounds import spread_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

__all__ = ["measure"]

_ROOT = Path(__file__).parents[2]
_ROUNDS = 5
_EVENTS = {SELDOM: 10, QUIET: 30, BUSY: 100}
"""How many there are in a round, by how many come a second."""

_SELDOM = "somebody closes a game and opens it again"
"""What is also measured where fewer than ten come a second: each of them is waited for alone."""

_STAY = 15.0
"""Seconds for which somebody stays in voice, give or take a third: long enough to count."""

_FOLLOWS = 85.0
"""Seconds after which as many leave as come, and records are written of as many."""

_REST, _MICRO = 6.0, 1_000_000
"""Seconds in which nothing is told, as long as three looks at the clocks take; and microseconds
of one."""

_STAY_ROUND = 10.0
"""Seconds that a round of stays takes."""

_UNTIL_WRITTEN = 1.3
"""Seconds after the last event: it waits for up to one, and is written."""

_PATIENCE = 120.0
"""Seconds within which all contestants are there, or answer."""

_WHICH = (
    "somebody mutes",
    "a game's details change",
    "somebody moves to another channel",
    _SELDOM,
)


async def measure(folder: Path) -> Section:
    """Measure what people do most of the time."""
    section = Section()
    began = hour_ago()
    population = Population.of(PEOPLE, guilds=1, began=began, idle_each=IDLE)
    cases = [each for each in common_cases(population) if each.name in _WHICH]
    pauses = random.Random(0)  # noqa: S311 - the same in each run
    async with _audience(folder, began) as audience:
        section.figures.append(await _at_rest(audience))
        for case in cases:
            texts = _for_ever(case.texts)
            for rate, events in _EVENTS.items():
                if rate < QUIET and case.name != _SELDOM:
                    continue
                told: dict[str, list[float]] = {name: [] for name in BOTS}
                for number in range(_ROUNDS + 1):
                    before = await audience.used()
                    await audience.hears(islice(texts, events), rate, pauses)
                    after = await audience.used()
                    for name in BOTS if number else ():  # the first round does not count
                        told[name].append((after[name] - before[name]) / events)
                paced = case.paced(rate)
                section.figures += figures_of(paced, PEOPLE, told, in_microseconds=True)
        told = await _stays(audience, population, pauses)
        section.figures += figures_of(_A_STAY, PEOPLE, told, in_microseconds=True)
    return section


async def _at_rest(audience: _Audience) -> Figure:
    """Measure what sessions cost that go on while nothing is heard."""
    seen: list[float] = []
    for _round in range(_ROUNDS):
        before = await audience.used()
        await asyncio.sleep(_REST)
        after = await audience.used()
        spent = {name: (after[name] - before[name]) / _REST for name in BOTS}
        seen.append((spent["Latido"] - spent["discord.py"]) * _MICRO)
    return Figure.of(
        "nothing happens while sessions go on", PEOPLE, LATIDO, spread_of(seen), AT_REST
    )


_A_STAY = Case(
    f"somebody comes to voice, stays and leaves, and all that follows: {QUIET} events a second,"
    " with pauses",
    WHOLE_STAY,
    [],
)


async def _stays(
    audience: _Audience, population: Population, pauses: random.Random
) -> dict[str, list[float]]:
    """Let people come and go until it goes on steadily, and return what each round has cost."""
    coming = _comings_and_goings(population, pauses)
    await audience.hears_until(coming, time.monotonic() + _FOLLOWS)
    told: dict[str, list[float]] = {name: [] for name in BOTS}
    for _round in range(_ROUNDS):
        before = await audience.used()
        events = await audience.hears_until(coming, time.monotonic() + _STAY_ROUND)
        after = await audience.used()
        for name in BOTS:
            told[name].append((after[name] - before[name]) / events)
    return told


def _comings_and_goings(
    population: Population, pauses: random.Random
) -> Iterator[tuple[float, str]]:
    """Yield what is told, and when: people come, and leave some time after that."""
    idle, channels = population.idle, population.guilds[0].channel_ids
    leaving: list[tuple[float, int]] = []
    comes = time.monotonic()
    for number in count():
        while leaving and leaving[0][0] <= comes:
            leaves, who = heappop(leaving)
            yield leaves, idle[who].voice_update(None)
        who = number % len(idle)
        yield comes, idle[who].voice_update(channels[who % len(channels)])
        heappush(leaving, (comes + _STAY * pauses.uniform(2 / 3, 4 / 3), who))
        comes += pauses.expovariate(QUIET / 2)


def _for_ever(texts: list[str]) -> Iterator[str]:
    while True:
        yield from texts


class _Audience:
    """All contestants, each at the other end of a websocket."""

    def __init__(self) -> None:
        self._sockets: list[web.WebSocketResponse] = []
        self._answers: asyncio.Queue[Used] = asyncio.Queue()
        self._is_complete = asyncio.Event()

    async def meets(self, request: web.Request) -> web.WebSocketResponse:
        """Have one more contestant, and hear what it answers until it is gone."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._sockets.append(socket)
        if len(self._sockets) == len(BOTS):
            self._is_complete.set()
        async for message in socket:
            self._answers.put_nowait(msgspec.json.decode(message.data, type=Used))
        return socket

    async def is_complete(self) -> None:
        """Wait until every contestant is there."""
        async with asyncio.timeout(_PATIENCE):
            await self._is_complete.wait()

    async def hears(self, texts: Iterator[str], rate: int, pauses: random.Random) -> None:
        """Tell all of them the same, so many a second; return once all of it is written."""
        at = time.monotonic()
        for text in texts:
            at += pauses.expovariate(rate)
            await asyncio.sleep(max(0.0, at - time.monotonic()))
            await self._tell(text)
        await asyncio.sleep(_UNTIL_WRITTEN)

    async def hears_until(self, told: Iterator[tuple[float, str]], end: float) -> int:
        """Tell all of them what is due by then, each when it is; return how much that was."""
        number = 0
        for at, text in told:
            await asyncio.sleep(max(0.0, at - time.monotonic()))
            await self._tell(text)
            number += 1
            if at >= end:
                break
        return number

    async def used(self) -> dict[str, float]:
        """Return the seconds of processor that each has used so far."""
        await self._tell(ASKED)
        async with asyncio.timeout(_PATIENCE):
            answers = [await self._answers.get() for _bot in BOTS]
        return {each.who: each.seconds for each in answers}

    async def leaves(self) -> None:
        """Let all of them go."""
        for socket in self._sockets:
            await socket.close()

    async def _tell(self, text: str) -> None:
        random.shuffle(self._sockets)  # whoever is told last is not always the same
        for socket in self._sockets:
            await socket.send_str(text)


@asynccontextmanager
async def _audience(folder: Path, began: int) -> AsyncIterator[_Audience]:
    """Yield all contestants, connected; those that are left in the end are ended."""
    audience = _Audience()
    application = web.Application()
    application.router.add_get("/", audience.meets)
    runner = web.AppRunner(application, access_log=None)
    async with AsyncExitStack() as stack:
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        for name in BOTS:
            stack.push_async_callback(_ended, await _started(name, host, port, began, folder))
        stack.push_async_callback(audience.leaves)
        await audience.is_complete()
        yield audience


async def _started(
    name: str, host: str, port: int, began: int, folder: Path
) -> asyncio.subprocess.Process:
    module, url = "tests.benchmarks.paced_bot", f"http://{host}:{port}/"
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, name, url, str(began), str(folder / name)),
        cwd=_ROOT,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
    )


async def _ended(process: asyncio.subprocess.Process) -> None:
    try:
        async with asyncio.timeout(_PATIENCE):
            status = await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise
    assert status == 0
