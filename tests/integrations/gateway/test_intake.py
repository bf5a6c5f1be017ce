"""Each event of the gateway is applied at once, in the order in which it came."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from unittest import mock

import discord
import pytest

from engine import Channel, GuildReport, VoiceObserved
from integrations.clocks import Clocks
from integrations.cog import SessionCog
from integrations.evidence.audit import Auditor
from machines import SECOND
from persistence import DataDir
from tests.benchmarks.connected_bot import ConnectedBot, connected
from tests.benchmarks.our_cog import written
from tests.benchmarks.population import Population
from tests.integrations.gateway.fed_bot import QUIET, FedBot, fed, payload
from tests.integrations.gateway.plaza import goes_to, turn_of
from tests.integrations.sessions import voice_session

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from engine import LiveReport, Look
    from machines import VoiceSession
    from tests.benchmarks.population import Person

PEOPLE = Population.of(10, guilds=1, idle_each=2)
[PLAZA] = PEOPLE.guilds
SPEAKER, PLAYER, IDLER = PEOPLE.in_voice[0], PEOPLE.playing[0], PEOPLE.idle[0]
SALA, FREE = PLAZA.channel_ids[3], PLAZA.channel_ids[-1]


@pytest.fixture
async def plaza(tmp_path: Path) -> AsyncIterator[FedBot]:
    async with fed(tmp_path, PEOPLE) as bot:
        yield bot


def goes(bot: FedBot, person: Person, channel_id: int | None) -> None:
    bot.hears("VOICE_STATE_UPDATE", payload(person.voice_update(channel_id)))


def voice_of(bot: FedBot, person: Person) -> VoiceSession | None:
    return bot.cog.engine.voice_of(PLAZA.id, person.id)


async def test_whoever_comes_is_held_by_the_name_and_the_numbers_that_discord_py_holds(
    plaza: FedBot,
) -> None:
    goes(plaza, IDLER, FREE)
    session, guild = voice_of(plaza, IDLER), plaza.bot.get_guild(PLAZA.id)
    assert session is not None
    assert guild is not None
    member, channel = guild.get_member(IDLER.id), guild.get_channel(FREE)
    assert member is not None
    assert channel is not None
    assert session.username is member.display_name
    assert session.user_id is member.id
    assert session.channel_id is channel.id
    assert session.channel_name is channel.name
    states = plaza.cog.sources.occupancy._states[PLAZA.id]  # noqa: SLF001 - what it holds is meant
    [user_id] = (each for each in states.by_person if each == IDLER.id)
    assert user_id is member.id
    assert states.by_person[user_id].channel.id is channel.id


async def test_nothing_comes_between_an_event_and_what_it_means(plaza: FedBot) -> None:
    goes(plaza, IDLER, SALA)
    assert voice_of(plaza, IDLER) is not None
    goes(plaza, IDLER, None)
    assert voice_of(plaza, IDLER) is None


async def test_who_is_removed_and_comes_back_at_once_is_there(plaza: FedBot) -> None:
    removed = {"guild_id": str(PLAZA.id), "user": SPEAKER.member["user"]}
    plaza.hears("GUILD_MEMBER_REMOVE", removed)
    left = voice_of(plaza, SPEAKER)
    assert left is not None
    assert left.absent_since is not None
    goes(plaza, SPEAKER, SALA)
    back = voice_of(plaza, SPEAKER)
    assert back is not None
    assert back.absent_since is None


async def test_a_game_of_somebody_who_is_not_cached_is_heard_of(plaza: FedBot) -> None:
    guild = plaza.bot.get_guild(PLAZA.id)
    member = None if guild is None else guild.get_member(IDLER.id)
    assert guild is not None
    assert member is not None
    guild._remove_member(member)  # noqa: SLF001 - as in a guild too large to be cached
    plaza.hears("PRESENCE_UPDATE", payload(IDLER.presence_update("Tetris")))
    games = [s for s in plaza.cog.engine.sessions() if getattr(s, "user_id", None) == IDLER.id]
    assert [session.kind for session in games] == ["game"]


@pytest.mark.parametrize("event", ["GUILD_UPDATE", "GUILD_DELETE", "PRESENCE_UPDATE"])
async def test_what_is_said_of_a_guild_unknown_to_discord_py_is_passed_over(
    plaza: FedBot, event: str, caplog: pytest.LogCaptureFixture
) -> None:
    before = plaza.sessions()
    elsewhere = {**payload(PLAYER.presence_update(None)), "guild_id": "4711", "id": "4711"}
    plaza.hears(event, elsewhere)
    goes_elsewhere = {**payload(SPEAKER.voice_update(None)), "guild_id": "4711"}
    plaza.hears("VOICE_STATE_UPDATE", goes_elsewhere)
    assert plaza.sessions() == before
    assert "could not be taken in" not in caplog.text


@pytest.mark.parametrize(
    ("event", "data"),
    [
        ("VOICE_STATE_UPDATE", payload(IDLER.voice_update(None))),
        ("PRESENCE_UPDATE", payload(IDLER.presence_update(None))),
        ("GUILD_CREATE", payload(PLAZA.text())),
        ("GUILD_MEMBER_REMOVE", {"guild_id": str(PLAZA.id), "user": IDLER.member["user"]}),
        ("CHANNEL_DELETE", {"id": str(SALA), "guild_id": str(PLAZA.id), "type": 2}),
        ("GUILD_DELETE", {"id": str(PLAZA.id)}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_an_audit_that_is_due_comes_with_the_next_event_whichever_it_is(
    plaza: FedBot, event: str, data: dict[str, Any]
) -> None:
    plaza.clock.passes(60)
    with mock.patch.object(Auditor, "can_audit", new_callable=mock.PropertyMock) as asked:
        asked.return_value = False
        plaza.hears(event, data)
    assert asked.called


async def test_a_cog_that_could_not_be_loaded_hears_nothing(tmp_path: Path) -> None:
    async with fed(tmp_path / "first", PEOPLE) as bot:
        parsers = dict(bot.bot._connection.parsers)  # noqa: SLF001 - what is tapped
        twin = Twin(bot.bot, QUIET, data_dir=tmp_path / "second")
        with pytest.raises(discord.ClientException, match="already loaded"):
            await bot.bot.add_cog(twin)
        goes(bot, IDLER, SALA)
        assert not twin.engine.registry.count
        assert voice_of(bot, IDLER) is not None
        assert bot.bot._connection.parsers == parsers  # noqa: SLF001 - as above
        assert bot.bot.get_cog("Latido commands") is not None


class Twin(SessionCog, name="Twin"):
    """A second cog in one bot, whose commands have the names of the first one's."""


