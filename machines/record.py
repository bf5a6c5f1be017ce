"""Records: what is written down, once, when a session is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from machines.instant import Instant
from machines.session import (
    ActivityType,
    AnySession,
    GameSession,
    Kind,
    PartySession,
    Player,
    Reason,
    State,
    Stay,
    VoiceSession,
)
from machines.timeline import Stretch, Timeline
from machines.together import together

if TYPE_CHECKING:
    from machines.attendance import Attendance

__all__ = ["Record", "record_of", "timeline_of"]


class Record(msgspec.Struct, kw_only=True, gc=False):
    """A finished session, for the ledger. Its ``id`` makes writing it twice harmless.

    Both ``seconds`` and ``uncertain_seconds`` follow from the timeline and are kept for queries.

    Attributes:
        id: that of the session.
        kind: ``voice``, ``game`` or ``party``.
        guild_id: Discord's id of the guild.
        state: ``ended``: the end was seen; ``orphaned``: it was missed, or nothing more could be
            known.
        reason: why it is over.
        started_at: where the credited time begins.
        confirmed_at: when it came to count: confirmed, or found; None where a file that was
            taken over does not say it.
        last_seen: the latest proof that they were there, no later than ``ended_at``.
        ended_at: where the credited time ends.
        seconds: the time credited, in seconds.
        uncertain_seconds: how far the truth can be from that, at most, in seconds; None where
            nothing bounds it.
        stretches: the parts of the timeline that are away or unknown, also before ``started_at``
            and after ``ended_at``.
        unbounded: nothing says since when it had been going on before ``started_at``.
        user_id: Discord's id of the person; None of a party.
        username: what they were called in the guild, as last heard; None of a party.
        channel_id: the voice channel that they were in last; None unless it is voice.
        channel_name: its name.
        stays: in which voice channels they were, one after the other.
        game_name: the game's name, by the setting ``game_aliases`` where it has that; None of
            voice.
        app_id: Discord's id of the application; None where Discord does not say it.
        activity_type: ``playing``, ``streaming`` or ``listening``; None unless it is a game.
        players: who was in a party, those who have been forgotten left out.
        max_players: the most people that a party had at once; None unless it is one.
    """

    id: str
    kind: Kind
    guild_id: int
    state: State
    reason: Reason
    started_at: Instant
    confirmed_at: Instant | None
    last_seen: Instant
    ended_at: Instant
    seconds: float
    uncertain_seconds: float | None
    stretches: tuple[Stretch, ...] = ()
    unbounded: bool = False
    user_id: int | None = None
    username: str | None = None
    channel_id: int | None = None
    channel_name: str | None = None
    stays: tuple[Stay, ...] = ()
    game_name: str | None = None
    app_id: int | None = None
    activity_type: ActivityType | None = None
    players: tuple[Player, ...] = ()
    max_players: int | None = None

    @property
    def player_ids(self) -> list[int]:
        """The players of a party, each once, in the order in which they came."""
        return list(dict.fromkeys(player.user_id for player in self.players))


def record_of(session: AnySession, attendance: Attendance | None = None) -> Record:
    """Return the record of a session that is over.

    ``attendance``: that of a party's players, where it has been added up already.

    Raises:
        ValueError: the session is not over.
    """
    if session.ended_at is None or session.reason is None:
        msg = f"Session {session.id} is {session.state}: only a session that is over has a record."
        raise ValueError(msg)
    timeline = timeline_of(session, session.ended_at, attendance)
    sums = timeline.account()
    record = Record(
        id=session.id,
        kind=session.kind,
        guild_id=session.guild_id,
        state=session.state,
        reason=session.reason,
        started_at=timeline.started_at,
        confirmed_at=_no_later(session.confirmed_at, timeline.ended_at),
        last_seen=min(session.last_seen, timeline.ended_at),
        ended_at=timeline.ended_at,
        seconds=sums.seconds,
        uncertain_seconds=sums.uncertain_seconds,
        stretches=tuple(timeline.stretches),
        unbounded=timeline.unbounded,
    )
    _add_particulars(record, session, attendance)
    return record


def timeline_of(
    session: AnySession, until: Instant, attendance: Attendance | None = None
) -> Timeline:
    """Return what ``session`` asserts, up to ``until`` where it is still going on.

    Somebody who is away at the moment counts up to the moment they left. The timeline of a
    party follows from those of its players; ``attendance`` is theirs, where it has been added
    up already.
    """
    if session.absent_since is not None:
        until = min(until, session.absent_since)
    if type(session) is PartySession:
        return together(session, until, attendance)
    return Timeline(
        session.started_at,
        max(session.started_at, until),
        list(session.stretches),
        session.unbounded,
    )


def _no_later(confirmed_at: Instant | None, ended_at: Instant) -> Instant | None:
    """What counts may end before the bot knew that it counts: nobody vouches for the time since."""
    return None if confirmed_at is None else min(confirmed_at, ended_at)


def _add_particulars(record: Record, session: AnySession, attendance: Attendance | None) -> None:
    """Add what only sessions of its kind have."""
    if type(session) is VoiceSession:
        record.user_id, record.username = session.user_id, session.username
        record.channel_id, record.channel_name = session.channel_id, session.channel_name
        record.stays = session.stays
    elif type(session) is GameSession:
        record.user_id, record.username = session.user_id, session.username
        record.game_name, record.app_id = session.game_name, session.app_id
        record.activity_type = session.activity_type
    else:
        record.game_name, record.app_id = session.game_name, session.app_id
        # Of a crowd it is known whether anybody was forgotten, and nobody is looked at for it.
        are_all_named = attendance is not None and not attendance.forgotten
        record.players = tuple(session.players) if are_all_named else session.named
        record.max_players = session.max_players
