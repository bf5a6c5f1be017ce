"""Latido in the simulation: one process of it, from its start to its end."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from engine import (
    Channel,
    PresenceObserved,
    SessionEngine,
    VoiceObserved,
    Watched,
    WatchLost,
    WatchPaused,
    WatchResumed,
)
from integrations.gateway.guild_payload import VoiceUpdate, report_of
from machines import from_datetime, seconds, to_datetime

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from engine import LiveReport, Observation, Settings
    from integrations.gateway.admission import Admission
    from integrations.simulation.gateway import Gateway
    from integrations.simulation.history import History, Played
    from integrations.simulation.latido_looks import LatidoLooks
    from integrations.simulation.listener import PresenceNews, Snapshot, VoiceNews
    from integrations.simulation.payloads import Payloads
    from integrations.simulation.process import Process
    from machines import Effect, LiveState

__all__ = ["LatidoBot", "Surroundings"]


class Surroundings:
    """What every process of Latido has to do with, and what outlives it."""

    def __init__(
        self,
        settings: Settings,
        history: History,
        gateway: Gateway,
        admission: Admission,
        payloads: Payloads,
        take: Callable[[list[Effect]], None],
    ) -> None:
        """Hand effects to ``take``, which makes durable what must be."""
        self.settings = settings
        self.history = history
        self.gateway = gateway
        self.admission = admission
        self.payloads = payloads
        self.take = take

    def channel(self, guild_id: int, place_id: int | None) -> Channel | None:
        """Return a channel, where time in it counts."""
        guild = self.history.guilds[guild_id]
        if place_id is None or not self.admission.channel(place_id, guild.afk.id):
            return None
        return Channel(place_id, guild.place(place_id).name)

    def in_voice(self, guild_id: int, person_id: int, channel: Channel | None) -> VoiceObserved:
        """Return that somebody was found in a channel."""
        return VoiceObserved(
            guild_id=guild_id,
            user_id=person_id,
            username=self.history.people[person_id].name,
            channel=channel,
            joined=False,
        )

    def playing(
        self, guild_id: int, shown: dict[int, tuple[Played, ...]], at: int
    ) -> dict[int, PresenceObserved]:
        """Return what these people are seen to play; also that somebody plays nothing."""
        payload = self.payloads.presences(guild_id, shown)
        seen = report_of(payload, self.admission, at).games
        nothing = {
            person_id: PresenceObserved(
                guild_id=guild_id,
                user_id=person_id,
                username=self.history.people[person_id].name,
                activities=(),
            )
            for person_id in shown
            if person_id not in seen
        }
        return seen | nothing


class LatidoBot:
    """Does what the cog, the tracker and the connections do, at once.

    Attributes:
        engine: the sessions of this process.
        is_up: whether the connection is believed to stand.
    """

    def __init__(
        self,
        around: Surroundings,
        process: Process,
        new_id: Callable[[], str],
        looks_of: Callable[[LatidoBot], LatidoLooks],
    ) -> None:
        """Start with no session."""
        self._around = around
        self._settings = around.settings
        self._process = process
        self.engine = SessionEngine(around.settings, new_id=new_id)
        self.is_up = False
        self._cut: int | None = None
        self._due: int | None = None
        self._unavailable: set[int] = set()
        self._looks = looks_of(self)

    # The process

    def restore(self, state: LiveState) -> None:
        """Take up what the last process left."""
        self._after(self.engine.restore(state, self._now()))

    def watched(self) -> None:
        """Say until when the guilds have been watched."""
        if not self.is_up:
            return
        self._around.gateway.beat()
        guild_ids = tuple(g for g in self._guild_ids() if g not in self._unavailable)
        if guild_ids:
            until = min(self._process.now, self._around.gateway.last_frame())
            self.observe(Watched(guild_ids=guild_ids, until=until))

    def live_state(self) -> LiveState:
        """Return what a restart needs."""
        return self.engine.live_state(self._now())

    def wakes(self, asleep_since: int) -> None:
        """The clocks tell that the machine slept."""
        if self.engine.registry.count:
            guild_ids = tuple(self.engine.guild_ids())
            self.observe(WatchLost(guild_ids=guild_ids, since=asleep_since, slept=True))
            self._looks.check_soon()

    # The connection

    def begins(self) -> None:
        """READY: nobody watched since the last frame of the old connection."""
        since, self._cut = self._cut, None
        self.is_up = True
        if since is not None:
            self.observe(WatchLost(guild_ids=self._guild_ids(), since=since))

    def is_cut(self) -> None:
        """The connection is gone."""
        if self.is_up:
            self.is_up = False
            self._cut = self._around.gateway.last_frame()
            self._looks.is_cut()
            self.observe(WatchPaused(guild_ids=self._guild_ids(), since=self._cut))

    def resumes(self) -> None:
        """Everything that was missed has been replayed."""
        self.is_up = True
        if self._cut is not None:
            self._cut = None
            self.observe(WatchResumed(guild_ids=self._guild_ids()))

    # What it hears

    def hears_guild(self, snapshot: Snapshot) -> None:
        """GUILD_CREATE: the freshest evidence there is."""
        self._unavailable.discard(snapshot.guild_id)
        payload = self._around.payloads.guild(snapshot)
        report = report_of(payload, self._around.admission, self._process.now)
        self._looks.guild_seen(payload, report)

    def hears_outage(self, guild_id: int) -> None:
        """GUILD_DELETE, unavailable."""
        self._unavailable.add(guild_id)
        since = self._process.now if self._cut is None else self._cut
        self.observe(WatchLost(guild_ids=(guild_id,), since=since))

    def hears_voice(self, news: VoiceNews) -> None:
        """VOICE_STATE_UPDATE."""
        self._looks.person_heard(news.guild_id, news.person_id)
        around = self._around
        self.observe(
            VoiceObserved(
                guild_id=news.guild_id,
                user_id=news.person_id,
                username=around.history.people[news.person_id].name,
                channel=around.channel(news.guild_id, news.after),
                joined=around.channel(news.guild_id, news.before) is None,
                since=self._cut if news.since is not None else None,
            )
        )
        self._looks.voice_changed(
            VoiceUpdate(
                user_id=news.person_id,
                guild_id=news.guild_id,
                channel_id=news.after,
                was_in=news.before,
                session_id=str(news.connection),
                self_mute=news.muted,
            )
        )

    def hears_presence(self, news: PresenceNews) -> None:
        """PRESENCE_UPDATE."""
        self._looks.person_heard(news.guild_id, news.person_id)
        shown = {news.person_id: news.after}
        seen = self._around.playing(news.guild_id, shown, self._process.now)[news.person_id]
        self.observe(
            PresenceObserved(
                guild_id=seen.guild_id,
                user_id=seen.user_id,
                username=seen.username,
                activities=seen.activities,
                since=self._cut if news.since is not None else None,
            )
        )

    # The engine

    def observe(self, observation: Observation) -> None:
        """Apply an observation now."""
        self._after(self.engine.observe(observation, self._now()))

    def validate(self, report: LiveReport) -> None:
        """Fire ``validate`` at a guild's sessions now."""
        self._after(self.engine.validate(report, self._now()))

    def _after(self, effects: list[Effect]) -> None:
        self._around.take(effects)
        due = self.engine.next_deadline
        at = None if due is None else from_datetime(due)
        if at is not None and at != self._due:
            self._process.at(at, partial(self._advance, at))
        self._due = at
        if self.engine.registry.count:
            beat = self._process.now + seconds(self._settings.heartbeat_every)
            self._process.once("beat", beat, self.watched)
        self._looks.keep_in_step()

    def _advance(self, at: int) -> None:
        if self._due == at:
            self._due = None
            self._after(self.engine.advance(self._now()))

    def _now(self) -> datetime:
        return to_datetime(self._process.now)

    def _guild_ids(self) -> tuple[int, ...]:
        return tuple(self._around.history.guilds)
