"""Public events: what is known where discord.py's parsers cannot be tapped."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unittest import mock

import pytest

from integrations.cog import SessionCog
from integrations.gateway.public_events import PublicEvents
from machines import SECOND
from persistence import HistoryFilter
from tests.benchmarks.connected_bot import settled
from tests.benchmarks.our_cog import written
from tests.integrations.gateway.fed_bot import QUIET, FedBot, fed, payload
from tests.integrations.gateway.plaza import (
    IDLER,
    PEOPLE,
    PLAYER,
    PLAZA,
    SALA,
    SPEAKER,
    arrives,
    goes_out,
    goes_to,
    plays,
)
from tests.integrations.gateway.test_standstills import Line

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from machines import Record
    from tests.benchmarks.population import Person


@pytest.fixture(autouse=True)
def no_tap() -> Iterator[None]:
    with mock.patch("integrations.gateway.intake.tap", return_value=None):
        yield


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[FedBot]:
    """Yield a bot that has heard nothing for ten minutes; its health check comes later."""
    async with fed(tmp_path, PEOPLE) as fed_bot:
        # However slow the machine is: discord.py waits for guilds in real time.
        fed_bot.bot._connection.guild_ready_timeout = 3_600.0  # noqa: SLF001 - as it takes it
        await passes(fed_bot)
        yield fed_bot
        await all_done(fed_bot)
        fed_bot.cog.sources.contradictions.close()  # there is nobody whom a look could ask


async def all_done(bot: FedBot) -> None:
    await settled(50)  # from READY to the end of a look it takes some ten
    await written(bot.cog)


async def passes(bot: FedBot) -> None:
    bot.clock.passes(600)
    bot.clock.catches_up()
    await all_done(bot)


async def begins_anew(bot: FedBot, gone: frozenset[int], *come: Person) -> None:
    """Discord begins another session; some have come to the sala by then, and play, or are gone."""
    await passes(bot)
    bot.hears("READY", payload(bot.bot.ready(PEOPLE)))
    await comes_with(bot, gone, *come)
    await bot.bot.wait_until_ready()
    await all_done(bot)


async def comes_with(bot: FedBot, gone: frozenset[int], *come: Person) -> None:
    told = PLAZA.create(without=gone)
    others = [each for each in told["presences"] if int(each["user"]["id"]) not in gone]
    arrives(
        bot,
        without=gone,
        voice_states=[*told["voice_states"], *(each.voice_state(SALA) for each in come)],
        presences=[*others, *(each.presence("Tetris") for each in come)],
    )
    await all_done(bot)


def kinds_of(bot: FedBot, who: Person) -> set[tuple[str, bool]]:
    """Return the kinds of somebody's sessions, and of each whether somebody watches it."""
    sessions = bot.cog.engine.sessions_of(PLAZA.id, who.id)
    return {(each.kind, each.unwatched_since is None) for each in sessions}


def is_in_a_gap(bot: FedBot) -> bool:
    return bot.cog.engine.watch_of(PLAZA.id).gap_since is not None


def records_of(bot: FedBot, who: Person) -> list[Record]:
    return list(bot.cog.ledger.history(HistoryFilter(user_id=who.id)))


GONE = frozenset({SPEAKER.id, PLAYER.id})


async def test_behind_ready_the_cache_says_who_is_there_who_has_gone_and_who_has_come(
    bot: FedBot,
) -> None:
    stayer = PEOPLE.in_voice[1]
    await begins_anew(bot, GONE, IDLER)
    assert not is_in_a_gap(bot)
    assert kinds_of(bot, stayer) == {("voice", True)}
    assert kinds_of(bot, IDLER) == {("voice", True), ("game", True)}
    for who in (SPEAKER, PLAYER):
        assert kinds_of(bot, who) == set()
        assert {(each.state, each.reason) for each in records_of(bot, who)} == {("orphaned", "gap")}


async def test_so_it_does_behind_each_ready(bot: FedBot) -> None:
    await begins_anew(bot, GONE, IDLER)
    await begins_anew(bot, frozenset())
    assert not is_in_a_gap(bot)
    assert kinds_of(bot, IDLER) == set()
    assert kinds_of(bot, SPEAKER) == {("voice", True)}


