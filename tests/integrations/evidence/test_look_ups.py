"""Asking Discord: what is an answer, what is none, and when to stop asking."""

from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import aiohttp
import discord
import pytest

from engine import Settings
from integrations.evidence.live_guild import LiveGuilds
from integrations.evidence.look_ups import Budget, LookUps
from integrations.gateway.admission import Admission
from integrations.gateway.hears import Hears
from integrations.gateway.translation import Translation
from tests.contracts import raw_bot
from tests.contracts.raw_bot import AGU, GENERAL, GUILD, LOUNGE, PINO, RawBot
from tests.integrations.sessions import at, game_session, voice_session

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from machines import Presence

PAGE = "<html>502 Bad Gateway</html>"


def refusal(status: int, code: int) -> discord.HTTPException:
    response = cast("aiohttp.ClientResponse", SimpleNamespace(status=status, reason="refused"))
    make = {403: discord.Forbidden, 404: discord.NotFound}.get(status, discord.HTTPException)
    return make(response, {"code": code, "message": "refused"})


def raises(error: BaseException) -> Callable[[], object]:
    def answer() -> object:
        raise error

    return answer


class Asked(RawBot):
    """A bot whose REST and op 8 answer as a test says; it notes who was asked about."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - discord.py's own options
        super().__init__(**options)
        self.asked: list[int] = []
        self.answers: dict[int, Callable[[], object]] = {}
        self.answers_after = 0.0
        self.queried: list[dict[str, Any]] = []
        self.members: Callable[[], list[discord.Member]] = list

    async def look_up(self, _guild_id: int, user_id: int) -> Any:  # noqa: ANN401 - plain JSON
        self.asked.append(user_id)
        await asyncio.sleep(self.answers_after)
        return self.answers.get(user_id, raises(refusal(404, 10065)))()

    async def query(self, **wanted: Any) -> list[discord.Member]:  # noqa: ANN401 - as there
        self.queried.append(wanted)
        await asyncio.sleep(self.answers_after)
        return self.members()


@pytest.fixture
async def bot(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Asked]:
    async with Asked() as made:
        monkeypatch.setattr(discord.Guild, "query_members", lambda _guild, **w: made.query(**w))
        monkeypatch.setattr(made.http, "get_voice_state", made.look_up)
        yield made


@pytest.fixture
async def guild(bot: Asked) -> discord.Guild:
    here = bot.is_ready_in(raw_bot.guild((PINO, GENERAL), (AGU, GENERAL)))
    await asyncio.sleep(0)  # discord.py's task that waits for further guilds begins
    return here


def look_ups(bot: Asked, limit: float = 5) -> LookUps:
    return LookUps(bot, Translation(Admission(Settings())), lambda: at(100), limit, time.monotonic)


def live_guilds(
    bot: Asked, translation: Translation | None = None, settings: Settings | None = None
) -> LiveGuilds:
    known = Settings() if settings is None else settings
    how = Translation(Admission(known)) if translation is None else translation
    hears = Hears.by(bot.intents, known)
    return LiveGuilds(bot, how, look_ups(bot), lambda: at(101), hears)


async def found(bot: Asked, guild: discord.Guild) -> Presence:
    reports = await look_ups(bot, 0.05).voice(guild, [voice_session()], Budget(50))
    return reports[0].about(voice_session()).presence if reports else "unknown"


@pytest.mark.parametrize(
    ("answer", "presence"),
    [
        (lambda: {"channel_id": str(GENERAL)}, "present"),
        (lambda: {"channel_id": str(LOUNGE)}, "present"),
        (lambda: {"channel_id": "999"}, "present"),
        (raises(refusal(404, 10065)), "absent"),
        (raises(refusal(404, 10004)), "unknown"),
        (raises(refusal(404, 0)), "unknown"),
        (raises(refusal(403, 50013)), "unknown"),
        (raises(refusal(429, 0)), "unknown"),
        (raises(refusal(500, 0)), "unknown"),
        (raises(aiohttp.ServerDisconnectedError()), "unknown"),
        (raises(ConnectionResetError()), "unknown"),
        (raises(TimeoutError()), "unknown"),
        (lambda: PAGE, "unknown"),
        (dict, "unknown"),
    ],
)
async def test_only_10065_is_absent_and_what_is_no_answer_is_unknown(
    bot: Asked, guild: discord.Guild, answer: Callable[[], object], presence: Presence
) -> None:
    bot.answers[PINO] = answer
    assert await found(bot, guild) == presence


async def test_an_answer_that_does_not_come_is_given_up(bot: Asked, guild: discord.Guild) -> None:
    bot.answers_after = 30
    assert await found(bot, guild) == "unknown"


async def test_the_channel_is_the_one_that_discord_names(bot: Asked, guild: discord.Guild) -> None:
    bot.answers[PINO] = lambda: {"channel_id": str(LOUNGE)}
    (report,) = await look_ups(bot).voice(guild, [voice_session()], Budget(1))
    channel = report.channel_of(PINO)
    assert channel is not None
    assert (channel.id, channel.name) == (LOUNGE, "Sala")
    assert (report.source, report.at) == ("rest", at(100))


async def test_it_counts_as_the_guild_is_by_the_time_that_discord_answers(
    bot: Asked, guild: discord.Guild
) -> None:
    """A channel that became the one for whoever is away in a cut is so from READY on."""

    def from_another_connection() -> dict[str, str]:
        bot.is_ready_in({**raw_bot.guild(), "afk_channel_id": str(LOUNGE)})
        return {"channel_id": str(LOUNGE)}

    bot.answers[PINO] = from_another_connection
    assert await found(bot, guild) == "absent"


async def test_the_longest_unseen_are_asked_about_first_within_the_budget(
    bot: Asked, guild: discord.Guild
) -> None:
    sessions = [voice_session(user, last_seen=seen) for user, seen in ((1, 9), (2, 3), (3, 6))]
    budget = Budget(2)
    reports = await look_ups(bot).voice(guild, [*sessions, game_session(4)], budget)
    assert bot.asked == [2, 3]
    assert len(reports) == 2
    assert budget.left == 0
    assert not budget.spend()


async def test_after_the_first_failure_a_guild_is_left_alone(
    bot: Asked, guild: discord.Guild
) -> None:
    bot.answers[2] = raises(refusal(500, 0))
    sessions = [voice_session(user, last_seen=user) for user in (1, 2, 3)]
    reports = await look_ups(bot).voice(guild, sessions, Budget(50))
    assert bot.asked == [1, 2]
    assert len(reports) == 1


async def test_games_are_asked_about_a_hundred_people_at_a_time(
    bot: Asked, guild: discord.Guild
) -> None:
    sessions = [game_session(user) for user in range(1, 251)]
    reports = await look_ups(bot).games(guild, [*sessions, game_session(1, "Snake")], Budget(0))
    assert [len(wanted["user_ids"]) for wanted in bot.queried] == [100, 100, 50]
    assert all(wanted["limit"] == 100 and wanted["presences"] for wanted in bot.queried)
    assert {report.source for report in reports} == {"members"}


async def test_whoever_is_not_listed_or_listed_without_the_game_is_absent_from_it(
    bot: Asked, guild: discord.Guild
) -> None:
    bot.hears("PRESENCE_UPDATE", raw_bot.presence(PINO, "Tetris"))
    pino = guild.get_member(PINO)
    assert pino is not None
    bot.members = lambda: [pino]
    (report,) = await look_ups(bot).games(
        guild, [game_session(), game_session(PINO, "Snake"), game_session(AGU)], Budget(0)
    )
    assert report.about(game_session()).presence == "present"
    assert report.about(game_session(PINO, "Snake")).presence == "absent"
    assert report.about(game_session(AGU)).presence == "absent"


@pytest.mark.parametrize(
    "error",
    [TimeoutError(), discord.ClientException("no intent"), RuntimeError("closed"), OSError()],
)
async def test_a_query_that_fails_is_no_answer_and_the_rest_is_not_asked(
    bot: Asked, guild: discord.Guild, error: Exception
) -> None:
    bot.members = cast("Callable[[], list[discord.Member]]", raises(error))
    assert (
        await look_ups(bot).games(guild, [game_session(user) for user in range(150)], Budget(0))
        == []
    )
    assert len(bot.queried) == 1


@pytest.mark.parametrize("is_left", [False, True])
async def test_a_query_that_a_new_connection_has_ended_is_no_answer(
    bot: Asked, guild: discord.Guild, *, is_left: bool
) -> None:
    def ended() -> list[discord.Member]:
        bot.is_ready_in(raw_bot.guild())
        if is_left:
            bot.hears("GUILD_DELETE", {"id": str(GUILD)})
        return []

    bot.members = ended
    assert await look_ups(bot).games(guild, [game_session()], Budget(0)) == []


async def test_without_the_presence_intent_nobody_is_asked_about_games() -> None:
    async with Asked(intents=discord.Intents(guilds=True, voice_states=True)) as bot:
        guild = bot.is_ready_in(raw_bot.guild())
        await asyncio.sleep(0)
        assert await look_ups(bot).games(guild, [game_session()], Budget(0)) == []
        assert bot.queried == []


@pytest.mark.usefixtures("guild")
async def test_a_live_guild_says_what_discord_says_and_else_what_the_cache_has(
    bot: Asked,
) -> None:
    bot.answers[PINO] = raises(refusal(500, 0))
    translation = Translation(Admission(Settings()))
    live = live_guilds(bot, translation)
    pino, agu, gone = voice_session(), voice_session(AGU), voice_session(77)
    fresh = await live.look(GUILD, [agu], Budget(50))
    assert fresh is not None
    assert (fresh.about(agu).presence, fresh.about(agu).source) == ("absent", "rest")
    stale = await live.look(GUILD, [pino, gone], Budget(50))
    assert stale is not None
    assert (stale.about(pino).presence, stale.about(pino).source) == ("present", "cache")
    assert stale.about(gone).presence == "unknown"
    assert not list(stale.sightings())


@pytest.mark.parametrize("lacks", ["voice_states", "presences"])
async def test_the_cache_knows_nothing_of_what_the_bot_lacks_the_intent_for(lacks: str) -> None:
    intents = discord.Intents.all()
    setattr(intents, lacks, False)
    async with Asked(intents=intents) as bot:
        bot.is_ready_in(raw_bot.guild((PINO, GENERAL)))
        live = live_guilds(bot)
        report = await live.look(GUILD, [], Budget(0))
        assert report is not None
        voice, game = (report.about(each(PINO)).presence for each in (voice_session, game_session))
    assert (voice == "unknown") == (lacks == "voice_states")
    assert (game == "unknown") == (lacks == "presences")


async def test_the_cache_is_not_asked_for_games_where_the_settings_have_none_heard(
    bot: Asked, guild: discord.Guild
) -> None:
    live = live_guilds(bot, settings=Settings(presences=False))
    report = await live.look(guild.id, [], Budget(0))
    assert report is not None
    assert report.about(game_session()).presence == "unknown"
    assert report.about(voice_session()).presence == "present"


async def test_the_cache_of_a_live_guild_knows_who_left_in_an_outage(
    bot: Asked, guild: discord.Guild
) -> None:
    bot.answers[PINO] = raises(refusal(500, 0))
    bot.hears("GUILD_DELETE", {"id": str(GUILD), "unavailable": True})
    bot.hears("GUILD_CREATE", raw_bot.guild())
    assert guild.voice_channels[0].members
    live = live_guilds(bot)
    pino = voice_session()
    report = await live.look(GUILD, [pino], Budget(50))
    assert report is not None
    assert (report.about(pino).presence, report.about(pino).source) == ("absent", "cache")


async def test_the_cache_is_asked_about_nobody_before_they_are_asked_about(
    bot: Asked, guild: discord.Guild, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot.answers = {user: raises(refusal(500, 0)) for user in range(1, 501)}
    live = live_guilds(bot)
    sessions = [voice_session(user) for user in range(1, 501)]
    cached: list[int] = []
    get_member = discord.Guild.get_member

    def noted(where: discord.Guild, user_id: int) -> discord.Member | None:
        cached.append(user_id)
        return get_member(where, user_id)

    monkeypatch.setattr(discord.Guild, "get_member", noted)
    report = await live.look(guild.id, sessions, Budget(50))
    assert report is not None
    assert cached == []
    report.about(sessions[6])
    assert cached == [7]


async def test_a_connection_that_begins_anew_leaves_nothing_of_the_cache_to_be_believed(
    bot: Asked, guild: discord.Guild
) -> None:
    bot.answers[PINO] = raises(refusal(500, 0))
    live = live_guilds(bot)
    report = await live.look(guild.id, [voice_session()], Budget(50))
    assert report is not None
    assert report.about(voice_session()).presence == "present"
    bot._connection.clear(views=False)  # noqa: SLF001 - as ConnectionState.parse_ready does
    assert report.about(voice_session()).presence == "unknown"


async def test_whoever_was_seen_since_is_not_asked_about(bot: Asked) -> None:
    sessions = [voice_session(user, last_seen=user) for user in (1, 2, 3)]
    within = await look_ups(bot).within_reach([*sessions, game_session(4)], Budget(1), at(3))
    assert [each.id for each in within] == [sessions[0].id, game_session(4).id]


async def test_of_more_games_than_can_be_asked_about_the_longest_unseen_are(
    bot: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.evidence.look_ups._PER_REQUEST", 1)
    many = [game_session(user, last_seen=1_000 - user) for user in range(1, 101)]
    within = await look_ups(bot).within_reach(many, Budget(0), None)
    assert [getattr(each, "user_id", None) for each in within] == list(range(100, 60, -1))


async def test_a_guild_that_is_out_or_not_known_says_nothing(
    bot: Asked, guild: discord.Guild
) -> None:
    live = live_guilds(bot)
    bot.hears("GUILD_DELETE", {"id": str(GUILD), "unavailable": True})
    assert guild.unavailable
    assert await live.look(GUILD, [voice_session()], Budget(50)) is None
    assert await live.look(4711, [voice_session()], Budget(50)) is None
    assert bot.asked == []


async def test_a_source_that_fails_in_three_guilds_on_end_rests_until_the_next_check(
    bot: Asked, guild: discord.Guild
) -> None:
    bot.answers[PINO] = raises(refusal(500, 0))
    budget = Budget(50)
    for _ in range(5):
        assert await look_ups(bot).voice(guild, [voice_session()], budget) == []
    assert bot.asked == [PINO, PINO, PINO]
    assert (budget.rests("rest"), budget.left) == (True, 47)
    assert not Budget(50).rests("rest")


async def test_member_requests_stay_far_below_what_the_gateway_allows(
    bot: Asked, guild: discord.Guild
) -> None:
    asking = look_ups(bot)
    people = [game_session(user) for user in range(1, 10_001)]
    await asking.games(guild, people, Budget(0))
    assert len(bot.queried) == 40
    await asking.games(guild, people, Budget(0))
    assert len(bot.queried) == 40


async def test_a_clock_that_is_set_back_holds_no_member_request_back(
    bot: Asked, guild: discord.Guild
) -> None:
    wall, awake = [at(7_200)], [0.0]
    translation = Translation(Admission(Settings()))
    asking = LookUps(bot, translation, lambda: wall[0], 5, lambda: awake[0])
    people = [game_session(user) for user in range(1, 10_001)]
    await asking.games(guild, people, Budget(0))
    wall[0] = at(3_600)
    for awake[0], asked in ((59, 40), (61, 80)):
        await asking.games(guild, people, Budget(0))
        assert len(bot.queried) == asked
