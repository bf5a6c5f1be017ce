"""Which activities count as a game, under which name, and when two of them are the same."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

from machines import ActivityType, GameSession

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine.observation import ActivitySeen, PresenceObserved
    from engine.settings import Settings

_GAMES_KNOWN = 4096
"""Games whose names are kept ready; there are more, but few people play those."""

MOST_AT_ONCE = 32
"""How many games of one person count at a time: each is held against each, and nobody plays more.

Discord documents no limit (Gateway, Activity Object), and somebody may send what they like.
"""

__all__ = ["MOST_AT_ONCE", "GameName", "GameRules", "folded", "is_same_game", "name_of"]


class GameName(msgspec.Struct, frozen=True, gc=False):
    """What a game is matched by, next to its application id.

    Python's collector goes through no dict for the sake of such keys; for tuples it would.
    """

    name: str
    activity_type: ActivityType


def name_of(game: GameSession | ActivitySeen) -> GameName:
    """Return the name that ``game`` is matched by: letter case and outer blanks don't count."""
    name = game.game_name if type(game) is GameSession else game.name
    return folded(name, game.activity_type)


@lru_cache(maxsize=_GAMES_KNOWN)
def folded(name: str, activity_type: ActivityType) -> GameName:
    """Return what a game of this name and type is matched by, as :func:`name_of` does."""
    return GameName(name.strip().casefold(), activity_type)


def is_same_game(session: GameSession, activity: ActivitySeen) -> bool:
    """Return whether ``activity`` is the game of ``session``.

    Application ids tell two games of one name apart; a missing id matches any.
    """
    one, other = session.app_id, activity.app_id
    if one != other and one is not None and other is not None:
        return False
    if session.game_name == activity.name:  # names that are spelled alike need no folding
        return session.activity_type == activity.activity_type
    return name_of(session) == name_of(activity)


class GameRules:
    """The settings about games, ready to be applied to what a presence lists.

    Attributes:
        known_as: returns the name and type that a game of a name and type counts under; None where
            it does not count.
    """

    def __init__(self, settings: Settings) -> None:
        """Take over ``game_aliases``, ``ignored_games``, ``streaming``, ``track_listening``."""
        self._aliases = {
            alias.strip().casefold(): name for alias, name in settings.game_aliases.items()
        }
        self._ignored = {name.strip().casefold() for name in settings.ignored_games}
        self._streaming = settings.streaming
        self._listening = settings.track_listening
        self.known_as = lru_cache(maxsize=_GAMES_KNOWN)(self._find_known_as)

    def applied(self, seen: PresenceObserved) -> PresenceObserved:
        """Return the news with those activities alone that are :meth:`tracked`."""
        if not seen.activities:
            return seen
        tracked = self.tracked(seen.activities)
        if tracked == seen.activities:
            return seen
        return msgspec.structs.replace(seen, activities=tracked)

    def tracked(self, activities: Iterable[ActivitySeen]) -> tuple[ActivitySeen, ...]:
        """Return the activities that count, under their canonical names, each once.

        They are the first :data:`MOST_AT_ONCE`.
        """
        kept: list[ActivitySeen] = []
        for activity in activities:
            known_as = self.known_as(activity.name, activity.activity_type)
            if known_as is None:
                continue
            name, kind = known_as
            known = activity
            if name != activity.name or kind != activity.activity_type:
                known = msgspec.structs.replace(activity, name=name, activity_type=kind)
            if not kept or not any(_is_repeated(known, other) for other in kept):
                kept.append(known)
                if len(kept) == MOST_AT_ONCE:
                    break
        return tuple(kept)

    def matched_as(self, name: str, kind: ActivityType) -> GameName | None:
        """Return what a game of a name and type is matched by; None where it does not count."""
        known_as = self.known_as(name, kind)
        return None if known_as is None else folded(*known_as)

    def _find_known_as(self, name: str, kind: ActivityType) -> tuple[str, ActivityType] | None:
        if kind == "listening" and not self._listening:
            return None
        if kind == "streaming":
            if self._streaming == "ignore":
                return None
            kind = "playing" if self._streaming == "game" else "streaming"
        folded = name.strip().casefold()
        canonical = self._aliases.get(folded, name.strip())
        if not canonical or folded in self._ignored or canonical.casefold() in self._ignored:
            return None
        return canonical, kind


def _is_repeated(one: ActivitySeen, other: ActivitySeen) -> bool:
    return name_of(one) == name_of(other) and (
        one.app_id == other.app_id or None in {one.app_id, other.app_id}
    )
