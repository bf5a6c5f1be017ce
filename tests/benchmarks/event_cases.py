"""What events are told: the frames of each case, and what is promised of ours.

Each is a thing that people do, told of many of them in turn. The last frames leave everything as
the first found it, so that they can be told again and again.
"""

from __future__ import annotations

import time
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from tests.benchmarks.connected_bot import AT_ONCE
from tests.benchmarks.population import Person, Population, frame, hour_ago
from tests.benchmarks.promises import (
    BUSY,
    CHANGES_NOTHING,
    CHANGES_NOTHING_PACED,
    CHANGES_NOTHING_RARER,
    QUIET,
    SELDOM,
    TRANSITION,
    TRANSITION_ALONE,
    TRANSITION_BUSY,
    TRANSITION_QUIET,
    TRANSITION_SELDOM,
    TWO_TRANSITIONS,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.benchmarks.population import Guild
    from tests.benchmarks.promises import Promise

__all__ = [
    "Case",
    "common_cases",
    "gets_role",
    "of_calls",
    "of_changing_games",
    "of_pairs",
    "rarer_cases",
    "writes",
]

_PEOPLE = 1_000
"""Whom they are about: as many as there are events in a round, that is, each once."""

_STRANGERS = 200
"""How many whom discord.py has not cached: each is told of once in a turn."""

_CALLS = 50
"""How many channels are made and deleted again."""


_AT_RATE = {BUSY: TRANSITION_BUSY, QUIET: TRANSITION_QUIET, SELDOM: TRANSITION_SELDOM}
"""What is promised of a transition with pauses, by how many events come a second."""


class Case(NamedTuple):
    """What is told: the frames, again and again, and what is promised of ours.

    ``is_written``: it is written down, so that it is measured until it is on the disk as well.
    ``before`` is told once, before any turn. ``is_sign``: it hints at a lost event, for which
    nobody looks.
    """

    name: str
    promise: Promise | None
    texts: list[str]
    at_once: int = AT_ONCE
    is_written: bool = False
    before: Sequence[str] = ()
    is_sign: bool = False

    def one_at_a_time(self) -> Case:
        """Return it with each event told alone, with nothing behind it."""
        promise = TRANSITION_ALONE if self.promise is TRANSITION else self.promise
        return self._replace(name=f"{self.name}: one at a time", promise=promise, at_once=1)

    def paced(self, rate: int) -> Case:
        """Return it with so many events a second, with pauses between them."""
        promise = self.promise
        if promise is CHANGES_NOTHING:
            promise = CHANGES_NOTHING_PACED
        elif promise is TRANSITION:
            promise = _AT_RATE.get(rate)
        return self._replace(name=f"{self.name}: {rate} a second, with pauses", promise=promise)


def common_cases(population: Population) -> Iterator[Case]:
    """Yield what people do most of the time."""
    some = slice(0, _PEOPLE)
    in_voice, playing = population.in_voice[some], population.playing[some]
    idle = population.idle[some]
    yield Case(
        "somebody mutes",
        CHANGES_NOTHING,
        texts=[p.voice_update(p.channel_id, muted=on) for on in (True, False) for p in in_voice],
    )
    yield Case(
        "a game's details change",
        CHANGES_NOTHING,
        texts=[p.presence_update(p.game, details=d) for d in ("0-1", "1-1") for p in playing],
    )
    yield Case(
        "a presence of somebody without a game",
        CHANGES_NOTHING,
        texts=[p.presence_update(None, status=s) for s in ("idle", "online") for p in idle],
    )
    channels = {guild.id: guild.channel_ids for guild in population.guilds}
    yield Case(
        "somebody moves to another channel",
        TRANSITION,
        texts=[
            *(p.voice_update(_another(p, channels[p.guild_id])) for p in in_voice),
            *(p.voice_update(p.channel_id) for p in in_voice),
        ],
        is_written=True,
    )
    yield Case(
        "somebody leaves and comes back",
        TRANSITION,
        texts=list(
            chain.from_iterable(
                (p.voice_update(None), p.voice_update(p.channel_id)) for p in in_voice
            )
        ),
        is_written=True,
    )
    yield Case(
        "somebody joins and leaves at once",
        TRANSITION,
        texts=list(
            chain.from_iterable(
                (p.voice_update(channels[p.guild_id][2]), p.voice_update(None)) for p in idle
            )
        ),
    )
    yield Case(
        "somebody closes a game and opens it again",
        TRANSITION,
        texts=_closing_and_opening(playing),
        is_written=True,
    )
    yield Case(
        "somebody opens a game and closes it at once",
        TRANSITION,
        texts=list(
            chain.from_iterable(
                (p.presence_update("Juego 1"), p.presence_update(None)) for p in idle
            )
        ),
    )


def rarer_cases(population: Population) -> Iterator[Case]:
    """Yield what changes nothing and comes less often; the proposal hears none of it."""
    some = slice(0, _PEOPLE)
    playing, idle = population.playing[some], population.idle[some]
    yield Case(
        "details of one of two games change",
        CHANGES_NOTHING_RARER,
        texts=[_plays(p, _GAME | {"details": d}) for d in ("0-1", "1-1") for p in playing],
        before=[_plays(p, _GAME) for p in playing],
    )
    yield Case(
        "a stream's title changes",
        CHANGES_NOTHING_RARER,
        texts=[_plays(p, _STREAM | {"details": d}) for d in ("hola", "adiós") for p in playing],
        before=[_plays(p, _STREAM) for p in playing],
    )
    channels = {guild.id: guild.channel_ids for guild in population.guilds}
    yield Case(
        "a bot in voice is muted",
        CHANGES_NOTHING_RARER,
        texts=[_bot(p, channels[p.guild_id][0], muted=on) for on in (True, False) for p in idle],
        before=[_bot(p, channels[p.guild_id][0]) for p in idle],
    )
    yield Case(
        "a bot comes to a channel and leaves it",
        CHANGES_NOTHING_RARER,
        texts=list(
            chain.from_iterable((_bot(p, channels[p.guild_id][1]), _bot(p, None)) for p in idle)
        ),
        before=[_bot(p, None) for p in idle],
    )
    yield from _of_those_unknown(population)
    yield from _of_channels(population.guilds[0])


def _of_channels(guild: Guild) -> Iterator[Case]:
    """Yield what befalls channels that nobody is in, of a guild with many people in voice."""
    channels = [guild.channel(guild.channels + number) for number in range(_CALLS)]
    yield Case(
        "a channel is made for a call and deleted after it",
        CHANGES_NOTHING_RARER,
        texts=[
            frame(event, channel)
            for channel in channels
            for event in ("CHANNEL_CREATE", "CHANNEL_DELETE")
        ],
    )
    afk = guild.channel(guild.channels + _CALLS)
    yield Case(
        "a server changes its name",
        CHANGES_NOTHING_RARER,
        texts=[guild.update(name=name, afk_channel_id=afk["id"]) for name in ("Patio", "Plaza")],
        before=[frame("CHANNEL_CREATE", afk)],
    )


def of_calls(guild: Guild) -> Iterator[Case]:
    """Yield what Discord tells of calls, of which discord.py knows nothing but to read it."""
    channels = [guild.channel(guild.channels + number) for number in range(_CALLS)]
    empty = [int(channel["id"]) for channel in channels]
    yield Case(
        "that a call goes on, or is over, as is known",
        None,
        texts=[
            *(_calls(guild, channel_id, is_over=False) for channel_id in guild.channel_ids),
            *(_calls(guild, channel_id, is_over=True) for channel_id in empty),
        ],
    )
    yield Case(
        "somebody begins a call and ends it, and that it began and is over",
        TRANSITION,
        texts=list(
            chain.from_iterable(
                (
                    person.voice_update(channel_id),
                    _calls(guild, channel_id, is_over=False),
                    person.voice_update(None),
                    _calls(guild, channel_id, is_over=True),
                )
                for person, channel_id in zip(guild.idle, empty, strict=False)
            )
        ),
        before=[frame("CHANNEL_CREATE", channel) for channel in channels],
    )


def _of_those_unknown(population: Population) -> Iterator[Case]:
    """Yield what is told of people whom discord.py has not cached, or who are in no voice."""
    [guild] = population.guilds
    strangers, players = (
        [Person(number, guild.id) for number in range(first, first + _STRANGERS)]
        for first in (1_000, 2_000)
    )
    yield Case(
        "a presence of somebody whom discord.py has not cached",
        CHANGES_NOTHING_RARER,
        texts=[p.presence_update(None, status=s) for s in ("idle", "online") for p in strangers],
    )
    yield Case(
        "a game's details of somebody whom discord.py has not cached",
        CHANGES_NOTHING_RARER,
        texts=[p.presence_update("Otro", details=d) for d in ("0-1", "1-1") for p in players],
        before=[p.presence_update("Otro") for p in players],
    )
    yield Case(
        "somebody joins the server and leaves it",
        CHANGES_NOTHING_RARER,
        texts=list(chain.from_iterable((_joins(p), _is_gone(p)) for p in strangers)),
    )
    yield Case(
        "somebody leaves the server whom discord.py has not cached",
        CHANGES_NOTHING_RARER,
        texts=[_is_gone(p) for p in strangers],
    )
    yield Case(
        "somebody who is in no voice stays in none",
        CHANGES_NOTHING_RARER,
        texts=[p.voice_update(None, muted=on) for on in (True, False) for p in guild.idle],
        is_sign=True,
    )


def of_pairs(population: Population) -> Case:
    """Return what moves a party as well: one of the two whom it takes is away, and comes back."""
    return Case(
        "one of two who play closes the game and opens it again",
        TWO_TRANSITIONS,
        texts=_closing_and_opening(population.playing),
    )


def of_changing_games(population: Population) -> Case:
    """Return what moves two sessions: one game is closed, another opened that others play."""
    playing = population.playing[:_PEOPLE]
    others = [*playing[1:], playing[0]]
    pairs = (
        (person.presence_update(other.game), person.presence_update(person.game))
        for person, other in zip(playing, others, strict=True)
    )
    return Case(
        "somebody goes from one game to another",
        TWO_TRANSITIONS,
        texts=list(chain.from_iterable(pairs)),
    )


def _closing_and_opening(playing: list[Person]) -> list[str]:
    pairs = ((p.presence_update(None), p.presence_update(p.game)) for p in playing)
    return list(chain.from_iterable(pairs))


_GAME = {"name": "Otro juego", "type": 0, "created_at": hour_ago(), "application_id": "7"}
_STREAM = {
    "name": "Twitch",
    "type": 1,
    "state": "Otro juego",
    "url": "https://www.twitch.tv/nobody",
    "created_at": hour_ago(),
}


def writes(person: Person) -> str:
    """Return that somebody begins to write: it says of nobody where they are."""
    where = {"guild_id": str(person.guild_id), "channel_id": str(person.guild_id + 1)}
    who = {"user_id": str(person.id), "member": person.member, "timestamp": 1}
    return frame("TYPING_START", {**where, **who})


def gets_role(person: Person, role_id: int) -> str:
    """Return that somebody has a role now, which may be told of whoever comes."""
    roles = [*person.member["roles"], str(role_id)]
    told = {**person.member, "roles": roles, "guild_id": str(person.guild_id)}
    return frame("GUILD_MEMBER_UPDATE", told)


def _plays(person: Person, other: dict[str, object]) -> str:
    """Tell that somebody plays what they do, and something else."""
    data = person.presence(person.game)
    data["activities"].append(other)
    return frame("PRESENCE_UPDATE", {"guild_id": str(person.guild_id), **data})


def _calls(guild: Guild, channel_id: int, *, is_over: bool) -> str:
    told = {"guild_id": str(guild.id), "id": str(channel_id)}
    began = None if is_over else round(time.time())
    return frame("VOICE_CHANNEL_START_TIME_UPDATE", {**told, "voice_start_time": began})


def _joins(person: Person) -> str:
    return frame("GUILD_MEMBER_ADD", {"guild_id": str(person.guild_id), **person.member})


def _is_gone(person: Person) -> str:
    gone = {"guild_id": str(person.guild_id), "user": person.member["user"]}
    return frame("GUILD_MEMBER_REMOVE", gone)


def _bot(person: Person, channel_id: int | None, *, muted: bool = False) -> str:
    member = {**person.member, "user": {**person.member["user"], "bot": True}}
    state = person.voice_state(channel_id, muted=muted)
    return frame(
        "VOICE_STATE_UPDATE", {"guild_id": str(person.guild_id), "member": member, **state}
    )


def _another(person: Person, channel_ids: list[int]) -> int:
    assert person.channel_id is not None
    return channel_ids[channel_ids.index(person.channel_id) - 1]