async def test_of_a_guild_too_large_for_presences_it_does_not_say_that_nobody_plays(
    bot: FedBot,
) -> None:
    """Discord sends those of people in voice, and everybody's names in answer to discord.py."""
    in_voice = {each.id for each in PEOPLE.in_voice}
    told = [each for each in PLAZA.create()["presences"] if int(each["user"]["id"]) in in_voice]
    with mock.patch("integrations.gateway.guild_payload.PRESENCES_UP_TO", len(PLAZA.people) - 1):
        await passes(bot)
        bot.hears("READY", payload(bot.bot.ready(PEOPLE)))
        arrives(bot, presences=told)
        await bot.bot.wait_until_ready()
        await all_done(bot)
    assert kinds_of(bot, PLAYER) == {("game", False)}
    assert kinds_of(bot, SPEAKER) == {("voice", True)}


async def test_after_an_outage_it_says_nothing_for_it_may_hold_who_has_left_meanwhile(
    bot: FedBot,
) -> None:
    goes_out(bot)
    await all_done(bot)
    await comes_with(bot, GONE)
    assert is_in_a_gap(bot)
    assert kinds_of(bot, PLAYER) == {("game", False)}
    assert kinds_of(bot, SPEAKER) == {("voice", False)}
    await begins_anew(bot, GONE)
    assert not is_in_a_gap(bot)
    assert kinds_of(bot, PLAYER) == kinds_of(bot, SPEAKER) == set()


async def test_the_log_says_that_it_is_back_and_after_how_long(
    bot: FedBot, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "latido")
    bot.hears("GUILD_DELETE", {"id": str(PLAZA.id), "unavailable": True})
    await all_done(bot)
    bot.clock.passes(60)
    await comes_with(bot, frozenset())
    said = [each.getMessage() for each in caplog.records]
    assert said.count("🔌 Plaza vuelve a estar disponible, tras 1 min") == 1


async def test_so_it_is_of_a_guild_whose_servers_failed_before_all_of_its_members_had_come(
    bot: FedBot,
) -> None:
    """Until those have come nobody is told that it has; the guild is the same one afterwards."""
    await passes(bot)
    bot.hears("READY", payload(bot.bot.ready(PEOPLE)))
    goes_out(bot)
    await comes_with(bot, GONE)
    await bot.bot.wait_until_ready()
    await all_done(bot)
    assert is_in_a_gap(bot)


async def test_a_guild_that_discord_py_has_made_anew_since_is_not_there_yet(bot: FedBot) -> None:
    before = bot.bot.get_guild(PLAZA.id)
    await passes(bot)
    bot.hears("READY", payload(bot.bot.ready(PEOPLE)))
    await all_done(bot)
    bot.bot.dispatch("guild_available", before)  # its members were awaited
    await all_done(bot)
    assert is_in_a_gap(bot)
    assert kinds_of(bot, SPEAKER) == {("voice", False)}
    await comes_with(bot, GONE)
    await bot.bot.wait_until_ready()
    await all_done(bot)
    assert not is_in_a_gap(bot)


async def test_of_a_guild_that_is_joined_again_everything_is_known(bot: FedBot) -> None:
    bot.hears("GUILD_DELETE", {"id": str(PLAZA.id)})
    await passes(bot)
    await comes_with(bot, GONE, IDLER)
    assert not is_in_a_gap(bot)
    assert kinds_of(bot, IDLER) == {("voice", True), ("game", True)}
    assert kinds_of(bot, SPEAKER) == set()


async def test_what_it_held_before_the_cog_was_loaded_is_not_taken_for_new(
    bot: FedBot, tmp_path: Path
) -> None:
    await bot.bot.remove_cog(bot.cog.qualified_name)
    bot.cog = SessionCog(bot.bot, QUIET, data_dir=tmp_path)
    bot.clock.drives(bot.cog)
    Line(bot).is_closed = True  # its connection stands
    await bot.bot.add_cog(bot.cog)
    await all_done(bot)
    await passes(bot)
    await comes_with(bot, GONE)  # and nothing was heard of an outage
    for who, kind in ((PLAYER, "game"), (SPEAKER, "voice")):
        assert [each for each, _is_watched in kinds_of(bot, who)] == [kind]


