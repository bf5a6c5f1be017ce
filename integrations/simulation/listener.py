"""What a bot hears from the simulated gateway, and what every bot here can do with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from integrations.simulation.history import Played, VoiceFact

__all__ = ["CallNews", "Listener", "PresenceNews", "Snapshot", "VoiceNews"]


@dataclass(frozen=True, slots=True)
class VoiceNews:
    """A VOICE_STATE_UPDATE, and the channel that discord.py had cached before it.

    ``since`` is set while a RESUME replays what was missed: the last frame before the cut.
    """

    guild_id: int
    person_id: int
    before: int | None
    after: int | None
    since: int | None
    muted: bool = False
    connection: int = 0


@dataclass(frozen=True, slots=True)
class CallNews:
    """A VOICE_CHANNEL_START_TIME_UPDATE: a channel filled, or emptied (None)."""

    guild_id: int
    place_id: int
    started_at: int | None


@dataclass(frozen=True, slots=True)
class PresenceNews:
    """A PRESENCE_UPDATE: all that somebody's profile shows, and what was cached before it."""

    guild_id: int
    person_id: int
    before: tuple[Played, ...]
    after: tuple[Played, ...]
    since: int | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A GUILD_CREATE: everybody in voice and everybody's games, as they were at ``at``."""

    guild_id: int
    at: int
    voice: dict[int, VoiceFact]
    presence: dict[int, tuple[Played, ...]]


class Listener(Protocol):
    """A bot. Whatever it is told is true of virtual time at that instant."""

    def boots(self, now: int) -> None:
        """The process starts; the gateway is not up yet."""
        ...

    def stops(self, now: int) -> None:
        """The process is asked to end and may write everything down."""
        ...

    def is_killed(self, now: int) -> None:
        """The process is gone, and with it whatever was only in memory."""
        ...

    def begins(self, now: int) -> None:
        """READY: a new session of the gateway; nothing is replayed."""
        ...

    def is_cut(self, now: int) -> None:
        """The connection is gone."""
        ...

    def resumes(self, now: int) -> None:
        """RESUMED: everything that was missed has been replayed."""
        ...

    def wakes(self, now: int, asleep_since: int) -> None:
        """The machine was suspended from ``asleep_since`` until now."""
        ...

    def hears_guild(self, snapshot: Snapshot, now: int) -> None:
        """GUILD_CREATE."""
        ...

    def hears_outage(self, guild_id: int, now: int) -> None:
        """GUILD_DELETE of a guild whose servers are down."""
        ...

    def hears_voice(self, news: VoiceNews, now: int) -> None:
        """VOICE_STATE_UPDATE."""
        ...

    def hears_call(self, news: CallNews, now: int) -> None:
        """VOICE_CHANNEL_START_TIME_UPDATE."""
        ...

    def hears_presence(self, news: PresenceNews, now: int) -> None:
        """PRESENCE_UPDATE."""
        ...
