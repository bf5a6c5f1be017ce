"""What is taken down of a guild of very many: the loop makes and frees nothing large in one go."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING, Any, cast
from unittest.mock import Mock
from zoneinfo import ZoneInfo

import discord
import msgspec
import pytest

from engine import Settings
from integrations import turns
from integrations.charts.look import THEMES, Look
from integrations.commands import OwnData, games_command, time_command
from integrations.commands.desk import Desk, Question
from integrations.commands.games_command import games_answer
from integrations.commands.pages import Shown
from integrations.commands.ranking_command import ranking_answer
from integrations.commands.sessions_command import sessions_answer
from integrations.commands.time_command import time_answer
from integrations.commands.why_command import why_answer
from integrations.loopback.server import PATIENCE
from integrations.statistics import records
from integrations.statistics.period import Window
from integrations.statistics.records import without
from machines import SECOND, Player, Stay, Stretch, record_of
from persistence import DataDir, LedgerError
from persistence.beside_the_loop import let_go_of
from tests.persistence.examples import GUILD, START, game, party, voice

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Iterator
    from pathlib import Path
    from types import ModuleType

    from integrations.commands.desk import Tracking
    from integrations.commands.own_data import Keeping
    from machines import AnySession, GameSession, PartySession, Record, VoiceSession
    from persistence import Ledger

MANY = 400
LATER = START + 7200 * SECOND


def crowd(people: int = MANY) -> PartySession:
    session = party()
    session.players = [
        Player(session_id=f"g{one}", user_id=one, username=f"P{one}", started_at=START)
        for one in range(people)
    ]
    return session


def cog(*sessions: AnySession) -> Mock:
    """Return what holds these sessions and an empty ledger."""
    held = Mock(settings=Settings(timezone="UTC"))
    held.engine.sessions.side_effect = lambda *_guild: iter(sessions)
    held.live_sessions.side_effect = lambda: iter(sessions)
    held.records_waiting.side_effect = lambda: iter(())
    held.ledger.history.return_value = []
    return held


def guild() -> discord.Guild:
    there = Mock(spec=discord.Guild, id=GUILD)
    there.name = "Plaza"
    there.get_member.return_value = there.get_channel.return_value = None
    return there


def asked() -> Question:
    """Return a question about many who are in voice, and a ledger without anybody."""
    live: list[Record] = []
    for number in range(MANY):
        session = voice(f"v{number}", user_id=number)
        session.ended_at, session.reason = LATER, "left"
        live.append(record_of(session))
    ledger = Mock()
    ledger.history.return_value = []
    window = Window(None, LATER)
    return Question(
        GUILD, "all", window, LATER, ZoneInfo("UTC"), "en", live, set(), cast("Ledger", ledger)
    )


def one_game(number: int) -> Record:
    session = game(f"g{number}", user_id=3)
    session.ended_at, session.reason = LATER, "left"
    return record_of(session)


async def answered(command: str, question: Question) -> None:
    person = Mock(spec=discord.Member, id=3, display_name="Pino")
    look = Look(THEMES["dark"], "en", ZoneInfo("UTC"))
    match command:
        case "ranking":
            await ranking_answer(question, guild(), 3, Shown("ranking", "all", "voice", "en", 0))
        case "games":
            await games_answer(question, guild(), look, Shown("games", "all", "game", "en", 0))
        case "time":
            await time_answer(question, guild(), person, None, look)
        case _:
            await why_answer(question, guild(), person, None, Settings(), look)


@asynccontextmanager
async def seen_by_others(held: list[Any]) -> AsyncIterator[set[int]]:
    """Yield how long the list was whenever others had their turn."""
    lengths: set[int] = set()

    async def look() -> None:
        while True:
            await asyncio.sleep(0)
            lengths.add(len(held))

    looking = asyncio.create_task(look())
    yield lengths
    looking.cancel()


@pytest.mark.parametrize("command", ["ranking", "games", "time", "why"])
async def test_the_records_that_go_on_are_let_go_of_in_turns(
    monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setattr(turns, "_TURN", 0.0)
    question = asked()
    async with seen_by_others(question.live) as lengths:
        await answered(command, question)
    assert not question.live
    assert len(lengths) >= MANY // 20


@pytest.mark.parametrize("command", ["ranking", "games", "time", "why"])
async def test_so_they_are_where_the_ledger_cannot_be_read(command: str) -> None:
    broken = Mock()
    broken.history.side_effect = LedgerError("the ledger is broken")
    question = asked()._replace(ledger=cast("Ledger", broken))
    with pytest.raises(LedgerError):
        await answered(command, question)
    assert not question.live


@pytest.mark.parametrize(("command", "module"), [("games", games_command), ("time", time_command)])
async def test_those_that_are_over_are_let_go_of_bit_by_bit_in_the_thread(
    monkeypatch: pytest.MonkeyPatch, command: str, module: ModuleType
) -> None:
    emptied: list[tuple[int, threading.Thread]] = []

    def emptying(held: list[Record]) -> None:
        emptied.append((len(held), threading.current_thread()))
        let_go_of(held)

    monkeypatch.setattr(module, "let_go_of", emptying)
    question = asked()
    ledger = Mock()
    ledger.history.return_value = [one_game(number) for number in range(MANY)]
    question.live.clear()
    await answered(command, question._replace(ledger=cast("Ledger", ledger)))
    [(count, thread)] = emptied
    assert count == MANY
    assert thread is not threading.main_thread()


async def test_so_they_are_where_the_question_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "_TURN", 0.0)
    taken: list[list[Record]] = []
    original = records.let_go_of_records

    async def letting_go(held: list[Record]) -> None:
        taken.append(list(held))
        await original(held)

    monkeypatch.setattr("integrations.commands.desk.let_go_of_records", letting_go)
    held = cog(*(voice(f"v{number}") for number in range(MANY)))
    asking = asyncio.create_task(Desk(cast("Tracking", held)).question(GUILD, "all", "en"))
    for _round in range(6):
        await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    [given_up] = taken
    assert 0 < len(given_up) < MANY


def over(user_id: int, **changes: object) -> Record:
    """Return the record of a session that is over."""
    session = voice(f"v{user_id}", user_id=user_id)
    session.state, session.ended_at, session.reason = "ended", LATER, "left"
    return msgspec.structs.replace(record_of(session), **changes)


async def asks(held: Mock, hidden: frozenset[int] = frozenset()) -> Question:
    return await Desk(cast("Tracking", held), lambda: hidden).question(GUILD, "all", "en")


async def test_a_session_is_asked_about_from_its_end_until_its_row_is_there_as_well() -> None:
    held = cog(voice("v1", user_id=1))
    held.records_waiting.side_effect = lambda: iter([over(2), over(3, guild_id=GUILD + 1), over(4)])
    question = await asks(held, frozenset({4}))
    assert {record.id: record.state for record in question.live} == {
        "v1": "confirmed",
        "v2": "ended",
    }


@pytest.mark.parametrize("is_written", [False, True])
async def test_one_that_ends_while_it_is_asked_about_counts_once(*, is_written: bool) -> None:
    held = cog(voice("v1", user_id=1))
    if is_written:
        held.ledger.history.return_value = [over(1)]
    else:
        held.records_waiting.side_effect = lambda: iter([over(1)])
    question = await asks(held)
    assert [record.id for record in question.records()] == ["v1"]


async def test_one_whose_row_comes_while_it_is_asked_about_counts_once() -> None:
    held = cog()
    held.records_waiting.side_effect = lambda: iter([over(1)])
    held.ledger.history.return_value = [over(1)]
    assert [record.id for record in (await asks(held)).records()] == ["v1"]


async def test_those_that_end_are_looked_for_after_those_that_go_on() -> None:
    """In the order in which a session passes, so that none slips through."""
    held = cog()
    await asks(held)
    asked = [name for name, _, _ in held.mock_calls]
    assert asked.index("engine.sessions") < asked.index("records_waiting")


async def test_of_somebodys_own_data_so_is_what_waits_and_nothing_comes_twice() -> None:
    held = cog(voice("v1", user_id=1), voice("v1", user_id=1), voice("v2", user_id=2))
    held.records_waiting.side_effect = lambda: iter([over(1), over(1, id="v3"), over(2)])
    held.ledger.history.return_value = [over(1), over(1, id="v3"), over(1, id="v4")]
    told = await OwnData(cast("Keeping", held)).held_about(1, LATER)
    rows = [msgspec.json.decode(line) for line in told.lines.splitlines()]
    assert {row["id"]: row["reason"] for row in rows} == {"v1": None, "v3": "left", "v4": "left"}
    assert len(rows) == told.sessions == 3


async def test_of_somebodys_own_data_what_cannot_be_read_is_counted(tmp_path: Path) -> None:
    with DataDir.open(tmp_path) as data_dir:
        data_dir.ledger.append_now([over(1), over(1, id="v2")])
        with closing(sqlite3.connect(tmp_path / "latido.db")) as connection:
            connection.execute("UPDATE records SET stays = CAST(x'22ff22' AS TEXT) WHERE id = 'v2'")
            connection.commit()
        held = cog()
        held.ledger = data_dir.ledger
        told = await OwnData(cast("Keeping", held)).held_about(1, LATER)
    assert (told.sessions, told.lines.count(b"\n"), told.unreadable) == (1, 1, 1)


async def test_of_more_of_somebodys_own_data_than_is_needed_the_rest_is_only_counted() -> None:
    held = cog()
    held.ledger.history.return_value = [over(1, id=f"v{number}") for number in range(MANY)]
    about = OwnData(cast("Keeping", held)).held_about
    whole = await about(1, LATER)
    for at_most in (0, len(whole.lines) // 2, len(whole.lines) - 1):
        part = await about(1, LATER, at_most)
        assert part.sessions == whole.sessions == MANY
        assert whole.lines.startswith(part.lines)
        assert 0 < len(part.lines) - at_most <= len(whole.lines) // MANY + 10
    assert await about(1, LATER, len(whole.lines)) == whole


@pytest.mark.parametrize("view", ["question", "own data"])
async def test_those_that_wait_for_their_row_are_looked_through_in_turns(
    monkeypatch: pytest.MonkeyPatch, view: str
) -> None:
    monkeypatch.setattr(turns, "_TURN", 0.0)
    left = [over(number + 2, guild_id=GUILD + 1) for number in range(MANY)]

    def waiting() -> Iterator[Record]:
        while left:
            yield left.pop()

    held = cog()
    held.records_waiting.side_effect = waiting
    async with seen_by_others(left) as lengths:
        if view == "question":
            await asks(held)
        else:
            await OwnData(cast("Keeping", held)).held_about(1, LATER)
    assert len(lengths) >= MANY // 20


async def test_of_a_large_party_that_waits_whoever_hides_is_left_out_beside_the_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    session = crowd()
    session.state, session.ended_at, session.reason = "ended", LATER, "left"
    held, threads = cog(), []
    record = record_of(session)
    held.records_waiting.side_effect = lambda: iter([record])

    def leaving_out(record: Record, hidden: Collection[int]) -> Iterator[Record]:
        threads.append(threading.current_thread())
        return without(record, hidden)

    monkeypatch.setattr(records, "without", leaving_out)
    [seen] = (await asks(held, frozenset({3, 4}))).live
    assert len(seen.players) == MANY - 2
    assert threading.main_thread() not in threads


@pytest.fixture
def making(monkeypatch: pytest.MonkeyPatch) -> list[threading.Thread]:
    """Return the threads in which records of sessions that go on are made."""
    threads: list[threading.Thread] = []

    def made(session: AnySession) -> Record:
        threads.append(threading.current_thread())
        return record_of(session)

    monkeypatch.setattr(records, "record_of", made)
    return threads


def shown_page() -> Shown:
    return Shown("sessions", "all", "voice", "en", 0)


async def taken_down_for(view: str, session: AnySession) -> None:
    held = cog(session)
    match view:
        case "question":
            question = await Desk(cast("Tracking", held)).question(GUILD, "all", "en")
            assert [record.id for record in question.live] == [session.id]
        case "own data":
            told = await OwnData(cast("Keeping", held)).held_about(1, LATER)
            assert told.sessions == 1
        case _:
            sessions = held.engine.sessions
            answer = await sessions_answer(sessions, LATER, guild(), set(), shown_page())
            name = "General" if session.kind == "voice" else "VALORANT"
            assert name in (answer.embeds[0].description or "")


def pieces(count: int = MANY) -> tuple[Stretch, ...]:
    return tuple(
        Stretch(START + number * SECOND, START + number * SECOND + 1, "away")
        for number in range(count)
    )


def long_voice() -> VoiceSession:
    session = voice("v", user_id=1)
    session.stretches = pieces()
    return session


def often_moved() -> VoiceSession:
    session = voice("v", user_id=1)
    session.moved = tuple(
        Stay(500, "General", START + number, START + number) for number in range(MANY)
    )
    return session


def long_game() -> GameSession:
    session = game("g", user_id=1)
    session.stretches = pieces()
    return session


def few_for_long() -> PartySession:
    """Return a party of two, each of whom was away half as often as would be many."""
    session = crowd(2)
    session.players = [
        msgspec.structs.replace(player, stretches=pieces(MANY // 2)) for player in session.players
    ]
    return session


@pytest.mark.parametrize("of", [crowd, few_for_long, long_voice, often_moved, long_game])
@pytest.mark.parametrize("view", ["question", "own data", "sessions"])
async def test_the_record_of_a_large_party_or_a_long_history_is_made_beside_the_loop(
    making: list[threading.Thread], view: str, of: Callable[[], AnySession]
) -> None:
    """One of 10,000 absences held the loop for 16 ms, a party of 200 with 50 each for 20."""
    await taken_down_for(view, of())
    assert making
    assert threading.main_thread() not in making


@pytest.mark.parametrize("view", ["question", "sessions"])
async def test_that_of_one_person_is_made_at_once(
    making: list[threading.Thread], view: str
) -> None:
    await taken_down_for(view, game())
    assert set(making) == {threading.main_thread()}


async def test_a_large_party_is_taken_down_as_it_is_when_asked_about(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    session, has_changed = crowd(), threading.Event()

    def made(copy: AnySession) -> Record:
        has_changed.wait(PATIENCE)
        return record_of(copy)

    monkeypatch.setattr(records, "record_of", made)
    taking = asyncio.create_task(records.taken_down(session, LATER))
    await asyncio.sleep(0)
    session.players.pop()
    session.ended_at, session.state = LATER - SECOND, "ended"
    has_changed.set()
    [record] = await taking
    assert len(record.players) == MANY
    assert (record.state, record.ended_at) == ("confirmed", LATER)


async def test_of_a_large_party_whoever_hides_is_left_out() -> None:
    [record] = await records.taken_down(crowd(), LATER, {3, 4})
    assert len(record.players) == MANY - 2
    assert await records.taken_down(crowd(), LATER, set(range(MANY))) == []


async def test_the_players_of_a_large_party_are_let_go_of_in_turns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    emptied: list[int] = []

    async def emptying(holder: list[Player]) -> None:
        emptied.append(len(holder))

    monkeypatch.setattr(records, "let_go", emptying)
    held = [records.so_far(one, LATER) for one in (crowd(), party(), game())]
    kept = held[0]
    await records.let_go_of_records(held)
    assert held == []
    assert emptied == [MANY]
    assert len(kept.players) == MANY
