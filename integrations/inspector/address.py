"""Where the inspector listens, and what that takes: a token wherever others could reach it."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field

from integrations.errors import LatidoError

__all__ = ["InspectorAddress", "InspectorError", "address_named", "is_address", "is_loopback"]

SHORTEST_TOKEN = 16
"""Characters of a token that cannot be guessed by trying."""

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
_EXAMPLE = "127.0.0.1:8765"
_LARGEST_PORT = 65535


class InspectorError(LatidoError):
    """The inspector cannot be offered as it was asked for: the message says what can."""


@dataclass(frozen=True)
class InspectorAddress:
    """Where to listen, and for whom.

    Attributes:
        host: a name or an IP address, without brackets.
        port: 0 lets the system choose one.
        token: what whoever reads must know; None where nobody need.
    """

    host: str
    port: int
    token: str | None = field(default=None, repr=False)

    @property
    def is_everywhere(self) -> bool:
        """Whether it is no address of its own, but all that this machine has."""
        return is_address(self.host) and ipaddress.ip_address(self.host).is_unspecified

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it."""
        return is_loopback(self.host)


def address_named(text: str, token: str | None = None) -> InspectorAddress:
    """Return the address that ``text`` names, as ``HOST:PORT`` or ``[IPV6]:PORT``.

    Raises:
        InspectorError: it names none, or one that others can reach without a token; or the token
            is too short, wherever it listens: others can reach this machine by a proxy on it.
    """
    host, port = _split(text)
    token = token or None
    if token is not None and not (token.isascii() and token.isprintable()):
        raise InspectorError("The inspector's token may hold printable ASCII characters alone.")
    address = InspectorAddress(host, port, token)
    if not address.is_local and token is None:
        raise InspectorError(
            f"The inspector on {text} could be read by others: give --inspector-token (or "
            f"LATIDO_INSPECTOR_TOKEN), or listen on {_EXAMPLE}."
        )
    if token is not None and len(token) < SHORTEST_TOKEN:
        raise InspectorError(
            f"The inspector's token can be guessed: give one of {SHORTEST_TOKEN} characters or "
            "more, such as python -c 'import secrets; print(secrets.token_urlsafe())' prints."
        )
    return address


def is_address(host: str) -> bool:
    """Return whether ``host`` is an IP address, not a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Return whether ``host`` is this machine as seen by itself alone."""
    if host.lower() == "localhost":
        return True
    return is_address(host) and ipaddress.ip_address(host).is_loopback


def _split(text: str) -> tuple[str, int]:
    host, colon, port = text.strip().rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
        usable = is_address(host)
    else:
        usable = bool(_HOST.fullmatch(host)) and ":" not in host
    if not (colon and usable and port.isascii() and port.isdigit() and int(port) <= _LARGEST_PORT):
        raise InspectorError(
            f"{text!r} is no address for the inspector: give a host and a port, as in {_EXAMPLE}."
        )
    return host, int(port)
