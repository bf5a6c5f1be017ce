"""The health check: a hundredth of all sessions are lost, and are found to be over.

A hundredth of those in voice left and a hundredth of those in a game closed it, and no event
said so. The former an audit finds, the latter Request Guild Members. While the check runs,
events go on coming.

How long it holds the loop is measured once more where everybody is in one guild, and there right
after the watch was lost; and where all are in thousands of guilds. Not counted is what plays
Discord, and what discord.py takes to decode the members we ask for; its own objects are none that
the collector goes through (``freeze``), but all that the cog holds is.

A heartbeat takes the processor for itself, so beside the proposal it beats in one more check, which
is compared with nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
from dataclasses import dataclass
from typing import TYPE_CHECKING
from unittest import mock

from engine import WatchLost
from integrations.evidence.audit import auditor as auditing
from integrations.evidence.audit import frames
from integrations.evidence.audit.gateway_session import GuildSeen
from integrations.evidence.audit.slices import FrameText
from tests.benchmarks.connected_bot import ConnectedBot, connected, processor_time, untimed
from tests.benchmarks.figures import LATIDO, Figure, Section, point
from tests.benchmarks.loop_holds import watched_loop
from tests.benchmarks.our_cog import our_cog, over_a_standstill, takes_it_as_up, written
from tests.benchmarks.population import Population, hour_ago
from tests.benchmarks.rivals.proposal import ProposalCog
from tests.benchmarks.rounds import ratio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from pathlib import Path

    import aiohttp

    from integrations.cog import SessionCog
    from integrations.evidence.audit.gateway_session import Identity
    from integrations.evidence.audit.plan import Target
    from machines import Instant
    from tests.benchmarks.loop_holds import LoopHolds
    from tests.benchmarks.population import Person

__all__ = ["measure"]

SIZES = (1_000, 10_000, 100_000)
_ROUNDS = {1_000: 3, 10_000: 2, 100_000: 2}
_LOST = 100
_PIECE = 16 * 1024
_CASE = "a check with 1 % of the sessions lost"
_HOLDS = "longest that a check holds the loop at a time"
_LATEST = "latest heartbeat: a check"
_ONE_GUILD, _ROUNDS_IN_IT = 20_000, 2
_MANY_GUILDS = {"ten": (10, 5_000, 2), "three": (3, 2_000, 2)}
"""How many sessions each of them has, how many guilds there are, and for how many rounds."""
_EVENT_DELAY = 0.05
"""Seconds that a check waits in each guild for events in flight, where it finds somebody lost."""
_MOST_EVENTS = 200


async def measure(folder: Path) -> Section:
    """Measure the check at every size, beside the proposal's, and in one large guild."""
    section = Section()
    for size in SIZES:
        population = Population.of(size, guilds=max(1, size // 1_000), began=hour_ago())
        await _beside_the_proposal(section, population, folder / str(size))
    await _in_one_guild(section, folder / "one guild")
    await _in_many_guilds(section, folder / "many guilds")
    return section


async def _beside_the_proposal(section: Section, population: Population, folder: Path) -> None:
    """Check in turns with the proposal, which in each round loses the same people."""
    size = len(population.people)
    async with _theirs(population, folder / "theirs") as theirs, _ours(population, folder) as ours:
        checks = {LATIDO: ours.check, "proposal": theirs.check}
        took: dict[str, list[float]] = {who: [] for who in checks}
        held: dict[str, list[float]] = {who: [] for who in checks}
        for number in range(_ROUNDS[size]):
            for who, check in checks.items():
                seconds, seen = await check(number)
                took[who].append(seconds)
                held[who].append(seen.longest)
        _, beaten = await ours.check(_ROUNDS[size], beats=True)
    compared = ratio(took[LATIDO], took["proposal"])
    section.figures += [
        Figure.of(_CASE, size, LATIDO, compared, "the proposal's check"),
        Figure.held(_HOLDS, size, held[LATIDO]),
        Figure.held(_HOLDS, size, held["proposal"], "proposal", None),
        Figure.woken(_LATEST, size, [beaten]),
    ]
    point(section, "check, per session", size, [each / size for each in took[LATIDO]])


async def _in_one_guild(section: Section, folder: Path) -> None:
    population = Population.of(_ONE_GUILD, guilds=1, began=hour_ago())
    async with _ours(population, folder) as ours:
        checks = [(await ours.check(each, beats=True))[1] for each in range(_ROUNDS_IN_IT)]
        after_gap = [await ours.check_after_gap() for _number in range(_ROUNDS_IN_IT)]
    for where, seen in (
        ("in one guild", checks),
        ("in one guild, right after a gap", after_gap),
    ):
        section.figures += _watched(where, _ONE_GUILD, seen)


async def _in_many_guilds(section: Section, folder: Path) -> None:
    for each, (sessions, guilds, rounds) in _MANY_GUILDS.items():
        size = sessions * guilds
        population = Population.of(size, guilds=guilds, idle_each=0, began=hour_ago())
        async with _ours(population, folder / each) as ours:
            checks = [(await ours.check(number, beats=True))[1] for number in range(rounds)]
        section.figures += _watched(f"in guilds of {each}", size, checks)


def _watched(where: str, size: int, seen: list[LoopHolds]) -> Iterator[Figure]:
    yield Figure.of_holds(f"{_HOLDS}, {where}", size, seen)
    yield Figure.woken(f"{_LATEST}, {where}", size, seen)


@dataclass
class _Ours:
    """Our check, with somebody to answer an audit."""

    population: Population
    bot: ConnectedBot
    cog: SessionCog
    audit: _Audit

    async def check(self, number: int, *, beats: bool = False) -> tuple[float, LoopHolds]:
        """Find those whom a round loses, while events come that change nothing.

        Returns:
            The seconds of processor that it took, and how it held the loop.
        """
        lost = {person.id for person in _lost(self.population, number)}
        self.bot.gone |= lost
        self.audit.loses(self.population, frozenset(self.bot.gone))
        some = self.population.in_voice[: min(_MOST_EVENTS, len(self.population.people) // 50)]
        mutes = [
            p.voice_update(p.channel_id, muted=True) for p in some if p.id not in self.bot.gone
        ]
        await over_a_standstill(self.cog)  # to make these texts has taken seconds
        gc.collect()  # what has just been made for it is no news to the collector
        began = processor_time()
        with watched_loop(beats=beats) as seen:
            check = asyncio.create_task(self._check(len(lost)))
            for text in mutes:
                await self.bot.ws.received_message(text)
                await asyncio.sleep(0.002)
            await check
        return processor_time() - began, seen

    async def check_after_gap(self) -> LoopHolds:
        """Lose sight of everybody; return how the check that follows held the loop."""
        self.audit.loses(self.population, frozenset(self.bot.gone))  # all wait for their calls
        await over_a_standstill(self.cog)  # as above
        gc.collect()
        tracker = self.cog._tracker  # noqa: SLF001 - as the clocks do when the machine was asleep
        guild_ids = tuple(self.cog.engine.guild_ids())
        tracker.observe(WatchLost(guild_ids=guild_ids, since=self.cog.now()))
        await tracker.finish()
        with watched_loop() as seen:
            await asyncio.create_task(self._check(0))
            while self.cog.sources.held:  # noqa: ASYNC110 - a verdict that is given tells nobody
                await asyncio.sleep(0)
            await written(self.cog)
        return seen

    async def _check(self, lost: int) -> None:
        """Check, and wait until everything is on the disk."""
        repaired = await self.cog.check_now()
        storekeeper = self.cog._storekeeper  # noqa: SLF001 - it says when all is written
        assert storekeeper is not None
        await storekeeper.settle()
        assert repaired["voice"] + repaired["game"] == lost, repaired


@contextlib.asynccontextmanager
async def _ours(population: Population, folder: Path) -> AsyncIterator[_Ours]:
    bot = ConnectedBot(raw_presences=True)
    cog = our_cog(bot, folder, audit_every=3600.0, event_delay=_EVENT_DELAY, channel_info=True)
    async with connected(population, bot=bot):
        gc.collect()
        gc.freeze()  # what discord.py and the measurement hold; what the cog will hold is not
        audit = _Audit(cog)
        takes_it_as_up(cog)
        with untimed():
            await bot.add_cog(cog)
            cog._connections._up.add(None)  # noqa: SLF001 - it finds no heartbeat of a socket here
            for guild in population.guilds:  # that discord.py has somebody proves little
                await bot.hears([guild.text()])
            await written(cog)
        gc.collect()
        assert cog.engine.counts()["voice"] == len(population.in_voice)
        assert cog.engine.counts()["game"] == len(population.playing)
        yield _Ours(population, bot, cog, audit)
    gc.unfreeze()


@dataclass
class _Theirs:
    """The proposal's check, which believes what discord.py has cached."""

    population: Population
    bot: ConnectedBot
    proposal: ProposalCog

    async def check(self, number: int) -> tuple[float, LoopHolds]:
        """Do what ours does, with the same people."""
        for person in _lost(self.population, number):
            self._take_out_of_cache(person)
        gc.collect()
        began = processor_time()
        with watched_loop(beats=False) as seen:
            await asyncio.create_task(self.proposal.check())
        return processor_time() - began, seen

    def _take_out_of_cache(self, person: Person) -> None:
        guild = self.bot.get_guild(person.guild_id)
        assert guild is not None
        guild._voice_states.pop(person.id, None)  # noqa: SLF001 - as if discord.py had heard it
        member = guild.get_member(person.id)
        if member is not None:
            member.activities = ()


@contextlib.asynccontextmanager
async def _theirs(population: Population, folder: Path) -> AsyncIterator[_Theirs]:
    bot = ConnectedBot()
    proposal = ProposalCog(bot, folder)
    proposal.holds(population)
    async with connected(population, proposal, bot=bot):
        yield _Theirs(population, bot, proposal)


def _lost(population: Population, number: int) -> list[Person]:
    """Return a hundredth of everybody, others in each round."""
    return population.in_voice[number::_LOST] + population.playing[number::_LOST]


class _Audit:
    """A second gateway session: the text of every guild, as it is once people are lost."""

    def __init__(self, cog: SessionCog) -> None:
        """Stand in for the audits of ``cog``; none is due before somebody is lost."""
        self._texts: list[bytes] = []
        self._is_due = False
        mock.patch.object(cog.sources.auditor.plan, "is_due", self.is_due).start()
        mock.patch.object(cog.sources.auditor.turns, "wait", _no_time).start()
        mock.patch.object(cog.bot.http, "request", _gateway_bot).start()
        mock.patch.object(auditing, "read_guilds", self.read).start()

    def loses(self, population: Population, gone: frozenset[int]) -> None:
        """Let an audit be due that no longer sees these people."""
        self._texts = [guild.text(without=gone).encode() for guild in population.guilds]
        self._is_due = True

    def is_due(self, _now: Instant, _guild_id: int, _looked_at: Instant | None) -> bool:
        """Say that every guild is due, until it has been read."""
        return self._is_due

    async def read(
        self,
        _http: aiohttp.ClientSession,
        _identity: Identity,
        _target: Target,
        now: Callable[[], Instant],
        take: Callable[[GuildSeen], Awaitable[None]],
        *,
        all_of_them: bool,
    ) -> None:
        """Hand on every guild, as ``read_guilds`` does with what the socket brings."""
        assert all_of_them or len(self._texts) == 1
        self._is_due = False
        asked_at = now()
        for text in self._texts:
            payload = frames.guild_of(await _as_it_comes(text))
            await take(GuildSeen(payload, asked_at, now()))
            await asyncio.sleep(0)


def _no_time(_shard_id: int) -> float:
    """Say how long to wait for an IDENTIFY: Discord takes one in five seconds, here any."""
    return 0.0


async def _as_it_comes(text: bytes) -> frames.Frame:
    """Decode a frame as an audit does while it comes over the socket."""
    frame = FrameText()
    for start in range(0, len(text), _PIECE):
        if frame.add(text[start : start + _PIECE]):
            await asyncio.sleep(0)
    return await frame.frame()


async def _gateway_bot(_route: object, **_options: object) -> dict[str, object]:
    """Answer Get Gateway Bot, the one request of an audit."""
    limit = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}
    return {"url": "wss://localhost", "shards": 1, "session_start_limit": limit}
