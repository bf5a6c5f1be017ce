"""What may come between: a shard that is cut, and looks at guilds that are under way.

For a bot with a guild on each of two shards, so that each of these may concern a guild or not.
"""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from discord.ext import commands

from engine import ActivitySeen, Channel, GuildReport, PresenceObserved, VoiceObserved
from integrations.evidence.verdicts import Held
from machines import SECOND
from tests.benchmarks.connected_bot import ConnectedBot, settled
from tests.benchmarks.population import Population, frame
from tests.integrations.gateway.fed_bot import payload

if TYPE_CHECKING:
    from collections.abc import Collection

    from integrations.cog import SessionCog
    from tests.benchmarks.population import Guild

__all__ = ["SHARDS", "BotOfTwoShards", "Disturbances", "shard_of"]

SHARDS = (0, 1)


def shard_of(guild: Guild) -> int:
    """Return the shard of a guild, as Discord has it."""
    return (guild.id >> 22) % len(SHARDS)


class BotOfTwoShards(ConnectedBot, commands.AutoShardedBot):
    """Hears both of its shards over one websocket."""

    def __init__(self) -> None:
        super().__init__()
        self.shard_count = self._connection.shard_count = len(SHARDS)
        self.shard_ids = self._connection.shard_ids = list(SHARDS)

    async def meets(self, population: Population) -> None:
        """Log in shard by shard."""
        shards: Any = {each: SimpleNamespace(id=each, ws=self.ws) for each in SHARDS}
        self._AutoShardedClient__shards = shards
        for shard_id in SHARDS:
            theirs = tuple(each for each in population.guilds if shard_of(each) == shard_id)
            ready = payload(self.ready(Population(theirs)))
            await self.hears([frame("READY", {**ready, "shard": [shard_id, len(SHARDS)]})])
            await self.hears([guild.text() for guild in theirs])
        await self.wait_until_ready()
        await settled()


class Disturbances:
    """Has these happen to a bot."""

    def __init__(self, cog: SessionCog) -> None:
        self._tracker = cog._tracker  # noqa: SLF001 - looks are given to it
        self._verdicts = cog.sources._verdicts  # noqa: SLF001 - it holds reports back
        self._connections = cog._connections  # noqa: SLF001 - it is told of cuts

    def cut(self, guild: Guild) -> None:
        """The shard of a guild is cut."""
        self._connections.is_cut(shard_of(guild))

    def resumed(self, guild: Guild) -> None:
        """It has replayed what was missed."""
        self._connections.resumes(shard_of(guild))

    def begun_anew(self, guild: Guild) -> None:
        """It replays nothing."""
        self._connections.begins(shard_of(guild))

    def look(self, guild: Guild, here: Collection[int]) -> None:
        """An audit has seen these people of a guild, and nobody else; it is gone through."""
        self._tracker.looks.begin(self._report(guild, here))

    def looks_end(self, _guild: Guild) -> None:
        """All looks are through."""
        self._tracker.looks.finish()

    def hold(self, guild: Guild, here: Collection[int]) -> None:
        """The same, but whoever is in voice waits for the start of their call."""
        report = self._report(guild, here)
        loop = asyncio.get_running_loop()
        asking = loop.create_task(asyncio.sleep(3_600))
        self._verdicts.held[guild.id] = Held(
            report,
            frozenset(report.voice),
            asking,
            loop.create_future(),
            self._tracker.clock_watch.set_by,
        )

    def let_go(self, guild: Guild) -> None:
        """Nobody waits for it any more."""
        self._verdicts.befalls_channel(guild.id)

    def are_over(self, guild: Guild) -> None:
        """None of it goes on at a guild."""
        self.resumed(guild)
        self.let_go(guild)
        self.looks_end(guild)

    def _report(self, guild: Guild, here: Collection[int]) -> GuildReport:
        at = self._tracker.now()
        people = [person for person in guild.people if person.id in here]
        return GuildReport(
            guild_id=guild.id,
            source="audit",
            at=at,
            asked_at=at - SECOND,
            voice={
                each.id: VoiceObserved(
                    guild_id=guild.id,
                    user_id=each.id,
                    username=each.member["user"]["global_name"],
                    channel=Channel(each.channel_id, "Sala"),
                )
                for each in people
                if each.channel_id is not None
            },
            games={
                each.id: PresenceObserved(
                    guild_id=guild.id,
                    user_id=each.id,
                    username=each.member["user"]["global_name"],
                    activities=(ActivitySeen(each.game),),
                )
                for each in people
                if each.game is not None
            },
            complete_voice=True,
            complete_games=True,
        )