async def test_a_guild_that_came_just_before_a_cut_is_looked_at_once_that_is_resumed(
    bot: FedBot,
) -> None:
    await passes(bot)
    bot.hears("READY", payload(bot.bot.ready(PEOPLE)))
    bot.bot.dispatch("disconnect")
    await comes_with(bot, GONE, IDLER)
    await bot.bot.wait_until_ready()
    await all_done(bot)
    assert is_in_a_gap(bot)
    bot.hears("RESUMED", {"_trace": []})
    await all_done(bot)
    assert not is_in_a_gap(bot)
    assert kinds_of(bot, IDLER) == {("voice", True), ("game", True)}


async def test_whoever_came_and_left_in_what_was_read_at_once_was_there(bot: FedBot) -> None:
    """discord.py hands over the voice state that it holds by then, both times the last."""
    bot.bot.dispatch("disconnect")
    await all_done(bot)
    await passes(bot)
    bot.hears(*goes_to(IDLER, SALA))
    bot.hears(*plays(IDLER, "Tetris"))
    bot.hears(*goes_to(IDLER, None))
    bot.hears(*plays(IDLER, None))
    bot.hears("RESUMED", {"_trace": []})
    await all_done(bot)
    for _until_the_grace_is_over in range(2):
        await passes(bot)
    recorded = {(each.kind, each.reason, each.uncertain_seconds) for each in records_of(bot, IDLER)}
    assert recorded == {("voice", "left", 600.0), ("game", "left", 600.0)}


async def test_whoever_left_and_came_back_in_what_was_read_at_once_may_have_been_gone(
    bot: FedBot,
) -> None:
    bot.bot.dispatch("disconnect")
    await all_done(bot)
    await passes(bot)
    for who, event in ((SPEAKER, goes_to), (PLAYER, plays)):
        bot.hears(*event(who, None))
    bot.hears(*goes_to(SPEAKER, SALA))
    bot.hears(*plays(PLAYER, PLAYER.game))
    bot.hears("RESUMED", {"_trace": []})
    await all_done(bot)
    bot.clock.passes(60)
    for who in (SPEAKER, PLAYER):
        [session] = bot.cog.engine.sessions_of(PLAZA.id, who.id)
        unknown = {part.end - part.start for part in session.stretches if part.value == "unknown"}
        assert unknown == {600 * SECOND}


async def test_what_is_read_later_says_nothing_of_before(bot: FedBot) -> None:
    """A look may know better by then, and it has been heard."""
    observed = mock.Mock(wraps=bot.cog._intake.observe)  # noqa: SLF001 - what it is told
    with mock.patch.object(bot.cog._intake, "observe", observed):  # noqa: SLF001 - as above
        for channel_id in (SALA, None):
            bot.hears(*goes_to(IDLER, channel_id))
            await all_done(bot)
    assert observed.call_count == 2


async def test_a_shard_that_begins_anew_makes_no_guild_of_another_one_new() -> None:
    looked_at = mock.AsyncMock()
    connections = mock.Mock(serves=lambda guild_id, shard_id: guild_id % 2 == shard_id)
    guilds = [mock.Mock(id=guild_id) for guild_id in (10, 11)]
    one_bot = mock.Mock(guilds=guilds, get_guild=lambda guild_id: guilds[guild_id - 10])
    events = PublicEvents(
        one_bot,
        intake=mock.Mock(),
        translation=mock.Mock(),
        connections=connections,
        look_at_cache=looked_at,
        presences=False,
    )
    events.listen()
    await events.on_shard_connect(1)
    for guild in guilds:
        await events.on_guild_available(guild)
    told = [(each.args[0].id, each.kwargs["is_new"]) for each in looked_at.await_args_list]
    assert told == [(10, False), (11, True)]
