"""The desk: what every command can ask for, whoever holds it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Concatenate, NamedTuple, ParamSpec, Protocol, TypeVar
from zoneinfo import ZoneInfo

from integrations.commands.one_thread import in_one_thread
from integrations.statistics.period import window_of
from integrations.statistics.records import (
    add_waiting,
    gather,
    let_go_of_records,
    taken_down,
    without,
)
from integrations.turns import in_turns
from machines import from_datetime
from persistence import HistoryFilter

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from discord.ext import commands

    from engine import SessionEngine, Settings
    from integrations.evidence.check_figures import CheckFigures
    from integrations.statistics.period import Period, Window
    from integrations.words.wording import Language
    from machines import Instant, Kind, Record
    from persistence import Ledger

__all__ = ["Desk", "Question", "Tracking"]

_Args = ParamSpec("_Args")
_Found = TypeVar("_Found")


class Tracking(Protocol):
    """What holds the sessions: the cog."""

    @property
    def bot(self) -> commands.Bot | commands.AutoShardedBot:
        """The bot it tracks for."""
        ...

    @property
    def settings(self) -> Settings:
        """What it goes by."""
        ...

    @property
    def engine(self) -> SessionEngine:
        """The sessions as they are now."""
        ...

    @property
    def ledger(self) -> Ledger:
        """The sessions that are over."""
        ...

    def records_waiting(self) -> Iterator[Record]:
        """Return the records of sessions that are over, until they are in the ledger."""
        ...

    @property
    def hears_everybody(self) -> bool:
        """Whether games of members whom discord.py has not cached are heard of."""
        ...

    @property
    def check_figures(self) -> CheckFigures:
        """How the health checks go."""
        ...


class Question(NamedTuple):
    """What is asked about: a period of a guild, as of one instant. It is answered once.

    Attributes:
        live: the records so far of the sessions going on in the guild, and those of sessions that
            are over and not in the ledger yet, as those may see them to whom some people are
            hidden. None are left once the answer is worked out.
        hidden: who is to appear nowhere.
        log_language: of lines in the log about it.
    """

    guild_id: int
    period: Period
    window: Window
    now: Instant
    zone: ZoneInfo
    language: Language
    live: list[Record]
    hidden: Collection[int]
    ledger: Ledger
    log_language: Language = "es"

    async def worked_out(
        self,
        work: Callable[Concatenate[Question, _Args], _Found],
        *args: _Args.args,
        **options: _Args.kwargs,
    ) -> _Found:
        """Return what ``work`` makes of this question in a thread; then let go of what goes on.

        There may be a hundred thousand records: to free them at once would hold the loop.
        """
        try:
            return await in_one_thread(work, self, *args, **options)
        finally:
            await let_go_of_records(self.live)

    def last_ended(self, user_id: int, kind: Kind | None) -> Record | None:
        """Return the session of a person that ended last. Reads the ledger: only in a thread.

        Where no kind is given it is one of voice or a game: a party is not theirs alone.
        """
        found: list[Record] = []
        for one in ("voice", "game") if kind is None else (kind,):
            wanted = HistoryFilter(
                user_id=user_id, guild_id=self.guild_id, kind=one, newest_first=True, limit=1
            )
            found += self.ledger.history(wanted)
        last = max(found, key=lambda record: record.ended_at, default=None)
        return None if last is None else next(without(last, self.hidden), None)

    def records(self, kind: Kind | None = None, user_id: int | None = None) -> Iterator[Record]:
        """Yield what touches the period. Reads the ledger: only in a thread."""
        return gather(
            self.ledger,
            self.live,
            self.window,
            guild_id=self.guild_id,
            kind=kind,
            user_id=user_id,
            hidden=self.hidden,
        )


class Desk:
    """Answers with what the cog holds; reads the ledger off the event loop."""

    def __init__(
        self, tracking: Tracking, hidden: Callable[[], Collection[int]] = frozenset
    ) -> None:
        """Answer from ``tracking``; whom ``hidden`` returns is to appear nowhere."""
        self._hidden = hidden
        self.tracking = tracking
        self.settings = tracking.settings
        self.zone = ZoneInfo(tracking.settings.timezone)

    def now(self) -> Instant:
        """Return the present."""
        return from_datetime(datetime.now(UTC))

    def hidden(self) -> frozenset[int]:
        """Return who asked to appear nowhere."""
        return frozenset(self._hidden())

    async def live(self, guild_id: int) -> list[Record]:
        """Return what the ledger has not yet of a guild, without who is hidden."""
        now, hidden = self.now(), self.hidden()
        records: list[Record] = []
        try:
            async for session in in_turns(self.tracking.engine.sessions(guild_id)):
                if session.is_live:
                    records += await taken_down(session, now, hidden)
            over = self.tracking.records_waiting()
            await add_waiting(records, over, lambda one: one.guild_id == guild_id, hidden)
        except asyncio.CancelledError:
            await let_go_of_records(records)
            raise
        return records

    async def question(self, guild_id: int, period: Period, language: Language) -> Question:
        """Take down what is asked, as things are now."""
        now = self.now()
        return Question(
            guild_id,
            period,
            window_of(period, now, self.zone),
            now,
            self.zone,
            language,
            await self.live(guild_id),
            self.hidden(),
            self.tracking.ledger,
            self.settings.log_language,
        )
