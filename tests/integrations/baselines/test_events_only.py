"""The bot to compare with: right where every event comes, and wrong exactly where one does not."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import pytest

from integrations.baselines.events_only import EventsOnlyBot, counted_in
from integrations.loopback import Guild, LoopbackDiscord, Person, VoiceChannel
from integrations.loopback.pointing import pointed_at

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    import discord


class Place(NamedTuple):
    """A guild, its channels, its people, and where the bot writes."""

    discord: LoopbackDiscord
    guild: Guild
    general: VoiceChannel
    music: VoiceChannel
    pino: Person
    agu: Person
    records: Path


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with LoopbackDiscord() as discord:
        guild = discord.add_guild("Plaza")
        yield Place(
            discord, guild, guild.add_voice_channel("General"), guild.add_voice_channel("Music"),
            discord.add_user("Pino", guild), discord.add_user("agu", guild),
            tmp_path / "records.jsonl",
        )  # fmt: skip


class Followed(EventsOnlyBot):
    """The bot, followed event by event: discord.py changes what it hands over with the next."""

    def __init__(self, place: Place) -> None:
        super().__init__(place.records)
        self._place = place
        self._handled = 0

    async def on_voice_state_update(
        self, member: discord.Member, before: discord.VoiceState, after: discord.VoiceState
    ) -> None:
        await super().on_voice_state_update(member, before, after)
        self._handled += 1

    async def on_presence_update(self, before: discord.Member, after: discord.Member) -> None:
        await super().on_presence_update(before, after)
        self._handled += 1

    async def hears(self, action: Callable[..., object], *arguments: object) -> None:
        handled = self._handled
        action(*arguments)
        await self._place.discord.until(lambda: self._handled > handled)


@asynccontextmanager
async def listening(place: Place) -> AsyncIterator[Followed]:
    with pointed_at(place.discord.api_url):
        bot = Followed(place)
        running = asyncio.create_task(bot.start(place.discord.token))
        try:
            await place.discord.until(lambda: running.done() or bot.guilds)
            yield bot
        finally:
            await bot.close()
            await asyncio.gather(running, return_exceptions=True)


async def test_a_stay_with_a_move_in_it_is_one(place: Place) -> None:
    async with listening(place) as bot:
        await bot.hears(place.pino.joins, place.general)
        await bot.hears(place.pino.moves, place.music)
        await bot.hears(place.pino.leaves)
    (stay,) = counted_in(place.records)
    assert (stay.kind, stay.user_id, stay.game_name) == ("voice", place.pino.id, None)
    assert stay.guild_id == place.guild.id
    assert place.records.stat().st_mode & 0o777 == 0o600


async def test_games_are_counted_and_a_party_from_the_second_player_on(place: Place) -> None:
    async with listening(place) as bot:
        for person in (place.pino, place.agu):
            await bot.hears(person.plays, "VALORANT")
        for person in (place.agu, place.pino):
            await bot.hears(person.stops, "VALORANT")
    heard = counted_in(place.records)
    assert [(one.kind, one.user_id) for one in heard] == [
        ("game", place.agu.id),
        ("party", None),
        ("game", place.pino.id),
    ]
    assert {one.game_name for one in heard} == {"VALORANT"}


async def test_a_leave_that_never_came_makes_one_stay_out_of_two(place: Place) -> None:
    async with listening(place) as bot:
        await bot.hears(place.pino.joins, place.general)
        place.pino.leaves(lost=True)
        await bot.hears(place.pino.joins, place.general)
        await bot.hears(place.pino.leaves)
    (stay,) = counted_in(place.records)
    first, second = place.discord.truth.voice_stays(user_id=place.pino.id)
    assert first.end is not None
    assert stay.kind == "voice"
    assert stay.seconds > second.seconds(datetime.now(UTC))


async def test_who_was_there_before_it_started_is_never_counted(place: Place) -> None:
    place.pino.joins(place.general)
    place.agu.plays("VALORANT")
    async with listening(place) as bot:
        await bot.hears(place.pino.leaves)
        await bot.hears(place.agu.stops, "VALORANT")
        await bot.hears(place.agu.plays, "Tetris")
        await bot.hears(place.agu.stops, "Tetris")
    (only,) = counted_in(place.records)
    assert only.game_name == "Tetris"


def test_a_bot_that_never_wrote_has_counted_nothing(tmp_path: Path) -> None:
    assert counted_in(tmp_path / "records.jsonl") == []
