"""Beats: now and then, while anybody has a session, it is found out how far all is watched."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from engine import Settings

__all__ = ["Beats"]


class Beats:
    """Has a timer, and that only while there are sessions."""

    def __init__(
        self,
        beat: Callable[[], Awaitable[None]],
        settings: Settings,
        has_sessions: Callable[[], bool],
    ) -> None:
        """Call ``beat``, which raises nothing, again ``heartbeat_every`` seconds after it is done.

        The first comes when a session can be confirmed: a whole ``heartbeat_every`` without one
        would credit nothing of a first session that a kill cuts short, although Discord was there
        to be asked.
        """
        self._work = beat
        self._first = min(settings.confirm_after, settings.heartbeat_every)
        self._every = settings.heartbeat_every
        self._has_sessions = has_sessions
        self._timer: asyncio.TimerHandle | None = None
        self._beating: asyncio.Task[None] | None = None

    def keep_in_step(self) -> None:
        """Beat while there are sessions, and only then."""
        if not self._has_sessions():
            self.stop()
        elif self._timer is None and self._beating is None:
            self._beat_in(self._first)

    def sooner(self) -> None:
        """Do not wait for the next, if one is waited for."""
        if self._timer is not None:
            self._timer.cancel()
            self._beat()

    def stop(self) -> None:
        """Beat no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        beating, self._beating = self._beating, None
        if beating is not None and beating is not asyncio.current_task():
            beating.cancel()

    def _beat_in(self, seconds: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(seconds, self._beat)

    def _beat(self) -> None:
        self._timer = None
        self._beating = asyncio.create_task(self._beat_once(), name="latido-heartbeat")

    async def _beat_once(self) -> None:
        try:
            await self._work()
        finally:
            if self._beating is asyncio.current_task():  # else it was told to stop meanwhile
                self._beating = None
                if self._has_sessions():
                    self._beat_in(self._every)
