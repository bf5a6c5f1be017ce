"""The bot that logs in over the wires of a world, with or without shards."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from discord.ext import commands

from tests.benchmarks.connected_bot import ConnectedBot
from tests.benchmarks.population import Population, frame

if TYPE_CHECKING:
    from discord.gateway import DiscordWebSocket

    from tests.integrations.worlds.stage import Stage

__all__ = ["SHARDS", "Newcomer", "ShardedNewcomer"]

SHARDS = (0, 1)


class Newcomer(ConnectedBot):
    """Has one connection; what it asks, its world answers."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self._stage = stage
        self.http.get_voice_state = stage.answers.voice_state  # type: ignore[method-assign,assignment]
        self.http.request = stage.answers.gateway  # type: ignore[method-assign,assignment]

    async def meets(self, population: Population) -> None:  # noqa: ARG002 - the wires know it
        self._connection.guild_ready_timeout = 2.0
        for wire in self._stage.wires:
            wire.begins(self, self._stage.plaza)
        while not self.is_ready():
            await self._stage.goes_on(1, is_quiet=True)

    def connects_shard(self, shard_id: int | None) -> DiscordWebSocket:
        """Have another connection in place of the one before."""
        self.connects()
        self.ws.shard_id = shard_id
        self.ws.send_as_json = self._stage.answers.sent  # type: ignore[method-assign]
        return self.ws

    def socket_of(self, shard_id: int | None) -> DiscordWebSocket:  # noqa: ARG002 - there is one
        """Return the latest connection of a shard."""
        return self.ws

    def ready_of(self, theirs: Population, shard_id: int | None) -> str:  # noqa: ARG002 - as above
        """Return the READY that names these guilds."""
        return self.ready(theirs)


class ShardedNewcomer(Newcomer, commands.AutoShardedBot):
    """Has a connection for each shard."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self.shard_count = self._connection.shard_count = len(SHARDS)
        self.shard_ids = self._connection.shard_ids = list(SHARDS)
        self._shards: dict[int, Any] = {}
        self._AutoShardedClient__shards: Any = self._shards

    def connects_shard(self, shard_id: int | None) -> DiscordWebSocket:
        socket = super().connects_shard(shard_id)
        assert shard_id is not None
        self._shards[shard_id] = SimpleNamespace(id=shard_id, ws=socket)
        return socket

    def socket_of(self, shard_id: int | None) -> DiscordWebSocket:
        assert shard_id is not None
        socket: DiscordWebSocket = self._shards[shard_id].ws
        return socket

    def ready_of(self, theirs: Population, shard_id: int | None) -> str:
        told = json.loads(self.ready(theirs))["d"]
        return frame("READY", {**told, "shard": [shard_id, len(SHARDS)]})
