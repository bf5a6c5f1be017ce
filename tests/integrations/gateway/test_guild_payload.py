"""GUILD_CREATE, read as Discord documents it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from engine import GuildReport, Settings
from integrations.gateway.admission import Admission
from integrations.gateway.arrivals import Arrival
from integrations.gateway.event_payload import decoded
from integrations.gateway.guild_payload import (
    PRESENCES_UP_TO,
    GuildFacts,
    GuildPayload,
    VoiceUpdate,
    report_of,
)
from integrations.gateway.hears import HEARS_ALL, Hears
from integrations.loopback import LoopbackDiscord, payloads
from integrations.loopback.delivery import Viewer
from machines import from_datetime
from tests.contracts import raw_bot
from tests.contracts.raw_bot import AGU, GENERAL, GUILD, LOUNGE, PINO
from tests.integrations.loopback.bots import ALL_OF_THEM
from tests.integrations.sessions import START, at, game_session, voice_session


def report(
    payload: dict[str, Any],
    *,
    hears: Hears = HEARS_ALL,
    **settings: Any,  # noqa: ANN401 - settings are of many types
) -> GuildReport:
    admission = Admission(Settings(**settings))
    arrival = Arrival(decoded(payload, GuildFacts), payload, admission, at(9), lambda: None, hears)
    for _piece in arrival.reading():
        pass
    if hears == HEARS_ALL:  # at once it comes to the same
        assert report_of(decoded(payload, GuildPayload), admission, at(9)) == arrival.report
    return arrival.report


def with_games(*presences: dict[str, Any]) -> dict[str, Any]:
    return raw_bot.guild(presences=list(presences))


def activity(**fields: object) -> dict[str, Any]:
    return {**raw_bot.presence(PINO), "activities": [{"name": "Tetris", "type": 0, **fields}]}


def test_whoever_is_listed_is_present_and_whoever_is_not_is_absent() -> None:
    seen = report(raw_bot.guild((PINO, GENERAL)))
    assert (seen.guild_id, seen.source, seen.at) == (GUILD, "guild_create", at(9))
    assert seen.about(voice_session(PINO)).presence == "present"
    assert seen.about(voice_session(AGU)).presence == "absent"
    (found,) = seen.voice.values()
    assert (found.username, found.joined) == ("user11", False)
    assert found.channel is not None
    assert (found.channel.id, found.channel.name) == (GENERAL, "General")


def test_a_name_is_the_nickname_else_the_global_name_else_the_users() -> None:
    state = raw_bot.voice(PINO, GENERAL)
    for change, name in (
        ({}, "user11"),
        ({"user": {**raw_bot.user(PINO), "global_name": "Pino"}}, "Pino"),
        ({"nick": "Pinocho", "user": {**raw_bot.user(PINO), "global_name": "Pino"}}, "Pinocho"),
    ):
        state["member"] = {**raw_bot.member(PINO), **change}
        seen = report(raw_bot.guild(members=(), voice_states=[state]))
        assert [found.username for found in seen.voice.values()] == [name]


def test_somebody_without_a_member_is_known_by_number() -> None:
    state = raw_bot.voice(PINO, 999)
    del state["member"]
    seen = report(raw_bot.guild(members=(), voice_states=[state]))
    (found,) = seen.voice.values()
    assert found.username == str(PINO)
    assert found.channel is not None
    assert found.channel.name == "999"


def test_bots_roles_channels_and_the_afk_channel_are_left_out() -> None:
    music = {**raw_bot.voice(5, GENERAL), "member": raw_bot.member(5)}
    music["member"]["user"]["bot"] = True
    guest = raw_bot.voice(6, GENERAL)
    guest["member"]["roles"] = ["70"]
    states = [music, guest, raw_bot.voice(PINO, LOUNGE), raw_bot.voice(AGU, GENERAL)]
    payload = raw_bot.guild(voice_states=states, afk_channel_id=str(LOUNGE))
    assert set(report(payload, ignored_roles=[70]).voice) == {AGU}
    assert set(report(payload, ignore_afk_channel=False, ignore_bots=False).voice) == {
        5,
        6,
        PINO,
        AGU,
    }
    assert set(report(payload, ignored_channels=[GENERAL]).voice) == set()


def test_games_are_as_they_began() -> None:
    created = int(START.timestamp() * 1000)
    seen = report(with_games(activity(created_at=created, application_id="7")))
    (game,) = seen.games[PINO].activities
    assert (game.name, game.app_id, game.activity_type) == ("Tetris", 7, "playing")
    assert game.began_at == from_datetime(START)
    assert seen.about(game_session()).presence == "present"
    assert seen.about(game_session(PINO, "Snake")).presence == "absent"
    assert seen.about(game_session(AGU)).presence == "absent"


@pytest.mark.parametrize(
    ("fields", "began_at"),
    [
        ({"timestamps": {"start": int(START.timestamp() * 1000)}}, from_datetime(START)),
        ({"timestamps": {"start": 0}}, None),
        ({"timestamps": {}}, None),
        ({"created_at": 10**18}, None),
        ({}, None),
    ],
)
def test_a_start_that_cannot_be_is_none(fields: dict[str, object], began_at: int | None) -> None:
    (game,) = report(with_games(activity(**fields))).games[PINO].activities
    assert game.began_at == began_at


def test_streams_go_by_their_game_and_other_activities_are_left_out() -> None:
    for more, name in (
        ({"details": "Just talking", "state": "Tetris"}, "Tetris"),
        ({"details": "Just talking"}, "Just talking"),
        ({}, "Twitch"),
    ):
        stream = activity(type=1, name="Twitch", **more)
        assert [a.name for a in report(with_games(stream)).games[PINO].activities] == [name]
    for kind in (3, 4, 5):
        seen = report(with_games(activity(type=kind)))
        assert seen.games == {}
        assert seen.about(game_session()).presence == "absent"


def test_in_a_large_guild_or_without_the_intent_nobody_is_proved_not_to_play() -> None:
    small = report(raw_bot.guild(member_count=PRESENCES_UP_TO))
    large = report(raw_bot.guild(member_count=PRESENCES_UP_TO + 1))
    blind = report(with_games(activity()), hears=Hears(voice=True, presences=False))
    assert small.about(game_session()).presence == "absent"
    assert large.about(game_session()).presence == "unknown"
    assert blind.about(game_session()).presence == "unknown"
    assert blind.games == {}


@pytest.mark.parametrize("in_voice", [(), ((PINO, GENERAL),)])
def test_without_the_intent_nobody_is_proved_to_be_in_voice_or_out_of_it(
    in_voice: tuple[tuple[int, int], ...],
) -> None:
    blind = report(raw_bot.guild(*in_voice), hears=Hears(voice=False, presences=True))
    assert blind.about(voice_session()).presence == "unknown"
    assert blind.voice == {}
    assert blind.complete_games


@pytest.mark.parametrize(("sent", "app_id"), [("7", 7), (str(2**63), None), ("-1", None)])
def test_an_application_whose_id_is_none_of_discords_has_none(
    sent: str, app_id: int | None
) -> None:
    (game,) = report(with_games(activity(application_id=sent))).games[PINO].activities
    assert game.app_id == app_id


def test_what_discord_does_not_document_is_refused() -> None:
    no_id = {"id": str(2**63)}  # the ledger could not hold it
    for payload in ({}, {"id": "x"}, no_id, {"id": "1", "voice_states": [{}]}):
        with pytest.raises(msgspec.ValidationError):
            decoded(payload, GuildPayload)
    with pytest.raises(msgspec.ValidationError):
        decoded({"channel_id": "1"}, VoiceUpdate)


def test_the_stand_ins_payload_says_what_is_true_in_it() -> None:
    discord = LoopbackDiscord()
    plaza = discord.add_guild("Plaza")
    general = plaza.add_voice_channel("General")
    pino = discord.add_user("Pino", plaza)
    pino.joins(general)
    pino.plays("VALORANT", application_id=7)
    seen = report(payloads.guild_create(plaza, Viewer(intents=ALL_OF_THEM)))
    assert {user_id: v.channel.id for user_id, v in seen.voice.items() if v.channel} == {
        pino.id: general.id
    }
    (game,) = seen.games[pino.id].activities
    assert (game.name, game.app_id) == ("VALORANT", 7)
