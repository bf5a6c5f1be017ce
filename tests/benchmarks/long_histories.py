"""Long histories: what one move, or one absence, costs after 100, 1,000 and 10,000 of them."""

from __future__ import annotations

import logging
from itertools import cycle, islice
from typing import TYPE_CHECKING

from machines import SECOND, Stay, Stretch, VoiceSession
from tests.benchmarks.crowd import Stopwatch, crowd_of
from tests.benchmarks.crowds import growth
from tests.benchmarks.figures import Section, point
from tests.benchmarks.population import Population

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from machines import AnySession
    from tests.benchmarks.crowd import Crowd
    from tests.benchmarks.population import Person

__all__ = ["measure"]

_SIZES = (10, 60, 1_000, 10_000)
_PEOPLE = 100
_ROUNDS = 5
_AT_ONCE = 20
_SOON = 1.0
"""Seconds from one to the next: nobody is away for longer than the grace."""

_CONFIRMED = 12.0
_PANEL = "one person who has done it so often"


async def measure(folder: Path) -> Section:
    """Measure what one more costs, each written by itself."""
    logging.disable(logging.WARNING)
    section = Section()
    for size in _SIZES:
        async with crowd_of(Population.of(_PEOPLE, guilds=1), folder / str(size)) as crowd:
            await crowd.is_seen(_PEOPLE)
            mover, (player, one, other) = crowd.population.in_voice[0], crowd.population.idle[:3]
            plays = [player.presence_update("Juego de uno")]
            plays += [each.presence_update("Juego de dos") for each in (one, other)]
            await crowd.does(plays, _CONFIRMED)
            assert crowd.cog.engine.counts()["party"] == 1
            for person in (mover, player, one):
                _has_done_it(_session_of(crowd, person), size)
            await crowd.does([one.presence_update(None)])  # the party hears of it
            for operation, texts in (
                ("somebody moves", [mover.voice_update(mover.guild_id + at) for at in (2, 1)]),
                (
                    "a game is closed, or opened again",
                    [player.presence_update(None), plays[0]],
                ),
                (
                    "with it a party of two pauses, or goes on",
                    [plays[1], one.presence_update(None)],
                ),
            ):
                point(section, operation, size, await _costs(crowd, cycle(texts)), _PANEL)
    section.figures.append(growth(section, _PANEL))
    return section


async def _costs(crowd: Crowd, texts: Iterator[str]) -> list[float]:
    """Return what one of them costs, round by round; those of the first write all of it."""
    costs = []
    for _round in range(_ROUNDS + 1):
        watch = Stopwatch()
        for text in islice(texts, _AT_ONCE):
            with watch.running():
                await crowd.bot.hears([text])
                await crowd.is_written()
            crowd.clock.passes(_SOON)
        costs.append(watch.cost() / _AT_ONCE)
    return costs[1:]


def _session_of(crowd: Crowd, person: Person) -> AnySession:
    sessions = crowd.cog.engine.sessions(person.guild_id)
    return next(each for each in sessions if getattr(each, "user_id", None) == person.id)


def _has_done_it(session: AnySession, times: int) -> None:
    """Let somebody have been in so many channels, or away so often, in the time before."""
    began, session.started_at = session.started_at, session.started_at - 2 * times * SECOND
    at = range(session.started_at, began, 2 * SECOND)
    if type(session) is VoiceSession:
        session.moved = tuple(Stay(session.channel_id, "Sala", each, each) for each in at)
    else:
        session.stretches = tuple(Stretch(each, each + SECOND, "away") for each in at)
