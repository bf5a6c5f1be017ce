"""Shards: a bot's connections, and over which of them what happens in a guild is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from integrations.gateway.sharding import shard_of

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Shards"]


class Shards:
    """The connections of a bot by their ids. One without shards has one, under None.

    Attributes:
        are_several: whether the bot may have several.
    """

    def __init__(self, bot: discord.Client) -> None:
        """Tell of those of ``bot``."""
        self._bot = bot
        self.are_several = isinstance(bot, discord.AutoShardedClient)

    def ids(self) -> Iterable[int | None]:
        """Return those for which a connection stands, or is being made, or was."""
        bot = self._bot
        return bot.shards if isinstance(bot, discord.AutoShardedClient) else (None,)

    def key(self, shard_id: int | None) -> int | None:
        """Return under which id a shard is, as discord.py names that of a guild."""
        return shard_id if self.are_several else None

    def concerns(self, shard_id: int | None) -> bool:
        """Return whether what is told of a shard is about one.

        A sharded bot is told everything twice: for the shard, and for any shard.
        """
        return (shard_id is not None) == self.are_several

    def of(self, guild_id: int) -> int | None:
        """Return the shard of a guild."""
        return shard_of(guild_id, self._bot.shard_count or 1) if self.are_several else None

    def served(self, guild_ids: Iterable[int], *shard_ids: int | None) -> tuple[int, ...]:
        """Return those guilds that belong to one of some shards.

        There may be thousands, so what :func:`~integrations.gateway.sharding.shard_of` says is
        written out.
        """
        if not self.are_several:
            return tuple(guild_ids) if None in shard_ids else ()
        count, some = self._bot.shard_count or 1, frozenset(shard_ids)
        return tuple([each for each in guild_ids if (each >> 22) % count in some])
