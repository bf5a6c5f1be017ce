"""What goes wrong between the bot and Discord, or with a guild.

The process stands still, the connection is cut, Discord is down, the bot is removed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from machines import SECOND
from tests.benchmarks.population import frame

if TYPE_CHECKING:
    from machines import Instant
    from tests.integrations.worlds.plaza import Square
    from tests.integrations.worlds.stage import Stage
    from tests.integrations.worlds.wire import Wire

__all__ = ["CONNECTION", "GUILDS", "stands_still_for_a_while"]

_NOTICED_AT_REST = 100
"""Seconds: a bot in which nobody has a session may not notice standstills that are shorter."""


async def stands_still(stage: Stage) -> None:
    """The process stands still while the connection stands."""
    await stands_still_for_a_while(stage, stage.chance.choice((30, 200)))


async def is_resumed(stage: Stage) -> None:
    """The connection is cut, and what was missed is replayed."""
    wire = stage.some_wire()
    since = await _is_cut(stage, wire)
    await _is_connected(stage, wire, since, resumes=True)
    await stage.goes_on(5)


async def is_replaced(stage: Stage) -> None:
    """The connection is cut, and what was missed is never told."""
    wire = stage.some_wire()
    since = await _is_cut(stage, wire)
    await _is_connected(stage, wire, since, resumes=False)
    await stage.goes_on(5)


async def stands_still_while_cut(stage: Stage) -> None:
    """The process stands still before it is connected again, or before it reads of that."""
    wire = stage.some_wire()
    since = await _is_cut(stage, wire)
    is_early = stage.chance.happens(0.5)
    if is_early:
        await stands_still_for_a_while(stage, 120)
    await _is_connected(stage, wire, since, resumes=stage.chance.happens(0.5))
    if not (is_early or stage.is_at_rest):
        await stands_still_for_a_while(stage, 120)
    await stage.goes_on(5)


async def is_out(stage: Stage) -> None:
    """Discord's servers for a guild are down; the process may stand still meanwhile.

    No channel is deleted, and nobody leaves the guild: discord.py would keep the channel with the
    people in it, and the member with their game, and a cog that is loaded later would find them
    there, and lose them only with an audit.
    """
    square = stage.plaza.some_square()
    since = _goes_down(stage, square)
    await stage.goes_on(stage.chance.randint(1, 60))
    if stage.chance.happens(0.3):
        await stands_still_for_a_while(stage, 100)
    await _is_back(stage, square, since)


async def is_out_while_cut(stage: Stage) -> None:
    """The connection is cut while Discord's servers for a guild are down."""
    square = stage.plaza.some_square()
    wire = stage.wire_of(square)
    since = _goes_down(stage, square)
    await stage.goes_on(stage.chance.randint(1, 20))
    cut_since = await _is_cut(stage, wire)
    await _is_connected(stage, wire, cut_since, resumes=stage.chance.happens(0.5))
    await stage.goes_on(stage.chance.randint(0, 20))
    await _is_back(stage, square, since)


async def is_removed(stage: Stage) -> None:
    """The bot is removed from a guild, perhaps while that is out, and joins it again."""
    square = stage.plaza.some_square()
    wire, since = stage.wire_of(square), stage.now()
    if stage.chance.happens(0.4):
        _goes_down(stage, square)
        await stage.goes_on(stage.chance.randint(1, 30))
        wire.out.discard(square.id)
    stage.story.tell(f"the bot is removed from {square.id}")
    wire.sends(square.id, frame("GUILD_DELETE", {"id": str(square.id)}))
    wire.out.add(square.id)
    square.keeps_all = True
    stage.deaths += [since, stage.now() + 2 * SECOND]
    await stage.goes_on(stage.chance.randint(1, 60))
    await _is_back(stage, square, since)


async def is_told_anew(stage: Stage) -> None:
    """Discord tells how things are in a guild without any reason."""
    square = stage.plaza.some_square()
    stage.story.tell(f"{square.id} is told anew")
    stage.wire_of(square).creates(stage.plaza, square)
    await stage.goes_on(5)


async def stands_still_for_a_while(stage: Stage, longest: int) -> None:
    """The process stands still, long enough to notice it."""
    least = _NOTICED_AT_REST if stage.is_at_rest else 5
    await stage.stands_still(least + stage.chance.randint(0, longest - 5))


def _goes_down(stage: Stage, square: Square) -> Instant:
    """Take Discord's servers for a guild down; return since when nothing is told of it."""
    stage.story.tell(f"{square.id} is out")
    wire = stage.wire_of(square)
    wire.sends(square.id, frame("GUILD_DELETE", {"id": str(square.id), "unavailable": True}))
    wire.out.add(square.id)
    square.keeps_all = True
    return stage.now()


async def _is_back(stage: Stage, square: Square, since: Instant) -> None:
    wire = stage.wire_of(square)
    wire.out.discard(square.id)
    square.keeps_all = False
    wire.creates(stage.plaza, square)
    stage.unheard[square.id].append((since, stage.now()))
    stage.story.tell(f"{square.id} is back")
    await stage.goes_on(5)


async def _is_cut(stage: Stage, wire: Wire) -> Instant:
    """Cut the connection; return since when what happened is not heard unless it is replayed."""
    stage.story.tell("the connection is cut")
    since = wire.is_cut(loses=stage.chance.happens(0.5))
    if stage.chance.happens(0.3):
        await stands_still_for_a_while(stage, 60)
    await stage.goes_on(stage.chance.randint(0, 20))
    stage.story.tell("that is noticed")
    wire.is_found_cut()
    await stage.goes_on(stage.chance.randint(1, 90))
    return since


async def _is_connected(stage: Stage, wire: Wire, since: Instant, *, resumes: bool) -> None:
    stage.story.tell("the bot is connected again")
    if resumes:
        wire.resumes(stage.newcomer)
    else:
        wire.begins(stage.newcomer, stage.plaza)
        for square in wire.squares:
            stage.unheard[square.id].append((since, stage.now()))
    if stage.chance.happens(0.3):
        wire.arrives(stage.chance.randint(0, 5))
        await stage.pauses()


CONNECTION = (
    stands_still,
    stands_still_while_cut,
    is_resumed,
    is_replaced,
    is_out,
)
GUILDS = (is_out_while_cut, is_removed, is_told_anew)
