"""What discord.py logs of a Discord that cannot be reached, in one sentence of ours."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import aiohttp
import discord

from integrations.words.catalogue import say

if TYPE_CHECKING:
    from integrations.launch import Launch
    from integrations.words.wording import Language

__all__ = ["Reworded", "unreachable"]

_UNREACHABLE = (
    OSError,
    TimeoutError,
    aiohttp.ClientError,
    discord.HTTPException,
    discord.GatewayNotFound,
    discord.ConnectionClosed,
)


def unreachable(
    language: Language, launch: Launch, error: BaseException, pause: float | None
) -> str:
    """Return that Discord cannot be reached; ``pause``: seconds until it is tried again.

    None where that is not known: that it is tried again is.
    """
    url = launch.api_url or discord.http.Route.BASE
    described = str(error) or type(error).__name__
    if pause is None:
        return say(language, "run.unreachable", url=url, error=described)
    seconds = max(1.0, pause)  # less than that would be shown as none
    return say(language, "run.unreachable_until", url=url, error=described, seconds=seconds)


class Reworded(logging.Filter):
    """discord.py logs a traceback for each attempt to reconnect; one sentence will do.

    What a listener raised is logged there too, and keeps its traceback: it is a bug.
    """

    def __init__(self, launch: Launch, language: Language) -> None:
        """Speak of where ``launch`` points, in ``language``."""
        super().__init__()
        self._launch = launch
        self._language: Language = language

    def filter(self, record: logging.LogRecord) -> bool:
        """Put it into a sentence, if it is that; let everything pass."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, _UNREACHABLE):
            record.msg = unreachable(self._language, self._launch, error, _pause_in(record))
            record.args, record.exc_info, record.exc_text = (), None, None
        return True


def _pause_in(record: logging.LogRecord) -> float | None:
    """Return how long discord.py says that it waits: "Attempting a reconnect … in %.2fs"."""
    values = record.args
    last = values[-1] if isinstance(values, tuple) and values else None
    return last if isinstance(last, float) else None
