"""Logging: log lines put into words, and the set-up of ``latido run``.

Every package logs under ``latido`` (``latido.persistence`` and so on). An embedding bot keeps
its own logging set-up; only ``latido run`` and ``latido demo`` call :func:`set_up`.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from integrations.words.catalogue import UnknownSentenceError, say

if TYPE_CHECKING:
    from typing import TextIO

    from integrations.words.wording import Language
    from machines import LogLevel, LogLine

__all__ = ["LOGGER", "HidingFormatter", "set_up", "write"]

LOGGER = logging.getLogger("latido")

_LINE = "%(asctime)s - %(name)s - %(levelname)s - %(message)s"
_TIME = "%Y-%m-%d %H:%M:%S"
_LEVELS: dict[LogLevel, int] = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


_HIDDEN = {"username": "***"}


class HidingFormatter(logging.Formatter):
    """The format of ``latido run``; the secret never appears, in tracebacks neither."""

    def __init__(self, secret: str = "") -> None:
        """Hide ``secret`` in whatever is logged."""
        super().__init__(_LINE, _TIME)
        self._secret = secret

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, with stars in place of the secret."""
        text = super().format(record)
        return text.replace(self._secret, "***") if self._secret else text


def set_up(stream: TextIO, *, secret: str = "", verbose: bool = False) -> logging.Handler:
    """Log to ``stream``: Latido from INFO (DEBUG if ``verbose``), libraries from WARNING.

    A handler of an earlier call is taken away. Returns the new one.
    """
    root = logging.getLogger()
    for old in [each for each in root.handlers if isinstance(each.formatter, HidingFormatter)]:
        root.removeHandler(old)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(HidingFormatter(secret))
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    LOGGER.setLevel(logging.DEBUG if verbose else logging.INFO)
    return handler


def write(
    line: LogLine, language: Language, logger: logging.Logger = LOGGER, *, names: bool = True
) -> None:
    """Write a log line in ``language``; without ``names``, whom it is about is not said.

    One that the catalogue cannot say is written with its key and values, so that it is not
    lost.
    """
    level = _LEVELS[line.level]
    if not logger.isEnabledFor(level):
        return
    values = line.values if names else {**line.values, **_HIDDEN}
    try:
        text = say(language, line.key, **values)
    except UnknownSentenceError:
        text = f"{line.key} {values}"
    logger.log(level, "%s", text)
