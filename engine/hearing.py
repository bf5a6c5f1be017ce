"""Hearing: when an event about a person last came, whether or not they have a session.

A look takes time. What it says of a person may be older than an event that came meanwhile,
and of somebody without a session only this tells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from machines import seconds

if TYPE_CHECKING:
    from machines import Instant

__all__ = ["Hearing"]

_REMEMBERED = seconds(120)
"""How long an event is remembered. A look that took longer finds nobody new."""


class Hearing:
    """Remembers the events of the last two minutes: voice and activities, person by person."""

    def __init__(self) -> None:
        """Start having heard nothing."""
        self._heard: dict[tuple[int, int, bool], Instant] = {}

    def heard(self, guild_id: int, user_id: int, now: Instant, *, voice: bool) -> None:
        """An event about the person's voice state, or about their activities, has come."""
        key = (guild_id, user_id, voice)
        self._heard.pop(key, None)
        self._heard[key] = now
        self._forget(now)

    def is_news(
        self, guild_id: int, user_id: int, earliest: Instant, now: Instant, *, voice: bool
    ) -> bool:
        """Return whether no event about the person has come since ``earliest``."""
        if earliest < now - _REMEMBERED:
            return False
        return not self.has_heard(guild_id, user_id, earliest, voice=voice)

    def has_heard(self, guild_id: int, user_id: int, after: Instant, *, voice: bool) -> bool:
        """Return whether an event about the person has come after an instant, as remembered."""
        return self._heard.get((guild_id, user_id, voice), after) > after

    def shift(self, by: int) -> None:
        """Move every instant by ``by`` microseconds: the clock was set."""
        self._heard = {key: at + by for key, at in self._heard.items()}

    def _forget(self, now: Instant) -> None:
        """Drop what is old; the oldest come first."""
        while (oldest := next(iter(self._heard), None)) is not None:
            if self._heard[oldest] >= now - _REMEMBERED:
                return
            del self._heard[oldest]
