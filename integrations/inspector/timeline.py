"""The timeline: who was where, and what nobody knows, between two instants."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from integrations.inspector.rows import Milliseconds, milliseconds, place_of
from machines import (
    Instant,
    Kind,
    PartySession,
    Record,
    Span,
    Stay,
    VoiceSession,
    spans,
    timeline_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from machines import AnySession

__all__ = ["BarRow", "LaneRow", "TimelineRow", "bars_of_record", "bars_of_session", "timeline"]

LANES = 300
"""Lanes at most; the people who were there last come first."""

BARS = 6000
"""Bars at most."""


class BarRow(msgspec.Struct, kw_only=True):
    """A part of a session with one value, in one channel or game.

    ``open`` marks the last bar of a session that goes on.
    """

    session: str
    label: str
    start: Milliseconds
    end: Milliseconds
    value: str
    credited: bool
    open: bool = False


class LaneRow(msgspec.Struct, kw_only=True):
    """What one person (or one party's game) did in one guild, of one kind."""

    guild: str
    who: str
    kind: Kind
    bars: list[BarRow] = msgspec.field(default_factory=list)


class TimelineRow(msgspec.Struct, kw_only=True):
    """Everything between two instants; ``cut`` says that there was more than is shown.

    ``guilds`` says what the guilds of its lanes are called, by their ids.
    """

    since: Milliseconds
    until: Milliseconds
    lanes: list[LaneRow]
    cut: bool
    guilds: dict[str, str] = msgspec.field(default_factory=dict)


class _Subject(NamedTuple):
    guild_id: int
    kind: Kind
    subject: int | str


def timeline(
    records: Iterable[Record], sessions: Iterable[AnySession], since: Instant, now: Instant
) -> TimelineRow:
    """Return what records and live sessions say about the time from ``since`` to ``now``."""
    lanes: dict[_Subject, LaneRow] = {}
    count = 0
    told = [*map(_told_by_record, records), *(_told_by_session(one, now) for one in sessions)]
    cut = False
    for subject, who, bars in told:
        lane = lanes.get(subject)
        if lane is None:
            lane = LaneRow(guild=str(subject.guild_id), who=who, kind=subject.kind)
            lanes[subject] = lane
        lane.who = who
        for bar in bars:
            if bar.end < milliseconds(since) or bar.start > milliseconds(now):
                continue
            if count >= BARS:
                cut = True
                break
            lane.bars.append(bar)
            count += 1
    shown = [lane for lane in lanes.values() if lane.bars]
    shown.sort(key=lambda lane: -max(bar.end for bar in lane.bars))
    return TimelineRow(
        since=milliseconds(since),
        until=milliseconds(now),
        lanes=shown[:LANES],
        cut=cut or len(shown) > LANES,
    )


def bars_of_record(record: Record) -> list[BarRow]:
    """Return the bars of a session that is over."""
    label = record.channel_name if record.kind == "voice" else record.game_name
    told = spans(record.started_at, record.ended_at, record.stretches)
    return list(_bars(record.id, label or "", told, record.stays))


def bars_of_session(session: AnySession, now: Instant) -> list[BarRow]:
    """Return the bars of a session that goes on.

    Since nobody watched, it is unknown whether it does; who was seen to leave is away.
    """
    until = now if session.unwatched_since is None else session.unwatched_since
    until = until if session.ended_at is None else session.ended_at
    told = timeline_of(session, min(until, now)).spans()
    stays = session.stays if isinstance(session, VoiceSession) else ()
    bars = list(_bars(session.id, place_of(session), told, stays))
    if session.is_over:
        return bars
    if session.absent_since is not None:
        bars.append(_bar(session, session.absent_since, now, "away"))
    elif session.unwatched_since is not None:
        bars.append(_bar(session, session.unwatched_since, now, "unknown"))
    if bars:
        bars[-1].open = True
    return bars


def _told_by_record(record: Record) -> tuple[_Subject, str, list[BarRow]]:
    name = record.username or record.game_name or ""
    subject = record.game_name or "" if record.user_id is None else record.user_id
    return _Subject(record.guild_id, record.kind, subject), name, bars_of_record(record)


def _told_by_session(session: AnySession, now: Instant) -> tuple[_Subject, str, list[BarRow]]:
    if isinstance(session, PartySession):
        name, subject = session.game_name, _Subject(session.guild_id, "party", session.game_name)
    else:
        name = session.username
        subject = _Subject(session.guild_id, session.kind, session.user_id)
    return subject, name, bars_of_session(session, now)


def _bar(session: AnySession, start: Instant, end: Instant, value: str) -> BarRow:
    return BarRow(
        session=session.id,
        label=place_of(session),
        start=milliseconds(start),
        end=milliseconds(max(start, end)),
        value=value,
        credited=False,
    )


def _bars(
    session_id: str, label: str, told: Iterable[Span], stays: Sequence[Stay]
) -> Iterator[BarRow]:
    """Yield the spans, cut where somebody moved to another channel."""
    for span in told:
        for start, end, place in _by_stay(span, label, stays):
            yield BarRow(
                session=session_id,
                label=place,
                start=milliseconds(start),
                end=milliseconds(end),
                value=span.value,
                credited=span.credited,
            )


def _by_stay(
    span: Span, label: str, stays: Sequence[Stay]
) -> Iterator[tuple[Instant, Instant, str]]:
    place = stays[0].channel_name if stays else label
    start = span.start
    for stay in stays[1:]:
        if stay.since <= start:
            place = stay.channel_name
        elif stay.since < span.end:
            yield start, stay.since, place
            start, place = stay.since, stay.channel_name
    yield start, span.end, place
