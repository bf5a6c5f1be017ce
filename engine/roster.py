"""A roster: the players of one party, each kept in step with their game session.

Everything that is asked of it is an index or a count, so that one player more or less costs the
same however many there are.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

import msgspec

from engine.emptying import emptied
from engine.tally import Tally, has_long_histories, is_crowd
from machines import PartySession, SessionChanged, Stretch, player_of

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from machines import Attendance, GameSession, Instant, Player

__all__ = ["Roster"]

_STARTED_AT = attrgetter("started_at")


class Roster(msgspec.Struct, eq=False, gc=False):
    """The players that a party holds, and what is still to be done about them.

    Attributes:
        party: whose players they are.
        places: where among them each of them is, by the id of their game session.
        to_come: the ids of the sessions of those who were here when it began and are not told to
            it yet, the last of them first; of some who are by now. None where there are none, as
            nearly always: even an empty list is one more for Python's collector.
        began_earlier: somebody confirmed since then was there before the party began.
        unsaved: the ids of those who are to be saved with the party, as keys: who has come, and
            who is gone for good. Between, what happens to them is saved with their game sessions.
        gone: the ids of those whose sessions are over, or of another game, as keys in that order.
        tally: when how many of them were there, once somebody has asked that of many, or of much.
    """

    party: PartySession
    places: dict[str, int] = {}
    to_come: list[str] | None = None
    began_earlier: bool = False
    unsaved: dict[str, None] = {}
    gone: dict[str, None] = {}
    tally: Tally | None = None

    def player(self, session_id: str) -> Player | None:
        """Return what the party holds of a game session."""
        place = self.places.get(session_id)
        return None if place is None else self.party.players[place]

    def put(self, player: Player) -> None:
        """Let the party hold this of one of its players, in place of what it held, or anew.

        It is :attr:`unsaved`.
        """
        players, session_id = self.party.players, player.session_id
        place = self.places.setdefault(session_id, len(players))
        if place == len(players):
            players.append(player)
        self._hold(place, player)
        self.unsaved[session_id] = None

    def follow(self, session: GameSession, *, was_here: bool) -> None:
        """Keep what the party holds of one player in step with that player's game session.

        One of whom the party had been told that they are gone plays on, and is to be told again.

        ``was_here``: they were when the party began, and may not have been told to it yet.
        """
        place = self.places.get(session.id)
        if place is None:
            if was_here or (session.is_live and session.absent_since is None):
                self._comes(session, was_here=was_here)
            return
        held = self.party.players[place]
        player = held.after(session, self.party)
        if session.is_over or session.id in self.gone:
            self.gone.pop(session.id, None)
            self.put(player)
        elif player is not held:
            self._hold(place, player)

    def follow_anew(self, session: GameSession) -> None:
        """Every instant of a game session has been moved."""
        if session.id in self.places:
            self.put(self.party.own_part(player_of(session)))

    def goes(self, session_id: str) -> None:
        """A game session is over, or has turned out to be of another game."""
        if session_id in self.places:
            self.gone[session_id] = None

    def next_to_come(self, at_once: int, live: dict[str, GameSession]) -> list[GameSession]:
        """Return the sessions of so many who are :attr:`to_come`, which they no longer are."""
        waiting = self.to_come or []
        ids = [waiting.pop() for _ in range(min(at_once, len(waiting)))]
        self.to_come = waiting or None
        return [live[each] for each in ids if each in live]

    def let_begin(self, sessions: Iterable[GameSession]) -> None:
        """Let these be the first players, in the order in which they started."""
        for session in sorted(sessions, key=_STARTED_AT):
            self.put(self.party.own_part(player_of(session)))
        self.unsaved.clear()

    def take_unsaved(self, at_once: int) -> tuple[Player, ...]:
        """Return so many of the players that are :attr:`unsaved`, which they no longer are."""
        players, places, unsaved = self.party.players, self.places, self.unsaved
        ids = [unsaved.popitem()[0] for _ in range(min(at_once, len(unsaved)))]
        return tuple(players[places[each]] for each in reversed(ids))

    def forget(self, user_id: int, live: Container[str]) -> bool:
        """Let the party not know whose a person's sessions that are over were.

        Returns:
            Whether it knew.
        """
        theirs = [
            player
            for _place, player in self.party.without_name(user_id)
            if player.session_id not in live
        ]
        for player in theirs:
            self.put(player)
        if theirs:
            self.tally = None  # it counts people by their ids
        return bool(theirs)

    def taking_up(self, live: Container[str], now: Instant) -> Iterator[None]:
        """Find the places of the players that a party of an earlier process has, one by one.

        Of those whose game session was not taken up nobody has heard since the watching ended.
        """
        party = self.party
        watched_until = party.last_seen if party.unwatched_since is None else party.unwatched_since
        for place, player in enumerate(party.players):
            self.places[player.session_id] = place
            if player.session_id not in live:
                self.gone[player.session_id] = None
                if player.ended_at is None:
                    self.put(_out_of_sight(player, watched_until, now))
            yield

    def is_counted(self, *, whole: bool = False) -> bool:
        """Count some of a large party's players; return whether all are counted.

        ``whole``: all that they did is asked for, and so a party is large as well whose players
        have long histories. When they were last together the ends of those say.
        """
        if not self._is_large(whole=whole) or self.party.is_over:
            return True
        if self.tally is None:
            self.tally = Tally(self.party)
        return self.tally.count_some()

    def counting(self) -> Iterator[None]:
        """Do what :meth:`is_counted` does until the ``whole`` is, yielding after some."""
        while not self.is_counted(whole=True):
            yield

    def attendance(self, *, whole: bool = False) -> Attendance | None:
        """Return when how many of them were there; None where nothing is kept of it."""
        while not self.is_counted(whole=whole):
            pass
        if self.tally is None or not self._is_large(whole=whole):
            return None
        return self.tally.result()

    def shifting(self, by: int) -> Iterator[SessionChanged | None]:
        """Return what moves every instant of those who are :attr:`gone` by now, one by one."""
        return self._shifting(by, list(self.gone))

    def emptied(self) -> Iterator[None]:
        """Hold nothing any more, one by one: the party is over."""
        counted = () if self.tally is None else self.tally.holders()
        return emptied(self.places, self.gone, self.to_come or [], self.unsaved, *counted)

    def _comes(self, session: GameSession, *, was_here: bool) -> None:
        # Confirmed only now, they may have made it enough before the one it began with.
        is_late = was_here or session.state == "confirmed"
        if is_late and not self.party.continues and session.started_at < self.party.started_at:
            self.began_earlier = True
        self.put(self.party.own_part(player_of(session)))

    def _is_large(self, *, whole: bool) -> bool:
        return is_crowd(self.party) or (whole and has_long_histories(self.party))

    def _hold(self, place: int, player: Player) -> None:
        self.party.players[place] = player
        if self.tally is not None:
            self.tally.note(player)

    def _shifting(self, by: int, gone: list[str]) -> Iterator[SessionChanged | None]:
        for session_id in gone:
            player = self.player(session_id)
            if player is not None:
                self.put(player.shifted(by))
            yield None
        self.tally = None
        self.unsaved.clear()
        yield SessionChanged(self.party)


def _out_of_sight(player: Player, since: Instant, now: Instant) -> Player:
    """Return a player who was there, and of whom nothing is known from an instant to the present.

    ``since`` is in no future, and nobody ends before they began.
    """
    ended_at = max(player.started_at, min(since, now))
    stretches = player.stretches
    if ended_at < now:
        stretches += (Stretch(ended_at, now, "unknown"),)
    return msgspec.structs.replace(player, ended_at=ended_at, stretches=stretches)
