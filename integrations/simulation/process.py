"""A process in virtual time: what it has planned dies with it, and waits while it sleeps."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from integrations.simulation.agenda import Agenda
    from integrations.simulation.gateway import Gateway

__all__ = ["Process"]


class Process:
    """Does things later, as long as it lives."""

    def __init__(self, agenda: Agenda, gateway: Gateway) -> None:
        """Plan in ``agenda``; ``gateway`` knows whether the machine is awake."""
        self._agenda = agenda
        self._gateway = gateway
        self._planned: set[str] = set()
        self.is_alive = True

    @property
    def now(self) -> int:
        """The present."""
        return self._agenda.now

    def ends(self) -> None:
        """Do nothing any more."""
        self.is_alive = False

    def at(self, when: int, action: Callable[[], None]) -> None:
        """Do ``action`` at ``when``, or as soon as the machine is awake."""
        self._agenda.at(when, partial(self._do, action))

    def once(self, name: str, when: int, action: Callable[[], None]) -> None:
        """Do it, unless something of this name is planned already."""
        if name not in self._planned:
            self._planned.add(name)
            self.at(when, partial(self._ring, name, action))

    def _ring(self, name: str, action: Callable[[], None]) -> None:
        self._planned.discard(name)
        action()

    def _do(self, action: Callable[[], None]) -> None:
        if not self.is_alive:
            return
        until = self._gateway.asleep_until()
        if until is None:
            action()
        else:
            self.at(until, action)
