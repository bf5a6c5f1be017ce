"""Latido's looks in the simulation: the check, audits, calls, and signs of lost events.

What is decided is decided by the same code as in the bot: the plan of audits, the occupancy of
channels, the questions that calls answer, and the engine. Only the waiting is virtual.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from engine import GuildReport, MergedReport
from integrations.evidence.audit.plan import AuditPlan, StartLimit, targets
from integrations.evidence.call_questions import CallQuestions, with_calls
from integrations.evidence.in_flight import contradicts
from integrations.evidence.occupancy import Occupancy
from integrations.gateway.guild_payload import report_of
from integrations.simulation.units import SECOND
from machines import GameSession, VoiceSession, seconds

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterable

    from engine import VoiceObserved
    from integrations.evidence.audit.plan import Target
    from integrations.gateway.guild_payload import GuildPayload, VoiceUpdate
    from integrations.simulation.durable import Durable
    from integrations.simulation.history import Played
    from integrations.simulation.latido_bot import LatidoBot, Surroundings
    from integrations.simulation.listener import CallNews
    from integrations.simulation.process import Process
    from integrations.simulation.sources import Sources
    from machines import AnySession

__all__ = ["LatidoLooks"]

_PER_REQUEST = 100
_ASKED_EVERY = 5 * SECOND
_BETWEEN_LOOKS = 30 * SECOND
_FEW = 10
_AN_AUDIT_TAKES = SECOND // 2


class _Held(NamedTuple):
    report: GuildReport
    people: frozenset[int]


class LatidoLooks:
    """Everything by which one process looks at the guilds."""

    def __init__(
        self,
        around: Surroundings,
        process: Process,
        sources: Sources,
        durable: Durable,
        bot: LatidoBot,
    ) -> None:
        """Look for ``bot``, at what ``sources`` answer."""
        self._around = around
        self._settings = around.settings
        self._process = process
        self._sources = sources
        self._durable = durable
        self._bot = bot
        self._delay = seconds(around.settings.event_delay)
        self._plan = AuditPlan(
            around.settings.audit_every, around.settings.audit_identifies_per_day
        )
        self._plan.remember(durable.audits_at)
        self._occupancy = Occupancy()
        self._questions = CallQuestions(bot.engine)
        self._held: dict[int, _Held] = {}
        self._asked_at = 0
        self._wanted: dict[int, bool] = {}
        self._looked_at: int | None = None
        self._latest: dict[tuple[int, int], CallNews] = {}

    # What the bot hears

    def guild_seen(self, payload: GuildPayload, report: GuildReport) -> None:
        """A GUILD_CREATE brought everything about a guild."""
        self._occupancy.take(payload)
        self._give(report)

    def person_heard(self, guild_id: int, person_id: int) -> None:
        """An event about a person is about to be applied: what is held comes first."""
        held = self._held.get(guild_id)
        if held is not None and person_id in held.people:
            self._release(guild_id)

    def voice_changed(self, update: VoiceUpdate) -> None:
        """A voice event has been applied; it may be the sign of a lost one."""
        where, details = (update.channel_id, update.session_id), update.details
        if update.guild_id is not None and self._occupancy.change(
            update.guild_id, update.user_id, *where, details, self._process.now
        ):
            self._want(update.guild_id, deep=False)

    def call_changed(self, news: CallNews) -> None:
        """A call began or is over: compare, once the events about it have come.

        Where what is held agrees they have, unless something else told of this call waits.
        """
        key = news.guild_id, news.place_id
        if self._settings.channel_info and (key in self._latest or not self._agrees(news)):
            self._latest[key] = news
            self._process.at(self._process.now + self._delay, partial(self._compare, news))

    def is_cut(self) -> None:
        """The connection is gone: nobody answers on it any more."""
        for guild_id in tuple(self._held):
            self._release(guild_id)

    def keep_in_step(self) -> None:
        """Check while there are sessions; audit what is due, now that something has happened."""
        now = self._process.now
        if self._bot.engine.registry.count:
            due = now + seconds(self._settings.health_check_every)
            self._process.once("check", due, self._check)
        if not 0 <= now - self._asked_at < _ASKED_EVERY:
            self._asked_at = now
            self._periodic_audit()

    def check_soon(self) -> None:
        """Check as soon as events on their way have come."""
        self._process.once("check soon", self._process.now + self._delay, self._check)

    # The check

    def _check(self) -> None:
        if self._bot.engine.registry.count:
            began = self._process.now
            audited = self._periodic_audit()
            self._process.at(audited, partial(self._check_guilds, began))

    def _check_guilds(self, began: int) -> None:
        guild_ids = list(self._bot.engine.guild_ids())
        self._check_next(guild_ids, self._settings.deep_check_budget, began)

    def _check_next(self, guild_ids: list[int], left: int, began: int) -> None:
        """Ask about everybody of a guild who has not been seen since the check began."""
        if not guild_ids:
            self._durable.replace(self._bot.live_state())
            return
        guild_id, *rest = guild_ids
        if not self._around.gateway.is_known(guild_id):
            self._check_next(rest, left, began)
            return
        unseen = [s for s in self._bot.engine.sessions(guild_id) if s.last_seen < began]
        done, left = self._look_up(guild_id, unseen, left)
        self._process.at(done, partial(self._check_next, rest, left, began))

    def _look_up(self, guild_id: int, sessions: list[AnySession], left: int) -> tuple[int, int]:
        """Ask about people one by one; return when it is done, and what is left of the budget."""
        asked = list(self._bot.engine.sessions(guild_id))
        cached = self._cached(guild_id, asked)
        voice, at, left = self._voice(guild_id, sessions, self._process.now, left)
        games, at = self._games(guild_id, sessions, at)
        reports = (*voice, *games)
        merged = MergedReport(guild_id=guild_id, reports=(*reports, cached))
        if contradicts(merged, self._bot.engine):
            at += self._delay
        self._process.at(at, partial(self._conclude, merged, reports))
        return at, left

    def _conclude(self, merged: MergedReport, reports: Iterable[GuildReport]) -> None:
        if not self._around.gateway.is_known(merged.guild_id):
            return
        for report in reports:
            self._sources.looked_up(report, self._process.now)
        self._bot.validate(merged)

    def _voice(
        self, guild_id: int, sessions: Iterable[AnySession], at: int, left: int
    ) -> tuple[list[GuildReport], int, int]:
        reports: list[GuildReport] = []
        people = [session for session in sessions if isinstance(session, VoiceSession)]
        for session in sorted(people, key=lambda session: session.last_seen):
            if left <= 0:
                break
            left -= 1
            answer = self._sources.voice_state(guild_id, session.user_id, at)
            asked, at = at, at + answer.after
            if not answer.ok:
                break
            channel = self._around.channel(guild_id, answer.place_id)
            seen = self._around.in_voice(guild_id, session.user_id, channel)
            reports.append(
                GuildReport(
                    guild_id=guild_id,
                    source="rest",
                    at=at,
                    asked_at=asked,
                    voice={} if channel is None else {session.user_id: seen},
                    looked_voice=frozenset({session.user_id}),
                )
            )
        return reports, at, left

    def _games(
        self, guild_id: int, sessions: Iterable[AnySession], at: int
    ) -> tuple[list[GuildReport], int]:
        reports: list[GuildReport] = []
        user_ids = list({s.user_id: None for s in sessions if isinstance(s, GameSession)})
        for start in range(0, len(user_ids), _PER_REQUEST):
            wanted = user_ids[start : start + _PER_REQUEST]
            answer = self._sources.members(wanted, at)
            asked, at = at, at + answer.after
            if not answer.ok or answer.presences is None:
                break
            reports.append(
                GuildReport(
                    guild_id=guild_id,
                    source="members",
                    at=at,
                    asked_at=asked,
                    games=self._around.playing(guild_id, answer.presences, at),
                    looked_games=frozenset(wanted),
                )
            )
        return reports, at

    def _cached(self, guild_id: int, sessions: Iterable[AnySession]) -> GuildReport:
        gateway, now = self._around.gateway, self._process.now
        voice: dict[int, VoiceObserved] = {}
        looked: set[int] = set()
        shown: dict[int, tuple[Played, ...]] = {}
        for session in sessions:
            if isinstance(session, GameSession):
                cached = gateway.cached_presence[guild_id].get(session.user_id, ())
                shown[session.user_id] = cached
            elif isinstance(session, VoiceSession):
                looked.add(session.user_id)
                place_id = gateway.cached_voice[guild_id].get(session.user_id)
                channel = self._around.channel(guild_id, place_id)
                if channel is not None:
                    voice[session.user_id] = self._around.in_voice(
                        guild_id, session.user_id, channel
                    )
        return GuildReport(
            guild_id=guild_id,
            source="cache",
            at=now,
            voice=voice,
            games=self._around.playing(guild_id, shown, now),
            looked_voice=frozenset(looked),
        )

    # Audits

    def _periodic_audit(self) -> int:
        """Audit the guilds that are due; return when that is done."""
        now, engine = self._process.now, self._bot.engine
        if not self._bot.is_up:
            return now
        known = [g for g in self._around.history.guilds if self._around.gateway.is_known(g)]
        due = self._plan.due(now, {g: engine.watch_of(g).looked_at for g in known})
        done = now
        for target in targets(due, list(self._around.history.guilds), 1):
            done = max(done, self._audit(target, demanded=False))
        return done

    def _audit(self, target: Target, *, demanded: bool) -> int:
        now = self._process.now
        total, remaining = self._sources.session_start_limit(now)
        limit = StartLimit(total=total, remaining=remaining)
        if not self._plan.may_spend(now, limit, demanded=demanded):
            self._sources.refused += 1
            return now
        self._plan.spend(now, target.guild_ids, demanded=demanded)
        self._durable.audits_at = self._plan.spent
        at = now + _AN_AUDIT_TAKES
        heard = at + self._delay
        for snapshot in self._sources.audit(target.shard_id, target.num_shards, at):
            payload = self._around.payloads.guild(snapshot)
            report = report_of(
                payload,
                self._around.admission,
                at,
                source="audit",
                asked_at=now,
            )
            self._process.at(heard, partial(self._audited, payload, report))
        self._plan.succeeded()
        return heard

    def _audited(self, payload: GuildPayload, report: GuildReport) -> None:
        """Take in an audit, unless the bot's own connection is not there to go on from it."""
        if self._bot.is_up and self._around.gateway.is_known(report.guild_id):
            self._occupancy.take(payload, report.asked_at)
            self._give(report)

    # Verdicts

    def _give(self, report: GuildReport) -> None:
        """Apply a report now, but for the people whose verdict the calls could change."""
        guild_id = report.guild_id
        self._release(guild_id)
        if report.source != "audit" or self._bot.engine.watch_of(guild_id).gap_since is None:
            self._sources.looked(guild_id, report.at, self._process.now)
        in_channels = self._occupancy.people(guild_id)
        people: frozenset[int] = frozenset()
        if self._sources.knows_calls and self._bot.is_up:
            people = self._questions.people_in_question(report, in_channels)
        if not people:
            self._bot.validate(report)
            return
        self._bot.validate(self._questions.without(report, people))
        held = self._held[guild_id] = _Held(report, people)
        answer = self._sources.calls_of(guild_id, self._process.now)
        at = self._process.now + answer.after
        self._process.at(at, partial(self._answered, held, answer.calls, in_channels))

    def _answered(self, held: _Held, calls: dict[int, int], people: Counter[int]) -> None:
        if self._held.get(held.report.guild_id) is held:
            del self._held[held.report.guild_id]
            self._bot.validate(with_calls(held.report, calls, people))

    def _release(self, guild_id: int) -> None:
        held = self._held.pop(guild_id, None)
        if held is not None:
            self._bot.validate(held.report)

    # Signs of lost events

    def _compare(self, news: CallNews) -> None:
        key = news.guild_id, news.place_id
        if self._latest.get(key) is not news:
            return
        del self._latest[key]
        if self._agrees(news):
            return
        goes_on = news.started_at is not None
        if not goes_on:
            self._occupancy.clear(*key)
        self._want(news.guild_id, deep=goes_on)

    def _agrees(self, news: CallNews) -> bool:
        is_held = self._occupancy.people_in(news.guild_id, news.place_id) > 0
        return is_held == (news.started_at is not None)

    def _want(self, guild_id: int, *, deep: bool) -> None:
        """Look at a guild as soon as may be; ``deep`` finds people, too."""
        self._wanted[guild_id] = self._wanted.get(guild_id, False) or deep
        free = 0 if self._looked_at is None else self._looked_at + _BETWEEN_LOOKS
        self._process.once("contradiction", max(self._process.now, free), self._look_in_turn)

    def _look_in_turn(self) -> None:
        guild_id = max(self._wanted, key=lambda wanted: self._wanted[wanted])
        deep = self._wanted.pop(guild_id)
        self._looked_at = self._process.now
        self._sources.contradictions += 1
        if not (deep and self._deep_look(guild_id)) and self._around.gateway.is_known(guild_id):
            people = [
                session
                for session in self._bot.engine.sessions(guild_id)
                if isinstance(session, VoiceSession)
            ]
            self._look_up(guild_id, list(people), _FEW)
        if self._wanted:
            again = self._process.now + _BETWEEN_LOOKS
            self._process.once("contradiction", again, self._look_in_turn)

    def _deep_look(self, guild_id: int) -> bool:
        if not (self._bot.is_up and self._plan.is_on):
            return False
        [target] = targets([guild_id], list(self._around.history.guilds), 1)
        return self._audit(target, demanded=True) > self._process.now
