"""Sightings: news that only says that somebody is still where they were.

Most of what a gateway sends is such news: a microphone, a status, a game's details. It moves
``last_seen`` and nothing else, so it needs no trigger, no guard and no effect. What is said
here must be what :meth:`SessionEngine.observe` would do; a law in the tests holds it to that.
When somebody in voice was heard, their session says itself; of all others, and of what people
play, :class:`~engine.hearing.Hearing` remembers it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.firing import Firing
    from engine.hearing import Hearing
    from engine.sweeps import Sweeps
    from machines import GameSession, Instant, VoiceSession

__all__ = ["Sightings"]


class Sightings:
    """Takes in news of people whose sessions simply go on; leaves all other news alone.

    Attributes:
        heard: remembers that somebody was heard, see :meth:`engine.hearing.Hearing.heard`.
    """

    def __init__(self, firing: Firing, hearing: Hearing, sweeps: Sweeps) -> None:
        """Take in news of the sessions that ``firing`` holds."""
        self._sweeps = sweeps
        self._deadlines = firing.deadlines
        self.heard = hearing.heard

    def has_none(self, guild_id: int, user_id: int, now: Instant, *, voice: bool) -> bool:
        """Somebody who is in no voice, or in no game, was heard to be in none still.

        That they were heard is remembered.

        Returns:
            False where a deadline, or what befell their guild, comes before; all is left as it is.
        """
        if (self._sweeps.under_way and self._sweeps.concerns(guild_id)) or (
            self._deadlines.first_at <= now and self._deadlines.is_due(now)
        ):
            return False
        self.heard(guild_id, user_id, now, voice=voice)
        return True

    def renew(self, session: VoiceSession | GameSession, now: Instant) -> bool:
        """Somebody was sighted just where their session has them.

        Returns:
            False where it does not simply go on, or a deadline comes before; all is left as it is.
        """
        if (
            session.absent_since is not None
            or session.unwatched_since is not None
            or (self._sweeps.under_way and self._sweeps.concerns(session.guild_id))
            or (self._deadlines.first_at <= now and self._deadlines.is_due(now))
        ):
            return False
        session.seen_at(now)
        return True
