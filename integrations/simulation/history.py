"""What really happened: the facts of a simulated world, in order. Nothing here is inferred."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from typing import Literal, NamedTuple

__all__ = ["Fact", "Guild", "History", "Person", "Place", "Played", "PresenceFact", "VoiceFact"]


@dataclass(frozen=True, slots=True)
class Place:
    """A voice channel."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Guild:
    """A server: its voice channels, and the one for those who are away."""

    id: int
    places: tuple[Place, ...]
    afk: Place

    def place(self, place_id: int) -> Place:
        """Return one of its channels."""
        return next(place for place in (*self.places, self.afk) if place.id == place_id)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, and the servers they are in."""

    id: int
    name: str
    guild_ids: tuple[int, ...]


class Played(NamedTuple):
    """A game, stream or song that somebody's profile shows.

    ``created_at`` is since when it is shown, ``start`` since when the game says it runs.
    """

    name: str
    app_id: int | None
    kind: Literal["playing", "streaming"]
    created_at: int
    start: int | None


@dataclass(frozen=True, slots=True)
class VoiceFact:
    """From ``at`` on, somebody is in this channel of this server, or in none of it.

    ``connection`` is another each time they come; a mute or a move keeps it.
    """

    at: int
    person_id: int
    guild_id: int
    place_id: int | None
    muted: bool = False
    connection: int = 0


@dataclass(frozen=True, slots=True)
class PresenceFact:
    """From ``at`` on, this is all that somebody's profile shows."""

    at: int
    person_id: int
    played: tuple[Played, ...]


Fact = VoiceFact | PresenceFact


class History:
    """All the facts of a world, and what was true at any instant.

    Attributes:
        guilds: the servers by id.
        people: everybody by id.
        facts: everything that happened, in order of time.
    """

    def __init__(
        self, guilds: dict[int, Guild], people: dict[int, Person], facts: list[Fact]
    ) -> None:
        """Take over what happened, in whatever order it is given."""
        self.guilds = guilds
        self.people = people
        self.facts = sorted(facts, key=lambda fact: (fact.at, fact.person_id))
        self._voice: dict[tuple[int, int], list[VoiceFact]] = defaultdict(list)
        self._presence: dict[int, list[PresenceFact]] = defaultdict(list)
        for fact in self.facts:
            if isinstance(fact, VoiceFact):
                self._voice[fact.guild_id, fact.person_id].append(fact)
            else:
                self._presence[fact.person_id].append(fact)

    def voice_facts(self, guild_id: int, person_id: int) -> list[VoiceFact]:
        """Return somebody's voice states in one server, in order."""
        return self._voice.get((guild_id, person_id), [])

    def presence_facts(self, person_id: int) -> list[PresenceFact]:
        """Return what somebody's profile showed, in order."""
        return self._presence.get(person_id, [])

    def voice_at(self, guild_id: int, person_id: int, at: int) -> VoiceFact | None:
        """Return somebody's voice state at an instant; None where they were in no channel."""
        facts = self.voice_facts(guild_id, person_id)
        index = bisect_right(facts, at, key=lambda fact: fact.at)
        if not index or facts[index - 1].place_id is None:
            return None
        return facts[index - 1]

    def played_at(self, person_id: int, at: int) -> tuple[Played, ...]:
        """Return what somebody's profile showed at an instant."""
        facts = self.presence_facts(person_id)
        index = bisect_right(facts, at, key=lambda fact: fact.at)
        return facts[index - 1].played if index else ()

    def members(self, guild_id: int) -> list[Person]:
        """Return everybody in a server."""
        return [person for person in self.people.values() if guild_id in person.guild_ids]
