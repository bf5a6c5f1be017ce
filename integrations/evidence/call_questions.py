"""Questions that the start of a call answers: whose verdict must wait for it.

Two questions hang on the calls: since when somebody has been there who is found alone in a
channel, and whether somebody who is there after a gap has been there all through it.

No input or output, so that the simulation asks the same questions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from engine import Call
from machines import VoiceSession

if TYPE_CHECKING:
    from collections import Counter

    from engine import GuildReport, SessionEngine
    from machines import Instant

__all__ = ["CallQuestions", "with_calls"]


class CallQuestions:
    """Finds the people of a report about whom the calls could say more."""

    def __init__(self, engine: SessionEngine) -> None:
        """Ask about the sessions of ``engine``, as its settings say."""
        self._engine = engine
        settings = engine.settings
        self._is_on = settings.channel_info
        self._finds = settings.recover_missing
        self._splits = settings.voice_gap != "end"

    def people_in_question(self, report: GuildReport, people: Counter[int]) -> frozenset[int]:
        """Return the ids of those whose verdict must wait.

        Args:
            report: what was seen.
            people: how many are in each channel of the guild, by channel id.
        """
        if not (self._is_on and report.complete_voice):
            return frozenset()
        sessions = {
            session.user_id: session
            for session in self._engine.sessions(report.guild_id)
            if isinstance(session, VoiceSession)
        }
        return frozenset(
            user_id
            for user_id, seen in report.voice.items()
            if seen.channel is not None
            and self._may_change(sessions.get(user_id), seen.channel.id, people)
        )

    def without(self, report: GuildReport, people: frozenset[int]) -> GuildReport:
        """Return what the report says of everybody else, as complete in nothing."""
        sessions = self._engine.sessions(report.guild_id)
        others = {s.user_id for s in sessions if isinstance(s, VoiceSession)} - people
        return msgspec.structs.replace(
            report,
            voice={user: seen for user, seen in report.voice.items() if user not in people},
            complete_voice=False,
            looked_voice=(report.looked_voice | others) - people,
        )

    def _may_change(
        self, session: VoiceSession | None, channel_id: int, people: Counter[int]
    ) -> bool:
        if session is None:
            return self._finds and people[channel_id] == 1
        gone_unwatched = session.unwatched_since is not None and session.is_live
        return self._splits and gone_unwatched and session.channel_id == channel_id


def with_calls(report: GuildReport, calls: dict[int, Instant], people: Counter[int]) -> GuildReport:
    """Return the report with the calls in it: when each began, and how many are in it."""
    known = {channel: Call(at, people[channel]) for channel, at in calls.items()}
    return msgspec.structs.replace(report, calls=known)
