"""Sightings: news that only says that somebody is still where they were.

Most of what a gateway sends is such news: a microphone, a status, a game's details. It moves
``last_seen`` and nothing else, so it needs no trigger, no guard and no effect. What is said
here must be what :meth:`SessionEngine.observe` would do; a law in the tests holds it to that.
When somebody with a session was heard, their session says itself; of all others
:class:`~engine.hearing.Hearing` remembers it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.firing import Firing
    from engine.hearing import Hearing
    from engine.observation import ActivitySeen
    from machines import AnySession, Instant

__all__ = ["Sightings"]


class Sightings:
    """Takes in news of people whose sessions simply go on; leaves all other news alone."""

    def __init__(self, firing: Firing, hearing: Hearing) -> None:
        """Look through the sessions that ``firing`` holds."""
        self._registry = firing.registry
        self._deadlines = firing.deadlines
        self._hearing = hearing

    def voice(
        self, guild_id: int, user_id: int, username: str, channel_id: int, now: Instant
    ) -> bool:
        """Return whether their voice session goes on just so, and has been renewed."""
        session = self._registry.voice_of(guild_id, user_id)
        if (
            session is None
            or session.channel_id != channel_id
            or session.username != username
            or not self._goes_on(session, now)
        ):
            return False
        session.last_seen = max(session.last_seen, now)
        return True

    def nothing_played(self, guild_id: int, user_id: int, now: Instant) -> bool:
        """Return whether somebody without a game had none before, and that has been noted."""
        if self._registry.games_of(guild_id, user_id) or self._is_something_due(now):
            return False
        self._hearing.heard(guild_id, user_id, now, voice=False)
        return True

    def game(
        self,
        guild_id: int,
        user_id: int,
        username: str | None,
        activity: ActivitySeen,
        now: Instant,
    ) -> bool:
        """Return whether their one game session goes on just so, and has been renewed."""
        games = self._registry.games_of(guild_id, user_id)
        if len(games) != 1:
            return False
        session = games[0]
        if (
            session.game_name != activity.name
            or session.app_id != activity.app_id
            or session.activity_type != activity.activity_type
            or username not in (None, session.username)
            or not self._goes_on(session, now)
        ):
            return False
        session.last_seen = max(session.last_seen, now)
        return True

    def _goes_on(self, session: AnySession, now: Instant) -> bool:
        """Return whether it is watched, nobody is away, and nothing is to happen before."""
        return (
            session.absent_since is None
            and session.unwatched_since is None
            and not self._is_something_due(now)
        )

    def _is_something_due(self, now: Instant) -> bool:
        due_at = self._deadlines.next_at()
        return due_at is not None and due_at <= now
