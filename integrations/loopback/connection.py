"""One websocket of the gateway: its bounded outbox and the ways in which it ends."""

import asyncio
import contextlib
from collections import deque
from time import monotonic
from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

from integrations.loopback.transport import Wire

if TYPE_CHECKING:
    from integrations.loopback.faults import Faults
    from integrations.loopback.sessions import GatewaySession

OUTBOX_LIMIT = 10_000
"""Frames that may wait; a client that reads too slowly is cut."""

SENDS_PER_MINUTE = 120
"""Messages a client may send in 60 seconds (gateway documentation, "Rate Limiting")."""


class Connection:
    """A client's websocket.

    Attributes:
        session: the session it carries; None before IDENTIFY or RESUME.
    """

    def __init__(
        self,
        request: web.Request,
        socket: web.WebSocketResponse,
        faults: "Faults",
    ) -> None:
        self.session: GatewaySession | None = None
        self._request = request
        self._socket = socket
        self._wire = Wire(socket, request.query.get("compress"))
        self._faults = faults
        self._outbox: asyncio.Queue[bytes | int] = asyncio.Queue(OUTBOX_LIMIT)
        self._sent_at: deque[float] = deque()
        self._closing = False
        self._broken = False

    @property
    def closing(self) -> bool:
        """Whether it is the stand-in that ends it."""
        return self._closing

    @property
    def url(self) -> str:
        """The address under which this gateway was reached."""
        return f"ws://{self._request.host}"

    @property
    def idle(self) -> bool:
        """Whether everything was handed to the socket."""
        return self._outbox.empty()

    def send(self, op: int, data: object = None) -> None:
        """Send a message that is no dispatch."""
        self.send_frame(msgspec.json.encode({"op": op, "d": data, "s": None, "t": None}))

    def send_frame(self, frame: bytes) -> None:
        """Send an encoded message after those that wait."""
        self._put(frame)

    def close(self, code: int) -> None:
        """Close with a code, after what waits was sent."""
        self._put(code)
        self._closing = True

    def cut(self) -> None:
        """Break the connection off, without a close frame."""
        self._closing = self._broken = True
        if self._request.transport is not None:
            self._request.transport.abort()

    def sends_too_fast(self) -> bool:
        """Count a message of the client; whether it is one too many."""
        now = monotonic()
        self._sent_at.append(now)
        while now - self._sent_at[0] > 60:  # noqa: PLR2004
            self._sent_at.popleft()
        return len(self._sent_at) > SENDS_PER_MINUTE

    @property
    def saying_goodbye(self) -> bool:
        """Whether a close frame is on its way, and is to be answered."""
        return self._closing and not self._broken

    async def write(self) -> None:
        """Send what is put into the outbox, until closed."""
        with contextlib.suppress(ConnectionError):
            while not self._socket.closed:
                item = await self._outbox.get()
                await self._faults.thawed()
                if isinstance(item, int):
                    await self._socket.close(code=item)
                else:
                    await self._wire.send(item)

    def _put(self, item: bytes | int) -> None:
        if self._closing:
            return
        try:
            self._outbox.put_nowait(item)
        except asyncio.QueueFull:
            self.cut()
