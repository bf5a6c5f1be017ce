"""Shares of a record: how much of it fell on each day, and in each channel.

Every share carries its own bound. A day begins at midnight where people live, so some have 23
or 25 hours. What is unknown in a record is unknown in the shares it touches; around a move
that was found rather than heard, the time is unknown for both channels.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import datetime, time, timedelta
from itertools import chain, pairwise
from typing import TYPE_CHECKING

import msgspec

from machines.instant import from_datetime, to_datetime
from machines.timeline import Span, Timeline, account_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, tzinfo

    from machines.instant import Instant
    from machines.record import Record
    from machines.session import Player, Stay
    from machines.timeline import Account, Stretch

__all__ = ["by_channel", "by_day", "cut_for", "in_stays", "reach_of"]


def by_day(record: Record, zone: tzinfo) -> dict[date, Account]:
    """Return what of ``record`` fell on each local day of ``zone``.

    Where nothing bounds the start, it is the day of the start whose bound is missing.
    """
    parts: dict[date, list[Span]] = {}
    for span in _timeline(record).spans():
        for day, part in _split(span, zone):
            parts.setdefault(day, []).append(part)
    first = to_datetime(record.started_at).astimezone(zone).date()
    if record.unbounded:
        parts.setdefault(first, [])  # whoever was gone as they were found was there before
    return {
        day: account_of(spans, unbounded=record.unbounded and day == first)
        for day, spans in sorted(parts.items())
    }


def by_channel(record: Record) -> dict[int, Account]:
    """Return what of a voice record was spent in each channel, by channel id."""
    shares: dict[int, list[Span]] = {stay.channel_id: [] for stay in record.stays}
    for stay, span in in_stays(record):
        shares[stay.channel_id].append(span)
    return {
        channel_id: account_of(
            parts, unbounded=record.unbounded and channel_id == record.stays[0].channel_id
        )
        for channel_id, parts in shares.items()
    }


def in_stays(record: Record) -> Iterator[tuple[Stay, Span]]:
    """Yield the parts of a voice record's timeline in order, each with the stay it lies in.

    Where a move may have been, who was present is unknown: credited to the stay before the move,
    and yielded once more, not credited, with the stay after it.
    """
    if not record.stays:
        return
    moves = record.stays[1:]
    cuts = sorted({at for move in moves for at in (move.floor, move.since)})
    done = 0
    for span in _timeline(record).spans():
        inside = cuts[bisect_right(cuts, span.start) : bisect_left(cuts, span.end)]
        for start, end in pairwise([span.start, *inside, span.end]):
            while done < len(moves) and moves[done].since <= start:
                done += 1
            possible = list(_that_may_have_been(moves, done, start))
            value = "unknown" if possible and span.value == "present" else span.value
            yield record.stays[done], Span(start, end, value, span.credited)
            if value == "unknown":
                for move in possible:
                    yield move, Span(start, end, value, credited=False)


def reach_of(user_id: int, record: Record) -> tuple[Instant, Instant]:
    """Return from when until when a record says anything of a person.

    What nobody knows of them may lie before the session began, or after it ended.
    """
    own = (player.stretches for player in record.players if player.user_id == user_id)
    parts = list(chain(record.stretches, *own))
    since = min([record.started_at, *(part.start for part in parts)])
    return since, max([record.ended_at, *(part.end for part in parts)])


def cut_for(user_id: int, record: Record, edges: Sequence[Instant]) -> dict[int, Record]:
    """Return the parts of a record from each of some instants to the next, by the former.

    A part is the record with no more than what reaches in between the two, and says something of
    one person. Between them it says of that person what the whole says: they are credited the
    same, it is as uncertain, and where nothing bounds the start, that is said by the part in which
    it lies, whether any time does or not. The whole is gone through once, however many parts there
    are.

    Args:
        user_id: the person.
        record: the whole.
        edges: the instants, in order.
    """
    own = [player for player in record.players if player.user_id == user_id]
    unbounded = record.unbounded and all(player.unbounded for player in own)
    start, (since, until) = record.started_at, reach_of(user_id, record)
    numbers = _reached(edges, since, max(until, start + 1) if unbounded else until)
    if len(numbers) == 1:
        return {edges[numbers[0]]: record}
    players: dict[int, list[Player]] = {}
    for player in own:
        for number, part in _cut_player(player, until, edges):
            players.setdefault(number, []).append(part)
    if unbounded and own:
        alone = msgspec.structs.replace(own[0], stretches=())
        for number in _reached(edges, start, start + 1):
            players.setdefault(number, [alone])
    stretches = _cut_stretches(record.stretches, edges)
    return {
        edges[number]: msgspec.structs.replace(
            record,
            stretches=tuple(stretches.get(number, ())),
            players=tuple(players.get(number, ())),
            unbounded=unbounded,
        )
        for number in numbers
    }


def _cut_player(
    player: Player, until: Instant, edges: Sequence[Instant]
) -> Iterator[tuple[int, Player]]:
    """Yield a player for each two instants between which they, or what is unknown, reach in.

    Whoever is there still is so while their party may have gone on, up to ``until``.
    """
    stretches = _cut_stretches(player.stretches, edges)
    ended_at = until if player.ended_at is None else player.ended_at
    for number in {*_reached(edges, player.started_at, ended_at), *stretches}:
        yield number, msgspec.structs.replace(player, stretches=tuple(stretches.get(number, ())))


def _cut_stretches(
    stretches: Sequence[Stretch], edges: Sequence[Instant]
) -> dict[int, list[Stretch]]:
    parts: dict[int, list[Stretch]] = {}
    for stretch in stretches:
        for number in _reached(edges, stretch.start, stretch.end):
            parts.setdefault(number, []).append(stretch)
    return parts


def _reached(edges: Sequence[Instant], start: Instant, end: Instant) -> range:
    """Return the numbers of those instants between which and the next an interval reaches in."""
    first, last = bisect_right(edges, start) - 1, bisect_left(edges, end)
    return range(max(0, first), min(last, len(edges) - 1))


def _timeline(record: Record) -> Timeline:
    return Timeline(record.started_at, record.ended_at, list(record.stretches), record.unbounded)


def _split(span: Span, zone: tzinfo) -> Iterator[tuple[date, Span]]:
    start = span.start
    while start < span.end:
        day = to_datetime(start).astimezone(zone).date()
        midnight = datetime.combine(day + timedelta(days=1), time(), zone)
        end = min(span.end, max(from_datetime(midnight), start + 1))
        yield day, span._replace(start=start, end=end)
        start = end


def _that_may_have_been(moves: Sequence[Stay], done: int, at: Instant) -> Iterator[Stay]:
    """Yield the moves that were found later than at an instant and may have been before it."""
    for number in range(done, len(moves)):
        if moves[number].floor > at:
            return
        yield moves[number]
