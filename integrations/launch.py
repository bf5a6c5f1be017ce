"""What ``latido run`` needs besides settings: the token, the data folder, Discord's address."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from integrations.configuration import ConfigurationError

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

__all__ = [
    "DEFAULT_DATA_DIR",
    "ApiUrlError",
    "Launch",
    "NoTokenError",
    "data_dir_of",
    "load_launch",
]

DEFAULT_DATA_DIR = Path("data")
"""Where the data lies, below the working directory, when nothing says otherwise."""

_WHERE_TO_GET_ONE = (
    "put the bot's token there, from https://discord.com/developers/applications "
    "(your application, Bot, Reset Token)"
)
_API_PATH = re.compile(r"(/[^/?#\s]+)*/api/v[0-9]+")


class NoTokenError(ConfigurationError):
    """DISCORD_TOKEN is not set."""


class ApiUrlError(ConfigurationError):
    """DISCORD_API_URL cannot be used.

    Attributes:
        shown: what it is, as far as that may be shown.
    """

    def __init__(self, shown: str) -> None:
        """Say what it is, and what it should be."""
        super().__init__(
            f"DISCORD_API_URL is {shown!r}: set it to the API's base with its version, such as "
            "https://discord.com/api/v10 or http://127.0.0.1:8080/api/v10, or unset it."
        )
        self.shown = shown


@dataclass(frozen=True)
class Launch:
    """How to run the bot.

    Attributes:
        token: Discord's token of the bot; never shown.
        data_dir: the folder of the snapshot and the ledger.
        api_url: the API's base with its version and no slash at the end, where it is not
            Discord's own.
    """

    token: str = field(repr=False)
    data_dir: Path
    api_url: str | None = None


def load_launch(environment: Mapping[str, str], data_dir: Path | None = None) -> Launch:
    """Read DISCORD_TOKEN, DATA_DIR and DISCORD_API_URL; ``data_dir`` wins over DATA_DIR.

    Raises:
        ConfigurationError: there is no token (:class:`NoTokenError`), or a value cannot be used
            (:class:`ApiUrlError`: that of DISCORD_API_URL).
    """
    return Launch(
        token=_token(environment.get("DISCORD_TOKEN", "")),
        data_dir=data_dir_of(environment, data_dir),
        api_url=_api_url(environment.get("DISCORD_API_URL", "")),
    )


def data_dir_of(
    environment: Mapping[str, str], data_dir: str | os.PathLike[str] | None = None
) -> Path:
    """Return the data folder: ``data_dir``, else DATA_DIR, else :data:`DEFAULT_DATA_DIR`."""
    if data_dir is not None:
        return Path(data_dir)
    named = environment.get("DATA_DIR", "")
    return Path(named) if named else DEFAULT_DATA_DIR


def _token(text: str) -> str:
    token = text.strip()
    if not token:
        raise NoTokenError(f"DISCORD_TOKEN is not set: {_WHERE_TO_GET_ONE}.")
    if not (token.isascii() and token.isprintable()) or " " in token:
        raise ConfigurationError(
            f"DISCORD_TOKEN holds characters that no token has: {_WHERE_TO_GET_ONE}."
        )
    return token


def _api_url(text: str) -> str | None:
    url = text.strip().rstrip("/")
    if not url:
        return None
    try:
        parts = urlsplit(url)
        port_is_possible = parts.port is None or parts.port > 0
    except ValueError as error:
        raise _bad_api_url(text) from error
    usable = (
        parts.scheme in {"http", "https"}
        and parts.hostname
        and port_is_possible
        and parts.username is None
        and not parts.query
        and not parts.fragment
        and _API_PATH.fullmatch(parts.path)
    )
    if not usable:
        raise _bad_api_url(text)
    return url


def _bad_api_url(text: str) -> ApiUrlError:
    return ApiUrlError("***" if "@" in text else text)  # what stands before it may be a password
