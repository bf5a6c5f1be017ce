"""Sessions of the proposal's format that do not say where they belong."""

from __future__ import annotations

import asyncio
import sys
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest

from engine import (
    ActivitySeen,
    Channel,
    PresenceObserved,
    SessionEngine,
    Settings,
    VoiceObserved,
)
from integrations.gateway.guild_payload import people_listed
from integrations.gateway.placing import Placing
from integrations.tracker import Tracker
from machines import GuildWatch, LiveState, PartySession, Player, RecordEnded
from persistence import Restored
from tests.contracts import raw_bot
from tests.integrations.sessions import (
    AGU,
    GENERAL,
    GUILD,
    OTHER_GUILD,
    PINO,
    at,
    game_session,
    voice_session,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from machines import AnySession, Effect


class Hall:
    """Where sessions without a guild wait."""

    def __init__(self, *sessions: AnySession, saved_at: float | None = 50) -> None:
        self.effects: list[Effect] = []
        self.engine = SessionEngine(Settings())
        self.tracker = Tracker(self.engine, self.effects.extend)
        self.placing = Placing(self.tracker)
        watches = [] if saved_at is None else [GuildWatch(guild_id=0, observed_until=at(saved_at))]
        here = voice_session(77)
        self.state = LiveState(sessions=[here, *sessions], guilds=watches, saved_at=at(40))
        self._restored = Restored(state=self.state, unplaced=list(sessions))

    async def open(self) -> Hall:
        await self.placing.take(self._restored)
        return self

    def comes(self, *, channel_id: int = GENERAL, members: tuple[int, ...] = ()) -> None:
        payload = raw_bot.guild(members=members)
        payload["channels"] = [raw_bot.channel(channel_id, "General")]
        for _piece in self.looks_through(payload):
            pass

    def looks_through(self, payload: dict[str, Any]) -> Iterator[None]:
        channels = [int(each["id"]) for each in payload["channels"]]
        return self.placing.place(int(payload["id"]), channels, people_listed(payload))

    @property
    def placed(self) -> dict[str, int]:
        return {session.id: session.guild_id for session in self.engine.sessions()}


def party(*players: AnySession) -> PartySession:
    return PartySession(
        id="party",
        guild_id=0,
        state="confirmed",
        started_at=at(0),
        last_seen=at(0),
        game_name="Tetris",
        players=[
            Player(session_id=game.id, user_id=number, username="x", started_at=at(0))
            for number, game in enumerate(players)
        ],
        max_players=2,
    )


@pytest.fixture
async def hall() -> AsyncIterator[Hall]:
    pino, agu = game_session(PINO, guild_id=0), game_session(AGU, guild_id=0)
    made = await Hall(party(pino, agu), voice_session(guild_id=0), pino, agu).open()
    yield made
    made.tracker.stop()


async def test_they_are_held_back_and_unwatched_since_the_file_was_written(hall: Hall) -> None:
    assert [session.id for session in hall.state.sessions] == ["voice-77"]
    assert {session.unwatched_since for session in hall.placing.waiting} == {at(50)}
    assert hall.placed == {}


async def test_without_a_watch_the_file_was_written_when_it_was_saved() -> None:
    hall = await Hall(voice_session(guild_id=0), saved_at=None).open()
    assert [session.unwatched_since for session in hall.placing.waiting] == [at(40)]


async def test_a_stay_belongs_to_the_guild_of_its_channel(hall: Hall) -> None:
    hall.comes(channel_id=4711)
    assert hall.placed == {}
    hall.comes(channel_id=GENERAL)
    assert hall.placed == {"voice-11": GUILD}
    assert len(hall.placing.waiting) == 3


async def test_a_game_belongs_where_the_person_is_seen_and_a_party_where_its_players_are(
    hall: Hall,
) -> None:
    hall.comes(channel_id=4711, members=(PINO,))
    assert hall.placed == {"game-11-Tetris": GUILD, "party": GUILD}
    hall.comes(channel_id=4711, members=(PINO, AGU))
    assert set(hall.placed) == {"game-11-Tetris", "game-12-Tetris", "party"}
    assert [session.id for session in hall.placing.waiting] == ["voice-11"]


async def test_what_is_never_found_is_closed_where_the_watching_ended(hall: Hall) -> None:
    hall.comes(channel_id=4711, members=(PINO,))
    await hall.placing.give_up()
    records = [effect.record for effect in hall.effects if isinstance(effect, RecordEnded)]
    assert {record.id for record in records} == {"voice-11", "game-12-Tetris"}
    assert {record.state for record in records} == {"orphaned"}
    assert all(record.ended_at <= at(50) for record in records)
    assert hall.placing.waiting == []
    count = len(hall.effects)
    await hall.placing.give_up()
    assert len(hall.effects) == count


async def test_while_they_are_given_up_none_is_missing_from_what_a_restart_needs() -> None:
    many = [game_session(1_000 + number, guild_id=0) for number in range(200)]
    hall = await Hall(*many).open()
    giving_up = asyncio.ensure_future(hall.placing.give_up())
    others_had = 0
    while not giving_up.done():
        await asyncio.sleep(0)
        others_had += 1
        if not any(isinstance(effect, RecordEnded) for effect in hall.effects):
            there = {session.id for session in hall.placing.waiting} | set(hall.placed)
            assert there == {session.id for session in many}
    assert others_had > 3
    assert not hall.placed
    hall.tracker.stop()


async def test_a_party_of_players_in_two_guilds_belongs_where_one_is_seen_first(
    hall: Hall,
) -> None:
    hall.comes(channel_id=4711, members=(AGU,))
    assert hall.placed == {"game-12-Tetris": GUILD, "party": GUILD}
    hall.comes(channel_id=4711, members=(PINO,))
    assert len(hall.placed) == 3
    assert [session.id for session in hall.placing.waiting] == ["voice-11"]


async def test_whoever_is_listed_several_times_is_placed_once(hall: Hall) -> None:
    hall.comes(members=(PINO, PINO, AGU))
    assert len(hall.placed) == 4
    assert hall.placing.waiting == []


async def test_a_large_guild_is_looked_through_in_pieces_and_none_is_missing_meanwhile() -> None:
    many = [game_session(1_000 + number, guild_id=0) for number in range(200)]
    hall = await Hall(*many, party(*many)).open()
    everybody = {*(session.id for session in many), "party"}
    pieces = 0
    for _piece in hall.looks_through(raw_bot.guild(members=tuple(range(1, 1_200)))):
        pieces += 1
        assert {session.id for session in hall.placing.waiting} | set(hall.placed) == everybody
    assert pieces > 400
    assert set(hall.placed) == everybody
    assert hall.placing.waiting == []
    hall.tracker.stop()


async def test_of_two_guilds_that_are_looked_through_by_turns_one_gets_each() -> None:
    here, there = game_session(PINO, guild_id=0), game_session(AGU, guild_id=0)
    shared = [game_session(1_000 + number, guild_id=0) for number in range(20)]
    hall = await Hall(party(here, there), here, there, *shared).open()
    of_both = range(1_000, 1_020)
    payloads = [
        raw_bot.guild(members=(PINO, *of_both)),
        {**raw_bot.guild(members=(AGU, *of_both)), "id": str(OTHER_GUILD)},
    ]
    for _piece in chain.from_iterable(zip_longest(*map(hall.looks_through, payloads))):
        pass
    placed = hall.placed
    assert (placed["game-11-Tetris"], placed["game-12-Tetris"]) == (GUILD, OTHER_GUILD)
    assert len(placed) == 23
    assert hall.placing.waiting == []
    hall.tracker.stop()


async def test_the_same_guild_twice_by_turns_places_everybody_once(hall: Hall) -> None:
    payload = raw_bot.guild(members=(PINO, AGU))
    payload["channels"] = [raw_bot.channel(GENERAL, "General")]
    for _piece in chain.from_iterable(zip_longest(*[hall.looks_through(payload)] * 2)):
        pass
    for _piece in chain.from_iterable(zip_longest(*map(hall.looks_through, [payload] * 2))):
        pass
    assert len(hall.placed) == 4
    assert hall.placing.waiting == []


async def test_what_is_under_way_is_finished_by_whoever_needs_it(hall: Hall) -> None:
    placing = hall.looks_through(raw_bot.guild(members=(PINO, AGU)))
    assert hall.placed == {}
    hall.placing.finish(GUILD)
    assert len(hall.placed) == 4
    assert list(placing) == []


async def _by_who_looks_at_the_guild(_hall: Hall, pieces: Iterator[None]) -> None:
    for _piece in pieces:
        pass


async def _by_an_event_of_the_guild(hall: Hall, _pieces: Iterator[None]) -> None:
    hall.placing.finish(GUILD)


async def _by_a_bot_that_is_ready(hall: Hall, _pieces: Iterator[None]) -> None:
    await hall.placing.finish_all()


@pytest.mark.parametrize("pieces_done", [0, 1])
@pytest.mark.parametrize(
    "is_gone_on_with",
    [_by_who_looks_at_the_guild, _by_an_event_of_the_guild, _by_a_bot_that_is_ready],
)
async def test_news_that_has_waited_before_a_piece_finds_everybody_there(
    hall: Hall,
    is_gone_on_with: Callable[[Hall, Iterator[None]], Awaitable[None]],
    pieces_done: int,
) -> None:
    payload = raw_bot.guild(members=(PINO, AGU))
    payload["channels"] = [raw_bot.channel(GENERAL, "General")]
    pieces = hall.looks_through(payload)
    for _piece in range(pieces_done):
        next(pieces)
    found: list[int] = []

    def news_is_taken_in() -> None:
        if not found:
            found.append(0)  # it is taken out before
            hall.placing.finish(GUILD)  # as the intake does
            found.append(len(hall.placed))

    hall.tracker.news = mock.Mock(take_in=news_is_taken_in)
    await is_gone_on_with(hall, pieces)
    assert found == [0, 4]
    assert len(hall.placed) == 4
    assert hall.placing.under_way == {}


async def test_nobody_is_given_up_who_is_still_being_looked_for(hall: Hall) -> None:
    hall.looks_through(raw_bot.guild(members=(PINO, AGU)))
    await hall.placing.give_up()
    assert len(hall.placed) == 4
    assert not [effect for effect in hall.effects if isinstance(effect, RecordEnded)]


async def test_what_has_waited_is_taken_in_before_anybody_is_given_up(hall: Hall) -> None:
    waiting: list[int] = []
    hall.tracker.news = mock.Mock(take_in=lambda: waiting.append(len(hall.placed)))
    await hall.placing.give_up()
    assert {*range(4)} <= {*waiting}  # once before each of the four


async def test_whose_place_is_taken_waits_on_and_is_given_up(hall: Hall) -> None:
    tetris = ActivitySeen("Tetris")
    channel = Channel(GENERAL, "General")
    joins = VoiceObserved(guild_id=GUILD, user_id=PINO, username="x", channel=channel)
    hall.tracker.observe(joins)
    for user_id in (PINO, AGU):
        hall.tracker.observe(
            PresenceObserved(guild_id=GUILD, user_id=user_id, username="x", activities=(tetris,))
        )
    before = hall.placed
    hall.comes(members=(PINO, AGU))
    assert hall.placed == before
    assert len(hall.placing.waiting) == 4
    await hall.placing.give_up()
    records = [effect.record for effect in hall.effects if isinstance(effect, RecordEnded)]
    assert {record.id for record in records} == {
        "voice-11",
        "game-11-Tetris",
        "game-12-Tetris",
        "party",
    }
    assert hall.placed == before


async def test_whose_place_is_taken_in_one_guild_may_come_to_another() -> None:
    hall = await Hall(game_session(PINO, guild_id=0)).open()
    begun = game_session(PINO)
    begun.id = "begun"
    hall.tracker.restore(LiveState(sessions=[begun]))
    hall.comes(members=(PINO,))
    assert len(hall.placing.waiting) == 1
    for _piece in hall.looks_through({**raw_bot.guild(members=(PINO,)), "id": str(OTHER_GUILD)}):
        pass
    assert hall.placed == {"begun": GUILD, "game-11-Tetris": OTHER_GUILD}
    hall.tracker.stop()


async def test_a_party_waits_on_where_another_is_in_its_place() -> None:
    pino, agu = game_session(PINO, guild_id=0), game_session(AGU, guild_id=0)
    others = [game_session(user_id, guild_id=GUILD) for user_id in (91, 92)]
    hall = await Hall(party(pino, agu), pino, agu).open()
    theirs = party(*others)
    theirs.id, theirs.guild_id = "theirs", GUILD
    hall.tracker.restore(LiveState(sessions=[*others, theirs]))
    hall.comes(members=(PINO, AGU))
    assert [session.id for session in hall.placing.waiting] == ["party"]
    assert set(hall.placed) >= {"theirs", "game-11-Tetris", "game-12-Tetris"}
    hall.tracker.stop()


@pytest.mark.parametrize("odd", [{}, {"user": None}, {"user": {"id": "x"}}, None, 5])
async def test_what_is_odd_is_passed_over(hall: Hall, odd: object) -> None:
    payload = raw_bot.guild(members=(PINO,))
    payload["members"] = [odd, *payload["members"]]
    payload["voice_states"] = [odd]
    payload["presences"] = None
    for _piece in hall.looks_through(payload):
        pass
    assert set(hall.placed) == {"game-11-Tetris", "party", "voice-11"}


async def test_a_guild_asks_for_its_own_people_however_many_wait_elsewhere() -> None:
    few, many = await _calls_of_a_guild(10), await _calls_of_a_guild(1_000)
    assert few == many


async def _calls_of_a_guild(waiting: int) -> int:
    """Count what is called while a guild with nobody who waits is looked through."""
    hall = await Hall(
        *(game_session(1_000 + number, guild_id=0) for number in range(waiting))
    ).open()
    calls = 0

    def count(_frame: object, event: str, _arg: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    payload = raw_bot.guild(members=(PINO, AGU))
    before = sys.getprofile()
    sys.setprofile(count)
    try:
        for _piece in hall.looks_through(payload):
            pass
    finally:
        sys.setprofile(before)
    hall.tracker.stop()
    assert len(hall.placing.waiting) == waiting
    return calls
