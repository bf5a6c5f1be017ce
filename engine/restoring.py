"""Restoring: the sessions of an earlier process, as a new one takes them up."""

from __future__ import annotations

from itertools import filterfalse
from operator import attrgetter
from typing import TYPE_CHECKING

from engine.observation import ActivitySeen
from engine.shifting import hold_to_present, shift_whole
from engine.watching import lose_sight
from machines import Deadline, GameSession, LogLine, PartySession, SessionChanged, VoiceSession
from machines.outcomes import names_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.firing import Firing
    from engine.parties import Parties
    from engine.sweeps import Sweeps
    from engine.watching import Watching
    from machines import AnySession, Effect, Instant, LiveState

__all__ = ["Restoring"]

# Called from C, so that the players of a crowd are counted without a line of Python for each.
_USER_ID, _ENDED_AT = attrgetter("user_id"), attrgetter("ended_at")


class Restoring:
    """Takes up sessions; until the next look at a guild nothing is known of the time between."""

    def __init__(
        self,
        firing: Firing,
        watching: Watching,
        sweeps: Sweeps,
        parties: Parties,
        event_delay: int,
    ) -> None:
        """Let ``firing`` hold them; the last events before may have been ``event_delay`` late."""
        self._firing = firing
        self._watching = watching
        self._sweeps = sweeps
        self._parties = parties
        self._event_delay = event_delay
        self._shifted = 0

    def shift(self, by: int) -> None:
        """Move whoever is being taken up by ``by`` microseconds as well: the clock was set."""
        self._shifted += by

    def take_up(self, state: LiveState, now: Instant, effects: list[Effect]) -> Iterator[None]:
        """Take up what was live, games before parties, yielding after each player of a party."""
        shifted = self._shifted
        hold_to_present(state, now)
        self._watching.restore(state.guilds, now)
        self._firing.cooldowns.restore(state.cooldowns)
        for session in self._live(state, now, effects):
            self._sweeps.reach(session.guild_id, (), effects)
            for _player in self._parties.taking_up(session, now):
                yield
                self._sweeps.reach(session.guild_id, (), effects)  # it passes over this session
            if self._shifted != shifted:
                shift_whole(session, self._shifted - shifted)
                effects.append(SessionChanged(session))
            self._firing.take_up(session)
            self._sweeps.passes(session)

    def has_room_for(self, session: AnySession, guild_id: int) -> bool:
        """Return whether no session of a guild is where this one would be taken up in it."""
        registry = self._firing.registry
        if type(session) is VoiceSession:
            return registry.voice_of(guild_id, session.user_id) is None
        if type(session) is GameSession:
            played = ActivitySeen(session.game_name, session.app_id, session.activity_type)
            return registry.game_of(guild_id, session.user_id, played) is None
        return self._parties.has_room_for(session, guild_id)

    def _live(self, state: LiveState, now: Instant, effects: list[Effect]) -> list[AnySession]:
        """Return the live sessions, games before parties, with a line for each.

        Nobody has watched them since their guild's connection was cut, else since the last
        instant at which it was known to be watched; where that is not known, since the state was
        saved, else since they were seen.
        """
        sessions = sorted(
            (session for session in state.sessions if session.is_live),
            key=lambda session: type(session) is PartySession,
        )
        for session in sessions:
            watch = self._watching.find(session.guild_id)
            if watch is not None:
                session.guild_id = watch.guild_id  # one number for all of them: each has its own
            since = session.unwatched_since
            cut_since = self._watching.was_cut_since(session)
            if since is None and cut_since is not None:
                if lose_sight(session, cut_since, self._event_delay):  # looks have seen them since
                    effects.append(SessionChanged(session))
            else:
                if since is None:
                    observed_until = self._watching.of(session.guild_id).observed_until
                    since = observed_until or state.saved_at or session.last_seen
                session.unwatched_since = min(max(since, session.started_at), now)
            if session.absent_since is not None:
                self._set_end(session, session.absent_since, effects)
            effects.append(LogLine("info", f"restored.{session.kind}", _names_now(session)))
        return sessions

    def _set_end(self, session: AnySession, away_since: Instant, effects: list[Effect]) -> None:
        """Let a session end when the grace is over: the settings may have been others before."""
        end_at = away_since + self._firing.policies[session.kind].grace
        if session.deadline is None or session.deadline.at != end_at:
            session.deadline = Deadline(end_at, "end")
            effects.append(SessionChanged(session))


def _names_now(session: AnySession) -> dict[str, str | int | float]:
    """Return what names a session; of a party, how many play, not how many ever did."""
    if type(session) is not PartySession:
        return names_of(session)
    playing = set(map(_USER_ID, filterfalse(_ENDED_AT, session.named)))
    return {"game": session.game_name, "players": len(playing)}
