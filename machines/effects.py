"""Effects: what a transition asks of the outside, as data.

Nothing here does anything. The engine returns effects in order; whoever drives it carries
them out.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from machines.instant import Instant
from machines.record import Record
from machines.session import ActivityType, AnySession, Kind, Player
from machines.state import Cooldown, GuildWatch

__all__ = [
    "BotEvent",
    "BotEventName",
    "CooldownStarted",
    "Effect",
    "LogLevel",
    "LogLine",
    "NoticeDue",
    "NoticeWithdrawn",
    "RecordEnded",
    "SavedLine",
    "SessionChanged",
    "WatchChanged",
    "WatchKept",
]

BotEventName = Literal[
    "session_confirmed", "session_ended", "session_orphaned", "session_recovered"
]
LogLevel = Literal["debug", "info", "warning", "error"]


class SessionChanged(msgspec.Struct, frozen=True, gc=False):
    """A live session is new or changed: the snapshot must follow.

    ``players``: of a party's players only these have, if any; None where all of them may have.
    """

    session: AnySession
    players: tuple[Player, ...] | None = None


class RecordEnded(msgspec.Struct, frozen=True, gc=False):
    """A session is over: first its ledger row, then the snapshot without it."""

    record: Record


class NoticeDue(msgspec.Struct, frozen=True, gc=False):
    """People may be told: somebody came (``entry``) or went (``exit``).

    ``activity_type`` is what is done with a game. ``player_names`` are those of a party; of a crowd
    as many as a message can hold. ``seconds`` is the time credited, for ``exit``.
    """

    session_id: str
    guild_id: int
    kind: Kind
    notice: Literal["entry", "exit"]
    at: Instant
    user_id: int | None = None
    username: str | None = None
    channel_name: str | None = None
    game_name: str | None = None
    activity_type: ActivityType = "playing"
    player_names: tuple[str, ...] = ()
    seconds: float = 0.0


class NoticeWithdrawn(msgspec.Struct, frozen=True, gc=False):
    """The entry notice of this session, if it was sent, must be deleted."""

    session_id: str
    guild_id: int


class LogLine(msgspec.Struct, frozen=True, gc=False):
    """A line for people: a key of the catalogue and the values it names."""

    level: LogLevel
    key: str
    values: dict[str, str | int | float]


class SavedLine(LogLine, frozen=True, gc=False):
    """A log line that says something is saved: it is written once that is so."""


class BotEvent(msgspec.Struct, frozen=True, gc=False):
    """An event for the bot's own listeners.

    ``record`` is set where the session is over; ``found`` where it was found in the guild
    with no session (a recovered one otherwise went on over a gap).
    """

    name: BotEventName
    session: AnySession
    record: Record | None = None
    found: bool = False


class CooldownStarted(msgspec.Struct, frozen=True, gc=False):
    """An entry notice went out: the next one for its subject must wait."""

    cooldown: Cooldown


class WatchChanged(msgspec.Struct, frozen=True, gc=False):
    """What is known of the watching of a guild changed: the snapshot must follow."""

    watch: GuildWatch


class WatchKept(msgspec.Struct, frozen=True, gc=False):
    """The heartbeat: these guilds have been watched until these instants."""

    observed_until: dict[int, Instant]


Effect = (
    SessionChanged
    | RecordEnded
    | NoticeDue
    | NoticeWithdrawn
    | LogLine
    | SavedLine
    | BotEvent
    | CooldownStarted
    | WatchChanged
    | WatchKept
)
