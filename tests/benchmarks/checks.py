"""The health check: a hundredth of all sessions are lost, and are found to be over.

A hundredth of those in voice left and a hundredth of those in a game closed it, and no event
said so. The former an audit finds, the latter Request Guild Members. While the check runs,
events go on coming.

How long it holds the loop is measured once more where everybody is in one guild, and there right
after the watch was lost. Not counted is what plays Discord, and what discord.py takes to decode
the members we ask for; its own objects are none that the collector goes through (``freeze``), but
all that the cog holds is.
"""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING
from unittest import mock

from engine import WatchLost
from integrations.evidence.audit import auditor as auditing
from integrations.evidence.audit import frames
from integrations.evidence.audit.gateway_session import GuildSeen
from integrations.evidence.audit.slices import FrameText
from tests.benchmarks.connected_bot import ConnectedBot, connected, processor_time, untimed
from tests.benchmarks.figures import Figure, Section, point
from tests.benchmarks.loop_holds import LoopHolds, watched_loop
from tests.benchmarks.our_cog import our_cog, written
from tests.benchmarks.population import Population, hour_ago
from tests.benchmarks.rivals.proposal import ProposalCog
from tests.benchmarks.rounds import Spread, ratio, spread_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import Path

    import aiohttp

    from integrations.cog import SessionCog
    from integrations.evidence.audit.gateway_session import Identity
    from integrations.evidence.audit.plan import Target
    from machines import Instant
    from tests.benchmarks.population import Person

__all__ = ["measure"]

SIZES = (1_000, 10_000, 100_000)
_ROUNDS = {1_000: 3, 10_000: 3, 100_000: 1}
_LOST = 100
_PIECE = 16 * 1024
_CASE = "a check with 1 % of the sessions lost"
_HOLDS = "longest that a check holds the loop at a time"
_ONE_GUILD = 30_000
_EVENT_DELAY = 0.05
"""Seconds that a check waits in each guild for events in flight, where it finds somebody lost."""


