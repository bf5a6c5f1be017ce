"""Questions that the start of a call answers: whose verdict must wait for it.

Two questions hang on the calls: since when somebody has been there who is found alone in a
channel, and whether somebody who is there after a gap has been there all through it.

No input or output, so that the simulation asks the same questions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from engine import Call, MergedReport, VoiceObserved
from machines import Evidence, VoiceSession

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterable, Iterator
    from collections.abc import Set as AbstractSet

    from engine import (
        Channel,
        GameRules,
        GuildReport,
        LiveReport,
        PresenceObserved,
        SessionEngine,
    )
    from machines import AnySession, Instant

__all__ = ["CallQuestions", "Unread", "with_calls"]


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
    def without(
        report: GuildReport,
        people: AbstractSet[int],
        reading: Iterable[object] = (),
        unread: Unread | None = None,
    ) -> LiveReport:
        """Return what a report says of everybody else; with somebody left out it is not complete.

        Args:
            report: what was seen.
            people: who is left out; they may be found while it is read.
            reading: reads it piece by piece, and finds them.
            unread: reads somebody before their turn, where it is not read yet.
        """
        return _Others(report, people, reading, unread)

    def _may_change(
        self, session: VoiceSession | None, channel_id: int, people: Counter[int]
    ) -> bool:
        if session is None:
            return self._finds and people[channel_id] == 1
        gone_unwatched = session.unwatched_since is not None and session.is_live
        return self._splits and gone_unwatched and session.channel_id == channel_id


class Unread(Protocol):
    """A report's own source, while it is still to be read.

    Attributes:
        heads: how many are in each channel, by channel id, once it is read.
    """

    heads: Counter[int]

    def reading(self) -> Iterator[object]:
        """Read it, yielding after each piece."""
        ...

    def read_first(self, user_id: int, *, games: bool) -> bool:
        """Read where a person is, or what they play, now; return whether that can be read."""
        ...


class _Others:
    """A report that knows nothing of some people in voice, and sees them nowhere.

    It asks the report it is made of, so that it is there at once however many there are.
    """

    def __init__(
        self,
        report: GuildReport,
        people: AbstractSet[int],
        reading: Iterable[object],
        unread: Unread | None,
    ) -> None:
        self.guild_id = report.guild_id
        self.source = report.source
        self.at = report.at
        self.earliest = report.earliest
        self.complete_games = report.complete_games
        self._report = report
        self._people = people
        self._reading = reading
        self._unread = unread

    @property
    def complete_voice(self) -> bool:
        return self._report.complete_voice and not self._people

    @property
    def parts(self) -> tuple[_Others, ...]:
        return (self,)

    def under(self, rules: GameRules) -> _Others:
        return _Others(self._report.under(rules), self._people, self._reading, self._unread)

    def reading(self) -> Iterator[object]:
        return iter(self._reading)

    def of_person(self, user_id: int, *, games: bool) -> LiveReport:
        if self._unread is not None and not self._unread.read_first(user_id, games=games):
            return MergedReport(guild_id=self.guild_id, reports=())
        people = self._people & {user_id}
        return _Others(self._report.of_person(user_id, games=games), people, (), None)

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
