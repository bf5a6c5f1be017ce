"""Latido as the gateway's listener: one process after the other, and what outlives them."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from integrations.evidence.last_ends import ended_since
from integrations.gateway.admission import Admission
from integrations.simulation.durable import Durable
from integrations.simulation.latido_bot import LatidoBot, Surroundings
from integrations.simulation.latido_looks import LatidoLooks
from integrations.simulation.payloads import Payloads
from integrations.simulation.process import Process
from machines import LogLine

if TYPE_CHECKING:
    from engine import Settings
    from integrations.simulation.agenda import Agenda
    from integrations.simulation.gateway import Gateway
    from integrations.simulation.history import History
    from integrations.simulation.listener import CallNews, PresenceNews, Snapshot, VoiceNews
    from integrations.simulation.sources import Sources
    from machines import Effect

__all__ = ["LatidoDriver"]


class LatidoDriver:
    """Starts, stops and kills the bot, and keeps what it had made durable.

    Attributes:
        durable: snapshot, heartbeat and ledger.
        problems: error lines of the engine; there must be none.
    """

    def __init__(self, settings: Settings, history: History, agenda: Agenda) -> None:
        """Track the people of ``history``; :meth:`attach` says through what."""
        self.durable = Durable()
        self.problems: list[LogLine] = []
        self._settings = settings
        self._history = history
        self._agenda = agenda
        self._numbers = count(1)
        self._process: Process | None = None
        self._bot: LatidoBot | None = None
        self._looks: LatidoLooks | None = None

    def attach(self, gateway: Gateway, sources: Sources) -> None:
        """Use this connection and these sources."""
        self._gateway = gateway
        self._sources = sources
        self._around = Surroundings(
            self._settings,
            self._history,
            gateway,
            Admission(self._settings),
            Payloads(self._history),
            self._take,
        )

    def boots(self, now: int) -> None:
        """Take up what the last process left."""
        process = self._process = Process(self._agenda, self._gateway)
        bot = self._bot = LatidoBot(self._around, process, self._new_id, self._looks_of)
        state = self.durable.load()
        bot.restore(state)
        since = ended_since(self._settings, now, state)
        bot.engine.remember_ended(self.durable.ended(since))

    def stops(self, now: int) -> None:
        """Write everything down, and end."""
        if self._bot is not None:
            self._bot.watched()
            self.durable.replace(self._bot.live_state())
        self.is_killed(now)

    def is_killed(self, now: int) -> None:  # noqa: ARG002 - a listener is told the time
        """Lose whatever was only in memory."""
        if self._process is not None:
            self._process.ends()
        self._process = self._bot = self._looks = None

    def begins(self, now: int) -> None:  # noqa: ARG002 - as above
        """READY."""
        if self._bot is not None:
            self._bot.begins()

    def is_cut(self, now: int) -> None:  # noqa: ARG002 - as above
        """The connection is gone."""
        if self._bot is not None:
            self._bot.is_cut()

    def resumes(self, now: int) -> None:  # noqa: ARG002 - as above
        """RESUMED."""
        if self._bot is not None:
            self._bot.resumes()

    def wakes(self, now: int, asleep_since: int) -> None:  # noqa: ARG002 - as above
        """The machine was suspended."""
        if self._bot is not None:
            self._bot.wakes(asleep_since)

    def hears_guild(self, snapshot: Snapshot, now: int) -> None:  # noqa: ARG002 - as above
        """GUILD_CREATE."""
        if self._bot is not None:
            self._bot.hears_guild(snapshot)

    def hears_outage(self, guild_id: int, now: int) -> None:  # noqa: ARG002 - as above
        """GUILD_DELETE, unavailable."""
        if self._bot is not None:
            self._bot.hears_outage(guild_id)

    def hears_voice(self, news: VoiceNews, now: int) -> None:  # noqa: ARG002 - as above
        """VOICE_STATE_UPDATE."""
        if self._bot is not None:
            self._bot.hears_voice(news)

    def hears_call(self, news: CallNews, now: int) -> None:  # noqa: ARG002 - as above
        """VOICE_CHANNEL_START_TIME_UPDATE."""
        if self._looks is not None:
            self._looks.call_changed(news)

    def hears_presence(self, news: PresenceNews, now: int) -> None:  # noqa: ARG002 - as above
        """PRESENCE_UPDATE."""
        if self._bot is not None:
            self._bot.hears_presence(news)

    def _looks_of(self, bot: LatidoBot) -> LatidoLooks:
        if self._process is None:
            raise RuntimeError("A bot looks only while its process runs.")
        self._looks = LatidoLooks(self._around, self._process, self._sources, self.durable, bot)
        return self._looks

    def _take(self, effects: list[Effect]) -> None:
        self.durable.take(effects)
        self.problems += [
            effect for effect in effects if isinstance(effect, LogLine) and effect.level == "error"
        ]

    def _new_id(self) -> str:
        return f"session-{next(self._numbers):06d}"
