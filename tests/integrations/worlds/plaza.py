"""Guilds and the few people in them: what they do by lot, and what is true of them since."""

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
from machines import SECOND
from tests.benchmarks.event_cases import gets_role, writes
from tests.benchmarks.population import Population, frame

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from integrations.simulation.chance import Chance
    from machines import Instant
    from tests.benchmarks import population
    from tests.integrations.worlds.story import Story

__all__ = ["PEOPLE", "WIDE", "Plaza", "Square"]

PEOPLE = Population.of(0, guilds=1, idle_each=4, channels=3)
"""Four people in a guild."""

_GAMES = ("Uno", "Dos")
_STATUSES = ("idle", "online")
_ON_STAGE = 13
"""The type of a stage channel."""
_NEXT_SHARD = 1 << 22
"""How far apart the ids of guilds on neighbouring shards are."""


def _wide() -> Population:
    """Return three guilds: four people are in the first, three of them in each of the others."""
    [first] = PEOPLE.guilds
    others = []
    for guild_id in (first.id + _NEXT_SHARD, first.id + 2 * _NEXT_SHARD):
        people = [dataclasses.replace(each, guild_id=guild_id) for each in first.idle[:3]]
        others.append(dataclasses.replace(first, id=guild_id, idle=tuple(people)))
    return Population((first, *others))


WIDE = _wide()


class Square:
    """One guild: its channels, and who is a member.

    Attributes:
        calls: in which channels somebody is, and since which second.
        keeps_all: whether no channel is deleted, and nobody leaves.
        counts_since: when whoever was in a channel came to count, as it was the AFK channel before.
        members: whoever is one now, by id.
    """

    def __init__(self, guild: population.Guild, *, has_stage: bool) -> None:
        """Everybody is a member; of three channels one may be a stage."""
        self.guild, self.id = guild, guild.id
        self.channels = {channel_id: n for n, channel_id in enumerate(guild.channel_ids)}
        self.made = len(self.channels)
        self.afk: int | None = None
        self.calls: dict[int, int] = {}
        self.facts: list[Fact] = []
        self.members = {each.id: each for each in guild.idle}
        self.keeps_all = False
        self.counts_since: list[Instant] = []
        self._has_stage = has_stage

    def channel(self, number: int) -> dict[str, Any]:
        """Return a channel as Discord tells of it."""
        told = self.guild.channel(number)
        return {**told, "type": _ON_STAGE} if self._has_stage and number % 3 == 1 else told

    def history(self) -> History:
        """Return what has been true here so far."""
        places = tuple(Place(channel_id, "Sala") for channel_id in self.channels)
        guild = Guild(self.id, places, Place(0, "AFK"))
        people = {each.id: Person(each.id, str(each.id), (self.id,)) for each in self.guild.idle}
        return History({self.id: guild}, people, self.facts)


