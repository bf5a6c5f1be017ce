"""Dispatch: each observation to whoever it concerns.

News of a person goes to their sessions, once whatever befell their guild before has come to
them; what befalls whole guilds is begun, and done in turns; what says how far a guild is
watched changes its watch and its deadlines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.observation import (
    ChannelDeleted,
    ChannelUncounted,
    ClockStepped,
    GuildRemoved,
    MemberRemoved,
    OptedIn,
    OptedOut,
    PeopleCounted,
    PresenceObserved,
    VoiceObserved,
    Watched,
    WatchLost,
    WatchPaused,
    WatchResumed,
)
from engine.people import is_away
from engine.untracked import Counting
from machines import Evidence, GameSession, VoiceSession, WatchKept

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.absences import Absences
    from engine.firing import Firing
    from engine.games import GameRules
    from engine.hearing import Hearing
    from engine.observation import Observation
    from engine.people import People
    from engine.sweeps import Sweeps
    from engine.upheavals import Upheavals
    from machines import Effect, GuildWatch, Instant

__all__ = ["Dispatch"]

_OfAPerson = VoiceObserved | PresenceObserved | MemberRemoved | OptedOut
_OfGuilds = (
    ChannelDeleted | ChannelUncounted | GuildRemoved | WatchLost | WatchPaused | WatchResumed
)
_Rarer = MemberRemoved | OptedOut | OptedIn | PeopleCounted | Watched | ClockStepped | _OfGuilds


class Dispatch:
    """Applies observations, one at a time."""

    def __init__(
        self,
        firing: Firing,
        rules: GameRules,
        absences: Absences,
        hearing: Hearing,
        people: People,
        sweeps: Sweeps,
        upheavals: Upheavals,
    ) -> None:
        """Hand on to these."""
        self._firing = firing
        self._registry = firing.registry
        self._rules = rules
        self._absences = absences
        self._watching = absences.watching
        self._hearing = hearing
        self._people = people
        self._sweeps = sweeps
        self._upheavals = upheavals

    def apply(
        self,
        observation: Observation,
        now: Instant,
        effects: list[Effect],
        is_time_up: Callable[[], bool],
    ) -> None:
        """Apply one; what befell whole guilds is done in turns where the time is up."""
        if self._sweeps.under_way and isinstance(observation, _OfAPerson):
            self._catch_up(observation, now, effects)
        if type(observation) is VoiceObserved:
            self._hearing.heard(observation.guild_id, observation.user_id, now, voice=True)
            self._people.voice(observation, now, effects)
        elif type(observation) is PresenceObserved:
            self._hearing.heard(observation.guild_id, observation.user_id, now, voice=False)
            self._people.presence(self._rules.applied(observation), now, effects)
        else:
            self._apply_rarer(observation, now, effects, is_time_up)
        if self._sweeps.under_way and isinstance(observation, _OfAPerson):
            # What it has made due waits for nobody else, nor for what befalls the guild next.
            guild_id, user_id = observation.guild_id, observation.user_id
            sessions = self._registry.of_person(guild_id, user_id)
            self._sweeps.come_due(guild_id, sessions, now, effects)

    def _apply_rarer(
        self,
        observation: _Rarer,
        now: Instant,
        effects: list[Effect],
        is_time_up: Callable[[], bool],
    ) -> None:
        """Apply what comes less often than news of what people do."""
        match observation:
            case MemberRemoved(guild_id=guild_id, user_id=user_id):
                self._is_gone(guild_id, user_id, now)
                self._people.removed(observation, now, effects)
                self._absences.is_heard(guild_id, user_id, voice=True)
                self._absences.is_heard(guild_id, user_id, voice=False)
            case OptedOut(guild_id=guild_id, user_id=user_id, while_stopped=while_stopped):
                self._is_gone(guild_id, user_id, now)
                self._absences.counts_since(user_id, now)
                for session in self._registry.of_person(guild_id, user_id):
                    self._opt_out(session, now, effects, while_stopped=while_stopped)
            case OptedIn():
                self._count_again(observation, now, effects)
            case PeopleCounted():
                self._count_in(observation, now, effects)
                self._sweeps.go_on(effects, is_time_up)
            case Watched():
                self._keep_watch(observation, effects)
            case ClockStepped():
                pass  # applied before anything came due by the new time
            case _:
                self._apply_to_guilds(observation, now)
                self._sweeps.go_on(effects, is_time_up)

    def _count_again(self, told: OptedIn, now: Instant, effects: list[Effect]) -> None:
        """Whoever counts from now on may be there already, since they did not."""
        at = _counts_since(told, now)
        if told.guild_id is None:
            self._absences.was_untracked_anywhere(told.user_id, Counting(at, now))
            return
        for kind in (VoiceSession, GameSession):
            self._counts_again(told.guild_id, told.user_id, at, now, effects, kind)

    def _count_in(self, told: PeopleCounted, now: Instant, effects: list[Effect]) -> None:
        """So may many at once, of whom there may be thousands: nobody waits for each of them."""
        at, comes_behind = _counts_since(told, now), bool(self._sweeps.under_way)
        for kind in (VoiceSession, GameSession) if told.games else (VoiceSession,):
            held = self._registry.sessions_among(told.guild_id, told.user_ids, kind)
            if comes_behind:  # what befell them before comes first
                known = {session.user_id for session in held}
                for user_id in known:
                    self._counts_again(told.guild_id, user_id, at, now, effects, kind)
            else:
                known = {session.user_id for session in held if not is_away(session)}
                self._upheavals.end_absences(filter(is_away, held), at, now)
            self._absences.were_untracked(
                told.guild_id,
                told.user_ids - known,
                Counting(at, now),
                voice=kind is VoiceSession,
            )

    def _counts_again(
        self,
        guild_id: int,
        user_id: int,
        at: Instant,
        now: Instant,
        effects: list[Effect],
        kind: type[VoiceSession | GameSession],
    ) -> None:
        """Know nothing of what a person does, unless nothing was heard since they did not count.

        What they were away from while they did not count they may have been back at: that is over.
        """
        held = self._registry.of_person(guild_id, user_id)
        sessions = [session for session in held if type(session) is kind]
        if self._sweeps.under_way:
            self._sweeps.reach_with_due(guild_id, sessions, now, effects)
        for session in sessions:
            if is_away(session) and not session.is_over:
                self._people.end_absence(at, now, session, effects)
        if all(session.is_over for session in sessions):
            is_voice = kind is VoiceSession
            since = Counting(at, now)
            self._absences.was_untracked(guild_id, user_id, since, voice=is_voice)

    def _opt_out(
        self,
        session: VoiceSession | GameSession,
        now: Instant,
        effects: list[Effect],
        *,
        while_stopped: bool,
    ) -> None:
        """Close a session, unless it was over before: its end may be due and not have come yet.

        Where its person is tracked again, or was only forgotten, they may be there still.
        """
        if while_stopped and session.unwatched_since is not None:
            # The guild may have been watched on while nobody could say that they were there.
            watched_until = self._watching.of(session.guild_id).observed_until
            seen_until = watched_until or session.last_seen
            known_until = max(session.unwatched_since, session.last_seen, seen_until)
            session.unwatched_since = session.last_seen
        else:
            known_until = now
        if session.absent_since is None:
            voice = type(session) is VoiceSession
            since = Counting(now, now)
            self._absences.was_untracked(session.guild_id, session.user_id, since, voice=voice)
        is_watched = session.unwatched_since is None
        if not (is_watched and self._people.is_too_late(session, now, effects)):
            self._firing.fire(
                "close",
                session,
                now,
                effects,
                evidence=Evidence("absent", known_until, "event"),
                at=known_until,
                reason="opted_out",
            )

    def _is_gone(self, guild_id: int, user_id: int, now: Instant) -> None:
        """Nothing that was seen of a person before is to be believed any more."""
        self._hearing.heard(guild_id, user_id, now, voice=True)
        self._hearing.heard(guild_id, user_id, now, voice=False)

    def _apply_to_guilds(self, observation: _OfGuilds, now: Instant) -> None:
        """Begin what befalls whole guilds."""
        match observation:
            case ChannelDeleted():
                self._upheavals.delete_channel(observation, now)
            case ChannelUncounted():
                self._upheavals.count_no_longer(observation, now)
            case GuildRemoved():
                self._upheavals.remove_guild(observation, now)
            case WatchPaused():
                self._upheavals.pause_watch(observation)
            case WatchLost():
                self._upheavals.lose_watch(observation, now)
            case WatchResumed():
                self._upheavals.resume_watch(observation.guild_ids, now)

    def _catch_up(self, news: _OfAPerson, now: Instant, effects: list[Effect]) -> None:
        """Let what befell a person's guild come to their sessions, before anything else does."""
        sessions = self._registry.of_person(news.guild_id, news.user_id)
        self._sweeps.reach_with_due(news.guild_id, sessions, now, effects)

    def _keep_watch(self, kept: Watched, effects: list[Effect]) -> None:
        instants: dict[int, Instant] = {}
        for guild_id in kept.guild_ids:
            watch = self.keep_watch(guild_id, kept.until)
            if watch is not None and watch.observed_until is not None:
                instants[guild_id] = watch.observed_until
        if instants:
            effects.append(WatchKept(instants))

    def keep_watch(self, guild_id: int, until: Instant) -> GuildWatch | None:
        """A guild was watched until then; return its watch, None where that is not so."""
        watch = self._watching.of(guild_id)
        if watch.gap_since is not None or self._sweeps.concerns(guild_id):
            return None
        watch.observed_until = max(until, watch.observed_until or until)
        return watch


def _counts_since(told: OptedIn | PeopleCounted, now: Instant) -> Instant:
    """Return since when somebody may count of whom that is news."""
    return now if told.since is None else min(told.since, now)
