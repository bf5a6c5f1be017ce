"""Verdicts: what a look at a guild means, once the starts of its calls are known.

For the people in question (:mod:`integrations.evidence.call_questions`) the verdict waits for
CHANNEL_INFO, two seconds at most, and no longer once the connection is gone or an event about
one of them has come. For everybody else it is given at once.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from integrations.evidence.call_questions import CallQuestions, with_calls
from integrations.evidence.repairs import repairs
from integrations.turns import in_turns

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable

    from engine import GuildReport, LiveReport, VoiceObserved
    from integrations.evidence.channel_info import ChannelInfo
    from integrations.evidence.occupancy import Occupancy
    from integrations.tracker import Tracker
    from machines import Kind

__all__ = ["Held", "Verdicts"]


class Held(NamedTuple):
    """A report, the people whose verdict waits, and the task that asks."""

    report: GuildReport
    people: frozenset[int]
    task: asyncio.Task[None]


class Verdicts:
    """Hands reports to the engine, with the calls where they matter.

    Attributes:
        held: the reports that wait for the starts of their calls, by guild.
    """

    def __init__(
        self,
        tracker: Tracker,
        channel_info: ChannelInfo,
        occupancy: Occupancy,
        applied: Callable[[LiveReport, Counter[Kind]], None],
    ) -> None:
        """Ask ``channel_info`` where the settings allow it.

        ``applied`` is told what each report has repaired, by kind.
        """
        self._tracker = tracker
        self._channel_info = channel_info
        self._occupancy = occupancy
        self._applied = applied
        self._questions = CallQuestions(tracker.engine)
        self.held: dict[int, Held] = {}

    def give(
        self, report: GuildReport, people: frozenset[int] | None = None
    ) -> asyncio.Future[Counter[Kind]]:
        """Apply a report now, but for the people whose verdict the calls could change.

        Args:
            report: what was seen.
            people: those people, where :meth:`in_question` has found them already.

        Returns:
            A future of what that has repaired; it takes a few turns where there are many people.
        """
        self._end_waiting(report.guild_id)
        in_channels = self._occupancy.people(report.guild_id)
        if people is None:
            people = frozenset()
            if self._channel_info.is_asked:
                people = self._questions.people_in_question(report, in_channels)
        if not people:
            return self._validate(report)
        looking = self._validate(self._questions.without(report, people))
        name = f"latido-calls-{report.guild_id}"
        task = asyncio.create_task(self._ask(report, in_channels), name=name)
        self.held[report.guild_id] = Held(report, people, task)
        return looking

    async def in_question(self, report: GuildReport) -> frozenset[int]:
        """Find in turns the people whose verdict the calls could change."""
        if not self._channel_info.is_asked:
            return frozenset()
        in_channels = self._occupancy.people(report.guild_id)
        asked = self._questions.one_by_one(report, in_channels)
        return frozenset([each async for each in in_turns(asked) if each is not None])

    def comes_event(self, guild_id: int, user_id: int) -> None:
        """An event about a person is about to be applied: what is held of them comes first.

        That of the others follows in turns, without the calls as well.
        """
        held = self.held.get(guild_id)
        if held is not None and user_id in held.people:
            self.forget(guild_id)
            self._validate(held.report, held.report.voice.get(user_id))

    def release(self, guild_id: int) -> None:
        """Apply what is held of a guild, without the calls, before what comes next befalls it."""
        held = self.forget(guild_id)
        if held is not None:
            self._applied(held.report, repairs(self._tracker.validate(held.report)))

    def forget(self, guild_id: int) -> Held | None:
        """The bot is no longer in the guild, say; return what was held of it."""
        held = self.held.pop(guild_id, None)
        if held is not None:
            held.task.cancel()
        return held

    def close(self) -> None:
        """Apply all that is held, in turns."""
        for guild_id in tuple(self.held):
            self._end_waiting(guild_id)

    def _end_waiting(self, guild_id: int) -> None:
        """Apply what is held of a guild, without the calls, in turns: a later look waits for it."""
        held = self.forget(guild_id)
        if held is not None:
            self._validate(held.report)

    async def _ask(self, report: GuildReport, people: Counter[int]) -> None:
        calls = await self._channel_info.calls_of(report.guild_id)
        if self.held.pop(report.guild_id, None) is None:
            return
        self._validate(with_calls(report, calls or {}, people))

    def _validate(
        self, report: LiveReport, first: VoiceObserved | None = None
    ) -> asyncio.Future[Counter[Kind]]:
        looking = self._tracker.validate_in_turns(report, first)
        if looking.done():
            self._applied(report, looking.result())
        else:
            looking.add_done_callback(lambda done: self._looked(report, done))
        return looking

    def _looked(self, report: LiveReport, done: asyncio.Future[Counter[Kind]]) -> None:
        if not done.cancelled():
            self._applied(report, done.result())
