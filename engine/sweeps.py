"""Sweeps: what befalls every session of a guild, done a piece at a time as if all at once.

A watch that was lost, a clock that was set, a guild that is gone: each concerns everybody in its
guilds, and that may be a hundred thousand people. Before anything else happens to one of them,
what is still to be done to their sessions is done, so nobody can tell the pieces from the whole.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from machines import KINDS, PartySession

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from engine.firing import Firing
    from engine.parties import Parties
    from machines import AnySession, Effect, Instant

__all__ = ["Sweep", "Sweeps"]


@dataclass(eq=False, slots=True)
class _Guild:
    """A guild that a sweep has begun with.

    Attributes:
        rest: its sessions, without those whose turn has come; None where others may have theirs.
        later: what else it means for the guild, once its sessions are done.
        passed: those to pass over, by id: done, or begun since.
        put_off: those for whom something came due meanwhile.
        has_come_to_all: whether nobody has to wait for it any more.
    """

    rest: Iterator[AnySession | None]
    later: Iterator[Effect | None]
    passed: set[str] = field(default_factory=set)
    put_off: list[AnySession] = field(default_factory=list)
    has_come_to_all: bool = False


@dataclass(eq=False, slots=True)
class Sweep:
    """One thing that befalls some guilds.

    Attributes:
        guild_ids: those that it has not begun with.
        of_guild: what it means for the guild itself; called before any of its sessions. What it
            returns goes on after the last of them, a piece at a time: some have an effect.
        of_session: what it means for a session.
        at: what had come due by then comes before it; None where that cannot be told.
        until: what has come due by then comes after it, but for parties; None where nothing does.
        held: the guilds in which nothing comes due, as it began: what comes later may hold others.
        comes_first: what comes to a session before that; None where nothing does.
        whom: yields those of a guild's sessions to whom it means anything; None where that may be
            anybody.
        takes_party: whether it comes to the party of somebody before it comes to them.
        clock_by: how many microseconds it moves the instants of each session.
        ends_parties: whether parties are over by it.
        ends_guild: whether the bot is in the guild no more.
        begun: the guilds it is at.
    """

    guild_ids: dict[int, None]
    of_guild: Callable[[int, list[Effect]], Iterator[Effect | None]]
    of_session: Callable[[AnySession, list[Effect]], None]
    at: Instant | None = None
    until: Instant | None = None
    held: set[int] = field(default_factory=set)
    comes_first: Callable[[AnySession, list[Effect]], None] | None = None
    whom: Callable[[int], Iterator[AnySession | None]] | None = None
    takes_party: bool = False
    clock_by: int = 0
    ends_parties: bool = False
    ends_guild: bool = False
    begun: dict[int, _Guild] = field(default_factory=dict)

    @property
    def is_done(self) -> bool:
        """Whether nothing of it is left to be done."""
        return not (self.guild_ids or self.begun)

    def is_ahead_of(self, session: AnySession) -> bool:
        """Return whether it is still to come to a session."""
        guild = self.begun.get(session.guild_id)
        if guild is None:
            return session.guild_id in self.guild_ids
        return session.id not in guild.passed


class Sweeps:
    """Takes one sweep after the other through the sessions of its guilds.

    The parties of a guild wait meanwhile, for they follow from everybody in it; and so does
    whatever comes due in it.

    Attributes:
        under_way: those of which something is left to be done.
    """

    def __init__(
        self,
        firing: Firing,
        parties: Parties,
        fire_due: Callable[[AnySession, Instant, list[Effect]], None],
    ) -> None:
        """Work on the sessions that ``firing`` holds.

        ``fire_due`` fires what has come due for a session by an instant, in a guild that is not
        held.
        """
        self._firing = firing
        self._fire_due = fire_due
        self._parties = parties
        parties.clock_lag = self.clock_lag
        self.under_way: deque[Sweep] = deque()
        self._is_doing = False

    def begin(self, sweep: Sweep) -> None:
        """Begin a sweep; :meth:`go_on` does it."""
        if not self.under_way:
            self._firing.is_followed_by(self.passes, *KINDS)
        sweep.held = self._firing.deadlines.held_of(sweep.guild_ids)
        self.under_way.append(sweep)

    def go_on(self, effects: list[Effect], is_time_up: Callable[[], bool]) -> None:
        """Take the sweeps on, until the time is up or all is done."""
        while self.under_way:
            sweep = self.under_way[0]
            guild_id = next(chain(sweep.begun, sweep.guild_ids), None)
            if guild_id is None:
                self._end_first()
            elif not self._finish(sweep, guild_id, effects, is_time_up):
                return

    def finish(self, guild_id: int, effects: list[Effect], is_time_up: Callable[[], bool]) -> bool:
        """Do all that is left to be done in a guild; return whether the time was enough."""
        was_enough = all(
            self._finish(sweep, guild_id, effects, is_time_up) for sweep in tuple(self.under_way)
        )
        while self.under_way and self.under_way[0].is_done:
            self._end_first()
        return was_enough

    def reach(self, guild_id: int, sessions: Iterable[AnySession], effects: list[Effect]) -> None:
        """Something is about to happen to these sessions of a guild, or to the guild."""
        if not self.under_way:
            return
        reached = list(sessions)
        for sweep in self.under_way:
            guild = self._at(sweep, guild_id, effects)
            if guild is not None:
                for session in reached:
                    self._do_in_order(sweep, guild, session, effects)

    def reach_with_due(
        self, guild_id: int, sessions: Iterable[AnySession], now: Instant, effects: list[Effect]
    ) -> None:
        """Something is about to happen to these, and what has come due for them comes before."""
        reached = list(sessions)
        self.reach(guild_id, reached, effects)
        self.come_due(guild_id, reached, now, effects)

    def come_due(
        self, guild_id: int, sessions: Iterable[AnySession], now: Instant, effects: list[Effect]
    ) -> None:
        """Fire what has come due for these sessions of a guild, which have been reached."""
        if not self._firing.deadlines.is_held(guild_id):
            for session in sessions:
                self._fire_due(session, now, effects)

    def passes(self, session: AnySession) -> None:
        """Pass over a session at which a trigger was fired: it was reached, or has just begun.

        Not so where a sweep has fired it: those that come later are still to come to it.
        """
        if self._is_doing:
            return
        for sweep in self.under_way:
            guild = sweep.begun.get(session.guild_id)
            if guild is not None:
                guild.passed.add(session.id)

    def put_off(self, session: AnySession, effects: list[Effect]) -> bool:
        """Return whether what has come due for a session has to wait; it is scheduled anew."""
        for sweep in self.under_way:
            guild = self._at(sweep, session.guild_id, effects)
            if guild is not None and not guild.has_come_to_all:
                guild.put_off.append(session)
                return True
        return False

    def concerns(self, guild_id: int) -> bool:
        """Return whether something is left to be done in a guild."""
        return any(guild_id in each.guild_ids or guild_id in each.begun for each in self.under_way)

    def clock_lag(self, session: AnySession) -> int:
        """Return how far the clock has been set without a session having been told, so far.

        One that ends by then does so by the clock as it was: an instant of it lacks so much.
        """
        return sum(each.clock_by for each in self.under_way if each.is_ahead_of(session))

    def is_of_guild_that_is_gone(self, session: AnySession) -> bool:
        """Return whether a session is one of those that end with their guild, or just before."""
        return any(
            each.ends_guild and session.guild_id in each.begun and each.is_ahead_of(session)
            for each in self.under_way
        )

    def _end_first(self) -> None:
        self.under_way.popleft()
        if not self.under_way:
            self._firing.is_left_by(self.passes)

    def _finish(
        self, sweep: Sweep, guild_id: int, effects: list[Effect], is_time_up: Callable[[], bool]
    ) -> bool:
        """Do all that one sweep has left to do in a guild; return whether the time was enough."""
        guild = self._at(sweep, guild_id, effects)
        if guild is None:
            return True
        for session in guild.rest:
            if session is not None:
                self._do_in_order(sweep, guild, session, effects)
            if is_time_up():
                return False
        for effect in guild.later:
            if effect is not None:
                effects.append(effect)
            if is_time_up():
                return False
        guild.has_come_to_all = True
        while guild.put_off:
            self._firing.deadlines.schedule(guild.put_off.pop())
            if is_time_up():
                return False
        self.reach(guild_id, (), effects)  # so that the parties wait for later sweeps as well
        del sweep.begun[guild_id]
        self._parties.backlog.release(guild_id)
        return not is_time_up()

    def _at(self, sweep: Sweep, guild_id: int, effects: list[Effect]) -> _Guild | None:
        """Return where a sweep is in a guild; None where it has nothing to do there (any more)."""
        if guild_id in sweep.guild_ids:
            del sweep.guild_ids[guild_id]
            self._parties.backlog.hold(guild_id)
            later = sweep.of_guild(guild_id, effects)
            sweep.begun[guild_id] = _Guild(self._rest(sweep, guild_id), later)
        return sweep.begun.get(guild_id)

    def _rest(self, sweep: Sweep, guild_id: int) -> Iterator[AnySession | None]:
        if sweep.whom is not None:
            yield from sweep.whom(guild_id)
            return
        for session in self._firing.registry.of_guild(guild_id):
            if sweep.ends_parties and type(session) is PartySession:
                yield from self._parties.counting(session)
            yield session

    def _do_in_order(
        self, sweep: Sweep, guild: _Guild, session: AnySession, effects: list[Effect]
    ) -> None:
        party = self._parties.party_of(session) if sweep.takes_party else None
        if party is not None:
            self._do(sweep, guild, party, effects)
        self._do(sweep, guild, session, effects)

    def _do(self, sweep: Sweep, guild: _Guild, session: AnySession, effects: list[Effect]) -> None:
        if session.id not in guild.passed:
            work = partial(self._do_alone, sweep, session, effects)
            self._is_doing = True
            self._firing.isolated(session.id, session.kind, effects, work)
            self._is_doing = False
            guild.passed.add(session.id)

    def _do_alone(self, sweep: Sweep, session: AnySession, effects: list[Effect]) -> None:
        """Do what a sweep means for a session, after what was due before it, before what is now."""
        if sweep.comes_first is not None:
            sweep.comes_first(session, effects)
        is_held = session.guild_id in sweep.held
        if sweep.at is not None and not is_held:
            self._fire_due(session, sweep.at, effects)
        if session.is_over:
            return
        sweep.of_session(session, effects)
        # A party's comes once those of its players have.
        if sweep.until is not None and not is_held and type(session) is not PartySession:
            self._fire_due(session, sweep.until, effects)
