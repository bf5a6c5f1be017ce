"""Crowds: one party of everybody, everybody leaving at once, ten people in each of many guilds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benchmarks.connected_bot import ConnectedBot, connected, processor_time, settled
from tests.benchmarks.figures import Figure, Section, point
from tests.benchmarks.our_cog import our_cog
from tests.benchmarks.population import Guild, Population
from tests.benchmarks.rounds import spread_of
from tests.benchmarks.scripted_clock import ScriptedClock

if TYPE_CHECKING:
    from pathlib import Path

    from integrations.cog import SessionCog

__all__ = ["measure"]

SIZES = (1_000, 10_000, 100_000)
PARTIES = (100, 1_000, 4_000)
_GAME = "Juego de todos"
_HOUR = 3600.0


async def measure(folder: Path) -> Section:
    """Measure each crowd at every size; the cost of a person must not grow with the crowd."""
    section = Section()
    for size in PARTIES:
        await _party(section, size, folder / f"party{size}")
    _compare(section, "a party of everybody, per event", PARTIES)
    for size in SIZES:
        await _exodus(section, size, 1, folder / f"exodus{size}")
    _compare(section, "everybody leaving at once, per person", SIZES)
    await _exodus(section, SIZES[-1], SIZES[-1] // 10, folder / "scattered")
    return section


def _compare(section: Section, operation: str, sizes: tuple[int, ...]) -> None:
    """Say how many times what a person costs in the smallest crowd, one in the largest does."""
    cost = {each.size: each.cost for each in section.points if each.operation == operation}
    growth = spread_of([cost[sizes[-1]] / cost[sizes[0]]])
    section.figures.append(
        Figure.of(operation, sizes[-1], "Latido", growth, f"the same with {sizes[0]:,}", 2.0)
    )


async def _party(section: Section, size: int, folder: Path) -> None:
    guild = Guild(900_000_000_000_000_000, (), Population.of(10, 1, size).guilds[0].idle)
    texts = [person.presence_update(_GAME) for person in guild.idle]
    leaving = [person.presence_update(None) for person in guild.idle]
    bot, clock = ConnectedBot(raw_presences=True), ScriptedClock()
    cog = our_cog(bot, folder)
    clock.drives(cog)
    async with connected(Population((guild,)), cog, bot=bot):
        began = processor_time()
        await bot.hears(texts[: size // 2])
        clock.passes(12.0)
        clock.catches_up()
        await bot.hears(texts[size // 2 :])
        clock.passes(12.0)
        clock.catches_up()
        await _written(cog)
        assert cog.engine.counts()["party"] == 1
        await bot.hears(leaving)
        clock.passes(2 * _HOUR)
        clock.catches_up()
        await _written(cog)
        assert not cog.engine.has_sessions
        took = processor_time() - began
    point(section, "a party of everybody, per event", size, [took / size / 2])


async def _exodus(section: Section, size: int, guilds: int, folder: Path) -> None:
    population = Population.of(size, guilds, idle_each=0)
    texts = [
        p.voice_update(None) if p.channel_id is not None else p.presence_update(None)
        for p in population.people
    ]
    bot, clock = ConnectedBot(raw_presences=True), ScriptedClock()
    cog = our_cog(bot, folder)
    clock.drives(cog)
    async with connected(population, cog, bot=bot):
        await _written(cog)
        if guilds > 1:
            await _scattered(section, size, guilds, cog)
        began = processor_time()
        await bot.hears(texts)
        clock.passes(_HOUR)
        clock.catches_up()
        await _written(cog)
        took = processor_time() - began
        assert not cog.engine.has_sessions
    where = "at once" if guilds == 1 else f"from {guilds:,} guilds"
    point(section, f"everybody leaving {where}, per person", size, [took / size])


async def _scattered(section: Section, size: int, guilds: int, cog: SessionCog) -> None:
    began = processor_time()
    await cog.check_now()
    await _written(cog)
    took = processor_time() - began
    point(section, f"check of {guilds:,} guilds, per session", size, [took / size])


async def _written(cog: SessionCog) -> None:
    await settled()
    assert cog._storekeeper is not None  # noqa: SLF001 - it says when all is written
    await cog._storekeeper.settle()  # noqa: SLF001 - as above
