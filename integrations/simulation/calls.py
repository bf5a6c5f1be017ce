"""Calls: since when somebody has been in each voice channel, from the world's history."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from integrations.simulation.intervals import union
from integrations.simulation.units import SECOND

if TYPE_CHECKING:
    from integrations.simulation.history import History
    from integrations.simulation.intervals import Interval, Intervals

__all__ = ["CallChange", "Calls"]


class CallChange(NamedTuple):
    """A channel filled, in the whole second ``started_at``, or emptied (None)."""

    at: int
    guild_id: int
    place_id: int
    started_at: int | None


class Calls:
    """Knows the call in every channel at every instant."""

    def __init__(self, history: History, end: int) -> None:
        """Read ``history``; whoever never leaves is there until ``end``."""
        stays: defaultdict[tuple[int, int], list[Interval]] = defaultdict(list)
        for guild_id in history.guilds:
            for person in history.members(guild_id):
                where: int | None = None
                since = 0
                for fact in history.voice_facts(guild_id, person.id):
                    if where is not None:
                        stays[guild_id, where].append((since, fact.at))
                    where, since = fact.place_id, fact.at
                if where is not None:
                    stays[guild_id, where].append((since, end))
        self._calls: dict[tuple[int, int], Intervals] = {
            key: union(parts) for key, parts in stays.items()
        }

    def at(self, guild_id: int, instant: int) -> dict[int, int]:
        """Return when the call in each channel began, in whole seconds, by channel id."""
        found: dict[int, int] = {}
        for (guild, place_id), calls in self._calls.items():
            index = bisect_right(calls, (instant, float("inf"))) - 1
            if guild == guild_id and index >= 0 and instant < calls[index][1]:
                found[place_id] = _whole(calls[index][0])
        return found

    def changes(self) -> list[CallChange]:
        """Return every beginning and end of a call, in order of time."""
        told = [
            change
            for (guild_id, place_id), calls in self._calls.items()
            for start, end in calls
            for change in (
                CallChange(start, guild_id, place_id, _whole(start)),
                CallChange(end, guild_id, place_id, None),
            )
        ]
        return sorted(told, key=lambda change: (change.at, change.guild_id, change.place_id))


def _whole(at: int) -> int:
    return at - at % SECOND
