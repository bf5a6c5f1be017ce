"""What is counted some at a time is what is counted at once, whatever happens in between."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unittest import mock

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from engine import tally
from engine.roster import Roster
from engine.tally import Tally, has_long_histories, is_crowd
from machines import PartySession, Player, Stretch, attendance_of
from tests.machines.builders import away, party, player

if TYPE_CHECKING:
    from collections.abc import Callable

    Deed = Callable[[PartySession, Tally], None]


def comes(user_id: int) -> Deed:
    def deed(held: PartySession, _tally: Tally) -> None:
        held.players.append(player(user_id, len(held.players)))

    return deed


def changes(number: int, ended: int) -> Deed:
    def deed(held: PartySession, counting: Tally) -> None:
        if held.players:
            place = number % len(held.players)
            player = held.players[place]
            held.players[place] = msgspec.structs.replace(
                player,
                ended_at=player.started_at + ended,
                stretches=(*player.stretches, Stretch(ended, ended + 5, "unknown")),
            )
            counting.note(held.players[place])

    return deed


def is_counted_on(_held: PartySession, counting: Tally) -> None:
    counting.count_some()


deeds = st.lists(
    st.one_of(
        st.builds(comes, st.integers(1, 6)),
        st.builds(changes, st.integers(0, 9), st.integers(0, 20)),
        st.just(is_counted_on),
    ),
    max_size=20,
)


@given(deeds, deeds, st.integers(1, 3), st.integers(1, 3))
def test_whatever_happens_while_they_are_counted_it_comes_to_the_attendance_of_all(
    earlier: list[Deed], later: list[Deed], shelf: int, enough: int
) -> None:
    held = party(min_players=enough)
    with mock.patch.object(tally, "_SHELF", shelf):
        counting = Tally(held)
        for happens in (earlier, later):
            for deed in happens:
                deed(held, counting)
            assert counting.result() == attendance_of(held.players, enough)


def test_only_the_shelf_of_whoever_has_changed_is_counted_again() -> None:
    held = party(*(player(user_id, 0) for user_id in range(1, 7)))
    counted: list[list[Player]] = []

    def counting(players: list[Player], enough: int) -> object:
        counted.append(list(players))
        return attendance_of(players, enough)

    with mock.patch.object(tally, "_SHELF", 2), mock.patch.object(tally, "attendance_of", counting):
        assert is_crowd(held)
        counts = Tally(held)
        counts.result()
        counted.clear()
        held.players[2] = msgspec.structs.replace(held.players[2], ended_at=1)
        counts.note(held.players[2])
        counts.result()
        counts.result()
    assert counted == [held.players[2:4]]


def who_were_often_away(people: int, times: int) -> PartySession:
    often = [away(second, second + 1) for second in range(1, 2 * times, 2)]
    return party(*(player(user_id, 0, None, *often) for user_id in range(1, people + 1)))


def test_of_those_who_were_often_away_few_are_on_a_shelf() -> None:
    held = who_were_often_away(30, 20)
    counted: list[int] = []

    def counting(players: list[Player], enough: int) -> object:
        counted.append(sum(1 + len(each.stretches) for each in players))
        return attendance_of(players, enough)

    with mock.patch.object(tally, "attendance_of", counting):
        assert Tally(held).result() == attendance_of(held.players, held.min_players)
    assert max(counted) < 2 * 100


def test_a_few_with_long_histories_are_counted_bit_by_bit_where_all_of_it_is_asked_for() -> None:
    held = who_were_often_away(30, 20)
    assert has_long_histories(held)
    assert not is_crowd(held)
    roster = Roster(held)
    assert roster.is_counted()
    assert roster.attendance() is None
    assert not roster.is_counted(whole=True)
    assert len(list(roster.counting())) > 1
    assert roster.attendance(whole=True) == attendance_of(held.players, held.min_players)
    assert roster.attendance() is None  # the ends of their histories say when they were together


def test_a_few_with_short_ones_are_counted_at_once() -> None:
    roster = Roster(who_were_often_away(5, 20))
    assert roster.is_counted(whole=True)
    assert roster.attendance(whole=True) is None
