"""An event loop in virtual time that counts how often it wakes up.

Nothing is waited for: where no file is ready, the clock moves on to the next timer. Threads
are waited for as they are, so that writing works as always.
"""

from __future__ import annotations

import asyncio
import selectors
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping

    from _typeshed import FileDescriptorLike

__all__ = ["CountedLoop", "run_counted"]

_PATIENCE = 0.05
"""Seconds that a thread is given before the clock moves on."""


class _CountedSelector(selectors.BaseSelector):
    """A selector whose waiting takes no time."""

    def __init__(self, patience: float) -> None:
        self._real = selectors.DefaultSelector()
        self._patience = patience
        self.now = 0.0
        self.wakes = 0

    def register(
        self, fileobj: FileDescriptorLike, events: int, data: object = None
    ) -> selectors.SelectorKey:
        return self._real.register(fileobj, events, data)

    def unregister(self, fileobj: FileDescriptorLike) -> selectors.SelectorKey:
        return self._real.unregister(fileobj)

    def get_map(self) -> Mapping[FileDescriptorLike, selectors.SelectorKey]:
        return self._real.get_map()

    def close(self) -> None:
        self._real.close()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is not None and timeout <= 0:
            return self._real.select(0)
        self.wakes += 1
        ready = self._real.select(self._patience)
        if ready or timeout is None:
            return ready or self._real.select(None)
        self.now += timeout
        return []


class CountedLoop(asyncio.SelectorEventLoop):
    """Time is the selector's; :attr:`wakes` is how often it had nothing to do and woke up."""

    def __init__(self, patience: float = _PATIENCE) -> None:
        """Start at zero."""
        self._counted = _CountedSelector(patience)
        super().__init__(self._counted)

    def time(self) -> float:
        """Return the virtual time in seconds."""
        return self._counted.now

    @property
    def wakes(self) -> int:
        """How often it woke up after it had waited."""
        return self._counted.wakes


def run_counted(main: Coroutine[object, object, None], *, patience: float = _PATIENCE) -> None:
    """Run ``main`` in a loop that counts; where no thread is at work, none needs ``patience``."""
    with asyncio.Runner(loop_factory=partial(CountedLoop, patience)) as runner:
        runner.run(main)
