"""The watch on the clocks: how old what comes in may be, and who is told that they jumped."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from unittest import mock

import msgspec
import pytest

from engine import (
    ActivitySeen,
    Channel,
    GuildReport,
    PresenceObserved,
    SessionEngine,
    Settings,
)
from integrations.clocks import Clocks
from integrations.tracker import Tracker
from integrations.wake_ups import wakes_up_every
from machines import SECOND, LiveState
from tests.integrations.driven import Machine, voice_of
from tests.integrations.sessions import AGU, GENERAL, GUILD, PINO, voice_session

if TYPE_CHECKING:
    from tests.integrations.driven import Driven


@pytest.mark.parametrize("slept", [0, 3_600])
async def test_a_machine_that_slept_while_nobody_was_there_doubts_nobody_who_comes_hours_later(
    machine: Machine, slept: int
) -> None:
    tracker = machine.tracker
    machine.runs(10)
    machine.sleeps(slept)
    machine.runs(1)
    looked = GuildReport(
        guild_id=GUILD, source="guild_create", at=tracker.heard_at(), complete_voice=True
    )
    await tracker.looks.begin(looked)
    assert (tracker.clock_watch.plain_now() is None) == bool(slept)  # what comes in may have waited
    await machine.ticks()
    machine.runs(8 * 3_600)
    assert tracker.clock_watch.plain_now() is not None
    tracker.observe(voice_of(PINO, Channel(GENERAL, "General")))
    machine.runs(2)
    tracker.observe(voice_of(PINO, None))
    machine.runs(3_600)
    tracker.stop()
    machine.effects += tracker.engine.advance(machine.wall)
    assert machine.records() == []


@pytest.mark.parametrize(("event_delay", "every"), [(0.5, 1.0), (2.0, 2.0), (10.0, 10.0)])
async def test_the_clocks_are_looked_at_with_the_last_wake_up_within_the_delay_of_an_event(
    event_delay: float, every: float
) -> None:
    settings = Settings(event_delay=event_delay)
    tracker = Tracker(SessionEngine(settings), lambda _effects: None)
    loop = asyncio.get_running_loop()
    now = loop.time()
    with mock.patch.object(loop, "time", return_value=now):
        tracker.clock_watch.keep_in_step()
    tick = tracker.clock_watch._tick  # noqa: SLF001 - nobody else knows
    assert tick is not None
    after = tick.when() - now
    assert every - wakes_up_every(event_delay) - 1e-6 <= after <= every + 1e-6
    tracker.stop()


async def test_an_idle_tracker_that_has_slept_looks_at_the_clocks_once_more_and_no_oftener(
    machine: Machine,
) -> None:
    machine.sleeps(3_600)
    machine.tracker.heard_at()
    await machine.ticks()
    assert machine.tracker.clock_watch._tick is None  # noqa: SLF001 - nothing wakes it


async def test_after_a_second_sleep_within_the_tick_what_waited_may_be_as_old_as_that(
    machine: Machine,
) -> None:
    machine.sleeps(3_600)
    assert machine.tracker.stalled_since() == machine.wall - 3_600 * SECOND
    machine.sleeps(60)
    await machine.ticks()
    assert machine.tracker.clock_watch.plain_now() is None
    await machine.ticks()
    assert machine.tracker.clock_watch.plain_now() is not None
    assert machine.tracker.clock_watch._tick is None  # noqa: SLF001 - nothing wakes it


async def test_a_clock_that_was_set_while_nobody_was_there_is_noticed_by_what_changes_nothing(
    machine: Machine,
) -> None:
    """Else somebody who plays is taken to have been heard not to, an hour from now."""
    tracker = machine.tracker
    machine.runs(10)
    machine.is_set(3_600)
    assert tracker.clock_watch.plain_now() is None
    nothing = PresenceObserved(guild_id=GUILD, user_id=PINO, username="Pino", activities=())
    tracker.observe(nothing)
    machine.runs(10)
    tetris = msgspec.structs.replace(nothing, activities=(ActivitySeen("Tetris"),))
    looked = GuildReport(
        guild_id=GUILD,
        source="guild_create",
        at=tracker.heard_at(),
        complete_games=True,
        games={PINO: tetris},
    )
    await tracker.looks.begin(looked)
    assert tracker.engine.sessions_of(GUILD, PINO)
    assert tracker.clock_watch.set_by == 3_600 * SECOND


class Hands:
    """Clocks that are moved by hand."""

    def __init__(self) -> None:
        self.wall = 1_767_045_600 * SECOND
        self.asleep = 0.0
        loop = asyncio.get_running_loop()
        self.clocks = Clocks(lambda: self.wall, loop.time, lambda: loop.time() + self.asleep)


@pytest.mark.parametrize(("sleeps", "announce_after"), [(False, 3), (True, 3_603)])
async def test_after_the_clock_has_jumped_a_deadline_is_waited_for_anew(
    *, sleeps: bool, announce_after: int
) -> None:
    """Whoever comes after a sleep may have done so just before it."""
    hands = Hands()
    settings = Settings(voice_grace=600, announce_after=announce_after, confirm_after=4_000)
    tracker = Tracker(SessionEngine(settings), lambda _: None, hands.clocks)
    looking = asyncio.get_running_loop()

    def wait() -> float:
        at = tracker._wake_up.at  # noqa: SLF001 - it tells nobody
        assert at is not None
        return at - looking.time()

    empty = GuildReport(
        guild_id=GUILD, source="guild_create", at=tracker.now(), complete_voice=True
    )
    tracker.engine.validate(empty, tracker.now())
    for user_id in (PINO, AGU):
        tracker.observe(voice_of(user_id, Channel(GENERAL, "General")))
    tracker.engine.advance(hands.wall + 4_000 * SECOND)
    tracker.observe(voice_of(PINO, None))
    tracker._advance()  # noqa: SLF001 - as its timer does
    assert wait() > 500
    hands.wall += 3600 * SECOND
    hands.asleep = 3600.0 if sleeps else 0.0
    tracker.observe(voice_of(3, Channel(GENERAL, "General")))
    assert wait() < 5
    tracker.stop()


async def test_a_clock_that_is_set_after_a_standstill_moves_since_when_news_may_have_waited(
    machine: Machine,
) -> None:
    machine.sleeps(3_600)
    since = machine.tracker.stalled_since()
    assert since is not None
    machine.is_set(-600)
    assert machine.tracker.stalled_since() == since - 600 * SECOND


async def test_a_standstill_is_told_of_and_so_is_a_sleep_but_never_one_for_the_other() -> None:
    machine = Machine()
    told: list[str] = []

    def stood_still(since: int) -> bool:
        told.append(f"stood still for {(machine.wall - since) // SECOND} s")
        return False

    machine.tracker.clock_watch.stood_still = stood_still
    machine.tracker.slept = lambda: told.append("slept")
    machine.tracker.observe(voice_of(PINO, Channel(GENERAL, "General")))
    machine.runs(60)
    machine.tracker.heard_at()
    machine.sleeps(60)
    machine.tracker.heard_at()
    machine.tracker.stop()
    assert told == ["stood still for 60 s", "slept"]


async def test_as_long_as_anybody_has_a_session_one_look_follows_another() -> None:
    machine = Machine()
    machine.tracker.observe(voice_of(PINO, Channel(GENERAL, "General")))
    for _tick in range(3):
        await machine.ticks()
        assert machine.tracker.clock_watch._tick is not None  # noqa: SLF001 - nothing else tells
    machine.tracker.stop()


async def test_an_hour_in_which_nobody_was_there_is_no_standstill_once_somebody_is() -> None:
    machine = Machine()
    watch = machine.tracker.clock_watch
    machine.runs(3_600)
    machine.tracker.engine.restore(LiveState(sessions=[voice_session(PINO)]), machine.wall)
    watch.keep_in_step()
    assert watch.plain_now() == machine.wall
    machine.tracker.stop()


async def test_a_standstill_after_the_last_session_is_forgotten(driven: Driven) -> None:
    driven.hears(Channel(GENERAL, "General"))
    driven.hears(None)
    assert not driven.engine.registry.count
    watch = driven.tracker.clock_watch
    watch.stalled_since = 1  # it stood still before its last tick
    watch.look_until_all_is_read()
    watch._on_tick()  # noqa: SLF001 - as its timer does
    assert watch.stalled_since is None
