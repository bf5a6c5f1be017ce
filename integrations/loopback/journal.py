"""What the bot sent: a bounded log of requests and gateway messages, and a way to wait for more."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime
from fnmatch import fnmatchcase

import msgspec

from integrations.loopback.delivery import JsonObject

JOURNAL_LIMIT = 10_000
"""Entries kept of each kind."""


class Request(msgspec.Struct, frozen=True):
    """A REST request: ``path`` without the API's base, ``status`` as it was answered."""

    at: datetime
    method: str
    path: str
    status: int
    body: JsonObject | None = None


class Received(msgspec.Struct, frozen=True):
    """A gateway message of the client."""

    at: datetime
    op: int
    data: object


class NeverHappenedError(TimeoutError):
    """What a script waited for did not come to be in time."""


class Journal:
    """Keeps what came in, and wakes those who wait for it."""

    def __init__(self) -> None:
        self.requests: deque[Request] = deque(maxlen=JOURNAL_LIMIT)
        self.received: deque[Received] = deque(maxlen=JOURNAL_LIMIT)
        self._changed = asyncio.Event()

    def requests_to(self, route: str) -> list[Request]:
        """The requests whose ``"METHOD /path"`` matches, ``*`` standing for anything."""
        return [r for r in self.requests if fnmatchcase(f"{r.method} {r.path}", route)]

    def received_ops(self, op: int) -> list[Received]:
        """The gateway messages with this opcode."""
        return [message for message in self.received if message.op == op]

    def changed(self) -> None:
        """Wake everyone who waits."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def until(self, happened: Callable[[], object], timeout: float) -> None:  # noqa: ASYNC109
        """Wait until ``happened()`` is true, asked again whenever something comes in.

        Raises:
            NeverHappenedError: ``timeout`` seconds went by.
        """
        give_up = time.monotonic() + timeout
        while not happened():
            left = give_up - time.monotonic()
            if left <= 0:
                raise NeverHappenedError(f"waited {timeout} s in vain; the journal has what came")
            try:
                # Not everything a script waits for passes through the journal, hence the poll.
                await asyncio.wait_for(self._changed.wait(), min(left, 0.02))
            except TimeoutError:
                continue
