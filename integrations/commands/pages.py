"""Pages: long answers in parts, turned with buttons.

What a button shows is written in its ``custom_id``, so that it works for as long as the
message is there, over restarts of the bot as well, and costs no memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, Self, cast, get_args

import discord

from integrations.statistics.period import Period
from integrations.words.wording import Language
from machines import KINDS, Kind

if TYPE_CHECKING:
    import re

    from integrations.commands.reply import Interaction

__all__ = ["PAGE", "PageButton", "PageTurner", "Paged", "Shown", "buttons", "page_of"]

PAGE = 10
"""Lines on a page."""

Paged = Literal["ranking", "sessions", "games"]
"""The commands whose answers have pages."""


class Shown(NamedTuple):
    """Which page of what: all that a button must remember."""

    command: Paged
    period: Period
    kind: Kind
    language: Language
    page: int

    def custom_id(self) -> str:
        """Return it as the text that Discord keeps with a button (at most 100 characters)."""
        return f"latido:page:{self.command}:{self.period}:{self.kind}:{self.language}:{self.page}"


class PageTurner(Protocol):
    """Who makes the page that a button asks for."""

    async def turn_to(self, interaction: Interaction, shown: Shown) -> None:
        """Put a page in place of the one that is shown."""
        ...


_TEMPLATE = "latido:page:" + ":".join(
    (
        f"(?P<command>{'|'.join(get_args(Paged))})",
        f"(?P<period>{'|'.join(get_args(Period))})",
        f"(?P<kind>{'|'.join(KINDS)})",
        f"(?P<language>{'|'.join(get_args(Language))})",
        "(?P<page>[0-9]{1,5})",
    )
)


class PageButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=_TEMPLATE):
    """A button that shows another page."""

    def __init__(self, shown: Shown, emoji: str, *, disabled: bool = False) -> None:
        """Show ``shown`` when pressed."""
        super().__init__(
            discord.ui.Button(
                emoji=emoji,
                style=discord.ButtonStyle.secondary,
                custom_id=shown.custom_id(),
                disabled=disabled,
            )
        )
        self.shown = shown

    @classmethod
    async def from_custom_id(
        cls, _interaction: Interaction, _item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Read back what a button that was pressed should show."""
        shown = Shown(
            cast(Paged, match["command"]),
            cast(Period, match["period"]),
            cast(Kind, match["kind"]),
            cast(Language, match["language"]),
            int(match["page"]),
        )
        return cls(shown, "▶️")

    async def callback(self, interaction: Interaction) -> Any:  # noqa: ANN401 - discord.py's signature
        """Put the page in place of the one that is shown."""
        cog = interaction.client.get_cog(COG_NAME)
        await cast(PageTurner, cog).turn_to(interaction, self.shown)


COG_NAME = "Latido commands"
"""The cog that is a :class:`PageTurner`; it is there while its buttons are registered."""


def page_of(page: int, count: int) -> tuple[int, int]:
    """Return the page nearest to ``page`` that exists, counted from 0, and how many there are."""
    pages = max(1, -(-count // PAGE))
    return min(max(page, 0), pages - 1), pages


def buttons(shown: Shown, pages: int) -> discord.ui.View | None:
    """Return the buttons under a page; None where there is only one."""
    if pages <= 1:
        return None
    view = discord.ui.View(timeout=None)
    back = shown._replace(page=shown.page - 1 if shown.page else pages)
    onward = shown._replace(page=shown.page + 1)
    view.add_item(PageButton(back, "◀️", disabled=shown.page == 0))
    view.add_item(PageButton(onward, "▶️", disabled=shown.page >= pages - 1))
    return view
