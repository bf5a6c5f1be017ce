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
from engine.games import name_of
from engine.groups import Group
from engine.observation import ActivitySeen
from machines import Change, Evidence, GameSession, PartySession, Stretch, timeline_of

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator

    from engine.firing import Firing
    from engine.games import GameName
    from engine.report import LiveReport
    from machines import AnySession, Effect, Instant, Presence, Record

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
        self._groups: dict[int, dict[GameName, tuple[Group, ...]]] = {}
        self._ends: dict[tuple[int, GameName], Instant] = {}
        self._shifted = 0
        self.clock_lag: Callable[[AnySession], int] = _none
        self._of_session: dict[str, Group] = {}
        self.backlog = Backlog()
        firing.followers.append(self.note)

    def note(self, session: AnySession) -> None:
        """Take in that a session has changed; :meth:`settle` draws the consequences."""
        if type(session) is PartySession:
            self._note_party(session)
        elif type(session) is GameSession and session.activity_type == "playing":
            self._note_game(session)

    def _note_game(self, session: GameSession) -> None:
        group = self._of_session.get(session.id)
        if group is not None and not group.admits(session):
            group.let_go(session)
            del self._of_session[session.id]
            self.backlog.touch(group)
            group = None
        if group is None:
            if not session.is_live:
                return
            group = self._of_session[session.id] = self._group_for(session)
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
        if group is not None and isinstance(session, GameSession):
            group.lose_sight(session)

    def restore(self, sessions: Iterable[AnySession]) -> None:
        """Take up the games and parties of an earlier process; a look at them decides."""
        for session in sessions:
            if isinstance(session, PartySession):
                group = self._group_for(session)
                group.take_up(session)
                self._of_session[session.id] = group
            else:
                self.note(session)
        self.backlog.touched.clear()

    def remember_ended(self, record: Record) -> None:
        """Take up when a party of an earlier process ended: the next one begins no earlier."""
        if record.kind != "party" or record.game_name is None:
            return
        played = ActivitySeen(record.game_name, record.app_id)
        guild_id, name = record.guild_id, name_of(played)
        ended_at = record.ended_at - self._shifted
        self._ends[guild_id, name] = max(ended_at, self._ends.get((guild_id, name), ended_at))
        for group in self._groups.get(guild_id, {}).get(name, ()):
            group.floor = max(ended_at, group.floor or ended_at)

    def forget(self, user_id: int) -> None:
        """Let nothing more of a person be saved who is in a party no more."""
        for groups in self._groups.values():
            for group in chain.from_iterable(groups.values()):
                group.forget(user_id)

    def shift(self, by: int) -> None:
        """Move every instant by ``by`` microseconds: the clock was set.

        What is held are instants of the clock as it first was, so nothing has to be gone through.
        """
        self._shifted += by

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

    def reach(self, party: PartySession, now: Instant, effects: list[Effect]) -> None:
        """Something is about to happen to a party: what has been left comes before."""
        group = self._of_session.get(party.id)
        if group is not None and self.backlog.reach(group):
            while not self._draw(group, now, effects):
                pass

    def settle(self, now: Instant, effects: list[Effect], *, found: bool = False) -> None:
        """Begin, change, lose or take up again the parties whose players have changed.

        What a crowd comes to is begun, and goes on in :meth:`catch_up`.

        ``found``: the players were found by a check, not seen to come; their party is silent.
        """
        while self.backlog.touched:
            _, group = self.backlog.touched.popitem()
            if not self._draw(group, now, effects, found=found):
                self.backlog.leave(group)

    def doubt(self, party: AnySession) -> None:
        """A party is about to end: whoever plays on must have been seen since it was over.

        Those who were not may have left unseen, and will be found gone too late for its
        record: from the last proof of them to its end they are unknown.
        """
        group = self._of_session.get(party.id)
        if not isinstance(party, PartySession) or group is None or party.absent_since is None:
            return
        for session_id, player in group.players.items():
            session = group.sessions.get(session_id)
            if session is not None and session_id in group.here:
                seen = session.last_seen
                if seen < party.absent_since:
                    player.stretches += (Stretch(seen, party.absent_since, "unknown"),)

    def known_players(self, party: PartySession, doubted: Container[str]) -> Iterator[int | None]:
        """Yield the people who are known to play on, until they are enough: one a session.

        None is for a session that is among the ``doubted``, or has ended meanwhile.
        """
        group = self._of_session.get(party.id)
        user_ids = {} if group is None else group.here.user_ids
        known: set[int] = set()
        for session_id in list(user_ids):
            user_id = None if session_id in doubted else user_ids.get(session_id)
            yield user_id
            if user_id is not None:
                known.add(user_id)
            if len(known) >= self._min_players:
                return

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
        if group.party is None:
            group.changed = False
            if len(group.watched) >= self._min_players:
                self._begin(group, now, effects, found=found or group.found)
            is_done = not group.to_come
        else:
            is_done = self._decide(group, group.party, now, effects)
        if is_done:
            if (
                id(group) not in self.backlog.touched
            ):  # else another party may follow, found as well
                group.found = False
            if not group.sessions and group.party is None:
                self._tidy(group)
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
        if evidence.presence == "absent" and party.absent_since is None:
            together = timeline_of(party, now).ended_at
            party.last_seen = min(max(party.last_seen, together), now)
        self._firing.fire("validate", party, now, effects, evidence=evidence)
        if party.reason == "gap_not_bridged":
            group.floor = evidence.at - self._shifted

    def _begin(self, group: Group, now: Instant, effects: list[Effect], *, found: bool) -> None:
        session = next(iter(group.sessions.values()))
        first = min(map(_STARTED_AT, group.sessions.values()))
        party = PartySession(
            id=self._new_id(),
            guild_id=group.guild_id,
            started_at=self._floor_of(group, first),
            last_seen=now,
            game_name=session.game_name,
            app_id=group.app_id,
            min_players=self._min_players,
            max_players=len(group.here),
        )
        group.begin(party, max(_AT_ONCE, self._min_players))
        # Enough of them are there from this very instant on where there is nothing to credit yet.
        party.started_at = _beginning(party, party.started_at, now) or now
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
            self._ask(group, party, Evidence(presence, now, "engine"), now, effects)
        if party.is_over:
            return True
        if group.to_come or group.began_earlier:
            self._let_come(group, party, now)
        if group.changed and not self._update(group, party, now, effects):
            return False
        if not enough and party.absent_since is None:
            ended_at = timeline_of(party, now).ended_at
            self._firing.fire("lose", party, now, effects, at=ended_at)
        elif enough and party.absent_since is not None:
            self._firing.fire("return", party, now, effects)
        return True

    def _let_come(self, group: Group, party: PartySession, now: Instant) -> None:
        """Let some who are still to come be players; with the last it is known when it began."""
        group.let_come(party, _AT_ONCE)
        if group.began_earlier and not group.to_come:
            group.began_earlier = False
            first = min(player.started_at for player in party.players)
            floor = self._floor_of(group, first)
            party.started_at = _beginning(party, floor, now) or party.started_at

    def _update(
        self, group: Group, party: PartySession, now: Instant, effects: list[Effect]
    ) -> bool:
        """Fire ``update`` with some of the players that have changed; return whether it is all."""
        players = group.take_unsaved(_AT_ONCE)
        change = Change(app_id=group.app_id, people=len(group.here), players=players)
        self._firing.fire("update", party, now, effects, change=change)
        group.changed = bool(group.unsaved or group.to_come)
        return not group.changed

    def _note_party(self, party: PartySession) -> None:
        group = self._of_session.get(party.id)
        if group is None or not party.is_over:
            return
        group.end()
        if party.ended_at is not None:
            group.floor = party.ended_at + self.clock_lag(party) - self._shifted
        del self._of_session[party.id]
        self.backlog.touch(group)

    def _floor_of(self, group: Group, first: Instant) -> Instant:
        """Return when the next party of a group can begin; ``first`` where nothing is known."""
        return first if group.floor is None else group.floor + self._shifted

    def _group_for(self, session: GameSession | PartySession) -> Group:
        name = _name_of(session)
        in_guild = self._groups.setdefault(session.guild_id, {})
        groups = in_guild.get(name, ())
        for group in groups:
            if group.admits(session):
                return group
        floor = self._ends.get((session.guild_id, name))
        group = Group(session.guild_id, name, session.app_id, floor=floor)
        in_guild[name] = (*groups, group)
        return group

    def _tidy(self, group: Group) -> None:
        """Forget a group that nobody is in."""
        in_guild = self._groups.get(group.guild_id, {})
        others = tuple(other for other in in_guild.get(group.name, ()) if other is not group)
        if others:
            in_guild[group.name] = others
            return
        in_guild.pop(group.name, None)
        if not in_guild:
            self._groups.pop(group.guild_id, None)


def _name_of(session: GameSession | PartySession) -> GameName:
    if isinstance(session, GameSession):
        return name_of(session)
    return name_of(ActivitySeen(session.game_name, session.app_id))


def _none(_session: AnySession) -> int:
    """Say that no clock was set."""
    return 0


def _beginning(party: PartySession, floor: Instant, now: Instant) -> Instant | None:
    """Return since when enough have been there, ``floor`` at the earliest; None: never yet."""
    held, party.started_at = party.started_at, floor
    credited = timeline_of(party, now)
    party.started_at = held
    return credited.started_at if credited.ended_at > credited.started_at else None
