"""Shelves: one mapping in many small dicts, for what there may be a hundred thousand of.

A dict of so many takes six milliseconds whenever it has to grow, and some more to be let go of;
nobody else has a turn meanwhile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Shelves"]

_Value = TypeVar("_Value")

_COUNT: Final = 64


class Shelves(Generic[_Value]):
    """Values by text, in no order; none of them may be None."""

    def __init__(self) -> None:
        """Hold nothing."""
        self._shelves: tuple[dict[str, _Value], ...] = tuple({} for _shelf in range(_COUNT))

    def __len__(self) -> int:
        """Return how many are held."""
        return sum(map(len, self._shelves))

    def __contains__(self, key: str) -> bool:
        """Return whether there is a value of this key."""
        return key in self._shelves[hash(key) % _COUNT]

    def put(self, key: str, value: _Value) -> None:
        """Hold a value, in place of an earlier one."""
        self._shelves[hash(key) % _COUNT][key] = value

    def get(self, key: str) -> _Value | None:
        """Return the value of a key, if there is one."""
        return self._shelves[hash(key) % _COUNT].get(key)

    def pop(self, key: str) -> _Value | None:
        """Hold the value of a key no longer; return it, if there was one."""
        shelf = self._shelves[hash(key) % _COUNT]
        value = shelf.pop(key, None)
        if not shelf:
            shelf.clear()  # a dict that was emptied keeps the room that it grew into
        return value

    def items(self) -> Iterator[tuple[str, _Value]]:
        """Yield all of them."""
        for shelf in self._shelves:
            yield from shelf.items()

    def drain(self) -> Iterator[tuple[str, _Value]]:
        """Yield all of them, and hold each no longer; others may go meanwhile."""
        for shelf in self._shelves:
            while shelf:
                yield shelf.popitem()
            shelf.clear()  # as above