async def test_a_check_that_has_ended_by_itself_comes_back_with_the_next_event(
    plaza: FedBot,
) -> None:
    check = plaza.cog._check  # noqa: SLF001 - a bot that was not ready can end it
    await asyncio.sleep(0)
    assert check._task is not None  # noqa: SLF001 - as above
    check._task.cancel()  # noqa: SLF001 - as above
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert check.has_failed
    goes(plaza, IDLER, SALA)
    assert not check.has_failed


@pytest.mark.parametrize("by", [0.6, -0.6, 3_600, -3_600])
async def test_a_clock_that_was_set_just_before_a_guild_comes_back_leaves_it_its_look(
    plaza: FedBot, by: float
) -> None:
    plaza.hears("GUILD_DELETE", {"id": str(PLAZA.id), "unavailable": True})
    plaza.clock.passes(100)
    plaza.clock.is_set(by)
    plaza.hears("GUILD_CREATE", payload(PLAZA.text()))
    await written(plaza.cog)
    assert plaza.cog.engine.watch_of(PLAZA.id).gap_since is None


@pytest.mark.parametrize("by", [-3_600, 3_600])
async def test_a_clock_that_is_set_while_nobody_is_there_is_noticed_once_somebody_is(
    tmp_path: Path, by: float
) -> None:
    async with fed(tmp_path, Population(())) as bot:
        nobody = frozenset(person.id for person in PLAZA.people)
        bot.hears("GUILD_CREATE", PLAZA.create(without=nobody))
        bot.clock.is_set(by)
        bot.clock.passes(600)
        bot.hears("GUILD_DELETE", {"id": str(PLAZA.id), "unavailable": True})
        bot.clock.passes(60)
        bot.hears("GUILD_CREATE", PLAZA.create(without=nobody - {SPEAKER.id}))
        await written(bot.cog)
        session = voice_of(bot, SPEAKER)
        assert session is not None
        assert session.started_at == bot.cog.now()
        assert sum(part.end - part.start for part in session.stretches) == pytest.approx(
            660 * SECOND, abs=SECOND
        )


