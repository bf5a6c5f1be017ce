"""The chat of the evening: what the bot posts in it and deletes from it, shown as it happens."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

    from integrations.demo.narrator import Narrator
    from integrations.loopback import LoopbackDiscord
    from integrations.loopback.places import TextChannel

__all__ = ["Chat"]

_GLANCE = 0.01


class Chat:
    """Shows a channel while it is open as an async context manager.

    Attributes:
        posted: the ids of the messages shown.
        deleted: the ids of those shown as deleted.
    """

    def __init__(self, discord: LoopbackDiscord, channel: TextChannel, narrator: Narrator) -> None:
        """Show ``channel`` through ``narrator``."""
        self.posted: set[int] = set()
        self.deleted: set[int] = set()
        self._discord = discord
        self._channel = channel
        self._narrator = narrator
        self._showing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._showing = asyncio.create_task(self._show_all())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._showing is not None:
            self._showing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._showing

    async def _show_all(self) -> None:
        while True:
            self._show_new()
            await asyncio.sleep(_GLANCE)

    def _show_new(self) -> None:
        for message in self._discord.messages(self._channel):
            if message.id not in self.posted:
                self.posted.add(message.id)
                self._narrator.chat(self._channel.name, message.content, deleted=False)
            if message.deleted_at is not None and message.id not in self.deleted:
                self.deleted.add(message.id)
                self._narrator.chat(self._channel.name, message.content, deleted=True)
