"""The commands as Discord is told of them: names, options, choices, who may use them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast, get_args

import discord
from discord import app_commands

from integrations.commands.names import choices, named
from integrations.commands.privacy_command import ACTIONS, Action
from integrations.statistics.period import Period
from machines import KINDS, Kind

if TYPE_CHECKING:
    from integrations.commands.cog import SessionCommands
    from integrations.words.wording import Language

__all__ = ["commands_of"]

Command = app_commands.Command[Any, Any, Any]
Interaction = discord.Interaction[Any]
Person = discord.Member | discord.User


def commands_of(cog: SessionCommands, language: Language, *, privacy: bool) -> list[Command]:
    """Return the commands, named in ``language``, each answered by a method of ``cog``."""
    return [
        _time(cog, language),
        _ranking(cog, language),
        _sessions(cog, language),
        _games(cog, language),
        _why(cog, language),
        _health(cog, language),
        *([_privacy(cog, language)] if privacy else []),
    ]


def _time(cog: SessionCommands, language: Language) -> Command:
    async def time(
        interaction: Interaction,
        person: Person | None = None,
        period: str = "week",
        kind: str | None = None,
    ) -> None:
        await cog.time(interaction, person, cast(Period, period), cast("Kind | None", kind))

    return _command("time", time, language, "person", "period", "kind")


def _ranking(cog: SessionCommands, language: Language) -> Command:
    async def ranking(interaction: Interaction, kind: str = "voice", period: str = "week") -> None:
        await cog.ranking(interaction, cast(Period, period), cast(Kind, kind))

    return _command("ranking", ranking, language, "kind", "period")


def _sessions(cog: SessionCommands, language: Language) -> Command:
    async def sessions(interaction: Interaction) -> None:
        await cog.sessions(interaction)

    return _command("sessions", sessions, language)


def _games(cog: SessionCommands, language: Language) -> Command:
    async def games(interaction: Interaction, period: str = "week") -> None:
        await cog.games(interaction, cast(Period, period))

    return _command("games", games, language, "period")


def _why(cog: SessionCommands, language: Language) -> Command:
    async def why(
        interaction: Interaction, person: Person | None = None, kind: str | None = None
    ) -> None:
        await cog.why(interaction, person, cast("Kind | None", kind))

    return _command("why", why, language, "person", "kind")


def _health(cog: SessionCommands, language: Language) -> Command:
    async def health(interaction: Interaction) -> None:
        await cog.health(interaction)

    command = _command("health", health, language)
    command.default_permissions = discord.Permissions(manage_guild=True)
    return command


def _privacy(cog: SessionCommands, language: Language) -> Command:
    async def privacy(interaction: Interaction, action: str = "show") -> None:
        await cog.privacy(interaction, cast(Action, action))

    return _command("privacy", privacy, language, "action")


def _command(key: str, callback: Any, language: Language, *options: str) -> Command:  # noqa: ANN401 - a coroutine function of any signature
    """Return a command with its options named, described and given their choices."""
    families: dict[str, tuple[str, tuple[str, ...]]] = {
        "period": ("period", get_args(Period)),
        "kind": ("kind", KINDS),
        "action": ("privacy", ACTIONS),
    }
    for option in options:
        label = named(option, language)
        app_commands.rename(**{option: label.name})(callback)
        app_commands.describe(**{option: label.meaning})(callback)
        if option in families:
            family, values = families[option]
            app_commands.choices(**{option: choices(language, family, values)})(callback)
    label = named(key, language)
    command: Command = app_commands.Command(
        name=label.name, description=label.meaning, callback=callback
    )
    return app_commands.guild_only()(command)
