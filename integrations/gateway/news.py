"""News: what events say of people, taken in together where more of it lies unread.

A busy bot finds many frames at once, and discord.py reads all that have come without going back
to the event loop (``DiscordWebSocket.poll_event``). Were each to be taken in between two of them,
its code and ours would drive each other out of the processor's caches every few microseconds. So
they wait until all are read: then one look at the clocks will do for all of them, and what they
ask of the outside leaves together. News behind which nothing has come is taken in at once.

Nobody finds another order than that in which they came. News waits behind other news of people
only, and behind what says of nobody where they are (messages, threads, the audit log): it is taken
in before discord.py reads any other event, so its cache means what it meant, and before it waits
for the next frame, so hardly ever has a task or a timer of anybody gone on meanwhile. A listener
runs after that; only what discord.py asks while it reads (the ``check`` of ``Client.wait_for``)
comes before. Whoever reaches the tracker meanwhile, or finds that the clock was set, has it taken
in first (:attr:`~integrations.tracker.Tracker.catch_up`).
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

from integrations.gateway.internals import once_read
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
        self._heard_at: Instant = 0
        tracker.catch_up = self.take_in

    def hear(self, event: str, guild_id: int, take: Take, payload: dict[str, Any]) -> None:
        """Let ``take`` have a payload, as soon as all frames that have come are read."""
        waiting = self.waiting
        if not waiting:
            if not once_read(self._bot, guild_id, self.take_in):
                take(payload)  # what it raises the tap that hears it logs, as of any event
                self._taken_in(self._tracker.clocks.last_wall)
                return
            self._heard_at = self._tracker.heard_at()
            # Where nobody can tell when all is read, the loop's next round is soon enough.
            asyncio.get_running_loop().call_soon(self.take_in)
        waiting.append((event, take, payload))
        if len(waiting) >= MOST:
            self.take_in()

    def comes_first(self, _payload: object) -> None:
        """Take in what was heard before any event of another kind."""
        if self.waiting:
            self.take_in()

    def take_in(self) -> None:
        """Take in now whatever was heard; what fails is logged, and raised to nobody."""
        if not self.waiting:
            return
        heard, self.waiting = self.waiting, []
        try:
            self._tracker.together(partial(_take_all, heard), self._heard_at)
            self._taken_in(self._heard_at)
        except Exception as error:  # noqa: BLE001 - whoever comes next has not caused it
            say_odd("What follows of news", error)


def _take_all(heard: list[tuple[str, Take, dict[str, Any]]]) -> None:
    for event, take, payload in heard:
        try:
            take(payload)
        except Exception as error:  # noqa: BLE001 - the others are to be taken in as well
            say_odd(event, error)
