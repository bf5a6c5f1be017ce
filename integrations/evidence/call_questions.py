"""Questions that the start of a call answers: whose verdict must wait for it.

Two questions hang on the calls: since when somebody has been there who is found alone in a
channel, and whether somebody who is there after a gap has been there all through it.

No input or output, so that the simulation asks the same questions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from engine import Call, VoiceObserved
from machines import Evidence, VoiceSession

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator

    from engine import (
        Channel,
        GameRules,
        GuildReport,
        LiveReport,
        PresenceObserved,
        SessionEngine,
    )
    from machines import AnySession, Instant

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
        return frozenset(each for each in self.one_by_one(report, people) if each is not None)

    def one_by_one(self, report: GuildReport, people: Counter[int]) -> Iterator[int | None]:
        """Yield of everybody in voice their id where their verdict must wait, and else None."""
        if not (self._is_on and report.complete_voice):
            return
        for user_id, seen in report.voice.items():
            channel = seen.channel
            session = self._engine.voice_of(report.guild_id, user_id)
            is_in_question = channel is not None and self._may_change(session, channel.id, people)
            yield user_id if is_in_question else None

    @staticmethod
    def without(report: GuildReport, people: frozenset[int]) -> LiveReport:
        """Return what the report says of everybody else, as complete in nothing about voice."""
        return _Others(report, people)

    def _may_change(
        self, session: VoiceSession | None, channel_id: int, people: Counter[int]
    ) -> bool:
        if session is None:
            return self._finds and people[channel_id] == 1
        gone_unwatched = session.unwatched_since is not None and session.is_live
        return self._splits and gone_unwatched and session.channel_id == channel_id


class _Others:
    """A report that knows nothing of some people in voice, and sees them nowhere.

    It asks the report it is made of, so that it is there at once however many there are.
    """

    complete_voice = False

    def __init__(self, report: GuildReport, people: frozenset[int]) -> None:
        self.guild_id = report.guild_id
        self.source = report.source
        self.at = report.at
        self.earliest = report.earliest
        self.complete_games = report.complete_games
        self._report = report
        self._people = people

    @property
    def parts(self) -> tuple[_Others, ...]:
        return (self,)

    def under(self, rules: GameRules) -> _Others:
        return _Others(self._report.under(rules), self._people)

    def about(self, session: AnySession) -> Evidence:
        if isinstance(session, VoiceSession) and session.user_id in self._people:
            return Evidence("unknown", self.at, self.source, self._report.asked_at)
        return self._report.about(session)

    def call_in(self, channel_id: int) -> Call | None:
        return self._report.call_in(channel_id)

    def channel_of(self, user_id: int) -> Channel | None:
        return None if user_id in self._people else self._report.channel_of(user_id)

    def in_voice(self) -> Iterator[VoiceObserved]:
        return map(self._seen, self._report.in_voice())

    def sightings(self) -> Iterator[VoiceObserved | PresenceObserved]:
        for seen in self._report.sightings():
            yield self._seen(seen) if isinstance(seen, VoiceObserved) else seen

    def _seen(self, seen: VoiceObserved) -> VoiceObserved:
        if seen.user_id in self._people:
            return msgspec.structs.replace(seen, channel=None)
        return seen


def with_calls(report: GuildReport, calls: dict[int, Instant], people: Counter[int]) -> GuildReport:
    """Return the report with the calls in it: when each began, and how many are in it."""
    known = {channel: Call(at, people[channel]) for channel, at in calls.items()}
    return msgspec.structs.replace(report, calls=known)
