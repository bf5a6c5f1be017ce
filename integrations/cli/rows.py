"""Sessions as ``latido sessions`` and ``latido history`` print them: one flat row each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from machines import Instant, PartySession, VoiceSession, seconds, timeline_of, to_datetime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from engine.settings import Settings
    from machines import AnySession, LiveState, Record
    from persistence import HistoryFilter

__all__ = [
    "Row",
    "counted_until",
    "is_too_late",
    "live_rows",
    "may_have_ended",
    "row_of_record",
    "row_of_session",
]


class Row(msgspec.Struct, kw_only=True):
    """One session, ended or live, in the order in which its fields are printed.

    Ids are strings (they outgrow what JavaScript can count to), times ISO 8601 in UTC. Of a
    live session, ``seconds`` and ``uncertain_seconds`` are those so far. ``player_ids`` is
    None for whatever is no party. ``away_since`` is when a live session was left (a party: had
    too few players); it goes on if that is mended by ``away_until``, else it is over.
    """

    id: str
    kind: str
    guild_id: str
    user_id: str | None = None
    username: str | None = None
    state: str
    channel_id: str | None = None
    channel_name: str | None = None
    game_name: str | None = None
    activity_type: str | None = None
    player_ids: list[str] | None = None
    started_at: str
    confirmed_at: str | None
    last_seen: str
    ended_at: str | None = None
    seconds: float
    uncertain_seconds: float | None
    reason: str | None = None
    away_since: str | None = None
    away_until: str | None = None


def row_of_record(record: Record) -> Row:
    """Return the row of a session that is over."""
    return Row(
        id=record.id,
        kind=record.kind,
        guild_id=str(record.guild_id),
        user_id=_text(record.user_id),
        username=record.username,
        state=record.state,
        channel_id=_text(record.channel_id),
        channel_name=record.channel_name,
        game_name=record.game_name,
        activity_type=record.activity_type,
        player_ids=[str(one) for one in record.player_ids] if record.kind == "party" else None,
        started_at=_time(record.started_at),
        confirmed_at=None if record.confirmed_at is None else _time(record.confirmed_at),
        last_seen=_time(record.last_seen),
        ended_at=_time(record.ended_at),
        seconds=record.seconds,
        uncertain_seconds=record.uncertain_seconds,
        reason=record.reason,
    )


def live_rows(
    state: LiveState, now: Instant, settings: Settings, *, is_closed: bool = False
) -> Iterator[Row]:
    """Yield the rows of live sessions, by when they started; the rest as for the count."""
    until = counted_until(state, now, settings, is_closed=is_closed)
    for session in sorted(state.sessions, key=lambda one: (one.started_at, one.id)):
        yield row_of_session(session, until(session))


def counted_until(
    state: LiveState, now: Instant, settings: Settings, *, is_closed: bool = False
) -> Callable[[AnySession], Instant]:
    """Return up to when a live session counts.

    A bot that runs writes down every ``heartbeat_every`` that it watches: where the last time
    lies two beats back it has stopped, and time counts only up to there, or up to when the
    session was last seen.

    Args:
        state: the live sessions, and until when their guilds were watched.
        now: the present.
        settings: those of the bot.
        is_closed: the bot is known to have stopped: time counts up to what it watched.
    """
    watched = {watch.guild_id: watch.observed_until for watch in state.guilds}
    two_beats = seconds(2 * settings.heartbeat_every)

    def watched_until(session: AnySession) -> Instant:
        last = watched.get(session.guild_id) or state.saved_at
        return now if last is None else max(last, session.last_seen)

    def until(session: AnySession) -> Instant:
        signs = (watched.get(session.guild_id), state.saved_at)
        last = max((sign for sign in signs if sign is not None), default=now)
        return now if now - last <= two_beats else max(last, session.last_seen)

    return watched_until if is_closed else until


def row_of_session(session: AnySession, until: Instant) -> Row:
    """Return the row of a live session, its time counted up to ``until``."""
    so_far = timeline_of(session, until).account()
    row = Row(
        id=session.id,
        kind=session.kind,
        guild_id=str(session.guild_id),
        state=session.state,
        started_at=_time(session.started_at),
        confirmed_at=None if session.confirmed_at is None else _time(session.confirmed_at),
        last_seen=_time(session.last_seen),
        seconds=so_far.seconds,
        uncertain_seconds=so_far.uncertain_seconds,
    )
    if session.absent_since is not None:
        row.away_since = _time(session.absent_since)
        row.away_until = None if session.deadline is None else _time(session.deadline.at)
    if isinstance(session, PartySession):
        row.game_name = session.game_name
        row.player_ids = list(dict.fromkeys(str(player.user_id) for player in session.players))
        return row
    row.user_id, row.username = str(session.user_id), session.username
    if isinstance(session, VoiceSession):
        row.channel_id, row.channel_name = str(session.channel_id), session.channel_name
    else:
        row.game_name, row.activity_type = session.game_name, session.activity_type
    return row


def is_too_late(row: Row, now: Instant) -> bool:
    """Return whether the time to come back to a session is over: it ended with the leaving.

    That is shown where no bot has been able to write it down: none runs, or Discord is away.
    """
    return row.away_until is not None and row.away_until <= _time(now)


def may_have_ended(session: AnySession, wanted: HistoryFilter) -> bool:
    """Return whether a live session is wanted among those that are over, if nobody comes back."""
    ended_at = session.absent_since
    return (
        ended_at is not None
        and wanted.kind in {None, session.kind}
        and wanted.guild_id in {None, session.guild_id}
        and (wanted.user_id is None or wanted.user_id in _people(session))
        and (wanted.since is None or ended_at >= wanted.since)
        and (wanted.until is None or session.started_at < wanted.until)
    )


def _people(session: AnySession) -> list[int]:
    if isinstance(session, PartySession):
        return [player.user_id for player in session.players]
    return [session.user_id]


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)


def _time(instant: Instant) -> str:
    return to_datetime(instant).replace(tzinfo=None).isoformat() + "Z"
