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
    from engine.sweeps import Sweeps
    from machines import AnySession, GameSession, Instant, VoiceSession

__all__ = ["Sightings"]


class Sightings:
    """Takes in news of people whose sessions simply go on; leaves all other news alone.

    Whoever finds somebody's session here asks whether :meth:`is_something_due` first, and only
    then calls :meth:`renew`.
    """

    def __init__(self, firing: Firing, hearing: Hearing, sweeps: Sweeps) -> None:
        """Look through the sessions that ``firing`` holds."""
        self._registry = firing.registry
        self._sweeps = sweeps
        self._deadlines = firing.deadlines
        self._hearing = hearing

    def voice(self, guild_id: int, user_id: int, channel_id: int) -> VoiceSession | None:
        """Return their voice session, where it goes on in this channel."""
        session = self._registry.voice_of(guild_id, user_id)
        if session is None or session.channel_id != channel_id or not self._goes_on(session):
            return None
        return session

    def plays(self, guild_id: int, user_id: int) -> bool:
        """Return whether somebody has a game session."""
        return bool(self._registry.games_of(guild_id, user_id))

    def nothing_played(self, guild_id: int, user_id: int, now: Instant) -> None:
        """Somebody who does not play was heard not to: that is remembered."""
        self._hearing.heard(guild_id, user_id, now, voice=False)

    def game(self, guild_id: int, user_id: int) -> GameSession | None:
        """Return their one game session, where it goes on if that very game is listed."""
        games = self._registry.games_of(guild_id, user_id)
        return games[0] if len(games) == 1 and self._goes_on(games[0]) else None

    def renew(self, session: VoiceSession | GameSession, now: Instant) -> None:
        """Somebody was sighted in their session."""
        session.seen_at(now)

    def is_something_due(self, now: Instant) -> bool:
        """Return whether a deadline comes before what is heard now."""
        return self._deadlines.first_at <= now and self._deadlines.is_due(now)

    def _goes_on(self, session: AnySession) -> bool:
        """Return whether it is watched, and nobody is away."""
        return (
            session.absent_since is None
            and session.unwatched_since is None
            and (not self._sweeps.under_way or not self._sweeps.concerns(session.guild_id))
        )
