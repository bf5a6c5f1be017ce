"""A world: people with habits in several guilds, and the history they make.

Somebody is in voice in one guild at a time; what they play shows in all of theirs. Nobody in
it knows that anybody is counting.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Literal

from integrations.simulation.chance import Chance
from integrations.simulation.habits import (
    Game,
    Habits,
    Spell,
    Visit,
    games_of_a_day,
    played,
    visits_of_a_day,
)
from integrations.simulation.history import (
    Fact,
    Guild,
    History,
    Person,
    Place,
    Played,
    PresenceFact,
    VoiceFact,
)
from integrations.simulation.units import DAY, HOUR, MINUTE, SECOND, START

__all__ = ["BEFORE", "make_history"]

BEFORE = 3 * HOUR
"""How long the world has been going on when the bot starts for the first time."""

_GAMES = 12
_SHARD_BITS = 22
"""The bits of a guild's id below those that decide its shard."""

_LAST_ORDERS = 10 * MINUTE
"""Everybody goes within so long of the end, so that every session has one."""


def make_history(hours: float, people: int, guilds: int, seed: int) -> History:
    """Return what happens in ``hours`` hours to so many people in so many guilds."""
    chance = Chance.of(seed, "world")
    where = {guild.id: guild for guild in (_guild(number) for number in range(1, guilds + 1))}
    games = [Game(f"Game {n}", None if n % 5 == 0 else 7000 + n) for n in range(1, _GAMES + 1)]
    crowd = [_habits(number, list(where), games, chance) for number in range(1, people + 1)]
    end = START + round(hours * HOUR)
    visits, spells = _plans(crowd, where, end, chance)
    facts: list[Fact] = []
    for habits in crowd:
        last = end - chance.randint(0, _LAST_ORDERS)
        facts += _voice_facts(habits.person, visits[habits.person.id], last)
        facts += _presence_facts(habits.person, spells[habits.person.id], last, chance)
    return History(where, {habits.person.id: habits.person for habits in crowd}, facts)


def _guild(number: int) -> Guild:
    base = number << _SHARD_BITS
    places = tuple(Place(base + n, f"Voice {n}") for n in range(1, 4))
    return Guild(base, places, Place(base + 9, "AFK"))


def _habits(number: int, guild_ids: list[int], games: list[Game], chance: Chance) -> Habits:
    count = min(len(guild_ids), chance.choice((1, 1, 2, 2, 3)))
    mine = tuple(sorted(chance.sample(guild_ids, count)))
    person = Person(500_000 + number, f"person-{number}", mine)
    return Habits(
        person,
        evening=chance.uniform(0, 24),
        sociable=chance.uniform(0.4, 1.0),
        playful=chance.uniform(0.4, 1.0),
        idle=chance.uniform(0.0, 0.15),
        games=chance.sample(games, 4),
    )


def _plans(
    crowd: list[Habits], where: dict[int, Guild], end: int, chance: Chance
) -> tuple[dict[int, list[Visit]], dict[int, list[Spell]]]:
    """Return what everybody means to do; friends now and then play one game together."""
    visits: dict[int, list[Visit]] = defaultdict(list)
    spells: dict[int, list[Spell]] = defaultdict(list)
    day = START - DAY
    while day < end:
        for habits in crowd:
            visits[habits.person.id] += visits_of_a_day(habits, where, day, chance)
            spells[habits.person.id] += games_of_a_day(habits, day, chance)
        for _ in range(1 + len(crowd) // 8):
            friends = chance.sample(crowd, min(len(crowd), chance.randint(2, 5)))
            _play_together(friends, day, spells, chance)
        day += DAY
    return visits, spells


def _play_together(
    friends: list[Habits], day: int, spells: dict[int, list[Spell]], chance: Chance
) -> None:
    host = friends[0]
    game = chance.choice(host.games)
    start = day + round(host.evening * HOUR) + chance.randint(0, 3 * HOUR)
    length = chance.randint(10 * MINUTE, 3 * HOUR)
    for habits in friends:
        came = start + chance.randint(0, 10 * MINUTE)
        went = start + length + chance.randint(-5 * MINUTE, 20 * MINUTE)
        spells[habits.person.id] += played(game, came, max(came + SECOND, went), chance)


def _voice_facts(person: Person, visits: list[Visit], last: int) -> list[Fact]:
    """Return the visits as facts: one place at a time, and nobody after ``last``."""
    facts: list[Fact] = []
    busy, where, connection = START - BEFORE, None, 0
    shown: tuple[int, bool, int] | None = None
    for visit in sorted(visits):
        start, end = max(visit.start, busy), min(visit.end, last)
        if start >= end:
            continue
        stays = where == visit.guild_id and start == busy
        if where is not None and not stays:
            facts.append(VoiceFact(busy, person.id, where, None))
        connection += not stays
        state = (visit.place_id, visit.muted, connection)
        if state != shown:
            facts.append(VoiceFact(start, person.id, visit.guild_id, *state))
        busy, where, shown = end, visit.guild_id, state
    if where is not None:
        facts.append(VoiceFact(busy, person.id, where, None))
    return facts


def _presence_facts(person: Person, spells: list[Spell], last: int, chance: Chance) -> list[Fact]:
    """Return the spells as facts: at every change, all that is shown from then on."""
    first = START - BEFORE
    held = [
        spell._replace(start=max(spell.start, first), end=min(spell.end, last))
        for spell in sorted(spells, key=lambda spell: (spell.start, spell.end, spell.game.name))
    ]
    held = [spell for spell in held if spell.start < spell.end]
    facts: list[Fact] = []
    shown: tuple[Played, ...] = ()
    for at in sorted({instant for spell in held for instant in (spell.start, spell.end)}):
        before = {(item.name, item.kind): item for item in shown}
        now: dict[tuple[str, str], Played] = {}
        for spell in held:
            if spell.start <= at < spell.end:
                item = _played(spell, at, chance)
                now.setdefault((item.name, item.kind), before.get((item.name, item.kind), item))
        shown = tuple(now.values())
        facts.append(PresenceFact(at, person.id, shown))
    return facts


def _played(spell: Spell, at: int, chance: Chance) -> Played:
    says_since = spell.head_start > 0 or chance.happens(0.5)
    start = at - spell.head_start if says_since else None
    app_id = None if chance.happens(0.03) else spell.game.app_id
    kind: Literal["playing", "streaming"] = "streaming" if spell.streamed else "playing"
    return Played(spell.game.name, app_id, kind, at, start)
