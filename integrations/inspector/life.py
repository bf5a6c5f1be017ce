"""A session's whole life: what it asserts, and how it came to that, transition by transition."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from integrations.inspector.pieces import array_of
from integrations.inspector.rows import (
    EntryRow,
    Milliseconds,
    SessionRow,
    entry_row,
    milliseconds,
    named,
    place_of_record,
    session_row,
)
from integrations.inspector.timeline import BarRow, asserted_by, bars_of_record, drawn
from machines import Instant, PartySession, Record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from integrations.inspector.lives import Life
    from machines import AnySession, Player

__all__ = ["LifeRow", "PlayerRow", "life_of_record", "life_of_session"]


class PlayerRow(msgspec.Struct, frozen=True, gc=False):
    """One player of a party, as long as they were in it."""

    name: str
    start: int
    end: int | None


class LifeRow(msgspec.Struct, kw_only=True):
    """One session from its start on.

    Attributes:
        session: the session as the list shows it.
        at: up to when the time is counted.
        seconds: the time it credits up to then, in seconds.
        uncertain: how far the truth can be from that; None where nothing bounds it.
        bars: what it asserts about the time.
        entries: its transitions, the oldest first; none where nobody was watching.
        left_out: how many entries were forgotten between the first and the last ones.
        is_whole: whether its entries begin at its beginning.
        players: who was in a party, as JSON: an array of :class:`PlayerRow`.
    """

    session: SessionRow
    at: Milliseconds
    seconds: float
    uncertain: float | None
    bars: list[BarRow]
    entries: list[EntryRow] = msgspec.field(default_factory=list)
    left_out: int = 0
    is_whole: bool = False
    players: msgspec.Raw


async def life_of_session(
    session: AnySession, life: Life | None, now: Instant, people: int | None = None
) -> LifeRow:
    """Return the life of a session that goes on, or that ended a short while ago.

    ``people``: how many are in a party that goes on.
    A party's players are gone through a turn at a time, and a long history in a thread.
    """
    row_now = session_row(session, life, people)
    entries = [] if life is None else [entry_row(session.kind, one) for one in life.entries]
    left_out = 0 if life is None else life.left_out
    session, asserted = await asserted_by(session, now)
    told = await drawn(session, now, asserted)
    return LifeRow(
        session=row_now,
        at=milliseconds(now),
        seconds=told.account.seconds,
        uncertain=told.account.uncertain_seconds,
        bars=told.bars,
        entries=entries,
        left_out=left_out,
        is_whole=bool(entries) and entries[0].before == "new",
        players=await _players(session.named if isinstance(session, PartySession) else ()),
    )


async def life_of_record(record: Record) -> LifeRow:
    """Return what the ledger keeps of a session: how it was, not how it came to that."""
    session = SessionRow(
        id=record.id,
        kind=record.kind,
        state=record.state,
        guild=str(record.guild_id),
        who=record.username or named(one.username for one in record.players),
        user=None if record.user_id is None else str(record.user_id),
        where=place_of_record(record),
        activity=record.activity_type,
        started=milliseconds(record.started_at),
        confirmed=None if record.confirmed_at is None else milliseconds(record.confirmed_at),
        seen=milliseconds(record.last_seen),
        ended=milliseconds(record.ended_at),
        reason=record.reason,
    )
    return LifeRow(
        session=session,
        at=milliseconds(record.ended_at),
        seconds=record.seconds,
        uncertain=record.uncertain_seconds,
        bars=await bars_of_record(record),
        players=await _players(record.players),
    )


async def _players(players: Iterable[Player]) -> msgspec.Raw:
    return await array_of(
        PlayerRow(
            one.username,
            milliseconds(one.started_at),
            None if one.ended_at is None else milliseconds(one.ended_at),
        )
        for one in players
    )
