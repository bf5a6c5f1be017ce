"""Live sessions, records and reports to work with; instants are seconds after START."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from machines import (
    SECOND,
    GameSession,
    Instant,
    PartySession,
    Player,
    Record,
    VoiceSession,
    from_datetime,
    record_of,
)

if TYPE_CHECKING:
    from machines import AnySession

START = datetime(2025, 12, 29, 23, 0, tzinfo=UTC)
GUILD, OTHER_GUILD = 1 << 40, (1 << 40) + (1 << 22)
"""Two guilds; with two shards, the first belongs to shard 0 and the other to shard 1."""

PINO, AGU = 11, 12
GENERAL, LOUNGE = 501, 502


def at(second: float) -> Instant:
    return from_datetime(START) + round(second * SECOND)


def voice_session(
    user_id: int = PINO,
    *,
    guild_id: int = GUILD,
    channel_id: int = GENERAL,
    last_seen: float = 0,
    session_id: str | None = None,
) -> VoiceSession:
    return VoiceSession(
        id=session_id or f"voice-{user_id}",
        guild_id=guild_id,
        state="confirmed",
        started_at=at(0),
        last_seen=at(last_seen),
        user_id=user_id,
        username=f"user{user_id}",
        channel_id=channel_id,
        channel_name="General",
    )


def game_session(
    user_id: int = PINO, name: str = "Tetris", *, guild_id: int = GUILD, last_seen: float = 0
) -> GameSession:
    return GameSession(
        id=f"game-{user_id}-{name}",
        guild_id=guild_id,
        state="confirmed",
        started_at=at(0),
        last_seen=at(last_seen),
        user_id=user_id,
        username=f"user{user_id}",
        game_name=name,
    )


def party_of(games: list[GameSession]) -> PartySession:
    """Return the party of those who play these."""
    return PartySession(
        id="party",
        guild_id=games[0].guild_id,
        state="confirmed",
        started_at=at(0),
        last_seen=at(0),
        game_name=games[0].game_name,
        players=[
            Player(
                session_id=game.id,
                user_id=game.user_id,
                username=game.username,
                started_at=game.started_at,
            )
            for game in games
        ],
        max_players=len(games),
    )


def ended(session: AnySession, second: float = 60) -> Record:
    """End a session; return its record."""
    session.state, session.reason, session.ended_at = "ended", "left", at(second)
    return record_of(session)
