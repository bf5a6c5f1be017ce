"""Which kinds of sessions a bot hears events of: so say its intents and the settings.

What is not heard may still be looked up; it holds for that instant, and no longer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import discord

    from engine import Settings
    from machines import Kind

__all__ = ["unheard_kinds"]

_OF_VOICE: Final[frozenset[Kind]] = frozenset({"voice"})
_OF_GAMES: Final[frozenset[Kind]] = frozenset({"game", "party"})
"""Parties follow from games."""


def unheard_kinds(intents: discord.Intents, settings: Settings) -> frozenset[Kind]:
    """Return the kinds of which no event comes.

    Without the intent ``voice_states`` none of voice does, and none of games without the intent
    ``presences`` or with the setting of that name off
    (https://discord.com/developers/docs/events/gateway#list-of-intents).
    """
    hears_games = settings.presences and intents.presences
    of_voice = frozenset() if intents.voice_states else _OF_VOICE
    return of_voice if hears_games else of_voice | _OF_GAMES
