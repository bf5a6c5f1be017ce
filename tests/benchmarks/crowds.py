"""Crowds: what one operation costs among 1,000, 10,000 and 100,000 people.

They are all in one guild, or ten in each of many; and once they all play one game together.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from tests.benchmarks.crowd import crowd_of
from tests.benchmarks.crowd_deeds import deeds_of
from tests.benchmarks.figures import Figure, Section, point
from tests.benchmarks.loop_holds import watched_loop
from tests.benchmarks.population import Guild, Population
from tests.benchmarks.promises import GROWTH
from tests.benchmarks.rounds import spread_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.benchmarks.crowd import Crowd

__all__ = ["growth", "guilds_of_ten", "one_guild", "one_party"]

SIZES = (1_000, 10_000, 100_000)
_ROUNDS = 7
"""In some of them the snapshot of everybody is written whole, or the collector goes through all."""
_AT_ONCE = 50
_CONFIRMED = 12.0
_OVER = 2 * 3600.0
_ONE_GUILD = "one guild with everybody in it"
_TENS = "guilds of ten people each"
_PARTY = "one party of everybody"


async def one_guild(folder: Path) -> Section:
    """Measure every operation where everybody is in one guild."""
    return await _panel(_ONE_GUILD, folder)


async def guilds_of_ten(folder: Path) -> Section:
    """Measure every operation in many guilds of ten people each."""
    return await _panel(_TENS, folder)


async def one_party(folder: Path) -> Section:
    """Measure what happens to one party of everybody."""
    return await _panel(_PARTY, folder)


async def _panel(panel: str, folder: Path) -> Section:
    """Measure a panel at all of its sizes; no cost in it must grow with the crowd."""
    logging.disable(logging.WARNING)  # a line a person that is written and gone costs only time
    section = Section()
    for size in SIZES:
        where = folder / str(size)
        if panel == _PARTY:
            await _party(section, size, where)
        else:
            await _spread(section, panel, size, where)
    section.figures.append(growth(section, panel))
    return section


def growth(section: Section, panel: str) -> Figure:
    """Return how much more the operation that grows most costs in the largest crowd."""
    costs: dict[str, list[tuple[int, float]]] = {}
    for each in section.points:
        costs.setdefault(each.operation, []).append((each.size, each.cost))
    grown = {what: max(cost)[1] / min(cost)[1] for what, cost in costs.items()}
    worst = max(grown, key=lambda what: grown[what])
    smallest, largest = min(costs[worst])[0], max(costs[worst])[0]
    case, to = f"{panel}, what grows most: {worst}", f"the same with {smallest:,}"
    return Figure.of(case, largest, "Latido", spread_of([grown[worst]]), to, GROWTH)


async def _spread(section: Section, panel: str, size: int, folder: Path) -> None:
    population = (
        Population.of(size, guilds=1)
        if panel == _ONE_GUILD
        else Population.of(size, guilds=size // 10, idle_each=1, channels=3)
    )
    async with crowd_of(population, folder / "data") as crowd:
        await crowd.is_seen(size)
        if panel == _ONE_GUILD:
            section.figures.append(await _check(crowd, size))
        async for operation, costs in deeds_of(crowd, folder / "copy"):
            point(section, operation, size, costs, panel)


async def _check(crowd: Crowd, size: int) -> Figure:
    """Return how long at a time a check of one guild with everybody in it holds the loop."""
    with watched_loop() as seen:
        await asyncio.create_task(crowd.cog.check_now())
        await crowd.is_written()
    case = f"{_ONE_GUILD}: longest that a check holds the loop at a time"
    return Figure.held(case, size, [seen.longest])


async def _party(section: Section, size: int, folder: Path) -> None:
    """Everybody plays one game; then some come and go, and in the end everybody goes."""
    people = Population.of(10, 1, size + _AT_ONCE).guilds[0].idle
    guild = Guild(people[0].guild_id, (), people)
    starts = [person.presence_update("Juego de todos") for person in people]
    stops = [person.presence_update(None) for person in people]
    async with crowd_of(Population((guild,)), folder) as crowd:
        await crowd.is_seen(0)
        began = [
            await crowd.does(starts[: size // 2], _CONFIRMED),
            await crowd.does(starts[size // 2 : size], _CONFIRMED),
        ]
        assert crowd.cog.engine.counts()["party"] == 1
        await crowd.is_seen(size)
        coming, going = [], []
        for _round in range(_ROUNDS):
            coming.append(await crowd.does(starts[size:], _CONFIRMED) / _AT_ONCE)
            going.append(await crowd.does(stops[size:], _OVER) / _AT_ONCE)
        ended = await crowd.does(stops[:size], _OVER)
        assert not crowd.cog.engine.registry.count
    for operation, costs in (
        ("somebody joins the party", coming),
        ("somebody leaves the party", going),
        ("everybody joins it, per person", [sum(began) / size]),
        ("everybody leaves it at once, per person", [ended / size]),
    ):
        point(section, operation, size, costs, _PARTY)
