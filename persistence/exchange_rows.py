"""Records as they are exported and imported: one flat row each, nothing lost.

Ids are strings and times ISO 8601 in UTC, as ``latido history --json`` prints them; stretches,
stays and players are lists.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, get_args

import msgspec

from machines import (
    SECOND,
    ActivityType,
    Kind,
    Player,
    Reason,
    Record,
    Snowflake,
    State,
    Stay,
    Stretch,
    Timeline,
)
from persistence.iso_time import from_text, from_text_or_none, to_text, to_text_or_none
from persistence.snapshot_entries import Count, PlayerId, StretchEntry
from persistence.snapshot_format import stretches_from

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["ExchangeRow", "record_of_row", "row_of_record"]

_ROUNDING = 1 / SECOND
_Told = TypeVar("_Told")
_Meant = TypeVar("_Meant")


_Id = str | int
"""Written as a string, for most who read JSON round large numbers; earlier exports have numbers."""


class StayRow(msgspec.Struct, frozen=True, array_like=True):
    """Part of a voice session in one channel."""

    channel_id: _Id
    channel_name: str
    since: str
    floor: str


class PlayerRow(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One player's part in a party."""

    session_id: str
    user_id: _Id
    username: str
    start_time: str
    ended_at: str | None = None
    stretches: list[StretchEntry] = []
    unbounded: bool = False


class ExchangeRow(msgspec.Struct, kw_only=True):
    """One session; ``ended_at`` is None where it is still going on."""

    id: str
    kind: Kind
    guild_id: str
    user_id: str | None = None
    username: str | None = None
    state: State
    reason: Reason | None = None
    started_at: str
    confirmed_at: str | None = None
    last_seen: str
    ended_at: str | None = None
    seconds: float
    uncertain_seconds: float | None = None
    unbounded: bool = False
    channel_id: str | None = None
    channel_name: str | None = None
    game_name: str | None = None
    app_id: str | None = None
    activity_type: ActivityType | None = None
    max_players: Count | None = None
    stretches: list[StretchEntry] = []
    stays: list[StayRow] = []
    players: list[PlayerRow] = []


def row_of_record(record: Record) -> ExchangeRow:
    """Return the row of a record."""
    return ExchangeRow(
        id=record.id,
        kind=record.kind,
        guild_id=str(record.guild_id),
        user_id=_text(record.user_id),
        username=record.username,
        state=record.state,
        reason=record.reason,
        started_at=to_text(record.started_at),
        confirmed_at=to_text_or_none(record.confirmed_at),
        last_seen=to_text(record.last_seen),
        ended_at=to_text(record.ended_at),
        seconds=record.seconds,
        uncertain_seconds=record.uncertain_seconds,
        unbounded=record.unbounded,
        channel_id=_text(record.channel_id),
        channel_name=record.channel_name,
        game_name=record.game_name,
        app_id=_text(record.app_id),
        activity_type=record.activity_type,
        max_players=record.max_players,
        stretches=_stretch_entries(record.stretches),
        stays=[
            StayRow(
                str(stay.channel_id), stay.channel_name, to_text(stay.since), to_text(stay.floor)
            )
            for stay in record.stays
        ],
        players=[_player_row(player) for player in record.players],
    )


def record_of_row(row: ExchangeRow) -> Record | None:
    """Return the record of a row; None where the session is still going on.

    Raises:
        ValueError: it is no record, or counts what its timeline does not.
    """
    if row.ended_at is None or row.reason is None:
        return None
    record = Record(
        id=row.id,
        kind=row.kind,
        guild_id=_field("guild_id", _required, row.guild_id),
        user_id=_field("user_id", _number, row.user_id),
        username=row.username,
        state=row.state,
        reason=row.reason,
        started_at=_field("started_at", from_text, row.started_at),
        confirmed_at=_field("confirmed_at", from_text_or_none, row.confirmed_at),
        last_seen=_field("last_seen", from_text, row.last_seen),
        ended_at=_field("ended_at", from_text, row.ended_at),
        seconds=row.seconds,
        uncertain_seconds=row.uncertain_seconds,
        unbounded=row.unbounded,
        channel_id=_field("channel_id", _number, row.channel_id),
        channel_name=row.channel_name,
        game_name=row.game_name,
        app_id=_field("app_id", _number, row.app_id),
        activity_type=row.activity_type,
        max_players=row.max_players,
        stretches=tuple(_field("stretches", stretches_from, row.stretches)),
        stays=_field("stays", _stays_of, row.stays),
        players=_field("players", _players_of, row.players),
    )
    _check(record)
    return record


