"""Sessions, guilds and cooldowns to the snapshot's entries and back, exactly."""

from __future__ import annotations

from functools import lru_cache
from sys import intern
from typing import TYPE_CHECKING, Final, Literal, TypedDict

import msgspec

from machines import (
    AnySession,
    Cooldown,
    Deadline,
    GameSession,
    GuildWatch,
    Kind,
    PartySession,
    Player,
    Reason,
    Session,
    Snowflake,
    Stay,
    Stretch,
    VoiceSession,
)
from persistence.arrays import encode_array
from persistence.beside_the_loop import beside_the_loop
from persistence.iso_time import from_text, from_text_or_none, to_text, to_text_or_none
from persistence.snapshot_entries import (
    CooldownEntry,
    DeadlineEntry,
    GameEntry,
    LivingState,
    PartyEntry,
    PlayerEntry,
    StayEntry,
    StretchEntry,
    VoiceEntry,
    WatchEntry,
)
from persistence.well_formed import well_formed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = [
    "cooldown_from",
    "encode_cooldown",
    "encode_session",
    "encode_watch",
    "player_from",
    "session_from",
    "session_text",
    "stretches_from",
    "watch_from",
]

_NO_PLAYERS: Final = b"[]"
_GAMES_KNOWN: Final = 1024

_encode = msgspec.json.Encoder().encode
_decoders: dict[Kind, msgspec.json.Decoder[VoiceEntry | GameEntry | PartyEntry]] = {
    "voice": msgspec.json.Decoder(VoiceEntry),
    "game": msgspec.json.Decoder(GameEntry),
    "party": msgspec.json.Decoder(PartyEntry),
}
_player_decoder = msgspec.json.Decoder(PlayerEntry)
_watch_decoder = msgspec.json.Decoder(WatchEntry)
_cooldown_decoder = msgspec.json.Decoder(CooldownEntry)


# Writing


class _Shared(TypedDict):
    guild_id: int
    start_time: str
    is_confirmed: Literal[True]
    state: LivingState
    confirmed_at: str | None
    last_seen: str
    absent_since: str | None
    unwatched_since: str | None
    ended_at: str | None
    reason: Reason | None
    stretches: list[StretchEntry]
    unbounded: bool
    announced: bool
    deadline: DeadlineEntry | None


def encode_session(session: AnySession) -> bytes:
    """Return the entry of a live session, as it is now."""
    return b"".join(session_text(session))


def session_text(session: AnySession) -> Iterator[bytes]:
    """Yield what :func:`encode_session` returns, of a party player by player."""
    if type(session) is VoiceSession:
        yield _encode(_voice_entry(session))
    elif type(session) is GameSession:
        yield _encode(_game_entry(session))
    else:
        # Nothing of what follows the players is a list.
        before, _none, after = _encode(_party_entry(session)).rpartition(_NO_PLAYERS)
        yield before
        mark = b"["
        for player in beside_the_loop(session.players):
            yield mark + _encode(_player_entry(player))
            mark = b","
        yield b"]" + after if session.players else _NO_PLAYERS + after


def encode_watch(watch: GuildWatch) -> bytes:
    """Return the entry of a guild."""
    return _encode(
        WatchEntry(
            observed_until=to_text_or_none(watch.observed_until),
            gap_since=to_text_or_none(watch.gap_since),
            cut_since=to_text_or_none(watch.cut_since),
            looked_at=to_text_or_none(watch.looked_at),
            looked_at_games=to_text_or_none(watch.looked_at_games),
        )
    )


def encode_cooldown(cooldown: Cooldown) -> bytes:
    """Return the entry of a cooldown."""
    return _encode(
        CooldownEntry(
            guild_id=cooldown.guild_id,
            kind=cooldown.kind,
            subject=well_formed(str(cooldown.subject)),
            until=to_text(cooldown.until),
        )
    )


def _shared(session: Session) -> _Shared:
    deadline = session.deadline
    return _Shared(
        guild_id=session.guild_id,
        start_time=to_text(session.started_at),
        is_confirmed=True,
        state="recovered" if session.state == "recovered" else "confirmed",
        confirmed_at=to_text_or_none(session.confirmed_at),
        last_seen=to_text(session.last_seen),
        absent_since=to_text_or_none(session.absent_since),
        unwatched_since=to_text_or_none(session.unwatched_since),
        ended_at=to_text_or_none(session.ended_at),
        reason=session.reason,
        stretches=_stretch_entries(session.stretches),
        unbounded=session.unbounded,
        announced=session.announced,
        deadline=(
            None if deadline is None else DeadlineEntry(to_text(deadline.at), deadline.trigger)
        ),
    )


def _stretch_entries(stretches: Iterable[Stretch]) -> list[StretchEntry]:
    return [StretchEntry(to_text(part.start), to_text(part.end), part.value) for part in stretches]


def _voice_entry(session: VoiceSession) -> VoiceEntry:
    return VoiceEntry(
        **_shared(session),
        user_id=session.user_id,
        username=well_formed(session.username),
        channel_id=session.channel_id,
        channel_name=well_formed(session.channel_name),
        stays=[
            StayEntry(
                stay.channel_id,
                well_formed(stay.channel_name),
                to_text(stay.since),
                to_text(stay.floor),
            )
            for stay in session.stays
        ],
    )


def _game_entry(session: GameSession) -> GameEntry:
    return GameEntry(
        **_shared(session),
        user_id=session.user_id,
        username=well_formed(session.username),
        game_name=well_formed(session.game_name),
        app_id=session.app_id,
        activity_type=session.activity_type,
    )


