"""Placing: sessions of the proposal's format that do not say which guild they belong to."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from engine import GuildReport
from integrations.turns import in_turns, let_go
from machines import LiveState, PartySession, VoiceSession

if TYPE_CHECKING:
    from collections.abc import Iterator

    from integrations.gateway.guild_payload import GuildPayload
    from integrations.tracker import Tracker
    from machines import AnySession
    from persistence import Restored

__all__ = ["Placing"]

_NOWHERE = 0


class Placing:
    """Holds sessions back until the guild is found that they belong to.

    A voice session belongs to the guild of its channel, a game to the first guild in which
    the person is seen, a party to that of its players. They are found by these, so that a guild
    costs what it has itself, however many wait for others.
    """

    def __init__(self, tracker: Tracker) -> None:
        """Hand sessions to ``tracker`` as they are placed."""
        self._tracker = tracker
        self._waiting: dict[str, AnySession] = {}
        self._given_up: list[AnySession] = []
        self._in_channel: defaultdict[int, list[AnySession]] = defaultdict(list)
        self._of_person: defaultdict[int, list[AnySession]] = defaultdict(list)
        self._with_player: defaultdict[str, list[AnySession]] = defaultdict(list)

    async def take(self, restored: Restored) -> None:
        """Hold back the sessions that have no guild, and learn in turns how they are found."""
        if not restored.unplaced:
            return
        state = restored.state
        since = state.saved_at
        for watch in state.guilds:
            if watch.guild_id == _NOWHERE:
                since = watch.observed_until or since
        async for session in in_turns(restored.unplaced):
            session.unwatched_since = since
            self._waiting[session.id] = session
            self._learn(session)
        placed = in_turns(state.sessions)
        state.sessions = [each async for each in placed if each.id not in self._waiting]

    @property
    def is_waiting(self) -> bool:
        """Whether any session has not found its guild yet."""
        return bool(self._waiting)

    @property
    def waiting(self) -> list[AnySession]:
        """Return the sessions that have not found their guild yet."""
        return [*self._waiting.values(), *self._given_up]

    def place(self, payload: GuildPayload) -> None:
        """Restore those that belong to this guild, before it is looked at."""
        if not self._waiting:
            return
        here = list(self._found(payload))
        for session in here:
            session.guild_id = payload.id
            del self._waiting[session.id]
        if here:
            self._tracker.restore(LiveState(sessions=here))

    async def give_up(self) -> None:
        """Close those that were never found: nobody has seen them since the file was written."""
        if not self._waiting:
            return
        self._given_up, self._waiting = list(self._waiting.values()), {}
        await let_go(self._in_channel, self._of_person, self._with_player)
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

    def _learn(self, session: AnySession) -> None:
        """Learn by what a session will be found."""
        if type(session) is VoiceSession:
            self._in_channel[session.channel_id].append(session)
        elif type(session) is PartySession:
            for player in session.players:
                self._with_player[player.session_id].append(session)
        else:
            self._of_person[session.user_id].append(session)

    def _found(self, payload: GuildPayload) -> Iterator[AnySession]:
        """Yield the sessions that belong to a guild, each once, and parties behind the others."""
        parties: dict[str, AnySession] = {}
        for session in self._of_channels_and_people(payload):
            for party in self._with_player.pop(session.id, ()):
                if party.id in self._waiting:  # one of its players may have brought it elsewhere
                    parties[party.id] = party
            yield session
        yield from parties.values()

    def _of_channels_and_people(self, payload: GuildPayload) -> Iterator[AnySession]:
        for channel in payload.channels:
            yield from self._in_channel.pop(channel.id, ())
        for member in payload.members:
            if member.user is not None:
                yield from self._of_person.pop(member.user.id, ())
        for state in payload.voice_states:
            yield from self._of_person.pop(state.user_id, ())
        for presence in payload.presences:
            yield from self._of_person.pop(presence.user.id, ())
