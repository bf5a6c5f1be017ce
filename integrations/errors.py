"""The base of what can go wrong between Latido and the outside world."""

from __future__ import annotations

__all__ = ["LatidoError"]


class LatidoError(Exception):
    """A failure whose message is one sentence that says what to do.

    The command line prints it and exits with status 2, without a traceback.
    """
