"""The journal: what changed since the snapshot was written, one line a change.

::

    ["1f3c09aa","5f0c6a1e9b7d4c22",0,{"schema":2,"after":"91d2..."}]
    ["90b1d77e","5f0c6a1e9b7d4c22",1,{"section":"voice_sessions","key":"v1","entry":{...}}]
    ["c02f6611","5f0c6a1e9b7d4c22",2,{"section":"voice_sessions","key":"v1"}]
    ["77aa0c1d","5f0c6a1e9b7d4c22",3,{"section":"party_sessions","key":"p1","player":"g7","entry":{...}}]
    ["b1e05a9c","5f0c6a1e9b7d4c22",4,{"section":"voice_sessions","key":"v1","from":{"stays":99},"entry":{...}}]

Every line begins with the CRC-32 of what follows it, names the edition of the snapshot that it
goes with, so that no line counts that is torn, damaged or another snapshot's, and the number
of the write it came with. A change says what an entry is from now on, or that it is gone:
applying it twice, or after a later snapshot, does no harm. Some entries are parts: where a line
names a player (the id of their game session), the entry holds no other, and the party's other
players stay as they are; where it says ``from``, the entry holds of these lists only what stands
at that place and after it (counted from 0), and what stands before it stays as it is.
"""

from __future__ import annotations

import zlib
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from machines import AnySession, GuildWatch
from persistence.beside_the_loop import beside_the_loop, let_go_of
from persistence.errors import NewerSchemaError, UnreadableError, reason_of
from persistence.parts import WHOLE, Since
from persistence.reading import BrokenEntry, problem_of
from persistence.snapshot_entries import Section
from persistence.snapshot_lines import lines_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from persistence.disk import Disk

__all__ = ["EntryChange", "JournalReading", "encode_change", "encode_header", "read_journal"]

SCHEMA = 4
"""The newest schema of the journal; 2 had no players by themselves, 3 no ``from``."""

_CRC = slice(2, 10)
_BODY = slice(12, -1)
_SHORTEST = 14
_HOLE = bytes(8)
"""What stands in the place of what never reached the disk; no line holds it."""

_encode = msgspec.json.Encoder().encode


class EntryChange(msgspec.Struct, frozen=True, gc=False):
    """What an entry is from now on; None where it is gone.

    ``since``: it is a part, which begins there (``parts``).
    ``player``: of a party's players it holds only this one.
    ``unpacked``: the session, or the watch, that the entry is of, where it is held packed.
    """

    section: Section
    key: str
    entry: bytes | None
    since: Since | None = None
    player: str | None = None
    unpacked: AnySession | GuildWatch | None = None


class _Line(msgspec.Struct, rename={"since": "from"}):
    schema: int | None = None
    after: str | None = None
    section: Section | None = None
    key: str | None = None
    player: str | None = None
    since: Since | None = None
    entry: msgspec.Raw = msgspec.Raw()

    def change(self, section: Section, key: str) -> EntryChange:
        """Return the change that it tells of an entry."""
        is_part = self.player is not None or self.since is not None
        since = (self.since or WHOLE) if is_part else None
        return EntryChange(section, key, bytes(self.entry) or None, since, self.player)


class JournalReading(NamedTuple):
    """What a journal says.

    Attributes:
        follows: the edition of the snapshot that it goes with; None where it says nothing.
        after: the edition before that one.
        changes: what changed, in order.
        broken: the lines that are damaged, but not merely torn at the end.
    """

    follows: str | None
    after: str | None
    changes: list[EntryChange]
    broken: list[BrokenEntry]


_decoder = msgspec.json.Decoder(tuple[str, int, _Line])


def encode_header(edition: str, after: str | None) -> bytes:
    """Return the first line of a journal."""
    return b"".join(_line(edition, 0, [_encode({"schema": SCHEMA, "after": after})]))


