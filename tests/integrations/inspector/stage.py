"""A stage for the inspector: an engine told an evening, with nothing of Discord.

Times are seconds after START; the clock of the stage stands still until it is told to move.
"""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING

import msgspec

from engine import (
    ActivitySeen,
    Channel,
    GuildReport,
    PresenceObserved,
    SessionEngine,
    Settings,
    VoiceObserved,
    WatchLost,
    WatchPaused,
)
from integrations.evidence.check_figures import CheckFigures
from integrations.inspector.subject import Connection, Subject
from machines import Instant, RecordEnded, Source, from_datetime, seconds, to_datetime
from persistence import DataDir

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from engine import LiveReport, Observation
    from integrations.inspector import Inspector
    from integrations.inspector.watcher import Watcher
    from machines import AnySession, Effect, Record

START = from_datetime(datetime(2025, 12, 29, 20, 0, tzinfo=UTC))
PLAZA, PATIO = 900, 901
PINO, AGU, ZETA = 1, 2, 3
NAMES = {PINO: "Pino", AGU: "agu", ZETA: "Zeta"}
GENERAL, SALA = Channel(500, "General"), Channel(501, "Sala")
GUILDS = {PLAZA: "Plaza", PATIO: "Patio"}


class Stage:
    """Tells an engine what happens, and a watcher what came of it.

    Attributes:
        engine: the engine.
        at: the present.
        figures: those of the health check.
        subject: what an inspector looks at.
        records: the sessions that are over.
    """

    def __init__(self, folder: Path, settings: Settings | None = None) -> None:
        self._ids = count(1)
        self.engine = SessionEngine(settings or Settings(), new_id=lambda: f"s{next(self._ids)}")
        self.at: Instant = START
        self.figures = CheckFigures()
        self.records: list[Record] = []
        self.watcher: Watcher | None = None
        self.names = dict(NAMES)
        self.connection: Connection = "connected"
        self.subject = Subject(
            engine=self.engine,
            now=lambda: self.at,
            data_dir=folder,
            guild_name=GUILDS.get,
            connection=lambda: self.connection,
            checks=self.figures,
        )

    def shown_by(self, inspector: Inspector) -> None:
        """Let an inspector show it."""
        inspector.show(self.subject)
        self.watcher = inspector.watcher

    # Time and events

    def until(self, second: float) -> None:
        """Let time pass; whatever comes due is fired when it is due."""
        wanted = START + seconds(second)
        while (due := self.engine.next_deadline) is not None and from_datetime(due) <= wanted:
            self.at = max(self.at, from_datetime(due))
            self._took(self.engine.advance(to_datetime(self.at)))
        self.at = max(self.at, wanted)

    def joins(self, user: int, channel: Channel = GENERAL, guild: int = PLAZA) -> None:
        self.tell(self._voice(user, channel, guild, joined=True))

    def moves(self, user: int, channel: Channel, guild: int = PLAZA) -> None:
        self.tell(self._voice(user, channel, guild, joined=False))

    def leaves(self, user: int, guild: int = PLAZA) -> None:
        self.tell(self._voice(user, None, guild, joined=False))

    def plays(self, user: int, *games: str, guild: int = PLAZA) -> None:
        self.tell(self._presence(user, games, guild))

    def streams(self, user: int, game: str, guild: int = PLAZA) -> None:
        """Play a game and stream it, as somebody who goes live does."""
        activities = (ActivitySeen(game), ActivitySeen(game, activity_type="streaming"))
        self.tell(msgspec.structs.replace(self._presence(user, (), guild), activities=activities))

    def unwatched(self, since: float, guild: int = PLAZA) -> None:
        self.tell(WatchLost(guild_ids=(guild,), since=START + seconds(since)))

    def cut(self, since: float, guild: int = PLAZA) -> None:
        """The connection is cut: nobody knows yet whether anything is missed."""
        self.connection = "cut"
        self.tell(WatchPaused(guild_ids=(guild,), since=START + seconds(since)))

    def tell(self, observation: Observation) -> None:
        self._took(self.engine.observe(observation, to_datetime(self.at)))

    def look(
        self,
        voice: dict[int, Channel] | None = None,
        games: dict[int, tuple[str, ...]] | None = None,
        guild: int = PLAZA,
        source: Source = "guild_create",
    ) -> None:
        """Look at a guild: exactly these people are in voice, and play these games."""
        report = GuildReport(
            guild_id=guild,
            source=source,
            at=self.at,
            voice={u: self._voice(u, c, guild, joined=False) for u, c in (voice or {}).items()},
            games={u: self._presence(u, names, guild) for u, names in (games or {}).items()},
            complete_voice=True,
            complete_games=True,
        )
        self.show(report)

    def show(self, report: LiveReport) -> None:
        self._took(self.engine.validate(report, to_datetime(self.at)))

    def checked(self, *, repaired: int = 0, unknown: int = 0, took: float = 0.02) -> None:
        """A health check has come to its end."""
        figures = self.figures
        figures.checks += 1
        figures.tracked = self.engine.counts()
        figures.drift.clear()
        figures.drift["voice"] = repaired
        figures.unknown, figures.duration = unknown, took
        figures.last_success_at = self.at
        if self.watcher is not None:
            self.watcher.saw_check(figures)

    # What came of it

    def session_of(self, user: int) -> AnySession:
        """Return the one session of a person."""
        [session] = [s for s in self.engine.sessions() if getattr(s, "user_id", None) == user]
        return session

    async def write_down(self) -> None:
        """Put what is over into the ledger."""
        with DataDir.open(self.subject.data_dir) as folder:
            await folder.ledger.append(self.records)

    def _took(self, effects: list[Effect]) -> None:
        self.records += [e.record for e in effects if isinstance(e, RecordEnded)]
        if self.watcher is not None:
            self.watcher.saw_effects(effects)

    def _name(self, user: int) -> str:
        return self.names.get(user, f"Person {user}")

    def _voice(
        self, user: int, channel: Channel | None, guild: int, *, joined: bool
    ) -> VoiceObserved:
        return VoiceObserved(
            guild_id=guild,
            user_id=user,
            username=self._name(user),
            channel=channel,
            joined=joined,
        )

    def _presence(self, user: int, games: Iterable[str], guild: int) -> PresenceObserved:
        return PresenceObserved(
            guild_id=guild,
            user_id=user,
            username=self._name(user),
            activities=tuple(map(ActivitySeen, games)),
        )
