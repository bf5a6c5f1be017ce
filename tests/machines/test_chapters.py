"""A party whose players are cut in two at one instant is two parties that come to the one."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import msgspec
from hypothesis import assume, given
from hypothesis import strategies as st

from machines import (
    PartySession,
    Player,
    Span,
    is_cut_by,
    most_at_once,
    next_chapter,
    next_chapter_id,
    part_after,
    part_before,
    spans,
    timeline_of,
)
from tests.machines.builders import at, away, party, player, unknown
from tests.machines.test_together import MOMENTS, parties, players

if TYPE_CHECKING:
    from collections.abc import Iterable

LATE = 40


def joined(parts: Iterable[Span]) -> list[Span]:
    whole: list[Span] = []
    for part in parts:
        last = whole[-1] if whole else None
        if last is not None and last.end == part.start and last[2:] == part[2:]:
            whole[-1] = last._replace(end=part.end)
        else:
            whole.append(part)
    return whole


def told(held: Player | None) -> list[Span]:
    if held is None:
        return []
    ended_at = LATE if held.ended_at is None else held.ended_at
    return list(spans(held.started_at, ended_at, held.stretches))


@given(players(), MOMENTS)
def test_what_a_player_did_before_and_after_is_what_they_did(held: Player, cut: int) -> None:
    assume(is_cut_by(held, cut))
    before, after = part_before(held, cut), part_after(held, cut)
    assert all(span.end <= cut for span in told(before))
    assert all(span.start >= cut for span in told(after))
    assert joined([*told(before), *told(after)]) == joined(told(held))


@given(parties(), MOMENTS)
def test_what_a_party_was_before_and_after_is_what_it_was(
    drawn: tuple[PartySession, int], cut: int
) -> None:
    whole, until = drawn
    assume(whole.started_at <= cut <= until)
    assume(all(is_cut_by(held, cut) for held in whole.players))
    past = msgspec.structs.replace(
        whole, players=[part for held in whole.players if (part := part_before(held, cut))]
    )
    rest = [part for held in whole.players if (part := part_after(held, cut))]
    following = next_chapter(whole, cut, rest)

    before, after = timeline_of(past, cut), timeline_of(following, until)
    assume(before.ended_at == cut == after.started_at)
    told_of_both = chain(before.spans(), after.spans())
    assert joined(span for span in told_of_both if span.value != "away") == joined(
        span for span in timeline_of(whole, until).spans() if span.value != "away"
    )


def test_whoever_came_after_it_and_may_have_been_there_before_cannot_be_cut() -> None:
    assert is_cut_by(player(1, 10), at(20))
    assert is_cut_by(player(1, 30), at(20))
    assert not is_cut_by(player(1, 30, None, unknown(10, 30)), at(20))
    assert not is_cut_by(player(1, 30, unbounded=True), at(20))


@given(st.text())
def test_what_a_party_goes_on_as_follows_from_what_it_is(party_id: str) -> None:
    following = next_chapter_id(party_id)
    assert following == next_chapter_id(party_id) != party_id
    assert len(following) == 32


def test_it_goes_on_with_the_same_game_and_whoever_was_told_of_it() -> None:
    held = party()
    held.announced, held.app_id = True, 7
    following = next_chapter(held, at(20), ())
    assert (following.state, following.continues, following.announced) == ("new", True, True)
    assert (following.guild_id, following.game_name) == (held.guild_id, held.game_name)
    assert (following.app_id, following.min_players) == (7, held.min_players)
    assert following.started_at == following.confirmed_at == at(20)


def test_how_many_were_there_at_once_leaves_out_who_was_away_or_gone_as_another_came() -> None:
    held = [player(1, 0), player(2, 0, 10), player(3, 10), player(4, 20, None, away(25, 30))]
    assert max(most_at_once(held)) == 3
    assert max(most_at_once([*held, player(5, 25, 30)])) == 3
    assert max(most_at_once([*held, player(5, 24, 30)])) == 4
    assert max(most_at_once([*held, player(5, 10, None, unknown(22, 30))])) == 4
    assert list(most_at_once([])) == []
