"""Verdicts: what a look at a guild means, once it is read and the starts of its calls are known.

For the people in question (:mod:`integrations.evidence.call_questions`) the verdict waits for
CHANNEL_INFO, two seconds at most, and no longer once the connection is gone or an event about
one of them has come. For everybody else it is given at once.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, NamedTuple

from integrations.evidence.call_questions import CallQuestions, with_calls
from integrations.gateway.taps import say_odd

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterator
    from collections.abc import Set as AbstractSet

    from engine import GuildReport, LiveReport
    from integrations.evidence.call_questions import Unread
    from integrations.evidence.channel_info import ChannelInfo
    from integrations.evidence.occupancy import Occupancy
    from integrations.tracker import Tracker
    from machines import Instant, Kind

__all__ = ["Held", "Verdicts"]

_log = logging.getLogger("latido.integrations")


class Held(NamedTuple):
    """A report, and the people whose verdict waits.

    Attributes:
        report: the report.
        people: these people.
        task: what asks for the starts of their calls.
        given: done once nobody needs the report any more.
        set_by: how far the clock had been set when it came.
    """

    report: GuildReport
    people: AbstractSet[int]
    task: asyncio.Task[None]
    given: asyncio.Future[None]
    set_by: int


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
        self._owed: set[asyncio.Future[None]] = set()

    def give(
        self, report: GuildReport, unread: Unread | None = None
    ) -> tuple[asyncio.Future[Counter[Kind]], asyncio.Future[None]]:
        """Apply a report now, but for the people whose verdict the calls could change.

        Args:
            report: what was seen.
            unread: reads the report, where that is still to be done.

        Returns:
            A future of what that has repaired, which takes a few turns where there are many
            people; and one that is done once those people have their verdict as well, so that
            nobody needs the report any more.
        """
        self._end_waiting(report.guild_id)
        people: set[int] = set()
        given: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        reading = self._read(report, people, unread, given, self._tracker.clock_watch.set_by)
        others = self._questions.without(report, people, reading, unread)
        looking = self._validate(others)
        looking.add_done_callback(lambda _done: None if given in self._owed else _done_with(given))
        return looking, given

    def comes_event(self, guild_id: int, user_id: int, *, games: bool) -> None:
        """An event about a person is about to be applied: what is known of them comes first.

        That of the others follows in turns, without the calls as well.
        """
        held = self.held.get(guild_id)
        if held is not None and user_id in held.people and not games:
            self._end_waiting(guild_id)
        self._tracker.looks.take_first(guild_id, user_id, games=games)

    def befalls_channel(self, guild_id: int) -> None:
        """Something is about to befall a voice channel: what is known of its people comes first."""
        self._end_waiting(guild_id)

    def forget(self, guild_id: int) -> None:
        """The bot is no longer in the guild: what is held of it means nothing."""
        held = self._take_held(guild_id)
        if held is not None:
            self._is_given(held)

    def close(self) -> None:
        """Apply all that is held, in turns."""
        for guild_id in tuple(self.held):
            self._end_waiting(guild_id)

    def _end_waiting(self, guild_id: int) -> None:
        """Apply what is held of a guild, without the calls, in turns: a later look waits for it."""
        self._tracker.catch_up()
        held = self._take_held(guild_id)
        if held is not None:
            self._give_rest(held, held.report)

    def _take_held(self, guild_id: int) -> Held | None:
        held = self.held.pop(guild_id, None)
        if held is not None:
            held.task.cancel()
        return held

    def _give_rest(self, held: Held, report: GuildReport) -> None:
        """Apply the whole of a report: all but the people who had to wait has been before."""
        looking = self._validate(report, held.set_by)
        looking.add_done_callback(lambda _done: self._is_given(held))

    def _is_given(self, held: Held) -> None:
        self._owed.discard(held.given)
        _done_with(held.given)

    def _read(
        self,
        report: GuildReport,
        people: set[int],
        unread: Unread | None,
        given: asyncio.Future[None],
        set_by: int,
    ) -> Iterator[object]:
        """Read a report, and find the people whose verdict has to wait, one by one."""
        if unread is not None:
            yield from unread.reading()
        if not self._channel_info.is_asked:
            return
        # What is still unread says itself how many there were at its instant, whoever came since.
        in_channels = self._occupancy.people(report.guild_id) if unread is None else unread.heads
        for user_id in self._questions.one_by_one(report, in_channels):
            if user_id is not None:
                people.add(user_id)
            yield user_id
        if self._tracker.looks.has_next(report.guild_id) or not self._channel_info.is_asked:
            people.clear()  # the next look must find everything said; or there is no answer now
        elif people:
            name = f"latido-calls-{report.guild_id}"
            task = asyncio.create_task(self._ask(report, in_channels), name=name)
            self.held[report.guild_id] = Held(report, people, task, given, set_by)
            self._owed.add(given)

    async def _ask(self, report: GuildReport, people: Counter[int]) -> None:
        calls: dict[int, Instant] | None = None
        try:
            calls = await self._channel_info.calls_of(report.guild_id)
        except Exception:  # noqa: BLE001 - whoever waits has their verdict all the same
            _log.exception("The calls of guild %s could not be asked for", report.guild_id)
        self._tracker.catch_up()  # an event about them would have come first
        held = self.held.pop(report.guild_id, None)
        if held is not None:
            self._give_rest(held, with_calls(report, calls or {}, people))

    def _validate(
        self, report: LiveReport, set_by: int | None = None
    ) -> asyncio.Future[Counter[Kind]]:
        looking = self._tracker.looks.begin(report, set_by)
        if looking.done():
            self._looked(report, looking)
        else:
            looking.add_done_callback(lambda done: self._looked(report, done))
        return looking

    def _looked(self, report: LiveReport, done: asyncio.Future[Counter[Kind]]) -> None:
        if done.cancelled():
            return
        error = done.exception()
        if error is None:
            self._applied(report, done.result())
        else:
            say_odd("GUILD_CREATE", error)


def _done_with(given: asyncio.Future[None]) -> None:
    if not given.done():
        given.set_result(None)
