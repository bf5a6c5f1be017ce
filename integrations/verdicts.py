"""Verdicts: what a look at a guild means, once the starts of its calls are known.

Two questions hang on them: since when somebody has been there who is found alone in a channel,
and whether somebody who is there after a gap has been there all through it. For these people
the verdict waits for CHANNEL_INFO, two seconds at most, and no longer once the connection is
gone or an event about one of them has come. For everybody else it is given at once.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from engine import Call
from machines import VoiceSession

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable

    from engine import GuildReport, Settings
    from integrations.channel_info import ChannelInfo
    from integrations.occupancy import Occupancy
    from integrations.tracker import Tracker
    from machines import Effect, Instant

__all__ = ["Verdicts"]


class _Held(NamedTuple):
    report: GuildReport
    people: frozenset[int]
    task: asyncio.Task[None]


class Verdicts:
    """Hands reports to the engine, with the calls where they matter."""

    def __init__(
        self,
        tracker: Tracker,
        channel_info: ChannelInfo,
        occupancy: Occupancy,
        settings: Settings,
        applied: Callable[[GuildReport, list[Effect]], None],
    ) -> None:
        """Ask ``channel_info`` where ``settings.channel_info`` allows it.

        ``applied`` is told what each report has led to.
        """
        self._tracker = tracker
        self._engine = tracker.engine
        self._channel_info = channel_info
        self._occupancy = occupancy
        self._applied = applied
        self._is_on = settings.channel_info
        self._finds = settings.recover_missing
        self._splits = settings.voice_gap != "end"
        self._held: dict[int, _Held] = {}

    def give(self, report: GuildReport) -> None:
        """Apply a report now, but for the people whose verdict the calls could change."""
        self.release(report.guild_id)
        in_channels = self._occupancy.people(report.guild_id)
        people = self._in_question(report, in_channels)
        if not people:
            self._validate(report)
            return
        self._validate(self._without(report, people))
        name = f"latido-calls-{report.guild_id}"
        task = asyncio.create_task(self._ask(report, in_channels), name=name)
        self._held[report.guild_id] = _Held(report, people, task)

    def comes_event(self, guild_id: int, user_id: int) -> None:
        """An event about a person is about to be applied: what is held comes first."""
        held = self._held.get(guild_id)
        if held is not None and user_id in held.people:
            self.release(guild_id)

    def release(self, guild_id: int) -> None:
        """Apply what is held of a guild, without the calls."""
        held = self._held.pop(guild_id, None)
        if held is not None:
            held.task.cancel()
            self._validate(held.report)

    def forget(self, guild_id: int) -> None:
        """The bot is no longer in the guild."""
        held = self._held.pop(guild_id, None)
        if held is not None:
            held.task.cancel()

    def close(self) -> None:
        """Apply all that is held."""
        for guild_id in tuple(self._held):
            self.release(guild_id)

    async def _ask(self, report: GuildReport, people: Counter[int]) -> None:
        calls = await self._channel_info.calls_of(report.guild_id)
        if self._held.pop(report.guild_id, None) is None:
            return
        self._validate(_with_calls(report, calls or {}, people))

    def _validate(self, report: GuildReport) -> None:
        self._applied(report, self._tracker.validate(report))

    def _in_question(self, report: GuildReport, people: Counter[int]) -> frozenset[int]:
        if not (self._is_on and report.complete_voice and self._channel_info.is_asked):
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

    def _may_change(
        self, session: VoiceSession | None, channel_id: int, people: Counter[int]
    ) -> bool:
        if session is None:
            return self._finds and people[channel_id] == 1
        gone_unwatched = session.unwatched_since is not None and session.is_live
        return self._splits and gone_unwatched and session.channel_id == channel_id

    def _without(self, report: GuildReport, people: frozenset[int]) -> GuildReport:
        """Return what the report says of everybody else, as complete in nothing."""
        sessions = self._engine.sessions(report.guild_id)
        others = {s.user_id for s in sessions if isinstance(s, VoiceSession)} - people
        return msgspec.structs.replace(
            report,
            voice={user: seen for user, seen in report.voice.items() if user not in people},
            complete_voice=False,
            looked_voice=(report.looked_voice | others) - people,
        )


def _with_calls(
    report: GuildReport, calls: dict[int, Instant], people: Counter[int]
) -> GuildReport:
    known = {channel: Call(at, people[channel]) for channel, at in calls.items()}
    return msgspec.structs.replace(report, calls=known)
