"""The people of a measurement: who they are, where they are, and how Discord writes that.

Everything is JSON text as the gateway sends it, so that decoding it is measured as well.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec

__all__ = ["Guild", "Person", "Population", "frame", "hour_ago"]

OWN_ID = 99
_IN_VOICE = 0.7
_CHANNELS = 20
_GAMES = 30
_IDLE_EACH = 100
_EVENING = 1_767_045_600_000
_FIRST_PERSON = 200_000_000_000_000_000
_FIRST_GUILD = 900_000_000_000_000_000


def hour_ago() -> int:
    """Return when a game began that has been played for an hour by the real clock."""
    return round((time.time() - 3_600) * 1_000)


def frame(event: str, data: dict[str, Any]) -> str:
    """Return the text of a dispatch."""
    return msgspec.json.encode({"op": 0, "s": 1, "t": event, "d": data}).decode()


@dataclass(frozen=True)
class Person:
    """A member of a guild, and where they are at the start: a channel, a game, or neither.

    What they play began at ``began``, in milliseconds, as Discord says it.
    """

    id: int
    guild_id: int
    channel_id: int | None = None
    game: str | None = None
    began: int = _EVENING
    roles: tuple[int, ...] = ()

    @cached_property
    def member(self) -> dict[str, Any]:
        """The member as Discord sends it with a voice state."""
        return {
            "user": {
                "id": str(self.id),
                "username": f"persona{self.id % 1_000_000}",
                "global_name": f"Persona {self.id % 1_000_000}",
                "discriminator": "0",
                "avatar": "d41d8cd98f00b204e9800998ecf8427e",
                "public_flags": 64,
                "bot": False,
            },
            "nick": None,
            "roles": [str(each) for each in self.roles],
            "joined_at": "2024-02-29T20:00:00.123000+00:00",
            "premium_since": None,
            "communication_disabled_until": None,
            "avatar": None,
            "pending": False,
            "deaf": False,
            "mute": False,
            "flags": 0,
        }

    def voice_state(self, channel_id: int | None, *, muted: bool = False) -> dict[str, Any]:
        """A voice state without its guild, as GUILD_CREATE lists it."""
        return {
            "user_id": str(self.id),
            "channel_id": None if channel_id is None else str(channel_id),
            "session_id": f"{self.id:032x}",
            "deaf": False,
            "mute": False,
            "self_deaf": False,
            "self_mute": muted,
            "self_video": False,
            "self_stream": False,
            "suppress": False,
            "request_to_speak_timestamp": None,
        }

    def voice_update(self, channel_id: int | None, *, muted: bool = False) -> str:
        """The text of a VOICE_STATE_UPDATE."""
        state = self.voice_state(channel_id, muted=muted)
        data = {"guild_id": str(self.guild_id), "member": self.member, **state}
        return frame("VOICE_STATE_UPDATE", data)

    def comes(self) -> str:
        """The text with which they come to where they are at the start, or begin to play."""
        if self.channel_id is None:
            return self.presence_update(self.game)
        return self.voice_update(self.channel_id)

    def presence(
        self, game: str | None, *, details: str = "", status: str = "online"
    ) -> dict[str, Any]:
        """A presence: of a game with its details, or of a custom status alone."""
        shown: dict[str, Any] = {
            "id": "custom",
            "name": "Custom Status",
            "type": 4,
            "state": details or "hola",
            "created_at": self.began,
        }
        if game is not None:
            shown = {
                "id": "ec0b28a579ecb4bd",
                "name": game,
                "type": 0,
                "application_id": str(700136079562375258 + len(game)),
                "details": details or "Competitiva",
                "state": "En partida",
                "timestamps": {"start": self.began},
                "assets": {"large_image": "1151", "large_text": "Haven", "small_image": "1152"},
                "party": {"id": "a1b2", "size": [2, 5]},
                "created_at": self.began,
            }
        return {
            "user": {"id": str(self.id)},
            "status": status,
            "client_status": {"desktop": status},
            "activities": [shown],
        }

    def presence_update(
        self, game: str | None, *, details: str = "", status: str = "online"
    ) -> str:
        """The text of a PRESENCE_UPDATE."""
        data = self.presence(game, details=details, status=status)
        return frame("PRESENCE_UPDATE", {"guild_id": str(self.guild_id), **data})


@dataclass(frozen=True)
class Guild:
    """A guild and its people: those with a session first, then as many without."""

    id: int
    people: tuple[Person, ...]
    idle: tuple[Person, ...]
    channels: int = _CHANNELS

    @property
    def channel_ids(self) -> list[int]:
        """Its voice channels."""
        return [self.id + 1 + number for number in range(self.channels)]

    def channel(self, number: int) -> dict[str, Any]:
        """A voice channel of it, or another that it may have for a while."""
        return {
            "id": str(self.id + 1 + number),
            "guild_id": str(self.id),
            "name": f"Sala {number}",
            "type": 2,
            "position": number,
            "permission_overwrites": [],
            "bitrate": 64000,
            "user_limit": 0,
            "rtc_region": None,
            "parent_id": None,
        }

    def update(self, **changes: object) -> str:
        """The text of a GUILD_UPDATE."""
        told = self.create()
        kept = ("id", "name", "owner_id", "roles", "emojis", "features", "stickers")
        return frame("GUILD_UPDATE", {**{key: told[key] for key in kept}, **changes})

    def text(self, *, without: frozenset[int] = frozenset()) -> str:
        """The text of its GUILD_CREATE."""
        return frame("GUILD_CREATE", self.create(without=without)) if without else self._whole

    def empty(self) -> str:
        """The text of its GUILD_CREATE while nobody is in voice, nor plays."""
        return self.text(without=frozenset(person.id for person in self.people))

    @cached_property
    def _whole(self) -> str:
        return frame("GUILD_CREATE", self.create())

    def create(self, *, without: frozenset[int] = frozenset()) -> dict[str, Any]:
        """The payload of its GUILD_CREATE; ``without`` are in no channel and no game."""
        here = [person for person in self.people if person.id not in without]
        everybody = (*self.people, *self.idle)
        own = Person(OWN_ID, self.id).member
        return {
            "id": str(self.id),
            "name": "Plaza",
            "owner_id": str(everybody[0].id),
            "member_count": len(everybody) + 1,
            "large": len(everybody) > 250,
            "unavailable": False,
            "roles": [],
            "emojis": [],
            "stickers": [],
            "features": [],
            "threads": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
            "channels": [self.channel(number) for number in range(self.channels)],
            "members": [*(person.member for person in everybody), own],
            "voice_states": [
                person.voice_state(person.channel_id)
                for person in here
                if person.channel_id is not None
            ],
            "presences": [person.presence(person.game) for person in here if person.game],
        }


@dataclass(frozen=True)
class Population:
    """Guilds of people, each with a session: seven of ten in voice, the others in a game."""

    guilds: tuple[Guild, ...]

    @classmethod
    def of(
        cls,
        sessions: int,
        guilds: int,
        idle_each: int = _IDLE_EACH,
        channels: int = _CHANNELS,
        began: int = _EVENING,
    ) -> Population:
        """Spread ``sessions`` people over so many guilds."""
        each = sessions // guilds
        numbers = range(guilds)
        return cls(tuple(_guild(number, each, idle_each, channels, began) for number in numbers))

    @property
    def people(self) -> list[Person]:
        """Everybody with a session."""
        return [person for guild in self.guilds for person in guild.people]

    @property
    def in_voice(self) -> list[Person]:
        """Everybody in voice."""
        return [person for person in self.people if person.channel_id is not None]

    @property
    def playing(self) -> list[Person]:
        """Everybody with a game."""
        return [person for person in self.people if person.game is not None]

    @property
    def idle(self) -> list[Person]:
        """Everybody without a session."""
        return [person for guild in self.guilds for person in guild.idle]


def _guild(number: int, size: int, idle: int, channels: int, began: int) -> Guild:
    guild_id = _FIRST_GUILD + number * 1_000_000
    first = _FIRST_PERSON + number * 1_000_000
    in_voice = round(size * _IN_VOICE)
    people = [
        Person(first + each, guild_id, channel_id=guild_id + 1 + each % channels)
        if each < in_voice
        else Person(first + each, guild_id, game=f"Juego {each % _GAMES}", began=began)
        for each in range(size)
    ]
    others = [Person(first + size + each, guild_id, began=began) for each in range(idle)]
    return Guild(guild_id, tuple(people), tuple(others), channels)