def encode_change(
    edition: str, write: int, change: EntryChange, text: Iterable[bytes]
) -> Iterator[bytes]:
    """Yield the line of a change that is written with the ``write``-th write, in pieces.

    ``text``: that of the entry, in pieces as well, unless it is gone.
    """
    told = b'"section":"%b","key":%b' % (change.section.encode(), _encode(change.key))
    if change.player is not None:
        told += b',"player":%b' % _encode(change.player)
    if change.since not in {None, WHOLE}:
        told += b',"from":%b' % _encode(change.since)
    if change.entry is None:
        return _line(edition, write, [b"{%b}" % told])
    return _line(edition, write, chain([b'{%b,"entry":' % told], text, [b"}"]))


def read_journal(disk: Disk, path: Path) -> JournalReading:
    """Read a journal; one that is missing says nothing.

    What a crash kept from the last write was never said to be durable, and is left out: a line
    without its end, or with a hole. Any other damaged line is named.

    Raises:
        NewerSchemaError: a newer version wrote it.
        UnreadableError: it cannot be read, or is no journal.
    """
    if not disk.exists(path):
        return JournalReading(None, None, [], [])
    try:
        pieces = disk.read_in_pieces(path)
    except OSError as error:
        raise UnreadableError(path, reason_of(error)) from error
    reader, number, text = _Reader(path), 0, b""
    for number, following in enumerate(beside_the_loop(lines_in(pieces))):
        if text.strip(b"\0"):
            reader.take(number, text)
        text = following  # the last one lacks its end
    let_go_of(pieces)
    return reader.result(torn=number <= 1 and b'["'.startswith(text.strip(b"\0")[:2]))


class _Reader:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._follows: str | None = None
        self._after: str | None = None
        self._changes: list[EntryChange] = []
        self._broken: list[BrokenEntry] = []
        self._holes: list[BrokenEntry] = []
        self._write = 0

    def take(self, number: int, text: bytes) -> None:
        try:
            edition, write, line = _decode(text)
        except (ValueError, RecursionError) as error:
            kept = self._holes if _HOLE in text else self._broken
            kept.append(BrokenEntry("line", str(number), problem_of(error)))
            return
        if self._holes and write > self._write + 1:
            # A later write began, so the one with the hole was durable.
            self._broken += self._holes
            self._holes = []
        if not self._holes:
            self._write = write
        if line.schema is not None:
            self._begin(edition, line.after, line.schema)
        elif line.section is None or line.key is None:
            self._broken.append(BrokenEntry("line", str(number), "it names no entry"))
        elif self._follows not in {None, edition}:
            self._broken.append(BrokenEntry("line", str(number), "it follows another snapshot"))
        else:
            self._follows = edition
            self._changes.append(line.change(line.section, line.key))

    def result(self, *, torn: bool) -> JournalReading:
        if self._follows is None and not torn:
            raise UnreadableError(self._path, "it is no journal of sessions")
        return JournalReading(self._follows, self._after, self._changes, self._broken)

    def _begin(self, edition: str, after: str | None, schema: int) -> None:
        if schema > SCHEMA:
            raise NewerSchemaError(self._path, schema, SCHEMA)
        if self._follows is None:
            self._follows, self._after = edition, after


def _line(edition: str, write: int, told: Iterable[bytes]) -> Iterator[bytes]:
    body = b'"%b",%d,' % (edition.encode(), write)
    checksum = zlib.crc32(body)
    pieces: list[bytes] = []
    for piece in told:
        checksum = zlib.crc32(piece, checksum)
        pieces.append(piece)
    yield b'["%08x",%b' % (checksum, body)
    yield from pieces
    yield b"]\n"


def _decode(text: bytes) -> tuple[str, int, _Line]:
    body = text[_BODY]
    if len(text) < _SHORTEST or text[:2] != b'["' or text[10:12] != b'",' or text[-1:] != b"]":
        raise ValueError("it is no line of a journal")
    if text[_CRC] != b"%08x" % zlib.crc32(body):
        raise ValueError("its checksum does not fit")
    return _decoder.decode(b"[%b]" % body)
