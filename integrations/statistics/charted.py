"""The figures behind the charts: hours of the week, bars of time, a party's timeline."""

from __future__ import annotations

import sys
from array import array
from datetime import datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, get_args

import msgspec

from integrations.statistics.period import Grain
from integrations.statistics.sums import people_in
from machines import SECOND, Instant, Kind, Span, from_datetime, to_datetime
from persistence.beside_the_loop import beside_the_loop, let_go_of
from persistence.totals import (
    clipped,
    credited_to,
    length_between,
    spans_of_player,
    spans_with_pauses,
    union_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import tzinfo

    from integrations.statistics.period import Bucket, Window
    from machines import Record

    Interval = tuple[Instant, Instant]

__all__ = [
    "LINES_SHOWN",
    "WAYS",
    "Bars",
    "HeatMap",
    "PartyTimeline",
    "PlayerLine",
    "Shown",
    "bars_of",
    "heat_map",
    "joined",
    "party_timeline",
    "shown_as",
]

_EIGHT_BYTES: Final = "q"
_HOURS = 24
_DAYS = 7


class HeatMap(NamedTuple):
    """Seconds by weekday (Monday is 0) and local hour, all people added up."""

    seconds: list[list[float]]

    @property
    def total(self) -> float:
        """All of it, in seconds."""
        return sum(map(sum, self.seconds))

    def busiest(self) -> tuple[int, int] | None:
        """Return the weekday and the hour with the most time; None where there is none at all."""
        day, hour = max(
            ((day, hour) for day in range(_DAYS) for hour in range(_HOURS)),
            key=lambda place: self.seconds[place[0]][place[1]],
        )
        return (day, hour) if self.seconds[day][hour] else None


class Bars(msgspec.Struct, frozen=True):
    """One person's time in each bar, by kind, in seconds."""

    grain: Grain
    begins: list[datetime]
    seconds: dict[Kind, list[float]]

    @property
    def total(self) -> float:
        """All of it, in seconds."""
        return sum(map(sum, self.seconds.values()))

    @property
    def longest(self) -> float:
        """The longest of them, in seconds."""
        return max((max(values, default=0.0) for values in self.seconds.values()), default=0.0)


LINES_SHOWN: Final = 12
"""Players of a party whom a chart has room for."""


Shown = Literal["present", "unknown", "uncounted", "away"]
"""How a part of a timeline is drawn: what is unknown and does not count is a way of its own."""

WAYS: Final[tuple[Shown, ...]] = get_args(Shown)


class PlayerLine(msgspec.Struct, frozen=True):
    """One player's time in a party."""

    user_id: int
    username: str
    spans: list[Span]


class PartyTimeline(msgspec.Struct, frozen=True):
    """A party: when it was one, who was there when, and what its record counts."""

    game_name: str
    started_at: Instant
    ended_at: Instant
    spans: list[Span]
    players: list[PlayerLine]
    seconds: float = 0.0
    uncertain_seconds: float | None = 0.0
    guild_id: int | None = None


def heat_map(records: Iterable[Record], window: Window, zone: tzinfo) -> HeatMap:
    """Return when in the week people are there; nobody counts twice at one instant.

    There may be a hundred thousand: what is kept of each is bytes, which Python's collector of
    cycles need not go through.
    """
    ends: dict[int, bytearray] = {}
    for record in beside_the_loop(records):
        for user_id in people_in(record):
            credited = clipped(credited_to(user_id, record), window.since, window.until)
            own = ends.setdefault(user_id, bytearray())
            own += array(_EIGHT_BYTES, chain.from_iterable(beside_the_loop(credited)))
    seconds = [[0.0] * _HOURS for _ in range(_DAYS)]
    for start, end in beside_the_loop(chain.from_iterable(map(_together, ends.values()))):
        for local, length in _by_hour(start, end, zone):
            seconds[local.weekday()][local.hour] += length / SECOND
    let_go_of(ends)
    return HeatMap(seconds)


def bars_of(
    records: Iterable[Record],
    user_id: int,
    grain: Grain,
    bars: Sequence[Bucket],
    kinds: Sequence[Kind],
) -> Bars:
    """Return what records credit to one person in each bar, by kind."""
    intervals: dict[Kind, list[Interval]] = {kind: [] for kind in kinds}
    for record in beside_the_loop(records):
        if record.kind in intervals:
            intervals[record.kind] += credited_to(user_id, record)
    together = {kind: list(beside_the_loop(union_of(ones))) for kind, ones in intervals.items()}
    return Bars(
        grain,
        [bar.begins for bar in bars],
        {
            kind: [
                length_between(ones, bar.start, bar.end) / SECOND for bar in beside_the_loop(bars)
            ]
            for kind, ones in together.items()
        },
    )


def shown_as(part: Span) -> Shown:
    """Return how a part is drawn."""
    return "uncounted" if part.value == "unknown" and not part.credited else part.value


def party_timeline(record: Record, lines: int = sys.maxsize) -> PartyTimeline:
    """Return who was in a party when; somebody who came back has one line all the same.

    Of ten thousand players all would be tens of thousands of things that Python's collector of
    cycles goes through, while nothing else runs.

    Args:
        record: of the party.
        lines: so many players have a line, those who came first.
    """
    lined: dict[int, PlayerLine] = {}
    for player in record.players:
        if len(lined) >= lines and player.user_id not in lined:
            continue
        line = lined.setdefault(player.user_id, PlayerLine(player.user_id, player.username, []))
        line.spans.extend(spans_of_player(player, record.ended_at))
    return PartyTimeline(
        record.game_name or "",
        record.started_at,
        record.ended_at,
        list(spans_with_pauses(record.started_at, record.ended_at, record.stretches)),
        list(lined.values()),
        record.seconds,
        record.uncertain_seconds,
        record.guild_id,
    )


def joined(chapters: Sequence[PartyTimeline]) -> PartyTimeline:
    """Return a party that was written down in chapters as one; they are in order, and one at least.

    Between two of them nobody is said to have been there. Its bound is the sum of theirs.
    """
    first, last = chapters[0], chapters[-1]
    names: dict[int, str] = {}
    spans: dict[int, list[Span]] = {}
    for line in chain.from_iterable(chapter.players for chapter in chapters):
        names.setdefault(line.user_id, line.username)
        spans.setdefault(line.user_id, []).extend(line.spans)
    bounds = [chapter.uncertain_seconds for chapter in chapters]
    return PartyTimeline(
        first.game_name,
        first.started_at,
        last.ended_at,
        _as_one(_without_holes(chain.from_iterable(chapter.spans for chapter in chapters))),
        [PlayerLine(user_id, name, _as_one(spans[user_id])) for user_id, name in names.items()],
        sum(chapter.seconds for chapter in chapters),
        None if None in bounds else sum(one for one in bounds if one is not None),
        first.guild_id,
    )


def _as_one(spans: Iterable[Span]) -> list[Span]:
    """Return spans in order, as one where they meet and say the same."""
    whole: list[Span] = []
    for span in spans:
        last = whole[-1] if whole else None
        if last is not None and last == span._replace(start=last.start, end=span.start):
            whole[-1] = last._replace(end=span.end)
        else:
            whole.append(span)
    return whole


def _without_holes(spans: Iterable[Span]) -> Iterator[Span]:
    """Yield spans in order, and what lies between two of them as away."""
    until: Instant | None = None
    for span in spans:
        if until is not None and until < span.start:
            yield Span(until, span.start, "away", credited=False)
        yield span
        until = span.end


def _together(ends: bytearray) -> Iterator[Interval]:
    """Yield the union of a person's intervals, given as the instants where each begins and ends."""
    instants = memoryview(ends).cast(_EIGHT_BYTES)
    return union_of(zip(instants[::2], instants[1::2], strict=True))


def _by_hour(start: Instant, end: Instant, zone: tzinfo) -> Iterator[tuple[datetime, int]]:
    """Yield the local hours that an interval touches, with how much of it lies in each."""
    while start < end:
        local = to_datetime(start).astimezone(zone)
        # In UTC, so that an hour that a clock change repeats or leaves out is as long as it was.
        into = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        following = from_datetime(to_datetime(start) - into + timedelta(hours=1))
        until = min(end, max(following, start + 1))
        yield local, until - start
        start = until
