"""The sessions and records that the tests of persistence tell their stories with."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from machines import (
    SECOND,
    AnySession,
    GameSession,
    Instant,
    PartySession,
    Player,
    Record,
    Stretch,
    VoiceSession,
    from_datetime,
    record_of,
)

__all__ = [
    "GUILD",
    "HOUR",
    "PINO",
    "START",
    "fields",
    "game",
    "game_record",
    "party",
    "party_record",
    "record",
    "voice",
]

GUILD = 812345678901234567
PINO = 123456789
START = from_datetime(datetime(2025, 12, 29, 22, 30, tzinfo=UTC))
HOUR = 3600 * SECOND


def voice(
    session_id: str = "v1", *, user_id: int = PINO, started_at: Instant = START
) -> VoiceSession:
    """Return Pino's live session in General."""
    return VoiceSession(
        id=session_id,
        guild_id=GUILD,
        state="confirmed",
        started_at=started_at,
        confirmed_at=started_at + 10 * SECOND,
        last_seen=started_at + 10 * SECOND,
        user_id=user_id,
        username="Pino",
        channel_id=987654321,
        channel_name="General",
    )


def game(session_id: str = "g1", *, user_id: int = PINO, username: str = "Pino") -> GameSession:
    """Return a live session of VALORANT."""
    return GameSession(
        id=session_id,
        guild_id=GUILD,
        state="confirmed",
        started_at=START,
        confirmed_at=START + 10 * SECOND,
        last_seen=START + 10 * SECOND,
        user_id=user_id,
        username=username,
        game_name="VALORANT",
        app_id=700136079562375258,
    )


def party(session_id: str = "p1", *, started_at: int = START) -> PartySession:
    """Return the live party of Pino (1), agu (2) and Zeta (3), who went away after an hour."""
    return PartySession(
        id=session_id,
        guild_id=GUILD,
        state="confirmed",
        started_at=started_at,
        last_seen=started_at,
        game_name="VALORANT",
        players=[
            Player(session_id="g1", user_id=1, username="Pino", started_at=started_at),
            Player(session_id="g2", user_id=2, username="agu", started_at=started_at),
            Player(
                session_id="g3",
                user_id=3,
                username="Zeta",
                started_at=started_at,
                ended_at=started_at + HOUR,
            ),
        ],
        max_players=3,
    )


def record(
    session_id: str = "v1",
    *,
    user_id: int = PINO,
    started_at: Instant = START,
    hours: float = 1,
    stretches: tuple[Stretch, ...] = (),
    guild_id: int = GUILD,
) -> Record:
    """Return the record of a stay in voice."""
    session = voice(session_id, user_id=user_id, started_at=started_at)
    session.guild_id = guild_id
    session.stretches = stretches
    return _ended(session, started_at + round(hours * HOUR))


def game_record(session_id: str = "g1", *, user_id: int = PINO, hours: float = 1) -> Record:
    """Return the record of a session of VALORANT."""
    return _ended(game(session_id, user_id=user_id), START + round(hours * HOUR))


def party_record(
    session_id: str = "p1", *, started_at: Instant = START, hours: float = 2
) -> Record:
    """Return the record of the party."""
    return _ended(party(session_id, started_at=started_at), started_at + round(hours * HOUR))


def fields(thing: object) -> object:
    """Return everything a struct holds, to compare by value what compares by identity."""
    if isinstance(thing, list):
        return [fields(part) for part in thing]
    return type(thing).__name__, msgspec.to_builtins(thing)


def _ended(session: AnySession, at: Instant) -> Record:
    session.state, session.reason, session.ended_at = "ended", "left", at
    return record_of(session)
