"""Groups: who plays one game in one guild, counted as they come and go.

Everything that is asked of a group is kept as a count or an index, so that one player more or
less costs the same however many play. None of it refers back to the group, so Python's collector
of cycles leaves it out (``gc=False``): it would go through all of them again and again.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import filterfalse, islice
from operator import attrgetter

import msgspec

from engine.emptying import emptied
from engine.games import GameName
from engine.shifting import shifted_player
from engine.tally import Tally, is_crowd
from machines import GameSession, Instant, PartySession, Player, SessionChanged, Stretch

__all__ = ["Group"]

_STARTED_AT = attrgetter("started_at")


class _Heads(msgspec.Struct, eq=False, gc=False):
    """People, by how many sessions of theirs are meant: two sessions of one person are one."""

    sessions_of: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self.sessions_of)

    def note(self, user_id: int, *, counts: bool) -> None:
        """Another session of somebody is meant, or one is no longer."""
        sessions = self.sessions_of.get(user_id, 0) + (1 if counts else -1)
        if sessions:
            self.sessions_of[user_id] = sessions
        else:
            del self.sessions_of[user_id]


class Group(msgspec.Struct, eq=False, gc=False):
    """The live game sessions of one game in one guild, and their party if there is one.

    Attributes:
        sessions: those that are live, by id.
        away: the ids of those of them that are away, as keys.
        here: the people of those that are not.
        watched: those who are here, and whom somebody has watched ever since.
        unwatched: the ids of all whom nobody has watched since a gap, as keys.
        party: what they come to.
        places: where among its players each of them is, by the id of their game session.
        to_come: the ids of the sessions of those who were here when it began and are not told to
            it yet, the last of them first; of some who are by now. None where there are none, as
            nearly always: even an empty list is one more for the collector.
        unsaved: the ids of those of its players that have changed since it was last told to be
            saved, as keys.
        gone: the ids of those whose sessions are over, or of another game, as keys in that order.
        litter: what lets go of all that was held for a party that is over, one by one.
        began_earlier: somebody confirmed since then was there before the party began.
        floor: the earliest instant at which the next party can begin, by the clock of
            :class:`engine.parties.Parties`.
        changed: somebody has come or gone.
        found: a look has found so, and what follows of it is silent.
        tally: when how many of its players were there, once somebody has asked of a crowd.
    """

    guild_id: int
    name: GameName
    app_id: int | None
    sessions: dict[str, GameSession] = {}
    away: dict[str, None] = {}
    here: _Heads = msgspec.field(default_factory=_Heads)
    watched: _Heads = msgspec.field(default_factory=_Heads)
    unwatched: dict[str, None] = {}
    party: PartySession | None = None
    places: dict[str, int] = {}
    to_come: list[str] | None = None
    unsaved: dict[str, None] = {}
    gone: dict[str, None] = {}
    litter: Iterator[None] | None = None
    began_earlier: bool = False
    floor: Instant | None = None
    changed: bool = False
    found: bool = False
    tally: Tally | None = None

    def admits(self, session: GameSession | PartySession) -> bool:
        """Return whether the session is of its game; a group learns its application id."""
        if self.app_id is None:
            self.app_id = session.app_id
        return session.app_id is None or session.app_id == self.app_id

    def take_in(self, session: GameSession) -> None:
        """Take in how a live session is now, or that it is over."""
        was_here = bool(self.to_come) and self.is_here(session.id)
        self._count(session, counts=session.is_live and session.absent_since is None)
        if self.party is not None:
            self._sync_player(self.party, session, was_here=was_here)
        if session.is_over:
            self._goes(session)
            return
        self.sessions[session.id] = session
        if session.absent_since is None:
            self.away.pop(session.id, None)
        else:
            self.away[session.id] = None

    def take_in_anew(self, session: GameSession) -> None:
        """Every instant of a live session has been moved."""
        if session.id in self.places:
            self.put(_player(session))

    def is_here(self, session_id: str) -> bool:
        """Return whether a session is live, and not away."""
        return session_id in self.sessions and session_id not in self.away

    def lose_sight(self, session: GameSession) -> None:
        """Take in that nobody watches a session any more."""
        self._count(session, counts=self.is_here(session.id))

    def let_go(self, session: GameSession) -> None:
        """Its application id has become known, and it is another game than the group's."""
        player = self.player(session.id)
        if player is not None and player.ended_at is None:
            self.put(msgspec.structs.replace(player, ended_at=session.last_seen))
        self._count(session, counts=False)
        self._goes(session)

    def begin(self, party: PartySession, at_once: int) -> None:
        """Let everybody who is here be its players, in the order in which they started.

        Of a crowd only so many are ``at_once``, and the others are :attr:`to_come`, in the order
        in which their sessions were found: to sort all of them would take too long.
        """
        self.party = party
        self.to_come = list(filterfalse(self.away.__contains__, reversed(self.sessions)))
        for session in sorted(self._next_to_come(at_once), key=_STARTED_AT):
            self._sync_player(party, session, was_here=True)
        self.unsaved.clear()
        self.began_earlier = False

    def let_come(self, party: PartySession, at_once: int) -> None:
        """Let so many of those who are :attr:`to_come` be players."""
        for session in self._next_to_come(at_once):
            self._sync_player(party, session, was_here=True)
            self.changed = True

    def player(self, session_id: str) -> Player | None:
        """Return what its party holds of a game session."""
        place = self.places.get(session_id)
        return None if self.party is None or place is None else self.party.players[place]

    def put(self, player: Player) -> None:
        """Let its party hold this of one of its players, in place of what it held, or anew."""
        if self.party is None:
            return
        players, session_id = self.party.players, player.session_id
        place = self.places.setdefault(session_id, len(players))
        if place < len(players):
            players[place] = player
        else:
            players.append(player)
        self.unsaved[session_id] = None
        if self.tally is not None:
            self.tally.note(player)

    def take_unsaved(self, at_once: int) -> tuple[Player, ...]:
        """Return so many of the players that are :attr:`unsaved`, which they no longer are."""
        if self.party is None:
            return ()
        players, places, unsaved = self.party.players, self.places, self.unsaved
        return tuple(
            players[places[unsaved.popitem()[0]]] for _ in range(min(at_once, len(unsaved)))
        )

    def forget(self, user_id: int) -> None:
        """Let its party hold nothing of a person's sessions that are over.

        Whoever came last takes their place: so the places of all others stay as they are.
        """
        if self.party is None:
            return
        players = self.party.players
        theirs = [player.session_id for player in players if player.user_id == user_id]
        for session_id in theirs:
            if session_id not in self.sessions:
                place, last = self.places.pop(session_id), players.pop()
                if last.session_id != session_id:
                    players[place] = last
                    self.places[last.session_id] = place
                self.unsaved.pop(session_id, None)
                self.tally = None

    def taking_up(self, party: PartySession) -> Iterator[None]:
        """Let it be the group's party once each of the players that it has is known, one by one."""
        for place, player in enumerate(party.players):
            self.places[player.session_id] = place
            if player.session_id not in self.sessions:
                self.gone[player.session_id] = None
            yield
        self.party = party

    def end(self) -> None:
        """Have no party any more, but for the :attr:`litter`."""
        counted = () if self.tally is None else self.tally.holders()
        self.litter = emptied(self.places, self.gone, self.to_come or [], self.unsaved, *counted)
        self.party = self.tally = None
        self.places, self.gone, self.to_come, self.unsaved = {}, {}, None, {}

    def is_counted(self) -> bool:
        """Count some of a large party's players; return whether all are counted."""
        if self.party is None or not is_crowd(self.party):
            return True
        if self.tally is None:
            self.tally = Tally(self.party)
        return self.tally.count_some()

    def doubt_unseen(self, until: Instant) -> None:
        """Nothing is known of whoever is here, from when they were last seen to an instant."""
        for session_id in filterfalse(self.away.__contains__, self.sessions):
            player, seen = self.player(session_id), self.sessions[session_id].last_seen
            if player is not None and seen < until:
                stretches = (*player.stretches, Stretch(seen, until, "unknown"))
                self.put(msgspec.structs.replace(player, stretches=stretches))

    def shifting(self, by: int) -> Iterator[SessionChanged | None]:
        """Return what moves every instant of those who are :attr:`gone` by now, one by one."""
        return self._shifting(by, self.party, list(self.gone))

    def let_go_of_all(self) -> Iterator[None]:
        """Hold none of its sessions any more, one by one."""
        yield from self.litter or ()
        self.end()
        yield from emptied(self.here.sessions_of, self.watched.sessions_of)
        yield from emptied(self.sessions, self.away, self.unwatched)
        yield from self.litter or ()

    def let_go_of_litter(self, at_once: int) -> bool:
        """Let go of so much of the :attr:`litter`; return whether that is all."""
        if self.litter is not None and len(tuple(islice(self.litter, at_once))) < at_once:
            self.litter = None
        return self.litter is None

    def _shifting(
        self, by: int, party: PartySession | None, gone: list[str]
    ) -> Iterator[SessionChanged | None]:
        for session_id in gone:
            player = self.player(session_id)
            if player is not None:  # else somebody was forgotten
                self.put(shifted_player(player, by))
            yield None
        self.tally = None
        if party is not None:
            self.unsaved.clear()
            yield SessionChanged(party)

    def _count(self, session: GameSession, *, counts: bool) -> None:
        """Let a session count among those who are here, or not, and among the watched of them.

        How it has counted so far is read from :attr:`sessions`, :attr:`away` and
        :attr:`unwatched`: of these, the first two change after this.
        """
        was_here = self.is_here(session.id)
        was_watched = was_here and session.id not in self.unwatched
        is_watched = session.unwatched_since is None
        if counts != was_here:
            self.here.note(session.user_id, counts=counts)
            self.changed = True
        if (counts and is_watched) != was_watched:
            self.watched.note(session.user_id, counts=counts and is_watched)
        if is_watched:
            self.unwatched.pop(session.id, None)
        else:
            self.unwatched[session.id] = None

    def _next_to_come(self, at_once: int) -> list[GameSession]:
        """Return the sessions of so many who are :attr:`to_come`, which they no longer are."""
        waiting = self.to_come or []
        ids = [waiting.pop() for _ in range(min(at_once, len(waiting)))]
        self.to_come = waiting or None
        return [self.sessions[each] for each in ids if each in self.sessions]

    def _goes(self, session: GameSession) -> None:
        self.sessions.pop(session.id, None)
        self.away.pop(session.id, None)
        self.unwatched.pop(session.id, None)
        if session.id in self.places:
            self.gone[session.id] = None

    def _sync_player(self, party: PartySession, session: GameSession, *, was_here: bool) -> None:
        """Keep what the party holds of one player in step with that player's game session.

        ``was_here``: they were when the party began, and may not have been told to it yet.
        """
        place = self.places.get(session.id)
        if place is None:
            if not (session.is_live or was_here):
                return
            # Confirmed only now, they may have made it enough before the one it began with.
            is_late = was_here or session.state == "confirmed"
            if is_late and session.started_at < party.started_at:
                self.began_earlier = True
            self.put(_player(session))
            return
        player = party.players[place]
        told = (session.username, _ended_at(session), session.stretches)
        if told != (player.username, player.ended_at, player.stretches):
            self.put(_player(session))


def _ended_at(session: GameSession) -> Instant | None:
    return session.absent_since if session.ended_at is None else session.ended_at


def _player(session: GameSession) -> Player:
    return Player(
        session_id=session.id,
        user_id=session.user_id,
        username=session.username,
        started_at=session.started_at,
        ended_at=_ended_at(session),
        stretches=session.stretches,
        unbounded=session.unbounded,
    )
