"""The health check: a driver that fires ``validate`` at every session, now and then.

It runs only while there are sessions. It is silent to people: it sends no notice and touches
no cooldown.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import Counter
from typing import TYPE_CHECKING

from integrations.evidence.check_figures import CheckFigures
from integrations.evidence.in_flight import settle
from integrations.evidence.look_ups import Budget
from integrations.turns import in_turns
from integrations.words.catalogue import say

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import discord

    from engine import Settings
    from integrations.evidence.live_guild import LiveGuilds
    from integrations.tracker import Tracker
    from machines import Instant, Kind

__all__ = ["HealthCheck"]

_SHORTEST_LIMIT = 5.0
"""Seconds that a check may take at least; otherwise it may take ``health_check_every``."""

_ASKED_AGAIN = 1.0
"""Seconds after which a bot is asked again whether it has begun to log in, at most."""

_log = logging.getLogger("latido")


class HealthCheck:
    """Asks the live guilds about every session, every ``health_check_every`` seconds.

    Attributes:
        figures: how it goes.
        audit: audits what is due, and returns what that repaired within the seconds given.
        checked: told of them at the end of each check.
    """

    def __init__(
        self,
        bot: discord.Client,
        tracker: Tracker,
        live_guilds: LiveGuilds,
        settings: Settings,
        after_check: Callable[[], None],
    ) -> None:
        """Drive ``tracker``'s engine; call ``after_check`` at the end of each check."""
        self._bot = bot
        self._tracker = tracker
        self._live_guilds = live_guilds
        self._every = settings.health_check_every
        self._look_ups = settings.deep_check_budget
        self._language = settings.log_language
        self._after_check = after_check
        self._limit = max(_SHORTEST_LIMIT, settings.health_check_every)
        self._event_delay = settings.event_delay
        self._sooner = asyncio.Event()
        self._checking = False
        self._task: asyncio.Task[None] | None = None
        self.has_failed = False
        self.figures = CheckFigures()
        self.audit: Callable[[float], Awaitable[Counter[Kind]]] | None = None
        self.checked: Callable[[CheckFigures], None] | None = None

    @property
    def is_on(self) -> bool:
        """Whether it is on: there are sessions."""
        return self._task is not None

    def keep_in_step(self) -> None:
        """Switch it on with the first session, and off with the last."""
        if self._tracker.has_sessions() and (self._task is None or self.has_failed):
            self.has_failed = False
            self._task = asyncio.create_task(self._run(), name="latido-health-check")
            self._task.add_done_callback(self._has_ended)
            self._say(logging.INFO, "check.activated")
        elif self._checking:
            return  # the last session ended in a check, which first says what it found
        elif not self._tracker.has_sessions() and self._task is not None:
            self.stop()
            self._say(logging.INFO, "check.deactivated")

    def stop(self) -> None:
        """Switch it off."""
        task, self._task = self._task, None
        if task is not None and task is not asyncio.current_task():
            task.cancel()

    def _has_ended(self, task: asyncio.Task[None]) -> None:
        self.has_failed = task is self._task

    def soon(self) -> None:
        """Check as soon as events on their way have come, not at the planned time."""
        self._sooner.set()

    async def check(self) -> Counter[Kind]:
        """Check every guild that has sessions, once; return what was repaired, by kind.

        A check that takes longer than its time limit is cut off; what it has not asked stays
        as it is.
        """
        figures = self.figures
        figures.checks += 1
        figures.tracked = self._tracker.engine.counts()
        began = time.monotonic()
        self._say(logging.INFO, "check.started")
        self._checking = True
        repaired: Counter[Kind] = Counter()
        try:
            async with asyncio.timeout(self._limit):
                await self._check_guilds(repaired)
        except TimeoutError:
            figures.cut_off += 1
            self._say(logging.WARNING, "check.cut_off", seconds=self._limit)
        finally:
            self._checking = False
        figures.drift = Counter(repaired)
        self._after_check()
        figures.duration = time.monotonic() - began
        figures.ended(self._tracker.now())
        self._report(repaired)
        if self.checked is not None:
            self.checked(figures)
        self.keep_in_step()
        return repaired

    async def _until_ready(self) -> None:
        """Wait until the bot is ready, which may not even have begun to log in."""
        while True:
            try:
                return await self._bot.wait_until_ready()
            except RuntimeError:  # of Client.wait_until_ready: there is nothing to wait for yet
                await asyncio.sleep(min(_ASKED_AGAIN, self._every))

    async def _run(self) -> None:
        await self._until_ready()
        while self._task is asyncio.current_task():
            planned = time.monotonic() + self._every
            await self._pause()
            self.figures.lag = max(0.0, time.monotonic() - planned)
            try:
                await self.check()
            except asyncio.CancelledError as error:
                if _is_cancelled():
                    raise
                self._note(error)
            except Exception as error:  # noqa: BLE001 - the next check must come, whatever this one met
                self._note(error)

    async def _pause(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._every):
                await self._sooner.wait()
                await asyncio.sleep(self._event_delay)
        self._sooner.clear()

    async def _check_guilds(self, repaired: Counter[Kind]) -> None:
        budget = Budget(self._look_ups)
        self.figures.unknown = 0
        began = self._tracker.now()
        if self.audit is not None:
            repaired.update(await self.audit(self._limit / 2))
        async for guild_id in in_turns(await self._longest_unseen_first()):
            try:
                found, unanswered = await self._check_guild(guild_id, budget, began)
            except TimeoutError:
                raise
            except Exception as error:  # noqa: BLE001 - the check of the other guilds goes on
                self._note(error)
                continue
            repaired.update(found)
            self.figures.unknown += unanswered
        if self.figures.unknown:
            self._say(logging.INFO, "check.unknown", count=self.figures.unknown)

    async def _longest_unseen_first(self) -> list[int]:
        """Return the guilds that have sessions."""
        unseen: dict[int, Instant] = {}
        async for session in in_turns(self._tracker.engine.sessions()):
            known = unseen.get(session.guild_id, session.last_seen)
            unseen[session.guild_id] = min(known, session.last_seen)
        return sorted(unseen, key=unseen.__getitem__)

    def _note(self, error: BaseException) -> None:
        self.figures.exceptions += 1
        self._say(logging.ERROR, "check.failed", error=f"{type(error).__name__}: {error}")

    async def _check_guild(
        self, guild_id: int, budget: Budget, began: Instant
    ) -> tuple[Counter[Kind], int]:
        """Return what was repaired in a guild, by kind, and how many sessions stay unknown."""
        sessions, set_by = self._tracker.engine.sessions(guild_id), self._tracker.clock_watch.set_by
        report = await self._live_guilds.look(guild_id, sessions, budget, seen_since=began)
        if report is not None:
            await settle(report, self._tracker.engine)
        if report is None or not self._live_guilds.speaks_of(guild_id):
            return Counter(), await self._count(guild_id)
        before = self._tracker.engine.counters["unknown"]
        repaired = await self._tracker.looks.begin(report, set_by, began)
        return repaired, self._tracker.engine.counters["unknown"] - before

    async def _count(self, guild_id: int) -> int:
        count = 0
        async for _session in in_turns(self._tracker.engine.sessions(guild_id)):
            count += 1
        return count

    def _report(self, repaired: Counter[Kind]) -> None:
        figures = self.figures
        self._say(
            logging.DEBUG,
            "check.figures",
            tracked=figures.tracked.total(),
            drift=figures.drift.total(),
            unknown=figures.unknown,
            seconds=round(figures.duration, 3),
            lag=round(figures.lag, 3),
            exceptions=figures.exceptions,
        )
        if not repaired.total():
            if figures.unknown:
                self._say(logging.INFO, "check.partly", count=figures.unknown)
            else:
                self._say(logging.INFO, "check.ok")
            return
        self._say(
            logging.WARNING,
            "check.repaired",
            voice=repaired["voice"],
            games=repaired["game"],
            parties=repaired["party"],
        )

    def _say(self, level: int, key: str, **values: str | float) -> None:
        _log.log(level, "%s", say(self._language, key, **values))


def _is_cancelled() -> bool:
    """Return whether it is this task that is to end, not something it was waiting for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
