"""Looks: reports on their way through the sessions of their guilds, some pieces in each turn.

The looks at a guild come one after the other: an earlier one must not find whom a later one has
found gone. What is observed meanwhile is applied at once, after what they say of its person.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

from integrations.evidence.repairs import repairs
from integrations.turns import ENGINE_PIECES, NextTurn, begun_turn
from machines import SECOND

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine import LiveReport, Look
    from integrations.tracker import Tracker
    from machines import Effect, Instant, Kind

__all__ = ["Looks"]

_SET_BACK = SECOND // 2
"""A report from further in the future was asked for before the clock was set back."""


class Looks:
    """Takes each look on, until it is done.

    Attributes:
        under_way: by guild, the look that is, and those that wait for it, in order; and who waits
            for what each has repaired, by kind. Guilds at which nobody looks are not among them.
    """

    def __init__(self, tracker: Tracker, follow: Callable[[list[Effect]], None]) -> None:
        """Look at the sessions of ``tracker``; ``follow`` has what follows carried out."""
        self._tracker = tracker
        self._engine = tracker.engine
        self._follow = follow
        self.under_way: dict[int, dict[Look, asyncio.Future[Counter[Kind]]]] = {}

    def begin(
        self,
        report: LiveReport,
        clock_set_by: int | None = None,
        answered_since: Instant | None = None,
    ) -> asyncio.Future[Counter[Kind]]:
        """Fire ``validate`` at a guild's sessions, the first turn now and the others in between.

        What was asked for before the clock was set finds nobody: by this clock it may seem to
        have been asked for later than what has been heard since.

        Args:
            report: what was seen.
            clock_set_by: how far the clock had been set when it was asked for, if that was
                before: see :attr:`~integrations.clock_watch.ClockWatch.set_by`.
            answered_since: whoever was seen since then need not be in the report.

        Returns:
            A future of what was repaired, by kind; cancelled, it takes the look no further.
        """
        tracker = self._tracker
        tracker.catch_up()
        future: asyncio.Future[Counter[Kind]] = asyncio.get_running_loop().create_future()
        must_wait = self.is_at(report.guild_id)
        look = self._engine.begin(report)
        look.answered_since = answered_since
        now = tracker.heard_at()  # which may overtake it as well
        if report.at > now + _SET_BACK or clock_set_by not in (None, tracker.clock_watch.set_by):
            look.is_overtaken = True
        self.under_way.setdefault(report.guild_id, {})[look] = future
        if not must_wait:
            self._take_turn(look, Counter())
        return future

    def is_at(self, guild_id: int) -> bool:
        """Return whether a look at a guild is under way."""
        return guild_id in self.under_way

    def has_next(self, guild_id: int) -> bool:
        """Return whether a look waits until the one that is under way is done."""
        return len(self.under_way.get(guild_id, ())) > 1

    def take_first(self, guild_id: int, user_id: int, *, games: bool) -> None:
        """An event about a person is about to be observed: what looks say of them comes first."""
        for look in tuple(self.under_way.get(guild_id, ())):
            now = self._tracker.heard_at()
            self._follow(self._engine.take_first(look, user_id, now, games=games))

    def finish(self) -> None:
        """Take all of them to their end, at once; nobody is told what they have repaired."""
        while self.under_way:
            looks = next(iter(self.under_way.values()))
            look, future = next(iter(looks.items()))
            while look in looks:
                self._take_turn(look, Counter(), is_last=True)
            future.cancel()

    def _take_turn(self, look: Look, so_far: Counter[Kind], *, is_last: bool = False) -> None:
        self._tracker.catch_up()
        future = self.under_way.get(look.report.guild_id, {}).get(look)
        if future is None:
            return
        if future.cancelled():
            self._engine.abandon(look)
            self._end(look)
            return
        now = self._tracker.heard_at()
        try:
            effects = (
                self._engine.go_on(look, now)
                if is_last
                else self._engine.go_on(look, now, begun_turn(ENGINE_PIECES))
            )
            self._follow(effects)
        except Exception as error:  # noqa: BLE001 - whoever waits for the look is told
            self._engine.abandon(look)
            future.set_exception(error)
            self._end(look)
            return
        so_far.update(repairs(effects))
        if not look.is_done:
            NextTurn(self._take_turn, look, so_far)
        elif look.error is None:
            future.set_result(so_far)
            self._end(look)
        else:
            future.set_exception(look.error)
            self._end(look)

    def _end(self, look: Look) -> None:
        """Go on with the one that waits to look at the same guild."""
        looks = self.under_way[look.report.guild_id]
        del looks[look]
        waiting = next(iter(looks), None)
        if waiting is None:
            del self.under_way[look.report.guild_id]
        else:
            NextTurn(self._take_turn, waiting, Counter())
