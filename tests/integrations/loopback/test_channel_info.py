"""Op 43 and the start of calls."""

from datetime import UTC, datetime, timedelta

import pytest

from integrations.loopback import LoopbackDiscord
from tests.integrations.loopback.bots import Bot, RawSession, raw_session, running
from tests.integrations.loopback.conftest import Plaza

START = datetime(2025, 12, 29, 22, 0, 0, 900_000, tzinfo=UTC)
FIELDS = ["status", "voice_start_time"]


async def _ask(session: RawSession, plaza: Plaza, fields: list[str] = FIELDS) -> None:
    await session.send(43, {"guild_id": str(plaza.guild.id), "fields": fields})


async def test_channel_info_says_since_when_a_call_goes_on(
    stand_in: LoopbackDiscord, plaza: Plaza
) -> None:
    plaza.pino.joins(plaza.general)
    async with raw_session(stand_in) as session:
        await _ask(session, plaza)
        info = await session.until("CHANNEL_INFO")
        await _ask(session, plaza, ["status"])
        status = await session.until("CHANNEL_INFO")
    began = plaza.general.call_started_at
    assert began is not None
    assert info == {
        "guild_id": str(plaza.guild.id),
        "channels": [
            {
                "id": str(plaza.general.id),
                "status": None,
                "voice_start_time": int(began.timestamp()),
            },
            {"id": str(plaza.music.id), "status": None, "voice_start_time": None},
        ],
    }
    assert "voice_start_time" not in status["channels"][0]


async def test_a_call_lasts_from_the_first_who_joins_to_the_last_who_leaves() -> None:
    now = START
    async with LoopbackDiscord(clock=lambda: now) as stand_in:
        guild = stand_in.add_guild("Plaza")
        general = guild.add_voice_channel("General")
        pino, helper = stand_in.add_user("Pino", guild), stand_in.add_user("Music", guild, bot=True)
        async with raw_session(stand_in) as session:
            await session.until("GUILD_CREATE")
            pino.joins(general)
            now += timedelta(minutes=1)
            helper.joins(general)
            pino.leaves()
            now += timedelta(minutes=1)
            helper.leaves()
            began, ended = [await session.until("VOICE_CHANNEL_START_TIME_UPDATE") for _ in "12"]
    assert began["voice_start_time"] == int(START.timestamp())
    assert ended["voice_start_time"] is None


async def test_moving_ends_one_call_and_begins_another(
    stand_in: LoopbackDiscord, plaza: Plaza
) -> None:
    plaza.pino.joins(plaza.general)
    async with raw_session(stand_in) as session:
        await session.until("GUILD_CREATE")
        plaza.pino.moves(plaza.music)
        names = [await session.next() for _ in range(3)]
    assert [(m["t"], m["d"].get("id")) for m in names] == [
        ("VOICE_STATE_UPDATE", None),
        ("VOICE_CHANNEL_START_TIME_UPDATE", str(plaza.general.id)),
        ("VOICE_CHANNEL_START_TIME_UPDATE", str(plaza.music.id)),
    ]


async def test_a_gateway_without_op_43_closes_with_4001_and_the_session_goes_on(
    stand_in: LoopbackDiscord, plaza: Plaza, bot: Bot
) -> None:
    stand_in.faults.knows_channel_info = False
    async with running(stand_in, bot):
        request = {"op": 43, "d": {"guild_id": str(plaza.guild.id), "fields": FIELDS}}
        await bot.ws.send_as_json(request)
        await stand_in.until(lambda: bot.times("resumed"))
    assert stand_in.gateway.starts.used == 1


async def test_channel_info_may_never_come(stand_in: LoopbackDiscord, plaza: Plaza) -> None:
    stand_in.faults.answers_channel_info = False
    async with raw_session(stand_in) as session:
        await session.until("GUILD_CREATE")
        await _ask(session, plaza)
        await session.send(1, None)
        assert (await session.next())["op"] == 11


@pytest.mark.parametrize("data", [{}, {"guild_id": "1"}, None])
async def test_a_request_without_guild_or_fields_is_refused(
    stand_in: LoopbackDiscord, data: object
) -> None:
    async with raw_session(stand_in) as session:
        await session.send(43, data)
        assert await session.close_code() == 4002
