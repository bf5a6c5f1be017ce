"""Shares of a record: how much of it fell on each day, and in each channel.

Every share carries its own bound. A day begins at midnight where people live, so some have 23
or 25 hours. What is unknown in a record is unknown in the shares it touches; around a move
that was found rather than heard, the time is unknown for both channels.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from machines.instant import from_datetime, to_datetime
from machines.timeline import Span, Timeline, account_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, tzinfo

    from machines.instant import Instant
    from machines.record import Record
    from machines.timeline import Account

__all__ = ["by_channel", "by_day"]


def by_day(record: Record, zone: tzinfo) -> dict[date, Account]:
    """Return what of ``record`` fell on each local day of ``zone``.

    Where nothing bounds the start, it is the first day whose bound is missing.
    """
    parts: dict[date, list[Span]] = {}
    for span in _timeline(record).spans():
        for day, part in _split(span, zone):
            parts.setdefault(day, []).append(part)
    first = to_datetime(record.started_at).astimezone(zone).date()
    return {
        day: account_of(spans, unbounded=record.unbounded and day == first)
        for day, spans in parts.items()
    }


def by_channel(record: Record) -> dict[int, Account]:
    """Return what of a voice record was spent in each channel, by channel id."""
    stays = record.stays
    if not stays:
        return {}
    spans = [
        part
        for span in _timeline(record).spans()
        for part in _around_moves(span, [(stay.floor, stay.since) for stay in stays[1:]])
    ]
    first, last = (spans[0].start, spans[-1].end) if spans else (stays[0].since, stays[0].since)
    bounds = [min(first, stays[0].since), *(stay.since for stay in stays[1:])]
    bounds.append(max(last, bounds[-1]))
    shares: dict[int, list[Span]] = {stay.channel_id: [] for stay in stays}
    for stay, (start, end) in zip(stays, pairwise(bounds), strict=True):
        for span in spans:
            shares[stay.channel_id] += _clip(span, start, end)
            # Credited to the channel before the move; possible in this one.
            possible = (part._replace(credited=False) for part in _clip(span, stay.floor, start))
            shares[stay.channel_id] += (part for part in possible if part.value == "unknown")
    return {
        channel_id: account_of(
            parts, unbounded=record.unbounded and channel_id == stays[0].channel_id
        )
        for channel_id, parts in shares.items()
    }


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


def _around_moves(span: Span, moves: list[tuple[Instant, Instant]]) -> Iterator[Span]:
    """Yield the parts of a span; a present one is unknown where a move may have been."""
    if span.value != "present":
        yield span
        return
    cuts = {point for move in moves for point in move if span.start < point < span.end}
    for start, end in pairwise(sorted({span.start, span.end, *cuts})):
        moving = any(floor <= start and end <= since for floor, since in moves)
        yield Span(start, end, "unknown" if moving else "present", credited=True)


def _clip(span: Span, start: Instant, end: Instant) -> list[Span]:
    start, end = max(span.start, start), min(span.end, end)
    return [span._replace(start=start, end=end)] if start < end else []
