"""Much of something: guilds by the thousand, a party of a thousand; others have their turn."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import aiohttp
import msgspec
import pytest

from integrations import turns
from integrations.inspector.life import PlayerRow, life_of_record, life_of_session
from integrations.inspector.rows import NAMED
from integrations.inspector.timeline import timeline
from machines import SECOND, Stay, Stretch, VoiceSession, record_of, timeline_of
from tests.integrations.inspector.stage import GENERAL, START, Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from integrations.inspector import Inspector
    from integrations.inspector.life import LifeRow
    from machines import AnySession

pytestmark = pytest.mark.asyncio(loop_scope="session")

PLAYERS = 1_000
PIECES = 1_000
SHELVES = PLAYERS // 100
"""Pieces that a party of so many is gone through in, at the most at once."""


@pytest.fixture(autouse=True)
def short_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each turn be over as soon as may be, however fast the machine is."""
    monkeypatch.setattr(turns, "_TURN", 0.0)
    monkeypatch.setattr(turns, "_AT_LEAST", 1)


@pytest.fixture
def party(stage: Stage) -> AnySession:
    """A party of many, some of whom have left it."""
    for number in range(PLAYERS):
        stage.plays(1000 + number, "VALORANT")
    stage.until(600)
    for number in range(0, PLAYERS, 10):
        stage.plays(1000 + number)
    stage.until(3_000)
    [party] = [one for one in stage.engine.sessions() if one.kind == "party"]
    return party


async def turns_beside(work: Coroutine[object, object, object]) -> int:
    """Return how often others have had their turn until that is done."""
    doing, had = asyncio.create_task(work), 0
    while not doing.done():
        await asyncio.sleep(0)
        had += 1
    await doing
    return had


def players_of(row: LifeRow) -> list[PlayerRow]:
    return msgspec.json.decode(row.players, type=list[PlayerRow])


async def test_the_life_of_a_party_of_many_says_what_the_party_does(
    stage: Stage, party: AnySession
) -> None:
    row = await life_of_session(party, None, stage.at)
    asserted = timeline_of(party, stage.at)
    assert (row.seconds, row.uncertain) == asserted.account()
    assert [(bar.start, bar.value) for bar in row.bars] == [
        (span.start // 1000, span.value) for span in asserted.spans()
    ]
    players = players_of(row)
    assert len(players) == PLAYERS
    assert sum(one.end is not None for one in players) == PLAYERS // 10


async def test_others_have_their_turn_while_the_life_of_a_party_of_many_is_told(
    stage: Stage, party: AnySession
) -> None:
    assert await turns_beside(life_of_session(party, None, stage.at)) >= 2 * SHELVES


async def test_others_have_their_turn_while_a_party_of_many_is_drawn(
    stage: Stage, party: AnySession
) -> None:
    drawing = timeline([], lambda: [party], START, stage.at)
    assert await turns_beside(drawing) >= SHELVES


async def test_a_party_of_many_that_is_over_names_few_and_tells_of_all_in_turns(
    stage: Stage, party: AnySession
) -> None:
    for number in range(PLAYERS):
        stage.plays(1000 + number)
    stage.until(9_000)
    [record] = [one for one in stage.records if one.id == party.id]
    assert await turns_beside(life_of_record(record)) >= SHELVES
    row = await life_of_record(record)
    assert row.at == row.session.ended == record.ended_at // 1000
    assert len(row.session.who.split(", ")) == NAMED + 1
    assert len(players_of(row)) == PLAYERS


@pytest.fixture
def restless() -> VoiceSession:
    """Somebody who has moved very often, and was away after each move."""
    starts = [START + 20 * number * SECOND for number in range(PIECES)]
    return VoiceSession(
        id="v",
        guild_id=1,
        state="confirmed",
        started_at=START,
        last_seen=starts[-1] + 20 * SECOND,
        user_id=1,
        username="Pino",
        channel_id=500,
        channel_name="Sala",
        moved=tuple(Stay(500, "Sala", at, at) for at in starts),
        stretches=tuple(Stretch(at + 10 * SECOND, at + 15 * SECOND, "away") for at in starts),
    )


async def life_of_live(session: VoiceSession) -> LifeRow:
    return await life_of_session(session, None, session.last_seen)


async def life_of_ended(session: VoiceSession) -> LifeRow:
    session.state, session.reason, session.ended_at = "ended", "left", session.last_seen
    return await life_of_record(record_of(session))


@pytest.mark.parametrize("tells", [life_of_live, life_of_ended])
async def test_a_long_history_is_told_beside_the_loop_with_pauses(
    restless: VoiceSession,
    monkeypatch: pytest.MonkeyPatch,
    tells: Callable[[VoiceSession], Coroutine[object, object, LifeRow]],
) -> None:
    """Somebody's with 3,000 moves and absences held the loop for 0.6 s."""
    paused: list[threading.Thread] = []
    monkeypatch.setattr("persistence.beside_the_loop._WORK", 0.0)
    monkeypatch.setattr(
        "persistence.beside_the_loop.time.sleep",
        lambda _seconds: paused.append(threading.current_thread()),
    )
    row = await tells(restless)
    assert (row.seconds, row.uncertain) == (15 * PIECES, 0)
    spans_of_it, bars = 2 * PIECES, 3 * PIECES
    assert len(row.bars) == bars
    assert len(paused) >= 2 * (PIECES + spans_of_it) + bars
    assert threading.main_thread() not in paused


async def test_a_long_history_is_told_as_it_was_when_asked_for(restless: VoiceSession) -> None:
    now = restless.last_seen
    restless.absent_since = now - SECOND
    telling = asyncio.create_task(life_of_session(restless, None, now))
    await asyncio.sleep(0)
    restless.absent_since, restless.moved, restless.stretches = None, (), ()
    row = await telling
    assert len(row.bars) == 3 * PIECES + 1
    assert (row.bars[-1].value, row.bars[-1].open) == ("away", True)


async def test_others_have_their_turn_between_the_records_of_one_lane(
    restless: VoiceSession,
) -> None:
    restless.moved, restless.stretches = (), ()
    restless.state, restless.reason, restless.ended_at = "ended", "left", restless.last_seen
    records = [record_of(restless) for _number in range(100)]
    assert await turns_beside(timeline(records, list, START, restless.last_seen)) >= 200


async def test_what_many_guilds_are_called_is_encoded_in_turns(
    stage: Stage, inspector: Inspector, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1_000):
        stage.joins(1, GENERAL, 10_000 + number)
    stage.leaves(1, 10_000)
    at_once: list[int] = []

    def encode(value: object) -> bytes:
        at_once.append(len(value) if isinstance(value, dict) else 0)
        return msgspec.json.encode(value)

    monkeypatch.setattr("integrations.inspector.pieces._encode", encode)
    async with aiohttp.ClientSession() as http, http.get(inspector.url + "api/state") as answer:
        state = await answer.json()
    assert len(state["guilds"]) == 1_000
    assert state["guilds"]["10999"] == "10999"
    assert len(at_once) >= 10
    assert max(at_once) <= 100
