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

_Subject = tuple[int, int, bool]
"""Guild, person, and whether it is about voice."""

_REMEMBERED = seconds(120)
"""How long an event is remembered. A look that took longer finds nobody new."""


class Hearing:
    """Remembers the events of the last two minutes: voice and activities, person by person.

    They are kept in two parts, each of two minutes or more. When the later one is full the
    earlier one is dropped whole, so that forgetting costs the same however many there are.
    """

    def __init__(self) -> None:
        """Start having heard nothing."""
        self._later: dict[_Subject, Instant] = {}
        self._earlier: dict[_Subject, Instant] = {}
        self._later_since: Instant = 0
        self._latest_at: Instant = 0

    def heard(self, guild_id: int, user_id: int, now: Instant, *, voice: bool) -> None:
        """An event about the person's voice state, or about their activities, has come."""
        if now - self._latest_at > _REMEMBERED:
            self._later = {}
        if now - self._later_since > _REMEMBERED:
            self._earlier, self._later, self._later_since = self._later, {}, now
        self._later[guild_id, user_id, voice] = self._latest_at = now

    def is_news(
        self, guild_id: int, user_id: int, earliest: Instant, now: Instant, *, voice: bool
    ) -> bool:
        """Return whether no event about the person has come since ``earliest``."""
        if earliest < now - _REMEMBERED:
            return False
        return not self.has_heard(guild_id, user_id, earliest, voice=voice)

    def has_heard(self, guild_id: int, user_id: int, after: Instant, *, voice: bool) -> bool:
        """Return whether an event about the person has come after an instant, as remembered."""
        subject = (guild_id, user_id, voice)
        heard_at = self._later.get(subject) or self._earlier.get(subject)
        return heard_at is not None and heard_at > after

    def shift(self, by: int) -> None:
        """Move every instant by ``by`` microseconds: the clock was set."""
        self._later = {subject: at + by for subject, at in self._later.items()}
        self._earlier = {subject: at + by for subject, at in self._earlier.items()}
        self._later_since += by
        self._latest_at += by