async def measure(folder: Path) -> Section:
    """Measure the check at every size, beside the proposal's."""
    section = Section()
    for size in SIZES:
        population = Population.of(size, guilds=max(1, size // 1_000), began=hour_ago())
        rounds = _ROUNDS[size]
        ours, holds, _after_gap = await _ours(population, folder / f"ours{size}", rounds)
        theirs, their_holds = await _theirs(population, folder / f"theirs{size}", rounds)
        section.figures.append(
            Figure.of(_CASE, size, "Latido", ratio(ours, theirs), "the proposal's check")
        )
        section.figures += [
            _longest(_HOLDS, "Latido", size, holds, at_most=5.0),
            _longest(_HOLDS, "proposal", size, their_holds),
        ]
        point(section, "check, per session", size, [each / size for each in ours])
    population = Population.of(_ONE_GUILD, guilds=1, began=hour_ago())
    _taken, holds, after_gap = await _ours(population, folder / "one guild", 0, with_gap=True)
    for case, seen in (("in one guild", holds), ("in one guild, right after a gap", after_gap)):
        section.figures.append(
            _longest(f"{_HOLDS}, {case}", "Latido", _ONE_GUILD, seen, at_most=5.0)
        )
    return section


def _longest(
    case: str, who: str, size: int, holds: list[LoopHolds], at_most: float | None = None
) -> Figure:
    spread = spread_of([each.longest for each in holds])
    worst = Spread(spread.high, spread.low, spread.high)
    return Figure.of(case, size, who, worst, "milliseconds of processor", at_most)


async def _ours(
    population: Population, folder: Path, rounds: int, *, with_gap: bool = False
) -> tuple[list[float], list[LoopHolds], list[LoopHolds]]:
    """Return what checks took, and how they held the loop: with people lost, and after a gap.

    Each takes its time in ``rounds``; in as many others, or in one, it is watched.
    """
    bot = ConnectedBot(raw_presences=True)
    cog = our_cog(bot, folder, audit_every=3600.0, event_delay=_EVENT_DELAY, channel_info=True)
    audit = _Audit(cog)
    taken: list[float] = []
    holds: list[LoopHolds] = []
    after_gap: list[LoopHolds] = []
    async with connected(population, bot=bot):
        gc.collect()
        gc.freeze()  # what discord.py and the measurement hold; what the cog will hold is not
        with untimed():
            await bot.add_cog(cog)
            cog._connections._up.add(None)  # noqa: SLF001 - it finds no heartbeat of a socket here
            await written(cog)
        gc.collect()
        assert cog.engine.counts()["voice"] == len(population.in_voice)
        assert cog.engine.counts()["game"] == len(population.playing)
        for number in range(rounds):
            lost = _lose(population, number, bot, audit)
            began = processor_time()
            await _check(cog, lost)
            taken.append(processor_time() - began)
        for number in range(rounds, rounds + max(1, rounds)):
            lost = _lose(population, number, bot, audit)
            gc.collect()  # what has just been made for it is no news to the collector
            there = [p for p in population.in_voice[:200] if p.id not in bot.gone]
            mutes = [p.voice_update(p.channel_id, muted=True) for p in there]
            with watched_loop() as seen:
                check = asyncio.create_task(_check(cog, lost))
                for text in mutes:
                    await bot.ws.received_message(text)
                    await asyncio.sleep(0.002)
                await check
            holds.append(seen)
        if with_gap:
            audit.loses(population, frozenset(bot.gone))  # nobody else; all wait for their calls
            gc.collect()  # as above
            after_gap.append(await _after_gap(cog))
    gc.unfreeze()
    return taken, holds, after_gap


async def _after_gap(cog: SessionCog) -> LoopHolds:
    """Lose sight of everybody; return how the check that follows holds the loop."""
    tracker = cog._tracker  # noqa: SLF001 - as the clocks do when the machine was asleep
    tracker.observe(WatchLost(guild_ids=tuple(cog.engine.guild_ids()), since=cog.now()))
    await tracker.finish()
    with watched_loop() as seen:
        await asyncio.create_task(_check(cog, 0))
        while cog.sources.held:  # noqa: ASYNC110 - a verdict that is given tells nobody
            await asyncio.sleep(0)
        await written(cog)
    return seen


def _lose(population: Population, number: int, bot: ConnectedBot, audit: _Audit) -> int:
    """Let people be gone without a word; return how many."""
    lost = {person.id for person in _lost(population, number)}
    bot.gone |= lost
    audit.loses(population, frozenset(bot.gone))
    return len(lost)


async def _check(cog: SessionCog, lost: int) -> None:
    """Check, and wait until everything is on the disk."""
    repaired = await cog.check_now()
    assert cog._storekeeper is not None  # noqa: SLF001 - it says when all is written
    await cog._storekeeper.settle()  # noqa: SLF001 - as above
    found = repaired["voice"] + repaired["game"]
    assert found == lost, repaired


async def _theirs(
    population: Population, folder: Path, rounds: int
) -> tuple[list[float], list[LoopHolds]]:
    bot = ConnectedBot()
    proposal = ProposalCog(bot, folder)
    proposal.holds(population)
    taken: list[float] = []
    holds: list[LoopHolds] = []
    async with connected(population, proposal, bot=bot):
        for number in range(rounds):
            for person in _lost(population, number):
                _take_out_of_cache(bot, person)
            began = processor_time()
            with watched_loop() as seen:
                await asyncio.create_task(proposal.check())
            taken.append(processor_time() - began)
            holds.append(seen)
    return taken, holds


def _lost(population: Population, number: int) -> list[Person]:
    return population.in_voice[number::_LOST] + population.playing[number::_LOST]


def _take_out_of_cache(bot: ConnectedBot, person: Person) -> None:
    guild = bot.get_guild(person.guild_id)
    assert guild is not None
    guild._voice_states.pop(person.id, None)  # noqa: SLF001 - as if discord.py had heard it
    member = guild.get_member(person.id)
    if member is not None:
        member.activities = ()


class _Audit:
    """A second gateway session: the text of every guild, as it is once people are lost."""

    def __init__(self, cog: SessionCog) -> None:
        """Stand in for the audits of ``cog``; none is due before somebody is lost."""
        self._texts: list[bytes] = []
        self._is_due = False
        mock.patch.object(cog.sources.auditor.plan, "due", self.due).start()
        mock.patch.object(cog.sources.auditor.turns, "wait", _no_time).start()
        mock.patch.object(cog.bot.http, "request", _gateway_bot).start()
        mock.patch.object(auditing, "read_guilds", self.read).start()

    def loses(self, population: Population, gone: frozenset[int]) -> None:
        """Let an audit be due that no longer sees these people."""
        self._texts = [guild.text(without=gone).encode() for guild in population.guilds]
        self._is_due = True

    def due(self, _now: Instant, looked_at: Mapping[int, Instant | None]) -> list[int]:
        """Say that every guild is due, until it has been read."""
        return list(looked_at) if self._is_due else []

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
