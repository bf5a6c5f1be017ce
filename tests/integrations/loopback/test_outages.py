"""Guilds that go away and come back."""

from integrations.loopback import LoopbackDiscord
from tests.integrations.loopback.bots import Bot, raw_session, running
from tests.integrations.loopback.conftest import Plaza


async def test_nothing_that_happens_in_an_outage_is_sent(
    stand_in: LoopbackDiscord, plaza: Plaza, bot: Bot
) -> None:
    async with running(stand_in, bot):
        plaza.guild.outage_begins()
        plaza.pino.joins(plaza.general)
        plaza.guild.outage_ends()
        await stand_in.until(lambda: bot.times("guild_available") == 2)
        assert bot.times("guild_unavailable") == 1
        assert bot.times("voice_state_update") == 0
        assert [m.name for m in bot.guilds[0].voice_channels[0].members] == ["Pino"]


async def test_discord_py_keeps_whoever_left_in_an_outage_in_its_cache(
    stand_in: LoopbackDiscord, plaza: Plaza, bot: Bot
) -> None:
    plaza.pino.joins(plaza.general)
    async with running(stand_in, bot):
        plaza.guild.outage_begins()
        plaza.pino.leaves()
        plaza.guild.outage_ends()
        await stand_in.until(lambda: bot.times("guild_available") == 2)
        stale = bot.guilds[0].voice_channels[0].voice_states
        assert list(stale) == [plaza.pino.id]
    assert plaza.guild.voice_states == {}


async def test_a_guild_that_is_out_when_a_bot_connects_is_said_to_be_unavailable(
    stand_in: LoopbackDiscord, plaza: Plaza
) -> None:
    plaza.guild.outage_begins()
    async with raw_session(stand_in) as session:
        assert (await session.until("GUILD_DELETE"))["unavailable"] is True
        plaza.guild.outage_ends()
        assert (await session.until("GUILD_CREATE"))["unavailable"] is False


async def test_another_guild_goes_on_meanwhile(stand_in: LoopbackDiscord, plaza: Plaza) -> None:
    market = stand_in.add_guild("Market")
    stall = market.add_voice_channel("Stall")
    market.add_member(plaza.agu)
    async with raw_session(stand_in) as session:
        await session.until("GUILD_CREATE")
        plaza.guild.outage_begins()
        plaza.pino.joins(plaza.general)
        plaza.agu.joins(stall)
        assert (await session.until("VOICE_STATE_UPDATE"))["guild_id"] == str(market.id)
