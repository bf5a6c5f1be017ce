"""What an earlier process left is taken up some at a time, whatever the clocks do meanwhile."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from engine import SessionEngine, Settings
from integrations.clocks import Clocks
from integrations.restoring import restore_in_turns
from integrations.tracker import Tracker
from machines import SECOND, Cooldown, GuildWatch, LiveState
from tests.benchmarks.scripted_clock import ScriptedClock
from tests.integrations.keeping.test_storekeeper import until
from tests.integrations.sessions import GUILD, game_session, party_of, voice_session

if TYPE_CHECKING:
    from machines import Effect
    from tests.integrations.driven import Driven, Machine


async def test_a_party_of_an_earlier_process_is_taken_up_some_players_a_turn(
    driven: Driven, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.turns._TURN", 0.0)
    games = [game_session(1_000 + number) for number in range(100)]
    driven.tracker.restore(LiveState(sessions=[*games]))
    crowd = LiveState(sessions=[party_of(games)])
    restoring = asyncio.create_task(restore_in_turns(driven.tracker, crowd))
    rounds = 0
    while not restoring.done():
        await asyncio.sleep(0)
        rounds += 1
    assert driven.engine.counts() == {"game": 100, "party": 1}
    assert rounds >= 10


@pytest.mark.parametrize("by", [-3_600, 3_600])
async def test_a_clock_that_is_set_while_sessions_are_taken_up_moves_all_of_them(by: int) -> None:
    clock = ScriptedClock()
    effects: list[Effect] = []
    tracker = Tracker(
        SessionEngine(Settings()),
        effects.extend,
        Clocks(clock._wall, clock.monotonic, clock.monotonic),  # noqa: SLF001 - as it drives
    )
    sessions = [voice_session(number) for number in range(1, 101)]
    for session in sessions:
        session.started_at = tracker.now() - 7_200 * SECOND
        session.last_seen = tracker.now() - 10 * SECOND
    state = LiveState(sessions=[*sessions], saved_at=tracker.now() - 10 * SECOND)
    taking_up = asyncio.create_task(restore_in_turns(tracker, state))
    await until(lambda: tracker.engine.registry.count >= 50)
    clock.is_set(by)
    tracker.stalled_since()  # as its tick does
    await taking_up
    await tracker.finish()
    ages = {tracker.now() - each.started_at for each in tracker.engine.sessions()}
    gaps = {tracker.now() - (each.unwatched_since or 0) for each in tracker.engine.sessions()}
    assert (ages, gaps) == ({7_200 * SECOND}, {10 * SECOND})
    tracker.stop()


@pytest.mark.parametrize("by", [-3_600, 3_600])
@pytest.mark.parametrize("in_turns", [False, True])
async def test_a_clock_that_was_set_just_before_a_state_is_taken_up_moves_all_of_it(
    machine: Machine, by: int, *, in_turns: bool
) -> None:
    tracker, cooldown = machine.tracker, Cooldown(GUILD, "voice", 11, machine.wall + SECOND)
    session = voice_session()
    session.started_at = machine.wall - 7_200 * SECOND
    session.last_seen = machine.wall - 10 * SECOND
    watch = GuildWatch(guild_id=GUILD, observed_until=machine.wall - 7 * SECOND)
    state = LiveState(sessions=[session], guilds=[watch], cooldowns=[cooldown])
    machine.is_set(by)
    if in_turns:
        await restore_in_turns(tracker, state)
    else:
        tracker.restore(state)
    tracker.heard_at()  # as with the next event
    assert tracker.clock_watch.set_by == by * SECOND
    assert machine.wall - session.started_at == 7_200 * SECOND
    assert machine.wall - (session.unwatched_since or 0) == 7 * SECOND
    assert machine.wall - (tracker.engine.watch_of(GUILD).gap_since or 0) == 7 * SECOND
    [cooldown] = tracker.engine.live_state(machine.wall).cooldowns
    assert cooldown.until - machine.wall == SECOND
