"""Parties: who plays together follows from the game sessions, and from nothing else.

Every game session of a guild belongs to the group of its game. A group has a party while at
least ``party_min_players`` of its people are there; the party's players are kept in step
with the game sessions one by one, so a change costs the same however many play.
"""

from __future__ import annotations

from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from engine.backlog import Backlog
from engine.chapters import Chapters
from engine.group_index import GroupIndex
from engine.reconciling import Reconciling
from machines import Evidence, GameSession, PartySession

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from engine.firing import Firing
    from engine.groups import Group
    from engine.look import Look
    from engine.report import LiveReport
    from engine.roster import Roster
    from engine.settings import Settings
    from engine.watching import Watching
    from machines import AnySession, Attendance, Effect, Instant, Record

__all__ = ["Parties"]


class Parties:
    """Keeps the parties of all guilds in step with the game sessions.

    Attributes:
        backlog: the groups that are still to be reconciled with.
        chapters: ends those of parties that have gone on for long.
        clock_lag: how far the clock has been set without a session having been told.
    """

    def __init__(
        self, firing: Firing, watching: Watching, settings: Settings, new_id: Callable[[], str]
    ) -> None:
        """Follow the sessions that ``firing`` moves, in guilds that ``watching`` knows of."""
        self._firing = firing
        self._min_players = min_players = settings.party_min_players
        self._groups = GroupIndex()
        self.clock_lag: Callable[[AnySession], int] = _none
        self.backlog = Backlog()
        self._reconciling = Reconciling(firing, self._groups, self.backlog, min_players, new_id)
        self.chapters = Chapters(firing, self._groups, watching, settings)
        firing.is_followed_by(self._note_game, "game")
        firing.is_followed_by(self._note_party, "party")

    def _note_game(self, session: AnySession) -> None:
        """Take in that a game session has changed; :meth:`settle` draws the consequences."""
        if type(session) is not GameSession or session.activity_type != "playing":
            return
        group = self._groups.of_session.get(session.id)
        if group is not None and group.app_id != session.app_id and not group.admits(session):
            group.let_go(session)
            self._groups.leave(session.id)
            self.backlog.touch(group)
            group = None
        if group is None:
            if not session.is_live:
                return
            group = self._groups.of_session[session.id] = self._groups.group_for(session)
        is_proof = group.roster is None and session.id in (group.unwatched or ())
        group.take_in(session)
        if is_proof and group.watched == self._min_players:
            # Nobody has come: it is known by now that all of them play who have been found.
            group.found = group.found or group.are_all_found()
        if session.is_over:
            self._groups.leave(session.id)
        if self._reconciling.is_called_for(group):
            self.backlog.touch(group)

    def party_of(self, session: AnySession) -> PartySession | None:
        """Return the party that a game session is part of."""
        group = self._groups.of_session.get(session.id)
        return None if group is None else group.party

    def people_in(self, party: PartySession) -> int:
        """Return how many people of a party are there, those of a crowd who still come included."""
        group = self._groups.of_session.get(party.id)
        return 0 if group is None else group.here

    def lose_sight(self, session: AnySession) -> None:
        """Take in that nobody watches a session any more."""
        group = self._groups.of_session.get(session.id)
        if group is not None and type(session) is GameSession:
            group.lose_sight(session)

    def has_room_for(self, party: PartySession, guild_id: int) -> bool:
        """Return whether nobody has a party of its game in a guild."""
        return all(group.party is None for group in self._groups.like(party, guild_id))

    def taking_up(self, session: AnySession, now: Instant) -> Iterator[None]:
        """Take up a session of an earlier process, a party player by player; a look decides."""
        if type(session) is PartySession:
            group = self._groups.group_for(session)
            yield from group.taking_up(session, now)
            self._groups.of_session[session.id] = group
        elif type(session) is GameSession and session.activity_type == "playing":
            group = self._groups.of_session[session.id] = self._groups.group_for(session)
            group.take_in(session)

    def remember_ended(self, record: Record) -> None:
        """Take up when a party of an earlier process ended: the next one begins no earlier."""
        self._groups.remember_ended(record)

    def forgetting(self, user_id: int) -> Iterator[bool]:
        """Know of no session that is over that it was a person's.

        Yields for each game of a guild whether it has a party that knew.
        """
        for guild_id in self._groups.guild_ids():
            for group in list(self._groups.in_guild(guild_id)):
                yield group.forget(user_id)

    def let_go(self) -> Iterator[None]:
        """Hold no session any more, one by one."""
        return self._groups.let_go()

    def shift(self, by: int) -> None:
        """Move every instant by ``by`` microseconds: the clock was set."""
        self._groups.shift(by)

    def settle_next(self, guild_id: int, now: Instant, effects: list[Effect]) -> None:
        """Do a bit of what :meth:`settle` does, for players whom one who looks has found."""
        group = self.backlog.next_held(guild_id)
        if not self._reconciling.do_some(group, now, effects, found=True):
            self.backlog.touch(group)

    def go_on(self, now: Instant, effects: list[Effect], is_time_up: Callable[[], bool]) -> None:
        """Go on with what :meth:`settle` has left, until the time is up."""
        while (group := self.backlog.next_behind()) is not None:
            # It comes with whatever is observed next, in another guild perhaps.
            subject = f"{group.guild_id}/{group.name.name}"
            reconcile = partial(self._reconcile_or_leave, group, now, effects)
            self._firing.isolated(subject, "party", effects, reconcile)
            self.settle(now, effects)
            if is_time_up():
                return

    def comes_before_due(
        self,
        party: PartySession,
        now: Instant,
        effects: list[Effect],
        is_time_up: Callable[[], bool],
    ) -> bool:
        """Something is about to come due for a party: what has been left comes before.

        Returns:
            Whether the time was enough for that, and to count its players where it may be over.
        """
        group = self._groups.of_session.get(party.id)
        if group is not None and self.backlog.take_from_behind(group):
            while not self._reconciling.do_some(group, now, effects):
                if is_time_up():
                    self.backlog.leave(group)
                    return False
        if party.absent_since is not None:
            for _some in self.counting(party):
                if is_time_up():
                    return False
        return True

    def counting(self, party: PartySession) -> Iterator[None]:
        """Count when how many players of a large party were there, and yield after some.

        Whoever then asks since when they have been too few has it at once.
        """
        roster = self._roster_of(party)
        return iter(()) if roster is None else roster.counting()

    def counting_before(self, party: PartySession, known: int) -> Iterator[None]:
        """Do what :meth:`counting` does, where :meth:`validate` may find that a party is over."""
        group = self._groups.of_session.get(party.id)
        if group is not None and group.roster is not None:
            presence = self._reconciling.presence(known, group.here)
            if self._reconciling.may_end(presence):
                yield from group.roster.counting()

    def attendance_of(self, party: PartySession) -> Attendance | None:
        """Return when how many of its players were there all along; None where nothing is kept."""
        roster = self._roster_of(party)
        return None if roster is None else roster.attendance(whole=True)

    def settle(self, now: Instant, effects: list[Effect], *, found: bool = False) -> None:
        """Begin, change, lose or take up again the parties whose players have changed.

        What a crowd comes to is begun, and goes on in :meth:`go_on`.

        ``found``: the players were found by a check, not seen to come; their party is silent.
        """
        while self.backlog.touched:
            _, group = self.backlog.touched.popitem()
            if not self._reconciling.do_some(group, now, effects, found=found):
                self.backlog.leave(group)

    def end(self, party: PartySession, now: Instant, effects: list[Effect]) -> None:
        """Let a party end: whoever plays on must have been seen since it was over.

        Those who were not may have left unseen, and will be found gone too late for its
        record: from the last proof of them to its end they are unknown.
        """
        group = self._groups.of_session.get(party.id)
        if group is not None and group.roster is not None and party.absent_since is not None:
            group.doubt_unseen(group.roster, party.absent_since)
        self._firing.fire("end", party, now, effects, attendance=self.attendance_of(party))

    def shifted(self, session: AnySession) -> None:
        """Every instant of a session has been moved, and so is what its party holds of it."""
        group = self._groups.of_session.get(session.id)
        if group is not None and group.roster is not None and type(session) is GameSession:
            group.roster.follow_anew(session)

    def shifting(self, guild_id: int, by: int) -> Iterator[Effect | None]:
        """Return what moves every instant of the players who are gone by now, one after the other.

        Those of the others move as their sessions do: see :meth:`shifted`. Once all of a party
        have been moved, it is to be saved.
        """
        return chain.from_iterable([each.shifting(by) for each in self._groups.in_guild(guild_id)])

    def known_players(self, party: PartySession, look: Look) -> Iterator[int | None]:
        """Yield the people of whom a look knows that they play on, until they are enough.

        One is for each session, and None for one that it has doubted, or that was away by then.
        """
        group = self._groups.of_session.get(party.id)
        roster = None if group is None else group.roster
        if group is None or roster is None:
            return
        known: set[int] = set()
        for session_id in list(group.sessions):
            user_id = None
            here = group.is_here(session_id) or session_id in look.were_here
            if here and session_id not in look.doubted:
                user_id = group.sessions[session_id].user_id
                known.add(user_id)
            yield user_id
            if len(known) >= self._min_players:
                return
        for session_id in tuple(look.were_here):
            player = None if session_id in group.sessions else roster.player(session_id)
            yield None if player is None else player.user_id

    def validate(
        self,
        party: PartySession,
        known: int,
        report: LiveReport,
        now: Instant,
        effects: list[Effect],
    ) -> None:
        """Fire ``validate`` at a party of which so many people are known to play on.

        It is unknown only where the unknown ones could decide it.
        """
        group = self._groups.of_session.get(party.id)
        if group is None or group.roster is None:
            return
        presence = self._reconciling.presence(known, group.here)
        if presence != "unknown":
            evidence = Evidence(presence, report.at, report.source)
            self._reconciling.validate(group, group.roster, evidence, now, effects)

    def _reconcile_or_leave(self, group: Group, now: Instant, effects: list[Effect]) -> None:
        if not self._reconciling.do_some(group, now, effects):
            self.backlog.leave(group)

    def _roster_of(self, party: PartySession) -> Roster | None:
        group = self._groups.of_session.get(party.id)
        return None if group is None else group.roster

    def _note_party(self, party: AnySession) -> None:
        """Take in that a party is over: another may follow."""
        group = self._groups.of_session.get(party.id) if party.is_over else None
        if group is None:
            return
        group.end()
        if party.ended_at is not None:
            self._groups.has_ended(group, party.ended_at + self.clock_lag(party))
        self._groups.leave(party.id)
        self.backlog.touch(group)


def _none(_session: AnySession) -> int:
    """Say that no clock was set."""
    return 0
