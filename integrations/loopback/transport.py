"""How frames travel: as text, or as one zlib stream per connection ("Transport Compression").

zstd-stream is not offered: whoever asks for it gets text, which clients read as well.
"""

import zlib

from aiohttp import web


class Wire:
    """Sends frames over one websocket, compressed where the client asked for zlib-stream."""

    def __init__(self, socket: web.WebSocketResponse, compress: str | None) -> None:
        self._socket = socket
        self._zlib = zlib.compressobj() if compress == "zlib-stream" else None

    async def send(self, frame: bytes) -> None:
        """Send one JSON document."""
        if self._zlib is None:
            await self._socket.send_str(frame.decode())
            return
        packed = self._zlib.compress(frame) + self._zlib.flush(zlib.Z_SYNC_FLUSH)
        await self._socket.send_bytes(packed)
