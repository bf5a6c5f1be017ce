"""Killed with SIGKILL again and again under a churn of people: nobody lost, nobody doubled.

What must be in the ledger is what the program had time to see: the part of a stay that lies
in a span in which it was watching. What the ledger asserts must be true.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from machines import SECOND, from_datetime, seconds, spans, to_datetime
from persistence import HistoryFilter, LedgerReader, read_live, verify

if TYPE_CHECKING:
    from integrations.loopback import Person
    from machines import Instant, Record
    from tests.end_to_end.conftest import Run
    from tests.end_to_end.scene import Scene

PEOPLE = 12
MARGIN = SECOND // 4
"""More than ``confirm_after`` and ``event_delay``: what lies closer to a beginning, and is not
later than the program heard of it, is not asked for."""

Interval = tuple["Instant", "Instant"]


@dataclass
class Watched:
    """What a program had time to see, until it was killed.

    Attributes:
        since: when it had read how things were.
        until: up to when it has written down that it watched.
        late: how late it heard of what happened in that time, at most, in microseconds.
    """

    since: Instant
    until: Instant
    late: int

    @classmethod
    def by_now(cls, scene: Scene, since: Instant) -> Watched:
        late = scene.discord.lateness(to_datetime(since))
        watches = read_live(scene.data_dir).state.guilds
        until = max((watch.observed_until or 0 for watch in watches), default=0)
        return cls(since, until, seconds(late))

    def seen_of(self, stay: Interval) -> Interval:
        """Return the part of a stay that had to be seen; it may end before it starts."""
        start, end = overlap(stay, (self.since, self.until))
        return start + MARGIN + self.late, end


@dataclass
class Churn:
    """People who come, move and go, at random."""

    scene: Scene
    chance: random.Random
    people: list[Person] = field(default_factory=list)

    async def run(self) -> None:
        channels = [self.scene.general, self.scene.sala]
        inside: set[int] = set()
        while True:
            person = self.chance.choice(self.people)
            channel = self.chance.choice(channels)
            if person.id not in inside:
                person.joins(channel)
                inside.add(person.id)
            elif self.chance.random() < 0.3:
                person.moves(channel)
            else:
                person.leaves()
                inside.discard(person.id)
            await asyncio.sleep(self.chance.uniform(0.02, 0.4))

    def has_somebody_seen_since(self, since: Instant) -> bool:
        """Whether somebody is there who has been watched for so long that they are asked for."""
        watched = Watched.by_now(self.scene, since)
        return any(
            start < end
            for stay in self.scene.discord.truth.voice_stays()
            if stay.end is None
            for start, end in [watched.seen_of((from_datetime(stay.start), watched.until))]
        )

    def all_leave(self) -> None:
        staying = {
            stay.user_id for stay in self.scene.discord.truth.voice_stays() if stay.end is None
        }
        for person in self.people:
            if person.id in staying:
                person.leaves()


def overlap(one: Interval, other: Interval) -> Interval:
    return max(one[0], other[0]), min(one[1], other[1])


def length_outside(part: Interval, cover: list[Interval]) -> int:
    """Return how much of ``part`` none of ``cover`` covers."""
    left = part[1] - part[0]
    at = part[0]
    for start, end in sorted(cover):
        first, last = overlap((max(start, at), end), part)
        if first < last:
            left -= last - first
            at = last
    return left


def asserted(records: list[Record], *values: str) -> list[Interval]:
    return [
        (span.start, span.end)
        for record in records
        for span in spans(record.started_at, record.ended_at, record.stretches)
        if span.value in values
    ]


async def kill_again_and_again(scene: Scene, program: Run, kills: int, seed: int) -> None:
    churn = Churn(scene, random.Random(seed))  # noqa: S311 - people, not secrets
    churn.people = [scene.discord.add_user(f"Persona {n}", scene.plaza) for n in range(PEOPLE)]
    quiet = {"LATIDO_HEALTH_CHECK_EVERY": "0.5"}
    watched: list[Watched] = []
    coming_and_going = asyncio.create_task(churn.run())
    for kill in range(kills):
        async with program(**quiet) as running:
            await running.watches()
            watched.append(await stays_up(churn, kill))
            os.kill(running.process.pid, signal.SIGKILL)
            await running.process.wait()
    coming_and_going.cancel()
    async with program(**quiet) as running:
        await running.watches()
        churn.all_leave()
        await scene.heard()
        await scene.until(lambda: not scene.live())
        assert await running.stops(signal.SIGTERM) == 0
    assert verify(scene.data_dir) == []  # no overlap, no session in both, every sum right
    assert sum(judge(scene, person, watched) for person in churn.people) >= kills // 2


async def stays_up(churn: Churn, kill: int) -> Watched:
    """Let the program watch for a while, every other time for long enough to be judged by."""
    since = from_datetime(churn.scene.now())
    await asyncio.sleep(churn.chance.uniform(0.0, 3.0))
    if kill % 2:
        await churn.scene.until(lambda: churn.has_somebody_seen_since(since))
    return Watched.by_now(churn.scene, since)


def judge(scene: Scene, person: Person, watched: list[Watched]) -> int:
    """Hold a person's records against the truth; return how many stays had to be seen."""
    asked = 0
    wanted = HistoryFilter(user_id=person.id, kind="voice")
    records = list(LedgerReader(scene.data_dir).history(wanted))
    stays = [
        (from_datetime(stay.start), from_datetime(stay.end or scene.now()))
        for stay in scene.discord.truth.voice_stays(user_id=person.id)
    ]
    possible = asserted(records, "present", "unknown")
    for stay in stays:
        for window in watched:
            seen = window.seen_of(stay)
            if seen[0] < seen[1]:
                asked += 1
                assert length_outside(seen, possible) == 0, f"lost: {person.name} {seen} {records}"
    margin = MARGIN + max(window.late for window in watched)
    wide = [(start - margin, end + margin) for start, end in stays]
    for part in asserted(records, "present"):
        assert length_outside(part, wide) == 0, f"never was: {person.name} {part} {records}"
    return asked


async def test_kills_lose_nobody_and_double_nobody(scene: Scene, program: Run) -> None:
    await kill_again_and_again(scene, program, kills=4, seed=1)


@pytest.mark.soak
async def test_two_hundred_kills_lose_nobody_and_double_nobody(scene: Scene, program: Run) -> None:
    await kill_again_and_again(scene, program, kills=200, seed=2)
