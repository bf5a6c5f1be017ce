"""The snapshot's format, schema 2: the proposal's keys, and what the machines need besides.

::

    {"schema": 2, "edition": "5f0c...", "after": "91d2...", "last_updated": "2025-12-29T23:00:00Z",
     "voice_sessions": {"<session id>": {"username": ..., "channel_id": ..., ...}},
     "game_sessions": {...}, "party_sessions": {...},
     "guilds": {"<guild id>": {"observed_until": ..., ...}}, "cooldowns": [...]}

Sessions are keyed by their id, which no two share: the proposal's keys (the user alone, the
game alone) collide as soon as there is a second guild, or a second game. Times are ISO 8601
in UTC, to the microsecond, so that what is read back is what was written.

``edition`` names this snapshot, and ``after`` the one before it; the journal says which
edition it follows. Schema 1 had neither, and no journal: a version that knows only schema 1
must not read a snapshot without its journal, hence the number.
"""

from __future__ import annotations

from typing import Annotated, Literal, final

import msgspec

from machines import LARGEST_ID, ActivityType, Kind, Reason, Snowflake, Trigger

__all__ = [
    "SCHEMA",
    "SECTIONS",
    "SECTION_OF",
    "CooldownEntry",
    "Count",
    "DeadlineEntry",
    "Document",
    "GameEntry",
    "LivingState",
    "PartyEntry",
    "PlayerEntry",
    "PlayerId",
    "Section",
    "SessionEntry",
    "StayEntry",
    "StretchEntry",
    "VoiceEntry",
    "WatchEntry",
]

SCHEMA = 2
"""The newest schema of the snapshot; 0 is the proposal's own format."""

Count = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
"""A number of people."""

PlayerId = Annotated[int, msgspec.Meta(ge=-(2**31), le=LARGEST_ID)]
"""A player's id; negative where nobody knows who they were."""

LivingState = Literal["confirmed", "recovered"]

Section = Literal["voice_sessions", "game_sessions", "party_sessions", "guilds", "cooldowns"]
"""A part of the file, in which every entry has a key of its own."""

SECTIONS: tuple[Section, ...] = (
    "voice_sessions",
    "game_sessions",
    "party_sessions",
    "guilds",
    "cooldowns",
)

SECTION_OF: dict[Kind, Section] = {
    "voice": "voice_sessions",
    "game": "game_sessions",
    "party": "party_sessions",
}


class Document(msgspec.Struct, kw_only=True):
    """The whole file. Its parts stay raw, so that one that is broken does not take the rest."""

    schema: int = SCHEMA
    edition: str | None = None
    after: str | None = None
    last_updated: str
    voice_sessions: dict[str, msgspec.Raw] = {}
    game_sessions: dict[str, msgspec.Raw] = {}
    party_sessions: dict[str, msgspec.Raw] = {}
    guilds: dict[str, msgspec.Raw] = {}
    cooldowns: dict[str, msgspec.Raw] | list[msgspec.Raw] = msgspec.field(default_factory=dict)
    """A list in schema 1."""

    def entries(self) -> dict[Section, dict[str, msgspec.Raw]]:
        """Return every section's entries by key."""
        cooldowns = self.cooldowns
        if isinstance(cooldowns, list):
            cooldowns = {str(number): raw for number, raw in enumerate(cooldowns)}
        return {
            "voice_sessions": self.voice_sessions,
            "game_sessions": self.game_sessions,
            "party_sessions": self.party_sessions,
            "guilds": self.guilds,
            "cooldowns": cooldowns,
        }


class StretchEntry(msgspec.Struct, frozen=True, array_like=True):
    """Part of a timeline."""

    start: str
    end: str
    value: Literal["away", "unknown"]


class StayEntry(msgspec.Struct, frozen=True, array_like=True):
    """Part of a voice session in one channel."""

    channel_id: Snowflake
    channel_name: str
    since: str
    floor: str


class DeadlineEntry(msgspec.Struct, frozen=True, array_like=True):
    """What is due next."""

    at: str
    trigger: Trigger


class SessionEntry(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What the three kinds share. ``start_time`` and ``is_confirmed`` are the proposal's."""

    guild_id: Snowflake
    start_time: str
    is_confirmed: Literal[True]
    state: LivingState
    confirmed_at: str | None = None
    last_seen: str
    absent_since: str | None = None
    unwatched_since: str | None = None
    ended_at: str | None = None
    reason: Reason | None = None
    stretches: list[StretchEntry] = []
    unbounded: bool = False
    announced: bool = False
    deadline: DeadlineEntry | None = None


@final
class VoiceEntry(SessionEntry, kw_only=True, omit_defaults=True):
    """One person in voice."""

    user_id: Snowflake
    username: str
    channel_id: Snowflake
    channel_name: str
    stays: list[StayEntry] = []


@final
class GameEntry(SessionEntry, kw_only=True):
    """One person with one game; every field of the proposal's is written."""

    user_id: Snowflake
    username: str
    game_name: str
    app_id: Snowflake | None
    activity_type: ActivityType


class PlayerEntry(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One player's part in a party."""

    session_id: str
    user_id: PlayerId
    username: str
    start_time: str
    ended_at: str | None = None
    stretches: list[StretchEntry] = []
    unbounded: bool = False


@final
class PartyEntry(SessionEntry, kw_only=True):
    """Several people with one game. ``player_ids`` and ``player_names`` follow from ``players``.

    There may be very many, so all three stay raw: of the latter each (:class:`PlayerEntry`) is
    decoded by itself, and the former two, lists of strings, are for others to read. ``continues``
    is left out where it is not so.
    """

    game_name: str
    app_id: Snowflake | None
    player_ids: msgspec.Raw
    player_names: msgspec.Raw
    max_players: Count
    min_players: Count
    players: list[msgspec.Raw]
    continues: bool | msgspec.UnsetType = msgspec.UNSET


class WatchEntry(msgspec.Struct, kw_only=True, omit_defaults=True):
    """How far a guild has been watched."""

    observed_until: str | None = None
    gap_since: str | None = None
    cut_since: str | None = None
    looked_at: str | None = None
    looked_at_games: str | None = None


class CooldownEntry(msgspec.Struct, kw_only=True):
    """No entry notice before ``until``."""

    guild_id: Snowflake
    kind: Kind
    subject: str
    until: str
