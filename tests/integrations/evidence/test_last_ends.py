"""When people's last sessions ended, as the ledger tells a process that begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine import Watched
from persistence import HistoryFilter
from tests.benchmarks.connected_bot import LoggedInBot
from tests.benchmarks.our_cog import written
from tests.benchmarks.population import Population
from tests.benchmarks.scripted_clock import ScriptedClock
from tests.integrations.gateway.fed_bot import fed, payload

if TYPE_CHECKING:
    from pathlib import Path

ONE = Population.of(12, guilds=1, idle_each=3, channels=3)
[HERE] = ONE.guilds


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
