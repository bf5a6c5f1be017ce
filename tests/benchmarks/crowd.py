"""A crowd: a bot among its people, and what it takes until all that follows is written."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.benchmarks.connected_bot import ConnectedBot, connected, settled
from tests.benchmarks.our_cog import SETTINGS, our_cog, written
from tests.benchmarks.scripted_clock import ScriptedClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from integrations.cog import SessionCog
    from tests.benchmarks.population import Population

__all__ = ["Crowd", "Stopwatch", "crowd_of"]

_DAY = 86_400.0


class Stopwatch:
    """Measures what work costs, in multiples of what a fixed piece of work takes just then.

    A machine is not as fast at one moment as at the next, so that is asked before and after.
    Counted is processor time of the whole process: those who write run in threads of their own.
    """

    def __init__(self) -> None:
        """Begin a measurement, with the watch stopped."""
        self._took = 0.0
        self._before = _pace()

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Let the watch run; it may several times."""
        began = time.process_time()
        yield
        self._took += time.process_time() - began

    def cost(self) -> float:
        """Return what all of it cost."""
        return 2 * self._took / (self._before + _pace())


def _pace() -> float:
    took = []
    for _round in range(5):
        began = time.process_time()
        sum(number % 7 for number in range(50_000))
        took.append(time.process_time() - began)
    return min(took)


@dataclass
class Crowd:
    """Who is there, the bot that watches them, and the clock it goes by."""

    population: Population
    bot: ConnectedBot
    cog: SessionCog
    clock: ScriptedClock

    @property
    def sessions(self) -> int:
        """How many people are counted now, in voice or in a game."""
        counts = self.cog.engine.counts()
        return counts["voice"] + counts["game"]

    async def is_seen(self, sessions: int) -> None:
        """Wait until everybody who is there has a session."""
        while self.sessions < sessions:  # noqa: ASYNC110 - a look that is done tells nobody
            await asyncio.sleep(0)
        await self.is_written()
        gc.enable()
        gc.collect()
        # How long the collector looks through what there is, is not ours, nor that the processor's
        # caches hold nothing else after it.
        gc.freeze()

    async def does(self, texts: list[str], then: float = 0.0) -> float:
        """Let events come, and time go by; return what it costs until all of it is written.

        Args:
            texts: the events.
            then: the seconds that pass after them, until all of it is confirmed, or over.
        """
        gc.collect()
        watch = Stopwatch()
        with watch.running():
            await self.bot.hears(texts)
        self.clock.passes(then)
        with watch.running():
            await self.catches_up()
            await self.is_written()
        figures = self.cog.store_figures
        assert figures is not None
        assert (figures.given_up, figures.failures) == (0, 0)
        return watch.cost()

    async def catches_up(self) -> None:
        """Fire what has come due, in turns: the cog's own timer waits for a real clock."""
        tracker = self.cog._tracker  # noqa: SLF001 - a bot never does it by hand
        while (due := self.cog.engine.due_at) is not None and due <= tracker.now():
            tracker._advance()  # noqa: SLF001 - as its timer does
            await asyncio.sleep(0)

    async def is_written(self) -> None:
        """Wait until all that is done in turns is done, and everything is on the disk."""
        await settled()
        await written(self.cog)


@contextlib.asynccontextmanager
async def crowd_of(
    population: Population, folder: Path, *, party_gap: str | float = SETTINGS.party_gap
) -> AsyncIterator[Crowd]:
    """Yield a crowd whose bot is logged in to all of its guilds."""
    bot, clock = ConnectedBot(raw_presences=True), ScriptedClock()
    # A check comes when it is measured.
    cog = our_cog(bot, folder, health_check_every=_DAY, party_gap=party_gap)
    clock.drives(cog)
    gc.disable()  # until all are seen, which nobody times
    async with connected(population, cog, bot=bot):
        yield Crowd(population, bot, cog, clock)
    gc.enable()
    gc.unfreeze()
    gc.collect()
