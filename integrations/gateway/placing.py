"""Placing: sessions of the proposal's format that do not say which guild they belong to."""

from __future__ import annotations

from collections import defaultdict
from itertools import chain
from typing import TYPE_CHECKING, Any

from engine import ActivitySeen, GuildReport
from integrations.turns import in_turns, let_go
from machines import GameSession, LiveState, PartySession, VoiceSession

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from integrations.tracker import Tracker
    from machines import AnySession
    from persistence import Restored

    _Waiting = defaultdict[int, list[AnySession]]

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
        self._in_channel: _Waiting = defaultdict(list)
        self._of_person: _Waiting = defaultdict(list)
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

    async def place(self, guild_id: int, data: Mapping[str, Any]) -> None:
        """Restore, in turns, those that belong to a guild; it is to be looked at after that.

        Where somebody has come meanwhile who has a session here, theirs goes on waiting.

        Args:
            guild_id: the guild.
            data: its GUILD_CREATE, as it came.

        Raises:
            KeyError: it is not as Discord documents it, and what else is raised by looking into
                it. Whoever had been found by then is given up with the others.
        """
        here: list[AnySession] = []
        parties: dict[str, AnySession] = {}
        async for waiting, text in in_turns(self._listed(data)):
            for session in waiting.pop(int(text), ()):
                here.append(session)
                parties.update({each.id: each for each in self._with_player.pop(session.id, ())})
        async for session in in_turns(chain(here, parties.values())):
            # One of its players may have brought a party elsewhere.
            if session.id in self._waiting and self._is_free(session, guild_id):
                del self._waiting[session.id]
                session.guild_id = guild_id
                self._tracker.restore(LiveState(sessions=[session]))

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

    def _listed(self, data: Mapping[str, Any]) -> Iterator[tuple[_Waiting, str]]:
        """Yield the ids that a guild lists, each with those who wait for such a one."""
        for channel in data.get("channels", ()):
            yield self._in_channel, channel["id"]
        for state in data.get("voice_states", ()):
            yield self._of_person, state["user_id"]
        for each in chain(data.get("members", ()), data.get("presences", ())):
            yield self._of_person, each["user"]["id"]

    def _is_free(self, session: AnySession, guild_id: int) -> bool:
        """Return whether nobody has a session in its place."""
        engine = self._tracker.engine
        if type(session) is VoiceSession:
            return engine.voice_of(guild_id, session.user_id) is None
        if type(session) is GameSession:
            played = ActivitySeen(session.game_name, session.app_id, session.activity_type)
            return engine.game_of(guild_id, session.user_id, played) is None
        return True
