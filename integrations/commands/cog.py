"""The cog that adds the commands to a bot, and sends them to Discord where it is asked to."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING, Any

import aiohttp
import discord
from discord import app_commands
from discord.ext import commands

from integrations.charts.look import THEMES, Look
from integrations.commands import declared
from integrations.commands.desk import Desk
from integrations.commands.games_command import games_answer
from integrations.commands.health_command import health_answer
from integrations.commands.names import NameTranslator, language_of, name_of
from integrations.commands.pages import COG_NAME, PageButton, Shown
from integrations.commands.privacy_command import PrivacyButton, privacy_answer
from integrations.commands.ranking_command import ranking_answer
from integrations.commands.reply import Answer, answer, apologise, plain, turn
from integrations.commands.sessions_command import sessions_answer
from integrations.commands.time_command import time_answer
from integrations.commands.why_command import why_answer
from integrations.words.catalogue import say

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from integrations.commands.desk import Tracking
    from integrations.commands.privacy_command import Action, Privacy
    from integrations.commands.reply import Interaction
    from integrations.statistics.period import Period
    from integrations.words.wording import Language
    from machines import Kind

__all__ = ["SessionCommands"]

_FIRST_PAUSE = 5.0
_LONGEST_PAUSE = 600.0

_log = logging.getLogger("latido.integrations")

Person = discord.Member | discord.User


class SessionCommands(commands.Cog, name=COG_NAME):
    """The slash commands of Latido."""

    def __init__(
        self, tracking: Tracking, privacy: Privacy | None = None, *, sync: bool = False
    ) -> None:
        """Answer from what ``tracking`` holds.

        Args:
            tracking: the cog that tracks; its bot gets the commands.
            privacy: who handles what people ask about their own data; without it there is no
                ``/privacidad``.
            sync: whether to send the commands to Discord (``CommandTree.sync``) once they are
                added. A bot with commands of its own does that itself.
        """
        self._tracking = tracking
        self._bot = tracking.bot
        self._desk = Desk(tracking) if privacy is None else Desk(tracking, privacy.opted_out)
        self._privacy = privacy
        self._language: Language = tracking.settings.command_language
        self._log_language: Language = tracking.settings.log_language
        self._sync = sync
        self._syncing: asyncio.Task[None] | None = None
        self._added: list[str] = []

    async def cog_load(self) -> None:
        """Add the commands, their translations and their buttons to the bot."""
        tree = self._bot.tree
        await tree.set_translator(NameTranslator(self._language, tree.translator))
        offered = declared.commands_of(self, self._language, privacy=self._privacy is not None)
        for command in offered:
            command.error(self._on_error)
            try:
                tree.add_command(command)
            except (app_commands.CommandAlreadyRegistered, app_commands.CommandLimitReached):
                self._warn("command.taken", name=command.name)
            else:
                self._added.append(command.name)
        self._bot.add_dynamic_items(PageButton, PrivacyButton)
        if self._bot.application_id is not None:
            self._begin_syncing()

    async def cog_unload(self) -> None:
        """Take the commands away from the bot again."""
        if self._syncing is not None:
            self._syncing.cancel()
        self._bot.remove_dynamic_items(PageButton, PrivacyButton)
        for name in self._added:
            self._bot.tree.remove_command(name)

    @commands.Cog.listener()
    async def on_connect(self) -> None:
        """Begin to send the commands where they were added before the bot was logged in.

        Whose they are is known from then on (``Client.login``).
        """
        self._begin_syncing()

    def _begin_syncing(self) -> None:
        if self._sync and self._syncing is None:
            self._syncing = asyncio.create_task(self._keep_known(), name="latido-commands")

    # The commands

    async def time(
        self, interaction: Interaction, person: Person | None, period: Period, kind: Kind | None
    ) -> None:
        """Answer ``/tiempo``."""
        language = self._language_of(interaction)
        whose = interaction.user if person is None else person

        async def work(guild: discord.Guild) -> Answer:
            question = await self._desk.question(guild.id, period, language)
            return await time_answer(question, guild, whose, kind, self._look(language))

        await self._answer(interaction, work, refused=self._refused(whose, interaction, language))

    async def ranking(self, interaction: Interaction, period: Period, kind: Kind) -> None:
        """Answer ``/ranking``."""
        shown = Shown("ranking", period, kind, self._language_of(interaction), 0)
        await self._answer(interaction, lambda guild: self._page(guild, interaction, shown))

    async def sessions(self, interaction: Interaction) -> None:
        """Answer ``/sesiones``."""
        shown = Shown("sessions", "all", "voice", self._language_of(interaction), 0)
        await self._answer(interaction, lambda guild: self._page(guild, interaction, shown))

    async def games(self, interaction: Interaction, period: Period) -> None:
        """Answer ``/juegos``."""
        shown = Shown("games", period, "game", self._language_of(interaction), 0)
        await self._answer(interaction, lambda guild: self._page(guild, interaction, shown))

    async def why(self, interaction: Interaction, person: Person | None, kind: Kind | None) -> None:
        """Answer ``/porque``, for the asker alone."""
        language = self._language_of(interaction)
        whose = interaction.user if person is None else person

        async def work(guild: discord.Guild) -> Answer:
            question = await self._desk.question(guild.id, "all", language)
            look = self._look(language)
            return await why_answer(question, guild, whose, kind, self._desk.settings, look)

        refused = self._refused(whose, interaction, language)
        await self._answer(interaction, work, refused=refused, ephemeral=True)

    async def health(self, interaction: Interaction) -> None:
        """Answer ``/salud``, for the asker alone, who manages the server."""
        language = self._language_of(interaction)
        rights = interaction.permissions

        async def work(guild: discord.Guild) -> Answer:
            if not (rights.administrator or rights.manage_guild):
                return plain(say(language, "command.admins_only"))
            return await health_answer(self._desk, guild, language)

        await self._answer(interaction, work, ephemeral=True)

    async def privacy(self, interaction: Interaction, action: Action) -> None:
        """Answer ``/privacidad``, for the asker alone."""
        await self.about_oneself(interaction, action, self._language_of(interaction))

    # Buttons

    async def turn_to(self, interaction: Interaction, shown: Shown) -> None:
        """Put a page in place of the one that is shown."""
        guild = interaction.guild
        if guild is None:
            return
        try:
            await turn(interaction, self._page(guild, interaction, shown))
        except Exception as error:  # noqa: BLE001 - whoever pressed must be told, whatever it was
            name = shown.command
            await apologise(interaction, error, shown.language, name, self._log_language)

    async def about_oneself(
        self, interaction: Interaction, action: Action, language: Language
    ) -> None:
        """Do what somebody asks about their own data."""
        if self._privacy is None:
            return
        try:
            user_id, now = interaction.user.id, self._desk.now()
            work = privacy_answer(self._privacy, user_id, action, language, now)
            await answer(interaction, work, ephemeral=True)
        except Exception as error:  # noqa: BLE001 - whoever asked must be told, whatever it was
            await apologise(interaction, error, language, action, self._log_language)

    # How it works

    async def _page(self, guild: discord.Guild, interaction: Interaction, shown: Shown) -> Answer:
        if shown.command == "sessions":
            desk, sessions = self._desk, partial(self._tracking.engine.sessions, guild.id)
            return await sessions_answer(sessions, desk.now(), guild, desk.hidden(), shown)
        question = await self._desk.question(guild.id, shown.period, shown.language)
        if shown.command == "games":
            return await games_answer(question, guild, self._look(shown.language), shown)
        return await ranking_answer(question, guild, interaction.user.id, shown)

    async def _answer(
        self,
        interaction: Interaction,
        work: Callable[[discord.Guild], Coroutine[Any, Any, Answer]],
        *,
        refused: Answer | None = None,
        ephemeral: bool = False,
    ) -> None:
        """Answer by ``work``; why it is ``refused`` is for the asker alone."""
        guild = interaction.guild
        if guild is None:
            refused = plain(say(self._language_of(interaction), "command.guild_only"))
        if refused is not None:
            await interaction.response.send_message(**refused.pieces(), ephemeral=True)
        elif guild is not None:
            await answer(interaction, work(guild), ephemeral=ephemeral)

    def _refused(
        self, whose: Person, interaction: Interaction, language: Language
    ) -> Answer | None:
        if whose.bot and self._desk.settings.ignore_bots:
            return plain(say(language, "command.bot_person"))
        if whose.id not in self._desk.hidden():
            return None
        if whose.id == interaction.user.id:
            name = name_of("privacy", language)
            return plain(say(language, "command.hidden_you", name=name))
        return plain(say(language, "command.hidden"))

    def _look(self, language: Language) -> Look:
        return Look(THEMES[self._desk.settings.chart_theme], language, self._desk.zone)

    def _language_of(self, interaction: Interaction) -> Language:
        return language_of(interaction.locale, self._language)

    async def _on_error(
        self, interaction: Interaction, error: app_commands.AppCommandError
    ) -> None:
        command = interaction.command
        name = "?" if command is None else command.name
        language = self._language_of(interaction)
        await apologise(interaction, error, language, name, self._log_language)

    async def _keep_known(self) -> None:
        """Send the commands to Discord, again and again until it takes them."""
        pause = _FIRST_PAUSE
        while True:
            try:
                await self._bot.tree.sync()
            except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
                self._warn("command.not_synced", error=str(error) or type(error).__name__)
            else:
                return
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _warn(self, key: str, **values: str) -> None:
        _log.warning("%s", say(self._log_language, key, **values))
