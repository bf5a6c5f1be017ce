"""Long histories: who moves or is away once more costs the same, however often it was before.

Counted are lines of ours that run, and bytes that are packed and written.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple
from unittest import mock

import msgspec
import pytest

import machines
from engine import ActivitySeen, Channel, PresenceObserved, SessionEngine, Settings, VoiceObserved
from integrations.inspector import timeline
from integrations.statistics.charted import bars_of
from integrations.statistics.period import Bucket, Window
from integrations.statistics.sums import by_channel
from machines import (
    SECOND,
    Player,
    Record,
    SessionChanged,
    Stay,
    Stretch,
    VoiceSession,
    from_datetime,
    record_of,
    to_datetime,
)
from persistence import SnapshotStore, live_files, pending
from persistence.disk import OsFile
from persistence.packing import pack
from persistence.totals import credited_to_players
from tests.costs.steps import counted_lines

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from engine import Observation
    from machines import AnySession, Effect

START = datetime(2025, 12, 29, 20, 0, tzinfo=UTC)
GUILD = 900
CHANNELS = Channel(500, "General"), Channel(501, "Sala")
OSU = ActivitySeen("osu!")
FEW, MANY = 100, 1_000


class Costs(NamedTuple):
    """What one change took: lines to hear of it and to keep it, and bytes."""

    heard: int
    kept: int
    packed: int
    written: int


class Bot:
    """An engine and the store that its effects go to."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.engine = SessionEngine(Settings())
        self.store = SnapshotStore(folder)
        self.now = START
        self.effects: list[Effect] = []

    def hears(self, *observations: Observation) -> None:
        for observation in observations:
            self.effects += self.engine.observe(observation, self.now)
        self.now += timedelta(seconds=15)
        self.effects += self.engine.advance(self.now)

    def keeps(self) -> None:
        for effect in self.effects:
            if isinstance(effect, SessionChanged):
                self.store.put(effect.session, effect.players)
        self.effects.clear()
        self.store.flush_now()


def in_voice(channel: Channel) -> VoiceObserved:
    return VoiceObserved(guild_id=GUILD, user_id=1, username="Pino", channel=channel)


def playing(user_id: int, *games: ActivitySeen) -> PresenceObserved:
    return PresenceObserved(guild_id=GUILD, user_id=user_id, username="Pino", activities=games)


def moves(bot: Bot) -> None:
    bot.hears(in_voice(CHANNELS[1]))
    bot.hears(in_voice(CHANNELS[0]))


def is_away(bot: Bot) -> None:
    bot.hears(playing(1))
    bot.hears(playing(1, OSU))


def alone_in_voice(bot: Bot) -> None:
    bot.hears(in_voice(CHANNELS[0]))


def alone_with_a_game(bot: Bot) -> None:
    bot.hears(playing(1, OSU))


def in_a_party(bot: Bot) -> None:
    bot.hears(playing(1, OSU), playing(2, OSU))
    assert bot.engine.counts()["party"] == 1


def costs_after(
    folder: Path, begins: Callable[[Bot], None], deed: Callable[[Bot], None], times: int
) -> Costs:
    bot = Bot(folder)
    begins(bot)
    for _time in range(times):
        deed(bot)
    bot.keeps()
    deed(bot)
    bot.keeps()
    packed: list[bytes] = []
    written: list[bytes] = []
    write = OsFile.write

    def packs(session: AnySession) -> bytes:
        packed.append(pack(session))
        return packed[-1]

    def writes(file: OsFile, data: bytes) -> None:
        written.append(data)
        write(file, data)

    with (
        mock.patch.object(pending, "pack", packs),
        mock.patch.object(OsFile, "write", writes),
    ):
        with counted_lines() as heard:
            deed(bot)
        with counted_lines() as kept:
            bot.keeps()
    bot.store.close()
    return Costs(heard.count, kept.count, sum(map(len, packed)), sum(map(len, written)))


@pytest.mark.parametrize(
    ("begins", "deed"),
    [(alone_in_voice, moves), (alone_with_a_game, is_away), (in_a_party, is_away)],
)
def test_one_change_more_costs_the_same_however_many_there_were(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    begins: Callable[[Bot], None],
    deed: Callable[[Bot], None],
) -> None:
    monkeypatch.setattr(live_files, "SMALL", 0)
    few, many = (costs_after(tmp_path / str(times), begins, deed, times) for times in (FEW, MANY))
    assert 0 < many.kept == pytest.approx(few.kept, rel=0.05)
    assert 0 < many.heard == pytest.approx(few.heard, rel=0.05)
    assert 0 < few.packed <= many.packed <= few.packed + 16
    assert 0 < few.written <= many.written <= few.written + 64  # the places are longer numbers


def restless(times: int) -> Record:
    """Return a session of somebody who moves so many times, and is away after each move."""
    starts = [from_datetime(START) + 20 * SECOND * number for number in range(times)]
    session = VoiceSession(
        id="v",
        guild_id=GUILD,
        state="ended",
        reason="left",
        started_at=starts[0],
        last_seen=starts[-1],
        ended_at=starts[-1] + 20 * SECOND,
        user_id=1,
        username="Pino",
        channel_id=500,
        channel_name="General",
        moved=tuple(Stay(500, "Sala", at, at) for at in starts),
        stretches=tuple(Stretch(at + 10 * SECOND, at + 15 * SECOND, "away") for at in starts),
    )
    return record_of(session)


def channels_of(record: Record) -> None:
    [(_, _, seconds)] = by_channel([record], Window(None, record.ended_at))
    assert seconds == record.seconds


def bounds_of(record: Record) -> None:
    assert machines.by_channel(record)[500] == (record.seconds, record.uncertain_seconds)


def as_many_players_of(record: Record) -> None:
    pairs = zip(record.stays, record.stretches, strict=True)
    players = tuple(
        Player(
            session_id=f"g{number}",
            user_id=number,
            username="Pino",
            started_at=stay.since,
            ended_at=away.end,
        )
        for number, (stay, away) in enumerate(pairs)
    )
    party = msgspec.structs.replace(record, kind="party", user_id=None, players=players)
    for credited in credited_to_players(party).values():
        [(start, end)] = credited
        assert end - start == 10 * SECOND


def as_many_bars_of(record: Record) -> None:
    bars = [
        Bucket(to_datetime(stay.since), stay.since, stay.since + 20 * SECOND)
        for stay in record.stays
    ]
    assert set(bars_of([record], 1, "hour", bars, ["voice"]).seconds["voice"]) == {15.0}


def what_the_inspector_draws_of(record: Record) -> None:
    with mock.patch.object(timeline, "_FEW", sys.maxsize):  # lines are counted in this thread
        bars = asyncio.run(timeline.bars_of_record(record))
    assert len(bars) == 3 * len(record.stretches)


@pytest.mark.parametrize(
    "adds_up",
    [
        channels_of,
        bounds_of,
        as_many_bars_of,
        as_many_players_of,
        what_the_inspector_draws_of,
    ],
)
def test_ten_times_as_many_moves_and_absences_take_ten_times_as_long_to_add_up(
    adds_up: Callable[[Record], None],
) -> None:
    lines: list[int] = []
    for times in (FEW, MANY):
        with counted_lines("integrations") as counted:
            adds_up(restless(times))
        lines.append(counted.count)
    few, many = lines
    assert 0 < many < 11 * few
