"""Big guilds: GUILD_CREATE and a day of events, and an audit of the same guild."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from tests.benchmarks.audits import measure_audit
from tests.benchmarks.connected_bot import ConnectedBot, connected, processor_time, settled
from tests.benchmarks.figures import Figure, Section, point
from tests.benchmarks.our_cog import our_cog, written
from tests.benchmarks.population import Population
from tests.benchmarks.rivals.events_only import EmptyListeners
from tests.benchmarks.rounds import in_turns, share_beyond

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from tests.benchmarks.rounds import Turn

__all__ = ["measure"]

SIZES = (1_000, 50_000)
_ROUNDS = 3
_EVENTS_EACH = 0.4
_MIX = ("mute", "details", "status", "mute", "details", "status", "mute", "join", "leave", "move")


async def measure(folder: Path) -> Section:
    """Measure guilds of both sizes."""
    section = Section()
    for size in SIZES:
        population = Population.of(size // 10, guilds=1, idle_each=size - size // 10)
        create = population.guilds[0].text()
        day = list(_day(population, round(size * _EVENTS_EACH)))
        for case, before, told in (
            ("GUILD_CREATE", [], [create]),
            ("a day of its events", [create], day),
        ):
            turns = _turns(before, told, folder / f"{size}{len(told)}")
            took = await in_turns(turns, _ROUNDS)
            share = share_beyond(took["Latido"], took["empty listener"], took["Latido"])
            section.figures.append(
                Figure.of(case, size, "Latido", share, "share of all the time there is")
            )
            each = [seconds / (size if before == [] else len(day)) for seconds in took["Latido"]]
            name = f"{case}, per {'member' if before == [] else 'event'}"
            point(section, name, size, each, "one guild, all of it through discord.py")
        await measure_audit(section, population.guilds[0], folder)
    return section


def _turns(before: list[str], told: list[str], folder: Path) -> dict[str, Turn]:
    number = 0

    async def empty() -> float:
        async with connected(Population(()), EmptyListeners()) as bot:
            return await _timed(bot, before, told, settled)

    async def ours() -> float:
        nonlocal number
        number += 1
        bot = ConnectedBot(raw_presences=True)
        cog = our_cog(bot, folder / str(number))
        async with connected(Population(()), cog, bot=bot):
            return await _timed(bot, before, told, lambda: written(cog))

    return {"empty listener": empty, "Latido": ours}


async def _timed(
    bot: ConnectedBot, before: list[str], told: list[str], done: Callable[[], Awaitable[None]]
) -> float:
    """Return what it takes until all is done that follows from it, in turns or on the disk."""
    await bot.hears(before)
    await done()
    gc.collect()
    began = processor_time()
    await bot.hears(told)
    await done()
    return processor_time() - began


def _day(population: Population, events: int) -> Iterator[str]:
    """Yield what people do: seven of ten events change nothing."""
    [guild] = population.guilds
    rooms = guild.channel_ids
    voice, playing, idle = population.in_voice, population.playing, population.idle
    for number in range(events):
        turn, kind = number // len(_MIX), _MIX[number % len(_MIX)]
        in_voice, player = voice[turn % len(voice)], playing[turn % len(playing)]
        other = idle[turn % len(idle)]
        match kind:
            case "mute":
                yield in_voice.voice_update(rooms[turn % 20], muted=number % 2 == 0)
            case "details":
                yield player.presence_update(player.game, details=str(number))
            case "status":
                status = "idle" if number % 2 else "online"
                yield idle[-1 - number % len(idle)].presence_update(None, status=status)
            case "join":
                yield other.voice_update(rooms[turn % 20])
            case "leave":
                yield other.voice_update(None)
            case "move":
                yield in_voice.voice_update(rooms[(turn + 1) % 20])
