"""How long the loop is held at a time by what concerns everybody at once.

A start, a lost watch, a clock that was set, a snapshot, a ranking, retention, a stop, a bot that is
ready and in none of the guilds any more, and a start from a file in the proposal's format. What a
check holds is in ``checks``.

Before all of them the same loop beats with nothing to do: how late that heartbeat comes is the
machine's. And once more beside a thread that does nothing but work and pause as ours do: where the
machine is busy, the loop does not always come to its turn in a pause.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import sqlite3
import time
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING
from unittest import mock

import msgspec

from engine import ClockStepped, WatchLost
from integrations.cog import SessionCog
from integrations.keeping import retention
from integrations.statistics.period import Window
from integrations.statistics.ranking import rank
from integrations.statistics.records import gather
from integrations.turns import let_go
from machines import SECOND, record_of
from persistence import DataDir
from persistence.beside_the_loop import beside_the_loop
from persistence.ledger_rows import COLUMNS, row_of
from tests.benchmarks.connected_bot import ConnectedBot, connected
from tests.benchmarks.figures import HELD_UP, LATIDO, Figure, Section
from tests.benchmarks.holds_of_views import watch_views
from tests.benchmarks.loop_holds import LoopHolds, watched_loop
from tests.benchmarks.our_cog import SETTINGS, without_ledger, written
from tests.benchmarks.population import Population
from tests.benchmarks.restoring import state_of
from tests.benchmarks.rivals.proposal import ProposalCog
from tests.benchmarks.rounds import spread_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

__all__ = ["measure"]

SIZES = (1_000, 10_000, 100_000)
_ROUNDS = {1_000: 3, 10_000: 2, 100_000: 2}
_MOST_WRITTEN = 10_000
"""Records that are written down in the end: of more, all of them would take minutes."""

_AT_REST = 1.0
"""Seconds that the loop is watched with nothing to do."""

_RETENTION = 1.5
"""Seconds of retention that are watched: each of its steps is as long as the next."""


async def measure(folder: Path) -> Section:
    """Measure each at every size."""
    section = Section()
    for size in SIZES:
        at_rest, beside, seen = await _at_rest(), await _beside_a_thread(), _Seen()
        await _everything(size, folder / str(size), seen)
        section.figures += _figures(size, seen, at_rest, beside)
    return section


_Seen = dict[str, list[LoopHolds]]
"""What was seen of each, round by round."""

_LATE = "milliseconds, other processes included"


def _figures(size: int, seen: _Seen, at_rest: LoopHolds, beside: LoopHolds) -> Iterator[Figure]:
    for case, several in seen.items():
        yield Figure.of_holds(f"longest hold of the loop: {case}", size, several)
        yield Figure.woken(f"latest heartbeat: {case}", size, several)
    every = [each for several in seen.values() for each in several]
    everything = LoopHolds(
        late=max(each.late for each in every), held_up=max(each.held_up for each in every)
    )
    for who, holds in (
        (LATIDO, everything),
        ("the loop at rest", at_rest),
        ("a thread that pauses as ours do", beside),
    ):
        what = "latest heartbeat of all"
        yield Figure.of(what, size, who, spread_of([holds.late]), _LATE)
        yield Figure.of(what, size, who, spread_of([holds.held_up]), HELD_UP)


async def _everything(size: int, folder: Path, seen: _Seen) -> None:
    population = Population.of(size, guilds=max(1, size // 1_000))
    _write(population, folder)
    async with connected(Population(())) as bot:
        bot.is_not_ready_yet()
        gc.collect()
        gc.freeze()  # what discord.py and the people of the measurement hold is not ours
        for number in range(1, _ROUNDS[size] + 1):
            await _round(bot, folder, seen, is_last=number == _ROUNDS[size])
            gc.collect()  # the cog of this round is none of the next one's
        cog = await _loaded(bot, _of_the_proposal(population, folder), seen, "a migration")
        assert cog.engine.counts().total() == size
        with contextlib.nullcontext() if size <= _MOST_WRITTEN else without_ledger():
            await _watched(seen, "ready, with all guilds gone", lambda: _ready(cog))
            assert not cog.engine.registry.count
            await bot.remove_cog(cog.qualified_name)
        gc.unfreeze()


async def _round(bot: ConnectedBot, folder: Path, seen: _Seen, *, is_last: bool) -> None:
    """Start, let everything befall the sessions, and stop; retention forgets, so it comes last."""
    cog = await _loaded(bot, folder, seen)
    await _watched(seen, "a lost watch of everybody", lambda: _lose(cog))
    await _watched(seen, "a clock that is set", lambda: _step(cog))
    await _watched(seen, "a snapshot of everybody", lambda: _snapshot(cog))
    await _watched(seen, "a ranking of everybody", lambda: _ranking(cog))
    await watch_views(cog, partial(_watched, seen))
    if is_last:
        await _watched(seen, "retention", lambda: _retain(cog))
    await _watched(seen, "a stop", lambda: bot.remove_cog(cog.qualified_name))


async def _watched(seen: _Seen, case: str, work: Callable[[], Awaitable[object]]) -> None:
    async def done() -> None:
        await work()

    with watched_loop() as holds:
        await asyncio.create_task(done())
    seen.setdefault(case, []).append(holds)


async def _at_rest() -> LoopHolds:
    with watched_loop() as holds:
        await asyncio.sleep(_AT_REST)
    return holds


async def _beside_a_thread() -> LoopHolds:
    with watched_loop() as holds:
        await asyncio.to_thread(_work, _AT_REST)
    return holds


def _work(seconds: float) -> None:
    """Work for so long, with the pauses of all that works beside the loop."""
    until = time.perf_counter() + seconds
    for now in beside_the_loop(iter(time.perf_counter, None)):
        if now >= until:
            break


async def _loaded(
    bot: ConnectedBot, folder: Path, seen: _Seen, case: str = "a start"
) -> SessionCog:
    settings = msgspec.structs.replace(SETTINGS, keep_days=30, channel_info=True)
    with mock.patch.object(retention.Retention, "start"):  # it is watched by itself
        cog = SessionCog(bot, settings, data_dir=folder)
        await _watched(seen, case, lambda: bot.add_cog(cog))
    return cog


async def _lose(cog: SessionCog) -> None:
    lost = WatchLost(guild_ids=tuple(cog.engine.guild_ids()), since=cog.now())
    cog._tracker.observe(lost)  # noqa: SLF001 - as Connections does
    await written(cog)


async def _step(cog: SessionCog) -> None:
    cog._tracker.observe(ClockStepped(by=SECOND))  # noqa: SLF001 - as the tracker does
    await written(cog)


async def _snapshot(cog: SessionCog) -> None:
    cog._bring_up_to_date()  # noqa: SLF001 - as each check does
    await written(cog)


async def _ranking(cog: SessionCog) -> None:
    window = Window(None, cog.now())
    records = gather(cog.ledger, (), window, guild_id=None)
    places = await asyncio.to_thread(rank, records, "voice", window)
    assert places
    await let_go(places)  # as the command does


async def _retain(cog: SessionCog) -> None:
    assert cog._retention is not None  # noqa: SLF001 - to go round without waiting an hour
    with mock.patch.object(retention, "PAUSE", 0.001), contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_RETENTION):
            await cog._retention.round()  # noqa: SLF001 - as above


async def _ready(cog: SessionCog) -> None:
    await cog.on_ready()
    await written(cog)


def _of_the_proposal(population: Population, folder: Path) -> Path:
    """Write everybody's session as the proposal does; return the folder."""
    proposal = ProposalCog(ConnectedBot(), folder.with_name(f"proposal{folder.name}"))
    proposal.holds(population)
    proposal.persist_all_sessions()
    return proposal.file.parent


def _write(population: Population, folder: Path) -> None:
    """Write a live session of everybody, and one that ended long ago."""
    state = state_of(population)
    with DataDir.open(folder) as data_dir:
        data_dir.live.replace(state)
        data_dir.live.flush_now()
    marks = ", ".join("?" * len(COLUMNS))
    query = f"INSERT INTO records ({', '.join(COLUMNS)}) VALUES ({marks})"  # noqa: S608 - ours
    for number, session in enumerate(state.sessions):
        session.id = f"{number:032x}"
        session.state, session.reason = "ended", "left"
        session.ended_at = session.started_at + (60 + number % 5_000) * SECOND
    with closing(sqlite3.connect(folder / "latido.db")) as connection, connection:
        connection.executemany(query, [row_of(record_of(each)) for each in state.sessions])
