"""The health check: a driver that fires ``validate`` at every session, now and then.

It runs only while there are sessions. It is silent to people: it sends no notice and touches
no cooldown.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from typing import TYPE_CHECKING

from integrations.catalogue import say
from integrations.look_ups import Budget
from machines import BotEvent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import discord

    from engine import Settings
    from integrations.live_guild import LiveGuilds
    from integrations.tracker import Tracker
    from machines import Effect, Kind

__all__ = ["HealthCheck"]

_log = logging.getLogger("latido")


class HealthCheck:
    """Asks the live guilds about every session, every ``health_check_every`` seconds."""

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
        self._engine = tracker.engine
        self._live_guilds = live_guilds
        self._every = settings.health_check_every
        self._look_ups = settings.deep_check_budget
        self._language = settings.log_language
        self._after_check = after_check
        self._task: asyncio.Task[None] | None = None

    @property
    def is_on(self) -> bool:
        """Whether it is on: there are sessions."""
        return self._task is not None

    def keep_in_step(self) -> None:
        """Switch it on with the first session, and off with the last."""
        if self._engine.has_sessions and self._task is None:
            self._task = asyncio.create_task(self._run(), name="latido-health-check")
            self._say(logging.INFO, "check.activated")
        elif not self._engine.has_sessions and self._task is not None:
            self.stop()
            self._say(logging.INFO, "check.deactivated")

    def stop(self) -> None:
        """Switch it off."""
        task, self._task = self._task, None
        if task is not None and task is not asyncio.current_task():
            task.cancel()

    async def check(self) -> Counter[Kind]:
        """Check every guild that has sessions, once; return what was repaired, by kind."""
        self._say(logging.INFO, "check.started")
        budget = Budget(self._look_ups)
        repaired: Counter[Kind] = Counter()
        unknown = 0
        for guild_id in self._engine.guild_ids():
            try:
                effects, unanswered = await self._check_guild(guild_id, budget)
            except Exception as error:  # noqa: BLE001 - the check of the other guilds goes on
                self._engine.counters["check_errors"] += 1
                self._say(logging.ERROR, "check.failed", error=f"{type(error).__name__}: {error}")
                continue
            repaired += _repairs(effects)
            unknown += unanswered
        if unknown:
            self._say(logging.INFO, "check.unknown", count=unknown)
        self._after_check()
        self._report(repaired)
        return repaired

    async def _run(self) -> None:
        await self._bot.wait_until_ready()
        while self._task is asyncio.current_task():
            await asyncio.sleep(self._every)
            try:
                await self.check()
            except Exception as error:  # noqa: BLE001 - the next check must come, whatever this one met
                self._engine.counters["check_errors"] += 1
                self._say(logging.ERROR, "check.failed", error=f"{type(error).__name__}: {error}")

    async def _check_guild(self, guild_id: int, budget: Budget) -> tuple[list[Effect], int]:
        sessions = list(self._engine.sessions(guild_id))
        report = await self._live_guilds.look(guild_id, sessions, budget)
        if report is None:
            return [], len(sessions)
        before = self._engine.counters["unknown"]
        effects = self._tracker.validate(report)
        return effects, self._engine.counters["unknown"] - before

    def _report(self, repaired: Counter[Kind]) -> None:
        if not repaired.total():
            self._say(logging.INFO, "check.ok")
            return
        self._say(
            logging.WARNING,
            "check.repaired",
            voice=repaired["voice"],
            games=repaired["game"],
            parties=repaired["party"],
        )

    def _say(self, level: int, key: str, **values: str | int) -> None:
        _log.log(level, "%s", say(self._language, key, **values))


def _repairs(effects: Iterable[Effect]) -> Counter[Kind]:
    """Count the sessions that were found to be over, or found with no session."""
    return Counter(
        effect.session.kind
        for effect in effects
        if isinstance(effect, BotEvent) and (effect.name == "session_orphaned" or effect.found)
    )
