"""Observations: what comes in. One struct for each kind of news, about one guild at a time.

``since`` is set where the news has no instant of its own: what a RESUME replays happened
between the last frame received before the cut (``since``) and its arrival (``now``).
"""

from __future__ import annotations

from typing import final

import msgspec

from machines import ActivityType, Instant

__all__ = [
    "ActivitySeen",
    "Channel",
    "ChannelDeleted",
    "ChannelUncounted",
    "ClockStepped",
    "GuildRemoved",
    "MemberRemoved",
    "Observation",
    "OptedIn",
    "OptedOut",
    "PeopleCounted",
    "PresenceObserved",
    "VoiceObserved",
    "WatchLost",
    "WatchPaused",
    "WatchResumed",
    "Watched",
]


class Channel(msgspec.Struct, frozen=True, gc=False):
    """A voice or stage channel."""

    id: int
    name: str


@final
class VoiceObserved(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A person's voice state: in ``channel``, or in none that is tracked.

    ``joined`` is False where the person is known to have been in a tracked channel before
    this news: somebody without a session is then found, not seen to come.
    """

    guild_id: int
    user_id: int
    username: str
    channel: Channel | None
    joined: bool = True
    since: Instant | None = None


class ActivitySeen(msgspec.Struct, frozen=True, gc=False):
    """One activity of a person. ``began_at`` is when Discord or the game says it began."""

    name: str
    app_id: int | None = None
    activity_type: ActivityType = "playing"
    began_at: Instant | None = None


@final
class PresenceObserved(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """All the activities of a person; ``username`` is None where it is not known."""

    guild_id: int
    user_id: int
    username: str | None
    activities: tuple[ActivitySeen, ...]
    since: Instant | None = None


class MemberRemoved(msgspec.Struct, frozen=True, kw_only=True):
    """A person is no member of the guild any more: a leave of everything."""

    guild_id: int
    user_id: int
    since: Instant | None = None


class OptedOut(msgspec.Struct, frozen=True, kw_only=True):
    """A person does not want to be tracked any more: their sessions in the guild are closed.

    Attributes:
        guild_id: the guild.
        user_id: the person.
        while_stopped: they said so while no bot ran. What is known of their sessions ends where
            they were last seen; up to when the guild was last watched it is unknown, and after
            that they are nobody's to know of.
    """

    guild_id: int
    user_id: int
    while_stopped: bool = False


class OptedIn(msgspec.Struct, frozen=True, kw_only=True):
    """A person is tracked from now on: nobody has looked at where they are already.

    Attributes:
        user_id: the person.
        guild_id: the guild; None for all in which they may be.
        since: the earliest instant at which that can have come to be so, where it is told late.
    """

    user_id: int
    guild_id: int | None = None
    since: Instant | None = None


class ChannelDeleted(msgspec.Struct, frozen=True, kw_only=True):
    """A voice channel is gone for good."""

    guild_id: int
    channel_id: int
    since: Instant | None = None


class ChannelUncounted(msgspec.Struct, frozen=True, kw_only=True):
    """A voice channel counts no longer: a leave of whoever is known to be in it."""

    guild_id: int
    channel_id: int
    since: Instant | None = None


class PeopleCounted(msgspec.Struct, frozen=True, kw_only=True):
    """Many count from now on in a guild: a voice channel does, or nobody has an ignored role.

    Attributes:
        guild_id: the guild.
        user_ids: who may be in voice already.
        games: whether they may play something already as well.
        since: as of :class:`OptedIn`.
    """

    guild_id: int
    user_ids: frozenset[int]
    games: bool = False
    since: Instant | None = None


class GuildRemoved(msgspec.Struct, frozen=True, kw_only=True):
    """The bot is no longer in the guild."""

    guild_id: int
    since: Instant | None = None


class WatchLost(msgspec.Struct, frozen=True, kw_only=True):
    """Nobody has watched these guilds since ``since``: an outage, a re-identify, a sleep.

    Attributes:
        guild_ids: the guilds.
        since: until when they were watched.
        slept: the machine has slept, so that a connection that was cut is cut still. Otherwise it
            stands by now.
    """

    guild_ids: tuple[int, ...]
    since: Instant
    slept: bool = False


class WatchPaused(msgspec.Struct, frozen=True, kw_only=True):
    """The connection of these guilds is cut; whether anything is lost is not known yet.

    Attributes:
        guild_ids: the guilds.
        since: until when they were watched; None where that is not known.
        stood_still: the connection may stand: it was the process that stood still, and what has
            come since has yet to be read.
    """

    guild_ids: tuple[int, ...]
    since: Instant | None = None
    stood_still: bool = False


class WatchResumed(msgspec.Struct, frozen=True, kw_only=True):
    """The connection of these guilds goes on, and what was missed has been replayed."""

    guild_ids: tuple[int, ...]


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """The heartbeat: the gateway connection of these guilds was alive at ``until``."""

    guild_ids: tuple[int, ...]
    until: Instant


class ClockStepped(msgspec.Struct, frozen=True, kw_only=True):
    """The wall clock was set by so many microseconds; ``now`` is already the new time."""

    by: int


Observation = (
    VoiceObserved
    | PresenceObserved
    | MemberRemoved
    | OptedOut
    | OptedIn
    | ChannelDeleted
    | ChannelUncounted
    | PeopleCounted
    | GuildRemoved
    | WatchLost
    | WatchPaused
    | WatchResumed
    | Watched
    | ClockStepped
)
