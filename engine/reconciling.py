"""Reconciling: a group's party is brought in line with who is there, a bit at a time.

A group has a party while at least ``party_min_players`` of its people are there. What follows for
it when they come and go is decided here: that it begins, who plays, that it is lost for the time
being, or taken up again. What a crowd comes to takes several turns.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from machines import (
    Change,
    Evidence,
    PartySession,
    attendance_since,
    ended_together,
    timeline_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.backlog import Backlog
    from engine.firing import Firing
    from engine.group_index import GroupIndex
    from engine.groups import Group
    from engine.roster import Roster
    from machines import Effect, Instant, Presence

__all__ = ["Reconciling"]

_AT_ONCE = 50
"""Players who come or go in one turn: to take in and save many more would take too long."""

_STARTED_AT = attrgetter("started_at")


class Reconciling:
    """Begins, changes, loses and takes up the party of one group after the other."""

    def __init__(
        self,
        firing: Firing,
        groups: GroupIndex,
        backlog: Backlog,
        min_players: int,
        new_id: Callable[[], str],
    ) -> None:
        """Fire at the parties of these groups; whatever changes of a group is in the backlog."""
        self._firing = firing
        self._groups = groups
        self._backlog = backlog
        self._min_players = min_players
        self._new_id = new_id

    def do_some(
        self, group: Group, now: Instant, effects: list[Effect], *, found: bool = False
    ) -> bool:
        """Do a bit of what follows for the party of a group; return whether that is all.

        ``found``: its people were found by a look, not seen to come; their party is silent.
        """
        if group.litter is not None and not group.let_go_of_litter(_AT_ONCE):
            return False
        if group.roster is None:
            is_done = group.watched < self._min_players or self._begin(
                group, now, effects, found=found or group.found
            )
        else:
            is_done = self._go_on(group, group.roster, now, effects)
        if is_done:
            # Else another party may follow, found as well.
            if not self._backlog.is_touched(group):
                group.found = False
            if not group.sessions and group.roster is None:
                self._groups.forget(group)
        return is_done

    def is_called_for(self, group: Group) -> bool:
        """Return whether anything may follow for the party of a group, as its people are now."""
        roster = group.roster
        if roster is None:  # nothing follows of whoever plays alone, until nobody does
            return group.watched >= self._min_players or not group.sessions
        party = roster.party
        is_enough = group.here >= self._min_players
        return (
            is_enough == (party.absent_since is not None)
            or party.unwatched_since is not None
            or _has_news(group, roster)
        )

    def presence(self, known: int, possible: int) -> Presence:
        """Return what is known of a party, of so many people who are and who may be there."""
        if known >= self._min_players:
            return "present"
        return "absent" if possible < self._min_players else "unknown"

    def may_end(self, presence: Presence) -> bool:
        """Return whether a party of which that is known may turn out to be over."""
        if presence == "present":
            return self._firing.policies["party"].gap != "bridge"
        return presence == "absent"

    def validate(
        self,
        group: Group,
        roster: Roster,
        evidence: Evidence,
        now: Instant,
        effects: list[Effect],
    ) -> None:
        """Fire ``validate`` at the party of a group."""
        party = roster.party
        attendance = roster.attendance(whole=True) if self.may_end(evidence.presence) else None
        if evidence.presence == "absent" and party.absent_since is None:
            together_until = ended_together(party, now, attendance)
            party.last_seen = min(max(party.last_seen, together_until), now)
        self._firing.fire("validate", party, now, effects, evidence=evidence, attendance=attendance)
        if party.reason == "gap_not_bridged":
            self._groups.has_ended(group, evidence.at)

    def _begin(self, group: Group, now: Instant, effects: list[Effect], *, found: bool) -> bool:
        """Begin a party; return whether all who are there are its players by now."""
        party = PartySession(
            id=self._new_id(),
            guild_id=group.guild_id,
            started_at=now,
            last_seen=now,
            game_name=next(iter(group.sessions.values())).game_name,
            app_id=group.app_id,
            min_players=self._min_players,
            max_players=group.here,
        )
        roster = group.begin(party, max(_AT_ONCE, self._min_players))
        # Enough of them are there from this very instant on where there is nothing to credit yet.
        party.started_at = self._beginning(group, roster, now) or now
        self._groups.of_session[party.id] = group
        if found:
            self._firing.fire("recover", party, now, effects)
        else:
            here = Evidence("present", now, "engine")
            self._firing.fire("start", party, now, effects)
            self._firing.fire("announce", party, now, effects, evidence=here)
            self._firing.fire("confirm", party, now, effects, evidence=here)
        return roster.to_come is None

    def _go_on(self, group: Group, roster: Roster, now: Instant, effects: list[Effect]) -> bool:
        """Do a bit of what follows for a party that there is; return whether that is all."""
        party = roster.party
        enough = group.here >= self._min_players
        if party.unwatched_since is not None and not group.unwatched:
            presence: Presence = "present" if enough else "absent"
            if self.may_end(presence) and not roster.is_counted(whole=True):
                return False
            self.validate(group, roster, Evidence(presence, now, "engine"), now, effects)
        if party.is_over:
            return True
        if (roster.to_come or roster.began_earlier) and not self._let_come(group, roster, now):
            return False
        if _has_news(group, roster) and not self._update(group, roster, now, effects):
            return False
        if not enough and party.absent_since is None:
            if not roster.is_counted():
                return False
            ended_at = ended_together(party, now, roster.attendance())
            self._firing.fire("lose", party, now, effects, at=ended_at)
        elif enough and party.absent_since is not None:
            self._firing.fire("return", party, now, effects)
        return True

    def _let_come(self, group: Group, roster: Roster, now: Instant) -> bool:
        """Let some who are still to come be players; with the last it is known when it began."""
        group.let_come(roster, _AT_ONCE)
        if roster.began_earlier and not roster.to_come:
            if not roster.is_counted():
                return False
            roster.began_earlier = False
            party = roster.party
            party.started_at = self._beginning(group, roster, now) or party.started_at
        return True

    def _beginning(self, group: Group, roster: Roster, now: Instant) -> Instant | None:
        """Return since when enough are there, after the last party of theirs; None: never yet."""
        party, counted = roster.party, roster.attendance()
        first = min(map(_STARTED_AT, party.players)) if counted is None else counted.first
        floor = self._groups.floor_of(group, first)
        if counted is None:
            counted = attendance_since(party.players, party.min_players, floor)
        # Nothing is credited before the start of a party, and the start is what is asked for.
        held, party.started_at = party.started_at, floor
        credited = timeline_of(party, now, counted)
        party.started_at = held
        return credited.started_at if credited.ended_at > credited.started_at else None

    def _update(self, group: Group, roster: Roster, now: Instant, effects: list[Effect]) -> bool:
        """Fire ``update`` with some of the players that are unsaved; return whether it is all."""
        players = roster.take_unsaved(_AT_ONCE)
        change = Change(app_id=group.app_id, people=group.here, players=players)
        self._firing.fire("update", roster.party, now, effects, change=change)
        return not roster.unsaved and not roster.to_come


def _has_news(group: Group, roster: Roster) -> bool:
    """Return whether there is anything to tell a party: who comes, or is gone for good."""
    party = roster.party
    return bool(
        roster.unsaved
        or roster.to_come
        or group.here > party.max_players
        or (party.app_id is None and group.app_id is not None)
    )
