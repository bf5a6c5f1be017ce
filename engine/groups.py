"""Groups: who plays one game in one guild, counted as they come and go.

Everything that is asked of a group is kept as a count or an index, so that one player more or
less costs the same however many play. None of it refers back to the group, so Python's collector
of cycles leaves it out (``gc=False``): it would go through all of them again and again.
"""

from __future__ import annotations

from operator import attrgetter

import msgspec

from engine.games import GameName
from engine.tally import Tally
from machines import GameSession, Instant, PartySession, Player

__all__ = ["Group"]

_STARTED_AT = attrgetter("started_at")


class _Heads(msgspec.Struct, eq=False, gc=False):
    """Sessions, and how many people they are: two sessions of one person are one."""

    user_ids: dict[str, int] = {}
    sessions_of: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self.sessions_of)

    def __contains__(self, session_id: object) -> bool:
        return session_id in self.user_ids

    def note(self, session: GameSession, *, counts: bool) -> bool:
        """Let a session count, or not; return whether that is news."""
        if counts == (session.id in self.user_ids):
            return False
        sessions = self.sessions_of.get(session.user_id, 0)
        if counts:
            self.user_ids[session.id] = session.user_id
            self.sessions_of[session.user_id] = sessions + 1
            return True
        del self.user_ids[session.id]
        if sessions > 1:
            self.sessions_of[session.user_id] = sessions - 1
        else:
            del self.sessions_of[session.user_id]
        return True


class Group(msgspec.Struct, eq=False, gc=False):
    """The live game sessions of one game in one guild, and their party if there is one.

    Attributes:
        sessions: those that are live, by id.
        here: those of them that are not away.
        watched: those who are here, and whom somebody has watched ever since.
        unwatched: the ids of all whom nobody has watched since a gap, as keys.
        party: what they come to.
        players: its players, by the id of their game session; the latest of each.
        to_come: the ids of the sessions of those who are its players as well, but not told to
            it yet, as keys.
        unsaved: those of its players that have changed since it was last told to be saved.
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
    here: _Heads = msgspec.field(default_factory=_Heads)
    watched: _Heads = msgspec.field(default_factory=_Heads)
    unwatched: dict[str, None] = {}
    party: PartySession | None = None
    players: dict[str, Player] = {}
    to_come: dict[str, None] = {}
    unsaved: dict[str, Player] = {}
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
        self._count(session, counts=session.is_live and session.absent_since is None)
        if self.party is not None:
            self._sync_player(self.party, session)
        if session.is_over:
            self.sessions.pop(session.id, None)
            self.unwatched.pop(session.id, None)
        else:
            self.sessions[session.id] = session

    def lose_sight(self, session: GameSession) -> None:
        """Take in that nobody watches a session any more."""
        self._count(session, counts=session.id in self.here)

    def let_go(self, session: GameSession) -> None:
        """Its application id has become known, and it is another game than the group's."""
        self.to_come.pop(session.id, None)
        player = self.players.pop(session.id, None)
        if player is not None and player.ended_at is None:
            player.ended_at = session.last_seen
            self.unsaved[session.id] = player
            if self.tally is not None:
                self.tally.note(player)
        self._count(session, counts=False)
        self.unwatched.pop(session.id, None)
        del self.sessions[session.id]

    def begin(self, party: PartySession, at_once: int) -> None:
        """Let everybody who is here be its players, in the order in which they started.

        Only so many are ``at_once``; the others are :attr:`to_come`.
        """
        self.take_up(party)
        sessions, ids = self.sessions, self.here.user_ids
        starts = dict(zip(ids, map(_STARTED_AT, map(sessions.__getitem__, ids)), strict=True))
        here = sorted(ids, key=starts.__getitem__)
        self.to_come = dict.fromkeys(reversed(here[at_once:]))  # the last comes first
        for session_id in here[:at_once]:
            self._sync_player(party, sessions[session_id])
        self.unsaved.clear()
        self.began_earlier = False

    def let_come(self, party: PartySession, at_once: int) -> None:
        """Let so many of those who are :attr:`to_come` be players."""
        for _player in range(min(at_once, len(self.to_come))):
            session_id, _ = self.to_come.popitem()
            self._sync_player(party, self.sessions[session_id], was_to_come=True)
            self.changed = True

    def take_unsaved(self, at_once: int) -> tuple[Player, ...]:
        """Return so many of the players that are :attr:`unsaved`, which they no longer are."""
        return tuple(self.unsaved.popitem()[1] for _ in range(min(at_once, len(self.unsaved))))

    def forget(self, user_id: int) -> None:
        """Let its party hold nothing of a person's sessions that are over."""
        if self.party is None:
            return
        theirs = [player.session_id for player in self.party.players if player.user_id == user_id]
        gone = {session_id for session_id in theirs if session_id not in self.sessions}
        if not gone:
            return
        self.tally = None
        self.party.players = [each for each in self.party.players if each.session_id not in gone]
        for session_id in gone:
            self.players.pop(session_id, None)
            self.unsaved.pop(session_id, None)

    def take_up(self, party: PartySession) -> None:
        """Let it be the group's party, with the players that it has."""
        self.party = party
        self.players = {player.session_id: player for player in party.players}

    def end(self) -> None:
        """Have no party any more."""
        self.party = None
        self.players = {}
        self.tally = None
        self.to_come.clear()
        self.unsaved.clear()

    def _count(self, session: GameSession, *, counts: bool) -> None:
        is_watched = session.unwatched_since is None
        self.changed |= self.here.note(session, counts=counts)
        self.watched.note(session, counts=counts and is_watched)
        if is_watched:
            self.unwatched.pop(session.id, None)
        else:
            self.unwatched[session.id] = None

    def _sync_player(
        self, party: PartySession, session: GameSession, *, was_to_come: bool = False
    ) -> None:
        """Keep the party's entry of one player in step with that player's game session."""
        player = self.players.get(session.id)
        if player is None:
            was_here = was_to_come or session.id in self.to_come
            self.to_come.pop(session.id, None)
            if not (session.is_live or was_here):
                return
            player = self.players[session.id] = self.unsaved[session.id] = _player_of(session)
            party.players.append(player)
            # Confirmed only now, they may have made it enough before the one it began with.
            is_late = was_here or session.state == "confirmed"
            if is_late and session.started_at < party.started_at:
                self.began_earlier = True
        ended_at = session.absent_since if session.ended_at is None else session.ended_at
        told = (session.username, ended_at, session.stretches)
        if told != (player.username, player.ended_at, player.stretches):
            player.username, player.ended_at = session.username, ended_at
            player.stretches = session.stretches
            self.unsaved[session.id] = player
            if self.tally is not None:
                self.tally.note(player)


def _player_of(session: GameSession) -> Player:
    return Player(
        session_id=session.id,
        user_id=session.user_id,
        username=session.username,
        started_at=session.started_at,
        unbounded=session.unbounded,
    )
