"""What may have come while the process stood still, and has not been read yet.

A connection is asked for a heartbeat, and its answer comes behind all that was sent before.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from integrations.gateway.internals import LastFrames

__all__ = ["Unread"]

_READ_BY_THEN = 120.0
"""Seconds after which a connection that stands has nothing left to be read, answered or not.

discord.py gives up one that is silent for 60, and takes 30 at most to close it.
"""


class _Asked(NamedTuple):
    """A connection that may have something to be read.

    Attributes:
        asking: sends the heartbeat.
        woke_at: when the process ran again, in seconds of a clock that nobody sets.
    """

    asking: asyncio.Task[bool]
    woke_at: float


class Unread:
    """The connections of which something may be unread, by the ids of their shards."""

    def __init__(self, frames: LastFrames, monotonic: Callable[[], float]) -> None:
        """Ask over what ``frames`` holds of each connection.

        Args:
            frames: what is held of the connections.
            monotonic: tells seconds by a clock that nobody sets.
        """
        self._frames = frames
        self._monotonic = monotonic
        self._asked: dict[int | None, _Asked] = {}

    def __contains__(self, shard_id: int | None) -> bool:
        """Whether something may be unread of a shard's connection."""
        return shard_id in self._asked

    def __len__(self) -> int:
        """Of how many connections something may be unread."""
        return len(self._asked)

    def ask(self, shard_id: int | None) -> None:
        """Ask a connection for a heartbeat: all is read behind its answer, and not before."""
        self.leave(shard_id)
        asking = asyncio.create_task(self._frames.ask(shard_id), name="latido-unread")
        self._asked[shard_id] = _Asked(asking, self._monotonic())

    def leave(self, shard_id: int | None) -> None:
        """Wait for nothing of a connection any more: it is read, or gone."""
        asked = self._asked.pop(shard_id, None)
        if asked is not None:
            asked.asking.cancel()

    def close(self) -> None:
        """Wait for nothing any more."""
        for shard_id in tuple(self._asked):
            self.leave(shard_id)

    def answered(self) -> list[int | None]:
        """Return the shards whose connections have answered."""
        return [shard_id for shard_id in self._asked if self._is_answered(shard_id)]

    def take_read(self) -> list[int | None]:
        """Return the shards of which all has been read since, and leave them."""
        now = self._monotonic()
        read = [
            shard_id
            for shard_id, asked in self._asked.items()
            if now - asked.woke_at > _READ_BY_THEN or self._is_answered(shard_id)
        ]
        for shard_id in read:
            self.leave(shard_id)
        return read

    def _is_answered(self, shard_id: int | None) -> bool:
        asking = self._asked[shard_id].asking
        is_asked = asking.done() and not asking.cancelled() and asking.result()
        return is_asked and self._frames.is_answered(shard_id)
