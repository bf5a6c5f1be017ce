"""Frames of the gateway, as far as an audit reads them: typed, over the raw text.

The payload of a frame stays the bytes it came in (``msgspec.Raw``) until its name says that
it matters; that of a big guild is decoded as it comes (``slices``).
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import msgspec

from integrations.gateway.guild_payload import GuildPayload

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = [
    "Frame",
    "GuildFrame",
    "GuildPart",
    "Hello",
    "Inflater",
    "Ready",
    "TooLargeError",
    "decode_frame",
    "encode",
    "guild_of",
    "hello_of",
    "in_pieces",
    "ready_of",
    "unavailable_of",
]

LARGEST = 256 * 1024 * 1024
"""Bytes of one message; a larger one is refused rather than taken in."""

SLICE = 32 * 1024
"""Bytes of text that are taken in at a time: well under a millisecond of work."""

GUILD_CREATE = "GUILD_CREATE"

_PACKED = 16 * 1024
"""Bytes that are unpacked at a time."""

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


class GuildFrame(Frame, kw_only=True):
    """A GUILD_CREATE whose payload is decoded already."""

    guild: GuildPayload


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


def decode_frame(text: bytes | bytearray | str) -> Frame:
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
    if isinstance(frame, GuildFrame):
        return frame.guild
    return _guild.decode(frame.d)


def unavailable_of(frame: Frame) -> GuildPart:
    """Return the payload of GUILD_DELETE."""
    return _part.decode(frame.d)


def encode(op: int, data: Mapping[str, object] | int | None) -> str:
    """Return the text of a message to the gateway."""
    return msgspec.json.encode({"op": op, "d": data}).decode()


def in_pieces(text: str) -> Iterator[bytes]:
    """Yield a message that is not compressed, a slice at a time."""
    for start in range(0, len(text), SLICE):
        yield text[start : start + SLICE].encode()


class Inflater:
    """Undoes the transport compression ``zlib-stream``: one stream over all messages."""

    def __init__(self) -> None:
        """Begin a stream."""
        self._stream = zlib.decompressobj()

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """Yield the text of a binary message, at most a slice at a time.

        Raises:
            zlib.error: it is no such stream.
        """
        packed = memoryview(data)
        for start in range(0, len(packed), _PACKED):
            waiting: bytes | memoryview = packed[start : start + _PACKED]
            while True:
                text = self._stream.decompress(waiting, SLICE)
                yield text
                waiting = self._stream.unconsumed_tail
                if len(text) < SLICE and not waiting:
                    break

    @staticmethod
    def ends_frame(data: bytes) -> bool:
        """Return whether a binary message is the last of its frame."""
        return data.endswith(_SUFFIX)