async def test_a_look_that_was_asked_for_before_the_clock_was_set_back_says_nothing(
    plaza: FedBot,
) -> None:
    at, tracker = plaza.cog.now(), plaza.cog._tracker  # noqa: SLF001 - as the cog looks
    channel = Channel(SPEAKER.channel_id or 0, "Sala")
    there = VoiceObserved(guild_id=PLAZA.id, user_id=SPEAKER.id, username="x", channel=channel)
    report = GuildReport(
        guild_id=PLAZA.id,
        source="rest",
        at=at,
        asked_at=at,
        voice={SPEAKER.id: there},
        looked_voice=frozenset({SPEAKER.id}),
    )
    plaza.clock.is_set(-3_600)
    tracker.stalled_since()
    await written(plaza.cog)
    await tracker.looks.begin(report)
    session = voice_of(plaza, SPEAKER)
    assert session is not None
    assert session.last_seen <= plaza.cog.now()


@pytest.mark.parametrize("by", [-5, 5, 3_600])
async def test_a_clock_that_is_noticed_to_be_set_as_a_look_begins_overtakes_it(
    plaza: FedBot, by: float
) -> None:
    plaza.clock.passes(600)
    asked = plaza.cog.now()
    plaza.clock.passes(8)
    plaza.clock.is_set(by)
    engine = plaza.cog.engine
    looks: list[Look] = []
    begin = engine.begin

    def begins(report: LiveReport) -> Look:
        looks.append(begin(report))
        return looks[-1]

    with mock.patch.object(engine, "begin", begins):
        report = GuildReport(guild_id=PLAZA.id, source="rest", at=asked)
        await plaza.cog._tracker.looks.begin(report)  # noqa: SLF001 - as the cog looks
    assert looks[0].is_overtaken


@pytest.mark.parametrize("tapped", [True, False])
async def test_what_a_look_says_of_a_person_comes_before_an_event_about_them(
    plaza: FedBot, *, tapped: bool
) -> None:
    """They were away by then, and are back: another session, whichever way the event is heard."""
    last = PEOPLE.in_voice[-1]
    plaza.clock.passes(600)
    before = voice_of(plaza, last)
    at = plaza.cog.now()
    nobody = GuildReport(guild_id=PLAZA.id, source="audit", at=at, complete_voice=True)
    with turn_of(0.0):
        look = plaza.cog._tracker.looks.begin(nobody)  # noqa: SLF001 - as an audit does
        assert voice_of(plaza, last) is before
        plaza.clock.passes(1)
        if tapped:
            plaza.hears(*goes_to(last, SALA))
        else:
            there = Channel(SALA, "Sala")
            plaza.cog._intake.observe(  # noqa: SLF001 - as PublicEvents do
                VoiceObserved(guild_id=PLAZA.id, user_id=last.id, username="x", channel=there)
            )
    await look
    again = voice_of(plaza, last)
    assert before is not None
    assert again is not None
    assert (before.state, again.state) == ("orphaned", "pending")


async def test_the_next_turn_of_a_sweep_goes_by_the_clock_as_it_was(plaza: FedBot) -> None:
    goes(plaza, SPEAKER, None)
    plaza.clock.passes(1)
    plaza.clock.is_set(3_600)
    plaza.cog._tracker._sweep()  # noqa: SLF001 - its turn comes
    assert voice_of(plaza, SPEAKER) is not None


class ReadingBot(ConnectedBot):
    """Logs in as ``Client.connect`` does: one frame after the other, all of them there."""

    async def meets(self, population: Population) -> None:
        leaves = SPEAKER.voice_update(None)
        await self.reads([self.ready(population), PLAZA.text(), leaves])
        await self.wait_until_ready()


@pytest.mark.parametrize("waits", [True, False])
async def test_what_has_waited_for_a_guild_is_there_before_anything_else_of_it_is_heard(
    tmp_path: Path, *, waits: bool
) -> None:
    """Somebody leaves right behind the GUILD_CREATE: their session goes on until then."""
    held = voice_session(SPEAKER.id, guild_id=0, channel_id=SPEAKER.channel_id or 0)
    held.started_at = held.last_seen = Clocks().now() - 60 * SECOND
    with DataDir.open(tmp_path) as data_dir:
        if waits:
            data_dir.live.put(held)
        data_dir.live.flush_now()
    bot = ReadingBot()
    async with connected(PEOPLE, SessionCog(bot, QUIET, data_dir=tmp_path), bot=bot) as met:
        [cog] = [each for each in met.cogs.values() if isinstance(each, SessionCog)]
        await written(cog)
        session = cog.engine.voice_of(PLAZA.id, SPEAKER.id)
        assert session is not None
        assert session.absent_since is not None
        assert (session.started_at == held.started_at) is waits
