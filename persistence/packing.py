"""A session as it is at an instant, packed: what is held between a change and its text.

Packing takes a microsecond or two and some hundred and fifty bytes, so it can be kept for every
session. The text of the snapshot (``snapshot_format``) takes twenty times as long and three
times the room; it is made only as it is written. What is packed are the values of the fields in
their order, without the first: the id, which is the key that it is held by. The state is told by
its number. Of a party's players, of whom there may be very many, some at a time are packed by
themselves, and stand as bytes among the rest. How far a guild is watched is held in the same way.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import msgspec

from machines import (
    KINDS,
    STATES,
    AnySession,
    GameSession,
    GuildWatch,
    Kind,
    PartySession,
    Player,
    Session,
    VoiceSession,
)
from persistence.beside_the_loop import beside_the_loop, let_go_of, some_at_a_time
from persistence.snapshot_entries import SECTION_OF, Section
from persistence.snapshot_format import encode_session, encode_watch, session_from, session_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["pack", "pack_watch", "text_of", "unpack"]

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Any]).decode
_values = msgspec.structs.astuple

_STRUCTS: Mapping[Kind, type[AnySession]] = {
    "voice": VoiceSession,
    "game": GameSession,
    "party": PartySession,
}
_KINDS: dict[Section, Kind] = {SECTION_OF[kind]: kind for kind in KINDS}
_PLAYERS_AT_ONCE: Final = 100
"""Players who are packed in one call, and unpacked: it takes some thirty microseconds."""

_PLAYERS: Final = PartySession.__struct_fields__.index("players") - 1
_STATE: Final = Session.__struct_fields__.index("state") - 1
_NUMBERS: Final = {state: number for number, state in enumerate(STATES)}


def pack(session: AnySession) -> bytes:
    """Return a session as it is now."""
    try:
        return _encode(_fields(session))
    except UnicodeEncodeError:
        # Half of a surrogate pair: the snapshot's text has a question mark in its place.
        return pack(session_from(session.kind, session.id, encode_session(session)))


def pack_watch(watch: GuildWatch) -> bytes:
    """Return a watch as it is now."""
    _guild_id, *fields = _values(watch)
    return _encode(fields)


def unpack(kind: Kind, session_id: str, packed: bytes) -> AnySession:
    """Return the session as it was when it was packed."""
    struct = _STRUCTS[kind]
    fields = _decode(packed)
    fields[_STATE] = STATES[fields[_STATE]]
    if kind == "party":
        packed_players, fields[_PLAYERS] = fields[_PLAYERS], []
        party = msgspec.convert(_named(PartySession, [session_id, *fields]), PartySession)
        players = chain.from_iterable(map(_decode, packed_players))
        party.players += [
            msgspec.convert(_named(Player, player), Player) for player in beside_the_loop(players)
        ]
        return party
    return msgspec.convert(_named(struct, [session_id, *fields]), struct)


def text_of(section: Section, key: str, held: bytes) -> Iterator[bytes]:
    """Yield the text of an entry that is held packed, in pieces."""
    if section == "guilds":
        watch = _named(GuildWatch, [int(key), *_decode(held)])
        yield encode_watch(msgspec.convert(watch, GuildWatch))
        return
    session = unpack(_KINDS[section], key, held)
    yield from session_text(session)
    if type(session) is PartySession:
        let_go_of(session.players)


def _fields(session: AnySession) -> Sequence[object]:
    _id, *fields = _values(session)
    fields[_STATE] = _NUMBERS[session.state]
    if type(session) is PartySession:  # isinstance takes as long as all the rest
        fields[_PLAYERS] = [
            _encode([*map(_values, some)])
            for some in some_at_a_time(session.players, _PLAYERS_AT_ONCE)
        ]
    return fields


def _named(struct: type[msgspec.Struct], values: Sequence[object]) -> dict[str, object]:
    return dict(zip(struct.__struct_fields__, values, strict=True))
