"""Intervals, against sets of whole numbers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from integrations.simulation.intervals import (
    Interval,
    Intervals,
    at_least,
    clip,
    complement,
    contains,
    intersect,
    measure,
    pushed,
    subtract,
    union,
)

instants = st.integers(0, 30)
parts = st.lists(st.tuples(instants, instants), max_size=8)


def members(intervals: Intervals) -> set[int]:
    return {instant for start, end in intervals for instant in range(start, end)}


def is_tidy(intervals: Intervals) -> bool:
    edges = [edge for interval in intervals for edge in interval]
    return edges == sorted(set(edges))


@given(parts)
def test_a_union_has_what_any_has(some: list[Interval]) -> None:
    assert members(union(some)) == members(some)
    assert is_tidy(union(some))


@given(parts, parts)
def test_intersection_and_difference_are_those_of_sets(
    some: list[Interval], others: list[Interval]
) -> None:
    one, other = union(some), union(others)
    assert members(intersect(one, other)) == members(one) & members(other)
    assert members(subtract(one, other)) == members(one) - members(other)
    assert is_tidy(intersect(one, other))
    assert is_tidy(subtract(one, other))


@given(parts, instants, instants)
def test_clipping_and_complement_stay_within(some: list[Interval], start: int, end: int) -> None:
    one, domain = union(some), (min(start, end), max(start, end) + 1)
    inside, outside = clip(one, domain), complement(one, domain)
    assert members(inside) | members(outside) == members([domain])
    assert not members(inside) & members(outside)


@given(parts, instants)
def test_measure_and_membership_agree(some: list[Interval], instant: int) -> None:
    one = union(some)
    assert measure(one) == len(members(one))
    assert contains(one, instant) == (instant in members(one))


def test_pushing_moves_the_ends() -> None:
    assert pushed([(10, 12), (13, 20)], 0, 2) == [(10, 22)]
    assert pushed([(10, 12), (13, 20)], -2, 0) == [(15, 20)]


def test_what_is_too_short_is_left_out() -> None:
    assert at_least([(0, 5), (10, 14)], 5) == [(0, 5)]
