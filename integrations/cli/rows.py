"""Sessions as ``latido sessions`` and ``latido history`` print them: one flat row each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from integrations.unwatched import lost_since
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
    "is_wanted",
    "live_rows",
    "may_have_ended",
    "row_of_record",
    "row_of_session",
    "unwatched_since",
]


class Row(msgspec.Struct, kw_only=True):
    """One session, ended or live, in the order in which its fields are printed.

    Ids are strings (they outgrow what JavaScript can count to), times ISO 8601 in UTC. Of a
    live session, ``seconds`` and ``uncertain_seconds`` are those so far. ``player_ids`` is
    None for whatever is no party. ``away_since`` is when a live session was left (a party: had
    too few players); it goes on if that is mended by ``away_until``, else it is over.
    ``unwatched_since`` is since when nobody watches a live session, for the connection is cut,
    its server is away, or no bot runs: up to then its time counts. None while it is watched.
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
    unwatched_since: str | None = None


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
    state: LiveState,
    now: Instant,
    settings: Settings,
    *,
    is_closed: bool = False,
    owned_since: Instant | None = None,
) -> Iterator[Row]:
    """Yield the rows of live sessions, by when they started; the rest as for the count."""
    unwatched = unwatched_since(state, now, settings, is_closed=is_closed, owned_since=owned_since)
    for session in sorted(state.sessions, key=lambda one: (one.started_at, one.id)):
        since = unwatched(session)
        row = row_of_session(session, now if since is None else since)
        row.unwatched_since = None if since is None else _time(since)
        yield row


def counted_until(
    state: LiveState,
    now: Instant,
    settings: Settings,
    *,
    is_closed: bool = False,
    owned_since: Instant | None = None,
) -> Callable[[AnySession], Instant]:
    """Return up to when a live session counts; the rest as for :func:`unwatched_since`."""
    unwatched = unwatched_since(state, now, settings, is_closed=is_closed, owned_since=owned_since)

    def until(session: AnySession) -> Instant:
        since = unwatched(session)
        return now if since is None else since

    return until


def unwatched_since(
    state: LiveState,
    now: Instant,
    settings: Settings,
    *,
    is_closed: bool = False,
    owned_since: Instant | None = None,
) -> Callable[[AnySession], Instant | None]:
    """Return since when nobody watches a live session; None while somebody does.

    A bot that runs writes down at once that a connection is cut or a guild is gone, and every
    ``heartbeat_every`` that it watches: where the last time lies two beats back it has stopped,
    and nobody has watched since then, or since the session was last seen. When the sessions
    were written down proves nothing, but where no guild's watch is known.

    Args:
        state: the live sessions, and until when their guilds were watched.
        now: the present.
        settings: those of the bot.
        is_closed: the bot is known to have stopped: nobody has watched since it did.
        owned_since: when the bot that runs started: what was watched before it, others watched.
    """
    watches = {watch.guild_id: watch for watch in state.guilds}
    two_beats = seconds(2 * settings.heartbeat_every)

    def since(session: AnySession) -> Instant | None:
        watch = watches.get(session.guild_id)
        if (lost := lost_since(session, watch)) is not None:
            return lost
        proof = (None if watch is None else watch.observed_until) or state.saved_at
        if proof is None:
            return None
        is_of_another = owned_since is not None and proof < owned_since <= now
        if not (is_closed or is_of_another or now - proof > two_beats):
            return None
        return max(proof, session.last_seen)

    return since


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
        row.player_ids = list(dict.fromkeys(str(player.user_id) for player in session.named))
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
        and is_wanted(session, wanted)
        and (wanted.since is None or ended_at >= wanted.since)
    )


def is_wanted(session: AnySession, wanted: HistoryFilter) -> bool:
    """Return whether a live session will be wanted among those that are over, whenever it ends."""
    return (
        wanted.kind in {None, session.kind}
        and wanted.guild_id in {None, session.guild_id}
        and (wanted.user_id is None or wanted.user_id in _people(session))
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
