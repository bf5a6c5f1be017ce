"""Gateway sessions: what outlives a connection, so that it can be resumed."""

from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from integrations.loopback.delivery import Event, JsonObject, Viewer
from integrations.loopback.intents import wanted
from integrations.loopback.snowflake import shard_of

if TYPE_CHECKING:
    from integrations.loopback.connection import Connection

REPLAY_LIMIT = 2_000
"""Dispatches kept for a RESUME; a session further behind must identify again."""

SESSION_LIMIT = 64
"""Sessions kept; the oldest unconnected one makes room."""


class Dispatched(msgspec.Struct):
    """An event of a session.

    Attributes:
        at: when it happened; None while it waits for a RESUME, and then when it was sent.
        heard_at: when it was known that the client had taken it in; None while it is not.
    """

    sequence: int
    frame: bytes
    at: datetime | None
    heard_at: datetime | None = None


class GatewaySession:
    """A session that identified.

    Attributes:
        id: its ``session_id``.
        viewer: what it asked for.
        shard: ``(shard_id, num_shards)``.
        sequence: the number of its last dispatch.
        read: the number of the last dispatch that the client says it has read.
        heard: the number of the last dispatch that the client is known to have taken in.
        answers: how often the client said what it had read.
        connection: the connection it is on; None while it waits to be resumed.
    """

    def __init__(
        self,
        session_id: str,
        viewer: Viewer,
        shard: tuple[int, int],
        connection: "Connection",
        now: Callable[[], datetime],
    ) -> None:
        self.id = session_id
        self.viewer = viewer
        self.shard = shard
        self.sequence = 0
        self.read = 0
        self.heard = 0
        self.answers = 0
        self.connection: Connection | None = connection
        self._now = now
        self._dispatched: deque[Dispatched] = deque(maxlen=REPLAY_LIMIT)

    def sees(self, event: Event) -> bool:
        """Whether the event is for this session's shard and intents."""
        shard_id, num_shards = self.shard
        of_shard = 0 if event.guild_id is None else shard_of(event.guild_id, num_shards)
        return of_shard == shard_id and wanted(event.name, self.viewer.intents)

    def covers(self, guild_id: int) -> bool:
        """Whether the guild belongs to this session's shard."""
        return shard_of(guild_id, self.shard[1]) == self.shard[0]

    def dispatch(self, name: str, body: JsonObject, at: datetime | None = None) -> None:
        """Send an event that happened ``at`` (None: now), or keep it for the RESUME."""
        self.sequence += 1
        frame = msgspec.json.encode({"op": 0, "t": name, "s": self.sequence, "d": body})
        if self.connection is None:
            self._dispatched.append(Dispatched(self.sequence, frame, at=None))
            return
        self._dispatched.append(Dispatched(self.sequence, frame, at or self._now()))
        self.connection.send_frame(frame)

    def can_replay(self, seen: int) -> bool:
        """Whether everything after the sequence number ``seen`` is still held."""
        return self.sequence - seen <= len(self._dispatched)

    def replay(self, seen: int) -> list[bytes]:
        """The frames after the sequence number ``seen``, to be sent again now."""
        missed = [sent for sent in self._dispatched if sent.sequence > seen]
        for sent in missed:
            sent.at = self._now()
        return [sent.frame for sent in missed]

    def answer(self, sequence: int) -> None:
        """Note that the client says that it has read everything up to a sequence number.

        It answers while it reads, and may act on what it read a little later. What it says the
        second time has been acted on: it was asked again after it had answered.
        """
        self.answers += 1
        self.hear(min(self.read, sequence))
        self.read = max(self.read, sequence)

    def hear(self, sequence: int) -> None:
        """Note that the client has taken in everything up to a sequence number."""
        self.heard = max(self.heard, sequence)
        for sent in reversed(self._dispatched):
            if sent.sequence <= sequence:
                if sent.heard_at is not None:
                    return
                sent.heard_at = self._now()

    def lateness(self, since: datetime) -> float:
        """How long what happened since then took to be heard at most, in seconds."""
        now = self._now()
        waits = (
            (sent.heard_at or now) - sent.at
            for sent in self._dispatched
            if sent.at is not None and sent.at >= since
        )
        return max(waits, default=timedelta()).total_seconds()


class Sessions:
    """The sessions of the bot, several at once where it opens several."""

    def __init__(self) -> None:
        self._by_id: dict[str, GatewaySession] = {}
        self._ended: deque[GatewaySession] = deque(maxlen=SESSION_LIMIT)

    def __iter__(self) -> Iterator[GatewaySession]:
        return iter(tuple(self._by_id.values()))

    def __len__(self) -> int:
        return len(self._by_id)

    def add(self, session: GatewaySession) -> None:
        """Keep a session; the oldest one that is not connected makes room."""
        if len(self._by_id) >= SESSION_LIMIT:
            idle = (s.id for s in self._by_id.values() if s.connection is None)
            self.forget(self._by_id[next(idle, next(iter(self._by_id)))])
        self._by_id[session.id] = session

    def get(self, session_id: str) -> GatewaySession | None:
        """The session, if it can still be resumed."""
        return self._by_id.get(session_id)

    def forget(self, session: GatewaySession) -> None:
        """Invalidate a session: a RESUME of it is refused from now on."""
        if self._by_id.pop(session.id, None) is not None:
            session.hear(session.sequence)  # or never will
            self._ended.append(session)

    def deliver(self, event: Event) -> None:
        """Dispatch an event to every session it is for."""
        for session in self:
            if session.sees(event):
                session.dispatch(event.name, event.payload(session.viewer), event.at)

    def lateness(self, since: datetime) -> float:
        """How long what happened since then took to be heard at most, in seconds."""
        return max((each.lateness(since) for each in (*self, *self._ended)), default=0.0)
