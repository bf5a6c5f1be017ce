"""Validation: one look at a guild, fired as ``validate`` at each of its sessions.

Games are asked before parties, for a party follows from them. Whoever the look finds
without a session is then given one.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from engine.observation import VoiceObserved
from machines import Change, Evidence, PartySession, SessionChanged, VoiceSession, WatchChanged

if TYPE_CHECKING:
    from engine.firing import Firing
    from engine.hearing import Hearing
    from engine.observation import PresenceObserved
    from engine.parties import Parties
    from engine.people import People
    from engine.report import LiveReport
    from engine.watching import Watching
    from machines import AnySession, Effect, Instant, Kind, Presence

__all__ = ["Validation"]


class Validation:
    """Takes one report after the other through the sessions of its guild."""

    def __init__(
        self,
        firing: Firing,
        watching: Watching,
        hearing: Hearing,
        people: People,
        parties: Parties,
    ) -> None:
        """Work on the sessions that ``firing`` holds."""
        self._firing = firing
        self._watching = watching
        self._hearing = hearing
        self._people = people
        self._parties = parties

    def run(self, report: LiveReport, now: Instant, effects: list[Effect]) -> None:
        """Fire ``validate`` at every session of the report's guild; find the missing ones.

        An audit comes over a connection of its own: while the bot's is not back, what follows
        it would not be heard, so it ends no gap and is passed over.
        """
        is_watched = self._watching.of(report.guild_id).gap_since is None
        if report.source == "audit" and not is_watched:
            return
        answers: dict[str, Presence] = {}
        seen_before: dict[str, Instant] = {}
        sessions = self._firing.registry.of_guild(report.guild_id)
        for session in sessions:
            if not isinstance(session, PartySession):
                seen_before[session.id] = session.last_seen
                work = partial(self._ask, session, report, answers, now, effects)
                self._firing.isolated(session.id, session.kind, effects, work)
        for part in report.parts:
            for seen in part.sightings():
                kind: Kind = "voice" if isinstance(seen, VoiceObserved) else "game"
                work = partial(self._find, seen, part, now, effects)
                self._firing.isolated(f"{seen.guild_id}/{seen.user_id}", kind, effects, work)
        self._move(report, seen_before, now, effects)
        parties = [session for session in sessions if isinstance(session, PartySession)]
        self._parties.validate(parties, answers, report.source, report.at, now, effects)
        self._take_as_look(report, effects)

    def _ask(
        self,
        session: AnySession,
        report: LiveReport,
        answers: dict[str, Presence],
        now: Instant,
        effects: list[Effect],
    ) -> None:
        answers[session.id] = "unknown"
        evidence = report.about(session)
        if not self._may_be_believed(session, evidence):
            evidence = Evidence("unknown", evidence.at, evidence.source, evidence.since)
        answers[session.id] = evidence.presence
        if evidence.presence == "unknown":
            self._firing.counters["unknown"] += 1
        sign = _shows_break(session, report)
        self._firing.fire("validate", session, now, effects, evidence=evidence, break_sign=sign)

    def _may_be_believed(self, session: AnySession, evidence: Evidence) -> bool:
        """Refuse what is older than the latest news or the gap, and the cache once it says none.

        The cache does not know whom a look found, so it proves no absence either.
        """
        if isinstance(session, PartySession):
            return False
        voice, asked = isinstance(session, VoiceSession), evidence.earliest
        if asked < max(session.last_seen, session.unwatched_since or asked):
            return False
        if self._hearing.has_heard(session.guild_id, session.user_id, asked, voice=voice):
            return False
        return evidence.source != "cache" or self._watching.trusts_cache(
            session.guild_id, games=not voice
        )

    def _find(
        self,
        seen: VoiceObserved | PresenceObserved,
        report: LiveReport,
        now: Instant,
        effects: list[Effect],
    ) -> None:
        voice = isinstance(seen, VoiceObserved)
        if not self._says_news(report, games=not voice):
            return
        guild_id, user_id = seen.guild_id, seen.user_id
        if not self._hearing.is_news(guild_id, user_id, report.earliest, now, voice=voice):
            return
        if isinstance(seen, VoiceObserved):
            self._find_voice(seen, report, now, effects)
        else:
            self._find_games(seen, report, now, effects)

    def _find_voice(
        self,
        seen: VoiceObserved,
        report: LiveReport,
        now: Instant,
        effects: list[Effect],
    ) -> None:
        if seen.channel is None:
            return
        session = self._firing.registry.voice_of(seen.guild_id, seen.user_id)
        stale = self._watching.is_stale(seen.guild_id, seen.user_id, None, report.earliest)
        if session is None and not stale:
            call = report.call_in(seen.channel.id)
            self._people.find_voice(seen, report.at, now, effects, call)

    def _move(
        self,
        report: LiveReport,
        seen_before: dict[str, Instant],
        now: Instant,
        effects: list[Effect],
    ) -> None:
        """Whoever is found in another channel moved there since they were last seen."""
        if report.source == "cache":
            return
        for seen in report.sightings():
            if not isinstance(seen, VoiceObserved) or seen.channel is None:
                continue
            session = self._firing.registry.voice_of(seen.guild_id, seen.user_id)
            if session is None or session.channel_id == seen.channel.id:
                continue
            evidence = report.about(session)
            if evidence.earliest < session.last_seen:
                continue
            change = Change(
                username=seen.username,
                channel_id=seen.channel.id,
                channel_name=seen.channel.name,
                floor=seen_before.get(session.id),
            )
            self._firing.fire("update", session, now, effects, change=change, at=evidence.at)

    def _find_games(
        self,
        seen: PresenceObserved,
        report: LiveReport,
        now: Instant,
        effects: list[Effect],
    ) -> None:
        for activity in seen.activities:
            found = self._firing.registry.game_of(seen.guild_id, seen.user_id, activity)
            stale = self._watching.is_stale(seen.guild_id, seen.user_id, activity, report.earliest)
            if found is None and not stale:
                self._people.find_game(seen, activity, report.at, now, effects)

    def _take_as_look(self, report: LiveReport, effects: list[Effect]) -> None:
        """Remember what the report saw all of."""
        voice = report.complete_voice and self._says_news(report, games=False)
        games = report.complete_games and self._says_news(report, games=True)
        if not (voice or games):
            return
        watch = self._watching.of(report.guild_id)
        was_unwatched = watch.gap_since is not None
        self._watching.looked(report.guild_id, report.earliest, voice=voice, games=games)
        effects.append(WatchChanged(watch))
        if was_unwatched and watch.gap_since is None:
            # The guild is watched again; those whom nobody has seen yet say so themselves.
            effects.extend(
                SessionChanged(session)
                for session in self._firing.registry.of_guild(report.guild_id)
                if session.is_live and session.unwatched_since is not None
            )

    def _says_news(self, report: LiveReport, *, games: bool) -> bool:
        """Tell a look from what merely repeats the events."""
        return report.source != "cache" or self._watching.trusts_cache(report.guild_id, games=games)


def _shows_break(session: AnySession, report: LiveReport) -> bool:
    """Return whether the channel in which somebody was stood empty while nobody watched.

    Its call began after the gap opened. Somebody who moved away and came back, and was the
    only one there, leaves the same sign: it is a strong one, not a proof.
    """
    if not isinstance(session, VoiceSession) or session.unwatched_since is None:
        return False
    call = report.call_in(session.channel_id)
    found = report.channel_of(session.user_id)
    return (
        call is not None
        and found is not None
        and found.id == session.channel_id
        and call.started_at >= session.unwatched_since
    )