def _field(name: str, read: Callable[[_Told], _Meant], told: _Told) -> _Meant:
    """Return what a field says; the error says which field it is."""
    try:
        return read(told)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def _check(record: Record) -> None:
    if record.state not in {"ended", "orphaned"}:
        raise ValueError(f"state is {record.state}, and of what is over it is ended or orphaned")
    if record.ended_at < record.started_at:
        raise ValueError("ended_at is before started_at")
    if not record.id:
        raise ValueError("id is empty")
    if (record.kind == "party") != (record.user_id is None):
        raise ValueError("user_id: a party is nobody's, and any other session is somebody's")
    if any(player.user_id < 0 for player in record.players):
        raise ValueError("players: of a party that is over only those are kept who are somebody")
    told = Timeline(record.started_at, record.ended_at, list(record.stretches), record.unbounded)
    sums = told.account()
    if not abs(sums.seconds - record.seconds) <= _ROUNDING:  # a NaN is not equal to anything
        raise ValueError(f"seconds is {record.seconds}, and its timeline has {sums.seconds}")
    told_of, follows = record.uncertain_seconds, sums.uncertain_seconds
    if (told_of is None) != (follows is None) or not abs((told_of or 0) - (follows or 0)) <= (
        _ROUNDING
    ):
        raise ValueError(
            f"uncertain_seconds is {_shown(told_of)}, and by its stretches and unbounded it is "
            f"{_shown(follows)}"
        )
    if record.activity_type is not None and record.activity_type not in get_args(ActivityType):
        raise ValueError(f"activity_type: there is none called {record.activity_type!r}")


def _shown(seconds: float | None) -> str:
    return "null" if seconds is None else str(seconds)


def _stays_of(rows: list[StayRow]) -> tuple[Stay, ...]:
    return tuple(map(_stay_of, rows))


def _stay_of(row: StayRow) -> Stay:
    channel_id = _required(row.channel_id)
    return Stay(channel_id, row.channel_name, from_text(row.since), from_text(row.floor))


def _players_of(rows: list[PlayerRow]) -> tuple[Player, ...]:
    return tuple(map(_player_of, rows))


def _player_of(row: PlayerRow) -> Player:
    return Player(
        session_id=row.session_id,
        user_id=msgspec.convert(row.user_id, PlayerId, strict=False),
        username=row.username,
        started_at=from_text(row.start_time),
        ended_at=from_text_or_none(row.ended_at),
        stretches=tuple(stretches_from(row.stretches)),
        unbounded=row.unbounded,
    )


def _player_row(player: Player) -> PlayerRow:
    return PlayerRow(
        session_id=player.session_id,
        user_id=str(player.user_id),
        username=player.username,
        start_time=to_text(player.started_at),
        ended_at=to_text_or_none(player.ended_at),
        stretches=_stretch_entries(player.stretches),
        unbounded=player.unbounded,
    )


def _stretch_entries(stretches: Iterable[Stretch]) -> list[StretchEntry]:
    return [StretchEntry(to_text(part.start), to_text(part.end), part.value) for part in stretches]


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)


def _required(text: _Id) -> int:
    return msgspec.convert(text, Snowflake, strict=False)


def _number(text: str | None) -> int | None:
    return None if text is None else _required(text)
