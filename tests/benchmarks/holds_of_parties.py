"""How long the loop is held by one large party: as it begins, is lost from sight, and ends.

The task that plays Discord is left out, with what is done of ours as each event is heard; watched
is what follows for the party, once it is confirmed, seen again, or over.
"""

from __future__ import annotations

import asyncio
import gc
from dataclasses import replace
from typing import TYPE_CHECKING

from engine import WatchLost
from tests.benchmarks.crowd import crowd_of
from tests.benchmarks.figures import Figure, Section
from tests.benchmarks.loop_holds import LEFT_OUT, watched_loop
from tests.benchmarks.population import Guild, Population

if TYPE_CHECKING:
    from pathlib import Path

    from tests.benchmarks.crowd import Crowd

__all__ = ["measure"]

_PEOPLE = 10_000
_CONFIRMED = 12.0
_OVER = 2 * 3600.0


async def measure(folder: Path) -> Section:
    """Measure a party that begins, is lost and found again, and ends."""
    there = Population.of(0, 1, _PEOPLE).guilds[0]
    players = tuple(replace(person, game="Juego de todos") for person in there.idle)
    starts = [person.presence_update(person.game) for person in players]
    stops = [person.presence_update(None) for person in players]
    all_play = Guild(there.id, players, ()).text()
    section = Section()
    async with crowd_of(Population((there,)), folder) as crowd:
        await crowd.is_seen(0)
        for case, heard, then, people in (
            ("it begins", starts, _CONFIRMED, _PEOPLE),
            ("its players are lost from sight", [], 0.0, _PEOPLE),
            ("its players are seen again", [all_play], 0.0, _PEOPLE),
            ("it ends", stops, _OVER, 0),
        ):
            longest = await _longest(crowd, heard, then)
            counts = crowd.cog.engine.counts()
            assert (counts["game"], counts["party"]) == (people, people > 0)
            what = f"longest hold of the loop: one party: {case}"
            section.figures.append(Figure.held(what, _PEOPLE, [longest]))
    return section


async def _longest(crowd: Crowd, heard: list[str], then: float) -> float:
    """Return the longest hold until all is written that follows from events, or from none."""

    async def hear() -> None:
        await crowd.bot.hears(heard)
        crowd.clock.passes(then)
        gc.collect()  # what discord.py has made of it is no news to the collector

    async def follow() -> None:
        if not heard:
            lost = WatchLost(guild_ids=tuple(crowd.cog.engine.guild_ids()), since=crowd.cog.now())
            crowd.cog._tracker.observe(lost)  # noqa: SLF001 - as Connections does
        await crowd.catches_up()
        await crowd.is_written()

    with watched_loop() as seen:
        await asyncio.create_task(hear(), name=LEFT_OUT)
        await asyncio.create_task(follow())
    return seen.longest
