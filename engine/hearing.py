"""Hearing: when an event about a person last came, whether or not they have a session.

A look takes time. What it says of a person may be older than an event that came meanwhile,
and of somebody without a session only this tells.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from machines import seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from machines import Instant

__all__ = ["Hearing"]

_People = dict[int, "Instant"]
_Heard = tuple[dict[int, _People], dict[int, _People]]
"""Of games, and of voice, by guild: when somebody was heard, by person."""

_REMEMBERED = seconds(120)
"""How long an event is remembered. A look that took longer finds nobody new."""


_AT_ONCE = 50
"""People who are let go of in one piece: a microsecond or two."""


class Hearing:
    """Remembers the events of the last two minutes: voice and activities, person by person.

    They are kept in two parts, each of two minutes or more. When the later one is full the
    earlier one is forgotten, and let go of in turns: a bot may have heard of hundreds of thousands
    in it.

    Attributes:
        forgotten: those who are remembered no more, and are to be let go of.
    """

    def __init__(self) -> None:
        """Start having heard nothing."""
        self._later: _Heard = ({}, {})
        self._earlier: _Heard = ({}, {})
        self.forgotten: list[_People] = []
        self._later_since: Instant = 0
        self._latest_at: Instant = 0
        self._shifted = 0

    def heard(self, guild_id: int, user_id: int, now: Instant, *, voice: bool) -> None:
        """An event about the person's voice state, or about their activities, has come."""
        now -= self._shifted
        if now - self._later_since > _REMEMBERED:
            self._begin_part(now)
        heard = self._later[voice]
        people = heard.get(guild_id)
        if people is None:
            people = heard[guild_id] = {}
        people[user_id] = self._latest_at = now

    def let_go(self) -> Iterator[None]:
        """Forget everybody, some at a time."""
        for heard in chain(self._earlier, self._later):
            self.forgotten += heard.values()
            heard.clear()
        while self.forgotten:
            self._let_go_of_some()
            yield

    def go_on(self, is_time_up: Callable[[], bool]) -> None:
        """Let go of those who are forgotten, until the time is up."""
        while self.forgotten:
            self._let_go_of_some()
            if is_time_up():
                return

    def _begin_part(self, now: Instant) -> None:
        """Begin a later part; the one before it is the earlier one, if it is recent."""
        for heard in self._earlier:
            self.forgotten += heard.values()
        if now - self._latest_at > _REMEMBERED:
            for heard in self._later:
                self.forgotten += heard.values()
            self._later = ({}, {})
        self._earlier, self._later, self._later_since = self._later, ({}, {}), now

    def _let_go_of_some(self) -> None:
        people = self.forgotten[-1]
        for _person in range(min(_AT_ONCE, len(people))):
            people.popitem()
        if not people:
            self.forgotten.pop()

    def is_news(
        self, guild_id: int, user_id: int, earliest: Instant, now: Instant, *, voice: bool
    ) -> bool:
        """Return whether no event about the person has come since ``earliest``."""
        if earliest < now - _REMEMBERED:
            return False
        return not self.has_heard(guild_id, user_id, earliest, voice=voice)

    def has_heard(self, guild_id: int, user_id: int, after: Instant, *, voice: bool) -> bool:
        """Return whether an event about the person has come after an instant, as remembered."""
        after -= self._shifted
        return any(
            part[voice].get(guild_id, {}).get(user_id, after) > after
            for part in (self._later, self._earlier)
        )

    def shift(self, by: int) -> None:
        """Move every instant by ``by`` microseconds: the clock was set.

        What is held are instants of the clock as it first was, so nothing has to be gone through.
        """
        self._shifted += by
