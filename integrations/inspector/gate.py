"""The gate: who may read the inspector, and what a browser may do with what it reads.

A page from elsewhere must not be able to read it, whatever it makes the visitor's browser do.
*DNS rebinding*: a name of its own that points here carries that name in ``Host``, so only IP
addresses, ``localhost`` and the name the inspector was started with are answered. *Reading
across origins*: a browser says where a request comes from in ``Origin`` and
``Sec-Fetch-Site`` (Fetch Metadata), and only what comes from this very page, or from the
address bar, is answered; no header ever allows another origin to read. The policy for referrers
is ``same-origin``, for with ``no-referrer`` a browser sends the form of the token with the origin
``null`` (https://fetch.spec.whatwg.org/#append-a-request-origin-header).
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import web

from integrations.inspector.address import InspectorAddress, is_address

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

__all__ = ["Gate", "add_headers"]

COOKIE = "latido_inspector"
_CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Server": "latido",
}
_OPEN_TO_ALL = frozenset({"/login", "/static/login.css"})
"""What may be read before the token is known: the page that asks for it."""
_SAFE = frozenset({"GET", "HEAD"})


class Gate:
    """Answers who may read, with the address that the inspector was started with."""

    def __init__(self, address: InspectorAddress) -> None:
        """Guard an inspector on ``address``."""
        self._name = address.host.lower()
        self._token = address.token
        self.pause = 0.5
        """Seconds before a wrong token is answered."""

    @web.middleware
    async def guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse what may not be read; hand on the rest."""
        if not self._is_host(request.headers.get("Host", "")):
            text = "This is not the name of this inspector: open it by its IP address."
            return web.Response(status=421, text=text)
        if not self._is_own_page(request):
            return web.Response(status=403, text="Another page may not read the inspector.")
        if request.path not in _OPEN_TO_ALL and not self.admits(request):
            return await self._ask(request)
        return await handler(request)

    def admits(self, request: web.Request) -> bool:
        """Return whether the request knows the token, in a header or by the cookie."""
        if self._token is None:
            return True
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self._is_token(given.strip()):
            return True
        cookie = request.cookies.get(COOKIE, "")
        return hmac.compare_digest(_bytes_of(cookie), self._cookie().encode())

    async def log_in(self, request: web.Request, given: str) -> web.StreamResponse | None:
        """Return the way to the page for whoever knows the token; None for others, late."""
        if self._token is not None and not self._is_token(given.strip()):
            await asyncio.sleep(self.pause)
            return None
        response = web.Response(status=303, headers={"Location": "/"})
        response.set_cookie(
            COOKIE, self._cookie(), httponly=True, samesite="Strict", secure=request.secure
        )
        return response

    def _is_token(self, given: str) -> bool:
        # Digests have one length: how long the token is does not show either.
        wanted = hashlib.sha256((self._token or "").encode()).digest()
        return hmac.compare_digest(hashlib.sha256(_bytes_of(given)).digest(), wanted)

    def _cookie(self) -> str:
        return hmac.digest((self._token or "").encode(), b"latido-inspector", "sha256").hex()

    async def _ask(self, request: web.Request) -> web.StreamResponse:
        if request.method in _SAFE and request.headers.get("Sec-Fetch-Dest") == "document":
            return web.Response(status=303, headers={"Location": "/login"})
        if request.headers.get("Authorization"):
            await asyncio.sleep(self.pause)
        return web.Response(
            status=401,
            text="The inspector wants its token: open /login, or send Authorization: Bearer TOKEN.",
            headers={"WWW-Authenticate": 'Bearer realm="latido"'},
        )

    def _is_host(self, header: str) -> bool:
        try:
            host = urlsplit(f"//{header}").hostname or ""
        except ValueError:
            return False
        return is_address(host) or host in {"localhost", self._name}

    def _is_own_page(self, request: web.Request) -> bool:
        origin = request.headers.get("Origin")
        if origin is not None and origin != f"{request.scheme}://{request.headers['Host']}":
            return False
        site = request.headers.get("Sec-Fetch-Site", "none")
        if site in {"none", "same-origin"}:
            return True
        # A link on another page may lead here; nothing but the page itself comes of it.
        leads_here = request.headers.get("Sec-Fetch-Mode") == "navigate"
        return leads_here and request.method in _SAFE and request.path in {"/", "/login"}


def _bytes_of(text: str) -> bytes:
    # aiohttp reads what is no UTF-8 in a header as surrogates, which UTF-8 refuses to write.
    return text.encode(errors="surrogateescape")


async def add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Add the headers that hold for every answer."""
    response.headers.update(_HEADERS)
    response.headers.setdefault("Cache-Control", "no-store")
