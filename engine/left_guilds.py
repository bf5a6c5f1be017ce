"""Left guilds: since when the bot is not in them, and when everybody there had last been looked at.

Should it be back within a day, whoever is there then was not before that look, for what was is
written down. All are instants of the clock as it first was, before it was set.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from engine.ends import LONG_AGO

if TYPE_CHECKING:
    from collections.abc import Iterator

    from machines import Instant

__all__ = ["LeftGuilds"]


class _Left(NamedTuple):
    at: Instant
    looked_at: Instant | None
    looked_at_games: Instant | None


class LeftGuilds:
    """Those that were left within the last day, joined again or not.

    Attributes:
        by_id: what is known of each, in the order in which they were left.
    """

    def __init__(self) -> None:
        """Start with none."""
        self.by_id: dict[int, _Left] = {}

    def leave(
        self, guild_id: int, at: Instant, looked_at: Instant | None, looked_at_games: Instant | None
    ) -> None:
        """The bot has left a guild; where nobody has looked since it was back, earlier looks hold.

        Args:
            guild_id: the guild.
            at: since when the bot is not in it.
            looked_at: when everybody in voice was last looked at, if they were.
            looked_at_games: when everybody's games were.
        """
        before = self.by_id.pop(guild_id, None)
        if before is not None:
            looked_at = before.looked_at if looked_at is None else looked_at
            looked_at_games = before.looked_at_games if looked_at_games is None else looked_at_games
        self.by_id[guild_id] = _Left(at, looked_at, looked_at_games)

    def last_look(self, guild_id: int, *, games: bool) -> Instant | None:
        """Return when everybody in a guild that was left had last been looked at, if they were."""
        left = self.by_id.get(guild_id)
        if left is None:
            return None
        return left.looked_at_games if games else left.looked_at

    def forgetting(self, at: Instant) -> Iterator[int]:
        """Forget those that were left a day before an instant, and yield them."""
        while self.by_id:
            guild_id, left = next(iter(self.by_id.items()))
            if left.at > at - LONG_AGO:
                return
            del self.by_id[guild_id]
            yield guild_id
