"""The evidence sources beside the bot's own events: audits, channel info, contradictions.

They share what is known of the guilds' voice channels and of the gateway; here they are put
together, and told what the bot hears.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from integrations.evidence.audit import Auditor
from integrations.evidence.channel_info import ChannelInfo
from integrations.evidence.contradictions import Contradictions
from integrations.evidence.occupancy import Occupancy
from integrations.evidence.verdicts import Verdicts
from integrations.turns import in_turns, let_go
from machines import SECOND
from persistence import PersistenceError
from persistence.gateway_notes import GatewayNotes, read_gateway_notes, write_gateway_notes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    import discord

    from engine import GuildReport, LiveReport, Settings
    from integrations.evidence.channel_info import CallUpdate
    from integrations.evidence.live_guild import LiveGuilds
    from integrations.evidence.occupancy import VoiceStates
    from integrations.gateway.admission import Admission
    from integrations.gateway.arrivals import Arrival
    from integrations.gateway.connection import Connections
    from integrations.tracker import Tracker
    from machines import Instant, Kind

__all__ = ["ASKED_EVERY", "EvidenceSources"]

ASKED_EVERY = 5 * SECOND
"""How often it is asked at most, event after event, whether an audit is due."""

_log = logging.getLogger("latido.integrations")


class EvidenceSources:
    """Owns the sources, their memory, and the one timer that periodic audits may need.

    With no session there is no timer: an audit that has become due waits for the next event.

    Attributes:
        auditor: the second gateway session.
        channel_info: the starts of calls.
        contradictions: the signs of lost events.
        occupancy: who is in which voice channel.
        held: the reports of which an event about somebody may have to let one go first.
        repaired: what audits have repaired so far, by kind.
        asked_at: when it was last asked whether an audit is due. Within :data:`ASKED_EVERY` of
            that, whoever hears something need not say so.
    """

    def __init__(
        self,
        bot: discord.Client,
        tracker: Tracker,
        connections: Connections,
        live_guilds: LiveGuilds,
        admission: Admission,
        settings: Settings,
    ) -> None:
        """Build them for ``bot``; nothing is asked before :meth:`load`."""
        self._bot = bot
        self._tracker = tracker
        self._every = settings.audit_every
        self._needs_timer = 0 < settings.audit_every < settings.health_check_every
        self._uses_channel_info = settings.channel_info
        self.occupancy = Occupancy()
        self.channel_info = ChannelInfo(
            bot, settings.log_language, self.call_changed, self._save_notes
        )
        self._verdicts = Verdicts(tracker, self.channel_info, self.occupancy, self._applied)
        self.auditor = Auditor(
            bot, tracker, connections, admission, settings, self._audited, self._save_notes
        )
        self.contradictions = Contradictions(
            tracker, self.occupancy, self.auditor, live_guilds, settings
        )
        self.held = self._verdicts.held
        live_guilds.looked = self._looked
        self.repaired: Counter[Kind] = Counter()
        self._told: Counter[Kind] = Counter()
        self._folder: Path | None = None
        self._tasks: set[asyncio.Task[object]] = set()
        self._auditing: asyncio.Task[object] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.asked_at: Instant = 0
        self._undo: Callable[[], None] | None = None

    async def load(self, folder: Path) -> None:
        """Take up what was noted in a DATA_DIR, and begin to hear."""
        self._folder = folder
        notes = await asyncio.to_thread(read_gateway_notes, folder)
        self.auditor.plan.remember(notes.audits_at)
        self.channel_info.is_refused = notes.refuses_channel_info
        if self._uses_channel_info:
            self.channel_info.attach()
        self._undo = self.auditor.turns.share_with(self._bot)

    async def close(self) -> None:
        """Ask and hear no more; what was held back is applied without its answer."""
        self._stop_timer()
        self.contradictions.close()
        if self._auditing is not None:
            self._auditing.cancel()
        self.channel_info.detach()
        self._verdicts.close()
        if self._undo is not None:
            self._undo()
            self._undo = None
        while self._tasks:  # some begin others
            await asyncio.gather(*self._tasks, return_exceptions=True)

    # What the bot hears

    def guild_seen(self, arrival: Arrival) -> None:
        """The bot's own connection brought everything about a guild."""
        report = arrival.report
        gone = self.occupancy.begin(report.guild_id, arrival.states, report.at)
        looking, given = self._verdicts.give(report, arrival)
        if not looking.done():
            after = partial(self._after_look, looking, given, report, gone, arrival)
            self._in_background(after, "latido-arrival")
        elif not arrival.states.is_whole:
            self.occupancy.take_back(report.guild_id, arrival.states, gone)

    def person_heard(self, guild_id: int, user_id: int, *, games: bool = False) -> None:
        """An event about a person in voice, or about their games, is about to be applied."""
        self._verdicts.comes_event(guild_id, user_id, games=games)

    def something_heard(self, now: Instant) -> None:
        """Audit what is due, now that something has happened."""
        if abs(now - self.asked_at) >= ASKED_EVERY:  # what has waited was heard before
            self.asked_at = now
            self._begin_audit()

    def call_changed(self, update: CallUpdate) -> None:
        """A call began or is over: who has begun or ended it may be in news that waits."""
        guild = self._bot.get_guild(update.guild_id)
        if guild is not None and not guild.unavailable:
            self._tracker.news.behind(partial(self.contradictions.call_changed, update))

    def is_cut(self, shard_id: int | None) -> None:
        """A connection is gone."""
        self.channel_info.is_cut(shard_id)

    def channel_deleted(self, guild_id: int, channel_id: int) -> None:
        """A voice channel is about to be gone, and with it whoever was in it."""
        self._verdicts.befalls_channel(guild_id)
        self.occupancy.clear(guild_id, channel_id)

    def channel_uncounted(self, guild_id: int) -> None:
        """A voice channel is about to count no longer: whoever is in it was there before."""
        self._verdicts.befalls_channel(guild_id)

    def forget(self, guild_id: int) -> None:
        """The bot is no longer in the guild."""
        self._verdicts.forget(guild_id)
        self.contradictions.forget(guild_id)
        gone = self.occupancy.forget(guild_id)
        self._in_background(partial(let_go, gone.by_person), "latido-voice-states")

    # Periodic audits

    def keep_in_step(self) -> None:
        """Audit what is due, now that something has happened; keep a timer with sessions only."""
        if not self._tracker.engine.registry.count:
            self._stop_timer()
        elif self._needs_timer and self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._every, self._on_timer)
        self.something_heard(self._tracker.now())

    async def audit(self, within: float) -> Counter[Kind]:
        """Audit what is due; return what audits have repaired since this was last asked.

        An audit that takes longer than ``within`` seconds goes on by itself, and what it
        repairs is told the next time. As this is asked now and then, what emptied channels
        have left behind is let go of as well.
        """
        async for _person in in_turns(self.occupancy.letting_go()):
            pass
        auditing = self._begin_audit()
        if auditing is not None:
            await asyncio.wait({auditing}, timeout=within)
        repaired, self._told = self.repaired - self._told, Counter(self.repaired)
        return repaired

    def _begin_audit(self) -> asyncio.Task[object] | None:
        if self._auditing is not None and not self._auditing.done():
            return self._auditing
        if self._folder is None or not self.auditor.can_audit:
            return None
        self._auditing = self._in_background(self.auditor.periodic, "latido-audit")
        return self._auditing

    def _on_timer(self) -> None:
        self._timer = None
        self._begin_audit()
        self.keep_in_step()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def _audited(self, report: GuildReport, states: VoiceStates) -> None:
        """Apply what an audit saw of a guild."""
        self._tracker.catch_up()
        gone = self.occupancy.replace(report.guild_id, states, report.asked_at)
        looking, given = self._verdicts.give(report)
        await self._after_look(looking, given, report, gone)

    async def _after_look(
        self,
        looking: asyncio.Future[Counter[Kind]],
        given: asyncio.Future[None],
        report: GuildReport,
        gone: VoiceStates,
        arrival: Arrival | None = None,
    ) -> None:
        """Let go of what a look has needed, a turn at a time; a verdict may wait for the rest."""
        await asyncio.wait({looking})
        self._in_background(partial(_let_go_after, given, report), "latido-report")
        if arrival is not None:
            if not arrival.states.is_whole:
                gone = self.occupancy.take_back(report.guild_id, arrival.states, gone)
            await arrival.let_go()
        await let_go(gone.by_person)

    def _looked(self, reports: list[GuildReport]) -> None:
        """Whoever Discord says is out of voice is held in no channel either."""
        self._tracker.catch_up()
        for report in reports:
            for user_id in report.looked_voice - report.voice.keys():
                self.person_heard(report.guild_id, user_id)
                self.occupancy.leave(report.guild_id, user_id)

    def _applied(self, report: LiveReport, repaired: Counter[Kind]) -> None:
        if report.source == "audit":
            self.repaired.update(repaired)

    # Memory

    def _save_notes(self) -> None:
        if self._folder is None:
            return
        notes = GatewayNotes(
            refuses_channel_info=self.channel_info.is_refused,
            audits_at=list(self.auditor.plan.spent),
        )
        work = partial(asyncio.to_thread, write_gateway_notes, self._folder, notes)
        self._in_background(work, "latido-gateway-notes")

    def _in_background(
        self, work: Callable[[], Awaitable[object]], name: str
    ) -> asyncio.Task[object]:
        task: asyncio.Task[object] = asyncio.create_task(self._guarded(work), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _guarded(self, work: Callable[[], Awaitable[object]]) -> None:
        """Do it; whatever goes wrong is counted and logged, and harms nothing else."""
        try:
            await work()  # begun only here: a task that is cancelled before leaves nothing behind
        except PersistenceError as error:
            _log.warning("%s", error)
        except Exception:  # noqa: BLE001 - the bot and the next look go on
            self._tracker.engine.counters["source_errors"] += 1
            _log.exception("An evidence source failed; it will be tried again")


async def _let_go_after(given: asyncio.Future[None], report: GuildReport) -> None:
    """Let go of a report, a turn at a time, once the last verdict it is needed for is given."""
    await asyncio.wait({given})
    await let_go(report.voice, report.games)
