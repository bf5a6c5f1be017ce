"""News: what changes, sent to every page that is open, as server-sent events.

Changes are gathered and sent a few times a second at most, and only while somebody listens.
Each message has an id (the id of this start, and a number), so a page that comes back is sent
what it missed, or told to ask for everything anew. A page that cannot keep up is told the
same: what waits for it is bounded.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import deque
from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Listener", "Message", "News", "TooManyListenersError"]

KEPT = 256
"""Messages that a page may have missed and still be sent."""

WAITING = 32
"""Messages that may wait for a page that is slow."""

LISTENERS = 64
"""Pages that may be open at once."""

LINGER = 30.0
"""Seconds in which a page may come back after the last one has gone, and be sent what it missed."""


_NUMBER = re.compile(r"[0-9]{1,18}")


class TooManyListenersError(Exception):
    """So many pages are open that one more would be too many."""


class Message(NamedTuple):
    """One event of the stream; ``data`` is JSON on one line."""

    event: str
    data: bytes
    id: str = ""

    def encoded(self) -> bytes:
        """Return it as the stream writes it (HTML Living Standard, "Server-sent events")."""
        head = f"id: {self.id}\n" if self.id else ""
        return head.encode() + b"event: %b\ndata: %b\n\n" % (self.event.encode(), self.data)


class Listener:
    """One open page, and what waits for it."""

    def __init__(self) -> None:
        """Nothing waits yet."""
        self._waiting: asyncio.Queue[Message | None] = asyncio.Queue(WAITING + 1)
        self._behind = False

    def put(self, message: Message) -> bool:
        """Let a message wait; return whether it was the one too many.

        All that waits then gives way to one "reset", and nothing is added until that is sent.
        """
        if self._behind:
            return False
        self._behind = self._waiting.qsize() >= WAITING
        if self._behind:
            while not self._waiting.empty():
                self._waiting.get_nowait()
            message = Message("reset", b'{"why":"behind"}', message.id)
        self._waiting.put_nowait(message)
        return self._behind

    @property
    def waiting(self) -> int:
        """How many messages wait."""
        return self._waiting.qsize()

    def close(self) -> None:
        """Let it end."""
        while not self._waiting.empty():
            self._waiting.get_nowait()
        self._waiting.put_nowait(None)

    async def next(self, patience: float) -> Message | None:
        """Return the next message; None where the stream is to end.

        Raises:
            TimeoutError: there was none for ``patience`` seconds.
        """
        async with asyncio.timeout(patience):
            message = await self._waiting.get()
        if message is not None and message.event == "reset":
            self._behind = False
        return message


class News:
    """Gathers what changes and tells every listener.

    Attributes:
        every: seconds between two messages, at least.
        dropped: how often a slow page was told to begin anew.
    """

    def __init__(self, gather: Callable[[], Iterator[tuple[str, bytes]]]) -> None:
        """Ask ``gather`` for events and their data whenever something has changed."""
        self.every = 0.25
        self.dropped = 0
        self._gather = gather
        self._boot = uuid4().hex[:12]
        self._number = 0
        self._kept: deque[tuple[int, Message]] = deque(maxlen=KEPT)
        self._listeners: set[Listener] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._until = 0.0

    @property
    def number(self) -> int:
        """The number of the last message."""
        return self._number

    @property
    def boot(self) -> str:
        """What tells this start of the inspector from every other."""
        return self._boot

    @property
    def is_heard(self) -> bool:
        """Whether somebody listens, or may come back in a moment."""
        return bool(self._listeners) or time.monotonic() < self._until

    @property
    def listeners(self) -> int:
        """How many pages are open."""
        return len(self._listeners)

    def changed(self) -> None:
        """Tell the listeners soon; without any, only remember that something was missed."""
        if not self.is_heard:
            self._missed()
        elif self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self.every, self._send)

    def reset(self) -> None:
        """Tell the listeners to ask for everything anew."""
        self._missed()
        self._tell(Message("reset", b'{"why":"changed"}', self._id()))

    def subscribe(self, last_id: str = "") -> Listener:
        """Return a new listener, who is sent what came after ``last_id`` first.

        Raises:
            TooManyListenersError: too many are listening.
        """
        if len(self._listeners) >= LISTENERS:
            raise TooManyListenersError
        listener = Listener()
        for message in self._since(last_id):
            listener.put(message)
        self._listeners.add(listener)
        return listener

    def unsubscribe(self, listener: Listener) -> None:
        """Tell a listener nothing any more."""
        self._listeners.discard(listener)
        if not self._listeners:
            self._until = time.monotonic() + LINGER

    def close(self) -> None:
        """Let every listener's stream end."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._until = 0.0
        for listener in self._listeners:
            listener.close()

    def _send(self) -> None:
        self._timer = None
        for event, data in self._gather():
            self._number += 1
            message = Message(event, data, self._id())
            self._kept.append((self._number, message))
            self._tell(message)

    def _tell(self, message: Message) -> None:
        self.dropped += sum(listener.put(message) for listener in self._listeners)

    def _missed(self) -> None:
        self._kept.clear()
        self._number += 1

    def _id(self) -> str:
        return f"{self._boot}-{self._number}"

    def _since(self, last_id: str) -> list[Message]:
        boot, _, number = last_id.rpartition("-")
        if boot == self._boot and _NUMBER.fullmatch(number):
            last = int(number)
            if last == self._number:
                return []
            if self._kept and self._kept[0][0] <= last + 1 <= self._number:
                return [message for seen, message in self._kept if seen > last]
        return [Message("reset", b'{"why":"new"}', self._id())]
