"""What becomes of an event on its way to the bot: sent, lost, late, sent twice, overtaken."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import TypeAlias, TypedDict

import msgspec

from integrations.loopback.intents import Intent

JsonObject: TypeAlias = dict[str, object]


class Viewer(msgspec.Struct, frozen=True):
    """What a gateway session may see: what it asked for when it identified."""

    intents: Intent
    large_threshold: int = 50


class Event(msgspec.Struct, frozen=True):
    """A dispatch: its name, its guild (None: shard 0 gets it), its payload and when it happened.

    A payload that depends on who looks (GUILD_CREATE) is a function of the viewer and is made
    when the event is sent; any other is made when the event happens, however late it is sent.
    """

    name: str
    guild_id: int | None
    body: JsonObject | Callable[[Viewer], JsonObject]
    at: datetime

    def payload(self, viewer: Viewer) -> JsonObject:
        """The inner payload (``d``) for one viewer."""
        return self.body(viewer) if callable(self.body) else self.body


class Fate(TypedDict, total=False):
    """How an event reaches the bot; every scripted action takes these as keyword arguments."""

    lost: bool
    """It happened, and is never sent."""

    late: float
    """It is sent this many seconds (of real time) after it happened."""

    twice: bool
    """It is sent two times, one after the other."""

    overtaken: bool
    """It is sent only after the next event that is sent."""


class Post:
    """Carries events to the gateway's sessions as each one's fate says.

    Attributes:
        fate_of: asked about every event whose action named no fate of its own; a seeded random
            loss goes here. None, the default: everything is sent, at once, in order.
        lost: how many events were lost so far.
    """

    def __init__(self, deliver: Callable[[Event], None]) -> None:
        self.fate_of: Callable[[Event], Fate] | None = None
        self.lost = 0
        self._deliver = deliver
        self._overtaken: list[Event] = []
        self._late: set[asyncio.TimerHandle] = set()

    @property
    def undelivered(self) -> int:
        """How many events are still to come, late or overtaken."""
        return len(self._late) + len(self._overtaken)

    def send(self, event: Event, fate: Fate) -> None:
        """Deliver ``event`` as ``fate`` says.

        Raises:
            RuntimeError: a late event outside a running event loop.
        """
        if not fate and self.fate_of is not None:
            fate = self.fate_of(event)
        if fate.get("lost"):
            self.lost += 1
        elif delay := fate.get("late"):
            self._send_later(event, delay, twice=fate.get("twice", False))
        elif fate.get("overtaken"):
            self._overtaken.append(event)
        else:
            self._send_now(event, twice=fate.get("twice", False))

    def forget(self) -> None:
        """Drop what has not been delivered."""
        for handle in self._late:
            handle.cancel()
        self._late.clear()
        self._overtaken.clear()

    def _send_later(self, event: Event, delay: float, *, twice: bool) -> None:
        def arrive() -> None:
            self._late.discard(handle)
            self._send_now(event, twice=twice)

        handle = asyncio.get_running_loop().call_later(delay, arrive)
        self._late.add(handle)

    def _send_now(self, event: Event, *, twice: bool) -> None:
        overtaken, self._overtaken = self._overtaken, []
        self._deliver(event)
        if twice:
            self._deliver(event)
        for earlier in overtaken:
            self._deliver(earlier)
