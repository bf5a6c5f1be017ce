"""How names and times are shown in Discord: strangers choose names, and Markdown is theirs too."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import discord

from integrations.words.catalogue import say
from integrations.words.wording import on_one_line
from machines import SECOND

if TYPE_CHECKING:
    from integrations.words.wording import Language
    from machines import Instant

__all__ = ["channel_shown", "moment", "person_shown", "shown", "shown_plainly"]

_LONGEST = 40
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
_INVISIBLE = frozenset("\u115f\u1160\u2800\u3164\uffa0\u00ad\u034f\u061c\u180e")


def shown_plainly(language: Language, name: str) -> str:
    """Return a name on one line, never empty and never wider than a line, without escapes.

    For buttons, titles of charts and files, where Markdown means nothing.
    """
    visible = "".join(sign for sign in on_one_line(name) if not _is_invisible(sign))
    text = " ".join(visible.split())
    if not text:
        return say(language, "word.nameless")
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def shown(language: Language, name: str) -> str:
    """Return a name as it is, whatever signs it has.

    Markdown, mentions, times, emoji and addresses in it do nothing (Discord's documentation,
    "Message Formatting"), and where it is written from right to left, what stands beside it
    stays where it is (https://www.unicode.org/reports/tr9/#Explicit_Directional_Isolates).
    """
    plain = shown_plainly(language, name)
    text = discord.utils.escape_markdown(plain.replace("://", ":\u200b//"), ignore_links=False)
    text = discord.utils.escape_mentions(text).replace("<", "\\<")
    is_mirrored = any(unicodedata.bidirectional(sign) in _RIGHT_TO_LEFT for sign in plain)
    return f"\u2068{text}\u2069" if is_mirrored else text


def person_shown(
    language: Language, guild: discord.Guild | None, user_id: int | None, recorded: str
) -> str:
    """Return what a person is called here, or was called when they were last recorded."""
    member = None if guild is None or user_id is None else guild.get_member(user_id)
    return shown(language, recorded if member is None else member.display_name)


def channel_shown(
    language: Language, guild: discord.Guild | None, channel_id: int | None, recorded: str
) -> str:
    """Return what a channel is called, or was called before it was deleted."""
    channel = None if guild is None or channel_id is None else guild.get_channel(channel_id)
    if channel is not None:
        return shown(language, channel.name)
    name = shown(language, recorded)
    return name if guild is None else say(language, "word.deleted", name=name)


def moment(instant: Instant, style: str = "t") -> str:
    """Return an instant that Discord shows in the reader's own time zone and language.

    Styles are those of Discord's documentation, "Message Formatting": t 22:30, T 22:30:00,
    f with the date, R relative.
    """
    return f"<t:{instant // SECOND}:{style}>"


def _is_invisible(sign: str) -> bool:
    return sign in _INVISIBLE or (unicodedata.category(sign) == "Cf" and sign != "\u200d")
