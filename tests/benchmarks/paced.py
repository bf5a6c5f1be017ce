"""Events as they come to a bot: so many a second, with pauses between them.

The loop sleeps meanwhile, and each that comes wakes it up; what is heard is taken in, and what has
changed is written, by Latido's own timers.
"""

from __future__ import annotations

import asyncio
import random
from itertools import islice
from typing import TYPE_CHECKING

from integrations.gateway.news import WAIT
from tests.benchmarks.connected_bot import processor_time
from tests.benchmarks.event_cases import common_cases
from tests.benchmarks.events import contestants, few_of, figures_of, hearers_of
from tests.benchmarks.figures import Section
from tests.benchmarks.population import Population, hour_ago
from tests.benchmarks.promises import CHANGES_NOTHING
from tests.benchmarks.rounds import frozen, in_turns

if TYPE_CHECKING:
    from pathlib import Path

    from tests.benchmarks.events import Hearer
    from tests.benchmarks.rounds import Turn

__all__ = ["measure"]

_PEOPLE = 1_000
_ROUNDS = 12
_EVENTS = {10: 10, 50: 40}
"""How many a turn takes, by how many come a second."""

_UNTIL_WRITTEN = 2.5 * WAIT
"""Seconds after the last event: it waits, and is written."""

_WHICH = (
    "somebody mutes",
    "a game's details change",
    "somebody moves to another channel",
    "somebody closes a game and opens it again",
)


async def measure(folder: Path) -> Section:
    """Measure what people do most of the time: of what changes nothing, at one pace."""
    section = Section()
    population = Population.of(_PEOPLE, guilds=1, began=hour_ago())
    async with contestants(population, folder) as bots:
        with frozen():
            await bots["Latido"].is_done()
            for case in [each for each in common_cases(population) if each.name in _WHICH]:
                hearers = hearers_of(few_of(bots), case)
                for rate in [50] if case.promise is CHANGES_NOTHING else _EVENTS:
                    turns = {name: _turn(hearer, rate) for name, hearer in hearers.items()}
                    told = await in_turns(turns, _ROUNDS)
                    section.figures += figures_of(case.paced(rate), _PEOPLE, told)
    return section


def _turn(hearer: Hearer, rate: int) -> Turn:
    async def turn() -> float:
        pauses = random.Random(0)  # noqa: S311 - the same for everybody
        events = _EVENTS[rate]
        began = processor_time()
        for text in islice(hearer.texts, events):
            await asyncio.sleep(pauses.expovariate(rate))
            await hearer.contestant.hears([text], 1)
        await asyncio.sleep(_UNTIL_WRITTEN)
        taken = processor_time() - began
        await hearer.contestant.is_done()
        return taken / events

    return turn
