"""Sharding: over which of a bot's connections what happens in a guild is told."""

from __future__ import annotations

__all__ = ["shard_of"]


def shard_of(guild_id: int, num_shards: int) -> int:
    """Return the shard of a guild (Discord's documentation, "Sharding")."""
    return (guild_id >> 22) % num_shards
