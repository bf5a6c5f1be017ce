"""People: what a gateway event about one person means for their sessions."""

from __future__ import annotations

from sys import intern
from typing import TYPE_CHECKING

from engine.games import is_same_game
from machines import Change, Evidence, GameSession, Stretch, VoiceSession

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.absences import Absences
    from engine.firing import Firing
    from engine.observation import (
        ActivitySeen,
        Channel,
        MemberRemoved,
        PresenceObserved,
        VoiceObserved,
    )
    from engine.report import Call
    from machines import AnySession, Effect, Instant, Source

__all__ = ["People", "is_away"]


class People:
    """Starts, changes, loses and takes up the sessions of people."""

    def __init__(
        self,
        firing: Firing,
        absences: Absences,
        new_id: Callable[[], str],
        *,
        recover_missing: bool,
    ) -> None:
        """Work on the sessions that ``firing`` holds."""
        self._firing = firing
        self._registry = firing.registry
        self._absences = absences
        self._watching = absences.watching
        self._new_id = new_id
        self._recover_missing = recover_missing

    def voice(self, seen: VoiceObserved, now: Instant, effects: list[Effect]) -> None:
        """Apply a voice state that an event brought."""
        session = self._registry.voice_of(seen.guild_id, seen.user_id)
        if session is None:
            self._comes(seen, now, effects)
            return
        earliest = seen.since
        if session.unwatched_since is not None:
            # An event about somebody in voice proves that they were there just before it.
            earliest = session.last_seen
            self._prove(session, now, effects, present=True)
            if session.is_over:
                if seen.channel is not None:
                    self.find_voice(seen, now, now, effects)
                return
        if session.absent_since is not None and self.is_too_late(session, now, effects):
            self._comes(seen, now, effects)
        elif seen.channel is None:
            self.leaves(session, now, effects, seen.since)
        else:
            self._stays(session, seen, seen.channel, earliest, now, effects)

    def _comes(self, seen: VoiceObserved, now: Instant, effects: list[Effect]) -> None:
        """Somebody without a session was seen to come to a channel, or is found there.

        Where everybody in voice has been looked at, whoever has no session was not in voice,
        whatever the cache still holds of a leaving that was never sent; unless they were not
        tracked.
        """
        guild_id, user_id, absences = seen.guild_id, seen.user_id, self._absences
        is_found = (
            self._recover_missing
            and bool(absences.untracked)
            and absences.untracked_until(guild_id, user_id, voice=True) is not None
        )
        if seen.channel is None:
            absences.is_heard(guild_id, user_id, voice=True)
        elif not is_found and (
            seen.joined or (self._recover_missing and self._watching.is_watched(guild_id, user_id))
        ):
            self._start(self._new_voice(seen, now), None, now, effects, seen.since)
        else:
            self.find_voice(seen, now, now, effects)
            absences.is_heard(guild_id, user_id, voice=True)

    def presence(self, seen: PresenceObserved, now: Instant, effects: list[Effect]) -> None:
        """Apply the activities that an event brought; they are all the person has."""
        others = list(seen.activities)
        for session in self._registry.games_of(seen.guild_id, seen.user_id):
            activity = _listed(session, seen.activities)
            if session.unwatched_since is not None:
                self._prove(session, now, effects, present=activity is not None)
                if session.is_over and activity is not None:
                    # It must not go on over the gap, and another is there: found, not begun.
                    self.find_game(seen, activity, now, now, effects)
                if session.is_over:
                    continue
            if session.absent_since is not None and self.is_too_late(session, now, effects):
                continue
            if activity is None:
                self.leaves(session, now, effects, seen.since)
            else:
                self._goes_on(session, seen, activity, now, effects)
                if activity in others:
                    others.remove(activity)
        if others or self._absences.untracked:
            self._begin_games(seen, others, now, effects)

    def _begin_games(
        self,
        seen: PresenceObserved,
        activities: list[ActivitySeen],
        now: Instant,
        effects: list[Effect],
    ) -> None:
        """Begin a session of each game that somebody has opened, or find them where they play."""
        guild_id, user_id, absences = seen.guild_id, seen.user_id, self._absences
        untracked_until = (
            absences.untracked_until(guild_id, user_id, voice=False) if absences.untracked else None
        )
        since = seen.since if untracked_until is None else untracked_until
        for activity in activities:
            if self._registry.game_of(guild_id, user_id, activity) is not None:
                continue
            if self._recover_missing and untracked_until is not None:
                self.find_game(seen, activity, now, now, effects)
            else:
                begun = self._new_game(seen, activity, now)
                self._start(begun, activity, now, effects, since)
        if absences.untracked:
            absences.is_heard(guild_id, user_id, voice=False)

    def removed(self, seen: MemberRemoved, now: Instant, effects: list[Effect]) -> None:
        """Apply that a person is no member any more: they have left everything."""
        sessions: list[AnySession] = [*self._registry.games_of(seen.guild_id, seen.user_id)]
        voice = self._registry.voice_of(seen.guild_id, seen.user_id)
        if voice is not None:
            sessions.append(voice)
        for session in sessions:
            if session.unwatched_since is not None:
                self._prove(session, now, effects, present=False)
            if not session.is_over:
                self.leaves(session, now, effects, seen.since)

    def leaves(
        self, session: AnySession, now: Instant, effects: list[Effect], since: Instant | None
    ) -> None:
        """Apply that the person was seen to leave."""
        if session.state == "pending":
            self.confirm_if_it_may_count(session, now, effects)
        if session.state == "pending":
            self._firing.fire("cancel", session, now, effects)
        elif session.absent_since is None:
            self._firing.fire("lose", session, now, effects, since=since)

    def is_too_late(self, session: AnySession, now: Instant, effects: list[Effect]) -> bool:
        """End a session whose grace ran out while its end was held; return whether it did.

        That is so while a connection is cut: whoever comes, or is found, after the grace is
        there anew.
        """
        if session.absent_since is None:
            return False
        if now - session.absent_since <= self._firing.policies[session.kind].grace:
            return False
        self._firing.fire("end", session, now, effects)
        return session.is_over

    def confirm_if_it_may_count(
        self, session: AnySession, now: Instant, effects: list[Effect]
    ) -> None:
        """Confirm a pending session that is about to end, where it may have been long enough.

        Both its ends were heard, but not when: what was to come due in between has waited.
        """
        earliest = session.earliest_start if session.stretches else session.started_at
        is_long = now - earliest >= self._firing.policies[session.kind].confirm_after
        if is_long or session.unbounded:
            here = Evidence("present", now, "event")
            self._firing.fire("confirm", session, now, effects, evidence=here)

    def find_voice(
        self,
        seen: VoiceObserved,
        at: Instant,
        now: Instant,
        effects: list[Effect],
        call: Call | None = None,
        *,
        is_proven: bool = True,
    ) -> None:
        """Somebody is in voice without a session: begin one, silently.

        Whoever is alone in a call most likely began it. They may also have come from another
        channel, or have stayed longest of several: since the last proof of absence it is
        unknown. Where nothing proves that they are there, it is unknown until something does.
        """
        if not self._recover_missing:
            return
        floor = self._absences.floor(seen.guild_id, seen.user_id, None)
        began_at = at
        if call is not None and call.people == 1:
            bound = self._absences.begins_no_earlier(seen.guild_id, seen.user_id, None)
            began_at = _no_earlier(call.started_at, at, floor, bound)
        session = self._new_voice(seen, began_at)
        if began_at < at:
            session.stretches += (Stretch(began_at, at, "unknown"),)
        if not is_proven:
            session.unwatched_since = at
        self._recover(session, floor, at, now, effects)

    def find_game(
        self,
        seen: PresenceObserved,
        activity: ActivitySeen,
        at: Instant,
        now: Instant,
        effects: list[Effect],
        *,
        is_proven: bool = True,
    ) -> None:
        """Somebody has a game without a session: begin one, silently, where the game began.

        Where nothing proves that they play, it is unknown until something does.
        """
        if not self._recover_missing:
            return
        floor = self._absences.floor(seen.guild_id, seen.user_id, activity)
        began_at = at
        if activity.began_at is not None:
            bound = self._absences.begins_no_earlier(seen.guild_id, seen.user_id, activity)
            began_at = _no_earlier(activity.began_at, at, floor, bound)
        session = self._new_game(seen, activity, began_at)
        if began_at < at:
            session.stretches += (Stretch(began_at, at, "unknown"),)
        session.last_seen = at
        if not is_proven:
            session.unwatched_since = at
        self._recover(session, floor, at, now, effects)

    def end_absence(
        self, at: Instant, now: Instant, session: AnySession, effects: list[Effect]
    ) -> None:
        """Whoever is away did not count then; where they are since ``at``, they do."""
        if session.absent_since is not None:
            # A look may have found them since where it did not know that they count.
            session.last_seen = min(session.last_seen, max(at, session.absent_since))
            self._firing.fire("end", session, now, effects)

    def _recover(
        self,
        session: AnySession,
        floor: Instant | None,
        at: Instant,
        now: Instant,
        effects: list[Effect],
    ) -> None:
        """Begin a session that was found; since its ``floor`` it may have gone on unseen."""
        if floor is None:
            session.unbounded = True
        elif floor < session.started_at:
            before = Stretch(floor, session.started_at, "unknown")
            session.stretches = (before, *session.stretches)
        session.seen_at(at)
        self._firing.fire("recover", session, now, effects)

    def _prove(
        self, session: AnySession, now: Instant, effects: list[Effect], *, present: bool
    ) -> None:
        source: Source = "event"
        evidence = Evidence("present" if present else "absent", now, source)
        self._firing.fire("validate", session, now, effects, evidence=evidence)

    def _start(
        self,
        session: VoiceSession | GameSession,
        activity: ActivitySeen | None,
        now: Instant,
        effects: list[Effect],
        since: Instant | None,
    ) -> None:
        """Somebody was seen to come; while nobody has looked after a gap, perhaps long ago."""
        guild_id, user_id = session.guild_id, session.user_id
        if self._watching.is_over_a_gap(guild_id, user_id, games=activity is not None):
            floor = self._absences.floor(guild_id, user_id, activity)
            session.unbounded = floor is None
            since = min(now if since is None else since, now if floor is None else floor)
        if since is not None and since < now:
            session.stretches += (Stretch(since, now, "unknown"),)
        self._firing.fire("start", session, now, effects)

    def _stays(
        self,
        session: VoiceSession,
        seen: VoiceObserved,
        channel: Channel,
        earliest: Instant | None,
        now: Instant,
        effects: list[Effect],
    ) -> None:
        """Somebody with a session is in a channel; a move happened at ``earliest`` or later."""
        if session.absent_since is not None:
            self._firing.fire("return", session, now, effects, since=seen.since)
        session.seen_at(now if seen.since is None else seen.since)
        if channel.id != session.channel_id or seen.username != session.username:
            change = Change(
                username=seen.username,
                channel_id=channel.id,
                channel_name=channel.name,
                floor=earliest,
            )
            self._firing.fire("update", session, now, effects, change=change)

    def _goes_on(
        self,
        session: GameSession,
        seen: PresenceObserved,
        activity: ActivitySeen,
        now: Instant,
        effects: list[Effect],
    ) -> None:
        """Somebody with a session of a game plays it, still or again."""
        if session.absent_since is not None:
            self._firing.fire("return", session, now, effects, since=seen.since)
        session.seen_at(now if seen.since is None else seen.since)
        name = seen.username
        is_renamed = name is not None and name != session.username
        if is_renamed or (session.app_id is None and activity.app_id is not None):
            change = Change(username=name, app_id=activity.app_id)
            self._firing.fire("update", session, now, effects, change=change)

    def _new_voice(self, seen: VoiceObserved, started_at: Instant) -> VoiceSession:
        if seen.channel is None:
            msg = f"Person {seen.user_id} is in no channel: there is no voice session to begin."
            raise ValueError(msg)
        return VoiceSession(
            id=self._new_id(),
            guild_id=seen.guild_id,
            started_at=started_at,
            last_seen=started_at,
            user_id=seen.user_id,
            username=seen.username,
            channel_id=seen.channel.id,
            channel_name=seen.channel.name,
        )

    def _new_game(
        self, seen: PresenceObserved, activity: ActivitySeen, started_at: Instant
    ) -> GameSession:
        return GameSession(
            id=self._new_id(),
            guild_id=seen.guild_id,
            started_at=started_at,
            last_seen=started_at,
            user_id=seen.user_id,
            username=seen.username or str(seen.user_id),
            game_name=intern(activity.name),  # once for all who play it
            app_id=activity.app_id,
            activity_type=activity.activity_type,
        )


def _no_earlier(began_at: Instant, at: Instant, *bounds: Instant | None) -> Instant:
    """Return ``began_at``, moved to the last of the bounds; never later than ``at``."""
    return min(at, max([began_at, *(bound for bound in bounds if bound is not None)]))


def _listed(session: GameSession, activities: tuple[ActivitySeen, ...]) -> ActivitySeen | None:
    for activity in activities:
        if is_same_game(session, activity):
            return activity
    return None


def is_away(session: AnySession) -> bool:
    """Return whether somebody was seen to leave, and is watched since."""
    return session.absent_since is not None and session.unwatched_since is None
