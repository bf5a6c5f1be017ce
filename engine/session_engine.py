"""The engine: observations and time in, transitions and effects out.

It is synchronous, does no input or output, and never reads a clock. Each call runs to its
end before the next, so two events can never interleave; what it returns is carried out
afterwards, in order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from engine.firing import Firing
from engine.games import GameRules
from engine.hearing import Hearing
from engine.observation import (
    ChannelDeleted,
    ClockStepped,
    GuildRemoved,
    MemberRemoved,
    OptedOut,
    PresenceObserved,
    VoiceObserved,
    Watched,
    WatchLost,
    WatchPaused,
    WatchResumed,
)
from engine.parties import Parties
from engine.people import People
from engine.restoring import restored
from engine.shifting import shift_session
from engine.sightings import Sightings
from engine.validation import Validation
from engine.watching import Watching
from machines import (
    LIVE,
    CooldownStarted,
    Evidence,
    LiveState,
    PartySession,
    SessionChanged,
    Stretch,
    VoiceSession,
    WatchChanged,
    WatchKept,
    instant_of,
    seconds,
    to_datetime,
)

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from engine.firing import Observer
    from engine.observation import ActivitySeen, Observation
    from engine.report import LiveReport
    from engine.settings import Settings
    from engine.validation import Look
    from machines import (
        AnySession,
        Effect,
        GameSession,
        GuildWatch,
        Instant,
        Kind,
        Moment,
        Reason,
        Record,
    )

__all__ = ["SessionEngine"]


def _never() -> bool:
    """Say that there is time for everything."""
    return False


def _random_id() -> str:
    return uuid4().hex


class SessionEngine:
    """All sessions of all guilds.

    Every ``now`` is an aware datetime, or an instant already; the effects are to be carried out
    in the order in which they are returned.

    Attributes:
        settings: what it goes by.
        rules: the settings about games, ready to be applied.
        sightings: takes in news that only says that somebody is still there.
        counters: ``forbidden`` triggers, ``session_errors`` and ``unknown`` answers so far.
    """

    def __init__(self, settings: Settings, *, new_id: Callable[[], str] = _random_id) -> None:
        """Start with no session.

        Args:
            settings: what to go by.
            new_id: returns a new session id, never the same twice.
        """
        self.settings = settings
        self.rules = GameRules(settings)
        self._firing = Firing(settings)
        self._registry = self._firing.registry
        self._watching = Watching()
        self._hearing = Hearing()
        self._parties = Parties(self._firing, settings.party_min_players, new_id)
        self._firing.followers.append(self._remember_end)
        self._people = People(
            self._firing, self._watching, new_id, recover_missing=settings.recover_missing
        )
        self.sightings = Sightings(self._firing, self._hearing)
        self._validation = Validation(
            self._firing, self._watching, self._hearing, self._people, self._parties
        )

    # What drives it

    def observe(
        self,
        observation: Observation,
        now: Moment,
        is_time_up: Callable[[], bool] = _never,
    ) -> list[Effect]:
        """Apply one observation, after everything that came due before it.

        Where the time is up, what else is due stays so until :meth:`advance`.
        """
        at = instant_of(now)
        effects: list[Effect] = []
        if isinstance(observation, ClockStepped):
            self._step_clock(observation.by, effects)
        self._advance(at, effects, is_time_up)
        self._apply(observation, at, effects)
        self._parties.settle(at, effects)
        self._advance(at, effects, is_time_up)
        return effects

    def advance(self, now: Moment, is_time_up: Callable[[], bool] = _never) -> list[Effect]:
        """Fire what has come due by ``now``, until the time is up."""
        effects: list[Effect] = []
        self._advance(instant_of(now), effects, is_time_up)
        return effects

    def validate(self, evidence: LiveReport, now: Moment) -> list[Effect]:
        """Fire ``validate`` at every session of a guild, and find whoever has none.

        What the evidence does not know changes nothing; what it says of a person is passed
        over where an event about that person has come since.
        """
        return self.go_on(self.begin(evidence), now)

    def begin(self, evidence: LiveReport) -> Look:
        """Begin what :meth:`validate` does; :meth:`go_on` does it, a piece at a time."""
        return self._validation.begin(evidence.under(self.rules))

    def go_on(
        self, look: Look, now: Moment, is_time_up: Callable[[], bool] = _never
    ) -> list[Effect]:
        """Take a look on, until the time is up or ``look.is_done``.

        Whatever is observed in between is applied at once, and wins over the look.
        """
        at = instant_of(now)
        effects: list[Effect] = []
        self._advance(at, effects, is_time_up)
        self._validation.go_on(look, at, effects, is_time_up)
        if look.is_done:
            self._parties.settle(at, effects, found=True)
            self._advance(at, effects, is_time_up, found=True)
        return effects

    def abandon(self, look: Look) -> None:
        """Take a look no further; what it has not come to stays as it is."""
        self._validation.end(look)

    @property
    def due_at(self) -> Instant | None:
        """The instant of :attr:`next_deadline`."""
        return self._firing.deadlines.next_at()

    @property
    def next_deadline(self) -> datetime | None:
        """When :meth:`advance` has something to do next; None while nothing is due."""
        at = self._firing.deadlines.next_at()
        return None if at is None else to_datetime(at)

    # What survives a restart

    def restore(self, state: LiveState, now: Moment) -> list[Effect]:
        """Take up the sessions of an earlier process; their deadlines wait for a look.

        Until the first :meth:`validate` of a guild nothing is known of the time in between.
        """
        at = instant_of(now)
        effects: list[Effect] = []
        self._watching.restore(state.guilds)
        self._firing.cooldowns.restore(state.cooldowns)
        sessions = restored(state, at, self._watching, effects)
        for session in sessions:
            self._firing.take_up(session)
        self._parties.restore(sessions)
        return effects

    def remember_ended(self, records: Iterable[Record]) -> None:
        """Take up when people's last sessions ended: the next ones began no earlier.

        Args:
            records: what the ledger holds from since the guilds were last looked at, and
                from ``game_grace`` before that: so long may a player of a party have been away.
        """
        for record in records:
            self._watching.ended(record)
            self._parties.remember_ended(record)

    def live_state(self, now: Moment) -> LiveState:
        """Return what a restart needs: the live sessions, the watches, the cooldowns."""
        at = instant_of(now)
        return LiveState(
            sessions=[session for session in self._registry.all() if session.state in LIVE],
            guilds=self._watching.all(),
            cooldowns=self._firing.cooldowns.running(at),
            saved_at=at,
        )

    def forget(self, user_id: int) -> None:
        """Hold nothing more of a person than the sessions they still have.

        Their cooldowns go, and so does their part in parties, once that has ended.
        """
        self._firing.cooldowns.forget(str(user_id))
        for session in self._registry:
            if isinstance(session, PartySession):
                session.players = [
                    player
                    for player in session.players
                    if player.user_id != user_id or player.ended_at is None
                ]

    # What can be asked

    @property
    def observers(self) -> list[Observer]:
        """Whoever watches each transition; while nobody does, that costs nothing.

        An observer is called with the session, the row of the table that was taken, the state
        before, and the step (its instant, evidence, reason). It must neither change anything
        nor raise.
        """
        return self._firing.observers

    @property
    def counters(self) -> Counter[str]:
        """What went wrong or stayed open so far, counted."""
        return self._firing.counters

    @property
    def has_sessions(self) -> bool:
        """Whether there is any session, pending ones included."""
        return len(self._registry) > 0

    def sessions(self, guild_id: int | None = None) -> Iterator[AnySession]:
        """Yield the sessions that are not over, of one guild or of all."""
        held = self._registry.all() if guild_id is None else self._registry.of_guild(guild_id)
        return iter(held)

    def voice_of(self, guild_id: int, user_id: int) -> VoiceSession | None:
        """Return a person's voice session in a guild."""
        return self._registry.voice_of(guild_id, user_id)

    def game_of(self, guild_id: int, user_id: int, activity: ActivitySeen) -> GameSession | None:
        """Return a person's session of this very game in a guild."""
        return self._registry.game_of(guild_id, user_id, activity)

    def guild_ids(self) -> list[int]:
        """Return the guilds that have sessions."""
        return self._registry.guild_ids()

    def watch_of(self, guild_id: int) -> GuildWatch:
        """Return how far a guild has been watched."""
        return self._watching.of(guild_id)

    def counts(self) -> Counter[Kind]:
        """Return the number of live sessions of each kind."""
        return +self._firing.live

    # How it works

    def _apply(self, observation: Observation, now: Instant, effects: list[Effect]) -> None:
        match observation:
            case VoiceObserved(guild_id=guild_id, user_id=user_id):
                self._hearing.heard(guild_id, user_id, now, voice=True)
                self._people.voice(observation, now, effects)
            case PresenceObserved(guild_id=guild_id, user_id=user_id):
                self._hearing.heard(guild_id, user_id, now, voice=False)
                activities = self.rules.tracked(observation.activities)
                self._people.presence(_with(observation, activities), now, effects)
            case MemberRemoved(guild_id=guild_id, user_id=user_id):
                self._hearing.heard(guild_id, user_id, now, voice=True)
                self._hearing.heard(guild_id, user_id, now, voice=False)
                self._people.removed(observation, now, effects)
            case OptedOut(guild_id=guild_id, user_id=user_id):
                for session in self._registry.of_guild(guild_id):
                    if not isinstance(session, PartySession) and session.user_id == user_id:
                        self._close(session, "opted_out", now, effects)
            case ChannelDeleted():
                self._close_channel(observation, now, effects)
            case GuildRemoved():
                for session in self._registry.of_guild(observation.guild_id):
                    self._close(session, "guild_removed", now, effects)
                self._watching.forget(observation.guild_id)
            case _:
                self._apply_to_watch(observation, effects)

    def _apply_to_watch(
        self,
        observation: WatchLost | WatchPaused | WatchResumed | Watched | ClockStepped,
        effects: list[Effect],
    ) -> None:
        match observation:
            case WatchLost():
                self._lose_watch(observation, effects)
            case WatchPaused():
                self._firing.deadlines.hold(observation.guild_ids)
            case WatchResumed():
                self._release(observation.guild_ids)
            case Watched():
                self._keep_watch(observation, effects)
            case ClockStepped():
                pass  # applied before anything came due by the new time

    def _advance(
        self,
        now: Instant,
        effects: list[Effect],
        is_time_up: Callable[[], bool] = _never,
        *,
        found: bool = False,
    ) -> None:
        due_at = self._firing.deadlines.next_at()
        if due_at is None or due_at > now:
            return
        while not is_time_up() and (session := self._firing.deadlines.pop_due(now)) is not None:
            deadline = session.deadline
            if deadline is None:
                continue
            watched = session.unwatched_since is None
            evidence = Evidence("present" if watched else "unknown", now, "engine")
            if deadline.trigger == "end":
                self._parties.doubt(session)
                self._firing.fire("end", session, now, effects)
            else:
                self._firing.fire(deadline.trigger, session, now, effects, evidence=evidence)
            if session.deadline is deadline:
                # Nothing would ever ask again: the machine left the deadline as it was.
                session.deadline = None
            self._parties.settle(now, effects, found=found)

    def _close(
        self, session: AnySession, reason: Reason, now: Instant, effects: list[Effect]
    ) -> None:
        if not session.is_over:
            until = Evidence("absent", now, "event")
            self._firing.fire("close", session, now, effects, reason=reason, evidence=until)

    def _close_channel(self, deleted: ChannelDeleted, now: Instant, effects: list[Effect]) -> None:
        for session in self._registry.of_guild(deleted.guild_id):
            if isinstance(session, VoiceSession) and session.channel_id == deleted.channel_id:
                self._close(session, "channel_deleted", now, effects)

    def _release(self, guild_ids: tuple[int, ...]) -> None:
        self._firing.deadlines.release(guild_ids)
        for guild_id in guild_ids:
            for session in self._registry.of_guild(guild_id):
                self._firing.deadlines.schedule(session)

    def _lose_watch(self, lost: WatchLost, effects: list[Effect]) -> None:
        self._release(lost.guild_ids)
        for guild_id in lost.guild_ids:
            watch = self._watching.of(guild_id)
            if watch.gap_since is None:
                watch.gap_since = lost.since
            for session in self._registry.of_guild(guild_id):
                self._lose_sight(session, lost.since)
            effects.append(WatchChanged(watch))

    def _lose_sight(self, session: AnySession, since: Instant) -> None:
        """Nobody has watched a session since; what a look saw meanwhile was but that instant."""
        since = max(since, session.started_at)
        if session.unwatched_since is None:
            session.unwatched_since = since
            if session.last_seen > since and not isinstance(session, PartySession):
                heard = max(session.started_at, since - seconds(self.settings.event_delay))
                session.stretches += (Stretch(heard, session.last_seen, "unknown"),)
            self._parties.lose_sight(session)

    def _step_clock(self, by: int, effects: list[Effect]) -> None:
        for session in self._registry:
            shift_session(session, by)
            if session.is_live:
                effects.append(SessionChanged(session))
        self._firing.deadlines.rebuild(self._registry)
        self._watching.shift(by)
        self._hearing.shift(by)
        self._parties.shift(by)
        effects.extend(WatchChanged(watch) for watch in self._watching.all())
        effects.extend(map(CooldownStarted, self._firing.cooldowns.shift(by)))

    def _keep_watch(self, kept: Watched, effects: list[Effect]) -> None:
        instants: dict[int, Instant] = {}
        for guild_id in kept.guild_ids:
            watch = self._watching.of(guild_id)
            if watch.gap_since is None:
                watch.observed_until = max(kept.until, watch.observed_until or kept.until)
                instants[guild_id] = watch.observed_until
        if instants:
            effects.append(WatchKept(instants))

    def _remember_end(self, session: AnySession) -> None:
        if session.is_over:
            self._watching.ended(session)


def _with(seen: PresenceObserved, activities: tuple[ActivitySeen, ...]) -> PresenceObserved:
    if activities == seen.activities:
        return seen
    return PresenceObserved(
        guild_id=seen.guild_id,
        user_id=seen.user_id,
        username=seen.username,
        activities=activities,
        since=seen.since,
    )
