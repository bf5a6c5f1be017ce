"""A guild and the few people in it: what they do by lot, and what is true of them since."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

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
from tests.benchmarks.event_cases import gets_role, writes
from tests.benchmarks.population import Population, frame

if TYPE_CHECKING:
    from collections.abc import Callable

    from integrations.simulation.chance import Chance
    from machines import Instant
    from tests.benchmarks import population
    from tests.integrations.worlds.story import Story

__all__ = ["PEOPLE", "Plaza"]

PEOPLE = Population.of(0, guilds=1, idle_each=4, channels=3)
[_PLAZA] = PEOPLE.guilds
_GAMES = ("Uno", "Dos")
_STATUSES = ("idle", "online")


class Plaza:
    """Everybody is in one channel of it or in none, and plays one game or none.

    Attributes:
        keeps_channels: whether none is deleted.
    """

    def __init__(
        self, chance: Chance, now: Callable[[], Instant], sends: Callable[[str], None], story: Story
    ) -> None:
        """Nobody is in voice, and nobody plays.

        Args:
            chance: by which it is drawn what they do.
            now: tells the present.
            sends: is given the text of each event that Discord makes of it.
            story: is told what they do.
        """
        self._chance, self._now, self._sends, self._story = chance, now, sends, story
        self._channels = {channel_id: n for n, channel_id in enumerate(_PLAZA.channel_ids)}
        self._made = len(self._channels)
        self._afk: int | None = None
        self._where: dict[int, int | None] = {}
        self._plays: dict[int, population.Person] = {each.id: each for each in PEOPLE.idle}
        self._facts: list[Fact] = []
        self.keeps_channels = False

    def befalls(self) -> None:
        """Let something happen that people do."""
        deeds = (
            self._somebody_goes,
            self._somebody_plays,
            self._talk,
            self._delete,
            self._name_afk,
            self.comes_to_rest,
        )
        [deed] = self._chance.choices(deeds, weights=(50, 23, 12, 10, 5, 3))
        deed()

    def comes_to_rest(self) -> None:
        """Everybody leaves and plays no more."""
        for person in PEOPLE.idle:
            self._go(person, None)
            self._play(person, None)

    def history(self) -> History:
        """Return what has been true so far."""
        places = tuple(Place(channel_id, "Sala") for channel_id in self._channels)
        guild = Guild(_PLAZA.id, places, Place(0, "AFK"))
        people = {each.id: Person(each.id, str(each.id), (guild.id,)) for each in PEOPLE.idle}
        return History({guild.id: guild}, people, self._facts)

    def create(self) -> dict[str, Any]:
        """Return the payload of its GUILD_CREATE as it is now."""
        there = [each for each in PEOPLE.idle if self._where.get(each.id) is not None]
        return {
            **_PLAZA.create(),
            "channels": [_PLAZA.channel(number) for number in self._channels.values()],
            "afk_channel_id": None if self._afk is None else str(self._afk),
            "voice_states": [each.voice_state(self._where[each.id]) for each in there],
            "presences": [each.presence(each.game) for each in self._plays.values()],
        }

    def _somebody_goes(self) -> None:
        self._go(self._chance.choice(PEOPLE.idle), self._chance.choice([None, *self._channels]))

    def _go(self, person: population.Person, channel_id: int | None) -> None:
        if self._where.get(person.id) == channel_id:
            return
        self._story.tell(f"{person.id} goes to {channel_id}")
        self._is_in(person.id, channel_id)
        self._sends(person.voice_update(channel_id))

    def _is_in(self, person_id: int, channel_id: int | None) -> None:
        self._where[person_id] = channel_id
        counted = None if channel_id == self._afk else channel_id
        self._facts.append(VoiceFact(self._now(), person_id, _PLAZA.id, counted))

    def _somebody_plays(self) -> None:
        self._play(self._chance.choice(PEOPLE.idle), self._chance.choice([None, *_GAMES]))

    def _play(self, person: population.Person, game: str | None) -> None:
        if self._plays[person.id].game != game:
            self._story.tell(f"{person.id} plays {game}")
            now = self._now()
            shown = () if game is None else (Played(game, None, "playing", now, None),)
            self._facts.append(PresenceFact(now, person.id, shown))
            began = now // 1_000
            self._plays[person.id] = dataclasses.replace(person, game=game, began=began)
        player = self._plays[person.id]
        self._sends(player.presence_update(game, status=self._chance.choice(_STATUSES)))

    def _talk(self) -> None:
        person = self._chance.choice(PEOPLE.idle)
        news = [writes(person), gets_role(person, 1)]
        channel_id = self._where.get(person.id)
        if channel_id is not None:
            muted = self._chance.happens(0.5)
            news.append(person.voice_update(channel_id, muted=muted))
        self._sends(self._chance.choice(news))

    def _delete(self) -> None:
        """A channel is deleted, with people in it or without, and another one made."""
        if self.keeps_channels:
            return
        channel_id = self._chance.choice([each for each in self._channels if each != self._afk])
        self._story.tell(f"channel {channel_id} is deleted")
        there = [each for each in PEOPLE.idle if self._where.get(each.id) == channel_id]
        told = {"id": str(channel_id), "type": 2, "guild_id": str(_PLAZA.id)}
        self._sends(frame("CHANNEL_DELETE", told))
        says_each = self._chance.happens(0.5)
        for person in there:
            self._is_in(person.id, None)
            if says_each:
                self._sends(person.voice_update(None))
        del self._channels[channel_id]
        made = _PLAZA.channel(self._made)
        self._channels[int(made["id"])] = self._made
        self._made += 1
        self._sends(frame("CHANNEL_CREATE", made))

    def _name_afk(self) -> None:
        """Another channel is for those who are away; whoever is in the one before keeps it so.

        They would count only with the next news of them.
        """
        channel_id = self._chance.choice(tuple(self._channels))
        if channel_id == self._afk or (self._afk is not None and self._afk in self._where.values()):
            return
        self._story.tell(f"channel {channel_id} is for those who are away")
        self._afk = channel_id
        for person_id, where in self._where.items():
            if where == channel_id:
                self._is_in(person_id, where)
        self._sends(_PLAZA.update(afk_channel_id=str(channel_id)))
