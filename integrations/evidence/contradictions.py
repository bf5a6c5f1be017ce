"""Contradictions: what comes in does not fit what is held, so an event was lost. Look now.

The strongest sign is the start of a call: VOICE_CHANNEL_START_TIME_UPDATE says that a channel
filled or emptied, and some ``event_delay`` later nobody is held in it, or somebody still is.
Weaker ones are a voice event that changes nothing, a leave of somebody who was not there, and
another connection of the same person with no leave in between, which may be another device.

A channel that filled needs an audit, for nobody knows whom to ask about; a channel that
emptied, and the weaker signs, only look-ups of people with sessions. Looks come at most every
30 seconds; what asks for one meanwhile waits.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from integrations.evidence.in_flight import settle
from integrations.evidence.look_ups import Budget

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine import Settings
    from integrations.evidence.audit import Auditor
    from integrations.evidence.channel_info import CallUpdate
    from integrations.evidence.live_guild import LiveGuilds
    from integrations.evidence.occupancy import Occupancy
    from integrations.gateway.guild_payload import VoiceUpdate
    from integrations.tracker import Tracker
    from machines import Instant

__all__ = ["Contradictions"]

BETWEEN_LOOKS = 30.0
"""Seconds from one look caused by a contradiction to the next, whatever the guild."""

_FEW = 10
"""People whom such a look asks about one by one."""

_log = logging.getLogger("latido.integrations")


class Contradictions:
    """Watches for signs of lost events, and looks at the guild they are about.

    With nothing amiss it has no timer but the one that an event has just started.

    Attributes:
        looks: how many looks there were.
    """

    def __init__(
        self,
        tracker: Tracker,
        occupancy: Occupancy,
        auditor: Auditor,
        live_guilds: LiveGuilds,
        settings: Settings,
    ) -> None:
        """Compare with ``occupancy``; look through ``auditor`` and ``live_guilds``."""
        self._tracker = tracker
        self._occupancy = occupancy
        self._auditor = auditor
        self._live_guilds = live_guilds
        self._event_delay = settings.event_delay
        self._latest: dict[tuple[int, int], CallUpdate] = {}
        self._timers: set[asyncio.TimerHandle] = set()
        self._wanted: dict[int, bool] = {}
        self._looking: asyncio.Task[None] | None = None
        self._looked_at: float | None = None
        self.looks = 0

    @property
    def is_comparing(self) -> bool:
        """Whether a call has changed that has not been compared with what is held yet."""
        return bool(self._latest)

    def call_changed(self, update: CallUpdate) -> None:
        """A call began or is over: see whether what is held agrees, once events have come."""
        self._latest[update.guild_id, update.id] = update
        self._later(self._event_delay, lambda: self._compare(update))

    def voice_changed(self, update: VoiceUpdate, now: Instant) -> None:
        """Take in a voice event, and look where it is a sign of a lost one."""
        if self._occupancy.change(update, now) and update.guild_id is not None:
            self.suspects(update.guild_id)

    def suspects(self, guild_id: int) -> None:
        """Look: a voice event was a sign that another one of this guild was lost."""
        self._look(guild_id, deep=False)

    def forget(self, guild_id: int) -> None:
        """The bot is no longer in the guild."""
        self._wanted.pop(guild_id, None)
        self._latest = {key: told for key, told in self._latest.items() if key[0] != guild_id}

    def close(self) -> None:
        """Look no more."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        self._wanted.clear()
        if self._looking is not None:
            self._looking.cancel()

    def _compare(self, update: CallUpdate) -> None:
        self._tracker.catch_up()
        key = update.guild_id, update.id
        if self._latest.get(key) is not update:
            return
        if self._tracker.looks.is_at(update.guild_id):
            # Who is in voice there may not have been read yet.
            self._later(self._event_delay, lambda: self._compare(update))
            return
        del self._latest[key]
        is_held = self._occupancy.people_in(*key) > 0
        goes_on = update.started_at is not None
        if is_held == goes_on:
            return
        if not goes_on:
            self._occupancy.clear(*key)
        _log.debug("Guild %s, channel %s: %s people are held there", *key, "no" if goes_on else "")
        self._look(update.guild_id, deep=goes_on)

    def _look(self, guild_id: int, *, deep: bool) -> None:
        """Look at a guild as soon as may be; ``deep`` finds people, too."""
        self._wanted[guild_id] = self._wanted.get(guild_id, False) or deep
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look_in_turn(), name="latido-contradiction")

    async def _look_in_turn(self) -> None:
        loop = asyncio.get_running_loop()
        while self._wanted:
            if self._looked_at is not None:
                await asyncio.sleep(max(0.0, self._looked_at + BETWEEN_LOOKS - loop.time()))
            if not self._wanted:
                return
            # Those that only an audit can answer come first.
            guild_id = max(self._wanted, key=lambda wanted: self._wanted[wanted])
            deep = self._wanted.pop(guild_id)
            self._looked_at = loop.time()
            self.looks += 1
            try:
                await self._look_at(guild_id, deep=deep)
            except Exception:  # noqa: BLE001 - the bot and the next look go on
                self._tracker.engine.counters["source_errors"] += 1
                _log.exception("Guild %s could not be looked at; the next check will", guild_id)

    async def _look_at(self, guild_id: int, *, deep: bool) -> None:
        if deep and await self._auditor.look_at(guild_id):
            return
        sessions, set_by = self._tracker.engine.sessions(guild_id), self._tracker.clock_set_by
        report = await self._live_guilds.look(guild_id, sessions, Budget(_FEW), games=False)
        if report is None:
            return
        await settle(report, self._tracker.engine)
        if self._live_guilds.speaks_of(guild_id):
            await self._tracker.looks.begin(report, set_by)

    def _later(self, seconds: float, work: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()

        def run() -> None:
            self._timers.discard(timer)
            work()

        timer = loop.call_later(seconds, run)
        self._timers.add(timer)
