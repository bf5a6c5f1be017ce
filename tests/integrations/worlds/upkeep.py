"""What the bot's keepers do: the cog is loaded anew, by other settings, or asks about everybody."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from tests.integrations.worlds.stage import Stage

__all__ = ["UPKEEP", "draws_other_graces", "is_reloaded"]

_LONGEST_CHECK = 300
"""Seconds."""


async def is_reloaded(stage: Stage) -> None:
    """The cog is unloaded and loaded anew, while the bot stays connected."""
    stage.story.tell("the cog is unloaded")
    await stage.reloads(stage.chance.randint(0, 60))
    stage.story.tell("the cog is loaded")
    await stage.goes_on(5)


async def is_reloaded_by_other_settings(stage: Stage) -> None:
    """It goes by other graces then."""
    draws_other_graces(stage)
    await is_reloaded(stage)


async def is_checked(stage: Stage) -> None:
    """The bot asks about everybody; something else may go wrong meanwhile."""
    stage.story.tell("a check begins")
    check = asyncio.create_task(stage.bot.cog.check_now())
    await stage.goes_on(stage.chance.randint(0, 8))
    if stage.chance.happens(0.5):
        others = [each for each in stage.kind.disturbances if each is not is_checked]
        await stage.chance.choice(others)(stage)
    for _second in range(_LONGEST_CHECK):
        if check.done():
            break
        await stage.goes_on(1)
    assert check.done(), "a check does not end"
    if not check.cancelled():  # as one is whose cog is unloaded
        check.result()
    stage.story.tell("the check is over")


def draws_other_graces(stage: Stage) -> None:
    """Draw other graces for the next cog that is loaded."""
    choice = stage.chance.choice
    stage.settings = msgspec.structs.replace(
        stage.settings,
        voice_grace=choice((0, 30, 60)),
        game_grace=choice((0, 40, 100)),
        party_grace=choice((0, 50, 120)),
    )


UPKEEP = (is_reloaded_by_other_settings, is_checked)
