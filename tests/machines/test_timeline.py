"""What a timeline credits, and how far the truth can be from it."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from machines import SECOND, Span, Stretch, Timeline, spans
from machines.timeline import account_of
from tests.machines.builders import at, away, unknown

MOMENTS = st.integers(-20, 20)
STRETCHES = st.lists(
    st.builds(
        lambda ends, value: Stretch(min(ends), max(ends), value),
        st.tuples(MOMENTS, MOMENTS),
        st.sampled_from(["away", "unknown"]),
    ),
    max_size=8,
)
TIMELINES = st.builds(
    lambda ends, stretches: Timeline(min(ends), max(ends), stretches, unbounded=False),
    st.tuples(MOMENTS, MOMENTS),
    STRETCHES,
)


@st.composite
def one_after_the_other(draw: st.DrawFn) -> Timeline:
    """Draw a timeline whose stretches do not overlap, inside of it or outside."""
    edges = sorted(draw(st.lists(MOMENTS, max_size=12)))
    stretches = [
        Stretch(start, end, draw(st.sampled_from(["away", "unknown"])))
        for start, end in zip(edges[::2], edges[1::2], strict=False)
    ]
    ends = draw(MOMENTS), draw(MOMENTS)
    return Timeline(min(ends), max(ends), stretches, unbounded=draw(st.booleans()))


ONE_AFTER_THE_OTHER = one_after_the_other()


def value_at(timeline: Timeline, instant: int) -> tuple[str, bool] | None:
    """Say what the timeline asserts of [instant, instant + 1), straight from its definition."""
    inside = timeline.started_at <= instant < timeline.ended_at
    values = {s.value for s in timeline.stretches if s.start <= instant < s.end}
    if "unknown" in values:
        return "unknown", inside and "away" not in values
    if inside:
        return ("away", False) if "away" in values else ("present", True)
    return None


@given(TIMELINES)
def test_spans_say_of_each_instant_what_the_stretches_say(timeline: Timeline) -> None:
    told = {
        instant: (span.value, span.credited)
        for span in timeline.spans()
        for instant in range(span.start, span.end)
    }
    assert told == {
        instant: value
        for instant in range(-25, 25)
        if (value := value_at(timeline, instant)) is not None
    }


@given(ONE_AFTER_THE_OTHER)
def test_what_comes_one_after_the_other_is_added_up_as_its_spans_are(timeline: Timeline) -> None:
    assert timeline.account() == account_of(timeline.spans(), unbounded=timeline.unbounded)


@given(TIMELINES)
def test_spans_are_in_order_disjoint_and_as_long_as_can_be(timeline: Timeline) -> None:
    held = list(timeline.spans())
    assert all(span.start < span.end for span in held)
    for earlier, later in pairwise(held):
        assert earlier.end <= later.start
        alike = (earlier.value, earlier.credited) == (later.value, later.credited)
        assert not (earlier.end == later.start and alike)


@given(TIMELINES)
def test_what_is_credited_lies_between_present_and_present_plus_unknown(
    timeline: Timeline,
) -> None:
    values = [value for i in range(-25, 25) if (value := value_at(timeline, i)) is not None]
    present = sum(value == "present" for value, _ in values)
    unknown_time = sum(value == "unknown" for value, _ in values)
    credited = sum(counts for _, counts in values)

    account = timeline.account()

    assert account.uncertain_seconds is not None
    assert round(account.seconds * SECOND) == credited
    assert present <= credited <= present + unknown_time
    distance = max(credited - present, present + unknown_time - credited)
    assert round(account.uncertain_seconds * SECOND) == distance


@given(TIMELINES)
def test_no_more_is_credited_than_went_by(timeline: Timeline) -> None:
    assert timeline.account().seconds * SECOND <= timeline.ended_at - timeline.started_at + 0.5


@given(st.data(), TIMELINES)
def test_the_order_of_stretches_does_not_matter(data: st.DataObject, timeline: Timeline) -> None:
    shuffled = timeline._replace(stretches=data.draw(st.permutations(timeline.stretches)))
    assert list(shuffled.spans()) == list(timeline.spans())
    assert shuffled.account() == timeline.account()


@given(TIMELINES)
def test_a_stretch_said_twice_says_nothing_more(timeline: Timeline) -> None:
    doubled = timeline._replace(stretches=timeline.stretches * 2)
    assert list(doubled.spans()) == list(timeline.spans())


def test_a_stay_with_nothing_missed_has_no_uncertainty() -> None:
    assert Timeline(at(0), at(90), [], unbounded=False).account() == (90.0, 0.0)


def test_time_away_is_not_counted() -> None:
    assert Timeline(at(0), at(90), [away(20, 50)], unbounded=False).account() == (60.0, 0.0)


def test_a_bridged_gap_is_counted_and_uncertain() -> None:
    assert Timeline(at(0), at(90), [unknown(20, 50)], unbounded=False).account() == (90.0, 30.0)


def test_the_unknown_outside_start_and_end_is_not_counted_but_uncertain() -> None:
    timeline = Timeline(at(10), at(90), [unknown(5, 10), unknown(88, 100)], unbounded=False)
    assert timeline.account() == (80.0, 15.0)


def test_where_away_and_unknown_meet_it_is_unknown_and_not_counted() -> None:
    held = list(spans(at(0), at(90), [away(20, 60), unknown(40, 50)]))
    assert held == [
        Span(at(0), at(20), "present", credited=True),
        Span(at(20), at(40), "away", credited=False),
        Span(at(40), at(50), "unknown", credited=False),
        Span(at(50), at(60), "away", credited=False),
        Span(at(60), at(90), "present", credited=True),
    ]


def test_overlapping_gaps_are_counted_once() -> None:
    timeline = Timeline(at(0), at(90), [unknown(20, 50), unknown(40, 60)], unbounded=False)
    assert timeline.account() == (90.0, 40.0)
    assert list(timeline.spans())[1] == Span(at(20), at(60), "unknown", credited=True)


def test_where_nothing_bounds_the_start_no_bound_is_claimed() -> None:
    assert Timeline(at(0), at(90), [], unbounded=True).account() == (90.0, None)


def test_a_stretch_without_length_or_backwards_says_nothing() -> None:
    timeline = Timeline(at(0), at(90), [away(20, 20), unknown(50, 40)], unbounded=False)
    assert list(timeline.spans()) == [Span(at(0), at(90), "present", credited=True)]
