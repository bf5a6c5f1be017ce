"""What people do arrives at a real bot, in Discord's shapes."""

import discord

from integrations.loopback import Intent, LoopbackDiscord
from tests.integrations.loopback.bots import Bot, raw_session, running
from tests.integrations.loopback.conftest import Plaza


async def test_joins_moves_mutes_and_leaves_are_voice_events(
    stand_in: LoopbackDiscord, plaza: Plaza, bot: Bot
) -> None:
    general, music = plaza.general, plaza.music
    async with running(stand_in, bot):
        plaza.pino.joins(general)
        plaza.pino.mutes()
        plaza.pino.moves(music)
        plaza.pino.leaves()
        await stand_in.until(lambda: bot.times("voice_state_update") == 4)
    assert bot.moves == [
        (None, general.id),
        (general.id, general.id),
        (general.id, music.id),
        (music.id, None),
    ]


async def test_a_join_has_a_new_voice_session_and_a_move_keeps_it(
    stand_in: LoopbackDiscord, plaza: Plaza
) -> None:
    async with raw_session(stand_in) as session:
        await session.until("GUILD_CREATE")
        plaza.pino.joins(plaza.general)
        plaza.pino.moves(plaza.music)
        plaza.pino.changes_device()
        plaza.pino.deafens()
        plaza.pino.shares(video=True, stream=True)
        plaza.pino.leaves()
        plaza.pino.joins(plaza.general)
        states = [await session.until("VOICE_STATE_UPDATE") for _ in range(7)]
    first, moved, device, *_, again = [state["session_id"] for state in states]
    assert first == moved
    assert [state["self_deaf"] for state in states[2:5]] == [False, True, True]
    assert [state["self_stream"] for state in states[2:5]] == [False, False, True]
    assert len({first, device, again}) == 3
    assert states[0]["member"]["user"]["username"] == "Pino"


async def test_activities_arrive_with_name_application_and_instants(
    stand_in: LoopbackDiscord, plaza: Plaza, bot: Bot
) -> None:
    async with running(stand_in, bot):
        game = plaza.pino.plays("VALORANT", application_id=7)
        await stand_in.until(lambda: bot.times("presence_update") == 1)
        member = bot.seen[-1][1][1]
        (seen,) = member.activities
        assert (seen.name, seen.type) == ("VALORANT", discord.ActivityType.playing)
        assert game.created_at is not None
        assert abs((seen.created_at - game.created_at).total_seconds()) < 0.002

        plaza.pino.streams("Tetris")
        plaza.pino.listens("Danza", artist="Trio")
        plaza.pino.says("back soon")
        plaza.pino.stops("VALORANT")
        await stand_in.until(lambda: bot.times("presence_update") == 5)
        member = bot.seen[-1][1][1]
        streaming, listening, custom = member.activities
        assert isinstance(streaming, discord.Streaming)
        assert streaming.game == "Tetris"
        assert isinstance(listening, discord.Spotify)
        assert listening.title == "Danza"
        assert isinstance(custom, discord.CustomActivity)

        plaza.pino.goes_offline()
        await stand_in.until(lambda: bot.times("presence_update") == 6)
        assert member.status is discord.Status.offline
        assert member.activities == ()


async def test_a_presence_comes_once_for_each_guild_they_share(
    stand_in: LoopbackDiscord, plaza: Plaza
) -> None:
    market = stand_in.add_guild("Market")
    market.add_member(plaza.pino)
    async with raw_session(stand_in) as session:
        await session.until("GUILD_CREATE")
        plaza.pino.plays("Tetris")
        guilds = [(await session.until("PRESENCE_UPDATE"))["guild_id"] for _ in range(2)]
    assert guilds == [str(plaza.guild.id), str(market.id)]


async def test_a_person_is_in_voice_in_one_guild_at_a_time(
    stand_in: LoopbackDiscord, plaza: Plaza
) -> None:
    market = stand_in.add_guild("Market")
    market.add_member(plaza.pino)
    stall = market.add_voice_channel("Stall")
    plaza.pino.joins(plaza.general)
    plaza.pino.joins(stall)
    assert plaza.general.people == []
    assert stall.people == [plaza.pino]


async def test_without_the_intents_there_are_no_voice_states_and_no_presences(
    stand_in: LoopbackDiscord, plaza: Plaza
) -> None:
    plaza.pino.plays("Tetris")
    async with raw_session(stand_in, intents=Intent.GUILDS) as session:
        created = await session.until("GUILD_CREATE")
        plaza.pino.joins(plaza.general)
        plaza.chat.is_deleted()
        message = await session.next()
    assert created["voice_states"] == []
    assert [m["user"]["username"] for m in created["members"]] == ["Latido"]
    assert message["t"] == "VOICE_CHANNEL_START_TIME_UPDATE"


async def test_without_presences_guild_create_shows_people_in_voice_and_not_what_they_do(
    stand_in: LoopbackDiscord, plaza: Plaza
) -> None:
    plaza.pino.plays("Tetris")
    plaza.pino.joins(plaza.general)
    intents = Intent.GUILDS | Intent.GUILD_VOICE_STATES
    async with raw_session(stand_in, intents=intents) as session:
        created = await session.until("GUILD_CREATE")
    assert {m["user"]["username"] for m in created["members"]} == {"Latido", "Pino"}
    assert all(presence["activities"] == [] for presence in created["presences"])


async def test_in_a_large_guild_only_those_who_stand_out_are_in_guild_create(
    stand_in: LoopbackDiscord, plaza: Plaza
) -> None:
    plaza.agu.goes_offline()
    plaza.guild.member_count = 300
    async with raw_session(stand_in, large_threshold=250) as session:
        created = await session.until("GUILD_CREATE")
    assert created["large"] is True
    assert created["member_count"] == 300
    assert {m["user"]["username"] for m in created["members"]} == {"Latido", "Pino"}


async def test_a_removed_member_and_a_deleted_channel_end_what_was_going_on(
    stand_in: LoopbackDiscord, plaza: Plaza, bot: Bot
) -> None:
    plaza.pino.joins(plaza.general)
    plaza.agu.joins(plaza.music)
    async with running(stand_in, bot):
        plaza.guild.remove_member(plaza.pino)
        plaza.music.is_deleted()
        await stand_in.until(lambda: bot.times("guild_channel_delete"))
        assert bot.times("member_remove") == 1
        assert bot.times("voice_state_update") == 0
    assert plaza.guild.voice_states == {}
    assert all(stay.end is not None for stay in stand_in.truth.voice_stays())


async def test_the_bot_itself_joins_and_leaves_voice(
    stand_in: LoopbackDiscord, plaza: Plaza
) -> None:
    async with raw_session(stand_in) as session:
        await session.until("GUILD_CREATE")
        there = {"guild_id": str(plaza.guild.id), "channel_id": str(plaza.general.id)}
        await session.send(4, there)
        joined = await session.until("VOICE_STATE_UPDATE")
        await session.send(4, there | {"channel_id": None})
        left = await session.until("VOICE_STATE_UPDATE")
    assert joined["user_id"] == left["user_id"] == str(stand_in.bot.id)
    assert left["channel_id"] is None
