"""Groups: who plays one game in one guild, counted as they come and go.

Everything that is asked of a group is kept as a count or an index, so that one player more or
less costs the same however many play. None of it refers back to the group, so Python's collector
of cycles leaves it out (``gc=False``): it would go through all of them again and again.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import filterfalse, islice

import msgspec

from engine.emptying import emptied
from engine.games import GameName
from engine.roster import Roster
from machines import LIVE, TERMINAL, GameSession, Instant, PartySession, SessionChanged, Stretch

__all__ = ["Group"]


class Group(msgspec.Struct, eq=False, gc=False):
    """The live game sessions of one game in one guild, and their party if there is one.

    Attributes:
        sessions: those that are live, by id. Nobody has two of one game.
        away: the ids of those of them that are away, as keys; None where nobody is.
        unwatched: the ids of all whom nobody has watched since a gap, as keys; None likewise.
        here: how many are not away.
        watched: how many of those somebody has watched ever since.
        roster: the players of the party that they come to.
        litter: what lets go of all that was held for a party that is over, one by one.
        floor: the earliest instant at which the next party can begin, by the clock of
            :class:`engine.group_index.GroupIndex`.
        found: a look has found who has come or gone, and what follows of it is silent.
    """

    guild_id: int
    name: GameName
    app_id: int | None
    sessions: dict[str, GameSession] = {}
    away: dict[str, None] | None = None
    unwatched: dict[str, None] | None = None
    here: int = 0
    watched: int = 0
    roster: Roster | None = None
    litter: Iterator[None] | None = None
    floor: Instant | None = None
    found: bool = False

    @property
    def party(self) -> PartySession | None:
        """What they come to."""
        return None if self.roster is None else self.roster.party

    # Who is in it

    def admits(self, session: GameSession | PartySession) -> bool:
        """Return whether the session is of its game; a group learns its application id."""
        if self.app_id is None:
            self.app_id = session.app_id
        return session.app_id is None or session.app_id == self.app_id

    def is_here(self, session_id: str) -> bool:
        """Return whether a session is live, and not away."""
        away = self.away
        return session_id in self.sessions and (away is None or session_id not in away)

    def are_all_found(self) -> bool:
        """Return whether nobody in it was seen to come since they were found."""
        return all(session.state == "recovered" for session in self.sessions.values())

    def take_in(self, session: GameSession) -> None:
        """Take in how a live session is now, or that it is over."""
        session_id, state, is_away = session.id, session.state, session.absent_since is not None
        was_here = self.is_here(session_id)
        self._count(session, was_here=was_here, counts=not is_away and state in LIVE)
        if self.roster is not None:
            self.roster.follow(session, was_here=was_here and bool(self.roster.to_come))
        if state in TERMINAL:
            self._goes(session)
            return
        self.sessions[session_id] = session
        if is_away or self.away is not None:
            self.away = _marked(self.away, session_id, is_so=is_away)

    def lose_sight(self, session: GameSession) -> None:
        """Take in that nobody watches a session any more."""
        is_here = self.is_here(session.id)
        self._count(session, was_here=is_here, counts=is_here)

    def let_go(self, session: GameSession) -> None:
        """Its application id has become known, and it is another game than the group's."""
        player = None if self.roster is None else self.roster.player(session.id)
        if self.roster is not None and player is not None and player.ended_at is None:
            self.roster.put(msgspec.structs.replace(player, ended_at=session.last_seen))
        self._count(session, was_here=self.is_here(session.id), counts=False)
        self._goes(session)

    def let_go_of_all(self) -> Iterator[None]:
        """Hold none of its sessions any more, one by one."""
        yield from self.litter or ()
        self.end()
        yield from emptied(self.sessions, self.away or {}, self.unwatched or {})
        yield from self.litter or ()

    # Its party

    def begin(self, party: PartySession, at_once: int) -> Roster:
        """Let everybody who is here be a party's players, in the order in which they started.

        Of a crowd only so many are ``at_once``, and the others are ``to_come``, in the order in
        which their sessions were found: to sort all of them would take too long.
        """
        here = list(filterfalse((self.away or {}).__contains__, reversed(self.sessions)))
        self.roster = Roster(party, to_come=here)
        self.roster.let_begin(self.roster.next_to_come(at_once, self.sessions))
        return self.roster

    def let_come(self, roster: Roster, at_once: int) -> None:
        """Let so many of those who are ``to_come`` be players."""
        for session in roster.next_to_come(at_once, self.sessions):
            roster.follow(session, was_here=True)

    def taking_up(self, party: PartySession, now: Instant) -> Iterator[None]:
        """Let it be the group's party once each of the players that it has is known, one by one."""
        roster = Roster(party)
        yield from roster.taking_up(self.sessions, now)
        self.roster = roster

    def doubt_unseen(self, roster: Roster, until: Instant) -> None:
        """Nothing is known of whoever is here, from when they were last seen to an instant."""
        for session_id in filterfalse((self.away or {}).__contains__, self.sessions):
            player, seen = roster.player(session_id), self.sessions[session_id].last_seen
            if player is not None and seen < until:
                stretches = (*player.stretches, Stretch(seen, until, "unknown"))
                roster.put(msgspec.structs.replace(player, stretches=stretches))

    def forget(self, user_id: int) -> bool:
        """Let its party not know whose a person's sessions that are over were; say if it knew."""
        return self.roster is not None and self.roster.forget(user_id, self.sessions)

    def shifting(self, by: int) -> Iterator[SessionChanged | None]:
        """Return what moves every instant of players whose sessions are over, one by one."""
        return iter(()) if self.roster is None else self.roster.shifting(by)

    def end(self) -> None:
        """Have no party any more, but for the :attr:`litter`."""
        if self.roster is not None:
            self.litter, self.roster = self.roster.emptied(), None

    def let_go_of_litter(self, at_once: int) -> bool:
        """Let go of so much of the :attr:`litter`; return whether that is all."""
        if self.litter is not None and len(tuple(islice(self.litter, at_once))) < at_once:
            self.litter = None
        return self.litter is None

    def _count(self, session: GameSession, *, was_here: bool, counts: bool) -> None:
        """Let a session count among those who are here, or not, and among the watched of them."""
        self.here += counts - was_here
        if self.unwatched is None and session.unwatched_since is None:  # as it nearly always is
            self.watched += counts - was_here
            return
        was_watched = was_here and session.id not in (self.unwatched or ())
        is_watched = session.unwatched_since is None
        self.watched += (counts and is_watched) - was_watched
        self.unwatched = _marked(self.unwatched, session.id, is_so=not is_watched)

    def _goes(self, session: GameSession) -> None:
        self.sessions.pop(session.id, None)
        self.away = _marked(self.away, session.id, is_so=False)
        self.unwatched = _marked(self.unwatched, session.id, is_so=False)
        if self.roster is not None:
            self.roster.goes(session.id)


def _marked(ids: dict[str, None] | None, session_id: str, *, is_so: bool) -> dict[str, None] | None:
    """Return the ids of which something is so, once it is so of this one, or no longer."""
    if is_so:
        ids = ids or {}
        ids[session_id] = None
    elif ids is not None:
        ids.pop(session_id, None)
    return ids or None
