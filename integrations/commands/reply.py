"""Replies: at once where it is quick, deferred where it is not, and never nothing at all.

Discord waits three seconds for the first sign of an answer (its documentation, "Receiving and
Responding to Interactions"); after that people read "The application did not respond".
"""

from __future__ import annotations

import asyncio
import io
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import discord

from integrations.words.catalogue import say

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from integrations.words.wording import Language

__all__ = ["Answer", "Picture", "answer", "apologise", "plain"]

QUICK = 1.5
"""Seconds: what takes longer is deferred."""

_SOFT_BLUE = 0x5B8DEF

_log = logging.getLogger("latido.integrations")

Interaction = discord.Interaction[Any]


@dataclass(frozen=True)
class Picture:
    """A chart beside an answer."""

    name: str
    png: bytes


@dataclass(frozen=True)
class Answer:
    """What is shown: text in embeds, charts under them, buttons.

    Attributes:
        content: text outside the embeds.
        embeds: at most ten.
        pictures: one for each of the first embeds.
        view: the buttons, if any.
        file: a file to take away, with its name.
    """

    content: str = ""
    embeds: list[discord.Embed] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    view: discord.ui.View | None = None
    file: Picture | None = None

    def pieces(self) -> dict[str, Any]:
        """Return what discord.py's ``send_message`` and ``followup.send`` take."""
        files = [discord.File(io.BytesIO(one.png), one.name) for one in self.pictures]
        if self.file is not None:
            files.append(discord.File(io.BytesIO(self.file.png), self.file.name))
        given: dict[str, Any] = {
            "embeds": self.embeds,
            "allowed_mentions": discord.AllowedMentions.none(),
        }
        if self.content:
            given["content"] = self.content
        if files:
            given["files"] = files
        if self.view is not None:
            given["view"] = self.view
        return given

    def edit(self) -> dict[str, Any]:
        """Return what ``edit_message`` takes: what is not there any more is taken away."""
        given = self.pieces()
        given["content"] = self.content or None
        given["attachments"] = given.pop("files", [])
        given["view"] = self.view
        return given


def card(title: str, text: str = "", footer: str = "") -> discord.Embed:
    """Return an embed in Latido's colour."""
    embed = discord.Embed(title=title, description=text or None, colour=_SOFT_BLUE)
    if footer:
        embed.set_footer(text=footer)
    return embed


def plain(text: str) -> Answer:
    """Return an answer of one sentence."""
    return Answer(embeds=[discord.Embed(description=text, colour=_SOFT_BLUE)])


async def answer(
    interaction: Interaction, work: Awaitable[Answer], *, ephemeral: bool = False
) -> None:
    """Send what ``work`` returns; where that takes a while, say first that it will come."""
    task = asyncio.ensure_future(work)
    done, _ = await asyncio.wait({task}, timeout=QUICK)
    if done:
        await interaction.response.send_message(**task.result().pieces(), ephemeral=ephemeral)
        return
    try:
        await interaction.response.defer(ephemeral=ephemeral, thinking=True)
        found = await task
    finally:
        task.cancel()
    await interaction.followup.send(**found.pieces(), ephemeral=ephemeral)


async def turn(interaction: Interaction, work: Awaitable[Answer]) -> None:
    """Put what ``work`` returns in place of the message whose button was pressed."""
    task = asyncio.ensure_future(work)
    done, _ = await asyncio.wait({task}, timeout=QUICK)
    if done:
        await interaction.response.edit_message(**task.result().edit())
        return
    try:
        await interaction.response.defer()
        found = await task
    finally:
        task.cancel()
    await interaction.edit_original_response(**found.edit())


async def apologise(
    interaction: Interaction, error: Exception, language: Language, name: str, log: Language
) -> None:
    """Say that something failed, to whoever asked and in the log."""
    cause = getattr(error, "original", error)
    text = say(log, "command.broke", name=name, error=f"{type(cause).__name__}: {cause}")
    _log.error("%s", text, exc_info=cause)
    sorry = plain(say(language, "command.failed"))
    try:
        if interaction.response.is_done():
            await interaction.followup.send(**sorry.pieces(), ephemeral=True)
        else:
            await interaction.response.send_message(**sorry.pieces(), ephemeral=True)
    except discord.HTTPException as unsaid:
        _log.debug("Nobody could be told that /%s failed: %s", name, unsaid)
