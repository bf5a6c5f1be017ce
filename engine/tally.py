"""Tally: the attendance of a party, counted a shelf of its people at a time.

What has been counted holds until one of the shelf's people changes, so of a crowd that stays
little is counted again. Whoever asks before all is counted has the rest counted then. It is for a
crowd; and, where a party may be over and all of it is to be written down, for those as well who
have been away very often.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from machines import add_up, attendance_of

if TYPE_CHECKING:
    from machines import Attendance, PartySession, Player

__all__ = ["Tally", "has_long_histories", "is_crowd"]

_SHELF = 100
"""People on a shelf, and stretches of theirs: to count them takes most of a millisecond."""


def is_crowd(party: PartySession) -> bool:
    """Return whether a party has so many players that they are better counted bit by bit."""
    return len(party.players) > _SHELF


def has_long_histories(party: PartySession) -> bool:
    """Return whether all that its players did is better counted bit by bit, few as they may be."""
    return sum(len(player.stretches) for player in party.players) > _SHELF


class Tally:
    """When how many players of one party were there."""

    def __init__(self, party: PartySession) -> None:
        """Count nobody yet."""
        self._party = party
        self._shelves: list[list[int]] = []  # the places of players, as they change
        self._counted: list[Attendance] = []
        self._shelf_of: dict[int, int] = {}
        self._stale: dict[int, None] = {}
        self._placed = 0
        self._on_last = 0  # people and stretches on the last shelf
        self._result: Attendance | None = None

    def note(self, player: Player) -> None:
        """One of the players has changed."""
        shelf = self._shelf_of.get(player.user_id)
        if shelf is not None:
            self._stale[shelf] = None

    def count_some(self) -> bool:
        """Count the people of one shelf; return whether all are counted."""
        if not self._stale:
            self._place_some()
        if self._stale:
            shelf, _ = self._stale.popitem()
            people = [self._party.players[place] for place in self._shelves[shelf]]
            self._counted[shelf] = attendance_of(people, self._party.min_players)
            self._result = None
        return not self._stale and self._placed == len(self._party.players)

    def result(self) -> Attendance:
        """Return the attendance of all."""
        while not self.count_some():
            pass
        if self._result is None:
            self._result = add_up(self._counted, self._party.min_players)
        return self._result

    def holders(self) -> tuple[dict[int, int] | list[list[int]] | list[Attendance], ...]:
        """Return what it holds for each of many, to be emptied bit by bit once it is over."""
        return self._shelf_of, self._shelves, self._counted

    def _place_some(self) -> None:
        """Put players on shelves, each beside those of the same person."""
        players = self._party.players[self._placed : self._placed + _SHELF]
        for place, player in enumerate(players, self._placed):
            shelf = self._shelf_of.get(player.user_id)
            if shelf is None:
                if not self._shelves or self._on_last >= _SHELF:
                    self._shelves.append([])
                    self._counted.append(attendance_of((), 0))
                    self._on_last = 0
                shelf = self._shelf_of[player.user_id] = len(self._shelves) - 1
            self._shelves[shelf].append(place)
            self._on_last += 1 + len(player.stretches)
            self._stale[shelf] = None
        self._placed += len(players)
