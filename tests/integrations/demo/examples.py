"""What was played, and what two bots wrote down about it."""

from __future__ import annotations

from integrations.baselines.events_only import Counted
from integrations.demo.comparison import Comparison, Row, Subject
from machines import Kind, Record

GUILD, PINO, AGU = 1, 11, 12
NAMES = {PINO: "Pino", AGU: "agu"}
VOICE_OF_PINO = Subject("voice", PINO, None)
VOICE_OF_AGU = Subject("voice", AGU, None)
GAME_OF_PINO = Subject("game", PINO, "VALORANT")
PARTY = Subject("party", None, "VALORANT")


def record(
    kind: Kind,
    seconds: float,
    uncertain: float | None = 0.0,
    *,
    user_id: int | None = PINO,
    game: str | None = None,
    players: int | None = None,
) -> Record:
    return Record(
        id=f"{kind}{user_id}{seconds}", kind=kind, guild_id=GUILD, state="ended", reason="left",
        started_at=0, confirmed_at=0, last_seen=0, ended_at=0, seconds=seconds,
        uncertain_seconds=uncertain, user_id=user_id, game_name=game, max_players=players,
    )  # fmt: skip


def counted(
    kind: Kind, seconds: float, *, user_id: int | None = PINO, game: str | None = None
) -> Counted:
    return Counted(kind, GUILD, user_id, game, seconds)


def row(
    subject: Subject = VOICE_OF_PINO,
    truth: float = 60.0,
    latido: float = 60.0,
    uncertain: float | None = 0.0,
    rival: float = 60.0,
) -> Row:
    return Row(subject, truth, latido, uncertain, rival, players=3)


def comparison(*rows: Row) -> Comparison:
    return Comparison(rows=rows, short=1, short_counted=1)
