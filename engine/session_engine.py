"""The engine: observations and time in, transitions and effects out.

It is synchronous, does no input or output, and never reads a clock. Each call runs to its end
before the next, so two events can never interleave; what it returns is carried out afterwards.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from engine.absences import Absences
from engine.asking import Asking
from engine.coming_due import ComingDue, DueTriggers
from engine.dispatch import Dispatch
from engine.firing import Firing
from engine.games import GameRules
from engine.hearing import Hearing
from engine.ids import random_id
from engine.observation import ClockStepped, WatchLost, WatchPaused
from engine.parties import Parties
from engine.people import People
from engine.restoring import Restoring
from engine.sightings import Sightings
from engine.sweeps import Sweeps
from engine.untracked import Counting
from engine.upheavals import Upheavals
from engine.validation import Validation
from engine.watching import Watching
from machines import (
    LiveState,
    LiveView,
    instant_of,
    seconds,
    to_datetime,
)

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from engine.firing import Observer
    from engine.look import Look
    from engine.observation import ActivitySeen, Observation
    from engine.report import LiveReport
    from engine.settings import Settings
    from machines import (
        AnySession,
        Effect,
        GameSession,
        GuildWatch,
        Instant,
        Kind,
        Moment,
        PartySession,
        Record,
        VoiceSession,
    )

__all__ = ["SessionEngine"]


def _watched_until(observation: Observation, now: Instant) -> Instant:
    """Return up to when what is due comes before an observation; what nobody watched does not."""
    since = observation.since if isinstance(observation, WatchLost | WatchPaused) else None
    return now if since is None else since


def _never() -> bool:
    """Say that there is time for everything."""
    return False


class SessionEngine:
    """All sessions of all guilds.

    Every ``now`` is an aware datetime, or an instant already; the effects are to be carried out
    in the order in which they are returned.

    Attributes:
        settings: what it goes by.
        rules: the settings about games, ready to be applied.
        sightings: takes in news that only says that somebody is still there.
        registry: the sessions, for a glance at them, and their ``count``, pending ones included;
            whoever changes any goes through a trigger.
        deadlines: what is due next, for a glance as well.
        seen_guilds: those in which everybody in voice was looked at since the last gap.
        counters: ``forbidden`` triggers, ``session_errors`` and ``unknown`` answers so far.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        new_id: Callable[[], str] = random_id,
        unheard: frozenset[Kind] = frozenset(),
    ) -> None:
        """Start with no session.

        Args:
            settings: what to go by.
            new_id: returns a new session id, never the same twice.
            unheard: kinds of which no event comes: what a look says of these holds for the
                instant that it is of, and the time to the next one is unknown.
        """
        self.settings = settings
        self.rules = GameRules(settings)
        self._firing = Firing(settings, unheard)
        self.registry = self._firing.registry
        self.deadlines = self._firing.deadlines
        self._absences = Absences(Watching())
        self._watching = self._absences.watching
        self.seen_guilds = self._watching.seen
        self._hearing = Hearing()
        self._parties = Parties(self._firing, self._watching, settings, new_id)
        self._firing.at_end.append(self._remember_end)
        self._people = People(
            self._firing, self._absences, new_id, recover_missing=settings.recover_missing
        )
        due = DueTriggers(self._firing, self._parties)
        self._sweeps = Sweeps(self._firing, self._parties, due.fire)
        self._coming_due = ComingDue(self._firing, self._parties, self._sweeps, due)
        event_delay = seconds(settings.event_delay)
        self._restoring = Restoring(
            self._firing, self._watching, self._sweeps, self._parties, event_delay
        )
        parts = (self._firing, self._absences, self._hearing, self._people, self._parties)
        asking = Asking(*parts, event_delay)
        self._validation = Validation(self._firing, self._absences, asking, self._parties)
        self._upheavals = Upheavals(*parts, self._sweeps, self._validation, event_delay)
        self._dispatch = Dispatch(
            self._firing,
            self.rules,
            self._absences,
            self._hearing,
            self._people,
            self._sweeps,
            self._upheavals,
        )
        self.sightings = Sightings(self._firing, self._hearing, self._sweeps, self._absences)

    # What drives it

    def observe(
        self,
        observation: Observation,
        now: Moment,
        is_time_up: Callable[[], bool] = _never,
    ) -> list[Effect]:
        """Apply one observation, after everything that came due before it.

        Where the time is up, what else is due stays so until :meth:`advance`, and what befell
        whole guilds is done by :meth:`sweep`.
        """
        at = now if type(now) is int else instant_of(now)
        effects: list[Effect] = []
        if type(observation) is ClockStepped:
            self._upheavals.step_clock(observation.by)
            self._restoring.shift(observation.by)
            self._sweeps.go_on(effects, is_time_up)
        deadlines = self.deadlines
        if deadlines.first_at <= at:
            self._coming_due.advance(_watched_until(observation, at), effects, is_time_up)
        self._dispatch.apply(observation, at, effects, is_time_up)
        backlog = self._parties.backlog
        if backlog.touched:
            self._parties.settle(at, effects)
        if backlog.behind and not is_time_up():
            self._parties.go_on(at, effects, is_time_up)
        if deadlines.first_at <= at:
            self._coming_due.advance(at, effects, is_time_up)
        return effects

    @property
    def is_sweeping(self) -> bool:
        """Whether something that befell whole guilds is not done yet: see :meth:`sweep`."""
        return bool(self._sweeps.under_way or self._parties.backlog.behind)

    def sweep(self, now: Moment, is_time_up: Callable[[], bool] = _never) -> list[Effect]:
        """Take on what befell whole guilds, until the time is up or it is done.

        Whatever else is observed in between finds it done already.
        """
        at = instant_of(now)
        effects: list[Effect] = []
        self._sweeps.go_on(effects, is_time_up)
        self._parties.settle(at, effects)
        self._parties.go_on(at, effects, is_time_up)
        self._coming_due.advance(at, effects, is_time_up)
        return effects

    @property
    def has_more_to_do(self) -> bool:
        """Whether :meth:`sweep` or :meth:`tidy` has: both take turns, and wait for no deadline."""
        behind = self._sweeps.under_way or self._parties.backlog.behind
        return bool(behind or self._hearing.forgotten)

    def tidy(self, is_time_up: Callable[[], bool] = _never) -> None:
        """Let go of those whose events are remembered no more, until the time is up."""
        self._hearing.go_on(is_time_up)

    def clear_away(self, now: Moment) -> None:
        """Hold fewer cooldowns, where all are over, and ends, where all are old; some at a time."""
        at = instant_of(now)
        self._firing.cooldowns.let_go(at)
        self._absences.let_go(at)

    def advance(self, now: Moment, is_time_up: Callable[[], bool] = _never) -> list[Effect]:
        """Fire what has come due by ``now``, until the time is up."""
        effects: list[Effect] = []
        self._coming_due.advance(instant_of(now), effects, is_time_up)
        return effects

    def may_befall(self, guild_id: int, channel_id: int) -> bool:
        """Return whether what befalls a voice channel may mean anything to anybody.

        It does not where nobody's session is in it, no look may still find somebody there, and none
        has found anybody elsewhere of whom news may still come late.
        """
        return (
            not self.registry.has_none_in(guild_id, channel_id)
            or self._validation.is_looking_at(guild_id)
            or bool(self._watching.moved_unheard(guild_id))
        )

    def keep_watch(self, guild_id: int, until: Instant) -> GuildWatch | None:
        """Do what ``Watched`` does for one guild, for whoever writes that down along with more.

        Returns:
            Its watch; None where it was not watched until then, for all that is known.
        """
        return self._dispatch.keep_watch(guild_id, until)

    def validate(self, evidence: LiveReport, now: Moment) -> list[Effect]:
        """Fire ``validate`` at every session of a guild, and find whoever has none.

        What the evidence does not know changes nothing; what it says of a person is passed
        over where an event about that person has come since.
        """
        look = self.begin(evidence)
        effects: list[Effect] = []
        while not look.is_done:
            effects += self.go_on(look, now)
        if look.error is not None:
            raise look.error
        return effects

    def begin(self, evidence: LiveReport) -> Look:
        """Begin what :meth:`validate` does; :meth:`go_on` does it, a piece at a time.

        Evidence that is still to be read is read by these pieces.
        """
        return self._validation.begin(evidence.under(self.rules))

    def take_first(self, look: Look, user_id: int, now: Moment, *, games: bool) -> list[Effect]:
        """Do what a look means for one person in voice, or for their games, before such an event.

        It is about to be observed.
        """
        at = instant_of(now)
        effects: list[Effect] = []
        sessions = self.registry.of_person(look.report.guild_id, user_id)
        self._sweeps.reach_with_due(look.report.guild_id, sessions, at, effects)
        self._validation.take_first(look, user_id, at, effects, games=games)
        return effects

    def go_on(
        self, look: Look, now: Moment, is_time_up: Callable[[], bool] = _never
    ) -> list[Effect]:
        """Take a look on, for as long as there is time at most, or until ``look.is_done``.

        Whatever is observed in between is applied at once, and wins over the look: see
        :meth:`take_first`.
        """
        at = instant_of(now)
        effects: list[Effect] = []
        self._coming_due.advance(at, effects, is_time_up)
        if self._sweeps.finish(look.report.guild_id, effects, is_time_up):
            self._validation.go_on(look, at, effects, is_time_up)
        if look.is_done:
            self._parties.settle(at, effects, found=True)
            self._parties.go_on(at, effects, is_time_up)
            self._coming_due.advance(at, effects, is_time_up, found=True)
        return effects

    def abandon(self, look: Look) -> None:
        """Take a look no further; what it has not come to stays as it is."""
        self._validation.end(look)

    @property
    def due_at(self) -> Instant | None:
        """The instant of :attr:`next_deadline`."""
        return self.deadlines.next_at()

    @property
    def next_deadline(self) -> datetime | None:
        """When :meth:`advance` has something to do next; None while nothing is due."""
        at = self.due_at
        return None if at is None else to_datetime(at)

    # What survives a restart

    def restore(self, state: LiveState, now: Moment) -> list[Effect]:
        """Take up the sessions of an earlier process; their deadlines wait for a look.

        Until the first :meth:`validate` of a guild nothing is known of the time in between.
        """
        effects: list[Effect] = []
        for _some in self.restoring(state, now, effects):
            pass
        return effects

    def restoring(self, state: LiveState, now: Moment, effects: list[Effect]) -> Iterator[None]:
        """Do what :meth:`restore` does, yielding after each player of a party."""
        return self._restoring.take_up(state, instant_of(now), effects)

    def has_room_for(self, session: AnySession, guild_id: int) -> bool:
        """Return whether nobody has a session where :meth:`restore` would put this in a guild."""
        return self._restoring.has_room_for(session, guild_id)

    def remember_ended(self, records: Iterable[Record]) -> None:
        """Take up when people's last sessions ended: the next ones began no earlier.

        Args:
            records: what the ledger holds from since the guilds were last looked at, and
                from ``game_grace`` before that: so long may a player of a party have been away.
        """
        for record in records:
            self._absences.ended(record)
            self._parties.remember_ended(record)

    def remember_counting(self, user_id: int, since: Instant, now: Moment) -> None:
        """Take up from when on a person counts, who did not before or was forgotten then.

        Nothing of theirs is of before that. A look that is known of the time since then has seen
        whether they were there, as it has of anybody else.

        Args:
            user_id: the person.
            since: the instant; one that a fast clock has written is of no later than ``now``.
            now: the present.
        """
        known = min(since, instant_of(now))
        self._absences.was_untracked_anywhere(user_id, Counting(known, known))

    def confirming(self, now: Moment, effects: list[Effect]) -> Iterator[None]:
        """Confirm whoever may count by now for all that is known, yielding after each session.

        Of the others nothing is kept over a restart: they have just come.
        """
        at = instant_of(now)
        for session in self.sessions():
            if session.state == "pending" and session.unwatched_since is None:
                self._people.confirm_if_it_may_count(session, at, effects)
            yield
        self._parties.settle(at, effects)

    def live_state(self, now: Moment) -> LiveState:
        """Return what a restart needs: the live sessions, the watches, the cooldowns."""
        at = instant_of(now)
        live = [session for session in self.sessions() if session.is_live]
        running = self._firing.cooldowns.running(at)
        guilds, cooldowns = self._watching.all(), [each for each in running if each is not None]
        return LiveState(sessions=live, guilds=guilds, cooldowns=cooldowns, saved_at=at)

    def live_view(self, now: Moment) -> LiveView:
        """Return what :meth:`live_state` does, and pending sessions, to be gone through in turns.

        Whoever has a session all the while is there. So no list of everybody has to be made.
        """
        running = self._firing.cooldowns.running(instant_of(now))
        return LiveView(self.sessions(), self._watching.all(), running)

    def forgetting(self, user_id: int) -> Iterator[bool]:
        """Hold nothing more of a person than the sessions they still have, a guild at a time.

        Their cooldowns go. Once their part in a party has ended, nobody knows whose it was: it
        stays, for what the others played together follows from it.

        Yields after each piece of work whether a party has let go of their name.
        """
        for _guild in self._firing.cooldowns.forgetting(user_id):
            yield False
        yield from self._parties.forgetting(user_id)

    def let_go(self) -> Iterator[None]:
        """Hold no session any more, one by one: whoever has written them down is done with it."""
        return chain(self._firing.let_go(), self._parties.let_go(), self._hearing.let_go())

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

    def sessions(self, guild_id: int | None = None) -> Iterator[AnySession]:
        """Yield the sessions that are not over, of one guild or of all, guild by guild.

        Sessions may begin and end meanwhile: one that is there all the while is yielded.
        """
        guild_ids = self.registry.guild_ids() if guild_id is None else (guild_id,)
        return chain.from_iterable(map(self.registry.of_guild, guild_ids))

    def sessions_of(self, guild_id: int, user_id: int) -> list[VoiceSession | GameSession]:
        """Return a person's sessions in a guild."""
        return self.registry.of_person(guild_id, user_id)

    def voice_of(self, guild_id: int, user_id: int) -> VoiceSession | None:
        """Return a person's voice session in a guild."""
        return self.registry.voice_of(guild_id, user_id)

    def game_of(self, guild_id: int, user_id: int, activity: ActivitySeen) -> GameSession | None:
        """Return a person's session of this very game in a guild."""
        return self.registry.game_of(guild_id, user_id, activity)

    def people_in(self, party: PartySession) -> int:
        """Return how many people are there of a party that goes on: a count that is kept."""
        return self._parties.people_in(party)

    def guild_ids(self) -> list[int]:
        """Return the guilds that have sessions."""
        return self.registry.guild_ids()

    def watched_guild_ids(self) -> list[int]:
        """Return the guilds of which is known how far they have been watched."""
        return self._watching.guild_ids()

    def watch_of(self, guild_id: int) -> GuildWatch:
        """Return how far a guild has been watched."""
        return self._watching.of(guild_id)

    def counts(self) -> Counter[Kind]:
        """Return the number of live sessions of each kind."""
        return +self._firing.live

    # How it works

    def _remember_end(self, session: AnySession) -> None:
        """Whoever had a session that is over was not there then, for all that comes after it.

        Not so where it had just begun, and is over because the bot has left the guild: nothing of
        it is written down, and should the bot be back they may have been there ever since it began.
        """
        if not self._sweeps.under_way:
            self._absences.ended(session)
            return
        clock_lag = self._sweeps.clock_lag(session)
        if session.reason == "cancelled" and self._sweeps.is_of_guild_that_is_gone(session):
            self._absences.never_began(session, clock_lag)
        else:
            self._absences.ended(session, clock_lag)
