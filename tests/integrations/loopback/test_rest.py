"""The REST routes, through discord.py and through plain HTTP."""

import asyncio
from pathlib import Path
from typing import Any

import discord
import pytest
from aiohttp import ClientSession

from integrations.loopback import LoopbackDiscord, rest
from tests.integrations.loopback.bots import Bot, running
from tests.integrations.loopback.conftest import Plaza

VOICE_STATES = "GET /guilds/*/voice-states/*"


async def _get(stand_in: LoopbackDiscord, path: str, token: str | None = None) -> Any:  # noqa: ANN401
    told = {"Authorization": f"Bot {token or stand_in.token}"}
    async with ClientSession() as http, http.get(stand_in.api_url + path, headers=told) as answer:
        return answer.status, await answer.json(), answer.headers


def _member(bot: Bot, user_id: int) -> discord.Member:
    member = bot.guilds[0].get_member(user_id)
    assert member is not None
    return member


async def test_gateway_bot_says_where_the_gateway_is_and_how_often_one_may_start(
    stand_in: LoopbackDiscord,
) -> None:
    stand_in.rest.shards = 3
    stand_in.gateway.starts.remaining = 12
    status, body, _ = await _get(stand_in, "/gateway/bot")
    assert (status, body["url"], body["shards"]) == (200, stand_in.gateway_url, 3)
    assert body["session_start_limit"] == {
        "total": 1000,
        "remaining": 12,
        "reset_after": 86_400_000,
        "max_concurrency": 1,
    }


async def test_a_wrong_token_gets_401(stand_in: LoopbackDiscord) -> None:
    status, body, _ = await _get(stand_in, "/users/@me", token="wrong")
    assert (status, body) == (401, {"message": "401: Unauthorized", "code": 0})


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/guilds/1", 404, 10004),
        ("/guilds/1/voice-states/2", 404, 10004),
        ("/guilds/x", 400, 50035),
        ("/channels/1", 404, 10003),
        ("/users/1", 404, 10013),
        ("/nowhere", 404, 0),
    ],
)
async def test_what_is_not_there_has_discord_s_error_body(
    stand_in: LoopbackDiscord, path: str, status: int, code: int
) -> None:
    answered, body, _ = await _get(stand_in, path)
    assert (answered, body["code"]) == (status, code)


async def test_every_answer_has_the_rate_limit_headers(stand_in: LoopbackDiscord) -> None:
    _, _, headers = await _get(stand_in, "/users/@me")
    assert headers["X-RateLimit-Limit"] == "50"
    assert headers["X-RateLimit-Remaining"] == "49"
    assert 0 < float(headers["X-RateLimit-Reset-After"]) <= 1


async def test_a_bucket_that_is_used_up_answers_429(stand_in: LoopbackDiscord) -> None:
    stand_in.rest.limits.requests = 1
    stand_in.rest.limits.window = 60
    assert (await _get(stand_in, "/users/@me"))[0] == 200
    status, body, headers = await _get(stand_in, "/users/@me")
    assert status == 429
    assert 59 < body["retry_after"] <= 60
    assert headers["Retry-After"] == "60"
    assert (await _get(stand_in, "/gateway/bot"))[0] == 200


async def test_fetch_voice_tells_who_is_in_voice_and_who_is_not(
    stand_in: LoopbackDiscord, plaza: Plaza, bot: Bot
) -> None:
    async with running(stand_in, bot):
        plaza.pino.joins(plaza.general, lost=True)
        state = await _member(bot, plaza.pino.id).fetch_voice()
        assert state.channel is not None
        assert state.channel.id == plaza.general.id
        with pytest.raises(discord.NotFound) as absent:
            await _member(bot, plaza.agu.id).fetch_voice()
        assert absent.value.code == 10065
        assert len(stand_in.journal.requests_to(VOICE_STATES)) == 2


@pytest.mark.parametrize(
    ("rights", "code"), [({"connect": False}, 50013), ({"view": False}, 50001)]
)
async def test_fetch_voice_is_forbidden_for_a_channel_the_bot_cannot_join_or_see(
    stand_in: LoopbackDiscord, plaza: Plaza, bot: Bot, rights: dict[str, bool], code: int
) -> None:
    async with running(stand_in, bot):
        plaza.pino.joins(plaza.general)
        plaza.general.can_connect = rights.get("connect", True)
        plaza.general.can_view = rights.get("view", True)
        with pytest.raises(discord.Forbidden) as refused:
            await _member(bot, plaza.pino.id).fetch_voice()
        assert refused.value.code == code


async def test_discord_py_waits_out_a_429(
    stand_in: LoopbackDiscord, plaza: Plaza, bot: Bot
) -> None:
    plaza.pino.joins(plaza.general)
    async with running(stand_in, bot):
        fault = stand_in.faults.rest_limits(VOICE_STATES, retry_after=0.05)
        await _member(bot, plaza.pino.id).fetch_voice()
        assert fault.hits == 1
    assert [r.status for r in stand_in.journal.requests_to(VOICE_STATES)] == [429, 200]


