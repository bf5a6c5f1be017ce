"""What goes wrong in a world: the process stands still, the connection is cut, Discord is down."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from tests.benchmarks.population import frame
from tests.integrations.worlds.plaza import PEOPLE

if TYPE_CHECKING:
    from machines import Instant
    from tests.integrations.worlds.stage import Stage

__all__ = ["DISTURBANCES", "Disturbance"]

Disturbance = Callable[["Stage"], Awaitable[None]]

_NOTICED_AT_REST = 100
"""Seconds: a bot in which nobody has a session may not notice standstills that are shorter."""


async def stands_still(stage: Stage) -> None:
    """The process stands still while the connection stands."""
    await _stands_still(stage, stage.chance.choice((30, 200)))


async def is_resumed(stage: Stage) -> None:
    """The connection is cut, and what was missed is replayed."""
    since = await _is_cut(stage)
    await _is_connected(stage, since, resumes=True)
    await stage.goes_on(5)


async def is_replaced(stage: Stage) -> None:
    """The connection is cut, and what was missed is never told."""
    since = await _is_cut(stage)
    await _is_connected(stage, since, resumes=False)
    await stage.goes_on(5)


async def stands_still_while_cut(stage: Stage) -> None:
    """The process stands still before it is connected again, or before it reads of that."""
    since = await _is_cut(stage)
    is_early = stage.chance.happens(0.5)
    if is_early:
        await _stands_still(stage, 120)
    await _is_connected(stage, since, resumes=stage.chance.happens(0.5))
    if not (is_early or stage.is_at_rest):
        await _stands_still(stage, 120)
    await stage.goes_on(5)


async def is_out(stage: Stage) -> None:
    """Discord's servers for the guild are down; the process may stand still meanwhile.

    No channel is deleted: discord.py would keep it with the people in it, and a cog that is loaded
    later would find them there, and lose them only with an audit.
    """
    [guild] = PEOPLE.guilds
    since = stage.now()
    stage.story.tell("the guild is out")
    stage.wire.sends(frame("GUILD_DELETE", {"id": str(guild.id), "unavailable": True}))
    stage.wire.is_out = stage.plaza.keeps_channels = True
    await stage.goes_on(stage.chance.randint(1, 60))
    if stage.chance.happens(0.3):
        await _stands_still(stage, 100)
    stage.wire.is_out = stage.plaza.keeps_channels = False
    stage.wire.sends(frame("GUILD_CREATE", stage.plaza.create()))
    stage.unheard.append((since, stage.now()))
    stage.story.tell("the guild is back")
    await stage.goes_on(5)


async def is_reloaded(stage: Stage) -> None:
    """The cog is unloaded and loaded anew, while the bot stays connected."""
    stage.story.tell("the cog is unloaded")
    await stage.reloads(stage.chance.randint(0, 60))
    stage.story.tell("the cog is loaded")
    await stage.goes_on(5)


async def _stands_still(stage: Stage, longest: int) -> None:
    least = _NOTICED_AT_REST if stage.is_at_rest else 5
    await stage.stands_still(least + stage.chance.randint(0, longest - 5))


async def _is_cut(stage: Stage) -> Instant:
    """Cut the connection; return since when what happened is not heard unless it is replayed."""
    stage.story.tell("the connection is cut")
    since = stage.wire.is_cut(loses=stage.chance.happens(0.5))
    if stage.chance.happens(0.3):
        await _stands_still(stage, 60)
    await stage.goes_on(stage.chance.randint(0, 20))
    stage.story.tell("that is noticed")
    stage.wire.is_found_cut()
    await stage.goes_on(stage.chance.randint(1, 90))
    return since


async def _is_connected(stage: Stage, since: Instant, *, resumes: bool) -> None:
    stage.story.tell("the bot is connected again")
    if resumes:
        stage.wire.resumes(stage.bot.bot)
    else:
        stage.wire.begins(stage.bot.bot, stage.plaza.create())
        stage.unheard.append((since, stage.now()))
    if stage.chance.happens(0.3):
        stage.wire.arrives(stage.chance.randint(0, 5))
        await stage.pauses()


DISTURBANCES: tuple[Disturbance, ...] = (
    stands_still,
    stands_still_while_cut,
    is_resumed,
    is_replaced,
    is_out,
    is_reloaded,
)
