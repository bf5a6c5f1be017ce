"""News: what events say of people, gathered for a moment and taken in together.

Each time that the event loop wakes up for an event it finds the processor's caches full of others'
code, and so it does where it wakes up to write. So news waits for the tracker's next wake-up
(``integrations/wake_ups.py``), a second at most: what else comes until then is taken in behind it,
and what all of it asks of the outside leaves together and is written then.

Each counts at the instant at which it was heard, and nobody finds another order than that in which
they came. News waits behind other news of people only, and behind what says of nobody where they
are (messages, threads, the audit log): it is taken in before discord.py reads any other event, so
its cache means what it meant. Whoever reaches the engine meanwhile, a listener of the bot's own as
well, or finds that the clock was set, has it taken in first
(:attr:`~integrations.tracker.Tracker.catch_up`).

Most of it only says that somebody goes on as before. That waits as well: to take it in with caches
that are cold costs more than to keep it.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from integrations.gateway.taps import say_odd

if TYPE_CHECKING:
    from collections.abc import Callable

    from integrations.tracker import Tracker
    from machines import Instant

    Take = Callable[[dict[str, Any]], None]
    """Takes in a payload."""

    _Heard = tuple[str, Take, dict[str, Any], Instant]
    """An event, who takes it in, its payload, and when it was heard."""

__all__ = ["MOST", "News"]

MOST = 32
"""News that waits, at most: so much takes a millisecond or two."""


class News:
    """What was heard of people and is not taken in yet.

    Attributes:
        waiting: all of it, in the order in which it came.
    """

    def __init__(self, tracker: Tracker, taken_in: Callable[[Instant], None]) -> None:
        """Take in for ``tracker``; ``taken_in`` is called afterwards, with the last's instant."""
        self._tracker = tracker
        self._plain_now = tracker.clock_watch.plain_now
        self._registry = tracker.engine.registry
        self._taken_in = taken_in
        self.waiting: list[_Heard] = []

    def hear(self, event: str, take: Take, payload: dict[str, Any]) -> None:
        """Let ``take`` have a payload about somebody before long.

        Where nobody has a session it has it now: mostly none comes of what is heard there, and
        nothing is to wake up for that.
        """
        at = self._plain_now()
        if at is None:
            at = self._tracker.heard_at()
        has_sessions = self._registry.count
        if has_sessions and not self.waiting:
            self._tracker.wake_up()
        self.waiting.append((event, take, payload, at))
        if len(self.waiting) >= MOST or not has_sessions:
            self.take_in()

    def behind(self, work: Callable[[], None]) -> None:
        """Do something once what was heard before it is taken in."""
        if self.waiting:
            _event, _take, _payload, at = self.waiting[-1]
            self.waiting.append(("What is behind news", partial(_do, work), {}, at))
        else:
            work()

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
            self._tracker.together(partial(self._take_all, heard))
            self._taken_in(heard[-1][-1])
        except Exception as error:  # noqa: BLE001 - whoever comes next has not caused it
            say_odd("What follows of news", error)

    def _take_all(self, heard: list[_Heard]) -> None:
        clock_watch = self._tracker.clock_watch
        try:
            for event, take, payload, at in heard:
                clock_watch.held_at = at
                try:
                    take(payload)
                except Exception as error:  # noqa: BLE001 - the others are to be taken in as well
                    say_odd(event, error)
        finally:
            clock_watch.held_at = None


def _do(work: Callable[[], None], _payload: object) -> None:
    work()
