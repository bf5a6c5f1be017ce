"""Placing: sessions of the proposal's format that do not say which guild they belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine import GuildReport
from machines import LiveState, PartySession, VoiceSession

if TYPE_CHECKING:
    from integrations.gateway.guild_payload import GuildPayload
    from integrations.tracker import Tracker
    from machines import AnySession
    from persistence import Restored

__all__ = ["Placing"]

_NOWHERE = 0


class Placing:
    """Holds sessions back until the guild is found that they belong to.

    A voice session belongs to the guild of its channel, a game to the first guild in which
    the person is seen, a party to that of its players.
    """

    def __init__(self, tracker: Tracker) -> None:
        """Hand sessions to ``tracker`` as they are placed."""
        self._tracker = tracker
        self._waiting: list[AnySession] = []
        self._given_up: list[AnySession] = []
        self._placed: set[str] = set()

    def take(self, restored: Restored) -> None:
        """Hold back the sessions that have no guild."""
        if not restored.unplaced:
            return
        self._waiting = list(restored.unplaced)
        held = {session.id for session in self._waiting}
        state = restored.state
        since = state.saved_at
        for watch in state.guilds:
            if watch.guild_id == _NOWHERE:
                since = watch.observed_until or since
        for session in self._waiting:
            session.unwatched_since = since
        state.sessions = [session for session in state.sessions if session.id not in held]

    @property
    def is_waiting(self) -> bool:
        """Whether any session has not found its guild yet."""
        return bool(self._waiting)

    @property
    def waiting(self) -> list[AnySession]:
        """Return the sessions that have not found their guild yet."""
        return [*self._waiting, *self._given_up]

    def place(self, payload: GuildPayload) -> None:
        """Restore those that belong to this guild, before it is looked at."""
        if not self._waiting:
            return
        channel_ids = {channel.id for channel in payload.channels}
        user_ids = {member.user.id for member in payload.members if member.user is not None}
        user_ids |= {state.user_id for state in payload.voice_states}
        user_ids |= {presence.user.id for presence in payload.presences}
        here: list[AnySession] = []
        for session in sorted(self._waiting, key=lambda s: isinstance(s, PartySession)):
            if self._belongs(session, channel_ids, user_ids):
                session.guild_id = payload.id
                self._placed.add(session.id)
                here.append(session)
        if here:
            self._restore(here)

    async def give_up(self) -> None:
        """Close those that were never found: nobody has seen them since the file was written."""
        if not self._waiting:
            return
        self._given_up, self._waiting = self._waiting, []
        await self._tracker.restore_in_turns(LiveState(sessions=list(self._given_up)))
        self._given_up = []
        at = self._tracker.now()
        nobody = GuildReport(
            guild_id=_NOWHERE,
            source="guild_create",
            at=at,
            complete_voice=True,
            complete_games=True,
        )
        await self._tracker.validate_in_turns(nobody)

    def _restore(self, sessions: list[AnySession]) -> None:
        placed = {session.id for session in sessions}
        self._waiting = [session for session in self._waiting if session.id not in placed]
        self._tracker.restore(LiveState(sessions=sessions))

    def _belongs(self, session: AnySession, channel_ids: set[int], user_ids: set[int]) -> bool:
        if isinstance(session, VoiceSession):
            return session.channel_id in channel_ids
        if isinstance(session, PartySession):
            return any(player.session_id in self._placed for player in session.players)
        return session.user_id in user_ids
