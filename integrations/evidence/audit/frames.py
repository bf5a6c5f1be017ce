"""Frames of the gateway, as far as an audit reads them: typed, over the raw text.

The payload of a frame stays the bytes it came in (``msgspec.Raw``) until its name says that
it matters, so a guild of 50,000 members costs what is kept of it, and its text for a moment.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import msgspec

from integrations.gateway.guild_payload import GuildPayload

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "Frame",
    "GuildPart",
    "Hello",
    "Inflater",
    "Ready",
    "TooLargeError",
    "decode_frame",
    "encode",
    "guild_of",
    "hello_of",
    "may_resume",
    "ready_of",
    "unavailable_of",
]

LARGEST = 256 * 1024 * 1024
"""Bytes of one message; a larger one is refused rather than taken in."""

_SUFFIX = b"\x00\x00\xff\xff"
"""What ends a message of a zlib stream (``Z_SYNC_FLUSH``)."""


class TooLargeError(Exception):
    """The gateway sent more in one message than any guild has."""


class Frame(msgspec.Struct):
    """A message of the gateway: opcode, payload, sequence number, name of the event."""

    op: int
    d: msgspec.Raw = msgspec.Raw(b"null")
    s: int | None = None
    t: str | None = None


class Hello(msgspec.Struct):
    """The payload of op 10; the interval is in milliseconds."""

    heartbeat_interval: int


class GuildPart(msgspec.Struct):
    """Of a guild in READY or GUILD_DELETE: its id."""

    id: int
    unavailable: bool = False


class Ready(msgspec.Struct):
    """Of READY: the guilds to expect. It does not say which of them will never come."""

    guilds: list[GuildPart]


_frame = msgspec.json.Decoder(Frame)
_hello = msgspec.json.Decoder(Hello)
_ready = msgspec.json.Decoder(Ready, strict=False)
_part = msgspec.json.Decoder(GuildPart, strict=False)
_guild = msgspec.json.Decoder(GuildPayload, strict=False)


def decode_frame(text: bytes | str) -> Frame:
    """Return the frame, its payload still undecoded.

    Raises:
        msgspec.DecodeError: it is no frame of the gateway.
    """
    return _frame.decode(text)


def hello_of(frame: Frame) -> Hello:
    """Return the payload of op 10."""
    return _hello.decode(frame.d)


def ready_of(frame: Frame) -> Ready:
    """Return the payload of READY."""
    return _ready.decode(frame.d)


def guild_of(frame: Frame) -> GuildPayload:
    """Return the payload of GUILD_CREATE."""
    return _guild.decode(frame.d)


def unavailable_of(frame: Frame) -> GuildPart:
    """Return the payload of GUILD_DELETE."""
    return _part.decode(frame.d)


def may_resume(frame: Frame) -> bool:
    """Return the payload of op 9."""
    return bytes(frame.d) == b"true"


def encode(op: int, data: Mapping[str, object] | int | None) -> str:
    """Return the text of a message to the gateway."""
    return msgspec.json.encode({"op": op, "d": data}).decode()


class Inflater:
    """Undoes the transport compression ``zlib-stream``: one stream over all messages."""

    def __init__(self) -> None:
        """Begin a stream."""
        self._stream = zlib.decompressobj()
        self._parts = bytearray()

    def take(self, data: bytes) -> bytes | None:
        """Take in a binary message; return the text once it is whole.

        Raises:
            TooLargeError: the text is larger than any guild's.
            zlib.error: it is no such stream.
        """
        self._parts += data
        if len(self._parts) > LARGEST:
            raise TooLargeError
        if not data.endswith(_SUFFIX):
            return None
        text = self._stream.decompress(self._parts, LARGEST)
        self._parts.clear()
        if self._stream.unconsumed_tail:
            raise TooLargeError
        return text
