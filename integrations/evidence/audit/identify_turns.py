"""Turns at identifying: audits and the bot's own connections share Discord's pace.

Discord takes ``max_concurrency`` IDENTIFYs every five seconds, one for each
``shard_id % max_concurrency`` ("Max Concurrency" in the gateway documentation); one that comes
too soon is answered with op 9. discord.py itself waits before the IDENTIFY of a reconnect, in
the hook ``before_identify``: that is where the bot's own turns are taken, and it never waits
for anything but an audit's IDENTIFY that has just been sent.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    import discord

__all__ = ["WINDOW", "IdentifyTurns"]

WINDOW = 5.5
"""Seconds between two IDENTIFYs of one key: Discord's five, and what one may travel faster than
the other."""

_HOOK = "before_identify"


class IdentifyTurns:
    """Keeps audits and the bot's own IDENTIFYs apart.

    Attributes:
        max_concurrency: as Get Gateway Bot last said.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Start with none sent; ``clock`` returns seconds that only grow."""
        self.max_concurrency = 1
        self._clock = clock
        self._of_bot: dict[int, float] = {}
        self._of_audits: dict[int, float] = {}
        self._coming = 0

    def took(self, shard_id: int | None) -> None:
        """The bot itself has identified."""
        self._of_bot[self._key(shard_id or 0)] = self._clock()

    def wait(self, shard_id: int) -> float | None:
        """Return the seconds until an audit of ``shard_id`` may identify.

        None while the bot itself is about to: how long that takes is not known.
        """
        if self._coming:
            return None
        key = self._key(shard_id)
        last = max(self._of_bot.get(key, -WINDOW), self._of_audits.get(key, -WINDOW))
        return max(0.0, last + WINDOW - self._clock())

    def take(self, shard_id: int) -> None:
        """An audit identifies now."""
        self._of_audits[self._key(shard_id)] = self._clock()

    def share_with(self, bot: discord.Client) -> Callable[[], None] | None:
        """Hear of the bot's own IDENTIFYs before they are sent (``ConnectionState.hooks``).

        Returns:
            A function that undoes it; None where discord.py has nothing to hold on to.
        """
        hooks: Any = getattr(bot._connection, "hooks", None)  # noqa: SLF001 - pinned by tests
        original = hooks.get(_HOOK) if isinstance(hooks, dict) else None
        if not callable(original):
            return None

        async def before_identify(shard_id: int | None, **options: Any) -> None:  # noqa: ANN401 - discord.py's own
            self._coming += 1
            try:
                await original(shard_id, **options)
                await asyncio.sleep(self._wait_for_audit(shard_id))
                self.took(shard_id)
            finally:
                self._coming -= 1

        def undo() -> None:
            if hooks.get(_HOOK) is before_identify:
                hooks[_HOOK] = original

        hooks[_HOOK] = before_identify
        return undo

    def _wait_for_audit(self, shard_id: int | None) -> float:
        last = self._of_audits.get(self._key(shard_id or 0))
        return 0.0 if last is None else max(0.0, last + WINDOW - self._clock())

    def _key(self, shard_id: int) -> int:
        return shard_id % max(1, self.max_concurrency)
