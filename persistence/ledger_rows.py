"""Records to rows of the ledger and back, exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from machines import Player, Record, Stay, Stretch
from persistence.beside_the_loop import beside_the_loop
from persistence.iso_time import possible
from persistence.well_formed import well_formed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["COLUMNS", "Row", "record_from", "row_of"]

Row = tuple[Any, ...]

COLUMNS: Final = (
    "id",
    "kind",
    "guild_id",
    "user_id",
    "username",
    "state",
    "reason",
    "started_at",
    "confirmed_at",
    "last_seen",
    "ended_at",
    "seconds",
    "uncertain_seconds",
    "unbounded",
    "channel_id",
    "channel_name",
    "game_name",
    "app_id",
    "activity_type",
    "max_players",
    "stretches",
    "stays",
    "players",
)
"""Instants are integers: microseconds since 1970 in UTC. The last three hold JSON."""

_PIECE: Final = 200
"""Players that are encoded at once: they take some three hundred microseconds."""

_encode = msgspec.json.Encoder().encode
_stretches = msgspec.json.Decoder(tuple[Stretch, ...])
_stays = msgspec.json.Decoder(tuple[Stay, ...])
_players = msgspec.json.Decoder(tuple[Player, ...])


def row_of(record: Record) -> Row:
    """Return the values of a record, in the order of :data:`COLUMNS`."""
    return (
        record.id,
        record.kind,
        record.guild_id,
        record.user_id,
        _name(record.username),
        record.state,
        record.reason,
        record.started_at,
        record.confirmed_at,
        record.last_seen,
        record.ended_at,
        record.seconds,
        record.uncertain_seconds,
        int(record.unbounded),
        record.channel_id,
        _name(record.channel_name),
        _name(record.game_name),
        record.app_id,
        record.activity_type,
        record.max_players,
        _json(record.stretches),
        _json(
            [
                Stay(stay.channel_id, well_formed(stay.channel_name), stay.since, stay.floor)
                for stay in record.stays
            ]
        ),
        _json_of_players(record.players),
    )


def record_from(row: Row) -> Record:
    """Return the record of a row.

    Raises:
        ValueError: the row does not hold one.
    """
    values = dict(zip(COLUMNS, row, strict=True))
    values["unbounded"] = bool(values["unbounded"])
    try:
        values["stretches"] = _stretches.decode(values["stretches"])
        values["stays"] = _stays.decode(values["stays"])
        values["players"] = _players.decode(values["players"])
    except (TypeError, RecursionError) as error:
        raise ValueError(str(error)) from error
    record = msgspec.convert(values, Record)
    for instant in _instants_of(record):
        possible(instant)
    return record


def _instants_of(record: Record) -> Iterator[int]:
    yield from (record.started_at, record.last_seen, record.ended_at)
    if record.confirmed_at is not None:
        yield record.confirmed_at
    for stretch in record.stretches:
        yield from (stretch.start, stretch.end)
    for stay in record.stays:
        yield from (stay.since, stay.floor)
    for player in record.players:
        yield player.started_at
        if player.ended_at is not None:
            yield player.ended_at
        for stretch in player.stretches:
            yield from (stretch.start, stretch.end)


def _json(parts: Sequence[Stretch] | Sequence[Stay] | Sequence[Player]) -> str:
    return _encode(parts).decode()


def _json_of_players(players: Sequence[Player]) -> str:
    """Return them as JSON, encoded some at a time: one call keeps the interpreter's lock."""
    pieces = [
        _json([*map(_well_named, players[first : first + _PIECE])])[1:-1]
        for first in beside_the_loop(range(0, len(players), _PIECE))
    ]
    return f"[{','.join(pieces)}]"


def _name(text: str | None) -> str | None:
    return None if text is None else well_formed(text)


def _well_named(player: Player) -> Player:
    return Player(
        session_id=player.session_id,
        user_id=player.user_id,
        username=well_formed(player.username),
        started_at=player.started_at,
        ended_at=player.ended_at,
        stretches=player.stretches,
        unbounded=player.unbounded,
    )
