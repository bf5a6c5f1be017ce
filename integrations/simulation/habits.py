"""Habits: what one person does on one day, before anybody looks."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from integrations.simulation.units import HOUR, MINUTE, SECOND

if TYPE_CHECKING:
    from integrations.simulation.chance import Chance
    from integrations.simulation.history import Guild, Person

__all__ = ["Game", "Habits", "Spell", "Visit", "games_of_a_day", "visits_of_a_day"]


@dataclass(frozen=True, slots=True)
class Game:
    """Something to play. A game without an application id is one Discord does not know."""

    name: str
    app_id: int | None


@dataclass(slots=True)
class Habits:
    """How somebody lives.

    ``evening`` is the hour of the day around which they are about, ``sociable`` how likely a
    day has them in voice, ``idle`` how likely they forget that they are.
    """

    person: Person
    evening: float
    sociable: float
    playful: float
    idle: float
    games: list[Game] = field(default_factory=list)


class Visit(NamedTuple):
    """A time in one voice channel; ``muted`` changes nothing about being there."""

    start: int
    end: int
    guild_id: int
    place_id: int
    muted: bool


class Spell(NamedTuple):
    """A time with one game. ``head_start`` is how long it ran before anybody could see it."""

    start: int
    end: int
    game: Game
    streamed: bool
    head_start: int


def visits_of_a_day(
    habits: Habits, guilds: dict[int, Guild], day: int, chance: Chance
) -> list[Visit]:
    """Return the visits to voice channels of the day that begins at ``day``, in order."""
    if not chance.happens(habits.sociable):
        return []
    visits: list[Visit] = []
    cursor = _start_of(habits, day, chance)
    for _ in range(chance.choice((1, 1, 2, 2, 3))):
        guild = guilds[chance.choice(habits.person.guild_ids)]
        length = _length(chance, 45 * MINUTE, longest=6 * HOUR)
        if chance.happens(0.1):
            length = chance.randint(2 * SECOND, 15 * SECOND)
        visits += _wander(habits, guild, cursor, cursor + length, chance)
        pause = 0 if chance.happens(0.15) else _length(chance, 40 * MINUTE, longest=4 * HOUR)
        cursor = visits[-1].end + pause
    return visits


def _wander(habits: Habits, guild: Guild, start: int, end: int, chance: Chance) -> list[Visit]:
    """Return one stay: with moves, mutes, time in the AFK channel, and dropped connections."""
    visits: list[Visit] = []
    weights = (0.45, 0.25, 0.1, habits.idle, 0.2 - habits.idle)
    place, muted, cursor = chance.choice(guild.places), chance.happens(0.2), start
    while cursor < end:
        until = min(end, cursor + max(SECOND, round(chance.expovariate(1 / (9 * MINUTE)))))
        visits.append(Visit(cursor, until, guild.id, place.id, muted))
        cursor = until
        what = chance.choices(("mute", "move", "drop", "idle", "nothing"), weights)[0]
        if what == "mute":
            muted = not muted
        elif what == "move":
            place = chance.choice(guild.places)
        elif what == "drop":
            cursor += _drop(chance)
        elif what == "idle" and cursor < end:
            back = cursor + _length(chance, 15 * MINUTE, longest=2 * HOUR)
            visits.append(Visit(cursor, back, guild.id, guild.afk.id, muted))
            cursor = back
            end = max(end, back) if chance.happens(0.6) else back
    return visits


def _drop(chance: Chance) -> int:
    """Return how long a lost connection takes to come back: mostly within a minute."""
    return round(
        chance.choice((2, 5, 8, 20, 45, 58, 62, 90, 300)) * SECOND * chance.uniform(1, 1.3)
    )


def games_of_a_day(habits: Habits, day: int, chance: Chance) -> list[Spell]:
    """Return what somebody plays on a day; games may overlap, and flicker."""
    spells: list[Spell] = []
    if not chance.happens(habits.playful):
        return spells
    cursor = _start_of(habits, day, chance)
    for _ in range(chance.choice((1, 1, 2, 3))):
        game = chance.choice(habits.games)
        length = _length(chance, 70 * MINUTE, longest=7 * HOUR)
        if chance.happens(0.08):
            length = chance.randint(3 * SECOND, 20 * SECOND)
        spells += played(game, cursor, cursor + length, chance)
        if chance.happens(0.08):
            middle = cursor + length // 3
            spells.append(Spell(middle, cursor + 2 * length // 3, game, True, 0))
        overlaps = chance.happens(0.25)
        cursor += length // 2 if overlaps else length + _length(chance, 20 * MINUTE)
    return spells


def played(game: Game, start: int, end: int, chance: Chance) -> list[Spell]:
    """Return one sitting at a game: one spell, or several where it flickers."""
    spells: list[Spell] = []
    head_start = chance.randint(0, 30 * MINUTE) if chance.happens(0.15) else 0
    flickers, cursor = chance.happens(0.35), start
    while cursor < end:
        until = end
        if flickers:
            until = min(end, cursor + max(SECOND, round(chance.expovariate(1 / (25 * MINUTE)))))
        spells.append(Spell(cursor, until, game, False, head_start))
        head_start = 0
        cursor = until + round(chance.choice((0, 1, 3, 12, 60, 400, 880, 920)) * SECOND)
    return spells


def _start_of(habits: Habits, day: int, chance: Chance) -> int:
    return day + max(0, round(chance.gauss(habits.evening, 2.5) * HOUR))


def _length(chance: Chance, typical: int, *, longest: int = 6 * HOUR) -> int:
    return min(longest, max(3 * SECOND, round(chance.lognormvariate(math.log(typical), 0.9))))
