"""Which of Discord's intents a bot lacks for what its settings want, as keys of sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import discord

    from engine.settings import Settings

__all__ = ["NEEDED", "done_without", "missing_intents"]

NEEDED = frozenset({"intents.no_guilds", "intents.no_voice_states"})
"""Those without which it cannot be what it is, whatever the settings say."""


def missing_intents(
    intents: discord.Intents, settings: Settings, *, hears_everybody: bool
) -> list[str]:
    """Return a key for each thing that is missing, what weighs most first.

    Args:
        intents: what the bot asked Discord for.
        settings: what it is to do: what they do without is not missing.
        hears_everybody: games of members whom discord.py has not cached are heard of.
    """
    lacking = {
        "intents.no_guilds": not intents.guilds,
        "intents.no_voice_states": not intents.voice_states,
        "intents.no_presences": settings.presences and not intents.presences,
        "intents.no_raw_presences": (
            settings.presences and intents.presences and not hears_everybody
        ),
        "intents.no_members": settings.members and not intents.members,
    }
    return [key for key, is_missing in lacking.items() if is_missing]


def done_without(intents: discord.Intents, settings: Settings) -> list[str]:
    """Return a key for each thing that is not there because the settings do without it."""
    chosen = {
        "intents.presences_off": not settings.presences,
        "intents.members_off": not (settings.members or intents.members),
    }
    return [key for key, is_so in chosen.items() if is_so]
