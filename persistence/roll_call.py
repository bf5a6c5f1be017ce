"""A roll call: what is held, by key, and called anew now and then to find what should not be.

There may be a hundred thousand, and a call takes many turns, between which some come and others
go. So nothing is listed and nothing copied: what was called moves over, one by one, and what is
left is what nobody called.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Generic, TypeVar

from persistence.beside_the_loop import beside_the_loop
from persistence.shelves import Shelves

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["RollCall"]

_Value = TypeVar("_Value")


class RollCall(Generic[_Value]):
    """Values by key; none of them may be None."""

    def __init__(self) -> None:
        """Hold nothing."""
        self._held: Shelves[_Value] = Shelves()
        self._uncalled: Shelves[_Value] = Shelves()
        self._is_calling = False

    def __len__(self) -> int:
        """Return how many are held, whether called or not."""
        return len(self._held) + len(self._uncalled)

    def __contains__(self, key: str) -> bool:
        """Return whether something is held under a key."""
        return key in self._held or key in self._uncalled

    def hold(self, key: str, value: _Value) -> None:
        """Hold this; during a call it counts as called."""
        if self._is_calling:
            self._uncalled.pop(key)
        self._held.put(key, value)

    def drop(self, key: str) -> _Value | None:
        """Hold it no longer; return what was held."""
        uncalled, called = self._uncalled.pop(key), self._held.pop(key)
        return uncalled if called is None else called

    def items(self) -> Iterator[tuple[str, _Value]]:
        """Yield what is held, whether called or not."""
        yield from self._held.items()
        yield from self._uncalled.items()

    def let_go(self) -> None:
        """Hold nothing any more; in a thread, a bit at a time beside the event loop."""
        for _each in beside_the_loop(chain(self._held.drain(), self._uncalled.drain())):
            pass

    def clear(self) -> None:
        """Hold nothing."""
        self._held, self._uncalled = Shelves(), Shelves()

    def begin(self) -> None:
        """Begin a call: nothing that is held has been called yet."""
        for key, value in self._uncalled.drain():  # the last call was broken off
            self._held.put(key, value)
        self._held, self._uncalled = self._uncalled, self._held
        self._is_calling = True

    def uncalled(self) -> Iterator[tuple[str, _Value]]:
        """End the call: yield what was not called, one by one. It is not held any longer."""
        yield from self._uncalled.drain()
        self._is_calling = False
