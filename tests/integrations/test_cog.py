"""The cog comes and goes: what it holds is on the disk, however far its loading got."""

from __future__ import annotations

import asyncio
import errno
import sqlite3
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING
from unittest import mock

import pytest

from engine import Settings, Watched
from integrations.cog import SessionCog
from integrations.evidence.last_ends import ended_since
from integrations.words.catalogue import say
from machines import SECOND, LiveState, RecordEnded
from persistence import DataDir, ledger_changes, read_live
from persistence.disk import OsDisk
from persistence.heartbeat import HEARTBEAT_NAME, read_heartbeat
from tests.benchmarks.connected_bot import connected
from tests.benchmarks.our_cog import written
from tests.benchmarks.population import Guild, Population
from tests.integrations.gateway.fed_bot import QUIET, fed, payload
from tests.integrations.sessions import ended, voice_session
from tests.persistence.examples import record, voice

if TYPE_CHECKING:
    from pathlib import Path

MANY = 500


async def test_loading_that_is_cancelled_halfway_keeps_everybody_on_the_disk(
    tmp_path: Path,
) -> None:
    sessions = [voice(f"v{number}", user_id=number + 1) for number in range(MANY)]
    with DataDir.open(tmp_path) as data_dir:
        data_dir.live.replace(LiveState(sessions=[*sessions]))
        data_dir.live.flush_now()
    async with connected(Population(())) as bot:
        cog = SessionCog(bot, QUIET, data_dir=str(tmp_path))
        loading = asyncio.create_task(bot.add_cog(cog))
        while not cog.engine.registry.count:  # noqa: ASYNC110 - a turn of it tells nobody
            await asyncio.sleep(0)
        loading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await loading
        assert len(list(cog.engine.sessions())) < MANY
    assert len(read_live(tmp_path).state.sessions) == MANY


async def test_the_check_ends_with_the_last_session_although_that_asks_for_nothing(
    tmp_path: Path,
) -> None:
    [person] = Population.of(10, guilds=1, idle_each=1).idle
    plaza = Guild(person.guild_id, (), (person,))
    async with fed(tmp_path, Population((plaza,))) as bot:
        for channel_id, is_on in ((plaza.channel_ids[0], True), (None, False)):
            bot.hears("VOICE_STATE_UPDATE", payload(person.voice_update(channel_id)))
            assert bot.cog.engine.registry.count == is_on
            assert bot.cog._check.is_on is is_on  # noqa: SLF001 - nobody else says so


async def test_whoever_is_unloaded_has_everybody_on_the_disk_and_holds_nobody(
    tmp_path: Path,
) -> None:
    population = Population.of(10, guilds=1)
    async with fed(tmp_path, population) as bot:
        cog = bot.cog
        assert len(list(cog.engine.sessions())) >= len(population.people)
        await bot.bot.remove_cog(cog.qualified_name)
        assert not cog.engine.registry.count
    assert len(read_live(tmp_path).state.sessions) >= len(population.people)


async def test_no_kill_after_a_clock_was_set_back_leaves_a_guild_watched_in_the_future(
    tmp_path: Path,
) -> None:
    population = Population.of(10, guilds=1)
    [plaza] = population.guilds
    async with fed(tmp_path, population) as bot:
        tracker = bot.cog._tracker  # noqa: SLF001 - as its connections do
        tracker.observe(Watched(guild_ids=(plaza.id,), until=bot.cog.now()))
        await written(bot.cog)
        assert read_heartbeat(OsDisk(), tmp_path / HEARTBEAT_NAME) == {plaza.id: bot.cog.now()}
        bot.clock.is_set(by=-3_600)
        bot.clock.passes(1)
        await written(bot.cog)
        [watch] = read_live(tmp_path).state.guilds
        assert watch.observed_until == bot.cog.now() - SECOND


async def test_where_the_ledger_alone_refuses_as_it_is_unloaded_it_says_that_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    async with fed(tmp_path, Population.of(10, guilds=1)) as bot:
        storekeeper = bot.cog._storekeeper  # noqa: SLF001 - as what ends is carried out
        assert storekeeper is not None
        with monkeypatch.context() as patched:
            patched.setattr(ledger_changes, "add", full)
            storekeeper.take([RecordEnded(ended(voice_session()))])
            await bot.bot.remove_cog(bot.cog.qualified_name)
        assert bot.cog.unsaved is not None
        error = bot.cog.unsaved.sentence
    assert say(bot.cog.settings.log_language, "persist.unsaved.put_by", error=error) in caplog.text


@pytest.mark.parametrize(
    "failing",
    [
        "integrations.gateway.internals.LastFrames.refresh",
        "integrations.gateway.connection.in_turns",
        "integrations.evidence.sources.EvidenceSources.close",
    ],
)
async def test_whatever_fails_when_it_is_unloaded_everything_is_written_and_the_folder_is_free(
    tmp_path: Path, failing: str, caplog: pytest.LogCaptureFixture
) -> None:
    population = Population.of(10, guilds=1)
    async with fed(tmp_path, population) as bot:
        cog = bot.cog
        count = len(list(cog.engine.sessions()))
        with mock.patch(failing, side_effect=ValueError("discord.py has changed")):
            await bot.bot.remove_cog(cog.qualified_name)
        assert cog.unsaved is None
        assert not cog.engine.registry.count
        assert cog._tracker.clock_watch._tick is None  # noqa: SLF001 - nobody else says so
    assert count
    assert "discord.py has changed" in caplog.text
    assert len(read_live(tmp_path).state.sessions) == count
    with DataDir.open(tmp_path):  # nobody holds it any more
        pass


@pytest.mark.parametrize("damaged", ["sqlite_autoindex_records_1", "records", "records_by_end"])
async def test_a_ledger_that_cannot_say_who_has_ended_is_set_aside_as_readers_say(
    tmp_path: Path, damaged: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Whether it is who of all, or who has ended last."""
    population = Population.of(10, guilds=1)
    async with fed(tmp_path, population) as bot:
        count = len(list(bot.cog.engine.sessions()))
        await bot.cog.ledger.append([record("over", started_at=bot.cog.now() - 3_600 * SECOND)])
    ledger = tmp_path / "latido.db"
    with closing(sqlite3.connect(ledger)) as connection:
        query = "SELECT rootpage FROM sqlite_schema WHERE name = ?"
        (page,) = connection.execute(query, (damaged,)).fetchone()
    torn = bytearray(ledger.read_bytes())
    torn[(page - 1) * 4096 : page * 4096] = bytes(4096)
    ledger.write_bytes(torn)
    since = partial(ended_since, Settings(), bot.cog.now())
    (warning,) = read_live(tmp_path, without_ledger=True, ends_since=since).warnings
    assert warning.key == "storage.damaged"  # "the bot sets it aside when it starts"
    caplog.clear()
    async with fed(tmp_path, population) as bot:
        assert len(list(bot.cog.engine.sessions())) == count
    assert "latido.db.unreadable-" in caplog.text
    assert not read_live(tmp_path).warnings
