"""A day in a guild: people come, stay, play, change and go, and most of what is told is nothing.

An hour is a hundred events. Whoever comes stays until they are confirmed, and leaves for longer
than any grace, so that all of it ends in the ledger.
"""

from __future__ import annotations

from itertools import count, islice
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.benchmarks.population import Person, Population

__all__ = ["HOURS", "RECORDS", "Act", "day_in"]

HOURS = 24
_EACH = 4
"""So many people join voice in an hour, and as many begin to play."""
_RECORDED = {"voice": _EACH, "game": _EACH + 2, "party": 3}
RECORDS = {kind: HOURS * each for kind, each in _RECORDED.items()}
"""What a day leaves in the ledger: two of the players change to another game."""
_QUIET_PEOPLE = 20
_CONFIRMED, _WITHIN_GRACE, _STAY, _RECORDED_BY = 60.0, 20.0, 1_200.0, 2_320.0


class Act(NamedTuple):
    """What is told at one time, and the seconds that pass until the next."""

    texts: list[str]
    then: float


def day_in(population: Population) -> Iterator[Act]:
    """Yield a day in the one guild of a population, the same events however many people it has."""
    quiet = _quiet(population)
    for hour in range(HOURS):
        first = 2 * _EACH * hour
        cast = population.idle[first : first + 2 * _EACH]
        yield from _hour(cast[:_EACH], cast[_EACH:], population.guilds[0].channel_ids, quiet)


def _hour(
    sitting: Sequence[Person], playing: Sequence[Person], rooms: list[int], quiet: Iterator[str]
) -> Iterator[Act]:
    """Yield an hour: seven of ten events change nothing."""
    here, there = rooms[0], rooms[1]
    joins = [person.voice_update(here) for person in sitting]
    starts = [_plays(person, place // 2) for place, person in enumerate(playing)]
    yield Act([*joins, *starts, *islice(quiet, 24)], _CONFIRMED)
    moves = [person.voice_update(there) for person in sitting]
    gone = [person.voice_update(None) for person in sitting[:2]]
    closed = [person.presence_update(None) for person in playing[:2]]
    yield Act([*moves, *gone, *closed, *islice(quiet, 10)], _WITHIN_GRACE)
    back = [person.voice_update(there) for person in sitting[:2]]
    reopened = [_plays(person, 0) for person in playing[:2]]
    changed = [_plays(person, 2) for person in playing[2:]]
    yield Act([*back, *reopened, *changed, *islice(quiet, 20)], _STAY)
    leave = [person.voice_update(None) for person in sitting]
    stop = [person.presence_update(None) for person in playing]
    yield Act([*leave, *stop, *islice(quiet, 16)], _RECORDED_BY)


def _plays(person: Person, number: int) -> str:
    return person.presence_update(f"Juego de la tarde {number}")


def _quiet(population: Population) -> Iterator[str]:
    """Yield for ever what changes nothing: somebody mutes, details of a game, a status."""
    [guild] = population.guilds
    voice, players = population.in_voice[:_QUIET_PEOPLE], population.playing[:_QUIET_PEOPLE]
    others = guild.idle[-_QUIET_PEOPLE:]
    for turn in count():
        for sits, plays, idles in zip(voice, players, others, strict=True):
            yield sits.voice_update(_room(sits), muted=turn % 2 == 0)
            yield plays.presence_update(plays.game, details=f"{turn}-1")
            yield idles.presence_update(None, status="idle" if turn % 2 else "online")


def _room(person: Person) -> int:
    assert person.channel_id is not None
    return person.channel_id
