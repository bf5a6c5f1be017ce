"""``/privacidad``: what is kept about whoever asks; to take along, to erase, or to stop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, Self, cast, get_args

import discord

from integrations.commands.pages import COG_NAME
from integrations.commands.reply import Answer, Picture, card, plain
from integrations.words.catalogue import say

if TYPE_CHECKING:
    import re
    from collections.abc import Collection

    from integrations.commands.reply import Interaction
    from integrations.words.wording import Language
    from machines import Instant

__all__ = ["ACTIONS", "Action", "Privacy", "PrivacyButton", "privacy_answer"]

Action = Literal["show", "export", "forget", "sure", "opt_out", "opt_in"]
"""What a person can ask for; ``sure`` is the button that confirms ``forget``."""

ACTIONS: tuple[str, ...] = ("export", "opt_out", "opt_in", "forget")
"""Those of the command's option."""

_LARGEST = 7_000_000
"""Bytes of a file in an answer, well within Discord's limit for a server without boosts."""


class Held(NamedTuple):
    """Everything that is held about a person: how many sessions, and all of it as JSON lines.

    Where they are longer than they may be, the lines are only the first of them, and too long.
    Sessions that cannot be read are in neither: those are ``unreadable``.
    """

    sessions: int
    lines: bytes
    unreadable: int = 0


class Privacy(Protocol):
    """Who can tell, erase and stop what is kept about a person."""

    def opted_out(self) -> Collection[int]:
        """Return those about whom nothing is to be kept."""
        ...

    async def held_about(self, user_id: int, now: Instant, at_most: int) -> Held:
        """Return everything that is held about a person, sessions so far by ``now`` included.

        Args:
            user_id: the person.
            now: when it is asked.
            at_most: so many bytes of lines are needed.
        """
        ...

    async def forget(self, user_id: int) -> int:
        """Erase everything about a person, for good; return how many sessions it was."""
        ...

    async def opt_out(self, user_id: int) -> None:
        """Keep nothing about a person from now on."""
        ...

    async def opt_in(self, user_id: int) -> None:
        """Keep what a person does again."""
        ...


async def privacy_answer(
    privacy: Privacy, user_id: int, action: Action, language: Language, now: Instant
) -> Answer:
    """Do what a person asks about their own data, and say what was done."""
    match action:
        case "show":
            return await _shown(privacy, user_id, language, now)
        case "export":
            return await _exported(privacy, user_id, language, now)
        case "forget":
            return _asked_again(language)
        case "sure":
            count = await privacy.forget(user_id)
            lines = [say(language, "privacy.forgotten", count=count)]
            if user_id not in privacy.opted_out():
                lines.append(say(language, "privacy.counts_on"))
            return plain("\n".join(lines))
        case "opt_out":
            await privacy.opt_out(user_id)
            return _with_buttons(say(language, "privacy.opted_out"), ("forget", "opt_in"), language)
        case "opt_in":
            await privacy.opt_in(user_id)
            return plain(say(language, "privacy.opted_in"))


async def _shown(privacy: Privacy, user_id: int, language: Language, now: Instant) -> Answer:
    held = await privacy.held_about(user_id, now, at_most=0)
    is_out = user_id in privacy.opted_out()
    lines = [say(language, "privacy.held", count=held.sessions), *_damaged(held, language)]
    if is_out:
        lines.append(say(language, "privacy.is_out"))
    lines.append(say(language, "privacy.choices_out" if is_out else "privacy.choices"))
    actions: tuple[Action, ...] = ("export", "opt_in" if is_out else "opt_out", "forget")
    answer = _with_buttons("\n\n".join(lines), actions, language)
    answer.embeds[0].title = say(language, "privacy.title")
    return answer


async def _exported(privacy: Privacy, user_id: int, language: Language, now: Instant) -> Answer:
    held = await privacy.held_about(user_id, now, at_most=_LARGEST)
    if len(held.lines) > _LARGEST:
        return plain(say(language, "privacy.too_big", count=held.sessions))
    told = [say(language, "privacy.exported", count=held.sessions), *_damaged(held, language)]
    text = "\n".join(told)
    if not held.sessions:
        return plain(text)
    return Answer(embeds=plain(text).embeds, file=Picture("latido.jsonl", held.lines))


def _damaged(held: Held, language: Language) -> list[str]:
    """Return what is to be said of sessions that cannot be read."""
    return [say(language, "privacy.unreadable", count=held.unreadable)] if held.unreadable else []


def _asked_again(language: Language) -> Answer:
    return _with_buttons(say(language, "privacy.sure"), ("sure",), language)


def _with_buttons(text: str, actions: tuple[Action, ...], language: Language) -> Answer:
    view = discord.ui.View(timeout=None)
    for action in actions:
        view.add_item(PrivacyButton(action, language))
    return Answer(embeds=[card("", text)], view=view)


class PrivacyTurner(Protocol):
    """Who does what a privacy button asks for."""

    async def about_oneself(
        self, interaction: Interaction, action: Action, language: Language
    ) -> None:
        """Do it for whoever pressed."""
        ...


_TEMPLATE = f"latido:privacy:(?P<action>{'|'.join(get_args(Action))}):(?P<language>es|en)"


class PrivacyButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=_TEMPLATE):
    """A button that does one thing with the data of whoever presses it."""

    def __init__(self, action: Action, language: Language) -> None:
        """Do ``action`` when pressed."""
        key = "privacy.sure.yes" if action == "sure" else f"privacy.{action}"
        erases = action in {"forget", "sure"}
        super().__init__(
            discord.ui.Button(
                label=say(language, key),
                style=discord.ButtonStyle.danger if erases else discord.ButtonStyle.secondary,
                custom_id=f"latido:privacy:{action}:{language}",
            )
        )
        self.action: Action = action
        self.language: Language = language

    @classmethod
    async def from_custom_id(
        cls, _interaction: Interaction, _item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Read back what a button that was pressed should do."""
        return cls(cast(Action, match["action"]), cast("Language", match["language"]))

    async def callback(self, interaction: Interaction) -> Any:  # noqa: ANN401 - discord.py's signature
        """Do it."""
        turner = cast(PrivacyTurner, interaction.client.get_cog(COG_NAME))
        await turner.about_oneself(interaction, self.action, self.language)
