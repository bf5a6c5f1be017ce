"""Chapters: a party that has gone on for long goes on as another, so that neither grows for ever.

One ends and the next begins at an instant that is *certain*: whatever is told from now on says
nothing of the time before it, and so the two come to what one would have. That is so some time
before a look at everybody's games. Whoever plays on has been seen since then, whoever is found
later came later, and what is told late (a gap, what a resume replays) is not as late as that. So
the end of a look is when chapters end, and where nobody ever looks at everybody, none does.
"""

from __future__ import annotations

from functools import partial
from operator import is_
from typing import TYPE_CHECKING, Final

import msgspec

from engine.games import name_of
from engine.roster import Roster
from machines import (
    GameSession,
    is_cut_by,
    most_at_once,
    next_chapter,
    part_after,
    part_before,
    seconds,
    timeline_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.firing import Firing
    from engine.games import GameName
    from engine.group_index import GroupIndex
    from engine.groups import Group
    from engine.look import Piece
    from engine.settings import Settings
    from engine.watching import Watching
    from machines import Effect, Instant, PartySession, Player

__all__ = ["Chapters"]

_LATE: Final = seconds(600)
"""How late something is told at most that changes what was known: a gap, what a resume replays."""


class Chapters:
    """Ends the chapters of the parties of all guilds, and begins those that follow."""

    def __init__(
        self,
        firing: Firing,
        groups: GroupIndex,
        watching: Watching,
        settings: Settings,
    ) -> None:
        """Work on the parties of these groups, after looks that ``watching`` knows of."""
        self._firing = firing
        self._groups = groups
        self._watching = watching
        length = settings.party_chapter
        self._length = None if length is None else max(1, seconds(length))
        policy = firing.policies["game"]
        self._late = max(_LATE, policy.grace, policy.confirm_after)

    def pieces(self, guild_id: int) -> Iterator[Piece | None]:
        """Yield what it takes to end the chapters of a guild that can be ended now.

        None is for a piece of work that is done by then.
        """
        at = self._certain_until(guild_id)
        if self._length is None or at is None:
            return
        due: list[PartySession] = []
        for party in self._firing.registry.parties_of(guild_id):
            if party.started_at <= at - self._length and self._is_quiet(self._group_of(party)):
                due.append(party)
            yield None
        if not due:
            return
        pending: set[GameName] = set()
        for session in self._firing.registry.of_guild(guild_id):
            if type(session) is GameSession and _may_have_come_before(session, at):
                pending.add(name_of(session))
            yield None
        for party in due:
            group = self._group_of(party)
            if group is not None and group.name not in pending:
                yield from self._turn_over(party, group, at)

    def _turn_over(self, party: PartySession, group: Group, at: Instant) -> Iterator[Piece | None]:
        """Yield what it takes to end one chapter, player by player; the last piece does it."""
        for session_id in list(group.sessions):
            session = group.sessions.get(session_id)
            if session is not None and not _is_certain(session, at):
                return
            yield None
        cut = _Cut(party, at)
        for player in list(party.players):
            if not cut.take(player):
                return
            yield None
        for _some in cut.counting():
            yield None
        yield partial(self._end, group, cut)

    def _end(self, group: Group, cut: _Cut, now: Instant, effects: list[Effect]) -> None:
        """End a chapter and begin the next, unless something has come in between."""
        roster, party, following = group.roster, cut.party, cut.future.party
        if roster is None or roster.party is not party or not self._is_quiet(group):
            return
        if not (cut.is_up_to_date() and cut.is_in_the_midst(now)):
            return
        cut.future.gone = {each: None for each in cut.future.places if each in roster.gone}
        cut.future.unsaved = {}
        following.max_players = max(following.max_players, group.here)
        party.players, party.max_players = cut.past.party.players, cut.past.party.max_players
        self._firing.fire(
            "go_on", party, now, effects, at=cut.at, attendance=cut.past.attendance(whole=True)
        )
        group.roster = cut.future
        self._groups.of_session[following.id] = group
        self._firing.fire("go_on", following, now, effects)

    def _certain_until(self, guild_id: int) -> Instant | None:
        watch = self._watching.find(guild_id)
        looked_at = None if watch is None else watch.looked_at_games
        return None if looked_at is None else looked_at - self._late

    def _group_of(self, party: PartySession) -> Group | None:
        return self._groups.of_session.get(party.id)

    def _is_quiet(self, group: Group | None) -> bool:
        """Return whether nothing about a group's party is open, nor left to be done."""
        roster = None if group is None else group.roster
        if roster is None:
            return False
        party = roster.party
        if not party.is_live or (party.absent_since, party.unwatched_since) != (None, None):
            return False
        return not (roster.to_come or roster.began_earlier or roster.unsaved)


class _Cut:
    """The players of a party, each cut in two at an instant, one after the other.

    Attributes:
        party: whose they are.
        at: the instant.
        past: what they were until then.
        future: what they are from then on, in the party that follows.
    """

    def __init__(self, party: PartySession, at: Instant) -> None:
        self.party = party
        self.at = at
        self.past = Roster(msgspec.structs.replace(party, players=[]))
        self.future = Roster(next_chapter(party, at, ()))
        self._taken: list[Player] = []

    def take(self, player: Player) -> bool:
        """Take in one more player; return whether they can be cut."""
        if not is_cut_by(player, self.at):
            return False
        self._taken.append(player)
        before = part_before(player, self.at)
        if before is not None:
            self.past.party.players.append(before)
        return self._take_after(player)

    def counting(self) -> Iterator[None]:
        """Count when how many of them were there, and how many at once, yielding after some."""
        for roster in (self.past, self.future):
            yield from roster.counting()
            for most in most_at_once(roster.party.players):
                roster.party.max_players = min(most, self.party.max_players)
                yield

    def is_up_to_date(self) -> bool:
        """Take in who has come or changed since; return whether all of that was after the cut."""
        players, taken = self.party.players, self._taken
        if len(players) == len(taken) and all(map(is_, players, taken)):
            return True
        for place, player in enumerate(players):
            held = taken[place] if place < len(taken) else None
            if player is not held:
                earlier = None if held is None else part_before(held, self.at)
                is_later = _is_same(part_before(player, self.at), earlier)
                if not (is_later and is_cut_by(player, self.at) and self._take_after(player)):
                    return False
        return True

    def is_in_the_midst(self, now: Instant) -> bool:
        """Return whether what they did together is credited up to the cut, and on from there.

        Else it is in a pause of theirs, or in what may be one: that is credited where they are
        together again, in one party but not in two.
        """
        past, future = self.past.party, self.future.party
        ended_at = timeline_of(past, self.at, self.past.attendance(whole=True)).ended_at
        started_at = timeline_of(future, now, self.future.attendance(whole=True)).started_at
        return ended_at == self.at == started_at

    def _take_after(self, player: Player) -> bool:
        """Take in what somebody is from then on; return whether there is a place for it."""
        after = part_after(player, self.at)
        if after is None:
            return player.session_id not in self.future.places
        self.future.put(after)
        return True


def _may_have_come_before(session: GameSession, at: Instant) -> bool:
    """Return whether somebody will have been there before an instant, once they count."""
    return session.state == "pending" and (session.started_at < at or not is_cut_by(session, at))


def _is_certain(session: GameSession, at: Instant) -> bool:
    """Return whether nothing more will be told of a session before an instant."""
    away_since = session.absent_since
    if session.last_seen < at or not (away_since is None or away_since > at):
        return False
    return is_cut_by(session, at)


def _is_same(one: Player | None, other: Player | None) -> bool:
    if one is None or other is None:
        return one is other
    return msgspec.structs.astuple(one) == msgspec.structs.astuple(other)
