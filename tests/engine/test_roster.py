"""Whose players a party holds, as their sessions come, go, and are forgotten."""

from __future__ import annotations

import msgspec
import pytest

from engine.roster import Roster
from engine.tally import is_crowd
from machines import player_of
from tests.machines import builders


def test_somebody_who_is_forgotten_stays_without_a_name_and_is_saved_so() -> None:
    roster = _roster_of(2)
    assert roster.forget(1, live=())
    somebody, other = roster.party.players
    assert (somebody.user_id, somebody.username, other.user_id) == (-1, "", 2)
    assert [each.user_id for each in roster.take_unsaved(2)] == [-1]
    assert not roster.forget(1, live=())


def test_what_changes_of_a_forgotten_player_of_a_crowd_is_counted() -> None:
    roster = _roster_of(150)
    counted = roster.attendance()
    assert counted is not None
    assert roster.forget(1, live=())
    assert roster.attendance() == counted._replace(forgotten=1)
    roster.put(msgspec.structs.replace(roster.party.players[0], started_at=builders.at(-1)))
    told = roster.attendance()
    assert told is not None
    assert told.first == builders.at(-1)


def test_they_are_saved_in_the_order_in_which_they_have_changed() -> None:
    roster = _roster_of(4)
    for place in (2, 0, 3):
        roster.put(roster.party.players[place])
    assert [each.user_id for each in roster.take_unsaved(2)] == [1, 4]
    assert [each.user_id for each in roster.take_unsaved(2)] == [3]


def test_of_what_was_before_a_chapter_it_holds_nothing() -> None:
    roster = _roster_of(2)
    roster.party.continues, roster.party.started_at = True, builders.at(100)
    session = builders.game(started=40)
    session.stretches = (builders.away(50, 60), builders.unknown(90, 110))
    session.unbounded = True
    roster.follow(session, was_here=False)
    player = roster.party.players[-1]
    roster.follow(session, was_here=False)

    assert roster.party.players[-1] is player
    assert (player.started_at, player.ended_at) == (builders.at(100), None)
    assert (player.stretches, player.unbounded) == ((builders.unknown(100, 110),), False)
    assert not roster.began_earlier


def test_whoever_plays_on_is_not_forgotten() -> None:
    roster = _roster_of(2)
    roster.forget(1, live={each.session_id for each in roster.party.players})
    assert [each.user_id for each in roster.party.players] == [1, 2]


def test_a_crowd_whose_party_ends_is_counted_no_further() -> None:
    """What had been counted of it is let go of, and whoever was counting is done."""
    roster = _roster_of(500)
    assert is_crowd(roster.party)
    counting = roster.counting()
    next(counting)
    roster.party.ended_at = roster.party.started_at
    roster.party.state = "ended"
    for _some in roster.emptied():
        pass
    assert list(counting) == []


@pytest.mark.parametrize(
    ("watched_until", "ends"),
    [(10, 10), (3, 5), (30, 20)],
    ids=["where the watching ended", "no earlier than it began", "in no future"],
)
def test_a_player_without_a_game_session_ends(watched_until: float, ends: float) -> None:
    party = builders.party(builders.player(1, 5), builders.player(2, 5, 8))
    party.unwatched_since = builders.at(watched_until)
    roster = Roster(party)
    for _player in roster.taking_up((), builders.at(20)):
        pass
    one, other = party.players
    assert (one.ended_at, other.ended_at) == (builders.at(ends), builders.at(8))
    assert [part.end for part in one.stretches] == [builders.at(20)] * (ends < 20)
    assert roster.take_unsaved(2) == (one,)


def test_who_is_taken_up_after_their_party_is_saved_with_it_as_they_are() -> None:
    """The party may be written by then as one that has lost sight of them."""
    session = builders.game()
    roster = Roster(builders.party(player_of(session)))
    for _player in roster.taking_up((), builders.at(20)):
        pass
    assert roster.take_unsaved(1)[0].ended_at is not None
    roster.follow(session, was_here=False)
    assert [each.ended_at for each in roster.take_unsaved(1)] == [None]
    assert not roster.gone


def _roster_of(people: int) -> Roster:
    roster = Roster(
        builders.party(*(builders.player(user_id, 0, 1) for user_id in range(1, people + 1)))
    )
    for _player in roster.taking_up((), roster.party.last_seen):
        pass
    return roster
