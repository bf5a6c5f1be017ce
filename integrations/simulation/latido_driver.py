"""Latido in the simulation: the engine itself and the logic around it, without any transport."""

from __future__ import annotations

from collections import Counter
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from engine import (
    Channel,
    GuildReport,
    MergedReport,
    PresenceObserved,
    SessionEngine,
    VoiceObserved,
    Watched,
    WatchLost,
    WatchPaused,
    WatchResumed,
)
from integrations.admission import Admission
from integrations.guild_payload import report_of
from integrations.simulation.durable import Durable
from integrations.simulation.payloads import Payloads
from integrations.simulation.units import DAY
from machines import GameSession, LogLine, VoiceSession, from_datetime, seconds, to_datetime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from engine import LiveReport, Observation, Settings
    from integrations.simulation.agenda import Agenda
    from integrations.simulation.gateway import Gateway
    from integrations.simulation.history import History, Played
    from integrations.simulation.listener import PresenceNews, Snapshot, VoiceNews
    from integrations.simulation.sources import Sources
    from machines import AnySession, Effect

__all__ = ["LatidoDriver"]

_PER_REQUEST = 100


class LatidoDriver:
    """Does what the cog, the tracker, the connections and the health check do, at once.

    Attributes:
        durable: snapshot, heartbeat and ledger.
        problems: error lines of the engine; there must be none.
        skipped_audits: audits that the day's budget did not allow.
    """

    def __init__(self, settings: Settings, history: History, agenda: Agenda) -> None:
        """Track the people of ``history``; :meth:`attach` says through what."""
        self.durable = Durable()
        self.problems: list[LogLine] = []
        self.skipped_audits = 0
        self._settings = settings
        self._history = history
        self._agenda = agenda
        self._admission = Admission(settings)
        self._payloads = Payloads(history)
        self._numbers = count(1)
        self._run = 0
        self._engine: SessionEngine | None = None
        self._due: int | None = None
        self._cut: int | None = None
        self._up = False
        self._unavailable: set[int] = set()
        self._timers: set[str] = set()
        self._identified: Counter[int] = Counter()

    def attach(self, gateway: Gateway, sources: Sources) -> None:
        """Use this connection and these sources."""
        self._gateway = gateway
        self._sources = sources

    # The process

    def boots(self, now: int) -> None:
        """Take up what the last process left."""
        self._run += 1
        self._engine = SessionEngine(self._settings, new_id=self._new_id)
        self._after(self._engine.restore(self.durable.load(), to_datetime(now)))
        if self._settings.audit_every:
            self._later("audit", self._settings.audit_every, self._audit)

    def stops(self, now: int) -> None:
        """Write everything down, and end."""
        if self._engine is not None:
            self._watched(now)
            self.durable.replace(self._engine.live_state(to_datetime(now)))
        self.is_killed(now)

    def is_killed(self, now: int) -> None:  # noqa: ARG002 - a listener is told the time
        """Lose whatever was only in memory."""
        self._run += 1
        self._engine, self._due, self._cut, self._up = None, None, None, False
        self._unavailable.clear()
        self._timers.clear()

    def wakes(self, now: int, asleep_since: int) -> None:  # noqa: ARG002 - as above
        """The clocks tell that the machine slept."""
        if self._engine is not None and self._engine.has_sessions:
            guild_ids = tuple(self._engine.guild_ids())
            self._observe(WatchLost(guild_ids=guild_ids, since=asleep_since))

    # The connection

    def begins(self, now: int) -> None:  # noqa: ARG002 - as above
        """READY: nobody watched since the last frame of the old connection."""
        since, self._cut = self._cut, None
        self._up = True
        if since is not None:
            self._observe(WatchLost(guild_ids=self._guild_ids(), since=since))

    def is_cut(self, now: int) -> None:  # noqa: ARG002 - as above
        """The connection is gone."""
        if self._up:
            self._up = False
            self._cut = self._gateway.last_frame()
            self._observe(WatchPaused(guild_ids=self._guild_ids()))

    def resumes(self, now: int) -> None:  # noqa: ARG002 - as above
        """Everything that was missed has been replayed."""
        self._up = True
        if self._cut is not None:
            self._cut = None
            self._observe(WatchResumed(guild_ids=self._guild_ids()))

    def hears_guild(self, snapshot: Snapshot, now: int) -> None:
        """GUILD_CREATE: the freshest evidence there is."""
        self._unavailable.discard(snapshot.guild_id)
        self._sources.looked(snapshot.guild_id, snapshot.at, now)
        self._validate(
            report_of(self._payloads.guild(snapshot), self._admission, now, presences=True)
        )

    def hears_outage(self, guild_id: int, now: int) -> None:
        """GUILD_DELETE, unavailable."""
        self._unavailable.add(guild_id)
        self._observe(WatchLost(guild_ids=(guild_id,), since=now))

    def hears_voice(self, news: VoiceNews, now: int) -> None:  # noqa: ARG002 - as above
        """VOICE_STATE_UPDATE."""
        self._observe(
            VoiceObserved(
                guild_id=news.guild_id,
                user_id=news.person_id,
                username=self._history.people[news.person_id].name,
                channel=self._channel(news.guild_id, news.after),
                joined=self._channel(news.guild_id, news.before) is None,
                since=self._cut if news.since is not None else None,
            )
        )

    def hears_presence(self, news: PresenceNews, now: int) -> None:
        """PRESENCE_UPDATE."""
        seen = self._seen_games(news.guild_id, {news.person_id: news.after}, now)
        observed = seen[news.person_id]
        self._observe(
            PresenceObserved(
                guild_id=observed.guild_id,
                user_id=observed.user_id,
                username=observed.username,
                activities=observed.activities,
                since=self._cut if news.since is not None else None,
            )
        )

    # Timers

    def _after(self, effects: list[Effect]) -> None:
        self.durable.take(effects)
        self.problems += [
            effect for effect in effects if isinstance(effect, LogLine) and effect.level == "error"
        ]
        engine = self._engine
        if engine is None:
            return
        due = engine.next_deadline
        at = None if due is None else from_datetime(due)
        if at is not None and at != self._due:
            self._agenda.at(at, partial(self._awake, self._run, partial(self._advance, at)))
        self._due = at
        if engine.has_sessions:
            self._later("beat", self._settings.heartbeat_every, self._beat)
            self._later("check", self._settings.health_check_every, self._check)

    def _advance(self, at: int) -> None:
        if self._engine is not None and self._due == at:
            self._due = None
            self._after(self._engine.advance(to_datetime(self._agenda.now)))

    def _later(self, name: str, wait: float, action: Callable[[], None]) -> None:
        """Do something in ``wait`` seconds, unless it is already planned."""
        if name in self._timers:
            return
        self._timers.add(name)
        due = self._agenda.now + seconds(wait)
        self._agenda.at(due, partial(self._awake, self._run, partial(self._ring, name, action)))

    def _ring(self, name: str, action: Callable[[], None]) -> None:
        self._timers.discard(name)
        action()

    def _awake(self, run: int, action: Callable[[], None]) -> None:
        """Do it in the process that planned it, once the machine is awake."""
        if run != self._run:
            return
        until = self._gateway.asleep_until()
        if until is None:
            action()
        else:
            self._agenda.at(until, partial(self._awake, run, action))

    def _beat(self) -> None:
        self._watched(self._agenda.now)
        if self._engine is not None and self._engine.has_sessions:
            self._later("beat", self._settings.heartbeat_every, self._beat)

    def _watched(self, now: int) -> None:
        if not self._up:
            return
        self._gateway.beat()
        guild_ids = tuple(g for g in self._guild_ids() if g not in self._unavailable)
        if guild_ids:
            until = min(now, self._gateway.last_frame())
            self._observe(Watched(guild_ids=guild_ids, until=until))

    # Looking

    def _check(self) -> None:
        """Ask about everybody who has a session, guild by guild, within the budget."""
        if self._engine is None or not self._engine.has_sessions:
            return
        cursor, left = self._agenda.now, self._settings.deep_check_budget
        for guild_id in self._engine.guild_ids():
            if not self._gateway.is_known(guild_id):
                continue
            sessions = list(self._engine.sessions(guild_id))
            reports, cursor, left = self._look_ups(guild_id, sessions, cursor, left)
            cached = self._cached(guild_id, sessions, self._agenda.now)
            action = partial(self._conclude, guild_id, reports, cached)
            settled = cursor + seconds(self._settings.event_delay)
            self._agenda.at(settled, partial(self._awake, self._run, action))
        cursor += seconds(self._settings.event_delay)
        self._agenda.at(cursor, partial(self._awake, self._run, self._bring_up_to_date))
        self._later("check", self._settings.health_check_every, self._check)

    def _conclude(self, guild_id: int, reports: list[GuildReport], cached: GuildReport) -> None:
        for report in reports:
            self._sources.looked_up(report, self._agenda.now)
        self._validate(MergedReport(guild_id=guild_id, reports=(*reports, cached)))

    def _bring_up_to_date(self) -> None:
        if self._engine is not None:
            self.durable.replace(self._engine.live_state(to_datetime(self._agenda.now)))

    def _look_ups(
        self, guild_id: int, sessions: list[AnySession], cursor: int, left: int
    ) -> tuple[list[GuildReport], int, int]:
        reports: list[GuildReport] = []
        people = [session for session in sessions if isinstance(session, VoiceSession)]
        for session in sorted(people, key=lambda session: session.last_seen):
            if left <= 0:
                break
            left -= 1
            answer = self._sources.voice_state(guild_id, session.user_id, cursor)
            asked, cursor = cursor, cursor + answer.after
            if not answer.ok:
                break
            channel = self._channel(guild_id, answer.place_id)
            reports.append(
                GuildReport(
                    guild_id=guild_id,
                    source="rest",
                    at=cursor,
                    asked_at=asked,
                    voice={} if channel is None else self._found(guild_id, session, channel),
                    looked_voice=frozenset({session.user_id}),
                )
            )
        user_ids = list({s.user_id: None for s in sessions if isinstance(s, GameSession)})
        for start in range(0, len(user_ids), _PER_REQUEST):
            wanted = user_ids[start : start + _PER_REQUEST]
            answer = self._sources.members(wanted, cursor)
            asked, cursor = cursor, cursor + answer.after
            if not answer.ok or answer.presences is None:
                break
            reports.append(
                GuildReport(
                    guild_id=guild_id,
                    source="members",
                    at=cursor,
                    asked_at=asked,
                    games=self._seen_games(guild_id, answer.presences, cursor),
                    looked_games=frozenset(wanted),
                )
            )
        return reports, cursor, left

    def _cached(self, guild_id: int, sessions: Iterable[AnySession], now: int) -> GuildReport:
        voice: dict[int, VoiceObserved] = {}
        looked: set[int] = set()
        playing: dict[int, tuple[Played, ...]] = {}
        for session in sessions:
            if isinstance(session, GameSession):
                shown = self._gateway.cached_presence[guild_id].get(session.user_id, ())
                playing[session.user_id] = shown
            elif isinstance(session, VoiceSession):
                looked.add(session.user_id)
                place_id = self._gateway.cached_voice[guild_id].get(session.user_id)
                channel = self._channel(guild_id, place_id)
                if channel is not None:
                    voice |= self._found(guild_id, session, channel)
        return GuildReport(
            guild_id=guild_id,
            source="cache",
            at=now,
            voice=voice,
            games=self._seen_games(guild_id, playing, now),
            looked_voice=frozenset(looked),
        )

    def _audit(self) -> None:
        """Look at every guild over a second gateway session; two seconds for what is on its way."""
        now = self._agenda.now
        self._later("audit", self._settings.audit_every, self._audit)
        if self._identified[now // DAY] >= self._settings.audit_identifies_per_day:
            self.skipped_audits += 1
            return
        self._identified[now // DAY] += 1
        heard = now + seconds(self._settings.event_delay)
        for snapshot in self._sources.audit(now):
            payload = self._payloads.guild(snapshot)
            report = report_of(payload, self._admission, now, presences=True, source="audit")
            action = partial(self._conclude_audit, report)
            self._agenda.at(heard, partial(self._awake, self._run, action))

    def _conclude_audit(self, report: GuildReport) -> None:
        """Take in an audit, unless the bot's own connection is not back yet."""
        if self._engine is None or self._engine.watch_of(report.guild_id).gap_since is not None:
            return
        self._sources.looked(report.guild_id, report.at, self._agenda.now)
        self._validate(report)

    # Small things

    def _observe(self, observation: Observation) -> None:
        if self._engine is not None:
            self._after(self._engine.observe(observation, to_datetime(self._agenda.now)))

    def _validate(self, report: LiveReport) -> None:
        if self._engine is not None:
            self._after(self._engine.validate(report, to_datetime(self._agenda.now)))

    def _guild_ids(self) -> tuple[int, ...]:
        return tuple(self._history.guilds)

    def _channel(self, guild_id: int, place_id: int | None) -> Channel | None:
        guild = self._history.guilds[guild_id]
        if place_id is None or not self._admission.channel(place_id, guild.afk.id):
            return None
        return Channel(place_id, guild.place(place_id).name)

    def _found(
        self, guild_id: int, session: VoiceSession, channel: Channel
    ) -> dict[int, VoiceObserved]:
        seen = VoiceObserved(
            guild_id=guild_id,
            user_id=session.user_id,
            username=session.username,
            channel=channel,
            joined=False,
        )
        return {session.user_id: seen}

    def _seen_games(
        self, guild_id: int, shown: dict[int, tuple[Played, ...]], at: int
    ) -> dict[int, PresenceObserved]:
        """Return what these people are seen to play; also that somebody plays nothing."""
        payload = self._payloads.presences(guild_id, shown)
        seen = report_of(payload, self._admission, at, presences=True).games
        nothing = {
            person_id: PresenceObserved(
                guild_id=guild_id,
                user_id=person_id,
                username=self._history.people[person_id].name,
                activities=(),
            )
            for person_id in shown
            if person_id not in seen
        }
        return seen | nothing

    def _new_id(self) -> str:
        return f"session-{next(self._numbers):06d}"
