"""Discord's ids: 64 bits, of which those above the 22nd are milliseconds since 2015.

See "Snowflakes" in Discord's API reference. A guild's shard is read from the same bits.
"""

from datetime import datetime

DISCORD_EPOCH_MS = 1_420_070_400_000
"""2015-01-01T00:00:00Z in Unix milliseconds."""

_TIMESTAMP_SHIFT = 22
_FIRST_PLACE_MS = 300_000_000_000  # July 2024: long before anything a script plays.


def shard_of(guild_id: int, num_shards: int) -> int:
    """The shard that gets the events of a guild (gateway documentation, "Sharding")."""
    return (guild_id >> _TIMESTAMP_SHIFT) % num_shards


class Snowflakes:
    """Gives out ids, the same ones in the same order each time a script is played."""

    def __init__(self) -> None:
        self._place_ms = _FIRST_PLACE_MS
        self._last_at = 0

    def place(self) -> int:
        """The id of something that has been there all along: a guild, a channel, a person."""
        self._place_ms += 1
        return self._place_ms << _TIMESTAMP_SHIFT

    def place_in_shard(self, shard_id: int, num_shards: int) -> int:
        """A guild's id whose events go to ``shard_id`` of ``num_shards``.

        Raises:
            ValueError: there is no such shard.
        """
        if not 0 <= shard_id < num_shards:
            raise ValueError(f"there is no shard {shard_id} of {num_shards}; give 0 <= id < number")
        candidate = self.place()
        while shard_of(candidate, num_shards) != shard_id:
            candidate = self.place()
        return candidate

    def at(self, instant: datetime) -> int:
        """The id of something that came to be at ``instant``: a message, an interaction."""
        milliseconds = int(instant.timestamp() * 1000) - DISCORD_EPOCH_MS
        self._last_at = max(self._last_at + 1, milliseconds << _TIMESTAMP_SHIFT)
        return self._last_at
