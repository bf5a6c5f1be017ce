"""A JSON object whose sections hold many entries, decoded a piece at a time.

To decode a hundred thousand entries in one go keeps Python's lock for a tenth of a second, and
an event loop beside it waiting. So the text is cut behind an entry. Whether a place is such a one
is tried: the text up to there must be valid JSON once ``}}`` closes the section and the whole,
and only behind an entry it is. The section that was cut is opened again in front of what comes
next. Text that cannot be cut is decoded as a whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from persistence.beside_the_loop import beside_the_loop

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

__all__ = ["decode_in_pieces"]

_PIECE: Final = 64 * 1024
"""Bytes of a piece: about a third of a millisecond."""

_OPENING: Final = b"{"
_BETWEEN: Final = b"},"
_CLOSING: Final = b"}}"
_TRIED: Final = 8
"""Places that are tried before a piece is made longer: an entry may hold objects of its own."""

_Document = TypeVar("_Document", bound=msgspec.Struct)
_Piece = dict[str, msgspec.Raw]

_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_encode = msgspec.json.Encoder().encode


def decode_in_pieces(
    text: Iterable[bytes], document: type[_Document], sections: Collection[str]
) -> _Document:
    """Return what ``msgspec.json.decode(b"".join(text), type=document)`` does.

    Args:
        text: the text, as it was read: cut anywhere.
        document: what it is; its sections are dicts of raw entries.
        sections: their names. Of what has another name, nothing that holds many entries is read.

    Raises:
        ValueError: it is no such text.
    """
    facts: _Piece = {}
    entries: dict[str, _Piece] = {}
    for goes_on, piece in beside_the_loop(_pieces(text)):
        for name, raw in piece.items():
            if name not in sections or bytes(memoryview(raw)[:1]) != _OPENING:
                facts[name] = raw
            elif name == goes_on:
                entries[name].update(_object(raw))
            else:
                entries[name] = _object(raw)
    told = b",".join(b"%b:%b" % (_encode(name), bytes(raw)) for name, raw in facts.items())
    found = msgspec.json.decode(b"{%b}" % told, type=document)
    for name, held in entries.items():
        setattr(found, name, held)
    return found


def _pieces(text: Iterable[bytes]) -> Iterator[tuple[str | None, _Piece]]:
    """Yield the pieces, and of each the name of the section that goes on from the one before."""
    data, start, size, opening, goes_on = b"", 0, _PIECE, b"", None
    for read in text:
        data, start = data[start:] + read, 0
        while start + size < len(data):
            cut = _cut(data, start, start + size, opening)
            if cut is None:
                size *= 2
                continue
            place, piece = cut
            yield goes_on, piece
            goes_on = _last(piece)
            opening = b"{%b:{" % _encode(goes_on)
            start, size = place + len(_BETWEEN), _PIECE
    yield goes_on, _object(opening + data[start:])


def _cut(data: bytes, start: int, end: int, opening: bytes) -> tuple[int, _Piece] | None:
    """Return a place before ``end`` where the text can be cut, and the piece in front of it."""
    for _place in range(_TRIED):
        end = data.rfind(_BETWEEN, start, end)
        if end < 0:
            break
        text = b"%b%b%b" % (opening, data[start : end + 1], _CLOSING)
        try:
            piece = _object(text)
        except ValueError:
            continue
        # A name that comes twice would make another section look like the last.
        if text.endswith(bytes(piece[_last(piece)]) + _CLOSING[1:]):
            return end, piece
    return None


def _last(piece: _Piece) -> str:
    return next(reversed(piece))
