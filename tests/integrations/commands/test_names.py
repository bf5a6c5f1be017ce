"""What commands are called: in Spanish with English translations, or the other way round."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
import pytest
from discord import Locale, app_commands
from discord.app_commands import (
    TranslationContext,
    TranslationContextLocation,
    Translator,
    locale_str,
)

from integrations.commands.names import NameTranslator, language_of
from tests.integrations.commands.conftest import running

if TYPE_CHECKING:
    from integrations.words.wording import Language
    from tests.integrations.commands.conftest import Stage

SPANISH = {"tiempo", "ranking", "sesiones", "juegos", "porque", "salud", "privacidad"}
ENGLISH = {"time", "ranking", "sessions", "games", "why", "health", "privacy"}


def names_in(told: list[dict[str, Any]], locale: str) -> set[str]:
    return {one.get("name_localizations", {}).get(locale, one["name"]) for one in told}


@pytest.mark.parametrize(
    ("language", "here", "other", "there"),
    [("es", SPANISH, "en-US", ENGLISH), ("en", ENGLISH, "es-419", SPANISH)],
)
async def test_commands_are_named_in_one_language_and_translated_to_the_other(
    stage: Stage, language: Language, here: set[str], other: str, there: set[str]
) -> None:
    async with running(stage, command_language=language):
        told: list[dict[str, Any]] = stage.discord.commands()
    assert {one["name"] for one in told} == here
    assert names_in(told, other) == there
    for one in told:
        for part in (
            one,
            *one["options"],
            *(c for o in one["options"] for c in o.get("choices", [])),
        ):
            assert len(part["name"]) <= 32
            assert len(part.get("description", "")) <= 100


async def test_health_is_offered_to_those_who_manage_the_server_and_nothing_outside_a_guild(
    stage: Stage,
) -> None:
    async with running(stage):
        told: list[dict[str, Any]] = stage.discord.commands()
    allowed = {one["name"]: one["default_member_permissions"] for one in told}
    assert allowed.pop("salud") == discord.Permissions(manage_guild=True).value
    assert set(allowed.values()) == {None}
    assert {tuple(one["contexts"]) for one in told} == {(0,)}


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        (Locale.spain_spanish, "es"),
        (Locale.latin_american_spanish, "es"),
        (Locale.american_english, "en"),
        (Locale.british_english, "en"),
        (Locale.french, "otherwise"),
    ],
)
def test_people_are_answered_in_the_language_of_their_discord(
    locale: Locale, language: str
) -> None:
    for otherwise in ("es", "en"):
        expected = otherwise if language == "otherwise" else language
        assert language_of(locale, otherwise) == expected


class Shouting(Translator):
    """A translator that a bot had before."""

    def __init__(self) -> None:
        self.is_awake = False

    async def load(self) -> None:
        self.is_awake = True

    async def unload(self) -> None:
        self.is_awake = False

    async def translate(
        self, string: locale_str, _locale: Locale, _context: app_commands.TranslationContextTypes
    ) -> str:
        return string.message.upper()


async def test_a_translator_that_was_there_goes_on_translating() -> None:
    earlier = Shouting()
    translator = NameTranslator("es", earlier)
    context: TranslationContext[Any, Any] = TranslationContext(
        TranslationContextLocation.other, data=None
    )
    await translator.load()
    assert earlier.is_awake
    assert await translator.translate(locale_str("hey"), Locale.french, context) == "HEY"
    ours = locale_str("tiempo", latido="name.time")
    assert await translator.translate(ours, Locale.british_english, context) == "time"
    assert await translator.translate(ours, Locale.french, context) is None
    await translator.unload()
    assert not earlier.is_awake


async def test_a_command_of_the_bots_own_keeps_its_name(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(stage) as bot:
        await bot.remove_cog(bot.commands_cog.qualified_name)

        @bot.tree.command(name="tiempo", description="the weather")
        async def weather(interaction: discord.Interaction[Any]) -> None:
            await interaction.response.send_message("sol")

        await bot.add_cog(bot.commands_cog)
        assert (await stage.ask(stage.pino, "tiempo")).content == "sol"
    assert "/tiempo" in caplog.text


async def test_commands_go_with_their_cog(stage: Stage) -> None:
    async with running(stage) as bot:
        assert len(bot.tree.get_commands()) == len(SPANISH)
        await bot.remove_cog(bot.commands_cog.qualified_name)
        assert bot.tree.get_commands() == []


async def test_commands_that_discord_does_not_take_are_sent_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("integrations.commands.cog._FIRST_PAUSE", 0.01)
    stage.discord.faults.rest_fails("PUT /applications/*/commands", status=403, times=2)
    async with running(stage):
        assert stage.discord.commands()
    assert caplog.text.count("Discord no aceptó los comandos") == 2