class Plaza:
    """Everybody is in one channel of one guild or in none, and plays one game or none.

    Attributes:
        squares: the guilds.
        uncounted: who is not to be tracked.
        counted: who has come to be tracked again, and when.
        nobodys: of whom nothing is to be said: who, from when on, and until when.
    """

    def __init__(
        self,
        people: Population,
        chance: Chance,
        now: Callable[[], Instant],
        sends: Callable[[int, str], None],
        story: Story,
        *,
        set_by: Callable[[], float],
        is_restless: bool = False,
        tells_calls: bool = False,
    ) -> None:
        """Nobody is in voice, and nobody plays.

        Args:
            people: the guilds, and who is in them.
            chance: by which it is drawn what they do.
            now: tells the present.
            sends: is given a guild and the text of each event that Discord makes of it there.
            story: is told what they do.
            set_by: seconds by which clocks have been set, Discord's with them.
            is_restless: whether people leave guilds and join them again, and talk on stages.
            tells_calls: whether Discord tells when somebody is in a channel, and nobody any more.
        """
        self._chance, self._now, self._sends, self._story = chance, now, sends, story
        self._set_by, self._is_restless = set_by, is_restless
        self._tells_calls = tells_calls
        self.squares = [Square(each, has_stage=is_restless) for each in people.guilds]
        self._plays = {each.id: each for guild in people.guilds for each in guild.idle}
        self._people = tuple(self._plays.values())
        self._where: dict[int, tuple[Square, int] | None] = dict.fromkeys(self._plays)
        self.uncounted: set[int] = set()
        self.counted: list[tuple[int, Instant]] = []
        self.nobodys: list[tuple[int, Instant, Instant]] = []
        self._uncounted_since: dict[int, Instant] = {}

    def befalls(self) -> None:
        """Let something happen that people do."""
        self._draws_deed()()
        self._tell_calls()

    def _draws_deed(self) -> Callable[[], None]:
        if self._is_restless and self._chance.happens(0.06):
            return self._chance.choice((self._somebody_leaves, self._somebody_joins))
        deeds = (
            self._somebody_goes,
            self._somebody_plays,
            self._talk,
            self._delete,
            self._name_afk,
            self.comes_to_rest,
        )
        [deed] = self._chance.choices(deeds, weights=(50, 23, 12, 10, 5, 3))
        return deed

    def comes_to_rest(self) -> None:
        """Everybody leaves and plays no more."""
        for person in self._people:
            self._goes(person, None)
            self._play(person, None)
        self._tell_calls()

    def people(self) -> list[int]:
        """Return everybody's id."""
        return list(self._plays)

    def somebody(self) -> int:
        """Draw somebody's id."""
        return self._chance.choice(self._people).id

    def counts_no_more(self, person_id: int) -> None:
        """What somebody does is nobody's business from now on."""
        self._story.tell(f"{person_id} opts out")
        self.uncounted.add(person_id)
        self._uncounted_since[person_id] = self._now()
        self._counts(person_id)

    def counts(self, person_id: int, *, as_ever: bool = False) -> None:
        """Somebody is tracked again, and goes on to do what they do.

        Where they do ``as_ever``, nothing is known any more of that they did not.
        """
        since = self._uncounted_since.pop(person_id)
        if not as_ever:
            self.nobodys.append((person_id, since, self._now()))
        self._story.tell(f"{person_id} opts in")
        self.uncounted.discard(person_id)
        self.counted.append((person_id, self._now()))
        self._counts(person_id)
        for square in self.squares:
            channel_id = self.place_of(person_id, square)
            if person_id in square.members:
                game = self._plays[person_id].game
                self._sends(square.id, self._of(person_id, square).presence_update(game))
            if channel_id is not None:
                muted = self._of(person_id, square).voice_update(channel_id, muted=True)
                self._sends(square.id, muted)

    def _counts(self, person_id: int) -> None:
        for square in self.squares:
            channel_id = self.place_of(person_id, square)
            if channel_id is not None:
                self._is_in(person_id, square, channel_id)
            if person_id in square.members:
                self._is_shown(person_id, square, self._plays[person_id].game)

    def some_square(self) -> Square:
        """Draw a guild, where there are several."""
        return _some(self._chance, self.squares)

    def create(self, square: Square) -> dict[str, Any]:
        """Return the payload of a guild's GUILD_CREATE as it is now."""
        told = square.guild.create()
        gone = {str(each.id) for each in square.guild.idle if each.id not in square.members}
        there = {each.id: self.place_of(each.id, square) for each in square.members.values()}
        return {
            **told,
            "members": [each for each in told["members"] if each["user"]["id"] not in gone],
            "member_count": told["member_count"] - len(gone),
            "channels": [square.channel(number) for number in square.channels.values()],
            "afk_channel_id": None if square.afk is None else str(square.afk),
            "voice_states": [
                square.members[person_id].voice_state(channel_id)
                for person_id, channel_id in there.items()
                if channel_id is not None
            ],
            "presences": [self.presence_of(person_id) for person_id in square.members],
        }

    def place_of(self, person_id: int, square: Square) -> int | None:
        """Return in which channel of a guild somebody is."""
        where = self._where[person_id]
        return None if where is None or where[0] is not square else where[1]

    def presence_of(self, person_id: int) -> dict[str, Any]:
        """Return what Discord shows of somebody."""
        person = self._shown(person_id)
        return person.presence(person.game)

    def _tell_calls(self) -> None:
        for square in self.squares if self._tells_calls else ():
            there = {self.place_of(each, square) for each in self._where}
            filled = {each for each in there if each is not None}
            for channel_id in sorted(filled ^ square.calls.keys()):
                if channel_id in filled:
                    square.calls[channel_id] = self._now() // SECOND + round(self._set_by())
                else:
                    del square.calls[channel_id]
                if channel_id in square.channels:
                    began = square.calls.get(channel_id)
                    self._sends(square.id, _call(square, channel_id, began))

    def _shown(self, person_id: int) -> population.Person:
        person = self._plays[person_id]
        return dataclasses.replace(person, began=person.began + round(self._set_by() * 1_000))

    def _somebody_goes(self) -> None:
        person, square = self._chance.choice(self._people), self.some_square()
        channel_id = self._chance.choice([None, *square.channels])
        if channel_id is None or person.id in square.members:
            self._goes(person, None if channel_id is None else (square, channel_id))

    def _goes(self, person: population.Person, to: tuple[Square, int] | None) -> None:
        where = self._where[person.id]
        if where == to:
            return
        self._story.tell(f"{person.id} goes to {None if to is None else to[1]}")
        if where is not None and (to is None or to[0] is not where[0]):
            self._is_in(person.id, where[0], None)
            self._sends(where[0].id, self._of(person.id, where[0]).voice_update(None))
        if to is not None:
            self._is_in(person.id, *to)
            self._sends(to[0].id, self._of(person.id, to[0]).voice_update(to[1]))

    def _of(self, person_id: int, square: Square) -> population.Person:
        """Return somebody as Discord tells of them in a guild."""
        return dataclasses.replace(self._shown(person_id), guild_id=square.id)

    def _is_in(self, person_id: int, square: Square, channel_id: int | None) -> None:
        self._where[person_id] = None if channel_id is None else (square, channel_id)
        is_out = self._is_out(person_id, square) or not self._counts_in(square, channel_id)
        counted = None if is_out else channel_id
        square.facts.append(VoiceFact(self._now(), person_id, square.id, counted))

    def _is_out(self, person_id: int, _square: Square) -> bool:
        """Return whether what somebody does in a guild is nobody's business."""
        return person_id in self.uncounted

    def _counts_in(self, square: Square, channel_id: int | None) -> bool:
        """Return whether it counts in a channel that somebody is there."""
        return channel_id != square.afk

    def _somebody_plays(self) -> None:
        self._play(self._chance.choice(self._people), self._chance.choice([None, *_GAMES]))

    def _play(self, person: population.Person, game: str | None) -> None:
        theirs = [each for each in self.squares if person.id in each.members]
        if self._plays[person.id].game != game:
            self._story.tell(f"{person.id} plays {game}")
            self._plays[person.id] = dataclasses.replace(
                person, game=game, began=self._now() // 1_000
            )
            for square in theirs:
                self._is_shown(person.id, square, game)
        status = self._chance.choice(_STATUSES)
        for square in theirs:
            self._sends(square.id, self._of(person.id, square).presence_update(game, status=status))

    def _is_shown(self, person_id: int, square: Square, game: str | None) -> None:
        now = self._now()
        is_none = game is None or self._is_out(person_id, square)
        shown = () if is_none else (Played(str(game), None, "playing", now, None),)
        square.facts.append(PresenceFact(now, person_id, shown))

    def _talk(self) -> None:
        person, square = self._chance.choice(self._people), self.some_square()
        if person.id not in square.members:
            return
        member = self._of(person.id, square)
        news = [writes(member), gets_role(member, 1)]
        channel_id = self.place_of(person.id, square)
        if channel_id is not None:
            muted = self._chance.happens(0.5)
            news.append(member.voice_update(channel_id, muted=muted))
        self._sends(square.id, self._chance.choice(news))

    def _somebody_leaves(self) -> None:
        """Somebody leaves a guild; that they leave its voice channel is told before, or after."""
        square = self.some_square()
        if square.keeps_all or not square.members:
            return
        person_id = self._chance.choice(sorted(square.members))
        self._story.tell(f"{person_id} leaves the guild {square.id}")
        member = self._of(person_id, square)
        left = [frame("GUILD_MEMBER_REMOVE", {"guild_id": str(square.id), **_user(member)})]
        if self.place_of(person_id, square) is not None:
            self._is_in(person_id, square, None)
            left.insert(self._chance.choice((0, 1)), member.voice_update(None))
        if self._plays[person_id].game is not None:
            self._is_shown(person_id, square, None)
        del square.members[person_id]
        for text in left:
            self._sends(square.id, text)

    def _somebody_joins(self) -> None:
        square = self.some_square()
        gone = [each for each in square.guild.idle if each.id not in square.members]
        if not gone:
            return
        person = self._chance.choice(gone)
        self._story.tell(f"{person.id} joins the guild {square.id}")
        square.members[person.id] = person
        joined = {"guild_id": str(square.id), **person.member}
        self._sends(square.id, frame("GUILD_MEMBER_ADD", joined))
        game = self._plays[person.id].game
        if game is not None:
            self._is_shown(person.id, square, game)
            self._sends(square.id, self._of(person.id, square).presence_update(game))

    def _delete(self) -> None:
        """A channel is deleted, with people in it or without, and another one made."""
        square = self.some_square()
        if square.keeps_all:
            return
        channel_id = self._chance.choice([each for each in square.channels if each != square.afk])
        self._story.tell(f"channel {channel_id} is deleted")
        members = square.members.values()
        there = [each for each in members if self.place_of(each.id, square) == channel_id]
        told = square.channel(square.channels[channel_id])
        self._sends(square.id, frame("CHANNEL_DELETE", told))
        says_each = self._chance.happens(0.5)
        for person in there:
            self._is_in(person.id, square, None)
            if says_each:
                self._sends(square.id, person.voice_update(None))
        del square.channels[channel_id]
        made = square.channel(square.made)
        square.channels[int(made["id"])] = square.made
        square.made += 1
        self._sends(square.id, frame("CHANNEL_CREATE", made))

    def _name_afk(self) -> None:
        """Another channel is for those who are away; whoever is in the one before mutes.

        They count from then on, and are found only with the next news of them.
        """
        square = self.some_square()
        channel_id = self._chance.choice(tuple(square.channels))
        where = {each: self.place_of(each, square) for each in square.members}
        if channel_id == square.afk:
            return
        self._story.tell(f"channel {channel_id} is for those who are away")
        before, square.afk = square.afk, channel_id
        square.counts_since.append(self._now())
        for person_id, their in where.items():
            if their is not None and their in {channel_id, before}:
                self._is_in(person_id, square, their)
        self._sends(square.id, self._update(square))
        for person_id, their in where.items():
            if their is not None and their == before:
                self._sends(square.id, self._of(person_id, square).voice_update(their, muted=True))

    def _update(self, square: Square) -> str:
        """Return the text of the GUILD_UPDATE that says which channel is for those who are away."""
        afk = None if square.afk is None else str(square.afk)
        return square.guild.update(afk_channel_id=afk)


def _some(chance: Chance, squares: Sequence[Square]) -> Square:
    return squares[0] if len(squares) == 1 else chance.choice(squares)


def _call(square: Square, channel_id: int, began: int | None) -> str:
    told = {"guild_id": str(square.id), "id": str(channel_id), "voice_start_time": began}
    return frame("VOICE_CHANNEL_START_TIME_UPDATE", told)


def _user(person: population.Person) -> dict[str, Any]:
    return {"user": person.member["user"]}
