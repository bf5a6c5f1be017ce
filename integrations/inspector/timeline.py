"""The timeline: who was where, and what nobody knows, between two instants."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from engine.tally import Tally
from integrations.inspector.rows import Milliseconds, milliseconds, place_of
from integrations.turns import in_turns, let_go, others_first
from machines import (
    Instant,
    Kind,
    PartySession,
    Record,
    Span,
    Stay,
    Timeline,
    VoiceSession,
    spans,
    timeline_of,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence

    from machines import AnySession

__all__ = [
    "BarRow",
    "LaneRow",
    "TimelineRow",
    "asserted_by",
    "bars_of_record",
    "bars_of_session",
    "timeline",
]

LANES = 300
"""Lanes on a page; those who are there come first, then whoever was there last."""

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
    """What happened between two instants: one page of its lanes.

    Attributes:
        first: how many lanes come before those of this page.
        page: how many lanes a page has at most.
        total: how many lanes there are.
        cut: whether older records, or some bars, are left out.
        guilds: what the guilds of its lanes are called, by their ids.
    """

    since: Milliseconds
    until: Milliseconds
    lanes: list[LaneRow] = msgspec.field(default_factory=list)
    first: int = 0
    page: int = LANES
    total: int = 0
    cut: bool = False
    guilds: dict[str, str] = msgspec.field(default_factory=dict)


class _Subject(NamedTuple):
    guild_id: int
    kind: Kind
    subject: int | str


async def timeline(
    records: Sequence[Record],
    sessions: Callable[[], Iterable[AnySession]],
    since: Instant,
    now: Instant,
    first: int = 0,
) -> TimelineRow:
    """Return a page of what records and live sessions say about the time from ``since`` to ``now``.

    All is gone through in turns, and bars are made for the lanes of the page alone.

    Args:
        records: those that are over, the latest first.
        sessions: returns those that go on.
        since: where it begins.
        now: where it ends.
        first: how many lanes to leave out.
    """
    row = TimelineRow(since=milliseconds(since), until=milliseconds(now), first=first)
    ended: dict[_Subject, list[Record]] = {}
    async for record in in_turns(records):
        if _last_of(record) >= since:
            ended.setdefault(_subject_of(record), []).append(record)
    shown: dict[_Subject, list[AnySession]] = {}
    async for number, subject, session in _numbered(sessions()):
        row.total = max(row.total, number + 1)
        if first <= number < first + LANES:
            shown.setdefault(subject, []).append(session)
            ended.setdefault(subject, [])
        elif subject in ended:
            del ended[subject]  # on another page
    over = [subject for subject in ended if subject not in shown]
    begin = max(0, first - row.total)
    row.total += len(over)
    shown |= {subject: [] for subject in over[begin : begin + LANES - len(shown)]}
    await _draw(row, shown, ended, now)
    return row


async def _numbered(
    sessions: Iterable[AnySession],
) -> AsyncIterator[tuple[int, _Subject, AnySession]]:
    """Yield the sessions, each with its lane and the lane's number.

    A person's come one after the other, so that only parties have to be remembered.
    """
    parties: dict[_Subject, int] = {}
    last, count = None, 0
    async for session in in_turns(sessions):
        subject = _subject_of(session)
        if subject.kind == "party":
            number = parties.setdefault(subject, count)
        else:
            number = count if subject != last else count - 1
        last, count = subject, max(count, number + 1)
        yield number, subject, session


async def _draw(
    row: TimelineRow,
    shown: dict[_Subject, list[AnySession]],
    ended: dict[_Subject, list[Record]],
    now: Instant,
) -> None:
    """Make the lanes, with what is over before what goes on."""
    count = 0
    async for subject, going_on in in_turns(shown.items()):
        lane = LaneRow(guild=str(subject.guild_id), who="", kind=subject.kind)
        told = [_told_by_record(one) for one in reversed(ended.get(subject, []))]
        told += [await _told_by_session(one, now) for one in going_on]
        for who, bars in told:
            lane.who = who
            lane.bars += [bar for bar in bars if row.since <= bar.end and bar.start <= row.until]
        row.cut = row.cut or count + len(lane.bars) > BARS
        del lane.bars[max(0, BARS - count) :]
        count += len(lane.bars)
        if lane.bars:
            row.lanes.append(lane)


def bars_of_record(record: Record) -> list[BarRow]:
    """Return the bars of a session that is over."""
    label = record.channel_name if record.kind == "voice" else record.game_name
    told = spans(record.started_at, record.ended_at, record.stretches)
    return list(_bars(record.id, label or "", told, record.stays))


async def asserted_by(session: AnySession, now: Instant) -> tuple[AnySession, Timeline]:
    """Return a session as it is now, and what it asserts up to now.

    A party's follows from that of its players, who are gone through a turn at a time. They change
    meanwhile, so what is returned is a copy.
    """
    until = now if session.unwatched_since is None else session.unwatched_since
    until = min(until if session.ended_at is None else session.ended_at, now)
    if not isinstance(session, PartySession):
        return session, timeline_of(session, until)
    party = copy(session)
    party.players = session.players.copy()
    await others_first()  # whoever asks may have had a turn's work before
    tally = Tally(party)
    async for _some in in_turns(iter(tally.count_some, True)):
        pass
    told = timeline_of(party, until, tally.result())
    await let_go(*tally.holders())
    return party, told


def bars_of_session(session: AnySession, now: Instant, asserted: Timeline) -> list[BarRow]:
    """Return the bars of a session that goes on, of what it asserts.

    Since nobody watched, it is unknown whether it does; who was seen to leave is away.
    """
    stays = session.stays if isinstance(session, VoiceSession) else ()
    bars = list(_bars(session.id, place_of(session), asserted.spans(), stays))
    if session.is_over:
        return bars
    if session.absent_since is not None:
        bars.append(_bar(session, session.absent_since, now, "away"))
    elif session.unwatched_since is not None:
        bars.append(_bar(session, session.unwatched_since, now, "unknown"))
    if bars:
        bars[-1].open = True
    return bars


def _subject_of(told: Record | AnySession) -> _Subject:
    subject: int | str | None
    if isinstance(told, Record):
        subject = told.game_name if told.user_id is None else told.user_id
    else:
        subject = told.game_name if isinstance(told, PartySession) else told.user_id
    return _Subject(told.guild_id, told.kind, subject or "")


def _last_of(record: Record) -> Instant:
    return max([record.ended_at, *(part.end for part in record.stretches)])


def _told_by_record(record: Record) -> tuple[str, list[BarRow]]:
    return record.username or record.game_name or "", bars_of_record(record)


async def _told_by_session(session: AnySession, now: Instant) -> tuple[str, list[BarRow]]:
    who = session.game_name if isinstance(session, PartySession) else session.username
    session, asserted = await asserted_by(session, now)
    return who, bars_of_session(session, now, asserted)


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
