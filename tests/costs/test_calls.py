"""How many functions of ours an event calls: that does not depend on the machine.

Counted are calls of Python functions in our packages while discord.py takes in a burst of frames
and what they say is taken in after it, by event. The bounds have room for a few more, so that
whoever adds calls to every event has to look here.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest import mock

import msgspec
import pytest

from tests.benchmarks.guild_day import day_in
from tests.benchmarks.our_cog import written
from tests.benchmarks.population import Person, Population, frame
from tests.costs.counted_calls import counted_calls
from tests.integrations.gateway.disturbances import BotOfTwoShards, shard_of
from tests.integrations.gateway.fed_bot import QUIET, FedBot, fed, payload

if TYPE_CHECKING:
    from collections import Counter
    from pathlib import Path


GUILD = 0
QUIETEST = 33
"""Calls of ours at most for what changes nothing, while other shards are cut and looks go on."""

BURST = 8
"""Events that are there at once, each of another person."""


class Case(NamedTuple):
    """What is told of somebody first, and then; and how many calls the latter may take."""

    name: str
    before: list[str]
    event: str
    text: str
    at_most: int


def cases(population: Population, number: int = 0) -> list[Case]:
    here, there, free = population.guilds[GUILD].channel_ids[:3]
    groups = (population.in_voice, population.playing, population.idle)
    sits, plays, idles = (people[number] for people in groups)
    voice, presence = "VOICE_STATE_UPDATE", "PRESENCE_UPDATE"
    at_home, at_play = sits.voice_update(here), plays.presence_update(plays.game)
    stranger = Person(1_000 + number, sits.guild_id)
    gone = {"guild_id": str(idles.guild_id), "user": idles.member["user"]}
    bot = {**idles.member["user"], "bot": True}
    in_voice = {"guild_id": str(idles.guild_id), **idles.voice_state(here)}
    of_a_bot = frame(voice, {**in_voice, "member": {**idles.member, "user": bot}})
    return [
        Case("mutes", [at_home], voice, sits.voice_update(here, muted=True), 17),
        Case("details", [], presence, plays.presence_update(plays.game, details="2-1"), 18),
        Case("no game", [], presence, idles.presence_update(None, status="idle"), 13),
        Case("not cached", [], presence, stranger.presence_update(None), 13),
        Case("in no voice", [], voice, idles.voice_update(None), 20),
        Case("a bot comes", [], voice, of_a_bot, 21),
        Case("goes", [], "GUILD_MEMBER_REMOVE", frame("GUILD_MEMBER_REMOVE", gone), 14),
        Case("moves", [at_home], voice, sits.voice_update(there), 44),
        Case("leaves", [at_home], voice, sits.voice_update(None), 43),
        Case("comes back", [at_home, sits.voice_update(None)], voice, at_home, 47),
        Case("joins", [], voice, idles.voice_update(free), 46),
        Case("gone at once", [idles.voice_update(free)], voice, idles.voice_update(None), 47),
        Case("closes", [], presence, plays.presence_update(None), 56),
        Case("opens", [plays.presence_update(None)], presence, at_play, 67),
        Case("goes to another", [], presence, plays.presence_update("Otro"), 86),
        Case("comes back to it", [plays.presence_update("Otro")], presence, at_play, 93),
        Case("begins", [], presence, idles.presence_update("Otro"), 57),
        Case("stops", [idles.presence_update("Otro")], presence, idles.presence_update(None), 49),
    ]


def calls_in(told: FedBot, event: str, burst: list[dict[str, Any]]) -> Counter[str]:
    with counted_calls() as called:
        for data in burst[:-1]:
            told.reads(event, data)
        told.hears(event, burst[-1])
    return called


def of_size(size: int) -> Population:
    return Population.of(size, guilds=1, idle_each=BURST)


NAMES = [case.name for case in cases(of_size(40))]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [40, 500])
async def test_an_event_makes_no_more_calls_of_ours_than_it_did_however_many_sessions_there_are(
    name: str, size: int, tmp_path: Path
) -> None:
    population = of_size(size)
    each = [cases(population, number)[NAMES.index(name)] for number in range(BURST)]
    async with fed(tmp_path, population) as told:
        for case in each:
            for text in case.before:
                told.hears(case.event, payload(text))
        called = calls_in(told, each[0].event, [payload(case.text) for case in each])
    assert 0 < called.total() <= BURST * each[0].at_most, called.most_common()


@pytest.mark.parametrize("name", ["moves", "closes"])
async def test_it_is_asked_once_whether_an_event_by_itself_changes_anything(
    name: str, tmp_path: Path
) -> None:
    case = cases(of_size(40))[NAMES.index(name)]
    async with fed(tmp_path, of_size(40)) as told:
        for text in case.before:
            told.hears(case.event, payload(text))
        called = calls_in(told, case.event, [payload(case.text)])
    asked = {"VOICE_STATE_UPDATE": "voice", "PRESENCE_UPDATE": "presence"}[case.event]
    assert called[f"still_there.py:{asked}"] == 1


@pytest.mark.parametrize("name", ["mutes", "details", "not cached", "in no voice", "goes"])
async def test_the_clocks_are_compared_once_for_what_changes_nothing_within_a_moment(
    name: str, tmp_path: Path
) -> None:
    each = [cases(of_size(40), number)[NAMES.index(name)] for number in range(BURST)]
    async with fed(tmp_path, of_size(40)) as told:
        for case in each:
            for text in case.before:
                told.hears(case.event, payload(text))
        told.cog.now()  # whatever moment it was is over
        called = calls_in(told, each[0].event, [payload(case.text) for case in each])
    assert called["clocks.py:begin_moment"] == 1
    assert called["clocks.py:glance"] == 1


async def test_however_many_other_shards_are_cut_and_guilds_looked_at_it_makes_as_many_calls(
    tmp_path: Path,
) -> None:
    population = of_size(40)
    [served] = map(shard_of, population.guilds)
    person = population.in_voice[0]
    where = person.channel_id
    mutes, speaks = (payload(person.voice_update(where, muted=muted)) for muted in (True, False))
    made: list[int] = []
    async with fed(tmp_path, population, bot=BotOfTwoShards()) as told:
        lateness = told.cog._connections._lateness  # noqa: SLF001 - a bot of so many takes long
        looks = told.cog._tracker.looks.under_way  # noqa: SLF001 - likewise
        told.hears("VOICE_STATE_UPDATE", mutes)
        for others in (2, 128):
            for other in set(range(others)) - {served}:
                lateness.is_cut(other, told.cog.now())
                looks[other] = {}
            told.hears("VOICE_STATE_UPDATE", speaks)
            made.append(calls_in(told, "VOICE_STATE_UPDATE", [mutes]).total())
        looks.clear()
    assert 0 < made[0] == made[1] <= QUIETEST


@pytest.mark.parametrize(("event", "at_most"), [("CHANNEL_DELETE", 30), ("GUILD_UPDATE", 9)])
async def test_what_befalls_a_channel_that_nobody_is_in_makes_few_calls_however_many_are_in_others(
    event: str, at_most: int, tmp_path: Path
) -> None:
    population = of_size(500)
    [guild] = population.guilds
    empty = [guild.channel(guild.channels + number) for number in range(2)]
    async with fed(tmp_path, population) as told:
        for channel in empty:
            told.hears("CHANNEL_CREATE", channel)
        told.hears("CHANNEL_DELETE", empty[0])  # from now on it is held who is where
        await written(told.cog)
        if event == "CHANNEL_DELETE":
            burst = [empty[1]]
        else:
            afk = empty[1]["id"]
            told.hears(event, payload(guild.update(afk_channel_id=afk)))
            burst = [payload(guild.update(afk_channel_id=afk, name="Patio"))]
        called = calls_in(told, event, burst)
    assert 0 < called.total() <= at_most, called.most_common()


@pytest.mark.parametrize("size", [40, 500])
async def test_a_call_that_fits_who_is_there_makes_few_calls_of_ours_and_starts_no_timer(
    size: int, tmp_path: Path
) -> None:
    population = of_size(size)
    [guild] = population.guilds
    event, began = "VOICE_CHANNEL_START_TIME_UPDATE", guild.channel_ids[0]
    settings = msgspec.structs.replace(QUIET, channel_info=True)
    loop = asyncio.get_running_loop()
    async with fed(tmp_path, population, settings) as told:
        call = {"guild_id": str(guild.id), "id": str(began), "voice_start_time": 1}
        with mock.patch.object(loop, "call_at") as timer:
            called = calls_in(told, event, [call] * BURST)
    assert 0 < called.total() <= BURST * 13, called.most_common()
    timer.assert_not_called()


async def _calls_of_a_day(folder: Path, members: int) -> Counter[str]:
    population = Population.of(members // 4, guilds=1, idle_each=members - members // 4)
    async with fed(folder, population) as told:
        with counted_calls() as called:
            for act in day_in(population):
                for text in act.texts:
                    told.hears(json.loads(text)["t"], payload(text))
                told.clock.passes(act.then)
                told.clock.catches_up()
    return called


async def test_a_day_makes_the_same_calls_of_ours_in_a_guild_of_eight_times_as_many_members(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.turns._TURN", 3_600.0)  # a slow machine takes more turns
    monkeypatch.setattr("tests.benchmarks.guild_day.HOURS", 6)
    few = (await _calls_of_a_day(tmp_path / "few", 300)).total()
    many = (await _calls_of_a_day(tmp_path / "many", 2_400)).total()
    # Which old cooldowns are looked through next is a matter of hashes.
    assert 10_000 < many < 1.002 * few
