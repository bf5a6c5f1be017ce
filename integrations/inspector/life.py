"""A session's whole life: what it asserts, and how it came to that, transition by transition."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from integrations.inspector.rows import EntryRow, SessionRow, entry_row, milliseconds, session_row
from integrations.inspector.timeline import BarRow, bars_of_record, bars_of_session
from machines import Instant, PartySession, Record, timeline_of

if TYPE_CHECKING:
    from integrations.inspector.lives import Life
    from machines import AnySession

__all__ = ["LifeRow", "PlayerRow", "life_of_record", "life_of_session"]


class PlayerRow(msgspec.Struct, frozen=True):
    """One player of a party, as long as they were in it."""

    name: str
    start: int
    end: int | None


class LifeRow(msgspec.Struct, kw_only=True):
    """One session from its start on.

    Attributes:
        session: the session as the list shows it.
        seconds: the time it credits (so far), in seconds.
        uncertain: how far the truth can be from that; None where nothing bounds it.
        bars: what it asserts about the time.
        entries: its transitions, the oldest first; none where nobody was watching.
        left_out: how many entries were forgotten between the first and the last ones.
        is_whole: whether its entries begin at its beginning.
        players: who was in a party.
    """

    session: SessionRow
    seconds: float
    uncertain: float | None
    bars: list[BarRow]
    entries: list[EntryRow] = msgspec.field(default_factory=list)
    left_out: int = 0
    is_whole: bool = False
    players: list[PlayerRow] = msgspec.field(default_factory=list)


def life_of_session(session: AnySession, life: Life | None, now: Instant) -> LifeRow:
    """Return the life of a session that goes on, or that ended a short while ago."""
    until = now if session.ended_at is None else session.ended_at
    if session.ended_at is None and session.unwatched_since is not None:
        until = session.unwatched_since
    sums = timeline_of(session, until).account()
    row = LifeRow(
        session=session_row(session, life),
        seconds=sums.seconds,
        uncertain=sums.uncertain_seconds,
        bars=bars_of_session(session, now),
    )
    if life is not None:
        row.entries = [entry_row(session.kind, entry) for entry in life.entries]
        row.left_out = life.left_out
        row.is_whole = bool(life.entries) and life.entries[0].before == "new"
    if isinstance(session, PartySession):
        row.players = _players(session)
    return row


def life_of_record(record: Record) -> LifeRow:
    """Return what the ledger keeps of a session: how it was, not how it came to that."""
    session = SessionRow(
        id=record.id,
        kind=record.kind,
        state=record.state,
        guild=str(record.guild_id),
        who=record.username or ", ".join(dict.fromkeys(one.username for one in record.players)),
        user=None if record.user_id is None else str(record.user_id),
        where=record.channel_name or record.game_name or "",
        activity=record.activity_type,
        started=milliseconds(record.started_at),
        confirmed=None if record.confirmed_at is None else milliseconds(record.confirmed_at),
        seen=milliseconds(record.last_seen),
        ended=milliseconds(record.ended_at),
        reason=record.reason,
    )
    return LifeRow(
        session=session,
        seconds=record.seconds,
        uncertain=record.uncertain_seconds,
        bars=bars_of_record(record),
        players=_players(record),
    )


def _players(party: PartySession | Record) -> list[PlayerRow]:
    return [
        PlayerRow(
            one.username,
            milliseconds(one.started_at),
            None if one.ended_at is None else milliseconds(one.ended_at),
        )
        for one in party.players
    ]
