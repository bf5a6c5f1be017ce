"""The layout of any small graph: nothing covers anything, arrows go from edge to edge."""

from itertools import combinations, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.diagrams.layout import Box, Layout, Route, arrange
from integrations.diagrams.ranks import Link, Size

SIZES = st.builds(Size, st.integers(10, 300).map(float), st.integers(10, 120).map(float))


@st.composite
def graphs(draw: st.DrawFn) -> tuple[dict[str, Size], list[Link]]:
    names = [str(number) for number in range(draw(st.integers(1, 6)))]
    pairs = st.tuples(st.sampled_from(names), st.sampled_from(names))
    ends = (
        draw(st.lists(pairs.filter(lambda pair: pair[0] != pair[1]), max_size=9, unique=True))
        if len(names) > 1
        else []
    )
    return {name: draw(SIZES) for name in names}, [Link(*pair, draw(SIZES)) for pair in ends]


def strips(route: Route) -> list[Box]:
    """The straight parts of an arrow, as boxes without width."""
    return [Box(x, (top + bottom) / 2, 0.0, bottom - top) for x, top, bottom in route.stops]


def everything(layout: Layout) -> list[Box]:
    return [*layout.boxes.values(), *(route.label for route in layout.routes)]


@given(graphs())
@settings(deadline=None)
def test_boxes_and_labels_stand_apart_inside_the_whole(
    graph: tuple[dict[str, Size], list[Link]],
) -> None:
    layout = arrange(*graph)
    boxes = everything(layout)
    assert not [pair for pair in combinations(boxes, 2) if pair[0].overlaps(pair[1])]
    for box in boxes:
        assert box.left >= -1e-6
        assert box.right <= layout.size.width + 1e-6
        assert box.top >= 0
        assert box.bottom <= layout.size.height + 1e-6


@given(graphs())
@settings(deadline=None)
def test_nothing_is_run_over_by_an_arrow_that_is_not_its_own(
    graph: tuple[dict[str, Size], list[Link]],
) -> None:
    layout = arrange(*graph)
    for route in layout.routes:
        ends = {route.link.source, route.link.dest}
        others = [box for name, box in layout.boxes.items() if name not in ends]
        others += [other.label for other in layout.routes if other is not route]
        assert not [
            (strip, box) for strip in strips(route) for box in others if strip.overlaps(box)
        ]


@given(graphs())
@settings(deadline=None)
def test_an_arrow_goes_from_the_edge_of_its_source_to_the_edge_of_its_dest(
    graph: tuple[dict[str, Size], list[Link]],
) -> None:
    layout = arrange(*graph)
    assert [route.link for route in layout.routes] == graph[1]
    for route in layout.routes:
        upper, lower = layout.boxes[route.link.source], layout.boxes[route.link.dest]
        if route.reversed:
            upper, lower = lower, upper
        (first_x, start, _), *_, (last_x, _, end) = route.stops
        assert abs(start - upper.bottom) < 1e-6
        assert abs(end - lower.top) < 1e-6
        assert upper.left <= first_x <= upper.right
        assert lower.left <= last_x <= lower.right
        assert all(above[2] <= below[1] for above, below in pairwise(route.stops))
        assert route.label.x in [x for x, _, _ in route.stops]


@given(graphs())
@settings(deadline=None)
def test_the_same_graph_is_laid_out_the_same_way(graph: tuple[dict[str, Size], list[Link]]) -> None:
    assert arrange(*graph) == arrange(*graph)


def test_what_follows_stands_below_and_only_a_circle_points_upwards() -> None:
    size, label = Size(40.0, 20.0), Size(30.0, 10.0)
    links = [Link("a", "b", label), Link("b", "c", label), Link("c", "a", label)]
    layout = arrange(dict.fromkeys("abc", size), links)
    assert layout.boxes["a"].bottom < layout.boxes["b"].top
    assert layout.boxes["b"].bottom < layout.boxes["c"].top
    assert [route.reversed for route in layout.routes] == [False, False, True]


def test_an_arrow_over_several_ranks_runs_straight_down() -> None:
    size, label = Size(40.0, 20.0), Size(30.0, 10.0)
    links = [Link("a", "b", label), Link("b", "c", label), Link("a", "c", label)]
    long = arrange(dict.fromkeys("abc", size), links).routes[2]
    assert len({x for x, _, _ in long.stops[1:-1]}) == 1


def test_boxes_that_only_touch_do_not_overlap() -> None:
    left = Box(10.0, 10.0, 20.0, 20.0)
    assert not left.overlaps(Box(30.0, 10.0, 20.0, 20.0))
    assert left.overlaps(Box(29.0, 10.0, 20.0, 20.0))
