"""A bot with the cog in a world of its own, and time, which passes while both go on or one."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING
from unittest import mock

from engine import Settings
from integrations.cog import SessionCog
from integrations.evidence.contradictions import Contradictions
from integrations.simulation.chance import Chance
from tests.benchmarks.connected_bot import ConnectedBot, settled
from tests.integrations.gateway.fed_bot import FedBot, fed
from tests.integrations.worlds.plaza import PEOPLE, Plaza
from tests.integrations.worlds.story import Story
from tests.integrations.worlds.wire import Wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine
    from pathlib import Path

    from integrations.simulation.intervals import Interval
    from machines import Instant
    from tests.benchmarks.population import Population
    from tests.benchmarks.scripted_clock import ScriptedClock

__all__ = ["SETTINGS", "Stage", "staged"]

SETTINGS = Settings(
    voice_grace=30,
    game_grace=40,
    party_grace=50,
    audit_every=0,
    channel_info=False,
    deep_check_budget=0,
    health_check_every=86_400,
)
"""Short graces, so that much ends in minutes; nothing looks, for there is nobody to ask."""

_STEPS = (0.25, 0.5, 1.0)
_BUSY = (0.03, 0.12)
"""How likely it is that something happens within a second, in a quiet world and in another."""


class Stage:
    """What goes on in one world.

    Attributes:
        chance: by which it is drawn what happens.
        plaza: the people.
        wire: what tells of them.
        story: what has happened.
        bot: the bot that hears of it.
        unheard: when what happened was never told.
        disturbed: when something was amiss.
        unloaded: when the cog was not loaded.
    """

    def __init__(self, seed: int, clock: ScriptedClock, folder: Path) -> None:
        """Draw everything by ``seed``; the bot keeps what it writes in ``folder``."""
        self._clock, self._folder = clock, folder
        self.chance = Chance.of(seed, "world")
        self.story = Story(self.now)
        self.wire = Wire(self.now, self.story)
        self.plaza = Plaza(self.chance, self.now, self.wire.sends, self.story)
        self.unheard: list[Interval] = []
        self.disturbed: list[Interval] = []
        self.unloaded: list[Interval] = []
        self.bot: FedBot
        self._busy = self.chance.choice(_BUSY)
        self._waiting = 0.0

    def now(self) -> Instant:
        """Return the present of this world."""
        return self._clock._wall()  # noqa: SLF001 - as the cog is told it

    @property
    def is_at_rest(self) -> bool:
        """Whether nobody has a session."""
        return not self.bot.cog.engine.registry.count

    async def goes_on(self, seconds: float, *, is_quiet: bool = False) -> None:
        """Let time pass in which the bot runs; frames are two seconds under way at most.

        Args:
            seconds: how long.
            is_quiet: whether nobody does anything.
        """
        until = self._clock.monotonic() + seconds
        while self._clock.monotonic() < until:
            step = self.chance.choice(_STEPS)
            self._passes(step, is_quiet=is_quiet)
            self._waiting += step
            if self._waiting >= 1.0 or self.chance.happens(0.5):
                self.wire.arrives()
                self._waiting = 0.0
            await settled(8)

    async def stands_still(self, seconds: float) -> None:
        """Let time pass in which the process does not run; then it wakes.

        What has come meanwhile may be read before any timer goes off, or behind those that are
        due, or some of it then and the rest later.
        """
        self.story.tell(f"the process stands still for {seconds:.0f} s")
        for _second in range(round(seconds)):
            self._passes(1.0)
        self.story.tell("it runs again")
        for _time in range(self.chance.randint(0, 3)):
            self.wire.arrives(self.chance.randint(0, 5))
            await self.pauses()

    async def pauses(self) -> None:
        """Let others run for a while, perhaps, in which no time passes."""
        await settled(self.chance.randint(0, 3))

    async def reloads(self, after: float) -> None:
        """Unload the cog, and load it anew when so many seconds have passed."""
        bot, since = self.bot.bot, self.now()
        await self._goes_on_until(bot.remove_cog(self.bot.cog.qualified_name))
        await self.goes_on(after)
        cog = self.bot.cog = SessionCog(bot, SETTINGS, data_dir=self._folder)
        self._clock.drives(cog)
        await self._goes_on_until(bot.add_cog(cog))
        self.unloaded.append((since, self.now()))

    async def _goes_on_until(self, done: Coroutine[None, None, object]) -> None:
        doing = asyncio.create_task(done)
        while not doing.done():
            await self.goes_on(_STEPS[0])
        await doing

    def _passes(self, seconds: float, *, is_quiet: bool = False) -> None:
        self._clock.stands_still(seconds)
        if not is_quiet and self.chance.happens(self._busy * seconds):
            self.plaza.befalls()


@contextlib.asynccontextmanager
async def staged(seed: int, clock: ScriptedClock, folder: Path) -> AsyncIterator[Stage]:
    """Yield a world in which a bot has just logged in, for a program run by ``clock``."""
    stage = Stage(seed, clock, folder)
    with mock.patch.object(Contradictions, "_look"):  # there is nobody whom a look could ask
        async with fed(folder, PEOPLE, SETTINGS, clock, _Newcomer(stage)) as bot:
            stage.bot = bot
            try:
                yield stage
            finally:
                await stage.wire.closes()


class _Newcomer(ConnectedBot):
    """Logs in over the wire of a world."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self._stage = stage

    async def meets(self, population: Population) -> None:  # noqa: ARG002 - the wire knows it
        self._connection.guild_ready_timeout = 2.0
        self._stage.wire.begins(self, self._stage.plaza.create())
        while not self.is_ready():
            await self._stage.goes_on(1, is_quiet=True)
