"""The tracker: the engine with its clock, its timer, and a place for its effects.

Everything that comes in goes through here, one call at a time and without an await, so the
order in which events came is the order in which they are applied. News of people waits until
all that is there has been read (``integrations/gateway/news.py``); whatever else comes in has it
taken in first.
"""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from engine import (
    NEVER,
    ChannelDeleted,
    ChannelUncounted,
    ClockStepped,
    GuildRemoved,
    MemberRemoved,
    PresenceObserved,
    VoiceObserved,
    WatchLost,
    WatchResumed,
)
from integrations.clocks import Clocks
from integrations.looks import Looks
from integrations.turns import ENGINE_PIECES, NextTurn, begun_turn, in_turns, turn
from machines import SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from engine import Observation, SessionEngine
    from machines import Effect, Instant, LiveState, LiveView

__all__ = ["Tracker"]

_NEWS = (
    VoiceObserved
    | PresenceObserved
    | MemberRemoved
    | ChannelUncounted
    | ChannelDeleted
    | GuildRemoved
)
"""What comes in over a connection: it has waited where the process stood still."""

_LONGEST_WAIT = 3600.0
"""Seconds. A deadline further away is asked for again, in case the clock is set meanwhile."""

_SHORTEST_TICK = 1.0
"""Seconds between two looks at the clocks, at least."""


class _Together(NamedTuple):
    """What is observed at one instant: its turn, and what it has asked of the outside so far."""

    at: Instant
    is_time_up: Callable[[], bool]
    effects: list[Effect]


def _nothing_waits() -> None:
    """Take in nothing: nobody lets news wait."""


def _nothing_is_unread() -> bool:
    """Say that all that came while the process stood still has come in."""
    return True


