"""Asking: what a look says of one person holds where nothing newer is known of them.

A look takes time. What was heard of a person since it was asked for wins over it, and so does the
gap that was found out after it; the cache counts only until somebody has looked afresh. What then
holds is asked of each session as evidence, and whoever is seen without a session is given one.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from engine.observation import VoiceObserved
from engine.watching import lose_sight
from machines import Change, Evidence, GameSession, PartySession, VoiceSession

if TYPE_CHECKING:
    from engine.absences import Absences
    from engine.firing import Firing
    from engine.hearing import Hearing
    from engine.look import Look
    from engine.observation import PresenceObserved
    from engine.parties import Parties
    from engine.people import People
    from engine.report import LiveReport
    from machines import AnySession, Effect, Instant, Kind

__all__ = ["Asking"]


class Asking:
    """Asks a look about one session, or one person, after the other."""

    def __init__(
        self,
        firing: Firing,
        absences: Absences,
        hearing: Hearing,
        people: People,
        parties: Parties,
        event_delay: int,
    ) -> None:
        """Work on the sessions that ``firing`` holds; events may be ``event_delay`` late."""
        self._firing = firing
        self._absences = absences
        self._watching = absences.watching
        self._hearing = hearing
        self._people = people
        self._parties = parties
        self._event_delay = event_delay

    def ask(self, session: AnySession, look: Look, now: Instant, effects: list[Effect]) -> None:
        """Fire ``validate`` at the session of a person, with what a look says of them."""
        if not session.is_over:
            work = partial(self._ask, session, look, now, effects)
            self._firing.isolated(session.id, session.kind, effects, work)

    def find(
        self,
        seen: VoiceObserved | PresenceObserved,
        look: Look,
        part: LiveReport,
        now: Instant,
        effects: list[Effect],
    ) -> None:
        """Give somebody a session whom a part of a look's report sees without one."""
        kind: Kind = "voice" if type(seen) is VoiceObserved else "game"
        if kind == "game" and kind in self._firing.unheard.kinds:
            return  # whose games are looked up are those of before, when they were heard
        work = partial(self._find, seen, look, part, now, effects)
        self._firing.isolated(f"{seen.guild_id}/{seen.user_id}", kind, effects, work)

    def move(self, seen: VoiceObserved, look: Look, now: Instant, effects: list[Effect]) -> None:
        """Whoever is found in another channel moved there since they were last seen."""
        session = self._firing.registry.voice_of(seen.guild_id, seen.user_id)
        if session is None or seen.channel is None or session.channel_id == seen.channel.id:
            return
        evidence = look.report.about(session)
        if not self._holds(session, evidence):
            return
        change = Change(
            username=seen.username,
            channel_id=seen.channel.id,
            channel_name=seen.channel.name,
            floor=look.seen_before.get(session.id),
        )
        self._firing.fire("update", session, now, effects, change=change, at=evidence.at)
        if self._firing.deadlines.is_held(seen.guild_id):
            self._watching.moves_unheard(seen.guild_id, seen.user_id)

    def _ask(self, session: AnySession, look: Look, now: Instant, effects: list[Effect]) -> None:
        """Fire ``validate``; what does not hold of the answer is unknown."""
        if type(session) is GameSession:
            look.doubted[session.id] = None
        look.note_before(session)
        evidence = look.report.about(session)
        if not self._holds(session, evidence):
            evidence = Evidence("unknown", evidence.at, evidence.source, evidence.since)
        if evidence.presence == "present":
            look.doubted.pop(session.id, None)
        if evidence.presence == "unknown" and not look.is_answered(session):
            self._firing.counters["unknown"] += 1
        if (
            evidence.presence == "present"
            and evidence.fresh
            and session.unwatched_since is None
            and self._people.is_too_late(session, now, effects)
        ):
            return
        if evidence.presence == "absent":
            self._doubt_since_cut(session)
        sign = look.shows_break(session)
        self._firing.fire("validate", session, now, effects, evidence=evidence, break_sign=sign)

    def _holds(self, session: AnySession, evidence: Evidence) -> bool:
        """Refuse what is older than the latest news or the gap, and the cache once it says none.

        The cache does not know whom a look found, so it proves no absence either.
        """
        if type(session) is PartySession:
            return False
        voice, asked = type(session) is VoiceSession, evidence.earliest
        if asked < max(session.last_seen, session.unwatched_since or asked):
            return False
        if self._hearing.has_heard(session.guild_id, session.user_id, asked, voice=voice):
            return False
        return self._watching.trusts(evidence.source, session.guild_id, games=not voice)

    def _doubt_since_cut(self, session: AnySession) -> None:
        """Whoever is gone in a cut may have been so before they were last seen in it.

        Their record is written before it is known whether anything was missed.
        """
        cut_since = self._watching.of(session.guild_id).cut_since
        if cut_since is None or session.unwatched_since is not None:
            return
        if session.state == "pending":
            lose_sight(session, cut_since, self._event_delay)  # they may have come to count since
        elif session.is_live and session.last_seen > cut_since:
            lose_sight(session, cut_since, self._event_delay)
            self._parties.lose_sight(session)

    def _find(
        self,
        seen: VoiceObserved | PresenceObserved,
        look: Look,
        part: LiveReport,
        now: Instant,
        effects: list[Effect],
    ) -> None:
        """Find somebody, where the source may be believed and nothing was heard of them since."""
        voice = type(seen) is VoiceObserved
        guild_id, user_id = seen.guild_id, seen.user_id
        if not self._watching.trusts(part.source, guild_id, games=not voice):
            return
        if not self._hearing.is_news(guild_id, user_id, part.earliest, now, voice=voice):
            return
        if type(seen) is VoiceObserved:
            self._find_voice(seen, look, part, now, effects)
        else:
            self._find_games(seen, part, now, effects)
        self._absences.is_seen(guild_id, user_id, part.earliest, voice=voice)

    def _find_voice(
        self,
        seen: VoiceObserved,
        look: Look,
        part: LiveReport,
        now: Instant,
        effects: list[Effect],
    ) -> None:
        if seen.channel is None:
            return
        guild_id, user_id = seen.guild_id, seen.user_id
        session = self._firing.registry.voice_of(guild_id, user_id)
        stale = self._absences.is_stale(guild_id, user_id, None, part.earliest)
        if session is None and not stale:
            call = part.call_in(seen.channel.id)
            is_proven = _is_proof(part)
            self._people.find_voice(seen, part.at, now, effects, call, is_proven=is_proven)
            found = self._firing.registry.voice_of(guild_id, user_id)
            if found is not None:
                self._absences.is_heard(guild_id, user_id, voice=True)
                for befalls in look.befell:
                    befalls(found, effects)
        elif session is not None and part.source == "guild_create":
            _hold_as_told(session, seen)

    def _find_games(
        self, seen: PresenceObserved, part: LiveReport, now: Instant, effects: list[Effect]
    ) -> None:
        for activity in seen.activities:
            found = self._firing.registry.game_of(seen.guild_id, seen.user_id, activity)
            stale = self._absences.is_stale(seen.guild_id, seen.user_id, activity, part.earliest)
            if found is None and not stale:
                is_proven = _is_proof(part)
                self._people.find_game(seen, activity, part.at, now, effects, is_proven=is_proven)
            elif found is not None and part.source == "guild_create":
                _hold_as_told(found, seen)


def _is_proof(part: LiveReport) -> bool:
    """Return whether who is seen is there: the cache holds who left unheard, as looks have seen."""
    return part.source != "cache"


def _hold_as_told(
    session: VoiceSession | GameSession, seen: VoiceObserved | PresenceObserved
) -> None:
    """Let a session hold the very names and ids that came with its guild: discord.py has them.

    Its own equal ones are of another process, or of a connection before this one.
    """
    session.user_id = seen.user_id
    if seen.username == session.username:
        session.username = seen.username
    if type(session) is VoiceSession and type(seen) is VoiceObserved and seen.channel is not None:
        channel = seen.channel
        if (channel.id, channel.name) == (session.channel_id, session.channel_name):
            session.channel_id, session.channel_name = channel.id, channel.name
