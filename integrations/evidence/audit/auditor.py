"""The auditor: carries out the plan of audits beside a running discord.py bot.

Whatever goes wrong here is counted and tried again later; the bot and its own connection know
nothing of it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from typing import TYPE_CHECKING

import aiohttp
import discord
import msgspec
from discord.http import Route

from integrations.evidence.audit.gateway_session import AuditError, GuildSeen, Identity, read_guilds
from integrations.evidence.audit.identify_turns import IdentifyTurns
from integrations.evidence.audit.plan import AuditPlan, StartLimit, targets
from integrations.evidence.occupancy import VoiceStates
from integrations.gateway.guild_payload import PeopleSeen, hold_cached_ids, members_of, people_of
from integrations.gateway.hears import Hears
from integrations.turns import in_turns, let_go, others_first
from integrations.words.catalogue import say
from machines import SECOND

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, KeysView

    from engine import GuildReport, Settings
    from integrations.evidence.audit.plan import Target
    from integrations.gateway.admission import Admission
    from integrations.gateway.connection import Connections
    from integrations.gateway.guild_payload import GuildPayload
    from integrations.tracker import Tracker

__all__ = ["Auditor"]

_LONGEST_WAIT = 30.0
"""Seconds that an audit waits for its turn to identify; after that it is tried another time."""

_LONGEST_QUESTION = 5.0
"""Seconds for Get Gateway Bot."""

_POLL = 0.5
"""Seconds between two looks at whether the bot is still about to identify."""

_log = logging.getLogger("latido")


class _GatewayBot(msgspec.Struct):
    """The answer of Get Gateway Bot; without a limit, Discord's documented one."""

    url: str
    session_start_limit: StartLimit = msgspec.field(default_factory=StartLimit)


