"""Asking Discord's REST API plain questions, and telling apart the ways in which it fails.

discord.py is not used for this: it tries a failing request for 25 seconds, and hides what
really came back.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = [
    "Asked",
    "Asker",
    "LimitedError",
    "NotReachedError",
    "RefusedError",
    "StrangeError",
    "asking",
]

_PATIENCE = 10.0
_LONGEST_WAIT = 5.0
_UNAUTHORIZED = 401
_TOO_MANY = 429
_TRIES = 2


class NotReachedError(Exception):
    """Nothing answered."""


class StrangeError(Exception):
    """Something answered that is not Discord, or Discord in trouble."""


class RefusedError(Exception):
    """The token is not accepted."""


class LimitedError(Exception):
    """Too many requests; ``seconds`` is how long to wait."""

    def __init__(self, seconds: float) -> None:
        """Keep how long to wait."""
        super().__init__(f"wait {seconds} s")
        self.seconds = seconds


class Asked(msgspec.Struct, frozen=True):
    """What Discord answered: the body, its Date header, and how long it took, in seconds."""

    body: dict[str, Any] | list[Any]
    date: str | None
    took: float


@asynccontextmanager
async def asking(api_url: str, token: str) -> AsyncIterator[Asker]:
    """Hand out an asker, and close its connections at the end."""
    headers = {"Authorization": f"Bot {token}", "User-Agent": "DiscordBot (latido, 0)"}
    timeout = aiohttp.ClientTimeout(total=_PATIENCE)
    async with aiohttp.ClientSession(headers=headers, timeout=timeout) as session:
        yield Asker(session, api_url)


class Asker:
    """Asks one API with one token."""

    def __init__(self, session: aiohttp.ClientSession, api_url: str) -> None:
        """Ask the API at ``api_url`` over ``session``, which brings the token."""
        self.api_url = api_url
        self._session = session

    async def get(self, path: str) -> Asked:
        """Return what Discord answers; a failing server is asked once more.

        Raises:
            NotReachedError: nothing answered.
            RefusedError: the token is not accepted.
            LimitedError: there were too many requests, and waiting would take long.
            StrangeError: what answered is not Discord, or Discord in trouble.
        """
        for tries_left in reversed(range(_TRIES)):
            try:
                return await self._get(path)
            except StrangeError:
                if not tries_left:
                    raise
            except LimitedError as limited:
                if not tries_left or limited.seconds > _LONGEST_WAIT:
                    raise
                await asyncio.sleep(limited.seconds)
        raise StrangeError(path)  # pragma: no cover - the last try returns or raises

    async def hello(self, gateway: str) -> float:
        """Connect to the gateway, wait for its HELLO, and leave; return the seconds it took.

        Raises:
            NotReachedError: the gateway does not say hello in time.
        """
        began = time.monotonic()
        url = f"{gateway.rstrip('/')}/?v=10&encoding=json"
        try:
            async with asyncio.timeout(_PATIENCE), self._session.ws_connect(url) as socket:
                first = await socket.receive()
        except aiohttp.WSServerHandshakeError as error:
            raise NotReachedError(f"HTTP {error.status}") from error
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise NotReachedError(_described(error)) from error
        if not isinstance(first.data, str) or '"op":10' not in first.data.replace(" ", ""):
            raise NotReachedError(f"{first.type.name} {str(first.data)[:80]}")
        return time.monotonic() - began

    async def _get(self, path: str) -> Asked:
        began = time.monotonic()
        try:
            async with self._session.get(f"{self.api_url}{path}") as response:
                raw, status = await response.read(), response.status
                headers = response.headers
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise NotReachedError(_described(error)) from error
        if status == _UNAUTHORIZED:
            raise RefusedError
        if status == _TOO_MANY:
            raise LimitedError(_seconds(headers.get("Retry-After")))
        if status != 200:  # noqa: PLR2004 - HTTP's "OK"
            raise StrangeError(f"HTTP {status} {path}")
        try:
            body = msgspec.json.decode(raw, type=dict[str, Any] | list[Any])
        except msgspec.DecodeError as error:
            raise StrangeError(f"{headers.get('Content-Type', '?')} {path}") from error
        return Asked(body, headers.get("Date"), time.monotonic() - began)


def _seconds(text: str | None) -> float:
    try:
        return max(0.0, float(text or "1"))
    except ValueError:
        return 1.0


def _described(error: BaseException) -> str:
    return str(error) or type(error).__name__
