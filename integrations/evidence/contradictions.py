"""Contradictions: what comes in does not fit what is held, so an event was lost. Look now.

The strongest sign is the start of a call: VOICE_CHANNEL_START_TIME_UPDATE says that a channel
filled or emptied, and some ``event_delay`` later nobody is held in it, or somebody still is.
Mostly whoever came or went was heard before: what is held agrees at once, and nothing waits.
Weaker ones are a voice event that changes nothing, a leave of somebody who was not there, and
another connection of the same person with no leave in between, which may be another device.

A channel that filled needs an audit, for nobody knows whom to ask about; a channel that
emptied, and the weaker signs, only look-ups of people with sessions. Looks come at most every
30 seconds; what asks for one meanwhile waits.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from integrations.evidence.in_flight import settle
from integrations.evidence.look_ups import Budget
from integrations.turns import begun_turn

if TYPE_CHECKING:
    from engine import Settings
    from integrations.evidence.audit import Auditor
    from integrations.evidence.channel_info import CallUpdate
    from integrations.evidence.live_guild import LiveGuilds
    from integrations.evidence.occupancy import Occupancy
    from integrations.tracker import Tracker

__all__ = ["Contradictions"]

BETWEEN_LOOKS = 30.0
"""Seconds from one look caused by a contradiction to the next, whatever the guild."""

_FEW = 10
"""People whom such a look asks about one by one."""

_TOGETHER = 0.25
"""The part of ``event_delay`` by which a comparison may come later, together with others."""

_log = logging.getLogger("latido.integrations")


class _Waiting(NamedTuple):
    """What was told of a call, and when it is to be compared, by the loop's clock."""

    due: float
    update: CallUpdate


class Contradictions:
    """Watches for signs of lost events, and looks at the guild they are about.

    It has one timer, and that only while what was told of a call did not agree at once.

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
        self._waiting: deque[_Waiting] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._wanted: dict[int, bool] = {}
        self._looking: asyncio.Task[None] | None = None
        self._looked_at: float | None = None
        self.looks = 0

    @property
    def is_comparing(self) -> bool:
        """Whether a call has changed that has not been compared with what is held yet."""
        return bool(self._latest)

    def call_changed(self, update: CallUpdate) -> None:
        """A call began or is over: see whether what is held agrees, once events have come.

        Where it does already, they have: nothing waits. Not so behind something that was told of
        the same call and did not agree, for what is held may be what was so before both.
        """
        key = update.guild_id, update.id
        if key in self._latest or self._is_being_read(update) or not self._agrees(update):
            self._latest[key] = update
            self._later(update)

    def suspects(self, guild_id: int) -> None:
        """Look: a voice event was a sign that another one of this guild was lost."""
        self._look(guild_id, deep=False)

    def forget(self, guild_id: int) -> None:
        """The bot is no longer in the guild."""
        self._wanted.pop(guild_id, None)
        self._latest = {key: told for key, told in self._latest.items() if key[0] != guild_id}

    def close(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._waiting.clear()
        self._wanted.clear()
        if self._looking is not None:
            self._looking.cancel()

    def _is_being_read(self, update: CallUpdate) -> bool:
        """Return whether it is still being read who is in voice there."""
        return self._tracker.looks.is_at(update.guild_id)

    def _agrees(self, update: CallUpdate) -> bool:
        is_held = self._occupancy.people_in(update.guild_id, update.id) > 0
        return is_held == update.goes_on

    def _later(self, update: CallUpdate) -> None:
        due = asyncio.get_running_loop().time() + self._event_delay
        self._waiting.append(_Waiting(due, update))
        if self._timer is None:
            self._be_there(due)

    def _be_there(self, at: float) -> None:
        self._timer = asyncio.get_running_loop().call_at(at, self._compare_due, at)

    def _compare_due(self, now: float) -> None:
        """Compare what is due, a turn at a time, and be there for what is not."""
        is_over = begun_turn()
        while self._waiting and self._waiting[0].due <= now and not is_over():
            self._compare(self._waiting.popleft().update)
        if not self._waiting:
            self._timer = None
        elif (due := self._waiting[0].due) <= now:
            self._be_there(now)  # others have their turn first
        else:
            self._be_there(max(due, now + _TOGETHER * self._event_delay))

    def _compare(self, update: CallUpdate) -> None:
        self._tracker.catch_up()
        key = update.guild_id, update.id
        if self._latest.get(key) is not update:
            return
        if self._is_being_read(update):
            self._later(update)
            return
        del self._latest[key]
        if self._agrees(update):
            return
        goes_on = update.goes_on
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
        sessions, set_by = self._tracker.engine.sessions(guild_id), self._tracker.clock_watch.set_by
        report = await self._live_guilds.look(guild_id, sessions, Budget(_FEW), games=False)
        if report is None:
            return
        await settle(report, self._tracker.engine)
        if self._live_guilds.speaks_of(guild_id):
            await self._tracker.looks.begin(report, set_by)
