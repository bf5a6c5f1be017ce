"""Stories: what really happened, what the bot heard of it, and what the engine made of that.

Nothing in the pictures is made up but the story itself: the record is the engine's.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from engine import (
    Channel,
    GuildReport,
    SessionEngine,
    Settings,
    VoiceObserved,
    Watched,
    WatchLost,
    WatchPaused,
    WatchResumed,
)
from machines import RecordEnded, from_datetime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from engine import Observation
    from engine.firing import Observer
    from machines import Effect, Instant, Record, Source

__all__ = ["STORIES", "Story", "Told", "told"]

_START = datetime(2025, 12, 29, 20, 0, tzinfo=UTC)
_GUILD, _PINO, _GENERAL = 1, 2, Channel(3, "General")
_END = 60


class Story(NamedTuple):
    """One situation. Times are minutes after 20:00.

    Attributes:
        name: of its picture.
        title: what happens, in a few words.
        truth: when Pino really was in voice.
        watched: when the bot heard what Discord sent.
        tell: lets an engine live through it.
    """

    name: str
    title: str
    truth: tuple[tuple[float, float], ...]
    watched: tuple[tuple[float, float], ...]
    tell: Callable[[Bot], None]


class Told(NamedTuple):
    """A story and the records that the engine made of it."""

    story: Story
    records: list[Record]


class Bot:
    """An engine and its clock; what happens to it is told minute by minute."""

    def __init__(self) -> None:
        numbers = count(1)
        self._new_id = lambda: str(next(numbers))
        self._engine = SessionEngine(Settings(), new_id=self._new_id)
        self.records: list[Record] = []
        self.looks(0, there=False)

    def is_observed_by(self, observe: Observer) -> None:
        """Call it with each transition."""
        self._engine.observers.append(observe)

    def joins(self, minute: float) -> None:
        """Hear Pino come."""
        self._hear(minute, self._seen(_GENERAL))

    def leaves(self, minute: float, since: float | None = None) -> None:
        """Hear Pino leave; ``since`` where a resume replays it."""
        self._hear(minute, self._seen(None, since))

    def looks(self, minute: float, *, there: bool, source: Source = "guild_create") -> None:
        """See everybody who is in voice."""
        seen = VoiceObserved(
            guild_id=_GUILD, user_id=_PINO, username="Pino", channel=_GENERAL, joined=False
        )
        report = GuildReport(
            guild_id=_GUILD,
            source=source,
            at=instant(minute),
            voice={_PINO: seen} if there else {},
            complete_voice=True,
            complete_games=True,
        )
        self._take(self._engine.validate(report, moment(minute)))

    def dies(self, minute: float, back: float) -> None:
        """Be killed, with a heartbeat just before, and start again."""
        self._hear(minute, Watched(guild_ids=(_GUILD,), until=instant(minute)))
        state = self._engine.live_state(moment(minute))
        self._engine = SessionEngine(Settings(), new_id=self._new_id)
        self._engine.restore(state, moment(back))

    def is_cut(self, minute: float) -> None:
        """Lose the connection."""
        self._hear(minute, WatchPaused(guild_ids=(_GUILD,)))

    def resumes(self, minute: float) -> None:
        """Have everything replayed that was missed."""
        self._hear(minute, WatchResumed(guild_ids=(_GUILD,)))

    def goes_blind(self, minute: float) -> None:
        """Lose sight of the guild: an outage."""
        self._hear(minute, WatchLost(guild_ids=(_GUILD,), since=instant(minute)))

    def waits_until(self, minute: float) -> None:
        """Let time pass."""
        self._take(self._engine.advance(moment(minute)))

    def _hear(self, minute: float, observation: Observation) -> None:
        self._take(self._engine.observe(observation, moment(minute)))

    def _take(self, effects: list[Effect]) -> None:
        ended = (effect.record for effect in effects if isinstance(effect, RecordEnded))
        self.records.extend(ended)

    def _seen(self, channel: Channel | None, since: float | None = None) -> VoiceObserved:
        return VoiceObserved(
            guild_id=_GUILD,
            user_id=_PINO,
            username="Pino",
            channel=channel,
            since=None if since is None else instant(since),
        )


def moment(minute: float) -> datetime:
    """Return the datetime of a minute of the story."""
    return _START + timedelta(minutes=minute)


def instant(minute: float) -> Instant:
    """Return the instant of a minute of the story."""
    return from_datetime(moment(minute))


def told() -> Iterator[Told]:
    """Live through every story; yield what came of it."""
    for story in STORIES:
        bot = Bot()
        story.tell(bot)
        bot.waits_until(_END + 10)
        yield Told(story, bot.records)


def _seen_throughout(bot: Bot) -> None:
    bot.joins(10)
    bot.leaves(50)


def _short_absence(bot: Bot) -> None:
    bot.joins(10)
    bot.leaves(25)
    bot.joins(25.9)
    bot.leaves(50)


def _lost_leave(bot: Bot) -> None:
    bot.joins(5)
    bot.looks(20, there=True, source="audit")
    bot.looks(40, there=False, source="audit")


def _lost_join(bot: Bot) -> None:
    bot.looks(10, there=False, source="audit")
    bot.looks(25, there=True, source="audit")
    bot.leaves(50)


def _crash_and_still_there(bot: Bot) -> None:
    bot.joins(5)
    bot.looks(15, there=True, source="rest")
    bot.dies(20, back=30)
    bot.looks(30, there=True)
    bot.leaves(50)


def _crash_and_gone(bot: Bot) -> None:
    bot.joins(5)
    bot.looks(20, there=True, source="rest")
    bot.dies(25, back=45)
    bot.looks(45, there=False)


def _outage(bot: Bot) -> None:
    bot.joins(5)
    bot.looks(12, there=True, source="rest")
    bot.goes_blind(15)
    bot.looks(35, there=True)
    bot.leaves(50)


def _resume(bot: Bot) -> None:
    bot.joins(5)
    bot.is_cut(25)
    bot.leaves(35, since=25)
    bot.resumes(35)


STORIES: tuple[Story, ...] = (
    Story("seen", "Everything was seen", ((10, 50),), ((0, 60),), _seen_throughout),
    Story(
        "short-absence",
        "Away for less than a minute",
        ((10, 25), (25.9, 50)),
        ((0, 60),),
        _short_absence,
    ),
    Story("lost-leave", "The leaving was never sent", ((5, 30),), ((0, 60),), _lost_leave),
    Story("lost-join", "The joining was never sent", ((15, 50),), ((0, 60),), _lost_join),
    Story(
        "crash-still-there",
        "A crash, and Pino is still there afterwards",
        ((5, 50),),
        ((0, 20), (30, 60)),
        _crash_and_still_there,
    ),
    Story(
        "crash-gone",
        "A crash, and Pino has gone meanwhile",
        ((5, 32),),
        ((0, 25), (45, 60)),
        _crash_and_gone,
    ),
    Story(
        "outage",
        "An outage, in which Pino was away for a while",
        ((5, 20), (28, 50)),
        ((0, 15), (35, 60)),
        _outage,
    ),
    Story(
        "resume",
        "A cut connection that is resumed",
        ((5, 29),),
        ((0, 25), (35, 60)),
        _resume,
    ),
)
"""The situations of docs/truth.md, in its order."""
