"""The timeline: who was where, and what nobody knows, between two instants."""

from __future__ import annotations

import asyncio
from copy import copy
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from engine.tally import Tally
from integrations.inspector.rows import Milliseconds, milliseconds, place_of, place_of_record
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
    timeline_of,
)
from machines.timeline import account_of
from persistence.beside_the_loop import beside_the_loop
from persistence.totals import spans_with_pauses

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence

    from machines import AnySession
    from machines.timeline import Account

__all__ = [
    "BarRow",
    "Drawn",
    "LaneRow",
    "TimelineRow",
    "asserted_by",
    "bars_of_record",
    "drawn",
    "timeline",
]

LANES = 300
"""Lanes on a page; those who are there come first, then whoever was there last."""

BARS = 6000
"""Bars at most."""

_FEW = 200
"""Moves and stretches of what is drawn on the event loop: each takes up to two microseconds."""


class BarRow(msgspec.Struct, kw_only=True, gc=False):
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


class Drawn(NamedTuple):
    """What a session asserts: its sums, and its bars."""

    account: Account
    bars: list[BarRow]


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
        async for who, bars in _told(reversed(ended.get(subject, [])), going_on, now):
            lane.who = who
            lane.bars += [bar for bar in bars if row.since <= bar.end and bar.start <= row.until]
        row.cut = row.cut or count + len(lane.bars) > BARS
        del lane.bars[max(0, BARS - count) :]
        count += len(lane.bars)
        if lane.bars:
            row.lanes.append(lane)


async def _told(
    records: Iterable[Record], sessions: Iterable[AnySession], now: Instant
) -> AsyncIterator[tuple[str, list[BarRow]]]:
    """Yield whose each record and each session is, and its bars."""
    async for record in in_turns(records):
        yield record.username or record.game_name or "", await bars_of_record(record)
    async for session in in_turns(sessions):
        who = session.game_name if isinstance(session, PartySession) else session.username
        as_it_is, asserted = await asserted_by(session, now)
        yield who, (await drawn(as_it_is, now, asserted)).bars


async def bars_of_record(record: Record) -> list[BarRow]:
    """Return the bars of a session that is over."""
    started_at, ended_at = record.started_at, record.ended_at
    told = Timeline(started_at, ended_at, list(record.stretches), record.unbounded)
    return (await _drawn(record.id, place_of_record(record), told, record.stays)).bars


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


async def drawn(session: AnySession, now: Instant, asserted: Timeline) -> Drawn:
    """Return what a session that goes on asserts, as it is when this begins.

    Since nobody watched, it is unknown whether it does; who was seen to leave is away.
    """
    stays = session.stays if isinstance(session, VoiceSession) else ()
    goes_on, last = not session.is_over, []
    if goes_on and session.absent_since is not None:
        last.append(_bar(session, session.absent_since, now, "away"))
    elif goes_on and session.unwatched_since is not None:
        last.append(_bar(session, session.unwatched_since, now, "unknown"))
    told = await _drawn(session.id, place_of(session), asserted, stays)
    told.bars.extend(last)
    if goes_on and told.bars:
        told.bars[-1].open = True
    return told


def _subject_of(told: Record | AnySession) -> _Subject:
    subject: int | str | None
    if isinstance(told, Record):
        subject = told.game_name if told.user_id is None else told.user_id
    else:
        subject = told.game_name if isinstance(told, PartySession) else told.user_id
    return _Subject(told.guild_id, told.kind, subject or "")


def _last_of(record: Record) -> Instant:
    return max([record.ended_at, *(part.end for part in record.stretches)])


def _bar(session: AnySession, start: Instant, end: Instant, value: str) -> BarRow:
    return BarRow(
        session=session.id,
        label=place_of(session),
        start=milliseconds(start),
        end=milliseconds(max(start, end)),
        value=value,
        credited=False,
    )


async def _drawn(session_id: str, label: str, told: Timeline, stays: Sequence[Stay]) -> Drawn:
    """Return what a timeline says; of many pieces it is worked out in a thread."""
    if len(told.stretches) + len(stays) <= _FEW:
        return _worked_out(session_id, label, told, stays)
    return await asyncio.to_thread(_worked_out, session_id, label, told, stays)


def _worked_out(session_id: str, label: str, told: Timeline, stays: Sequence[Stay]) -> Drawn:
    def parts() -> Iterator[Span]:  # twice, in place of a list that the collector goes through
        return spans_with_pauses(told.started_at, told.ended_at, told.stretches)

    account = account_of(parts(), unbounded=told.unbounded)
    return Drawn(account, list(beside_the_loop(_bars(session_id, label, parts(), stays))))


def _bars(
    session_id: str, label: str, told: Iterable[Span], stays: Sequence[Stay]
) -> Iterator[BarRow]:
    """Yield the spans, cut where somebody moved to another channel: both are in order."""
    place = stays[0].channel_name if stays else label
    moves = 1
    for span in told:
        start = span.start
        while moves < len(stays) and stays[moves].since < span.end:
            since = stays[moves].since
            if start < since:
                yield _part(session_id, place, span, start, since)
                start = since
            place = stays[moves].channel_name
            moves += 1
        yield _part(session_id, place, span, start, span.end)


def _part(session_id: str, place: str, span: Span, start: Instant, end: Instant) -> BarRow:
    return BarRow(
        session=session_id,
        label=place,
        start=milliseconds(start),
        end=milliseconds(end),
        value=span.value,
        credited=span.credited,
    )
