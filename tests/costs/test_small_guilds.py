"""Many small guilds: what goes through all of them lets others have their turn in between.

Each of them is done in no time and without a turn of its own.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest

from integrations import turns
from integrations.cog import SessionCog
from integrations.evidence.live_guild import LiveGuilds
from integrations.gateway.connection import Connections
from integrations.gateway.translation import Translation
from tests.benchmarks.connected_bot import connected
from tests.benchmarks.our_cog import takes_it_as_up, written
from tests.benchmarks.population import Population
from tests.costs.steps import counted_lines
from tests.integrations.gateway.disturbances import BotOfTwoShards
from tests.integrations.gateway.fed_bot import QUIET, fed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GUILDS = 60
SMALL = Population.of(GUILDS, guilds=GUILDS, idle_each=0, channels=1)


class Pieces:
    """How many pieces there were, and how many at most between two turns of others."""

    def __init__(self) -> None:
        self.count = self.most = self._now = 0

    def one_more(self) -> None:
        self.count += 1
        self._now += 1
        self.most = max(self.most, self._now)

    def others_come(self) -> None:
        self._now = 0


@contextmanager
def counted(of: type[object], name: str) -> Iterator[Pieces]:
    """Count the calls of a method, where each turn is over at once."""
    pieces, original, others = Pieces(), getattr(of, name), turns.others_first

    def piece(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - whatever it takes and returns
        pieces.one_more()
        return original(*args, **kwargs)

    async def others_first() -> None:
        pieces.others_come()
        await others()

    with (
        mock.patch.object(of, name, piece),
        mock.patch.object(turns, "others_first", others_first),
        mock.patch.object(turns, "_TURN", 0.0),
        mock.patch.object(turns, "_AT_LEAST", 3),
        mock.patch.object(turns, "_TOO_LONG", 3_600.0),
    ):
        yield pieces


async def test_a_check(tmp_path: Path) -> None:
    async with fed(tmp_path, SMALL) as told:
        with counted(LiveGuilds, "look") as looks:
            await told.cog.check_now()
        assert (looks.count, looks.most) == (GUILDS, 3)


@pytest.mark.parametrize("resumes", [False, True])
async def test_a_start_within_a_bot_that_runs_and_a_resume(
    tmp_path: Path, *, resumes: bool
) -> None:
    async with connected(SMALL) as running:
        cog = SessionCog(running, QUIET, data_dir=tmp_path)
        if not resumes:
            takes_it_as_up(cog)
        with counted(Translation, "cached_report") as looks:
            await running.add_cog(cog)
            if resumes:  # it was cut as the cog was loaded
                cog._connections._lateness.since.clear()  # noqa: SLF001 - as it finds that all was replayed
                await cog.on_resumed()
        assert (looks.count, looks.most) == (GUILDS, 3)
        await written(cog)
        cog.sources.contradictions.close()  # there is nobody whom a look could ask


@pytest.mark.parametrize("shards", [2, 20])
async def test_a_heartbeat_and_no_more_is_done_the_more_shards_there_are(
    tmp_path: Path, shards: int
) -> None:
    async with fed(tmp_path, SMALL, bot=BotOfTwoShards()) as told:
        connections = told.cog._connections  # noqa: SLF001 - what it does every half a minute
        told.bot.shard_count = shards
        connections._up = set(range(shards))  # noqa: SLF001 - all are up
        with (
            mock.patch("integrations.gateway.connection._AT_ONCE", 1),
            counted(Connections, "_keep_watch") as watches,
            counted_lines("integrations/gateway") as lines,
        ):
            await connections._keep_watches()  # noqa: SLF001 - as above
        assert (watches.count, watches.most) == (GUILDS, 3)
        assert 0 < lines.count < 60 * GUILDS
