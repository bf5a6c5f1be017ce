"""What Python's collector of cycles goes through: it holds up everything while it does."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest

from engine import (
    ActivitySeen,
    Channel,
    GuildReport,
    PresenceObserved,
    SessionEngine,
    Settings,
    VoiceObserved,
)
from engine.deadlines import Deadlines
from integrations.evidence.occupancy import VoiceStates
from integrations.statistics.period import Window
from integrations.statistics.sums import of_each
from machines import SECOND, Deadline, LiveState
from persistence import SnapshotStore
from tests.costs.test_reading import arrival_of
from tests.persistence.examples import record, voice

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = 1_767_045_600 * SECOND
GUILDS = 4
GAMES = 30
ALONE = 40
"""What a guild takes, however many people are in it: a few dicts of its own, and its games."""


def test_neither_sessions_nor_groups_are_gone_through() -> None:
    few, many = engine_of(GAMES), engine_of(10 * GAMES)
    assert gone_through(many) - gone_through(few) < GUILDS * GAMES
    assert gone_through(many) < GUILDS * (GAMES + ALONE)


def test_of_a_group_it_goes_through_the_list_of_players_in_its_party_and_nothing_else() -> None:
    before = all_gone_through()
    engine = engine_of(10 * GAMES)
    parties = engine.counts()["party"]
    assert parties == GUILDS * GAMES
    assert parties <= all_gone_through() - before < parties + GUILDS * ALONE


@pytest.fixture
def counting() -> Iterator[None]:
    """Let the collector count what comes, and never begin."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("counting")
def test_nor_is_what_is_still_to_come_due_not_even_once() -> None:
    sessions = [voice(f"v{number}") for number in range(10 * ALONE)]
    deadlines = Deadlines()
    before = gc.get_count()[0]
    for session in sessions:
        session.deadline = Deadline(NOW, "announce")
        deadlines.schedule(session)
    assert len(deadlines) == len(sessions)
    assert gc.get_count()[0] - before < ALONE


def test_nor_is_what_is_remembered_of_sessions_that_ended() -> None:
    engine = engine_of(10 * GAMES)
    for guild_id in range(1, GUILDS + 1):
        for number in range(10 * GAMES):
            user_id, name = 1_000 * guild_id + number, f"Persona {number}"
            at = NOW + 3_600 * SECOND
            left = VoiceObserved(guild_id=guild_id, user_id=user_id, username=name, channel=None)
            engine.observe(left, at)
            plays = PresenceObserved(
                guild_id=guild_id, user_id=user_id, username=name, activities=()
            )
            engine.observe(plays, at)
    engine.advance(NOW + 10_000 * SECOND)
    assert not engine.registry.count
    channel = Channel(1, "General")
    again = VoiceObserved(guild_id=1, user_id=1_000, username="Persona 0", channel=channel)
    engine.observe(again, NOW + 10_000 * SECOND)
    assert gone_through(engine) < GUILDS * (GAMES + ALONE)


def test_nor_is_what_is_noted_while_a_guild_is_read() -> None:
    arrival, _population = arrival_of(10 * ALONE)
    for _piece in arrival.reading():
        pass
    noted = [each for each in vars(arrival).values() if isinstance(each, dict | set)]
    assert sum(map(len, noted)) > 3 * ALONE
    assert sum(len(each) for each in noted if gc.is_tracked(each)) <= len(arrival.heads)


def test_the_list_of_what_was_restored_is_old_before_it_is_long(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    store.replace(LiveState(sessions=[voice(f"v{number}") for number in range(GAMES)]))
    store.flush_now()
    sessions = SnapshotStore(tmp_path).load().state.sessions
    assert len(sessions) == GAMES
    assert any(each is sessions for each in gc.get_objects(generation=2))


@pytest.mark.usefixtures("counting")
def test_nor_are_the_sums_of_a_ranking_not_even_once() -> None:
    window = Window(None, 2 * NOW)
    records = [record(f"v{user_id}", user_id=user_id) for user_id in range(100)]
    totals = of_each(records, window)
    before = len(gc.get_objects())
    assert next(totals)[1].sessions == 1
    assert len(gc.get_objects()) - before < ALONE


def test_nor_are_guilds_with_all_that_is_held_of_each() -> None:
    """There may be ten thousand of them, and ten people in each."""
    few, many = engine_of(2, GUILDS), engine_of(2, 10 * GUILDS)
    assert gone_through(many) - gone_through(few) < GUILDS


def test_nor_are_the_voice_states_and_the_report_of_an_audited_guild() -> None:
    states, report = VoiceStates(), GuildReport(guild_id=1, source="audit", at=NOW)
    states.add(1, 10, "connection", 0)
    assert not gc.is_tracked(states)
    assert not gc.is_tracked(states.by_person)
    assert not gc.is_tracked(report)


def engine_of(people: int, guilds: int = GUILDS) -> SessionEngine:
    """Return an engine with so many people in voice in each guild, all of them with a game."""
    engine = SessionEngine(Settings())
    for guild_id in range(1, guilds + 1):
        for number in range(people):
            user_id, name = 1_000 * guild_id + number, f"Persona {number}"
            played = (ActivitySeen(f"Juego {number % GAMES}", 7),)
            channel = Channel(10 * guild_id, "General")
            engine.observe(
                VoiceObserved(guild_id=guild_id, user_id=user_id, username=name, channel=channel),
                NOW,
            )
            engine.observe(
                PresenceObserved(
                    guild_id=guild_id, user_id=user_id, username=name, activities=played
                ),
                NOW,
            )
    engine.advance(NOW + 60 * SECOND)
    assert sum(engine.counts().values()) >= 2 * people * guilds
    return engine


def gone_through(engine: SessionEngine) -> int:
    """Return how many containers the collector finds below an engine."""
    gc.collect()
    found: dict[int, object] = {}
    waiting: list[object] = [vars(engine)]
    while waiting:
        each = waiting.pop()
        if id(each) in found or isinstance(each, type) or not _is_ours(each):
            continue
        found[id(each)] = each
        waiting += gc.get_referents(each)
    return sum(gc.is_tracked(each) for each in found.values())


def all_gone_through() -> int:
    """Return how many containers there are; some are in structs that the collector leaves out."""
    gc.collect()
    return len(gc.get_objects())


def _is_ours(each: object) -> bool:
    kinds = (dict, list, tuple, set)
    where = type(each).__module__.partition(".")[0]
    return type(each) in kinds or where in {"engine", "machines", "collections"}
