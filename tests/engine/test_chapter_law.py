"""The law of chapters: however often a party goes on as another, they come to what one would have.

Whatever happens to the watching, to the clock and to the process, two bots are told the same: for
one of them there are no chapters. What each party and each of its players is credited, for certain
or not, is the same in the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from unittest import mock

from hypothesis import event, given, settings
from hypothesis import strategies as st

from engine import reconciling, tally
from tests.engine.two_bots import PEOPLE, World, judge
from tests.how_often import examples

if TYPE_CHECKING:
    from collections.abc import Callable

users = st.sampled_from(PEOPLE)
deeds = st.one_of(
    st.tuples(st.just(World.passes), st.sampled_from([1, 5, 15, 120, 700, 1_300, 2_500])),
    st.tuples(st.just(World.comes_or_goes), users),
    st.tuples(st.just(World.comes_or_goes), users),
    st.tuples(st.just(World.comes_or_goes_unheard), users),
    st.tuples(st.just(World.look), st.sampled_from([0, 2])),
    st.tuples(st.just(World.look_after), st.sampled_from([1_300, 2_500])),
    st.tuples(st.just(World.look_after), st.sampled_from([1_300, 2_500])),
    st.tuples(st.just(World.look_after), st.sampled_from([1_300, 2_500])),
    st.tuples(st.just(World.look_at), users),
    st.tuples(st.just(World.look_while_somebody_comes_or_goes), st.integers(0, 60), users),
    st.tuples(st.just(World.is_watched)),
    st.tuples(st.just(World.is_cut)),
    st.tuples(st.just(World.resumes)),
    st.tuples(st.just(World.is_lost), st.sampled_from([0, 30, 90])),
    st.tuples(st.just(World.dies), st.sampled_from([0, 30, 900])),
    st.tuples(st.just(World.dies_at_look), st.sampled_from(["row", "snapshot", "both"])),
    st.tuples(st.just(World.clock_is_set), st.sampled_from([-3_600, -7, 3_600])),
)


@settings(deadline=None, max_examples=examples(300))
@given(
    st.lists(deeds, min_size=5, max_size=40),
    st.sampled_from([600.0, 1_800.0]),
    st.fixed_dictionaries(
        {},
        optional={
            "game_gap": st.sampled_from(["end", 60.0]),
            "party_gap": st.sampled_from(["end", 60.0]),
            "orphan_credit": st.sampled_from(["midpoint", "detected"]),
            "game_grace": st.sampled_from([0.0, 60.0, 1_200.0]),
            "party_grace": st.sampled_from([0.0, 60.0]),
            "recover_missing": st.just(value=False),
        },
    ),
    st.sampled_from([1, 2, 100]),
    st.sampled_from([1, 50]),
)
def test_chapters_come_to_what_one_party_would_have(
    history: list[tuple[Callable[..., None], *tuple[int | str, ...]]],
    chapter: float,
    more: dict[str, object],
    shelf: int,
    at_once: int,
) -> None:
    with (
        mock.patch.object(tally, "_SHELF", shelf),
        mock.patch.object(reconciling, "_AT_ONCE", at_once),
    ):
        world = World(chapter, **more)
        world.look()
        world.comes_or_goes(1)
        world.comes_or_goes(2)
        world.passes(20)
        for deed, *how in history:
            deed(world, *how)
        world.ends()
        event(f"{judge(world)} chapters")
