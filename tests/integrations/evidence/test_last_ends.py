"""When people's last sessions ended, as the ledger tells a process that begins."""

from __future__ import annotations

import errno
from contextlib import suppress
from itertools import chain, repeat
from typing import TYPE_CHECKING
from unittest import mock

from engine import Watched
from machines import seconds
from persistence import HistoryFilter, LedgerWriteError, ledger_changes
from tests.benchmarks.connected_bot import LoggedInBot
from tests.benchmarks.our_cog import written
from tests.benchmarks.population import Population
from tests.benchmarks.scripted_clock import START, ScriptedClock
from tests.integrations.gateway.fed_bot import fed, payload

if TYPE_CHECKING:
    from pathlib import Path

ONE = Population.of(12, guilds=1, idle_each=3, channels=3)
[HERE] = ONE.guilds
HOUR = 3_600
AFTERNOON = (START - seconds(HOUR)) // 1_000
TWO = Population.of(24, guilds=2, idle_each=3, channels=3, began=AFTERNOON)
LEFT, STAYS = TWO.guilds


async def test_an_end_that_a_fast_clock_has_written_hides_nobody_who_is_there(
    tmp_path: Path,
) -> None:
    fast, right = ScriptedClock(), ScriptedClock()
    fast.is_set(3_600)
    right.passes(600)
    person, channel_id = HERE.idle[0], HERE.channel_ids[0]
    async with fed(tmp_path, ONE, clock=fast) as bot:
        bot.hears("VOICE_STATE_UPDATE", payload(person.voice_update(channel_id)))
        fast.passes(60)
        fast.catches_up()
        bot.hears("VOICE_STATE_UPDATE", payload(person.voice_update(None)))
        fast.passes(300)
        fast.catches_up()
        bot.cog._tracker.observe(Watched(guild_ids=(HERE.id,), until=bot.cog.now()))  # noqa: SLF001 - a heartbeat
        await written(bot.cog)
        assert [each.user_id for each in bot.cog.ledger.history(HistoryFilter())] == [person.id]
    there = [*HERE.create()["voice_states"], person.voice_state(channel_id)]
    async with fed(tmp_path, ONE, clock=right, bot=LoggedInBot()) as bot:
        bot.hears("GUILD_CREATE", {**HERE.create(), "voice_states": there})
        await written(bot.cog)
        assert bot.cog.engine.voice_of(HERE.id, person.id) is not None


async def test_what_went_on_in_a_guild_that_was_left_and_is_joined_again_is_in_one_record_at_a_time(
    tmp_path: Path,
) -> None:
    """The other guilds have been looked at since it was left, and it is in no snapshot any more."""
    clock = ScriptedClock()
    player = next(each for each in LEFT.people if each.game is not None)
    async with fed(tmp_path, TWO, clock=clock) as bot:
        clock.passes(HOUR)
        bot.hears("GUILD_DELETE", {"id": str(LEFT.id)})
        clock.passes(HOUR)
        bot.hears("GUILD_DELETE", {"id": str(STAYS.id), "unavailable": True})
        bot.hears("GUILD_CREATE", STAYS.create())
        await written(bot.cog)
        assert bot.cog.engine.watch_of(STAYS.id).looked_at == bot.cog.now()
        [before] = bot.cog.ledger.history(HistoryFilter(user_id=player.id, kind="game"))
        assert before.reason == "guild_removed"
    clock.passes(HOUR)
    async with fed(tmp_path, Population((STAYS,)), clock=clock, bot=LoggedInBot()) as bot:
        bot.hears("GUILD_CREATE", LEFT.create())
        await written(bot.cog)
        [after] = bot.cog.engine.registry.games_of(LEFT.id, player.id)
        assert after.started_at == before.ended_at


async def test_so_it_is_where_the_ledger_has_refused_what_went_before(tmp_path: Path) -> None:
    clock, full = ScriptedClock(), OSError(errno.ENOSPC, "No space left on device")
    player = next(each for each in LEFT.people if each.game is not None)
    async with fed(tmp_path, TWO, clock=clock) as bot:
        clock.passes(HOUR)
        with mock.patch.object(ledger_changes, "add", side_effect=full):
            bot.hears("GUILD_DELETE", {"id": str(LEFT.id)})
            clock.passes(HOUR)
            bot.hears("GUILD_DELETE", {"id": str(STAYS.id), "unavailable": True})
            bot.hears("GUILD_CREATE", STAYS.create())
            with suppress(LedgerWriteError):
                await written(bot.cog)
            [before] = [
                each
                for each in bot.cog.records_waiting()
                if (each.user_id, each.kind) == (player.id, "game")
            ]
            await bot.bot.remove_cog(bot.cog.qualified_name)
        clock.passes(HOUR)
    at_first = chain([full], repeat(mock.DEFAULT))
    with mock.patch.object(ledger_changes, "add", wraps=ledger_changes.add, side_effect=at_first):
        async with fed(tmp_path, Population((STAYS,)), clock=clock, bot=LoggedInBot()) as bot:
            bot.hears("GUILD_CREATE", LEFT.create())
            await written(bot.cog)
            [after] = bot.cog.engine.registry.games_of(LEFT.id, player.id)
            assert after.started_at == before.ended_at
