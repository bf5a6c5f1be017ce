"""The attendance of several crowds is that of all of them together."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from machines import Player, add_up, attendance_of, record_of
from machines.together import together
from tests.machines.builders import at, party, player, unknown
from tests.machines.test_together import players


@given(st.lists(players(), max_size=8), st.integers(1, 3), st.integers(1, 4))
def test_crowds_add_up_to_all_of_them_together(
    everybody: list[Player], enough: int, crowds: int
) -> None:
    parts = [
        [each for each in everybody if each.user_id % crowds == number] for number in range(crowds)
    ]
    counted = [attendance_of(part, enough) for part in parts]
    assert add_up(counted, enough) == attendance_of(everybody, enough)


def test_whoever_was_forgotten_of_any_crowd_was_so_of_all_of_them_together() -> None:
    crowds = [attendance_of([player(each, 0), player(each - 1, 5)], 2) for each in (-1, 7, -5)]
    assert [each.forgotten for each in crowds] == [2, 0, 2]
    assert add_up(crowds, 2).forgotten == 4


def test_of_those_who_are_more_than_enough_nothing_is_left() -> None:
    few = [player(1, 0), player(2, 10)]
    many = [*few, *(player(user_id, user_id, 50) for user_id in range(11, 40))]
    assert attendance_of(many, 2).edges[:2] == attendance_of(few, 2).edges[:2]
    assert len(attendance_of(many, 2).edges) < 6
    assert attendance_of(many, 2).people == 31


def test_a_party_is_told_by_what_was_counted_before() -> None:
    held = party(player(1, 0), player(2, 0, 40, unknown(40, 90)))
    counted = attendance_of(held.players, held.min_players)
    assert together(held, at(90), counted) == together(held, at(90))
    held.players = []
    assert together(held, at(90), counted).account() == (40.0, 50.0)


@pytest.mark.parametrize("user_ids", [(1, 2, 3), (1, -1, 3), (-2, -1, -3)])
def test_the_record_of_a_party_names_nobody_who_was_forgotten_whoever_has_counted_them(
    user_ids: tuple[int, ...],
) -> None:
    held = party(*(player(user_id, 0, 60) for user_id in user_ids))
    held.state, held.reason, held.ended_at = "ended", "left", at(60)
    counted = attendance_of(held.players, held.min_players)
    assert counted.forgotten == sum(user_id < 0 for user_id in user_ids)
    counted_before, by_itself = record_of(held, counted), record_of(held)
    assert [each.user_id for each in counted_before.players] == [i for i in user_ids if i > 0]
    assert msgspec.to_builtins(counted_before) == msgspec.to_builtins(by_itself)
