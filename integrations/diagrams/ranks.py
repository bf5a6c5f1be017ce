"""The ranks of a layered drawing: what stands in which, and in which order.

Second and third steps of Sugiyama's method, for graphs small enough to try things out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["Chain", "Link", "Place", "Ranks", "Size", "chained", "fewest_crossings", "in_ranks"]

_REORDERINGS = 4


class Size(NamedTuple):
    """A width and a height."""

    width: float
    height: float


class Link(NamedTuple):
    """An arrow between two different nodes, and the size of its label."""

    source: str
    dest: str
    label: Size


@dataclass(eq=False, slots=True)
class Place:
    """Something that takes room in a rank: a node, a label or a waypoint."""

    name: str
    size: Size
    rank: int
    is_node: bool
    above: list[Place] = field(default_factory=list)
    below: list[Place] = field(default_factory=list)
    x: float = 0.0


class Chain(NamedTuple):
    """An arrow as a chain of places from top to bottom; ``reversed`` if it points upwards."""

    link: Link
    places: list[Place]
    label: Place
    reversed: bool


Ranks = list[list[Place]]
"""What stands side by side, from left to right, rank by rank from the top."""


def chained(nodes: Mapping[str, Size], links: Sequence[Link]) -> tuple[list[Place], list[Chain]]:
    """Give every node a rank and every link its chain of places, the label among them."""
    backward = _backward(nodes, links)
    downward = [
        (link.dest, link.source) if link in backward else (link.source, link.dest) for link in links
    ]
    layers = _layers(nodes, downward)
    places = {
        name: Place(name, size, 2 * layers[name], is_node=True) for name, size in nodes.items()
    }
    everything = list(places.values())
    crowd: dict[int, float] = {}
    chains: dict[Link, Chain] = {}
    spans = {link: (layers[a], layers[b]) for link, (a, b) in zip(links, downward, strict=True)}
    for link, (top, bottom) in sorted(spans.items(), key=lambda item: item[1][1] - item[1][0]):
        between = range(2 * top + 1, 2 * bottom)
        at = min(between[::2], key=lambda rank: crowd.get(rank, 0.0))
        crowd[at] = crowd.get(at, 0.0) + link.label.width
        stops = [
            Place("", link.label if rank == at else Size(0.0, 0.0), rank, is_node=False)
            for rank in between
        ]
        everything += stops
        first, last = (link.dest, link.source) if link in backward else (link.source, link.dest)
        chain = [places[first], *stops, places[last]]
        for upper, lower in pairwise(chain):
            upper.below.append(lower)
            lower.above.append(upper)
        chains[link] = Chain(link, chain, stops[at - between[0]], link in backward)
    return everything, [chains[link] for link in links]


def _backward(nodes: Iterable[str], links: Sequence[Link]) -> set[Link]:
    """Return the links that close a circle, in the order in which the nodes are given."""
    leaving: dict[str, list[Link]] = {name: [] for name in nodes}
    for link in links:
        leaving[link.source].append(link)
    found: set[Link] = set()
    open_nodes: set[str] = set()
    done: set[str] = set()

    def visit(name: str) -> None:
        open_nodes.add(name)
        for link in leaving[name]:
            if link.dest in open_nodes:
                found.add(link)
            elif link.dest not in done:
                visit(link.dest)
        open_nodes.remove(name)
        done.add(name)

    for name in leaving:
        if name not in done:
            visit(name)
    return found


def _layers(nodes: Iterable[str], downward: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Put each node below all that lead to it: the longest way from the top."""
    layers = dict.fromkeys(nodes, 0)
    for _ in layers:
        for upper, lower in downward:
            layers[lower] = max(layers[lower], layers[upper] + 1)
    return layers


def in_ranks(places: Sequence[Place]) -> Ranks:
    """Return the places by rank, in the order in which they are given."""
    ranks: Ranks = [[] for _ in range(1 + max(place.rank for place in places))]
    for place in places:
        ranks[place.rank].append(place)
    return ranks


def fewest_crossings(ranks: Ranks, chains: Sequence[Chain]) -> Ranks:
    """Reorder the ranks; then try each arrow at the far left and right, as long as that helps."""
    best, fewest = _settled(ranks)
    improved = fewest > 0
    while improved:
        improved = False
        for chain in chains:
            for leftmost in (True, False):
                tried, crossings = _settled(_moved_out(best, chain, leftmost=leftmost))
                if crossings < fewest:
                    best, fewest, improved = tried, crossings, True
    return best


def _moved_out(ranks: Ranks, chain: Chain, *, leftmost: bool) -> Ranks:
    """Return the ranks with the waypoints of one arrow at one end of theirs."""
    stops = set(chain.places[1:-1])
    side = -1 if leftmost else 1
    return [sorted(row, key=lambda place: side if place in stops else 0) for row in ranks]


def _settled(ranks: Ranks) -> tuple[Ranks, int]:
    """Reorder each rank by where its neighbours are; return the best order met."""
    ranks = [list(row) for row in ranks]
    best, fewest = [list(row) for row in ranks], _crossings(ranks)
    for sweep in range(_REORDERINGS):
        step = 1 if sweep % 2 == 0 else -1
        for index in range(len(ranks))[::step]:
            if 0 <= index - step < len(ranks):
                _follow(ranks[index - step], ranks[index])
            _swap_neighbours(ranks[max(0, index - 1) : index + 2], ranks[index])
        crossings = _crossings(ranks)
        if crossings < fewest:
            best, fewest = [list(row) for row in ranks], crossings
    return best, fewest


def _follow(fixed: Sequence[Place], row: list[Place]) -> None:
    """Sort ``row`` by the mean position of each place's neighbours in ``fixed``."""
    order = {place: number for number, place in enumerate(fixed)}

    def mean(place: Place) -> float:
        seen = [order[other] for other in (*place.above, *place.below) if other in order]
        return sum(seen) / len(seen) if seen else row.index(place)

    row[:] = sorted(row, key={place: mean(place) for place in row}.__getitem__)


def _swap_neighbours(nearby: Ranks, row: list[Place]) -> None:
    """Swap two that stand side by side as long as that takes a crossing away.

    ``nearby`` are ``row`` and the ranks next to it: nothing else can change.
    """
    crossings = _crossings(nearby)
    improved = True
    while improved:
        improved = False
        for left in range(len(row) - 1):
            row[left], row[left + 1] = row[left + 1], row[left]
            after = _crossings(nearby)
            if after < crossings:
                crossings, improved = after, True
            else:
                row[left], row[left + 1] = row[left + 1], row[left]


def _crossings(ranks: Ranks) -> int:
    """Count the arrows that cross."""
    count = 0
    for upper, lower in pairwise(ranks):
        order = {place: number for number, place in enumerate(lower)}
        ends = [[order[other] for other in place.below] for place in upper]
        for index, mine in enumerate(ends):
            for theirs in ends[index + 1 :]:
                count += sum(a > b for a in mine for b in theirs)
    return count
