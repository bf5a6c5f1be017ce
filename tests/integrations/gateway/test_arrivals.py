"""A large guild is read in turns, and comes to what it would have come to at once."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import discord
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import ClockStepped, GuildReport, SessionEngine
from integrations.evidence.channel_info import CallUpdate, ChannelInfo
from integrations.evidence.contradictions import Contradictions
from integrations.evidence.verdicts import Held
from integrations.gateway.arrivals import Arrival
from integrations.gateway.taps import EVENTS, Tap, tap
from machines import SECOND, PartySession
from persistence import HistoryFilter, read_live
from tests.benchmarks.connected_bot import LoggedInBot
from tests.benchmarks.our_cog import written
from tests.benchmarks.population import Population
from tests.how_often import examples
from tests.integrations.gateway.fed_bot import QUIET, FedBot, fed, without_ids
from tests.integrations.gateway.plaza import (
    AFK,
    PATIO,
    PEOPLE,
    PLAYER,
    PLAZA,
    SALA,
    SPEAKER,
    TOGETHER,
    Event,
    a_turn,
    afk_moves,
    arrives,
    deleted,
    goes_out,
    goes_to,
    is_reading,
    later,
    plays,
    removed,
    turn_of,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def plaza(tmp_path: Path) -> AsyncIterator[FedBot]:
    """The guild is known, was out, and is about to come back."""
    async with fed(tmp_path, PEOPLE) as bot:
        bot.clock.passes(60)
        bot.clock.catches_up()
        goes_out(bot)
        yield bot


# The law

SOME = (*PEOPLE.people, *PEOPLE.idle[:2])
persons = st.sampled_from(SOME)
events = st.one_of(
    st.builds(goes_to, persons, st.sampled_from([SALA, PATIO, AFK, None])),
    st.builds(plays, persons, st.sampled_from(["Juego 9", "Juego 10", None])),
    st.builds(removed, persons),
    st.builds(deleted, st.sampled_from([SALA, PATIO])),
    st.builds(afk_moves, st.sampled_from([SALA, AFK])),
)
some = st.frozensets(st.sampled_from([person.id for person in PEOPLE.people]))


async def _comes_to(
    before: frozenset[int] | None,
    without: frozenset[int],
    told: list[tuple[int, Event]],
    turn: float,
    evening: Path | None = None,
) -> tuple[object, ...]:
    """Return what a guild comes to, if events come after so many turns each.

    Args:
        before: who had gone to another channel before it was out; None: it was never met.
        without: who is in no channel and no game when it comes.
        told: the events, and how many turns go before each.
        turn: how long a turn is, in seconds.
        evening: a folder of sessions that do not say their guild; None: there are none.
    """
    signs: list[int] = []
    looks = mock.patch.object(
        Contradictions, "_look", lambda _self, guild_id, **_: signs.append(guild_id)
    )
    met = Population(()) if before is None and evening is None else PEOPLE
    waits = None if evening is None else LoggedInBot()
    with tempfile.TemporaryDirectory() as folder, looks:
        if evening is not None:
            shutil.copytree(evening, folder, dirs_exist_ok=True)
        async with fed(Path(folder), met, clock=later(), bot=waits) as bot:
            bot.clock.passes(60)
            bot.clock.catches_up()
            if before is not None:
                for person in SOME:
                    if person.id in before:
                        bot.hears(*goes_to(person, PATIO))
                goes_out(bot)
            with turn_of(turn):
                arrives(bot, without=without, **({"presences": TOGETHER} if evening else {}))
                for wait, event in told:
                    for _turn in range(wait):
                        await a_turn()
                    bot.clock.passes(0.001)
                    bot.hears(*event)
                await written(bot.cog)
            held = bot.cog.sources.occupancy.people(PLAZA.id)
            ended = map(_told, bot.cog.ledger.history(HistoryFilter()))
            return sorted(map(_told, bot.cog.engine.sessions())), sorted(ended), held, signs


def _told(each: object) -> str:
    """Return all that is told of a session, but for when its state was found to be so."""
    return str({**without_ids(msgspec.to_builtins(each)), "confirmed_at": None})


@settings(max_examples=examples(40))
@given(st.none() | some, some, st.lists(st.tuples(st.integers(0, 25), events), max_size=6))
def test_read_in_turns_a_guild_comes_to_what_it_would_have_come_to_at_once(
    before: frozenset[int] | None, without: frozenset[int], told: list[tuple[int, Event]]
) -> None:
    at_once = asyncio.run(_comes_to(before, without, told, 1_000.0))
    in_turns = asyncio.run(_comes_to(before, without, told, 0.0))
    assert in_turns == at_once


# The same where sessions have waited for their guild


@settings(max_examples=examples(40))
@given(some, st.lists(st.tuples(st.integers(0, 12), events), min_size=1, max_size=4))
def test_sessions_that_wait_for_a_guild_are_given_to_it_in_turns_as_if_at_once(
    evening: Path, without: frozenset[int], told: list[tuple[int, Event]]
) -> None:
    at_once = asyncio.run(_comes_to(None, without, told, 1_000.0, evening))
    in_turns = asyncio.run(_comes_to(None, without, told, 0.0, evening))
    assert in_turns == at_once


# In turns


def confirmed(bot: FedBot) -> set[int]:
    """Return who has a session that somebody has watched since the guild was out."""
    sessions = bot.cog.engine.sessions(PLAZA.id)
    return {each.user_id for each in sessions if each.unwatched_since is None}  # type: ignore[union-attr]


EVERYBODY = {person.id for person in PEOPLE.people}


async def test_a_small_guild_is_read_within_the_call(plaza: FedBot) -> None:
    with turn_of(1.0):
        arrives(plaza)
    assert not is_reading(plaza)
    assert confirmed(plaza) == EVERYBODY


async def test_a_large_one_is_read_in_turns_and_its_payload_is_left_as_it_is(plaza: FedBot) -> None:
    create = PLAZA.create()
    with turn_of(0.0):
        plaza.hears("GUILD_CREATE", create)
        assert confirmed(plaza) == set()
        await a_turn()
        assert is_reading(plaza)
        await written(plaza.cog)
    assert confirmed(plaza) == EVERYBODY
    assert create == PLAZA.create()


async def test_whoever_an_event_is_about_is_read_before_anybody_else(plaza: FedBot) -> None:
    with turn_of(0.0):
        arrives(plaza)
        plaza.clock.passes(0.001)
        plaza.hears(*goes_to(SPEAKER, PATIO))
        plaza.hears(*plays(PLAYER, PLAYER.game))
        assert confirmed(plaza) == {SPEAKER.id, PLAYER.id}


@pytest.mark.parametrize("is_held", [True, False])
async def test_the_next_frame_is_read_once_everybody_is_found(
    plaza: FedBot, *, is_held: bool
) -> None:
    first: list[tuple[int, bool]] = []

    def read_first(self: Arrival, user_id: int, *, games: bool) -> bool:
        first.append((user_id, self.found.is_set()))
        return read(self, user_id, games=games)

    read = Arrival.read_first
    texts = [PLAZA.text(), SPEAKER.voice_update(PATIO), PLAYER.presence_update(None)]
    held_for = 60.0 if is_held else 0.0
    with (
        turn_of(0.0),
        mock.patch.object(Arrival, "read_first", read_first),
        mock.patch("integrations.gateway.internals._HELD_AT_MOST", held_for),
    ):
        await plaza.bot.reads(texts)
        plaza.cog._tracker.catch_up()  # noqa: SLF001 - as the loop does next
        assert first == [(SPEAKER.id, is_held), (PLAYER.id, is_held)]
        assert confirmed(plaza) == {SPEAKER.id, PLAYER.id}
        await written(plaza.cog)
    assert confirmed(plaza) == EVERYBODY


async def test_of_two_that_come_at_once_the_later_one_is_right(plaza: FedBot) -> None:
    with turn_of(0.0):
        arrives(plaza)
        plaza.clock.passes(0.001)
        arrives(plaza, without=frozenset({SPEAKER.id}))
        await written(plaza.cog)
    assert confirmed(plaza) == EVERYBODY - {SPEAKER.id}
    held = plaza.cog.sources.occupancy.people(PLAZA.id)
    assert held.total() == len(PEOPLE.in_voice) - 1


@pytest.mark.parametrize("turns_before", [0, 3, 60])
async def test_a_guild_that_goes_out_again_is_looked_at_when_it_comes_back(
    plaza: FedBot, turns_before: int
) -> None:
    with turn_of(0.0):
        arrives(plaza)
        for _turn in range(turns_before):
            await a_turn()
        assert is_reading(plaza)
        goes_out(plaza)
        await written(plaza.cog)
        assert confirmed(plaza) == set()
        assert plaza.cog.engine.watch_of(PLAZA.id).gap_since is not None
        arrives(plaza)
        await written(plaza.cog)
    assert confirmed(plaza) == EVERYBODY


async def test_nobody_is_found_in_a_guild_that_is_left_meanwhile(plaza: FedBot) -> None:
    with turn_of(0.0):
        arrives(plaza)
        plaza.hears("GUILD_DELETE", {"id": str(PLAZA.id)})
        await written(plaza.cog)
    assert not plaza.cog.engine.registry.count
    assert plaza.cog.sources.occupancy.people(PLAZA.id).total() == 0


async def test_what_was_read_before_the_clock_was_set_is_passed_over(plaza: FedBot) -> None:
    with turn_of(0.0):
        arrives(plaza)
        plaza.cog._tracker.clocks._wall = lambda: plaza.clock._wall() + 3_600_000_000  # noqa: SLF001
        await written(plaza.cog)
    assert confirmed(plaza) == set()


async def test_a_cog_that_is_unloaded_meanwhile_knows_whoever_was_there(tmp_path: Path) -> None:
    with turn_of(0.0):
        async with fed(tmp_path, Population(())) as bot:
            arrives(bot)
            assert is_reading(bot)
            await bot.bot.remove_cog(bot.cog.qualified_name)
            assert not is_reading(bot)
    sessions = read_live(tmp_path).state.sessions
    assert {each.user_id for each in sessions if type(each) is not PartySession} == EVERYBODY


@pytest.mark.parametrize("is_first", [False, True])
@pytest.mark.parametrize(
    "odd",
    [
        {"voice_states": [{}]},
        {"voice_states": [{"user_id": "x"}]},
        {"voice_states": [{"user_id": str(SPEAKER.id), "channel_id": "x"}]},
        {"presences": [None]},
        {"presences": [{"user": {"id": str(SPEAKER.id)}, "activities": 5}]},
        {"members": [{"user": 5}]},
    ],
    ids=str,
)
async def test_what_is_odd_is_said_and_nothing_is_believed(
    plaza: FedBot, odd: dict[str, Any], caplog: pytest.LogCaptureFixture, *, is_first: bool
) -> None:
    hear = plaza.cog._intake.guilds.create  # noqa: SLF001 - discord.py would refuse it as well
    parsers = {event: mock.Mock() for event in EVENTS}
    bot = mock.Mock(_connection=mock.Mock(parsers=parsers))
    tap(bot, [Tap("GUILD_CREATE", hear)])
    with turn_of(0.0):
        parsers["GUILD_CREATE"]({**PLAZA.create(), **odd})
        if is_first:
            plaza.cog.sources.person_heard(PLAZA.id, SPEAKER.id)
        await written(plaza.cog)
    await a_turn()
    assert confirmed(plaza) <= {SPEAKER.id}  # who was read first, before anything was odd
    assert "GUILD_CREATE is not as Discord documents it" in caplog.text


async def test_a_call_that_changes_is_compared_once_it_is_known_who_is_there(
    plaza: FedBot,
) -> None:
    contradictions = plaza.cog.sources.contradictions
    with turn_of(0.0), mock.patch.object(Contradictions, "_look") as look:
        arrives(plaza)
        update = CallUpdate(id=SPEAKER.channel_id or 0, guild_id=PLAZA.id, voice_start_time=1)
        contradictions.call_changed(update)
        contradictions._compare(update)  # noqa: SLF001 - as its timer does
        assert list(contradictions._latest.values()) == [update]  # noqa: SLF001 - it waits
        await written(plaza.cog)
        contradictions._compare(update)  # noqa: SLF001 - as above
        assert not contradictions.is_comparing
    look.assert_not_called()


async def test_somebody_whom_discord_py_has_not_cached_is_found_in_the_payload(
    tmp_path: Path,
) -> None:
    create = PLAZA.create()
    robot = {**SPEAKER.member, "user": {**SPEAKER.member["user"], "bot": True}}
    create["members"] = [robot, *create["members"][1:]]
    async with fed(tmp_path, Population(())) as bot:
        with turn_of(0.0), mock.patch.object(discord.Guild, "get_member", return_value=None):
            bot.hears("GUILD_CREATE", create)
            bot.cog.sources.person_heard(PLAZA.id, SPEAKER.id)
            bot.cog.sources.person_heard(PLAZA.id, PLAYER.id, games=True)
            [found] = bot.cog.engine.sessions()
        await written(bot.cog)
    assert found.user_id == PLAYER.id  # type: ignore[union-attr]
    assert found.username == "Persona 8"  # type: ignore[union-attr]


# What ends a reading, or the look at it


def in_voice(bot: FedBot) -> int:
    return bot.cog.sources.occupancy.people(PLAZA.id).total()


async def test_a_clock_that_is_set_meanwhile_leaves_nobody_out_of_the_voice_states(
    plaza: FedBot,
) -> None:
    with turn_of(0.0):
        arrives(plaza)
        await a_turn()
        plaza.cog._tracker.observe(ClockStepped(by=3 * SECOND))  # noqa: SLF001 - as the clocks do
        await written(plaza.cog)
    assert in_voice(plaza) == len(PEOPLE.in_voice)


@pytest.mark.parametrize("turn", [0.0, 1_000.0], ids=["in turns", "at once"])
async def test_what_cannot_be_read_leaves_the_voice_states_as_they_were(
    tmp_path: Path, turn: float
) -> None:
    async with fed(tmp_path, PEOPLE) as bot:
        states = [{**state, "self_stream": None} for state in PLAZA.create()["voice_states"]]
        with turn_of(turn):
            arrives(bot, voice_states=states)
            await written(bot.cog)
            await a_turn()
        assert in_voice(bot) == len(PEOPLE.in_voice)


async def test_what_ends_in_the_turn_of_a_payload_that_is_odd_is_written_down(
    tmp_path: Path,
) -> None:
    async with fed(tmp_path, PEOPLE) as bot:
        bot.hears(*goes_to(SPEAKER, None))
        due = bot.cog.engine.due_at
        assert due is not None
        bot.clock.passes((due - bot.cog.now()) / SECOND + 1)
        states = [{**state, "self_stream": None} for state in PLAZA.create()["voice_states"]]
        arrives(bot, voice_states=states)
        await written(bot.cog)
        assert bot.cog.engine.voice_of(PLAZA.id, SPEAKER.id) is None
        [record] = bot.cog.ledger.history(HistoryFilter())
        assert record.user_id == SPEAKER.id


async def test_who_is_alone_in_a_call_is_counted_at_the_instant_of_the_report(
    tmp_path: Path,
) -> None:
    one, other = PEOPLE.in_voice[:2]
    states = [person.voice_state(SALA) for person in (one, other)]
    heard = msgspec.structs.replace(QUIET, channel_info=True)
    async with fed(tmp_path, Population(()), heard) as bot:
        bot.clock.passes(600)
        bot.clock.catches_up()
        began = bot.cog.now() - 500 * SECOND
        calls = mock.patch.object(
            ChannelInfo, "calls_of", mock.AsyncMock(return_value={SALA: began})
        )
        with turn_of(0.0), calls, mock.patch.object(ChannelInfo, "is_asked", new=True):
            at = bot.cog.now()
            arrives(bot, voice_states=states)
            await a_turn()
            bot.hears(*goes_to(one, None))
            await written(bot.cog)
        session = bot.cog.engine.voice_of(PLAZA.id, other.id)
        assert session is not None
        assert session.started_at == at  # they were two, so nobody knows who began the call


async def test_a_verdict_that_fails_is_said_and_keeps_nobody_waiting(
    plaza: FedBot, caplog: pytest.LogCaptureFixture
) -> None:
    verdicts = plaza.cog.sources._verdicts  # noqa: SLF001 - an unload waits for what it owes
    report = GuildReport(guild_id=PLAZA.id, source="guild_create", at=plaza.cog.now())
    given: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(asyncio.sleep(0))
    verdicts.held[PLAZA.id] = Held(report, {SPEAKER.id}, task, given, 0)
    verdicts._owed.add(given)  # noqa: SLF001 - as above
    with mock.patch.object(SessionEngine, "go_on", side_effect=RuntimeError("broken")):
        verdicts.close()
    await a_turn()
    assert given.done()
    assert "broken" in caplog.text
