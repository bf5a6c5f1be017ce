"""The desk: what every command can ask for, whoever holds it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple, Protocol
from zoneinfo import ZoneInfo

from integrations.statistics.period import window_of
from integrations.statistics.records import gather, so_far, without
from integrations.turns import in_turns
from machines import from_datetime
from persistence import HistoryFilter

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from discord.ext import commands

    from engine import SessionEngine, Settings
    from integrations.evidence.check_figures import CheckFigures
    from integrations.statistics.period import Period, Window
    from integrations.words.wording import Language
    from machines import Instant, Kind, Record
    from persistence import Ledger

__all__ = ["Desk", "Question", "Tracking"]


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

    @property
    def hears_everybody(self) -> bool:
        """Whether games of members whom discord.py has not cached are heard of."""
        ...

    @property
    def check_figures(self) -> CheckFigures:
        """How the health checks go."""
        ...


class Question(NamedTuple):
    """What is asked about: a period of a guild, as of one instant.

    Attributes:
        live: the records so far of the sessions going on in the guild, as those may see them to
            whom some people are hidden.
        hidden: who is to appear nowhere.
    """

    guild_id: int
    period: Period
    window: Window
    now: Instant
    zone: ZoneInfo
    language: Language
    live: Sequence[Record]
    hidden: Collection[int]
    ledger: Ledger

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
        """Return the records so far of the live sessions of a guild, without who is hidden."""
        now, hidden = self.now(), self.hidden()
        records: list[Record] = []
        async for session in in_turns(self.tracking.engine.sessions(guild_id)):
            if session.is_live:
                records += without(so_far(session, now), hidden)
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
        )
