"""Placing: sessions of the proposal's format that do not say which guild they belong to."""

from __future__ import annotations

from collections import defaultdict
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from engine import GuildReport
from integrations.turns import in_turns, let_go
from machines import LiveState, PartySession, VoiceSession

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from integrations.gateway.guild_payload import GuildFacts
    from integrations.tracker import Tracker
    from machines import AnySession
    from persistence import Restored

    _Waiting = defaultdict[int, list[AnySession]]

__all__ = ["Placing"]

_NOWHERE = 0

_NOBODY = 0

_AT_ONCE = 100
"""Ids that are looked up in one piece."""

_ODD = (KeyError, TypeError, ValueError, OverflowError)
"""What looking for an id raises in a payload that is not as Discord documents it."""


class Placing:
    """Holds sessions back until the guild is found that they belong to.

    A voice session belongs to the guild of its channel, a game to the first guild in which
    the person is seen, a party to that of its players. They are found by these, so that a guild
    costs what it has itself, however many wait for others.

    That is done a piece at a time, as the first part of reading its GUILD_CREATE
    (:class:`~integrations.gateway.arrivals.Arrival`): the look at the guild finds them there, and
    whatever else is heard of it has what is left done at once.
    """

    def __init__(self, tracker: Tracker) -> None:
        """Hand sessions to ``tracker`` as they are placed."""
        self._tracker = tracker
        self._waiting: dict[str, AnySession] = {}
        self._given_up: list[AnySession] = []
        self._in_channel: _Waiting = defaultdict(list)
        self._of_person: _Waiting = defaultdict(list)
        self._with_player: defaultdict[str, list[AnySession]] = defaultdict(list)
        self._under_way: dict[Iterator[None], None] = {}

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
    def waiting(self) -> list[AnySession]:
        """Return the sessions that have not found their guild yet."""
        return [*self._waiting.values(), *self._given_up]

    def place(self, guild: GuildFacts, data: Mapping[str, Any]) -> Iterator[None]:
        """Restore those that belong to a guild, yielding after each piece.

        It is to be looked at only after that. What its lists hold that is odd is passed over:
        whoever reads them says so.

        Args:
            guild: what its GUILD_CREATE says of the guild itself.
            data: that GUILD_CREATE, as it came.
        """
        if not self._waiting:
            return iter(())
        placing = self._placing(guild, data)
        self._under_way[placing] = None
        return placing

    def finish(self) -> None:
        """Place now whoever is being looked for: something comes that is to find them there."""
        while self._under_way:
            placing = next(iter(self._under_way))
            for _piece in placing:
                pass
            del self._under_way[placing]

    async def give_up(self) -> None:
        """Close those that were never found: nobody has seen them since the file was written."""
        while self._under_way:
            placing = next(iter(self._under_way))
            async for _piece in in_turns(placing):
                pass
            self._under_way.pop(placing, None)  # somebody may have finished it meanwhile
        if not self._waiting:
            return
        self._given_up, self._waiting = list(self._waiting.values()), {}
        found_by = self._in_channel, self._of_person, self._with_player
        self._in_channel, self._of_person = defaultdict(list), defaultdict(list)
        self._with_player = defaultdict(list)
        await let_go(*found_by)
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

    def _placing(self, guild: GuildFacts, data: Mapping[str, Any]) -> Iterator[None]:
        """Place those whom a guild lists, and parties behind their players."""
        parties: dict[str, AnySession] = {}
        for waiting, ids in self._listed(guild, data):
            for found in filter(waiting.__contains__, ids):
                for session in self._taken_from(waiting, found, guild.id):
                    yield from self._restore(session)
                    for party in self._with_player.pop(session.id, ()):
                        parties[party.id] = party
                    yield
            yield
        for party in parties.values():
            # Another of its players may have brought it elsewhere.
            if party.guild_id == _NOWHERE and self._may_come(party, guild.id):
                yield from self._restore(party)

    def _may_come(self, session: AnySession, guild_id: int) -> bool:
        """Give a session to a guild, but where one is in its place, begun since."""
        session.guild_id = guild_id
        if self._tracker.engine.has_room_for(session):
            return True
        session.guild_id = _NOWHERE
        return False

    def _restore(self, session: AnySession) -> Iterator[None]:
        """Restore a session, a party player by player; it waits until that is done."""
        yield from self._tracker.restoring(LiveState(sessions=[session]))
        del self._waiting[session.id]

    def _listed(
        self, guild: GuildFacts, data: Mapping[str, Any]
    ) -> Iterator[tuple[_Waiting, list[int]]]:
        """Yield some ids after the other that a guild lists, and who waits for such ones."""
        in_voice = map(_user_id_in, _list_in(data, "voice_states"))
        others = chain(_list_in(data, "members"), _list_in(data, "presences"))
        of_people = chain(in_voice, map(_id_of_user_in, others))
        for waiting, ids in (
            (self._in_channel, iter([each.id for each in guild.channels])),
            (self._of_person, of_people),
        ):
            while some := list(islice(ids, _AT_ONCE)):
                yield waiting, some

    def _taken_from(self, waiting: _Waiting, found: int, guild_id: int) -> Iterator[AnySession]:
        """Yield who waits for an id, and leave there whose place in the guild is taken."""
        taken: list[AnySession] = []
        there = waiting[found]
        while there:
            session = there.pop()
            if self._may_come(session, guild_id):
                yield session
            else:
                taken.append(session)
        waiting.pop(found, None)
        if taken:
            waiting[found].extend(taken)


def _list_in(data: Mapping[str, Any], name: str) -> list[Any]:
    listed = data.get(name)
    return listed if isinstance(listed, list) else []


def _user_id_in(listed: Any) -> int:  # noqa: ANN401 - whatever the payload lists
    try:
        return int(listed["user_id"])
    except _ODD:
        return _NOBODY


def _id_of_user_in(listed: Any) -> int:  # noqa: ANN401 - as above
    try:
        return int(listed["user"]["id"])
    except _ODD:
        return _NOBODY
