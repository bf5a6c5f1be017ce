"""Where the boxes, labels and arrows of a small directed graph go: a layered layout.

The method is Sugiyama's: nodes in ranks from top to bottom, an arrow over several ranks as a
chain of waypoints, one in each rank, as few crossings as reordering the ranks allows. The
label of an arrow is one of its waypoints, with a width and a height, in a rank between those
of the nodes. So whatever has a size stands beside its neighbours in some rank; arrows run
straight through a rank and bend only between ranks; nothing covers a label or a box.
"""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from integrations.diagrams.ranks import Link, Size, chained, fewest_crossings, in_ranks

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from integrations.diagrams.ranks import Chain, Place, Ranks

__all__ = ["Box", "Layout", "Route", "arrange"]

_BESIDE = 26.0
"""Between two things in one rank."""
_BETWEEN = 36.0
"""Between two ranks: room for arrows to bend in."""
_PORTS = 26.0
"""Between two arrows at one side of a box."""
_SWEEPS = 400


class Box(NamedTuple):
    """A rectangle, by its middle, with ``y`` growing downwards."""

    x: float
    y: float
    width: float
    height: float

    @property
    def left(self) -> float:
        """The left edge."""
        return self.x - self.width / 2

    @property
    def right(self) -> float:
        """The right edge."""
        return self.x + self.width / 2

    @property
    def top(self) -> float:
        """The upper edge."""
        return self.y - self.height / 2

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.y + self.height / 2

    def overlaps(self, other: Box) -> bool:
        """Whether the two share an area."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


class Route(NamedTuple):
    """Where an arrow goes: straight lines down through ``stops``, bends in between.

    ``stops`` are vertical lines ``(x, top, bottom)``, from the source's edge to the dest's;
    ``reversed`` says that the arrow runs against them, upwards.
    """

    link: Link
    label: Box
    stops: tuple[tuple[float, float, float], ...]
    reversed: bool


class Layout(NamedTuple):
    """The whole: its size, the box of each node, the route of each link."""

    size: Size
    boxes: dict[str, Box]
    routes: list[Route]


def arrange(nodes: Mapping[str, Size], links: Sequence[Link]) -> Layout:
    """Return where everything goes.

    Links must join two different nodes, and no two links the same two in the same direction.
    The same input gives the same layout.
    """
    places, chains = chained(nodes, links)
    ranks = fewest_crossings(in_ranks(places), chains)
    _set_x(ranks, chains)
    left = min(place.x - place.size.width / 2 for place in places)
    right = max(place.x + place.size.width / 2 for place in places)
    for place in places:
        place.x -= left
    bands = _bands(ranks)
    boxed = [place for place in places if place.is_node]
    return Layout(
        Size(right - left, bands[-1][1]),
        {place.name: Box(place.x, _middle(place, bands), *place.size) for place in boxed},
        _routes(chains, _ports(boxed, chains), bands),
    )


class _Blocks(NamedTuple):
    """What moves sideways as one; how far apart blocks must be; and their order by that."""

    number: dict[Place, int]
    gaps: dict[tuple[int, int], float]
    order: list[int]


def _set_x(ranks: Ranks, chains: Sequence[Chain]) -> None:
    """Move everything towards what it is joined to, keeping order and distance in each rank."""
    blocks = _blocks(ranks, chains)
    joined: list[list[int]] = [[] for _ in blocks.order]
    for place, index in blocks.number.items():
        others = (blocks.number[other] for other in (*place.above, *place.below))
        joined[index] += (other for other in others if other != index)
    xs = _relaxed(joined, blocks)
    for place, index in blocks.number.items():
        place.x = xs[index]


def _blocks(ranks: Ranks, chains: Sequence[Chain]) -> _Blocks:
    """Make all waypoints of an arrow one block, so that it runs straight down.

    Only where two such arrows would have to pass through each other is one taken apart.
    """
    blocks = [[place] for row in ranks for place in row if place.is_node]
    blocks += [chain.places[1:-1] for chain in chains]
    while True:
        number = {place: index for index, block in enumerate(blocks) for place in block}
        gaps = _gaps(ranks, number)
        before: dict[int, list[int]] = {index: [] for index in range(len(blocks))}
        for left, right in gaps:
            before[right].append(left)
        try:
            return _Blocks(number, gaps, list(TopologicalSorter(before).static_order()))
        except CycleError as error:
            longest = max(error.args[1], key=lambda index: len(blocks[index]))
            blocks[longest : longest + 1] = [[place] for place in blocks[longest]]


def _gaps(ranks: Ranks, number: Mapping[Place, int]) -> dict[tuple[int, int], float]:
    """Return how far apart two blocks must be that stand side by side in some rank."""
    gaps: dict[tuple[int, int], float] = {}
    for row in ranks:
        for left, right in pairwise(row):
            pair = number[left], number[right]
            apart = _BESIDE + (left.size.width + right.size.width) / 2
            gaps[pair] = max(gaps.get(pair, 0.0), apart)
    return gaps


def _relaxed(joined: Sequence[Sequence[int]], blocks: _Blocks) -> list[float]:
    """Return positions near those one is joined to, with at least the gaps in between."""
    xs = [0.0] * len(joined)
    for _ in range(_SWEEPS):
        means = [
            sum(xs[other] for other in near) / len(near) if near else x
            for near, x in zip(joined, xs, strict=True)
        ]
        xs = [(x + mean) / 2 for x, mean in zip(xs, means, strict=True)]
        for (left, right), gap in blocks.gaps.items():
            short = max(0.0, xs[left] + gap - xs[right]) / 2
            xs[left] -= short
            xs[right] += short
    for index in blocks.order:
        nearest = [xs[left] + gap for (left, right), gap in blocks.gaps.items() if right == index]
        xs[index] = max([xs[index], *nearest])
    return xs


def _bands(ranks: Ranks) -> list[tuple[float, float]]:
    """Return the top and bottom of each rank; one without labels takes no height."""
    bands: list[tuple[float, float]] = []
    top = 0.0
    for row in ranks:
        height = max((place.size.height for place in row), default=0.0)
        bands.append((top, top + height))
        top += height + _BETWEEN
    return bands


def _ports(nodes: Iterable[Place], chains: Sequence[Chain]) -> dict[tuple[int, int], float]:
    """Return where each chain begins and ends along the edges of its two boxes.

    By the chain's number and 0 for its beginning, -1 for its end: straight below or above its
    nearest waypoint where the box is wide enough, and apart from its neighbours.
    """
    ports: dict[tuple[int, int], float] = {}
    for node in nodes:
        for end, nearest in ((0, 1), (-1, -2)):
            mine = sorted(
                (chain.places[nearest].x, number)
                for number, chain in enumerate(chains)
                if chain.places[end] is node
            )
            room = max(0.0, node.size.width / 2 - _PORTS / 2)
            step = min(_PORTS, 2 * room / max(1, len(mine) - 1))
            low = node.x - room
            for index, (x, number) in enumerate(mine):
                high = node.x + room - step * (len(mine) - 1 - index)
                ports[number, end] = max(low, min(x, high))
                low = ports[number, end] + step
    return ports


def _routes(
    chains: Sequence[Chain],
    ports: Mapping[tuple[int, int], float],
    bands: Sequence[tuple[float, float]],
) -> list[Route]:
    routes: list[Route] = []
    for number, chain in enumerate(chains):
        first, *stops, last = chain.places
        label = chain.label
        edges = [_middle(first, bands) + first.size.height / 2]
        edges.append(_middle(last, bands) - last.size.height / 2)
        routes.append(
            Route(
                chain.link,
                Box(label.x, _middle(label, bands), *label.size),
                (
                    (ports[number, 0], edges[0], bands[first.rank][1]),
                    *((stop.x, *bands[stop.rank]) for stop in stops),
                    (ports[number, -1], bands[last.rank][0], edges[1]),
                ),
                chain.reversed,
            )
        )
    return routes


def _middle(place: Place, bands: Sequence[tuple[float, float]]) -> float:
    return sum(bands[place.rank]) / 2