async def test_discord_py_tries_a_500_again_and_gives_up_on_a_503(
    stand_in: LoopbackDiscord, plaza: Plaza, bot: Bot
) -> None:
    plaza.pino.joins(plaza.general)
    async with running(stand_in, bot):
        stand_in.faults.rest_fails(VOICE_STATES, status=500, times=1)
        await _member(bot, plaza.pino.id).fetch_voice()
        stand_in.faults.rest_fails(VOICE_STATES, status=503)
        with pytest.raises(discord.DiscordServerError):
            await _member(bot, plaza.pino.id).fetch_voice()
    assert [r.status for r in stand_in.journal.requests_to(VOICE_STATES)] == [500, 200, 503]


async def test_a_proxy_s_page_has_no_code(
    stand_in: LoopbackDiscord, plaza: Plaza, bot: Bot
) -> None:
    async with running(stand_in, bot):
        page = stand_in.faults.rest_is_a_proxy_page(VOICE_STATES, status=404)
        with pytest.raises(discord.NotFound) as refused:
            await _member(bot, plaza.pino.id).fetch_voice()
        assert refused.value.code == 0
        page.end()
        with pytest.raises(discord.NotFound) as absent:
            await _member(bot, plaza.pino.id).fetch_voice()
        assert absent.value.code == 10065


async def test_a_slow_answer_comes_in_the_end(
    stand_in: LoopbackDiscord, plaza: Plaza, bot: Bot
) -> None:
    plaza.pino.joins(plaza.general)
    async with running(stand_in, bot):
        stand_in.faults.rest_dawdles(VOICE_STATES, seconds=0.2, times=1)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(_member(bot, plaza.pino.id).fetch_voice(), 0.05)


async def test_a_guild_that_is_out_may_answer_503(stand_in: LoopbackDiscord, plaza: Plaza) -> None:
    plaza.guild.outage_begins(rest_answers=False)
    assert (await _get(stand_in, f"/guilds/{plaza.guild.id}"))[0] == 503
    plaza.guild.outage_ends()
    assert (await _get(stand_in, f"/guilds/{plaza.guild.id}"))[0] == 200


async def test_requests_under_way_are_bounded(
    stand_in: LoopbackDiscord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rest, "REQUEST_LIMIT", 2)
    slow = stand_in.faults.rest_dawdles(seconds=0.2)
    answers = await asyncio.gather(*(_get(stand_in, "/users/@me") for _ in range(3)))
    assert sorted(status for status, _, _ in answers) == [200, 200, 503]
    assert slow.hits == 2


async def test_messages_are_sent_edited_and_deleted(
    stand_in: LoopbackDiscord, plaza: Plaza, bot: Bot
) -> None:
    async with running(stand_in, bot):
        chat = bot.get_channel(plaza.chat.id)
        assert isinstance(chat, discord.TextChannel)
        message = await chat.send("hola", embed=discord.Embed(title="Pino"))
        (kept,) = stand_in.messages(plaza.chat)
        assert (kept.content, kept.id, kept.deleted_at) == ("hola", message.id, None)
        assert kept.embeds == [message.embeds[0].to_dict()]

        await message.edit(content="adiós")
        assert kept.content == "adiós"
        assert [m.content async for m in chat.history()] == ["adiós"]

        await message.delete()
        assert kept.deleted_at is not None
        assert stand_in.messages(plaza.chat, deleted=False) == []
        with pytest.raises(discord.NotFound) as gone:
            await message.delete()
        assert gone.value.code == 10008
        await stand_in.until(lambda: bot.times("message_delete"))
        assert bot.times("message") == 1


async def test_a_message_with_a_file_is_kept_and_an_empty_one_refused(
    stand_in: LoopbackDiscord,
    plaza: Plaza,
    bot: Bot,
    tmp_path: Path,
) -> None:
    picture = tmp_path / "picture.txt"
    picture.write_text("a picture")
    async with running(stand_in, bot):
        chat = bot.get_channel(plaza.chat.id)
        assert isinstance(chat, discord.TextChannel)
        await chat.send("look", file=discord.File(picture))
        with pytest.raises(discord.HTTPException) as refused:
            await chat.send("")
        assert refused.value.code == 50006
    assert [m.content for m in stand_in.messages(plaza.chat)] == ["look"]


async def test_writing_where_the_bot_may_not_is_forbidden(
    stand_in: LoopbackDiscord, plaza: Plaza, bot: Bot
) -> None:
    plaza.chat.allows(send=False)
    async with running(stand_in, bot):
        chat = bot.get_channel(plaza.chat.id)
        assert isinstance(chat, discord.TextChannel)
        with pytest.raises(discord.Forbidden) as refused:
            await chat.send("hola")
        assert refused.value.code == 50013


async def test_guilds_members_and_channels_can_be_fetched(
    stand_in: LoopbackDiscord, plaza: Plaza, bot: Bot
) -> None:
    async with running(stand_in, bot):
        guild = await bot.fetch_guild(plaza.guild.id)
        assert guild.name == "Plaza"
        assert (await guild.fetch_member(plaza.agu.id)).name == "agu"
        assert {c.name for c in await guild.fetch_channels()} == {"General", "Music", "chat"}
        assert (await bot.fetch_user(plaza.pino.id)).name == "Pino"
        with pytest.raises(discord.NotFound) as unknown:
            await guild.fetch_member(1)
        assert unknown.value.code == 10007
