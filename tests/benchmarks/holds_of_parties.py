"""How long the loop is held by one large party: as it begins, is lost from sight, and ends.

The task that plays Discord is left out, with what is done of ours as each event is heard; watched
is what follows for the party once it is confirmed, seen again over a gap that is not bridged (all
of it is over then, and another begins), set to another time, saved whole, or over. What a thread
writes of it meanwhile is seen by a heartbeat on the loop.

Records go nowhere but where it goes on as another: that writes the party's alone, with all of its
players; of each of their games there is one more as it is lost, and as it ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
from dataclasses import replace
from typing import TYPE_CHECKING

from engine import ClockStepped, WatchLost
from tests.benchmarks.crowd import crowd_of
from tests.benchmarks.figures import Figure, Section
from tests.benchmarks.loop_holds import LEFT_OUT, watched_loop
from tests.benchmarks.our_cog import without_ledger
from tests.benchmarks.population import Guild, Population

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.benchmarks.crowd import Crowd
    from tests.benchmarks.loop_holds import LoopHolds

__all__ = ["measure"]

_PEOPLE = 10_000
_CONFIRMED = 12.0
_HOUR_LATER = 3_600_000_000
_OVER = 2 * 3600.0
_MORE_THAN_A_DAY = 27 * 3600.0
_TO_THE_LEDGER = "it goes on as another, and its record is written"


async def measure(folder: Path) -> Section:
    """Measure a party that begins, is lost and found again, set to another time, and ends."""
    there = Population.of(0, 1, _PEOPLE).guilds[0]
    players = tuple(replace(person, game="Juego de todos") for person in there.idle)
    starts = [person.presence_update(person.game) for person in players]
    stops = [person.presence_update(None) for person in players]
    all_play = [Guild(there.id, players, ()).text()]
    section = Section()
    async with crowd_of(Population((there,)), folder, party_gap="end") as crowd:
        await crowd.is_seen(0)
        for case, heard, passes, happens in (
            ("it begins", starts, _CONFIRMED, _nothing),
            ("its players are lost from sight", [], 0.0, _is_lost),
            ("its players are seen again, the gap is not bridged", all_play, 0.0, _nothing),
            ("the clock is set", [], 0.0, _clock_is_set),
            ("it is saved whole", [], _MORE_THAN_A_DAY, _is_saved),
            (_TO_THE_LEDGER, all_play, 0.0, _nothing),
            ("it ends", stops, _OVER, _nothing),
        ):
            to_ledger = case == _TO_THE_LEDGER
            with contextlib.nullcontext() if to_ledger else without_ledger():
                seen = await _seen(crowd, heard, passes, happens)
            counts = crowd.cog.engine.counts()
            people = 0 if heard is stops else _PEOPLE
            assert (counts["game"], counts["party"]) == (people, people > 0)
            section.figures += [
                Figure.of_holds(f"longest hold of the loop: one party: {case}", _PEOPLE, [seen]),
                Figure.woken(f"latest heartbeat: one party: {case}", _PEOPLE, [seen]),
            ]
    gc.unfreeze()
    return section


def _nothing(_crowd: Crowd) -> None:
    """All that happens has been heard."""


def _is_lost(crowd: Crowd) -> None:
    tracker = crowd.cog._tracker  # noqa: SLF001 - as Connections does
    guild_ids = tuple(crowd.cog.engine.guild_ids())
    tracker.observe(WatchLost(guild_ids=guild_ids, since=crowd.cog.now()))


def _clock_is_set(crowd: Crowd) -> None:
    crowd.cog._tracker.observe(ClockStepped(by=_HOUR_LATER))  # noqa: SLF001 - as its tick does


def _is_saved(crowd: Crowd) -> None:
    tracker, storekeeper = crowd.cog._tracker, crowd.cog._storekeeper  # noqa: SLF001 - as a check
    assert storekeeper is not None
    storekeeper.replace(tracker.live_view)


async def _seen(
    crowd: Crowd, heard: list[str], passes: float, happens: Callable[[Crowd], None]
) -> LoopHolds:
    """Return what was seen until all is written that follows from what is heard, or happens."""

    async def hear() -> None:
        await crowd.bot.hears(heard)
        crowd.clock.passes(passes)
        gc.collect()
        gc.freeze()  # what discord.py has made of it is not gone through again

    async def follow() -> None:
        happens(crowd)
        await crowd.catches_up()
        await crowd.is_written()

    with watched_loop() as seen:
        await asyncio.create_task(hear(), name=LEFT_OUT)
        await asyncio.create_task(follow())
    return seen
