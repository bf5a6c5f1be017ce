"""Placing: sessions of the proposal's format that do not say which guild they belong to.

They wait here until a guild lists their channel or their person, and are then taken up in it: a
piece at a time, for a guild may list many. Whoever comes first goes on with that:

- the look at the guild, of which it is the first part
  (:class:`~integrations.gateway.arrivals.Arrival`, or a cog that is loaded into a running bot);
- any event of that guild, which has the rest done at once: it is to find them there;
- a bot that is ready, before it closes what belongs to no guild of its.

Who is found in none once every guild of the bot has come is closed where the watching ended. While
any is out, all wait on: it may be one of these.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from itertools import count, islice
from typing import TYPE_CHECKING

from engine import GuildRemoved, GuildReport, shift_whole
from integrations.turns import in_turns, let_go
from machines import LiveState, PartySession, VoiceSession
from persistence import leave_out_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from integrations.tracker import Tracker
    from machines import AnySession, Instant
    from persistence import Restored

    _FoundBy = defaultdict[int, list[AnySession]]

__all__ = ["NOWHERE", "Placing"]

NOWHERE = 0
"""The guild of those who wait: the one that Discord never gives."""

_AT_ONCE = 100
"""Ids that are looked up in one piece, and players of a party that is taken up in one."""

_LOOKS = 3
"""Looks at no guild, at most: a clock that is set, or a machine that slept, overtakes one."""

_log = logging.getLogger("latido.integrations")


class Placing:
    """Holds sessions back until the guild is found that they belong to.

    A voice session belongs to the guild of its channel, a game to the first guild in which
    the person is seen, a party to that of its players. They are found by these, so that a guild
    costs what it has itself, however many wait for others.

    Attributes:
        under_way: what is being looked through, by guild, until it has been.
    """

    def __init__(self, tracker: Tracker) -> None:
        """Hand sessions to ``tracker`` as they are placed."""
        self._tracker = tracker
        self._waiting: dict[str, AnySession] = {}
        self._in_channel: _FoundBy = defaultdict(list)
        self._of_person: _FoundBy = defaultdict(list)
        self._with_player: defaultdict[str, list[PartySession]] = defaultdict(list)
        self._set_when_read = tracker.clock_watch.set_by
        self._numbers = count()
        self.under_way: dict[int, dict[int, Iterator[None]]] = {}
        self._giving_up = asyncio.Lock()
        self._is_closed = False

    async def take(self, restored: Restored) -> None:
        """Hold back the sessions that have no guild, and learn in turns how they are found.

        One of an earlier start has waited since before that one. A party some of whose players
        have been placed by then is no longer held back: it is in their guild.
        """
        now = self._tracker.heard_at()
        self._set_when_read = self._tracker.clock_watch.set_by
        if restored.unplaced:
            await self._hold_back(restored, now)

    async def _hold_back(self, restored: Restored, now: Instant) -> None:
        state = restored.state
        since = _saved_at(state)
        async for session in in_turns(restored.unplaced):
            unwatched_since = session.unwatched_since or since
            if unwatched_since is not None:  # else it is since they were seen
                session.unwatched_since = min(unwatched_since, now)
            if session.is_live:
                self._waiting[session.id] = session
                self._learn(session)
        async for session in in_turns(state.sessions):
            if session.guild_id != NOWHERE:
                for party in self._with_player.get(session.id, ()):
                    if self._waiting.pop(party.id, None) is not None:
                        party.guild_id = session.guild_id
        placed = in_turns(state.sessions)
        state.sessions = [each async for each in placed if each.guild_id != NOWHERE]

    def _behind_news(self, placing: Iterator[None]) -> Iterator[None]:
        """Yield after each piece; between them what has waited is taken in, and never within one.

        It has the rest done where it is of that guild, which nobody can from within a piece.
        """
        self._tracker.catch_up()
        for _piece in placing:
            yield
            self._tracker.catch_up()

    @property
    def is_waiting(self) -> bool:
        """Whether any session may still find its guild."""
        return bool(self._waiting)

    @property
    def waiting(self) -> list[AnySession]:
        """Return the sessions that have not found their guild yet, or are on their way into it."""
        return list(self._waiting.values())

    def place(
        self, guild_id: int, channel_ids: Iterable[int], user_ids: Iterable[int]
    ) -> Iterator[None]:
        """Begin to take up those who belong to a guild; what is returned does a piece at a time.

        It is to be looked at only after that. Where nobody goes on with it, :meth:`finish` does.

        Args:
            guild_id: the guild.
            channel_ids: its channels.
            user_ids: the people in it; some may come twice.
        """
        if not self._waiting:
            return iter(())
        number = next(self._numbers)
        placing = self._placing(guild_id, number, channel_ids, user_ids)
        self.under_way.setdefault(guild_id, {})[number] = placing
        return self._behind_news(placing)

    def finish(self, guild_id: int) -> None:
        """Take up whoever is still being looked for in a guild: somebody is to find them there."""
        while guild_id in self.under_way:
            for _piece in self._behind_news(next(iter(self.under_way[guild_id].values()))):
                pass

    async def finish_all(self) -> None:
        """Do what :meth:`finish` does for every guild, in turns, until :meth:`close`."""
        while self.under_way and not self._is_closed:
            places = next(iter(self.under_way.values()))
            placing = self._behind_news(next(iter(places.values())))
            until_closed = iter(lambda: self._is_closed, True)  # asked before each piece
            async for _piece in in_turns(zip(until_closed, placing, strict=False)):
                pass

    async def give_up(self) -> None:
        """Close those that were never found: nobody has seen them since the file was written.

        One that cannot be taken up waits on, until this is called again.
        """
        async with self._giving_up:
            await self.finish_all()
            if self._is_closed:
                return
            found_by = self._in_channel, self._of_person, self._with_player
            self._in_channel, self._of_person = defaultdict(list), defaultdict(list)
            self._with_player = defaultdict(list)
            await let_go(*found_by)
            async for _piece in in_turns(self._taking_up_nowhere()):
                pass
            await self._close_nowhere()

    def _taking_up_nowhere(self) -> Iterator[None]:
        """Take up everybody who waits in no guild, parties behind their players."""
        parties: list[AnySession] = []
        for session in list(self._waiting.values()):
            if type(session) is PartySession:
                parties.append(session)
            else:
                yield from self._take_up_nowhere(session)
            yield
        for party in parties:
            yield from self._take_up_nowhere(party)
            yield

    def _take_up_nowhere(self, session: AnySession) -> Iterator[None]:
        if session.id in self._waiting:
            self._tracker.catch_up()
            self._tracker.heard_at()  # a clock that was set moves who waits as well
            yield from self._restore(session, NOWHERE)

    async def _close_nowhere(self) -> None:
        """Find nobody in no guild, and forget that it was ever watched."""
        engine = self._tracker.engine
        for _look in range(_LOOKS):
            if not any(engine.sessions(NOWHERE)):
                break
            nobody = GuildReport(
                guild_id=NOWHERE,
                source="guild_create",
                at=self._tracker.heard_at(),
                complete_voice=True,
                complete_games=True,
            )
            await self._tracker.looks.begin(nobody)
        if NOWHERE in engine.watched_guild_ids() and not any(engine.sessions(NOWHERE)):
            self._tracker.observe(GuildRemoved(guild_id=NOWHERE))

    async def close(self) -> None:
        """Give nobody up from now on; wait until whoever is being given up has been."""
        self._is_closed = True
        async with self._giving_up:
            pass

    async def hand_over(self, user_id: int, *, forgotten: bool = False) -> int:
        """Let a person's sessions wait no longer: they are taken up in no guild, to be closed.

        Args:
            user_id: the person.
            forgotten: parties that wait are to know them no more.

        Returns:
            How many parties knew them.
        """
        parties = 0
        await self.finish_all()
        async with self._giving_up:  # whoever is being given up is over by then
            theirs: list[AnySession] = []
            async for session in in_turns(list(self._waiting.values())):
                if type(session) is not PartySession:
                    if session.user_id == user_id:
                        theirs.append(session)
                elif forgotten and session.guild_id == NOWHERE:
                    parties += leave_out_of(session, user_id)
                    if not session.named:
                        self._waiting.pop(session.id, None)
            theirs = [each for each in theirs if self._waiting.pop(each.id, None) is not None]
            for session in theirs:
                self._follow_clock(session)
            if theirs:
                self._tracker.restore(LiveState(sessions=theirs))
        return parties

    def _learn(self, session: AnySession) -> None:
        """Learn by what a session will be found."""
        if type(session) is VoiceSession:
            self._in_channel[session.channel_id].append(session)
        elif type(session) is PartySession:
            for player in session.players:
                self._with_player[player.session_id].append(session)
        else:
            self._of_person[session.user_id].append(session)

    def _placing(
        self, guild_id: int, number: int, channel_ids: Iterable[int], user_ids: Iterable[int]
    ) -> Iterator[None]:
        """Place those whom a guild lists, and parties behind their players."""
        parties: dict[str, PartySession] = {}
        try:
            for found_by, ids in ((self._in_channel, channel_ids), (self._of_person, user_ids)):
                for session in _found(found_by, iter(ids)):
                    if session is not None and self._may_come(session, guild_id):
                        yield from self._restore(session, guild_id)
                        with_them = self._with_player.get(session.id, ())
                        parties.update((party.id, party) for party in with_them)
                    yield
            for party in parties.values():
                if self._may_come(party, guild_id):
                    yield from self._restore(party, guild_id)
        finally:
            self._is_through(guild_id, number)

    def _is_through(self, guild_id: int, number: int) -> None:
        places = self.under_way[guild_id]
        del places[number]
        if not places:
            del self.under_way[guild_id]

    def _may_come(self, session: AnySession, guild_id: int) -> bool:
        """Return whether a session waits, and none is in its place, begun since."""
        if session.id not in self._waiting or session.guild_id != NOWHERE:
            return False
        return self._tracker.engine.has_room_for(session, guild_id)

    def _restore(self, session: AnySession, guild_id: int) -> Iterator[None]:
        """Restore a session, a party player by player; one that cannot be goes on waiting."""
        moved_by = self._follow_clock(session)
        session.guild_id = guild_id
        restoring = self._tracker.restoring(LiveState(sessions=[session]))
        try:
            if type(session) is PartySession and len(session.players) > _AT_ONCE:
                yield from restoring
            for _player in restoring:
                pass
        except Exception:  # noqa: BLE001 - the others must not be lost with it
            _log.exception("Session %s, of no known guild, could not be taken up", session.id)
            if self._tracker.engine.has_room_for(session, guild_id):  # it is not there after all
                session.guild_id = NOWHERE
                shift_whole(session, -moved_by)
                return
        del self._waiting[session.id]

    def _follow_clock(self, session: AnySession) -> int:
        """Move the instants of one who waits as the clock was meanwhile; return by how much."""
        by = self._tracker.clock_watch.set_by - self._set_when_read
        if by:
            shift_whole(session, by)
        return by


def _saved_at(state: LiveState) -> Instant | None:
    """Return when the proposal's code last wrote the file, which is all that it watched."""
    of_nowhere = (each.observed_until for each in state.guilds if each.guild_id == NOWHERE)
    return next(filter(None, of_nowhere), state.saved_at)


def _found(found_by: _FoundBy, ids: Iterator[int]) -> Iterator[AnySession | None]:
    """Yield whoever is found by one of these, and None after some that have been looked up."""
    while some := list(islice(ids, _AT_ONCE)):
        for each in filter(found_by.__contains__, some):
            yield from found_by[each]
        yield None
