"""A session as it is at an instant, packed: what is held between a change and its text.

Packing takes a microsecond and a hundred bytes or two, so that it can be done at every change
on the event loop, and kept for every session. The text of the snapshot (``snapshot_format``)
takes twenty times as long and three times the room; the thread that writes makes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from machines import KINDS, AnySession, GameSession, Kind, PartySession, VoiceSession
from persistence.snapshot_entries import SECTION_OF, Section
from persistence.snapshot_format import encode_session, session_from

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["pack", "text_of", "unpack"]

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[object]).decode
_values = msgspec.structs.astuple

_STRUCTS: Mapping[Kind, type[AnySession]] = {
    "voice": VoiceSession,
    "game": GameSession,
    "party": PartySession,
}
_KINDS: dict[Section, Kind] = {SECTION_OF[kind]: kind for kind in KINDS}


def pack(session: AnySession) -> bytes:
    """Return a session as it is now."""
    try:
        return _encode(_values(session))
    except UnicodeEncodeError:
        # Half of a surrogate pair: the snapshot's text has a question mark in its place.
        return _encode(_values(session_from(session.kind, session.id, encode_session(session))))


def unpack(kind: Kind, packed: bytes) -> AnySession:
    """Return the session as it was when it was packed."""
    struct = _STRUCTS[kind]
    fields = dict(zip(struct.__struct_fields__, _decode(packed), strict=True))
    return msgspec.convert(fields, struct)


def text_of(section: Section, held: bytes) -> bytes:
    """Return the text of an entry that is held: of sessions packed, of the rest as it is."""
    kind = _KINDS.get(section)
    return held if kind is None else encode_session(unpack(kind, held))