class Tracker:
    """Drives the engine in an event loop: tells it the time, and hands on its effects.

    While there are sessions it looks at the clocks every ``event_delay`` seconds, so that it
    knows since when the machine slept or the process stood still. Without any it looks when
    something comes, heartbeats of discord.py's own included (``integrations/gateway/pulse.py``).
    Where that is found then, it looks once more, to forget it when all that waited has come.

    Attributes:
        looks: the looks at guilds that are under way.
        slept: is told once the machine has slept.
        stood_still: is told since when the process has, before anything else is done; returns
            whether all has been read that had waited for another standstill before.
        has_read_all: says whether all that came meanwhile has come in; asked with each tick.
        catch_up: takes in news that waits, if any does.
        clock_set_by: how far the wall clock has been set so far, in microseconds.
    """

    def __init__(
        self,
        engine: SessionEngine,
        carry_out: Callable[[list[Effect]], None],
        clocks: Clocks | None = None,
    ) -> None:
        """Drive ``engine``; give ``carry_out`` the effects, in order.

        Args:
            engine: the engine.
            carry_out: takes the effects of each step; must not call back into the tracker.
            clocks: tell the present.
        """
        self.engine = engine
        self.clocks = Clocks() if clocks is None else clocks
        self.slept: Callable[[], None] | None = None
        self.stood_still: Callable[[Instant], bool] | None = None
        self.has_read_all: Callable[[], bool] = _nothing_is_unread
        self.catch_up: Callable[[], None] = _nothing_waits
        self.clock_set_by = 0
        self._carry_out = carry_out
        self._timer: asyncio.TimerHandle | None = None
        self._due: Instant = NEVER
        self._every = max(_SHORTEST_TICK, engine.settings.event_delay)
        self._pause = 2 * self._every
        self._idle_until = math.inf
        self._tick: asyncio.TimerHandle | None = None
        self._stalled_since: Instant | None = None
        self._standstills = 0
        self._is_unread = False
        self.looks = Looks(self, self._after)
        self._sweeping: NextTurn | None = None
        self._together: _Together | None = None

    def now(self) -> Instant:
        """Return the present as an instant."""
        return self.clocks.now()

    def monotonic(self) -> float:
        """Return seconds by a clock that nobody sets."""
        return self.clocks.monotonic()

    def stalled_since(self) -> Instant | None:
        """Return since when what comes in now may have been waiting, if that is long."""
        self._look_at_clocks()
        return self._stalled_since

    def look_until_all_is_read(self) -> None:
        """Look at the clocks until ``has_read_all``, also where nobody has a session."""
        self._is_unread = True
        if self._tick is None:
            self._tick_later()

    def seen_to_run_by(self, due: float) -> None:
        """Take it that the clocks are looked at by then, also where nobody has a session.

        Where they are not, the process has stood still since they were last looked at.

        Args:
            due: seconds by :meth:`monotonic`; infinity where nobody can say.
        """
        self._idle_until = due + self._pause

    def take_turns(self) -> None:
        """Have turns come for what takes several: a sweep, or whom nobody remembers any more."""
        if self._sweeping is None and self.engine.has_more_to_do:
            self._sweeping = NextTurn(self._sweep)

    def restore(self, state: LiveState) -> None:
        """Take up the sessions of an earlier process."""
        for _player in self.restoring(state):
            pass

    def restoring(self, state: LiveState) -> Iterator[None]:
        """Do what :meth:`restore` does, yielding after each player of a party.

        What follows is carried out in the end, also where that is within a look.
        """
        effects: list[Effect] = []
        now = self.clocks.as_last_read()  # as those who are there: a clock set since moves all
        yield from self.engine.restoring(state, now, effects)
        self._after(effects)

    def observe(self, observation: Observation) -> Instant:
        """Apply an observation now, and return when that is.

        After a standstill the news may be as old as that.
        """
        self.catch_up()
        now = self._look_at_clocks()
        stalled_since = self._stalled_since
        if stalled_since is not None and isinstance(observation, _NEWS):
            since = stalled_since if observation.since is None else observation.since
            observation = msgspec.structs.replace(observation, since=since)
        together = self._together
        is_time_up = turn(ENGINE_PIECES) if together is None else together.is_time_up
        self._after(self.engine.observe(observation, now, is_time_up))
        return now

    def let_come_due(self, guild_ids: tuple[int, ...], until: Instant) -> None:
        """Do what came due up to an instant, and waited in guilds of which all is read."""
        resumed = WatchResumed(guild_ids=guild_ids)
        self._after(self.engine.observe(resumed, until, _turn()))

    def heard_at(self) -> Instant:
        """Return the present, for news that is heard now and taken in with more of it."""
        return self._look_at_clocks()

    def together(self, work: Callable[[], None], at: Instant) -> None:
        """Do ``work``: whatever it observes, it does at the instant ``at``, when it was heard.

        The clock has not been set since: whoever finds that it was has all taken in before.

        All of it has one turn, and what it asks of the outside is carried out when it is done.
        """
        together = _Together(at, turn(ENGINE_PIECES), [])
        self._together = together
        try:
            work()
        finally:
            self._together = None
            self._after(together.effects)

    def uneventful_now(self) -> Instant | None:
        """Return the present, where what comes in now plainly happened then.

        None where it may have waited, or where something may have happened to the clocks since
        they were last read: to observe anything looks at them.
        """
        if self._stalled_since is not None:
            return None
        if self._together is not None:
            return self._together.at
        if self._tick is None and not self.engine.registry.count:
            return self.clocks.moment(self._pause, self._idle_until)
        return self.clocks.moment(self._pause)

    def live_view(self) -> LiveView:
        """Return what a restart needs, and the pending sessions, to be gone through in turns."""
        return self.engine.live_view(self.now())

    async def finish(self) -> None:
        """Wait until all that is done in turns is done."""
        self.catch_up()
        while self.engine.is_sweeping or self.looks.under_way:  # noqa: ASYNC110 - the turns are the loop's
            await asyncio.sleep(0)

    async def confirm_late(self) -> None:
        """Confirm whoever came long enough ago to count, for all that is known, in turns.

        For when nothing more is heard: what is pending then is written nowhere.
        """
        effects: list[Effect] = []
        async for _session in in_turns(self.engine.confirming(self.now(), effects)):
            pass
        self._after(effects)

    def stop(self) -> None:
        """Wait for no deadline any more, and look at no clock; what is under way is finished."""
        self.catch_up()
        if self._sweeping is not None:
            self._sweeping.cancel()
            now = self._look_at_clocks()
            self._carry_out(self.engine.sweep(now))
        self.looks.finish()
        self._stop_timer()
        if self._tick is not None:
            self._tick.cancel()
            self._tick = None

    def _advance(self) -> None:
        self._stop_timer()  # it has gone off, and what comes first may set it anew
        self.catch_up()
        now = self._look_at_clocks()
        self._after(self.engine.advance(now, _turn()))

    def _sweep(self) -> None:
        self.catch_up()
        self._sweeping = None
        now = self._look_at_clocks()
        is_time_up = _turn()
        effects = self.engine.sweep(now, is_time_up)
        self.engine.tidy(is_time_up)
        self._after(effects)

    def _after(self, effects: list[Effect]) -> None:
        if self._together is not None:
            self._together.effects.extend(effects)
            return
        try:
            self._carry_out(effects)
        finally:
            self._go_on()

    def _go_on(self) -> None:
        """Be there for what is to be done next: a turn of a sweep, a deadline, a look at clocks."""
        engine = self.engine
        self.take_turns()
        if not engine.registry.count:
            self._stop_timer()
            return
        if engine.deadlines.first_at < self._due:
            self._wait_for_deadline()
        if self._tick is None:
            self.clocks.has_run()  # nobody need have looked since there was somebody
            self._tick_later()

    def _wait_for_deadline(self) -> None:
        """Be there when the next deadline is due; a timer that goes off too early asks again."""
        due = self.engine.due_at
        if due is None or self._due <= due:
            return
        self._stop_timer()
        wait = (due - self.now()) / SECOND
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(min(max(wait, 0.0), _LONGEST_WAIT), self._advance)
        self._due = due

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer, self._due = None, NEVER

    def _tick_later(self) -> None:
        loop = asyncio.get_running_loop()
        self._tick = loop.call_later(self._every, self._on_tick)

    def _on_tick(self) -> None:
        self.catch_up()
        try:
            standstills = self._standstills
            self._look_closely()
            if self._standstills == standstills and self.has_read_all():
                self._stalled_since = None  # what had waited has come
                self._is_unread = False
        finally:
            self._tick = None
            if self.engine.registry.count or self._is_unread:
                self._tick_later()

    def _look_at_clocks(self) -> Instant:
        """Take in what has happened to the clocks; return the present."""
        if self._together is not None:
            return self._together.at
        quiet_until = -math.inf
        if self._tick is None and not self.engine.registry.count:
            quiet_until = self._idle_until
        now = self.clocks.glance(self._pause, quiet_until)
        return self._look_closely(quiet_until) if now is None else now

    def _look_closely(self, quiet_until: float = -math.inf) -> Instant:
        self.catch_up()  # what was heard counts by the clock as it was then
        jump = self.clocks.look(self._pause, quiet_until)
        now = self.now()
        if jump.stepped_by or jump.slept_since is not None:
            self._stop_timer()  # it waits for an instant of another clock
        if jump.stepped_by:
            self.clock_set_by += jump.stepped_by
            if self._stalled_since is not None:
                self._stalled_since += jump.stepped_by
            # What came due while the machine slept, or the process stood still, did so unwatched:
            # that is told below.
            until = now if jump.stalled_since is None else jump.stalled_since
            self._after(self.engine.observe(ClockStepped(by=jump.stepped_by), until, _turn()))
        if jump.stalled_since is not None:
            self._standstills += 1
            is_read = False  # what came before an earlier standstill may wait still
            if jump.slept_since is None and self.stood_still is not None:
                is_read = self.stood_still(jump.stalled_since)
            if is_read or self._stalled_since is None:
                self._stalled_since = jump.stalled_since
            self.look_until_all_is_read()
        if jump.slept_since is not None:
            guild_ids = tuple(self.engine.guild_ids())
            lost = WatchLost(guild_ids=guild_ids, since=jump.slept_since, slept=True)
            self._after(self.engine.observe(lost, now, _turn()))
            if self.slept is not None:
                self.slept()
        return now


def _turn() -> Callable[[], bool]:
    return begun_turn(ENGINE_PIECES)