def _party_entry(session: PartySession) -> PartyEntry:
    """Return all of it but the players themselves."""
    names = {
        str(player.user_id): well_formed(player.username)
        for player in beside_the_loop(session.players)
        if player.user_id >= 0  # whoever was forgotten has none
    }
    return PartyEntry(
        **_shared(session),
        game_name=well_formed(session.game_name),
        app_id=session.app_id,
        player_ids=msgspec.Raw(encode_array(list(names))),
        player_names=msgspec.Raw(encode_array(list(names.values()))),
        max_players=session.max_players,
        continues=session.continues or msgspec.UNSET,
        min_players=session.min_players,
        players=[],
    )


def _player_entry(player: Player) -> PlayerEntry:
    return PlayerEntry(
        session_id=player.session_id,
        user_id=player.user_id,
        username=well_formed(player.username),
        start_time=to_text(player.started_at),
        ended_at=to_text_or_none(player.ended_at),
        stretches=_stretch_entries(player.stretches),
        unbounded=player.unbounded,
    )


# Reading


def session_from(kind: Kind, session_id: str, raw: bytes) -> AnySession:
    """Return the session of an entry.

    Raises:
        ValueError: the entry is not one (msgspec's errors are ValueErrors).
    """
    entry = _decoders[kind].decode(raw)
    session: AnySession
    if type(entry) is VoiceEntry:
        session = _voice_from(session_id, entry)
    elif type(entry) is GameEntry:
        session = _game_from(session_id, entry)
    else:
        session = _party_from(session_id, entry)
    session.confirmed_at = from_text_or_none(entry.confirmed_at)
    session.absent_since = from_text_or_none(entry.absent_since)
    session.unwatched_since = from_text_or_none(entry.unwatched_since)
    session.ended_at = from_text_or_none(entry.ended_at)
    session.reason = entry.reason
    session.stretches = tuple(stretches_from(entry.stretches))
    session.unbounded = entry.unbounded
    session.announced = entry.announced
    if entry.deadline is not None:
        session.deadline = Deadline(from_text(entry.deadline.at), entry.deadline.trigger)
    return session


def watch_from(guild_id: str, raw: bytes) -> GuildWatch:
    """Return what an entry says about a guild.

    Raises:
        ValueError: the entry is not one.
    """
    entry = _watch_decoder.decode(raw)
    return GuildWatch(
        guild_id=msgspec.convert(guild_id, Snowflake, strict=False),
        observed_until=from_text_or_none(entry.observed_until),
        gap_since=from_text_or_none(entry.gap_since),
        cut_since=from_text_or_none(entry.cut_since),
        looked_at=from_text_or_none(entry.looked_at),
        looked_at_games=from_text_or_none(entry.looked_at_games),
    )


def cooldown_from(raw: bytes) -> Cooldown:
    """Return the cooldown of an entry.

    Raises:
        ValueError: the entry is not one.
    """
    entry = _cooldown_decoder.decode(raw)
    subject = entry.subject if entry.kind == "party" else int(entry.subject)
    return Cooldown(entry.guild_id, entry.kind, subject, from_text(entry.until))


def stretches_from(entries: list[StretchEntry]) -> list[Stretch]:
    """Return the stretches of entries.

    Raises:
        ValueError: a time is none.
    """
    return [Stretch(from_text(part.start), from_text(part.end), part.value) for part in entries]


def _voice_from(session_id: str, entry: VoiceEntry) -> VoiceSession:
    session = VoiceSession(
        id=session_id,
        guild_id=entry.guild_id,
        state=entry.state,
        started_at=from_text(entry.start_time),
        last_seen=from_text(entry.last_seen),
        user_id=entry.user_id,
        username=entry.username,
        channel_id=entry.channel_id,
        channel_name=intern(entry.channel_name),
    )
    start = entry.start_time
    if entry.stays != [StayEntry(entry.channel_id, entry.channel_name, start, start)]:
        session.moved = tuple(
            Stay(stay.channel_id, stay.channel_name, from_text(stay.since), from_text(stay.floor))
            for stay in entry.stays
        )
    return session


def _game_from(session_id: str, entry: GameEntry) -> GameSession:
    return GameSession(
        id=session_id,
        guild_id=entry.guild_id,
        state=entry.state,
        started_at=from_text(entry.start_time),
        last_seen=from_text(entry.last_seen),
        user_id=entry.user_id,
        username=entry.username,
        game_name=intern(entry.game_name),
        app_id=_one_number(entry.app_id),
        activity_type=entry.activity_type,
    )


@lru_cache(maxsize=_GAMES_KNOWN)
def _one_number(app_id: int | None) -> int | None:
    """Return the one of equal numbers that was decoded first: whoever plays a game holds it."""
    return app_id


def _party_from(session_id: str, entry: PartyEntry) -> PartySession:
    return PartySession(
        id=session_id,
        guild_id=entry.guild_id,
        state=entry.state,
        started_at=from_text(entry.start_time),
        last_seen=from_text(entry.last_seen),
        game_name=entry.game_name,
        app_id=entry.app_id,
        min_players=entry.min_players,
        max_players=entry.max_players,
        continues=entry.continues is True,
        players=[
            player_from(_player_decoder.decode(raw)) for raw in beside_the_loop(entry.players)
        ],
    )


def player_from(entry: PlayerEntry) -> Player:
    """Return the player of an entry.

    Raises:
        ValueError: a time is none.
    """
    return Player(
        session_id=entry.session_id,
        user_id=entry.user_id,
        username=entry.username,
        started_at=from_text(entry.start_time),
        ended_at=from_text_or_none(entry.ended_at),
        stretches=tuple(stretches_from(entry.stretches)),
        unbounded=entry.unbounded,
    )
