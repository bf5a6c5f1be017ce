"""discord.py's events and cache, put into the engine's words."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import discord
import pytest

from engine import Settings
from integrations import turns
from integrations.gateway.admission import Admission
from integrations.gateway.event_payload import PresenceUpdate, decoded
from integrations.gateway.guild_payload import VoiceUpdate
from integrations.gateway.hears import HEARS_ALL, Hears
from integrations.gateway.translation import Translation, channel_of
from tests.contracts import raw_bot
from tests.contracts.raw_bot import AGU, GENERAL, GUILD, LOUNGE, PINO, RawBot
from tests.integrations.sessions import at

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from engine import VoiceObserved

VOICE_ALONE = Hears(voice=True, presences=False)


@pytest.fixture
async def bot() -> AsyncIterator[RawBot]:
    async with RawBot(enable_raw_presences=True) as made:
        yield made
        await asyncio.sleep(0)  # discord.py's task that waits for further guilds begins


def translation(**settings: Any) -> Translation:  # noqa: ANN401 - settings are of many types
    return Translation(Admission(Settings(**settings)))


def told(
    guild: discord.Guild,
    update: VoiceUpdate,
    since: int | None = None,
    **settings: Any,  # noqa: ANN401 - as above
) -> VoiceObserved:
    cached = guild.get_member(update.user_id)
    return translation(**settings).voice_update(guild, cached, update, since)


def where(seen: VoiceObserved) -> int | None:
    return None if seen.channel is None else seen.channel.id


def member_of(guild: discord.Guild, user_id: int) -> discord.Member:
    member = guild.get_member(user_id)
    assert member is not None
    return member


@pytest.mark.parametrize(
    ("was_in", "channel_id", "joined", "seen_in"),
    [
        (None, GENERAL, True, GENERAL),
        (GENERAL, LOUNGE, False, LOUNGE),
        (GENERAL, GENERAL, False, GENERAL),
        (GENERAL, None, False, None),
        (LOUNGE, GENERAL, False, GENERAL),
    ],
)
async def test_a_voice_update_says_where_somebody_is_and_whether_they_came(
    bot: RawBot, was_in: int | None, channel_id: int | None, joined: bool, seen_in: int | None
) -> None:
    guild = bot.is_ready_in(raw_bot.guild())
    update = decoded(raw_bot.voice(PINO, channel_id), VoiceUpdate)
    update.was_in = was_in
    seen = told(guild, update, at(3))
    assert (seen.guild_id, seen.user_id, seen.username) == (GUILD, PINO, "user11")
    assert (where(seen), seen.joined, seen.since) == (seen_in, joined, at(3))


async def test_ids_are_those_that_discord_py_holds_and_not_held_once_more_for_each_session(
    bot: RawBot,
) -> None:
    guild = bot.is_ready_in(raw_bot.guild())
    update = decoded(raw_bot.voice(PINO, GENERAL), VoiceUpdate)
    in_voice = told(guild, update)
    channel = guild.get_channel(GENERAL)
    assert channel is not None
    assert in_voice.channel is not None
    assert in_voice.channel.id is channel.id
    assert in_voice.guild_id is guild.id
    plays = decoded(raw_bot.presence(PINO), PresenceUpdate)
    assert translation().presence_update(guild, plays, None).user_id is member_of(guild, PINO).id


async def test_a_name_that_discord_py_holds_is_held_once(bot: RawBot) -> None:
    guild = bot.is_ready_in(raw_bot.guild())
    pino = member_of(guild, PINO)
    for called, is_held in ((pino.display_name, True), ("Otro", False)):
        # A str of its own, as the decoder makes one for each event.
        data = raw_bot.voice(PINO, GENERAL)
        data["member"] |= {"nick": called.encode().decode()}
        seen = told(guild, decoded(data, VoiceUpdate))
        assert seen.username == called
        assert (seen.username is pino.display_name) == is_held


async def test_the_afk_channel_and_ignored_ones_are_no_channel(bot: RawBot) -> None:
    guild = bot.is_ready_in(raw_bot.guild(afk_channel_id=str(LOUNGE)))
    to_afk = decoded(raw_bot.voice(PINO, LOUNGE), VoiceUpdate)
    to_afk.was_in = GENERAL
    assert where(told(guild, to_afk)) is None
    assert where(told(guild, to_afk, ignore_afk_channel=False)) == LOUNGE
    back = decoded(raw_bot.voice(PINO, GENERAL), VoiceUpdate)
    back.was_in = LOUNGE
    assert told(guild, back).joined
    assert where(told(guild, back, ignored_channels=[GENERAL])) is None


async def test_bots_and_ignored_roles_are_in_no_channel(bot: RawBot) -> None:
    guild = bot.is_ready_in(raw_bot.guild())
    data = raw_bot.voice(PINO, GENERAL)
    data["member"] = {**raw_bot.member(PINO), "roles": ["70"]}
    seen = told(guild, decoded(data, VoiceUpdate), ignored_roles=[70])
    assert where(seen) is None
    data["member"]["user"] = {**raw_bot.user(PINO), "bot": True}
    assert where(told(guild, decoded(data, VoiceUpdate))) is None


async def test_without_a_member_in_it_the_cache_says_who_it_is(bot: RawBot) -> None:
    guild = bot.is_ready_in(raw_bot.guild())
    for user_id, name in ((PINO, "user11"), (77, "77")):
        data = raw_bot.voice(user_id, 999)
        del data["member"]
        seen = told(guild, decoded(data, VoiceUpdate))
        assert (seen.username, where(seen)) == (name, 999)
        assert seen.channel is not None
        assert seen.channel.name == "999"


async def test_discord_pys_own_event_says_the_same_where_there_is_no_payload(bot: RawBot) -> None:
    guild = bot.is_ready_in(raw_bot.guild((PINO, GENERAL)))
    pino = member_of(guild, PINO)
    here, nowhere = pino.voice, discord.VoiceState(data={"session_id": "a"})  # type: ignore[arg-type]
    assert here is not None
    came = translation().voice(pino, nowhere, here, None)
    assert (where(came), came.joined) == (GENERAL, True)
    left = translation().voice(pino, here, nowhere, None)
    assert (where(left), left.joined) == (None, False)


async def test_a_presence_lists_what_can_be_tracked(bot: RawBot) -> None:
    guild = bot.is_ready_in(raw_bot.guild())
    bot.hears("PRESENCE_UPDATE", raw_bot.presence(PINO, "Tetris", "Snake"))
    seen = translation().presence(member_of(guild, PINO), at(1))
    assert [activity.name for activity in seen.activities] == ["Tetris", "Snake"]
    assert (seen.guild_id, seen.user_id, seen.since) == (GUILD, PINO, at(1))


async def test_a_raw_presence_of_somebody_not_cached_has_no_name(bot: RawBot) -> None:
    bot.is_ready_in(raw_bot.guild())
    for user_id in (PINO, 77):
        bot.hears("PRESENCE_UPDATE", raw_bot.presence(user_id, "Tetris"))
    known, unknown = (args[0] for name, args in bot.told if name == "raw_presence_update")
    seen = translation().raw_presence(known, None)
    assert seen is not None
    assert seen.username == "user11"
    seen = translation().raw_presence(unknown, None)
    assert seen is not None
    assert (seen.username, [a.name for a in seen.activities]) == (None, ["Tetris"])


async def test_somebody_who_is_not_admitted_plays_nothing(bot: RawBot) -> None:
    role = {"id": "70", "name": "guests", "permissions": "0", "position": 1, "color": 0,
            "hoist": False, "managed": False, "mentionable": False}  # fmt: skip
    member = {**raw_bot.member(PINO), "roles": ["70"]}
    guild = bot.is_ready_in(raw_bot.guild(members=(), roles=[role]))
    bot.hears("GUILD_MEMBER_ADD", {**member, "guild_id": str(GUILD)})
    bot.hears("PRESENCE_UPDATE", raw_bot.presence(PINO, "Tetris"))
    strict = translation(ignored_roles=[70])
    assert not strict.admits(member_of(guild, PINO))
    assert not translation(ignored_roles=[GUILD]).admits(member_of(guild, PINO))  # everybody's
    assert strict.presence(member_of(guild, PINO), None).activities == ()
    (raw,) = (args[0] for name, args in bot.told if name == "raw_presence_update")
    seen = strict.raw_presence(raw, None)
    assert seen is not None
    assert seen.activities == ()


async def test_a_report_of_the_cache_repeats_what_the_events_said(bot: RawBot) -> None:
    guild = bot.is_ready_in(raw_bot.guild((PINO, GENERAL), (AGU, LOUNGE)))
    bot.hears("PRESENCE_UPDATE", raw_bot.presence(AGU, "Tetris"))
    report = await translation(ignored_channels=[LOUNGE]).cached_report(guild, at(2), HEARS_ALL)
    assert (report.source, report.at, set(report.voice), set(report.games)) == (
        "cache",
        at(2),
        {PINO},
        {AGU},
    )
    assert report.complete_voice
    report = await translation().cached_report(guild, at(2), VOICE_ALONE)
    assert not report.games


async def test_a_report_of_the_cache_of_a_bot_that_hears_no_voice_says_nothing_of_voice(
    bot: RawBot,
) -> None:
    guild = bot.is_ready_in(raw_bot.guild((PINO, GENERAL)))
    report = await translation().cached_report(guild, at(2), Hears(voice=False, presences=True))
    assert not report.voice
    assert not report.complete_voice


def outage(bot: RawBot, *in_voice: tuple[int, int]) -> None:
    """The guild is out, and back with these in voice."""
    bot.hears("GUILD_DELETE", {"id": str(GUILD), "unavailable": True})
    bot.hears("GUILD_CREATE", raw_bot.guild(*in_voice))


async def test_a_report_of_the_cache_has_nobody_in_voice_who_left_in_an_outage(
    bot: RawBot,
) -> None:
    guild = bot.is_ready_in(raw_bot.guild((PINO, GENERAL), (AGU, GENERAL)))
    outage(bot, (AGU, GENERAL))
    report = await translation().cached_report(guild, at(2), VOICE_ALONE)
    assert set(report.voice) == {AGU}
    assert channel_of(member_of(guild, PINO)) is None
    bot.hears("VOICE_STATE_UPDATE", raw_bot.voice(PINO, LOUNGE))
    report = await translation().cached_report(guild, at(3), VOICE_ALONE)
    assert {user: where(seen) for user, seen in report.voice.items()} == {
        AGU: GENERAL,
        PINO: LOUNGE,
    }


async def test_it_has_whoever_is_there_although_the_outage_comes_while_it_is_made(
    bot: RawBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    for setting in ("_TURN", "_AT_LEAST", "_TOO_LONG"):
        monkeypatch.setattr(turns, setting, 0)
    guild = bot.is_ready_in(raw_bot.guild((PINO, GENERAL), (AGU, LOUNGE)))
    going = asyncio.ensure_future(translation().cached_report(guild, at(2), VOICE_ALONE))
    await asyncio.sleep(0)
    outage(bot, (PINO, GENERAL), (AGU, LOUNGE))
    assert set((await going).voice) == {PINO, AGU}


async def test_others_have_their_turn_while_a_cache_is_gone_through(
    bot: RawBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    for setting in ("_TURN", "_AT_LEAST", "_TOO_LONG"):
        monkeypatch.setattr(turns, setting, 0)
    guild = bot.is_ready_in(raw_bot.guild((PINO, GENERAL), (AGU, LOUNGE)))
    going = asyncio.ensure_future(translation().cached_report(guild, at(2), HEARS_ALL))
    had = 0
    while not going.done():
        await asyncio.sleep(0)
        had += 1
    assert set(going.result().voice) == {PINO, AGU}
    assert had > 1 + len(guild.members)
