"""The cog: what a discord.py bot embeds to have its sessions tracked.

Here its parts are put together, taken up and let go. What it hears comes in through
``integrations/listeners.py``; what the engine asks for leaves through ``integrations/outside.py``.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections import Counter
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from engine import SessionEngine, Settings
from integrations.commands import OwnData, SessionCommands
from integrations.evidence.audit_figures import AuditFigures
from integrations.evidence.health_check import HealthCheck
from integrations.evidence.last_ends import ended_since, take_up_ends
from integrations.evidence.live_guild import LiveGuilds
from integrations.evidence.look_ups import LookUps
from integrations.evidence.sources import EvidenceSources
from integrations.gateway.admission import Admission
from integrations.gateway.connection import Connections
from integrations.gateway.hears import Hears
from integrations.gateway.intake import Intake
from integrations.gateway.placing import Placing
from integrations.gateway.public_events import PublicEvents, has_raw_presences
from integrations.gateway.surroundings import Surroundings
from integrations.gateway.translation import Translation
from integrations.keeping.outage import unsaved_of
from integrations.keeping.privacy import Privacy
from integrations.keeping.retention import Retention
from integrations.keeping.storekeeper import Storekeeper
from integrations.launch import data_dir_of
from integrations.listeners import Listeners
from integrations.missing_intents import NEEDED, done_without, missing_intents
from integrations.notices import Notices
from integrations.outside import Outside
from integrations.restoring import held_to_present, restore_in_turns
from integrations.tracker import Tracker
from integrations.turns import in_turns
from persistence import DataDir, PersistenceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from discord.ext import commands

    from integrations.evidence.check_figures import CheckFigures
    from integrations.keeping.store_figures import StoreFigures
    from integrations.observer import CogObserver
    from machines import AnySession, Effect, GuildWatch, Instant, Kind, LiveView, Record
    from persistence import SqliteLedger

__all__ = ["SessionCog"]

_log = logging.getLogger("latido")
_faults = logging.getLogger("latido.integrations")


class SessionCog(Listeners, name="Latido"):
    """Tracks voice, games and parties in every guild of a bot.

    The bot's own listeners hear ``on_session_confirmed(session)``,
    ``on_session_recovered(session)``, ``on_session_ended(session, record)`` and
    ``on_session_orphaned(session, record)``, each once what it tells is durable.

    Attributes:
        settings: what it goes by.
        ledger: the sessions that are over, once the cog is loaded.
        privacy: opts people out and forgets them, once the cog is loaded.
        observers: whoever watches what it does; put another there.
        sources: the evidence beside its own events: audits, channel info, contradictions.
        unsaved: why the last things could not be written when the cog was unloaded; None where
            all was.
    """

    ledger: SqliteLedger
    privacy: Privacy
    observers: list[CogObserver]
    unsaved: PersistenceError | None

    def __init__(
        self,
        bot: commands.Bot | commands.AutoShardedBot,
        settings: Settings | None = None,
        *,
        data_dir: str | os.PathLike[str] | None = None,
        slash_commands: bool = True,
        sync_commands: bool = False,
    ) -> None:
        """Track for ``bot``; nothing is read or written before the cog is added to it.

        Args:
            bot: any bot of discord.py 2.7, with the guilds and voice states intents.
            settings: what to go by; the defaults where it is None.
            data_dir: the folder of snapshot and ledger; DATA_DIR, else ``data``, where it is
                None.
            slash_commands: whether to add the slash commands to ``bot.tree`` as well.
            sync_commands: whether to send them to Discord too, as ``bot.tree.sync()`` does,
                which a bot with commands of its own does itself.
        """
        self.bot = bot
        self.settings = Settings() if settings is None else settings
        self._hears = Hears.by(bot.intents, self.settings)
        engine = SessionEngine(self.settings, unheard=self._hears.unheard)
        self._registry = engine.registry
        self._path = data_dir_of(os.environ, data_dir)
        self._tracker = Tracker(engine, self._carry_out)
        self._opted_out: set[int] = set()
        self._admission = Admission(self.settings, self._opted_out)
        self._translation = Translation(self._admission)
        look_ups = LookUps(
            bot,
            self._translation,
            self._tracker.now,
            self.settings.health_check_every,
            self._tracker.monotonic,
        )
        live_guilds = LiveGuilds(bot, self._translation, look_ups, self._tracker.now, self._hears)
        self._check = HealthCheck(
            bot, self._tracker, live_guilds, self.settings, self._bring_up_to_date
        )
        self._tracker.slept = self._check.soon
        self._tracker.has_waited = self._news_has_waited
        self._connections = Connections(bot, self._tracker, self.settings)
        self._tracker.clock_watch.stood_still = self._connections.stood_still
        self._tracker.clock_watch.has_read_all = self._connections.has_read_all
        self.sources = EvidenceSources(
            bot, self._tracker, self._connections, live_guilds, self._admission, self.settings
        )
        self._check.audit = self.sources.audit
        self._notices = Notices(bot, self.settings)
        self._outside = Outside(bot, self.settings, self._notices)
        self.observers = self._outside.observers
        self._check.checked = self._outside.tell_of_check
        self._placing = Placing(self._tracker)
        self._intake = Intake(
            Surroundings(
                bot,
                self.settings,
                self._tracker,
                self._admission,
                self._translation,
                self._connections,
                self._placing,
                self.sources,
            )
        )
        self._tracker.news = self._intake.news
        self._commands = (
            SessionCommands(self, OwnData(self), sync=sync_commands) if slash_commands else None
        )
        self.unsaved = None
        self._is_closing = False
        self._unlooked: dict[int, bool] = {}
        self._is_restored = False
        self._had_sessions = False
        self._is_tapped = False
        self._end_hearing: Callable[[], None] | None = None
        self._storekeeper: Storekeeper | None = None
        self._data_dir: DataDir | None = None
        self._retention: Retention | None = None

    # Coming and going

    async def cog_load(self) -> None:
        """Take up what the last run left, before the first event is heard.

        Raises:
            PersistenceError: the data folder cannot be used, or a newer version wrote it.
        """
        try:
            await self._take_up()
        except BaseException:
            await self.cog_unload()  # discord.py does not where loading fails
            raise

    async def _take_up(self) -> None:
        self._data_dir = await asyncio.to_thread(
            DataDir.open, self._path, timezone=self.settings.timezone
        )
        since = partial(ended_since, self.settings, self._tracker.heard_at())
        restored = await asyncio.to_thread(
            self._data_dir.restore, without_ledger=True, ends_since=since
        )
        self.ledger = self._data_dir.ledger
        self._storekeeper = self._outside.storekeeper = Storekeeper(
            self._data_dir.live,
            self.ledger,
            self._outside.tell_bot,
            self._outside.write_line,
            self._watch_now,
            self.settings.log_language,
            beside=self._data_dir.waiting,
            left=restored.waiting,
        )
        self._tracker.clears_away = self._data_dir.live.let_go
        self.privacy = Privacy(
            self._tracker,
            self._storekeeper,
            self._data_dir,
            self._opted_out,
            self._live_view,
            self._placing,
        )
        self._retention = Retention(self._data_dir.ledger, self.settings, self._tracker.now)
        self._retention.start()
        for warning in self._data_dir.warnings:
            self._say(logging.WARNING, warning.key, **warning.values)
        was_ahead = await held_to_present(restored.state, self._tracker.heard_at())
        await self._placing.take(restored)
        await restore_in_turns(self._tracker, restored.state)
        if was_ahead:
            self._bring_up_to_date()
        if not (self._registry.count or self._placing.is_waiting):
            self._say(logging.INFO, "restored.none")
        await self.privacy.take_up()
        self._is_restored = True
        self._begin_hearing()
        await take_up_ends(self.engine, restored, self._tracker.heard_at())
        await self.sources.load(self._data_dir.path)
        self._say_what_is_missing()
        with self._hearing_cuts():
            await self._find_who_is_there()

    async def _find_who_is_there(self) -> None:
        self._connections.find()
        if self._commands is not None:
            await self.bot.add_cog(self._commands)
        async for guild in in_turns(self.bot.guilds):
            await self._look_at_cache(guild)
        if self.bot.is_ready():  # that will not be said again
            await self._was_ready()

    async def cog_unload(self) -> None:
        """Write everything down and let go of the data folder.

        What could not be written is said in the log and in :attr:`unsaved`: discord.py
        swallows whatever this raises (``Cog._eject``).
        """
        self._is_closing = True
        try:
            await self._come_to_an_end()
        except Exception as error:  # noqa: BLE001 - what is known is written, whatever this met
            _faults.error("Not all came to its end; what is known is written", exc_info=error)
        finally:
            await self._put_away()

    async def _come_to_an_end(self) -> None:
        """Hear and ask nothing more, once all that has come until now is heard."""
        commands = self._commands
        if commands is not None and self.bot.get_cog(commands.qualified_name) is commands:
            await self.bot.remove_cog(commands.qualified_name)
        await self._connections.watched(is_last=True)  # all that comes until then is heard
        self._hear_no_more()
        if self._retention is not None:
            await self._retention.stop()
        if self._data_dir is not None and self._storekeeper is not None:
            await self.privacy.stop()
        await self.sources.close()
        await self._placing.close()
        await self._tracker.finish()
        await self._tracker.confirm_late()
        await self._notices.close()

    async def _put_away(self) -> None:
        """Write everything down, and let go of the data folder."""
        self._hear_no_more()
        self._tracker.stop()
        data_dir, self._data_dir = self._data_dir, None
        if data_dir is None or self._storekeeper is None:
            return
        try:
            if self._is_restored:  # else the files know of sessions that the engine does not
                self._storekeeper.replace(self._live_view)
            await self._storekeeper.close()
            async for _piece in in_turns(self.engine.let_go()):
                pass
        except PersistenceError as error:
            self.unsaved = error
            self._say(logging.ERROR, unsaved_of(error), error=error.sentence)
        finally:
            await asyncio.to_thread(data_dir.close)

    def _hear_no_more(self) -> None:
        if self._end_hearing is not None:
            self._end_hearing()
            self._end_hearing = None
        self._check.stop()
        self._connections.close()

    # What can be asked

    @property
    def engine(self) -> SessionEngine:
        """The sessions as they are now, with all that was heard until now taken in.

        To be asked for on the event loop, as everything here.
        """
        return self._tracker.engine

    @property
    def check_figures(self) -> CheckFigures:
        """How the health checks go: last success, duration, lag, errors, unknown, drift."""
        return self._check.figures

    @property
    def store_figures(self) -> StoreFigures | None:
        """How writing things down goes; None before the cog is loaded."""
        return None if self._storekeeper is None else self._storekeeper.figures

    @property
    def data_dir(self) -> Path:
        """The folder of snapshot and ledger."""
        return self._path

    @property
    def is_watching(self) -> bool:
        """Whether every connection to Discord stands."""
        return self._connections.are_up

    @property
    def hears_everybody(self) -> bool:
        """Whether games of members whom discord.py has not cached are heard of."""
        return self._is_tapped or has_raw_presences(self.bot)

    @property
    def dropped(self) -> Counter[str]:
        """What was asked of the outside and will not be done, counted by kind."""
        return Counter(notices=self._notices.dropped)

    @property
    def audit_figures(self) -> AuditFigures | None:
        """How audits have gone, and how many more today's IDENTIFYs allow; None without any."""
        auditor = self.sources.auditor
        if not auditor.plan.is_on:
            return None
        left = self.settings.audit_identifies_per_day - len(auditor.plan.spent)
        counted = auditor.counters
        return AuditFigures(done=counted["done"], failed=counted["failed"], left=max(0, left))

    def now(self) -> Instant:
        """Return the present, as the sessions are told it."""
        return self._tracker.now()

    def live_sessions(self) -> Iterator[AnySession]:
        """Return all sessions that go on: pending ones as well, and those of a guild unknown yet.

        One whose guild is found meanwhile may come twice.
        """
        return chain(self.engine.sessions(), self._placing.waiting)

    def records_waiting(self) -> Iterator[Record]:
        """Return the records of sessions that are over, until they are in the ledger."""
        self._tracker.catch_up()
        return iter(()) if self._storekeeper is None else self._storekeeper.records_waiting()

    async def check_now(self) -> Counter[Kind]:
        """Check every guild that has sessions, now; return what was repaired, by kind."""
        return await self._check.check()

    # How events come in

    def _begin_hearing(self) -> None:
        self._end_hearing = self._intake.listen()
        self._is_tapped = self._end_hearing is not None
        if self._end_hearing is None:
            public = PublicEvents(
                self.bot,
                intake=self._intake,
                translation=self._translation,
                connections=self._connections,
                look_at_cache=self._look_at_cache,
                presences=self._hears.presences,
            )
            self._end_hearing = public.listen()

    # What follows a step

    def _carry_out(self, effects: list[Effect]) -> None:
        if effects:
            self._outside.take(effects)
        if (self._registry.count > 0) != self._had_sessions or self._check.has_failed:
            self._keep_in_step()

    def _keep_in_step(self) -> None:
        if not self._is_closing:
            self._had_sessions = self._registry.count > 0
            self._check.keep_in_step()
            self._connections.keep_in_step()
            self.sources.keep_in_step()

    def _news_has_waited(self) -> None:
        if self._storekeeper is not None:
            self._storekeeper.hasten()

    def _watch_now(self, guild_id: int) -> GuildWatch | None:
        until = self._connections.watched_until(guild_id)
        return None if until is None else self.engine.keep_watch(guild_id, until)

    def _bring_up_to_date(self) -> None:
        if self._storekeeper is not None:
            self._storekeeper.replace(self._live_view)
            self._say(logging.DEBUG, "persisted", count=self.engine.counts().total())

    def _live_view(self) -> LiveView:
        view = self._tracker.live_view()
        return view._replace(sessions=chain(view.sessions, self._placing.waiting))

    def _say_what_is_missing(self) -> None:
        intents, settings = self.bot.intents, self.settings
        for key in missing_intents(intents, settings, hears_everybody=self.hears_everybody):
            self._say(logging.ERROR if key in NEEDED else logging.WARNING, key)
        for key in done_without(intents, settings):
            self._say(logging.INFO, key)
        if not self._is_tapped:
            what, lost = "ConnectionState.parsers", "GUILD_CREATE"
            self._say(logging.WARNING, "internals.changed", what=what, lost=lost)
