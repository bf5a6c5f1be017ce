"""JSON arrays of many items, encoded and decoded some at a time.

One call for a hundred thousand players keeps Python's lock for tens of milliseconds, and an event
loop beside it waiting.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from persistence.beside_the_loop import beside_the_loop, some_at_a_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["decode_array", "encode_array"]

_ITEMS: Final = 200
"""Items that are encoded at once: they take some three hundred microseconds."""

_PIECE: Final = 64 * 1024
"""Characters that are decoded at once: about as long."""

_Item = TypeVar("_Item")

_encode = msgspec.json.Encoder().encode


def encode_array(items: Sequence[Any]) -> str:
    """Return what ``msgspec.json.encode(items)`` does, as text."""
    if len(items) <= _ITEMS:
        return _encode(items).decode()
    pieces = [_encode(some).decode()[1:-1] for some in some_at_a_time(items, _ITEMS)]
    return f"[{','.join(pieces)}]"


def decode_array(
    text: str, array: msgspec.json.Decoder[tuple[_Item, ...]], between: str
) -> tuple[_Item, ...]:
    """Return what ``array.decode(text)`` does.

    Args:
        text: the array.
        array: what decodes it.
        between: how one item ends and the next begins, with the comma: ``},{`` or ``],[``. Where
            that stands within an item as well, all is decoded at once.

    Raises:
        ValueError: it is no such array.
        TypeError: it is no text.
    """
    if len(text) > _PIECE:
        try:
            pieces = map(array.decode, beside_the_loop(_pieces(text, between)))
            return tuple(chain.from_iterable(pieces))
        except ValueError:
            pass  # what is wrong, and where, the whole tells
    return array.decode(text)


def _pieces(text: str, between: str) -> Iterator[str]:
    """Yield arrays of the items of one; none of them is one where it was cut within an item."""
    start, (ends, begins) = 0, between.split(",")
    while (cut := text.find(between, start + _PIECE)) >= 0:
        yield f"{'[' if start else ''}{text[start:cut]}{ends}]"
        start = cut + len(between) - len(begins)
    yield f"{'[' if start else ''}{text[start:]}"
