"""What a connection hears: of people in voice, of what they play, of both, or of neither."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    import discord

    from engine import Settings
    from machines import Kind

__all__ = ["HEARS_ALL", "Hears"]

_OF_VOICE: Final[frozenset[Kind]] = frozenset({"voice"})
_OF_GAMES: Final[frozenset[Kind]] = frozenset({"game", "party"})
"""Parties follow from games."""

_OF_NOTHING: Final[frozenset[Kind]] = frozenset()


class Hears(NamedTuple):
    """What a connection is told of; of the rest an empty list proves nothing.

    Attributes:
        voice: who is in voice.
        presences: what people play.
    """

    voice: bool
    presences: bool

    @classmethod
    def by(cls, intents: discord.Intents, settings: Settings) -> Hears:
        """Return what a bot hears: its intents say so, and the setting ``presences``.

        https://discord.com/developers/docs/events/gateway#list-of-intents
        """
        return cls(intents.voice_states, settings.presences and intents.presences)

    @property
    def unheard(self) -> frozenset[Kind]:
        """The kinds of which no event comes.

        They may still be looked up, which holds for that instant and no longer.
        """
        of_voice = _OF_NOTHING if self.voice else _OF_VOICE
        return of_voice if self.presences else of_voice | _OF_GAMES


HEARS_ALL: Final = Hears(voice=True, presences=True)
