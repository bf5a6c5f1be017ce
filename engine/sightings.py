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
    from engine.absences import Absences
    from engine.firing import Firing
    from engine.hearing import Hearing
    from engine.sweeps import Sweeps
    from machines import GameSession, Instant, VoiceSession

__all__ = ["Sightings"]


class Sightings:
    """Takes in news of people whose sessions simply go on; leaves all other news alone."""

    def __init__(
        self, firing: Firing, hearing: Hearing, sweeps: Sweeps, absences: Absences
    ) -> None:
        """Take in news of the sessions that ``firing`` holds."""
        self._sweeps = sweeps
        self._deadlines = firing.deadlines
        self._heard = hearing.heard
        self._untracked = absences.untracked
        self._is_heard = absences.is_heard

    def is_in_voice(self, session: VoiceSession, now: Instant) -> bool:
        """Somebody was heard to be in voice just where their session has them.

        Returns:
            False where it does not simply go on, or a deadline comes before; all is left as it is.
        """
        if session.absent_since is not None or session.unwatched_since is not None:
            return False
        if (self._sweeps.under_way or self._deadlines.first_at <= now) and self._waits(
            session.guild_id, now
        ):
            return False
        session.seen_at(now)
        return True

    def has_none(self, guild_id: int, user_id: int, now: Instant, *, voice: bool) -> bool:
        """Somebody without a session was heard to be in no voice that counts, or to play nothing.

        That they were heard is remembered, of ``voice`` or of their games.

        Returns:
            False where a deadline, or what befell their guild, comes before; all is left as it is.
        """
        if (self._sweeps.under_way or self._deadlines.first_at <= now) and self._waits(
            guild_id, now
        ):
            return False
        if self._untracked:
            self._is_heard(guild_id, user_id, voice=voice)
        self._heard(guild_id, user_id, now, voice=voice)
        return True

    def plays_on(
        self, guild_id: int, user_id: int, sessions: tuple[GameSession, ...], now: Instant
    ) -> bool:
        """Somebody was heard to play just what they have sessions of.

        What they are away from they do not play. That they were heard is remembered: sessions say
        nothing of what somebody does not play.

        Returns:
            False as of :meth:`is_in_voice`.
        """
        if (self._sweeps.under_way or self._deadlines.first_at <= now) and self._waits(
            guild_id, now
        ):
            return False
        for session in sessions:
            if session.unwatched_since is not None:
                return False
        for session in sessions:
            if session.absent_since is None:
                session.seen_at(now)
        if self._untracked:
            self._is_heard(guild_id, user_id, voice=False)
        self._heard(guild_id, user_id, now, voice=False)
        return True

    def _waits(self, guild_id: int, now: Instant) -> bool:
        """Return whether something that is due, or befell a guild, comes before news of it."""
        return self._sweeps.concerns(guild_id) or self._deadlines.is_due(now)
