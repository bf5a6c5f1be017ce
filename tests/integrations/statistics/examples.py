"""Records to add up: hours after 22:00 of a Monday in Bogota."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from machines import SECOND, Player, Record, Stay, Stretch, from_datetime

if TYPE_CHECKING:
    from machines import Instant

BOGOTA = ZoneInfo("America/Bogota")
MADRID = ZoneInfo("Europe/Madrid")
GUILD = 1 << 40
PINO, AGU, ZETA = 11, 12, 13
NAMES = {PINO: "Pino", AGU: "agu", ZETA: "Zeta"}
HOUR = 3600 * SECOND
MONDAY_AT_TEN = from_datetime(datetime(2025, 12, 29, 22, 0, tzinfo=BOGOTA))


def at(hours: float) -> Instant:
    return MONDAY_AT_TEN + round(hours * HOUR)


def voice(
    user_id: int,
    start: float,
    end: float,
    *,
    unknown: tuple[float, float] | None = None,
    unbounded: bool = False,
    running: bool = False,
    channel: tuple[int, str] = (501, "General"),
) -> Record:
    stretches = () if unknown is None else (Stretch(at(unknown[0]), at(unknown[1]), "unknown"),)
    return Record(
        id=f"v-{user_id}-{start}",
        kind="voice",
        guild_id=GUILD,
        state="confirmed" if running else "ended",
        reason="left",
        started_at=at(start),
        confirmed_at=at(start),
        last_seen=at(end),
        ended_at=at(end),
        seconds=(end - start) * 3600,
        uncertain_seconds=None if unbounded else 0.0,
        stretches=stretches,
        unbounded=unbounded,
        user_id=user_id,
        username=NAMES[user_id],
        channel_id=channel[0],
        channel_name=channel[1],
        stays=(Stay(channel[0], channel[1], at(start), at(start)),),
    )


def game(user_id: int, name: str, start: float, end: float, *, running: bool = False) -> Record:
    return Record(
        id=f"g-{user_id}-{name}-{start}",
        kind="game",
        guild_id=GUILD,
        state="confirmed" if running else "ended",
        reason="left",
        started_at=at(start),
        confirmed_at=at(start),
        last_seen=at(end),
        ended_at=at(end),
        seconds=(end - start) * 3600,
        uncertain_seconds=0.0,
        user_id=user_id,
        username=NAMES[user_id],
        game_name=name,
        activity_type="playing",
    )


def party(start: float, end: float, players: dict[int, tuple[float, float]]) -> Record:
    return Record(
        id=f"p-{start}",
        kind="party",
        guild_id=GUILD,
        state="ended",
        reason="too_few_players",
        started_at=at(start),
        confirmed_at=at(start),
        last_seen=at(end),
        ended_at=at(end),
        seconds=(end - start) * 3600,
        uncertain_seconds=0.0,
        game_name="VALORANT",
        players=tuple(
            Player(
                session_id=f"s{user_id}",
                user_id=user_id,
                username=NAMES[user_id],
                started_at=at(first),
                ended_at=at(last),
            )
            for user_id, (first, last) in players.items()
        ),
        max_players=len(players),
    )
