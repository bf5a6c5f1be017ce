"""What somebody does with a game: plays it, streams it, or listens to it.

A stream counts apart from its game (the setting ``streaming``) and goes on at the same time, so
that the two are told apart wherever one of them is named, and by the same sign.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

if TYPE_CHECKING:
    from machines import ActivityType

__all__ = [
    "IS_PLAYING",
    "PLAYED",
    "PLAYING",
    "PLAYING_AT",
    "SIGN",
    "SIGNS",
    "STOPPED",
    "game_shown",
]

SIGNS: dict[ActivityType, str] = {"playing": "🎮", "streaming": "📺", "listening": "🎧"}
"""The sign of each, in the order in which sentences list them."""

SIGN = "{activity:" + "|".join(SIGNS.values()) + "}"
"""Any of them in a sentence."""


class Verb(NamedTuple):
    """What is done, as sentences have it: in the order of the signs."""

    es: str
    en: str


PLAYED = Verb("{activity:jugó|emitió|escuchó}", "{activity:played|streamed|listened to}")
PLAYING = Verb(
    "{activity:jugando|emitiendo|escuchando}", "{activity:playing|streaming|listening to}"
)
PLAYING_AT = Verb("{activity:jugando a|emitiendo|escuchando}", PLAYING.en)
IS_PLAYING = Verb(f"está {PLAYING.es}", f"is {PLAYING.en}")
STOPPED = Verb("dejó de {activity:jugar|emitir|escuchar}", f"stopped {PLAYING.en}")


def game_shown(game: str, activity: str | None) -> str:
    """Return what a game goes by beside others; what is not merely played has its sign."""
    if activity is None or activity == "playing":
        return game
    return f"{SIGNS[cast('ActivityType', activity)]} {game}"
