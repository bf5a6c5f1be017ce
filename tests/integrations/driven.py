"""A tracker that is driven by a test, and what it handed on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine import Channel, SessionEngine, Settings, VoiceObserved
from integrations.clocks import Clocks
from integrations.tracker import Tracker
from machines import SECOND, BotEvent, LiveState, RecordEnded
from tests.integrations.sessions import GUILD, PINO, voice_session

if TYPE_CHECKING:
    from machines import Effect, Record, VoiceSession


class Driven:
    """A tracker with small delays, and what it handed on."""

    def __init__(self) -> None:
        self.effects: list[Effect] = []
        settings = Settings(announce_after=0.01, confirm_after=0.02, voice_grace=0.01)
        self.engine = SessionEngine(settings)
        self.tracker = Tracker(self.engine, self.effects.extend)

    def hears(self, channel: Channel | None) -> None:
        seen = VoiceObserved(guild_id=GUILD, user_id=PINO, username="Pino", channel=channel)
        self.tracker.observe(seen)

    def restores_a_hundred(self) -> list[VoiceSession]:
        """Take up the sessions of a hundred people in voice, and return them."""
        sessions = [voice_session(1_000 + number) for number in range(100)]
        self.engine.restore(LiveState(sessions=[*sessions]), self.tracker.now())
        return sessions

    def told(self) -> list[str]:
        return [effect.name for effect in self.effects if isinstance(effect, BotEvent)]


class Machine:
    """A machine whose clocks go as a test says, and what a tracker on it handed on."""

    def __init__(self) -> None:
        self.wall, self.ran, self.slept = 1_767_045_600 * SECOND, 0.0, 0.0
        self.effects: list[Effect] = []
        clocks = Clocks(lambda: self.wall, lambda: self.ran, lambda: self.ran + self.slept)
        self.tracker = Tracker(SessionEngine(Settings()), self.effects.extend, clocks)

    def runs(self, seconds: float) -> None:
        self.wall += round(seconds * SECOND)
        self.ran += seconds

    def sleeps(self, seconds: float) -> None:
        self.wall += round(seconds * SECOND)
        self.slept += seconds

    def is_set(self, seconds: float) -> None:
        self.wall += round(seconds * SECOND)

    async def ticks(self) -> None:
        """Run until the tracker has looked at the clocks by itself, if it is to."""
        tick = self.tracker.clock_watch._tick  # noqa: SLF001 - nothing else tells
        self.runs(self.tracker.clock_watch._every)  # noqa: SLF001 - as above
        if tick is not None:
            tick.cancel()
            self.tracker.clock_watch._on_tick()  # noqa: SLF001 - as its timer does

    def records(self) -> list[Record]:
        return [each.record for each in self.effects if isinstance(each, RecordEnded)]


def voice_of(user_id: int, channel: Channel | None) -> VoiceObserved:
    return VoiceObserved(guild_id=GUILD, user_id=user_id, username="x", channel=channel)
