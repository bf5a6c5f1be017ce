"""The snapshot's lines: what it says of itself, then section by section some entries a line.

::

    {"schema":2,"edition":"5f0c...","after":"91d2...","last_updated":"2025-12-29T23:00:00Z"
    ,"voice_sessions":{
    "<session id>":{...},"<session id>":{...}
    ,"<session id>":{...}
    }
    ,"game_sessions":{
    ...
    }
    }

That is JSON like any other, and any other is read as well. But no string of JSON holds a line
break, so each line can be decoded by itself; to decode a hundred thousand sessions at once
would keep Python's lock for a tenth of a second, and an event loop beside it waiting.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import msgspec

from persistence.beside_the_loop import beside_the_loop
from persistence.pieces import decode_in_pieces
from persistence.snapshot_entries import SECTIONS, Document

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from persistence.snapshot_entries import Section

__all__ = ["document_from", "lines_in", "lines_of", "schema_of"]

_LINE: Final = 128 * 1024
"""Bytes after which an entry is the last of its line."""

_END: Final = b"}"
_LONGEST_HEAD: Final = 1024
_encode = msgspec.json.Encoder().encode
_entries_in = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


_Entry = tuple[str, Iterable[bytes]]
"""The key of an entry, and its text in pieces."""


class _Header(msgspec.Struct):
    schema: int | None = None


def _opening(section: Section) -> bytes:
    return b',"%b":{' % section.encode()


_SECTIONS: Final = {_opening(section): section for section in SECTIONS}


def lines_of(
    head: dict[str, object], sections: Iterable[tuple[Section, Iterable[_Entry]]]
) -> Iterator[bytes]:
    """Yield the snapshot, bit by bit: its head, and keys and texts of each section."""
    yield _encode(head).removesuffix(_END)
    for section, entries in sections:
        yield b"\n%b" % _opening(section)
        yield from _entry_lines(entries)
        yield b"\n%b" % _END
    yield b"\n%b" % _END


def schema_of(text: Sequence[bytes]) -> int | None:
    """Return the schema of a file, of which these are pieces; None where it names none.

    Raises:
        ValueError: it is not JSON, or no object.
    """
    with suppress(ValueError):
        schema = msgspec.json.decode(_head_of(text), type=_Header).schema
        if schema is not None:
            return schema
    return decode_in_pieces(text, _Header, ()).schema


def document_from(text: Sequence[bytes]) -> Document:
    """Return the snapshot of a text, of which these are pieces, in lines or not.

    Raises:
        ValueError: it is none.
    """
    try:
        document = _by_lines(text)
    except ValueError:
        document = None
    return decode_in_pieces(text, Document, SECTIONS) if document is None else document


def _entry_lines(entries: Iterable[_Entry]) -> Iterator[bytes]:
    mark, size = b"\n", 0
    for key, text in entries:
        yield b"%b%b:" % (mark, _encode(key))
        for piece in text:
            yield piece
            size += len(piece)
        mark = b","
        if size > _LINE:
            mark, size = b"\n,", 0


def _head_of(text: Sequence[bytes]) -> bytes:
    first = text[0] if text else b""
    return first[: max(0, first.find(b"\n", 0, _LONGEST_HEAD))] + _END


def _by_lines(text: Sequence[bytes]) -> Document | None:
    document = msgspec.json.decode(_head_of(text), type=Document)
    sections = document.entries()
    held: dict[str, msgspec.Raw] | None = None
    lines = lines_in(text)
    next(lines)
    for line in beside_the_loop(lines):
        if held is not None and line == _END:
            held = None
        elif held is not None:
            held.update(_entries_in(b"{%b}" % line.removeprefix(b",")))
        elif line in _SECTIONS:
            held = sections[_SECTIONS[line]]
        else:
            return document if line == _END and next(lines, None) is None else None
    return None


def lines_in(text: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the lines of a text, of which these are pieces; the last without its end."""
    begun: list[bytes] = []
    for piece in text:
        start = 0
        while (end := piece.find(b"\n", start)) >= 0:
            yield b"".join((*begun, piece[start:end]))
            begun.clear()
            start = end + 1
        begun.append(piece[start:])
    yield b"".join(begun)
