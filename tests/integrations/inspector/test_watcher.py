"""The watcher: hears everything, tells what changed, costs nothing while nobody looks."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING, Any
from unittest import mock

import aiohttp
import msgspec
import pytest

from integrations import turns
from integrations.inspector import Inspector, address_named, routes, watcher
from integrations.inspector.life import life_of_session
from integrations.inspector.lives import Lives
from integrations.inspector.rows import NAMED, fired_row, session_row, who
from integrations.inspector.watcher import AT_ONCE
from integrations.loopback.server import PATIENCE
from integrations.statistics.records import let_go_of_records
from machines import LIVE, PartySession, Player, to_datetime
from tests.integrations.inspector.stage import AGU, GENERAL, PATIO, PINO, SALA, ZETA, Stage
from tests.machines.builders import at, party, player

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from machines import Record

pytestmark = pytest.mark.asyncio(loop_scope="session")

Event = tuple[str, dict[str, object]]


async def stream(answer: aiohttp.ClientResponse) -> AsyncIterator[Event]:
    """Yield the events of a stream, with their data."""
    event = ""
    async for line in answer.content:
        name, _, value = line.decode().strip().partition(": ")
        if name == "event":
            event = value
        elif name == "data":
            yield event, msgspec.json.decode(value)


async def next_of(events: AsyncIterator[Event], wanted: str) -> dict[str, object]:
    async with asyncio.timeout(PATIENCE):
        async for event, data in events:
            if event == wanted:
                return data
    raise AssertionError(wanted)


async def test_what_changes_is_told_while_it_happens(stage: Stage, inspector: Inspector) -> None:
    async with aiohttp.ClientSession() as http, http.get(inspector.url + "api/events") as answer:
        events = stream(answer)
        await next_of(events, "reset")
        stage.joins(PINO)
        told = await next_of(events, "changes")
        assert told["total"] == 1
        assert told["fired"] == {"voice:start:new:": 1}
        [row] = msgspec.convert(told["changed"], list[dict[str, object]])
        assert (row["who"], row["where"], row["state"]) == ("Pino", "General", "pending")
        stage.leaves(PINO)
        told = await next_of(events, "changes")
        assert told["total"] == 0
        assert told["changed"] == []
        [row] = msgspec.convert(told["over"], list[dict[str, object]])
        assert (row["state"], row["reason"]) == ("ended", "cancelled")


@pytest.mark.parametrize(
    ("place", "shows"),
    [
        ("api/state", "Pino"),
        ("api/sessions", "Pino"),
        ("api/sessions/s1", "Pino"),
        ("api/timeline", '"total":1'),
        ("metrics", 'latido_sessions{kind="voice",state="pending"} 1.0'),
    ],
)
async def test_what_was_heard_and_waits_is_taken_in_before_an_answer(
    stage: Stage, inspector: Inspector, place: str, shows: str
) -> None:
    waiting = [PINO]

    def catch_up() -> None:
        while waiting:
            stage.joins(waiting.pop())

    inspector.show(dataclasses.replace(stage.subject, catch_up=catch_up))
    async with aiohttp.ClientSession() as http, http.get(inspector.url + place) as answer:
        told = await answer.text()
    assert shows in told


async def test_a_guild_nobody_watches_any_more_changes_all_its_sessions(
    evening: Stage, inspector: Inspector
) -> None:
    async with aiohttp.ClientSession() as http, http.get(inspector.url + "api/events") as answer:
        events = stream(answer)
        await next_of(events, "reset")
        evening.unwatched(4200)
        told = await next_of(events, "changes")
        rows = msgspec.convert(told["changed"], list[dict[str, object]])
        assert {row["who"] for row in rows} >= {"Pino", "Zeta"}
        assert all(row["unwatched"] for row in rows)
        assert told["unwatched"] == len(rows)


async def test_when_too_much_changes_at_once_pages_ask_anew(
    stage: Stage, inspector: Inspector
) -> None:
    async with aiohttp.ClientSession() as http, http.get(inspector.url + "api/events") as answer:
        events = stream(answer)
        await next_of(events, "reset")
        for number in range(AT_ONCE + 1):
            stage.joins(1000 + number)
        told = await next_of(events, "changes")
        assert (told["total"], told["changed"]) == (AT_ONCE + 1, [])
        assert await next_of(events, "reset") == {"why": "many"}
        for number in range(AT_ONCE + 1):
            stage.leaves(1000 + number)
        told = await next_of(events, "changes")
        assert (told["total"], told["over"]) == (0, [])
        assert await next_of(events, "reset") == {"why": "many"}


async def test_a_check_is_told_and_remembered(stage: Stage, inspector: Inspector) -> None:
    async with aiohttp.ClientSession() as http, http.get(inspector.url + "api/events") as answer:
        events = stream(answer)
        await next_of(events, "reset")
        stage.checked(repaired=2)
        told = await next_of(events, "check")
        assert (told["number"], told["repaired"]) == (1, {"voice": 2, "game": 0, "party": 0})
        async with http.get(inspector.url + "api/checks") as checks:
            assert await checks.json() == [told]


async def test_while_no_page_is_open_no_timer_runs(stage: Stage, inspector: Inspector) -> None:
    loop = asyncio.get_running_loop()
    scheduled: list[object] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "call_later", lambda *given: scheduled.append(given))
        patch.setattr(loop, "call_at", lambda *given: scheduled.append(given))
        stage.joins(PINO)
        stage.until(60)
        stage.checked()
        stage.leaves(PINO)
        stage.until(200)
    assert scheduled == []
    assert inspector.watcher.tallies.fired.total() == 5


async def test_rows_of_the_feed_are_made_once_a_page_asks_and_say_where_it_was_then(
    stage: Stage, inspector: Inspector
) -> None:
    with mock.patch.object(watcher, "fired_row", side_effect=fired_row) as made:
        stage.joins(PINO)
        stage.until(60)
        stage.moves(PINO, SALA)
        made.assert_not_called()
        joined, *others, moved = inspector.watcher.feed()
        assert made.call_count == 2 + len(others)
    assert (joined.key, joined.where, joined.after) == ("voice:start:new:", "General", "pending")
    assert (moved.where, moved.before) == ("Sala", "confirmed")
    async with aiohttp.ClientSession() as http, http.get(inspector.url + "api/events") as answer:
        events = stream(answer)
        await next_of(events, "reset")
        stage.leaves(PINO)
        told = await next_of(events, "changes")
    [left] = msgspec.convert(told["feed"], list[dict[str, object]])
    assert (left["before"], left["where"]) == ("confirmed", "Sala")


async def test_a_row_of_the_feed_names_who_was_in_the_party_then(
    stage: Stage, inspector: Inspector
) -> None:
    stage.names.update({101: "Ana", 102: "Bea", 103: "Caro", 104: "Dani"})
    stage.plays(101, "Uno")
    stage.plays(102, "Uno")
    stage.until(300)
    stage.plays(103, "Uno")
    stage.plays(104, "Uno")
    stage.until(600)
    stage.plays(101)
    stage.plays(102)
    stage.until(1500)
    told = [
        (one.key.split(":")[1], one.who) for one in inspector.watcher.feed() if one.kind == "party"
    ]
    assert told[:3] == [(each, "Ana, Bea") for each in ("start", "announce", "confirm")]
    assert told[-1] == ("update", "Caro, Dani")


async def test_a_row_of_the_feed_keeps_the_evidence_that_decided_it(
    stage: Stage, inspector: Inspector
) -> None:
    stage.joins(PINO)
    for second in (100, 700):
        stage.until(second)
        stage.look(voice={PINO: GENERAL})
    checks = [one for one in inspector.watcher.feed() if "validate" in one.key]
    assert len(checks) == 2
    assert [one.evidence and one.evidence.at for one in checks] == [one.at for one in checks]


async def test_of_the_feed_no_more_rows_are_made_than_are_sent(
    stage: Stage, inspector: Inspector
) -> None:
    for number in range(watcher.FEED):
        stage.joins(1000 + number)
    async with aiohttp.ClientSession() as http, http.get(inspector.url + "api/events") as answer:
        events = stream(answer)
        await next_of(events, "reset")
        with mock.patch.object(watcher, "fired_row", side_effect=fired_row) as made:
            stage.leaves(1000)
            stage.leaves(1001)
            told = await next_of(events, "changes")
        assert made.call_count == 2
    rows = msgspec.convert(told["feed"], list[dict[str, object]])
    assert [row["who"] for row in rows] == ["Person 1000", "Person 1001"]


class Handed(list[Player]):
    """The players of a party, counted as they are handed out; one by their place is no crowd."""

    handed = 0

    def __iter__(self) -> Iterator[Player]:
        type(self).handed += len(self)
        return super().__iter__()

    def __getitem__(self, key: Any) -> Any:  # noqa: ANN401 - a place, or a slice
        got = super().__getitem__(key)
        type(self).handed += len(got) if isinstance(got, list) else 0
        return got


async def test_a_transition_and_its_row_go_through_as_many_players_however_many_there_are(
    tmp_path: Path, inspector: Inspector, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed = []
    for people in (300, 1_000):
        stage = Stage(tmp_path)
        stage.shown_by(inspector)
        for number in range(people):
            stage.plays(1000 + number, "VALORANT")
        stage.until(60)
        [party] = [one for one in stage.engine.sessions() if isinstance(one, PartySession)]
        party.players = Handed(party.players)
        monkeypatch.setattr(Handed, "handed", 0)
        stage.plays(1, "VALORANT")
        stage.until(120)
        assert party.max_players == people + 1
        inspector.watcher.feed()
        row = inspector.watcher.row(party)
        handed.append(Handed.handed)
        assert row.players == people + 1
        last = inspector.watcher.feed()[-1]
        assert last.who == row.who
        assert row.who.endswith(f", +{people + 1 - NAMED}")
    few, many = handed
    assert few == many


async def test_all_sessions_are_sent_in_parts(stage: Stage, inspector: Inspector) -> None:
    for number in range(1200):
        stage.joins(1000 + number, GENERAL, PATIO)
    async with aiohttp.ClientSession() as http, http.get(inspector.url + "api/sessions") as answer:
        parts = [msgspec.json.decode(line) for line in (await answer.read()).splitlines()]
    assert [len(part["rows"]) for part in parts] == [100] * 12


async def test_those_of_an_earlier_process_are_counted_with_the_others(
    stage: Stage, inspector: Inspector, tmp_path: Path
) -> None:
    earlier = Stage(tmp_path)
    earlier.joins(PINO)
    earlier.joins(AGU)
    earlier.until(60)
    stage.at = earlier.at
    now = to_datetime(stage.at)
    state = earlier.engine.live_state(now)
    for session in state.sessions:
        session.id = f"earlier-{session.id}"
    stage.engine.restore(state, now)
    stage.joins(ZETA)
    async with aiohttp.ClientSession() as http, http.get(inspector.url + "api/state") as answer:
        told = (await answer.json())["changes"]
    assert told["total"] == 3
    voice = told["counts"]["voice"]
    assert (voice["confirmed"], voice["pending"]) == (2, 1)
    assert told["unwatched"] == 2


async def test_how_many_there_are_is_kept_up_to_date_and_not_counted_anew(
    evening: Stage, inspector: Inspector, monkeypatch: pytest.MonkeyPatch
) -> None:
    await inspector.watcher.catch_up()
    monkeypatch.setattr(type(evening.engine), "sessions", None)  # nobody may ask for them
    changes = inspector.watcher.changes()
    assert changes.total == evening.engine.registry.count
    assert sum(changes.counts["voice"][state] for state in LIVE) == evening.engine.counts()["voice"]
    assert changes.counts["voice"]["orphaned"] == 1
    assert changes.unwatched == 0
    evening.joins(PINO + 100)
    assert inspector.watcher.changes().counts["voice"]["pending"] == 1


async def test_whoever_was_forgotten_is_not_named_in_a_party() -> None:
    held = party(player(-1, 0), player(2, 0), player(3, 0, 5))
    assert who(held) == "player 2"
    assert who(party(player(-1, 0, 5), player(3, 0, 5))) == "player 3"
    life = await life_of_session(held, None, at(60))
    assert b"player 2" in bytes(life.players)
    assert b"player -1" not in bytes(life.players)


async def test_of_a_party_of_many_few_are_named(stage: Stage) -> None:
    for number in range(100):
        stage.plays(1000 + number, "VALORANT")
    stage.until(60)
    [party] = [one for one in stage.engine.sessions() if one.kind == "party"]
    assert len(who(party).split(", ")) == NAMED + 1
    assert who(party).endswith(f"+{100 - NAMED}")


async def test_of_a_crowd_those_are_named_who_are_found_at_its_beginning_or_its_end() -> None:
    first, middle, last = [range(begin, begin + 100) for begin in (1, 101, 201)]
    here = {one: player(one, 0) for one in (*first, *middle, *last)}
    gone = {one: player(one, 0, 5) for one in here}
    everybody = party(*here.values())
    assert who(everybody, 300).split(", ")[::NAMED] == ["player 1", "+280"]
    assert who(everybody).split(", ")[::NAMED] == ["player 1", "…"]
    late = party(*(gone | {202: here[202], 250: here[250]}).values())
    for people in (1, 2):  # those who are still to come, or go, are not told of yet
        assert who(late, people) == "player 202, player 250"
    assert who(late, 3) == "player 202, player 250, +1"
    between = party(*(gone | {150: here[150]}).values())
    assert who(between, 1) == "+1"
    over = party(*(gone | {1: player(-1, 0, 5)}).values())
    assert who(over).split(", ")[::NAMED] == ["player 2", "…"]
    assert session_row(everybody, None, 300).players == 300
    assert session_row(over, None).players is None


@pytest.mark.usefixtures("stage")
async def test_before_there_is_a_bot_it_says_that_it_waits(inspector: Inspector) -> None:
    inspector.leave()
    async with aiohttp.ClientSession() as http:
        async with http.get(inspector.url + "api/state") as answer:
            state = await answer.json()
            assert state["changes"]["connection"] == "connecting"
        for path in ("api/sessions", "api/timeline", "api/checks", "metrics"):
            async with http.get(inspector.url + path) as answer:
                assert answer.status == 200
        async with http.get(inspector.url + "api/sessions/s1") as answer:
            assert answer.status == 404


async def test_what_was_read_for_the_timeline_is_let_go_of_in_turns(
    evening: Stage, inspector: Inspector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To free the players of some hundred parties at once takes tens of milliseconds."""
    emptied: list[int] = []

    async def empties(records: list[Record]) -> None:
        emptied.append(len(records))
        await let_go_of_records(records)
        assert not records

    monkeypatch.setattr(routes, "let_go_of_records", empties)
    url = f"{inspector.url}api/timeline?hours=24"
    async with aiohttp.ClientSession() as http, http.get(url) as answer:
        assert (await answer.json())["lanes"]
    assert emptied == [len(evening.records)]


