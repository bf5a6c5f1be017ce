"""Activities: what Discord says a person is doing, as the engine wants to hear it.

Discord's activity types are Game (0), Streaming (1), Listening (2), Watching (3), Custom (4)
and Competing (5); only the first three can be tracked.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import discord

from engine import ActivitySeen
from machines import from_datetime

if TYPE_CHECKING:
    from collections.abc import Iterable

    from machines import ActivityType, Instant

__all__ = ["activities_seen", "began_at"]

_TYPES: dict[discord.ActivityType, ActivityType] = {
    discord.ActivityType.playing: "playing",
    discord.ActivityType.streaming: "streaming",
    discord.ActivityType.listening: "listening",
}
_DISCORD_EPOCH = datetime(2015, 1, 1, tzinfo=UTC)


def activities_seen(
    activities: Iterable[discord.activity.ActivityTypes],
) -> tuple[ActivitySeen, ...]:
    """Return those of a person's activities that can be tracked.

    A stream goes by the name of what is streamed (``Streaming.game``), where that is known.
    """
    seen: list[ActivitySeen] = []
    for activity in activities:
        kind = _TYPES.get(activity.type)
        name = _name_of(activity)
        if kind is not None and name:
            started = None if isinstance(activity, discord.CustomActivity) else _start(activity)
            app_id = getattr(activity, "application_id", None)
            seen.append(ActivitySeen(name, app_id, kind, began_at(activity.created_at, started)))
    return tuple(seen)


def began_at(created_at: datetime | None, started: datetime | None) -> Instant | None:
    """Return when an activity began: since when Discord lists it, else since when the game says.

    The game sets its own start freely (``timestamps.start`` may be that of a match); what
    lies before Discord existed is no instant at all.
    """
    for moment in (created_at, started):
        if moment is not None and moment >= _DISCORD_EPOCH:
            return from_datetime(moment)
    return None


def _name_of(activity: discord.activity.ActivityTypes) -> str | None:
    if isinstance(activity, discord.Streaming):
        return activity.game or activity.name
    return activity.name


def _start(activity: discord.activity.ActivityTypes) -> datetime | None:
    start = getattr(activity, "start", None)
    return start if isinstance(start, datetime) else None
