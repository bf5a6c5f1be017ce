"""A bot with the cog in a world of its own, and time, which passes while both go on or one."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING
from unittest import mock

from integrations.cog import SessionCog
from integrations.evidence.contradictions import Contradictions
from integrations.simulation.chance import Chance
from machines import seconds
from tests.benchmarks.connected_bot import settled
from tests.benchmarks.scripted_clock import START
from tests.integrations.gateway.fed_bot import FedBot, fed
from tests.integrations.worlds.answers import Answers
from tests.integrations.worlds.disk import WorldDisk
from tests.integrations.worlds.newcomer import SHARDS, Newcomer, ShardedNewcomer
from tests.integrations.worlds.plaza import Plaza, Square
from tests.integrations.worlds.roles import RoledPlaza
from tests.integrations.worlds.story import Story
from tests.integrations.worlds.wire import Wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine
    from pathlib import Path

    from integrations.simulation.intervals import Interval
    from machines import Instant
    from tests.benchmarks.scripted_clock import ScriptedClock
    from tests.integrations.worlds.kinds import Kind

__all__ = ["Disturbance", "Stage", "staged"]

_DISK = "persistence.data_dir.OsDisk"
_PHASE = "integrations.wake_ups._PHASE"
_READ_GUILDS = "integrations.evidence.audit.auditor.read_guilds"
_STEPS = (0.25, 0.5, 1.0)
_READING = 1e-5
"""Seconds that a frame takes: what is read one after the other is never of one instant."""

_BUSY = (0.03, 0.12)
"""How likely it is that something happens within a second, in a quiet world and in another."""

_HURRIED = 0.8
"""How likely it is in a hurried one."""


class Stage:
    """What goes on in one world.

    Attributes:
        kind: of which kind the world is.
        settings: what the cog goes by.
        chance: by which it is drawn what happens.
        clock: the clock of all.
        disk: what the bot writes to.
        plaza: the people.
        wires: what tells of them, for each shard.
        answers: what answers the bot.
        story: what has happened.
        newcomer: the bot that hears of it.
        bot: the same, with its cog.
        unheard: when what happened in a guild was never told.
        disturbed: when something was amiss.
        unloaded: when the cog was not loaded.
        deaths: when the process was killed.
        stood_still: when it did not run.
        unsaid: who opted out while it did not run; since when their guild was watched no more.
    """

    def __init__(self, seed: int, clock: ScriptedClock, folder: Path, kind: Kind) -> None:
        """Draw everything by ``seed``; the bot keeps what it writes in ``folder``."""
        self.kind, self.clock = kind, clock
        self.settings = kind.settings(Chance.of(seed, "settings"))
        self.chance = Chance.of(seed, "world")
        self.story = Story(self.now)
        self.disk = WorldDisk(folder, self.now)
        self.plaza = (RoledPlaza if kind.has_roles else Plaza)(
            kind.people,
            self.chance,
            self.now,
            self.sends,
            self.story,
            set_by=lambda: clock.set_by,
            is_restless=kind.is_restless,
            tells_calls=self.settings.channel_info,
        )
        shards = SHARDS if kind.is_sharded else (None,)
        self.wires = [
            Wire(self.now, self.story, self._squares_of(each), each, self._is_read)
            for each in shards
        ]
        self.answers = Answers(self)
        self.unheard: defaultdict[int, list[Interval]] = defaultdict(list)
        self.disturbed: list[Interval] = []
        self.unloaded: list[Interval] = []
        self.deaths: list[Instant] = []
        self.stood_still: list[Interval] = []
        self.unsaid: list[tuple[int, Instant, Instant]] = []
        self.newcomer = (ShardedNewcomer if kind.is_sharded else Newcomer)(self)
        self.bot: FedBot
        self._busy = _HURRIED if kind.is_hurried else self.chance.choice(_BUSY)
        self._waiting = 0.0
        self._tells_twice = kind.is_restless and self.chance.happens(0.3)

    def now(self) -> Instant:
        """Return the present of this world, by a clock that nobody sets."""
        return START + seconds(self.clock.monotonic())

    @property
    def is_at_rest(self) -> bool:
        """Whether nobody has a session."""
        return not self.bot.cog.engine.registry.count

    def square(self, guild_id: int) -> Square:
        """Return a guild."""
        return next(each for each in self.plaza.squares if each.id == guild_id)

    def wire_of(self, square: Square) -> Wire:
        """Return the connection that tells of a guild."""
        return next(each for each in self.wires if square in each.squares)

    def some_wire(self) -> Wire:
        """Draw a connection, where there are several."""
        return self.wires[0] if len(self.wires) == 1 else self.chance.choice(self.wires)

    def sends(self, guild_id: int, text: str) -> None:
        """Discord sends news of a guild; in some worlds it sends some twice."""
        wire = self.wire_of(self.square(guild_id))
        wire.sends(guild_id, text)
        if self._tells_twice and "GUILD_MEMBER" not in text and self.chance.happens(0.1):
            wire.sends(guild_id, text)

    async def goes_on(self, seconds: float, *, is_quiet: bool = False) -> None:
        """Let time pass in which the bot runs; frames are two seconds under way at most.

        Args:
            seconds: how long.
            is_quiet: whether nobody does anything.
        """
        until = self.clock.monotonic() + seconds
        if self.kind.is_hurried:
            await self._reads_at_once()
        while self.clock.monotonic() < until:
            step = self.chance.choice(_STEPS)
            self.passes(step, is_quiet=is_quiet)
            self._waiting += step
            is_prompt = self.kind.is_hurried
            if is_prompt or self._waiting >= 1.0 or self.chance.happens(0.5):
                for wire in self.wires:
                    wire.arrives()
                self._waiting = 0.0
            await settled(8)

    async def goes_on_for_a_tenth(self) -> None:
        """Let a tenth of a second pass, before and after which all that is under way is read."""
        await self._reads_at_once()
        self.passes(0.1)
        await self._reads_at_once()

    async def _reads_at_once(self) -> None:
        for wire in self.wires:
            wire.arrives()
        await settled(8)

    async def stands_still(self, seconds: float) -> None:
        """Let time pass in which the process does not run; then it wakes.

        What has come meanwhile may be read before any timer goes off, or behind those that are
        due, or some of it then and the rest later.
        """
        self.story.tell(f"the process stands still for {seconds:.0f} s")
        since = self.now()
        for _second in range(round(seconds)):
            self.passes(1.0)
        self.stood_still.append((since, self.now()))
        self.story.tell("it runs again")
        for _time in range(self.chance.randint(0, 3)):
            self.some_wire().arrives(self.chance.randint(0, 5))
            await self.pauses()

    async def pauses(self) -> None:
        """Let others run for a while, perhaps, in which no time passes."""
        await settled(self.chance.randint(0, 3))

    async def reloads(self, after: float) -> None:
        """Unload the cog, and load it anew when so many seconds have passed."""
        since = self.now()
        await self._goes_on_until(self.newcomer.remove_cog(self.bot.cog.qualified_name))
        await self.goes_on(after)
        await self._goes_on_until(self.loads())
        self.unloaded.append((since, self.now()))

    async def loads(self) -> None:
        """Load a cog that goes by the settings as they are now, and finds what is on the disk."""
        cog = self.bot.cog = SessionCog(self.newcomer, self.settings, data_dir=self.disk.folder)
        self.clock.drives(cog)
        await self.newcomer.add_cog(cog)

    async def _goes_on_until(self, done: Coroutine[None, None, object]) -> None:
        doing = asyncio.create_task(done)
        while not doing.done():
            await self.goes_on(_STEPS[0])
        await doing

    async def passes_until(self, done: Coroutine[None, None, object]) -> None:
        """Let time pass in which nothing comes over the wire until this is done."""
        doing = asyncio.create_task(done)
        while not doing.done():
            self.passes(_STEPS[0])
            await settled(8)
        await doing

    def passes(self, seconds: float, *, is_quiet: bool = False) -> None:
        """Let time pass that the process does not notice."""
        self.clock.stands_still(seconds)
        if not is_quiet and self.chance.happens(self._busy * seconds):
            self.plaza.befalls()

    def _is_read(self) -> None:
        self.clock.stands_still(_READING)

    def _squares_of(self, shard_id: int | None) -> list[Square]:
        return [
            each
            for each in self.plaza.squares
            if shard_id is None or (each.id >> 22) % len(SHARDS) == shard_id
        ]


Disturbance = Callable[[Stage], Awaitable[None]]
"""Something that goes wrong in a world; once it is over, all is well again."""


@contextlib.asynccontextmanager
async def staged(seed: int, clock: ScriptedClock, folder: Path, kind: Kind) -> AsyncIterator[Stage]:
    """Yield a world in which a bot has just logged in, for a program run by ``clock``."""
    stage = Stage(seed, clock, folder, kind)
    with contextlib.ExitStack() as patches:
        patches.enter_context(mock.patch(_PHASE, Chance.of(seed, "wake-ups").random()))
        patches.enter_context(mock.patch(_DISK, side_effect=lambda: stage.disk))
        patches.enter_context(mock.patch(_READ_GUILDS, stage.answers.guilds))
        if not stage.settings.audit_every:  # or every sign has people looked up
            patches.enter_context(mock.patch.object(Contradictions, "_look"))
        async with fed(folder, kind.people, stage.settings, clock, stage.newcomer) as bot:
            stage.bot = bot
            try:
                yield stage
            finally:
                for wire in stage.wires:
                    await wire.closes()