class Auditor:
    """Looks at guilds over a second gateway session, when the plan says so.

    Attributes:
        plan: when, and within which budget.
        turns: the pace of IDENTIFYs, shared with the bot's own connections.
        counters: ``done``, ``refused`` (not within the budget, or the bot is not connected),
            ``failed``, and ``guilds`` seen.
    """

    def __init__(
        self,
        bot: discord.Client,
        tracker: Tracker,
        connections: Connections,
        admission: Admission,
        settings: Settings,
        deliver: Callable[[GuildReport, VoiceStates], Awaitable[None]],
        has_spent: Callable[[], None],
    ) -> None:
        """Audit for ``bot``.

        Args:
            bot: whose second session it is.
            tracker: knows the time, and when guilds were last looked at.
            connections: say whether the bot's own connection stands.
            admission: who is tracked.
            settings: ``audit_every``, ``audit_identifies_per_day`` and ``event_delay``.
            deliver: applies each guild's report, with who is in which voice channel.
            has_spent: called when an IDENTIFY was spent.
        """
        self._bot = bot
        self._tracker = tracker
        self._connections = connections
        self._admission = admission
        self._language = settings.log_language
        self._presences = Hears.by(bot.intents, settings).presences
        self._event_delay = settings.event_delay
        self._deliver = deliver
        self._has_spent = has_spent
        self._one_at_a_time = asyncio.Lock()
        self._is_exhausted = False
        self.plan = AuditPlan(settings.audit_every, settings.audit_identifies_per_day)
        self.turns = IdentifyTurns()
        self.counters: Counter[str] = Counter()

    @property
    def can_audit(self) -> bool:
        """Whether there are audits at all, and all connections of the bot stand."""
        return self.plan.is_on and self._connections.all_up

    async def periodic(self) -> KeysView[int]:
        """Audit every guild at which nobody has looked for ``audit_every``.

        Returns:
            Those that were seen.
        """
        async with self._one_at_a_time:
            seen: dict[int, None] = {}
            due, of_bot = await self._due(), self._guild_ids()
            await others_first()  # of thousands of guilds each of these steps takes a turn
            for target in targets(due, of_bot, self._num_shards()):
                await others_first()
                seen.update(await self._audit(target, demanded=False))
            return seen.keys()

    async def look_at(self, guild_id: int) -> bool:
        """Audit one guild now; return whether it was seen."""
        if not self.plan.is_on:
            return False
        async with self._one_at_a_time:
            [target] = targets([guild_id], self._guild_ids(), self._num_shards())
            return guild_id in await self._audit(target, demanded=True)

    async def _audit(self, target: Target, *, demanded: bool) -> dict[int, None]:
        """Carry out one audit, if it may be; return the guilds that were seen."""
        if not self.plan.may_spend(self._tracker.now(), demanded=demanded):
            self._refused()
            return {}
        try:
            gateway, limit = await self._start_limit()
        except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError) as error:
            self._failed(target, f"/gateway/bot: {type(error).__name__}: {error}")
            return {}
        self.turns.max_concurrency = limit.max_concurrency
        may_spend = self.plan.may_spend(
            self._tracker.now(), limit, num_shards=self._num_shards(), demanded=demanded
        )
        if not may_spend or not await self._has_turn(target):
            self._refused()
            return {}
        return await self._carry_out(target, gateway, demanded=demanded)

    async def _carry_out(self, target: Target, gateway: str, *, demanded: bool) -> dict[int, None]:
        self._is_exhausted = False
        self.turns.take(target.shard_id)
        self.plan.spend(self._tracker.now(), target.guild_ids, demanded=demanded)
        self._has_spent()
        # There may be thousands; dicts of such structs are nothing that the collector goes through.
        seen: dict[int, None] = {}
        reports: dict[int, GuildReport] = {}
        states: dict[int, VoiceStates] = {}
        set_by = self._tracker.clock_watch.set_by

        async def take(guild: GuildSeen) -> None:
            seen[guild.payload.id] = None
            found, report = await self._states_of(guild.payload), await self._report_of(guild)
            reports[report.guild_id], states[report.guild_id] = report, found
            await _let_go_of(guild.payload)

        try:
            async with aiohttp.ClientSession() as http:
                identity = self._identity(gateway)
                whole = len(target.guild_ids) > 1
                await read_guilds(
                    http, identity, target, self._tracker.now, take, all_of_them=whole
                )
        except AuditError as error:
            self._failed(target, str(error))
        else:
            self.plan.succeeded()
            self.counters["done"] += 1
        self.counters["guilds"] += len(seen)
        await self._deliver_all(reports, states, set_by)
        await let_go(reports, states)
        return seen

    async def _deliver_all(
        self, reports: dict[int, GuildReport], states: dict[int, VoiceStates], set_by: int
    ) -> None:
        """Hand on each report once the events in flight when it was true have come.

        What was asked for before the clock was set is of no use: ``set_by`` is how far it had
        been by then.
        """
        for report in reports.values():
            age = (self._tracker.now() - report.at) / SECOND
            await asyncio.sleep(min(self._event_delay, max(0.0, self._event_delay - age)))
            if self._tracker.clock_watch.set_by != set_by:
                continue
            guild = self._bot.get_guild(report.guild_id)
            if guild is None or guild.unavailable or not self._connections.is_up(guild.shard_id):
                continue
            await self._deliver(report, states[report.guild_id])

    async def _states_of(self, payload: GuildPayload) -> VoiceStates:
        cached, states = self._bot.get_guild(payload.id), VoiceStates()
        async for state in in_turns(payload.voice_states):
            hold_cached_ids(state, cached)
            states.take(state)
        return states

    async def _report_of(self, guild: GuildSeen) -> GuildReport:
        payload = guild.payload
        members = {user_id: member async for user_id, member in in_turns(members_of(payload))}
        people = PeopleSeen(payload, Hears(voice=True, presences=self._presences))
        async for seen in in_turns(people_of(payload, members, self._admission)):
            people.take(seen)
        await let_go(members)
        return people.report(guild.at, "audit", guild.asked_at)

    async def _has_turn(self, target: Target) -> bool:
        """Wait until Discord takes the IDENTIFY; return whether it does, before long."""
        waited = 0.0
        while waited < _LONGEST_WAIT:
            if not self._connections.all_up:
                return False
            wait = self.turns.wait(target.shard_id)
            if wait == 0.0:
                return True
            pause = _POLL if wait is None else wait
            await asyncio.sleep(pause)
            waited += pause
        return False

    async def _start_limit(self) -> tuple[str, StartLimit]:
        """Ask Get Gateway Bot.

        Raises:
            discord.DiscordException: the question is refused, or the answer is not Discord's.
        """
        async with asyncio.timeout(_LONGEST_QUESTION):
            told = await self._bot.http.request(Route("GET", "/gateway/bot"))
        try:
            answer = msgspec.convert(told, _GatewayBot, strict=False)
        except msgspec.ValidationError as error:
            raise discord.InvalidData(str(error)) from error
        return answer.url, answer.session_start_limit

    def _identity(self, gateway: str) -> Identity:
        token = self._bot.http.token or ""
        return Identity(gateway, token, presences=self._presences, status=_status(self._bot))

    async def _due(self) -> list[int]:
        """Go through the guilds, of which there may be thousands, a turn at a time."""
        watch_of, now = self._tracker.engine.watch_of, self._tracker.now()
        return [
            guild.id
            async for guild in in_turns(self._bot.guilds)
            if not guild.unavailable
            and self.plan.is_due(now, guild.id, watch_of(guild.id).looked_at)
        ]

    def _guild_ids(self) -> Collection[int]:
        return [guild.id for guild in self._bot.guilds]

    def _num_shards(self) -> int:
        return self._bot.shard_count or 1

    def _refused(self) -> None:
        self.counters["refused"] += 1
        if not self._is_exhausted:
            self._is_exhausted = True
            _log.info("%s", say(self._language, "audit.not_now"))

    def _failed(self, target: Target, described: str) -> None:
        self.counters["failed"] += 1
        self.plan.failed(self._tracker.now(), target.guild_ids)
        _log.warning("%s", say(self._language, "audit.failed", error=described))


async def _let_go_of(payload: GuildPayload) -> None:
    await let_go(payload.voice_states, payload.presences, payload.members)


def _status(bot: discord.Client) -> dict[str, object] | None:
    """Return the bot's presence as it shows it; a second session must not change that."""
    own_id = 0 if bot.user is None else bot.user.id
    members = (guild.get_member(own_id) for guild in bot.guilds)
    me = next((member for member in members if member is not None), None)
    if me is None or me.status is discord.Status.offline:
        return None
    activities = [shown.to_dict() for shown in me.activities]
    return {"status": str(me.status), "activities": activities, "since": None, "afk": False}
