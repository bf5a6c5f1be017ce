"""The law of cuts: in whatever order, nobody is certainly there when they were not.

One person comes and goes. While the connection is cut, nothing of that is heard, and Discord may
be asked all the same. A restart finds what was written, not what was known.
"""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from engine import WatchPaused, WatchResumed
from machines import spans
from tests.engine.disk import Disk
from tests.engine.evening import GENERAL, GUILD, PINO, START, Evening, ago, at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from freezegun.api import FrozenDateTimeFactory

    from engine import Channel

_STEPS = (
    *("moves", "moves", "moves", "is_cut", "is_cut", "is_asked", "is_asked", "begins_anew"),
    *("is_resumed", "beats", "is_written", "sleeps", "is_killed"),
    *("is_asked_slowly", "is_asked_slowly", "is_read", "is_read", "is_read"),
)


class Order:
    """A random order of what may happen to one person and to the connection."""

    def __init__(self, clock: FrozenDateTimeFactory, seed: int) -> None:
        self.evening = Evening(clock)
        self.disk = Disk(self.evening)
        self.chance = random.Random(seed)  # noqa: S311 - no secret
        self.second = 0.0
        self.stays: list[tuple[float, float]] = []
        self.came: float | None = None
        self.cut: float | None = None
        self.missed: list[bool] = []
        self.answer: tuple[dict[int, Channel], float] | None = None

    def runs(self) -> None:
        self.evening.look()
        for _ in range(self.chance.randint(8, 30)):
            self._passes(self.chance.choice((1, 5, 20, 20, 70, 200, 400)))
            getattr(self, self.chance.choice(_STEPS))()
            self.disk.write()
        self._passes(30)
        self.begins_anew()
        self._passes(500)
        if self.came is not None:
            self.moves()
        self._passes(4000)

    def moves(self) -> None:
        if self.came is None:
            self.came = self.second
        else:
            self.stays.append((self.came, self.second))
            self.came = None
        if self.cut is not None:
            self.missed.append(self.came is not None)
        elif self.came is None:
            self.evening.leaves(PINO)
        else:
            self.evening.joins(PINO)

    def is_cut(self) -> None:
        if self.cut is None:
            self.cut, self.missed = self.second, []
            self.evening.tell(WatchPaused(guild_ids=(GUILD,), since=at(self.second)))

    def is_resumed(self) -> None:
        if self.cut is None:
            return
        for is_there in self.missed:
            if is_there:
                self.evening.joins(PINO, since=self.cut)
            else:
                self.evening.leaves(PINO, since=self.cut)
        self.cut = None
        self.evening.tell(WatchResumed(guild_ids=(GUILD,)))

    def begins_anew(self) -> None:
        if self.cut is not None:
            self.evening.unwatched(since=self.cut)
            self.cut = None
            if self.chance.random() < 0.4:
                self.disk.restart(self.second)
                self.answer = None
            elif self.chance.random() < 0.5:
                self._passes(1)
                self.is_read()
            self._comes()

    def is_asked(self) -> None:
        if self.evening.voice_of(PINO) is not None:
            self._take_answer(self._there(), self.second)

    def is_asked_slowly(self) -> None:
        """The answer is there at once, and is read once all others have come."""
        if self.evening.voice_of(PINO) is not None:
            self.answer = self._there(), self.second

    def is_read(self) -> None:
        if self.answer is not None:
            self._take_answer(*self.answer)

    def _take_answer(self, there: dict[int, Channel], second: float) -> None:
        self.answer = None
        self.evening.look(
            voice=there, source="rest", looked_voice=frozenset({PINO}), asked_at=second,
            taken_at=second, complete_voice=False, complete_games=False,
        )  # fmt: skip
        if self.chance.random() < 0.7:
            self.disk.write_anew()

    def beats(self) -> None:
        if self.cut is None:
            self.evening.heartbeat()

    def is_written(self) -> None:
        self.disk.write_anew()

    def sleeps(self) -> None:
        since = self.second - self.chance.choice((0, 2))  # when a clock was last read
        self.second += self.chance.choice((40, 310))
        self.evening.clock.move_to(START + timedelta(seconds=self.second))
        self.evening.unwatched(since=since, slept=True)

    def is_killed(self) -> None:
        self.second += self.chance.choice((5, 300))
        self.disk.restart(self.second)
        self.cut = self.answer = None
        self._comes()

    def untrue(self) -> Iterator[tuple[float, float]]:
        """Yield what is said for certain, and was not so."""
        for record in self.evening.records:
            for part in spans(record.started_at, record.ended_at, record.stretches):
                since, until = ago(part.start) or 0.0, ago(part.end) or 0.0
                if part.value == "present" and not any(
                    come - 0.01 <= since and until <= go + 0.01 for come, go in self.stays
                ):
                    yield since, until

    def _comes(self) -> None:
        self.evening.look(voice=self._there())

    def _there(self) -> dict[int, Channel]:
        return {} if self.came is None else {PINO: GENERAL}

    def _passes(self, seconds: float) -> None:
        self.second += seconds
        self.evening.until(self.second)


@pytest.mark.parametrize("first", range(0, 300, 50))
def test_nobody_is_certainly_there_when_they_were_not(
    clock: FrozenDateTimeFactory, first: int
) -> None:
    for seed in range(first, first + 50):
        clock.move_to("2025-12-29 23:00:00")
        order = Order(clock, seed)
        order.runs()
        assert list(order.untrue()) == [], seed
