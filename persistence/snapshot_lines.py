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

from contextlib import suppress
from typing import TYPE_CHECKING, Final

import msgspec

from persistence.beside_the_loop import beside_the_loop
from persistence.pieces import decode_in_pieces
from persistence.snapshot_entries import SECTIONS, Document

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from persistence.snapshot_entries import Section

__all__ = ["document_from", "lines_in", "lines_of", "schema_of"]

_LINE: Final = 128 * 1024
"""Bytes after which an entry is the last of its line."""

_END: Final = b"}"
_LONGEST_HEAD: Final = 1024
_encode = msgspec.json.Encoder().encode
_entries_in = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class _Header(msgspec.Struct):
    schema: int | None = None


def _opening(section: Section) -> bytes:
    return b',"%b":{' % section.encode()


_SECTIONS: Final = {_opening(section): section for section in SECTIONS}


def lines_of(
    head: dict[str, object], sections: Iterable[tuple[Section, Iterable[tuple[str, bytes]]]]
) -> Iterator[bytes]:
    """Yield the snapshot, some lines at a time: its head, and keys and texts of each section."""
    lines: list[bytes] = [_encode(head).removesuffix(_END)]
    for section, entries in sections:
        lines.append(_opening(section))
        for line in _entry_lines(entries):
            lines.append(line)
            if len(line) > _LINE:
                yield b"%b\n" % b"\n".join(lines)
                lines.clear()
        lines.append(_END)
    lines.append(_END)
    yield b"\n".join(lines)


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


def _entry_lines(entries: Iterable[tuple[str, bytes]]) -> Iterator[bytes]:
    line: list[bytes] = []
    mark, size = b"", 0
    for key, text in entries:
        line.append(b"%b%b:%b" % (mark, _encode(key), text))
        mark, size = b",", size + len(text)
        if size > _LINE:
            yield b"".join(line)
            line.clear()
            size = 0
    if line:
        yield b"".join(line)


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
    begun = b""
    for piece in text:
        start = 0
        while (end := piece.find(b"\n", start)) >= 0:
            yield begun + piece[start:end]
            begun, start = b"", end + 1
        begun += piece[start:]
    yield begun
