"""The tracker: the engine with its clock, its timer, and a place for its effects.

Everything that comes in goes through here, one call at a time and without an await, so the
order in which events came is the order in which they are applied.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from engine import (
    ChannelUncounted,
    ClockStepped,
    MemberRemoved,
    PresenceObserved,
    VoiceObserved,
    WatchLost,
)
from integrations.clocks import Clocks
from integrations.evidence.repairs import repairs
from integrations.turns import NextTurn, others_first, turn
from machines import SECOND, LiveState, PartySession

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from engine import LiveReport, Look, Observation, SessionEngine
    from machines import AnySession, Effect, Instant, Kind, LiveView

__all__ = ["Tracker"]

_NEWS = VoiceObserved | PresenceObserved | MemberRemoved | ChannelUncounted
"""What comes in about people: it has waited where the process stood still."""

_LONGEST_WAIT = 3600.0
"""Seconds. A deadline further away is asked for again, in case the clock is set meanwhile."""

_RESTORED_AT_ONCE = 10
"""Sessions in one turn; each comes with a line in the log."""

_SHORTEST_TICK = 1.0
"""Seconds between two looks at the clocks, at least."""


class Tracker:
    """Drives the engine in an event loop: tells it the time, and hands on its effects.

    While there are sessions it looks at the clocks every ``event_delay`` seconds, so that it
    knows since when the machine slept or the process stood still.
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
        self._carry_out = carry_out
        self._timer: asyncio.TimerHandle | None = None
        self._due: Instant | None = None
        self._every = max(_SHORTEST_TICK, engine.settings.event_delay)
        self._pause = 2 * self._every
        self._tick: asyncio.TimerHandle | None = None
        self._stalled_since: Instant | None = None
        self._looking: dict[Look, asyncio.Future[Counter[Kind]]] = {}
        self._to_look: list[tuple[LiveReport, asyncio.Future[Counter[Kind]]]] = []
        self._is_passing_on = False
        self._sweeping: NextTurn | None = None

    def now(self) -> Instant:
        """Return the present as an instant."""
        return self.clocks.now()

    def stalled_since(self) -> Instant | None:
        """Return since when what comes in now may have been waiting, if that is long."""
        self._look_at_clocks()
        return self._stalled_since

    def restore(self, state: LiveState) -> None:
        """Take up the sessions of an earlier process."""
        self._after(self.engine.restore(state, self.now()))

    async def restore_in_turns(self, state: LiveState) -> None:
        """Do what :meth:`restore` does, some sessions at a time: parties follow from the games.

        ``state`` is left without sessions.
        """
        ordered = _parties_last(state.sessions)
        some = list(islice(ordered, _RESTORED_AT_ONCE))
        self.restore(msgspec.structs.replace(state, sessions=some))
        while some := list(islice(ordered, _RESTORED_AT_ONCE)):
            await others_first()
            self.restore(LiveState(sessions=some, saved_at=state.saved_at))

    def observe(self, observation: Observation) -> Instant:
        """Apply an observation now, and return when that is.

        After a standstill the news may be as old as that.
        """
        now = self._look_at_clocks()
        stalled_since = self._stalled_since
        if stalled_since is not None and isinstance(observation, _NEWS):
            since = stalled_since if observation.since is None else observation.since
            observation = msgspec.structs.replace(observation, since=since)
        self._after(self.engine.observe(observation, now, turn()))
        return now

    def uneventful_now(self) -> Instant | None:
        """Return the present; None where what comes in now may be older than that."""
        if self._tick is None and not self.engine.has_sessions:
            return self.now()
        return None if self._stalled_since is not None else self.clocks.glance(self._pause)

    def validate(self, report: LiveReport) -> list[Effect]:
        """Fire ``validate`` at a guild's sessions; return the effects, already handed on."""
        effects = self.engine.validate(report, self._look_at_clocks())
        self._after(effects)
        return effects

    def validate_in_turns(
        self, report: LiveReport, first: VoiceObserved | None = None
    ) -> asyncio.Future[Counter[Kind]]:
        """Do what :meth:`validate` does, the first turn now and the others between other things.

        What was seen of ``first`` in voice is applied now. Otherwise the looks at a guild come
        one after the other: an earlier one must not find whom a later one has found gone.

        Returns:
            A future of what was repaired, by kind; cancelled, it takes the look no further.
        """
        future: asyncio.Future[Counter[Kind]] = asyncio.get_running_loop().create_future()
        if first is None and self._is_looking_at(report.guild_id):
            self._to_look.append((report, future))
        else:
            self._begin_look(report, first, future)
        return future

    def live_view(self) -> LiveView:
        """Return what a restart needs, and the pending sessions, to be gone through in turns."""
        return self.engine.live_view(self.now())

    async def finish(self) -> None:
        """Wait until all that is done in turns is done."""
        while self.engine.is_sweeping or self._looking:  # noqa: ASYNC110 - the turns are the loop's
            await asyncio.sleep(0)

    def stop(self) -> None:
        """Wait for no deadline any more, and look at no clock; what is under way is finished."""
        if self._sweeping is not None:
            self._sweeping.cancel()
            self._carry_out(self.engine.sweep(self.now()))
        while self._looking:
            look, future = next(iter(self._looking.items()))
            while look in self._looking:
                self._take_turn(look, Counter(), is_last=True)
            future.cancel()
        self._stop_timer()
        if self._tick is not None:
            self._tick.cancel()
            self._tick = None

    def _advance(self) -> None:
        self._timer = self._due = None
        now = self._look_at_clocks()
        self._after(self.engine.advance(now, turn()))

    def _begin_look(
        self,
        report: LiveReport,
        first: VoiceObserved | None,
        future: asyncio.Future[Counter[Kind]],
    ) -> None:
        look = self.engine.begin(report, first)
        self._looking[look] = future
        self._take_turn(look, Counter())

    def _end_look(self, look: Look) -> None:
        """Begin with the next one that waits to look at the same guild.

        One that is done in its first turn ends here as well, within this.
        """
        del self._looking[look]
        if not self._is_passing_on:
            self._is_passing_on = True
            try:
                self._pass_on(look.report.guild_id)
            finally:
                self._is_passing_on = False

    def _pass_on(self, guild_id: int) -> None:
        while not self._is_looking_at(guild_id):
            waiting = next((each for each in self._to_look if each[0].guild_id == guild_id), None)
            if waiting is None:
                return
            self._to_look.remove(waiting)
            report, future = waiting
            gap_since = self.engine.watch_of(guild_id).gap_since
            if gap_since is not None and report.earliest < gap_since:
                _pass_over(future)  # as a look that is under way when a gap opens
            elif not future.cancelled():
                self._begin_look(report, None, future)

    def _is_looking_at(self, guild_id: int) -> bool:
        return any(each.report.guild_id == guild_id for each in self._looking)

    def _take_turn(self, look: Look, so_far: Counter[Kind], *, is_last: bool = False) -> None:
        future = self._looking.get(look)
        if future is None:
            return
        if future.cancelled():
            self.engine.abandon(look)
            self._end_look(look)
            return
        now = self._look_at_clocks()
        try:
            effects = (
                self.engine.go_on(look, now) if is_last else self.engine.go_on(look, now, turn())
            )
        except Exception as error:  # noqa: BLE001 - whoever waits for the look is told
            future.set_exception(error)
            self._end_look(look)
            return
        self._after(effects)
        so_far.update(repairs(effects))
        if look.is_done:
            future.set_result(so_far)
            self._end_look(look)
        else:
            NextTurn(self._take_turn, look, so_far)

    def _sweep(self) -> None:
        self._sweeping = None
        self._after(self.engine.sweep(self.now(), turn()))

    def _after(self, effects: list[Effect]) -> None:
        self._carry_out(effects)
        engine = self.engine
        if self._sweeping is None and engine.is_sweeping:
            self._sweeping = NextTurn(self._sweep)
        if not engine.has_sessions:
            self._stop_timer()
            return
        if engine.is_due_before(self._due):
            self._wait_for_deadline()
        if self._tick is None:
            self.clocks.look(self._every)
            self._tick_later()

    def _wait_for_deadline(self) -> None:
        """Be there when the next deadline is due; a timer that goes off too early asks again."""
        due = self.engine.due_at
        if due is None or (self._due is not None and self._due <= due):
            return
        self._stop_timer()
        wait = (due - self.now()) / SECOND
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(min(max(wait, 0.0), _LONGEST_WAIT), self._advance)
        self._due = due

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = self._due = None

    def _tick_later(self) -> None:
        loop = asyncio.get_running_loop()
        self._tick = loop.call_later(self._every, self._on_tick)

    def _on_tick(self) -> None:
        self._tick = None
        was_stalled = self._stalled_since is not None
        self._look_closely()
        if was_stalled or not self.engine.has_sessions:
            self._stalled_since = None
        if self.engine.has_sessions:
            self._tick_later()

    def _look_at_clocks(self) -> Instant:
        """Take in what has happened to the clocks; return the present."""
        if self._tick is None and not self.engine.has_sessions:
            return self.now()
        now = self.clocks.glance(self._pause)
        return self._look_closely() if now is None else now

    def _look_closely(self) -> Instant:
        jump = self.clocks.look(self._pause)
        now = self.now()
        if jump.stepped_by or jump.slept_since is not None:
            self._stop_timer()  # it waits for an instant of another clock
        if jump.stepped_by:
            if self._stalled_since is not None:
                self._stalled_since += jump.stepped_by
            for _report, future in self._to_look:
                _pass_over(future)  # as those that are under way when a clock is set
            self._to_look.clear()
            self._after(self.engine.observe(ClockStepped(by=jump.stepped_by), now, turn()))
        if jump.stalled_since is not None:
            self._stalled_since = jump.stalled_since
        if jump.slept_since is not None:
            lost = WatchLost(guild_ids=tuple(self.engine.guild_ids()), since=jump.slept_since)
            self._after(self.engine.observe(lost, now, turn()))
            if self.slept is not None:
                self.slept()
        return now


def _pass_over(look: asyncio.Future[Counter[Kind]]) -> None:
    if not look.cancelled():
        look.set_result(Counter())


def _parties_last(sessions: list[AnySession]) -> Iterator[AnySession]:
    """Take the sessions out, one by one: to let go of the whole list takes long as well."""
    parties = []
    sessions.reverse()
    while sessions:
        session = sessions.pop()
        if isinstance(session, PartySession):
            parties.append(session)
        else:
            yield session
    yield from parties