async def test_a_life_is_found_while_it_goes_on_just_after_and_in_the_ledger(
    evening: Stage, inspector: Inspector
) -> None:
    [over] = [record for record in evening.records if record.user_id == AGU and record.channel_id]
    async with aiohttp.ClientSession() as http:

        async def life(session_id: str) -> dict[str, dict[str, object]]:
            async with http.get(f"{inspector.url}api/sessions/{session_id}") as answer:
                assert answer.status == 200
                found: dict[str, dict[str, object]] = await answer.json()
                return found

        live = await life(evening.session_of(ZETA).id)
        assert live["session"]["state"] == "recovered"
        assert (await life(over.id))["entries"]
        inspector.watcher.lives = Lives()
        told = await life(over.id)
        assert not told["entries"]
        assert msgspec.convert(told["seconds"], float) == over.seconds
        assert told["session"]["who"] == "agu"


async def test_a_mistake_in_watching_harms_nobody(
    stage: Stage, inspector: Inspector, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(inspector.watcher.lives, "take", fail)
    stage.joins(PINO, SALA)
    stage.until(20)
    assert stage.session_of(PINO).state == "confirmed"
    assert inspector.watcher.errors == 3


async def test_what_is_known_of_many_is_let_go_of_in_turns_once_they_are_watched_no_more(
    stage: Stage, inspector: Inspector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "_TURN", 0.0)
    for number in range(400):
        stage.joins(1000 + number)
        if number % 2:
            stage.leaves(1000 + number)
    lives = inspector.watcher.lives
    left = [400]

    async def look() -> None:
        while left[-1]:
            left.append(sum(lives.of(f"s{number + 1}") is not None for number in range(400)))
            await asyncio.sleep(0)

    looking = asyncio.create_task(look())
    inspector.leave()
    assert inspector.watcher.lives.of("s1") is None
    await inspector.watcher.let_go()
    await looking
    assert len(set(left)) >= 400 // (turns._AT_LEAST + 1)  # noqa: SLF001 - so many a turn


async def test_an_inspector_that_stops_has_let_go_of_everybody(stage: Stage) -> None:
    async with Inspector(address_named("127.0.0.1:0")) as other:
        stage.shown_by(other)
        stage.joins(PINO)
        lives = other.watcher.lives
        assert lives.of("s1") is not None
    assert lives.of("s1") is None


@pytest.mark.parametrize(
    "query",
    [
        "hours=x",
        "guild=x",
        "hours=1&guild=%00",
        "hours=nan",
        "hours=1e9",
        "hours=-1",
        "guild=9223372036854775808",
        "guild=-1",
        "guild=" + "9" * 5000,
    ],
)
async def test_what_makes_no_sense_is_a_bad_request(inspector: Inspector, query: str) -> None:
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{inspector.url}api/timeline?{query}") as answer,
    ):
        assert answer.status == 400
