"""News: what events say of people, taken in together where more of it lies unread.

A busy bot finds many frames at once, and discord.py reads all that have come without going back
to the event loop (``DiscordWebSocket.poll_event``). Were each to be taken in between two of them,
its code and ours would drive each other out of the processor's caches every few microseconds. So
they wait until it is done: then one look at the clocks will do for all of them, and what they ask
of the outside leaves together. News behind which nothing has come is taken in at once.

Nobody finds another order than that in which they came: whatever else reaches the tracker takes
in first what was heard before it (:attr:`~integrations.tracker.Tracker.catch_up`), and a
listener of the bot's own runs after that.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

from integrations.gateway.internals import has_unread
from integrations.gateway.taps import say_odd

if TYPE_CHECKING:
    from collections.abc import Callable

    import discord

    from integrations.tracker import Tracker
    from machines import Instant

    Take = Callable[[dict[str, Any]], None]
    """Takes in a payload."""

__all__ = ["MOST", "News"]

MOST = 32
"""News that wait, at most: so many take a millisecond or two."""


class News:
    """What was heard of people and is not taken in yet.

    Attributes:
        waiting: all of it, in the order in which it came.
    """

    def __init__(
        self, bot: discord.Client, tracker: Tracker, taken_in: Callable[[Instant], None]
    ) -> None:
        """Take in for ``tracker``; ``taken_in`` is called afterwards, with the instant."""
        self._bot = bot
        self._tracker = tracker
        self._taken_in = taken_in
        self.waiting: list[tuple[str, Take, dict[str, Any]]] = []
        tracker.catch_up = self.take_in

    def hear(self, event: str, guild_id: int, take: Take, payload: dict[str, Any]) -> None:
        """Let ``take`` have a payload before the loop comes to anything that is not there yet."""
        waiting = self.waiting
        if not waiting and not has_unread(self._bot, guild_id):
            _take_all([(event, take, payload)])
            self._taken_in(self._tracker.now())
            return
        waiting.append((event, take, payload))
        if len(waiting) == 1:
            asyncio.get_running_loop().call_soon(self.take_in)
        elif len(waiting) >= MOST:
            self.take_in()

    def take_in(self) -> None:
        """Take in now whatever was heard."""
        if self.waiting:
            heard, self.waiting = self.waiting, []
            self._taken_in(self._tracker.together(partial(_take_all, heard)))


def _take_all(heard: list[tuple[str, Take, dict[str, Any]]]) -> None:
    for event, take, payload in heard:
        try:
            take(payload)
        except Exception as error:  # noqa: BLE001 - the others are to be taken in as well
            say_odd(event, error)
