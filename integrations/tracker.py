"""The tracker: the engine with its clock, its timer, and a place for its effects.

Everything that comes in goes through here, one call at a time and without an await, so the
order in which events came is the order in which they are applied. News of people waits for a
moment (``integrations/gateway/news.py``); whatever else comes in, and whoever asks for the engine,
has it taken in first.

Taking it in observes, and so does a look at the clocks that finds them set. Neither ever does so
within itself: what is taken in together counts at the instants at which it was heard, and so looks
at no clock; and what waits is taken out before any of it is taken in, so none is there any more.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple, Protocol

import msgspec

from engine import (
    ChannelDeleted,
    ChannelUncounted,
    ClockStepped,
    GuildRemoved,
    MemberRemoved,
    OptedIn,
    PeopleCounted,
    PresenceObserved,
    VoiceObserved,
    WatchLost,
    WatchResumed,
)
from integrations.clock_watch import ClockWatch, Happenings
from integrations.clocks import Clocks
from integrations.looks import Looks
from integrations.turns import ENGINE_PIECES, NextTurn, begun_turn, in_turns, turn
from integrations.wake_ups import WakeUp
from machines import SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from engine import Observation, SessionEngine
    from machines import Effect, Instant, LiveState, LiveView

__all__ = ["Tracker", "WaitingNews"]

_NEWS = (
    VoiceObserved
    | PresenceObserved
    | MemberRemoved
    | OptedIn
    | PeopleCounted
    | ChannelUncounted
    | ChannelDeleted
    | GuildRemoved
)
"""What comes in over a connection: it has waited where the process stood still."""

_LONGEST_WAIT = 3600.0
"""Seconds. A deadline further away is asked for again, in case the clock is set meanwhile."""


class _Together(NamedTuple):
    """What is observed at one instant: its turn, and what it has asked of the outside so far."""

    is_time_up: Callable[[], bool]
    effects: list[Effect]


class WaitingNews(Protocol):
    """What was heard and waits for the next wake-up."""

    def take_in(self) -> None:
        """Take it in now, if any waits; raise nothing."""
        ...

    def behind(self, work: Callable[[], None]) -> None:
        """Do something once what waits is taken in, at once where nothing does."""
        ...


class _NoNews:
    """Nobody lets news wait."""

    def take_in(self) -> None:
        pass

    def behind(self, work: Callable[[], None]) -> None:
        work()


def _nothing_more(*_told: object) -> None:
    """Do nothing."""


class Tracker:
    """Drives the engine in an event loop: tells it the time, and hands on its effects.

    Attributes:
        clocks: tell the present.
        clock_watch: says what has happened to them, and how old what comes in may be.
        looks: the looks at guilds that are under way.
        news: what waits for the next wake-up; it says so by :meth:`wake_up`.
        slept: is told once the machine has slept.
        was_set: is told by how many microseconds the clock was set.
        has_waited: is told once news and deadlines have waited for a wake-up: what follows need
            wait for nothing more.
        clears_away: is told the present whenever what nobody needs by then is let go of.
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
        self._engine = engine
        self.clocks = Clocks() if clocks is None else clocks
        self.clock_watch = ClockWatch(
            self.clocks,
            engine.settings.event_delay,
            self.has_sessions,
            Happenings(self._look_begins, self._clock_was_set, self._has_slept),
        )
        self.news: WaitingNews = _NoNews()
        self.slept: Callable[[], None] | None = None
        self.was_set: Callable[[int], None] | None = None
        self.has_waited: Callable[[], None] = _nothing_more
        self.clears_away: Callable[[Instant], None] = _nothing_more
        self._carry_out = carry_out
        self._wake_up = WakeUp(self._advance, engine.settings.event_delay)
        self.looks = Looks(self, self._after)
        self._sweeping: NextTurn | None = None
        self._together: _Together | None = None

    @property
    def engine(self) -> SessionEngine:
        """The engine, once news that waits is taken in.

        Only what takes it in holds the engine itself, and what does so before each of its steps
        (``integrations/looks.py``).
        """
        self.catch_up()
        return self._engine

    def now(self) -> Instant:
        """Return the present as an instant."""
        return self.clocks.now()

    def monotonic(self) -> float:
        """Return seconds by a clock that nobody sets."""
        return self.clocks.monotonic()

    def has_sessions(self) -> bool:
        """Return whether anybody has a session, pending ones included."""
        return self._engine.registry.count > 0

    def stalled_since(self) -> Instant | None:
        """Return since when what comes in now may have been waiting, if that is long."""
        self.heard_at()
        return self.clock_watch.stalled_since

    def clear_away(self) -> None:
        """Let go, some at a time, of whom was heard of long ago, and of what has long been over."""
        now = self.heard_at()
        self._engine.clear_away(now)
        self.clears_away(now)
        self.take_turns()

    def take_turns(self) -> None:
        """Have turns come for what takes several: a sweep, or whom nobody remembers any more."""
        if self._sweeping is None and self._engine.has_more_to_do:
            self._sweeping = NextTurn(self._sweep)

    def restore(self, state: LiveState) -> None:
        """Take up the sessions of an earlier process."""
        self.catch_up()
        for _player in self.restoring(state):
            pass

    def restoring(self, state: LiveState) -> Iterator[None]:
        """Do what :meth:`restore` does, yielding after each player of a party.

        What follows is carried out in the end, also where that is within a look. What waits is
        to be taken in before: whoever watches a transition may ask for the engine.
        """
        effects: list[Effect] = []
        now = self.clocks.as_last_read()  # as those who are there: a clock set since moves all
        yield from self._engine.restoring(state, now, effects)
        self._after(effects)

    def observe(self, observation: Observation) -> Instant:
        """Apply an observation now, and return when that is.

        After a standstill the news may be as old as that.
        """
        together = self._together
        if together is None:
            self.catch_up()
        now = self.clock_watch.look()
        stalled_since = self.clock_watch.stalled_since
        if stalled_since is not None and isinstance(observation, _NEWS):
            since = stalled_since if observation.since is None else observation.since
            observation = msgspec.structs.replace(observation, since=since)
        is_time_up = turn(ENGINE_PIECES) if together is None else together.is_time_up
        self._after(self._engine.observe(observation, now, is_time_up))
        return now

    def catch_up(self) -> None:
        """Take in news that waits, if any does."""
        self.news.take_in()

    def wake_up(self) -> None:
        """Be there at the next wake-up, if not sooner, and have news that waits taken in."""
        if not self._wake_up.is_for_news:
            self._wake_up.for_news(self.clocks.as_last_read())

    def let_come_due(self, guild_ids: tuple[int, ...], until: Instant) -> None:
        """Do what came due up to an instant, and waited in guilds of which all is read."""
        resumed = WatchResumed(guild_ids=guild_ids)
        self._after(self._engine.observe(resumed, until, _turn()))

    def heard_at(self) -> Instant:
        """Return the instant of what is heard now, once it is taken in what the clocks have done.

        Within :meth:`together` it is the instant of that.
        """
        return self.clock_watch.look()

    def together(self, work: Callable[[], None]) -> None:
        """Do ``work``: all of it has one turn, and what it asks of the outside leaves together.

        What it observes was heard before: it says when, as ``held_at`` of the watch on the clocks,
        and takes that back. The clock has not been set since: whoever finds that it was has all
        taken in before.
        """
        together = self._together = _Together(turn(ENGINE_PIECES), [])
        try:
            work()
        finally:
            self._together = None
            self._after(together.effects)

    def live_view(self) -> LiveView:
        """Return what a restart needs, and the pending sessions, to be gone through in turns."""
        return self.engine.live_view(self.now())

    async def finish(self) -> None:
        """Wait until all that is done in turns is done."""
        self.catch_up()
        while self._engine.is_sweeping or self.looks.under_way:  # noqa: ASYNC110 - the turns are the loop's
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
            self._carry_out(self._engine.sweep(self.heard_at()))
        self.looks.finish()
        self._wake_up.cancel()
        self.clock_watch.stop()

    def _advance(self) -> None:
        self.catch_up()
        self._wake_up.cancel()  # it is now; what was due then is done now, and needs no other
        self._after(self._engine.advance(self.heard_at(), _turn()))
        self.has_waited()

    def _sweep(self) -> None:
        self.catch_up()
        self._sweeping = None
        now = self.heard_at()
        is_time_up = _turn()
        effects = self._engine.sweep(now, is_time_up)
        self._engine.tidy(is_time_up)
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
        engine = self._engine
        self.take_turns()
        if not engine.registry.count:
            if not self._wake_up.is_for_news:
                self._wake_up.cancel()
            return
        if engine.deadlines.first_at < self._wake_up.due:
            self._wait_for_deadline()
        self.clock_watch.keep_in_step()

    def _wait_for_deadline(self) -> None:
        """Be there when the next deadline is due; where that is too early it is asked for again."""
        due = self._engine.due_at
        if due is not None and due < self._wake_up.due:
            self._wake_up.for_deadline(due, min((due - self.now()) / SECOND, _LONGEST_WAIT))

    # What happens to the clocks

    def _look_begins(self) -> None:
        self.catch_up()

    def _clock_was_set(self, by: int, until: Instant) -> None:
        self._wake_up.cancel()  # it is for an instant of another clock
        self._after(self._engine.observe(ClockStepped(by=by), until, _turn()))
        if self.was_set is not None:
            self.was_set(by)

    def _has_slept(self, since: Instant, now: Instant) -> None:
        self._wake_up.cancel()  # likewise
        guild_ids = tuple(self._engine.guild_ids())
        lost = WatchLost(guild_ids=guild_ids, since=since, slept=True)
        self._after(self._engine.observe(lost, now, _turn()))
        if self.slept is not None:
            self.slept()


def _turn() -> Callable[[], bool]:
    return begun_turn(ENGINE_PIECES)
