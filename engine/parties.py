"""Parties: who plays together follows from the game sessions, and from nothing else.

Every game session of a guild belongs to the group of its game. A group has a party while at
least ``party_min_players`` of its people are there; the party's players are kept in step
with the game sessions one by one, so a change costs the same however many play.
"""

from __future__ import annotations

from functools import partial
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING

from engine.backlog import Backlog
from engine.emptying import emptied
from engine.group_index import GroupIndex
from machines import Change, Evidence, GameSession, PartySession, timeline_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from engine.firing import Firing
    from engine.groups import Group
    from engine.look import Look
    from engine.report import LiveReport
    from machines import AnySession, Attendance, Effect, Instant, Presence, Record

__all__ = ["Parties"]

_AT_ONCE = 50
"""Players who come or go in one turn: to take in and save many more would take too long."""

_STARTED_AT = attrgetter("started_at")


class Parties:
    """Keeps the parties of all guilds in step with the game sessions.

    Attributes:
        backlog: the groups for which something is still to be drawn.
        clock_lag: how far the clock has been set without a session having been told.
    """

    def __init__(self, firing: Firing, min_players: int, new_id: Callable[[], str]) -> None:
        """Follow the sessions that ``firing`` moves."""
        self._firing = firing
        self._min_players = min_players
        self._new_id = new_id
        self._groups = GroupIndex()
        self.clock_lag: Callable[[AnySession], int] = _none
        self._of_session: dict[str, Group] = {}
        self.backlog = Backlog()
        firing.is_followed_by(self._note_game, "game")
        firing.is_followed_by(self._note_party, "party")

    def _note_game(self, session: AnySession) -> None:
        """Take in that a game session has changed; :meth:`settle` draws the consequences."""
        if type(session) is not GameSession or session.activity_type != "playing":
            return
        group = self._of_session.get(session.id)
        if group is not None and not group.admits(session):
            group.let_go(session)
            del self._of_session[session.id]
            self.backlog.touch(group)
            group = None
        if group is None:
            if not session.is_live:
                return
            group = self._of_session[session.id] = self._groups.group_for(session)
        group.take_in(session)
        if session.is_over:
            del self._of_session[session.id]
        self.backlog.touch(group)

    def party_of(self, session: AnySession) -> PartySession | None:
        """Return the party that a game session is part of."""
        group = self._of_session.get(session.id)
        return None if group is None else group.party

    def lose_sight(self, session: AnySession) -> None:
        """Take in that nobody watches a session any more."""
        group = self._of_session.get(session.id)
        if group is not None and type(session) is GameSession:
            group.lose_sight(session)

    def has_room_for(self, party: PartySession, guild_id: int) -> bool:
        """Return whether nobody has a party of its game in a guild."""
        return all(group.party is None for group in self._groups.like(party, guild_id))

    def taking_up(self, session: AnySession) -> Iterator[None]:
        """Take up a session of an earlier process, a party player by player; a look decides."""
        if type(session) is PartySession:
            group = self._groups.group_for(session)
            yield from group.taking_up(session)
            self._of_session[session.id] = group
        elif type(session) is GameSession and session.activity_type == "playing":
            group = self._of_session[session.id] = self._groups.group_for(session)
            group.take_in(session)

    def remember_ended(self, record: Record) -> None:
        """Take up when a party of an earlier process ended: the next one begins no earlier."""
        self._groups.remember_ended(record)

    def forgetting(self, user_id: int) -> Iterator[None]:
        """Hold nothing of a person's sessions that are over, yielding after each game's players."""
        for guild_id in self._groups.guild_ids():
            for group in list(self._groups.in_guild(guild_id)):
                group.forget(user_id)
                yield

    def let_go(self) -> Iterator[None]:
        """Hold no session any more, one by one."""
        yield from emptied(self._of_session)
        yield from self._groups.let_go()

    def shift(self, by: int) -> None:
        """Move every instant by ``by`` microseconds: the clock was set."""
        self._groups.shift(by)

    def settle_next(self, guild_id: int, now: Instant, effects: list[Effect]) -> None:
        """Do a bit of what :meth:`settle` does, for players whom one who looks has found."""
        group = self.backlog.next_held(guild_id)
        if not self._draw(group, now, effects, found=True):
            self.backlog.touch(group)

    def catch_up(self, now: Instant, effects: list[Effect], is_time_up: Callable[[], bool]) -> None:
        """Go on with what :meth:`settle` has left, until the time is up."""
        while (group := self.backlog.next_behind()) is not None:
            # It comes with whatever is observed next, in another guild perhaps.
            subject = f"{group.guild_id}/{group.name.name}"
            draw = partial(self._draw_or_leave, group, now, effects)
            self._firing.isolated(subject, "party", effects, draw)
            self.settle(now, effects)
            if is_time_up():
                return

    def reach(
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
        group = self._of_session.get(party.id)
        if group is not None and self.backlog.reach(group):
            while not self._draw(group, now, effects):
                if is_time_up():
                    self.backlog.leave(group)
                    return False
        if party.absent_since is not None:
            for _some in self.counting(party):
                if is_time_up():
                    return False
        return True

    def counting(self, party: PartySession) -> Iterator[None]:
        """Count when how many players of a large party were there, yielding after some.

        Whoever then asks since when they have been too few has it at once.
        """
        group = self._of_session.get(party.id)
        while group is not None and not group.is_counted():
            yield

    def counting_before(self, party: PartySession, known: int) -> Iterator[None]:
        """Do what :meth:`counting` does, where :meth:`validate` may find that a party is over."""
        group = self._of_session.get(party.id)
        if group is not None and self._may_end(self._presence(known, len(group.here))):
            yield from self.counting(party)

    def attendance_of(self, party: PartySession) -> Attendance | None:
        """Return when how many of its players were there; None where nothing is kept of it."""
        for _some in self.counting(party):
            pass
        group = self._of_session.get(party.id)
        return None if group is None or group.tally is None else group.tally.result()

    def settle(self, now: Instant, effects: list[Effect], *, found: bool = False) -> None:
        """Begin, change, lose or take up again the parties whose players have changed.

        What a crowd comes to is begun, and goes on in :meth:`catch_up`.

        ``found``: the players were found by a check, not seen to come; their party is silent.
        """
        while self.backlog.touched:
            _, group = self.backlog.touched.popitem()
            if not self._draw(group, now, effects, found=found):
                self.backlog.leave(group)

    def end(self, party: PartySession, now: Instant, effects: list[Effect]) -> None:
        """Let a party end: whoever plays on must have been seen since it was over.

        Those who were not may have left unseen, and will be found gone too late for its
        record: from the last proof of them to its end they are unknown.
        """
        group = self._of_session.get(party.id)
        if group is not None and party.absent_since is not None:
            group.doubt_unseen(party.absent_since)
        self._firing.fire("end", party, now, effects, attendance=self.attendance_of(party))

    def shifted(self, session: AnySession) -> None:
        """Every instant of a session has been moved, and so is what its party holds of it."""
        group = self._of_session.get(session.id)
        if group is not None and type(session) is GameSession:
            group.take_in_anew(session)

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
        group = self._of_session.get(party.id)
        if group is None:
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
            player = None if session_id in group.sessions else group.player(session_id)
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
        group = self._of_session.get(party.id)
        if group is None or party.is_over:
            return
        presence = self._presence(known, len(group.here))
        if presence != "unknown":
            evidence = Evidence(presence, report.at, report.source)
            self._ask(group, party, evidence, now, effects)

    def _draw_or_leave(self, group: Group, now: Instant, effects: list[Effect]) -> None:
        if not self._draw(group, now, effects):
            self.backlog.leave(group)

    def _draw(
        self, group: Group, now: Instant, effects: list[Effect], *, found: bool = False
    ) -> bool:
        """Draw what follows for the party of a group; return whether nothing more does."""
        if group.litter is not None and not group.let_go_of_litter(_AT_ONCE):
            return False
        if group.party is None:
            group.changed = False
            if len(group.watched) >= self._min_players:
                self._begin(group, now, effects, found=found or group.found)
            is_done = not group.to_come
        else:
            is_done = self._decide(group, group.party, now, effects)
        if is_done:
            # Else another party may follow, found as well.
            if id(group) not in self.backlog.touched:
                group.found = False
            if not group.sessions and group.party is None:
                self._groups.forget(group)
        return is_done

    def _presence(self, known: int, possible: int) -> Presence:
        if known >= self._min_players:
            return "present"
        return "absent" if possible < self._min_players else "unknown"

    def _ask(
        self,
        group: Group,
        party: PartySession,
        evidence: Evidence,
        now: Instant,
        effects: list[Effect],
    ) -> None:
        attendance = self.attendance_of(party) if self._may_end(evidence.presence) else None
        if evidence.presence == "absent" and party.absent_since is None:
            together = timeline_of(party, now, attendance).ended_at
            party.last_seen = min(max(party.last_seen, together), now)
        self._firing.fire("validate", party, now, effects, evidence=evidence, attendance=attendance)
        if party.reason == "gap_not_bridged":
            self._groups.has_ended(group, evidence.at)

    def _begin(self, group: Group, now: Instant, effects: list[Effect], *, found: bool) -> None:
        session = next(iter(group.sessions.values()))
        party = PartySession(
            id=self._new_id(),
            guild_id=group.guild_id,
            started_at=now,
            last_seen=now,
            game_name=session.game_name,
            app_id=group.app_id,
            min_players=self._min_players,
            max_players=len(group.here),
        )
        group.begin(party, max(_AT_ONCE, self._min_players))
        # Enough of them are there from this very instant on where there is nothing to credit yet.
        party.started_at = self._beginning(group, party, now) or now
        self._of_session[party.id] = group
        if found:
            self._firing.fire("recover", party, now, effects)
            return
        here = Evidence("present", now, "engine")
        self._firing.fire("start", party, now, effects)
        self._firing.fire("announce", party, now, effects, evidence=here)
        self._firing.fire("confirm", party, now, effects, evidence=here)

    def _decide(
        self,
        group: Group,
        party: PartySession,
        now: Instant,
        effects: list[Effect],
    ) -> bool:
        enough = len(group.here) >= self._min_players
        if party.unwatched_since is not None and not group.unwatched:
            presence: Presence = "present" if enough else "absent"
            if self._may_end(presence) and not group.is_counted():
                return False
            self._ask(group, party, Evidence(presence, now, "engine"), now, effects)
        if party.is_over:
            return True
        if (group.to_come or group.began_earlier) and not self._let_come(group, party, now):
            return False
        if group.changed and not self._update(group, party, now, effects):
            return False
        if not enough and party.absent_since is None:
            if not group.is_counted():
                return False
            ended_at = timeline_of(party, now, self.attendance_of(party)).ended_at
            self._firing.fire("lose", party, now, effects, at=ended_at)
        elif enough and party.absent_since is not None:
            self._firing.fire("return", party, now, effects)
        return True

    def _let_come(self, group: Group, party: PartySession, now: Instant) -> bool:
        """Let some who are still to come be players; with the last it is known when it began."""
        group.let_come(party, _AT_ONCE)
        if group.began_earlier and not group.to_come:
            if not group.is_counted():
                return False
            group.began_earlier = False
            party.started_at = self._beginning(group, party, now) or party.started_at
        return True

    def _may_end(self, presence: Presence) -> bool:
        """Return whether a party of which that is known may turn out to be over."""
        if presence == "present":
            return self._firing.policies["party"].gap != "bridge"
        return presence == "absent"

    def _beginning(self, group: Group, party: PartySession, now: Instant) -> Instant | None:
        """Return since when enough are there, after the last party of theirs; None: never yet."""
        counted = self.attendance_of(party)
        first = min(map(_STARTED_AT, party.players)) if counted is None else counted.first
        held, party.started_at = party.started_at, self._groups.floor_of(group, first)
        credited = timeline_of(party, now, counted)
        party.started_at = held
        return credited.started_at if credited.ended_at > credited.started_at else None

    def _update(
        self, group: Group, party: PartySession, now: Instant, effects: list[Effect]
    ) -> bool:
        """Fire ``update`` with some of the players that have changed; return whether it is all."""
        players = group.take_unsaved(_AT_ONCE)
        change = Change(app_id=group.app_id, people=len(group.here), players=players)
        self._firing.fire("update", party, now, effects, change=change)
        group.changed = bool(group.unsaved or group.to_come)
        return not group.changed

    def _note_party(self, party: AnySession) -> None:
        """Take in that a party is over: another may follow."""
        group = self._of_session.get(party.id) if party.is_over else None
        if group is None:
            return
        group.end()
        if party.ended_at is not None:
            self._groups.has_ended(group, party.ended_at + self.clock_lag(party))
        del self._of_session[party.id]
        self.backlog.touch(group)


def _none(_session: AnySession) -> int:
    """Say that no clock was set."""
    return 0
