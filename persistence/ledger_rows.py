"""Records to rows of the ledger and back, exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from machines import Player, Record, Stay, Stretch
from persistence.arrays import decode_array, encode_array
from persistence.beside_the_loop import beside_the_loop
from persistence.damaged_text import is_text
from persistence.iso_time import possible
from persistence.well_formed import well_formed

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["COLUMNS", "Row", "players_from", "record_from", "row_of"]

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

_NAMES: Final = ("id", "username", "channel_name", "game_name", "activity_type")
_LISTS: Final = ("stretches", "stays", "players")

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
        encode_array(record.stretches),
        encode_array(
            [
                Stay(stay.channel_id, well_formed(stay.channel_name), stay.since, stay.floor)
                for stay in record.stays
            ]
        ),
        encode_array([*map(_well_named, beside_the_loop(record.players))]),
    )


def record_from(row: Row) -> Record:
    """Return the record of a row.

    Raises:
        ValueError: the row does not hold one.
    """
    values = dict(zip(COLUMNS, row, strict=True))
    values["unbounded"] = bool(values["unbounded"])
    for name in _NAMES:
        if not is_text(values[name]):
            raise ValueError(_no_text(name))
    try:
        parts = {
            "stretches": decode_array(values.pop("stretches"), _stretches, "],["),
            "stays": decode_array(values.pop("stays"), _stays, "],["),
            "players": players_from(values.pop("players")),
        }
    except UnicodeEncodeError as error:
        told = dict(zip(COLUMNS, row, strict=True))
        damaged = [name for name in _LISTS if not is_text(told[name])]
        raise ValueError(_no_text(", ".join(damaged))) from error
    except (TypeError, RecursionError) as error:
        raise ValueError(str(error)) from error
    record = msgspec.structs.replace(msgspec.convert(values, Record), **parts)
    for instant in beside_the_loop(_instants_of(record)):
        possible(instant)
    return record


def players_from(text: str) -> tuple[Player, ...]:
    """Return the players that a row's last column holds.

    Raises:
        ValueError: it holds none.
        TypeError: it is no text.
        RecursionError: it is nested too deep.
    """
    return decode_array(text, _players, "},{")


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


def _no_text(name: str) -> str:
    return f"{name}: it is not text in UTF-8"


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
