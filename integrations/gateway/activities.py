"""Activities: what Discord says a person is doing, as the engine wants to hear it.

Discord's activity types are Game (0), Streaming (1), Listening (2), Watching (3), Custom (4)
and Competing (5); only the first three can be tracked.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import discord
import msgspec

from engine import ActivitySeen
from machines import LARGEST_ID, SECOND, from_datetime

if TYPE_CHECKING:
    from collections.abc import Iterable

    from machines import ActivityType, Instant

__all__ = [
    "UNTRACKED",
    "ActivityPart",
    "activities_seen",
    "began_at",
    "listed",
    "may_be_tracked",
    "snowflake_of",
]

_TYPES: dict[discord.ActivityType, ActivityType] = {
    discord.ActivityType.playing: "playing",
    discord.ActivityType.streaming: "streaming",
    discord.ActivityType.listening: "listening",
}
_NUMBERS: dict[int | None, ActivityType] = {0: "playing", 1: "streaming", 2: "listening"}
UNTRACKED = frozenset({3, 4, 5})
"""The types of activities that cannot be tracked."""

_DISCORD_EPOCH = from_datetime(datetime(2015, 1, 1, tzinfo=UTC))
_LAST = from_datetime(datetime.max.replace(tzinfo=UTC))
_NUMBER = (int, float, str)
_MILLISECOND = SECOND // 1_000

_IDS_KNOWN = 4096
"""Applications whose ids are kept ready: whoever plays one of them holds no number of their own."""


class ActivityPart(msgspec.Struct, gc=False):
    """Of an activity: what can be tracked of it, of whatever type it comes.

    Games make these themselves, so that an odd one is passed over, not the guild it is in. For
    streams ``state`` is the game and ``details`` the title.
    """

    name: Any = None
    type: Any = 0
    application_id: Any = None
    state: Any = None
    details: Any = None
    created_at: Any = None
    timestamps: Any = None


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
            app_id = snowflake_of(getattr(activity, "application_id", None))
            seen.append(ActivitySeen(name, app_id, kind, began_at(activity.created_at, started)))
    return tuple(seen)


def may_be_tracked(activities: Iterable[ActivityPart]) -> bool:
    """Return whether :func:`listed` may return any of them: by their types alone."""
    for activity in activities:  # noqa: SIM110 - any() takes several times as long
        if _whole(activity.type) in _NUMBERS:
            return True
    return False


def listed(activities: Iterable[ActivityPart]) -> tuple[ActivitySeen, ...]:
    """Return those activities of a payload that can be tracked."""
    seen: list[ActivitySeen] = []
    for activity in activities:
        kind = _NUMBERS.get(_whole(activity.type))
        if kind is None:
            continue
        name = activity.name
        if kind == "streaming":
            name = activity.state or activity.details or name
        if isinstance(name, str) and name:
            began = _possible(_instant(activity.created_at)) or _possible(_started(activity))
            seen.append(ActivitySeen(name, snowflake_of(activity.application_id), kind, began))
    return tuple(seen)


def snowflake_of(value: object) -> int | None:
    """Return an id of Discord's that came as a number or as text; None where it is none."""
    return _id_in(value) if type(value) is str else _possible_id(value)


def _possible_id(value: object) -> int | None:
    whole = _whole(value)
    return whole if whole is not None and 0 <= whole <= LARGEST_ID else None


_id_in = lru_cache(maxsize=_IDS_KNOWN)(_possible_id)


def began_at(created_at: datetime | None, started: datetime | None) -> Instant | None:
    """Return when an activity began: since when Discord lists it, else since when the game says.

    The game sets its own start freely (``timestamps.start`` may be that of a match); what
    lies before Discord existed is no instant at all.
    """
    return _possible(_instant_of(created_at)) or _possible(_instant_of(started))


def _instant_of(moment: datetime | None) -> Instant | None:
    return None if moment is None else from_datetime(moment)


def _possible(instant: Instant | None) -> Instant | None:
    """Return an instant at which Discord was there; None where it was not."""
    return instant if instant is not None and _DISCORD_EPOCH <= instant <= _LAST else None


def _name_of(activity: discord.activity.ActivityTypes) -> str | None:
    if isinstance(activity, discord.Streaming):
        return activity.game or activity.name
    return activity.name


def _start(activity: discord.activity.ActivityTypes) -> datetime | None:
    start = getattr(activity, "start", None)
    return start if isinstance(start, datetime) else None


def _started(activity: ActivityPart) -> Instant | None:
    """Return since when a game says that it is played."""
    times = activity.timestamps
    return _instant(times.get("start")) if isinstance(times, dict) else None


def _whole(value: object) -> int | None:
    """Return a whole number that came as a number or as text; None where it is neither."""
    if type(value) is int:
        return value
    if not isinstance(value, _NUMBER):
        return None
    try:
        return int(value)
    except (ValueError, OverflowError):
        return None


def _instant(milliseconds: object) -> Instant | None:
    """Return the instant of a Unix time in milliseconds; None where it is no number."""
    whole = _whole(milliseconds)
    return None if whole is None else whole * _MILLISECOND
