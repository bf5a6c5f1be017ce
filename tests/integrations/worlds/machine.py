"""What goes wrong with the machine that the bot runs on: its disk is full, its clock is set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from machines import SECOND
from tests.integrations.worlds.deaths import dies_at, starts_again
from tests.integrations.worlds.disturbances import stands_still_for_a_while

if TYPE_CHECKING:
    from tests.integrations.worlds.stage import Stage

__all__ = ["DISK", "FAR", "has_a_ledger_that_refuses", "is_set"]

FAR = 1_000_000
"""Seconds by which the clock is set: more than any world takes, so that it is known what is due
to it."""

_TRIED_AGAIN = 6 * SECOND
"""Until what could not be written is tried again, and put by beside the ledger."""

_NOTICED = 6
_NOTICED_AT_REST = 110
"""Seconds until that is noticed: by a bot in which somebody has a session, or nobody."""


async def is_full(stage: Stage) -> None:
    """There is no room on the disk for a while; the process may be killed meanwhile."""
    stage.story.tell("the disk is full")
    stage.disk.full, since = True, stage.now()
    await stage.goes_on(stage.chance.randint(1, 60))
    left = stage.disk.leaves() if stage.chance.happens(0.4) else None
    stage.disk.full = False
    stage.story.tell("the disk has room again")
    if left is None:
        await stage.goes_on(8)
        return
    unheard_since = dies_at(stage, since)
    for square in stage.plaza.squares:
        stage.unheard[square.id].append((unheard_since, left.at))
    await starts_again(stage, left)


async def has_a_ledger_that_refuses(stage: Stage) -> None:
    """The ledger takes no records for a while; the process may be killed meanwhile, or twice."""
    stage.story.tell("the ledger refuses")
    stage.disk.ledger_refuses = True
    await stage.goes_on(stage.chance.randint(1, 90))
    for _death in range(stage.chance.choice((0, 1, 1, 2))):
        left = stage.disk.leaves()
        unwritten_since = dies_at(stage, left.at - _TRIED_AGAIN)
        for square in stage.plaza.squares:
            stage.unheard[square.id].append((unwritten_since, left.at))
        await starts_again(stage, left, ledger_refuses=stage.chance.happens(0.5))
        await stage.goes_on(stage.chance.randint(1, 60))
    stage.disk.ledger_refuses = False
    stage.story.tell("the ledger takes records again")
    await stage.goes_on(8)


async def is_set(stage: Stage) -> None:
    """The clock is set, Discord's with it; the process may stand still just then."""
    by = stage.chance.choice((-1, 1, 2)) * FAR
    if stage.clock.set_by + by < 0:
        by = FAR
    stage.story.tell(f"the clock is set by {by} s")
    stage.clock.is_set(by)
    if stage.chance.happens(0.3):
        await stands_still_for_a_while(stage, 60)
    await stage.goes_on(_NOTICED_AT_REST if stage.is_at_rest else _NOTICED)


DISK = (is_full,)
